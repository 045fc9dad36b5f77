//===- Roles.cpp - Which index of scores is which ------------------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Roles.h"

using namespace mlir;
using namespace hadal;
using namespace hadal::raise;

std::optional<ScoreRoles> hadal::raise::findRoles(Elements &elements, const Indices &scores, const Term &query,
                                                  const Term &key) {
  ScoreRoles roles;
  for (const Poly &index : scores) {
    if (!index.asAtom())
      continue; // 0: a dimension of size 1
    bool isQuerys = elements.dependsOn(query, index), isKeys = elements.dependsOn(key, index);
    Poly &role = isQuerys && isKeys ? roles.batch : isQuerys ? roles.query : roles.key;
    if ((!isQuerys && !isKeys) || role != Poly())
      return std::nullopt;
    role = index;
  }
  return roles;
}

LogicalResult hadal::raise::replaceWith(Context &context, Elements &elements, Operation *op, const Term &term,
                                        const Indices &index) {
  Value result = op->getResult(0);
  Type type = getElementTypeOrSelf(result.getType());
  Value replacement = materialize(context, elements, term, index, type);
  if (replacement && replacement.getType() != result.getType()) {
    context.rewriter.setInsertionPointAfterValue(replacement);
    replacement = tensor::CastOp::create(context.rewriter, op->getLoc(), result.getType(), replacement);
  }
  if (!replacement)
    return failure();
  context.rewriter.replaceOp(op, replacement);
  return success();
}
