//===- Experts.h - The parts of the matcher of mixtures of experts *- C++ -*-===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// However experts are written, an element of their result is a sum of products:
//
//   out[t, h] = Σ_j Σ_i w[t, j] · a(t, e, i) · W_down[e, i, h]   (+ Σ_j w[t, j] · b[e, h])       e = idx[t, j]
//
// SumOfProducts multiplies it out and solves the equalities of one-hot vectors, so
// that dense forms (Σ over all e, with idx[t, j] = e) become this one; FeedForward
// is what stands in one product; ExpertWeights makes the operands of hadal.moe.
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_LIB_TRANSFORMS_RAISE_EXPERTS_H
#define HADAL_LIB_TRANSFORMS_RAISE_EXPERTS_H

#include "Raise.h"

namespace hadal::raise {

//===----------------------------------------------------------------------===//
// Sums of products
//===----------------------------------------------------------------------===//

/// Σ over the variables of scale · Π factors / Π divisors, where all equalities and conditions hold.
struct Summand {
  std::vector<Poly> variables;
  double scale = 1;
  std::vector<Term> factors, divisors, conditions;
  std::vector<std::pair<Poly, Poly>> equalities;
  /// Indices that were put in place of a variable although they may lie outside of its extent, in which case the
  /// summand is 0.
  std::vector<std::pair<Poly, Poly>> guards;
  /// What was taken to be no negative number, which would count from the end.
  std::vector<Poly> unsignedIndices;
  /// Variables of writes that overwrite each other where their target is one, and the targets of all writes.
  std::vector<Poly> exclusive, targets;

  void substitute(Elements &elements, const Poly &variable, const Poly &value);
  bool dependsOn(Elements &elements, const Poly &variable) const;
};

/// Multiplies `factors` of `base` out. `opens` says which sums are looked into; false if a factor that does has no
/// meaning there, or if it becomes too much. `rows` is the number of the result's rows: what runs over a multiple of
/// it is taken apart into row and rest.
class SumOfProducts {
public:
  SumOfProducts(Elements &elements, Poly rows) : elements(elements), rows(std::move(rows)) {}

  /// All products that depend on `variable` are multiplied out; each is left with one factor that does, a tensor's
  /// element that names none of `others` itself. Nothing if there is another sort of factor.
  std::optional<std::vector<Summand>> alongVariable(const Term &term, const Poly &variable, llvm::ArrayRef<Poly> others,
                                                    Summand base = {});
  /// Opens the factors that choose, such as Σ_j [idx[t, j] = e] · w[t, j].
  std::optional<std::vector<Summand>> choices(Summand summand);
  /// Solves equalities for variables; false if the summand is 0.
  bool resolve(Summand &summand);
  /// Whether no two values of a variable of `summand` write the same element.
  bool writesOnce(Summand &summand);

private:
  using Opens = llvm::function_ref<bool(const Term &)>;
  using Accepts = llvm::function_ref<bool(const Term &)>;
  bool expand(std::vector<Summand> &result, Summand base, std::vector<Term> pending, Opens opens, Accepts accepts);
  bool openScatter(Summand &base, const Term &element, std::vector<Term> &pending);
  bool chooses(const Term &term, bool allowSum);
  bool addCondition(Summand &base, const Term &condition);
  bool solve(Summand &summand, bool allowGuards);
  Poly addVariable(Summand &base, const Poly &extent);
  bool splitRows(Summand &summand);
  bool openNonZero(Summand &summand);

  Elements &elements;
  Poly rows;
};

//===----------------------------------------------------------------------===//
// One expert
//===----------------------------------------------------------------------===//

/// Σ over `sum` of row · weight (+ bias), where weight is at the column asked for.
struct Linear {
  Term row, weight;
  Poly sum;
  std::optional<Term> bias;
};

/// act(gate) · up, both of which are linear in one row of tokens.
struct Gated {
  Linear gate;
  std::optional<Linear> up;
  Activation activation = Activation::Silu;
  std::optional<double> limit;
  double alpha = 1, upOffset = 0;
  /// What is left of the factors' scale.
  double scale = 1;
};

/// An element-wise function of linear things, as it is found in the factors of a product.
class GatedMatcher {
public:
  using MatchLinear = llvm::function_ref<std::optional<Linear>(const Term &)>;
  GatedMatcher(Elements &elements, MatchLinear matchLinear) : elements(elements), matchLinear(matchLinear) {}
  /// `factors` / `divisors` times `scale`; `reason` says why not, if something of it is linear in tokens.
  std::optional<Gated> match(llvm::ArrayRef<Term> factors, llvm::ArrayRef<Term> divisors, double scale,
                             std::string &reason);

private:
  /// A linear thing, with what it is clamped to.
  struct Leaf {
    Term term; // with the clamps
    Linear linear;
    std::optional<double> low, high;
  };
  std::optional<Leaf> leaf(const Term &term);
  bool collect(const Term &term, std::vector<Leaf> &leaves);
  bool uses(const Term &term, const Leaf &leaf);
  std::optional<double> evaluate(const Term &term, const Leaf &hole, double value);
  bool matchActivation(const Leaf &gate, llvm::ArrayRef<Term> factors, llvm::ArrayRef<Term> divisors, double scale,
                       Gated &result);
  bool contains(const Term &term, const Leaf &stop, llvm::function_ref<bool(mlir::Operation *)> predicate);

  Elements &elements;
  MatchLinear matchLinear;
};

/// One expert's part of a result: Σ_i gated · down (+ downBias), the weights at the expert's index.
struct FeedForward {
  Gated gated;
  Poly hidden; // i
  Term down;
  std::optional<Term> downBias;

