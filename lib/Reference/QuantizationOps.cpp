//===- QuantizationOps.cpp - hadal: block-scaled formats ----------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// These contracts are exact to the bit: what they say is f32 is computed in float.
//
//===----------------------------------------------------------------------===//

#include "Lanes.h"
#include "Rows.h"

#include "hadal/Support/Npz.h"

#include "llvm/ADT/bit.h"

using namespace mlir;
using namespace hadal;
using llvm::Error;
using llvm::Expected;

/// `value` as an element of `type` holds it.
static double roundTo(double value, Type type) {
  return type.isF32() ? static_cast<double>(static_cast<float>(value)) : roundToNarrow(value, type);
}

//===----------------------------------------------------------------------===//
// Scales
//===----------------------------------------------------------------------===//

namespace {
/// How blocks are scaled (hadal.quantize).
struct Scaling {
  float largest = 448;
  int largestExponent = 8;
  std::optional<FloorOf> floorOf;
  float floor = 0;
  ScaleRounding rounding = ScaleRounding::None;
  ScaledBy by = ScaledBy::Divide;
  bool isExponent = false; // scales of e8m0, which has no infinity
};

/// The scale of one block, and what an element becomes with it.
struct BlockScale {
  float scale;
  float factor; // by reciprocal or amax
  ScaledBy by;
  float largest;

  double quantize(float x, Type type) const {
    float y = by == ScaledBy::Divide ? x / scale : x * factor;
    return roundToNarrow(std::clamp(y, -largest, largest), type); // NaN stays
  }
};
} // namespace

static float powerOfTwo(int exponent) { return std::ldexp(1.0f, std::clamp(exponent, -127, 127)); }

static BlockScale scaleOf(const Scaling &scaling, float amax) {
  // Unlike std::max these keep NaN.
  auto atLeast = [&](float value) { return value < scaling.floor ? scaling.floor : value; };
  if (scaling.floorOf == FloorOf::Amax)
    amax = atLeast(amax);
  float scale = amax / scaling.largest;
  if (scaling.floorOf == FloorOf::Scale)
    scale = atLeast(scale);
  bool isZero = scaling.rounding == ScaleRounding::Mx ? amax == 0 : scale == 0;
  if (isZero) {
    scale = 1;
  } else if (scaling.rounding != ScaleRounding::None && std::isfinite(scale)) {
    int exponent;
    bool isMx = scaling.rounding == ScaleRounding::Mx;
    float fraction = std::frexp(isMx ? amax : scale, &exponent); // in [0.5, 1)
    bool roundsUp = scaling.rounding == ScaleRounding::Up && fraction > 0.5f;
    scale = powerOfTwo(exponent - 1 + roundsUp - (isMx ? scaling.largestExponent : 0));
  }
  if (scaling.isExponent && std::isinf(scale))
    scale = std::numeric_limits<float>::quiet_NaN();
  float factor = scaling.by != ScaledBy::Amax ? 1 / scale : isZero ? 1 : scaling.largest / amax;
  return {scale, factor, scaling.by, scaling.largest};
}

/// The larger of `amax` and |x|; NaN if either is.
static float maxMagnitude(float amax, float x) {
  return std::isnan(amax) || std::fabs(x) <= amax ? amax : std::fabs(x);
}

//===----------------------------------------------------------------------===//
// Quantize, dequantize
//===----------------------------------------------------------------------===//

namespace {
/// A tensor [..., M, K] and the scales of its blocks.
struct Blocks {
  int64_t batch = 1, rows, columns, blockRows, blockColumns, scaleRows, scaleColumns;

  Blocks(ArrayRef<int64_t> shape, ArrayRef<int64_t> block)
      : rows(shape[shape.size() - 2]), columns(shape.back()), blockRows(block[0]), blockColumns(block[1]),
        scaleRows(llvm::divideCeil(rows, blockRows)), scaleColumns(llvm::divideCeil(columns, blockColumns)) {
    for (int64_t size : shape.drop_back(2))
      batch *= size;
  }

  /// Where the scale of an element stands.
  int64_t scaleAt(int64_t b, int64_t m, int64_t k) const {
    return (b * scaleRows + m / blockRows) * scaleColumns + k / blockColumns;
  }
  SmallVector<int64_t> scaleShape(ArrayRef<int64_t> shape) const {
    SmallVector<int64_t> result(shape);
    result[result.size() - 2] = scaleRows;
    result.back() = scaleColumns;
    return result;
  }
};
} // namespace

