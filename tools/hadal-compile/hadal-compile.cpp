//===- hadal-compile.cpp - From a model to an artifact --------------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hadal/Compiler/CompileFile.h"

#include "tools/common/CommandLine.h"

using namespace llvm;

static const char *const kOverview =
    "Compiles a model (.onnx, .mlir) into one shared object, or to any phase on the way.\n\n"
    "  hadal-compile prefill.onnx -o prefill.so --summary\n"
    "  hadal-compile prefill.onnx --explain\n"
    "  hadal-compile prefill.onnx --compile-to=raise -o -\n"
    "  hadal-compile prefill.onnx --target=cuda --emit=cuda -o kernels.cu\n"
    "  hadal-compile prefill.onnx --target=cuda --emit=kernel-table   (registers, spills, shared memory by NVRTC)\n";

int main(int argc, char **argv) {
  InitLLVM init(argc, argv);
  hadal::removeLibraryOptions();
  cl::OptionCategory category("hadal-compile options");
  hadal::CompileFileOptions options;
  cl::opt<std::string, true> input(cl::Positional, cl::desc("<model>"), cl::Required, cl::location(options.input),
                                   cl::cat(category));
  cl::opt<std::string, true> output("o", cl::desc("Where to write; - is standard output"), cl::value_desc("file"),
                                    cl::location(options.output), cl::cat(category));
  cl::opt<std::string, true> target("target", cl::desc("cpu (default), cuda or emulator; cuda:sm_90a names one arch"),
                                    cl::location(options.target), cl::init("cpu"), cl::cat(category));
  cl::opt<std::string, true> precision("precision",
                                       cl::desc("What operands of a matmul may be rounded to: f32, tf32, bf16"),
                                       cl::location(options.precision), cl::init("f32"), cl::cat(category));
  cl::opt<std::string, true> emit("emit", cl::desc("so (default), mlir, cuda, kernel-table"),
                                  cl::location(options.emit), cl::cat(category));
  cl::opt<std::string, true> stop("compile-to",
                                  cl::desc("Stop after a phase and write its IR: import, raise, graph, "
                                           "kernels, host, target, llvm"),
                                  cl::value_desc("phase"), cl::location(options.compileTo), cl::cat(category));
  cl::opt<std::string, true> dump("dump-phases", cl::desc("Write the IR after each phase into this folder"),
                                  cl::value_desc("dir"), cl::location(options.dumpPhases), cl::cat(category));
  cl::list<std::string, std::vector<std::string>> raised(
      "require-raised", cl::desc("Operations that must be recognised: latent_attention, moe, route, ..."),
      cl::CommaSeparated, cl::location(options.requireRaised), cl::cat(category));
  cl::opt<bool, true> summary("summary", cl::desc("Print what was raised and fused"), cl::location(options.summary),
                              cl::cat(category));
  cl::opt<bool, true> explain("explain",
                              cl::desc("Print what is recognised where, what is not and why; compile no further"),
                              cl::location(options.explain), cl::cat(category));
  cl::HideUnrelatedOptions(category);
  if (!cl::ParseCommandLineOptions(argc, argv, kOverview, &errs()))
    return 2;
  return hadal::compileFile(options);
}
