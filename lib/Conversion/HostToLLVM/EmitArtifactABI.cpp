//===- EmitArtifactABI.cpp - The host program gets its C ABI --------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hadal/Conversion/HostToLLVM/Passes.h"

#include "dialects/Tile/IR/Tile.h"
#include "lib/Conversion/HostToLLVM/ABIBuilder.h"
#include "lib/Conversion/HostToLLVM/ArtifactTables.h"

namespace hadal {
#define GEN_PASS_DEF_EMITARTIFACTABI
#include "hadal/Conversion/HostToLLVM/Passes.h.inc"
} // namespace hadal

using namespace mlir;
using namespace hadal;
using namespace hadal::abi;

static constexpr StringLiteral kLaunch = "hadal.launch";

namespace {

struct EmitArtifactABI : hadal::impl::EmitArtifactABIBase<EmitArtifactABI> {
  void runOnOperation() override {
    if (failed(emit()))
      signalPassFailure();
  }

  LogicalResult emit();
  FailureOr<KernelEntry> emitKernel(tile::ProgramOp program);
  LogicalResult rewriteLaunch(tile::LaunchOp launch);
  void rewriteGetGlobal(tile::GetGlobalOp op);
  void rewriteReshape(Operation *op);
  FunctionEntry emitEntry(func::FuncOp function);
  std::string emitPlan(func::FuncOp function);
  void emitLaunchFunction();

  ABIBuilder builderAt(Operation *op) { return ABIBuilder(op->getLoc(), OpBuilder(op)); }
  ABIBuilder builderAtEnd(Location loc) { return ABIBuilder(loc, OpBuilder::atBlockEnd(getOperation().getBody())); }

  llvm::DenseMap<StringRef, int64_t> kernelNumbers, globalNumbers;
  llvm::DenseMap<Operation *, Value> slots; // of each function that launches
};

} // namespace

/// void K.entry(const uint64_t *args, int64_t x, int64_t y, int64_t z, void *scratch)
FailureOr<KernelEntry> EmitArtifactABI::emitKernel(tile::ProgramOp program) {
  KernelEntry entry{program.getSymName().str()};
  FailureOr<SmallVector<ArgKind>> kinds = slotsOf(program, program.getArgumentTypes());
  if (failed(kinds))
    return failure();
  entry.argKinds = *kinds;
  auto integer = [&](StringRef name) {
    auto attribute = program->getAttrOfType<IntegerAttr>(name);
    return attribute ? attribute.getInt() : 0;
  };
  if (auto source = program->getAttrOfType<StringAttr>("hadal.source"))
    entry.source = source.str();
  entry.threads = integer("hadal.threads");
  entry.sharedBytes = integer("hadal.shared_bytes");
  entry.scratchBytes = integer("hadal.scratch_bytes");
  auto name = program->getAttrOfType<FlatSymbolRefAttr>("hadal.cpu");
  if (!name) {
    if (entry.source.empty())
      return program.emitOpError("has been lowered for no target");
    return entry;
  }
  auto function = getOperation().lookupSymbol<func::FuncOp>(name.getAttr());
  if (!function)
    return program.emitOpError("names the function @") << name.getValue() << ", which is not there";

  entry.function = entry.name + ".entry";
  ABIBuilder b = builderAtEnd(program.getLoc());
  Type i64 = b.getI64Type();
  auto wrapper = b.beginFunction(entry.function, LLVM::LLVMVoidType::get(&getContext()), {b.ptr, i64, i64, i64, b.ptr});
  Value args = wrapper.getArgument(0);
  SmallVector<Value> operands;
  int64_t slot = 0;
  for (Type type : function.getArgumentTypes().take_front(program.getArgumentTypes().size())) {
    Value address = b.element(i64, args, slot++);
    if (auto memref = dyn_cast<MemRefType>(type)) {
      SmallVector<Value> sizes;
      for (unsigned dim = 0; dim < memref.getNumDynamicDims(); ++dim)
        sizes.push_back(b.toIndex(b.load(i64, args, slot++)));
      operands.push_back(b.memref(memref, b.load(b.ptr, address), sizes));
    } else if (type.isIndex()) {
      operands.push_back(b.toIndex(b.load(i64, address)));
    } else if (type.isInteger() && !type.isInteger(64)) {
      operands.push_back(arith::TruncIOp::create(b, type, b.load(i64, address)));
    } else {
      operands.push_back(b.load(type, address));
    }
  }
  for (Value coordinate : wrapper.getArguments().slice(1, 3))
    operands.push_back(b.toIndex(coordinate));
  auto scratch = cast<MemRefType>(function.getArgumentTypes().back());
  operands.push_back(b.memref(scratch, wrapper.getArgument(4), b.toIndex(b.constant(i64, entry.scratchBytes))));
  func::CallOp::create(b, function, operands);
  LLVM::ReturnOp::create(b, ValueRange());
  function->setAttr("llvm.linkage", LLVM::LinkageAttr::get(&getContext(), LLVM::Linkage::Internal));
  return entry;
}

