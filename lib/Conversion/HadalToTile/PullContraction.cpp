//===- PullContraction.cpp - Matmuls, batched and grouped -----------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Contraction.h"
#include "TileBuilder.h"

#include "mlir/IR/TypeUtilities.h"

using namespace mlir;
using namespace hadal;

std::optional<Contraction> Contraction::match(linalg::LinalgOp op) {
  if (op.getNumReductionLoops() == 0 || op.getNumDpsInputs() != 2 || op.getNumDpsInits() != 1)
    return std::nullopt;
  // The body is acc + a · b, in any order.
  Block *body = op.getBlock();
  auto sum = body->getTerminator()->getOperand(0).getDefiningOp<arith::AddFOp>();
  if (!sum)
    return std::nullopt;
  Value acc = body->getArgument(2);
  Value product = sum.getLhs() == acc ? sum.getRhs() : sum.getRhs() == acc ? sum.getLhs() : Value();
  auto mul = product ? product.getDefiningOp<arith::MulFOp>() : arith::MulFOp();
  Value a = body->getArgument(0), b = body->getArgument(1);
  if (!mul || !((mul.getLhs() == a && mul.getRhs() == b) || (mul.getLhs() == b && mul.getRhs() == a)))
    return std::nullopt;

  Contraction found;
  SmallVector<AffineMap> maps = op.getIndexingMapsArray();
  SmallVector<utils::IteratorType> kinds = op.getIteratorTypesArray();
  auto order = [&](AffineMap map, unsigned loop) -> std::optional<unsigned> {
    return map.getResultPosition(getAffineDimExpr(loop, op.getContext()));
  };
  for (unsigned loop = 0; loop < op.getNumLoops(); ++loop) {
    bool inA = order(maps[0], loop).has_value(), inB = order(maps[1], loop).has_value();
    if (kinds[loop] == utils::IteratorType::reduction) {
      if (!inA || !inB)
        return std::nullopt;
      found.k.push_back(loop);
      continue;
    }
    if (!maps[2].isProjectedPermutation() || !order(maps[2], loop))
      return std::nullopt;
    (inA == inB ? found.batch : inA ? found.m : found.n).push_back(loop);
  }
  // Innermost of the result last; the innermost that is longer than 1 makes rows and columns.
  SmallVector<int64_t> sizes = op.getStaticLoopRanges();
  auto pick = [&](SmallVectorImpl<unsigned> &loops) -> std::optional<unsigned> {
    llvm::sort(loops, [&](unsigned x, unsigned y) { return order(maps[2], x) < order(maps[2], y); });
    for (unsigned loop : llvm::reverse(loops))
      if (sizes[loop] != 1)
        return loop;
    return loops.empty() ? std::nullopt : std::optional(loops.back());
  };
  found.row = pick(found.m);
  found.column = pick(found.n);
  return found;
}

std::optional<int64_t> Contraction::resultDim(linalg::LinalgOp op, std::optional<unsigned> loop) {
  if (!loop)
    return std::nullopt;
  return op.getIndexingMapsArray()[2].getResultPosition(getAffineDimExpr(*loop, op.getContext()));
}

/// Whether what lies outside the value along `dim` reads as 0.
static bool padsWithZero(Value value) { return TileBuilder::isLeaf(value); }

FailureOr<Value> TileBuilder::dotLoop(Value acc, OpFoldResult size, ArrayRef<int64_t> splits, bool exact,
                                      tile::Precision precision,
                                      function_ref<FailureOr<DotOperands>(const RegionDim &)> operands) {
  auto step = [&](Value acc, const RegionDim &range, OpFoldResult end, bool tail) -> FailureOr<Value> {
    FailureOr<DotOperands> ab = operands(range);
    if (failed(ab))
      return failure();
    if (tail) {
      ab->a = maskTail({ab->a, {0, 1}}, range, 1, end).value;
      ab->b = maskTail({ab->b, {0, 1}}, range, ab->transposeB ? 1 : 0, end).value;
    }
    return tile::DotOp::create(b, loc, acc.getType(), ab->a, ab->b, acc, ab->transposeB, precision).getResult();
  };
  int64_t longest = options.cuda ? 32 : 256;
  auto loop = [&](Value acc, OpFoldResult begin, OpFoldResult end) -> FailureOr<Value> {
    std::optional<int64_t> first = getConstantIntValue(begin), last = getConstantIntValue(end);
    int64_t block = longest;
    if (first && last) {
      int64_t length = *last - *first;
      if (length <= longest)
        return step(acc, range(begin, length), end, false);
      for (int64_t candidate = longest; candidate >= longest / 2; candidate -= 8)
        if (length % candidate == 0) {
          block = candidate;
          break;
        }
    }
    bool tail = !exact && !(first && last && (*last - *first) % block == 0);
    auto result = forLoop(begin, end, block, acc, [&](Value k, ValueRange carried) -> FailureOr<SmallVector<Value>> {
      FailureOr<Value> next = step(carried[0], range(k, block), end, tail);
      if (failed(next))
        return failure();
      return SmallVector<Value>{*next};
    });
    if (failed(result))
      return failure();
    return result->front();
  };
  OpFoldResult begin = constant(0);
  for (int64_t split : splits) {
    FailureOr<Value> next = loop(acc, begin, constant(split));
    if (failed(next))
      return failure();
    acc = *next;
    begin = constant(split);
    exact = false;
  }
  return loop(acc, begin, size);
}

