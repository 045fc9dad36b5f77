//===- FormKernels.cpp - --hadal-form-kernels -----------------------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Contraction.h"
#include "Flatten.h"
#include "Schedule.h"

#include "hadal/Conversion/HadalToTile/Passes.h"

namespace hadal {
#define GEN_PASS_DEF_FORMKERNELS
#include "hadal/Conversion/HadalToTile/Passes.h.inc"
} // namespace hadal

#include "mlir/IR/TypeUtilities.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using namespace hadal;

namespace {

class FormKernelsPass : public hadal::impl::FormKernelsBase<FormKernelsPass> {
public:
  using FormKernelsBase::FormKernelsBase;
  void runOnOperation() override;

private:
  LogicalResult formFunction(func::FuncOp function, llvm::StringMap<std::string> &programs);
  FormOptions formOptions;
};

} // namespace

static Value withoutReshapes(Value value) {
  while (Operation *op = value.getDefiningOp()) {
    if (!isa<tensor::CollapseShapeOp, tensor::ExpandShapeOp>(op))
      break;
    value = op->getOperand(0);
  }
  return value;
}

/// Whether the operation is computed in f32 whatever its operands are.
static bool worksInF32(Operation *op) {
  if (isa<linalg::LinalgOp>(op))
    return isa<linalg::SoftmaxOp>(op) || Contraction::match(cast<linalg::LinalgOp>(op));
  return isa<AttentionOp, RMSNormOp, GroupedMatmulOp, RouteOp>(op);
}

/// The clauses of an attention that no kernel handles, for a message; empty if there are none.
static std::string unhandledClauses(Operation *op) {
  auto attention = dyn_cast<AttentionOp>(op);
  if (!attention)
    return "";
  SmallVector<StringRef> clauses;
  for (auto [isGiven, name] : {std::pair<bool, StringRef>(attention.getSink() != nullptr, "sink"),
                               {attention.getQLengths() != nullptr, "q_lengths"},
                               {attention.getKvLengths() != nullptr, "kv_lengths"},
                               {attention.getOffsets() != nullptr, "offsets"},
                               {attention.getOffset().has_value(), "offset"},
                               {attention.getWindow().has_value(), "window"},
                               {attention.getSoftcap().has_value(), "softcap"},
                               {attention.getLse() != nullptr, "lse"}})
    if (isGiven)
      clauses.push_back(name);
  return llvm::join(clauses, ", ");
}

/// One error for each operation that no kernel computes.
static LogicalResult checkOperations(func::FuncOp function) {
  LogicalResult result = success();
  auto isF64 = [](Type type) { return getElementTypeOrSelf(type).isF64(); };
  for (Operation &op : function.getBody().front()) {
    if (isa<tile::LaunchOp, tile::GetGlobalOp>(op))
      continue;
    if (kindOf(&op) == OpKind::Unknown) {
      op.emitError("no kernel computes this operation");
      result = failure();
    } else if (std::string clauses = unhandledClauses(&op); !clauses.empty()) {
      op.emitError("no kernel for attention with ") << clauses << "; --hadal-decompose=level=kernels takes it apart";
      result = failure();
    } else if (worksInF32(&op) && llvm::any_of(op.getOperandTypes(), isF64)) {
      op.emitError("no kernel computes this operation in f64");
      result = failure();
    }
  }
  return result;
}

/// Results get the types of what is returned, where casts to less static ones stand between.
static void returnWithoutCasts(func::FuncOp function) {
  Operation *terminator = function.getBody().front().getTerminator();
  for (OpOperand &operand : terminator->getOpOperands())
    while (auto cast = operand.get().getDefiningOp<tensor::CastOp>()) {
      if (!tensor::preservesStaticInformation(cast.getType(), cast.getSource().getType()))
        break;
      operand.set(cast.getSource());
    }
  function.setType(
      FunctionType::get(function.getContext(), function.getArgumentTypes(), terminator->getOperandTypes()));
}

LogicalResult FormKernelsPass::formFunction(func::FuncOp function, llvm::StringMap<std::string> &programs) {
  if (!function.getBody().hasOneBlock())
    return function.emitError("kernels are formed of functions with one block");
  returnWithoutCasts(function);
  if (failed(flatten(function)) || failed(checkOperations(function)))
    return failure();
  OpBuilder builder(&getContext());
  Former former(getOperation(), builder, formOptions, programs);
  for (const Root &root : chooseRoots(function)) {
    if (remarks)
      emitRemark(root.value.getLoc()) << nameOf(root.value) << " stands in memory: " << root.reason;
    builder.setInsertionPoint(root.value.getDefiningOp());
    if (failed(former.form(root)))
      return failure();
  }

  // A result that is an argument, a constant, or another result needs memory of its own.
  Operation *terminator = function.getBody().front().getTerminator();
  builder.setInsertionPoint(terminator);
  SmallPtrSet<Value, 8> returned;
  for (OpOperand &operand : terminator->getOpOperands()) {
    Value base = withoutReshapes(operand.get());
    if (base.getDefiningOp<tile::LaunchOp>() && returned.insert(base).second)
      continue;
    FailureOr<Value> copied = former.copy(operand.get());
    if (failed(copied))
      return failure();
    operand.set(*copied);
  }

  // What was computed inside programs is dead now, and so are the sizes of it.
  SmallVector<Operation *> sizes;
  function.walk([&](tensor::DimOp op) {
    if (!isa<BlockArgument>(op.getSource()))
      sizes.push_back(op);
  });
  for (Operation *op : sizes) {
    auto dim = cast<tensor::DimOp>(op);
    builder.setInsertionPoint(dim);
    // What the former remembers may be this very operation: asked anew, since what it is of may have changed.
    HostDims host(builder);
    if (std::optional<int64_t> index = dim.getConstantIndex())
      dim.getResult().replaceAllUsesWith(host.asValue(dim.getLoc(), host.dim(dim.getSource(), *index)));
  }
  for (Operation &op : llvm::make_early_inc_range(llvm::reverse(function.getBody().front())))
    if (!op.hasTrait<OpTrait::IsTerminator>() && op.use_empty())
      op.erase();
  numLaunches += former.getLaunches();
  return success();
}

void FormKernelsPass::runOnOperation() {
  if (target != "cpu" && target != "cuda") {
    getOperation().emitError("the target of kernels is cpu or cuda, not ") << target;
    return signalPassFailure();
  }
  std::optional<tile::Precision> chosen = tile::symbolizePrecision(precision);
  if (!chosen) {
    getOperation().emitError("the precision of kernels is f32, tf32 or bf16, not ") << precision;
    return signalPassFailure();
  }
  formOptions = {target == "cuda", *chosen};
  llvm::StringMap<std::string> programs;
  for (auto function : llvm::make_early_inc_range(getOperation().getOps<func::FuncOp>()))
    if (!function.isExternal() && failed(formFunction(function, programs)))
      return signalPassFailure();
  numKernels += programs.size();
}
