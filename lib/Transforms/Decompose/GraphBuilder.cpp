//===- GraphBuilder.cpp - linalg by index letters -------------------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "GraphBuilder.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"

using namespace mlir;
using namespace hadal;

//===----------------------------------------------------------------------===//
// Cell
//===----------------------------------------------------------------------===//

static bool isFloat(Value value) { return isa<FloatType>(value.getType()); }

Value hadal::Cell::index(char letter) {
  size_t at = letters.find(letter);
  assert(at != StringRef::npos && "no loop has this letter");
  return linalg::IndexOp::create(b, at);
}
Value hadal::Cell::position(char letter) { return arith::IndexCastOp::create(b, b.getI64Type(), index(letter)); }
Value hadal::Cell::number(double value) { return arith::ConstantOp::create(b, b.getF32FloatAttr(value)); }
Value hadal::Cell::integer(int64_t value) { return arith::ConstantOp::create(b, b.getI64IntegerAttr(value)); }

static Value convertScalar(ImplicitLocOpBuilder &b, Value value, Type to) {
  Type from = value.getType();
  if (from == to)
    return value;
  if (isa<FloatType>(from) && isa<FloatType>(to)) {
    if (from.getIntOrFloatBitWidth() < to.getIntOrFloatBitWidth())
      return arith::ExtFOp::create(b, to, value);
    if (from.getIntOrFloatBitWidth() > to.getIntOrFloatBitWidth())
      return arith::TruncFOp::create(b, to, value);
    Value single = arith::ExtFOp::create(b, b.getF32Type(), value); // f16 and bf16
    return arith::TruncFOp::create(b, to, single);
  }
  if (isa<FloatType>(to))
    return from.isInteger(1) ? Value(arith::UIToFPOp::create(b, to, value))
                             : Value(arith::SIToFPOp::create(b, to, value));
  if (isa<IndexType>(from) || isa<IndexType>(to))
    return arith::IndexCastOp::create(b, to, value);
  if (from.getIntOrFloatBitWidth() < to.getIntOrFloatBitWidth())
    return from.isInteger(1) ? Value(arith::ExtUIOp::create(b, to, value))
                             : Value(arith::ExtSIOp::create(b, to, value));
  return arith::TruncIOp::create(b, to, value);
}

Value hadal::Cell::toFloat(Value value) { return convertScalar(b, value, b.getF32Type()); }
Value hadal::Cell::toInt(Value value) { return convertScalar(b, value, b.getI64Type()); }

Value hadal::Cell::add(Value x, Value y) {
  return isFloat(x) ? Value(arith::AddFOp::create(b, x, y)) : Value(arith::AddIOp::create(b, x, y));
}
Value hadal::Cell::sub(Value x, Value y) {
  return isFloat(x) ? Value(arith::SubFOp::create(b, x, y)) : Value(arith::SubIOp::create(b, x, y));
}
Value hadal::Cell::mul(Value x, Value y) {
  return isFloat(x) ? Value(arith::MulFOp::create(b, x, y)) : Value(arith::MulIOp::create(b, x, y));
}
Value hadal::Cell::select(Value condition, Value x, Value y) { return arith::SelectOp::create(b, condition, x, y); }

static Value compare(ImplicitLocOpBuilder &b, Value x, Value y, arith::CmpFPredicate floats,
                     arith::CmpIPredicate integers) {
  return isFloat(x) ? Value(arith::CmpFOp::create(b, floats, x, y)) : Value(arith::CmpIOp::create(b, integers, x, y));
}
Value hadal::Cell::less(Value x, Value y) {
  return compare(b, x, y, arith::CmpFPredicate::OLT, arith::CmpIPredicate::slt);
}
Value hadal::Cell::lessEqual(Value x, Value y) {
  return compare(b, x, y, arith::CmpFPredicate::OLE, arith::CmpIPredicate::sle);
}
Value hadal::Cell::equal(Value x, Value y) {
  return compare(b, x, y, arith::CmpFPredicate::OEQ, arith::CmpIPredicate::eq);
}
Value hadal::Cell::both(Value x, Value y) { return arith::AndIOp::create(b, x, y); }
Value hadal::Cell::either(Value x, Value y) { return arith::OrIOp::create(b, x, y); }

