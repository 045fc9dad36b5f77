//===- Context.cpp - A device, and the memory that runs share -------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Context.h"

#include <algorithm>

using namespace hadal::runtime;

Context::~Context() {
  for (Workspace &workspace : idle)
    device->release(workspace.memory, workspace.bytes);
}

Error Context::acquireWorkspace(size_t bytes, Workspace &out) {
  {
    std::lock_guard<std::mutex> lock(mutex);
    auto largest = std::max_element(idle.begin(), idle.end(), [](auto &a, auto &b) { return a.bytes < b.bytes; });
    if (largest != idle.end()) {
      out = *largest;
      idle.erase(largest);
    }
  }
  if (out.bytes >= bytes && out.memory)
    return Error::success();
  if (out.memory)
    device->release(out.memory, out.bytes);
  // Somewhat more than asked: a decode loop needs a little more at every step.
  size_t wanted = bytes + bytes / 4;
  out = {device->allocate(wanted), wanted};
  if (!out.memory)
    out = {device->allocate(bytes), bytes};
  if (!out.memory)
    return Error(HADAL_OUT_OF_MEMORY, "no memory for a workspace of ", bytes, " bytes on ", device->getName());
  return Error::success();
}

void Context::releaseWorkspace(Workspace workspace) {
  std::lock_guard<std::mutex> lock(mutex);
  idle.push_back(workspace);
}
