//===- Sizes.cpp - Sizes, and tensors of integers that hold them ----------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Importer.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/IR/TypeUtilities.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace hadal::stablehlo;

/// Tensors of more elements are not followed.
static constexpr int64_t kMostFollowed = 16;

//===----------------------------------------------------------------------===//
// Arithmetic
//===----------------------------------------------------------------------===//

Size Importer::add(Size x, Size y) {
  AffineExpr p, q;
  bindSymbols(b.getContext(), p, q);
  return affine::makeComposedFoldedAffineApply(b, loc, p + q, {x, y});
}

Size Importer::sub(Size x, Size y) {
  AffineExpr p, q;
  bindSymbols(b.getContext(), p, q);
  return affine::makeComposedFoldedAffineApply(b, loc, p - q, {x, y});
}

Size Importer::mul(Size x, Size y) {
  AffineExpr p, q;
  bindSymbols(b.getContext(), p, q);
  return affine::makeComposedFoldedAffineApply(b, loc, p * q, {x, y});
}

Size Importer::ceilDiv(Size x, int64_t y) {
  return affine::makeComposedFoldedAffineApply(b, loc, getAffineSymbolExpr(0, b.getContext()).ceilDiv(y), {x});
}

Size Importer::product(ArrayRef<Size> sizes) {
  Size result = constant(1);
  for (Size size : sizes)
    result = mul(result, size);
  return result;
}

Value Importer::indexValue(Size size) { return getValueOrCreateConstantIndexOp(b, loc, size); }

namespace {
/// A number times values, these in a fixed order.
struct Product {
  int64_t factor = 1;
  SmallVector<Value> values;

  void multiply(Size size) {
    if (std::optional<int64_t> number = getConstantIntValue(size)) {
      factor *= *number;
      return;
    }
    auto value = cast<Value>(size);
    auto apply = value.getDefiningOp<affine::AffineApplyOp>();
    if (!apply || !multiplyExpr(apply.getAffineMap().getResult(0), apply))
      values.push_back(value);
  }

  bool operator==(Product &other) {
    auto order = [](Value x, Value y) { return x.getAsOpaquePointer() < y.getAsOpaquePointer(); };
    llvm::sort(values, order);
    llvm::sort(other.values, order);
    return factor == other.factor && values == other.values;
  }

private:
  bool multiplyExpr(AffineExpr expr, affine::AffineApplyOp apply) {
    if (auto number = dyn_cast<AffineConstantExpr>(expr)) {
      factor *= number.getValue();
      return true;
    }
    unsigned dims = apply.getAffineMap().getNumDims();
    if (auto dim = dyn_cast<AffineDimExpr>(expr)) {
      multiply(apply.getOperand(dim.getPosition()));
      return true;
    }
    if (auto symbol = dyn_cast<AffineSymbolExpr>(expr)) {
      multiply(apply.getOperand(dims + symbol.getPosition()));
      return true;
    }
    auto binary = dyn_cast<AffineBinaryOpExpr>(expr);
    if (!binary || binary.getKind() != AffineExprKind::Mul)
      return false;
    Product before = *this;
    if (multiplyExpr(binary.getLHS(), apply) && multiplyExpr(binary.getRHS(), apply))
      return true;
    *this = before;
    return false;
  }
};
} // namespace

bool Importer::haveEqualProducts(ArrayRef<Size> xs, ArrayRef<Size> ys) {
  Product x, y;
  for (Size size : xs)
    x.multiply(size);
  for (Size size : ys)
    y.multiply(size);
  return x == y;
}

bool Importer::areEqual(Size x, Size y) {
  if (haveEqualProducts(x, y))
    return true;
  auto p = llvm::dyn_cast_if_present<Value>(x), q = llvm::dyn_cast_if_present<Value>(y);
  auto applyP = p ? p.getDefiningOp<affine::AffineApplyOp>() : affine::AffineApplyOp(),
       applyQ = q ? q.getDefiningOp<affine::AffineApplyOp>() : affine::AffineApplyOp();
  return applyP && applyQ && applyP.getAffineMap() == applyQ.getAffineMap() &&
         applyP.getOperands() == applyQ.getOperands();
}

//===----------------------------------------------------------------------===//
// Types
//===----------------------------------------------------------------------===//

Type hadal::stablehlo::storageType(Type element) {
  auto integer = dyn_cast<IntegerType>(element);
  return integer ? IntegerType::get(element.getContext(), integer.getWidth()) : element;
}

Sizes Importer::refine(RankedTensorType type, Sizes sizes) {
  for (auto [size, known] : llvm::zip_equal(sizes, type.getShape()))
    if (!ShapedType::isDynamic(known) && !getConstantIntValue(size))
      size = constant(known);
  return sizes;
}

Sizes Importer::staticSizes(ArrayRef<int64_t> shape) {
  return Sizes(llvm::map_range(shape, [&](int64_t size) -> Size { return constant(size); }));
}

SmallVector<int64_t> Importer::typeSizes(ArrayRef<Size> dims) {
  return llvm::map_to_vector(dims, [](Size dim) { return getConstantIntValue(dim).value_or(ShapedType::kDynamic); });
}

