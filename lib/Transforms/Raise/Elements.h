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

/// A condition as far as it is understood: a conjunction of `poly ≥ 0`, or not at all.
struct Condition {
  bool known = false;
  bool never = false;
  std::vector<Poly> atLeastZero;
  static Condition constant(bool value) { return {true, !value, {}}; }
  bool isAlways() const { return known && !never && atLeastZero.empty(); }
};

class Elements {
public:
  Atoms atoms;

  Poly sizeOf(mlir::Value tensor, int64_t dim);
  std::vector<Poly> sizesOf(mlir::Value tensor);
  Poly valueOf(mlir::OpFoldResult index);
  /// A fresh variable for each dimension of `tensor` (0 where its size is 1).
  Indices variables(mlir::Value tensor);

  /// Whether a structured operation only moves elements.
  bool isCopy(mlir::linalg::LinalgOp op);
  /// What `term` is a copy of, one operation up: through reshapes, transposes, slices, broadcasts and the like.
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
  /// The summand (or for `Op` = arith.maximumf/maxnumf the candidate) of a reduction over one dimension.
  struct Reduction {
    Term operand;
    Poly variable;
    mlir::Operation *op;
  };
  std::optional<Reduction> sum(const Term &term, std::optional<Poly> variable = std::nullopt);
  std::optional<Reduction> maximum(const Term &term, std::optional<Poly> variable = std::nullopt);

  /// x of 1 / (1 + exp(−x)).
  std::optional<Term> sigmoid(const Term &term);
  /// Numerators and denominators of a product of products and quotients.
  void factors(const Term &term, std::vector<Term> &numerators, std::vector<Term> &denominators);
  /// Summands with their signs.
  void summands(const Term &term, std::vector<Term> &plus, std::vector<Term> &minus);

  /// An integer as a polynomial, opaque where it is not understood.
  Poly integer(const Term &term);
  Condition condition(const Term &term);

private:
  std::optional<Reduction> reduction(const Term &term, std::optional<Poly> variable,
                                     llvm::function_ref<bool(mlir::Operation *)> combiner);
  std::optional<Term> copiedByReshape(const Term &term);
  bool covers(mlir::Value tensor, const Indices &index);
  std::optional<Term> part(mlir::ValueRange tensors, int64_t dim, const Term &term);
  std::optional<Poly> integerOfElement(const Term &term);
  std::optional<Poly> integerOfArithmetic(const Term &term);
  std::optional<Poly> integerOfConcat(mlir::tensor::ConcatOp op, const Term &term);
  Condition compare(mlir::arith::CmpIPredicate predicate, const Poly &a, const Poly &b);
  Condition negated(Condition condition);
};

/// The function argument's symbol of a dimension (`hadal.dims`), null if it has none.
mlir::StringAttr dimName(mlir::BlockArgument argument, int64_t dim);

} // namespace hadal::raise

#endif // HADAL_LIB_TRANSFORMS_RAISE_ELEMENTS_H