//===----------------------------------------------------------------------===//
// GraphBuilder
//===----------------------------------------------------------------------===//

RankedTensorType hadal::tensorTypeOf(ArrayRef<OpFoldResult> sizes, Type element) {
  SmallVector<int64_t> shape;
  for (OpFoldResult size : sizes)
    shape.push_back(getConstantIntValue(size).value_or(ShapedType::kDynamic));
  return RankedTensorType::get(shape, element);
}

OpFoldResult GraphBuilder::size(Value tensor, int64_t dim) {
  return tensor::getMixedSize(b, b.getLoc(), tensor, dim < 0 ? dim + type(tensor).getRank() : dim);
}

OpFoldResult GraphBuilder::sum(OpFoldResult x, OpFoldResult y) {
  AffineExpr map = b.getAffineSymbolExpr(0) + b.getAffineSymbolExpr(1);
  return affine::makeComposedFoldedAffineApply(b, b.getLoc(), map, {x, y});
}
OpFoldResult GraphBuilder::product(OpFoldResult x, OpFoldResult y) {
  AffineExpr map = b.getAffineSymbolExpr(0) * b.getAffineSymbolExpr(1);
  return affine::makeComposedFoldedAffineApply(b, b.getLoc(), map, {x, y});
}

Value GraphBuilder::generic(StringRef spec, ValueRange inputs, Value init, Type element, Body body, Sizes with) {
  auto [left, output] = spec.split("->");
  SmallVector<StringRef> terms;
  if (!inputs.empty()) // a term without letters is that of a tensor of rank 0
    left.split(terms, ',');
  assert(terms.size() == inputs.size() && "one term for each input");
  std::string letters = output.str(); // parallel loops first, then those that are folded
  for (StringRef term : terms)
    for (char letter : term)
      if (letters.find(letter) == std::string::npos)
        letters += letter;

  auto mapOf = [&](StringRef term) {
    SmallVector<AffineExpr> results;
    for (char letter : term)
      results.push_back(b.getAffineDimExpr(letters.find(letter)));
    return AffineMap::get(letters.size(), 0, results, b.getContext());
  };
  auto sizeOf = [&](char letter) -> OpFoldResult {
    OpFoldResult found;
    for (auto [given, size] : with)
      if (given == letter)
        return size;
    for (auto [term, input] : llvm::zip(terms, inputs)) {
      size_t at = term.find(letter);
      if (at == StringRef::npos)
        continue;
      if (!type(input).isDynamicDim(at))
        return b.getIndexAttr(type(input).getDimSize(at));
      if (!found)
        found = size(input, at);
    }
    assert(found && "a letter without a size");
    return found;
  };

  SmallVector<AffineMap> maps;
  for (StringRef term : terms)
    maps.push_back(mapOf(term));
  maps.push_back(mapOf(output));
  SmallVector<utils::IteratorType> loops(letters.size(), utils::IteratorType::reduction);
  std::fill_n(loops.begin(), output.size(), utils::IteratorType::parallel);
  SmallVector<OpFoldResult> sizes;
  for (char letter : output)
    sizes.push_back(sizeOf(letter));
  Value out = tensor::EmptyOp::create(b, sizes, element);
  if (init)
    out = linalg::FillOp::create(b, init, out).getResult(0);
  return linalg::GenericOp::create(b, out.getType(), inputs, out, maps, loops,
                                   [&](OpBuilder &builder, Location loc, ValueRange args) {
                                     Cell cell(builder, loc, args, letters);
                                     Value result = body(cell);
                                     linalg::YieldOp::create(builder, loc, result);
                                   })
      .getResult(0);
}

Value GraphBuilder::map(StringRef spec, ValueRange inputs, Type element, Body body, Sizes with) {
  return generic(spec, inputs, Value(), element, body, with);
}

Value GraphBuilder::reduce(StringRef spec, ValueRange inputs, Value init, Body body, Sizes with) {
  return generic(spec, inputs, init, init.getType(), body, with);
}

