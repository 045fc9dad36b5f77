//===- KernelForms.cpp - Which operations kernels compute as they are -----===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What --hadal-form-kernels computes directly. Whatever else the dialect has
// becomes linalg first (`--hadal-decompose=level=kernels`), so that every
// operation runs on every target, and well-known shapes fast.
//
//===----------------------------------------------------------------------===//

#include "Patterns.h"

#include "dialects/Hadal/IR/Hadal.h"

#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace hadal;

bool hadal::hasKernel(Operation *op) {
  return TypeSwitch<Operation *, bool>(op)
      .Case<GatherOp, GatherNDOp, GatherElementsOp, ScatterElementsOp, TopKOp, CumSumOp, CacheAppendOp>(
          [](Operation *) { return true; })
      .Case([](ScatterNDOp scatter) { // memory is added to in 32 or 64 bits
        Type element = getElementTypeOrSelf(scatter.getData());
        return scatter.getReduction() != ScatterReduction::Add || !element.isIntOrFloat() || element.isInteger(1) ||
               element.getIntOrFloatBitWidth() >= 32;
      })
      .Case<LatentProjectionOp>([](Operation *) { return true; })
      .Case<AttentionOp, RouteOp, GroupOp, GroupedMatmulOp, GatedActivationOp, CombineOp, RopeOp, RMSNormOp>(
          [](auto op) { return op.isPlain(); })
      .Default([](Operation *) { return false; });
}
