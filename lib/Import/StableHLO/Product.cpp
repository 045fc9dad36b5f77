//===- Product.cpp - Products of tensors ----------------------------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Importer.h"

#include "dialects/Chlo/IR/Chlo.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace hadal::stablehlo;

namespace {
/// Which dimensions are which. The result has the batch ones, those of the left, those of the right.
struct Dims {
  SmallVector<int64_t> lhsBatch, rhsBatch, lhsSum, rhsSum;
};
} // namespace

static SmallVector<int64_t> freeDims(int64_t rank, ArrayRef<int64_t> batch, ArrayRef<int64_t> sum) {
  SmallVector<int64_t> dims;
  for (int64_t i = 0; i < rank; ++i)
    if (!llvm::is_contained(batch, i) && !llvm::is_contained(sum, i))
      dims.push_back(i);
  return dims;
}

/// A fill of 0.
static Value zeros(Importer &importer, Type element, ArrayRef<Size> dims) {
  Value zero = importer.scalarConstant(importer.b.getZeroAttr(storageType(element)));
  return linalg::FillOp::create(importer.b, importer.loc, zero, importer.empty(element, dims)).getResult(0);
}

/// [M…, K] × [K, N]: rows collapsed, one matmul, rows expanded.
static FailureOr<Tensor *> emitMatmul(Importer &importer, Operation *op, Tensor &lhs, Tensor &rhs, Type element) {
  Sizes dims(ArrayRef(lhs.dims).drop_back());
  Tensor *rows = &lhs;
  if (lhs.rank() != 2) {
    FailureOr<Tensor *> flat = importer.reshape(op, lhs, {importer.product(dims), lhs.dims.back()});
    if (failed(flat))
      return failure();
    rows = *flat;
  }
  Value init = zeros(importer, element, {rows->dims[0], rhs.dims[1]});
  auto product = linalg::MatmulOp::create(importer.b, importer.loc, init.getType(),
                                          ValueRange{importer.materialize(*rows), importer.materialize(rhs)}, init);
  Tensor &result = importer.make(element, {rows->dims[0], rhs.dims[1]}, product.getResult(0));
  dims.push_back(rhs.dims[1]);
  return importer.reshape(op, result, dims);
}

