//===- PullAttention.cpp - Attention with online softmax ------------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TileBuilder.h"

#include "mlir/IR/TypeUtilities.h"

using namespace mlir;
using namespace hadal;

/// One tile of queries (along positions, or along the heads that share a kv
/// head) walks over blocks of keys. It carries, for each row, the largest score
/// m, the sum l of exp(z − m) and the weighted sum of values: a row that saw
/// nothing yet has m = −inf, and exponents are taken against 0 there.
MaybeTile TileBuilder::pullAttention(AttentionOp op, const TileRegion &region) {
  auto qType = op.getQ().getType();
  int64_t headSize = qType.getDimSize(3), valueSize = op.getV().getType().getDimSize(3);
  if (ShapedType::isDynamic(headSize) || ShapedType::isDynamic(valueSize) || region[3].size != valueSize ||
      ShapedType::isDynamic(qType.getDimSize(1)) || ShapedType::isDynamic(op.getK().getType().getDimSize(1)))
    return op.emitError("no kernel for attention with dynamic heads or head sizes");
  Type element = qType.getElementType(), f32 = b.getF32Type();
  int64_t group = qType.getDimSize(1) / op.getK().getType().getDimSize(1);
  // Rows of the tile: positions, else heads of one group.
  bool heads = !region[1].point && region[1].size > 1;
  int64_t rowDim = heads ? 1 : 2;
  TileRegion query(region);
  query[0].point = true;
  query[heads ? 2 : 1].point = true;
  query[rowDim].point = false;
  for (int64_t i : {0, heads ? 2 : 1})
    if (region[i].size != 1)
      return op.emitError("no kernel for attention computes a tile of this shape");
  int64_t rows = query[rowDim].size;
  RegionDim kvHead = point(div(query[1].offset, constant(group)));
  OpFoldResult queries = dim(op.getQ(), 2), keys = dim(op.getK(), 2);
  OpFoldResult shift = sub(keys, queries); // key t is visible to query s if t ≤ s + shift
  int64_t block = options.cuda ? 32 : 64;

  // q, by the parts that the head size falls into.
  SmallVector<int64_t> parts = splits(op.getQ(), 3);
  llvm::append_range(parts, splits(op.getK(), 3));
  parts.push_back(headSize);
  llvm::sort(parts);
  parts.erase(llvm::unique(parts), parts.end());
  SmallVector<std::pair<RegionDim, Value>> q;
  int64_t begin = 0;
  for (int64_t end : parts) {
    query[3] = range(constant(begin), end - begin);
    FailureOr<Value> part = pullFull(op.getQ(), query);
    if (failed(part))
      return failure();
    q.emplace_back(query[3], *part);
    begin = end;
  }

  OpFoldResult upper = keys;
  if (op.getCausal()) {
    OpFoldResult last = add(query[2].offset, constant(heads ? 0 : rows - 1));
    upper = min(keys, add(add(last, shift), constant(1)));
  }
  float inf = std::numeric_limits<float>::infinity();
  Tile lowest = scalarF32(-inf), zero = scalarF32(0.0f);
  Tile m0 = broadcast(lowest, {0}, {rows}), l0 = broadcast(zero, {0}, {rows});
  Tile acc0 = broadcast(zero, {0, 2}, {rows, valueSize});

  auto body = [&](Value t, ValueRange carried) -> FailureOr<SmallVector<Value>> {
    Tile m{carried[0], {0}}, l{carried[1], {0}};
    RegionDim at = range(t, block);
    auto scoreType = RankedTensorType::get({rows, block}, f32);
    Value s = tensor::SplatOp::create(b, loc, zero.value, scoreType);
    for (auto [part, tile] : q) {
      FailureOr<Value> k = pullFull(op.getK(), {query[0], kvHead, at, part});
      if (failed(k))
        return failure();
      s = tile::DotOp::create(b, loc, scoreType, tile, *k, s, /*transpose_b=*/true, options.precision);
    }
    Tile z = make<arith::MulFOp>({Tile{s, {0, 1}}, scalar(op.getScaleAttr())});
    Tile column = positions(at, 1);
    Tile visible = compare(arith::CmpIPredicate::slt, column, {index(keys), {}});
    if (op.getCausal()) {
      RegionDim row = query[2];
      row.offset = add(row.offset, shift);
      visible = make<arith::AndIOp>({visible, compare(arith::CmpIPredicate::sle, column, positions(row, 0))});
    }
    if (Value mask = op.getMask()) {
      TileRegion where{query[0], query[1], query[2], at};
      auto type = cast<RankedTensorType>(mask.getType());
      for (auto [i, dim] : llvm::enumerate(where))
        if (type.getDimSize(i) == 1)
          dim = point(constant(0));
      MaybeTile tile = pull(mask, where);
      if (failed(tile))
        return failure();
      for (int64_t &dim : tile->dims)
        dim = dim == 3 ? 1 : 0;
      if (type.getElementType().isInteger(1))
        visible = make<arith::AndIOp>({visible, *tile});
      else
        z = make<arith::AddFOp>({z, convert(*tile, f32)});
    }
    z = make<arith::SelectOp>({visible, z, lowest});
    Tile next = make<arith::MaximumFOp>({m, reduce(tile::Reduction::Max, z, 1)});
    Tile against = make<arith::SelectOp>({compare(arith::CmpFPredicate::OEQ, next, lowest), zero, next});
    Tile p = make<math::ExpOp>({make<arith::SubFOp>({z, against})});
    Tile shrink = make<math::ExpOp>({make<arith::SubFOp>({m, against})});
    Tile sum = make<arith::AddFOp>({make<arith::MulFOp>({l, shrink}), reduce(tile::Reduction::Add, p, 1)});
    Tile acc = make<arith::MulFOp>({Tile{carried[2], {0, 2}}, shrink});
    FailureOr<Value> v = pullFull(op.getV(), {query[0], kvHead, at, whole(valueSize)});
    if (failed(v))
      return failure();
    Value weights = convert(p, getElementTypeOrSelf(*v)).value;
    Value out = tile::DotOp::create(b, loc, acc.value.getType(), weights, *v, acc.value, /*transpose_b=*/false,
                                    options.precision);
    return SmallVector<Value>{next.value, sum.value, out};
  };
  auto result = forLoop(constant(0), upper, block, {m0.value, l0.value, acc0.value}, body);
  if (failed(result))
    return failure();
  Tile l{(*result)[1], {0}};
  Tile divisor = make<arith::SelectOp>({compare(arith::CmpFPredicate::OEQ, l, zero), scalarF32(1.0f), l});
  Tile out = make<arith::DivFOp>({Tile{(*result)[2], {0, 2}}, divisor});
  Tile named = convert({out.value, {rowDim, 3}}, element);
  if (!region[rowDim].point)
    return named;
  return Tile{dropUnits(named.value, true, false), {3}};
}
