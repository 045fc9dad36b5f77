//===- Control.cpp - Branches and loops -----------------------------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Importer.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace hadal::stablehlo;

/// A loop of more rounds stays a loop.
static constexpr int64_t kMostRounds = 64;
/// And so does one if that many rounds have been written out altogether.
static constexpr int64_t kMostRoundsOfAll = 512;

//===----------------------------------------------------------------------===//
// if and case: all branches, of whose results one is taken
//===----------------------------------------------------------------------===//

static LogicalResult importBranches(Importer &importer, Operation *op, MutableArrayRef<Region> regions) {
  Tensor &index = importer.operand(op, 0);
  bool isIf = isa<IfOp>(op);
  auto finish = [&](ArrayRef<Tensor *> results) {
    for (auto [result, tensor] : llvm::zip_equal(op->getResults(), results))
      importer.set(result, *tensor);
    return success();
  };
  SmallVector<Tensor *> results;
  int64_t last = regions.size() - 1;
  if (std::optional<int64_t> known = importer.constantElement(index)) {
    int64_t branch = isIf ? (*known ? 0 : 1) : *known < 0 || *known > last ? last : *known;
    return failed(importer.importBlock(regions[branch].front(), {}, results)) ? failure() : finish(results);
  }
  // From the last on, each branch before it is taken instead where the index is its own.
  if (failed(importer.importBlock(regions[last].front(), {}, results)))
    return failure();
  for (int64_t branch = last - 1; branch >= 0; --branch) {
    SmallVector<Tensor *> own;
    if (failed(importer.importBlock(regions[branch].front(), {}, own)))
      return failure();
    importer.loc = op->getLoc();
    Tensor *taken = &index;
    if (!isIf)
      taken = &importer.elementwise(
          importer.b.getI1Type(), {}, &index, [&](OpBuilder &at, Location loc, ValueRange in) -> Value {
            Value number = arith::ConstantOp::create(at, loc, at.getIntegerAttr(in[0].getType(), branch));
            return arith::CmpIOp::create(at, loc, arith::CmpIPredicate::eq, in[0], number);
          });
    for (auto [result, each] : llvm::zip_equal(results, own))
      result = &importer.select(*taken, *each, *result);
  }
  return finish(results);
}

//===----------------------------------------------------------------------===//
// while
//===----------------------------------------------------------------------===//

namespace hadal::stablehlo {
struct LoopImport {
  Importer &importer;
  WhileOp op;

  LogicalResult run();

private:
  FailureOr<bool> unroll(SmallVectorImpl<Tensor *> &results);
  LogicalResult emitLoop(SmallVectorImpl<Tensor *> &results);
};
} // namespace hadal::stablehlo

/// Round by round, until the condition is known to be false. Where it depends on the data, the rounds are made all the
/// same and their results taken while it holds. False if there is no end in sight.
FailureOr<bool> LoopImport::unroll(SmallVectorImpl<Tensor *> &results) {
  SmallVector<Tensor *> state, conditions;
  for (Value operand : op.getOperands())
    state.push_back(&importer.get(operand));
  results.assign(state.begin(), state.end());
  Tensor *active = nullptr; // null: for certain
  for (int64_t round = 0;; ++round) {
    if (failed(importer.importBlock(op.getCond().front(), state, conditions)))
      return failure();
    std::optional<int64_t> known = importer.constantElement(*conditions.front());
    if (known && *known == 0)
      return true;
    if (round == kMostRounds || ++importer.rounds > kMostRoundsOfAll)
      return false;
    importer.loc = op.getLoc();
    if (!known) {
      Tensor &holds = *conditions.front();
      active = !active ? &holds
                       : &importer.elementwise(importer.b.getI1Type(), {}, {active, &holds},
                                               [](OpBuilder &at, Location loc, ValueRange in) -> Value {
                                                 return arith::AndIOp::create(at, loc, in[0], in[1]);
                                               });
    }
    SmallVector<Tensor *> next;
    if (failed(importer.importBlock(op.getBody().front(), state, next)))
      return failure();
    importer.loc = op.getLoc();
    for (auto [result, after] : llvm::zip_equal(results, next))
      result = active ? &importer.select(*active, *after, *result) : after;
    state = next;
  }
}

/// As a loop on tensors, which the reference runs.
LogicalResult LoopImport::emitLoop(SmallVectorImpl<Tensor *> &results) {
  OpBuilder &b = importer.b;
  SmallVector<Value> inits;
  SmallVector<Sizes> dims;
  for (Value operand : op.getOperands()) {
    Tensor &tensor = importer.get(operand);
    if (!cast<RankedTensorType>(operand.getType()).hasStaticShape())
      return op.emitOpError("is a loop of unknown length over tensors of unknown size");
    inits.push_back(importer.materialize(tensor));
    dims.push_back(tensor.dims);
  }
  TypeRange types(ValueRange{inits});
  // What is put into memory within the loop is not there outside.
  std::deque<std::pair<Tensor *, Value>> before;
  for (Tensor &tensor : importer.storage)
    before.emplace_back(&tensor, tensor.value);
  auto loop = scf::WhileOp::create(b, op.getLoc(), types, inits);
  OpBuilder::InsertionGuard guard(b);
  auto arguments = [&](Block *block) {
    SmallVector<Tensor *> tensors;
    for (auto [argument, operand, sizes] : llvm::zip_equal(block->getArguments(), op.getOperands(), dims))
      tensors.push_back(&importer.make(cast<RankedTensorType>(operand.getType()).getElementType(), sizes, argument));
    return tensors;
  };
  SmallVector<Location> locs(inits.size(), op.getLoc());
  SmallVector<Tensor *> made;
  Block *cond = b.createBlock(&loop.getBefore(), {}, types, locs);
  if (failed(importer.importBlock(op.getCond().front(), arguments(cond), made)))
    return failure();
  Value holds = tensor::ExtractOp::create(b, op.getLoc(), importer.materialize(*made.front()), ValueRange());
  scf::ConditionOp::create(b, op.getLoc(), holds, cond->getArguments());
  for (auto [tensor, value] : before)
    tensor->value = value;
  Block *body = b.createBlock(&loop.getAfter(), {}, types, locs);
  if (failed(importer.importBlock(op.getBody().front(), arguments(body), made)))
    return failure();
  SmallVector<Value> yields;
  for (Tensor *tensor : made)
    yields.push_back(importer.materialize(*tensor));
  scf::YieldOp::create(b, op.getLoc(), yields);
  for (auto [tensor, value] : before)
    tensor->value = value;
  results.clear();
  for (auto [value, operand, sizes] : llvm::zip_equal(loop.getResults(), op.getOperands(), dims))
    results.push_back(&importer.make(cast<RankedTensorType>(operand.getType()).getElementType(), sizes, value));
  return success();
}

LogicalResult LoopImport::run() {
  SmallVector<Tensor *> results;
  FailureOr<bool> done = unroll(results);
  if (failed(done) || (!*done && failed(emitLoop(results))))
    return failure();
  for (auto [result, tensor] : llvm::zip_equal(op.getResults(), results))
    importer.set(result, *tensor);
  importer.loc = op.getLoc();
  return success();
}

LogicalResult hadal::stablehlo::importControl(Importer &importer, Operation *op) {
  return llvm::TypeSwitch<Operation *, LogicalResult>(op)
      .Case<IfOp, CaseOp>([&](Operation *branches) { return importBranches(importer, op, branches->getRegions()); })
      .Case([&](WhileOp loop) { return LoopImport{importer, loop}.run(); })
      .Default([](Operation *other) { return other->emitOpError("is not supported"); });
}
