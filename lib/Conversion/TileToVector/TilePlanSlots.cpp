//===- TilePlanSlots.cpp - Scratch memory for the buffers of a program ----===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Buffers live from the operation that fills them to their last reader. Two
// share a slot if one is computed from the other element by element and the
// other is not read again: the state of a loop is updated in place.
//
//===----------------------------------------------------------------------===//

#include "lib/Conversion/TileToVector/TilePlan.h"

#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace hadal;
using namespace hadal::cpu;

/// Slots start at cache lines; a vector may be read beyond the last element, so each ends with one to spare.
static constexpr int64_t kAlignment = 64;
static constexpr int64_t kSpareElements = 16;

unsigned TilePlan::positionOfRead(Operation *reader, Block *block) const {
  unsigned position = positions.lookup(reader).first;
  for (Operation *op = reader; op && op->getBlock() != block; op = op->getParentOp())
    if (Operation *parent = op->getParentOp(); isa_and_nonnull<scf::ForOp>(parent))
      position = positions.lookup(parent).second;
  return position;
}

unsigned TilePlan::lastRead(Value tile) const {
  unsigned last = 0;
  if (auto it = readers.find(tile); it != readers.end())
    for (Operation *reader : it->second)
      last = std::max(last, positionOfRead(reader, tile.getParentBlock()));
  return last;
}

/// Calls `fn(operand, aligned)` for the tiles that `op` is made of.
template <typename Fn> static void forOperands(Operation *op, bool aligned, Fn fn) {
  if (auto take = dyn_cast<tile::TakeOp>(op)) {
    fn(take.getSource(), false);
    fn(take.getColumns(), aligned);
    return;
  }
  aligned &= !isa<tile::BroadcastOp, tile::TransposeOp, tile::LoadOp>(op);
  for (Value operand : op->getOperands())
    if (tileType(operand))
      fn(operand, aligned);
}

void TilePlan::visitOperands(Operation *op, bool aligned, Visitor visit) const {
  forOperands(op, aligned, [&](Value operand, bool own) { visitBuffers(operand, own, visit); });
}

void TilePlan::visitBuffers(Value tile, bool aligned, Visitor visit) const {
  SmallVector<std::pair<Value, bool>> work{{tile, aligned}};
  llvm::SmallPtrSet<Operation *, 16> seen[2]; // once each, however often an expression uses a value
  while (!work.empty()) {
    auto [next, own] = work.pop_back_val();
    if (isBuffer(next)) {
      visit(storageOf(next), own);
      continue;
    }
    Operation *op = next.getDefiningOp();
    if (!op || !seen[own].insert(op).second)
      continue;
    size_t first = work.size();
    forOperands(op, own, [&](Value operand, bool each) { work.emplace_back(operand, each); });
    std::reverse(work.begin() + first, work.end());
  }
}

void TilePlan::visitSources(Value tile, Visitor visit) const {
  Operation *op = tile.getDefiningOp();
  if (auto dot = dyn_cast<tile::DotOp>(op)) {
    visitBuffers(dot.getA(), false, visit);
    visitBuffers(dot.getB(), false, visit);
    visitBuffers(dot.getAcc(), true, visit);
  } else if (auto loop = dyn_cast<scf::ForOp>(op)) {
    Value own = loop.getTiedLoopInit(cast<OpResult>(tile))->get();
    for (Value init : loop.getInitArgs())
      if (tileType(init))
        visitBuffers(init, init == own, visit);
  } else {
    visitOperands(op, !isa<tile::ReduceOp, tile::ScanOp, tile::TopKOp, scf::IfOp>(op), visit);
  }
}

unsigned TilePlan::addSlot(RankedTensorType type, unsigned begin, unsigned end) {
  int64_t size = (type.getNumElements() + kSpareElements) * elementBytes(type.getElementType());
  slots.push_back({static_cast<int64_t>(llvm::alignTo(size, kAlignment)), begin, std::max(begin, end)});
  return slots.size() - 1;
}

/// The slot of the loop's iter_arg that this tile is the next value of, if nothing needs the old value any more.
std::optional<unsigned> TilePlan::loopCarriedSlot(Value tile) const {
  auto loop = dyn_cast_or_null<scf::ForOp>(tile.getParentBlock()->getParentOp());
  if (!loop)
    return std::nullopt;
  Operation *definition = tile.getDefiningOp();
  unsigned begin = positions.lookup(definition).first;
  for (auto [arg, yielded] : llvm::zip(loop.getRegionIterArgs(), loop.getYieldedValues())) {
    if (!tileType(arg) || storageOf(yielded) != tile ||
        tileType(arg).getElementType() != tileType(tile).getElementType())
      continue;
    bool safe = llvm::all_of(readers.find(arg)->second, [&](Operation *reader) {
      return reader == definition || positionOfRead(reader, loop.getBody()) < begin;
    });
    visitSources(tile, [&, arg = Value(arg)](Value buffer, bool aligned) { safe &= aligned || buffer != arg; });
    // The first of two iter_args that take this tile has it in place; the other one is copied.
    return safe ? std::optional<unsigned>(slotOfBuffer.lookup(arg)) : std::nullopt;
  }
  return std::nullopt;
}

