//===- FromVhlo.cpp - Operations of portable artifacts as those of StableHLO -===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Importer.h"

#include "dialects/Vhlo/IR/Vhlo.h"

#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using namespace hadal;
using namespace hadal::stablehlo;

namespace {
class Converter {
public:
  Converter(ModuleOp module, Location file, StringRef producer)
      : module(module), file(file), producer(producer), b(module.getContext()) {}
  LogicalResult run();

private:
  LogicalResult check();
  LogicalResult convert(Operation *op);
  LogicalResult convertFunction(Operation *op);

  ModuleOp module;
  Location file;
  StringRef producer;
  OpBuilder b;
};
} // namespace

/// "vhlo.dot_general_v2" as "dot_general" and 2; 0 if there is no version.
static std::pair<StringRef, unsigned> splitName(Operation *op) {
  auto [name, version] = op->getName().stripDialect().rsplit("_v");
  unsigned number = 0;
  if (version.getAsInteger(10, number))
    number = 0;
  return {name, number};
}

static bool isVhlo(Operation *op) { return op->getName().getDialectNamespace() == "vhlo"; }

/// Every operation that is not read, in one error.
LogicalResult Converter::check() {
  llvm::SetVector<StringRef> unknown, newer;
  Operation *first = nullptr;
  module.walk([&](Operation *op) {
    if (!isVhlo(op))
      return;
    auto [name, version] = splitName(op);
    bool isOurs = name == "func" || name == "call" || name == "return" ||
                  RegisteredOperationName::lookup(("stablehlo." + name).str(), b.getContext());
    if (!isOurs)
      unknown.insert(op->getName().getStringRef());
    else if (version == 0 || version > newestVhloVersion(name))
      newer.insert(op->getName().getStringRef());
    else
      return;
    if (!first)
      first = op;
  });
  if (!first)
    return success();
  auto error = errorAt(first->getLoc(), file);
  if (!unknown.empty())
    error << "not supported: " << llvm::join(unknown, ", ");
  if (!newer.empty()) {
    error << (unknown.empty() ? "" : "; ") << "newer than what is read: ";
    llvm::interleaveComma(newer, error, [&](StringRef full) {
      StringRef name = full.drop_front(StringRef("vhlo.").size()).rsplit("_v").first;
      error << full << " (up to version " << newestVhloVersion(name) << " is)";
    });
  }
  return error << ", in an artifact of " << producer << "; operations of StableHLO up to " << kNewestStableHLO
               << " are known";
}

static SmallVector<int64_t> numbers(Attribute attribute) {
  SmallVector<int64_t> list;
  if (auto elements = dyn_cast_or_null<DenseIntElementsAttr>(attribute))
    for (const APInt &number : elements.getValues<APInt>())
      list.push_back(number.getSExtValue());
  return list;
}

/// Attributes of arguments or results, a dictionary for each; empty ones are left out.
static ArrayAttr argumentAttributes(Operation *op, StringRef name, size_t count) {
  auto list = op->getAttrOfType<ArrayAttr>(name);
  bool fits =
      list && list.size() == count && llvm::all_of(list, [](Attribute each) { return isa<DictionaryAttr>(each); });
  return fits ? list : ArrayAttr();
}

LogicalResult Converter::convertFunction(Operation *op) {
  auto name = op->getAttrOfType<StringAttr>("sym_name");
  auto typeAttr = op->getAttrOfType<TypeAttr>("function_type");
  auto type = typeAttr ? dyn_cast<FunctionType>(typeAttr.getValue()) : FunctionType();
  if (!name || !type || op->getNumRegions() != 1)
    return op->emitError("is no function");
  auto visibility = op->getAttrOfType<StringAttr>("sym_visibility");
  auto function = func::FuncOp::create(b, op->getLoc(), name, type);
  if (visibility && (visibility == "private" || visibility == "nested"))
    SymbolTable::setSymbolVisibility(function, visibility == "private" ? SymbolTable::Visibility::Private
                                                                       : SymbolTable::Visibility::Nested);
  if (ArrayAttr attributes = argumentAttributes(op, "arg_attrs", type.getNumInputs()))
    function.setAllArgAttrs(attributes);
  if (ArrayAttr attributes = argumentAttributes(op, "res_attrs", type.getNumResults()))
    function.setAllResultAttrs(attributes);
  function.getBody().takeBody(op->getRegion(0));
  return success();
}