RankedTensorType Importer::typeOf(Type element, ArrayRef<Size> dims) {
  return RankedTensorType::get(typeSizes(dims), storageType(element));
}

//===----------------------------------------------------------------------===//
// Tensors of sizes
//===----------------------------------------------------------------------===//

FailureOr<Sizes> Importer::sizesOf(Operation *op, Tensor &shape) {
  if (shape.elements)
    return *shape.elements;
  op->emitOpError("takes sizes or indices that depend on the data");
  return failure();
}

std::optional<int64_t> Importer::constantElement(Tensor &tensor) {
  if (!tensor.elements || tensor.elements->size() != 1)
    return std::nullopt;
  return getConstantIntValue(tensor.elements->front());
}

namespace {
/// Integers of one type, as int64_t with their value.
struct Number {
  unsigned width;
  bool isUnsigned;

  explicit Number(Type element) : width(64), isUnsigned(element.isUnsignedInteger() || element.isInteger(1)) {
    if (auto integer = dyn_cast<IntegerType>(element))
      width = integer.getWidth();
  }
  int64_t wrap(int64_t value) const {
    if (width >= 64)
      return value;
    auto bits = static_cast<uint64_t>(value) << (64 - width);
    return isUnsigned ? static_cast<int64_t>(bits >> (64 - width)) : static_cast<int64_t>(bits) >> (64 - width);
  }
};
} // namespace

static bool holds(ComparisonDirection direction, int64_t x, int64_t y) {
  switch (direction) {
  case ComparisonDirection::EQ:
    return x == y;
  case ComparisonDirection::NE:
    return x != y;
  case ComparisonDirection::GE:
    return x >= y;
  case ComparisonDirection::GT:
    return x > y;
  case ComparisonDirection::LE:
    return x <= y;
  case ComparisonDirection::LT:
    return x < y;
  }
  llvm_unreachable("a direction");
}

/// The operation on constants.
static std::optional<int64_t> foldConstants(Operation *op, ArrayRef<int64_t> x) {
  Number of(getElementTypeOrSelf(op->getOperand(0))), to(getElementTypeOrSelf(op->getResult(0)));
  if (of.width == 64 && of.isUnsigned)
    return std::nullopt;
  auto u = [&](int64_t value) { return static_cast<uint64_t>(value); };
  std::optional<int64_t> result =
      llvm::TypeSwitch<Operation *, std::optional<int64_t>>(op)
          .Case([&](AddOp) { return of.width == 1 ? x[0] | x[1] : static_cast<int64_t>(u(x[0]) + u(x[1])); })
          .Case([&](SubtractOp) { return static_cast<int64_t>(u(x[0]) - u(x[1])); })
          .Case([&](MulOp) { return static_cast<int64_t>(u(x[0]) * u(x[1])); })
          .Case([&](MaxOp) { return std::max(x[0], x[1]); })
          .Case([&](MinOp) { return std::min(x[0], x[1]); })
          .Case([&](AndOp) { return x[0] & x[1]; })
          .Case([&](OrOp) { return x[0] | x[1]; })
          .Case([&](XorOp) { return x[0] ^ x[1]; })
          .Case([&](NotOp) { return of.width == 1 ? !x[0] : ~x[0]; })
          .Case([&](NegOp) { return static_cast<int64_t>(-u(x[0])); })
          .Case([&](SignOp) { return int64_t((x[0] > 0) - (x[0] < 0)); })
          .Case([&](ConvertOp) { return to.width == 1 ? int64_t(x[0] != 0) : x[0]; })
          .Case([&](ClampOp) { return std::min(std::max(x[1], x[0]), x[2]); })
          .Case([&](SelectOp) { return x[0] ? x[1] : x[2]; })
          .Case([&](DivOp) -> std::optional<int64_t> {
            if (x[1] == 0 || x[1] == -1)
              return std::nullopt;
            return x[0] / x[1];
          })
          .Case([&](RemOp) -> std::optional<int64_t> {
            if (x[1] == 0 || x[1] == -1)
              return std::nullopt;
            return x[0] % x[1];
          })
          .Case([&](CompareOp compare) { return int64_t(holds(compare.getComparisonDirection(), x[0], x[1])); })
          .Default([](Operation *) { return std::nullopt; });
  if (!result)
    return std::nullopt;
  return to.wrap(*result);
}

