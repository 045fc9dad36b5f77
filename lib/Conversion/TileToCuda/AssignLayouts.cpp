//===- AssignLayouts.cpp - Where each tile lives --------------------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TileAccess.h"
#include "TileLayouts.h"

#include "dialects/Cuda/Transforms/Passes.h"
#include "hadal/Conversion/TileToCuda/Passes.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "llvm/Support/MathExtras.h"

namespace hadal {
#define GEN_PASS_DEF_ASSIGNLAYOUTS
#include "hadal/Conversion/TileToCuda/Passes.h.inc"
} // namespace hadal

using namespace mlir;
using namespace hadal;
using namespace hadal::tilecuda;
using cuda::HomeAttr;
using cuda::Place;

namespace {

constexpr int64_t kMaxRegisters = 64;       // of one tile and thread, unless a dot wants more
constexpr int64_t kMaxLoadRegisters = 32;   // of a tile that could be loaded again instead
constexpr int64_t kCheap = 4;               // operations that are rather repeated than kept
constexpr int64_t kSharedBudget = 48 << 10; // what a block should not exceed

/// The homes of one program's tiles, under a limit on a dot operand's size in shared memory.
class Planner {
public:
  Planner(tile::ProgramOp program, int64_t threads, int64_t operandLimit)
      : program(program), threads(threads), operandLimit(operandLimit) {}

  void run();
  void annotate();
  int64_t getSharedBytes() const { return sharedBytes; }

private:
  using Visit = function_ref<void(Value leaf, ArrayRef<Coord> coords)>;

  MLIRContext *context() { return program.getContext(); }
  Block *body() { return &program.getBody().front(); }
  Coords identity(Value tile);
  void visitLeaves(Value tile, ArrayRef<Coord> coords, Visit visit);
  LayoutAttr guessLayout(Value tile, SmallPtrSetImpl<Operation *> &seen);
  LayoutAttr chooseLoop(Value tile);
  int64_t chooseFast(Value tile);
  void require(Value tile, LayoutAttr loop);
  void requireInexact(Value tile);
  void addCopy(Value leaf);
  int64_t cost(Value tile);
  int64_t countUses(Value tile, bool &repeated);
  bool isClobbered(tile::LoadOp load);

  void demandOperands();
  void decide(Operation *op);
  void decideInlineable(Operation *op);
  void decideDot(tile::DotOp dot);
  void decideCarried(Operation *op);
  void setHome(Value tile, Place place, LayoutAttr layout = {}, int64_t pitch = 0);
  void setShared(Value tile);
  void toRegisters(Value tile);

  tile::ProgramOp program;
  int64_t threads, operandLimit, sharedBytes = 0;
  DenseMap<Value, HomeAttr> homes;
  DenseMap<Value, int64_t> demanded; // pitch in shared memory
  DenseMap<Operation *, LayoutAttr> loops;
  DenseMap<Operation *, int64_t> chunks;
  DenseMap<Operation *, std::array<LayoutAttr, 2>> stagings;
  SmallVector<std::pair<SmallVector<int64_t>, LayoutAttr>> known;
};

} // namespace

static int64_t bytesOf(Value tile, int64_t pitch) {
  RankedTensorType type = tileType(tile);
  return type.getNumElements() / type.getShape().back() * pitch * cuda::getElementBytes(type.getElementType());
}

Coords Planner::identity(Value tile) {
  Coords coords;
  for (int64_t dim = 0; dim < tileType(tile).getRank(); ++dim)
    coords.push_back({Value(), dim});
  return coords;
}

/// Calls `visit` for each tile with a place of its own that computing `tile` at `coords` reads.
void Planner::visitLeaves(Value tile, ArrayRef<Coord> coords, Visit visit) {
  if (!isTile(tile))
    return;
  HomeAttr home = homes.lookup(tile);
  Operation *op = tile.getDefiningOp();
  if ((home && home.getPlace() != Place::Inline) || !canBeInline(op))
    return visit(tile, coords);
  for (OpOperand &operand : op->getOpOperands())
    if (isTile(operand.get()))
      visitLeaves(operand.get(), operandCoords(operand, coords, nullptr), visit);
}

