//===- ResultSizes.cpp - Sizes of results from those of operands ----------===//
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
using namespace hadal::detail;

using Size = ResultSizes::Size;

Size ResultSizes::constant(int64_t value) const { return IntegerAttr::get(IndexType::get(op->getContext()), value); }

Size ResultSizes::of(Value tensor, int64_t dim) {
  int64_t size = sizeOf(tensor, dim);
  if (!ShapedType::isDynamic(size))
    return constant(size);
  return builder ? mixedSize(*builder, tensor, dim) : Size();
}

SmallVector<Size> ResultSizes::of(Value tensor) {
  SmallVector<Size> sizes;
  for (int64_t dim = 0; dim < rankOf(tensor); ++dim)
    sizes.push_back(of(tensor, dim));
  return sizes;
}

Size ResultSizes::value(Value index) {
  if (std::optional<int64_t> known = getConstantIntValue(index))
    return constant(*known);
  return builder ? Size(index) : Size();
}

/// `expr` in the symbols 0 and 1.
Size ResultSizes::combine(AffineExpr expr, Size a, Size b) {
  if (!a || !b)
    return Size();
  auto map = AffineMap::get(0, 2, expr);
  if (isa<Attribute>(a) && isa<Attribute>(b)) {
    SmallVector<Attribute> folded;
    if (failed(map.constantFold({cast<Attribute>(a), cast<Attribute>(b)}, folded)))
      return Size();
    return constant(cast<IntegerAttr>(folded[0]).getInt());
  }
  return affine::makeComposedFoldedAffineApply(*builder, op->getLoc(), map, {a, b});
}

static AffineExpr symbol(Operation *op, unsigned index) { return getAffineSymbolExpr(index, op->getContext()); }

Size ResultSizes::sum(Size a, Size b) { return combine(symbol(op, 0) + symbol(op, 1), a, b); }
Size ResultSizes::difference(Size a, Size b) { return combine(symbol(op, 0) - symbol(op, 1), a, b); }
Size ResultSizes::product(Size a, Size b) { return combine(symbol(op, 0) * symbol(op, 1), a, b); }
Size ResultSizes::floorDiv(Size a, int64_t b) { return combine(symbol(op, 0).floorDiv(b), a, constant(0)); }
Size ResultSizes::ceilDiv(Size a, int64_t b) { return combine(symbol(op, 0).ceilDiv(b), a, constant(0)); }

Size ResultSizes::max(Size a, Size b) {
  if (!a || !b)
    return Size();
  if (isa<Attribute>(a) && isa<Attribute>(b))
    return constant(
        std::max(cast<IntegerAttr>(cast<Attribute>(a)).getInt(), cast<IntegerAttr>(cast<Attribute>(b)).getInt()));
  auto map = AffineMap::get(0, 2, {symbol(op, 0), symbol(op, 1)}, op->getContext());
  return affine::makeComposedFoldedAffineMax(*builder, op->getLoc(), map, {a, b});
}

void ResultSizes::set(Value result, ArrayRef<Size> sizes) {
  if (result)
    described.emplace_back(result, SmallVector<Size>(sizes));
}

LogicalResult hadal::detail::verifyResults(Operation *op) {
  ResultSizes sizes(op);
  cast<ResultSizesOpInterface>(op).describeResults(sizes);
  for (auto &[result, described] : sizes.results()) {
    SmallVector<int64_t> expected;
    for (Size size : described)
      expected.push_back(size ? cast<IntegerAttr>(cast<Attribute>(size)).getInt() : ShapedType::kDynamic);
    auto type = dyn_cast<RankedTensorType>(result.getType());
    if (!type || !agree(type.getShape(), expected))
      return op->emitOpError("gives ") << shapeText(expected) << ", not " << result.getType();
  }
  return success();
}

LogicalResult hadal::detail::reifyResults(Operation *op, OpBuilder &builder, ReifiedRankedShapedTypeDims &shapes) {
  ResultSizes sizes(op, &builder);
  cast<ResultSizesOpInterface>(op).describeResults(sizes);
  for (auto &[result, described] : sizes.results()) {
    SmallVector<OpFoldResult> &shape = shapes.emplace_back();
    for (auto [dim, size] : llvm::enumerate(described)) {
      int64_t known = sizeOf(result, dim);
      // The interface wants an attribute exactly where the result's type is static.
      shape.push_back(ShapedType::isDynamic(known)
                          ? OpFoldResult(getValueOrCreateConstantIndexOp(builder, op->getLoc(), size))
                          : OpFoldResult(builder.getIndexAttr(known)));
    }
  }
  return success();
}

std::optional<int64_t> hadal::detail::bytesOf(Operation *op) {
  int64_t bits = 0;
  auto add = [&](Value value) {
    auto type = dyn_cast<RankedTensorType>(value.getType());
    if (!type)
      return; // scalars count for nothing
    Type element = type.getElementType();
    std::optional<int64_t> count =
        countOf(type.getShape(), element.isIntOrFloat() ? element.getIntOrFloatBitWidth() : 64);
    bits = sum(bits, count.value_or(ShapedType::kDynamic));
  };
  llvm::for_each(op->getOperands(), add);
  llvm::for_each(op->getResults(), add);
  return ShapedType::isDynamic(bits) ? std::nullopt : std::optional<int64_t>(bits / 8 + (bits % 8 != 0));
}
