//===- DecomposeQuantization.cpp - Block-scaled formats into linalg -----===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the contracts round to f32 is computed in f64 and rounded by a
// conversion: a quotient or product of two f32 numbers rounded to f64 and then to
// f32 is the one rounded to f32 at once (53 ≥ 2·24 + 2), whoever runs it.
//
//===----------------------------------------------------------------------===//

#include "GraphBuilder.h"
#include "Patterns.h"

#include "dialects/Hadal/IR/Hadal.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"

using namespace mlir;
using namespace hadal;

namespace {

/// A tensor [..., M, K] cut into blocks: letters for its dimensions, and sizes.
struct Blocks {
  std::string lead;                // a, b, … for the batch dimensions
  SmallVector<OpFoldResult> batch; // their sizes
  OpFoldResult rows, columns;      // M, K
  int64_t blockRows, blockColumns; // not larger than M, K where these are static
  OpFoldResult rowBlocks, columnBlocks;

  Blocks(GraphBuilder &g, Value x, ArrayRef<int64_t> block) {
    int64_t rank = g.type(x).getRank();
    for (int64_t dim = 0; dim < rank - 2; ++dim) {
      lead += static_cast<char>('a' + dim);
      batch.push_back(g.size(x, dim));
    }
    auto cut = [&](int64_t dim, int64_t block, int64_t &size, OpFoldResult &whole, OpFoldResult &count) {
      int64_t known = g.type(x).getDimSize(dim);
      size = ShapedType::isDynamic(known) ? block : std::max<int64_t>(1, std::min(block, known));
      whole = g.size(x, dim);
      count = affine::makeComposedFoldedAffineApply(g.b, g.b.getLoc(), g.b.getAffineSymbolExpr(0).ceilDiv(size), whole);
    };
    cut(rank - 2, block[0], blockRows, rows, rowBlocks);
    cut(rank - 1, block[1], blockColumns, columns, columnBlocks);
  }

  std::string perBlock() const { return lead + "ik"; }
  std::string perElement() const { return lead + "imkn"; } // of blocks side by side

  SmallVector<ReassociationIndices> groups() const {
    SmallVector<ReassociationIndices> result;
    int64_t dim = 0;
    for (; dim < static_cast<int64_t>(lead.size()); ++dim)
      result.push_back({dim});
    result.push_back({dim, dim + 1});
    result.push_back({dim + 2, dim + 3});
    return result;
  }

  /// [..., M, K] as [..., M/bm, bm, K/bk, bk], with zeros where the last blocks are short.
  Value split(GraphBuilder &g, Value x) const {
    SmallVector<OpFoldResult> high(lead.size(), g.number(0)), sizes(batch);
    bool isPadded = false;
    auto add = [&](OpFoldResult size, OpFoldResult count, int64_t block) {
      AffineExpr gap = g.b.getAffineSymbolExpr(1) * block - g.b.getAffineSymbolExpr(0);
      high.push_back(affine::makeComposedFoldedAffineApply(g.b, g.b.getLoc(), gap, {size, count}));
      isPadded |= getConstantIntValue(high.back()) != 0;
      sizes.append({count, g.number(block)});
    };
    add(rows, rowBlocks, blockRows);
    add(columns, columnBlocks, blockColumns);
    if (isPadded) {
      SmallVector<OpFoldResult> low(high.size(), g.number(0)), padded(batch);
      padded.push_back(g.product(rowBlocks, g.number(blockRows)));
      padded.push_back(g.product(columnBlocks, g.number(blockColumns)));
      Type element = g.type(x).getElementType();
      Value zero = arith::ConstantOp::create(g.b, g.b.getZeroAttr(element));
      x = tensor::PadOp::create(g.b, tensorTypeOf(padded, element), x, low, high, zero);
    }
    return g.expand(x, groups(), sizes);
  }

