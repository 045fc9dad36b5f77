//===- HoistConstants.cpp - --hadal-hoist-constants -----------------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hadal/Conversion/HadalToTile/Passes.h"

#include "mlir/IR/DialectResourceBlobManager.h"
#include "mlir/IR/IRMapping.h"

namespace hadal {
#define GEN_PASS_DEF_HOISTCONSTANTS
#include "hadal/Conversion/HadalToTile/Passes.h.inc"
} // namespace hadal

using namespace mlir;
using namespace hadal;

namespace {

constexpr StringLiteral kInit = "hadal.init", kExternal = "hadal.external", kGlobal = "hadal.global";

class HoistConstantsPass : public hadal::impl::HoistConstantsBase<HoistConstantsPass> {
  void runOnOperation() override;
  void hoistFunction(func::FuncOp function);
  tile::GlobalOp makeGlobal(Location loc, StringRef name, Type type, ElementsAttr value, Attribute external);
  func::FuncOp initFunction();

  DenseMap<std::pair<Attribute, Attribute>, tile::GlobalOp> globals; // by value and place in a file
  func::FuncOp init;
  SmallVector<std::pair<Value, tile::GlobalOp>> derived; // what init returns
};

} // namespace

tile::GlobalOp HoistConstantsPass::makeGlobal(Location loc, StringRef name, Type type, ElementsAttr value,
                                              Attribute external) {
  OpBuilder b(&getContext());
  b.setInsertionPointToStart(getOperation().getBody());
  SymbolTable symbols(getOperation());
  std::string unique = name.str();
  for (unsigned i = 0; symbols.lookup(unique); ++i)
    unique = (name + "_" + Twine(i)).str();
  auto global = tile::GlobalOp::create(b, loc, b.getStringAttr(unique), TypeAttr::get(type), value,
                                       /*sym_visibility=*/StringAttr());
  if (external)
    global->setAttr(kExternal, external);
  return global;
}

func::FuncOp HoistConstantsPass::initFunction() {
  if (!init) {
    OpBuilder b(&getContext());
    b.setInsertionPointToEnd(getOperation().getBody());
    init = func::FuncOp::create(b, getOperation().getLoc(), kInit, b.getFunctionType({}, {}));
    b.setInsertionPointToEnd(init.addEntryBlock());
    func::ReturnOp::create(b, init.getLoc());
  }
  return init;
}

static bool isReshape(Operation *op) { return isa<tensor::CollapseShapeOp, tensor::ExpandShapeOp>(op); }

using OperationSet = SmallPtrSet<Operation *, 8>;

/// The operations that depend on constants alone: launches and what they need.
static OperationSet fixedOperations(Block &block) {
  OperationSet fixed, pinned;
  auto isFixed = [&](Value value) {
    Operation *op = value.getDefiningOp();
    return op && (isa<tile::GetGlobalOp, arith::ConstantOp>(op) || fixed.contains(op));
  };
  // A result of the function is written by the function, and what a launch that
  // stays writes on stays with it.
  auto pin = [&](Value value) {
    while (Operation *op = value.getDefiningOp()) {
      if (!isReshape(op))
        return isa<tile::LaunchOp>(op) && pinned.insert(op).second;
      value = op->getOperand(0);
    }
    return false;
  };
  for (Value result : block.getTerminator()->getOperands())
    pin(result);
  for (bool changed = true; changed;) {
    changed = false;
    fixed.clear();
    for (Operation &op : block) {
      bool candidate = isa<tile::LaunchOp, tensor::EmptyOp>(op) || isReshape(&op);
      if (candidate && !pinned.contains(&op) && llvm::all_of(op.getOperands(), isFixed))
        fixed.insert(&op);
    }
    for (Operation &op : block)
      if (auto launch = dyn_cast<tile::LaunchOp>(op); launch && !fixed.contains(launch))
        for (Value output : launch.getOutputs())
          changed |= pin(output);
  }
  return fixed;
}

/// Whether something that stays reads the value, perhaps reshaped.
static bool isReadAtRun(Value value, const OperationSet &fixed) {
  return llvm::any_of(value.getUsers(), [&](Operation *user) {
    return isReshape(user) ? isReadAtRun(user->getResult(0), fixed) : !fixed.contains(user);
  });
}

void HoistConstantsPass::hoistFunction(func::FuncOp function) {
  OpBuilder b(&getContext());
  function.walk([&](arith::ConstantOp op) {
    auto type = dyn_cast<RankedTensorType>(op.getType());
    if (!type)
      return;
    auto value = cast<ElementsAttr>(op.getValue());
    tile::GlobalOp &global = globals[{value, op->getAttr(kExternal)}];
    if (!global) {
      auto resource = dyn_cast<DenseResourceElementsAttr>(op.getValue());
      std::string name =
          resource ? resource.getRawHandle().getKey().str() : "const_" + std::to_string(globals.size() - 1);
      global = makeGlobal(op.getLoc(), name, type, value, op->getAttr(kExternal));
    }
    b.setInsertionPoint(op);
    op.replaceAllUsesWith(
        tile::GetGlobalOp::create(b, op.getLoc(), type, FlatSymbolRefAttr::get(global.getSymNameAttr())).getResult());
    op.erase();
  });

  OperationSet fixed = fixedOperations(function.getBody().front());
  IRMapping mapping;
  for (Operation &op : llvm::make_early_inc_range(function.getBody().front())) {
    if (!fixed.contains(&op))
      continue;
    b.setInsertionPoint(initFunction().getBody().front().getTerminator());
    for (Value operand : op.getOperands())
      if (Operation *needed = operand.getDefiningOp(); !mapping.contains(operand))
        b.clone(*needed, mapping);
    b.clone(op, mapping);
    if (!isa<tile::LaunchOp>(op))
      continue;
    for (Value result : op.getResults()) {
      if (!isReadAtRun(result, fixed))
        continue;
      tile::GlobalOp global = makeGlobal(op.getLoc(), "derived", result.getType(), {}, {});
      derived.emplace_back(mapping.lookup(result), global);
      b.setInsertionPoint(&op);
      Value loaded =
          tile::GetGlobalOp::create(b, op.getLoc(), result.getType(), FlatSymbolRefAttr::get(global.getSymNameAttr()));
      mapping.map(loaded, mapping.lookup(result)); // for reshapes that init needs too
      result.replaceUsesWithIf(
          loaded, [&](OpOperand &use) { return isReshape(use.getOwner()) || !fixed.contains(use.getOwner()); });
    }
  }
  for (Operation &op : llvm::make_early_inc_range(llvm::reverse(function.getBody().front())))
    if (op.use_empty() && fixed.contains(&op))
      op.erase();
}

void HoistConstantsPass::runOnOperation() {
  init = {};
  globals.clear();
  derived.clear();
  for (auto function : llvm::make_early_inc_range(getOperation().getOps<func::FuncOp>()))
    if (!function.isExternal() && function != init)
      hoistFunction(function);
  if (!init)
    return;
  Operation *terminator = init.getBody().front().getTerminator();
  OpBuilder b(terminator);
  SmallVector<Value> results;
  SmallVector<Attribute> attributes;
  for (auto [value, global] : derived) {
    results.push_back(value);
    attributes.push_back(b.getDictionaryAttr(b.getNamedAttr(kGlobal, FlatSymbolRefAttr::get(global.getSymNameAttr()))));
  }
  func::ReturnOp::create(b, init.getLoc(), results);
  terminator->erase();
  init.setFunctionType(b.getFunctionType({}, ValueRange(results).getTypes()));
  init.setResAttrsAttr(b.getArrayAttr(attributes));
}
