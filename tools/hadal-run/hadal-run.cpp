//===- hadal-run.cpp - Run and check a model ---------------------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hadal/ExecutionEngine/RunFile.h"

#include "tools/common/CommandLine.h"

using namespace llvm;

static const char *const kOverview =
    "Runs a model (.onnx, .mlir) or an artifact, and compares its outputs with what is expected.\n\n"
    "  hadal-run prefill.onnx --inputs=in.npz --expected=out.npz --tolerance=2e-5\n"
    "  hadal-run prefill.so --random-inputs=1 --dim=batch=1 --dim=seq=128 --threads=2 --repeat=20\n\n"
    "Exit status: 0 right, 1 wrong or refused, 2 wrong usage.\n";

int main(int argc, char **argv) {
  InitLLVM init(argc, argv);
  hadal::removeLibraryOptions();
  cl::OptionCategory category("hadal-run options");
  hadal::RunFileOptions options;
  using Text = cl::opt<std::string, true>;
  using Texts = cl::list<std::string, std::vector<std::string>>;
  auto in = cl::cat(category);
  Text input(cl::Positional, cl::desc("<file>"), cl::Required, cl::location(options.input), in);
  Text function("function", cl::desc("Which function, if there are several"), cl::location(options.function), in);
  Text target("target", cl::desc("cpu (default), reference, emulator[:sm_80] or cuda[:N]"),
              cl::location(options.target), cl::init("cpu"), in);
  Text precision("precision", cl::desc("What operands of a matmul may be rounded to: f32 (default), tf32, bf16"),
                 cl::location(options.precision), cl::init("f32"), in);
  Text phase("phase", cl::desc("With --target=reference: the phase to interpret"), cl::location(options.phase), in);
  Text inputs("inputs", cl::desc("Inputs by name"), cl::value_desc("F.npz"), cl::location(options.inputs), in);
  Text prefix("prefix", cl::desc("Of --inputs and --expected take the arrays whose names begin with this"),
              cl::location(options.prefix), in);
  Texts single("input", cl::desc("One input"), cl::value_desc("NAME=F.npy"), cl::location(options.singleInputs), in);
  Text random("random-inputs", cl::desc("Draw the inputs from this seed"), cl::value_desc("seed"),
              cl::location(options.randomInputs), in);
  Texts dims("dim", cl::desc("The size of a symbolic dimension of random inputs"), cl::value_desc("NAME=N"),
             cl::location(options.dims), in);
  Text outputDir("output-dir", cl::desc("Write outputs.npz here"), cl::value_desc("dir"),
                 cl::location(options.outputDir), in);
  Text report("report", cl::desc("Write a report"), cl::value_desc("F.html"), cl::location(options.report), in);
  Text expected("expected", cl::desc("Compare with these outputs"), cl::value_desc("F.npz"),
                cl::location(options.expected), in);
  Text suffix("suffix", cl::desc("What follows an output's name in --expected"), cl::location(options.suffix), in);
  cl::opt<double, true> tolerance("tolerance", cl::desc("Largest relative L2 error that is right (default 1e-5)"),
                                  cl::location(options.tolerance), cl::init(1e-5), in);
  cl::opt<int32_t, true> threads("threads", cl::desc("Threads (default: all)"), cl::location(options.threads),
                                 cl::init(0), in);
  cl::opt<int32_t, true> repeat("repeat", cl::desc("Run this many times and print the times"),
                                cl::location(options.repeat), cl::init(1), in);
  cl::opt<bool, true> json("json", cl::desc("Print a report in JSON instead of text"), cl::location(options.json), in);
  if (!cl::ParseCommandLineOptions(argc, argv, kOverview, &errs()))
    return 2;
  return hadal::runFile(options);
}
