//===- RunFile.cpp - hadal-run as a function ---------------------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hadal/ExecutionEngine/RunFile.h"

#include "Compare.h"
#include "Report.h"
#include "hadal/Compiler/Compile.h"
#include "hadal/Compiler/Load.h"
#include "hadal/ExecutionEngine/Executor.h"
#include "hadal/Pipelines/RegisterAll.h"

#include "mlir/IR/Diagnostics.h"
#include "llvm/ADT/ScopeExit.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/SourceMgr.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;
using namespace hadal;

static int fail(const llvm::Twine &message) {
  llvm::errs() << "hadal-run: error: " << message << '\n';
  return 1;
}

static int usageError(const llvm::Twine &message) {
  llvm::errs() << "hadal-run: " << message << '\n';
  return 2;
}

static llvm::Error error(const llvm::Twine &message) {
  return llvm::createStringError(llvm::inconvertibleErrorCode(), message);
}

//===----------------------------------------------------------------------===//
// From a file to an executor
//===----------------------------------------------------------------------===//

namespace {
/// What must live as long as an executor: the IR that is interpreted, or the folder of an artifact made on the way.
struct Session {
  explicit Session(const DialectRegistry &registry) : context(registry), handler(sources, &context, llvm::errs()) {
    context.printOpOnDiagnostic(false); // a whole model is no help in an error
  }
  ~Session() {
    executor.reset();
    if (!folder.empty())
      llvm::sys::fs::remove_directories(folder);
  }

  MLIRContext context;
  llvm::SourceMgr sources;
  SourceMgrDiagnosticHandler handler;
  OwningOpRef<ModuleOp> module;
  CompileSummary summary;
  SmallString<128> folder;
  std::unique_ptr<Executor> executor;
};
} // namespace

/// Diagnostics have said it all already.
static llvm::Error reported() { return error(""); }

static llvm::Error openExecutor(const RunFileOptions &options, Session &session) {
  FailureOr<FileKind> kind = detectFileKind(options.input, &session.context);
  if (failed(kind))
    return reported();
  auto open = [&](llvm::Expected<std::unique_ptr<Executor>> made) -> llvm::Error {
    if (!made)
      return made.takeError();
    session.executor = std::move(*made);
    return llvm::Error::success();
  };
  StringRef target = StringRef(options.target).split(':').first;
  if (*kind == FileKind::Artifact) {
    if (target == "reference")
      return error("an artifact holds no IR to interpret; give the model to --target=reference");
    return open(makeRuntimeExecutor(options.input, options.target, options.threads, options.function));
  }

  session.module = loadModel(options.input, &session.context);
  if (!session.module)
    return reported();
  CompileOptions compileOptions;
  compileOptions.pipeline.precision = options.precision;
  if (target == "reference") {
    compileOptions.stopAfter = symbolizePhase(options.phase).value_or(Phase::Import);
    if (failed(compile(*session.module, options.input, compileOptions, &session.summary)))
      return reported();
    return open(makeReferenceExecutor(*session.module, options.function));
  }
  compileOptions.pipeline.target = llvm::StringSwitch<TargetKind>(target)
                                       .Case("cuda", TargetKind::CUDA)
                                       .Case("emulator", TargetKind::Emulator)
                                       .Default(TargetKind::CPU);
  if (failed(compile(*session.module, options.input, compileOptions, &session.summary)))
    return reported();
  if (std::error_code code = llvm::sys::fs::createUniqueDirectory("hadal-run", session.folder))
    return error("cannot make a folder for the artifact: " + code.message());
  SmallString<128> path(session.folder);
  llvm::sys::path::append(path, "artifact.so");
  if (llvm::Error problem = writeArtifact(*session.module, path))
    return problem;
  session.module = nullptr;
  return open(makeRuntimeExecutor(path, options.target, options.threads, options.function));
}

//===----------------------------------------------------------------------===//
// Inputs, outputs, comparison
//===----------------------------------------------------------------------===//

