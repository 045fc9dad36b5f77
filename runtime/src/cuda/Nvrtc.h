//===- Nvrtc.h - CUDA text to cubins ----------------------------*- C++ -*-===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_RUNTIME_CUDA_NVRTC_H
#define HADAL_RUNTIME_CUDA_NVRTC_H

#include "../core/DynamicLibrary.h"
#include "../core/Error.h"

#include <memory>
#include <string>
#include <vector>

namespace hadal::runtime {

/// What ptxas says of a kernel: whether it fits is seen without a GPU.
struct KernelResources {
  int registers = 0; // of a thread
  int stackBytes = 0;
  int spillStoreBytes = 0, spillLoadBytes = 0;
  int staticSharedBytes = 0;
};

struct CompiledKernel {
  std::string cubin;
  KernelResources resources;
  std::string log; // of NVRTC and ptxas
};

/// NVIDIA's run-time compiler, loaded from where it is: HADAL_NVRTC (the library, or a folder that has it, such as
/// the one of PyPI's nvidia-cuda-nvrtc), the loader's path, or the CUDA toolkit in /usr/local. It needs no GPU.
///
/// Several threads may compile at once.
class Nvrtc {
public:
  /// HADAL_NO_DEVICE if there is none.
  static Error load(std::shared_ptr<Nvrtc> &out);

  /// `source`: CUDA C++ of one kernel, without the prelude. `arch`: "sm_90a".
  Error compile(const std::string &source, const std::string &name, const std::string &arch, CompiledKernel &out) const;

  /// "13.0"
  std::string getVersion() const;
  const std::string &getPath() const { return path; }

private:
  struct Functions;
  Error bind();
  void openBuiltins();

  DynamicLibrary library, builtins;
  std::string path;
  std::shared_ptr<Functions> functions;
};

/// "sm_90a" for 9, 0: the architecture's own features where it has such.
std::string archName(int major, int minor);

/// Reads the numbers for `kernel` from ptxas's log, as -v writes it.
KernelResources parseResources(const std::string &log, const std::string &kernel);

} // namespace hadal::runtime

#endif // HADAL_RUNTIME_CUDA_NVRTC_H