static Error runQuantize(Machine &, Frame &frame, const Instr &instr) {
  auto op = llvm::cast<QuantizeOp>(instr.op);
  const Datum &x = Machine::operand(frame, instr, 0);
  Type type = getElementTypeOrSelf(op.getX()), narrow = getElementTypeOrSelf(op.getQ());
  Scaling scaling;
  scaling.largest = QuantizeOp::getLargest(narrow);
  scaling.largestExponent = QuantizeOp::getLargestExponent(narrow);
  scaling.floorOf = op.getFloorOf();
  scaling.floor = op.getFloor() ? op.getFloor()->convertToFloat() : 0;
  scaling.rounding = op.getScaleRounding();
  scaling.by = op.getBy();
  scaling.isExponent = llvm::isa<Float8E8M0FNUType>(getElementTypeOrSelf(op.getScales()));

  Blocks blocks(x.shape, op.getBlock());
  Expected<Datum> q = Machine::allocate(op, x.shape);
  if (!q)
    return q.takeError();
  Expected<Datum> scales = allocateZeros(op, blocks.scaleShape(x.shape));
  if (!scales)
    return scales.takeError();
  auto single = [&](int64_t at) { return static_cast<float>(roundToNarrow(x.f(at), type)); };
  // The scales hold amax first.
  auto eachElement = [&](auto function) {
    for (int64_t b = 0, at = 0; b < blocks.batch; ++b)
      for (int64_t m = 0; m < blocks.rows; ++m)
        for (int64_t k = 0; k < blocks.columns; ++k, ++at)
          function(at, blocks.scaleAt(b, m, k));
  };
  eachElement([&](int64_t at, int64_t block) {
    Cell &amax = scales->at(block);
    amax.f = maxMagnitude(static_cast<float>(amax.f), single(at));
  });
  std::vector<BlockScale> each;
  for (int64_t block = 0, end = scales->numElements(); block < end; ++block) {
    each.push_back(scaleOf(scaling, static_cast<float>(scales->f(block))));
    scales->at(block).f = each.back().scale;
  }
  eachElement([&](int64_t at, int64_t block) { q->at(at).f = each[block].quantize(single(at), narrow); });
  Machine::setResult(frame, instr, 0, std::move(*q));
  Machine::setResult(frame, instr, 1, std::move(*scales));
  return Error::success();
}

static Error runDequantize(Machine &, Frame &frame, const Instr &instr) {
  auto op = llvm::cast<DequantizeOp>(instr.op);
  const Datum &q = Machine::operand(frame, instr, 0), &scales = Machine::operand(frame, instr, 1);
  Blocks blocks(q.shape, op.getBlock());
  if (Error error = expectShape(op, "scales", scales, blocks.scaleShape(q.shape)))
    return error;
  Type type = getElementTypeOrSelf(op.getResult());
  Expected<Datum> result = Machine::allocate(op, q.shape);
  for (int64_t b = 0, at = 0; result && b < blocks.batch; ++b)
    for (int64_t m = 0; m < blocks.rows; ++m)
      for (int64_t k = 0; k < blocks.columns; ++k, ++at)
        result->at(at).f = roundTo(q.f(at) * scales.f(blocks.scaleAt(b, m, k)), type);
  return finish(frame, instr, std::move(result));
}

//===----------------------------------------------------------------------===//
// Scaled matmul
//===----------------------------------------------------------------------===//

/// An operand times its scales, if it has any.
static Expected<std::vector<double>> unscaled(Operation *op, llvm::StringRef name, const Datum &x, const Datum *scales,
                                              std::optional<ArrayRef<int64_t>> block) {
  std::vector<double> values(x.numElements());
  for (size_t at = 0; at < values.size(); ++at)
    values[at] = x.f(at);
  if (!scales)
    return values;
  Blocks blocks(x.shape, *block);
  if (Error error = expectShape(op, name, *scales, blocks.scaleShape(x.shape)))
    return std::move(error);
  for (int64_t b = 0, at = 0; b < blocks.batch; ++b)
    for (int64_t m = 0; m < blocks.rows; ++m)
      for (int64_t k = 0; k < blocks.columns; ++k, ++at)
        values[at] *= scales->f(blocks.scaleAt(b, m, k));
  return values;
}

