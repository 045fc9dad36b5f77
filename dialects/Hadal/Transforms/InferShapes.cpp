//===- InferShapes.cpp - The pass --hadal-infer-shapes --------------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/Hadal/Transforms/Passes.h"

#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/Verifier.h"

using namespace mlir;
using namespace hadal;

namespace hadal {
#define GEN_PASS_DEF_INFERSHAPES
#include "dialects/Hadal/Transforms/Passes.h.inc"
} // namespace hadal

/// The static sizes of `described` where `type` has none; `type` itself where there are none.
static RankedTensorType refine(RankedTensorType type, ArrayRef<ResultSizes::Size> described) {
  SmallVector<int64_t> shape(type.getShape());
  for (auto [size, known] : llvm::zip_equal(described, shape))
    if (auto constant = dyn_cast_if_present<Attribute>(size); constant && ShapedType::isDynamic(known))
      known = cast<IntegerAttr>(constant).getInt();
  return RankedTensorType::get(shape, type.getElementType(), type.getEncoding());
}

static bool isVerified(Operation *op) {
  ScopedDiagnosticHandler quiet(op->getContext(), [](Diagnostic &) { return success(); });
  return succeeded(verify(op));
}

/// Reads through casts and refines the results' types, or leaves `op` as it was.
static void infer(ResultSizesOpInterface op) {
  SmallVector<Value> operands(op->getOperands());
  SmallVector<Type> types(op->getResultTypes());
  for (OpOperand &operand : op->getOpOperands())
    if (auto cast = operand.get().getDefiningOp<tensor::CastOp>())
      if (tensor::preservesStaticInformation(cast.getType(), cast.getSource().getType()))
        operand.set(cast.getSource());
  ResultSizes sizes(op);
  op.describeResults(sizes);
  for (auto &[result, described] : sizes.results())
    const_cast<Value &>(result).setType(refine(cast<RankedTensorType>(result.getType()), described));
  if (!isVerified(op)) {
    op->setOperands(operands);
    for (auto [result, type] : llvm::zip_equal(op->getResults(), types))
      result.setType(type);
    return;
  }
  OpBuilder builder(op->getContext());
  builder.setInsertionPointAfter(op);
  for (auto [result, type] : llvm::zip_equal(op->getResults(), types)) {
    if (result.getType() == type || result.use_empty())
      continue;
    auto cast = tensor::CastOp::create(builder, op->getLoc(), type, result);
    result.replaceAllUsesExcept(cast, cast);
  }
}

namespace {
struct InferShapes : hadal::impl::InferShapesBase<InferShapes> {
  void runOnOperation() override {
    SmallVector<ResultSizesOpInterface> ops;
    getOperation().walk([&](ResultSizesOpInterface op) { ops.push_back(op); });
    llvm::for_each(ops, infer);
    // Casts that nothing reads any more.
    getOperation().walk([](tensor::CastOp cast) {
      if (cast.use_empty())
        cast.erase();
    });
  }
};
} // namespace
