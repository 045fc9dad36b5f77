//===- Machine.h - The interpreter's engine ---------------------*- C++ -*-===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A function is compiled once into a Routine: its values become slots of a
// frame, its operations instructions with the handler that the table below
// holds for the operation's name. A new operation is one handler and one line
// in its dialect's `register…` function.
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_LIB_REFERENCE_MACHINE_H
#define HADAL_LIB_REFERENCE_MACHINE_H

#include "Datum.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/Error.h"

#include <array>

namespace hadal {

class Machine;
struct Routine;
struct Instr;

/// The values of one running function.
struct Frame {
  std::vector<Datum> slots;
  /// The iteration point of the innermost structured op whose body runs (linalg.index).
  llvm::ArrayRef<int64_t> point;
  /// tile.program_id, the number of this grid point in the writers of buffers, and the number of its launch's first.
  std::array<int64_t, 3> programId = {0, 0, 0};
  uint64_t writer = 0, firstWriter = 0;
};

using Handler = llvm::Error (*)(Machine &, Frame &, const Instr &);

/// A block: its arguments' slots, its instructions, and what its terminator passes on.
struct Body {
  llvm::SmallVector<unsigned, 4> arguments;
  std::vector<Instr> instrs;
  mlir::Operation *terminator = nullptr;
  llvm::SmallVector<unsigned, 4> yields;
  llvm::SmallVector<bool, 4> yieldsMove; // the value dies with the block
};

struct Instr {
  mlir::Operation *op = nullptr;
  Handler handler = nullptr;
  const Routine *routine = nullptr;
  llvm::SmallVector<unsigned, 4> operands, results;
  llvm::SmallVector<bool, 4> lastUse;  // of each operand: nothing reads it later
  llvm::SmallVector<unsigned, 2> dead; // slots to release afterwards
  std::vector<Body> regions;
  mutable std::shared_ptr<void> cache; // what a handler computes once from the op
};

struct Routine {
  mlir::Operation *function = nullptr;
  Body body;
  llvm::DenseMap<mlir::Value, unsigned> slots;
};

/// "<file:line:column or node name>: '<op>' <message>"
llvm::Error failAt(mlir::Operation *op, const llvm::Twine &message);

class Machine {
public:
  explicit Machine(mlir::ModuleOp module);

  mlir::ModuleOp getModule() const { return module; }

  /// The function or program of this name; null if there is none.
  mlir::FunctionOpInterface lookup(llvm::StringRef name) const;
  const Routine &routine(mlir::FunctionOpInterface function);

  /// Runs a routine on arguments; what its terminator passes on goes to `results`.
  llvm::Error call(const Routine &routine, llvm::MutableArrayRef<Datum> arguments,
                   llvm::SmallVectorImpl<Datum> &results);
  /// Runs a block whose arguments are set.
  llvm::Error run(const Body &body, Frame &frame);
  /// What the terminator of `body` passes on, moved where nothing needs it any more.
  static void takeYields(const Body &body, Frame &frame, llvm::SmallVectorImpl<Datum> &results);

  static const Datum &operand(const Frame &frame, const Instr &instr, unsigned index) {
    return frame.slots[instr.operands[index]];
  }
  /// An operand to change: moved if this is its last use. Call `unshare` before writing.
  static Datum take(Frame &frame, const Instr &instr, unsigned index) {
    Datum &slot = frame.slots[instr.operands[index]];
    return instr.lastUse[index] ? std::move(slot) : slot;
  }
  static void setResult(Frame &frame, const Instr &instr, unsigned index, Datum datum) {
    frame.slots[instr.results[index]] = std::move(datum);
  }

  /// Storage for a tensor, poisoned; an error for sizes that are negative or too large.
  static llvm::Expected<Datum> allocate(mlir::Operation *op, llvm::ArrayRef<int64_t> shape);
  /// Gives `datum` a buffer of its own.
  static llvm::Error unshare(mlir::Operation *op, Datum &datum);

  /// The data of a constant, converted once.
  llvm::Expected<Datum> constant(mlir::Operation *op, mlir::Attribute value);
  /// The storage of a tile.global.
  llvm::Expected<Datum> global(mlir::Operation *op, llvm::StringRef name);
  void setGlobal(llvm::StringRef name, Datum datum) { globals[name] = std::move(datum); }

  /// The number of the first grid point of a launch of `count` points.
  uint64_t reserveWriters(uint64_t count) {
    uint64_t first = nextWriter;
    nextWriter += count;
    return first;
  }

  /// check.* operations that ran, and those that failed (each reported where it stands).
  unsigned checks = 0, failedChecks = 0;
  /// Whether hadal.init has run.
  bool initialized = false;

private:
  Body compile(mlir::Block &block, Routine &routine);
  Instr compile(mlir::Operation *op, Routine &routine);

  mlir::ModuleOp module;
  llvm::DenseMap<mlir::Operation *, std::unique_ptr<Routine>> routines;
  llvm::DenseMap<mlir::Attribute, Datum> constants;
  llvm::StringMap<Datum> globals;
  uint64_t nextWriter = 1;
  unsigned depth = 0;
};

using HandlerTable = llvm::StringMap<Handler>;
void registerArithHandlers(HandlerTable &table);       // arith, math: Lanes.cpp
void registerControlFlowHandlers(HandlerTable &table); // scf, func, affine
void registerTensorHandlers(HandlerTable &table);
void registerMemRefHandlers(HandlerTable &table);
void registerLinalgHandlers(HandlerTable &table);
void registerAttentionHandlers(HandlerTable &table);
void registerLatentHandlers(HandlerTable &table);
void registerCacheHandlers(HandlerTable &table);
void registerSparseHandlers(HandlerTable &table);
void registerSparseModelHandlers(HandlerTable &table);
void registerQuantizationHandlers(HandlerTable &table);
void registerParallelHandlers(HandlerTable &table);
void registerGradientHandlers(HandlerTable &table);
void registerLayerHandlers(HandlerTable &table);
void registerRoutingHandlers(HandlerTable &table);
void registerGlueHandlers(HandlerTable &table);
void registerTileHandlers(HandlerTable &table);
void registerTileMemoryHandlers(HandlerTable &table);
void registerCheckHandlers(HandlerTable &table);

/// The handler of every linalg structured op (those without a line in the table).
llvm::Error runStructuredOp(Machine &machine, Frame &frame, const Instr &instr);

} // namespace hadal

#endif // HADAL_LIB_REFERENCE_MACHINE_H
