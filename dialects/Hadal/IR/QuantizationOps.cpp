//===- QuantizationOps.cpp - Verification and shapes of block-scaled formats -===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/Hadal/IR/OpUtils.h"

using namespace mlir;
using namespace hadal;
using namespace hadal::detail;

using Size = ResultSizes::Size;

static bool isBlock(ArrayRef<int64_t> block) { return block.size() == 2 && block[0] >= 1 && block[1] >= 1; }

static int64_t ceilOf(int64_t size, int64_t block) {
  return ShapedType::isDynamic(size) ? size : llvm::divideCeil(size, block);
}

/// Whether `scales` is `value`'s shape with the last two dimensions divided by the block.
static bool areScales(Value scales, Value value, ArrayRef<int64_t> block) {
  int64_t rank = rankOf(value);
  if (rankOf(scales) != rank)
    return false;
  SmallVector<int64_t> shape(tensorType(value).getShape());
  for (int64_t i : {0, 1})
    shape[rank - 2 + i] = ceilOf(shape[rank - 2 + i], block[i]);
  return agree(tensorType(scales).getShape(), shape);
}

/// The sizes of the scales of `value`.
static SmallVector<Size> scaleSizes(ResultSizes &sizes, Value value, ArrayRef<int64_t> block) {
  SmallVector<Size> shape = sizes.of(value);
  for (int64_t i : {0, 1}) {
    Size &size = shape[shape.size() - 2 + i];
    size = sizes.ceilDiv(size, block[i]);
  }
  return shape;
}

//===----------------------------------------------------------------------===//
// QuantizeOp, DequantizeOp
//===----------------------------------------------------------------------===//

double QuantizeOp::getLargest(Type type) {
  return isa<Float8E4M3FNType>(type) ? 448 : isa<Float8E5M2Type>(type) ? 57344 : 6;
}

int QuantizeOp::getLargestExponent(Type type) {
  return isa<Float8E4M3FNType>(type) ? 8 : isa<Float8E5M2Type>(type) ? 15 : 2;
}

LogicalResult QuantizeOp::verify() {
  if (rankOf(getX()) < 2)
    return emitOpError("takes a tensor of rank 2 or more, not ") << getX().getType(); // C1
  if (!isBlock(getBlock()))
    return emitOpError("the block must be two numbers of at least 1"); // C2
  if (failed(verifyResults(*this)))
    return failure(); // C3
  std::optional<APFloat> floor = getFloor();
  bool ofScale = getFloorOf() == FloorOf::Scale;
  if (getFloorOf().has_value() != floor.has_value() ||
      (floor && (!floor->isFinite() || floor->isNegative() || floor->isZero())))
    return emitOpError("a floor says what it is of, amax or scale, and is a positive finite number"); // C4
  if (ofScale && getScaleRounding() == ScaleRounding::Mx)
    return emitOpError("a floor of the scale does not go with scale_rounding mx"); // C4
  if (isa<Float8E8M0FNUType>(elementOf(getScales())) && getScaleRounding() == ScaleRounding::None)
    return emitOpError("scales of f8E8M0FNU need scale_rounding up, down or mx"); // C5
  if (getBy() == ScaledBy::Amax && (ofScale || getScaleRounding() != ScaleRounding::None))
    return emitOpError("scaling by amax takes no scale_rounding and no floor of the scale"); // C6
  return success();
}

void QuantizeOp::describeResults(ResultSizes &sizes) {
  sizes.set(getQ(), sizes.of(getX()));
  sizes.set(getScales(), scaleSizes(sizes, getX(), getBlock()));
}

std::optional<int64_t> QuantizeOp::getFlops() { return countOf(tensorType(getX()).getShape(), 3); }