/// The layout in which a tile will be made, judged by its operations alone: what a loop carries is laid out before its
/// body is seen. Null if nothing prescribes one.
LayoutAttr Planner::guessLayout(Value tile, SmallPtrSetImpl<Operation *> &seen) {
  if (!isTile(tile))
    return {};
  if (HomeAttr home = homes.lookup(tile); home && home.getPlace() != Place::Inline)
    return home.getLayout();
  if (auto argument = dyn_cast<BlockArgument>(tile)) {
    auto loop = dyn_cast<scf::ForOp>(argument.getOwner()->getParentOp());
    return loop ? guessLayout(loop.getTiedLoopResult(argument), seen) : LayoutAttr();
  }
  Operation *op = tile.getDefiningOp();
  if (auto dot = dyn_cast<tile::DotOp>(op))
    return getDotLayout(dot, threads);
  if (!seen.insert(op).second)
    return {};
  if (auto reduce = dyn_cast<tile::ReduceOp>(op)) {
    LayoutAttr source = guessLayout(reduce.getSource(), seen);
    RankedTensorType type = tileType(reduce.getSource());
    if (!source)
      source = getBlockedLayout(context(), type.getShape(), type.getRank() - 1, threads);
    return source.slice(reduce.getAxis(), type.getRank());
  }
  if (isElementwise(op)) {
    for (Value operand : op->getOperands())
      if (LayoutAttr layout = guessLayout(operand, seen))
        return layout;
    return {};
  }
  unsigned index = cast<OpResult>(tile).getResultNumber();
  if (auto loop = dyn_cast<scf::ForOp>(op)) {
    if (LayoutAttr layout = guessLayout(loop.getYieldedValues()[index], seen))
      return layout;
    return guessLayout(loop.getInitArgs()[index], seen);
  }
  if (auto branch = dyn_cast<scf::IfOp>(op))
    for (Block *block : {branch.thenBlock(), branch.elseBlock()})
      if (LayoutAttr layout = block ? guessLayout(block->getTerminator()->getOperand(index), seen) : LayoutAttr())
        return layout;
  return {};
}

/// The dimension of the tile along which global memory is contiguous.
int64_t Planner::chooseFast(Value tile) {
  int64_t fast = std::max<int64_t>(0, tileType(tile).getRank() - 1), best = 0;
  auto consider = [&](tile::LoadOp load, ArrayRef<Coord> coords) {
    SmallVector<int64_t> dims = getAccessDims(load.getSizes(), load.getType());
    if (dims.back() < 0 || coords[dims.back()].dim < 0 || tileType(load).getNumElements() <= best)
      return;
    best = tileType(load).getNumElements();
    fast = coords[dims.back()].dim;
  };
  std::function<void(Value, ArrayRef<Coord>)> visit = [&](Value value, ArrayRef<Coord> coords) {
    if (!isTile(value))
      return;
    Operation *op = value.getDefiningOp();
    if (auto load = dyn_cast_or_null<tile::LoadOp>(op))
      return consider(load, coords);
    HomeAttr home = homes.lookup(value);
    if ((home && home.getPlace() != Place::Inline) || !canBeInline(op))
      return;
    for (OpOperand &operand : op->getOpOperands())
      if (isTile(operand.get()))
        visit(operand.get(), operandCoords(operand, coords, nullptr));
  };
  visit(tile, identity(tile));
  return fast;
}

/// The layout of a loop over the elements of `tile`: the one for which most of what it reads is in the right thread.
LayoutAttr Planner::chooseLoop(Value tile) {
  ArrayRef<int64_t> shape = tileType(tile).getShape();
  SmallVector<LayoutAttr> candidates;
  SmallVector<std::pair<LayoutAttr, Coords>> leaves;
  visitLeaves(tile, identity(tile), [&](Value leaf, ArrayRef<Coord> coords) {
    HomeAttr home = homes.lookup(leaf);
    if (!home || home.getPlace() != Place::Registers)
      return;
    leaves.emplace_back(home.getLayout(), Coords(coords));
    // A leaf that covers all dimensions gives its own layout.
    SmallVector<int64_t> inverse(shape.size(), -1);
    for (auto [index, coord] : llvm::enumerate(coords))
      if (coord.dim >= 0)
        inverse[coord.dim] = index;
    if (llvm::all_of(llvm::zip(inverse, shape),
                     [](auto pair) { return std::get<0>(pair) >= 0 || std::get<1>(pair) == 1; }))
      candidates.push_back(home.getLayout().project(inverse));
  });
  candidates.push_back(getBlockedLayout(context(), shape, chooseFast(tile), threads));
  if (!leaves.empty())
    for (auto &[knownShape, layout] : known)
      if (ArrayRef<int64_t>(knownShape) == shape)
        candidates.push_back(layout);
  LayoutAttr best;
  size_t bestMisses = 0;
  for (LayoutAttr candidate : candidates) {
    size_t misses = llvm::count_if(leaves, [&](auto &leaf) { return !isDirect(leaf.first, leaf.second, candidate); });
    if (!best || misses < bestMisses)
      best = candidate, bestMisses = misses;
  }
  return best;
}

