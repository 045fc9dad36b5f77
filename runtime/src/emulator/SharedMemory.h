//===- SharedMemory.h - Shared memory, and who touched it -------*- C++ -*-===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_RUNTIME_EMULATOR_SHAREDMEMORY_H
#define HADAL_RUNTIME_EMULATOR_SHAREDMEMORY_H

#include "../core/Memory.h"

#include <cstdint>

namespace hadal::runtime {

/// The shared memory of the block that runs, with a record for each byte of who
/// wrote and read it last and between which barriers.
///
/// Two accesses of different threads to one byte, of which one writes, are a race
/// unless a barrier of the block lies between them, or a barrier of the warp that
/// both belong to.
class SharedMemory {
public:
  /// A point in the block's time, as one thread sees it.
  struct Now {
    uint16_t thread, warp;
    uint16_t warpEpoch;
  };

  bool reserve(size_t bytes);
  /// A new block: nothing is written yet.
  void reset(size_t bytes);
  /// A barrier of the block.
  void advance() { ++epoch; }

  char *data() const { return base; }
  size_t size() const { return bytes; }

  /// Each returns NULL, or what is wrong with the access.
  const char *read(size_t offset, size_t count, Now now);
  const char *write(size_t offset, size_t count, Now now);
  /// Atomics do not race with each other.
  const char *atomic(size_t offset, size_t count, Now now);
  /// An asynchronous copy into these bytes begins; nobody may touch them until it ends.
  const char *beginCopy(size_t offset, size_t count, Now now);
  void endCopy(size_t offset, size_t count, Now now);

  /// The other thread of the last race.
  unsigned getOther() const { return other; }

private:
  /// Epochs below the block's first one are of blocks before it: so nothing must be cleared between blocks.
  struct Cell {
    uint32_t writeEpoch = 0, readEpoch = 0;
    uint16_t writer = 0, reader = 0;
    uint16_t writeWarpEpoch = 0, readWarpEpoch = 0;
  };
  static constexpr uint16_t kThreadMask = 0x07ff;
  static constexpr uint16_t kInFlight = 0x8000; // writer: a copy that has not ended
  static constexpr uint16_t kAtomic = 0x4000;   // writer: by an atomic
  static constexpr uint16_t kLanes = 0x4000;    // reader: several lanes of its warp
  static constexpr uint16_t kWarps = 0x8000;    // reader: several warps

  bool racesWithWrite(const Cell &cell, Now now);
  bool racesWithRead(const Cell &cell, Now now);
  uint16_t mergeReader(const Cell &cell, Now now) const;
  const char *writeCell(Cell &cell, Now now, uint16_t flags);

  HostMemory memory, shadow;
  char *base = nullptr; // aligned
  Cell *cells = nullptr;
  size_t capacity = 0, bytes = 0;
  uint32_t firstEpoch = 1, epoch = 1;
  unsigned other = 0;
};

} // namespace hadal::runtime

#endif // HADAL_RUNTIME_EMULATOR_SHAREDMEMORY_H
