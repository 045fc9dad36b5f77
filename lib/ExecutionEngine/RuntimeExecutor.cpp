//===- RuntimeExecutor.cpp - Run by the runtime, through its C ABI ------------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hadal/ExecutionEngine/Executor.h"

#include "hadal/runtime.h"

#include <chrono>

using namespace hadal;

namespace {

struct Release {
  void operator()(HadalContext *context) const { hadalContextDestroy(context); }
  void operator()(HadalModule *module) const { hadalModuleDestroy(module); }
  void operator()(HadalPlan *plan) const { hadalPlanDestroy(plan); }
};
template <typename T> using Handle = std::unique_ptr<T, Release>;

class RuntimeExecutor : public Executor {
public:
  llvm::Error load(llvm::StringRef path, llvm::StringRef device, int32_t threads, llvm::StringRef name);

  const Signature &signature() const override { return spec; }
  llvm::Expected<std::vector<Array>> run(llvm::ArrayRef<Array> inputs, int32_t repeat,
                                         std::vector<double> &milliseconds) override;

private:
  Handle<HadalContext> context;
  Handle<HadalModule> module;
  const HadalFunction *function = nullptr;
  Signature spec;
};

} // namespace

/// The runtime's status as an error.
static llvm::Error check(HadalStatus status) {
  if (status == HADAL_OK)
    return llvm::Error::success();
  return llvm::createStringError(llvm::inconvertibleErrorCode(), hadalLastError());
}

/// Code 6 is DLPack's boolean, 10 to 14 are its floats of 8 bits: younger than the packaged header.
static constexpr struct {
  uint8_t code, bits;
  DType dtype;
} kTypes[] = {
    {kDLFloat, 64, DType::F64}, {kDLFloat, 32, DType::F32}, {kDLFloat, 16, DType::F16}, {kDLInt, 64, DType::I64},
    {kDLInt, 32, DType::I32},   {kDLInt, 16, DType::I16},   {kDLInt, 8, DType::I8},     {kDLUInt, 64, DType::U64},
    {kDLUInt, 32, DType::U32},  {kDLUInt, 16, DType::U16},  {kDLUInt, 8, DType::U8},    {kDLBfloat, 16, DType::BF16},
    {6, 8, DType::Bool},        {10, 8, DType::F8E4M3FN},   {12, 8, DType::F8E5M2},     {14, 8, DType::F8E8M0FNU}};

static DLDataType toDLPack(DType dtype) {
  for (const auto &type : kTypes)
    if (type.dtype == dtype)
      return hadalType(static_cast<DLDataTypeCode>(type.code), type.bits);
  llvm_unreachable("every element type has an entry");
}

static llvm::Expected<TensorSpec> specOf(const HadalTensorInfo &info) {
  TensorSpec spec;
  spec.name = info.name;
  spec.dims.assign(info.dims, info.dims + info.rank);
  spec.symbols.assign(info.symbols, info.symbols + info.rank);
  for (const auto &type : kTypes)
    if (type.code == info.dtype.code && type.bits == info.dtype.bits) {
      spec.dtype = type.dtype;
      return spec;
    }
  return llvm::createStringError(llvm::inconvertibleErrorCode(), "'%s' has an element type that no array has",
                                 info.name);
}

/// `array` as the runtime takes it; refers to its memory.
static DLTensor view(const Array &array) {
  auto *shape = const_cast<int64_t *>(array.shape.data());
  return hadalTensor(const_cast<uint8_t *>(array.bytes.data()), static_cast<int32_t>(array.shape.size()), shape,
                     toDLPack(array.dtype));
}

llvm::Error RuntimeExecutor::load(llvm::StringRef path, llvm::StringRef device, int32_t threads, llvm::StringRef name) {
  HadalContext *newContext;
  if (llvm::Error error = check(hadalContextCreate(device.str().c_str(), threads, &newContext)))
    return error;
  context.reset(newContext);
  HadalModule *newModule;
  if (llvm::Error error = check(hadalModuleLoad(context.get(), path.str().c_str(), &newModule)))
    return error;
  module.reset(newModule);
  if (llvm::Error error =
          check(hadalModuleFindFunction(module.get(), name.empty() ? nullptr : name.str().c_str(), &function)))
    return error;

  spec.function = hadalFunctionName(function);
  auto append = [](const HadalTensorInfo *info, std::vector<TensorSpec> &list) -> llvm::Error {
    llvm::Expected<TensorSpec> spec = specOf(*info);
    if (!spec)
      return spec.takeError();
    list.push_back(std::move(*spec));
    return llvm::Error::success();
  };
  for (int32_t i = 0; i < hadalFunctionNumInputs(function); ++i)
    if (llvm::Error error = append(hadalFunctionInput(function, i), spec.inputs))
      return error;
  for (int32_t i = 0; i < hadalFunctionNumOutputs(function); ++i)
    if (llvm::Error error = append(hadalFunctionOutput(function, i), spec.outputs))
      return error;
  return llvm::Error::success();
}

llvm::Expected<std::vector<Array>> RuntimeExecutor::run(llvm::ArrayRef<Array> inputs, int32_t repeat,
                                                        std::vector<double> &milliseconds) {
  std::vector<DLTensor> in, out;
  for (const Array &input : inputs)
    in.push_back(view(input));
  HadalPlan *made;
  if (llvm::Error error = check(hadalPlanCreate(function, in.data(), static_cast<int32_t>(in.size()), &made)))
    return std::move(error);
  Handle<HadalPlan> plan(made);

  std::vector<Array> outputs;
  for (int32_t i = 0; i < hadalPlanNumOutputs(plan.get()); ++i) {
    const DLTensor *planned = hadalPlanOutput(plan.get(), i);
    outputs.push_back(Array::zeros(spec.outputs[i].dtype, {planned->shape, planned->shape + planned->ndim}));
  }
  for (Array &output : outputs)
    out.push_back(view(output));
  for (int32_t i = 0; i < std::max(repeat, 1); ++i) {
    auto start = std::chrono::steady_clock::now();
    if (llvm::Error error = check(hadalPlanRun(plan.get(), in.data(), out.data(), /*workspace=*/nullptr)))
      return std::move(error);
    std::chrono::duration<double, std::milli> elapsed = std::chrono::steady_clock::now() - start;
    milliseconds.push_back(elapsed.count());
  }
  return outputs;
}

llvm::Expected<std::unique_ptr<Executor>> hadal::makeRuntimeExecutor(llvm::StringRef path, llvm::StringRef device,
                                                                     int32_t threads, llvm::StringRef function) {
  auto executor = std::make_unique<RuntimeExecutor>();
  if (llvm::Error error = executor->load(path, device, threads, function))
    return std::move(error);
  return executor;
}
