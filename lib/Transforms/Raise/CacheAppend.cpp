//===- CacheAppend.cpp - Recognise appending to a cache -------------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Raise.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

using namespace mlir;
using namespace hadal;
using namespace hadal::raise;

/// A cache is an argument of the model that grows along the concatenated dimension and comes back as a result.
LogicalResult hadal::raise::raiseCacheAppend(Operation *op, Context &context) {
  auto concat = dyn_cast<tensor::ConcatOp>(op);
  if (!concat || concat.getInputs().size() != 2)
    return failure();
  Value cache = concat.getInputs()[0], entry = concat.getInputs()[1];
  auto argument = dyn_cast<BlockArgument>(cache);
  auto type = cast<RankedTensorType>(cache.getType());
  if (!argument || !isa<func::FuncOp>(argument.getOwner()->getParentOp()) || !isa<FloatType>(type.getElementType()))
    return failure();
  auto miss = [&](const Twine &reason) { return context.miss(op, "cache_append", op, reason); };
  bool grows = type.isDynamicDim(concat.getDim());
  bool isReturned = llvm::any_of(op->getUsers(), llvm::IsaPred<func::ReturnOp>);
  if (!grows && !isReturned)
    return failure();
  if (!grows)
    return miss("the argument's length is fixed");
  if (!isReturned)
    return miss("the result is not returned");
  context.rewriter.setInsertionPoint(op);
  context.rewriter.replaceOpWithNewOp<CacheAppendOp>(op, concat.getType(), cache, entry, concat.getDim());
  return success();
}
