//===- BlockMemory.cpp - The memory accesses of emulated threads ----------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Block.h"

#include <algorithm>
#include <cstring>

using namespace hadal::runtime;

void BlockRunner::access(const void *pointer, size_t bytes, unsigned align, unsigned flags) {
  auto *address = static_cast<const char *>(pointer);
  if (address >= arena && address < arena + arenaBytes)
    return; // its own stack, or what a meeting gave
  if (bytes == 0)
    return;
  if (align > 1 && reinterpret_cast<uintptr_t>(address) % align != 0)
    fail(str("accesses ", bytes, " bytes at an address that is not a multiple of ", align));
  if (address >= shared.data() && address < shared.data() + shared.size())
    return checkShared(address - shared.data(), bytes, flags);

  const Buffer *buffer = lastBuffer;
  if (!buffer || address < buffer->begin || address >= buffer->begin + buffer->bytes) {
    const std::vector<Buffer> &buffers = *launch->buffers;
    auto after = std::upper_bound(buffers.begin(), buffers.end(), address,
                                  [](const char *address, const Buffer &buffer) { return address < buffer.begin; });
    buffer = after == buffers.begin() ? nullptr : &after[-1];
  }
  if (buffer && address < buffer->begin + buffer->bytes && bytes <= buffer->bytes - (address - buffer->begin)) {
    lastBuffer = buffer;
    if ((flags & HADAL_EMU_WRITE) && !buffer->writable)
      fail(str("writes to '", buffer->name, "', which is read-only"));
    return;
  }
  bool constant = address >= launch->imageBegin && address < launch->imageEnd && !(flags & HADAL_EMU_WRITE);
  if (!constant)
    failOutOfBounds(address, bytes, flags);
}

void BlockRunner::checkShared(size_t offset, size_t bytes, unsigned flags) {
  if (bytes > shared.size() - offset)
    fail(str(flags & HADAL_EMU_WRITE ? "writes " : "reads ", bytes, " bytes at ", offset,
             " of shared memory, which has ", shared.size()));
  const char *wrong = flags & HADAL_EMU_ATOMIC  ? shared.atomic(offset, bytes, now())
                      : flags & HADAL_EMU_WRITE ? shared.write(offset, bytes, now())
                                                : shared.read(offset, bytes, now());
  if (!wrong)
    return;
  if (!std::strstr(wrong, "another thread"))
    fail(str(wrong, ": ", bytes, " bytes at ", offset));
  fail(str(wrong, ": ", bytes, " bytes at ", offset, ", the other is thread ", shared.getOther()));
}

void BlockRunner::failOutOfBounds(const char *address, size_t bytes, unsigned flags) {
  const char *verb = flags & HADAL_EMU_WRITE ? "writes " : "reads ";
  // The memory that it most likely meant: the one it starts in or has just left.
  Buffer nearest = {nullptr, nullptr, 0, false};
  ptrdiff_t distance = ptrdiff_t(1) << 20;
  auto consider = [&](const Buffer &buffer) {
    ptrdiff_t beyond = address - (buffer.begin + buffer.bytes), before = buffer.begin - address;
    ptrdiff_t away = std::max<ptrdiff_t>({beyond, before, 0});
    if (away >= distance)
      return;
    nearest = buffer;
    distance = away;
  };
  for (const Buffer &buffer : *launch->buffers)
    consider(buffer);
  if (shared.size() > 0)
    consider({nullptr, shared.data(), shared.size(), true});
  if (!nearest.begin)
    fail(str(verb, bytes, " bytes outside of all buffers"));
  std::string name = nearest.name ? str("'", nearest.name, "'") : "shared memory";
  std::string message =
      str(verb, bytes, " bytes at ", address - nearest.begin, " of ", name, ", which has ", nearest.bytes, " bytes");
  std::string().swap(name);
  fail(std::move(message));
}

void BlockRunner::startCopy(char *target, const void *source, unsigned bytes, unsigned sourceBytes) {
  if ((bytes != 4 && bytes != 8 && bytes != 16) || sourceBytes > bytes)
    fail(str("copies ", bytes, " bytes with cp.async, ", sourceBytes, " of them from memory"));
  ptrdiff_t offset = target - shared.data();
  if (offset < 0 || offset % bytes != 0 || size_t(offset) + bytes > shared.size())
    fail(str("copies ", bytes, " bytes with cp.async to ", offset, " of shared memory, which has ", shared.size()));
  access(source, sourceBytes, bytes, 0);
  if (const char *wrong = shared.beginCopy(offset, bytes, now()))
    fail(str("cp.async ", wrong, ": ", bytes, " bytes at ", offset));
  Copy copy = {target, source, bytes, sourceBytes, self().openGroup, /*done=*/bool(random() & 1)};
  if (copy.done)
    perform(copy);
  self().copies.push_back(copy);
}

void BlockRunner::perform(const Copy &copy) {
  std::memcpy(copy.target, copy.source, copy.sourceBytes);
  std::memset(copy.target + copy.sourceBytes, 0, copy.bytes - copy.sourceBytes);
}

void BlockRunner::waitForCopies(unsigned pendingGroups) {
  if (self().openGroup > pendingGroups)
    completeCopies(self().openGroup - pendingGroups - 1);
}

/// Ends this thread's copies up to a group.
void BlockRunner::completeCopies(unsigned uptoGroup) {
  std::vector<Copy> &copies = self().copies;
  size_t kept = 0;
  for (Copy &copy : copies) {
    if (copy.group > uptoGroup) {
      copies[kept++] = copy;
      continue;
    }
    if (!copy.done)
      perform(copy);
    shared.endCopy(copy.target - shared.data(), copy.bytes, now());
  }
  copies.resize(kept);
}
