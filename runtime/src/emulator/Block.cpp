//===- Block.cpp - One block of emulated threads --------------------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Block.h"

#include <algorithm>
#include <cstring>
#include <numeric>
#include <sys/mman.h>

using namespace hadal::runtime;

/// Unmapped at the lower end of each stack: an overflow faults and does not write into another thread's stack.
static constexpr size_t kGuardBytes = 4096;

/// The block that runs on this thread of the host. Read at every access: initial-exec saves a call.
__attribute__((tls_model("initial-exec"))) static thread_local BlockRunner *current = nullptr;

BlockRunner::~BlockRunner() {
  if (arena)
    munmap(arena, arenaBytes);
}

bool BlockRunner::reserve(unsigned wanted, size_t sharedBytes) {
  if (!shared.reserve(sharedBytes))
    return false;
  if (wanted <= capacity)
    return true;
  if (arena)
    munmap(arena, arenaBytes);
  capacity = 0;
  arenaBytes = wanted * (kStackBytes + kResultBytes + sizeof(HadalEmuThread));
  void *memory = mmap(nullptr, arenaBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  arena = memory == MAP_FAILED ? nullptr : static_cast<char *>(memory);
  if (!arena)
    return false;
  for (unsigned t = 0; t < wanted; ++t)
    mprotect(arena + t * kStackBytes, kGuardBytes, PROT_NONE);
  results = arena + wanted * kStackBytes;
  places = reinterpret_cast<HadalEmuThread *>(results + wanted * kResultBytes);
  while (threads.size() < wanted)
    threads.push_back(std::make_unique<Thread>());
  capacity = wanted;
  return true;
}

//===----------------------------------------------------------------------===//
// The scheduler
//===----------------------------------------------------------------------===//

std::string BlockRunner::run(const EmulatedLaunch &ofLaunch, const unsigned block[3]) {
  if (!reserve(ofLaunch.threads, ofLaunch.sharedBytes))
    return str("there is no memory for ", ofLaunch.threads, " threads");
  launch = &ofLaunch;
  error.clear();
  errorSite = nullptr;
  startThreads(ofLaunch, block);

  BlockRunner *before = current;
  current = this;
  while (!ready.empty() && error.empty()) {
    running = ready.back();
    ready.pop_back();
    self().fiber.resume();
  }
  current = before;
  if (error.empty() && numDone != numThreads)
    describeDeadlock();
  if (!error.empty())
    error = str("block (", block[0], ", ", block[1], ", ", block[2], "), ", error);
  return error;
}

void BlockRunner::startThreads(const EmulatedLaunch &launch, const unsigned block[3]) {
  numThreads = launch.threads;
  numDone = atBarrier = 0;
  warps.assign((numThreads + 31) / 32, Warp());
  std::fill(std::begin(barriers), std::end(barriers), NamedBarrier());
  shared.reset(launch.sharedBytes);
  lastBuffer = nullptr;
  randomState =
      launch.seed * 0x9e3779b97f4a7c15u + block[0] + (uint64_t(block[1]) << 20) + (uint64_t(block[2]) << 40) + 1;

  for (unsigned t = 0; t < numThreads; ++t) {
    HadalEmuThread &place = places[t];
    place = {};
    place.threadIdx[0] = place.thread = t;
    place.lane = t % 32;
    place.warp = t / 32;
    std::copy_n(block, 3, place.blockIdx);
    std::copy_n(launch.grid, 3, place.gridDim);
    place.blockDim[0] = numThreads;
    place.blockDim[1] = place.blockDim[2] = 1;
    place.shared = shared.data();
    place.sharedBytes = static_cast<long>(shared.size());
    Thread &thread = *threads[t];
    thread.index = t;
    thread.site = nullptr;
    thread.openGroup = 0;
    thread.copies.clear();
    // Stacks begin at different places of their pages, or all would meet in a few sets of the cache.
    size_t bytes = kStackBytes - kGuardBytes - t % 32 * 128;
    thread.fiber.start(arena + t * kStackBytes + kGuardBytes, bytes, &threadMain, this);
  }
  ready.clear();
  batch.resize(numThreads);
  std::iota(batch.begin(), batch.end(), 0);
  enqueueBatch();
}

/// Makes the batch ready to run, in an order by chance.
void BlockRunner::enqueueBatch() {
  for (size_t i = batch.size(); i > 1; --i)
    std::swap(batch[i - 1], batch[random() % i]);
  for (unsigned thread : batch)
    threads[thread]->state = State::Ready;
  ready.insert(ready.end(), batch.begin(), batch.end());
}

uint64_t BlockRunner::random() {
  randomState ^= randomState << 13;
  randomState ^= randomState >> 7;
  randomState ^= randomState << 17;
  return randomState >> 11;
}

/// A thread that this one waits for and that has returned; -1 if there is none.
int BlockRunner::returnedLane(const Thread &waiting) const {
  unsigned first = waiting.index / 32 * 32;
  for (unsigned i = 0; i < 32; ++i)
    if ((waiting.mask >> i & 1) && threads[first + i]->state == State::Done)
      return static_cast<int>(first + i);
  return -1;
}

void BlockRunner::describeDeadlock() {
  for (unsigned t = 0; t < numThreads; ++t) {
    const Thread &thread = *threads[t];
    if (thread.state == State::AtBlockBarrier)
      error = str("thread ", t, ": waits at __syncthreads for threads that wait elsewhere");
    else if (thread.state == State::AtNamedBarrier)
      error = str("thread ", t, ": waits at barrier ", thread.bytes, " with ", barriers[thread.bytes].arrived, " of ",
                  barriers[thread.bytes].expected, " threads");
    else if (thread.state == State::AtMeeting && returnedLane(thread) >= 0)
      error = str("thread ", t, ": waits for thread ", returnedLane(thread), " of its warp, which has returned");
    else if (thread.state == State::AtMeeting)
      error = str("thread ", t, ": waits for lanes of its warp that do not come to the same ",
                  thread.meeting == Meeting::SyncWarp ? "__syncwarp" : "shuffle");
    if (error.empty())
      continue;
    errorSite = thread.site;
    return;
  }
}

//===----------------------------------------------------------------------===//
// On a fiber
//===----------------------------------------------------------------------===//

void BlockRunner::threadMain(void *argument) {
  auto *runner = static_cast<BlockRunner *>(argument);
  runner->launch->entry(runner->launch->args);
  runner->completeCopies(~0u);
  runner->self().state = State::Done;
  ++runner->numDone;
  runner->checkLiveness();
  runner->self().fiber.suspend();
  __builtin_unreachable(); // nobody resumes a thread that is done
}

/// The block ends with its first error, and its fibers with it: what their frames own is released before.
void BlockRunner::fail(std::string message) { failAs(running, std::move(message)); }

void BlockRunner::failAs(unsigned thread, std::string message) {
  error = str("thread ", thread, ": ", message);
  errorSite = threads[thread]->site;
  std::string().swap(message);
  self().fiber.suspend();
  __builtin_unreachable();
}

/// A thread has returned or come to the block's barrier: both at once cannot end well.
void BlockRunner::checkLiveness() {
  if (numDone == 0 || atBarrier == 0)
    return;
  unsigned waiting = 0, done = 0;
  for (unsigned t = 0; t < numThreads; ++t) {
    if (threads[t]->state == State::AtBlockBarrier)
      waiting = t;
    if (threads[t]->state == State::Done)
      done = t;
  }
  failAs(waiting, str("waits at __syncthreads, which thread ", done, " never reaches: it has returned"));
}

void BlockRunner::arriveAtBlockBarrier() {
  ++atBarrier;
  self().state = State::AtBlockBarrier;
  checkLiveness();
  if (atBarrier == numThreads) {
    atBarrier = 0;
    shared.advance();
    batch.resize(numThreads);
    std::iota(batch.begin(), batch.end(), 0);
    enqueueBatch();
  }
  self().fiber.suspend();
}

void BlockRunner::arriveAtNamedBarrier(unsigned id, unsigned expected) {
  if (id == 0 || id > 15 || expected == 0 || expected % 32 != 0 || expected > numThreads)
    fail(str("waits at barrier ", id, " for ", expected, " threads: ids are 1 to 15, and whole warps wait"));
  NamedBarrier &barrier = barriers[id];
  if (barrier.arrived > 0 && barrier.expected != expected)
    fail(str("waits at barrier ", id, " for ", expected, " threads, others there for ", barrier.expected));
  barrier.expected = expected;
  self().bytes = id;
  self().state = State::AtNamedBarrier;
  if (++barrier.arrived == expected) {
    barrier.arrived = 0;
    shared.advance();
    batch.clear();
    for (unsigned t = 0; t < numThreads; ++t)
      if (threads[t]->state == State::AtNamedBarrier && threads[t]->bytes == id)
        batch.push_back(t);
    enqueueBatch();
  }
  self().fiber.suspend();
}

/// A meeting of lanes. The last one to come does the work for all.
const char *BlockRunner::meet(Meeting meeting, unsigned mask, const void *mine, unsigned bytes) {
  unsigned warp = running / 32, lane = running % 32;
  unsigned first = warp * 32, lanes = std::min(32u, numThreads - first);
  mask &= lanes == 32 ? ~0u : (1u << lanes) - 1;
  if (!(mask >> lane & 1))
    fail("takes part in a shuffle or __syncwarp without being in its mask");
  if (bytes > kMeetingBytes)
    fail(str("exchanges ", bytes, " bytes with its warp; the most is ", kMeetingBytes));

  Thread &me = self();
  me.meeting = meeting;
  me.mask = mask;
  me.mine = mine;
  me.bytes = bytes;
  warps[warp].waiting |= 1u << lane;
  if ((warps[warp].waiting & mask) == mask) {
    bool alike = true;
    for (unsigned i = 0; i < lanes; ++i) {
      const Thread &other = *threads[first + i];
      alike &= !(mask >> i & 1) || (other.meeting == meeting && other.mask == mask && other.bytes == bytes);
    }
    if (alike) {
      finishMeeting(mask, bytes, meeting);
      self().fiber.suspend();
      return resultOf(me.index);
    }
  }
  if (returnedLane(me) >= 0)
    fail(str("waits for thread ", returnedLane(me), " of its warp, which has returned"));
  me.state = State::AtMeeting;
  me.fiber.suspend();
  return resultOf(me.index);
}

void BlockRunner::finishMeeting(unsigned mask, unsigned bytes, Meeting meeting) {
  unsigned warp = running / 32, first = warp * 32;
  char all[kResultBytes];
  for (unsigned i = 0; i < 32 && bytes > 0; ++i) {
    if (mask >> i & 1)
      std::memcpy(all + i * bytes, threads[first + i]->mine, bytes);
    else
      std::memset(all + i * bytes, 0, bytes);
  }
  batch.clear();
  for (unsigned i = 0; i < 32; ++i)
    if (mask >> i & 1) {
      std::memcpy(resultOf(first + i), all, 32 * size_t(bytes));
      batch.push_back(first + i);
    }
  warps[warp].waiting &= ~mask;
  if (meeting == Meeting::SyncWarp)
    ++warps[warp].epoch;
  enqueueBatch();
}

//===----------------------------------------------------------------------===//
// The table for the compiled text
//===----------------------------------------------------------------------===//

// Each notes where in the text it was called from: the wrappers of emulator.h leave by a jump, so that it is the
// kernel.
#define HADAL_HERE() current->enter(__builtin_return_address(0))

const HadalEmuApi BlockRunner::kApi = {
    /*thread=*/[]() -> const HadalEmuThread * { return &current->places[current->running]; },
    /*syncthreads=*/[] { HADAL_HERE().arriveAtBlockBarrier(); },
    /*barrier=*/[](unsigned id, unsigned threads) { HADAL_HERE().arriveAtNamedBarrier(id, threads); },
    /*syncwarp=*/[](unsigned mask) { HADAL_HERE().meet(Meeting::SyncWarp, mask, nullptr, 0); },
    /*exchange=*/
    [](unsigned mask, const void *mine, unsigned bytes) {
      return HADAL_HERE().meet(Meeting::Exchange, mask, mine, bytes);
    },
    /*cpAsync=*/
    [](void *target, const void *source, unsigned bytes, unsigned sourceBytes) {
      HADAL_HERE().startCopy(static_cast<char *>(target), source, bytes, sourceBytes);
    },
    /*cpAsyncCommit=*/[] { ++current->self().openGroup; },
    /*cpAsyncWait=*/[](unsigned pending) { HADAL_HERE().waitForCopies(pending); },
    /*fail=*/[](const char *message) { HADAL_HERE().fail(message); },
    /*access=*/
    [](const void *address, unsigned long bytes, unsigned align, unsigned flags) {
      HADAL_HERE().access(address, bytes, align, flags);
    },
};
