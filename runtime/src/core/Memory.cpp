//===- Memory.cpp - Memory of the host, and mapped files ------------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Memory.h"

#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace hadal::runtime;

static constexpr size_t kHugePage = size_t(2) << 20;

static size_t roundUp(size_t bytes, size_t unit) { return (bytes + unit - 1) / unit * unit; }

void *hadal::runtime::allocateHost(size_t bytes) {
  size_t align = bytes >= kHugePage ? kHugePage : 64;
  if (bytes > SIZE_MAX - align)
    return nullptr;
  void *memory = std::aligned_alloc(align, roundUp(bytes ? bytes : 1, align));
  if (memory && align == kHugePage)
    madvise(memory, roundUp(bytes, align), MADV_HUGEPAGE); // a hint: fewer misses of the TLB
  return memory;
}

void hadal::runtime::releaseHost(void *memory, size_t) { std::free(memory); }

std::unique_ptr<MappedFile> MappedFile::open(const std::string &path) {
  std::unique_ptr<MappedFile> file(new MappedFile);
  file->path = path;
  file->descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  struct stat info;
  if (file->descriptor < 0 || fstat(file->descriptor, &info) != 0)
    return nullptr;
  if (!S_ISREG(info.st_mode)) {
    errno = S_ISDIR(info.st_mode) ? EISDIR : EINVAL;
    return nullptr;
  }
  file->bytes = static_cast<size_t>(info.st_size);
  if (file->bytes == 0)
    return file;
  void *memory = mmap(nullptr, file->bytes, PROT_READ, MAP_PRIVATE, file->descriptor, 0);
  if (memory == MAP_FAILED)
    return nullptr;
  file->memory = memory;
  return file;
}

MappedFile::~MappedFile() {
  int saved = errno; // what open reports
  if (memory)
    munmap(memory, bytes);
  if (descriptor >= 0)
    close(descriptor);
  errno = saved;
}
