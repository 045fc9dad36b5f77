//===- TilePlan.h - Which tiles of a program live where on a CPU -*- C++ -*-===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A tile of a program is either a buffer in the worker's scratch memory or
// inline: computed, a vector at a time, wherever it is used. In
//
//   %t = tile.load %x ...                      inline
//   %s = tile.reduce add %t axis 1             buffer
//   %b = tile.broadcast %s dims [0]            inline
//   %d = arith.divf %t, %b                     inline
//   tile.store %d, %y ...
//
// the store is one loop that loads, divides and stores vectors. The operation
// in whose loops an inline tile is computed is called its reader; a tile with
// many readers that costs something becomes a buffer.
//
// Operands of tile.dot get more: a *view* (the place in global memory where a
// load's tile lies if it lies inside, else a copy), or *panels*, the packed
// form in which the micro-kernel reads its second operand.
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_LIB_CONVERSION_TILETOVECTOR_TILEPLAN_H
#define HADAL_LIB_CONVERSION_TILETOVECTOR_TILEPLAN_H

#include "dialects/Tile/IR/Tile.h"

#include "llvm/ADT/MapVector.h"

namespace hadal::cpu {

/// The shape and element type of a tile; null if `value` is a scalar or a memref.
mlir::RankedTensorType tileType(mlir::Value value);

/// Whether a reshape only drops or adds dimensions of size 1 and keeps the last dimension in its role, so that
/// indices of the result map to indices of the source.
bool isUnitReshape(mlir::RankedTensorType from, mlir::RankedTensorType to);

/// What is made of a dot operand where it is defined.
enum class Packing {
  View,            // address and strides of the tile in global memory or in a copy of it
  Panels,          // [N/width][K][width] from a tile [K, N]
  TransposedPanels // the same from a tile [N, K]
};

struct Attachment {
  Packing packing;
  int64_t width; // columns of a panel
  unsigned slot;
};

/// Rows and columns of the register tile for a dot of M rows.
struct RegisterTile {
  int64_t rows, columns;
  static RegisterTile of(int64_t m, int64_t vectorBits);
};

class TilePlan {
public:
  TilePlan(tile::ProgramOp program, int64_t vectorBits);

  bool isBuffer(mlir::Value tile) const { return chosen.contains(storageOf(tile)); }
  /// Where the buffer starts in the scratch memory, in bytes.
  int64_t offsetOf(mlir::Value tile) const { return slots[slotOf(tile)].offset; }
  bool shareBuffer(mlir::Value a, mlir::Value b) const { return slotOf(a) == slotOf(b); }
  llvm::ArrayRef<Attachment> attachments(mlir::Value tile) const;
  int64_t offsetOf(const Attachment &attachment) const { return slots[attachment.slot].offset; }
  /// Scratch memory of an operation's own, for this operand: the keys of a top-k, a tile that a yield exchanges.
  std::optional<int64_t> temporaryOf(mlir::OpOperand &operand) const;
  int64_t scratchBytes() const { return bytes; }
  RegisterTile registerTile(int64_t m) const { return RegisterTile::of(m, vectorBits); }

private:
  struct Slot {
    int64_t bytes;
    unsigned begin, end;
    int64_t offset = 0;
  };

  // In this order.
  void number(mlir::Block &block);
  void collectForced(mlir::Block &block);
  void decide(mlir::Block &block);
  void assignSlots(mlir::Block &block);
  void allocate();

  void force(mlir::Value tile) { chosen.insert(storageOf(tile)); }
  int64_t costOf(mlir::Value tile);
  void planDot(tile::DotOp dot);
  void decideValue(mlir::Value tile);
  void collectReaders(mlir::Value tile);
  bool isClobbered(tile::LoadOp load, mlir::Operation *reader) const;

  /// When `reader` reads a tile defined in `block`: at the end of the outermost loop in between, if there is one.
  unsigned positionOfRead(mlir::Operation *reader, mlir::Block *block) const;
  unsigned lastRead(mlir::Value tile) const;
  unsigned addSlot(mlir::RankedTensorType type, unsigned begin, unsigned end);
  unsigned slotOf(mlir::Value tile) const { return slotOfBuffer.lookup(storageOf(tile)); }
  unsigned chooseSlot(mlir::Value tile, unsigned begin, unsigned end);
  std::optional<unsigned> loopCarriedSlot(mlir::Value tile) const;
  std::optional<unsigned> inPlaceSlot(mlir::Value tile) const;
  void assignAttachments(mlir::Value tile);

  using Visitor = llvm::function_ref<void(mlir::Value buffer, bool aligned)>;
  /// Visits the buffers read when `tile` is computed inline; `aligned` ones element by element.
  void visitBuffers(mlir::Value tile, bool aligned, Visitor visit) const;
  /// Visits the buffers read by the operation that defines the buffer `tile`.
  void visitSources(mlir::Value tile, Visitor visit) const;
  void visitOperands(mlir::Operation *op, bool aligned, Visitor visit) const;

  /// The tile whose buffer this one is a reshape of, or itself.
  static mlir::Value storageOf(mlir::Value tile);

  tile::ProgramOp program;
  int64_t vectorBits;
  unsigned nextPosition = 0;
  llvm::DenseMap<mlir::Operation *, std::pair<unsigned, unsigned>> positions;
  llvm::SmallVector<tile::StoreOp> stores;
  llvm::DenseSet<mlir::Value> chosen; // the tiles that are buffers
  llvm::DenseMap<mlir::Value, int64_t> costs;
  llvm::DenseMap<mlir::Value, llvm::SetVector<mlir::Operation *>> readers;
  llvm::DenseMap<mlir::Value, unsigned> slotOfBuffer;
  llvm::DenseMap<mlir::Value, llvm::SmallVector<Attachment, 2>> attached;
  llvm::DenseMap<mlir::OpOperand *, unsigned> temporaries;
  llvm::SmallVector<Slot> slots;
  int64_t bytes = 0;
};

/// Bytes of one element in scratch memory: i1 takes a byte.
int64_t elementBytes(mlir::Type type);

/// The source dimension of each dimension of the tile of a load or store (`shape` is `sizes` with ones dropped).
llvm::SmallVector<int64_t> sourceDims(llvm::ArrayRef<int64_t> sizes, llvm::ArrayRef<int64_t> shape);

/// Whether the last dimension of a load's or store's tile runs over consecutive elements of memory.
bool isContiguous(mlir::MemRefType memref, llvm::ArrayRef<int64_t> sizes,
                  std::optional<llvm::ArrayRef<int64_t>> strides, llvm::ArrayRef<int64_t> shape);

} // namespace hadal::cpu

#endif // HADAL_LIB_CONVERSION_TILETOVECTOR_TILEPLAN_H
