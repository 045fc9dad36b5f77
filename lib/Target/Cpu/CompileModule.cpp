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

/// The kernels are vector code already: the vectorisers would only cost time.
static void optimize(Module &module, TargetMachine &machine) {
  PipelineTuningOptions tuning;
  tuning.LoopVectorization = false;
  tuning.SLPVectorization = false;
  LoopAnalysisManager loops;
  FunctionAnalysisManager functions;
  CGSCCAnalysisManager callGraph;
  ModuleAnalysisManager modules;
  PassBuilder builder(&machine, tuning);
  builder.registerModuleAnalyses(modules);
  builder.registerCGSCCAnalyses(callGraph);
  builder.registerFunctionAnalyses(functions);
  builder.registerLoopAnalyses(loops);
  builder.crossRegisterProxies(loops, functions, callGraph, modules);
  builder.buildPerModuleDefaultPipeline(OptimizationLevel::O2).run(module, modules);
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
  optimize(module, **machine);

  raw_svector_ostream os(object);
  legacy::PassManager manager;
  if ((*machine)->addPassesToEmitFile(manager, os, nullptr, CodeGenFileType::ObjectFile))
    return createStringError("the code generator writes no object files");
  manager.run(module);
  return Error::success();
}
