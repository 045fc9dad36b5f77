//===- Contrib.cpp - Operators of com.microsoft ------------------------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Emit.h"
using namespace hadal::onnx;
void hadal::onnx::registerContribOps(OpTable &) {}