std::optional<Sizes> Importer::followElements(Operation *op, ArrayRef<Tensor *> operands) {
  auto result = dyn_cast<RankedTensorType>(op->getResult(0).getType());
  if (!result || !isa<IntegerType>(result.getElementType()) || result.getRank() > 1)
    return std::nullopt;
  int64_t count = 1;
  if (result.getRank() == 1 && (count = result.getDimSize(0)) > kMostFollowed)
    return std::nullopt;
  if (count < 0)
    return std::nullopt;

  // false and x, true or x: one operand is enough.
  if (isa<AndOp, OrOp>(op) && result.getElementType().isInteger(1) && result.getRank() == 0)
    for (Tensor *tensor : operands)
      if (std::optional<int64_t> known = constantElement(*tensor); known && (*known != 0) == isa<OrOp>(op))
        return Sizes{constant(*known)};
  if (!llvm::all_of(operands, [](Tensor *tensor) { return tensor->elements.has_value(); }))
    return std::nullopt;

  Sizes elements;
  for (int64_t i = 0; i < count; ++i) {
    Sizes x;
    for (Tensor *tensor : operands) {
      if (tensor->elements->size() != 1 && static_cast<int64_t>(tensor->elements->size()) != count)
        return std::nullopt;
      x.push_back((*tensor->elements)[tensor->elements->size() == 1 ? 0 : i]);
    }
    SmallVector<int64_t> numbers;
    for (Size size : x)
      if (std::optional<int64_t> number = getConstantIntValue(size))
        numbers.push_back(*number);
    if (numbers.size() == x.size()) {
      std::optional<int64_t> folded = foldConstants(op, numbers);
      if (!folded)
        return std::nullopt;
      elements.push_back(constant(*folded));
      continue;
    }
    // Sizes: no overflow, and index arithmetic on the host.
    auto value = [&](int number) { return indexValue(x[number]); };
    auto pick = [&](Value condition, Value a, Value c) -> Size {
      return arith::SelectOp::create(b, loc, condition, a, c).getResult();
    };
    auto compare = [&](arith::CmpIPredicate predicate, Value p, Value q) -> Value {
      return arith::CmpIOp::create(b, loc, predicate, p, q);
    };
    Value zero = indexValue(constant(0)), one = indexValue(constant(1));
    auto asIndex = [&](Value truth) -> Size { return pick(truth, one, zero); };
    auto isTrue = [&](int number) { return compare(arith::CmpIPredicate::ne, value(number), zero); };
    std::optional<Size> made =
        llvm::TypeSwitch<Operation *, std::optional<Size>>(op)
            .Case([&](AddOp) { return add(x[0], x[1]); })
            .Case([&](SubtractOp) { return sub(x[0], x[1]); })
            .Case([&](MulOp) { return mul(x[0], x[1]); })
            .Case([&](NegOp) { return sub(constant(0), x[0]); })
            .Case([&](ConvertOp convert) -> std::optional<Size> {
              if (getElementTypeOrSelf(convert.getResult()).isInteger(1))
                return asIndex(isTrue(0));
              return x[0];
            })
            .Case([&](MaxOp) -> Size { return arith::MaxSIOp::create(b, loc, value(0), value(1)).getResult(); })
            .Case([&](MinOp) -> Size { return arith::MinSIOp::create(b, loc, value(0), value(1)).getResult(); })
            .Case([&](ClampOp) -> Size {
              Value low = arith::MaxSIOp::create(b, loc, value(1), value(0));
              return arith::MinSIOp::create(b, loc, low, value(2)).getResult();
            })
            .Case([&](DivOp) -> std::optional<Size> {
              std::optional<int64_t> divisor = getConstantIntValue(x[1]);
              if (!divisor || *divisor <= 0)
                return std::nullopt;
              if (*divisor == 1)
                return x[0];
              return Size(arith::DivSIOp::create(b, loc, value(0), value(1)).getResult());
            })
            .Case([&](RemOp) -> std::optional<Size> {
              std::optional<int64_t> divisor = getConstantIntValue(x[1]);
              if (!divisor || *divisor <= 0)
                return std::nullopt;
              return Size(arith::RemSIOp::create(b, loc, value(0), value(1)).getResult());
            })
            .Case([&](SignOp) -> Size {
              Value low = arith::MaxSIOp::create(b, loc, value(0), indexValue(constant(-1)));
              return arith::MinSIOp::create(b, loc, low, one).getResult();
            })
            .Case([&](SelectOp) { return pick(isTrue(0), value(1), value(2)); })
            .Case([&](AndOp) -> std::optional<Size> {
              if (!result.getElementType().isInteger(1))
                return std::nullopt;
              return pick(isTrue(0), value(1), zero);
            })
            .Case([&](OrOp) -> std::optional<Size> {
              if (!result.getElementType().isInteger(1))
                return std::nullopt;
              return pick(isTrue(0), one, value(1));
            })
            .Case([&](NotOp) -> std::optional<Size> {
              if (!result.getElementType().isInteger(1))
                return std::nullopt;
              return pick(isTrue(0), zero, one);
            })
            .Case([&](CompareOp cmp) {
              static constexpr arith::CmpIPredicate kPredicates[] = {
                  arith::CmpIPredicate::eq,  arith::CmpIPredicate::ne,  arith::CmpIPredicate::sge,
                  arith::CmpIPredicate::sgt, arith::CmpIPredicate::sle, arith::CmpIPredicate::slt};
              return asIndex(compare(kPredicates[static_cast<int>(cmp.getComparisonDirection())], value(0), value(1)));
            })
            .Default([](Operation *) { return std::nullopt; });
    if (!made)
      return std::nullopt;
    elements.push_back(*made);
  }
  return elements;
}
