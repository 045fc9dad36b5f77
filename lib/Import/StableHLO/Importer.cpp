//===- Importer.cpp - The walk over a model's functions -------------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Importer.h"

#include "dialects/Chlo/IR/Chlo.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/AsmState.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "mlir/IR/TypeUtilities.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace hadal::stablehlo;

Importer::Importer(ModuleOp model, func::FuncOp target)
    : model(model), target(target), b(target.getContext()), loc(target.getLoc()), symbols(model) {
  b.setInsertionPointToEnd(target.addEntryBlock());
}

//===----------------------------------------------------------------------===//
// Operations
//===----------------------------------------------------------------------===//

static LogicalResult importConstant(Importer &importer, ConstantOp op) {
  auto elements = dyn_cast<DenseElementsAttr>(op.getValue());
  auto type = cast<RankedTensorType>(op.getOutput().getType());
  if (!elements) {
    // Resources are data of the storage type; there is nothing to change but the type.
    auto resource = dyn_cast<DenseResourceElementsAttr>(op.getValue());
    if (!resource || storageType(type.getElementType()) != type.getElementType())
      return op.emitOpError("has a value of a kind that is not supported");
    const AsmResourceBlob *blob = resource.getRawHandle().getBlob();
    uint64_t bits = type.getElementType().isIntOrFloat() ? type.getElementTypeBitWidth() : 0;
    uint64_t bytes = bits == 1 ? 1 : bits / 8;
    if (!blob || bytes == 0 || blob->getData().size() / bytes != static_cast<uint64_t>(type.getNumElements()) ||
        blob->getData().size() % bytes != 0)
      return op.emitOpError("has a resource that does not have as many bytes as its type needs");
    Value value = arith::ConstantOp::create(importer.b, importer.loc, resource);
    importer.set(op, importer.make(type.getElementType(), importer.staticSizes(type.getShape()), value));
    return success();
  }
  Type stored = storageType(type.getElementType());
  if (stored != type.getElementType())
    elements = elements.bitcast(stored);
  if (elements.isSplat()) {
    Tensor &tensor = importer.splat(type.getElementType(), importer.staticSizes(type.getShape()),
                                    elements.getSplatValue<TypedAttr>());
    importer.set(op, tensor);
  } else {
    Value value = arith::ConstantOp::create(importer.b, importer.loc, elements);
    importer.set(op, importer.make(type.getElementType(), importer.staticSizes(type.getShape()), value));
  }
  // Small ones may be sizes.
  auto integer = dyn_cast<IntegerType>(type.getElementType());
  if (integer && type.getRank() <= 1 && type.getNumElements() <= 16) {
    Sizes sizes;
    for (const APInt &number : elements.getValues<APInt>())
      sizes.push_back(importer.constant(integer.isUnsigned() || integer.getWidth() == 1 ? number.getZExtValue()
                                                                                        : number.getSExtValue()));
    importer.get(op).elements = std::move(sizes);
  }
  return success();
}

LogicalResult Importer::importOp(Operation *op) {
  loc = op->getLoc();
  if (isElementwise(op))
    return importElementwise(*this, op);
  return llvm::TypeSwitch<Operation *, LogicalResult>(op)
      .Case([&](ConstantOp constant) { return importConstant(*this, constant); })
      .Case<IotaOp, DynamicIotaOp, BroadcastOp, BroadcastInDimOp, DynamicBroadcastInDimOp, ReshapeOp, DynamicReshapeOp,
            GetDimensionSizeOp, TransposeOp, ReverseOp, ConcatenateOp, PadOp, DynamicPadOp>(
          [&](Operation *layout) { return importLayout(*this, layout); })
      .Case<SliceOp, RealDynamicSliceOp, DynamicSliceOp, DynamicUpdateSliceOp>(
          [&](Operation *slice) { return importSlices(*this, slice); })
      .Case<GatherOp, DynamicGatherOp>([&](Operation *gather) { return importGather(*this, gather); })
      .Case([&](ScatterOp scatter) { return importScatter(*this, scatter); })
      .Case<DotOp, DotGeneralOp, chlo::RaggedDotOp>([&](Operation *product) { return importProduct(*this, product); })
      .Case<ReduceOp, ReduceWindowOp, MapOp>([&](Operation *reduce) { return importReduction(*this, reduce); })
      .Case([&](SortOp sort) { return importSort(*this, sort); })
      .Case([&](chlo::TopKOp topk) { return importTopK(*this, topk, topk.getK()); })
      .Case<IfOp, CaseOp, WhileOp>([&](Operation *control) { return importControl(*this, control); })
      .Case([&](func::CallOp call) { return importCall(call, call.getCallee()); })
      .Case<CustomCallOp, CompositeOp>([&](Operation *custom) { return importCustom(*this, custom); })
      .Case([&](OptimizationBarrierOp barrier) {
        for (auto [operand, result] : llvm::zip_equal(barrier.getOperands(), barrier.getResults()))
          set(result, get(operand));
        return success();
      })
      .Default([](Operation *other) { return other->emitOpError("is not supported"); });
}