  /// The inverse of `split`.
  Value join(GraphBuilder &g, Value x) const {
    Value flat = g.collapse(x, groups());
    int64_t rank = lead.size() + 2;
    return g.slice(g.slice(flat, rank - 2, g.number(0), rows), rank - 1, g.number(0), columns);
  }
};

//===----------------------------------------------------------------------===//
// Arithmetic of single elements
//===----------------------------------------------------------------------===//

Value toDouble(Cell &c, Value x) {
  return x.getType().isF64() ? x : arith::ExtFOp::create(c.b, c.b.getF64Type(), x).getResult();
}
/// A number of f32, rounded from f64.
Value single(Cell &c, Value x) { return arith::TruncFOp::create(c.b, c.b.getF32Type(), x); }
Value quotient(Cell &c, Value x, Value y) {
  return single(c, arith::DivFOp::create(c.b, toDouble(c, x), toDouble(c, y)));
}
Value product(Cell &c, Value x, Value y) {
  return single(c, arith::MulFOp::create(c.b, toDouble(c, x), toDouble(c, y)));
}
Value word(Cell &c, int64_t value) { return arith::ConstantOp::create(c.b, c.b.getI32IntegerAttr(value)); }

/// 2^e for an exponent with its bias of 127, at least 0 (which stands for 2^−127).
Value powerOfTwo(Cell &c, Value exponent) {
  Value isLowest = arith::CmpIOp::create(c.b, arith::CmpIPredicate::sle, exponent, word(c, 0));
  Value bits = arith::ShLIOp::create(c.b, exponent, word(c, 23));
  return arith::BitcastOp::create(c.b, c.b.getF32Type(), c.select(isLowest, word(c, 0x400000), bits));
}

/// The biased exponent of a positive number of f32, rounded down (subnormals: 0) or up.
Value exponentOf(Cell &c, Value x, bool up) {
  Value bits = arith::BitcastOp::create(c.b, c.b.getI32Type(), x);
  if (!up)
    return arith::ShRUIOp::create(c.b, bits, word(c, 23));
  Value isLowest = arith::CmpIOp::create(c.b, arith::CmpIPredicate::sle, bits, word(c, 0x400000));
  Value above = arith::ShRUIOp::create(c.b, c.add(bits, word(c, 0x7fffff)), word(c, 23));
  return c.select(isLowest, word(c, 0), above);
}

/// What amax of a block gives, as f32.
struct ScaleMath {
  QuantizeOp op;
  double largest = QuantizeOp::getLargest(getElementTypeOrSelf(op.getQ()));

