//===- Helpers.h - What handlers share --------------------------*- C++ -*-===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_LIB_REFERENCE_HELPERS_H
#define HADAL_LIB_REFERENCE_HELPERS_H

#include "Machine.h"

#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/TypeUtilities.h"

#include <cmath>

namespace hadal {

/// Sets the only result, or passes the error on.
inline llvm::Error finish(Frame &frame, const Instr &instr, llvm::Expected<Datum> result) {
  if (!result)
    return result.takeError();
  Machine::setResult(frame, instr, 0, std::move(*result));
  return llvm::Error::success();
}

/// An error unless `datum` has this shape; −1 allows any size.
llvm::Error expectShape(mlir::Operation *op, llvm::StringRef name, const Datum &datum, llvm::ArrayRef<int64_t> shape);

/// The same for an operand that may be missing.
llvm::Error expectOptional(mlir::Operation *op, llvm::StringRef name, const Datum *datum,
                           llvm::ArrayRef<int64_t> shape);

/// The datum of an operand of `instr.op`, given as a value; null for none.
const Datum *operandOf(const Frame &frame, const Instr &instr, mlir::Value operand);

/// Storage filled with 0 (which is 0.0 as well).
llvm::Expected<Datum> allocateZeros(mlir::Operation *op, llvm::ArrayRef<int64_t> shape);

/// `parts` one behind the other along `dim`.
llvm::Expected<Datum> concatenate(mlir::Operation *op, llvm::ArrayRef<const Datum *> parts, int64_t dim);

/// `value` as f32 holds it: what scores are ranked by.
inline double toSingle(double value) { return static_cast<double>(static_cast<float>(value)); }

/// What an element of `type` is ranked by: integers are exact up to 2^53.
inline double rankOf(Cell cell, mlir::Type type) {
  if (!llvm::isa<mlir::FloatType>(type))
    return static_cast<double>(cell.i);
  return type.isF64() ? cell.f : toSingle(cell.f);
}

/// The `k` best of `count` scores, best first: by value (largest, or smallest
/// first), then by lowest index; NaN ranks last.
llvm::SmallVector<int64_t> bestOf(int64_t count, int64_t k, bool largest, llvm::function_ref<double(int64_t)> score);

/// Whether the elements of this tensor or scalar type are floats.
inline bool hasFloats(mlir::Type type) { return llvm::isa<mlir::FloatType>(mlir::getElementTypeOrSelf(type)); }

} // namespace hadal

#endif // HADAL_LIB_REFERENCE_HELPERS_H