void Planner::addCopy(Value leaf) {
  HomeAttr home = homes.lookup(leaf);
  if (!home || home.getPlace() != Place::Registers || home.getPitch())
    return;
  int64_t pitch = demanded.lookup(leaf);
  if (!pitch)
    pitch = tileType(leaf).getRank() > 1 ? tileType(leaf).getShape().back() | 1 : tileType(leaf).getNumElements();
  setHome(leaf, Place::Registers, home.getLayout(), pitch);
  sharedBytes += bytesOf(leaf, pitch);
}

/// Whatever a loop by `loop` over `tile` reads from other threads gets a copy in shared memory.
void Planner::require(Value tile, LayoutAttr loop) {
  if (!isTile(tile))
    return;
  visitLeaves(tile, identity(tile), [&](Value leaf, ArrayRef<Coord> coords) {
    HomeAttr home = homes.lookup(leaf);
    if (home && home.getPlace() == Place::Registers && !isDirect(home.getLayout(), coords, loop))
      addCopy(leaf);
  });
}

/// The same for a user that reads any element in any thread.
void Planner::requireInexact(Value tile) {
  Coords coords(tileType(tile).getRank());
  visitLeaves(tile, coords, [&](Value leaf, ArrayRef<Coord>) { addCopy(leaf); });
}

/// Operations that computing one element takes.
int64_t Planner::cost(Value tile) {
  Operation *op = tile.getDefiningOp();
  HomeAttr home = homes.lookup(tile);
  if (!isTile(tile) || !op || (home && home.getPlace() != Place::Inline))
    return 0;
  int64_t own = isView(op) ? 0 : 1;
  if (isa<tile::LoadOp, tile::TakeOp>(op))
    own = 3;
  if (isa<math::MathDialect>(op->getDialect()) && !isa<math::AbsFOp, math::FmaOp, math::FloorOp, math::CeilOp>(op))
    own = 8;
  if (isa<arith::DivFOp, arith::RemFOp, arith::DivSIOp, arith::RemSIOp, arith::DivUIOp, arith::RemUIOp>(op))
    own = 4;
  for (Value operand : op->getOperands())
    own += cost(operand);
  return own;
}

/// The users that compute elements of `tile`, through views. `repeated`: some
/// user computes an element more than once, for it is broadcast or used in a deeper loop.
int64_t Planner::countUses(Value tile, bool &repeated) {
  int64_t count = 0;
  for (Operation *user : tile.getUsers()) {
    Operation *scope = user->getParentOp(), *own = tile.getParentBlock()->getParentOp();
    for (; scope != own; scope = scope->getParentOp())
      repeated |= isa<scf::ForOp>(scope);
    repeated |= isa<tile::BroadcastOp>(user);
    count += isView(user) ? countUses(user->getResult(0), repeated) : 1;
  }
  return count;
}

/// Whether the program writes to the memory that it loads from: the tile must then be kept, not loaded again.
bool Planner::isClobbered(tile::LoadOp load) {
  return llvm::any_of(load.getSource().getUsers(), [](Operation *user) { return isa<tile::StoreOp>(user); });
}

void Planner::setHome(Value tile, Place place, LayoutAttr layout, int64_t pitch) {
  homes[tile] = HomeAttr::get(context(), place, layout, pitch);
  if (layout)
    known.emplace_back(SmallVector<int64_t>(tileType(tile).getShape()), layout);
}

void Planner::setShared(Value tile) {
  int64_t pitch = demanded.lookup(tile);
  if (!pitch)
    pitch = tileType(tile).getRank() > 1 ? tileType(tile).getShape().back() | 1 : tileType(tile).getNumElements();
  if (canBeInline(tile.getDefiningOp())) {
    LayoutAttr loop = loops[tile.getDefiningOp()] = chooseLoop(tile);
    require(tile, loop);
  }
  setHome(tile, Place::Shared, {}, pitch);
  sharedBytes += bytesOf(tile, pitch);
}

/// Keeps an inlineable tile in registers, or in shared memory if it is too large for that.
void Planner::toRegisters(Value tile) {
  LayoutAttr layout = chooseLoop(tile);
  if (layout.getNumRegisters() > kMaxRegisters)
    return setShared(tile);
  require(tile, layout);
  setHome(tile, Place::Registers, layout);
  if (demanded.contains(tile))
    addCopy(tile);
}

