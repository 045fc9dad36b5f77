//===- Block.h - One block of emulated threads ------------------*- C++ -*-===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_RUNTIME_EMULATOR_BLOCK_H
#define HADAL_RUNTIME_EMULATOR_BLOCK_H

#include "Fiber.h"
#include "SharedMemory.h"
#include "emulator.h"

#include "../core/Device.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace hadal::runtime {

/// What the blocks of one launch have in common.
struct EmulatedLaunch {
  void (*entry)(const uint64_t *args); // the kernel, for the fiber that calls it
  const uint64_t *args;
  unsigned threads;
  size_t sharedBytes;
  unsigned grid[3];
  const std::vector<Buffer> *buffers; // by address
  const char *imageBegin, *imageEnd;  // the compiled text, with its constants
  uint64_t seed;                      // of the order in which threads run
};

/// Runs the blocks of one worker, one after the other. Fibers, their stacks and
/// shared memory are kept from block to block.
///
/// The order in which threads run is drawn anew at each barrier, so that a kernel
/// which needs some order fails here; a seed repeats it.
class BlockRunner {
public:
  BlockRunner() = default;
  ~BlockRunner();
  BlockRunner(const BlockRunner &) = delete;
  BlockRunner &operator=(const BlockRunner &) = delete;

  /// "" or what went wrong, with block and thread.
  std::string run(const EmulatedLaunch &launch, const unsigned block[3]);

  /// The return address in the text of the call in which the last run went wrong; NULL if it is not known.
  const void *getErrorSite() const { return errorSite; }

  /// What the compiled text calls.
  static const HadalEmuApi kApi;

private:
  enum class State : uint8_t { Ready, AtBlockBarrier, AtNamedBarrier, AtMeeting, Done };
  enum class Meeting : uint8_t { Exchange, SyncWarp };

  /// cp.async that has not happened yet, or that nobody may look at yet.
  struct Copy {
    char *target;
    const void *source;
    unsigned bytes, sourceBytes;
    unsigned group;
    bool done;
  };
  struct Thread {
    Fiber fiber;
    unsigned index;
    const void *site; // its last call of the emulator
    State state;
    Meeting meeting;
    unsigned mask;  // of a meeting
    unsigned bytes; // of a meeting, or the id of a named barrier
    const void *mine;
    unsigned openGroup;
    std::vector<Copy> copies;
  };
  struct Warp {
    unsigned waiting; // lanes at a meeting
    uint16_t epoch;
  };
  struct NamedBarrier {
    unsigned arrived, expected;
  };

  bool reserve(unsigned threads, size_t sharedBytes);
  void startThreads(const EmulatedLaunch &launch, const unsigned block[3]);
  void enqueueBatch();
  int returnedLane(const Thread &waiting) const;
  void describeDeadlock();

  // On a fiber:
  static void threadMain(void *argument);
  [[noreturn]] void fail(std::string message);
  [[noreturn]] void failAs(unsigned thread, std::string message);
  const char *meet(Meeting meeting, unsigned mask, const void *mine, unsigned bytes);
  void finishMeeting(unsigned mask, unsigned bytes, Meeting meeting);
  void arriveAtBlockBarrier();
  void arriveAtNamedBarrier(unsigned id, unsigned expected);
  void checkLiveness();
  void access(const void *address, size_t bytes, unsigned align, unsigned flags);
  void checkShared(size_t offset, size_t bytes, unsigned flags);
  [[noreturn]] void failOutOfBounds(const char *address, size_t bytes, unsigned flags);
  void startCopy(char *target, const void *source, unsigned bytes, unsigned sourceBytes);
  static void perform(const Copy &copy);
  void waitForCopies(unsigned pendingGroups);
  void completeCopies(unsigned uptoGroup);

  BlockRunner &enter(const void *site) {
    self().site = site;
    return *this;
  }
  Thread &self() { return *threads[running]; }
  char *resultOf(unsigned thread) const { return results + size_t(thread) * kResultBytes; }
  SharedMemory::Now now() { return {uint16_t(running), uint16_t(running / 32), warps[running / 32].epoch}; }
  uint64_t random();

  static constexpr size_t kStackBytes = size_t(128) << 10;
  static constexpr size_t kMeetingBytes = 256;
  static constexpr size_t kResultBytes = 32 * kMeetingBytes;

  const EmulatedLaunch *launch = nullptr;
  std::vector<std::unique_ptr<Thread>> threads;
  std::vector<Warp> warps;
  NamedBarrier barriers[16] = {};
  SharedMemory shared;
  char *arena = nullptr; // stacks, then results of meetings, then places
  size_t arenaBytes = 0;
  char *results = nullptr;
  HadalEmuThread *places = nullptr;
  unsigned capacity = 0; // threads that the arena has room for

  unsigned numThreads = 0, numDone = 0, atBarrier = 0;
  unsigned running = 0;
  std::vector<unsigned> ready; // a stack
  std::vector<unsigned> batch; // threads that become ready together
  std::string error;
  const void *errorSite = nullptr;
  uint64_t randomState = 1;
  const Buffer *lastBuffer = nullptr;
};

} // namespace hadal::runtime

#endif // HADAL_RUNTIME_EMULATOR_BLOCK_H
