//===- Roles.h - Which index of scores is which ----------------*- C++ -*-===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_LIB_TRANSFORMS_RAISE_ROLES_H
#define HADAL_LIB_TRANSFORMS_RAISE_ROLES_H

#include "Raise.h"

namespace hadal::raise {

/// The indices of scores without heads; 0 for one that does not vary.
struct ScoreRoles {
  Poly batch, query, key;
};

/// Tells the indices of scores apart by what queries and keys depend on: the batch's is in both. Nothing if two
/// would be the same.
std::optional<ScoreRoles> findRoles(Elements &elements, const Indices &scores, const Term &query, const Term &key);

/// Replaces `op` by `term`, an element of a new tensor, that is the result's at `index`.
mlir::LogicalResult replaceWith(Context &context, Elements &elements, mlir::Operation *op, const Term &term,
                                const Indices &index);

} // namespace hadal::raise

#endif // HADAL_LIB_TRANSFORMS_RAISE_ROLES_H
