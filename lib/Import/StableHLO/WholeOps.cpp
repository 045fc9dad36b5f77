//===- WholeOps.cpp - Custom calls and composites that are our operations -===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// `hadal.nsa`, `hadal.moe`, …: operands stand in the order of the operation.
// Where one that may be missing is left out, the attribute `operands` names
// those that are there: "q, k, v, sink".
//
//===----------------------------------------------------------------------===//

#include "hadal/Import/WholeOps.h"
#include "Importer.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using namespace hadal;
using namespace hadal::stablehlo;

static DictionaryAttr attributesOf(Operation *op) {
  if (auto composite = dyn_cast<CompositeOp>(op))
    return composite.getCompositeAttributesAttr();
  if (auto dictionary = dyn_cast_or_null<DictionaryAttr>(cast<CustomCallOp>(op).getBackendConfigAttr()))
    return dictionary;
  return op->getAttrOfType<DictionaryAttr>("mhlo.backend_config");
}

/// The names of the operands that are there; none if they are just the first ones.
static FailureOr<SmallVector<StringRef>> namesOf(Operation *op, const WholeOp &whole, Attribute given) {
  SmallVector<StringRef> names;
  if (auto text = dyn_cast_or_null<StringAttr>(given)) {
    for (StringRef name : llvm::split(text.getValue(), ','))
      names.push_back(name.trim());
  } else if (auto list = dyn_cast_or_null<ArrayAttr>(given)) {
    for (Attribute name : list)
      names.push_back(isa<StringAttr>(name) ? cast<StringAttr>(name).getValue() : StringRef());
  } else if (given) {
    return op->emitOpError("of '") << whole.name << "': attribute 'operands' must name operands";
  } else {
    for (const WholeOp::Part &part : ArrayRef(whole.operands).take_front(op->getNumOperands()))
      names.push_back(part.name);
  }
  if (names.size() != op->getNumOperands())
    return op->emitOpError("of '") << whole.name << "' has " << op->getNumOperands() << " operands, not "
                                   << names.size();
  return names;
}

/// A size of the result as the import knows it, where it is one of an operand.
static Size knownSize(Importer &importer, Operation *op, ArrayRef<Value> values, Size size) {
  auto value = dyn_cast<Value>(size);
  auto dim = value ? value.getDefiningOp<tensor::DimOp>() : tensor::DimOp();
  std::optional<int64_t> index = dim ? dim.getConstantIndex() : std::nullopt;
  if (!index)
    return size;
  for (auto [i, operand] : llvm::enumerate(values))
    if (operand == dim.getSource())
      return importer.operand(op, i).dims[*index];
  return size;
}

LogicalResult hadal::stablehlo::importWholeOp(Importer &importer, Operation *op, const WholeOp &whole) {
  auto error = [&]() -> InFlightDiagnostic { return op->emitOpError("of '") << whole.name << "': "; };
  NamedAttrList attributes;
  Attribute given;
  std::string why;
  if (DictionaryAttr dictionary = attributesOf(op)) {
    for (NamedAttribute attribute : dictionary) {
      if (attribute.getName() == "operands")
        given = attribute.getValue();
      else if (failed(whole.addAttribute(attributes, attribute.getName(), attribute.getValue(), why)))
        return error() << why;
    }
  }
  FailureOr<SmallVector<StringRef>> names = namesOf(op, whole, given);
  if (failed(names))
    return failure();
  SmallVector<Value> values, operands(whole.operands.size());
  for (unsigned i = 0; i < op->getNumOperands(); ++i)
    values.push_back(importer.materialize(importer.operand(op, i)));
  for (auto [name, value] : llvm::zip_equal(*names, values)) {
    auto part = llvm::find_if(whole.operands, [name = name](const WholeOp::Part &each) { return each.name == name; });
    if (part == whole.operands.end())
      return error() << "there is no operand '" << name << "'";
    Value &place = operands[part - whole.operands.begin()];
    if (place)
      return error() << "operand '" << name << "' is named twice";
    place = value;
  }
  SmallVector<Type> types;
  for (Type type : op->getResultTypes()) {
    auto tensor = cast<RankedTensorType>(type);
    types.push_back(RankedTensorType::get(tensor.getShape(), storageType(tensor.getElementType())));
  }
  FailureOr<Operation *> made = whole.create(importer.b, importer.loc, operands, attributes, types, why);
  if (failed(made))
    return error() << why;
  ReifiedRankedShapedTypeDims shapes;
  if (failed(cast<ReifyRankedShapedTypeOpInterface>(*made).reifyResultShapes(importer.b, shapes)))
    return error() << "the sizes of its results are not known";
  for (auto [result, value, shape] : llvm::zip_equal(op->getResults(), (*made)->getResults(), shapes)) {
    auto type = cast<RankedTensorType>(result.getType());
    Sizes sizes;
    for (Size size : shape)
      sizes.push_back(knownSize(importer, op, values, size));
    importer.set(result, importer.make(type.getElementType(), importer.refine(type, sizes), value));
  }
  return success();
}
