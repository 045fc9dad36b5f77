//===- AllocateShared.cpp - Offsets for shared arrays ---------------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/Cuda/Transforms/Passes.h"

#include "llvm/Support/MathExtras.h"

namespace hadal::cuda {
#define GEN_PASS_DEF_CUDAALLOCATESHARED
#include "dialects/Cuda/Transforms/Passes.h.inc"
} // namespace hadal::cuda

using namespace mlir;
using namespace hadal::cuda;

/// What sm_86, sm_89 and sm_120 let one block have; the others have more.
static constexpr int64_t kMaxSharedBytes = 99 * 1024;

int64_t hadal::cuda::getElementBytes(Type element) {
  return element.isIndex() ? 8 : llvm::divideCeil(element.getIntOrFloatBitWidth(), 8);
}

namespace {

struct Placed {
  SharedOp op;
  int64_t bytes;
  int64_t first, last; // of the ops of the kernel, in order
  int64_t offset = 0;
};

struct AllocateShared : hadal::cuda::impl::CudaAllocateSharedBase<AllocateShared> {
  void runOnOperation() override {
    KernelOp kernel = getOperation();
    DenseMap<Operation *, int64_t> begin, end;
    int64_t count = 0;
    number(kernel, count, begin, end);

    SmallVector<Placed> arrays;
    kernel.walk([&](SharedOp op) {
      ArrayType type = op.getType();
      Placed placed{op, static_cast<int64_t>(llvm::alignTo(type.getSize() * getElementBytes(type.getElement()), 16)),
                    begin[op], end[op]};
      for (Operation *user : op->getUsers())
        placed.last = std::max(placed.last, end[op->getBlock()->findAncestorOpInBlock(*user)]);
      arrays.push_back(placed);
    });
    // Large ones first: small ones fill the gaps.
    llvm::stable_sort(arrays, [](const Placed &a, const Placed &b) { return a.bytes > b.bytes; });
    int64_t total = 0;
    for (auto [index, placed] : llvm::enumerate(arrays)) {
      placed.offset = findOffset(placed, ArrayRef(arrays).take_front(index));
      placed.op.setOffset(placed.offset);
      total = std::max(total, placed.offset + placed.bytes);
    }
    if (total > kMaxSharedBytes) {
      InFlightDiagnostic diag = kernel.emitError("the kernel @")
                                << kernel.getProgram() << " needs " << total << " bytes of shared memory, more than "
                                << kMaxSharedBytes << "; its tiles are too large";
      for (Placed &placed : arrays)
        diag.attachNote(placed.op.getLoc()) << placed.op.getName() << " takes " << placed.bytes << " bytes";
      return signalPassFailure();
    }
    kernel.setShared(total);
  }

  static void number(Operation *op, int64_t &count, DenseMap<Operation *, int64_t> &begin,
                     DenseMap<Operation *, int64_t> &end) {
    begin[op] = count++;
    for (Region &region : op->getRegions())
      for (Operation &child : region.getOps())
        number(&child, count, begin, end);
    end[op] = count++;
  }

  /// The lowest offset at which no array of the same time lies.
  static int64_t findOffset(const Placed &placed, ArrayRef<Placed> others) {
    SmallVector<std::pair<int64_t, int64_t>> taken;
    for (const Placed &other : others)
      if (other.first <= placed.last && placed.first <= other.last)
        taken.emplace_back(other.offset, other.offset + other.bytes);
    llvm::sort(taken);
    int64_t offset = 0;
    for (auto [start, stop] : taken) {
      if (offset + placed.bytes <= start)
        break;
      offset = std::max(offset, stop);
    }
    return offset;
  }
};

} // namespace