LogicalResult Converter::convert(Operation *op) {
  b.setInsertionPoint(op);
  auto [name, version] = splitName(op);
  if (name == "func") {
    if (failed(convertFunction(op)))
      return failure();
    op->erase();
    return success();
  }
  NamedAttrList attributes;
  NamedAttrList given(op->getAttrs());
  auto take = [&](StringRef attribute) { return numbers(given.erase(attribute)); };
  auto number = [&](StringRef attribute) -> int64_t {
    auto value = dyn_cast_or_null<IntegerAttr>(given.erase(attribute));
    return value ? value.getInt() : 0;
  };
  std::string target = ("stablehlo." + name).str();
  MLIRContext *context = b.getContext();
  if (name == "return") {
    // Functions have been made already where this is one's: outer operations come last.
    target = op->getParentOp() && splitName(op->getParentOp()).first == "func" ? "func.return" : "stablehlo.return";
  } else if (name == "call") {
    auto callee = dyn_cast_or_null<StringAttr>(given.erase("callee"));
    if (!callee)
      return op->emitError("calls nothing");
    target = "func.call";
    attributes.set("callee", FlatSymbolRefAttr::get(callee));
  } else if (name == "dot_general") {
    SmallVector<int64_t> lhsBatch = take("lhs_batching_dimensions"), rhsBatch = take("rhs_batching_dimensions"),
                         lhsSum = take("lhs_contracting_dimensions"), rhsSum = take("rhs_contracting_dimensions");
    attributes.set("dot_dimension_numbers", DotDimensionNumbersAttr::get(context, lhsBatch, rhsBatch, lhsSum, rhsSum));
    // How exact a product must at least be; ours is exact to the types.
    for (StringRef algorithm :
         {"accumulation_type", "allow_imprecise_accumulation", "lhs_component_count", "lhs_precision_type",
          "num_primitive_operations", "rhs_component_count", "rhs_precision_type"})
      given.erase(algorithm);
  } else if (name == "gather" || name == "dynamic_gather") {
    SmallVector<int64_t> offset = take("offset_dims"), collapsed = take("collapsed_slice_dims"),
                         operandBatching = take("operand_batching_dims"),
                         indicesBatching = take("start_indices_batching_dims"), map = take("start_index_map");
    attributes.set("dimension_numbers",
                   GatherDimensionNumbersAttr::get(context, offset, collapsed, operandBatching, indicesBatching, map,
                                                   number("index_vector_dim")));
  } else if (name == "scatter") {
    SmallVector<int64_t> window = take("update_window_dims"), inserted = take("inserted_window_dims"),
                         inputBatching = take("input_batching_dims"),
                         indicesBatching = take("scatter_indices_batching_dims"),
                         map = take("scatter_dims_to_operand_dims");
    attributes.set("scatter_dimension_numbers",
                   ScatterDimensionNumbersAttr::get(context, window, inserted, inputBatching, indicesBatching, map,
                                                    number("index_vector_dim")));
  } else if (name == "composite") {
    auto decomposition = dyn_cast_or_null<StringAttr>(given.erase("decomposition"));
    if (!decomposition)
      return op->emitError("has no decomposition");
    attributes.set("decomposition", FlatSymbolRefAttr::get(decomposition));
  }
  for (NamedAttribute attribute : given) {
    Attribute value = attribute.getValue();
    auto elements = dyn_cast<DenseIntElementsAttr>(value);
    auto list = dyn_cast<ArrayAttr>(value);
    if (attribute.getName() == "result_accuracy" || attribute.getName() == "result_tilings")
      continue;
    if (list && list.empty()) // what stands for nothing
      continue;
    if (elements && name != "constant" && elements.getType().getRank() == 1 && elements.getElementType().isInteger(64))
      value = b.getDenseI64ArrayAttr(numbers(elements));
    attributes.set(attribute.getName(), value);
  }
  OperationState state(op->getLoc(), target, op->getOperands(), op->getResultTypes(), attributes);
  for (Region &region : op->getRegions())
    state.addRegion()->takeBody(region);
  // Attributes of the wrong kind are errors here, not assertions later.
  RegisteredOperationName registered = *RegisteredOperationName::lookup(target, context);
  auto report = [&] { return emitError(op->getLoc()) << "'" << op->getName() << "' "; };
  if (failed(registered.verifyInherentAttrs(attributes, report)))
    return failure();
  Operation *made = b.create(state);
  op->replaceAllUsesWith(made->getResults());
  op->erase();
  return success();
}

LogicalResult Converter::run() {
  if (failed(check()))
    return failure();
  SmallVector<Operation *> ops;
  module.walk([&](Operation *op) { // inner operations first
    if (isVhlo(op))
      ops.push_back(op);
  });
  for (Operation *op : ops)
    if (failed(convert(op)))
      return failure();
  return success();
}

LogicalResult hadal::stablehlo::convertVhlo(ModuleOp module, Location file, StringRef producer) {
  return Converter(module, file, producer).run();
}