LogicalResult Importer::importBlock(Block &block, ArrayRef<Tensor *> arguments, SmallVectorImpl<Tensor *> &results) {
  for (auto [argument, tensor] : llvm::zip_equal(block.getArguments(), arguments))
    tensors[argument] = tensor;
  for (Operation &op : block.without_terminator()) {
    if (failed(importOp(&op)))
      return failure();
    for (Value result : op.getResults()) {
      auto type = dyn_cast<RankedTensorType>(result.getType());
      auto made = tensors.find(result);
      if (type && made != tensors.end() && made->second->rank() != type.getRank())
        return op.emitOpError("has a result of rank ")
               << type.getRank() << " where its operands give rank " << made->second->rank();
    }
  }
  results.clear();
  for (Value value : block.getTerminator()->getOperands())
    results.push_back(&get(value));
  return success();
}

LogicalResult Importer::importCall(Operation *op, StringRef name) {
  auto callee = symbols.lookup<func::FuncOp>(name);
  if (!callee || callee.isExternal())
    return op->emitOpError("calls '") << name << "', which has no body";
  if (!callee.getBody().hasOneBlock())
    return op->emitOpError("calls '") << name << "', which has more than one block";
  if (llvm::is_contained(callStack, name))
    return op->emitOpError("calls '") << name << "' from within itself: recursion is not supported";
  if (callStack.size() > 200)
    return op->emitOpError("calls too deep: 200 functions one within the other");
  SmallVector<Tensor *> arguments, results;
  for (Value operand : op->getOperands())
    arguments.push_back(&get(operand));
  if (callee.getNumArguments() != arguments.size() || callee.getNumResults() != op->getNumResults())
    return op->emitOpError("calls '") << name << "' with other arguments than it takes";
  auto agree = [](TypeRange given, TypeRange taken) {
    return llvm::all_of(llvm::zip_equal(given, taken), [](auto types) {
      auto [a, b] = types;
      return getElementTypeOrSelf(a) == getElementTypeOrSelf(b) && succeeded(verifyCompatibleShape(a, b));
    });
  };
  if (!agree(op->getOperandTypes(), callee.getArgumentTypes()) || !agree(op->getResultTypes(), callee.getResultTypes()))
    return op->emitOpError("calls '") << name << "' with types other than it takes and gives";
  callStack.push_back(callee.getName());
  LogicalResult status = importBlock(callee.getBody().front(), arguments, results);
  callStack.pop_back();
  if (failed(status))
    return failure();
  for (auto [result, tensor] : llvm::zip_equal(op->getResults(), results))
    set(result, *tensor);
  loc = op->getLoc();
  return success();
}

//===----------------------------------------------------------------------===//
// The function
//===----------------------------------------------------------------------===//

