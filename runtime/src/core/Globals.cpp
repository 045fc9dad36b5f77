//===- Globals.cpp - The constants of a module ----------------------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Globals.h"

#include <cerrno>
#include <cstring>

using namespace hadal::runtime;

/// What kernels may rely on. Offsets in weights files rarely have more.
static constexpr uintptr_t kAlignment = 16;

Globals::~Globals() {
  for (Block &block : owned)
    device.release(block.memory, block.bytes);
}

Error Globals::load(const Artifact &artifact) {
  const HadalArtifact &table = artifact.get();
  for (int32_t i = 0; i < table.num_globals; ++i) {
    const HadalArtifactGlobal &global = table.globals[i];
    const void *bytes = global.data;
    if (!bytes && global.file) {
      const MappedFile *file = nullptr;
      if (Error error = findFile(artifact, global, file))
        return error;
      int64_t size = static_cast<int64_t>(file->size());
      if (global.file_offset < 0 || global.bytes > size || global.file_offset > size - global.bytes)
        return Error(HADAL_DAMAGED, "weights file ", file->getPath(), " is too short: '", global.name, "' of artifact ",
                     artifact.getPath(), " needs ", global.bytes, " bytes at ", global.file_offset, ", the file has ",
                     size);
      bytes = file->data() + global.file_offset;
    }
    if (Error error = place(global, bytes))
      return error;
  }
  return Error::success();
}

Error Globals::findFile(const Artifact &artifact, const HadalArtifactGlobal &global, const MappedFile *&out) {
  for (size_t i = 0; i < files.size(); ++i)
    if (fileNames[i] == global.file) {
      out = files[i].get();
      return Error::success();
    }
  // Beside the artifact, then as given; an absolute path the other way round: so both may be moved together.
  std::string name = global.file, beside = artifact.getFolder() + name.substr(name.rfind('/') + 1);
  bool absolute = name[0] == '/';
  std::unique_ptr<MappedFile> file = MappedFile::open(absolute ? name : artifact.getFolder() + name);
  std::string reason = std::strerror(errno);
  if (!file)
    file = MappedFile::open(absolute ? beside : name);
  if (!file)
    return Error(HADAL_NOT_FOUND, "cannot open weights file ", name, " of artifact ", artifact.getPath(), ": ", reason,
                 absolute ? " (nor is it beside the artifact)"
                          : " (looked beside the artifact and in the current folder)");
  out = file.get();
  files.push_back(std::move(file));
  fileNames.push_back(global.file);
  return Error::success();
}

/// `bytes` NULL: storage for "hadal.init", zero before.
Error Globals::place(const HadalArtifactGlobal &global, const void *bytes) {
  size_t size = static_cast<size_t>(global.bytes);
  bool inPlace = bytes && device.sharesHostMemory() && reinterpret_cast<uintptr_t>(bytes) % kAlignment == 0;
  void *address = const_cast<void *>(bytes);
  if (!inPlace) {
    address = device.allocate(size);
    if (!address)
      return Error(HADAL_OUT_OF_MEMORY, "no memory for '", global.name, "' on ", device.getName(), ": ", size,
                   " bytes");
    owned.push_back({address, size});
    if (bytes)
      if (Error error = device.copyIn(address, bytes, size))
        return error;
  }
  addresses.push_back(address);
  buffers.push_back({global.name, static_cast<char *>(address), size, /*writable=*/bytes == nullptr});
  return Error::success();
}
