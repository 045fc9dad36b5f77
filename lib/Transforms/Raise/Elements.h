//===- Elements.h - What one element of a tensor is made of ----*- C++ -*-===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The matchers of `--hadal-raise` ask what one element of a tensor is, rather
// than which operations made the tensor: a transpose, a reshape, a slice, a
// broadcast or a concatenation then never stands between a pattern and what it
// looks for. A `Term` is an element of a tensor, or a scalar in the body of an
// element-wise operation, at indices that are polynomials over variables.
//
// Example: with %t = transpose(%x, [1, 0]) and %y = %t * %t (element-wise),
// the element %y[i, j] is the scalar `arith.mulf` at (i, j), whose operands
// are both %x[j, i].
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_LIB_TRANSFORMS_RAISE_ELEMENTS_H
#define HADAL_LIB_TRANSFORMS_RAISE_ELEMENTS_H

#include "Poly.h"

#include "dialects/Hadal/IR/Hadal.h"

namespace hadal::raise {

using Indices = std::vector<Poly>;

/// A tensor's element at `index`, or a scalar of a structured op's body at the iteration point `index`.
struct Term {
  mlir::Value value;
  Indices index;

  bool isElement() const { return value && llvm::isa<mlir::RankedTensorType>(value.getType()); }
  bool operator==(const Term &other) const { return value == other.value && index == other.index; }
};

/// Σ over `variable` of lhs · rhs.
struct Contraction {
  Term lhs, rhs;
  Poly variable;
  mlir::Operation *op;
};

/// Something that is either true or false at each point, and not understood: an i1, or what a float mask adds
/// (0 where it is true).
struct Literal {
  Term term;
  bool negated = false;
};

/// A condition: a conjunction of `poly ≥ 0` and of literals.
struct Condition {
  bool never = false;
  std::vector<Poly> atLeastZero;
  std::vector<Literal> literals;
  static Condition constant(bool value) { return {!value, {}, {}}; }
  bool isAlways() const { return !never && atLeastZero.empty() && literals.empty(); }
  bool isDecided() const { return never || isAlways(); }
  /// Whether it is understood: a condition on indices alone.
  bool isKnown() const { return never || literals.empty(); }
};

/// scale · Π numerators / Π denominators where all conditions (of i1) hold, 0 elsewhere.
struct Product {
  double scale = 1;
  std::vector<Term> numerators, denominators, conditions;
  bool isPlain() const { return denominators.empty() && conditions.empty(); }
};

/// Σ over the variables of a product.
struct Summation {
  std::vector<Poly> variables;
  Product product;
  mlir::Operation *op;
};

/// A softmax over `variable`: exp(logit) / Σ exp(logit), however the largest is taken off before.
struct Softmax {
  Term logit; // at the index of the probability
  Poly variable;
  /// Set where the sum has another term, exp(sink) (at the index of the probability, without `variable`).
  std::optional<Term> sink;
  /// Whether a row of −∞ alone gives 0, as written (rather than NaN).
  bool isGuarded = false;
  mlir::Operation *op; // the softmax, or the division
};

/// True where some j below the extent of `j` has index = target.
struct Membership {
  Term index; // an integer, at j
  Poly j, target;
  bool negated = false;
};

class Elements {
public:
  Atoms atoms;

  Poly sizeOf(mlir::Value tensor, int64_t dim);
  /// From now on a size that is `written` is `size`: a matcher has proven them equal.
  void setEqual(const Poly &written, const Poly &size) { equalSizes.emplace_back(written, size); }
  std::vector<Poly> sizesOf(mlir::Value tensor);
  Poly valueOf(mlir::OpFoldResult index);
  /// A value for a size; null if it is not made of sizes of tensors and known integers.
  mlir::OpFoldResult sizeValue(mlir::OpBuilder &builder, mlir::Location loc, const Poly &size);
  /// A fresh variable for each dimension of `tensor` (0 where its size is 1).
  Indices variables(mlir::Value tensor);