LogicalResult DequantizeOp::verify() {
  if (rankOf(getQ()) < 2)
    return emitOpError("takes a tensor of rank 2 or more, not ") << getQ().getType(); // C1
  if (!isBlock(getBlock()))
    return emitOpError("the block must be two numbers of at least 1"); // C2
  if (!areScales(getScales(), getQ(), getBlock()))
    return emitOpError("the scales ") << getScales().getType() << " must be one for each block of "
                                      << getQ().getType(); // C3
  if (failed(verifyResults(*this)))
    return failure(); // C4
  return success();
}

void DequantizeOp::describeResults(ResultSizes &sizes) { sizes.set(getResult(), sizes.of(getQ())); }

std::optional<int64_t> DequantizeOp::getFlops() { return countOf(tensorType(getQ()).getShape()); }

//===----------------------------------------------------------------------===//
// ScaledMatmulOp
//===----------------------------------------------------------------------===//

LogicalResult ScaledMatmulOp::verify() {
  Value a = getA(), b = getB();
  int64_t rank = rankOf(a);
  if (rank < 2 || (rankOf(b) != 2 && rankOf(b) != rank))
    return emitOpError("takes a of rank 2 or more, and b of rank 2 or a's rank"); // C1
  if (!agree(sizeOf(a, -1), sizeOf(b, getTransposed() ? -1 : -2)))
    return emitOpError("a and b differ in K: ") << a.getType() << " and " << b.getType(); // C2
  if (rankOf(b) != 2 && !agree(tensorType(a).getShape().drop_back(2), tensorType(b).getShape().drop_back(2)))
    return emitOpError("a and b differ in their batch dimensions"); // C2
  std::pair<Value, std::optional<ArrayRef<int64_t>>> sides[] = {{getAScales(), getABlock()},
                                                                {getBScales(), getBBlock()}};
  for (auto [index, side] : llvm::enumerate(sides)) {
    auto [scales, block] = side;
    if (static_cast<bool>(scales) != block.has_value() || (block && !isBlock(*block)))
      return emitOpError("scales come with their block, two numbers of at least 1"); // C3
    Value value = index == 0 ? a : b;
    if (scales && !areScales(scales, value, *block))
      return emitOpError("the scales ") << scales.getType() << " must be one for each block of "
                                        << value.getType(); // C4
  }
  if (failed(verifyResults(*this)))
    return failure(); // C5
  int64_t columns = sizeOf(b, getTransposed() ? -2 : -1);
  if (Value bias = getBias(); bias && (rankOf(bias) != 1 || !agree(sizeOf(bias, 0), columns)))
    return emitOpError("the bias must be [N]"); // C6
  if (Value accumulator = getAccumulator())
    if (!agree(tensorType(accumulator).getShape(), tensorType(getResult()).getShape()))
      return emitOpError("the accumulator must have the result's shape"); // C6
  if (std::optional<int64_t> promote = getPromote(); promote && *promote < 1)
    return emitOpError("the promotion interval must be at least 1"); // C7
  return success();
}

void ScaledMatmulOp::describeResults(ResultSizes &sizes) {
  SmallVector<Size> shape = sizes.of(getA());
  shape.back() = sizes.of(getB(), getTransposed() ? -2 : -1);
  sizes.set(getResult(), shape);
}

std::optional<int64_t> ScaledMatmulOp::getFlops() {
  SmallVector<int64_t> shape(tensorType(getA()).getShape());
  shape.push_back(sizeOf(getB(), getTransposed() ? -2 : -1));
  return countOf(shape, 2);
}

//===----------------------------------------------------------------------===//
// PackFp4Op, UnpackFp4Op
//===----------------------------------------------------------------------===//

LogicalResult PackFp4Op::verify() {
  if (rankOf(getX()) < 1 || (!ShapedType::isDynamic(sizeOf(getX(), -1)) && sizeOf(getX(), -1) % 2))
    return emitOpError("takes a tensor whose last dimension is even, not ") << getX().getType(); // C1
  if (failed(verifyResults(*this)))
    return failure(); // C2
  return success();
}

void PackFp4Op::describeResults(ResultSizes &sizes) {
  SmallVector<Size> shape = sizes.of(getX());
  shape.back() = sizes.floorDiv(shape.back(), 2);
  sizes.set(getResult(), shape);
}

