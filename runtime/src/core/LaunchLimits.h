//===- LaunchLimits.h - What CUDA can launch --------------------*- C++ -*-===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_RUNTIME_CORE_LAUNCHLIMITS_H
#define HADAL_RUNTIME_CORE_LAUNCHLIMITS_H

#include "Error.h"

#include "hadal/artifact.h"

namespace hadal::runtime {

/// Limits of all architectures since sm_80; shared memory has the largest of them, a device may have less.
inline Error checkLaunchLimits(const HadalArtifactKernel &kernel, const std::string &path) {
  constexpr int32_t kThreads = 1024, kSharedBytes = 227 * 1024;
  if (kernel.threads < 1 || kernel.threads > kThreads)
    return Error(HADAL_INCOMPATIBLE, "artifact ", path, ": kernel '", kernel.name, "' wants ", kernel.threads,
                 " threads in a block; CUDA has 1 to ", kThreads);
  if (kernel.shared_bytes > kSharedBytes)
    return Error(HADAL_INCOMPATIBLE, "artifact ", path, ": kernel '", kernel.name, "' wants ", kernel.shared_bytes,
                 " bytes of shared memory; a block has at most ", kSharedBytes);
  return Error::success();
}

inline Error checkGrid(const HadalArtifactKernel &kernel, const int64_t grid[3]) {
  constexpr int64_t kLimits[3] = {2147483647, 65535, 65535};
  for (int d = 0; d < 3; ++d)
    if (grid[d] > kLimits[d])
      return Error(HADAL_DEVICE_FAILURE, "kernel '", kernel.name, "' is launched over the grid ", grid[0], " x ",
                   grid[1], " x ", grid[2], ", which is more than CUDA has");
  return Error::success();
}

} // namespace hadal::runtime

#endif // HADAL_RUNTIME_CORE_LAUNCHLIMITS_H
