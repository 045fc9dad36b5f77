//===- Shapes.h - The checks of the shapes that a caller gives ---*- C++ -*-===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_RUNTIME_CORE_SHAPES_H
#define HADAL_RUNTIME_CORE_SHAPES_H

#include "Manifest.h"

#include <vector>

namespace hadal::runtime {

/// Checks number, types, ranks, static dimensions, and that each symbol has one
/// value over all inputs. `dims` gets every dimension of every input in order.
Error checkInputs(const FunctionDecl &function, const DLTensor *inputs, int32_t numInputs, std::vector<int64_t> &dims);

/// Whether strides are absent or those of row-major order.
bool isContiguous(const DLTensor &tensor);

} // namespace hadal::runtime

#endif // HADAL_RUNTIME_CORE_SHAPES_H
