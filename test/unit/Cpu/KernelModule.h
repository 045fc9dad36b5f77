//===- KernelModule.h - Tile programs compiled and called --------*- C++ -*-===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_TEST_UNIT_CPU_KERNELMODULE_H
#define HADAL_TEST_UNIT_CPU_KERNELMODULE_H

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
  Arguments &integer(int64_t value) {
    slots.push_back(value);
    return *this;
  }
  Arguments &real(float value) {
    uint64_t slot = 0;
    std::memcpy(&slot, &value, sizeof value);
    slots.push_back(slot);
    return *this;
  }

  std::vector<uint64_t> slots;
};

/// An artifact made of MLIR source and loaded into this process; its launches are serial loops.
class KernelModule {
public:
  /// Null, with diagnostics on standard error, if the source does not compile.
  static std::unique_ptr<KernelModule> compile(const std::string &source);
  ~KernelModule();

  const HadalArtifact &artifact() const { return *table; }
  void launch(int32_t kernel, const uint64_t *args, int64_t gx, int64_t gy, int64_t gz);
  void launch(const Arguments &args, int64_t gx = 1, int64_t gy = 1, int64_t gz = 1) {
    launch(0, args.slots.data(), gx, gy, gz);
  }

private:
  KernelModule() = default;
  void *library = nullptr;
  const HadalArtifact *table = nullptr;
  std::vector<char> scratch;
};

} // namespace hadal::test

#endif // HADAL_TEST_UNIT_CPU_KERNELMODULE_H