  Value floored(Cell &c, Value x, FloorOf of) {
    return op.getFloorOf() == of
               ? arith::MaximumFOp::create(c.b, x, c.number(op.getFloor()->convertToFloat())).getResult()
               : x;
  }
  Value isZero(Cell &c, Value amax) {
    Value x = op.getScaleRounding() == ScaleRounding::Mx ? amax : quotient(c, amax, c.number(largest));
    if (op.getFloorOf() == FloorOf::Scale)
      x = floored(c, x, FloorOf::Scale);
    return c.equal(x, c.number(0));
  }
  Value scale(Cell &c, Value amax) {
    Value s = floored(c, quotient(c, amax, c.number(largest)), FloorOf::Scale), rounded = s;
    if (op.getScaleRounding() != ScaleRounding::None) {
      bool isMx = op.getScaleRounding() == ScaleRounding::Mx;
      Value exponent = exponentOf(c, isMx ? amax : s, op.getScaleRounding() == ScaleRounding::Up);
      if (isMx)
        exponent = c.sub(exponent, word(c, QuantizeOp::getLargestExponent(getElementTypeOrSelf(op.getQ()))));
      Value isFinite = arith::CmpFOp::create(c.b, arith::CmpFPredicate::OLT, s, c.number(INFINITY));
      rounded = c.select(isFinite, powerOfTwo(c, exponent), s);
    }
    return c.select(isZero(c, amax), c.number(1), rounded);
  }
};

//===----------------------------------------------------------------------===//
// Patterns
//===----------------------------------------------------------------------===//

struct LowerQuantize : OpRewritePattern<QuantizeOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(QuantizeOp op, PatternRewriter &rewriter) const override {
    GraphBuilder g(rewriter, op.getLoc());
    Type f32 = rewriter.getF32Type(), narrow = getElementTypeOrSelf(op.getQ());
    Type scaleType = getElementTypeOrSelf(op.getScales());
    Blocks blocks(g, op.getX(), op.getBlock());
    ScaleMath math{op};
    Value x = blocks.split(g, g.wide(op.getX()));
    std::string block = blocks.perBlock(), element = blocks.perElement();
    Value zero = arith::ConstantOp::create(g.b, rewriter.getF32FloatAttr(0));
    Value amax = g.reduce(element + "->" + block, x, zero, [](Cell &c) {
      return arith::MaximumFOp::create(c.b, c[1], math::AbsFOp::create(c.b, c[0])).getResult();
    });
    if (op.getFloorOf() == FloorOf::Amax)
      amax = g.map(block + "->" + block, amax, f32, [&](Cell &c) { return math.floored(c, c[0], FloorOf::Amax); });
    Value scales = g.map(block + "->" + block, amax, scaleType, [&](Cell &c) {
      Value s = math.scale(c, c[0]);
      return scaleType == f32 ? s : arith::TruncFOp::create(c.b, scaleType, s).getResult();
    });
    std::string spec = element + "," + block + "," + block + "->" + element;
    Value q = g.map(spec, {x, scales, amax}, narrow, [&](Cell &c) {
      Value s = c.toFloat(c[1]), one = c.number(1), y;
      if (op.getBy() == ScaledBy::Divide)
        y = quotient(c, c[0], s);
      else if (op.getBy() == ScaledBy::Reciprocal)
        y = product(c, c[0], quotient(c, one, s));
      else
        y = product(c, c[0], c.select(math.isZero(c, c[2]), one, quotient(c, c.number(math.largest), c[2])));
      y = arith::MaximumFOp::create(c.b, y, c.number(-math.largest));
      y = arith::MinimumFOp::create(c.b, y, c.number(math.largest));
      return arith::TruncFOp::create(c.b, narrow, y).getResult();
    });
    rewriter.replaceOp(op, {g.cast(blocks.join(g, q), op.getQ().getType()), g.cast(scales, op.getScales().getType())});
    return success();
  }
};

struct LowerDequantize : OpRewritePattern<DequantizeOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(DequantizeOp op, PatternRewriter &rewriter) const override {
    GraphBuilder g(rewriter, op.getLoc());
    Type element = getElementTypeOrSelf(op.getResult());
    Blocks blocks(g, op.getQ(), op.getBlock());
    std::pair<char, OpFoldResult> sizes[] = {{'m', g.number(blocks.blockRows)}, {'n', g.number(blocks.blockColumns)}};
    Value each = g.map(
        blocks.perBlock() + "->" + blocks.perElement(), op.getScales(), getElementTypeOrSelf(op.getScales()),
        [](Cell &c) { return c[0]; }, sizes);
    std::string letters = blocks.lead + "mk";
    Value result =
        g.map(letters + "," + letters + "->" + letters, {op.getQ(), blocks.join(g, each)}, element, [&](Cell &c) {
          Value exact = arith::MulFOp::create(c.b, toDouble(c, c[0]), toDouble(c, c[1]));
          return element.isF64() ? exact : arith::TruncFOp::create(c.b, element, exact).getResult();
        });
    rewriter.replaceOp(op, g.cast(result, op.getResult().getType()));
    return success();
  }
};

