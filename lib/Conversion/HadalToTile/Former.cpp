//===- Former.cpp - Programs of roots, and their launches -----------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Schedule.h"

#include "mlir/IR/TypeUtilities.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace hadal;

//===----------------------------------------------------------------------===//
// Names
//===----------------------------------------------------------------------===//

static std::string baseName(Value value) {
  Operation *op = value.getDefiningOp();
  if (!op || TileBuilder::isLeaf(value))
    return "copy";
  if (isa<linalg::FillOp>(op))
    return "fill";
  if (kindOf(op) == OpKind::View) { // named after what it moves
    for (Value operand : op->getOperands())
      if (isa<RankedTensorType>(operand.getType()) && !operand.getDefiningOp<tensor::EmptyOp>())
        return baseName(operand);
    return "copy";
  }
  if (isa<linalg::MatmulOp>(op))
    return "matmul";
  if (auto linalgOp = dyn_cast<linalg::LinalgOp>(op)) {
    if (kindOf(op) == OpKind::Anchor)
      return isa<linalg::ReduceOp>(op) ? "reduce" : "contraction";
    std::string name;
    for (Operation &inner : linalgOp.getBlock()->without_terminator())
      if (!isa<arith::ConstantOp, linalg::IndexOp>(inner) && name.size() < 12) {
        StringRef mnemonic = inner.getName().stripDialect();
        if (isa<arith::ArithDialect>(inner.getDialect()) && (mnemonic.ends_with("f") || mnemonic.ends_with("i")))
          mnemonic = mnemonic.drop_back(); // addf, addi: add
        name += (name.empty() ? "" : "_") + mnemonic.str();
      }
    return name.empty() ? "copy" : name;
  }
  return op->getName().stripDialect().str();
}

std::string hadal::nameOf(Value value) {
  Anchor anchor = findAnchor(value);
  std::string name = baseName(value);
  if (anchor.op && anchor.op != value.getDefiningOp()) {
    std::string below = baseName(anchor.op->getResult(0));
    name = name == "copy" || name == below ? below : below + "_" + name;
  }
  return name;
}

//===----------------------------------------------------------------------===//
// Launches
//===----------------------------------------------------------------------===//

tile::ProgramOp Former::createProgram(Location loc, StringRef name) {
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(module.getBody());
  return tile::ProgramOp::create(b, loc, (name + "_" + Twine(programs.size())).str(), TypeRange());
}

Value Former::empty(Value value) {
  auto type = cast<RankedTensorType>(value.getType());
  SmallVector<Value> dynamic;
  for (int64_t i = 0; i < type.getRank(); ++i)
    if (type.isDynamicDim(i))
      dynamic.push_back(host.asValue(value.getLoc(), host.dim(value, i)));
  return tensor::EmptyOp::create(b, value.getLoc(), type, dynamic);
}

SmallVector<Value> Former::launch(TileBuilder &builder, tile::ProgramOp program, ArrayRef<OpFoldResult> grid,
                                  ValueRange outputs) {
  SmallVector<Value> inputs;
  builder.finish(inputs);
  simplify(program);

  // An equal program may stand there already. The key is the text, but for the name.
  std::string name = program.getSymName().str(), key;
  program.setSymName("p");
  llvm::raw_string_ostream(key) << program;
  auto [it, isNew] = programs.try_emplace(key, name);
  if (isNew)
    program.setSymName(name);
  else
    program.erase();

  Location loc = builder.location();
  SmallVector<Value> sizes;
  for (OpFoldResult size : grid)
    sizes.push_back(host.asValue(loc, size));
  auto launch = tile::LaunchOp::create(b, loc, outputs.getTypes(), FlatSymbolRefAttr::get(b.getContext(), it->second),
                                       sizes, inputs, outputs);
  ++launches;
  return SmallVector<Value>(launch.getResults());
}

