//===- DecomposeParallel.cpp - Tokens between ranks ---------------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "GraphBuilder.h"
#include "Patterns.h"

#include "dialects/Hadal/IR/Hadal.h"

using namespace mlir;
using namespace hadal;

void hadal::populateParallelPartsPatterns(RewritePatternSet &patterns) {}

void hadal::populateParallelLinalgPatterns(RewritePatternSet &patterns) {}
