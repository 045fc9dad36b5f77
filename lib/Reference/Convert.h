//===- Convert.h - Arrays, constants and data -------------------*- C++ -*-===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_LIB_REFERENCE_CONVERT_H
#define HADAL_LIB_REFERENCE_CONVERT_H

#include "Datum.h"

#include "hadal/Support/Npz.h"

#include "mlir/IR/Operation.h"

#include <optional>

namespace hadal {

/// The array type for elements of `type`; none for what arrays cannot hold. `index` is i64.
std::optional<DType> dtypeOf(mlir::Type type);

/// The elements of `array` as data of `type` (a shaped type or a scalar), whose
/// element type and shape it must have; bits may stand for narrow floats. Errors name `op` and `what`.
llvm::Expected<Datum> toDatum(mlir::Operation *op, const Array &array, mlir::Type type, const llvm::Twine &what);

llvm::Expected<Array> toArray(mlir::Operation *op, const Datum &datum, mlir::Type type);

/// The value of a constant.
llvm::Expected<Datum> ofAttribute(mlir::Operation *op, mlir::Attribute value);

} // namespace hadal

#endif // HADAL_LIB_REFERENCE_CONVERT_H
