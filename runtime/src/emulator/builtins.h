//===- builtins.h - The CUDA language on the host ------------------*- C++ -*-===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What NVRTC gives without a header and the emulated text must therefore find:
// qualifiers, threadIdx and its kin, barriers, shuffles, votes, vector types,
// atomics and the mathematics that kernels use. Follows emulator.h.
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_EMULATOR_BUILTINS_H
#define HADAL_EMULATOR_BUILTINS_H

#define __global__ __attribute__((disable_tail_calls)) // so that an error's line is known
#define __device__
#define __host__
#define __constant__ static const
#define __forceinline__ inline __attribute__((always_inline))
#define __noinline__ __attribute__((noinline))
#define __launch_bounds__(...)
#define __restrict__ __restrict
#define __align__(n) alignas(n)
#define __shared__ static_assert(false, "the emulator checks dynamic shared memory only: use hadal_emu_shared()");

using size_t = unsigned long;

//===----------------------------------------------------------------------===//
// Coordinates
//===----------------------------------------------------------------------===//

struct uint3 {
  unsigned x, y, z;
};
struct dim3 {
  unsigned x, y, z;
};

#define threadIdx (*reinterpret_cast<const uint3 *>(hadal_emu_thread()->threadIdx))
#define blockIdx (*reinterpret_cast<const uint3 *>(hadal_emu_thread()->blockIdx))
#define blockDim (*reinterpret_cast<const dim3 *>(hadal_emu_thread()->blockDim))
#define gridDim (*reinterpret_cast<const dim3 *>(hadal_emu_thread()->gridDim))
constexpr int warpSize = 32;

//===----------------------------------------------------------------------===//
// Barriers, shuffles, votes
//===----------------------------------------------------------------------===//

inline void __syncthreads() { hadal_emu_syncthreads(); }
inline void __syncwarp(unsigned mask = 0xffffffffu) { hadal_emu_syncwarp(mask); }
inline void __threadfence() { __atomic_thread_fence(__ATOMIC_SEQ_CST); }
inline void __threadfence_block() {}
inline void __trap() { hadal_emu_fail("the kernel trapped"); }

template <typename T> inline T __hadal_shfl(unsigned mask, T value, int lane) {
  static_assert(sizeof(T) == 4, "shuffles move 32 bits");
  unsigned bits;
  __builtin_memcpy(&bits, &value, 4);
  bits = hadal_emu_shfl(mask, bits, lane);
  __builtin_memcpy(&value, &bits, 4);
  return value;
}
/// The lane that a shuffle reads: within the segment of `width` lanes, the own lane where that is left.
template <typename T> inline T __shfl_sync(unsigned mask, T value, int lane, int width = 32) {
  int own = static_cast<int>(hadal_emu_thread()->lane);
  return __hadal_shfl(mask, value, (own & ~(width - 1)) + (lane & (width - 1)));
}
template <typename T> inline T __shfl_xor_sync(unsigned mask, T value, int bits, int width = 32) {
  int own = static_cast<int>(hadal_emu_thread()->lane), other = own ^ bits;
  return __hadal_shfl(mask, value, other < (own & ~(width - 1)) + width ? other : own);
}
template <typename T> inline T __shfl_down_sync(unsigned mask, T value, unsigned delta, int width = 32) {
  int own = static_cast<int>(hadal_emu_thread()->lane), other = own + static_cast<int>(delta);
  return __hadal_shfl(mask, value, other < (own & ~(width - 1)) + width ? other : own);
}
template <typename T> inline T __shfl_up_sync(unsigned mask, T value, unsigned delta, int width = 32) {
  int own = static_cast<int>(hadal_emu_thread()->lane), other = own - static_cast<int>(delta);
  return __hadal_shfl(mask, value, other >= (own & ~(width - 1)) ? other : own);
}
inline unsigned __ballot_sync(unsigned mask, int predicate) {
  unsigned mine = predicate != 0, result = 0;
  const unsigned *all = reinterpret_cast<const unsigned *>(hadal_emu_exchange(mask, &mine, 4));
  for (int lane = 0; lane < 32; ++lane)
    result |= all[lane] << lane;
  return result;
}
inline int __any_sync(unsigned mask, int predicate) { return __ballot_sync(mask, predicate) != 0; }
inline int __all_sync(unsigned mask, int predicate) { return __ballot_sync(mask, predicate) == mask; }
inline unsigned __activemask() { return 0xffffffffu; }

