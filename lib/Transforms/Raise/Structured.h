//===- Structured.h - The elements that structured operations make *- C++ -* -===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_LIB_TRANSFORMS_RAISE_STRUCTURED_H
#define HADAL_LIB_TRANSFORMS_RAISE_STRUCTURED_H

#include "Elements.h"

namespace hadal::raise {

/// The iteration point at which `op` makes the element of its only result at `index`; loops that the result does
/// not see are left 0. Nothing if the result's map is no projected permutation.
std::optional<Indices> iterationPoint(mlir::linalg::LinalgOp op, const Indices &index);

/// The operand that a block argument of the body stands for, at `point`.
Term operandAt(mlir::linalg::LinalgOp op, mlir::BlockArgument argument, const Indices &point);

/// What an element-wise operation yields for the element `term` of its result.
std::optional<Term> yielded(const Term &term);

/// The operand's element if `term` is a block argument of a structured operation's body.
std::optional<Term> bodyOperand(const Term &term);

} // namespace hadal::raise

#endif // HADAL_LIB_TRANSFORMS_RAISE_STRUCTURED_H
