//===- Quantize.cpp - Quantised numbers, and products of them -------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Quantize.h"
#include "MatMul.h"
#include "Reduce.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"

using namespace llvm;
using namespace mlir;
using namespace hadal::onnx;

/// The numbers that an integer type has.
static std::pair<double, double> rangeOf(DType type) {
  int64_t bits = dtypeBits(type);
  if (isUnsigned(type))
    return {0, static_cast<double>((int64_t(1) << bits) - 1)};
  return {-static_cast<double>(int64_t(1) << (bits - 1)), static_cast<double>((int64_t(1) << (bits - 1)) - 1)};
}

FailureOr<Tensor *> hadal::onnx::spreadParameter(NodeContext &c, Tensor &parameter, Tensor &x, int64_t axis,
                                                 int64_t block) {
  if (c.sizes.normalize(product(parameter.dims)).isConstant(1) && parameter.rank() <= 1)
    return &emitReshape(c, parameter, {});
  FailureOr<int64_t> at = c.normalizeAxis(axis, x.rank());
  if (failed(at))
    return failure();
  Dims dims(x.rank(), SizeExpr(1));
  if (block == 0) {
    if (parameter.rank() != 1)
      return c.error("a parameter without blocks must be a scalar or a list: " + c.shapeText(parameter));
    if (failed(c.requireEqual(parameter.dims[0], x.dims[*at], "the number of parameters and the dimension")))
      return failure();
    dims[*at] = x.dims[*at];
    return &emitReshape(c, parameter, dims);
  }
  if (block < 0 || parameter.rank() != x.rank())
    return c.error("a parameter of blocks must have the rank of what it scales: " + c.shapeText(parameter));
  for (int64_t d = 0; d < x.rank(); ++d) {
    SizeExpr count = d == *at ? c.sizes.floorDiv(x.dims[d] + SizeExpr(block - 1), SizeExpr(block)) : x.dims[d];
    if (failed(c.requireEqual(parameter.dims[d], count, "dimensions of the parameters and the blocks")))
      return failure();
  }
  Dims split = parameter.dims;
  split.insert(split.begin() + *at + 1, SizeExpr(1));
  Dims repeated = split, whole = parameter.dims;
  repeated[*at + 1] = SizeExpr(block);
  whole[*at] = whole[*at] * SizeExpr(block);
  Tensor &wide = emitReshape(c, emitExpand(c, emitReshape(c, parameter, split), repeated), whole);
  return &emitPart(c, wide, *at, 0, x.dims[*at]);
}

/// round(x / scale) + zero in the range of an integer type, or the nearest narrow float.
static Value quantize(Element e, Value quotient, Value zero, DType to, bool saturates) {
  if (isFloat(to)) {
    if (saturates)
      quotient = emitSaturate(e.b, e.loc, quotient, e.type, to);
    return emitConvert(e.b, e.loc, quotient, e.type, to);
  }
  Value rounded = e.make<math::RoundEvenOp>(quotient);
  if (zero)
    rounded = e.make<arith::AddFOp>({rounded, zero});
  auto [low, high] = rangeOf(to);
  Value bounded = e.make<arith::MinimumFOp>({rounded, e.constant(high)});
  bounded = e.make<arith::MaximumFOp>({bounded, e.constant(low)});
  return emitConvert(e.b, e.loc, bounded, e.type, to);
}

static bool isQuantised(DType type) { return isNarrowFloat(type) || (isInteger(type) && dtypeBits(type) <= 16); }

static LogicalResult importQuantizeLinear(NodeContext &c) {
  Tensor &x = c.input(0), &scale = c.input(1);
  int64_t axis = c.intAttribute("axis", 1), block = c.intAttribute("block_size", 0);
  bool saturates = c.intAttribute("saturate", 1) != 0;
  auto to = static_cast<DType>(c.intAttribute("output_dtype", 0));
  auto precision = static_cast<DType>(c.intAttribute("precision", 0));
  if (c.hasInput(2)) {
    if (to != DType::Undefined && failed(c.requireType(c.input(2), to, "the zero point")))
      return failure();
    to = c.input(2).type;
  }
  if (to == DType::Undefined)
    to = DType::U8;
  if (!isQuantised(to) || !c.elementType(to))
    return c.error("to " + dtypeName(to) + " is not supported");
  // The quotient is computed in float32 at least.
  if (precision != DType::Undefined && precision != DType::F32 && precision != DType::F16 && precision != DType::BF16)
    return c.error("precision " + dtypeName(precision) + " is not supported");
  if (!isFloat(x.type) && x.type != DType::I32)
    return c.error("element type " + dtypeName(x.type) + " is not supported");
  FailureOr<Tensor *> spread = spreadParameter(c, scale, x, axis, block);
  if (failed(spread))
    return failure();
  SmallVector<Tensor *> operands{&x, *spread};
  if (c.hasInput(2) && isInteger(to)) {
    FailureOr<Tensor *> zero = spreadParameter(c, c.input(2), x, axis, block);
    if (failed(zero))
      return failure();
    operands.push_back(*zero);
  }
  DType type = x.type, scaleType = scale.type;
  c.setOutput(0, emitElementwise(c, to, x.dims, operands, [&](OpBuilder &b, Location loc, ValueRange in) {
                Element e{b, loc, DType::F32};
                auto widen = [&](Value value, DType from) {
                  return from == DType::F32 ? value : emitConvert(b, loc, value, from, DType::F32);
                };
                Value quotient = e.make<arith::DivFOp>({widen(in[0], type), widen(in[1], scaleType)});
                // A quotient of 16-bit floats is one, too.
                DType narrow = precision != DType::Undefined ? precision : type;
                if (narrow == DType::F16 || narrow == DType::BF16)
                  quotient = widen(emitConvert(b, loc, quotient, DType::F32, narrow), narrow);
                return quantize(e, quotient, in.size() > 2 ? widen(in[2], to) : Value(), to, saturates);
              }));
  return success();
}

