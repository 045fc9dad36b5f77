//===- ProgramLowering.h - One program to loops over vectors -----*- C++ -*-===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The operations of a program are lowered in order. Scalars are cloned.
// Operations that write memory (stores, buffers) become loops over rows and
// chunks of at most 16 columns, in whose body the inline tiles that they need
// are evaluated: `eval` gives the elements of a tile at given indices.
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_LIB_CONVERSION_TILETOVECTOR_PROGRAMLOWERING_H
#define HADAL_LIB_CONVERSION_TILETOVECTOR_PROGRAMLOWERING_H

#include "lib/Conversion/TileToVector/Emitter.h"
#include "lib/Conversion/TileToVector/TilePlan.h"

#include "mlir/IR/IRMapping.h"

namespace hadal::cpu {

/// An argument in global memory: its elements as a rank 1 memref, its dimensions and strides.
struct Global {
  mlir::MemRefType type;
  mlir::Value flat;
  llvm::SmallVector<mlir::Value> dims, strides;
};

/// What a load or store accesses, in scalars of the lowered function.
struct Access {
  const Global *global;
  llvm::SmallVector<mlir::Value> offsets;
  llvm::SmallVector<int64_t> sizes, strides;
  llvm::SmallVector<int64_t> tileDims;      // the tile's dimension for each of the memory's, −1 where it was dropped
  llvm::SmallVector<bool> inside, positive; // known: the dimension's accesses are inside; its offset is not negative
  mlir::Value rows;                         // a tile of the program
  int64_t rowsDim = -1;
};

/// Where the elements of some lanes lie: at `address` + lane, or at `address` + `offsets`[lane].
struct Place {
  mlir::Value address;
  mlir::Value offsets; // null: consecutive
  mlir::Value inside;  // i1, or a mask of the lanes; null: all are inside
};

/// A tile of rank 2 at some strides in a rank 1 memref.
struct View {
  mlir::Value base, origin, strides[2];
};

class ProgramLowering : private Emitter {
public:
  ProgramLowering(tile::ProgramOp program, mlir::func::FuncOp function, const TilePlan &plan);

  /// Fills the function's body.
  mlir::LogicalResult run();

private:
  using ChunkBody = llvm::function_ref<void(Indices indices, Lanes lanes)>;

  // ProgramLowering.cpp: operations in order, and control flow.
  void lowerBlock(mlir::Block &block);
  void lowerOp(mlir::Operation &op);
  void lowerFor(mlir::scf::ForOp loop);
  void lowerYieldOfFor(mlir::scf::ForOp loop, mlir::scf::ForOp lowered);
  void lowerIf(mlir::scf::IfOp op);
  void lowerStore(tile::StoreOp store);
  /// Makes what the plan wants of a tile where it is defined.
  void finishTile(Value tile);
  void error(mlir::Operation *op, const llvm::Twine &message);

  // Access.cpp: global memory.
  void addGlobal(Value argument, Value lowered);
  Access accessOf(tile::LoadOp load);
  Access accessOf(tile::StoreOp store);
  Value insideCondition(const Access &access);
  Place placeOf(const Access &access, Indices indices, Lanes lanes);
  Value evalLoad(tile::LoadOp load, Indices indices, Lanes lanes);
  void visitLoads(Value tile, llvm::function_ref<void(tile::LoadOp)> visit);
  /// Runs the body twice if the loads that `tiles` make, or `store`, may be out of bounds: with and without `fast`.
  void guarded(llvm::ArrayRef<Value> tiles, const Access *store, llvm::function_ref<void()> body);

  // Eval.cpp: inline tiles.
  Value eval(Value tile, Indices indices, Lanes lanes);
  Value evalDefinition(Value tile, Indices indices, Lanes lanes);
  Value evalElementwise(mlir::Operation *op, Indices indices, Lanes lanes);
  Value evalBroadcast(tile::BroadcastOp op, Indices indices, Lanes lanes);
  Value evalTranspose(tile::TransposeOp op, Indices indices, Lanes lanes);
  Value evalTake(tile::TakeOp op, Indices indices, Lanes lanes);
  Value evalReshape(mlir::Operation *op, Indices indices, Lanes lanes);
  /// Evaluates what the rows of `tile` need once; `indices` lack the last one.
  void prepareRow(Value tile, Indices indices);
  void prepareRow(Value tile, Indices indices, llvm::SmallPtrSetImpl<mlir::Operation *> &seen);
  Value readBuffer(Value tile, Indices indices, Lanes lanes);
  void writeBuffer(int64_t offset, mlir::RankedTensorType type, Value value, Indices indices, Lanes lanes);
  /// Runs the body over all chunks of the tile's shape, with its rows prepared.
  void forTile(Value tile, ChunkBody body);
  /// Writes the tile's elements to scratch memory; `fresh` computes even a tile that is a buffer.
  void fill(int64_t offset, Value tile, bool fresh);
  void copy(int64_t from, int64_t to, mlir::RankedTensorType type);

  // Reduce.cpp
  void lowerReduce(tile::ReduceOp op);
  Value reduceRow(tile::ReduceOp op, Indices rest);
  void lowerScan(tile::ScanOp op);

  // TopK.cpp
  void lowerTopK(tile::TopKOp op);
  Value orderedKeys(Value elements, Lanes lanes);
  Value nextKey(Value keys, int64_t size, Value last);
  llvm::SmallVector<Value> nextPair(Value keys, int64_t size, mlir::ValueRange last);

  // Dot.cpp
  void lowerDot(tile::DotOp op);
  void makeView(Value tile, const Attachment &attachment);
  void packPanels(Value tile, const Attachment &attachment);
  void packTransposed(Value tile, const Attachment &attachment);
  View bufferView(Value tile);

  tile::ProgramOp program;
  const TilePlan &plan;
  mlir::IRMapping scalars;
  llvm::DenseMap<Value, Global> globals;
  llvm::DenseMap<Value, View> views;
  bool fast = false;
  bool failed = false;
};

} // namespace hadal::cpu

#endif // HADAL_LIB_CONVERSION_TILETOVECTOR_PROGRAMLOWERING_H