/// Drops from `arrays` (all members of a file) those that are no inputs but outputs or their references, which files of
/// references hold beside the inputs: NAME or NAME.something for an output NAME.
static void dropReferences(const Signature &signature, std::vector<NamedArray> &arrays) {
  auto isInput = [&](StringRef name) {
    return llvm::any_of(signature.inputs, [&](const TensorSpec &spec) { return name == spec.name; });
  };
  auto isReference = [&](StringRef name) {
    return llvm::any_of(signature.outputs, [&](const TensorSpec &spec) {
      return name == spec.name || (name.starts_with(spec.name) && name[spec.name.size()] == '.');
    });
  };
  llvm::erase_if(arrays, [&](const NamedArray &entry) { return !isInput(entry.name) && isReference(entry.name); });
}

static llvm::Expected<std::vector<Array>> makeInputs(const RunFileOptions &options, const Signature &signature) {
  if (!options.randomInputs.empty()) {
    uint64_t seed;
    if (StringRef(options.randomInputs).getAsInteger(10, seed))
      return error("--random-inputs takes a seed, not '" + options.randomInputs + "'");
    std::vector<std::pair<std::string, int64_t>> sizes;
    for (StringRef dim : options.dims) {
      auto [name, text] = dim.split('=');
      int64_t size;
      if (name.empty() || text.getAsInteger(10, size) || size < 0)
        return error("--dim takes NAME=N, not '" + dim + "'");
      sizes.emplace_back(name.str(), size);
    }
    return drawInputs(signature, seed, sizes);
  }

  std::vector<NamedArray> named;
  if (!options.inputs.empty()) {
    auto members = readNpz(options.inputs, options.prefix);
    if (!members)
      return members.takeError();
    named = std::move(*members);
    for (NamedArray &entry : named)
      entry.name.erase(0, options.prefix.size());
    dropReferences(signature, named);
  }
  for (StringRef single : options.singleInputs) {
    auto [name, path] = single.split('=');
    if (name.empty() || path.empty())
      return error("--input takes NAME=F.npy, not '" + single + "'");
    llvm::Expected<Array> array = readNpy(path);
    if (!array)
      return array.takeError();
    named.push_back({name.str(), std::move(*array)});
  }
  return bindInputs(signature, std::move(named));
}

static llvm::Error writeOutputs(StringRef folder, const Signature &signature, ArrayRef<Array> outputs) {
  if (std::error_code code = llvm::sys::fs::create_directories(folder))
    return error("cannot make " + folder + ": " + code.message());
  std::vector<NamedArray> named;
  for (auto [spec, array] : llvm::zip(signature.outputs, outputs))
    named.push_back({spec.name, array});
  SmallString<128> path(folder);
  llvm::sys::path::append(path, "outputs.npz");
  return writeNpz(path, named);
}

/// Prints how far each output is from the file's array of its name; false if any is too far.
static llvm::Expected<bool> compareOutputs(const RunFileOptions &options, const Signature &signature,
                                           ArrayRef<Array> outputs, llvm::json::Array &report) {
  auto expected = readNpz(options.expected, options.prefix);
  if (!expected)
    return expected.takeError();
  bool right = true;
  int64_t compared = 0;
  for (auto [spec, output] : llvm::zip(signature.outputs, outputs)) {
    std::string name = options.prefix + spec.name + options.suffix;
    auto it = llvm::find_if(*expected, [&](const NamedArray &entry) { return entry.name == name; });
    if (it == expected->end())
      continue;
    ++compared;
    if (standsFor(it->array.dtype, output.dtype))
      it->array.dtype = output.dtype;
    Difference difference = compare(output, it->array);
    bool exact = !isFloat(output.dtype), within = difference.within(options.tolerance, exact);
    right &= within;
    report.push_back(llvm::json::Object{{"output", spec.name},
                                        {"relative_l2", difference.relativeL2},
                                        {"largest", difference.largest},
                                        {"unequal", difference.unequal},
                                        {"argmax_unequal", difference.argmaxUnequal},
                                        {"right", within}});
    if (options.json)
      continue;
    llvm::outs() << (within ? "right  " : "WRONG  ") << spec.name << ": ";
    if (!difference.mismatch.empty())
      llvm::outs() << difference.mismatch << '\n';
    else if (exact)
      llvm::outs() << difference.unequal << " of " << output.numElements() << " unequal\n";
    else
      llvm::outs() << llvm::formatv(
          "relative L2 {0:e2}, largest difference {1:e2}, argmax differs in {2} of {3} rows\n", difference.relativeL2,
          difference.largest, difference.argmaxUnequal, difference.rows);
  }
  if (!compared)
    return error(options.expected + " has no array for any output, the first being '" + options.prefix +
                 (signature.outputs.empty() ? "" : signature.outputs.front().name) + options.suffix + "'");
  return right;
}

