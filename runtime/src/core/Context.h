//===- Context.h - A device, and the memory that runs share -----*- C++ -*-===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_RUNTIME_CORE_CONTEXT_H
#define HADAL_RUNTIME_CORE_CONTEXT_H

#include "Device.h"

#include <memory>
#include <mutex>
#include <vector>

namespace hadal::runtime {

/// Workspaces of finished runs are kept for later ones: allocating one for each
/// run costs more than a small model's kernels.
class Context {
public:
  explicit Context(std::shared_ptr<Device> device) : device(std::move(device)) {}
  ~Context();

  Device &getDevice() const { return *device; }

  struct Workspace {
    void *memory = nullptr;
    size_t bytes = 0;
  };
  Error acquireWorkspace(size_t bytes, Workspace &out);
  void releaseWorkspace(Workspace workspace);

private:
  std::shared_ptr<Device> device;
  std::mutex mutex;
  std::vector<Workspace> idle;
};

} // namespace hadal::runtime

#endif // HADAL_RUNTIME_CORE_CONTEXT_H