/// jax.export passes the sizes of arguments on to a function that names them.
static std::string symbolName(func::FuncOp source, ModuleOp model, unsigned argument, int64_t dim) {
  SymbolTable symbols(model);
  for (Operation *user : source.getArgument(argument).getUsers()) {
    auto size = dyn_cast<GetDimensionSizeOp>(user);
    if (!size || static_cast<int64_t>(size.getDimension()) != dim)
      continue;
    for (OpOperand &use : size->getUses())
      if (auto call = dyn_cast<func::CallOp>(use.getOwner()))
        if (auto callee = symbols.lookup<func::FuncOp>(call.getCallee());
            callee && use.getOperandNumber() < callee.getNumArguments())
          if (auto name = callee.getArgAttrOfType<StringAttr>(use.getOperandNumber(), "jax.global_constant"))
            return name.str();
  }
  return "";
}

LogicalResult Importer::makeArguments(func::FuncOp source, SmallVectorImpl<Tensor *> &arguments) {
  for (auto [index, argument] : llvm::enumerate(source.getArguments())) {
    auto type = dyn_cast<RankedTensorType>(argument.getType());
    if (!type)
      return source.emitError("argument ") << index << " is of type " << argument.getType() << ", not a ranked tensor";
    auto stored = RankedTensorType::get(type.getShape(), storageType(type.getElementType()));
    if (failed(target.insertArgument(index, stored, DictionaryAttr(), argument.getLoc())))
      return source.emitError("argument ") << index << " cannot become one of the imported function";
    std::string name = "arg" + std::to_string(index);
    SmallVector<StringRef> names;
    SmallVector<std::string> texts(type.getRank());
    Sizes dims;
    for (auto [dim, size] : llvm::enumerate(type.getShape())) {
      if (!ShapedType::isDynamic(size)) {
        dims.push_back(constant(size));
        names.push_back("");
        continue;
      }
      texts[dim] = symbolName(source, model, index, dim);
      if (texts[dim].empty())
        texts[dim] = name + "." + std::to_string(dim);
      names.push_back(texts[dim]);
      // One of the same name is the same size.
      Size known;
      for (auto [value, symbol] : symbolOf)
        if (symbol == texts[dim])
          known = value;
      if (!known) {
        Value made = tensor::DimOp::create(b, loc, target.getArgument(index), dim);
        symbolOf[made] = texts[dim];
        known = made;
      }
      dims.push_back(known);
    }
    target.setArgAttr(index, "hadal.name", b.getStringAttr(name));
    target.setArgAttr(index, "hadal.dims", b.getStrArrayAttr(names));
    if (type.getElementType().isUnsignedInteger())
      target.setArgAttr(index, "hadal.unsigned", b.getUnitAttr());
    arguments.push_back(&make(type.getElementType(), dims, target.getArgument(index)));
  }
  return success();
}

LogicalResult Importer::makeResults(func::FuncOp source, ArrayRef<Tensor *> results) {
  SmallVector<Value> values;
  SmallVector<Type> types;
  SmallVector<DictionaryAttr> attributes;
  loc = source.getLoc();
  for (auto [index, tensor] : llvm::enumerate(results)) {
    Value value = materialize(*tensor);
    values.push_back(value);
    types.push_back(value.getType());
    NamedAttrList list;
    list.set("hadal.name", b.getStringAttr("out" + std::to_string(index)));
    SmallVector<StringRef> names;
    for (Size size : tensor->dims) {
      auto found = symbolOf.find(llvm::dyn_cast_if_present<Value>(size));
      names.push_back(found == symbolOf.end() ? "" : StringRef(found->second));
    }
    list.set("hadal.dims", b.getStrArrayAttr(names));
    if (tensor->element.isUnsignedInteger())
      list.set("hadal.unsigned", b.getUnitAttr());
    attributes.push_back(list.getDictionary(b.getContext()));
  }
  func::ReturnOp::create(b, loc, values);
  target.setType(b.getFunctionType(target.getArgumentTypes(), types));
  target.setAllResultAttrs(attributes);
  return success();
}

LogicalResult Importer::run(func::FuncOp source) {
  SmallVector<Tensor *> arguments, results;
  if (failed(makeArguments(source, arguments)))
    return failure();
  callStack.push_back(source.getName());
  if (failed(importBlock(source.getBody().front(), arguments, results)))
    return failure();
  return makeResults(source, results);
}
