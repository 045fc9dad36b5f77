//===- Simplify.cpp - What a new program computes twice -------------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Schedule.h"

#include "mlir/Dialect/SCF/Utils/Utils.h"
#include "mlir/IR/Dominance.h"
#include "mlir/Transforms/CSE.h"
#include "mlir/Transforms/RegionUtils.h"

using namespace mlir;
using namespace hadal;

/// The next loop of the block that runs over the same range without needing
/// anything of `loop`, once what it needs is moved before `loop`.
static scf::ForOp partnerOf(scf::ForOp loop, RewriterBase &rewriter) {
  for (Operation *op = loop->getNextNode(); op; op = op->getNextNode()) {
    auto other = dyn_cast<scf::ForOp>(op);
    if (!other || other.getLowerBound() != loop.getLowerBound() || other.getUpperBound() != loop.getUpperBound() ||
        other.getStep() != loop.getStep())
      continue;
    if (succeeded(moveOperationDependencies(rewriter, other, loop)))
      return other;
  }
  return {};
}

/// Two products over one range (a gate and its twin) become one loop: their
/// common operand is then loaded once.
static void fuseSiblings(tile::ProgramOp program, RewriterBase &rewriter) {
  bool changed = true;
  while (changed) {
    changed = false;
    program.walk([&](scf::ForOp loop) {
      scf::ForOp other = partnerOf(loop, rewriter);
      if (!other)
        return WalkResult::advance();
      // `other` moves up to `loop`: nothing between them is needed by it any more.
      rewriter.moveOpBefore(other, loop);
      fuseIndependentSiblingForLoops(other, loop, rewriter);
      changed = true;
      return WalkResult::interrupt();
    });
  }
}

void hadal::simplify(tile::ProgramOp program) {
  IRRewriter rewriter(program.getContext());
  DominanceInfo dominance(program);
  eliminateCommonSubExpressions(rewriter, dominance, program);
  fuseSiblings(program, rewriter);
  DominanceInfo after(program);
  eliminateCommonSubExpressions(rewriter, after, program);
}