/// Finds the tiles that must be in shared memory because threads read others' elements of them.
void Planner::demandOperands() {
  auto demand = [&](Value tile, int64_t pitch) {
    if (int64_t &old = demanded[tile]; !old)
      old = pitch;
  };
  program.walk([&](Operation *op) {
    if (auto dot = dyn_cast<tile::DotOp>(op)) {
      for (bool isB : {false, true}) {
        Value operand = isB ? dot.getB() : dot.getA();
        int64_t pitch = getOperandPitch(dot, isB, tileType(operand).getShape().back());
        if (!canBeInline(operand.getDefiningOp()) || bytesOf(operand, pitch) <= operandLimit)
          demand(operand, pitch);
      }
    } else if (isa<tile::TopKOp>(op)) {
      demand(op->getOperand(0), tileType(op->getOperand(0)).getShape().back() | 1);
    } else if (auto take = dyn_cast<tile::TakeOp>(op)) {
      if (!isa_and_nonnull<tile::LoadOp>(take.getSource().getDefiningOp()))
        demand(take.getSource(), tileType(take.getSource()).getShape().back() | 1);
    }
  });
}

void Planner::decideInlineable(Operation *op) {
  Value tile = op->getResult(0);
  setHome(tile, Place::Inline);
  bool repeated = false;
  int64_t uses = countUses(tile, repeated);
  auto load = dyn_cast<tile::LoadOp>(op);
  bool clobbered = load && isClobbered(load);
  if (demanded.contains(tile)) {
    // Others than the one who demands it may want it in registers.
    if (uses > 1 && isElementwise(op) && !chooseLoop(tile).getRegisters().empty())
      return toRegisters(tile);
    return setShared(tile);
  }
  if (isView(op) || isa<tile::TakeOp>(op))
    return;
  if (load) {
    bool keep = clobbered || (uses > 1 && !repeated && chooseLoop(tile).getNumRegisters() <= kMaxLoadRegisters);
    if (keep)
      toRegisters(tile);
    return;
  }
  if ((uses > 1 || repeated) && cost(tile) > kCheap)
    toRegisters(tile);
}

void Planner::decideDot(tile::DotOp dot) {
  LayoutAttr layout = getDotLayout(dot, threads);
  require(dot.getAcc(), layout);
  setHome(dot.getResult(), Place::Registers, layout);
  if (demanded.contains(dot.getResult()))
    addCopy(dot.getResult());
  int64_t depth = tileType(dot.getA()).getDimSize(1);
  for (bool isB : {false, true}) {
    Value operand = isB ? dot.getB() : dot.getA();
    HomeAttr home = homes.lookup(operand);
    if (home && home.getPlace() != Place::Inline) {
      addCopy(operand);
      continue;
    }
    std::optional<cuda::MmaKind> kind = getMmaKind(dot);
    int64_t step = kind ? getMmaDepth(*kind) : 1, chunk = std::min<int64_t>(depth, 32);
    while (depth % chunk || chunk % step)
      --chunk;
    chunks[dot] = chunk;
    SmallVector<int64_t> shape(tileType(operand).getShape());
    shape[!isB || dot.getTransposeB()] = chunk;
    stagings[dot][isB] = getBlockedLayout(context(), shape, chooseFast(operand), threads);
    requireInexact(operand);
    sharedBytes += bytesOf(operand, tileType(operand).getShape().back()) / depth * (chunk + 8);
  }
}

/// The results of a loop or condition, and what a loop carries.
void Planner::decideCarried(Operation *op) {
  for (OpResult result : op->getResults()) {
    if (!isTile(result))
      continue;
    SmallPtrSet<Operation *, 16> seen;
    LayoutAttr layout = guessLayout(result, seen);
    RankedTensorType type = tileType(result);
    if (!layout)
      layout = getBlockedLayout(context(), type.getShape(), std::max<int64_t>(0, type.getRank() - 1), threads);
    setHome(result, Place::Registers, layout);
    if (demanded.contains(result))
      addCopy(result);
    auto loop = dyn_cast<scf::ForOp>(op);
    if (!loop)
      continue;
    require(loop.getInitArgs()[result.getResultNumber()], layout);
    Value carried = loop.getRegionIterArg(result.getResultNumber());
    setHome(carried, Place::Registers, layout);
    if (demanded.contains(carried))
      addCopy(carried);
  }
}

