//===- ThreadPool.h - Workers for the points of a grid -------- -*- C++ -*-===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_RUNTIME_CPU_THREADPOOL_H
#define HADAL_RUNTIME_CPU_THREADPOOL_H

#include "hadal/artifact.h"

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <thread>
#include <vector>

namespace hadal::runtime {

/// A fixed set of workers, of which the calling thread is one. Made for launches
/// of microseconds, one after the other: a worker that finds no launch spins for a
/// short while before it sleeps, points are handed out by one atomic counter, and
/// nobody waits for a worker that never came.
///
/// `run` may be called by several threads: launches take turns.
class ThreadPool {
public:
  /// One point of a grid; `worker` is less than getThreads() and one thread's alone during a launch.
  using Body = void (*)(void *state, int64_t x, int64_t y, int64_t z, int worker);

  explicit ThreadPool(int threads);
  ~ThreadPool();
  ThreadPool(const ThreadPool &) = delete;
  ThreadPool &operator=(const ThreadPool &) = delete;

  int getThreads() const { return static_cast<int>(workers.size()) + 1; }

  /// Calls body for each point and returns when all are done. Points run in any order. No extent is negative.
  void run(Body body, void *state, const int64_t grid[3]);

  /// The same with a lambda body(x, y, z, worker).
  template <typename F> void forEach(const int64_t grid[3], const F &body) {
    run([](void *state, int64_t x, int64_t y, int64_t z,
           int worker) { (*static_cast<const F *>(state))(x, y, z, worker); },
        const_cast<F *>(&body), grid);
  }

private:
  /// The launch that is on. Written by the caller while the gate is closed.
  struct Launch {
    Body body;
    void *state;
    int64_t gx, gy, total, chunk;
  };

  void work(int worker);
  void takeChunks(const Launch &launch, int worker);
  bool enter(uint64_t &last);
  bool spinForLaunch(uint64_t last) const;

  Launch launch = {};
  /// [sequence number : 32 | open : 1 | workers inside : 31]: a worker enters a launch only while it is open, so that
  /// the caller, having closed it, waits for those inside and no others.
  alignas(64) std::atomic<uint64_t> gate{0};
  alignas(64) std::atomic<int64_t> next{0};
  alignas(64) std::atomic<int> sleepers{0};
  std::atomic<bool> stopping{false};

  std::mutex turn; // held during a launch
  std::mutex sleepMutex;
  std::condition_variable wakeUp;
  std::vector<std::thread> workers;
};

} // namespace hadal::runtime

#endif // HADAL_RUNTIME_CPU_THREADPOOL_H
