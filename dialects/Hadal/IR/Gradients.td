//===- Gradients.td - Derivatives --------------------------*- tablegen -*-===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_DIALECTS_HADAL_IR_GRADIENTS_TD
#define HADAL_DIALECTS_HADAL_IR_GRADIENTS_TD

include "dialects/Hadal/IR/HadalOpBase.td"


#endif // HADAL_DIALECTS_HADAL_IR_GRADIENTS_TD
