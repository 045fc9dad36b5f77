//===- Check.h - What must hold before IR is built -------------*- C++ -*-===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_IMPORT_ONNX_CHECK_H
#define HADAL_IMPORT_ONNX_CHECK_H

#include "Model.h"

namespace hadal::onnx {

/// Replaces calls of the model's functions by their nodes.
llvm::Error inlineFunctions(Model &model);

/// Checks that the model is well formed: operator sets, names, order of nodes,
/// inputs; and loads every constant. The error names what is wrong and where.
llvm::Error checkModel(Model &model);

/// Checks that the import table has every operator of the model. The error
/// lists all that are missing, in one table.
llvm::Error checkOperators(const Model &model);

} // namespace hadal::onnx

#endif // HADAL_IMPORT_ONNX_CHECK_H
