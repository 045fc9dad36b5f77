//===- Context.cpp - What the matchers of --hadal-raise share -------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Raise.h"

using namespace mlir;
using namespace hadal;
using namespace hadal::raise;

LogicalResult Context::miss(Operation *op, StringRef kind, Operation *anchor, const Twine &reason) {
  if (!reported.insert({llvm::hash_value(kind), anchor}).second)
    return failure();
  std::string text;
  if (auto name = op->getLoc()->findInstanceOf<NameLoc>())
    text = ("node " + name.getName().getValue() + ": ").str();
  text += reason.str();
  op->emitRemark() << kind << " not raised: " << text;
  Builder builder(op->getContext());
  missed.push_back(builder.getDictionaryAttr({builder.getNamedAttr("kind", builder.getStringAttr(kind)),
                                              builder.getNamedAttr("loc", op->getLoc()),
                                              builder.getNamedAttr("reason", builder.getStringAttr(text))}));
  return failure();
}

SmallVector<OpFoldResult> hadal::raise::knownSizes(OpBuilder &builder, Value tensor) {
  if (auto expand = tensor.getDefiningOp<tensor::ExpandShapeOp>())
    return expand.getMixedOutputShape();
  if (auto empty = tensor.getDefiningOp<tensor::EmptyOp>())
    return empty.getMixedSizes();
  if (auto structured = tensor.getDefiningOp<DestinationStyleOpInterface>())
    return knownSizes(builder, structured.getTiedOpOperand(cast<OpResult>(tensor))->get());
  if (auto slice = tensor.getDefiningOp<tensor::ExtractSliceOp>(); slice && slice.getDroppedDims().none())
    return slice.getMixedSizes();
  return tensor::getMixedSizes(builder, tensor.getLoc(), tensor);
}