struct LowerScaledMatmul : OpRewritePattern<ScaledMatmulOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(ScaledMatmulOp op, PatternRewriter &rewriter) const override {
    GraphBuilder g(rewriter, op.getLoc());
    auto operand = [&](Value x, Value scales, std::optional<ArrayRef<int64_t>> block) -> Value {
      if (!scales)
        return g.wide(x);
      auto type = g.type(x).clone(rewriter.getF32Type());
      if (isa<Float8E4M3FNType, Float8E5M2Type, Float4E2M1FNType>(g.type(x).getElementType()))
        return DequantizeOp::create(g.b, type, x, scales, rewriter.getDenseI64ArrayAttr(*block));
      // Scales of an operand that is no narrow float.
      Blocks blocks(g, x, *block);
      std::pair<char, OpFoldResult> sizes[] = {{'m', g.number(blocks.blockRows)}, {'n', g.number(blocks.blockColumns)}};
      Value each = g.map(
          blocks.perBlock() + "->" + blocks.perElement(), scales, rewriter.getF32Type(),
          [](Cell &c) { return c.toFloat(c[0]); }, sizes);
      std::string letters = blocks.lead + "mk";
      return g.map(letters + "," + letters + "->" + letters, {x, blocks.join(g, each)}, rewriter.getF32Type(),
                   [](Cell &c) { return c.mul(c.toFloat(c[0]), c[1]); });
    };
    Value a = operand(op.getA(), op.getAScales(), op.getABlock());
    Value b = operand(op.getB(), op.getBScales(), op.getBBlock());
    std::string lead;
    for (int64_t dim = 0; dim < g.type(a).getRank() - 2; ++dim)
      lead += static_cast<char>('a' + dim);
    std::string right = (g.type(b).getRank() == 2 ? "" : lead) + (op.getTransposed() ? "nk" : "kn");
    std::string out = lead + "mn";
    Value sum = g.contract(lead + "mk," + right + "->" + out, a, b);
    auto add = [](Cell &c) { return c.add(c[0], c.toFloat(c[1])); };
    if (op.getBias())
      sum = g.map(out + ",n->" + out, {sum, op.getBias()}, rewriter.getF32Type(), add);
    if (op.getAccumulator())
      sum = g.map(out + "," + out + "->" + out, {sum, op.getAccumulator()}, rewriter.getF32Type(), add);
    Value result = g.convert(sum, getElementTypeOrSelf(op.getResult()));
    rewriter.replaceOp(op, g.cast(result, op.getResult().getType()));
    return success();
  }
};

/// Bytes without a sign as those of `type`, or back.
Value asBytes(GraphBuilder &g, Value x, Type element) {
  return g.type(x).getElementType() == element
             ? x
             : tensor::BitcastOp::create(g.b, g.type(x).clone(element), x).getResult();
}

/// "ab" for two batch dimensions.
std::string lettersFor(int64_t rank) {
  std::string letters;
  for (int64_t dim = 0; dim < rank; ++dim)
    letters += static_cast<char>('a' + dim);
  return letters;
}

/// Dimensions as they are, the last two merged; or the last split.
SmallVector<ReassociationIndices> lastTwo(int64_t rank) {
  SmallVector<ReassociationIndices> groups;
  for (int64_t dim = 0; dim < rank - 1; ++dim)
    groups.push_back({dim});
  groups.back().push_back(rank - 1);
  return groups;
}

Value byteConstant(Cell &c, int64_t value) { return arith::ConstantOp::create(c.b, c.b.getI8IntegerAttr(value)); }

struct LowerPackFp4 : OpRewritePattern<PackFp4Op> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(PackFp4Op op, PatternRewriter &rewriter) const override {
    GraphBuilder g(rewriter, op.getLoc());
    Type i8 = rewriter.getI8Type();
    int64_t rank = g.type(op.getX()).getRank();
    std::string letters = lettersFor(rank);
    SmallVector<OpFoldResult> sizes;
    for (int64_t dim = 0; dim < rank; ++dim)
      sizes.push_back(g.size(op.getX(), dim));
    sizes.back() =
        affine::makeComposedFoldedAffineApply(g.b, op.getLoc(), g.b.getAffineSymbolExpr(0).floorDiv(2), sizes.back());
    sizes.push_back(g.number(2));
    Value pairs = g.expand(op.getX(), lastTwo(rank + 1), sizes);
    Value zero = arith::ConstantOp::create(g.b, rewriter.getI8IntegerAttr(0));
    // The elements of a pair are or-ed together, the second shifted.
    Value bytes = g.reduce(letters + "z->" + letters, pairs, zero, [&](Cell &c) {
      Value bits = arith::BitcastOp::create(c.b, c.b.getIntegerType(4), c[0]);
      Value byte = arith::ExtUIOp::create(c.b, i8, bits);
      Value by = arith::IndexCastOp::create(c.b, i8, c.index('z'));
      by = arith::ShLIOp::create(c.b, by, byteConstant(c, 2));
      return arith::OrIOp::create(c.b, c[1], arith::ShLIOp::create(c.b, byte, by)).getResult();
    });
    rewriter.replaceOp(op, g.cast(asBytes(g, bytes, getElementTypeOrSelf(op.getResult())), op.getResult().getType()));
    return success();
  }
};

