//===- PullViews.cpp - Slices, concatenations, reshapes, gathers and rotations ===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TileBuilder.h"

#include "mlir/IR/TypeUtilities.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace hadal;

MaybeTile TileBuilder::pullSlice(tensor::ExtractSliceOp op, const TileRegion &region) {
  llvm::SmallBitVector dropped = op.getDroppedDims();
  SmallVector<OpFoldResult> offsets = op.getMixedOffsets(), strides = op.getMixedStrides();
  TileRegion source;
  SmallVector<int64_t> dims; // of the result, by dimension of the source
  int64_t next = 0;
  for (size_t i = 0; i < offsets.size(); ++i) {
    OpFoldResult offset = fromHost(offsets[i]);
    if (dropped.test(i)) {
      source.push_back(point(offset));
      dims.push_back(-1);
      continue;
    }
    RegionDim dim = region[next];
    std::optional<int64_t> stride = getConstantIntValue(strides[i]);
    if (!stride || (dim.rows && (*stride != 1 || getConstantIntValue(offset) != 0)))
      return op.emitError("no kernel reads a slice of this kind");
    dim.offset = dim.rows ? dim.offset : add(offset, mul(dim.offset, constant(*stride)));
    dim.stride *= *stride;
    source.push_back(dim);
    dims.push_back(next++);
  }
  MaybeTile tile = pull(op.getSource(), source);
  if (failed(tile))
    return failure();
  for (int64_t &dim : tile->dims)
    dim = dims[dim];
  return tile;
}

MaybeTile TileBuilder::pullConcat(Operation *op, ValueRange parts, int64_t dim, const TileRegion &region) {
  // The one part that a range with static bounds lies in.
  auto type = [](Value part) { return cast<RankedTensorType>(part.getType()); };
  const RegionDim &at = region[dim];
  std::optional<int64_t> offset = getConstantIntValue(at.offset);
  if (offset && !at.rows) {
    int64_t begin = 0, last = *offset + (at.size - 1) * at.stride;
    for (Value part : parts) {
      if (type(part).isDynamicDim(dim))
        break;
      int64_t end = begin + type(part).getDimSize(dim);
      if (*offset >= begin && last < end) {
        TileRegion inner(region);
        inner[dim].offset = constant(*offset - begin);
        return pull(part, inner);
      }
      begin = end;
    }
  }
  if (at.rows)
    return op->emitError("no kernel gathers rows of a concatenation");
  // Else a selection by position: every part is read (elsewhere: padding).
  Tile where = positions(at, dim), result;
  OpFoldResult begin = constant(0);
  for (auto [i, part] : llvm::enumerate(parts)) {
    TileRegion inner(region);
    inner[dim].offset = sub(at.offset, begin);
    MaybeTile tile = pull(part, inner);
    if (failed(tile))
      return failure();
    result =
        i == 0 ? *tile
               : make<arith::SelectOp>({compare(arith::CmpIPredicate::slt, where, {index(begin), {}}), result, *tile});
    begin = add(begin, this->dim(part, dim));
  }
  return result;
}

/// A reshape of what does not stand in memory: only one that adds or drops
/// dimensions of size 1 (others have a source in memory: Roots.cpp).
MaybeTile TileBuilder::pullReshape(Operation *op, const TileRegion &region) {
  bool expands = isa<tensor::ExpandShapeOp>(op);
  SmallVector<ReassociationIndices> groups = expands ? cast<tensor::ExpandShapeOp>(op).getReassociationIndices()
                                                     : cast<tensor::CollapseShapeOp>(op).getReassociationIndices();
  auto wide = cast<RankedTensorType>(expands ? op->getResult(0).getType() : op->getOperand(0).getType());
  TileRegion source(expands ? groups.size() : wide.getRank(), point(constant(0)));
  SmallVector<int64_t> dims(source.size(), -1), added;
  for (auto [i, group] : llvm::enumerate(groups)) {
    int64_t kept = group.front();
    for (int64_t dim : group)
      if (wide.getDimSize(dim) != 1)
        kept = dim;
    if (expands) {
      // A tile that goes on along an added dimension has nothing behind its first element.
      for (int64_t dim : group)
        if (dim != kept && !region[dim].point && region[dim].size != 1)
          added.push_back(dim);
      source[i] = region[kept];
      dims[i] = kept;
    } else {
      source[kept] = region[i];
      dims[kept] = i;
    }
  }
  MaybeTile tile = pull(op->getOperand(0), source);
  if (failed(tile))
    return failure();
  for (int64_t &dim : tile->dims)
    dim = dims[dim];
  for (int64_t dim : added)
    tile = maskTail(*tile, region[dim], dim, constant(1));
  return tile;
}

