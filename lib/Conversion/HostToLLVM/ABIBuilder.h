//===- ABIBuilder.h - Pieces of the artifact's C ABI in IR -------*- C++ -*-===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Everything here mirrors runtime/include/hadal/artifact.h.
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_LIB_CONVERSION_HOSTTOLLVM_ABIBUILDER_H
#define HADAL_LIB_CONVERSION_HOSTTOLLVM_ABIBUILDER_H

#include "mlir/Conversion/LLVMCommon/TypeConverter.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace hadal::abi {

/// What a slot of a kernel's arguments holds: HADAL_ARG_* of artifact.h.
enum class ArgKind : uint8_t { Pointer = 0, Int64 = 1, Float32 = 2, Int32 = 3 };

/// The slots of a program with these argument types, in order. Fails, with an error at `op`, on a type that has none.
mlir::FailureOr<llvm::SmallVector<ArgKind>> slotsOf(mlir::Operation *op, mlir::TypeRange arguments);

/// A builder with the C types of the ABI and shorthands for memory access.
class ABIBuilder : public mlir::ImplicitLocOpBuilder {
public:
  ABIBuilder(mlir::Location loc, mlir::OpBuilder &&builder)
      : ImplicitLocOpBuilder(loc, builder), ptr(mlir::LLVM::LLVMPointerType::get(getContext())),
        converter(getContext()) {}

  mlir::Value constant(mlir::Type type, int64_t value);
  /// base[index], of elements of this type, as a pointer.
  mlir::Value element(mlir::Type type, mlir::Value base, int64_t index);
  mlir::Value load(mlir::Type type, mlir::Value base, int64_t index = 0);
  void store(mlir::Value value, mlir::Value base, int64_t index = 0);
  mlir::Value toIndex(mlir::Value integer);
  mlir::Value toI64(mlir::Value index);

  /// A memref at the address, contiguous, with these sizes of its dynamic dimensions (of type index).
  mlir::Value memref(mlir::MemRefType type, mlir::Value address, mlir::ValueRange dynamicSizes);

  /// An internal function with a body, in which the builder then inserts.
  mlir::LLVM::LLVMFuncOp beginFunction(llvm::StringRef name, mlir::Type result, llvm::ArrayRef<mlir::Type> arguments);

  mlir::Type ptr;

private:
  mlir::LLVMTypeConverter converter;
};

} // namespace hadal::abi

#endif // HADAL_LIB_CONVERSION_HOSTTOLLVM_ABIBUILDER_H