static Error runScaledMatmul(Machine &, Frame &frame, const Instr &instr) {
  auto op = llvm::cast<ScaledMatmulOp>(instr.op);
  unsigned next = 2;
  auto optional = [&](Value value) { return value ? &Machine::operand(frame, instr, next++) : nullptr; };
  const Datum &a = Machine::operand(frame, instr, 0), &b = Machine::operand(frame, instr, 1);
  const Datum *aScales = optional(op.getAScales()), *bScales = optional(op.getBScales());
  const Datum *bias = optional(op.getBias()), *accumulator = optional(op.getAccumulator());

  int64_t rank = a.rank(), rows = a.shape[rank - 2], depth = a.shape[rank - 1], batch = 1;
  bool transposed = op.getTransposed();
  int64_t columns = b.shape[b.rank() - (transposed ? 2 : 1)];
  SmallVector<int64_t> bShape(a.shape.begin(), a.shape.begin() + (b.rank() == rank ? rank - 2 : 0));
  bShape.append({transposed ? columns : depth, transposed ? depth : columns});
  if (Error error = expectShape(op, "b", b, bShape))
    return error;
  SmallVector<int64_t, 4> shape = a.shape;
  shape.back() = columns;
  if (bias)
    if (Error error = expectShape(op, "bias", *bias, {columns}))
      return error;
  if (accumulator)
    if (Error error = expectShape(op, "accumulate", *accumulator, shape))
      return error;
  auto left = unscaled(op, "a_scales", a, aScales, op.getABlock());
  if (!left)
    return left.takeError();
  auto right = unscaled(op, "b_scales", b, bScales, op.getBBlock());
  if (!right)
    return right.takeError();
  for (int64_t size : ArrayRef(a.shape).drop_back(2))
    batch *= size;
  Expected<Datum> result = Machine::allocate(op, shape);
  int64_t inner = transposed ? 1 : columns, outer = transposed ? depth : 1;
  for (int64_t row = 0; result && row < batch * rows; ++row) {
    const double *x = left->data() + row * depth;
    const double *w = right->data() + (b.rank() == 2 ? 0 : row / rows * columns * depth);
    for (int64_t n = 0; n < columns; ++n) {
      double sum = 0;
      for (int64_t k = 0; k < depth; ++k)
        sum += x[k] * w[n * outer + k * inner];
      int64_t at = row * columns + n;
      result->at(at).f = sum + (bias ? bias->f(n) : 0) + (accumulator ? accumulator->f(at) : 0);
    }
  }
  return finish(frame, instr, std::move(result));
}

//===----------------------------------------------------------------------===//
// Bytes
//===----------------------------------------------------------------------===//

static Cell byteCell(unsigned byte) { return intCell(wrap(byte, 8)); }
static uint8_t byteOf(Cell cell) { return static_cast<uint8_t>(cell.i); }

static Error runPackFp4(Machine &, Frame &frame, const Instr &instr) {
  const Datum &x = Machine::operand(frame, instr, 0);
  if (x.shape.back() % 2)
    return failAt(instr.op, "the last dimension, " + Twine(x.shape.back()) + ", is odd");
  SmallVector<int64_t, 4> shape = x.shape;
  shape.back() /= 2;
  Expected<Datum> result = Machine::allocate(instr.op, shape);
  for (int64_t at = 0, end = result ? result->numElements() : 0; at < end; ++at)
    result->at(at) =
        byteCell(toNarrowBits(DType::F4E2M1FN, x.f(2 * at)) | toNarrowBits(DType::F4E2M1FN, x.f(2 * at + 1)) << 4);
  return finish(frame, instr, std::move(result));
}

static Error runUnpackFp4(Machine &, Frame &frame, const Instr &instr) {
  const Datum &x = Machine::operand(frame, instr, 0);
  SmallVector<int64_t, 4> shape = x.shape;
  shape.back() *= 2;
  Expected<Datum> result = Machine::allocate(instr.op, shape);
  for (int64_t at = 0, end = result ? x.numElements() : 0; at < end; ++at) {
    uint8_t byte = byteOf(x.at(at));
    result->at(2 * at).f = fromNarrowBits(DType::F4E2M1FN, byte & 15);
    result->at(2 * at + 1).f = fromNarrowBits(DType::F4E2M1FN, byte >> 4);
  }
  return finish(frame, instr, std::move(result));
}