/// Negative indices count from the end; those outside read as 0.
MaybeTile TileBuilder::pullGather(GatherOp op, const TileRegion &region) {
  int64_t axis = op.getAxis(), indexRank = op.getIndices().getType().getRank();
  TileRegion at(region.begin() + axis, region.begin() + axis + indexRank);
  MaybeTile indices = pull(op.getIndices(), at);
  if (failed(indices))
    return failure();
  if (indices->dims.size() > 1)
    return op.emitError("no kernel gathers by a tile of rank 2");
  Tile raw = convert(*indices, b.getIndexType());
  Tile zero{index(constant(0)), {}};
  Tile wrapped = make<arith::AddIOp>({raw, {index(dim(op.getData(), axis)), {}}});
  Tile where = make<arith::SelectOp>({compare(arith::CmpIPredicate::slt, raw, zero), wrapped, raw});

  TileRegion source(region.begin(), region.begin() + axis);
  SmallVector<int64_t> dims(llvm::to_vector(llvm::seq<int64_t>(0, axis)));
  if (where.dims.empty()) {
    // One row, which may lie outside: the load then reads padding.
    source.push_back(point(where.value));
    dims.push_back(-1);
  } else {
    int64_t along = where.dims.front();
    source.push_back({constant(0), at[along].size, 1, false, where.value});
    dims.push_back(axis + along);
  }
  for (size_t i = axis + indexRank; i < region.size(); ++i) {
    source.push_back(region[i]);
    dims.push_back(i);
  }
  MaybeTile tile = pull(op.getData(), source);
  if (failed(tile))
    return failure();
  for (int64_t &dim : tile->dims)
    dim = dims[dim];
  return tile;
}

MaybeTile TileBuilder::pullGated(GatedActivationOp op, const TileRegion &region) {
  int64_t half = op.getX().getType().getShape().back() / 2;
  TileRegion gate(region), up(region);
  switch (op.getGateOrder()) {
  case GateOrder::GateFirst:
    up.back().offset = add(up.back().offset, constant(half));
    break;
  case GateOrder::UpFirst:
    gate.back().offset = add(gate.back().offset, constant(half));
    break;
  case GateOrder::Interleaved:
    gate.back().offset = mul(gate.back().offset, constant(2));
    up.back().offset = add(gate.back().offset, constant(1));
    gate.back().stride *= 2;
    up.back().stride *= 2;
    break;
  case GateOrder::None:
    llvm_unreachable("refused by the verifier");
  }
  MaybeTile gateTile = pull(op.getX(), gate), upTile = pull(op.getX(), up);
  if (failed(gateTile) || failed(upTile))
    return failure();
  MaybeTile activated = activation(op.getActivation(), *gateTile);
  if (failed(activated))
    return failure();
  return make<arith::MulFOp>({*activated, *upTile});
}

MaybeTile TileBuilder::activation(Activation kind, const Tile &x) {
  Type element = getElementTypeOrSelf(x.value);
  auto number = [&](double value) { return scalar(b.getFloatAttr(element, value)); };
  switch (kind) {
  case Activation::Silu: {
    Tile power = make<math::ExpOp>({make<arith::NegFOp>({x})});
    return make<arith::DivFOp>({x, make<arith::AddFOp>({power, number(1.0)})});
  }
  case Activation::Gelu: {
    Tile erf = make<math::ErfOp>({make<arith::MulFOp>({x, number(0.70710678118654752)})});
    return make<arith::MulFOp>({make<arith::MulFOp>({x, number(0.5)}), make<arith::AddFOp>({erf, number(1.0)})});
  }
  case Activation::Relu:
    return make<arith::MaximumFOp>({x, number(0.0)});
  case Activation::Relu2: {
    Tile positive = make<arith::MaximumFOp>({x, number(0.0)});
    return make<arith::MulFOp>({positive, positive});
  }
  case Activation::Sigmoid: {
    Tile power = make<math::ExpOp>({make<arith::NegFOp>({x})});
    return make<arith::DivFOp>({number(1.0), make<arith::AddFOp>({power, number(1.0)})});
  }
  case Activation::Identity:
    return x;
  case Activation::GeluTanh:
    return failure(); // no kernel has it (kindOf)
  }
  llvm_unreachable("all activations are listed");
}