void Planner::decide(Operation *op) {
  if (canBeInline(op) && isTile(op->getResult(0)))
    return decideInlineable(op);
  if (auto dot = dyn_cast<tile::DotOp>(op))
    return decideDot(dot);
  if (isa<scf::ForOp, scf::IfOp>(op))
    return decideCarried(op);
  if (auto reduce = dyn_cast<tile::ReduceOp>(op)) {
    LayoutAttr loop = loops[op] = chooseLoop(reduce.getSource());
    require(reduce.getSource(), loop);
    known.emplace_back(SmallVector<int64_t>(tileType(reduce.getSource()).getShape()), loop);
    if (!isTile(reduce.getResult()))
      return;
    setHome(reduce.getResult(), Place::Registers, loop.slice(reduce.getAxis(), tileType(reduce.getSource()).getRank()));
    if (demanded.contains(reduce.getResult()))
      addCopy(reduce.getResult());
    return;
  }
  if (isa<tile::ScanOp, tile::TopKOp>(op)) {
    requireInexact(op->getOperand(0));
    for (Value result : op->getResults())
      setShared(result);
    return;
  }
  if (auto store = dyn_cast<tile::StoreOp>(op)) {
    if (!isTile(store.getValue()))
      return;
    LayoutAttr loop = loops[op] = chooseLoop(store.getValue());
    require(store.getValue(), loop);
    if (!store.getRows())
      return;
    int64_t dim = getAccessDims(store.getSizes(), store.getValue().getType())[*store.getScatterDim()];
    visitLeaves(store.getRows(), {Coord{Value(), dim}}, [&](Value leaf, ArrayRef<Coord> coords) {
      HomeAttr home = homes.lookup(leaf);
      if (home && home.getPlace() == Place::Registers && !isDirect(home.getLayout(), coords, loop))
        addCopy(leaf);
    });
    return;
  }
  if (isa<scf::YieldOp>(op)) {
    Operation *parent = op->getParentOp();
    for (auto [result, value] : llvm::zip(parent->getResults(), op->getOperands()))
      if (isTile(result))
        require(value, homes.lookup(result).getLayout());
  }
}

void Planner::run() {
  demandOperands();
  program.walk<WalkOrder::PreOrder>([&](Operation *op) { decide(op); });
}

void Planner::annotate() {
  Builder builder(context());
  program->setAttr(cuda::kThreadsAttr, builder.getI64IntegerAttr(threads));
  program.walk([&](Operation *op) {
    SmallVector<Attribute> attrs;
    for (Value result : op->getResults())
      attrs.push_back(isTile(result) ? Attribute(homes.lookup(result)) : builder.getUnitAttr());
    if (llvm::any_of(op->getResults(), [](Value value) { return isTile(value); }))
      op->setAttr(cuda::kHomesAttr, builder.getArrayAttr(attrs));
    if (auto loop = dyn_cast<scf::ForOp>(op)) {
      // What is carried may have a copy that the result does not need, and the reverse.
      SmallVector<Attribute> carried;
      for (Value argument : loop.getRegionIterArgs())
        carried.push_back(isTile(argument) ? Attribute(homes.lookup(argument)) : builder.getUnitAttr());
      if (op->hasAttr(cuda::kHomesAttr))
        op->setAttr(cuda::kCarriedAttr, builder.getArrayAttr(carried));
    }
    if (LayoutAttr layout = loops.lookup(op))
      op->setAttr(cuda::kLayoutAttr, layout);
    if (int64_t chunk = chunks.lookup(op))
      op->setAttr(cuda::kChunkAttr, builder.getI64IntegerAttr(chunk));
    if (auto it = stagings.find(op); it != stagings.end()) {
      auto orUnit = [&](LayoutAttr layout) { return layout ? Attribute(layout) : builder.getUnitAttr(); };
      op->setAttr(cuda::kStagingAttr, builder.getArrayAttr({orUnit(it->second[0]), orUnit(it->second[1])}));
    }
  });
}

/// 256 threads where a dot's result would else take many registers.
static int64_t chooseThreads(tile::ProgramOp program) {
  if (auto given = program->getAttrOfType<IntegerAttr>(cuda::kThreadsAttr))
    return given.getInt();
  int64_t largest = 0;
  program.walk(
      [&](tile::DotOp dot) { largest = std::max<int64_t>(largest, tileType(dot.getResult()).getNumElements()); });
  return largest > 64 * 64 ? 256 : 128;
}

namespace {
struct AssignLayouts : hadal::impl::AssignLayoutsBase<AssignLayouts> {
  void runOnOperation() override {
    tile::ProgramOp program = getOperation();
    int64_t threads = chooseThreads(program);
    // Smaller and smaller pieces of operands until the block fits; the last attempt stands.
    for (int64_t limit : {32 << 10, 16 << 10, 8 << 10, 4 << 10}) {
      Planner planner(program, threads, limit);
      planner.run();
      if (planner.getSharedBytes() <= kSharedBudget || limit == 4 << 10)
        return planner.annotate();
    }
  }
};
} // namespace
