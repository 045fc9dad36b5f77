//===- HadalOps.td - The operations of the hadal dialect -----*- tablegen -*-===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// One file per family.
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_DIALECTS_HADAL_IR_HADALOPS_TD
#define HADAL_DIALECTS_HADAL_IR_HADALOPS_TD

include "dialects/Hadal/IR/HadalBase.td"
include "dialects/Hadal/IR/Attention.td"
include "dialects/Hadal/IR/Latent.td"
include "dialects/Hadal/IR/Cache.td"
include "dialects/Hadal/IR/Sparse.td"
include "dialects/Hadal/IR/SparseModels.td"
include "dialects/Hadal/IR/Routing.td"
include "dialects/Hadal/IR/Experts.td"
include "dialects/Hadal/IR/Parallel.td"
include "dialects/Hadal/IR/Quantization.td"
include "dialects/Hadal/IR/Layers.td"
include "dialects/Hadal/IR/AttentionGradients.td"
include "dialects/Hadal/IR/Gradients.td"
include "dialects/Hadal/IR/Glue.td"

#endif // HADAL_DIALECTS_HADAL_IR_HADALOPS_TD
