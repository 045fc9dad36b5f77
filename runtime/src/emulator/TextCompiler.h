//===- TextCompiler.h - CUDA text to code of the host -----------*- C++ -*-===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_RUNTIME_EMULATOR_TEXTCOMPILER_H
#define HADAL_RUNTIME_EMULATOR_TEXTCOMPILER_H

#include "../core/Error.h"
#include "../core/Memory.h"

#include "hadal/artifact.h"

#include <memory>
#include <string>
#include <vector>

namespace hadal::runtime {

/// The kernels of an artifact, compiled for the host and loaded.
class CompiledText {
public:
  using Entry = void (*)(const uint64_t *args);

  /// `path`: of the artifact, for messages.
  static Error compile(const HadalArtifact &artifact, const std::string &path, std::unique_ptr<CompiledText> &out);
  ~CompiledText();

  Entry getEntry(int32_t kernel) const { return entries[kernel]; }
  /// The line of a kernel's text that a return address belongs to; 0 if it is not known.
  int findLine(int32_t kernel, const void *site) const;

  const char *getImageBegin() const { return imageBegin; }
  const char *getImageEnd() const { return imageEnd; }

private:
  CompiledText() = default;
  Error bind(const HadalArtifact &artifact);

  const HadalArtifact *artifact = nullptr;
  std::unique_ptr<MappedFile> object; // for the symbolizer: the file itself is removed after loading
  void *handle = nullptr;
  std::vector<Entry> entries;
  const char *imageBegin = nullptr, *imageEnd = nullptr;
};

} // namespace hadal::runtime

#endif // HADAL_RUNTIME_EMULATOR_TEXTCOMPILER_H