/// The slot of a buffer that this tile is computed from element by element and that nothing reads afterwards.
std::optional<unsigned> TilePlan::inPlaceSlot(Value tile) const {
  Operation *definition = tile.getDefiningOp();
  unsigned begin = positions.lookup(definition).first;
  llvm::SmallDenseMap<unsigned, bool> usable;
  visitSources(tile, [&](Value buffer, bool aligned) {
    auto type = tileType(buffer);
    bool fits = aligned && slots[slotOf(buffer)].end == begin &&
                type.getElementType() == tileType(tile).getElementType() &&
                type.getNumElements() == tileType(tile).getNumElements();
    auto [it, added] = usable.try_emplace(slotOf(buffer), fits);
    it->second &= fits;
  });
  for (auto [slot, fits] : usable)
    if (fits && definition->getNumRegions() == 0)
      return slot;
  return std::nullopt;
}

unsigned TilePlan::chooseSlot(Value tile, unsigned begin, unsigned end) {
  std::optional<unsigned> slot = loopCarriedSlot(tile);
  if (!slot)
    slot = inPlaceSlot(tile);
  if (!slot)
    return addSlot(tileType(tile), begin, end);
  slots[*slot].end = std::max(slots[*slot].end, end);
  return *slot;
}

void TilePlan::assignAttachments(Value tile) {
  auto it = attached.find(tile);
  if (it == attached.end())
    return;
  Operation *definition = tile.getDefiningOp() ? tile.getDefiningOp() : tile.getParentBlock()->getParentOp();
  unsigned begin = positions.lookup(definition).first, end = begin;
  for (Operation *user : tile.getUsers())
    if (isa<tile::DotOp>(user))
      end = std::max(end, positionOfRead(user, tile.getParentBlock()));
  auto type = tileType(tile);
  for (Attachment &attachment : it->second) {
    auto stored = type;
    if (attachment.packing != Packing::View) {
      bool transposed = attachment.packing == Packing::TransposedPanels;
      int64_t k = type.getDimSize(transposed ? 1 : 0), n = type.getDimSize(transposed ? 0 : 1);
      stored = RankedTensorType::get({static_cast<int64_t>(llvm::alignTo(n, attachment.width)), k},
                                     Float32Type::get(type.getContext()));
    }
    attachment.slot = addSlot(stored, begin, end);
  }
}

void TilePlan::assignSlots(Block &block) {
  for (Operation &op : block) {
    auto [begin, end] = positions.lookup(&op);
    if (auto loop = dyn_cast<scf::ForOp>(op)) {
      for (auto [arg, result] : llvm::zip(loop.getRegionIterArgs(), loop.getResults())) {
        if (!tileType(arg))
          continue;
        unsigned slot = chooseSlot(result, begin, std::max(end, lastRead(result)));
        slotOfBuffer[arg] = slotOfBuffer[result] = slot;
        assignAttachments(arg);
      }
    } else {
      for (Value result : op.getResults())
        if (tileType(result) && chosen.contains(result))
          slotOfBuffer[result] = chooseSlot(result, begin, lastRead(result));
    }
    for (Value result : op.getResults())
      assignAttachments(result);
    for (Region &region : op.getRegions())
      for (Block &nested : region)
        assignSlots(nested);

    if (auto topk = dyn_cast<tile::TopKOp>(op)) {
      auto type = tileType(topk.getSource());
      auto keys = RankedTensorType::get(type.getShape().back(), IntegerType::get(op.getContext(), 64));
      temporaries[&topk.getSourceMutable()] = addSlot(keys, begin, begin);
    }
    if (auto loop = dyn_cast<scf::ForOp>(op))
      for (auto [arg, operand] : llvm::zip(loop.getRegionIterArgs(), *loop.getYieldedValuesMutable()))
        if (Value from = storageOf(operand.get());
            tileType(arg) && from != arg && llvm::is_contained(loop.getRegionIterArgs(), from))
          temporaries[&operand] = addSlot(tileType(arg), begin, end);
  }
}

/// First fit, in order of begin.
void TilePlan::allocate() {
  SmallVector<Slot *> order, placed;
  for (Slot &slot : slots)
    order.push_back(&slot);
  llvm::stable_sort(order, [](Slot *a, Slot *b) { return a->begin < b->begin; });
  for (Slot *slot : order) {
    int64_t offset = 0;
    for (Slot *other : placed) // by offset
      if (other->begin <= slot->end && slot->begin <= other->end && other->offset < offset + slot->bytes &&
          offset < other->offset + other->bytes)
        offset = other->offset + other->bytes;
    slot->offset = offset;
    bytes = std::max(bytes, offset + slot->bytes);
    placed.insert(llvm::upper_bound(placed, slot, [](Slot *a, Slot *b) { return a->offset < b->offset; }), slot);
  }
}
