//===- Calls.cpp - Custom calls, composites, and what is refused at once --===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Importer.h"

#include "hadal/Import/WholeOps.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/TypeUtilities.h"
#include "llvm/ADT/StringSwitch.h"

using namespace mlir;
using namespace hadal::stablehlo;

namespace {
enum class Known {
  None,
  Assertion, // says what is true of shapes anyway
  Identity,  // an annotation: the result is the operand
  TopK,
  Erf,
  Erfc,
  Square,
};
} // namespace

static Known knownCall(StringRef name) {
  return llvm::StringSwitch<Known>(name)
      .Case("shape_assertion", Known::Assertion)
      .Cases({"Sharding", "annotate_device_placement", "LayoutConstraint", "xla.sdy.FuncResultSharding"},
             Known::Identity)
      .Cases({"chlo.top_k", "mhlo.topk"}, Known::TopK)
      .Cases({"chlo.erf", "mhlo.erf"}, Known::Erf)
      .Case("chlo.erfc", Known::Erfc)
      .Case("chlo.square", Known::Square)
      .Default(Known::None);
}

/// The k of a top-k, as an attribute of a composite, or in the attributes that older producers give to the call.
static std::optional<int64_t> findK(Operation *op) {
  auto in = [](DictionaryAttr attributes) -> std::optional<int64_t> {
    auto k = attributes ? attributes.getAs<IntegerAttr>("k") : IntegerAttr();
    return k ? std::optional(k.getInt()) : std::nullopt;
  };
  if (auto composite = dyn_cast<CompositeOp>(op))
    return in(composite.getCompositeAttributesAttr());
  if (auto attributes = op->getAttrOfType<DictionaryAttr>("mhlo.attributes")) {
    auto largest = attributes.getAs<BoolAttr>("largest");
    if (!largest || largest.getValue())
      return in(attributes);
  }
  return std::nullopt;
}

LogicalResult hadal::stablehlo::importCustom(Importer &importer, Operation *op) {
  auto composite = dyn_cast<CompositeOp>(op);
  StringRef name = composite ? composite.getName() : cast<CustomCallOp>(op).getCallTargetName();
  if (const WholeOp *whole = findWholeOp(name))
    return importWholeOp(importer, op, *whole);
  auto each = [&](ScalarBody body) {
    Tensor &x = importer.operand(op, 0);
    importer.set(op->getResult(0), importer.elementwise(x.element, x.dims, &x, body));
    return success();
  };
  bool unary = op->getNumOperands() == 1 && op->getNumResults() == 1 &&
               op->getOperand(0).getType() == op->getResult(0).getType();
  bool isFloat = unary && isa<FloatType>(getElementTypeOrSelf(op->getOperand(0)));
  switch (knownCall(name)) {
  case Known::Assertion:
    return success();
  case Known::Identity:
    if (unary) {
      importer.set(op->getResult(0), importer.operand(op, 0));
      return success();
    }
    break;
  case Known::TopK:
    if (std::optional<int64_t> k = findK(op); k && op->getNumOperands() == 1)
      return importTopK(importer, op, *k);
    break;
  case Known::Erf:
    if (isFloat)
      return each(
          [](OpBuilder &at, Location loc, ValueRange in) -> Value { return math::ErfOp::create(at, loc, in[0]); });
    break;
  case Known::Erfc:
    if (isFloat)
      return each(
          [](OpBuilder &at, Location loc, ValueRange in) -> Value { return math::ErfcOp::create(at, loc, in[0]); });
    break;
  case Known::Square:
    if (isFloat)
      return each([](OpBuilder &at, Location loc, ValueRange in) -> Value {
        return arith::MulFOp::create(at, loc, in[0], in[0]);
      });
    break;
  case Known::None:
    break;
  }
  if (composite) // What it stands for is written out.
    return importer.importCall(op, composite.getDecomposition());
  return op->emitOpError("of '") << name << "' is not supported";
}

//===----------------------------------------------------------------------===//
// What is refused before anything is imported
//===----------------------------------------------------------------------===//

static bool isSupportedElement(Type element) {
  if (auto integer = dyn_cast<IntegerType>(element))
    return llvm::is_contained({1u, 8u, 16u, 32u, 64u}, integer.getWidth());
  return element.isF16() || element.isBF16() || element.isF32() || element.isF64();
}

static std::string text(Type type) {
  std::string result;
  llvm::raw_string_ostream(result) << type;
  return result;
}

std::string hadal::stablehlo::whyUnsupported(Operation *op) {
  if (auto call = dyn_cast<CustomCallOp>(op);
      call && knownCall(call.getCallTargetName()) == Known::None && !findWholeOp(call.getCallTargetName()))
    return "custom_call of '" + call.getCallTargetName().str() + "'";
  if (auto cast = dyn_cast<BitcastConvertOp>(op))
    if (getElementTypeOrSelf(cast.getOperand()).getIntOrFloatBitWidth() !=
        getElementTypeOrSelf(cast.getResult()).getIntOrFloatBitWidth())
      return "bitcast_convert between types of different widths";
  if (auto precision = dyn_cast<ReducePrecisionOp>(op)) {
    auto format = std::pair(precision.getExponentBits(), precision.getMantissaBits());
    if (format != std::pair(8u, 7u) && format != std::pair(5u, 10u) && format != std::pair(8u, 23u))
      return "reduce_precision to e" + std::to_string(format.first) + "m" + std::to_string(format.second);
  }
  SmallVector<Type> types(op->getOperandTypes());
  llvm::append_range(types, op->getResultTypes());
  for (Region &region : op->getRegions())
    for (Block &block : region)
      llvm::append_range(types, block.getArgumentTypes());
  for (Type type : types) {
    auto tensor = dyn_cast<RankedTensorType>(type);
    if (!tensor)
      return "values of the type " + text(type);
    if (!isSupportedElement(tensor.getElementType()))
      return "elements of the type " + text(tensor.getElementType());
  }
  return "";
}
