//===- TileMemory.cpp - tile: launches, globals, loads, stores ------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Grid points run one after the other, but are independent by contract. What
// would depend on their order is an error here: a load of what another point
// of the same launch stored, and two points that store different values to one
// place without accumulation.
//
//===----------------------------------------------------------------------===//

#include "Convert.h"
#include "Helpers.h"

#include "dialects/Tile/IR/Tile.h"

using namespace mlir;
using namespace hadal;
using llvm::Error;
using llvm::Expected;

//===----------------------------------------------------------------------===//
// Launches and globals
//===----------------------------------------------------------------------===//

static Error runProgramId(Machine &, Frame &frame, const Instr &instr) {
  return finish(frame, instr, Datum::ofInt(frame.programId[llvm::cast<tile::ProgramIdOp>(instr.op).getDim()]));
}

static Error runLaunch(Machine &machine, Frame &frame, const Instr &instr) {
  auto op = llvm::cast<tile::LaunchOp>(instr.op);
  auto program = llvm::dyn_cast_or_null<tile::ProgramOp>(machine.lookup(op.getProgram()).getOperation());
  if (!program)
    return failAt(op, "no tile.program named @" + op.getProgram());
  std::array<int64_t, 3> grid = {1, 1, 1};
  unsigned gridSize = op.getGrid().size(), numInputs = op.getInputs().size();
  if (gridSize > grid.size())
    return failAt(op, "has a grid of more than three dimensions");
  for (unsigned dim = 0; dim < gridSize; ++dim)
    if (grid[dim] = Machine::operand(frame, instr, dim).scalar.i; grid[dim] < 0)
      return failAt(op, "dimension " + Twine(dim) + " of the grid is " + Twine(grid[dim]));

  // Inputs first: an output may be the same value, and is then not moved but copied.
  SmallVector<Datum, 8> arguments;
  for (unsigned index = gridSize; index < instr.operands.size(); ++index) {
    bool isOutput = index >= gridSize + numInputs;
    arguments.push_back(isOutput ? Machine::take(frame, instr, index) : Machine::operand(frame, instr, index));
  }
  bool onTensors = op->getNumResults() != 0;
  for (unsigned index = numInputs; onTensors && index < arguments.size(); ++index)
    if (Error error = Machine::unshare(op, arguments[index]))
      return error;
  for (auto [index, type] : llvm::enumerate(program.getArgumentTypes()))
    if (auto memref = llvm::dyn_cast<MemRefType>(type))
      for (auto [dim, size] : llvm::enumerate(memref.getShape()))
        if (!ShapedType::isDynamic(size) && size != arguments[index].shape[dim])
          return failAt(op, "argument " + Twine(index) + " has " + Twine(arguments[index].shape[dim]) +
                                " in dimension " + Twine(dim) + " where @" + op.getProgram() + " has " + Twine(size));

  const Routine &routine = machine.routine(program);
  Frame inner;
  inner.slots.resize(routine.slots.size());
  inner.firstWriter = inner.writer = machine.reserveWriters(grid[0] * grid[1] * grid[2]);
  for (int64_t z = 0; z < grid[2]; ++z)
    for (int64_t y = 0; y < grid[1]; ++y)
      for (int64_t x = 0; x < grid[0]; ++x, ++inner.writer) {
        inner.programId = {x, y, z};
        for (auto [slot, argument] : llvm::zip_equal(routine.body.arguments, arguments))
          inner.slots[slot] = argument;
        if (Error error = machine.run(routine.body, inner))
          return error;
      }
  inner.slots.clear();
  for (unsigned index = 0; index < instr.results.size(); ++index)
    Machine::setResult(frame, instr, index, std::move(arguments[numInputs + index]));
  return Error::success();
}

Expected<Datum> Machine::global(Operation *op, llvm::StringRef name) {
  auto it = globals.find(name);
  if (it != globals.end())
    return it->second;
  auto global = llvm::dyn_cast_or_null<tile::GlobalOp>(SymbolTable::lookupSymbolIn(module, name));
  if (!global)
    return failAt(op, "no tile.global named @" + name);
  Expected<Datum> datum = global.getValueAttr() ? ofAttribute(global, global.getValueAttr())
                                                : allocate(global, llvm::cast<ShapedType>(global.getType()).getShape());
  if (datum)
    globals[name] = *datum;
  return datum;
}

static Error runGetGlobal(Machine &machine, Frame &frame, const Instr &instr) {
  return finish(frame, instr, machine.global(instr.op, llvm::cast<tile::GetGlobalOp>(instr.op).getGlobal()));
}

//===----------------------------------------------------------------------===//
// Loads and stores
//===----------------------------------------------------------------------===//

namespace {
/// The places in memory that a tile stands for.
struct Place {
  const Datum &memory;
  SmallVector<int64_t, 4> offsets;
  ArrayRef<int64_t> sizes;
  SmallVector<int64_t, 4> strides;
  const Datum *rows = nullptr;
  int64_t rowsDim = -1;