static FailureOr<Tensor *> emitProduct(Importer &importer, Operation *op, Tensor &left, Tensor &right, Type element,
                                       const Dims &dims) {
  // Sums are made in the wider of the types of the operands and the result.
  auto width = [](Type type) { return type.getIntOrFloatBitWidth(); };
  Type widest = width(left.element) >= width(right.element) ? left.element : right.element;
  if (width(widest) > width(element)) {
    FailureOr<Tensor *> wide = emitProduct(importer, op, left, right, widest, dims);
    return failed(wide) ? FailureOr<Tensor *>(failure()) : &importer.convert(**wide, element);
  }
  Tensor &lhs = importer.convert(left, element), &rhs = importer.convert(right, element);
  SmallVector<int64_t> lhsFree = freeDims(lhs.rank(), dims.lhsBatch, dims.lhsSum),
                       rhsFree = freeDims(rhs.rank(), dims.rhsBatch, dims.rhsSum);
  int64_t batch = dims.lhsBatch.size(), sums = dims.lhsSum.size();
  if (batch == 0 && sums == 1 && isa<FloatType>(element) && lhs.rank() >= 2 && dims.lhsSum[0] == lhs.rank() - 1 &&
      rhs.rank() == 2) {
    Tensor &matrix = dims.rhsSum[0] == 0 ? rhs : importer.transpose(rhs, {1, 0});
    return emitMatmul(importer, op, lhs, matrix, element);
  }
  // Loops: batch, left, right, then the sums.
  Sizes sizes;
  SmallVector<AffineExpr> lhsExprs(lhs.rank()), rhsExprs(rhs.rank()), out;
  int64_t loop = 0;
  auto expr = [&] { return importer.b.getAffineDimExpr(loop); };
  for (int64_t i = 0; i < batch; ++i, ++loop) {
    Size size = lhs.dims[dims.lhsBatch[i]], other = rhs.dims[dims.rhsBatch[i]];
    sizes.push_back(getConstantIntValue(size) ? size : getConstantIntValue(other) ? other : size);
    lhsExprs[dims.lhsBatch[i]] = rhsExprs[dims.rhsBatch[i]] = expr();
  }
  for (int64_t dim : lhsFree) {
    sizes.push_back(lhs.dims[dim]);
    lhsExprs[dim] = expr();
    ++loop;
  }
  for (int64_t dim : rhsFree) {
    sizes.push_back(rhs.dims[dim]);
    rhsExprs[dim] = expr();
    ++loop;
  }
  for (int64_t i = 0; i < loop; ++i)
    out.push_back(importer.b.getAffineDimExpr(i));
  for (int64_t i = 0; i < sums; ++i, ++loop)
    lhsExprs[dims.lhsSum[i]] = rhsExprs[dims.rhsSum[i]] = expr();
  MLIRContext *context = importer.b.getContext();
  SmallVector<AffineMap> maps{AffineMap::get(loop, 0, lhsExprs, context), AffineMap::get(loop, 0, rhsExprs, context),
                              AffineMap::get(loop, 0, out, context)};
  SmallVector<utils::IteratorType> loops(out.size(), utils::IteratorType::parallel);
  loops.append(sums, utils::IteratorType::reduction);
  SmallVector<Value> operands{importer.materialize(lhs), importer.materialize(rhs)};
  bool isFloat = isa<FloatType>(element);
  auto body = [&](OpBuilder &at, Location loc, ValueRange in) {
    Value product = isFloat ? arith::MulFOp::create(at, loc, in[0], in[1]).getResult()
                            : arith::MulIOp::create(at, loc, in[0], in[1]).getResult();
    Value sum = product;
    if (sums && element.isInteger(1))
      sum = arith::OrIOp::create(at, loc, in[2], product);
    else if (sums)
      sum = isFloat ? arith::AddFOp::create(at, loc, in[2], product).getResult()
                    : arith::AddIOp::create(at, loc, in[2], product).getResult();
    linalg::YieldOp::create(at, loc, sum);
  };
  Value init = sums ? zeros(importer, element, sizes) : importer.empty(element, sizes);
  auto generic = linalg::GenericOp::create(importer.b, importer.loc, init.getType(), operands, init, maps, loops, body);
  return &importer.make(element, sizes, generic.getResult(0));
}

