//===- Memory.h - Memory of the host, and mapped files -------- -*- C++ -*-===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_RUNTIME_CORE_MEMORY_H
#define HADAL_RUNTIME_CORE_MEMORY_H

#include "Error.h"

#include <cstddef>
#include <memory>
#include <string>
#include <utility>

namespace hadal::runtime {

/// Memory aligned to 64 bytes (large blocks: to pages, in huge pages where the system has them); NULL if there is none.
void *allocateHost(size_t bytes);
void releaseHost(void *memory, size_t bytes);

/// A block of allocateHost that is released with its owner.
class HostMemory {
public:
  HostMemory() = default;
  HostMemory(HostMemory &&other) noexcept { *this = std::move(other); }
  HostMemory &operator=(HostMemory &&other) noexcept {
    std::swap(memory, other.memory);
    std::swap(bytes, other.bytes);
    return *this;
  }
  ~HostMemory() { releaseHost(memory, bytes); }

  /// Replaces the block; false if there is no memory.
  bool allocate(size_t size) {
    releaseHost(memory, bytes);
    memory = allocateHost(size);
    bytes = memory ? size : 0;
    return memory != nullptr;
  }
  void *data() const { return memory; }
  size_t size() const { return bytes; }

private:
  void *memory = nullptr;
  size_t bytes = 0;
};

/// A file in memory, read-only.
class MappedFile {
public:
  /// NULL and errno if it cannot be opened.
  static std::unique_ptr<MappedFile> open(const std::string &path);
  ~MappedFile();

  const char *data() const { return static_cast<const char *>(memory); }
  size_t size() const { return bytes; }
  int getDescriptor() const { return descriptor; }
  const std::string &getPath() const { return path; }

private:
  MappedFile() = default;
  std::string path;
  void *memory = nullptr;
  size_t bytes = 0;
  int descriptor = -1;
};

} // namespace hadal::runtime

#endif // HADAL_RUNTIME_CORE_MEMORY_H