  Place(Frame &frame, const Instr &instr, unsigned memoryOperand, ArrayRef<int64_t> sizes,
        std::optional<ArrayRef<int64_t>> strides, std::optional<int64_t> rowsDim)
      : memory(Machine::operand(frame, instr, memoryOperand)), sizes(sizes) {
    unsigned next = memoryOperand + 1;
    for (size_t dim = 0; dim < sizes.size(); ++dim)
      offsets.push_back(Machine::operand(frame, instr, next++).scalar.i);
    this->strides.assign(sizes.size(), 1);
    if (strides)
      this->strides.assign(strides->begin(), strides->end());
    if (rowsDim) {
      rows = &Machine::operand(frame, instr, next);
      this->rowsDim = *rowsDim;
    }
  }

  /// The coordinate of element `index` in dimension `dim`; −1 if it is outside.
  int64_t coordinate(size_t dim, int64_t index) const {
    int64_t at = offsets[dim] + index * strides[dim];
    if (static_cast<int64_t>(dim) == rowsDim) {
      if (rows->i(index) < 0)
        return -1;
      at = offsets[dim] + rows->i(index);
    }
    return at >= 0 && at < memory.shape[dim] ? at : -1;
  }

  /// Calls `visit(element of the tile, cell of the buffer or −1)` in order, as long as it returns true.
  template <typename Fn> void forEach(Fn visit) const {
    SmallVector<int64_t, 4> memoryStrides = rowMajorStrides(memory.shape), point(sizes.size(), 0), outer(sizes);
    int64_t count = sizes.empty() ? 1 : sizes.back(), linear = 0;
    if (!outer.empty())
      outer.back() = 1;
    do {
      int64_t base = 0;
      bool inside = true;
      for (size_t dim = 0; dim + 1 < sizes.size(); ++dim) {
        int64_t at = coordinate(dim, point[dim]);
        inside &= at >= 0;
        base += at * memoryStrides[dim];
      }
      for (int64_t n = 0; n < count; ++n, ++linear) {
        int64_t last = sizes.empty() ? 0 : inside ? coordinate(sizes.size() - 1, n) : -1;
        if (!visit(linear, last < 0 ? -1 : memory.offset + (base + last) * memory.stride))
          return;
      }
    } while (nextPoint(point, outer));
  }
};
} // namespace

static ArrayRef<int64_t> shapeOf(Type type) {
  auto shaped = llvm::dyn_cast<ShapedType>(type);
  return shaped ? shaped.getShape() : ArrayRef<int64_t>();
}

static Error runLoad(Machine &, Frame &frame, const Instr &instr) {
  auto op = llvm::cast<tile::LoadOp>(instr.op);
  Place place(frame, instr, 0, op.getSizes(), op.getStrides(), op.getGatherDim());
  Cell pad = op.getPad() ? Machine::operand(frame, instr, instr.operands.size() - 1).scalar : Cell{0};
  bool isScalar = !llvm::isa<ShapedType>(op.getResult().getType());
  Datum result;
  if (!isScalar) {
    Expected<Datum> storage = Machine::allocate(op, shapeOf(op.getResult().getType()));
    if (!storage)
      return storage.takeError();
    result = std::move(*storage);
  }
  Cell *out = isScalar ? &result.scalar : result.data();
  const Buffer &buffer = *place.memory.buffer;
  bool conflict = false;
  place.forEach([&](int64_t element, int64_t cell) {
    out[element] = cell < 0 ? pad : buffer.cells[cell];
    if (cell >= 0 && buffer.writers)
      conflict |= buffer.writers[cell] >= frame.firstWriter && buffer.writers[cell] != frame.writer;
    return !conflict;
  });
  if (conflict)
    return failAt(op, "reads what another grid point of the same launch stores");
  return finish(frame, instr, std::move(result));
}

static Error runStore(Machine &, Frame &frame, const Instr &instr) {
  auto op = llvm::cast<tile::StoreOp>(instr.op);
  Place place(frame, instr, 1, op.getSizes(), op.getStrides(), op.getScatterDim());
  const Datum &value = Machine::operand(frame, instr, 0);
  Buffer &buffer = *place.memory.buffer;
  if (!buffer.writers)
    buffer.writers.reset(new uint64_t[buffer.size]());
  bool accumulates = op.getAccumulate(), isFloat = hasFloats(op.getValue().getType()), conflict = false;
  place.forEach([&](int64_t element, int64_t cell) {
    if (cell < 0)
      return true;
    Cell next = value.at(element), &old = buffer.cells[cell];
    bool sameLaunch = buffer.writers[cell] >= frame.firstWriter;
    conflict |= sameLaunch && buffer.writers[cell] != frame.writer && !accumulates && old.i != next.i;
    buffer.writers[cell] = frame.writer;
    if (!accumulates)
      old = next;
    else if (isFloat)
      old.f += next.f;
    else
      old.i += next.i;
    return !conflict;
  });
  if (conflict)
    return failAt(op, "stores where another grid point of the same launch stores another value");
  return Error::success();
}

void hadal::registerTileMemoryHandlers(HandlerTable &table) {
  table["tile.launch"] = runLaunch;
  table["tile.program_id"] = runProgramId;
  table["tile.get_global"] = runGetGlobal;
  table["tile.load"] = runLoad;
  table["tile.store"] = runStore;
}