struct LowerUnpackFp4 : OpRewritePattern<UnpackFp4Op> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(UnpackFp4Op op, PatternRewriter &rewriter) const override {
    GraphBuilder g(rewriter, op.getLoc());
    Type i8 = rewriter.getI8Type(), element = getElementTypeOrSelf(op.getResult());
    std::string letters = lettersFor(g.type(op.getX()).getRank());
    std::pair<char, OpFoldResult> two[] = {{'z', g.number(2)}};
    Value pairs = g.map(
        letters + "->" + letters + "z", asBytes(g, op.getX(), i8), element,
        [&](Cell &c) {
          Value by = arith::IndexCastOp::create(c.b, i8, c.index('z'));
          by = arith::ShLIOp::create(c.b, by, byteConstant(c, 2));
          Value bits = arith::TruncIOp::create(c.b, c.b.getIntegerType(4), arith::ShRUIOp::create(c.b, c[0], by));
          return arith::BitcastOp::create(c.b, element, bits).getResult();
        },
        two);
    Value result = g.collapse(pairs, lastTwo(letters.size() + 1));
    rewriter.replaceOp(op, g.cast(result, op.getResult().getType()));
    return success();
  }
};

//===----------------------------------------------------------------------===//
// FP8 caches
//===----------------------------------------------------------------------===//

/// The elements of [..., n] as their bytes [..., n · width], little endian.
Value toBytes(GraphBuilder &g, Value x, int64_t width) {
  Type integer = g.b.getIntegerType(8 * width), i8 = g.b.getI8Type();
  std::string letters = lettersFor(g.type(x).getRank());
  if (width == 1)
    return g.map(letters + "->" + letters, x, i8,
                 [&](Cell &c) { return arith::BitcastOp::create(c.b, i8, c[0]).getResult(); });
  std::pair<char, OpFoldResult> sizes[] = {{'z', g.number(width)}};
  Value bytes = g.map(
      letters + "->" + letters + "z", x, i8,
      [&](Cell &c) {
        Value bits = arith::BitcastOp::create(c.b, integer, c[0]);
        Value by = arith::IndexCastOp::create(c.b, integer, c.index('z'));
        by = arith::ShLIOp::create(c.b, by, arith::ConstantOp::create(c.b, c.b.getIntegerAttr(integer, 3)));
        return arith::TruncIOp::create(c.b, i8, arith::ShRUIOp::create(c.b, bits, by)).getResult();
      },
      sizes);
  return g.collapse(bytes, lastTwo(letters.size() + 1));
}

/// The inverse of `toBytes`.
Value fromBytes(GraphBuilder &g, Value bytes, int64_t width, Type element) {
  Type integer = g.b.getIntegerType(8 * width);
  int64_t rank = g.type(bytes).getRank();
  std::string letters = lettersFor(rank);
  auto cast = [&](Cell &c) { return arith::BitcastOp::create(c.b, element, c[0]).getResult(); };
  if (width > 1) {
    SmallVector<OpFoldResult> sizes;
    for (int64_t dim = 0; dim < rank; ++dim)
      sizes.push_back(g.size(bytes, dim));
    sizes.back() = g.number(g.type(bytes).getDimSize(rank - 1) / width);
    sizes.push_back(g.number(width));
    Value split = g.expand(bytes, lastTwo(rank + 1), sizes);
    Value zero = arith::ConstantOp::create(g.b, g.b.getIntegerAttr(integer, 0));
    bytes = g.reduce(letters + "z->" + letters, split, zero, [&](Cell &c) {
      Value by = arith::IndexCastOp::create(c.b, integer, c.index('z'));
      by = arith::ShLIOp::create(c.b, by, arith::ConstantOp::create(c.b, c.b.getIntegerAttr(integer, 3)));
      Value wide = arith::ExtUIOp::create(c.b, integer, c[0]);
      return arith::OrIOp::create(c.b, c[1], arith::ShLIOp::create(c.b, wide, by)).getResult();
    });
  }
  return g.map(letters + "->" + letters, bytes, element, cast);
}