  /// Whether a structured operation only moves elements.
  bool isCopy(mlir::linalg::LinalgOp op);
  /// Whether anything of `term` changes with the variable `atom`.
  bool dependsOn(const Term &term, unsigned atom);
  bool dependsOn(const Term &term, const Poly &variable) {
    std::optional<unsigned> atom = variable.asAtom();
    return atom && dependsOn(term, *atom);
  }
  /// `term` with `value` in place of `variable`.
  Term substitute(Term term, const Poly &variable, const Poly &value);
  /// What `term` is a copy of, one operation up: through reshapes, transposes, slices, broadcasts, gathers at known
  /// indices, selections whose condition is decided, and changes of the float type (so equal terms are equal up to
  /// rounding).
  std::optional<Term> copied(const Term &term);
  /// `term` and what it is a copy of, nearest first.
  std::vector<Term> chain(Term term);
  /// The arithmetic or the tensor's element that a term is in the end: equal terms have equal normal forms,
  /// unless one is computed twice.
  Term normal(Term term);
  /// Whether two terms are equal: one element, or one arithmetic of equal terms.
  bool same(const Term &a, const Term &b);
  /// In the chain of `term`, the tensor whose elements stand at exactly `index`, all of them where `index` is made
  /// of variables.
  mlir::Value find(const Term &term, const Indices &index);
  /// Where the box begins that `scatter` writes with single elements; nothing if what it writes is no box.
  std::optional<Indices> boxOf(ScatterNDOp scatter);
  /// Whether variables among `index` run over all of the tensor.
  bool covers(mlir::Value tensor, const Indices &index);

  /// The operands of `term` if it is the operation `Op`.
  template <typename Op> std::optional<std::vector<Term>> operands(const Term &term) {
    Term scalar = normal(term);
    auto op = scalar.value.getDefiningOp<Op>();
    if (!op || scalar.isElement())
      return std::nullopt;
    std::vector<Term> result;
    for (mlir::Value operand : op->getOperands())
      result.push_back({operand, scalar.index});
    return result;
  }
  std::optional<double> constant(const Term &term);
  bool isConstant(const Term &term, double value) { return constant(term) == value; }

  /// Σ over one dimension of products; `variable` stands for its index (default: a new one).
  std::optional<Contraction> contraction(const Term &term, std::optional<Poly> variable = std::nullopt);
  /// The summand (or the candidate of a maximum) of a reduction over one dimension.
  struct Reduction {
    Term operand;
    Poly variable;
    mlir::Operation *op;
  };
  std::optional<Reduction> sum(const Term &term, std::optional<Poly> variable = std::nullopt);
  std::optional<Reduction> maximum(const Term &term, std::optional<Poly> variable = std::nullopt);
  /// A reduction over any number of dimensions (those of size 1 left out) by `Op`, from its neutral element.
  struct Fold {
    Term operand;
    std::vector<Poly> variables;
    mlir::Operation *op;
  };
  template <typename... Op> std::optional<Fold> fold(const Term &term) {
    return fold(term, [](mlir::Operation *op) { return llvm::isa<Op...>(op); });
  }
  /// The product that a sum is of, with the equalities among its conditions solved for variables where they can be.
  std::optional<Summation> summation(const Term &term);
  /// Factors, constants, and what makes the term 0.
  Product product(const Term &term);
  /// Two integers whose equality is `condition` (an i1).
  std::optional<std::pair<Poly, Poly>> equality(const Term &condition);
  /// Whether `term` is a probability of a softmax.
  std::optional<Softmax> softmax(const Term &term);
  /// The same of numerator / total, where the division stands elsewhere.
  std::optional<Softmax> softmax(const Term &numerator, const Term &total);
  std::optional<Membership> membership(const Literal &literal);
  /// Whether these are the indices of a sort: a top-k of all elements of a vector, the smallest first.
  TopKOp sortOf(mlir::Value indices);
  /// The indices of the sort that `indices` is the inverse permutation of, null if it is none.
  mlir::Value inverseOf(mlir::Value indices);
  /// Whether a float is 1 where an index is in a list, and 0 elsewhere: as a literal, negated (it is true at 0).
  bool isIndicator(const Term &term);
  /// What `term` is if `hole`, which it is made of, is `value`. Nothing if it is made of other things too.
  std::optional<double> evaluate(const Term &term, const Term &hole, double value);