/// void hadal.launch(host, int32_t *status, int32_t kernel, const uint64_t *slots, int32_t count, gx, gy, gz):
/// if (*status == 0) *status = host->launch(host, kernel, slots, count, gx, gy, gz);
void EmitArtifactABI::emitLaunchFunction() {
  ABIBuilder b = builderAtEnd(getOperation().getLoc());
  Type i32 = b.getI32Type(), i64 = b.getI64Type();
  Type arguments[] = {b.ptr, b.ptr, i32, b.ptr, i32, i64, i64, i64};
  auto function = b.beginFunction(kLaunch, LLVM::LLVMVoidType::get(&getContext()), arguments);
  Value host = function.getArgument(0), status = function.getArgument(1);
  Block *call = function.addBlock(), *end = function.addBlock();
  Value good = LLVM::ICmpOp::create(b, LLVM::ICmpPredicate::eq, b.load(i32, status), b.constant(i32, 0));
  LLVM::CondBrOp::create(b, good, call, end);
  b.setInsertionPointToStart(call);
  Value callee = b.load(b.ptr, host, 1);
  SmallVector<Value> operands{callee, host};
  llvm::append_range(operands, function.getArguments().drop_front(2));
  auto type = LLVM::LLVMFunctionType::get(i32, {b.ptr, i32, b.ptr, i32, i64, i64, i64});
  b.store(LLVM::CallOp::create(b, type, operands).getResult(), status);
  LLVM::BrOp::create(b, end);
  b.setInsertionPointToStart(end);
  LLVM::ReturnOp::create(b, ValueRange());
}

LogicalResult EmitArtifactABI::rewriteLaunch(tile::LaunchOp launch) {
  auto function = launch->getParentOfType<func::FuncOp>();
  if (!function || !function->hasAttr("hadal.entry"))
    return launch.emitOpError("stands outside an entry function");
  if (launch.getNumResults())
    return launch.emitOpError("is on tensors, which lie nowhere yet");
  auto program = getOperation().lookupSymbol<tile::ProgramOp>(launch.getProgram());
  ABIBuilder b = builderAt(launch);
  Type i32 = b.getI32Type(), i64 = b.getI64Type();
  Value args = slots.lookup(function);
  int64_t slot = 0;
  for (auto [operand, type] :
       llvm::zip(llvm::concat<Value>(llvm::to_vector(launch.getInputs()), llvm::to_vector(launch.getOutputs())),
                 program.getArgumentTypes())) {
    if (auto memref = dyn_cast<MemRefType>(type)) {
      b.store(b.toI64(memref::ExtractAlignedPointerAsIndexOp::create(b, operand)), args, slot++);
      for (int64_t dim = 0; dim < memref.getRank(); ++dim)
        if (memref.isDynamicDim(dim))
          b.store(b.toI64(memref::DimOp::create(b, operand, dim)), args, slot++);
      continue;
    }
    Value value = operand;
    if (type.isF32())
      value = arith::BitcastOp::create(b, i32, value);
    if (type.isIndex())
      value = b.toI64(value);
    else if (type.isInteger(1) || type.isF32())
      value = arith::ExtUIOp::create(b, i64, value);
    else if (!type.isInteger(64))
      value = arith::ExtSIOp::create(b, i64, value);
    b.store(value, args, slot++);
  }
  SmallVector<Value> operands{function.getArgument(0), function.getArgument(1),
                              b.constant(i32, kernelNumbers.lookup(launch.getProgram())), args, b.constant(i32, slot)};
  for (Value size : launch.getGrid())
    operands.push_back(b.toI64(size));
  LLVM::CallOp::create(b, TypeRange(), kLaunch, operands);
  launch.erase();
  return success();
}

