//===- Artifact.h - An artifact in memory, checked --------------*- C++ -*-===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_RUNTIME_CORE_ARTIFACT_H
#define HADAL_RUNTIME_CORE_ARTIFACT_H

#include "Error.h"
#include "Memory.h"

#include "hadal/artifact.h"

#include <memory>
#include <string>

namespace hadal::runtime {

/// The shared object of an artifact. Its file has been found whole before a byte
/// of it was executed.
class Artifact {
public:
  static Error load(const std::string &path, std::unique_ptr<Artifact> &out);
  ~Artifact();

  const HadalArtifact &get() const { return *table; }
  const std::string &getPath() const { return path; }
  /// With the slash at its end; "" for the current one.
  std::string getFolder() const;

private:
  Artifact() = default;
  std::string path;
  std::unique_ptr<MappedFile> file; // open as long as the object is loaded, see load
  void *handle = nullptr;
  const HadalArtifact *table = nullptr;
};

} // namespace hadal::runtime

#endif // HADAL_RUNTIME_CORE_ARTIFACT_H
