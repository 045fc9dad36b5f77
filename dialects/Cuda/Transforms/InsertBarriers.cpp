//===- InsertBarriers.cpp - Barriers between accesses to shared memory ----===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/Cuda/Transforms/Passes.h"

#include "mlir/IR/Builders.h"

namespace hadal::cuda {
#define GEN_PASS_DEF_CUDAINSERTBARRIERS
#include "dialects/Cuda/Transforms/Passes.h.inc"
} // namespace hadal::cuda

using namespace mlir;
using namespace hadal::cuda;

namespace {

using Range = std::pair<int64_t, int64_t>; // bytes of shared memory

/// Bytes touched since the last barrier (on any way here).
struct Accesses {
  SmallVector<Range> reads, writes;

  static bool meet(ArrayRef<Range> left, ArrayRef<Range> right) {
    return llvm::any_of(left, [&](Range a) {
      return llvm::any_of(right, [&](Range b) { return a.first < b.second && b.first < a.second; });
    });
  }
  static void add(SmallVectorImpl<Range> &to, ArrayRef<Range> from) {
    for (Range range : from)
      if (!llvm::is_contained(to, range))
        to.push_back(range);
  }
  bool conflicts(const Accesses &next) const {
    return meet(writes, next.reads) || meet(writes, next.writes) || meet(reads, next.writes);
  }
  void join(const Accesses &other) {
    add(reads, other.reads);
    add(writes, other.writes);
  }
};

struct InsertBarriers : hadal::cuda::impl::CudaInsertBarriersBase<InsertBarriers> {
  void runOnOperation() override {
    WalkResult result = getOperation().walk([](SharedOp op) {
      if (op.getOffset())
        return WalkResult::advance();
      op.emitOpError("has no offset yet");
      return WalkResult::interrupt();
    });
    if (result.wasInterrupted())
      return signalPassFailure();
    visit(getOperation().getBody().front(), Accesses());
  }

  static Accesses collect(Operation *statement) {
    Accesses accesses;
    statement->walk([&](Operation *op) {
      for (Value operand : op->getOperands()) {
        auto shared = operand.getDefiningOp<SharedOp>();
        if (!shared)
          continue;
        ArrayType type = shared.getType();
        Range range(*shared.getOffset(), *shared.getOffset() + type.getSize() * getElementBytes(type.getElement()));
        if (hasEffect<MemoryEffects::Read>(op))
          Accesses::add(accesses.reads, range);
        if (hasEffect<MemoryEffects::Write>(op))
          Accesses::add(accesses.writes, range);
      }
    });
    return accesses;
  }

  /// Goes through a block that all threads enter; returns what is open at its end.
  static Accesses visit(Block &block, Accesses open) {
    for (Operation &op : llvm::make_early_inc_range(block)) {
      if (isa<BarrierOp>(op)) {
        open = Accesses();
        continue;
      }
      if (op.hasAttr(kUniformAttr)) {
        open = visitRegions(op, open);
        continue;
      }
      Accesses accesses = collect(&op);
      if (open.conflicts(accesses)) {
        OpBuilder builder(&op);
        BarrierOp::create(builder, op.getLoc());
        open = Accesses();
      }
      open.join(accesses);
    }
    return open;
  }

  static Accesses visitRegions(Operation &op, const Accesses &open) {
    Accesses after;
    bool loop = isa<scf::ForOp>(op);
    if (loop || op.getNumRegions() < 2 || op.getRegion(1).empty())
      after = open; // no iteration, or a condition that does not hold
    for (Region &region : op.getRegions()) {
      if (region.empty())
        continue;
      Accesses end = visit(region.front(), open);
      if (loop) { // the next iteration begins where this one ended
        Accesses again = open;
        again.join(end);
        end = visit(region.front(), again);
      }
      after.join(end);
    }
    return after;
  }
};

} // namespace
