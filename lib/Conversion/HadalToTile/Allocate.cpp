//===- Allocate.cpp - --hadal-allocate ------------------------------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hadal/Conversion/HadalToTile/Passes.h"

#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/IR/IRMapping.h"

namespace hadal {
#define GEN_PASS_DEF_ALLOCATE
#include "hadal/Conversion/HadalToTile/Passes.h.inc"
} // namespace hadal

using namespace mlir;
using namespace hadal;

namespace {

constexpr int64_t kAlignment = 64;

/// Memory that a chain of launches writes: an output or global, or a slot of
/// the workspace from the first launch that writes it to the last use.
struct Buffer {
  tensor::EmptyOp shape; // its sizes
  RankedTensorType type;
  unsigned begin, end;            // positions of operations
  std::optional<unsigned> result; // the function's result that it is
  unsigned slot = 0;
};

/// One function: what `analyse` finds, from which both functions are made.
class Allocation {
public:
  explicit Allocation(func::FuncOp function) : source(function) {}
  LogicalResult analyse();
  void assignSlots();
  void emitHost();
  void emitPlan();

private:
  std::optional<unsigned> bufferOf(Value tensor) const;
  SmallVector<OpFoldResult> sizesOf(Value tensor) const;
  void cloneIndices(OpBuilder &b, IRMapping &mapping, function_ref<Value(unsigned arg, int64_t dim)> argumentDim);
  OpFoldResult bytesOf(OpBuilder &b, const Buffer &buffer, IRMapping &mapping);
  SmallVector<OpFoldResult> slotOffsets(OpBuilder &b, IRMapping &mapping);
  Value resultMemory(OpBuilder &b, Value tensor, Value memory, Value base, IRMapping &mapping);
  bool isInit() { return source.getSymName() == "hadal.init"; }

  func::FuncOp source;
  SmallVector<Buffer> buffers;
  DenseMap<Value, unsigned> bufferIndex; // launch results
  unsigned slots = 0;
};

class AllocatePass : public hadal::impl::AllocateBase<AllocatePass> {
  void runOnOperation() override {
    SmallVector<func::FuncOp> functions;
    for (auto function : getOperation().getOps<func::FuncOp>())
      if (!function.isExternal() && !function->hasAttr("hadal.plan") && !function->hasAttr("hadal.entry"))
        functions.push_back(function);
    for (func::FuncOp function : functions) {
      Allocation allocation(function);
      if (failed(allocation.analyse()))
        return signalPassFailure();
      allocation.assignSlots();
      allocation.emitHost();
      allocation.emitPlan();
      function.erase();
    }
  }
};

} // namespace

static bool isReshape(Operation *op) { return isa_and_present<tensor::CollapseShapeOp, tensor::ExpandShapeOp>(op); }

static Value withoutReshapes(Value value) {
  while (isReshape(value.getDefiningOp()))
    value = value.getDefiningOp()->getOperand(0);
  return value;
}

static MemRefType memoryType(Type tensor) {
  auto type = cast<RankedTensorType>(tensor);
  return MemRefType::get(type.getShape(), type.getElementType());
}

static int64_t bytesOfElement(Type type) {
  return type.isIndex() ? 8 : llvm::divideCeil(type.getIntOrFloatBitWidth(), 8);
}

//===----------------------------------------------------------------------===//
// Buffers and slots
//===----------------------------------------------------------------------===//

std::optional<unsigned> Allocation::bufferOf(Value tensor) const {
  auto it = bufferIndex.find(withoutReshapes(tensor));
  return it == bufferIndex.end() ? std::nullopt : std::optional(it->second);
}

/// Equal launches may have become one whose result several others write on: each
/// of those gets its own again.
static void unshare(func::FuncOp function) {
  function.walk([](tile::LaunchOp launch) {
    for (OpOperand &output : launch.getOutputsMutable()) {
      OpOperand *written = &output;
      OpBuilder b(launch);
      while (auto before = written->get().getDefiningOp<tile::LaunchOp>()) {
        if (written->get().hasOneUse())
          break;
        auto result = cast<OpResult>(written->get());
        auto again = cast<tile::LaunchOp>(b.clone(*before));
        written->set(again->getResult(result.getResultNumber()));
        written = again.getTiedOpOperand(again->getResult(result.getResultNumber()));
        b.setInsertionPoint(again);
      }
    }
  });
}

