//===- Module.cpp - A loaded artifact and its functions -------------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Module.h"

#include <cstring>

using namespace hadal::runtime;

static constexpr const char *kInitName = "hadal.init";

Error Module::load(std::shared_ptr<Context> context, const std::string &path, std::shared_ptr<Module> &out) {
  std::shared_ptr<Module> module(new Module(std::move(context)));
  Device &device = module->context->getDevice();
  if (Error error = Artifact::load(path, module->artifact))
    return error;
  const HadalArtifact &table = module->getTable();
  if (Error error = Manifest::parse(table.manifest, module->manifest))
    return Error(error.getStatus(), "artifact ", path, " has a wrong manifest: ", error.getMessage());
  if (!device.runsTarget(module->manifest.target))
    return Error(HADAL_INCOMPATIBLE, "artifact ", path, " was compiled for target '", module->manifest.target,
                 "', and the context's device is '", device.getName(), "'");
  if (Error error = module->checkTable())
    return error;
  if (Error error = module->bindFunctions())
    return error;
  if (Error error = module->globals.load(*module->artifact))
    return error;
  if (Error error = device.loadKernels(table, path, module->kernels))
    return error;
  if (Error error = module->runInit())
    return error;
  out = std::move(module);
  return Error::success();
}

Error Module::checkTable() const {
  const HadalArtifact &table = getTable();
  for (int32_t i = 0; i < table.num_kernels; ++i) {
    const HadalArtifactKernel &kernel = table.kernels[i];
    if (!kernel.name || kernel.num_args < 0 || kernel.scratch_bytes < 0 || kernel.shared_bytes < 0)
      return Error(HADAL_DAMAGED, "artifact ", getPath(), ": kernel ", i, " is not well described");
  }
  for (int32_t i = 0; i < table.num_globals; ++i)
    if (!table.globals[i].name || table.globals[i].bytes < 0)
      return Error(HADAL_DAMAGED, "artifact ", getPath(), ": global ", i, " is not well described");
  return Error::success();
}

static int64_t countDims(const std::vector<TensorDecl> &tensors) {
  int64_t count = 0;
  for (const TensorDecl &tensor : tensors)
    count += static_cast<int64_t>(tensor.dims.size());
  return count;
}

static void makeInfos(Function &function, const std::vector<TensorDecl> &decls, std::vector<HadalTensorInfo> &infos) {
  for (const TensorDecl &decl : decls) {
    std::vector<const char *> symbols;
    for (const std::string &symbol : decl.symbols)
      symbols.push_back(symbol.c_str());
    function.symbols.push_back(std::move(symbols)); // moving a vector later leaves its elements where they are
    infos.push_back({decl.name.c_str(), decl.dtype, static_cast<int32_t>(decl.dims.size()), decl.dims.data(),
                     function.symbols.back().data()});
  }
}

Error Module::bindFunctions() {
  const HadalArtifact &table = getTable();
  for (const FunctionDecl &decl : manifest.functions) {
    Function function;
    function.module = this;
    function.decl = &decl;
    for (int32_t i = 0; i < table.num_functions; ++i)
      if (decl.name == table.functions[i].name)
        function.code = &table.functions[i];
    if (!function.code)
      return Error(HADAL_DAMAGED, "artifact ", getPath(), ": its manifest lists function '", decl.name,
                   "', and there is no code for it");
    if (function.code->num_in_dims != countDims(decl.inputs) || function.code->num_out_dims != countDims(decl.outputs))
      return Error(HADAL_DAMAGED, "artifact ", getPath(), ": manifest and code of function '", decl.name,
                   "' differ in the number of dimensions");
    makeInfos(function, decl.inputs, function.inputs);
    makeInfos(function, decl.outputs, function.outputs);
    functions.push_back(std::move(function));
  }
  return Error::success();
}

/// Fills the globals without a value, once.
Error Module::runInit() {
  const HadalArtifact &table = getTable();
  for (int32_t i = 0; i < table.num_functions; ++i) {
    const HadalArtifactFunction &init = table.functions[i];
    if (std::strcmp(init.name, kInitName) != 0)
      continue;
    Device &device = context->getDevice();
    int64_t workspaceBytes = 0;
    init.plan(nullptr, &workspaceBytes);
    Context::Workspace workspace;
    if (Error error = context->acquireWorkspace(static_cast<size_t>(workspaceBytes), workspace))
      return error;
    device.prepareWorkspace(workspace.memory, static_cast<size_t>(workspaceBytes));
    RunScope scope;
    scope.buffers.push_back(
        {"workspace", static_cast<char *>(workspace.memory), static_cast<size_t>(workspaceBytes), /*writable=*/true});
    Arguments arguments;
    arguments.workspace = workspace.memory;
    Error error = run(init, arguments, scope);
    if (!error)
      error = device.finishRun();
    device.release(workspace.memory, workspace.bytes); // not kept: it may be as large as the weights, and runs once
    if (error)
      return Error(error.getStatus(), "cannot prepare the weights of artifact ", getPath(), ": ", error.getMessage());
  }
  return Error::success();
}

namespace {
/// What a host program gets, with what its launches need behind it.
struct Run {
  HadalHost host;
  const HadalArtifact *table;
  Kernels *kernels;
  const RunScope *scope;
  Error error;
};
} // namespace

static int32_t launch(HadalHost *host, int32_t kernel, const uint64_t *args, int32_t numArgs, int64_t gx, int64_t gy,
                      int64_t gz) {
  Run &run = *static_cast<Run *>(host->state);
  if (kernel < 0 || kernel >= run.table->num_kernels || run.table->kernels[kernel].num_args != numArgs) {
    run.error = Error(HADAL_DAMAGED, "the host program launches kernel ", kernel, " with ", numArgs,
                      " arguments, which its table does not list");
    return run.error.getStatus();
  }
  int64_t total;
  if (gx < 0 || gy < 0 || gz < 0 || __builtin_mul_overflow(gx, gy, &total) ||
      __builtin_mul_overflow(total, gz, &total)) {
    run.error = Error(HADAL_DEVICE_FAILURE, "kernel '", run.table->kernels[kernel].name, "' is launched over the grid ",
                      gx, " x ", gy, " x ", gz);
    return run.error.getStatus();
  }
  if (total == 0)
    return HADAL_OK;
  const int64_t grid[3] = {gx, gy, gz};
  if (Error error = run.kernels->launch(*run.scope, kernel, args, grid)) {
    run.error = std::move(error);
    return run.error.getStatus();
  }
  return HADAL_OK;
}

Error Module::run(const HadalArtifactFunction &function, const Arguments &arguments, RunScope &scope) const {
  if (context->getDevice().checksBuffers())
    scope.buffers.insert(scope.buffers.end(), globals.getBuffers().begin(), globals.getBuffers().end());
  Run run = {{nullptr, &launch, globals.getAddresses()}, &getTable(), kernels.get(), &scope, {}};
  run.host.state = &run;
  int32_t status = function.run(&run.host, arguments.inputs, arguments.inDims, arguments.outputs, arguments.outDims,
                                arguments.workspace);
  if (run.error)
    return run.error;
  if (status != HADAL_OK)
    return Error(HADAL_DEVICE_FAILURE, "function '", function.name, "' failed with status ", status);
  return Error::success();
}