/// [..., P, n] as [..., P·n].
Value flatten(GraphBuilder &g, Value x) { return g.collapse(x, lastTwo(g.type(x).getRank())); }

Value zeroBytes(GraphBuilder &g, Value like, int64_t dim, OpFoldResult count) {
  SmallVector<OpFoldResult> sizes;
  for (int64_t i = 0; i < g.type(like).getRank(); ++i)
    sizes.push_back(i == dim ? count : g.size(like, i));
  return g.fill(sizes, g.b.getI8Type(), 0);
}

struct LowerPackCache : OpRewritePattern<PackCacheOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(PackCacheOp op, PatternRewriter &rewriter) const override {
    GraphBuilder g(rewriter, op.getLoc());
    bool isPaged = op.getLayout() == CacheLayout::V4;
    Type f32 = rewriter.getF32Type(), scaleType = isPaged ? Type(rewriter.getType<Float8E8M0FNUType>()) : f32;
    RankedTensorType latent = op.getLatent().getType();
    int64_t columns = latent.getShape().back(), tile = cacheTile(op.getLayout()), last = latent.getRank() - 1;
    SmallVector<int64_t> shape(latent.getShape());
    shape.back() = columns / tile;
    auto quantized = QuantizeOp::create(
        g.b, latent.clone(rewriter.getType<Float8E4M3FNType>()), RankedTensorType::get(shape, scaleType),
        op.getLatent(), rewriter.getDenseI64ArrayAttr({1, tile}),
        FloorOfAttr::get(rewriter.getContext(), FloorOf::Scale), rewriter.getF32FloatAttr(1.0e-4f),
        ScaleRoundingAttr::get(rewriter.getContext(), ScaleRounding::Up),
        ScaledByAttr::get(rewriter.getContext(), ScaledBy::Divide));
    Value q = toBytes(g, quantized.getQ(), 1), scales = toBytes(g, quantized.getScales(), isPaged ? 1 : 4);
    Value keys = toBytes(g, g.convert(op.getKPe(), rewriter.getBF16Type()), 2), result;
    if (!isPaged) {
      result = g.concat(last, {q, scales, keys});
    } else {
      int64_t gap = cacheScaleBytes(op.getLayout(), columns) - shape.back();
      if (gap)
        scales = g.concat(last, {scales, zeroBytes(g, scales, last, g.number(gap))});
      Value data = flatten(g, g.concat(last, {q, keys}));
      result = g.concat(last - 1, {data, flatten(g, scales)});
      if (int64_t align = op.getAlign().value_or(1); align > 1) {
        AffineExpr size = g.b.getAffineSymbolExpr(0);
        OpFoldResult rest = affine::makeComposedFoldedAffineApply(g.b, op.getLoc(), size.ceilDiv(align) * align - size,
                                                                  g.size(result, last - 1));
        if (getConstantIntValue(rest) != 0)
          result = g.concat(last - 1, {result, zeroBytes(g, result, last - 1, rest)});
      }
    }
    rewriter.replaceOp(op, g.cast(asBytes(g, result, getElementTypeOrSelf(op.getResult())), op.getResult().getType()));
    return success();
  }
};