LogicalResult Allocation::analyse() {
  unsigned position = 0;
  if (!source.getBody().hasOneBlock())
    return source.emitError("a host program has one block");
  unshare(source);
  for (Operation &op : source.getBody().front()) {
    ++position;
    if (auto launch = dyn_cast<tile::LaunchOp>(op)) {
      for (auto [output, result] : llvm::zip(launch.getOutputs(), launch.getResults())) {
        if (auto empty = output.getDefiningOp<tensor::EmptyOp>()) {
          bufferIndex[result] = buffers.size();
          buffers.push_back({empty, cast<RankedTensorType>(result.getType()), position, position, std::nullopt});
          continue;
        }
        std::optional<unsigned> index = bufferIndex.count(output) ? bufferOf(output) : std::nullopt;
        if (!index || !output.hasOneUse())
          return launch.emitError("an output must be empty or the one use of another launch's result");
        bufferIndex[result] = *index;
      }
    } else if (!isReshape(&op) && !isa<tensor::EmptyOp, tensor::DimOp, tile::GetGlobalOp, func::ReturnOp>(op)) {
      bool scalars = llvm::none_of(op.getOperandTypes(), llvm::IsaPred<ShapedType>) &&
                     llvm::none_of(op.getResultTypes(), llvm::IsaPred<ShapedType>) && op.getNumRegions() == 0;
      if (!scalars)
        return op.emitError("no place in a host program");
    }
    if (auto dim = dyn_cast<tensor::DimOp>(op);
        dim && (!isa<BlockArgument>(dim.getSource()) || !dim.getConstantIndex()))
      return op.emitError("a size must come from an argument");
    for (Value operand : op.getOperands())
      if (isa<RankedTensorType>(operand.getType()))
        if (std::optional<unsigned> index = bufferOf(operand))
          buffers[*index].end = position;
  }
  for (OpOperand &operand : source.getBody().front().getTerminator()->getOpOperands()) {
    std::optional<unsigned> index = bufferOf(operand.get());
    if (!index || buffers[*index].result)
      return source.emitError("result ") << operand.getOperandNumber() << " needs memory of its own";
    buffers[*index].result = operand.getOperandNumber();
  }
  return success();
}

static bool sameSize(Buffer &x, Buffer &y) {
  return x.type.getElementType() == y.type.getElementType() && x.type.getShape() == y.type.getShape() &&
         ValueRange(x.shape.getDynamicSizes()) == ValueRange(y.shape.getDynamicSizes());
}

/// In order of birth: a slot whose last buffer is dead, best one of the same
/// size. (Reuse never costs: the larger of two is at most their sum.)
void Allocation::assignSlots() {
  struct Slot {
    unsigned end;
    Buffer *last;
  };
  SmallVector<Slot> made;
  for (Buffer &buffer : buffers) {
    if (buffer.result)
      continue;
    std::optional<unsigned> best;
    for (auto [i, slot] : llvm::enumerate(made))
      if (slot.end < buffer.begin && (!best || sameSize(*slot.last, buffer)))
        best = i;
    if (!best) {
      best = made.size();
      made.push_back({});
    }
    made[*best] = {buffer.end, &buffer};
    buffer.slot = *best;
  }
  slots = made.size();
}

//===----------------------------------------------------------------------===//
// Sizes
//===----------------------------------------------------------------------===//

