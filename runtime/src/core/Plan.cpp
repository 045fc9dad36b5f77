//===- Plan.cpp - A function for given shapes -----------------------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Plan.h"
#include "Shapes.h"

#include <cstring>

using namespace hadal::runtime;

/// -1 if it does not fit.
static int64_t tensorBytes(DLDataType dtype, const int64_t *dims, size_t rank) {
  int64_t bytes = elementBytes(dtype);
  bool overflow = false, empty = false;
  for (size_t d = 0; d < rank; ++d) {
    empty |= dims[d] == 0;
    overflow |= __builtin_mul_overflow(bytes, dims[d], &bytes);
  }
  return empty ? 0 : overflow ? -1 : bytes;
}

Error Plan::create(const Function &function, const DLTensor *inputs, int32_t numInputs, std::unique_ptr<Plan> &out) {
  std::unique_ptr<Plan> plan(new Plan(function));
  if (Error error = checkInputs(*function.decl, inputs, numInputs, plan->inDims))
    return error;
  std::vector<int64_t> results(1 + function.code->num_out_dims);
  function.code->plan(plan->inDims.data(), results.data());
  plan->workspaceBytes = results[0];
  plan->outDims.assign(results.begin() + 1, results.end());
  if (Error error = plan->makeOutputs())
    return error;
  out = std::move(plan);
  return Error::success();
}

Error Plan::makeOutputs() {
  if (workspaceBytes < 0)
    return Error(HADAL_SHAPE_MISMATCH, "function '", function.decl->name,
                 "' cannot run with these shapes: they are too large");
  int64_t *dims = outDims.data();
  for (const TensorDecl &decl : function.decl->outputs) {
    for (size_t d = 0; d < decl.dims.size(); ++d)
      if (dims[d] < 0 || (decl.dims[d] >= 0 && decl.dims[d] != dims[d]))
        return Error(HADAL_SHAPE_MISMATCH, "function '", function.decl->name,
                     "' cannot run with these shapes: dimension ", d, " of output '", decl.name, "' would be ",
                     dims[d]);
    DLTensor output = hadalTensor(nullptr, static_cast<int32_t>(decl.dims.size()), dims, decl.dtype);
    outputs.push_back(output);
    dims += decl.dims.size();
  }
  return Error::success();
}

Error Plan::checkTensor(const char *role, const TensorDecl &decl, const DLTensor &tensor, const int64_t *dims) const {
  if (!sameType(decl.dtype, tensor.dtype))
    return Error(HADAL_SHAPE_MISMATCH, role, " '", decl.name, "' has type ", typeName(tensor.dtype), ", but must be ",
                 typeName(decl.dtype));
  if (tensor.ndim != static_cast<int>(decl.dims.size()))
    return Error(HADAL_SHAPE_MISMATCH, role, " '", decl.name, "' has rank ", tensor.ndim, ", but must have rank ",
                 decl.dims.size());
  for (int d = 0; d < tensor.ndim; ++d)
    if (tensor.shape[d] != dims[d])
      return Error(HADAL_SHAPE_MISMATCH, role, " '", decl.name, "': dimension ", d, " is ", tensor.shape[d],
                   ", but the plan was made for ", dims[d]);
  if (!isContiguous(tensor))
    return Error(HADAL_INVALID_ARGUMENT, role, " '", decl.name, "' is not contiguous");
  return Error::success();
}

/// Gives a tensor memory on the device: its own, or a copy.
Error Plan::bind(const char *role, const TensorDecl &decl, const DLTensor &tensor, bool isInput, Binding &out) const {
  Device &device = module->getContext().getDevice();
  int64_t bytes = tensorBytes(decl.dtype, tensor.shape, decl.dims.size());
  if (bytes < 0)
    return Error(HADAL_SHAPE_MISMATCH, role, " '", decl.name, "' is too large");
  if (!tensor.data && bytes > 0)
    return Error(HADAL_INVALID_ARGUMENT, role, " '", decl.name, "' has no data");
  char *data = static_cast<char *>(tensor.data) + (tensor.data ? tensor.byte_offset : 0);
  if (reinterpret_cast<uintptr_t>(data) % elementBytes(decl.dtype) != 0)
    return Error(HADAL_INVALID_ARGUMENT, role, " '", decl.name, "' is not aligned to its elements");
  out.bytes = static_cast<size_t>(bytes);

  DLDevice own = device.getDLDevice();
  if (tensor.device.device_type == own.device_type && tensor.device.device_id == own.device_id) {
    out.address = data;
    return Error::success();
  }
  if (tensor.device.device_type != kDLCPU)
    return Error(HADAL_INVALID_ARGUMENT, role, " '", decl.name, "' lies on another device than '", device.getName(),
                 "'");
  out.address = device.allocate(out.bytes);
  if (!out.address)
    return Error(HADAL_OUT_OF_MEMORY, "no memory for ", role, " '", decl.name, "' on ", device.getName(), ": ", bytes,
                 " bytes");
  out.owned = true;
  return isInput ? device.copyIn(out.address, data, out.bytes) : Error::success();
}