//===----------------------------------------------------------------------===//
// FP8 caches
//===----------------------------------------------------------------------===//

namespace {
/// Where the parts of a token's entry stand in the bytes.
struct CacheMap {
  CacheLayout layout;
  int64_t columns, rotated, page, pageBytes;

  CacheMap(CacheLayout layout, int64_t columns, int64_t rotated, int64_t page, int64_t align)
      : layout(layout), columns(columns), rotated(rotated), page(page),
        pageBytes(llvm::divideCeil(page * cacheBytesPerToken(layout, columns, rotated), align) * align) {}
  int64_t dataBytes() const { return columns + 2 * rotated; }
  int64_t latentAt(int64_t token) const {
    if (layout == CacheLayout::V32)
      return token * pageBytes;
    return token / page * pageBytes + token % page * dataBytes();
  }
  int64_t rotatedAt(int64_t token) const {
    return latentAt(token) + columns + (layout == CacheLayout::V32 ? cacheScaleBytes(layout, columns) : 0);
  }
  int64_t scaleAt(int64_t token) const {
    if (layout == CacheLayout::V32)
      return latentAt(token) + columns;
    return token / page * pageBytes + page * dataBytes() + token % page * cacheScaleBytes(layout, columns);
  }
};
} // namespace

static void storeBytes(Cell *at, uint32_t value, int count) {
  for (int i = 0; i < count; ++i)
    at[i] = byteCell(value >> (8 * i) & 0xff);
}
static uint32_t loadBytes(const Cell *at, int count) {
  uint32_t value = 0;
  for (int i = 0; i < count; ++i)
    value |= static_cast<uint32_t>(byteOf(at[i])) << (8 * i);
  return value;
}

static Error runPackCache(Machine &, Frame &frame, const Instr &instr) {
  auto op = llvm::cast<PackCacheOp>(instr.op);
  const Datum &latent = Machine::operand(frame, instr, 0), &kPe = Machine::operand(frame, instr, 1);
  CacheLayout layout = op.getLayout();
  SmallVector<int64_t, 4> shape = latent.shape;
  shape.back() = kPe.shape.back();
  if (Error error = expectShape(op, "k_pe", kPe, shape))
    return error;
  bool isPaged = layout == CacheLayout::V4;
  int64_t page = isPaged ? latent.shape[latent.rank() - 2] : 1;
  CacheMap map(layout, latent.shape.back(), kPe.shape.back(), page, op.getAlign().value_or(1));
  shape.pop_back();
  if (isPaged)
    shape.pop_back();
  shape.push_back(map.pageBytes);
  Expected<Datum> result = allocateZeros(op, shape);
  if (!result)
    return result.takeError();

  Scaling scaling;
  scaling.floorOf = FloorOf::Scale;
  scaling.floor = 1.0e-4f;
  scaling.rounding = ScaleRounding::Up;
  scaling.isExponent = isPaged;
  Type type = getElementTypeOrSelf(op.getLatent()), narrow = Float8E4M3FNType::get(op.getContext());
  int64_t tile = cacheTile(layout), tokens = map.columns ? latent.numElements() / map.columns : 0;
  for (int64_t token = 0; token < tokens; ++token) {
    for (int64_t first = 0; first < map.columns; first += tile) {
      auto single = [&](int64_t k) {
        return static_cast<float>(roundToNarrow(latent.f(token * map.columns + first + k), type));
      };
      float amax = 0;
      for (int64_t k = 0; k < tile; ++k)
        amax = maxMagnitude(amax, single(k));
      BlockScale scale = scaleOf(scaling, amax);
      for (int64_t k = 0; k < tile; ++k)
        result->at(map.latentAt(token) + first + k) =
            byteCell(toNarrowBits(DType::F8E4M3FN, scale.quantize(single(k), narrow)));
      Cell *at = result->data() + map.scaleAt(token);
      if (isPaged)
        at[first / tile] = byteCell(toNarrowBits(DType::F8E8M0FNU, scale.scale));
      else
        storeBytes(at + 4 * (first / tile), llvm::bit_cast<uint32_t>(scale.scale), 4);
    }
    for (int64_t r = 0; r < map.rotated; ++r)
      storeBytes(result->data() + map.rotatedAt(token) + 2 * r,
                 toBFloatBits(roundTo(kPe.f(token * map.rotated + r), type)), 2);
  }
  return finish(frame, instr, std::move(result));
}

