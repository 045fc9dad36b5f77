//===- HostDims.cpp - Sizes of tensors in the host program ----------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "HostDims.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Interfaces/DestinationStyleOpInterface.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace hadal;

Value HostDims::asValue(Location loc, OpFoldResult size) { return getValueOrCreateConstantIndexOp(builder, loc, size); }

OpFoldResult HostDims::mul(Location loc, OpFoldResult a, OpFoldResult b) {
  AffineExpr x, y;
  bindSymbols(builder.getContext(), x, y);
  return affine::makeComposedFoldedAffineApply(builder, loc, x * y, {a, b});
}

OpFoldResult HostDims::add(Location loc, OpFoldResult a, OpFoldResult b) {
  AffineExpr x, y;
  bindSymbols(builder.getContext(), x, y);
  return affine::makeComposedFoldedAffineApply(builder, loc, x + y, {a, b});
}

OpFoldResult HostDims::ceilDiv(Location loc, OpFoldResult a, int64_t b) {
  return affine::makeComposedFoldedAffineApply(builder, loc, getAffineSymbolExpr(0, builder.getContext()).ceilDiv(b),
                                               {a});
}

Value HostDims::collapseLeading(Value tensor, int64_t count) {
  auto type = cast<RankedTensorType>(tensor.getType());
  ArrayRef<int64_t> shape = type.getShape();
  SmallVector<int64_t> collapsed{1};
  SmallVector<ReassociationIndices> groups(1);
  for (auto [i, size] : llvm::enumerate(shape)) {
    if (static_cast<int64_t>(i) < count) {
      bool dynamic = ShapedType::isDynamic(size) || ShapedType::isDynamic(collapsed[0]);
      collapsed[0] = dynamic ? ShapedType::kDynamic : collapsed[0] * size;
      groups[0].push_back(i);
    } else {
      collapsed.push_back(size);
      groups.push_back({static_cast<int64_t>(i)});
    }
  }
  return tensor::CollapseShapeOp::create(builder, tensor.getLoc(), type.clone(collapsed), tensor, groups);
}

SmallVector<OpFoldResult> HostDims::shape(Value tensor) {
  SmallVector<OpFoldResult> sizes;
  for (int64_t i = 0, rank = cast<RankedTensorType>(tensor.getType()).getRank(); i < rank; ++i)
    sizes.push_back(dim(tensor, i));
  return sizes;
}

OpFoldResult HostDims::dim(Value tensor, int64_t i) {
  auto type = cast<RankedTensorType>(tensor.getType());
  if (!type.isDynamicDim(i))
    return builder.getIndexAttr(type.getDimSize(i));
  OpFoldResult &size = known[{tensor, i}];
  if (size)
    return size;
  OpFoldResult computed = compute(tensor, i);
  return known[{tensor, i}] = computed;
}

OpFoldResult HostDims::compute(Value tensor, int64_t i) {
  auto result = dyn_cast<OpResult>(tensor);
  if (!result)
    return tensor::DimOp::create(builder, tensor.getLoc(), tensor, i).getResult();
  Operation *op = result.getOwner();
  Location loc = op->getLoc();
  return TypeSwitch<Operation *, OpFoldResult>(op)
      .Case([&](tensor::EmptyOp empty) { return empty.getMixedSizes()[i]; })
      .Case([&](tensor::CastOp cast) { return dim(cast.getSource(), i); })
      .Case([&](tensor::ExpandShapeOp expand) { return expand.getMixedOutputShape()[i]; })
      .Case([&](tensor::CollapseShapeOp collapse) {
        OpFoldResult size = builder.getIndexAttr(1);
        SmallVector<ReassociationIndices> groups = collapse.getReassociationIndices();
        for (int64_t from : groups[i])
          size = mul(loc, size, dim(collapse.getSrc(), from));
        return size;
      })
      .Case([&](tensor::ExtractSliceOp slice) {
        llvm::SmallBitVector dropped = slice.getDroppedDims();
        int64_t from = 0;
        for (int64_t kept = -1;; ++from)
          if (!dropped.test(from) && ++kept == i)
            break;
        return slice.getMixedSizes()[from];
      })
      .Case([&](tensor::ConcatOp concat) {
        if (static_cast<int64_t>(concat.getDim()) != i)
          return dim(concat.getInputs().front(), i);
        OpFoldResult size = builder.getIndexAttr(0);
        for (Value part : concat.getInputs())
          size = add(loc, size, dim(part, i));
        return size;
      })
      .Case([&](DestinationStyleOpInterface dps) { return dim(dps.getTiedOpOperand(result)->get(), i); })
      .Default([&](Operation *) { return reify(result, i); });
}

/// Asks the operation, then replaces each `tensor.dim` that it made by index
/// arithmetic on arguments.
OpFoldResult HostDims::reify(OpResult result, int64_t i) {
  struct Recorder : OpBuilder::Listener {
    void notifyOperationInserted(Operation *op, OpBuilder::InsertPoint) override { made.push_back(op); }
    SmallVector<Operation *> made;
  } recorder;
  OpBuilder::Listener *outer = builder.getListener();
  builder.setListener(&recorder);
  ReifiedRankedShapedTypeDims shapes;
  LogicalResult reified = reifyResultShapes(builder, result.getOwner(), shapes);
  builder.setListener(outer);
  if (failed(reified)) // Not shaped by its operands: the dimension stays, and forming reports the operation.
    return tensor::DimOp::create(builder, result.getLoc(), result, i).getResult();
  OpFoldResult size = shapes[result.getResultNumber()][i];
  for (Operation *op : recorder.made) {
    auto made = dyn_cast<tensor::DimOp>(op);
    if (!made || isa<BlockArgument>(made.getSource()) || !made.getConstantIndex())
      continue;
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPoint(made);
    OpFoldResult known = dim(made.getSource(), *made.getConstantIndex());
    if (llvm::dyn_cast_if_present<Value>(size) == made.getResult())
      size = known;
    made.getResult().replaceAllUsesWith(asValue(made.getLoc(), known));
    made.erase();
  }
  return size;
}
