//===- Machine.cpp - Compiling functions to routines, and running them ----===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Machine.h"
#include "Lanes.h"
#include "Structured.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"

using namespace mlir;
using namespace hadal;
using llvm::Error;
using llvm::Expected;

/// "file:line:column" or the node's name in the model, as people look for it.
static void print(Location location, raw_ostream &os) {
  if (auto file = llvm::dyn_cast<FileLineColLoc>(location))
    os << file.getFilename().getValue() << ':' << file.getLine() << ':' << file.getColumn() << ": ";
  else if (auto name = llvm::dyn_cast<NameLoc>(location))
    os << name.getName().getValue() << ": ";
  else if (auto fused = llvm::dyn_cast<FusedLoc>(location); fused && !fused.getLocations().empty())
    print(fused.getLocations().front(), os);
  else if (auto call = llvm::dyn_cast<CallSiteLoc>(location))
    print(call.getCallee(), os);
}

Error hadal::failAt(Operation *op, const Twine &message) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  print(op->getLoc(), stream);
  stream << "'" << op->getName() << "' " << message;
  return llvm::createStringError(llvm::inconvertibleErrorCode(), text);
}

static Error runUnsupported(Machine &, Frame &, const Instr &instr) {
  return failAt(instr.op, "is not supported by the reference");
}

/// An operation of arith or math, on scalars or tensors.
static Error runLanes(Machine &machine, Frame &frame, const Instr &instr) {
  const LaneOp &lane = *static_cast<LaneOp *>(instr.cache.get());
  SmallVector<Lane, 3> inputs;
  const Datum *shaped = nullptr;
  for (unsigned index = 0; index < instr.operands.size(); ++index) {
    const Datum &datum = Machine::operand(frame, instr, index);
    if (!datum.isScalar()) {
      if (shaped && shaped->shape != datum.shape)
        return failAt(instr.op, "the operands differ in shape");
      shaped = &datum;
    }
    inputs.push_back({datum.data(), datum.isScalar() ? 0 : datum.stride});
  }
  Datum result;
  if (shaped) {
    Expected<Datum> storage = Machine::allocate(instr.op, shaped->shape);
    if (!storage)
      return storage.takeError();
    result = std::move(*storage);
  }
  if (!lane.fn(lane, inputs.data(), shaped ? result.data() : &result.scalar, shaped ? result.numElements() : 1))
    return failAt(instr.op, "division by zero");
  Machine::setResult(frame, instr, 0, std::move(result));
  return Error::success();
}

static Error runConstant(Machine &machine, Frame &frame, const Instr &instr) {
  Expected<Datum> value = machine.constant(instr.op, instr.op->getAttr("value"));
  if (!value)
    return value.takeError();
  Machine::setResult(frame, instr, 0, std::move(*value));
  return Error::success();
}

static const HandlerTable &handlerTable() {
  static const HandlerTable table = [] {
    HandlerTable table;
    table["arith.constant"] = runConstant;
    registerControlFlowHandlers(table);
    registerTensorHandlers(table);
    registerMemRefHandlers(table);
    registerLinalgHandlers(table);
    registerAttentionHandlers(table);
    registerLatentHandlers(table);
    registerCacheHandlers(table);
    registerSparseHandlers(table);
    registerSparseModelHandlers(table);
    registerQuantizationHandlers(table);
    registerParallelHandlers(table);
    registerGradientHandlers(table);
    registerLayerHandlers(table);
    registerRoutingHandlers(table);
    registerGlueHandlers(table);
    registerTileHandlers(table);
    registerTileMemoryHandlers(table);
    registerCheckHandlers(table);
    return table;
  }();
  return table;
}

Machine::Machine(ModuleOp module) : module(module) {}

FunctionOpInterface Machine::lookup(llvm::StringRef name) const {
  return llvm::dyn_cast_or_null<FunctionOpInterface>(SymbolTable::lookupSymbolIn(module, name));
}

//===----------------------------------------------------------------------===//
// Compilation
//===----------------------------------------------------------------------===//

static unsigned slotOf(Value value, Routine &routine) {
  return routine.slots.try_emplace(value, routine.slots.size()).first->second;
}

/// The operation of `block` that holds the last use of `value`; null if nothing uses it.
static Operation *lastUser(Value value, Block &block) {
  Operation *last = nullptr;
  for (Operation *user : value.getUsers())
    if (Operation *ancestor = block.findAncestorOpInBlock(*user))
      if (!last || last->isBeforeInBlock(ancestor))
        last = ancestor;
  return last;
}

