//===- TilePlan.cpp - Which tiles of a program live where on a CPU --------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lib/Conversion/TileToVector/TilePlan.h"

#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace hadal;
using namespace hadal::cpu;

/// From this cost on, a tile with several readers is computed once into a buffer.
static constexpr int64_t kCostOfBuffer = 4;
/// The same for a tile that is read in a loop and defined before it.
static constexpr int64_t kCostOfBufferForLoop = 3;

//===----------------------------------------------------------------------===//
// Facts about tiles
//===----------------------------------------------------------------------===//

RankedTensorType cpu::tileType(Value value) { return dyn_cast<RankedTensorType>(value.getType()); }

bool cpu::isUnitReshape(RankedTensorType from, RankedTensorType to) {
  auto withoutOnes = [](ArrayRef<int64_t> shape) {
    return llvm::to_vector(llvm::make_filter_range(shape, [](int64_t size) { return size != 1; }));
  };
  if (withoutOnes(from.getShape()) != withoutOnes(to.getShape()))
    return false;
  return to.getRank() == 0 || to.getShape().back() == 1 ||
         (from.getRank() > 0 && from.getShape().back() == to.getShape().back());
}

int64_t cpu::elementBytes(Type type) { return type.isIndex() ? 8 : llvm::divideCeil(type.getIntOrFloatBitWidth(), 8); }

SmallVector<int64_t> cpu::sourceDims(ArrayRef<int64_t> sizes, ArrayRef<int64_t> shape) {
  SmallVector<int64_t> dims;
  for (auto [dim, size] : llvm::enumerate(sizes))
    if (dims.size() < shape.size() && shape[dims.size()] == size)
      dims.push_back(dim);
  return dims;
}

bool cpu::isContiguous(MemRefType memref, ArrayRef<int64_t> sizes, std::optional<ArrayRef<int64_t>> strides,
                       ArrayRef<int64_t> shape) {
  SmallVector<int64_t> dims = sourceDims(sizes, shape);
  if (dims.empty())
    return false;
  int64_t last = dims.back();
  return (!strides || (*strides)[last] == 1) &&
         llvm::all_of(memref.getShape().drop_front(last + 1), [](int64_t size) { return size == 1; });
}

RegisterTile RegisterTile::of(int64_t m, int64_t vectorBits) {
  // Rows are spread evenly over the blocks: 9 rows are 5 + 4. The sums take 16 to 24 of 32 registers of 512 bits, or 8
  // to 12 of the 16 registers of AVX2 (24 of NEON's 32), which hold a quarter of that.
  static constexpr int64_t kWide[] = {0, 128, 96, 64, 64, 48, 48, 32, 32};
  static constexpr int64_t kNarrow[] = {0, 64, 32, 32, 16, 16, 16};
  ArrayRef<int64_t> columns = vectorBits >= 512 ? ArrayRef<int64_t>(kWide) : ArrayRef<int64_t>(kNarrow);
  int64_t most = columns.size() - 1;
  int64_t rows = llvm::divideCeil(m, llvm::divideCeil(m, most));
  return {rows, columns[rows]};
}

static Value reshapeSource(Value tile) {
  Operation *op = tile.getDefiningOp();
  return op && isa<tensor::CollapseShapeOp, tensor::ExpandShapeOp>(op) ? op->getOperand(0) : Value();
}

Value TilePlan::storageOf(Value tile) {
  while (Value source = reshapeSource(tile))
    tile = source;
  return tile;
}

/// Whether the operation's tile can be computed a vector at a time wherever it is needed.
static bool isInlineOp(Operation *op) {
  if (op->getNumResults() != 1 || !tileType(op->getResult(0)))
    return false;
  return OpTrait::hasElementwiseMappableTraits(op) ||
         isa<arith::ConstantOp, tensor::SplatOp, tensor::CollapseShapeOp, tensor::ExpandShapeOp, tile::LoadOp,
             tile::IotaOp, tile::BroadcastOp, tile::TransposeOp, tile::TakeOp>(op);
}

/// A load whose tile is at fixed strides in global memory.
static tile::LoadOp viewableLoad(Value tile) {
  auto load = tile.getDefiningOp<tile::LoadOp>();
  return load && !load.getRows() ? load : tile::LoadOp();
}