static LogicalResult importDequantizeLinear(NodeContext &c) {
  Tensor &x = c.input(0), &scale = c.input(1);
  int64_t axis = c.intAttribute("axis", 1), block = c.intAttribute("block_size", 0);
  auto to = static_cast<DType>(c.intAttribute("output_dtype", 0));
  if (to == DType::Undefined)
    to = scale.type;
  if ((!isQuantised(x.type) && x.type != DType::I32) || !isFloat(to) || isNarrowFloat(to) || !isFloat(scale.type))
    return c.error("of " + dtypeName(x.type) + " by " + dtypeName(scale.type) + " to " + dtypeName(to) +
                   " is not supported");
  if (c.hasInput(2) && failed(c.requireType(c.input(2), x.type, "the zero point")))
    return failure();
  FailureOr<Tensor *> spread = spreadParameter(c, scale, x, axis, block);
  if (failed(spread))
    return failure();
  SmallVector<Tensor *> operands{&x, *spread};
  if (c.hasInput(2) && isInteger(x.type)) { // of floats it must be 0
    FailureOr<Tensor *> zero = spreadParameter(c, c.input(2), x, axis, block);
    if (failed(zero))
      return failure();
    operands.push_back(*zero);
  }
  DType type = x.type, scaleType = scale.type;
  c.setOutput(0, emitElementwise(c, to, x.dims, operands, [&](OpBuilder &b, Location loc, ValueRange in) {
                Element e{b, loc, DType::F32};
                auto convert = [&](Value value, DType from, DType into) {
                  return from == into ? value : emitConvert(b, loc, value, from, into);
                };
                Value value = convert(in[0], type, DType::F32);
                if (in.size() > 2)
                  value = e.make<arith::SubFOp>({value, convert(in[2], type, DType::F32)});
                value = e.make<arith::MulFOp>({value, convert(in[1], scaleType, DType::F32)});
                return convert(value, DType::F32, to);
              }));
  return success();
}

/// Scale and zero point of uint8 that cover all elements and 0.
static LogicalResult importDynamicQuantizeLinear(NodeContext &c) {
  Tensor &x = c.input(0);
  if (failed(c.requireType(x, DType::F32, "x")))
    return failure();
  SmallVector<bool> all(x.rank(), true);
  Tensor &largest = emitReduce(c, x, Reduction::Max, all, /*keepDims=*/false);
  Tensor &least = emitReduce(c, x, Reduction::Min, all, /*keepDims=*/false);
  constexpr double kLevels = 255;
  auto scaled = [&](auto body) -> Tensor & {
    return emitBinary(c, largest, least, {}, [=](Element e, ValueRange in) {
      Value high = e.make<arith::MaximumFOp>({in[0], e.constant(0)}),
            low = e.make<arith::MinimumFOp>({in[1], e.constant(0)});
      Value width = e.make<arith::SubFOp>({high, low});
      Value isFlat = arith::CmpFOp::create(e.b, e.loc, arith::CmpFPredicate::OEQ, width, e.constant(0));
      width = arith::SelectOp::create(e.b, e.loc, isFlat, e.constant(1), width);
      return body(e, e.make<arith::DivFOp>({width, e.constant(kLevels)}), low);
    });
  };
  Tensor &scale = scaled([](Element, Value step, Value) { return step; });
  Tensor &zero = scaled([](Element e, Value step, Value low) {
    Value place = e.make<arith::SubFOp>({e.constant(0), e.make<arith::DivFOp>({low, step})});
    place = e.make<arith::MaximumFOp>({e.make<arith::MinimumFOp>({place, e.constant(kLevels)}), e.constant(0)});
    return e.make<math::RoundEvenOp>(place);
  });
  c.setOutput(0,
              emitElementwise(c, DType::U8, x.dims, {&x, &scale, &zero}, [](OpBuilder &b, Location loc, ValueRange in) {
                Element e{b, loc, DType::F32};
                return quantize(e, e.make<arith::DivFOp>({in[0], in[1]}), in[2], DType::U8, false);
              }));
  c.setOutput(1, scale);
  c.setOutput(2, emitCast(c, zero, DType::U8));
  return success();
}

