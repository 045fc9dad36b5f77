//===- Api.cpp - The C ABI over the classes -------------------------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Context.h"
#include "Module.h"
#include "Plan.h"

#include <charconv>
#include <sched.h>

using namespace hadal::runtime;

#define HADAL_VERSION "0.1.0"

/// The most threads that a context takes: beyond it a number is a mistake.
static constexpr int32_t kMaxThreads = 4096;

struct HadalContext {
  std::shared_ptr<Context> impl;
};
struct HadalModule {
  std::shared_ptr<Module> impl;
};
struct HadalPlan {
  std::unique_ptr<Plan> impl;
};

static thread_local std::string lastError;

static HadalStatus report(const Error &error) {
  if (error)
    lastError = error.getMessage();
  return error.getStatus();
}
static HadalStatus missing(const char *what) { return report(Error(HADAL_INVALID_ARGUMENT, what, " is NULL")); }

const char *hadalLastError(void) { return lastError.c_str(); }
const char *hadalVersion(void) { return HADAL_VERSION; }

//===----------------------------------------------------------------------===//
// Contexts
//===----------------------------------------------------------------------===//

static int32_t usableCores() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof(set), &set) != 0)
    return 1;
  return CPU_COUNT(&set);
}

/// The N of "cuda:N"; -1 if `text` is no such thing.
static int parseOrdinal(std::string_view text) {
  constexpr std::string_view prefix = "cuda:";
  if (text == "cuda")
    return 0;
  if (text.substr(0, prefix.size()) != prefix)
    return -1;
  text.remove_prefix(prefix.size());
  int ordinal = -1;
  auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), ordinal);
  return failure == std::errc() && end == text.data() + text.size() ? ordinal : -1;
}

static Error createDevice(std::string_view name, int32_t threads, std::shared_ptr<Device> &out) {
  if (threads < 0 || threads > kMaxThreads)
    return Error(HADAL_INVALID_ARGUMENT, "the number of threads is ", threads, "; it must be 0 to ", kMaxThreads);
  if (threads == 0)
    threads = usableCores();
  if (name == "cpu") {
    out = createCpuDevice(threads);
    return Error::success();
  }
  if (name == "emulator")
    return createEmulatorDevice(threads, out);
  int ordinal = parseOrdinal(name);
  if (ordinal < 0)
    return Error(HADAL_INVALID_ARGUMENT, "there is no device '", name, "'; there are cpu, cuda, cuda:N and emulator");
  return createCudaDevice(ordinal, out);
}

HadalStatus hadalContextCreate(const char *device, int32_t threads, HadalContext **context) {
  if (!device || !context)
    return missing(device ? "context" : "device");
  std::shared_ptr<Device> made;
  if (Error error = createDevice(device, threads, made))
    return report(error);
  *context = new HadalContext{std::make_shared<Context>(std::move(made))};
  return HADAL_OK;
}

void hadalContextDestroy(HadalContext *context) { delete context; }

int32_t hadalContextThreads(const HadalContext *context) {
  return context ? context->impl->getDevice().getThreads() : 0;
}

//===----------------------------------------------------------------------===//
// Modules and functions
//===----------------------------------------------------------------------===//

HadalStatus hadalModuleLoad(HadalContext *context, const char *path, HadalModule **module) {
  if (!context || !path || !module)
    return missing(!context ? "context" : !path ? "path" : "module");
  std::shared_ptr<Module> loaded;
  if (Error error = Module::load(context->impl, path, loaded))
    return report(error);
  *module = new HadalModule{std::move(loaded)};
  return HADAL_OK;
}

void hadalModuleDestroy(HadalModule *module) { delete module; }

const char *hadalModuleManifest(const HadalModule *module) { return module ? module->impl->getTable().manifest : ""; }

int32_t hadalModuleNumFunctions(const HadalModule *module) {
  return module ? static_cast<int32_t>(module->impl->getFunctions().size()) : 0;
}

const HadalFunction *hadalModuleFunction(const HadalModule *module, int32_t index) {
  if (index < 0 || index >= hadalModuleNumFunctions(module))
    return nullptr;
  return &module->impl->getFunctions()[index];
}

HadalStatus hadalModuleFindFunction(const HadalModule *module, const char *name, const HadalFunction **function) {
  if (!module || !function)
    return missing(module ? "function" : "module");
  const std::vector<Function> &functions = module->impl->getFunctions();
  std::string names;
  for (const Function &candidate : functions) {
    if (name ? candidate.decl->name == name : functions.size() == 1) {
      *function = &candidate;
      return HADAL_OK;
    }
    names += (names.empty() ? "" : ", ") + candidate.decl->name;
  }
  if (!name)
    return report(Error(HADAL_INVALID_ARGUMENT, "artifact ", module->impl->getPath(), " has ", functions.size(),
                        " functions, one must be named: ", names));
  return report(Error(HADAL_INVALID_ARGUMENT, "artifact ", module->impl->getPath(), " has no function '", name,
                      "'; it has: ", names));
}

const char *hadalFunctionName(const HadalFunction *function) { return function ? function->decl->name.c_str() : ""; }

int32_t hadalFunctionNumInputs(const HadalFunction *function) {
  return function ? static_cast<int32_t>(function->inputs.size()) : 0;
}
int32_t hadalFunctionNumOutputs(const HadalFunction *function) {
  return function ? static_cast<int32_t>(function->outputs.size()) : 0;
}
const HadalTensorInfo *hadalFunctionInput(const HadalFunction *function, int32_t index) {
  return index < 0 || index >= hadalFunctionNumInputs(function) ? nullptr : &function->inputs[index];
}
const HadalTensorInfo *hadalFunctionOutput(const HadalFunction *function, int32_t index) {
  return index < 0 || index >= hadalFunctionNumOutputs(function) ? nullptr : &function->outputs[index];
}

//===----------------------------------------------------------------------===//
// Plans
//===----------------------------------------------------------------------===//

HadalStatus hadalPlanCreate(const HadalFunction *function, const DLTensor *inputs, int32_t num_inputs,
                            HadalPlan **plan) {
  if (!function || !plan || (!inputs && num_inputs > 0))
    return missing(!function ? "function" : !plan ? "plan" : "inputs");
  std::unique_ptr<Plan> made;
  if (Error error = Plan::create(*function, inputs, num_inputs, made))
    return report(error);
  *plan = new HadalPlan{std::move(made)};
  return HADAL_OK;
}

void hadalPlanDestroy(HadalPlan *plan) { delete plan; }

int64_t hadalPlanWorkspaceBytes(const HadalPlan *plan) { return plan ? plan->impl->getWorkspaceBytes() : 0; }

int32_t hadalPlanNumOutputs(const HadalPlan *plan) {
  return plan ? static_cast<int32_t>(plan->impl->getOutputs().size()) : 0;
}
const DLTensor *hadalPlanOutput(const HadalPlan *plan, int32_t index) {
  return index < 0 || index >= hadalPlanNumOutputs(plan) ? nullptr : &plan->impl->getOutputs()[index];
}

HadalStatus hadalPlanRun(HadalPlan *plan, const DLTensor *inputs, DLTensor *outputs, void *workspace) {
  if (!plan)
    return missing("plan");
  return report(plan->impl->run(inputs, outputs, workspace));
}
