//===- SparseModelOps.cpp - hadal: sparse attention of whole models -----===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Rows.h"

using namespace mlir;
using namespace hadal;

void hadal::registerSparseModelHandlers(HandlerTable &table) {}