Error Plan::bindAll(const DLTensor *inputs, const DLTensor *outputs, std::vector<Binding> &bindings) const {
  const FunctionDecl &decl = *function.decl;
  size_t numInputs = decl.inputs.size(), numOutputs = decl.outputs.size();
  bindings.resize(numInputs + numOutputs);
  const int64_t *dims = inDims.data();
  for (size_t i = 0; i < numInputs; dims += decl.inputs[i].dims.size(), ++i) {
    if (Error error = checkTensor("input", decl.inputs[i], inputs[i], dims))
      return error;
    if (Error error = bind("input", decl.inputs[i], inputs[i], /*isInput=*/true, bindings[i]))
      return error;
  }
  dims = outDims.data();
  for (size_t i = 0; i < numOutputs; dims += decl.outputs[i].dims.size(), ++i) {
    if (Error error = checkTensor("output", decl.outputs[i], outputs[i], dims))
      return error;
    if (Error error = bind("output", decl.outputs[i], outputs[i], /*isInput=*/false, bindings[numInputs + i]))
      return error;
  }
  return Error::success();
}

Error Plan::runBound(const std::vector<Binding> &bindings, void *workspace) const {
  const FunctionDecl &decl = *function.decl;
  size_t numInputs = decl.inputs.size();
  std::vector<void *> addresses;
  RunScope scope;
  for (size_t i = 0; i < bindings.size(); ++i) {
    bool isInput = i < numInputs;
    const TensorDecl &tensor = isInput ? decl.inputs[i] : decl.outputs[i - numInputs];
    addresses.push_back(bindings[i].address);
    if (module->getContext().getDevice().checksBuffers())
      scope.buffers.push_back(
          {tensor.name.c_str(), static_cast<char *>(bindings[i].address), bindings[i].bytes, /*writable=*/!isInput});
  }
  module->getContext().getDevice().prepareWorkspace(workspace, static_cast<size_t>(workspaceBytes));
  scope.buffers.push_back({"workspace", static_cast<char *>(workspace), static_cast<size_t>(workspaceBytes), true});
  Module::Arguments arguments;
  arguments.inputs = addresses.data();
  arguments.inDims = inDims.data();
  arguments.outputs = addresses.data() + numInputs;
  arguments.outDims = outDims.data();
  arguments.workspace = workspace;
  return module->run(*function.code, arguments, scope);
}

Error Plan::run(const DLTensor *inputs, DLTensor *outputs, void *workspace) {
  if (reinterpret_cast<uintptr_t>(workspace) % 64 != 0)
    return Error(HADAL_INVALID_ARGUMENT, "the workspace is not aligned to 64 bytes");
  Context &context = module->getContext();
  Device &device = context.getDevice();
  Context::Workspace own;
  if (!workspace && workspaceBytes > 0) {
    if (Error error = context.acquireWorkspace(static_cast<size_t>(workspaceBytes), own))
      return error;
    workspace = own.memory;
  }
  std::vector<Binding> bindings;
  Error error = bindAll(inputs, outputs, bindings);
  if (!error)
    error = runBound(bindings, workspace);
  Error finish = device.finishRun();
  if (!error)
    error = std::move(finish);

  size_t numInputs = function.decl->inputs.size();
  for (size_t i = 0; i < bindings.size(); ++i) {
    Binding &binding = bindings[i];
    if (!binding.owned)
      continue;
    if (i >= numInputs && !error) {
      DLTensor &output = outputs[i - numInputs];
      error = device.copyOut(static_cast<char *>(output.data) + output.byte_offset, binding.address, binding.bytes);
    }
    device.release(binding.address, binding.bytes);
  }
  if (own.memory)
    context.releaseWorkspace(own);
  return error;
}