/// `[m, k] × [g, k, n]` with rows in groups, as products with every group's matrix of which each row takes its own.
static FailureOr<Tensor *> emitRagged(Importer &importer, hadal::chlo::RaggedDotOp op) {
  hadal::chlo::RaggedDotDimensionNumbersAttr dims = op.getRaggedDotDimensionNumbers();
  Tensor &lhs = importer.operand(op, 0), &rhs = importer.operand(op, 1), &counts = importer.operand(op, 2);
  int64_t ragged = dims.getLhsRaggedDimensions()[0];
  bool plain = dims.getLhsBatchingDimensions().empty() && dims.getRhsGroupDimensions().size() == 1 &&
               !llvm::is_contained(dims.getLhsContractingDimensions(), ragged) && counts.rank() == 1;
  if (!plain) {
    op.emitOpError("is supported only with ragged rows of the left side and without batching dimensions");
    return failure();
  }
  Type element = cast<RankedTensorType>(op.getType()).getElementType();
  int64_t group = dims.getRhsGroupDimensions()[0];
  Size groups = rhs.dims[group];
  // member[r, g]: begin[g] ≤ r < begin[g] + count[g], by a running sum that every row makes for itself.
  Type i64 = importer.b.getI64Type();
  Tensor &sizes = importer.convert(counts, i64);
  MLIRContext *context = importer.b.getContext();
  AffineExpr g = getAffineDimExpr(0, context), h = getAffineDimExpr(1, context);
  Value init = zeros(importer, i64, {groups});
  auto ends = linalg::GenericOp::create(
      importer.b, importer.loc, init.getType(), importer.materialize(sizes), init,
      ArrayRef<AffineMap>{AffineMap::get(2, 0, h, context), AffineMap::get(2, 0, g, context)},
      SmallVector<utils::IteratorType>{utils::IteratorType::parallel, utils::IteratorType::reduction},
      [&](OpBuilder &at, Location loc, ValueRange in) {
        Value counted = arith::CmpIOp::create(at, loc, arith::CmpIPredicate::ule, linalg::IndexOp::create(at, loc, 1),
                                              linalg::IndexOp::create(at, loc, 0));
        Value more = arith::AddIOp::create(at, loc, in[1], in[0]);
        linalg::YieldOp::create(at, loc, arith::SelectOp::create(at, loc, counted, more, in[1]).getResult());
      });
  Tensor &end = importer.make(i64, {groups}, ends.getResult(0));
  // The left side as [g, …], 0 where a row is not of the group.
  Sizes wide{groups};
  wide.append(lhs.dims);
  SmallVector<AffineExpr> own, column{getAffineDimExpr(0, context)};
  for (int64_t i = 0; i < lhs.rank(); ++i)
    own.push_back(getAffineDimExpr(i + 1, context));
  Tensor &repeated = importer.repeat(lhs, wide, AffineMap::get(wide.size(), 0, own, context));
  auto perGroup = [&](Tensor &tensor) -> Tensor & {
    return importer.repeat(tensor, wide, AffineMap::get(wide.size(), 0, column, context));
  };
  Tensor &masked = importer.elementwise(
      element, wide, {&perGroup(end), &perGroup(sizes), &importer.convert(repeated, element)},
      [&](OpBuilder &at, Location loc, ValueRange in) -> Value {
        Value row = arith::IndexCastOp::create(at, loc, i64, linalg::IndexOp::create(at, loc, ragged + 1));
        Value begin = arith::SubIOp::create(at, loc, in[0], in[1]);
        Value inside =
            arith::AndIOp::create(at, loc, arith::CmpIOp::create(at, loc, arith::CmpIPredicate::sge, row, begin),
                                  arith::CmpIOp::create(at, loc, arith::CmpIPredicate::slt, row, in[0]));
        Value zero = arith::ConstantOp::create(at, loc, cast<TypedAttr>(at.getZeroAttr(storageType(element))));
        return arith::SelectOp::create(at, loc, inside, in[2], zero);
      });
  Dims product;
  product.lhsSum.push_back(0);
  product.rhsSum.push_back(group);
  for (int64_t dim : dims.getLhsContractingDimensions())
    product.lhsSum.push_back(dim + 1);
  llvm::append_range(product.rhsSum, dims.getRhsContractingDimensions());
  return emitProduct(importer, op, masked, rhs, element, product);
}

LogicalResult hadal::stablehlo::importProduct(Importer &importer, Operation *op) {
  Type element = cast<RankedTensorType>(op->getResult(0).getType()).getElementType();
  FailureOr<Tensor *> result = failure();
  if (auto general = dyn_cast<DotGeneralOp>(op)) {
    DotDimensionNumbersAttr numbers = general.getDotDimensionNumbers();
    Dims dims{SmallVector<int64_t>(numbers.getLhsBatchingDimensions()),
              SmallVector<int64_t>(numbers.getRhsBatchingDimensions()),
              SmallVector<int64_t>(numbers.getLhsContractingDimensions()),
              SmallVector<int64_t>(numbers.getRhsContractingDimensions())};
    result = emitProduct(importer, op, importer.operand(op, 0), importer.operand(op, 1), element, dims);
  } else if (auto ragged = dyn_cast<hadal::chlo::RaggedDotOp>(op)) {
    result = emitRagged(importer, ragged);
  } else {
    Tensor &lhs = importer.operand(op, 0);
    result = emitProduct(importer, op, lhs, importer.operand(op, 1), element, {{}, {}, {lhs.rank() - 1}, {0}});
  }
  if (failed(result))
    return failure();
  importer.set(op->getResult(0), **result);
  return success();
}
