//===- ThreadPoolTest.cpp - Workers for the points of a grid --------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/src/cpu/ThreadPool.h"

#include <gtest/gtest.h>

#include <chrono>
#include <numeric>

using hadal::runtime::ThreadPool;

namespace {

TEST(ThreadPool, RunsEachPointOnce) {
  ThreadPool pool(3);
  for (auto [gx, gy, gz] :
       {std::array<int64_t, 3>{1, 1, 1}, {2, 1, 1}, {5, 3, 2}, {1000, 1, 1}, {7, 1, 11}, {1, 64, 1}}) {
    const int64_t grid[3] = {gx, gy, gz};
    std::vector<std::atomic<int>> hits(gx * gy * gz);
    pool.forEach(grid, [&, gx = gx, gy = gy](int64_t x, int64_t y, int64_t z, int worker) {
      ASSERT_TRUE(worker >= 0 && worker < 3);
      ++hits[x + gx * (y + gy * z)];
    });
    for (size_t i = 0; i < hits.size(); ++i)
      EXPECT_EQ(hits[i], 1) << "point " << i << " of " << gx << " x " << gy << " x " << gz;
  }
}

TEST(ThreadPool, EmptyGridRunsNothing) {
  ThreadPool pool(2);
  for (int empty = 0; empty < 3; ++empty) {
    int64_t grid[3] = {4, 4, 4};
    grid[empty] = 0;
    pool.forEach(grid, [](int64_t, int64_t, int64_t, int) { FAIL(); });
  }
}

TEST(ThreadPool, OnePointRunsOnTheCaller) {
  ThreadPool pool(4);
  const int64_t grid[3] = {1, 1, 1};
  std::thread::id where;
  pool.forEach(grid, [&](int64_t, int64_t, int64_t, int) { where = std::this_thread::get_id(); });
  EXPECT_EQ(where, std::this_thread::get_id());
}

TEST(ThreadPool, AWorkerIsOneThreadsAlone) {
  ThreadPool pool(4);
  const int64_t grid[3] = {4000, 1, 1};
  std::vector<std::atomic<int>> busy(4);
  std::atomic<int> clashes{0};
  for (int round = 0; round < 50; ++round)
    pool.forEach(grid, [&](int64_t, int64_t, int64_t, int worker) {
      clashes += busy[worker].fetch_add(1) != 0;
      busy[worker].fetch_sub(1);
    });
  EXPECT_EQ(clashes, 0);
}

TEST(ThreadPool, LaunchesOfSeveralThreadsTakeTurns) {
  ThreadPool pool(3);
  std::vector<int64_t> sums(4);
  std::vector<std::thread> callers;
  for (int caller = 0; caller < 4; ++caller)
    callers.emplace_back([&, caller] {
      const int64_t grid[3] = {10, 5, 2};
      for (int round = 0; round < 500; ++round) {
        std::atomic<int64_t> sum{0};
        pool.forEach(grid, [&](int64_t x, int64_t y, int64_t z, int) { sum += x + 10 * y + 50 * z; });
        sums[caller] += sum;
      }
    });
  for (std::thread &caller : callers)
    caller.join();
  for (int64_t sum : sums)
    EXPECT_EQ(sum, 500 * (99 * 100 / 2));
}

TEST(ThreadPool, WhatALaunchWritesTheNextOneReads) {
  ThreadPool pool(4);
  const int64_t grid[3] = {64, 1, 1};
  std::vector<int> now(64), next(64);
  for (int round = 0; round < 2000; ++round) {
    pool.forEach(grid, [&](int64_t x, int64_t, int64_t, int) { next[x] = now[(x + 1) % 64] + 1; });
    now.swap(next);
  }
  EXPECT_EQ(now, std::vector<int>(64, 2000));
}

TEST(ThreadPool, SleepingWorkersWakeUp) {
  ThreadPool pool(3);
  const int64_t grid[3] = {3, 1, 1};
  for (int round = 0; round < 5; ++round) {
    std::this_thread::sleep_for(std::chrono::milliseconds(3)); // longer than they spin
    std::atomic<int> together{0};
    // Each point waits for the others: it ends only if all three workers came.
    pool.forEach(grid, [&](int64_t, int64_t, int64_t, int) {
      ++together;
      while (together < 3)
        std::this_thread::yield();
    });
    EXPECT_EQ(together, 3);
  }
}

TEST(ThreadPool, ShutsDownAtAnyTime) {
  for (int round = 0; round < 100; ++round) {
    ThreadPool pool(1 + round % 5);
    const int64_t grid[3] = {round % 7, 1, 1};
    std::atomic<int> hits{0};
    if (round % 2)
      pool.forEach(grid, [&](int64_t, int64_t, int64_t, int) { ++hits; });
    EXPECT_EQ(hits, round % 2 ? round % 7 : 0);
  }
}

} // namespace
