//===- primitives.h - What generated kernels call -------------*- CUDA C++ -*-===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Stands before every kernel. Each primitive has two bodies: PTX (or a builtin)
// for NVRTC, and C++ for the emulator, which defines HADAL_EMULATOR and what
// emulator.h and builtins.h declare. No header of the CUDA toolkit is needed.
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_PRELUDE_PRIMITIVES_H
#define HADAL_PRELUDE_PRIMITIVES_H

#define HD_INLINE __device__ __forceinline__

// The block's shared memory, as a name for it.
#ifdef HADAL_EMULATOR
#define HD_SHARED_MEMORY(name) char *const name = hadal_emu_shared()
#else
#define HD_SHARED_MEMORY(name) extern __shared__ __align__(16) char name[]
#endif

//===----------------------------------------------------------------------===//
// Numbers
//===----------------------------------------------------------------------===//

HD_INLINE float hd_bits_to_float(unsigned bits) { return __uint_as_float(bits); }
#define HD_INF hd_bits_to_float(0x7f800000u)
#define HD_NAN hd_bits_to_float(0x7fc00000u)

HD_INLINE bool hd_isnan(float x) { return x != x; }
HD_INLINE bool hd_isnan(double x) { return x != x; }
HD_INLINE bool hd_isinf(float x) { return fabsf(x) == HD_INF; }

template <typename T> HD_INLINE T hd_min(T a, T b) { return b < a ? b : a; }
template <typename T> HD_INLINE T hd_max(T a, T b) { return a < b ? b : a; }
template <typename T> HD_INLINE T hd_ceil_div(T a, T b) { return a / b + (a % b != 0 && (a < 0) == (b < 0)); }
template <typename T> HD_INLINE T hd_floor_div(T a, T b) { return a / b - (a % b != 0 && (a < 0) != (b < 0)); }

// The larger (smaller) of two floats; NaN if one is NaN.
HD_INLINE float hd_fmax(float a, float b) {
#ifdef HADAL_EMULATOR
  return a != a || a > b ? a : b;
#else
  float result;
  asm("max.NaN.f32 %0, %1, %2;" : "=f"(result) : "f"(a), "f"(b));
  return result;
#endif
}
HD_INLINE float hd_fmin(float a, float b) {
#ifdef HADAL_EMULATOR
  return a != a || a < b ? a : b;
#else
  float result;
  asm("min.NaN.f32 %0, %1, %2;" : "=f"(result) : "f"(a), "f"(b));
  return result;
#endif
}
HD_INLINE double hd_fmax(double a, double b) { return a != a || a > b ? a : b; }
HD_INLINE double hd_fmin(double a, double b) { return a != a || a < b ? a : b; }

#ifdef HADAL_EMULATOR
extern "C" {
float log1pf(float);
float log10f(float);
float expm1f(float);
float exp10f(float);
float tanf(float);
float roundf(float);
float rintf(float);
float truncf(float);
float copysignf(float, float);
float atanf(float);
float atan2f(float, float);
float erfcf(float);
float cbrtf(float);
float sinhf(float);
float coshf(float);
double sqrt(double);
double fabs(double);
double fma(double, double, double);
double sin(double);
double cos(double);
double tanh(double);
double pow(double, double);
double floor(double);
double ceil(double);
}
#endif

// bf16 and f16 as stored; arithmetic is in float. Rounded to nearest even.
struct hd_bf16 {
  unsigned short bits;
};
HD_INLINE float hd_to_float(hd_bf16 x) { return __uint_as_float(static_cast<unsigned>(x.bits) << 16); }
HD_INLINE hd_bf16 hd_to_bf16(float x) {
  unsigned bits = __float_as_uint(x);
  if (x != x)
    return {static_cast<unsigned short>((bits >> 16) | 0x40u)};
  return {static_cast<unsigned short>((bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16)};
}

struct hd_f16 {
  unsigned short bits;
};
HD_INLINE float hd_to_float(hd_f16 x) {
#ifdef HADAL_EMULATOR
  return static_cast<float>(__builtin_bit_cast(_Float16, x.bits));
#else
  float result;
  asm("cvt.f32.f16 %0, %1;" : "=f"(result) : "h"(x.bits));
  return result;
#endif
}
HD_INLINE hd_f16 hd_to_f16(float x) {
#ifdef HADAL_EMULATOR
  return {__builtin_bit_cast(unsigned short, static_cast<_Float16>(x))};
#else
  hd_f16 result;
  asm("cvt.rn.f16.f32 %0, %1;" : "=h"(result.bits) : "f"(x));
  return result;
#endif
}

//===----------------------------------------------------------------------===//
// Threads together
//===----------------------------------------------------------------------===//

// The value of the lane whose number differs by `mask`; all 32 lanes take part.
template <typename T> HD_INLINE T hd_shuffle_xor(T value, int mask) {
  if constexpr (sizeof(T) == 8) {
    union {
      T whole;
      unsigned half[2];
    } bits;
    bits.whole = value;
    bits.half[0] = __shfl_xor_sync(0xffffffffu, bits.half[0], mask);
    bits.half[1] = __shfl_xor_sync(0xffffffffu, bits.half[1], mask);
    return bits.whole;
  } else if constexpr (sizeof(T) < 4) {
    return static_cast<T>(__shfl_xor_sync(0xffffffffu, static_cast<int>(value), mask));
  } else {
    return __shfl_xor_sync(0xffffffffu, value, mask);
  }
}

HD_INLINE void hd_atomic_add(float *to, float value) { atomicAdd(to, value); }
HD_INLINE void hd_atomic_add(int *to, int value) { atomicAdd(to, value); }
HD_INLINE void hd_atomic_add(long long *to, long long value) {
#ifdef HADAL_EMULATOR
  hadal_emu_access(to, 8, 8, HADAL_EMU_WRITE | HADAL_EMU_ATOMIC);
  __atomic_fetch_add(to, value, __ATOMIC_RELAXED);
#else
  atomicAdd(reinterpret_cast<unsigned long long *>(to), static_cast<unsigned long long>(value));
#endif
}

//===----------------------------------------------------------------------===//
// Tensor cores
//===----------------------------------------------------------------------===//

// An operand of a tf32 product: rounded to 10 bits of fraction, halves away from zero.
HD_INLINE int hd_to_tf32(float x) {
#ifdef HADAL_EMULATOR
  unsigned bits = __float_as_uint(x);
  if ((bits & 0x7f800000u) != 0x7f800000u)
    bits += 0x1000u;
  return static_cast<int>(bits & 0xffffe000u);
#else
  int result;
  asm("cvt.rna.tf32.f32 %0, %1;" : "=r"(result) : "f"(x));
  return result;
#endif
}

// Two operands of a bf16 product in one register.
HD_INLINE int hd_pack_bf16(float low, float high) {
#ifdef HADAL_EMULATOR
  return static_cast<int>(hd_to_bf16(low).bits | static_cast<unsigned>(hd_to_bf16(high).bits) << 16);
#else
  int result;
  asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(result) : "f"(high), "f"(low));
  return result;
#endif
}