OpFoldResult Former::onlyIf(OpFoldResult rows, int64_t min, int64_t max, OpFoldResult size) {
  if (std::optional<int64_t> fixed = getConstantIntValue(rows))
    return *fixed >= min && *fixed <= max ? size : b.getIndexAttr(0);
  if (min <= 0 && max == std::numeric_limits<int64_t>::max())
    return size;
  Location loc = cast<Value>(rows).getLoc();
  auto compare = [&](arith::CmpIPredicate predicate, int64_t bound) -> Value {
    return arith::CmpIOp::create(b, loc, predicate, cast<Value>(rows), host.asValue(loc, b.getIndexAttr(bound)));
  };
  Value fits;
  if (min > 0)
    fits = compare(arith::CmpIPredicate::sge, min);
  if (max != std::numeric_limits<int64_t>::max()) {
    Value below = compare(arith::CmpIPredicate::sle, max);
    fits = fits ? arith::AndIOp::create(b, loc, fits, below).getResult() : below;
  }
  return arith::SelectOp::create(b, loc, fits, host.asValue(loc, size), host.asValue(loc, b.getIndexAttr(0)))
      .getResult();
}

//===----------------------------------------------------------------------===//
// Programs that pull their tile
//===----------------------------------------------------------------------===//

/// One launch that stores `value`, cut by `schedule`, into `dest`, shifted by
/// `partOffset` along `partDim` (−1: not).
FailureOr<Value> Former::launchPulled(Value value, Value dest, OpFoldResult partOffset, int64_t partDim, StringRef name,
                                      const Schedule &schedule) {
  Location loc = value.getLoc();
  SmallVector<OpFoldResult> sizes = host.shape(value);
  SmallVector<OpFoldResult> grid(3, b.getIndexAttr(1));
  tile::ProgramOp program = createProgram(loc, name);
  TileBuilder tiles(program, host, options);

  // The region of this grid point.
  TileRegion region(sizes.size());
  OpFoldResult rest = b.getIndexAttr(1);
  SmallVector<int64_t> points;
  for (size_t dim = 0; dim < sizes.size(); ++dim) {
    int64_t block = schedule.blocks[dim];
    bool whole = block && getConstantIntValue(sizes[dim]) && *getConstantIntValue(sizes[dim]) <= block;
    if (block && (whole || static_cast<int64_t>(dim) == schedule.row || static_cast<int64_t>(dim) == schedule.column)) {
      int64_t axis = static_cast<int64_t>(dim) == schedule.row ? 0 : 1;
      region[dim] = TileBuilder::range(b.getIndexAttr(0), block);
      if (whole)
        continue;
      grid[axis] = host.ceilDiv(loc, sizes[dim], block);
      region[dim].offset = tiles.mul(tiles.programId(axis), b.getIndexAttr(block));
    } else if (getConstantIntValue(sizes[dim]) == 1) {
      region[dim] = TileBuilder::point(b.getIndexAttr(0));
    } else {
      points.push_back(dim);
      rest = host.mul(loc, rest, sizes[dim]);
    }
  }
  grid[2] = rest;
  OpFoldResult linear = points.empty() ? OpFoldResult(b.getIndexAttr(0)) : OpFoldResult(tiles.programId(2));
  for (int64_t dim : llvm::reverse(points)) {
    bool outermost = dim == points.front();
    OpFoldResult size = tiles.fromHost(sizes[dim]);
    region[dim] = TileBuilder::point(outermost ? linear : tiles.rem(linear, size));
    if (!outermost)
      linear = tiles.div(linear, size);
  }

  // Part by part where the columns fall into parts.
  SmallVector<std::pair<int64_t, int64_t>> parts;
  int64_t column = schedule.column;
  if (column >= 0 && region[column].size == getConstantIntValue(sizes[column])) {
    int64_t begin = 0;
    for (int64_t end : TileBuilder::splits(value, column)) {
      parts.emplace_back(begin, end - begin);
      begin = end;
    }
    parts.emplace_back(begin, region[column].size - begin);
  }
  Value destArgument;
  OpFoldResult shift = tiles.fromHost(partOffset);
  auto store = [&](const TileRegion &at) -> LogicalResult {
    FailureOr<Value> tile = tiles.pullFull(value, at);
    if (failed(tile))
      return failure();
    if (!destArgument)
      destArgument = tiles.output(dest);
    SmallVector<Value> offsets;
    SmallVector<int64_t> extents;
    for (auto [i, dim] : llvm::enumerate(at)) {
      offsets.push_back(tiles.index(static_cast<int64_t>(i) == partDim ? tiles.add(dim.offset, shift) : dim.offset));
      extents.push_back(dim.size);
    }
    tile::StoreOp::create(tiles.builder(), loc, *tile, destArgument, offsets, Value(), b.getDenseI64ArrayAttr(extents),
                          DenseI64ArrayAttr(), IntegerAttr(), UnitAttr());
    return success();
  };
  if (parts.empty())
    parts.emplace_back(-1, 0);
  for (auto [begin, size] : parts) {
    TileRegion at(region);
    if (begin >= 0) {
      at[column].offset = b.getIndexAttr(begin);
      at[column].size = size;
    }
    if (failed(store(at))) {
      program.erase();
      return failure();
    }
  }
  if (schedule.row >= 0)
    grid[0] = onlyIf(sizes[schedule.row], schedule.minRows, schedule.maxRows, grid[0]);
  return launch(tiles, program, grid, dest).front();
}

