//===- KernelModule.cpp - Tile programs compiled and called ---------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "KernelModule.h"

#include "hadal/Pipelines/RegisterAll.h"
#include "hadal/Target/Cpu/EmitArtifact.h"

#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassRegistry.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/raw_ostream.h"

#include <dlfcn.h>

using namespace hadal::test;

/// The context of all tests of the process, with everything registered once.
static mlir::MLIRContext &context() {
  static std::unique_ptr<mlir::MLIRContext> instance = [] {
    hadal::registerAllPasses();
    mlir::DialectRegistry registry;
    hadal::registerAllDialects(registry);
    return std::make_unique<mlir::MLIRContext>(registry, mlir::MLIRContext::Threading::DISABLED);
  }();
  return *instance;
}

std::unique_ptr<KernelModule> KernelModule::compile(const std::string &source) {
  mlir::OwningOpRef<mlir::ModuleOp> module = mlir::parseSourceString<mlir::ModuleOp>(source, &context());
  if (!module)
    return nullptr;
  mlir::PassManager manager(&context(), mlir::ModuleOp::getOperationName());
  if (failed(mlir::parsePassPipeline("hadal-tile-to-vector,hadal-host-to-llvm", manager)) ||
      failed(manager.run(*module)))
    return nullptr;
  llvm::SmallString<128> path;
  if (llvm::sys::fs::createTemporaryFile("hadal-test", "so", path))
    return nullptr;
  llvm::Error error = hadal::emitArtifact(*module, path);
  void *library = nullptr;
  if (error)
    llvm::errs() << llvm::toString(std::move(error)) << "\n";
  else if (library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL); !library)
    llvm::errs() << dlerror() << "\n";
  llvm::sys::fs::remove(path);
  if (!library)
    return nullptr;
  std::unique_ptr<KernelModule> result(new KernelModule);
  result->library = library;
  result->table = static_cast<const HadalArtifact *>(dlsym(library, "hadal_artifact"));
  int64_t most = 0;
  for (int32_t kernel = 0; kernel < result->table->num_kernels; ++kernel)
    most = std::max(most, result->table->kernels[kernel].scratch_bytes);
  result->scratch.resize(most + 64);
  return result;
}

KernelModule::~KernelModule() { dlclose(library); }

void KernelModule::launch(int32_t kernel, const uint64_t *args, int64_t gx, int64_t gy, int64_t gz) {
  // Scratch memory holds anything; NaN shows what is read before it is written.
  std::fill(scratch.begin(), scratch.end(), static_cast<char>(0xff));
  uintptr_t start = (reinterpret_cast<uintptr_t>(scratch.data()) + 63) & ~uintptr_t(63);
  for (int64_t z = 0; z < gz; ++z)
    for (int64_t y = 0; y < gy; ++y)
      for (int64_t x = 0; x < gx; ++x)
        table->kernels[kernel].cpu(args, x, y, z, reinterpret_cast<void *>(start));
}