  /// The polynomials by value: they may be of this.
  void substitute(Elements &elements, Poly variable, Poly value);
  /// Whether it is the same function, but for the numbers of the weights.
  bool isLike(Elements &elements, const FeedForward &other) const;
};

//===----------------------------------------------------------------------===//
// Rows sorted by expert
//===----------------------------------------------------------------------===//

/// Rows in the order of a sort of the chosen experts: expert e has those from start[e] to start[e + 1].
class SortedRows {
public:
  SortedRows(Elements &elements, mlir::Block &block) : elements(elements), block(block) {}

  /// Puts the place of a slot among the sorted rows for a variable that runs over these, if a sort is asked with it.
  bool reorder(Summand &summand, const Poly &tokens);
  /// The expert of `row` where two of `conditions` say start[e] ≤ row < end[e] for `expert` e; takes these two off.
  std::optional<Poly> expertOf(std::vector<Term> &conditions, const Poly &expert);
  /// The results of each expert's rows, put behind each other: the expert of a row, and where the experts' rows begin.
  struct Groups {
    Poly expert;
    std::vector<Poly> begins;
  };
  const Groups *groups(const Term &element);
  /// `element` of the results of each expert's rows if its expert is `expert`.
  Term part(const Term &element, const Groups &groups, size_t expert);
  /// The number of experts for which `choice` (which may lie outside) counts.
  std::vector<std::pair<Poly, Poly>> guards;

private:
  /// Σ of `size` (at an expert that `expert` stands for) over those below `end`.
  struct Prefix {
    Term size;
    Poly end;
  };
  std::optional<Prefix> prefix(const Term &term, const Poly &expert);
  std::optional<Groups> matchGroups(mlir::tensor::ConcatOp concat, const Poly &row);
  std::optional<Poly> groupOf(const Term &size, const Poly &expert, const Poly &experts, const Poly &row);
  std::optional<double> evaluate(const Term &term, const Term &hole, double value);

  Elements &elements;
  mlir::Block &block;
  std::map<std::pair<void *, Poly>, std::optional<Groups>> known;
  std::optional<Poly> total; // of the last groups' rows, if all slots are in one
};

//===----------------------------------------------------------------------===//
// Slots of experts with a capacity
//===----------------------------------------------------------------------===//

/// The slot of its expert that a pair of token and choice takes: how many pairs before have the same expert.
class ExpertSlot {
public:
  /// Whether `slot` is one.
  static std::optional<ExpertSlot> get(Elements &elements, SumOfProducts &sums, const Poly &slot);
  /// The expert of the pair.
  const Poly &getExpert() const { return expert; }
  /// Whether no pair's slot is beyond `capacity`, where the pairs are those of `tokens`.
  bool fits(Elements &elements, const Poly &capacity, const Poly &tokens) const;
  /// What of `row`, the sum of all that is put into this slot, is in it.
  std::optional<Term> held(Elements &elements, SumOfProducts &sums, const Term &row) const;

private:
  /// The same where the sum may be taken at an expert that is not the pair's.
  static std::optional<ExpertSlot> countIn(Elements &elements, SumOfProducts &sums, const Poly &slot);
  Poly keyAt(Elements &elements, const Poly &pair) const;
  bool isLike(const ExpertSlot &other) const {
    return sum == other.sum && pair == other.pair && expert == other.expert;
  }
  CumSumOp sum;      // of [pair, expert]: whether the pair has the expert
  Poly pair, expert; // of the slot
  Poly anyPair, key; // the expert of any pair
};

/// Of a condition that a slot, negative where some other condition does not hold, is one: that other condition, and
/// what is equal then.
std::optional<std::pair<Term, std::pair<Poly, Poly>>> maskedSlot(Elements &elements, const Term &condition);

//===----------------------------------------------------------------------===//
// The weights of all experts
//===----------------------------------------------------------------------===//

/// A weight at a variable for the expert, or, where each expert has a tensor of its own, all of them.
struct ExpertWeight {
  Term term;
  std::vector<Term> parts;
};

/// What hadal.moe takes of the weights.
struct MoeWeights {
  mlir::Value gateUp, down, gateUpBias, downBias;
  GateOrder order = GateOrder::GateFirst;
  bool transposed = false;
};

class ExpertWeights {
public:
  ExpertWeights(Context &context, Elements &elements, Poly expert, Poly in, Poly hidden, Poly out, mlir::Type type)
      : context(context), elements(elements), expert(std::move(expert)), in(std::move(in)), hidden(std::move(hidden)),
        out(std::move(out)), type(type) {}

  /// The weights of experts, each given with its own; one if their indices have `expert` in place of the choice.
  std::optional<MoeWeights> make(llvm::ArrayRef<FeedForward> experts);

private:
  ExpertWeight collect(llvm::ArrayRef<FeedForward> experts, llvm::function_ref<Term(const FeedForward &)> get);
  /// As [E, …] at `index`, which stands behind the expert.
  mlir::Value make(const ExpertWeight &weight, const Indices &index);
  mlir::Value concatenate(mlir::Value a, mlir::Value b);
  std::optional<Term> fused(const ExpertWeight &gate, const ExpertWeight &up, GateOrder order, const Poly &column);

  Context &context;
  Elements &elements;
  Poly expert, in, hidden, out;
  mlir::Type type;
};

} // namespace hadal::raise

#endif // HADAL_LIB_TRANSFORMS_RAISE_EXPERTS_H