static int64_t weightOf(Operation *op) {
  if (isa<math::AbsFOp, math::AbsIOp, math::FmaOp, math::CopySignOp>(op))
    return 1;
  if (isa<math::SqrtOp, math::RsqrtOp, arith::DivFOp>(op))
    return 4;
  if (op->getDialect() && op->getDialect()->getNamespace() == math::MathDialect::getDialectNamespace())
    return 8;
  if (isa<arith::DivSIOp, arith::DivUIOp, arith::RemSIOp, arith::RemUIOp, arith::RemFOp>(op))
    return 16;
  return 1;
}

int64_t TilePlan::costOf(Value tile) {
  Operation *op = tile.getDefiningOp();
  if (!op || !tileType(tile) || chosen.contains(storageOf(tile)) || !isInlineOp(op))
    return 0;
  if (auto it = costs.find(tile); it != costs.end())
    return it->second;
  int64_t cost = OpTrait::hasElementwiseMappableTraits(op) ? weightOf(op) : isa<tile::LoadOp, tile::TakeOp>(op);
  for (Value operand : op->getOperands())
    cost = std::min<int64_t>(cost + costOf(operand), 1000);
  return costs[tile] = cost;
}

//===----------------------------------------------------------------------===//
// Which tiles are buffers
//===----------------------------------------------------------------------===//

TilePlan::TilePlan(tile::ProgramOp program, int64_t vectorBits) : program(program), vectorBits(vectorBits) {
  Block &body = program.getBody().front();
  number(body);
  collectForced(body);
  decide(body);
  assignSlots(body);
  allocate();
}

void TilePlan::number(Block &block) {
  for (Operation &op : block) {
    unsigned begin = nextPosition++;
    for (Region &region : op.getRegions())
      for (Block &nested : region)
        number(nested);
    positions[&op] = {begin, op.getNumRegions() ? nextPosition++ : begin};
    if (auto store = dyn_cast<tile::StoreOp>(op))
      stores.push_back(store);
  }
}

/// The tiles that have to be buffers because of what reads or makes them.
void TilePlan::collectForced(Block &block) {
  auto forceResults = [&](Operation &op) {
    for (Value result : op.getResults())
      if (tileType(result))
        force(result);
  };
  for (Operation &op : block) {
    if (auto loop = dyn_cast<scf::ForOp>(op)) {
      for (Value arg : loop.getRegionIterArgs())
        if (tileType(arg))
          force(arg);
      for (Value yielded : loop.getYieldedValues())
        if (tileType(yielded) && storageOf(yielded).getParentBlock() == loop.getBody())
          force(yielded);
      forceResults(op);
    } else if (isa<scf::IfOp, tile::ReduceOp, tile::ScanOp>(op)) {
      forceResults(op);
    } else if (auto topk = dyn_cast<tile::TopKOp>(op)) {
      force(topk.getSource());
      forceResults(op);
    } else if (auto dot = dyn_cast<tile::DotOp>(op)) {
      if (!viewableLoad(dot.getA()))
        force(dot.getA());
      forceResults(op);
    } else if (auto transpose = dyn_cast<tile::TransposeOp>(op)) {
      if (transpose.getPerm().back() + 1 != static_cast<int64_t>(transpose.getPerm().size()))
        force(transpose.getSource());
    } else if (auto take = dyn_cast<tile::TakeOp>(op)) {
      force(take.getSource());
    } else if (auto broadcast = dyn_cast<tile::BroadcastOp>(op)) {
      if (costOf(broadcast.getSource()) > 1)
        force(broadcast.getSource());
    } else if (Value source = op.getNumResults() == 1 ? reshapeSource(op.getResult(0)) : Value()) {
      if (!isUnitReshape(tileType(source), tileType(op.getResult(0))))
        force(source);
    }
    for (Region &region : op.getRegions())
      for (Block &nested : region)
        collectForced(nested);
  }
}

/// Backwards over the operations, so that the readers of a tile are known before the tile.
void TilePlan::decide(Block &block) {
  for (Operation &op : llvm::reverse(block)) {
    for (Region &region : op.getRegions())
      for (Block &nested : region)
        decide(nested);
    for (Value result : op.getResults())
      if (tileType(result))
        decideValue(result);
    if (auto dot = dyn_cast<tile::DotOp>(op))
      planDot(dot);
  }
  for (Value argument : block.getArguments())
    if (tileType(argument))
      decideValue(argument);
}