std::optional<int64_t> PackFp4Op::getFlops() { return 0; }

OpFoldResult PackFp4Op::fold(FoldAdaptor) {
  auto unpack = getX().getDefiningOp<UnpackFp4Op>();
  return unpack && unpack.getX().getType() == getType() ? unpack.getX() : Value();
}

LogicalResult UnpackFp4Op::verify() {
  if (rankOf(getX()) < 1)
    return emitOpError("takes a tensor of rank 1 or more"); // C1
  if (failed(verifyResults(*this)))
    return failure(); // C2
  return success();
}

void UnpackFp4Op::describeResults(ResultSizes &sizes) {
  SmallVector<Size> shape = sizes.of(getX());
  shape.back() = sizes.product(shape.back(), sizes.constant(2));
  sizes.set(getResult(), shape);
}

std::optional<int64_t> UnpackFp4Op::getFlops() { return 0; }

OpFoldResult UnpackFp4Op::fold(FoldAdaptor) {
  auto pack = getX().getDefiningOp<PackFp4Op>();
  return pack && pack.getX().getType() == getType() ? pack.getX() : Value();
}

//===----------------------------------------------------------------------===//
// PackCacheOp, UnpackCacheOp
//===----------------------------------------------------------------------===//

/// Whether latent and k_pe are one float type, of one rank ≥ 2, and agree in all but the last dimension.
static bool areEntries(Value latent, Value kPe) {
  return rankOf(latent) >= 2 && rankOf(latent) == rankOf(kPe) && sameElement({latent, kPe}) &&
         agree(tensorType(latent).getShape().drop_back(), tensorType(kPe).getShape().drop_back());
}

static bool haveEntrySizes(Value latent, Value kPe, CacheLayout layout) {
  int64_t columns = sizeOf(latent, -1), rotated = sizeOf(kPe, -1), tile = cacheTile(layout);
  return !ShapedType::isDynamic(columns) && !ShapedType::isDynamic(rotated) && columns > 0 && columns % tile == 0 &&
         rotated > 0 && !ShapedType::isDynamic(cacheBytesPerToken(layout, columns, rotated));
}

int64_t hadal::cacheTile(CacheLayout layout) { return layout == CacheLayout::V32 ? 128 : 64; }

int64_t hadal::cacheScaleBytes(CacheLayout layout, int64_t columns) {
  int64_t tiles = columns / cacheTile(layout);
  return layout == CacheLayout::V32 ? 4 * tiles : llvm::alignTo(tiles, 8);
}

int64_t hadal::cacheBytesPerToken(CacheLayout layout, int64_t columns, int64_t rotated) {
  // Beyond 2^48 columns there is nothing to describe.
  if (columns >= (int64_t(1) << 48) || rotated >= (int64_t(1) << 48))
    return ShapedType::kDynamic;
  return columns + 2 * rotated + cacheScaleBytes(layout, columns);
}

/// The bytes of a page of `page` tokens in layout v4.
static Size pageBytes(ResultSizes &sizes, Size page, int64_t perToken, std::optional<int64_t> align) {
  Size bytes = sizes.product(page, sizes.constant(perToken));
  return align && *align > 1 ? sizes.product(sizes.ceilDiv(bytes, *align), sizes.constant(*align)) : bytes;
}

LogicalResult PackCacheOp::verify() {
  Value latent = getLatent(), kPe = getKPe();
  if (!areEntries(latent, kPe))
    return emitOpError("takes latent and k_pe of one float type and one rank of at least 2, that agree in all "
                       "dimensions but the last"); // C1
  if (!haveEntrySizes(latent, kPe, getLayout()))
    return emitOpError("the latent's size must be a positive multiple of ")
           << cacheTile(getLayout()) << ", k_pe's positive, both static"; // C2
  std::optional<int64_t> align = getAlign();
  if (align && (*align < 1 || *align > (int64_t(1) << 31) || getLayout() != CacheLayout::V4))
    return emitOpError("align goes with layout v4 and is at least 1"); // C4
  if (failed(verifyResults(*this)))
    return failure(); // C3
  return success();
}