/// A matrix of bytes as int32 without its zero point, which is one number or one for each row (of the left operand,
/// `alongRows`) or column.
static FailureOr<Tensor *> centre(NodeContext &c, Tensor &x, Tensor *zero, bool alongRows) {
  if (x.rank() < 2)
    return c.error("an operand must be a matrix: " + c.shapeText(x));
  if (!zero)
    return &emitCast(c, x, DType::I32);
  if (failed(c.requireType(*zero, x.type, "a zero point")))
    return failure();
  if (zero->rank() == 1 && c.sizes.normalize(zero->dims[0]).isConstant(1)) {
    zero = &emitReshape(c, *zero, {});
  } else if (zero->rank() == 1 && alongRows) {
    zero = &emitReshape(c, *zero, {zero->dims[0], SizeExpr(1)});
  }
  FailureOr<Dims> dims = broadcast(c, {&x, zero});
  if (failed(dims))
    return failure();
  DType type = x.type;
  return &emitElementwise(c, DType::I32, x.dims, {&x, zero}, [=](OpBuilder &b, Location loc, ValueRange in) {
    Element e{b, loc, DType::I32};
    return e.make<arith::SubIOp>(
        {emitConvert(b, loc, in[0], type, DType::I32), emitConvert(b, loc, in[1], type, DType::I32)});
  });
}

static LogicalResult importMatMulInteger(NodeContext &c) {
  auto given = [&](size_t i) { return c.hasInput(i) ? &c.input(i) : nullptr; };
  FailureOr<Tensor *> a = centre(c, c.input(0), given(2), /*alongRows=*/true),
                      b = centre(c, c.input(1), given(3), /*alongRows=*/false);
  if (failed(a) || failed(b))
    return failure();
  FailureOr<Tensor *> result = emitMatMul(c, **a, **b);
  if (failed(result))
    return failure();
  c.setOutput(0, **result);
  return success();
}

/// A scale of one number as a scalar, one of rows as a column.
static Tensor &asScale(NodeContext &c, Tensor &scale, bool alongRows) {
  if (c.sizes.normalize(product(scale.dims)).isConstant(1))
    return emitReshape(c, scale, {});
  return scale.rank() == 1 && alongRows ? emitReshape(c, scale, {scale.dims[0], SizeExpr(1)}) : scale;
}

static LogicalResult importQLinearMatMul(NodeContext &c) {
  FailureOr<Tensor *> a = centre(c, c.input(0), &c.input(2), /*alongRows=*/true),
                      b = centre(c, c.input(3), &c.input(5), /*alongRows=*/false);
  if (failed(a) || failed(b))
    return failure();
  FailureOr<Tensor *> sum = emitMatMul(c, **a, **b);
  if (failed(sum))
    return failure();
  Tensor &aScale = asScale(c, c.input(1), true), &bScale = asScale(c, c.input(4), false),
         &yScale = asScale(c, c.input(6), true), &yZero = asScale(c, c.input(7), true);
  DType to = yZero.type;
  if (!isQuantised(to) || isFloat(to))
    return c.error("to " + dtypeName(to) + " is not supported");
  DType scaleTypes[] = {aScale.type, bScale.type, yScale.type};
  c.setOutput(0, emitElementwise(c, to, (*sum)->dims, {*sum, &aScale, &bScale, &yScale, &yZero},
                                 [&](OpBuilder &at, Location loc, ValueRange in) {
                                   Element e{at, loc, DType::F32};
                                   auto widen = [&](Value value, DType from) {
                                     return from == DType::F32 ? value : emitConvert(at, loc, value, from, DType::F32);
                                   };
                                   Value factor = e.make<arith::MulFOp>(
                                       {widen(in[1], scaleTypes[0]), widen(in[2], scaleTypes[1])});
                                   factor = e.make<arith::DivFOp>({factor, widen(in[3], scaleTypes[2])});
                                   Value scaled = e.make<arith::MulFOp>({widen(in[0], DType::I32), factor});
                                   return quantize(e, scaled, widen(in[4], to), to, false);
                                 }));
  return success();
}

//===----------------------------------------------------------------------===//
// Packed weights
//===----------------------------------------------------------------------===//

