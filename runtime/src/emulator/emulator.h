//===- emulator.h - What CUDA text may call in the emulator --------*- C++ -*-===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The emulator runs kernels' CUDA text on the host. It compiles one text:
//
//   #define HADAL_EMULATOR 1
//   this file                      the functions below, without any #include
//   builtins.h                     the CUDA language: __global__, threadIdx, __syncthreads, shuffles, vector types
//   the prelude                    primitives (mma, cp.async, ...), with bodies under #ifdef HADAL_EMULATOR
//   the kernels
//   an entry for each kernel, which unpacks its arguments
//
// Each CUDA thread is a fiber; a block's fibers share one thread of the host,
// so that only the functions below switch between them. Blocks run side by side
// on the workers of the pool: atomics on global memory must be real atomics.
//
// Every load and store of the text is checked, without the text's doing: the
// text is compiled with the instrumentation of ThreadSanitizer, and the emulator
// brings its own runtime for it (not LLVM's). Found are: an access outside the
// launch's buffers and the block's shared memory; a vector access that is not
// aligned; a read of shared memory that nothing wrote; two accesses to one byte
// of shared memory without a barrier between them (a race). Beyond that:
// threads that wait for each other in vain, a barrier that some threads never
// reach, a shuffle from a lane that takes no part. The first error ends the
// launch and is reported with kernel, block and thread.
//
// Shared memory is dynamic alone: `hadal_emu_shared()`, of the launch's
// shared_bytes. `__shared__` variables are refused (they would not be checked).
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_EMULATOR_EMULATOR_H
#define HADAL_EMULATOR_EMULATOR_H

extern "C" {

/// Where a fiber stands. Constant while it lives.
struct HadalEmuThread {
  unsigned threadIdx[3], blockIdx[3], blockDim[3], gridDim[3]; // x, y, z
  unsigned thread, lane, warp;                                 // linear: thread = warp * 32 + lane
  char *shared;                                                // dynamic shared memory, aligned to 1024
  long sharedBytes;
};

/// The runtime fills this table of the compiled text when it loads it.
struct HadalEmuApi {
  const HadalEmuThread *(*thread)();
  void (*syncthreads)();
  void (*barrier)(unsigned id, unsigned threads);
  void (*syncwarp)(unsigned mask);
  const char *(*exchange)(unsigned mask, const void *mine, unsigned bytes);
  void (*cpAsync)(void *shared, const void *global, unsigned bytes, unsigned sourceBytes);
  void (*cpAsyncCommit)();
  void (*cpAsyncWait)(unsigned pending);
  void (*fail)(const char *message);
  void (*access)(const void *address, unsigned long bytes, unsigned align, unsigned flags);
};
enum { HADAL_EMU_WRITE = 1, HADAL_EMU_ATOMIC = 2 };

extern HadalEmuApi hadal_emu_api;

/// A function that is itself not instrumented; it leaves by a jump, so that the emulator sees the kernel's line as its
/// caller.
#define HADAL_EMU_PLAIN __attribute__((no_sanitize("thread"))) inline
/// One that becomes a part of the kernel.
#define HADAL_EMU_INLINE __attribute__((always_inline)) inline

/// This fiber's place. The compiler may keep the result: it never changes within a fiber.
__attribute__((const)) HADAL_EMU_PLAIN const HadalEmuThread *hadal_emu_thread() { return hadal_emu_api.thread(); }

/// Ends the launch with an error, which names the kernel, block and thread; does not return.
[[noreturn]] HADAL_EMU_INLINE void hadal_emu_fail(const char *message) {
  hadal_emu_api.fail(message);
  __builtin_unreachable();
}

/// Dynamic shared memory of the block.
HADAL_EMU_PLAIN char *hadal_emu_shared() { return hadal_emu_thread()->shared; }

/// __syncthreads: all threads of the block. A thread that returned before, while others wait here, is an error.
HADAL_EMU_PLAIN void hadal_emu_syncthreads() { hadal_emu_api.syncthreads(); }

/// bar.sync id, threads: `threads` of the block's threads, a multiple of 32; id 1 to 15.
HADAL_EMU_PLAIN void hadal_emu_barrier(unsigned id, unsigned threads) { hadal_emu_api.barrier(id, threads); }

/// __syncwarp: orders the memory accesses of the lanes in `mask`, which must include the caller.
HADAL_EMU_PLAIN void hadal_emu_syncwarp(unsigned mask) { hadal_emu_api.syncwarp(mask); }

/// A meeting of the lanes in `mask`, without an order of memory accesses: each brings `bytes` (at most 256, alike in
/// all) and gets what all brought, lane i's at result + i * bytes; lanes outside the mask read as 0. Valid until the
/// lane's next meeting. Everything that a warp does together is made of this: shuffles, votes, ldmatrix, mma.
HADAL_EMU_PLAIN const char *hadal_emu_exchange(unsigned mask, const void *mine, unsigned bytes) {
  return hadal_emu_api.exchange(mask, mine, bytes);
}

/// __shfl_sync of 32 bits. A source lane outside the mask is an error.
HADAL_EMU_INLINE unsigned hadal_emu_shfl(unsigned mask, unsigned value, int sourceLane) {
  if (sourceLane < 0 || sourceLane > 31 || !((mask >> sourceLane) & 1))
    hadal_emu_fail("a shuffle reads from a lane outside its mask");
  return reinterpret_cast<const unsigned *>(hadal_emu_exchange(mask, &value, 4))[sourceLane];
}

/// cp.async of 4, 8 or 16 bytes: `sourceBytes` are read, the rest is zero. The copy may happen at any time until the
/// wait: the emulator does it late or at once, as its seed says, and reports who looks too early.
HADAL_EMU_PLAIN void hadal_emu_cp_async(void *shared, const void *global, unsigned bytes, unsigned sourceBytes) {
  hadal_emu_api.cpAsync(shared, global, bytes, sourceBytes);
}
HADAL_EMU_PLAIN void hadal_emu_cp_async_commit() { hadal_emu_api.cpAsyncCommit(); }
/// cp.async.wait_group: all but the latest `pending` groups of this thread have arrived.
HADAL_EMU_PLAIN void hadal_emu_cp_async_wait(unsigned pending) { hadal_emu_api.cpAsyncWait(pending); }

/// Checks an access that the compiler does not see as one (the memory operand of a primitive, an atomic).
/// flags: HADAL_EMU_WRITE, HADAL_EMU_ATOMIC. `align` in bytes, 0 = 1.
HADAL_EMU_PLAIN void hadal_emu_access(const void *address, unsigned long bytes, unsigned align, unsigned flags) {
  hadal_emu_api.access(address, bytes, align, flags);
}

} // extern "C"

#endif // HADAL_EMULATOR_EMULATOR_H