void PackCacheOp::describeResults(ResultSizes &sizes) {
  Value latent = getLatent();
  int64_t perToken = cacheBytesPerToken(getLayout(), sizeOf(latent, -1), sizeOf(getKPe(), -1));
  SmallVector<Size> shape = sizes.of(latent);
  shape.back() = sizes.constant(perToken);
  if (getLayout() == CacheLayout::V4) {
    shape.pop_back();
    shape.back() = pageBytes(sizes, shape.back(), perToken, getAlign());
  }
  sizes.set(getResult(), shape);
}

std::optional<int64_t> PackCacheOp::getFlops() { return countOf(tensorType(getLatent()).getShape(), 3); }

LogicalResult UnpackCacheOp::verify() {
  Value latent = getLatent(), kPe = getKPe();
  if (!areEntries(latent, kPe))
    return emitOpError("gives latent and k_pe of one float type and one rank of at least 2, that agree in all "
                       "dimensions but the last"); // C1
  if (!haveEntrySizes(latent, kPe, getLayout()))
    return emitOpError("the latent's size must be a positive multiple of ")
           << cacheTile(getLayout()) << ", k_pe's positive, both static"; // C2
  std::optional<int64_t> page = getPage(), align = getAlign();
  bool isPaged = getLayout() == CacheLayout::V4;
  if (page.has_value() != isPaged || (page && *page < 1))
    return emitOpError("layout v4 has a page of at least 1 token, v32 none"); // C3
  if (align && (*align < 1 || *align > (int64_t(1) << 31) || !isPaged))
    return emitOpError("align goes with layout v4 and is at least 1"); // C5
  int64_t perToken = cacheBytesPerToken(getLayout(), sizeOf(latent, -1), sizeOf(kPe, -1));
  ResultSizes sizes(*this);
  Size bytes = isPaged ? pageBytes(sizes, sizes.constant(*page), perToken, align) : sizes.constant(perToken);
  int64_t expected = bytes ? cast<IntegerAttr>(cast<Attribute>(bytes)).getInt() : ShapedType::kDynamic;
  if (rankOf(getX()) != rankOf(latent) - isPaged || rankOf(getX()) < 1 || !agree(sizeOf(getX(), -1), expected))
    return emitOpError("takes rows of ") << expected << " bytes, not " << getX().getType(); // C4
  if (failed(verifyResults(*this)))
    return failure(); // C4
  return success();
}

void UnpackCacheOp::describeResults(ResultSizes &sizes) {
  for (Value result : {getLatent(), getKPe()}) {
    SmallVector<Size> shape = sizes.of(getX());
    shape.pop_back();
    if (std::optional<int64_t> page = getPage())
      shape.push_back(sizes.constant(*page));
    shape.push_back(sizes.constant(sizeOf(result, -1)));
    sizes.set(result, shape);
  }
}

std::optional<int64_t> UnpackCacheOp::getFlops() { return countOf(tensorType(getLatent()).getShape()); }

//===----------------------------------------------------------------------===//
// HadamardOp
//===----------------------------------------------------------------------===//

LogicalResult HadamardOp::verify() {
  if (rankOf(getX()) < 1 || ShapedType::isDynamic(sizeOf(getX(), -1)) || !llvm::isPowerOf2_64(sizeOf(getX(), -1)))
    return emitOpError("takes a tensor whose last dimension is static and a power of two, not ")
           << getX().getType(); // C1
  if (!getScale().isFinite())
    return emitOpError("the scale must be finite"); // C2
  return success();
}

void HadamardOp::describeResults(ResultSizes &sizes) { sizes.set(getResult(), sizes.of(getX())); }

std::optional<int64_t> HadamardOp::getFlops() {
  return countOf(tensorType(getX()).getShape(), 1 + llvm::Log2_64(sizeOf(getX(), -1)));
}
