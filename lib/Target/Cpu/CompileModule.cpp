//===- CompileModule.cpp - LLVM IR to an object file ----------------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lib/Target/Cpu/CompileModule.h"

#include "llvm/IR/LegacyPassManager.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Target/TargetMachine.h"
#include "llvm/TargetParser/Host.h"
#include "llvm/TargetParser/SubtargetFeature.h"

#include <mutex>

using namespace llvm;

static std::string hostFeatures() {
  SubtargetFeatures features;
  for (const auto &feature : sys::getHostCPUFeatures())
    features.AddFeature(feature.first(), feature.second);
  return features.getString();
}

static Expected<std::unique_ptr<TargetMachine>> createMachine(StringRef cpu, StringRef features) {
  static std::once_flag once;
  std::call_once(once, [] {
    InitializeNativeTarget();
    InitializeNativeTargetAsmPrinter();
  });
  Triple triple(sys::getProcessTriple());
  std::string error;
  const Target *target = TargetRegistry::lookupTarget(triple, error);
  if (!target)
    return createStringError("no code generator for " + triple.str() + ": " + error);
  // Features not given are the CPU's own; for this machine they are asked, as a virtual machine may hide some.
  std::string name = cpu.empty() ? sys::getHostCPUName().str() : cpu.str();
  std::string wanted = cpu.empty() && features.empty() ? hostFeatures() : features.str();
  std::unique_ptr<TargetMachine> machine(target->createTargetMachine(triple, name, wanted, TargetOptions(), Reloc::PIC_,
                                                                     std::nullopt, CodeGenOptLevel::Default));
  if (!machine)
    return createStringError("no code generator for the CPU " + name);
  return std::move(machine);
}

/// What the kernels need: memrefs into registers, addresses simplified and moved out of loops. They are vector code
/// with unrolled bodies already; LLVM's own O2 would take more than twice as long for the same speed.
static constexpr StringLiteral kPipeline =
    "globalopt,function("
    "sroa,early-cse<memssa>,simplifycfg,instcombine<max-iterations=1;no-verify-fixpoint>,"
    "loop-simplify,lcssa,loop-mssa(loop-rotate,licm),simplifycfg,loop(indvars,loop-deletion,loop-unroll-full),"
    "sroa,instcombine<max-iterations=1;no-verify-fixpoint>,gvn,dse,loop-mssa(licm),simplifycfg,loop-unroll<O2>,"
    "instcombine<max-iterations=1;no-verify-fixpoint>,adce,simplifycfg),globaldce";

static Error optimize(Module &module, TargetMachine &machine) {
  LoopAnalysisManager loops;
  FunctionAnalysisManager functions;
  CGSCCAnalysisManager callGraph;
  ModuleAnalysisManager modules;
  PassBuilder builder(&machine);
  builder.registerModuleAnalyses(modules);
  builder.registerCGSCCAnalyses(callGraph);
  builder.registerFunctionAnalyses(functions);
  builder.registerLoopAnalyses(loops);
  builder.crossRegisterProxies(loops, functions, callGraph, modules);
  ModulePassManager manager;
  if (Error error = builder.parsePassPipeline(manager, kPipeline))
    return error;
  manager.run(module, modules);
  return Error::success();
}

Error hadal::compileModule(Module &module, StringRef cpu, StringRef features, SmallVectorImpl<char> &object) {
  Expected<std::unique_ptr<TargetMachine>> machine = createMachine(cpu, features);
  if (!machine)
    return machine.takeError();
  module.setTargetTriple((*machine)->getTargetTriple());
  module.setDataLayout((*machine)->createDataLayout());
  for (Function &function : module) {
    function.addFnAttr("target-cpu", (*machine)->getTargetCPU());
    function.addFnAttr("target-features", (*machine)->getTargetFeatureString());
    function.addFnAttr("prefer-vector-width", "512");
  }
  if (Error error = optimize(module, **machine))
    return error;

  raw_svector_ostream os(object);
  legacy::PassManager manager;
  if ((*machine)->addPassesToEmitFile(manager, os, nullptr, CodeGenFileType::ObjectFile))
    return createStringError("the code generator writes no object files");
  manager.run(module);
  return Error::success();
}