void EmitArtifactABI::rewriteGetGlobal(tile::GetGlobalOp op) {
  ABIBuilder b = builderAt(op);
  Value host = op->getParentOfType<func::FuncOp>().getArgument(0);
  Value address = b.load(b.ptr, b.load(b.ptr, host, 2), globalNumbers.lookup(op.getGlobal()));
  op.replaceAllUsesWith(b.memref(cast<MemRefType>(op.getType()), address, {}));
  op.erase();
}

/// All memory is contiguous: a reshape is the same address with other sizes.
void EmitArtifactABI::rewriteReshape(Operation *op) {
  ABIBuilder b = builderAt(op);
  Value source = op->getOperand(0);
  auto type = cast<MemRefType>(op->getResult(0).getType());
  SmallVector<Value> sizes;
  if (auto expand = dyn_cast<memref::ExpandShapeOp>(op)) {
    llvm::append_range(sizes, expand.getOutputShape());
  } else {
    for (auto [dim, group] : llvm::enumerate(cast<memref::CollapseShapeOp>(op).getReassociationIndices())) {
      if (!type.isDynamicDim(dim))
        continue;
      Value size;
      for (int64_t from : group) {
        Value factor = memref::DimOp::create(b, source, from);
        size = size ? arith::MulIOp::create(b, size, factor).getResult() : factor;
      }
      sizes.push_back(size);
    }
  }
  Value address = b.toI64(memref::ExtractAlignedPointerAsIndexOp::create(b, source));
  op->getResult(0).replaceAllUsesWith(b.memref(type, LLVM::IntToPtrOp::create(b, b.ptr, address), sizes));
  op->erase();
}

/// int32_t F.run(HadalHost *host, void *const *inputs, const int64_t *in_dims, void *const *outputs,
///               const int64_t *out_dims, void *workspace)
FunctionEntry EmitArtifactABI::emitEntry(func::FuncOp function) {
  FunctionEntry entry{function.getName().str()};
  entry.run = entry.name + ".run";
  ABIBuilder b = builderAtEnd(function.getLoc());
  Type i32 = b.getI32Type(), i64 = b.getI64Type();
  auto wrapper = b.beginFunction(entry.run, i32, SmallVector<Type>(6, b.ptr));
  Value status = LLVM::AllocaOp::create(b, b.ptr, i32, b.constant(i64, 1));
  b.store(b.constant(i32, 0), status);
  SmallVector<Value> operands{wrapper.getArgument(0), status};
  int64_t counts[2] = {0, 0}, dims[2] = {0, 0}; // of inputs and outputs
  for (unsigned index = 2; index + 1 < function.getNumArguments(); ++index) {
    auto type = cast<MemRefType>(function.getArgument(index).getType());
    bool isOutput = static_cast<bool>(function.getArgAttr(index, "hadal.output"));
    Value address = b.load(b.ptr, wrapper.getArgument(isOutput ? 3 : 1), counts[isOutput]++);
    SmallVector<Value> sizes;
    for (int64_t dim = 0; dim < type.getRank(); ++dim)
      if (type.isDynamicDim(dim))
        sizes.push_back(b.toIndex(b.load(i64, wrapper.getArgument(isOutput ? 4 : 2), dims[isOutput] + dim)));
    dims[isOutput] += type.getRank();
    operands.push_back(b.memref(type, address, sizes));
  }
  // The host program takes views at offsets that the plan made room for; it never asks for the size.
  auto workspace = cast<MemRefType>(function.getArgumentTypes().back());
  SmallVector<Value> size(workspace.getNumDynamicDims(), b.toIndex(b.constant(i64, 0)));
  operands.push_back(b.memref(workspace, wrapper.getArgument(5), size));
  func::CallOp::create(b, function, operands);
  LLVM::ReturnOp::create(b, b.load(i32, status));
  entry.inDims = dims[0];
  entry.outDims = dims[1];
  function.setPrivate();
  function->setAttr("llvm.linkage", LLVM::LinkageAttr::get(&getContext(), LLVM::Linkage::Internal));
  return entry;
}