static void printTimes(std::vector<double> times, llvm::json::Object &report, bool json) {
  report["milliseconds"] = llvm::json::Array(times);
  if (json || times.size() < 2)
    return;
  llvm::sort(times);
  llvm::outs() << llvm::formatv("{0} runs: median {1:f3} ms, fastest {2:f3} ms, slowest {3:f3} ms\n", times.size(),
                                times[times.size() / 2], times.front(), times.back());
}

int hadal::runFile(const RunFileOptions &options) {
  StringRef target = StringRef(options.target).split(':').first;
  if (!llvm::is_contained({"cpu", "reference", "emulator", "cuda"}, target))
    return usageError("unknown target '" + options.target + "': cpu, reference, emulator or cuda");
  std::optional<Phase> phase = symbolizePhase(options.phase);
  if (!options.phase.empty() && (target != "reference" || !phase || *phase > Phase::Host))
    return usageError("--phase takes import, raise, graph, kernels or host, and goes with --target=reference");
  if (!llvm::is_contained({"f32", "tf32", "bf16"}, options.precision))
    return usageError("unknown precision '" + options.precision + "': f32, tf32 or bf16");
  if (!options.randomInputs.empty() && (!options.inputs.empty() || !options.singleInputs.empty()))
    return usageError("--random-inputs does not go with --inputs or --input");
  if (options.repeat < 1)
    return usageError("--repeat takes a positive number");

  DialectRegistry registry;
  registerAllDialects(registry);
  registerAllPasses();
  Session session(registry);
  auto refuse = [](llvm::Error problem) {
    std::string text = llvm::toString(std::move(problem));
    return text.empty() ? 1 : fail(text);
  };
  if (llvm::Error problem = openExecutor(options, session))
    return refuse(std::move(problem));
  const Signature &signature = session.executor->signature();
  auto inputs = makeInputs(options, signature);
  if (!inputs)
    return refuse(inputs.takeError());
  std::vector<double> times;
  auto outputs = session.executor->run(*inputs, options.repeat, times);
  if (!outputs)
    return refuse(outputs.takeError());

  llvm::json::Object report;
  if (!options.outputDir.empty())
    if (llvm::Error problem = writeOutputs(options.outputDir, signature, *outputs))
      return refuse(std::move(problem));
  bool right = true;
  if (!options.expected.empty()) {
    llvm::json::Array differences;
    llvm::Expected<bool> result = compareOutputs(options, signature, *outputs, differences);
    if (!result)
      return refuse(result.takeError());
    right = *result;
    report["outputs"] = std::move(differences);
  } else if (!options.json) {
    for (auto [spec, output] : llvm::zip(signature.outputs, *outputs))
      llvm::outs() << spec.name << ": " << describe(output) << '\n';
  }
  printTimes(times, report, options.json);
  if (!options.report.empty())
    if (llvm::Error problem = writeReport(options, session.summary, signature, *inputs, *outputs, report))
      return refuse(std::move(problem));
  if (options.json)
    llvm::outs() << llvm::json::Value(std::move(report)) << '\n';
  return right ? 0 : 1;
}
