//===- Tensors.h - Constants of a model ------------------------*- C++ -*-===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_IMPORT_ONNX_TENSORS_H
#define HADAL_IMPORT_ONNX_TENSORS_H

#include "Model.h"

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinTypes.h"

#include "llvm/ADT/StringMap.h"

namespace hadal::onnx {

/// Constants with more elements become resources; shape tensors with more are
/// not followed element by element.
constexpr int64_t kSmallTensor = 64;

/// Maps the files of external data, each once. `folder` is the model's.
class TensorLoader {
public:
  explicit TensorLoader(llvm::StringRef folder) : folder(folder) {}

  /// Checks type, dimensions and size of `tensor`, and fills in the bytes of
  /// external data. The error says what is wrong with it.
  llvm::Error load(TensorData &tensor);

private:
  llvm::Error loadExternal(TensorData &tensor, int64_t bytes);

  struct Mapping {
    llvm::ArrayRef<char> bytes;
    std::shared_ptr<const void> storage;
  };
  llvm::Expected<Mapping> map(llvm::StringRef location);

  std::string folder;
  llvm::StringMap<Mapping> mappings;
};

int64_t elementCount(const TensorData &tensor);
/// The type of elements in IR, without a sign; null if there is none.
mlir::Type elementType(DType type, mlir::MLIRContext *context);
/// The value of a loaded tensor: dense<> if it is small, else a resource that
/// refers to the bytes where they are.
mlir::ElementsAttr constantAttr(const TensorData &tensor, mlir::MLIRContext *context);
/// The elements of a loaded tensor of integers or booleans.
llvm::SmallVector<int64_t> integerElements(const TensorData &tensor);
/// The elements of a loaded tensor of any numbers.
llvm::SmallVector<double> floatElements(const TensorData &tensor);

} // namespace hadal::onnx

#endif // HADAL_IMPORT_ONNX_TENSORS_H