/// void F.plan.run(const int64_t *in_dims, int64_t *results)
std::string EmitArtifactABI::emitPlan(func::FuncOp function) {
  std::string name = function.getName().str() + ".run";
  ABIBuilder b = builderAtEnd(function.getLoc());
  auto wrapper = b.beginFunction(name, LLVM::LLVMVoidType::get(&getContext()), {b.ptr, b.ptr});
  SmallVector<Value> operands;
  for (unsigned index = 0; index < function.getNumArguments(); ++index)
    operands.push_back(b.toIndex(b.load(b.getI64Type(), wrapper.getArgument(0), index)));
  auto call = func::CallOp::create(b, function, operands);
  for (auto [index, result] : llvm::enumerate(call.getResults()))
    b.store(b.toI64(result), wrapper.getArgument(1), index);
  LLVM::ReturnOp::create(b, ValueRange());
  function.setPrivate();
  function->setAttr("llvm.linkage", LLVM::LinkageAttr::get(&getContext(), LLVM::Linkage::Internal));
  return name;
}

LogicalResult EmitArtifactABI::emit() {
  ModuleOp module = getOperation();
  ArtifactTables tables;
  if (auto manifest = module->getAttrOfType<StringAttr>("hadal.manifest"))
    tables.manifest = manifest.str();

  auto programs = llvm::to_vector(module.getOps<tile::ProgramOp>());
  for (auto program : programs) {
    kernelNumbers[program.getSymName()] = tables.kernels.size();
    FailureOr<KernelEntry> entry = emitKernel(program);
    if (failed(entry))
      return failure();
    tables.kernels.push_back(std::move(*entry));
  }
  auto globals = llvm::to_vector(module.getOps<tile::GlobalOp>());
  for (auto [number, global] : llvm::enumerate(globals))
    globalNumbers[global.getSymName()] = number;

  auto functions = llvm::to_vector(module.getOps<func::FuncOp>());
  for (func::FuncOp function : functions) {
    if (!function->hasAttr("hadal.entry"))
      continue;
    auto plan = module.lookupSymbol<func::FuncOp>(function.getName().str() + ".plan");
    if (!plan)
      return function.emitError("has no function @") << function.getName() << ".plan beside it";
    // The host and the status of the launches so far go before the function's own arguments.
    Type ptr = LLVM::LLVMPointerType::get(&getContext());
    for (unsigned index = 0; index < 2; ++index)
      if (failed(function.insertArgument(0, ptr, {}, function.getLoc())))
        return failure();
    int64_t most = 0;
    function.walk([&](tile::LaunchOp launch) {
      auto program = module.lookupSymbol<tile::ProgramOp>(launch.getProgram());
      most = std::max<int64_t>(most, tables.kernels[kernelNumbers.lookup(program.getSymName())].argKinds.size());
    });
    ABIBuilder b(function.getLoc(), OpBuilder::atBlockBegin(&function.getBody().front()));
    if (most)
      slots[function] = LLVM::AllocaOp::create(b, b.ptr, b.getI64Type(), b.constant(b.getI64Type(), most));
    FunctionEntry entry = emitEntry(function);
    entry.plan = emitPlan(plan);
    tables.functions.push_back(std::move(entry));
  }

  bool good = true;
  module.walk([&](tile::LaunchOp launch) { good &= succeeded(rewriteLaunch(launch)); });
  if (!good)
    return failure();
  module.walk([&](Operation *op) {
    if (auto get = dyn_cast<tile::GetGlobalOp>(op))
      rewriteGetGlobal(get);
    else if (isa<memref::CollapseShapeOp, memref::ExpandShapeOp>(op))
      rewriteReshape(op);
  });
  emitLaunchFunction();
  if (failed(emitTables(module, tables, globals)))
    return failure();
  for (auto program : programs)
    program.erase();
  for (auto global : globals)
    global.erase();
  return success();
}