struct LowerUnpackCache : OpRewritePattern<UnpackCacheOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(UnpackCacheOp op, PatternRewriter &rewriter) const override {
    GraphBuilder g(rewriter, op.getLoc());
    bool isPaged = op.getLayout() == CacheLayout::V4;
    int64_t columns = op.getLatent().getType().getShape().back(), rotated = op.getKPe().getType().getShape().back();
    int64_t tile = cacheTile(op.getLayout()), tiles = columns / tile, last = g.type(op.getX()).getRank() - 1;
    Value bytes = asBytes(g, op.getX(), rewriter.getI8Type());
    auto part = [&](Value x, int64_t offset, int64_t length) {
      return g.slice(x, g.type(x).getRank() - 1, g.number(offset), g.number(length));
    };
    Value q, scales, keys;
    if (!isPaged) {
      q = part(bytes, 0, columns);
      scales = part(bytes, columns, 4 * tiles);
      keys = part(bytes, columns + 4 * tiles, 2 * rotated);
    } else {
      int64_t page = *op.getPage(), data = columns + 2 * rotated, perToken = cacheScaleBytes(op.getLayout(), columns);
      auto tokens = [&](int64_t offset, int64_t length) {
        Value rows = part(bytes, offset, page * length);
        SmallVector<OpFoldResult> sizes;
        for (int64_t dim = 0; dim < last; ++dim)
          sizes.push_back(g.size(rows, dim));
        sizes.append({g.number(page), g.number(length)});
        return g.expand(rows, lastTwo(last + 2), sizes);
      };
      Value all = tokens(0, data);
      q = part(all, 0, columns);
      keys = part(all, columns, 2 * rotated);
      scales = part(tokens(page * data, perToken), 0, tiles);
    }
    Type scaleType = isPaged ? Type(rewriter.getType<Float8E8M0FNUType>()) : rewriter.getF32Type();
    q = fromBytes(g, q, 1, rewriter.getType<Float8E4M3FNType>());
    scales = fromBytes(g, scales, isPaged ? 1 : 4, scaleType);
    keys = g.convert(fromBytes(g, keys, 2, rewriter.getBF16Type()), getElementTypeOrSelf(op.getKPe()));
    auto type = g.type(q).clone(getElementTypeOrSelf(op.getLatent()));
    Value latent = DequantizeOp::create(g.b, type, q, scales, rewriter.getDenseI64ArrayAttr({1, tile}));
    rewriter.replaceOp(op, {g.cast(latent, op.getLatent().getType()), g.cast(keys, op.getKPe().getType())});
    return success();
  }
};

struct LowerHadamard : OpRewritePattern<HadamardOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(HadamardOp op, PatternRewriter &rewriter) const override {
    GraphBuilder g(rewriter, op.getLoc());
    int64_t rank = g.type(op.getX()).getRank();
    std::string lead = lettersFor(rank - 1), out = lead + "y";
    std::pair<char, OpFoldResult> sizes[] = {{'y', g.size(op.getX(), rank - 1)}};
    Value zero = arith::ConstantOp::create(g.b, rewriter.getF32FloatAttr(0));
    Value sum = g.reduce(
        lead + "z->" + out, op.getX(), zero,
        [](Cell &c) {
          Value common = arith::AndIOp::create(c.b, c.position('y'), c.position('z'));
          Value ones = arith::AndIOp::create(c.b, math::CtPopOp::create(c.b, common), c.integer(1));
          Value x = c.toFloat(c[0]);
          return c.add(c[1], c.select(c.equal(ones, c.integer(0)), x, arith::NegFOp::create(c.b, x)));
        },
        sizes);
    Value scaled = g.map(out + "->" + out, sum, rewriter.getF32Type(),
                         [&](Cell &c) { return c.mul(c[0], c.number(op.getScale().convertToFloat())); });
    Value result = g.convert(scaled, getElementTypeOrSelf(op.getResult()));
    rewriter.replaceOp(op, g.cast(result, op.getResult().getType()));
    return success();
  }
};

} // namespace

void hadal::populateQuantizationPartsPatterns(RewritePatternSet &patterns) {}

void hadal::populateQuantizationLinalgPatterns(RewritePatternSet &patterns) {
  patterns.add<LowerQuantize, LowerDequantize, LowerScaledMatmul, LowerPackFp4, LowerUnpackFp4, LowerPackCache,
               LowerUnpackCache, LowerHadamard>(patterns.getContext());
}
