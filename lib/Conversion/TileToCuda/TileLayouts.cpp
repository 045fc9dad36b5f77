//===- TileLayouts.cpp - Layouts for tiles --------------------------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TileLayouts.h"

#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace hadal;
using namespace hadal::tilecuda;
using cuda::Digit;
using llvm::PowerOf2Ceil;

/// Adds registers so that `dim` is covered, and orders and completes the digits.
static LayoutAttr finish(MLIRContext *context, ArrayRef<int64_t> shape, SmallVector<Digit> lanes, int64_t threads) {
  SmallVector<int64_t> covered(shape.size(), 1);
  int64_t used = 1;
  for (const Digit &digit : lanes) {
    covered[digit.dim] *= digit.count;
    used *= digit.count;
  }
  llvm::erase_if(lanes, [](const Digit &digit) { return digit.count == 1; });
  if (used < threads)
    lanes.push_back({-1, threads / used, 0});
  SmallVector<Digit> registers;
  for (auto [dim, size] : llvm::enumerate(shape))
    if (int64_t count = llvm::divideCeil(size, covered[dim]); count > 1)
      registers.push_back({static_cast<int64_t>(dim), count, covered[dim]});
  return LayoutAttr::get(context, lanes, registers);
}

LayoutAttr tilecuda::getBlockedLayout(MLIRContext *context, ArrayRef<int64_t> shape, int64_t fast, int64_t threads) {
  if (shape.empty())
    return finish(context, shape, {}, threads);
  int64_t others = 1;
  for (auto [dim, size] : llvm::enumerate(shape))
    if (static_cast<int64_t>(dim) != fast)
      others = std::min<int64_t>(threads, others * PowerOf2Ceil(size));
  int64_t wide = PowerOf2Ceil(shape[fast]);
  int64_t along = std::min(wide, std::max<int64_t>(32, threads / others));
  SmallVector<Digit> lanes = {{fast, along, 1}};
  int64_t left = threads / along;
  for (int64_t dim = static_cast<int64_t>(shape.size()) - 1; dim >= 0; --dim) {
    if (dim == fast)
      continue;
    int64_t count = std::min<int64_t>(left, PowerOf2Ceil(shape[dim]));
    lanes.push_back({dim, count, 1});
    left /= count;
  }
  return finish(context, shape, lanes, threads);
}

std::optional<cuda::MmaKind> tilecuda::getMmaKind(tile::DotOp dot) {
  if (dot.getPrecision() == tile::Precision::F32)
    return std::nullopt;
  cuda::MmaKind kind = dot.getPrecision() == tile::Precision::TF32 ? cuda::MmaKind::TF32 : cuda::MmaKind::BF16;
  auto acc = cast<RankedTensorType>(dot.getAcc().getType());
  int64_t depth = cast<RankedTensorType>(dot.getA().getType()).getDimSize(1);
  if (acc.getDimSize(0) % 16 || acc.getDimSize(1) % 8 || depth % getMmaDepth(kind))
    return std::nullopt;
  return kind;
}

int64_t tilecuda::getMmaDepth(cuda::MmaKind kind) { return kind == cuda::MmaKind::TF32 ? 8 : 16; }

/// Fragments of m16n8 over warps: as many warps as there are divide M, then N.
static LayoutAttr getMmaLayout(MLIRContext *context, int64_t m, int64_t n, int64_t threads) {
  int64_t warps = threads / 32, rowWarps = 1, columnWarps = 1;
  while (rowWarps * 2 <= warps && m % (rowWarps * 32) == 0)
    rowWarps *= 2;
  while (rowWarps * columnWarps * 2 <= warps && n % (columnWarps * 16) == 0)
    columnWarps *= 2;
  SmallVector<Digit> lanes = {{1, 4, 2}, {0, 8, 1}};
  if (rowWarps > 1)
    lanes.push_back({0, rowWarps, 16});
  if (columnWarps > 1)
    lanes.push_back({1, columnWarps, 8});
  if (int64_t idle = warps / (rowWarps * columnWarps); idle > 1)
    lanes.push_back({-1, idle, 0});
  SmallVector<Digit> registers;
  if (int64_t count = m / (16 * rowWarps); count > 1)
    registers.push_back({0, count, 16 * rowWarps});
  registers.push_back({0, 2, 8});
  if (int64_t count = n / (8 * columnWarps); count > 1)
    registers.push_back({1, count, 8 * columnWarps});
  registers.push_back({1, 2, 1});
  return LayoutAttr::get(context, lanes, registers);
}

LayoutAttr tilecuda::getDotLayout(tile::DotOp dot, int64_t threads) {
  auto acc = cast<RankedTensorType>(dot.getAcc().getType());
  int64_t m = acc.getDimSize(0), n = acc.getDimSize(1);
  if (getMmaKind(dot))
    return getMmaLayout(dot.getContext(), m, n, threads);
  // Rows are dealt out by M alone, so that dots of one program agree on them.
  int64_t down = std::min<int64_t>(threads / 16, PowerOf2Ceil(m));
  int64_t across = std::min<int64_t>(threads / down, PowerOf2Ceil(n));
  int64_t idle = threads / down / across;
  SmallVector<Digit> lanes;
  if (across > 1)
    lanes.push_back({1, across, 1});
  if (idle > 1)
    lanes.push_back({-1, idle, 0});
  if (down > 1)
    lanes.push_back({0, down, 1});
  SmallVector<Digit> registers;
  if (int64_t count = llvm::divideCeil(m, down); count > 1)
    registers.push_back({0, count, down});
  if (int64_t count = llvm::divideCeil(n, across); count > 1)
    registers.push_back({1, count, across});
  return LayoutAttr::get(dot.getContext(), lanes, registers);
}

int64_t tilecuda::getOperandPitch(tile::DotOp dot, bool isB, int64_t width) {
  if (!getMmaKind(dot))
    return width | 1; // threads of a warp read one column of different rows
  // Lanes (g, t) read rows g and columns t, or rows t and columns g: 4 or 8 modulo 32 spreads them over all banks.
  int64_t modulus = isB && !dot.getTransposeB() ? 32 : 8, residue = isB && !dot.getTransposeB() ? 8 : 4;
  return width + (residue - width % modulus + modulus) % modulus;
}
