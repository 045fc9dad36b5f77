//===- ThreadPool.cpp - Workers for the points of a grid ------------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ThreadPool.h"

#include <algorithm>
#include <chrono>

using namespace hadal::runtime;

/// How long a worker looks for the next launch before it sleeps: longer than the gaps between the launches of one run,
/// and short against the time slices of other programs.
static constexpr std::chrono::microseconds kSpinTime(50);
/// Chunks that each worker may expect: enough to even out points of different cost.
static constexpr int64_t kChunksPerWorker = 8;

static constexpr uint64_t kInsideMask = (uint64_t(1) << 31) - 1;
static constexpr uint64_t kOpen = uint64_t(1) << 31;
static constexpr int kSequenceShift = 32;

static void relax() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

ThreadPool::ThreadPool(int threads) {
  workers.reserve(threads - 1);
  for (int worker = 1; worker < threads; ++worker)
    workers.emplace_back([this, worker] { work(worker); });
}

ThreadPool::~ThreadPool() {
  {
    std::lock_guard<std::mutex> lock(sleepMutex);
    stopping.store(true);
  }
  wakeUp.notify_all();
  for (std::thread &worker : workers)
    worker.join();
}

void ThreadPool::run(Body body, void *state, const int64_t grid[3]) {
  int64_t total = grid[0] * grid[1] * grid[2];
  if (total == 0)
    return;
  std::lock_guard<std::mutex> lock(turn);
  int64_t chunk = std::max<int64_t>(1, total / (getThreads() * kChunksPerWorker));
  launch = {body, state, grid[0], grid[1], total, chunk};
  next.store(0, std::memory_order_relaxed);
  if (total == 1 || workers.empty()) {
    takeChunks(launch, 0);
    return;
  }

  uint64_t sequence = (gate.load(std::memory_order_relaxed) >> kSequenceShift) + 1;
  gate.store(sequence << kSequenceShift |
             kOpen); // publishes the launch; before the read of sleepers, in one order for all
  if (sleepers.load() > 0) {
    std::lock_guard<std::mutex> sleepLock(sleepMutex);
    wakeUp.notify_all();
  }
  takeChunks(launch, 0);

  gate.fetch_and(~kOpen);
  for (int spins = 0; (gate.load(std::memory_order_acquire) & kInsideMask) != 0; ++spins) {
    relax();
    if (spins > 4096)
      std::this_thread::yield(); // the worker we wait for may have lost its core to us
  }
}

void ThreadPool::takeChunks(const Launch &launch, int worker) {
  for (;;) {
    int64_t begin = next.fetch_add(launch.chunk, std::memory_order_relaxed);
    if (begin >= launch.total)
      return;
    int64_t end = std::min(begin + launch.chunk, launch.total);
    int64_t x = begin % launch.gx, rest = begin / launch.gx;
    int64_t y = rest % launch.gy, z = rest / launch.gy;
    for (int64_t point = begin; point < end; ++point) {
      launch.body(launch.state, x, y, z, worker);
      if (++x < launch.gx)
        continue;
      x = 0;
      if (++y < launch.gy)
        continue;
      y = 0;
      ++z;
    }
  }
}

/// Goes through the gate of a launch newer than `last`, if it is open.
bool ThreadPool::enter(uint64_t &last) {
  uint64_t seen = gate.load();
  while ((seen & kOpen) && seen >> kSequenceShift != last) {
    if (!gate.compare_exchange_weak(seen, seen + 1))
      continue;
    last = seen >> kSequenceShift;
    return true;
  }
  return false;
}

/// Whether a launch that is open came up within the spin time.
bool ThreadPool::spinForLaunch(uint64_t last) const {
  auto end = std::chrono::steady_clock::now() + kSpinTime;
  do {
    for (int i = 0; i < 32; ++i) {
      uint64_t seen = gate.load(std::memory_order_relaxed);
      if ((seen & kOpen) && seen >> kSequenceShift != last)
        return true;
      relax();
    }
    if (stopping.load(std::memory_order_relaxed))
      return true;
  } while (std::chrono::steady_clock::now() < end);
  return false;
}

void ThreadPool::work(int worker) {
  uint64_t last = 0;
  while (!stopping.load()) {
    if (enter(last)) {
      takeChunks(launch, worker);
      gate.fetch_sub(1, std::memory_order_release);
      continue;
    }
    if (spinForLaunch(last))
      continue;
    std::unique_lock<std::mutex> lock(sleepMutex);
    sleepers.fetch_add(1);
    wakeUp.wait(lock, [&] {
      uint64_t seen = gate.load();
      return stopping.load() || ((seen & kOpen) && seen >> kSequenceShift != last);
    });
    sleepers.fetch_sub(1);
  }
}