#ifdef HADAL_EMULATOR
// What a lane brings to a product of the warp: its registers of a and b.
struct hd_fragments {
  unsigned a[4], b[2];
};

// c += a · b for the lane's four elements; `term(fragments of all lanes, row, column)` gives one sum over k.
template <typename Term>
HADAL_EMU_PLAIN void hd_mma(float &c0, float &c1, float &c2, float &c3, const hd_fragments &mine, Term term) {
  const hd_fragments *all =
      reinterpret_cast<const hd_fragments *>(hadal_emu_exchange(0xffffffffu, &mine, sizeof(hd_fragments)));
  int lane = static_cast<int>(hadal_emu_thread()->lane), row = lane / 4, column = lane % 4 * 2;
  c0 = term(all, row, column, c0);
  c1 = term(all, row, column + 1, c1);
  c2 = term(all, row + 8, column, c2);
  c3 = term(all, row + 8, column + 1, c3);
}
#endif

// mma.sync.m16n8k8, tf32: c += a · b. With g = lane / 4, t = lane % 4 (rows and columns of the 16×8 by 8×8 product):
// a0 (g, t), a1 (g+8, t), a2 (g, t+4), a3 (g+8, t+4); b0 (t, g), b1 (t+4, g); c0 (g, 2t), c1 (g, 2t+1), c2, c3 8 rows
// below.
HD_INLINE void hd_mma_tf32(float &c0, float &c1, float &c2, float &c3, int a0, int a1, int a2, int a3, int b0, int b1) {
#ifdef HADAL_EMULATOR
  hd_fragments mine = {
      {static_cast<unsigned>(a0), static_cast<unsigned>(a1), static_cast<unsigned>(a2), static_cast<unsigned>(a3)},
      {static_cast<unsigned>(b0), static_cast<unsigned>(b1)}};
  hd_mma(c0, c1, c2, c3, mine, [](const hd_fragments *all, int row, int column, float sum) {
    for (int k = 0; k < 8; ++k) {
      unsigned a = all[row % 8 * 4 + k % 4].a[row / 8 + k / 4 * 2], b = all[column * 4 + k % 4].b[k / 4];
      sum += __uint_as_float(a) * __uint_as_float(b);
    }
    return sum;
  });
#else
  asm volatile("mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, "
               "{%0, %1, %2, %3};"
               : "+f"(c0), "+f"(c1), "+f"(c2), "+f"(c3)
               : "r"(a0), "r"(a1), "r"(a2), "r"(a3), "r"(b0), "r"(b1));
#endif
}

// mma.sync.m16n8k16, bf16: as above, each register of a and b being the pair at k = 2t, 2t+1 or 2t+8, 2t+9.
HD_INLINE void hd_mma_bf16(float &c0, float &c1, float &c2, float &c3, int a0, int a1, int a2, int a3, int b0, int b1) {
#ifdef HADAL_EMULATOR
  hd_fragments mine = {
      {static_cast<unsigned>(a0), static_cast<unsigned>(a1), static_cast<unsigned>(a2), static_cast<unsigned>(a3)},
      {static_cast<unsigned>(b0), static_cast<unsigned>(b1)}};
  hd_mma(c0, c1, c2, c3, mine, [](const hd_fragments *all, int row, int column, float sum) {
    for (int k = 0; k < 16; ++k) {
      int lane = k % 8 / 2, half = k / 8, shift = k % 2 ? 0 : 16;
      unsigned a = all[row % 8 * 4 + lane].a[row / 8 + half * 2] << shift, b = all[column * 4 + lane].b[half] << shift;
      sum += __uint_as_float(a & 0xffff0000u) * __uint_as_float(b & 0xffff0000u);
    }
    return sum;
  });
#else
  asm volatile("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, "
               "{%0, %1, %2, %3};"
               : "+f"(c0), "+f"(c1), "+f"(c2), "+f"(c3)
               : "r"(a0), "r"(a1), "r"(a2), "r"(a3), "r"(b0), "r"(b1));
#endif
}

#endif // HADAL_PRELUDE_PRIMITIVES_H
