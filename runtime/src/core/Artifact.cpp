//===- Artifact.cpp - An artifact in memory, checked ----------------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Artifact.h"

#include <cerrno>
#include <cstring>
#include <dlfcn.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

using namespace hadal::runtime;

/// An ELF file with the trailer that the compiler writes, and the hash that the trailer says.
static Error checkBytes(const std::string &path, const MappedFile &file) {
  if (file.size() < 4 || std::memcmp(file.data(), "\177ELF", 4) != 0)
    return Error(HADAL_DAMAGED, path, " is not a Hadal artifact: it is no ELF shared object");
  constexpr size_t magicBytes = sizeof(HADAL_ARTIFACT_TRAILER) - 1;
  if (file.size() < HADAL_ARTIFACT_TRAILER_BYTES ||
      std::memcmp(file.data() + file.size() - HADAL_ARTIFACT_TRAILER_BYTES, HADAL_ARTIFACT_TRAILER, magicBytes) != 0)
    return Error(HADAL_DAMAGED, "artifact ", path,
                 " is damaged: its end is missing (a copy that broke off, or no Hadal artifact)");

  size_t bytes = file.size() - HADAL_ARTIFACT_TRAILER_BYTES;
  XXH128_canonical_t expected;
  static_assert(sizeof(expected) + magicBytes == HADAL_ARTIFACT_TRAILER_BYTES, "the trailer is a magic and a hash");
  std::memcpy(&expected, file.data() + bytes + magicBytes, sizeof(expected));
  if (!XXH128_isEqual(XXH128_hashFromCanonical(&expected), XXH3_128bits(file.data(), bytes)))
    return Error(HADAL_DAMAGED, "artifact ", path, " is damaged: its bytes are not those that the compiler wrote");
  return Error::success();
}

Error Artifact::load(const std::string &path, std::unique_ptr<Artifact> &out) {
  std::unique_ptr<Artifact> artifact(new Artifact);
  artifact->path = path;
  artifact->file = MappedFile::open(path);
  if (!artifact->file)
    return Error(HADAL_NOT_FOUND, "cannot open artifact ", path, ": ", std::strerror(errno));
  if (Error error = checkBytes(path, *artifact->file))
    return error;

  // By descriptor: dlopen knows objects by name, and would hand out the old object for a file that was compiled anew.
  // The descriptor stays open, so that no other object gets the same name.
  std::string name = str("/proc/self/fd/", artifact->file->getDescriptor());
  artifact->handle = dlopen(name.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!artifact->handle)
    return Error(HADAL_INCOMPATIBLE, "cannot load artifact ", path, ": ", dlerror());
  artifact->table = static_cast<const HadalArtifact *>(dlsym(artifact->handle, "hadal_artifact"));
  if (!artifact->table || artifact->table->magic != HADAL_ARTIFACT_MAGIC)
    return Error(HADAL_INCOMPATIBLE, path, " is not a Hadal artifact: it exports no table 'hadal_artifact'");
  if (artifact->table->abi != HADAL_ARTIFACT_ABI)
    return Error(HADAL_INCOMPATIBLE, "artifact ", path, " has version ", artifact->table->abi,
                 " of the artifact format, this runtime reads version ", HADAL_ARTIFACT_ABI, ": compile it anew");
  out = std::move(artifact);
  return Error::success();
}

Artifact::~Artifact() {
  if (handle)
    dlclose(handle);
}

std::string Artifact::getFolder() const {
  size_t slash = path.rfind('/');
  return slash == std::string::npos ? std::string() : path.substr(0, slash + 1);
}
