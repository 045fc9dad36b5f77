//===- HadalOps.cpp - What verifiers and shapes of hadal ops share --------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/Hadal/IR/OpUtils.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"

using namespace mlir;
using namespace hadal;

std::string hadal::detail::shapeText(ArrayRef<int64_t> shape) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  llvm::interleave(
      shape, stream, [&](int64_t size) { ShapedType::isDynamic(size) ? stream << '?' : stream << size; }, "x");
  return '[' + text + ']';
}

void hadal::detail::addShape(OpBuilder &builder, Value result, ArrayRef<OpFoldResult> sizes,
                             ReifiedRankedShapedTypeDims &shapes) {
  SmallVector<OpFoldResult> &shape = shapes.emplace_back();
  for (auto [dim, size] : llvm::enumerate(sizes)) {
    int64_t known = sizeOf(result, dim);
    // The interface wants an attribute exactly where the result's type is static.
    shape.push_back(ShapedType::isDynamic(known)
                        ? OpFoldResult(getValueOrCreateConstantIndexOp(builder, result.getLoc(), size))
                        : OpFoldResult(builder.getIndexAttr(known)));
  }
}

OpFoldResult hadal::detail::mixedSize(OpBuilder &builder, Value tensor, int64_t dim) {
  return tensor::getMixedSize(builder, tensor.getLoc(), tensor, dim < 0 ? dim + rankOf(tensor) : dim);
}

OpFoldResult hadal::detail::mixedSum(OpBuilder &builder, Location loc, OpFoldResult a, OpFoldResult b) {
  AffineExpr x = builder.getAffineSymbolExpr(0), y = builder.getAffineSymbolExpr(1);
  return affine::makeComposedFoldedAffineApply(builder, loc, AffineMap::get(0, 2, x + y), {a, b});
}

OpFoldResult hadal::detail::mixedProduct(OpBuilder &builder, Location loc, OpFoldResult a, OpFoldResult b) {
  AffineExpr x = builder.getAffineSymbolExpr(0), y = builder.getAffineSymbolExpr(1);
  return affine::makeComposedFoldedAffineApply(builder, loc, AffineMap::get(0, 2, x * y), {a, b});
}

#define GET_OP_CLASSES
#include "dialects/Hadal/IR/HadalOps.cpp.inc"
