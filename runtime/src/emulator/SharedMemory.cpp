//===- SharedMemory.cpp - Shared memory, and who touched it ---------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "SharedMemory.h"

#include <algorithm>
#include <cstring>
#include <memory>

using namespace hadal::runtime;

/// What bulk copies and swizzles of the real thing assume.
static constexpr uintptr_t kAlignment = 1024;
/// Room that the epochs of one block may need before the counter starts anew.
static constexpr uint32_t kEpochRoom = uint32_t(1) << 30;

bool SharedMemory::reserve(size_t wanted) {
  if (cells && wanted <= capacity)
    return true;
  if (!memory.allocate(wanted + kAlignment) || !shadow.allocate((wanted + 1) * sizeof(Cell)))
    return false;
  uintptr_t address = reinterpret_cast<uintptr_t>(memory.data());
  base = static_cast<char *>(memory.data()) + (kAlignment - address % kAlignment) % kAlignment;
  cells = static_cast<Cell *>(shadow.data());
  capacity = wanted;
  std::uninitialized_fill_n(cells, capacity, Cell());
  return true;
}

void SharedMemory::reset(size_t size) {
  bytes = size;
  if (epoch > kEpochRoom) {
    std::fill_n(cells, capacity, Cell());
    epoch = 0;
  }
  firstEpoch = ++epoch;
  std::memset(data(), 0xff, size); // NaN, for whoever reads it all the same
}

bool SharedMemory::racesWithWrite(const Cell &cell, Now now) {
  unsigned writer = cell.writer & kThreadMask;
  if (cell.writeEpoch != epoch || writer == now.thread)
    return false;
  if (writer / 32 == now.warp && cell.writeWarpEpoch != now.warpEpoch)
    return false;
  other = writer;
  return true;
}

bool SharedMemory::racesWithRead(const Cell &cell, Now now) {
  if (cell.readEpoch != epoch || cell.reader == now.thread)
    return false;
  unsigned reader = cell.reader & kThreadMask;
  bool sameWarp = !(cell.reader & kWarps) && reader / 32 == now.warp;
  if (sameWarp && cell.readWarpEpoch != now.warpEpoch)
    return false;
  other = reader;
  return true;
}

/// Who has read the cell once `now` has: one thread, several lanes of one warp between two of its barriers, or several
/// warps.
uint16_t SharedMemory::mergeReader(const Cell &cell, Now now) const {
  if (cell.readEpoch != epoch)
    return now.thread;
  if (cell.reader & kWarps)
    return cell.reader;
  unsigned before = cell.reader & kThreadMask;
  if (before / 32 != now.warp)
    return before | kWarps;
  if (cell.readWarpEpoch != now.warpEpoch || cell.reader == now.thread)
    return now.thread;
  return now.thread | kLanes;
}

const char *SharedMemory::read(size_t offset, size_t count, Now now) {
  for (Cell *cell = cells + offset, *end = cell + count; cell != end; ++cell) {
    if (cell->writeEpoch < firstEpoch)
      return "reads shared memory that nothing wrote";
    if (cell->writer & kInFlight)
      return "reads shared memory that an asynchronous copy still fills";
    if (racesWithWrite(*cell, now))
      return "reads shared memory that another thread wrote, without a barrier between (a race)";
    cell->reader = mergeReader(*cell, now);
    cell->readEpoch = epoch;
    cell->readWarpEpoch = now.warpEpoch;
  }
  return nullptr;
}

const char *SharedMemory::writeCell(Cell &cell, Now now, uint16_t flags) {
  if (cell.writeEpoch >= firstEpoch && (cell.writer & kInFlight))
    return "writes shared memory that an asynchronous copy still fills";
  bool bothAtomic = (flags & kAtomic) && (cell.writer & kAtomic);
  if (!bothAtomic && racesWithWrite(cell, now))
    return "writes shared memory that another thread wrote, without a barrier between (a race)";
  if (racesWithRead(cell, now))
    return "writes shared memory that another thread read, without a barrier between (a race)";
  cell.writeEpoch = epoch;
  cell.writer = now.thread | flags;
  cell.writeWarpEpoch = now.warpEpoch;
  return nullptr;
}

const char *SharedMemory::write(size_t offset, size_t count, Now now) {
  for (size_t i = 0; i < count; ++i)
    if (const char *wrong = writeCell(cells[offset + i], now, 0))
      return wrong;
  return nullptr;
}

const char *SharedMemory::atomic(size_t offset, size_t count, Now now) {
  for (size_t i = 0; i < count; ++i) {
    if (cells[offset + i].writeEpoch < firstEpoch)
      return "updates shared memory that nothing wrote";
    if (const char *wrong = writeCell(cells[offset + i], now, kAtomic))
      return wrong;
  }
  return nullptr;
}

const char *SharedMemory::beginCopy(size_t offset, size_t count, Now now) {
  for (size_t i = 0; i < count; ++i)
    if (const char *wrong = writeCell(cells[offset + i], now, kInFlight))
      return wrong;
  return nullptr;
}

/// The copy counts as written now, by the thread that waited for it.
void SharedMemory::endCopy(size_t offset, size_t count, Now now) {
  for (size_t i = 0; i < count; ++i) {
    Cell &cell = cells[offset + i];
    cell.writeEpoch = epoch;
    cell.writer = now.thread;
    cell.writeWarpEpoch = now.warpEpoch;
  }
}