LogicalResult Former::formPulled(const Root &root) {
  Value value = root.value, source = value;
  OpFoldResult offset = b.getIndexAttr(0);
  int64_t dim = -1;
  if (root.part >= 0) {
    // The parts of a concatenation follow each other: what a tile writes behind
    // its part is written over by the next.
    Operation *op = value.getDefiningOp();
    dim = isa<CacheAppendOp>(op) ? cast<CacheAppendOp>(op).getDim() : cast<tensor::ConcatOp>(op).getDim();
    for (int64_t i = 0; i < root.part; ++i)
      offset = host.add(value.getLoc(), offset, host.dim(op->getOperand(i), dim));
    source = op->getOperand(root.part);
  }
  Value &dest = concatenations[value];
  if (!dest)
    dest = empty(value);
  Value written = dest;
  for (const Schedule &schedule : schedulesFor(source, options)) {
    FailureOr<Value> next = launchPulled(source, written, offset, dim, nameOf(source), schedule);
    if (failed(next))
      return failure();
    written = *next;
  }
  dest = written;
  if (root.part < 0 || root.part + 1 == static_cast<int64_t>(value.getDefiningOp()->getNumOperands()))
    value.replaceAllUsesWith(written);
  return success();
}

FailureOr<Value> Former::copy(Value leaf) {
  Value dest = empty(leaf);
  return launchPulled(leaf, dest, b.getIndexAttr(0), -1, "copy", schedulesFor(leaf, options).front());
}

LogicalResult Former::form(const Root &root) {
  Operation *op = root.value.getDefiningOp();
  auto once = [&](auto form) { return formed.insert(op).second ? form() : success(); }; // of several results
  if (auto route = dyn_cast<RouteOp>(op))
    return once([&] { return formRoute(route); });
  if (auto group = dyn_cast<GroupOp>(op))
    return once([&] { return formGroup(group); });
  if (auto topk = dyn_cast<TopKOp>(op))
    return once([&] { return formTopK(topk); });
  if (auto sum = dyn_cast<CumSumOp>(op))
    return formCumSum(sum);
  if (auto scatter = dyn_cast<ScatterElementsOp>(op); scatter && !takesRows(scatter))
    return formScatterElements(scatter);
  if (auto scatter = dyn_cast<ScatterNDOp>(op))
    return formScatterND(scatter);
  Anchor anchor = root.part < 0 ? findAnchor(root.value) : Anchor();
  if (auto grouped = llvm::dyn_cast_if_present<GroupedMatmulOp>(anchor.op))
    return formGrouped(root.value, grouped);
  return formPulled(root);
}