/// The sizes of a launch's result or of a reshape of it, in the source.
SmallVector<OpFoldResult> Allocation::sizesOf(Value tensor) const {
  Operation *op = tensor.getDefiningOp();
  if (auto expand = dyn_cast<tensor::ExpandShapeOp>(op))
    return expand.getMixedOutputShape();
  if (isa<tile::LaunchOp>(op)) {
    tensor::EmptyOp empty = buffers[*bufferOf(tensor)].shape;
    return empty.getMixedSizes();
  }
  // A collapsed dimension: the product, where it is needed (cloneIndices made its factors).
  auto collapse = cast<tensor::CollapseShapeOp>(op);
  SmallVector<OpFoldResult> wide = sizesOf(collapse.getSrc()), sizes;
  OpBuilder b(op);
  for (auto [i, group] : llvm::enumerate(collapse.getReassociationIndices())) {
    OpFoldResult size = b.getIndexAttr(1);
    AffineExpr x, y;
    bindSymbols(b.getContext(), x, y);
    for (int64_t dim : group)
      size = affine::makeComposedFoldedAffineApply(b, op->getLoc(), x * y, {size, wide[dim]});
    sizes.push_back(size);
  }
  return sizes;
}

static OpFoldResult mapped(OpFoldResult size, IRMapping &mapping) {
  if (auto value = llvm::dyn_cast_if_present<Value>(size))
    return mapping.lookup(value);
  return size;
}

/// Clones the index arithmetic, which depends on the arguments' sizes alone.
void Allocation::cloneIndices(OpBuilder &b, IRMapping &mapping, function_ref<Value(unsigned, int64_t)> argumentDim) {
  for (Operation &op : source.getBody().front().without_terminator()) {
    if (auto dim = dyn_cast<tensor::DimOp>(op))
      mapping.map(dim.getResult(),
                  argumentDim(cast<BlockArgument>(dim.getSource()).getArgNumber(), *dim.getConstantIndex()));
    else if (llvm::none_of(op.getResultTypes(), llvm::IsaPred<ShapedType>) && op.getNumResults())
      b.clone(op, mapping);
  }
}

OpFoldResult Allocation::bytesOf(OpBuilder &b, const Buffer &buffer, IRMapping &mapping) {
  AffineExpr x, y;
  bindSymbols(b.getContext(), x, y);
  tensor::EmptyOp shape = buffer.shape;
  OpFoldResult bytes = b.getIndexAttr(bytesOfElement(buffer.type.getElementType()));
  for (OpFoldResult size : shape.getMixedSizes())
    bytes = affine::makeComposedFoldedAffineApply(b, source.getLoc(), x * y, {bytes, mapped(size, mapping)});
  return affine::makeComposedFoldedAffineApply(b, source.getLoc(), x.ceilDiv(kAlignment) * kAlignment, {bytes});
}

/// The offset of each slot, then the size of all.
SmallVector<OpFoldResult> Allocation::slotOffsets(OpBuilder &b, IRMapping &mapping) {
  Location loc = source.getLoc();
  SmallVector<OpFoldResult> sizes(slots, b.getIndexAttr(0)), offsets;
  SmallVector<SmallVector<Buffer *>> seen(slots);
  for (Buffer &buffer : buffers) {
    auto known = [&](Buffer *other) { return sameSize(*other, buffer); };
    if (buffer.result || llvm::any_of(seen[buffer.slot], known))
      continue;
    OpFoldResult bytes = bytesOf(b, buffer, mapping), &size = sizes[buffer.slot];
    bool first = seen[buffer.slot].empty();
    seen[buffer.slot].push_back(&buffer);
    std::optional<int64_t> x = getConstantIntValue(size), y = getConstantIntValue(bytes);
    if (first)
      size = bytes;
    else if (x && y)
      size = b.getIndexAttr(std::max(*x, *y));
    else
      size = arith::MaxSIOp::create(b, loc, getValueOrCreateConstantIndexOp(b, loc, size),
                                    getValueOrCreateConstantIndexOp(b, loc, bytes))
                 .getResult();
  }
  OpFoldResult offset = b.getIndexAttr(0);
  for (OpFoldResult size : sizes) {
    offsets.push_back(offset);
    AffineExpr x, y;
    bindSymbols(b.getContext(), x, y);
    offset = affine::makeComposedFoldedAffineApply(b, loc, x + y, {offset, size});
  }
  offsets.push_back(offset);
  return offsets;
}

