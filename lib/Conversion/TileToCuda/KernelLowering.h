//===- KernelLowering.h - One program becomes one kernel ------*- C++ -*-===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_CONVERSION_TILETOCUDA_KERNELLOWERING_H
#define HADAL_CONVERSION_TILETOCUDA_KERNELLOWERING_H

#include "TileAccess.h"
#include "TileLayouts.h"

#include "mlir/IR/IRMapping.h"

namespace hadal::tilecuda {

/// A loop over the elements that a thread has of a tile: the value of each register digit of the layout.
struct ElementLoop {
  LayoutAttr layout;
  llvm::SmallVector<mlir::Value> digits;
};

/// What to do about coordinates beyond the tile, and elements that several threads hold.
enum class Tail {
  Clamp, // every thread computes; beyond the tile, its last element again
  Guard  // elements of the tile only, each in one thread
};

/// Writes the kernel of one program. Loops over elements are rolled in the IR;
/// those that index registers carry `cuda.unroll = 0`.
class KernelLowering {
public:
  KernelLowering(tile::ProgramOp program, cuda::KernelOp kernel);

  /// Fills the kernel; fails with a diagnostic on an op that has no CUDA form.
  llvm::LogicalResult run();

private:
  /// A global memory argument.
  struct Global {
    mlir::Value array;
    llvm::SmallVector<mlir::Value> sizes; // index; null where static
  };
  /// The arrays of a tile that lives somewhere.
  struct Arrays {
    mlir::Value registers, shared;
  };
  using ElementBody =
      llvm::function_ref<void(llvm::ArrayRef<Coord> coords, const ElementLoop &loop, mlir::Value valid)>;

  // KernelLowering.cpp: structure.
  void bindArguments();
  llvm::LogicalResult lowerBlock(mlir::Block &block);
  llvm::LogicalResult lowerOp(mlir::Operation *op);
  llvm::LogicalResult lowerFor(mlir::scf::ForOp loop);
  llvm::LogicalResult lowerIf(mlir::scf::IfOp branch);
  llvm::LogicalResult lowerStore(tile::StoreOp store);
  void assignCarried(mlir::ValueRange values, mlir::ValueRange carried, mlir::Location loc);
  bool reads(mlir::Value tile, llvm::ArrayRef<mlir::Value> registers);
  void materialize(mlir::Value tile);
  void makeArrays(mlir::Value tile, mlir::Value sameRegistersAs = {});
  void copyToShared(mlir::Value tile);
  bool canUpdateInPlace(mlir::Value tile, mlir::Value carried);
  mlir::Value carriedToUpdate(mlir::Value tile);
  void comment(mlir::Operation *op);

  // Evaluate.cpp: loops over elements, and elements.
  mlir::Value threadDigit(int64_t below, int64_t count);
  mlir::Value digitOfThread(LayoutAttr layout, int64_t dim);
  mlir::Value ownsElement(LayoutAttr layout);
  mlir::scf::ForOp makeLoop(mlir::Location loc, int64_t from, int64_t to, int64_t step, int64_t unroll);
  void forEach(mlir::Location loc, LayoutAttr layout, llvm::ArrayRef<int64_t> shape, Tail tail, bool unroll,
               ElementBody body);
  mlir::Value registerIndex(mlir::Location loc, LayoutAttr layout, llvm::ArrayRef<Coord> coords,
                            const ElementLoop &loop);
  mlir::Value sharedIndex(mlir::Location loc, mlir::Value tile, llvm::ArrayRef<Coord> coords);
  mlir::Value evaluate(mlir::Value tile, llvm::ArrayRef<Coord> coords, const ElementLoop &loop);
  mlir::Value evaluateInline(mlir::Operation *op, llvm::ArrayRef<Coord> coords, const ElementLoop &loop);
  mlir::Value evaluateLoad(tile::LoadOp load, llvm::ArrayRef<Coord> coords, const ElementLoop &loop);
  mlir::Value evaluateTake(tile::TakeOp take, llvm::ArrayRef<Coord> coords, const ElementLoop &loop);
  struct Address {
    mlir::Value index, inside; // `inside` is null where the access cannot miss
  };
  Address globalAddress(mlir::Operation *access, mlir::Value memref, mlir::OperandRange offsets,
                        llvm::ArrayRef<int64_t> sizes, std::optional<llvm::ArrayRef<int64_t>> strides, mlir::Value rows,
                        std::optional<int64_t> rowsDim, mlir::Type valueType, llvm::ArrayRef<Coord> coords,
                        const ElementLoop &loop);
  bool readsRegisters(mlir::Value tile);

  // LowerDot.cpp
  llvm::LogicalResult lowerDot(tile::DotOp dot);
  struct Operand {
    mlir::Value array;
    int64_t pitch;
    bool transposed;    // rows of the array are columns of the matrix as the product wants it
    mlir::Value offset; // added to k; may be null
  };
  Operand stageOperand(tile::DotOp dot, bool isB, mlir::Value from, int64_t chunk);
  void multiplyFma(tile::DotOp dot, Operand a, Operand b, int64_t depth);
  void multiplyMma(tile::DotOp dot, cuda::MmaKind kind, Operand a, Operand b, int64_t depth);
  mlir::Value loadOperand(mlir::Location loc, const Operand &operand, mlir::Value outer, mlir::Value k);
  mlir::Value makeOperandBuffer(mlir::Location loc, llvm::StringRef name, int64_t size, mlir::Type element);

  // LowerReduce.cpp
  llvm::LogicalResult lowerReduce(tile::ReduceOp reduce);
  void reduceAcrossThreads(tile::ReduceOp reduce, mlir::Value partial, int64_t count, LayoutAttr layout);

  // LowerIrregular.cpp
  llvm::LogicalResult lowerScan(tile::ScanOp scan);
  llvm::LogicalResult lowerTopK(tile::TopKOp topk);
  mlir::scf::ForOp forEachLine(mlir::Location loc, int64_t lines);

  cuda::HomeAttr home(mlir::Value tile);
  mlir::Value scalar(mlir::Value value) { return scalars.lookupOrDefault(value); }
  mlir::Value local(mlir::Location loc, llvm::StringRef name, int64_t size, mlir::Type element);
  mlir::Value get(mlir::Location loc, mlir::Value array, mlir::Value index);
  mlir::Value toIndex(mlir::Location loc, mlir::Value value);
  /// A value that is computed once, at the kernel's begin.
  template <typename Make> mlir::Value atEntry(Make make) {
    mlir::OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPoint(entryEnd);
    return make();
  }

  tile::ProgramOp program;
  cuda::KernelOp kernel;
  mlir::OpBuilder builder;
  mlir::Operation *entryEnd = nullptr;
  mlir::Value thread;
  int64_t threads;
  mlir::IRMapping scalars;
  llvm::DenseMap<mlir::Value, Global> globals;
  llvm::DenseMap<mlir::Value, Arrays> arrays;
  llvm::DenseMap<std::pair<mlir::Attribute, int64_t>, mlir::Value> digitCache;
  llvm::DenseMap<mlir::Attribute, mlir::Value> ownerCache;
  /// Elements computed already in the current loop body.
  llvm::SmallVector<std::tuple<mlir::Value, llvm::SmallVector<mlir::Value, 4>, mlir::Value>> memo;
  bool failed = false;
};

/// What a reduction combines by, in scalars.
mlir::Value combine(mlir::OpBuilder &builder, mlir::Location loc, tile::Reduction kind, mlir::Value left,
                    mlir::Value right);

} // namespace hadal::tilecuda

#endif // HADAL_CONVERSION_TILETOCUDA_KERNELLOWERING_H