//===----------------------------------------------------------------------===//
// Vector types
//===----------------------------------------------------------------------===//

struct alignas(8) float2 {
  float x, y;
};
struct alignas(16) float4 {
  float x, y, z, w;
};
struct alignas(8) int2 {
  int x, y;
};
struct alignas(16) int4 {
  int x, y, z, w;
};
struct alignas(8) uint2 {
  unsigned x, y;
};
struct alignas(16) uint4 {
  unsigned x, y, z, w;
};
inline float2 make_float2(float x, float y) { return {x, y}; }
inline float4 make_float4(float x, float y, float z, float w) { return {x, y, z, w}; }
inline int2 make_int2(int x, int y) { return {x, y}; }
inline int4 make_int4(int x, int y, int z, int w) { return {x, y, z, w}; }
inline uint2 make_uint2(unsigned x, unsigned y) { return {x, y}; }
inline uint4 make_uint4(unsigned x, unsigned y, unsigned z, unsigned w) { return {x, y, z, w}; }

//===----------------------------------------------------------------------===//
// Bits and mathematics
//===----------------------------------------------------------------------===//

inline int __float_as_int(float x) { return __builtin_bit_cast(int, x); }
inline unsigned __float_as_uint(float x) { return __builtin_bit_cast(unsigned, x); }
inline float __int_as_float(int x) { return __builtin_bit_cast(float, x); }
inline float __uint_as_float(unsigned x) { return __builtin_bit_cast(float, x); }
inline int __popc(unsigned x) { return __builtin_popcount(x); }
inline int __clz(int x) { return x ? __builtin_clz(static_cast<unsigned>(x)) : 32; }
inline int __ffs(int x) { return __builtin_ffs(x); }

inline float sqrtf(float x) { return __builtin_sqrtf(x); }
inline float rsqrtf(float x) { return 1.0f / __builtin_sqrtf(x); }
inline float fabsf(float x) { return __builtin_fabsf(x); }
inline float fmaf(float a, float b, float c) { return __builtin_fmaf(a, b, c); }
inline float floorf(float x) { return __builtin_floorf(x); }
inline float ceilf(float x) { return __builtin_ceilf(x); }
inline float fmaxf(float a, float b) { return __builtin_fmaxf(a, b); }
inline float fminf(float a, float b) { return __builtin_fminf(a, b); }
// From the host's libm, which the runtime has loaded.
extern "C" {
float expf(float);
float exp2f(float);
float logf(float);
float log2f(float);
float sinf(float);
float cosf(float);
float tanhf(float);
float erff(float);
float powf(float, float);
float fmodf(float, float);
double exp(double);
double log(double);
}

//===----------------------------------------------------------------------===//
// Atomics
//===----------------------------------------------------------------------===//

inline int atomicAdd(int *p, int v) {
  hadal_emu_access(p, 4, 4, HADAL_EMU_WRITE | HADAL_EMU_ATOMIC);
  return __atomic_fetch_add(p, v, __ATOMIC_RELAXED);
}
inline unsigned atomicAdd(unsigned *p, unsigned v) {
  hadal_emu_access(p, 4, 4, HADAL_EMU_WRITE | HADAL_EMU_ATOMIC);
  return __atomic_fetch_add(p, v, __ATOMIC_RELAXED);
}
inline float atomicAdd(float *p, float v) {
  hadal_emu_access(p, 4, 4, HADAL_EMU_WRITE | HADAL_EMU_ATOMIC);
  float old;
  __atomic_load(p, &old, __ATOMIC_RELAXED);
  for (;;) {
    float sum = old + v;
    if (__atomic_compare_exchange(p, &old, &sum, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED))
      return old;
  }
}
inline int atomicMax(int *p, int v) {
  hadal_emu_access(p, 4, 4, HADAL_EMU_WRITE | HADAL_EMU_ATOMIC);
  int old = __atomic_load_n(p, __ATOMIC_RELAXED);
  while (old < v && !__atomic_compare_exchange_n(p, &old, v, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED)) {
  }
  return old;
}

#endif // HADAL_EMULATOR_BUILTINS_H