MaybeTile TileBuilder::pullCombine(CombineOp op, const TileRegion &region) {
  // y as [T, k, H]; the sum runs in the order of j.
  int64_t slots = op.getWeights().getType().getDimSize(1);
  Tile sum;
  for (int64_t j = 0; j < slots; ++j) {
    MaybeTile weight = pull(op.getWeights(), {region[0], point(constant(j))});
    RegionDim row = region[0];
    row.offset = add(mul(row.offset, constant(slots)), constant(j));
    row.stride *= slots;
    MaybeTile y = pull(op.getY(), {row, region[1]});
    if (failed(weight) || failed(y))
      return failure();
    Tile product = make<arith::MulFOp>({*weight, *y});
    sum = j == 0 ? product : make<arith::AddFOp>({sum, product});
  }
  return sum;
}

/// Of the pairs [first, first + count) the elements that come first (or second).
MaybeTile TileBuilder::pullRotated(RopeOp op, const TileRegion &region, int64_t first, int64_t count, bool second) {
  int64_t half = op.getX().getType().getDimSize(3) / 2;
  bool inHalves = op.getInLayout() == RopeLayout::Halves;
  TileRegion x0(region), x1(region);
  x0[3] = x1[3] = {constant(inHalves ? first : 2 * first), count, inHalves ? 1 : 2, region[3].point};
  x1[3].offset = constant(inHalves ? first + half : 2 * first + 1);
  RegionDim angle{constant(first), count, 1, region[3].point};
  bool oneBatch = op.getCos().getType().getDimSize(0) == 1;
  TileRegion angles{oneBatch ? point(constant(0)) : region[0], region[2], angle};
  MaybeTile cos = pull(op.getCos(), angles), sin = pull(op.getSin(), angles);
  MaybeTile a = pull(op.getX(), x0), b = pull(op.getX(), x1);
  if (failed(cos) || failed(sin) || failed(a) || failed(b))
    return failure();
  static constexpr int64_t kDims[] = {0, 2, 3};
  for (Tile *tile : {&*cos, &*sin})
    for (int64_t &dim : tile->dims)
      dim = kDims[dim];
  if (second)
    return make<arith::AddFOp>({make<arith::MulFOp>({*b, *cos}), make<arith::MulFOp>({*a, *sin})});
  return make<arith::SubFOp>({make<arith::MulFOp>({*a, *cos}), make<arith::MulFOp>({*b, *sin})});
}

MaybeTile TileBuilder::pullRope(RopeOp op, const TileRegion &region) {
  int64_t half = op.getX().getType().getDimSize(3) / 2;
  const RegionDim &out = region[3];
  bool halves = op.getOutLayout() == RopeLayout::Halves;
  // A range of first elements, or of second ones, is arithmetic on tiles.
  if (std::optional<int64_t> offset = getConstantIntValue(out.offset); offset && !out.rows) {
    int64_t last = *offset + out.size - 1;
    if (halves && out.stride == 1 && (*offset < half) == (last < half))
      return pullRotated(op, region, *offset % half, out.size, *offset >= half);
    if (!halves && (out.stride == 2 || out.size == 1))
      return pullRotated(op, region, *offset / 2, out.size, *offset % 2);
  }
  // Any other takes each column from both.
  TileRegion pairs(region);
  pairs[3] = whole(half);
  MaybeTile x = pullRotated(op, pairs, 0, half, false), y = pullRotated(op, pairs, 0, half, true);
  if (failed(x) || failed(y))
    return failure();
  Tile column = positions({out.offset, out.size, out.stride, false, out.rows}, 3);
  auto number = [&](int64_t value) { return Tile{index(constant(value)), {}}; };
  Tile pair = halves ? make<arith::RemUIOp>({column, number(half)}) : make<arith::DivUIOp>({column, number(2)});
  Tile second = halves ? compare(arith::CmpIPredicate::uge, column, number(half))
                       : compare(arith::CmpIPredicate::eq, make<arith::RemUIOp>({column, number(2)}), number(1));
  SmallVector<int64_t> dims, sizes;
  for (int64_t i = 0; i < 4; ++i)
    if (i == 3 || !region[i].point) {
      dims.push_back(i);
      sizes.push_back(region[i].size);
    }
  if (dims.size() > 2)
    return op.emitError("no kernel makes a rotation of a tile of rank 3");
  Value columns = broadcast(convert(pair, b.getI32Type()), dims, sizes).value;
  auto at = [&](const Tile &tile) {
    auto type = cast<RankedTensorType>(columns.getType()).clone(getElementTypeOrSelf(tile.value));
    sizes.back() = half;
    Value source = broadcast(tile, dims, sizes).value;
    return Tile{tile::TakeOp::create(b, loc, type, source, columns), SmallVector<int64_t, 4>(dims.begin(), dims.end())};
  };
  Tile taken = make<arith::SelectOp>({second, at(*y), at(*x)});
  return out.point ? reduce(tile::Reduction::Add, taken, 3) : taken;
}