Value GraphBuilder::contract(StringRef spec, Value x, Value y) {
  Value zero = arith::ConstantOp::create(b, b.getF32FloatAttr(0));
  return reduce(spec, {x, y}, zero, [](Cell &c) { return c.add(c[2], c.mul(c.toFloat(c[0]), c.toFloat(c[1]))); });
}

Value GraphBuilder::sum(StringRef spec, Value x) {
  Value zero = arith::ConstantOp::create(b, b.getF32FloatAttr(0));
  return reduce(spec, x, zero, [](Cell &c) { return c.add(c[1], c.toFloat(c[0])); });
}

Value GraphBuilder::maximum(StringRef spec, Value x) {
  Value lowest = arith::ConstantOp::create(b, b.getF32FloatAttr(-INFINITY));
  return reduce(spec, x, lowest, [](Cell &c) { return arith::MaximumFOp::create(c.b, c[1], c.toFloat(c[0])); });
}

std::string hadal::lettersFor(int64_t rank) {
  std::string letters;
  for (int64_t dim = 0; dim < rank; ++dim)
    letters += static_cast<char>('a' + dim);
  return letters;
}

Value GraphBuilder::convert(Value x, Type element) {
  if (type(x).getElementType() == element)
    return x;
  std::string letters = lettersFor(type(x).getRank());
  return map(letters + "->" + letters, x, element, [&](Cell &c) { return convertScalar(c.b, c[0], element); });
}

Value GraphBuilder::fill(ArrayRef<OpFoldResult> sizes, Type element, double value) {
  TypedAttr attr = isa<FloatType>(element) ? TypedAttr(b.getFloatAttr(element, value))
                                           : TypedAttr(b.getIntegerAttr(element, static_cast<int64_t>(value)));
  Value constant = arith::ConstantOp::create(b, attr);
  return linalg::FillOp::create(b, constant, tensor::EmptyOp::create(b, sizes, element).getResult()).getResult(0);
}

Value GraphBuilder::transpose(StringRef spec, Value x) {
  auto [from, to] = spec.split("->");
  SmallVector<int64_t> permutation;
  SmallVector<OpFoldResult> sizes;
  for (char letter : to) {
    permutation.push_back(from.find(letter));
    sizes.push_back(size(x, permutation.back()));
  }
  Value out = tensor::EmptyOp::create(b, sizes, type(x).getElementType());
  return linalg::TransposeOp::create(b, x, out, permutation)->getResult(0);
}

Value GraphBuilder::slice(Value x, int64_t dim, OpFoldResult offset, OpFoldResult length) {
  int64_t rank = type(x).getRank();
  SmallVector<OpFoldResult> offsets(rank, number(0)), sizes, strides(rank, number(1));
  for (int64_t i = 0; i < rank; ++i)
    sizes.push_back(size(x, i));
  offsets[dim] = offset;
  sizes[dim] = length;
  // extract_slice refuses offset 0 where a size is 0.
  RankedTensorType result = tensorTypeOf(sizes, type(x).getElementType());
  if (llvm::is_contained(result.getShape(), 0))
    return tensor::EmptyOp::create(b, sizes, result.getElementType());
  return tensor::ExtractSliceOp::create(b, x, offsets, sizes, strides);
}

Value GraphBuilder::concat(int64_t dim, ValueRange parts) {
  return parts.size() == 1 ? parts.front() : tensor::ConcatOp::create(b, dim, parts).getResult();
}

Value GraphBuilder::collapse(Value x, ArrayRef<ReassociationIndices> groups) {
  return tensor::CollapseShapeOp::create(b, x, groups);
}

Value GraphBuilder::expand(Value x, ArrayRef<ReassociationIndices> groups, ArrayRef<OpFoldResult> sizes) {
  return tensor::ExpandShapeOp::create(b, tensorTypeOf(sizes, type(x).getElementType()), x, groups, sizes);
}

Value GraphBuilder::cast(Value x, Type to) {
  return x.getType() == to ? x : tensor::CastOp::create(b, to, x).getResult();
}
