//===- Structured.h - Iteration spaces of linalg ops ------------*- C++ -*-===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The body of a structured op as a list of lane operations. It runs on
// stretches of the innermost parallel loop, so that interpreting costs little
// an element:
//
//   ^bb0(%a: f32, %b: f32, %acc: f32):        source 0, source 1, source 2
//     %m = arith.mulf %a, %b : f32            step 0: mulf 0 1 -> temporary 3
//     %s = arith.addf %acc, %m : f32          step 1: addf 2 3 -> temporary 4
//     linalg.yield %s : f32                   results: 4
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_LIB_REFERENCE_STRUCTURED_H
#define HADAL_LIB_REFERENCE_STRUCTURED_H

#include "Lanes.h"
#include "Machine.h"

namespace hadal {

struct LaneProgram {
  struct Step {
    mlir::Operation *op;
    LaneOp lane;
    llvm::SmallVector<unsigned, 3> inputs; // registers
  };
  /// Registers: block arguments, then captures, then loop indices, then steps.
  unsigned numArguments = 0;
  llvm::SmallVector<unsigned, 2> captures; // slots of scalars from outside
  llvm::SmallVector<Cell, 2> constants;    // known scalars
  llvm::SmallVector<unsigned, 2> loops;    // of linalg.index
  std::vector<Step> steps;
  llvm::SmallVector<unsigned, 2> results; // registers
  /// acc + a · b in that form: a contraction's body. The registers of a and b.
  bool isContraction = false;
  unsigned factors[2] = {0, 0};

  unsigned firstConstant() const { return numArguments + captures.size(); }
  unsigned firstLoop() const { return firstConstant() + constants.size(); }
  unsigned firstStep() const { return firstLoop() + loops.size(); }

  /// Null if the body has anything but element-wise operations on scalars.
  static std::shared_ptr<LaneProgram> build(mlir::Block &block, Routine &routine);
};

} // namespace hadal

#endif // HADAL_LIB_REFERENCE_STRUCTURED_H
