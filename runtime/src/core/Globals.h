//===- Globals.h - The constants of a module --------------------*- C++ -*-===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_RUNTIME_CORE_GLOBALS_H
#define HADAL_RUNTIME_CORE_GLOBALS_H

#include "Artifact.h"
#include "Device.h"

#include <memory>
#include <vector>

namespace hadal::runtime {

/// Where each global of an artifact lies on the device: in place in the artifact
/// or in a mapped weights file if the device shares the host's memory, otherwise
/// in memory of the device.
class Globals {
public:
  explicit Globals(Device &device) : device(device) {}
  ~Globals();

  Error load(const Artifact &artifact);

  void *const *getAddresses() const { return addresses.data(); }
  const std::vector<Buffer> &getBuffers() const { return buffers; }

private:
  Error findFile(const Artifact &artifact, const HadalArtifactGlobal &global, const MappedFile *&out);
  Error place(const HadalArtifactGlobal &global, const void *bytes);

  Device &device;
  std::vector<std::unique_ptr<MappedFile>> files;
  std::vector<std::string> fileNames; // as the artifact names them
  std::vector<void *> addresses;
  std::vector<Buffer> buffers;
  struct Block {
    void *memory;
    size_t bytes;
  };
  std::vector<Block> owned;
};

} // namespace hadal::runtime

#endif // HADAL_RUNTIME_CORE_GLOBALS_H