static Error runUnpackCache(Machine &, Frame &frame, const Instr &instr) {
  auto op = llvm::cast<UnpackCacheOp>(instr.op);
  const Datum &x = Machine::operand(frame, instr, 0);
  CacheLayout layout = op.getLayout();
  int64_t columns = op.getLatent().getType().getShape().back(), rotated = op.getKPe().getType().getShape().back();
  CacheMap map(layout, columns, rotated, op.getPage().value_or(1), op.getAlign().value_or(1));
  if (x.shape.back() != map.pageBytes)
    return failAt(op, "has rows of " + Twine(x.shape.back()) + " bytes, not " + Twine(map.pageBytes));
  bool isPaged = layout == CacheLayout::V4;
  SmallVector<int64_t, 4> shape = x.shape;
  shape.back() = map.page;
  if (isPaged)
    shape.push_back(columns);
  else
    shape.back() = columns;
  Expected<Datum> latent = Machine::allocate(op, shape);
  if (!latent)
    return latent.takeError();
  shape.back() = rotated;
  Expected<Datum> kPe = Machine::allocate(op, shape);
  if (!kPe)
    return kPe.takeError();
  Type type = getElementTypeOrSelf(op.getLatent());
  for (int64_t token = 0, tokens = kPe->numElements() / rotated; token < tokens; ++token) {
    const Cell *scales = x.data() + map.scaleAt(token);
    for (int64_t k = 0; k < columns; ++k) {
      int64_t tile = k / cacheTile(layout);
      double scale = isPaged ? fromNarrowBits(DType::F8E8M0FNU, byteOf(scales[tile]))
                             : llvm::bit_cast<float>(loadBytes(scales + 4 * tile, 4));
      double q = fromNarrowBits(DType::F8E4M3FN, byteOf(x.at(map.latentAt(token) + k)));
      latent->at(token * columns + k).f = roundTo(q * scale, type);
    }
    const Cell *keys = x.data() + map.rotatedAt(token);
    for (int64_t r = 0; r < rotated; ++r)
      kPe->at(token * rotated + r).f = roundTo(fromBFloatBits(loadBytes(keys + 2 * r, 2)), type);
  }
  Machine::setResult(frame, instr, 0, std::move(*latent));
  Machine::setResult(frame, instr, 1, std::move(*kPe));
  return Error::success();
}

//===----------------------------------------------------------------------===//
// Hadamard
//===----------------------------------------------------------------------===//

static Error runHadamard(Machine &, Frame &frame, const Instr &instr) {
  auto op = llvm::cast<HadamardOp>(instr.op);
  const Datum &x = Machine::operand(frame, instr, 0);
  Expected<Datum> result = Machine::allocate(op, x.shape);
  int64_t size = x.shape.back();
  double scale = op.getScale().convertToFloat();
  for (int64_t row = 0, end = result ? x.numElements() : 0; row < end; row += size) {
    Cell *y = result->data() + row;
    for (int64_t i = 0; i < size; ++i)
      y[i].f = x.f(row + i);
    for (int64_t half = 1; half < size; half *= 2)
      for (int64_t i = 0; i < size; ++i)
        if (!(i & half)) {
          double a = y[i].f, b = y[i + half].f;
          y[i].f = a + b;
          y[i + half].f = a - b;
        }
    for (int64_t i = 0; i < size; ++i)
      y[i].f *= scale;
  }
  return finish(frame, instr, std::move(result));
}

void hadal::registerQuantizationHandlers(HandlerTable &table) {
  table["hadal.quantize"] = runQuantize;
  table["hadal.dequantize"] = runDequantize;
  table["hadal.scaled_matmul"] = runScaledMatmul;
  table["hadal.pack_fp4"] = runPackFp4;
  table["hadal.unpack_fp4"] = runUnpackFp4;
  table["hadal.pack_cache"] = runPackCache;
  table["hadal.unpack_cache"] = runUnpackCache;
  table["hadal.hadamard"] = runHadamard;
}
