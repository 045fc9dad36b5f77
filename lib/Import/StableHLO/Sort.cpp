//===- Sort.cpp - Orders --------------------------------------------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Importer.h"

#include "dialects/Hadal/IR/Hadal.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;
using namespace hadal::stablehlo;

//===----------------------------------------------------------------------===//
// Comparators
//===----------------------------------------------------------------------===//

namespace {
/// An order by one operand.
struct Order {
  int64_t operand;
  bool descending;
};
} // namespace

/// A float with one zero and one NaN, as producers write it before they compare by total order.
static Value withoutNormalisation(Value value, bool &normalised) {
  auto nan = value.getDefiningOp<SelectOp>();
  auto zero = nan ? nan.getOnFalse().getDefiningOp<SelectOp>() : SelectOp();
  auto isNaN = nan ? nan.getPred().getDefiningOp<CompareOp>() : CompareOp();
  auto isZero = zero ? zero.getPred().getDefiningOp<CompareOp>() : CompareOp();
  if (!isNaN || !isZero || !nan.getOnTrue().getDefiningOp<ConstantOp>() ||
      !zero.getOnTrue().getDefiningOp<ConstantOp>())
    return value;
  Value own = zero.getOnFalse();
  if (isNaN.getComparisonDirection() != ComparisonDirection::NE || isNaN.getLhs() != own || isNaN.getRhs() != own ||
      isZero.getComparisonDirection() != ComparisonDirection::EQ || isZero.getLhs() != own)
    return value;
  normalised = true;
  return own;
}

/// The order of a comparator that top-k has too: by numbers, NaN last, one zero.
static std::optional<Order> matchOrder(Block &block) {
  auto compare = block.getTerminator()->getOperand(0).getDefiningOp<CompareOp>();
  if (!compare)
    return std::nullopt;
  bool descending = compare.getComparisonDirection() == ComparisonDirection::GT;
  if (!descending && compare.getComparisonDirection() != ComparisonDirection::LT)
    return std::nullopt;
  bool left = false, right = false;
  auto lhs = dyn_cast<BlockArgument>(withoutNormalisation(compare.getLhs(), left)),
       rhs = dyn_cast<BlockArgument>(withoutNormalisation(compare.getRhs(), right));
  if (!lhs || !rhs || left != right || lhs.getOwner() != &block || rhs.getOwner() != &block)
    return std::nullopt;
  bool isFloat = isa<FloatType>(getElementTypeOrSelf(lhs));
  bool total = compare.getCompareType() == ComparisonType::TOTALORDER;
  // NaN is first of a total order from the greatest on.
  if ((isFloat && total && (!left || descending)) || getElementTypeOrSelf(lhs).isUnsignedInteger() ||
      getElementTypeOrSelf(lhs).isInteger(1))
    return std::nullopt;
  unsigned a = lhs.getArgNumber(), b = rhs.getArgNumber();
  if (a / 2 != b / 2 || a == b)
    return std::nullopt;
  return Order{a / 2, (a < b) == descending};
}

//===----------------------------------------------------------------------===//
// sort
//===----------------------------------------------------------------------===//

/// Where each element goes: the number of those that come before it. Of equal ones, those that stand before.
static FailureOr<Tensor *> ranks(Importer &importer, SortOp op, ArrayRef<Tensor *> inputs, int64_t dim) {
  int64_t rank = inputs.front()->rank();
  MLIRContext *context = importer.b.getContext();
  SmallVector<AffineExpr> own, other;
  for (int64_t i = 0; i < rank; ++i) {
    own.push_back(getAffineDimExpr(i, context));
    other.push_back(i == dim ? getAffineDimExpr(rank, context) : own.back());
  }
  AffineMap ownMap = AffineMap::get(rank + 1, 0, own, context), otherMap = AffineMap::get(rank + 1, 0, other, context);
  SmallVector<Value> values;
  SmallVector<AffineMap> maps;
  for (Tensor *input : inputs) {
    Value value = importer.materialize(*input);
    values.append({value, value});
    maps.append({ownMap, otherMap});
  }
  maps.push_back(ownMap);
  Type i64 = importer.b.getI64Type();
  Value zero = importer.scalarConstant(importer.b.getI64IntegerAttr(0));
  Value init =
      linalg::FillOp::create(importer.b, importer.loc, zero, importer.empty(i64, inputs.front()->dims)).getResult(0);
  SmallVector<utils::IteratorType> loops(rank, utils::IteratorType::parallel);
  loops.push_back(utils::IteratorType::reduction);
  LogicalResult status = success();
  auto counted = linalg::GenericOp::create(
      importer.b, importer.loc, init.getType(), values, init, maps, loops,
      [&](OpBuilder &at, Location loc, ValueRange in) {
        SmallVector<Value> forth, back, ahead, behind;
        for (size_t i = 0; i < inputs.size(); ++i) {
          forth.append({in[2 * i], in[2 * i + 1]});
          back.append({in[2 * i + 1], in[2 * i]});
        }
        Block &block = op.getComparator().front();
        if (failed(importer.scalarBlock(at, block, forth, behind)) ||
            failed(importer.scalarBlock(at, block, back, ahead))) {
          status = failure();
          linalg::YieldOp::create(at, loc, in.back());
          return;
        }
        // The other is before, or neither is and it stands before.
        Value stands = arith::CmpIOp::create(at, loc, arith::CmpIPredicate::slt, linalg::IndexOp::create(at, loc, rank),
                                             linalg::IndexOp::create(at, loc, dim));
        Value differ = arith::XOrIOp::create(at, loc, ahead[0], behind[0]);
        Value before = arith::SelectOp::create(at, loc, differ, ahead[0], stands);
        Value more = arith::ExtUIOp::create(at, loc, i64, before);
        linalg::YieldOp::create(at, loc, arith::AddIOp::create(at, loc, in.back(), more).getResult());
      });
  if (failed(status))
    return failure();
  return &importer.make(i64, inputs.front()->dims, counted.getResult(0));
}

