//===- KernelModule.cpp - Tile programs compiled and called ---------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "KernelModule.h"

#include "hadal/Pipelines/RegisterAll.h"
#include "hadal/Reference/Interpreter.h"
#include "hadal/Target/Cpu/EmitArtifact.h"

#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassRegistry.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/raw_ostream.h"
#include "llvm/TargetParser/Host.h"

#include "gtest/gtest.h"

#include <cmath>
#include <dlfcn.h>
#include <random>
#include <sys/mman.h>

using namespace hadal;
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

std::unique_ptr<KernelModule> KernelModule::compile(const std::string &source, const std::string &cpu) {
  mlir::OwningOpRef<mlir::ModuleOp> module = mlir::parseSourceString<mlir::ModuleOp>(source, &context());
  if (!module)
    return nullptr;
  mlir::PassManager manager(&context(), mlir::ModuleOp::getOperationName());
  std::string options = cpu.empty() ? "" : "{vector-bits=256}";
  if (failed(
          mlir::parsePassPipeline("hadal-allocate,hadal-tile-to-vector" + options + ",hadal-host-to-llvm", manager)) ||
      failed(manager.run(*module)))
    return nullptr;
  llvm::SmallString<128> path;
  if (llvm::sys::fs::createTemporaryFile("hadal-test", "so", path))
    return nullptr;
  llvm::Error error = hadal::emitArtifact(*module, path, {cpu, /*features=*/"", /*threads=*/1});
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

void KernelModule::launch(const Arguments &args, int64_t gx, int64_t gy, int64_t gz) {
  launch(0, args.slots.data(), gx, gy, gz);
}

void KernelModule::launch(int32_t kernel, const uint64_t *args, int64_t gx, int64_t gy, int64_t gz) {
  // Scratch memory holds anything; NaN shows what is read before it is written.
  std::fill(scratch.begin(), scratch.end(), static_cast<char>(0xff));
  uintptr_t start = (reinterpret_cast<uintptr_t>(scratch.data()) + 63) & ~uintptr_t(63);
  for (int64_t z = 0; z < gz; ++z)
    for (int64_t y = 0; y < gy; ++y)
      for (int64_t x = 0; x < gx; ++x)
        table->kernels[kernel].cpu(args, x, y, z, reinterpret_cast<void *>(start));
}

namespace {

/// A copy of an array between two pages that cannot be accessed, at the end of its pages or at their beginning.
class GuardedCopy {
public:
  GuardedCopy(const Array &array, bool atEnd) : size(array.bytes.size()) {
    constexpr size_t kPage = 4096;
    mapped = (size + kPage - 1) / kPage * kPage + 2 * kPage;
    base = static_cast<char *>(mmap(nullptr, mapped, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    mprotect(base + kPage, mapped - 2 * kPage, PROT_READ | PROT_WRITE);
    data = atEnd ? base + mapped - kPage - size : base + kPage;
    std::copy(array.bytes.begin(), array.bytes.end(), data);
  }
  GuardedCopy(const GuardedCopy &) = delete;
  ~GuardedCopy() { munmap(base, mapped); }

  char *data, *base;
  size_t size, mapped;
};

} // namespace

void KernelModule::run(const std::vector<Array> &inputs, std::vector<Array> &outputs, bool atEnd) {
  ASSERT_EQ(table->num_functions, 1);
  const HadalArtifactFunction &function = table->functions[0];
  std::vector<int64_t> dims;
  std::vector<void *> inputData, outputData;
  std::vector<std::unique_ptr<GuardedCopy>> copies;
  for (const Array &input : inputs) {
    dims.insert(dims.end(), input.shape.begin(), input.shape.end());
    inputData.push_back(copies.emplace_back(std::make_unique<GuardedCopy>(input, atEnd))->data);
  }
  ASSERT_EQ(dims.size(), size_t(function.num_in_dims));
  std::vector<int64_t> plan(1 + function.num_out_dims);
  function.plan(dims.data(), plan.data());
  auto next = plan.begin() + 1;
  for (Array &output : outputs) {
    std::vector<int64_t> shape(next, next + output.shape.size());
    next += output.shape.size();
    output = Array::zeros(output.dtype, shape);
    outputData.push_back(copies.emplace_back(std::make_unique<GuardedCopy>(output, atEnd))->data);
  }
  std::vector<const void *> globals;
  for (int32_t global = 0; global < table->num_globals; ++global)
    globals.push_back(table->globals[global].data);
  HadalHost host;
  host.state = this;
  host.globals = const_cast<void *const *>(globals.data());
  host.launch = [](HadalHost *self, int32_t kernel, const uint64_t *args, int32_t, int64_t gx, int64_t gy, int64_t gz) {
    static_cast<KernelModule *>(self->state)->launch(kernel, args, gx, gy, gz);
    return int32_t(0);
  };
  std::vector<char> workspace(plan[0] + 64);
  uintptr_t start = (reinterpret_cast<uintptr_t>(workspace.data()) + 63) & ~uintptr_t(63);
  EXPECT_EQ(function.run(&host, inputData.data(), dims.data(), outputData.data(), plan.data() + 1,
                         reinterpret_cast<void *>(start)),
            0);
  for (size_t index = 0; index < outputs.size(); ++index)
    std::memcpy(outputs[index].bytes.data(), outputData[index], outputs[index].bytes.size());
}

static void expectNear(const Array &actual, const Array &expected, double tolerance) {
  ASSERT_EQ(actual.shape, expected.shape);
  for (int64_t i = 0; i < actual.numElements(); ++i) {
    double x = actual.getDouble(i), y = expected.getDouble(i);
    if (!isFloat(actual.dtype))
      ASSERT_EQ(actual.getInt(i), expected.getInt(i)) << "element " << i;
    else if (std::isnan(y) || std::isinf(y))
      ASSERT_TRUE(std::isnan(y) ? std::isnan(x) : x == y) << "element " << i << ": " << x << ", not " << y;
    else
      ASSERT_NEAR(x, y, tolerance * std::max(1.0, std::fabs(y))) << "element " << i;
  }
}

void test::expectLikeReference(const std::string &source, const std::vector<Array> &inputs, double tolerance,
                               const std::string &cpu) {
  SCOPED_TRACE(source);
  mlir::OwningOpRef<mlir::ModuleOp> module = mlir::parseSourceString<mlir::ModuleOp>(source, &context());
  ASSERT_TRUE(module);
  llvm::Expected<std::vector<Array>> expected = interpret(*module, "main", inputs);
  ASSERT_TRUE(bool(expected)) << llvm::toString(expected.takeError());
  std::unique_ptr<KernelModule> compiled = KernelModule::compile(source, cpu);
  ASSERT_TRUE(compiled);
  for (bool atEnd : {true, false}) {
    std::vector<Array> outputs = *expected;
    compiled->run(inputs, outputs, atEnd);
    for (size_t index = 0; index < outputs.size(); ++index) {
      SCOPED_TRACE("output " + std::to_string(index));
      expectNear(outputs[index], (*expected)[index], tolerance);
    }
  }
}

Array test::randomFloats(std::vector<int64_t> shape, unsigned seed) {
  Array array = Array::zeros(DType::F32, shape);
  std::mt19937 generator(seed);
  std::uniform_real_distribution<float> distribution(-1.0f, 1.0f);
  for (float &value : array.data<float>())
    value = distribution(generator);
  return array;
}

Array test::floats(std::vector<int64_t> shape, std::vector<float> values) {
  Array array = Array::zeros(DType::F32, shape);
  std::copy(values.begin(), values.end(), array.data<float>().begin());
  return array;
}

Array test::ints(std::vector<int64_t> shape, std::vector<int32_t> values) {
  Array array = Array::zeros(DType::I32, shape);
  std::copy(values.begin(), values.end(), array.data<int32_t>().begin());
  return array;
}

Array test::randomInts(DType dtype, std::vector<int64_t> shape, int64_t low, int64_t high, unsigned seed) {
  Array array = Array::zeros(dtype, shape);
  std::mt19937_64 generator(seed);
  std::uniform_int_distribution<int64_t> distribution(low, high);
  for (int64_t i = 0; i < array.numElements(); ++i)
    array.setInt(i, distribution(generator));
  return array;
}

std::string test::olderCpu() { return llvm::sys::getHostCPUFeatures().lookup("avx2") ? "haswell" : ""; }

std::string test::fill(std::string text, const std::vector<std::pair<std::string, std::string>> &values) {
  for (const auto &[name, value] : values)
    for (size_t at = 0; (at = text.find(name, at)) != std::string::npos; at += value.size())
      text.replace(at, name.size(), value);
  return text;
}