//===----------------------------------------------------------------------===//
// The two functions
//===----------------------------------------------------------------------===//

static void eraseUnused(Block &block) {
  for (Operation &op : llvm::make_early_inc_range(llvm::reverse(block)))
    if (op.getNumResults() && op.use_empty())
      op.erase();
}

/// The memory of `base`, of which the function's result `tensor` (in `memory`)
/// is a chain of reshapes: the chain, undone.
Value Allocation::resultMemory(OpBuilder &b, Value tensor, Value memory, Value base, IRMapping &mapping) {
  while (tensor != base) {
    Operation *op = tensor.getDefiningOp();
    Value inner = op->getOperand(0);
    MemRefType type = memoryType(inner.getType());
    if (auto expand = dyn_cast<tensor::ExpandShapeOp>(op)) {
      memory = memref::CollapseShapeOp::create(b, op->getLoc(), type, memory, expand.getReassociationIndices());
    } else {
      SmallVector<OpFoldResult> sizes;
      for (OpFoldResult size : sizesOf(inner))
        sizes.push_back(mapped(size, mapping));
      memory = memref::ExpandShapeOp::create(b, op->getLoc(), type, memory,
                                             cast<tensor::CollapseShapeOp>(op).getReassociationIndices(), sizes);
    }
    tensor = inner;
  }
  return memory;
}

void Allocation::emitHost() {
  Location loc = source.getLoc();
  OpBuilder b(source);
  Operation *terminator = source.getBody().front().getTerminator();
  SmallVector<Type> types;
  SmallVector<Attribute> attributes;
  auto addArgument = [&](Type type, DictionaryAttr dict, bool output) {
    NamedAttrList list(dict ? dict : b.getDictionaryAttr({}));
    if (output)
      list.set("hadal.output", b.getUnitAttr());
    types.push_back(type);
    attributes.push_back(list.getDictionary(b.getContext()));
  };
  for (BlockArgument argument : source.getArguments())
    addArgument(memoryType(argument.getType()), source.getArgAttrDict(argument.getArgNumber()), false);
  if (!isInit())
    for (OpOperand &operand : terminator->getOpOperands())
      addArgument(memoryType(operand.get().getType()), source.getResultAttrDict(operand.getOperandNumber()), true);
  addArgument(MemRefType::get({ShapedType::kDynamic}, b.getI8Type()), {}, false);

  auto host = func::FuncOp::create(b, loc, source.getSymName(), b.getFunctionType(types, {}));
  host->setAttr("hadal.entry", b.getUnitAttr());
  host.setArgAttrsAttr(b.getArrayAttr(attributes));
  if (StringAttr visibility = source.getSymVisibilityAttr())
    host.setSymVisibilityAttr(visibility);
  b.setInsertionPointToStart(host.addEntryBlock());
  unsigned inputs = source.getNumArguments();
  Value workspace = host.getArguments().back();

  IRMapping mapping;
  for (BlockArgument argument : source.getArguments())
    mapping.map(argument, host.getArgument(argument.getArgNumber()));
  cloneIndices(b, mapping, [&](unsigned argument, int64_t dim) -> Value {
    return memref::DimOp::create(b, loc, host.getArgument(argument), dim);
  });
  SmallVector<OpFoldResult> offsets = slotOffsets(b, mapping);

  SmallVector<Value> memory(buffers.size());
  auto bufferMemory = [&](unsigned index, Value result) -> Value {
    Buffer &buffer = buffers[index];
    if (memory[index])
      return memory[index];
    if (buffer.result) {
      Value tensor = terminator->getOperand(*buffer.result), whole;
      if (isInit()) {
        auto global = cast<FlatSymbolRefAttr>(source.getResultAttr(*buffer.result, "hadal.global"));
        whole = tile::GetGlobalOp::create(b, loc, memoryType(tensor.getType()), global);
      } else {
        whole = host.getArgument(inputs + *buffer.result);
      }
      return memory[index] = resultMemory(b, tensor, whole, withoutReshapes(tensor), mapping);
    }
    SmallVector<Value> sizes;
    for (Value size : buffer.shape.getDynamicSizes())
      sizes.push_back(mapping.lookup(size));
    Value offset = getValueOrCreateConstantIndexOp(b, loc, offsets[buffer.slot]);
    return memory[index] =
               memref::ViewOp::create(b, result.getLoc(), memoryType(buffer.type), workspace, offset, sizes);
  };
  for (Operation &op : source.getBody().front().without_terminator()) {
    if (auto global = dyn_cast<tile::GetGlobalOp>(op)) {
      mapping.map(
          global.getResult(),
          tile::GetGlobalOp::create(b, op.getLoc(), memoryType(global.getType()), global.getGlobalAttr()).getResult());
    } else if (auto expand = dyn_cast<tensor::ExpandShapeOp>(op)) {
      SmallVector<OpFoldResult> sizes;
      for (OpFoldResult size : expand.getMixedOutputShape())
        sizes.push_back(mapped(size, mapping));
      mapping.map(expand.getResult(), memref::ExpandShapeOp::create(b, op.getLoc(), memoryType(expand.getType()),
                                                                    mapping.lookup(expand.getSrc()),
                                                                    expand.getReassociationIndices(), sizes)
                                          .getResult());
    } else if (auto collapse = dyn_cast<tensor::CollapseShapeOp>(op)) {
      mapping.map(collapse.getResult(),
                  memref::CollapseShapeOp::create(b, op.getLoc(), memoryType(collapse.getType()),
                                                  mapping.lookup(collapse.getSrc()), collapse.getReassociationIndices())
                      .getResult());
    } else if (auto launch = dyn_cast<tile::LaunchOp>(op)) {
      SmallVector<Value> grid, ins, outs;
      for (Value size : launch.getGrid())
        grid.push_back(mapping.lookup(size));
      for (Value input : launch.getInputs())
        ins.push_back(mapping.lookup(input));
      for (Value result : launch.getResults()) {
        outs.push_back(bufferMemory(bufferIndex.lookup(result), result));
        mapping.map(result, outs.back());
      }
      tile::LaunchOp::create(b, op.getLoc(), TypeRange(), launch.getProgramAttr(), grid, ins, outs);
    }
  }
  func::ReturnOp::create(b, loc);
  eraseUnused(host.getBody().front());
}

