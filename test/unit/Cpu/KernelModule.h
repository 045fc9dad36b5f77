//===- KernelModule.h - Tile programs compiled and called --------*- C++ -*-===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_TEST_UNIT_CPU_KERNELMODULE_H
#define HADAL_TEST_UNIT_CPU_KERNELMODULE_H

#include "hadal/Support/Npz.h"
#include "runtime/include/hadal/artifact.h"

#include <cstring>
#include <memory>
#include <string>
#include <vector>

namespace hadal::test {

/// The slots of a kernel's arguments.
class Arguments {
public:
  /// A memref with these sizes of its dynamic dimensions.
  template <typename T> Arguments &memref(T *data, std::initializer_list<int64_t> dynamicSizes = {}) {
    slots.push_back(reinterpret_cast<uint64_t>(data));
    slots.insert(slots.end(), dynamicSizes.begin(), dynamicSizes.end());
    return *this;
  }

  std::vector<uint64_t> slots;
};

/// An artifact made of MLIR source (tile programs, and functions on tensors that launch them) and loaded into this
/// process; its launches are serial loops.
class KernelModule {
public:
  /// Null, with diagnostics on standard error, if the source does not compile. `cpu`: another one than this machine's,
  /// with vectors of 256 bits.
  static std::unique_ptr<KernelModule> compile(const std::string &source, const std::string &cpu = "");
  ~KernelModule();

  /// Runs kernel 0.
  void launch(const Arguments &args, int64_t gx, int64_t gy = 1, int64_t gz = 1);
  /// Runs function 0; `outputs` have their types and ranks, and get their shapes and data. An access beyond the end
  /// (`atEnd`) or before the beginning of an input or output faults.
  void run(const std::vector<Array> &inputs, std::vector<Array> &outputs, bool atEnd = true);

private:
  KernelModule() = default;
  void launch(int32_t kernel, const uint64_t *args, int64_t gx, int64_t gy, int64_t gz);

  void *library = nullptr;
  const HadalArtifact *table = nullptr;
  std::vector<char> scratch;
};

/// Compiles the source and runs its function `main`, and compares with the reference interpreter: floats within
/// `tolerance` of max(1, |expected|), all else exactly.
void expectLikeReference(const std::string &source, const std::vector<Array> &inputs, double tolerance = 1e-5,
                         const std::string &cpu = "");

Array randomFloats(std::vector<int64_t> shape, unsigned seed = 1);
Array floats(std::vector<int64_t> shape, std::vector<float> values);
Array ints(std::vector<int64_t> shape, std::vector<int32_t> values);
/// Integers in [low, high].
Array randomInts(DType dtype, std::vector<int64_t> shape, int64_t low, int64_t high, unsigned seed = 1);

/// A CPU without vectors of 512 bits that this machine can run the code of; "" if it is of another kind.
std::string olderCpu();

/// The text with each NAME of the pairs replaced by its number.
std::string fill(std::string text, const std::vector<std::pair<std::string, std::string>> &values);

} // namespace hadal::test

#endif // HADAL_TEST_UNIT_CPU_KERNELMODULE_H