/// The operand as a tile of rank 2 with dimensions (first, second) of the
/// loops; a loop that it lacks becomes a dimension of size 1.
static Value asMatrix(OpBuilder &b, Location loc, Value tile) {
  auto type = cast<RankedTensorType>(tile.getType());
  if (type.getRank() == 2)
    return tile;
  auto matrix = RankedTensorType::get({1, type.getDimSize(0)}, type.getElementType());
  return tensor::ExpandShapeOp::create(b, loc, matrix, tile, SmallVector<ReassociationIndices>{{0, 1}});
}

/// Whether the product is ranked by a router: then its operands keep their precision.
static bool isRanked(Value value) {
  return llvm::any_of(value.getUsers(), [](Operation *user) {
    if (isa<RouteOp, TopKOp>(user))
      return true;
    return isa<tensor::ExpandShapeOp, tensor::CollapseShapeOp, tensor::CastOp>(user) && isRanked(user->getResult(0));
  });
}

MaybeTile TileBuilder::pullContraction(linalg::LinalgOp op, const TileRegion &region) {
  std::optional<Contraction> found = Contraction::match(op);
  if (!found)
    return op.emitError("no kernel computes this reduction");
  SmallVector<AffineMap> maps = op.getIndexingMapsArray();
  TileRegion loops(op.getNumLoops());
  for (auto [i, expr] : llvm::enumerate(maps[2].getResults()))
    loops[cast<AffineDimExpr>(expr).getPosition()] = region[i];

  // Rows and columns: the ranges asked for, else the ones that are natural.
  auto choose = [&](ArrayRef<unsigned> candidates, std::optional<unsigned> fallback) {
    for (unsigned loop : candidates)
      if (!loops[loop].point && loops[loop].size > 1)
        return std::optional(loop);
    return fallback;
  };
  std::optional<unsigned> row = choose(found->m, found->row), column = choose(found->n, found->column);
  for (unsigned loop = 0; loop < loops.size(); ++loop) {
    if (llvm::is_contained(found->k, loop) || loop == row || loop == column)
      continue;
    if (loops[loop].size > 1)
      return op.emitError("no kernel computes a tile of more than a row and a column dimension");
    loops[loop].point = true;
  }
  bool rowPoint = !row || loops[*row].point, columnPoint = !column || loops[*column].point;
  int64_t rows = row ? loops[*row].size : 1, columns = column ? loops[*column].size : 1;
  for (std::optional<unsigned> loop : {row, column})
    if (loop)
      loops[*loop].point = false;

  Value aValue = op.getDpsInputOperand(0)->get(), bValue = op.getDpsInputOperand(1)->get();
  unsigned inner = found->k.back();
  auto positionIn = [&](AffineMap map, unsigned loop) {
    return *map.getResultPosition(getAffineDimExpr(loop, op.getContext()));
  };
  auto operandOf = [&](Value value, AffineMap map, std::optional<unsigned> outer) -> FailureOr<std::pair<Value, bool>> {
    TileRegion at;
    for (AffineExpr expr : map.getResults()) {
      if (auto dim = dyn_cast<AffineDimExpr>(expr))
        at.push_back(loops[dim.getPosition()]);
      else if (isa<AffineConstantExpr>(expr))
        at.push_back(point(constant(cast<AffineConstantExpr>(expr).getValue())));
      else
        return op.emitError("no kernel indexes an operand in this way");
    }
    FailureOr<Value> tile = pullFull(value, at);
    if (failed(tile))
      return failure();
    bool outerFirst = !outer || positionIn(map, *outer) < positionIn(map, inner);
    return std::make_pair(asMatrix(b, loc, *tile), outerFirst);
  };
  auto operands = [&](const RegionDim &range) -> FailureOr<DotOperands> {
    loops[inner] = range;
    auto a = operandOf(aValue, maps[0], row);
    auto bb = operandOf(bValue, maps[1], column);
    if (failed(a) || failed(bb))
      return failure();
    return DotOperands{a->second ? a->first : inOrder(a->first, {1, 0}).value, bb->first, bb->second};
  };

  // What the sum starts from.
  auto accType = RankedTensorType::get({rows, columns}, b.getF32Type());
  Value acc;
  Value init = op.getDpsInitOperand(0)->get();
  auto fill = init.getDefiningOp<linalg::FillOp>();
  if (fill && matchPattern(fill.value(), m_AnyZeroFloat())) {
    acc = tensor::SplatOp::create(b, loc, scalarF32(0.0f).value, accType);
  } else {
    TileRegion at(region);
    for (std::optional<unsigned> loop : {row, column})
      if (loop)
        at[positionIn(maps[2], *loop)].point = false;
    FailureOr<Value> tile = pullFull(init, at);
    if (failed(tile))
      return failure();
    bool swapped = row && column && positionIn(maps[2], *row) > positionIn(maps[2], *column);
    if (!row || !column || swapped)
      return op.emitError("no kernel adds a product to a tensor of this layout");
    acc = convert({*tile, {0, 1}}, b.getF32Type()).value;
  }

  SmallVector<int64_t> parts = splits(aValue, positionIn(maps[0], inner));
  llvm::append_range(parts, splits(bValue, positionIn(maps[1], inner)));
  llvm::sort(parts);
  parts.erase(llvm::unique(parts), parts.end());
  tile::Precision precision = isRanked(op->getResult(0)) ? tile::Precision::F32 : options.precision;
  bool exact = padsWithZero(aValue) && padsWithZero(bValue);
  auto size = [&](unsigned k) { return dim(aValue, positionIn(maps[0], k)); };

  // Loops over the outer summed dimensions, point by point.
  std::function<FailureOr<Value>(size_t, Value)> sum = [&](size_t depth, Value acc) -> FailureOr<Value> {
    if (depth + 1 == found->k.size())
      return dotLoop(acc, size(inner), parts, exact, precision, operands);
    unsigned k = found->k[depth];
    auto result =
        forLoop(constant(0), size(k), 1, acc, [&](Value at, ValueRange carried) -> FailureOr<SmallVector<Value>> {
          loops[k] = point(at);
          FailureOr<Value> next = sum(depth + 1, carried[0]);
          if (failed(next))
            return failure();
          return SmallVector<Value>{*next};
        });
    if (failed(result))
      return failure();
    return result->front();
  };
  FailureOr<Value> product = sum(0, acc);
  if (failed(product))
    return failure();

  // Drop the dimensions that were points, name the others by the result's.
  Value value = *product;
  SmallVector<int64_t> dims;
  if (!rowPoint)
    dims.push_back(positionIn(maps[2], *row));
  if (!columnPoint)
    dims.push_back(positionIn(maps[2], *column));
  if (dims.size() < 2)
    value = dropUnits(value, rowPoint, columnPoint);
  Type element = getElementTypeOrSelf(op->getResult(0));
  return convert(inOrder(value, dims), element);
}