void Allocation::emitPlan() {
  Location loc = source.getLoc();
  OpBuilder b(source);
  SmallVector<Type> types;
  SmallVector<unsigned> firstDim;
  for (Type type : source.getArgumentTypes()) {
    firstDim.push_back(types.size());
    types.append(cast<RankedTensorType>(type).getRank(), b.getIndexType());
  }
  auto plan = func::FuncOp::create(b, loc, (source.getSymName() + ".plan").str(), b.getFunctionType(types, {}));
  plan->setAttr("hadal.plan", b.getUnitAttr());
  b.setInsertionPointToStart(plan.addEntryBlock());
  IRMapping mapping;
  SmallVector<SmallVector<OpFoldResult>> outputs;
  if (!isInit())
    for (Value result : source.getBody().front().getTerminator()->getOperands())
      outputs.push_back(sizesOf(result));
  cloneIndices(b, mapping,
               [&](unsigned argument, int64_t dim) -> Value { return plan.getArgument(firstDim[argument] + dim); });
  SmallVector<Value> results{getValueOrCreateConstantIndexOp(b, loc, slotOffsets(b, mapping).back())};
  for (ArrayRef<OpFoldResult> sizes : outputs)
    for (OpFoldResult size : sizes)
      results.push_back(getValueOrCreateConstantIndexOp(b, loc, mapped(size, mapping)));
  func::ReturnOp::create(b, loc, results);
  plan.setFunctionType(b.getFunctionType(types, ValueRange(results).getTypes()));
  eraseUnused(plan.getBody().front());
}
