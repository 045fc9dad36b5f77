//===- TileLayouts.h - Layouts for tiles ---------------------*- C++ -*-===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_CONVERSION_TILETOCUDA_TILELAYOUTS_H
#define HADAL_CONVERSION_TILETOCUDA_TILELAYOUTS_H

#include "dialects/Cuda/IR/Cuda.h"
#include "dialects/Tile/IR/Tile.h"

namespace hadal::tilecuda {

using cuda::LayoutAttr;

/// A layout whose neighbouring threads are neighbours along dimension `fast`:
/// loads and stores coalesce, and reductions along it are shuffles. A warp takes
/// (part of) a row, unless there are too few rows for all the warps.
///
/// Example: 16×192, fast 1, 128 threads: threads [d1 x 32 by 1, d0 x 4 by 1] registers [d0 x 4 by 4, d1 x 6 by 32].
LayoutAttr getBlockedLayout(mlir::MLIRContext *context, llvm::ArrayRef<int64_t> shape, int64_t fast, int64_t threads);

/// The tensor-core product that computes this dot, if one can.
std::optional<cuda::MmaKind> getMmaKind(tile::DotOp dot);

/// K of one such product.
int64_t getMmaDepth(cuda::MmaKind kind);

/// The layout of a dot's result: 16 threads side by side along N, each with a
/// micro-tile of interleaved rows and columns; or warps side by side along M
/// (then N), each with fragments of m16n8.
LayoutAttr getDotLayout(tile::DotOp dot, int64_t threads);

/// Row pitch in shared memory that keeps a dot's reads free of bank conflicts.
int64_t getOperandPitch(tile::DotOp dot, bool isB, int64_t width);

} // namespace hadal::tilecuda

#endif // HADAL_CONVERSION_TILETOCUDA_TILELAYOUTS_H
