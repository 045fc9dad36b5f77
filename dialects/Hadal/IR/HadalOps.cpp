//===- HadalOps.cpp - Verification and shapes of hadal operations ---------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/Hadal/IR/Hadal.h"

using namespace mlir;
using namespace hadal;

LogicalResult AttentionOp::verify() { return success(); }
LogicalResult AttentionOp::reifyResultShapes(OpBuilder &, ReifiedRankedShapedTypeDims &) { return failure(); }

LogicalResult LatentAttentionOp::verify() { return success(); }
LogicalResult LatentAttentionOp::reifyResultShapes(OpBuilder &, ReifiedRankedShapedTypeDims &) { return failure(); }

LogicalResult LatentProjectionOp::verify() { return success(); }
LogicalResult LatentProjectionOp::reifyResultShapes(OpBuilder &, ReifiedRankedShapedTypeDims &) { return failure(); }

LogicalResult CacheAppendOp::verify() { return success(); }
LogicalResult CacheAppendOp::reifyResultShapes(OpBuilder &, ReifiedRankedShapedTypeDims &) { return failure(); }

LogicalResult RopeOp::verify() { return success(); }
LogicalResult RopeOp::reifyResultShapes(OpBuilder &, ReifiedRankedShapedTypeDims &) { return failure(); }

LogicalResult RMSNormOp::verify() { return success(); }
LogicalResult RMSNormOp::reifyResultShapes(OpBuilder &, ReifiedRankedShapedTypeDims &) { return failure(); }

LogicalResult RouteOp::verify() { return success(); }
LogicalResult RouteOp::reifyResultShapes(OpBuilder &, ReifiedRankedShapedTypeDims &) { return failure(); }

LogicalResult MoeOp::verify() { return success(); }
LogicalResult MoeOp::reifyResultShapes(OpBuilder &, ReifiedRankedShapedTypeDims &) { return failure(); }

LogicalResult GroupOp::verify() { return success(); }
LogicalResult GroupOp::reifyResultShapes(OpBuilder &, ReifiedRankedShapedTypeDims &) { return failure(); }

LogicalResult GroupedMatmulOp::verify() { return success(); }
LogicalResult GroupedMatmulOp::reifyResultShapes(OpBuilder &, ReifiedRankedShapedTypeDims &) { return failure(); }

LogicalResult GatedActivationOp::verify() { return success(); }
LogicalResult GatedActivationOp::reifyResultShapes(OpBuilder &, ReifiedRankedShapedTypeDims &) { return failure(); }

LogicalResult CombineOp::verify() { return success(); }
LogicalResult CombineOp::reifyResultShapes(OpBuilder &, ReifiedRankedShapedTypeDims &) { return failure(); }

LogicalResult GatherOp::verify() { return success(); }
LogicalResult GatherOp::reifyResultShapes(OpBuilder &, ReifiedRankedShapedTypeDims &) { return failure(); }

LogicalResult GatherNDOp::verify() { return success(); }
LogicalResult GatherNDOp::reifyResultShapes(OpBuilder &, ReifiedRankedShapedTypeDims &) { return failure(); }

LogicalResult GatherElementsOp::verify() { return success(); }
LogicalResult GatherElementsOp::reifyResultShapes(OpBuilder &, ReifiedRankedShapedTypeDims &) { return failure(); }

LogicalResult ScatterElementsOp::verify() { return success(); }
LogicalResult ScatterElementsOp::reifyResultShapes(OpBuilder &, ReifiedRankedShapedTypeDims &) { return failure(); }

LogicalResult ScatterNDOp::verify() { return success(); }
LogicalResult ScatterNDOp::reifyResultShapes(OpBuilder &, ReifiedRankedShapedTypeDims &) { return failure(); }

LogicalResult TopKOp::verify() { return success(); }
LogicalResult TopKOp::reifyResultShapes(OpBuilder &, ReifiedRankedShapedTypeDims &) { return failure(); }

LogicalResult CumSumOp::verify() { return success(); }
LogicalResult CumSumOp::reifyResultShapes(OpBuilder &, ReifiedRankedShapedTypeDims &) { return failure(); }

#define GET_OP_CLASSES
#include "dialects/Hadal/IR/HadalOps.cpp.inc"