static Tensor &takeAlong(Importer &importer, Tensor &tensor, Tensor &indices, int64_t dim) {
  Value value = hadal::GatherElementsOp::create(importer.b, importer.loc, importer.typeOf(tensor.element, tensor.dims),
                                                importer.materialize(tensor), importer.materialize(indices), dim);
  return importer.make(tensor.element, tensor.dims, value);
}

LogicalResult hadal::stablehlo::importSort(Importer &importer, SortOp op) {
  SmallVector<Tensor *> inputs;
  for (Value input : op.getInputs())
    inputs.push_back(&importer.get(input));
  Tensor &first = *inputs.front();
  int64_t dim = op.getDimension();
  if (dim < 0)
    dim += first.rank();
  if (first.rank() == 0 || getConstantIntValue(first.dims[dim]) == 1 || getConstantIntValue(first.dims[dim]) == 0) {
    for (auto [result, input] : llvm::zip_equal(op.getResults(), inputs))
      importer.set(result, *input);
    return success();
  }
  Type i64 = importer.b.getI64Type();
  Tensor *order;
  Tensor *sorted = nullptr; // the operand that is sorted by
  std::optional<Order> known = matchOrder(op.getComparator().front());
  if (known && dim == first.rank() - 1) {
    sorted = inputs[known->operand];
    Value x = importer.materialize(*sorted);
    auto topk =
        hadal::TopKOp::create(importer.b, importer.loc, TypeRange{x.getType(), importer.typeOf(i64, sorted->dims)}, x,
                              importer.indexValue(sorted->dims[dim]), known->descending);
    order = &importer.make(i64, sorted->dims, topk.getIndices());
    for (auto [number, input] : llvm::enumerate(inputs))
      importer.set(op.getResult(number), input == sorted ? importer.make(input->element, input->dims, topk.getValues())
                                                         : takeAlong(importer, *input, *order, dim));
    return success();
  }
  FailureOr<Tensor *> places = ranks(importer, op, inputs, dim);
  if (failed(places))
    return failure();
  // The inverse: which element comes to each place.
  Tensor &numbers =
      importer.repeat(importer.iota(i64, first.dims[dim]), first.dims,
                      AffineMap::get(first.rank(), 0, importer.b.getAffineDimExpr(dim), importer.b.getContext()));
  Tensor &zeros = importer.splat(i64, first.dims, importer.b.getI64IntegerAttr(0));
  Value inverse = hadal::ScatterElementsOp::create(importer.b, importer.loc, importer.typeOf(i64, first.dims),
                                                   importer.materialize(zeros), importer.materialize(**places),
                                                   importer.materialize(numbers), dim, hadal::ScatterReduction::None);
  order = &importer.make(i64, first.dims, inverse);
  for (auto [result, input] : llvm::zip_equal(op.getResults(), inputs))
    importer.set(result, takeAlong(importer, *input, *order, dim));
  return success();
}

//===----------------------------------------------------------------------===//
// top_k
//===----------------------------------------------------------------------===//

LogicalResult hadal::stablehlo::importTopK(Importer &importer, Operation *op, int64_t k) {
  Tensor &x = importer.operand(op, 0);
  auto indexType =
      op->getNumResults() == 2 ? dyn_cast<RankedTensorType>(op->getResult(1).getType()) : RankedTensorType();
  if (x.rank() == 0 || !indexType || !isa<IntegerType>(indexType.getElementType()))
    return op->emitOpError("is no top-k of rows: it needs one tensor and gives values and indices");
  std::optional<int64_t> length = getConstantIntValue(x.dims.back());
  if (k < 0 || (length && k > *length))
    return op->emitOpError("takes the ") << k << " largest of " << *length;
  Type index = storageType(indexType.getElementType());
  bool plain = index.isInteger(32) || index.isInteger(64);
  Sizes dims(x.dims);
  dims.back() = importer.constant(k);
  Type made = plain ? index : Type(importer.b.getI64Type());
  auto topk = hadal::TopKOp::create(importer.b, importer.loc,
                                    TypeRange{importer.typeOf(x.element, dims), importer.typeOf(made, dims)},
                                    importer.materialize(x), importer.indexValue(importer.constant(k)),
                                    /*largest=*/true);
  importer.set(op->getResult(0), importer.make(x.element, dims, topk.getValues()));
  Tensor &indices = importer.make(made, dims, topk.getIndices());
  importer.set(op->getResult(1), plain ? indices : importer.convert(indices, indexType.getElementType()));
  return success();
}