  /// What a number that is 0 or 1 says: 1 where the literal, an i1, holds.
  std::optional<Literal> bit(const Term &term);
  /// x of 1 / (1 + exp(−x)).
  std::optional<Term> sigmoid(const Term &term);
  /// Numerators and denominators of a product of products and quotients.
  void factors(const Term &term, std::vector<Term> &numerators, std::vector<Term> &denominators);
  /// Summands with their signs.
  void summands(const Term &term, std::vector<Term> &plus, std::vector<Term> &minus);

  /// An integer as a polynomial, opaque where it is not understood. Of a float: one that holds an integer.
  Poly integer(const Term &term);
  Condition condition(const Term &term);
  /// When a float that is added to a score lets it be: it is 0 where the condition holds and hides (is at most −1e30)
  /// elsewhere. `isFinite` is set where it hides by a finite number. Nothing if it is another sort of number.
  std::optional<Condition> additiveMask(const Term &term, bool &isFinite);
  /// When an element of a constant passes `test`, where that is a band of rows and columns.
  std::optional<Condition> table(const Term &term, llvm::function_ref<std::optional<bool>(double)> test);
  Condition conjunction(const Condition &a, const Condition &b);
  Condition negated(Condition condition, const Term &of);

private:
  Poly writtenSize(mlir::Value tensor, int64_t dim);
  std::vector<std::pair<Poly, Poly>> equalSizes;
  std::optional<Fold> fold(const Term &term, llvm::function_ref<bool(mlir::Operation *)> combiner,
                           std::optional<Poly> variable = std::nullopt);
  bool startsNeutral(mlir::Operation *op);
  std::optional<Term> copiedByGather(const Term &term);
  std::optional<Term> copiedByPad(mlir::tensor::PadOp pad, const Term &term);
  std::optional<Term> copiedByInsert(mlir::tensor::InsertSliceOp insert, const Term &term);
  std::optional<Term> copiedByScatter(ScatterNDOp scatter, const Term &term);
  std::optional<Term> copiedScalar(const Term &term);
  std::optional<Poly> integerOfFloat(const Term &term);
  std::pair<std::optional<int64_t>, std::optional<int64_t>> range(const Term &term);
  Condition ordered(const Term &a, const Term &b, int64_t slack);
  std::optional<Condition> comparedWithConstant(mlir::arith::CmpIPredicate predicate, const Term &a, const Term &b);
  Condition disjunction(const Condition &a, const Condition &b, const Term &of);
  Condition simplified(Condition condition);
  std::optional<Membership> membershipOf(const Term &term, double &inside, double &outside,
                                         std::optional<double> &twice);
  std::map<std::pair<void *, Indices>, Poly> integers;
  std::map<std::pair<void *, Indices>, Condition> conditions;
  std::optional<Term> copiedByReshape(const Term &term);
  std::optional<Term> part(mlir::ValueRange tensors, int64_t dim, const Term &term);
  std::optional<Poly> integerOfElement(const Term &term);
  std::optional<Poly> integerOfArithmetic(const Term &term);
  std::optional<Poly> integerOfConcat(mlir::tensor::ConcatOp op, const Term &term);
  Condition compare(mlir::arith::CmpIPredicate predicate, const Term &a, const Term &b, const Term &of);
};

/// The function argument's symbol of a dimension (`hadal.dims`), null if it has none.
mlir::StringAttr dimName(mlir::BlockArgument argument, int64_t dim);

} // namespace hadal::raise

#endif // HADAL_LIB_TRANSFORMS_RAISE_ELEMENTS_H