//===----------------------------------------------------------------------===//
// Splits
//===----------------------------------------------------------------------===//

/// Of splits of a whole those that lie within [begin, begin + size), shifted.
static void appendWithin(SmallVectorImpl<int64_t> &out, ArrayRef<int64_t> splits, int64_t begin, int64_t size) {
  for (int64_t split : splits)
    if (split > begin && split < begin + size)
      out.push_back(split - begin);
}

/// What has been found out, by value and dimension: expressions meet values again and again.
using SplitCache = llvm::DenseMap<std::pair<Value, int64_t>, SmallVector<int64_t>>;

static SmallVector<int64_t> findSplits(Value value, int64_t dim, SplitCache &cache) {
  SmallVector<int64_t> result;
  if (TileBuilder::isLeaf(value))
    return result;
  if (auto it = cache.find({value, dim}); it != cache.end())
    return it->second;
  auto concat = [&](ValueRange parts, int64_t along) {
    if (along != dim) {
      for (Value part : parts)
        llvm::append_range(result, findSplits(part, dim, cache));
      return;
    }
    int64_t begin = 0;
    for (Value part : parts) {
      int64_t size = cast<RankedTensorType>(part.getType()).getDimSize(dim);
      if (ShapedType::isDynamic(size))
        return result.clear();
      if (begin)
        result.push_back(begin);
      for (int64_t split : findSplits(part, dim, cache))
        result.push_back(begin + split);
      begin += size;
    }
  };
  TypeSwitch<Operation *>(value.getDefiningOp())
      .Case([&](tensor::ConcatOp op) { concat(op.getInputs(), op.getDim()); })
      .Case([&](CacheAppendOp op) { concat({op.getCache(), op.getEntry()}, op.getDim()); })
      .Case([&](RopeOp op) {
        if (dim == 3 && op.getOutLayout() == RopeLayout::Halves)
          result.push_back(op.getX().getType().getDimSize(3) / 2);
      })
      .Case([&](tensor::CastOp op) { result = findSplits(op.getSource(), dim, cache); })
      .Case([&](tensor::ExtractSliceOp op) {
        llvm::SmallBitVector dropped = op.getDroppedDims();
        int64_t from = 0;
        for (int64_t kept = -1;; ++from)
          if (!dropped.test(from) && ++kept == dim)
            break;
        if (!op.isDynamicOffset(from) && !op.isDynamicSize(from) && op.getStaticStrides()[from] == 1)
          appendWithin(result, findSplits(op.getSource(), from, cache), op.getStaticOffset(from),
                       op.getStaticSize(from));
      })
      .Case([&](linalg::LinalgOp op) {
        if (op.getNumReductionLoops())
          return;
        auto out = dyn_cast<AffineDimExpr>(op.getIndexingMapsArray().back().getResult(dim));
        for (OpOperand *operand : op.getDpsInputOperands())
          if (isa<RankedTensorType>(operand->get().getType()))
            for (auto [i, expr] : llvm::enumerate(op.getMatchingIndexingMap(operand).getResults()))
              if (expr == out)
                llvm::append_range(result, findSplits(operand->get(), i, cache));
      })
      .Case<tensor::ExpandShapeOp, tensor::CollapseShapeOp>([&](Operation *op) {
        bool expands = isa<tensor::ExpandShapeOp>(op);
        auto groups = expands ? cast<tensor::ExpandShapeOp>(op).getReassociationIndices()
                              : cast<tensor::CollapseShapeOp>(op).getReassociationIndices();
        auto wide = cast<RankedTensorType>(expands ? op->getResult(0).getType() : op->getOperand(0).getType());
        for (auto [i, group] : llvm::enumerate(groups)) {
          int64_t kept = group.front();
          for (int64_t inner : group)
            if (wide.getDimSize(inner) != 1)
              kept = inner;
          if ((expands ? kept : static_cast<int64_t>(i)) == dim)
            result = findSplits(op->getOperand(0), expands ? i : kept, cache);
        }
      });
  llvm::sort(result);
  result.erase(llvm::unique(result), result.end());
  cache[{value, dim}] = result;
  return result;
}

SmallVector<int64_t> TileBuilder::splits(Value value, int64_t dim) {
  SplitCache cache;
  return findSplits(value, dim, cache);
}
