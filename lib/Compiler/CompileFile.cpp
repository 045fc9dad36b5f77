//===- CompileFile.cpp - hadal-compile as a function -------------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hadal/Compiler/CompileFile.h"

#include "Explain.h"

#include "hadal/Compiler/Compile.h"
#include "hadal/Compiler/Load.h"
#include "hadal/Pipelines/RegisterAll.h"

#include "mlir/IR/Diagnostics.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/SourceMgr.h"
#include "llvm/Support/ToolOutputFile.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;
using namespace hadal;

namespace {
enum class Emit { SharedObject, Mlir, Cuda, KernelTable };

/// The options, understood.
struct Job {
  CompileOptions compile;
  Emit emit = Emit::SharedObject;
  std::string output;
};
} // namespace

static int usageError(const llvm::Twine &message) {
  llvm::errs() << "hadal-compile: " << message << '\n';
  return 2;
}

/// Reads `options` into `job`; returns 0, or 2 with an error printed.
static int parseOptions(const CompileFileOptions &options, Job &job) {
  StringRef target = StringRef(options.target).split(':').first;
  auto kind = llvm::StringSwitch<std::optional<TargetKind>>(target)
                  .Case("cpu", TargetKind::CPU)
                  .Case("cuda", TargetKind::CUDA)
                  .Case("emulator", TargetKind::Emulator)
                  .Default(std::nullopt);
  if (!kind)
    return usageError("unknown target '" + options.target + "': cpu, cuda, cuda:sm_XX or emulator");
  job.compile.pipeline.target = *kind;

  if (options.precision != "f32" && options.precision != "tf32" && options.precision != "bf16")
    return usageError("unknown precision '" + options.precision + "': f32, tf32 or bf16");
  job.compile.pipeline.precision = options.precision;
  job.compile.pipeline.requireRaised = options.requireRaised;
  job.compile.dumpPhases = options.dumpPhases;

  StringRef emitName = options.emit;
  if (emitName.empty())
    emitName = options.compileTo.empty() ? "so" : "mlir";
  auto emit = llvm::StringSwitch<std::optional<Emit>>(emitName)
                  .Case("so", Emit::SharedObject)
                  .Case("mlir", Emit::Mlir)
                  .Case("cuda", Emit::Cuda)
                  .Case("kernel-table", Emit::KernelTable)
                  .Default(std::nullopt);
  if (!emit)
    return usageError("unknown kind of output '" + options.emit + "': so, mlir, cuda or kernel-table");
  job.emit = *emit;
  if ((job.emit == Emit::Cuda || job.emit == Emit::KernelTable) && *kind == TargetKind::CPU)
    return usageError("--emit=" + options.emit + " needs --target=cuda or --target=emulator");

  if (!options.compileTo.empty()) {
    std::optional<Phase> phase = symbolizePhase(options.compileTo);
    if (!phase)
      return usageError("unknown phase '" + options.compileTo +
                        "': import, raise, graph, kernels, host, target or llvm");
    if (job.emit != Emit::Mlir)
      return usageError("--compile-to writes IR; it does not go with --emit=" + options.emit);
    job.compile.stopAfter = *phase;
  } else if (job.emit == Emit::Cuda || job.emit == Emit::KernelTable) {
    job.compile.stopAfter = Phase::Target;
  }

  if (options.explain) {
    if (!options.compileTo.empty() || !options.emit.empty())
      return usageError("--explain compiles no further than raising; it does not go with --compile-to or --emit");
    job.compile.stopAfter = Phase::Raise;
  }

  job.output = options.output;
  if (job.output.empty())
    job.output = job.emit == Emit::SharedObject ? llvm::sys::path::stem(options.input).str() + ".so" : "-";
  return 0;
}

/// Writes text made by `print` to the job's output.
static LogicalResult writeText(const Job &job, ModuleOp module,
                               llvm::function_ref<LogicalResult(raw_ostream &)> print) {
  std::error_code code;
  llvm::ToolOutputFile file(job.output, code, llvm::sys::fs::OF_Text);
  if (code)
    return module.emitError("cannot write ") << job.output << ": " << code.message();
  if (failed(print(file.os())))
    return failure();
  file.keep();
  return success();
}

static LogicalResult emit(const Job &job, ModuleOp module) {
  switch (job.emit) {
  case Emit::Mlir:
    return writeText(job, module, [&](raw_ostream &os) {
      module.print(os);
      return success();
    });
  case Emit::Cuda:
    return writeText(job, module, [&](raw_ostream &os) { return printCuda(module, os); });
  case Emit::KernelTable:
    return writeText(job, module, [&](raw_ostream &os) { return printKernelTable(module, os); });
  case Emit::SharedObject:
    if (llvm::Error error = writeArtifact(module, job.output))
      return module.emitError() << llvm::toString(std::move(error));
    return success();
  }
  llvm_unreachable("unknown kind of output");
}

int hadal::compileFile(const CompileFileOptions &options) {
  Job job;
  if (int status = parseOptions(options, job))
    return status;

  DialectRegistry registry;
  registerAllDialects(registry);
  registerAllPasses();
  MLIRContext context(registry);
  context.printOpOnDiagnostic(false); // a whole model is no help in an error
  llvm::SourceMgr sourceManager;
  SourceMgrDiagnosticHandler handler(sourceManager, &context, llvm::errs());

  OwningOpRef<ModuleOp> module = loadModel(options.input, &context);
  CompileSummary summary;
  if (options.explain) {
    // Remarks stand in the table.
    ScopedDiagnosticHandler noRemarks(&context, [](Diagnostic &diagnostic) {
      return success(diagnostic.getSeverity() == DiagnosticSeverity::Remark);
    });
    if (!module || failed(compile(*module, options.input, job.compile, &summary)))
      return 1;
    explain(*module, options.input, summary.importedOps, llvm::outs());
    return 0;
  }
  if (!module || failed(compile(*module, options.input, job.compile, &summary)) || failed(emit(job, *module)))
    return 1;
  if (options.summary)
    llvm::outs() << llvm::sys::path::filename(options.input) << '\n' << summary.str();
  return 0;
}
