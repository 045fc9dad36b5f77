//===- Reshapes.cpp - Reshapes of contiguous buffers ----------------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lib/Conversion/HostToLLVM/Reshapes.h"

#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

using namespace mlir;

/// `source` as a contiguous buffer of `type`, whose sizes are `sizes`.
static Value reinterpret(OpBuilder &builder, Location loc, Value source, MemRefType type,
                         ArrayRef<OpFoldResult> sizes) {
  // Row-major strides, from the last dimension outwards. The type has the identity layout, so that a stride is static
  // exactly where all sizes behind it are.
  SmallVector<OpFoldResult> strides(sizes.size());
  OpFoldResult stride = builder.getIndexAttr(1);
  for (size_t dim = sizes.size(); dim-- > 0;) {
    strides[dim] = stride;
    auto size = dyn_cast<Attribute>(sizes[dim]), behind = dyn_cast<Attribute>(stride);
    if (size && behind)
      stride = builder.getIndexAttr(cast<IntegerAttr>(size).getInt() * cast<IntegerAttr>(behind).getInt());
    else
      stride = arith::MulIOp::create(builder, loc, getValueOrCreateConstantIndexOp(builder, loc, sizes[dim]),
                                     getValueOrCreateConstantIndexOp(builder, loc, stride))
                   .getResult();
  }
  return memref::ReinterpretCastOp::create(builder, loc, type, source, builder.getIndexAttr(0), sizes, strides);
}

static SmallVector<OpFoldResult> sizesOf(OpBuilder &builder, memref::ExpandShapeOp op) {
  return op.getMixedOutputShape();
}

static SmallVector<OpFoldResult> sizesOf(OpBuilder &builder, memref::CollapseShapeOp op) {
  MemRefType type = op.getResultType();
  SmallVector<OpFoldResult> sizes;
  for (auto [dim, group] : llvm::enumerate(op.getReassociationIndices())) {
    if (!type.isDynamicDim(dim)) {
      sizes.push_back(builder.getIndexAttr(type.getDimSize(dim)));
      continue;
    }
    Value product;
    for (int64_t part : group) {
      Value size = memref::DimOp::create(builder, op.getLoc(), op.getSrc(), part);
      product = product ? arith::MulIOp::create(builder, op.getLoc(), product, size) : size;
    }
    sizes.push_back(product);
  }
  return sizes;
}

void hadal::lowerReshapes(func::FuncOp function) {
  auto lower = [](auto op) {
    OpBuilder builder(op);
    SmallVector<OpFoldResult> sizes = sizesOf(builder, op);
    op.replaceAllUsesWith(reinterpret(builder, op.getLoc(), op.getSrc(), op.getResultType(), sizes));
    op.erase();
  };
  SmallVector<Operation *> reshapes;
  function.walk([&](Operation *op) {
    if (isa<memref::ExpandShapeOp, memref::CollapseShapeOp>(op))
      reshapes.push_back(op);
  });
  for (Operation *op : reshapes) {
    if (auto expand = dyn_cast<memref::ExpandShapeOp>(op))
      lower(expand);
    else
      lower(cast<memref::CollapseShapeOp>(op));
  }
}