void TilePlan::planDot(tile::DotOp dot) {
  auto attach = [&](Value tile, Packing packing, int64_t width) {
    SmallVector<Attachment, 2> &list = attached[tile];
    if (llvm::none_of(list, [&](const Attachment &a) { return a.packing == packing && a.width == width; }))
      list.push_back({packing, width, 0});
  };
  if (!isBuffer(dot.getA()))
    attach(dot.getA(), Packing::View, 0);

  auto accType = tileType(dot.getAcc());
  RegisterTile shape = registerTile(accType.getDimSize(0));
  int64_t width = std::min<int64_t>(shape.columns, llvm::alignTo(accType.getDimSize(1), 16));
  Value b = dot.getB();
  if (dot.getTransposeB())
    return attach(b, Packing::TransposedPanels, width);
  if (isBuffer(b))
    return;
  // Few rows: packing would cost as much as the product.
  tile::LoadOp load = viewableLoad(b);
  bool few = accType.getDimSize(0) == shape.rows;
  if (few && load &&
      isContiguous(load.getSource().getType(), load.getSizes(), load.getStrides(), tileType(b).getShape()))
    return attach(b, Packing::View, 0);
  attach(b, Packing::Panels, width);
}

void TilePlan::collectReaders(Value tile) {
  llvm::SetVector<Operation *> &into = readers[tile];
  into.clear();
  Operation *definition = tile.getDefiningOp() ? tile.getDefiningOp() : tile.getParentBlock()->getParentOp();
  auto isPacked = [&](tile::DotOp dot) {
    Packing packing = dot.getTransposeB() ? Packing::TransposedPanels : Packing::Panels;
    return llvm::any_of(attachments(tile), [&](const Attachment &a) { return a.packing == packing; });
  };
  for (OpOperand &use : tile.getUses()) {
    Operation *user = use.getOwner();
    if (auto dot = dyn_cast<tile::DotOp>(user); dot && &use == &dot.getBMutable() && isPacked(dot)) {
      into.insert(definition); // panels are packed where the tile is defined
    } else if (!isInlineOp(user)) {
      into.insert(user);
    } else {
      Value result = user->getResult(0);
      if (chosen.contains(result) || !attachments(result).empty())
        into.insert(user);
      if (!chosen.contains(result))
        into.insert(readers[result].begin(), readers[result].end());
    }
  }
}

void TilePlan::decideValue(Value tile) {
  collectReaders(tile);
  if (!chosen.contains(storageOf(tile)) && tile.getDefiningOp() && !reshapeSource(tile)) {
    llvm::SetVector<Operation *> &of = readers[tile];
    int64_t cost = costOf(tile);
    bool inLoop = llvm::any_of(of, [&](Operation *reader) {
      auto loop = reader->getParentOfType<scf::ForOp>();
      return loop && !loop->isProperAncestor(tile.getDefiningOp());
    });
    auto load = tile.getDefiningOp<tile::LoadOp>();
    if ((of.size() > 1 && cost >= kCostOfBuffer) || (inLoop && cost >= kCostOfBufferForLoop) ||
        (load && llvm::any_of(of, [&](Operation *reader) { return isClobbered(load, reader); })))
      chosen.insert(tile);
  }
  if (!isBuffer(tile))
    return;
  // A buffer is read in place, but for transposition.
  if (auto it = attached.find(tile); it != attached.end()) {
    llvm::erase_if(it->second, [](const Attachment &a) { return a.packing != Packing::TransposedPanels; });
    collectReaders(tile);
  }
}

/// Whether a store between the load and its reader may write to what the reader would then load. (Within one fused
/// loop a store may overwrite what the loop loads, element by element; other overlaps have no meaning in a program.)
bool TilePlan::isClobbered(tile::LoadOp load, Operation *reader) const {
  unsigned begin = positions.lookup(load).first, end = positionOfRead(reader, load->getBlock());
  return llvm::any_of(stores, [&](tile::StoreOp store) {
    unsigned position = positions.lookup(store).first;
    return begin < position && position < end &&
           cast<MemRefType>(store.getDest().getType()).getElementType() == load.getSource().getType().getElementType();
  });
}

ArrayRef<Attachment> TilePlan::attachments(Value tile) const {
  auto it = attached.find(tile);
  return it == attached.end() ? ArrayRef<Attachment>() : ArrayRef<Attachment>(it->second);
}

std::optional<int64_t> TilePlan::temporaryOf(OpOperand &operand) const {
  auto it = temporaries.find(&operand);
  return it == temporaries.end() ? std::nullopt : std::optional<int64_t>(slots[it->second].offset);
}