Value TileBuilder::dropUnits(Value matrix, bool row, bool column) {
  auto type = cast<RankedTensorType>(matrix.getType());
  if (row && column) {
    Tile tile{matrix, {0, 1}};
    return reduce(tile::Reduction::Add, reduce(tile::Reduction::Add, tile, 1), 0).value;
  }
  auto vector = RankedTensorType::get({type.getDimSize(row ? 1 : 0)}, type.getElementType());
  return tensor::CollapseShapeOp::create(b, loc, vector, matrix, SmallVector<ReassociationIndices>{{0, 1}});
}

MaybeTile TileBuilder::pullGroupedMatmul(GroupedMatmulOp op, const TileRegion &region) {
  if (!grouped || grouped->op != op)
    return op.emitError("a grouped matmul needs a program of its own");
  auto accType = RankedTensorType::get({region[0].size, region[1].size}, b.getF32Type());
  Value zero = tensor::SplatOp::create(b, loc, scalarF32(0.0f).value, accType);
  auto operands = [&](const RegionDim &range) -> FailureOr<DotOperands> {
    FailureOr<Value> x = pullFull(op.getX(), {grouped->in, range});
    FailureOr<Value> w = pullFull(op.getW(), {point(grouped->expert), range, region[1]});
    if (failed(x) || failed(w))
      return failure();
    return DotOperands{*x, *w, false};
  };
  bool exact = padsWithZero(op.getX()) && padsWithZero(op.getW());
  FailureOr<Value> product = dotLoop(zero, dim(op.getX(), 1), {}, exact, options.precision, operands);
  if (failed(product))
    return failure();
  return convert({*product, {0, 1}}, op.getResult().getType().getElementType());
}