Tensor &hadal::onnx::emitUnpack(NodeContext &c, Tensor &bytes, int64_t bits) {
  if (bits == 8)
    return bytes;
  int64_t perByte = 8 / bits, rank = bytes.rank();
  Dims single = bytes.dims, split = bytes.dims, whole = bytes.dims;
  single.push_back(SizeExpr(1));
  split.push_back(SizeExpr(perByte));
  whole.back() = whole.back() * SizeExpr(perByte);
  Tensor &source = emitReshape(c, bytes, single);
  Tensor &parts = emitElementwise(c, DType::U8, split, &source, [&](OpBuilder &b, Location loc, ValueRange in) {
    Element e{b, loc, DType::U8};
    Value place = arith::IndexCastOp::create(b, loc, b.getI8Type(), linalg::IndexOp::create(b, loc, rank));
    Value shift = e.make<arith::MulIOp>({place, e.constant(bits)});
    return e.make<arith::AndIOp>({e.make<arith::ShRUIOp>({in[0], shift}), e.constant((1 << bits) - 1)});
  });
  return emitReshape(c, parts, whole);
}

FailureOr<Tensor *> hadal::onnx::emitBlockDequantize(NodeContext &c, Tensor &q, Tensor &scales, Tensor *zeros,
                                                     int64_t bits, int64_t block, const SizeExpr &size) {
  if (bits != 8 && bits != 4 && bits != 2)
    return c.error("weights of " + std::to_string(bits) + " bits are not supported");
  if (q.type != DType::U8 || !supports(kFloats, scales.type))
    return c.error("needs weights of uint8 and scales of floats, not " + dtypeName(q.type) + " and " +
                   dtypeName(scales.type));
  if (q.rank() == 0 || scales.rank() != q.rank())
    return c.error("scales " + c.shapeText(scales) + " do not fit weights " + c.shapeText(q));
  Tensor &integers = emitUnpack(c, q, bits);
  int64_t last = integers.rank() - 1;
  if (failed(c.requireEqual(scales.dims[last] * SizeExpr(block), integers.dims[last], "the blocks and the weights")))
    return c.error("scales " + c.shapeText(scales) + " do not fit weights " + c.shapeText(integers));
  Dims split = integers.dims, single = scales.dims;
  split.back() = scales.dims.back();
  split.push_back(SizeExpr(block));
  single.push_back(SizeExpr(1));
  DType scaleType = scales.type;
  SmallVector<Tensor *> operands{&emitReshape(c, integers, split), &emitReshape(c, scales, single)};
  if (zeros) {
    bool isPacked = zeros->type == DType::U8;
    if (!isPacked && failed(c.requireType(*zeros, scaleType, "the zero points")))
      return failure();
    if (zeros->rank() != scales.rank())
      return c.error("zero points " + c.shapeText(*zeros) + " do not fit scales " + c.shapeText(scales));
    Tensor *unpacked = isPacked ? &emitUnpack(c, *zeros, bits) : zeros;
    // A row of packed ones ends with its byte.
    unpacked = &emitPart(c, *unpacked, last, 0, scales.dims[last]);
    operands.push_back(&emitReshape(c, *unpacked, single));
  }
  bool packedZeros = zeros && zeros->type == DType::U8;
  double middle = static_cast<double>(int64_t(1) << (bits - 1));
  Tensor &weights = emitElementwise(c, scaleType, split, operands, [&](OpBuilder &b, Location loc, ValueRange in) {
    Element e{b, loc, scaleType};
    Value zero = e.constant(middle);
    if (in.size() > 2)
      zero = packedZeros ? emitConvert(b, loc, in[2], DType::U8, scaleType) : in[2];
    Value centred = e.make<arith::SubFOp>({emitConvert(b, loc, in[0], DType::U8, scaleType), zero});
    return e.make<arith::MulFOp>({centred, in[1]});
  });
  return &emitPart(c, emitReshape(c, weights, integers.dims), last, 0, size);
}

void hadal::onnx::registerQuantizeOps(OpTable &table) {
  table.onOp("QuantizeLinear", {10}, {2, 3}, importQuantizeLinear);
  table.onOp("DequantizeLinear", {10}, {2, 3}, importDequantizeLinear);
  table.onOp("DynamicQuantizeLinear", {11}, {1, 1}, importDynamicQuantizeLinear);
  table.onOp("MatMulInteger", {10}, {2, 4}, importMatMulInteger);
  table.onOp("QLinearMatMul", {10}, {8, 8}, importQLinearMatMul);
  // ONNX Runtime's own, before the standard had all types.
  table.onOp("com.microsoft", "QuantizeLinear", {1}, {2, 3}, importQuantizeLinear);
  table.onOp("com.microsoft", "DequantizeLinear", {1}, {2, 3}, importDequantizeLinear);
}