Instr Machine::compile(Operation *op, Routine &routine) {
  Instr instr;
  instr.op = op;
  instr.routine = &routine;
  for (auto [index, operand] : llvm::enumerate(op->getOperands())) {
    instr.operands.push_back(slotOf(operand, routine));
    bool last = operand.getParentBlock() == op->getBlock() && lastUser(operand, *op->getBlock()) == op;
    // An operand that stands twice is moved by its last mention only, and never
    // where the op's own regions read it too.
    for (Operation *user : operand.getUsers())
      last &= user->getBlock() == op->getBlock() || !op->isAncestor(user);
    last &= !llvm::is_contained(op->getOperands().drop_front(index + 1), operand);
    instr.lastUse.push_back(last);
  }
  for (Value result : op->getResults())
    instr.results.push_back(slotOf(result, routine));

  auto it = handlerTable().find(op->getName().getStringRef());
  if (it != handlerTable().end()) {
    instr.handler = it->second;
  } else if (std::optional<LaneOp> lane = getLaneOp(op)) {
    instr.handler = runLanes;
    instr.cache = std::make_shared<LaneOp>(*lane);
  } else if (llvm::isa<linalg::LinalgOp>(op)) {
    instr.handler = runStructuredOp;
  } else {
    instr.handler = runUnsupported;
  }
  if (instr.handler == runStructuredOp) {
    instr.cache = LaneProgram::build(op->getRegion(0).front(), routine);
    if (instr.cache)
      return instr; // its body runs as a whole, without slots
  }
  for (Region &region : op->getRegions()) {
    if (region.hasOneBlock())
      instr.regions.push_back(compile(region.front(), routine));
    else if (region.empty())
      instr.regions.emplace_back();
    else
      instr.handler = runUnsupported;
  }
  return instr;
}

Body Machine::compile(Block &block, Routine &routine) {
  Body body;
  for (Value argument : block.getArguments())
    body.arguments.push_back(slotOf(argument, routine));
  llvm::DenseMap<Operation *, SmallVector<unsigned, 2>> dead;
  auto endLife = [&](Value value, Operation *definer) {
    Operation *last = lastUser(value, block);
    if (!last)
      last = definer;
    if (last)
      dead[last].push_back(slotOf(value, routine));
  };
  for (Value argument : block.getArguments())
    endLife(argument, nullptr);
  for (Operation &op : block)
    for (Value result : op.getResults())
      endLife(result, &op);

  for (Operation &op : block) {
    if (op.hasTrait<OpTrait::IsTerminator>()) {
      body.terminator = &op;
      for (auto [index, operand] : llvm::enumerate(op.getOperands())) {
        body.yields.push_back(slotOf(operand, routine));
        body.yieldsMove.push_back(operand.getParentBlock() == &block &&
                                  !llvm::is_contained(op.getOperands().drop_front(index + 1), operand));
      }
      break;
    }
    body.instrs.push_back(compile(&op, routine));
    body.instrs.back().dead = dead.lookup(&op);
  }
  return body;
}

const Routine &Machine::routine(FunctionOpInterface function) {
  std::unique_ptr<Routine> &routine = routines[function];
  if (!routine) {
    routine = std::make_unique<Routine>();
    routine->function = function;
    routine->body = compile(function.getFunctionBody().front(), *routine);
  }
  return *routine;
}

//===----------------------------------------------------------------------===//
// Execution
//===----------------------------------------------------------------------===//

Error Machine::run(const Body &body, Frame &frame) {
  for (const Instr &instr : body.instrs) {
    if (Error error = instr.handler(*this, frame, instr))
      return error;
    for (unsigned slot : instr.dead)
      frame.slots[slot] = Datum();
  }
  return Error::success();
}

void Machine::takeYields(const Body &body, Frame &frame, llvm::SmallVectorImpl<Datum> &results) {
  results.clear();
  for (auto [slot, move] : llvm::zip(body.yields, body.yieldsMove))
    results.push_back(move ? std::move(frame.slots[slot]) : frame.slots[slot]);
}

Error Machine::call(const Routine &routine, MutableArrayRef<Datum> arguments, llvm::SmallVectorImpl<Datum> &results) {
  constexpr unsigned kMaxDepth = 200;
  if (depth == kMaxDepth)
    return failAt(routine.function, "calls are nested too deeply");
  ++depth;
  Frame frame;
  frame.slots.resize(routine.slots.size());
  for (auto [slot, argument] : llvm::zip_equal(routine.body.arguments, arguments))
    frame.slots[slot] = std::move(argument);
  Error error = run(routine.body, frame);
  --depth;
  if (error)
    return error;
  takeYields(routine.body, frame, results);
  return Error::success();
}

Expected<Datum> Machine::allocate(Operation *op, ArrayRef<int64_t> shape) {
  constexpr int64_t kMaxElements = int64_t(1) << 31; // 16 GiB of cells
  Datum datum;
  datum.shape.assign(shape.begin(), shape.end());
  int64_t count = 1;
  for (int64_t size : shape) {
    if (size < 0)
      return failAt(op, "a dimension has the size " + Twine(size));
    if (size && count > kMaxElements / size)
      return failAt(op, "a tensor is too large");
    count *= size;
  }
  datum.buffer = std::make_shared<Buffer>();
  datum.buffer->size = count;
  datum.buffer->cells.reset(new (std::nothrow) Cell[count]);
  if (!datum.buffer->cells)
    return failAt(op, "out of memory");
  std::fill_n(datum.buffer->cells.get(), count, intCell(kPoison));
  return datum;
}

Error Machine::unshare(Operation *op, Datum &datum) {
  if (datum.isScalar() || datum.buffer.use_count() == 1)
    return Error::success();
  Expected<Datum> copy = allocate(op, datum.shape);
  if (!copy)
    return copy.takeError();
  for (int64_t index = 0, end = datum.numElements(); index < end; ++index)
    copy->at(index) = datum.at(index);
  datum = std::move(*copy);
  return Error::success();
}
