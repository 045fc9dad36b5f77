//===- Emitter.h - Scalars, vectors and loops of a lowered program -*- C++ -*-===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_LIB_CONVERSION_TILETOVECTOR_EMITTER_H
#define HADAL_LIB_CONVERSION_TILETOVECTOR_EMITTER_H

#include "dialects/Tile/IR/Tile.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

#include <map>
#include <tuple>
#include <vector>

namespace hadal::cpu {

/// The widest vector: 16 elements, 512 bits of f32.
inline constexpr int64_t kLanes = 16;

/// What is evaluated at once: `width` elements along the last dimension, of which the first `valid` count; the
/// others may be anything. One element is a scalar, not a vector.
struct Lanes {
  int64_t width = 1, valid = 1;
  bool isScalar() const { return width == 1; }
  bool isPartial() const { return valid < width; }
};

/// What elements of this type are in the memrefs of a lowered function: an i1 is a byte, 16-bit floats are their bits,
/// since not every CPU can mask or move them as floats.
mlir::Type memoryType(mlir::Type element);

class Emitter {
protected:
  using Value = mlir::Value;
  using Indices = llvm::ArrayRef<Value>;

  /// The function's last argument is the scratch memory.
  Emitter(mlir::func::FuncOp function, int64_t scratchBytes);

  // Index arithmetic; constants fold and stand once, in the entry block.
  Value constant(int64_t value);
  Value add(Value a, Value b);
  Value sub(Value a, Value b);
  Value mul(Value a, Value b);
  /// The row-major position of `indices` in a tile of this shape.
  Value linearize(Indices indices, llvm::ArrayRef<int64_t> shape);

  // Conditions: i1 or vectors of it; null is true.
  Value both(Value a, Value b);
  Value compare(mlir::arith::CmpIPredicate predicate, Value a, Value b);

  // Lanes
  mlir::Type laneType(mlir::Type element, Lanes lanes);
  Value splat(Value scalar, Lanes lanes);
  Value splat(mlir::TypedAttr scalar, Lanes lanes);
  Value zero(mlir::Type element, Lanes lanes);
  /// start, start + 1, …
  Value count(Value start, mlir::Type element, Lanes lanes);
  /// The lanes that count; null if all do.
  Value validMask(Lanes lanes);
  Value allTrue(Lanes lanes);
  /// Conversion to a vector of indices, or an index.
  Value toIndex(Value value);

  // Loops with constant bounds. One iteration needs no loop.
  void forLoop(int64_t begin, int64_t end, int64_t step, llvm::function_ref<void(Value)> body);
  llvm::SmallVector<Value> forLoop(int64_t begin, int64_t end, int64_t step, mlir::ValueRange inits,
                                   llvm::function_ref<llvm::SmallVector<Value>(Value, mlir::ValueRange)> body);
  void forRows(llvm::ArrayRef<int64_t> sizes, llvm::function_ref<void(Indices)> body);
  void forChunks(int64_t size, llvm::function_ref<void(Value, Lanes)> body);
  static Lanes lanesOfTail(int64_t size);
  /// Runs `then` if the condition (null: always) holds, else `otherwise` (which may be null).
  void ifElse(Value condition, llvm::function_ref<void()> then, llvm::function_ref<void()> otherwise);

  // Scratch memory and flat memrefs.
  Value scratchView(int64_t offset, mlir::Type element);
  Value loadLanes(Value base, Value address, mlir::Type element, Lanes lanes, Value mask, Value pad);
  void storeLanes(Value value, Value base, Value address, Lanes lanes, Value mask);
  Value gatherLanes(Value base, Value address, Value offsets, mlir::Type element, Lanes lanes, Value mask, Value pad);
  void scatterLanes(Value value, Value base, Value address, Value offsets, Lanes lanes, Value mask);

  /// Values that were computed in the loop bodies around the insertion point, by tile, indices and width.
  using Key = std::tuple<const void *, std::vector<const void *>, int64_t>;
  Value findComputed(const Key &key) const;
  struct Scope {
    explicit Scope(Emitter &emitter) : emitter(emitter) { emitter.scopes.emplace_back(); }
    ~Scope() { emitter.scopes.pop_back(); }
    Emitter &emitter;
  };

  mlir::func::FuncOp function;
  mlir::ImplicitLocOpBuilder b;
  llvm::SmallVector<std::map<Key, Value>> scopes;

private:
  Value toMemory(Value value);
  Value fromMemory(Value value, mlir::Type element);

  int64_t scratchBytes;
  llvm::DenseMap<int64_t, Value> constants;
  std::map<std::pair<int64_t, const void *>, Value> scratchViews;
};

} // namespace hadal::cpu

#endif // HADAL_LIB_CONVERSION_TILETOVECTOR_EMITTER_H
