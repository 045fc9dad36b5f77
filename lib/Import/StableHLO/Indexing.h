//===- Indexing.h - Index vectors of gathers and scatters -------*- C++ -*-===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_LIB_IMPORT_STABLEHLO_INDEXING_H
#define HADAL_LIB_IMPORT_STABLEHLO_INDEXING_H

#include "Importer.h"

namespace hadal::stablehlo {

/// The index vectors of a gather or a scatter: for each point of `batch` one index into each of `indexedDims` of the
/// operand, besides the positions along its batching dimensions.
struct IndexVectors {
  IndexVectors(Importer &importer, Tensor &indices, int64_t vectorDim, llvm::ArrayRef<int64_t> indexedDims,
               llvm::ArrayRef<int64_t> batchingDims, llvm::ArrayRef<int64_t> indicesBatchingDims);

  /// The places of elements in the dimensions `dims` of the operand, of these sizes, taken as one: for each point of
  /// `batch`, then of the windows along those of `dims` that have one. Starts are clamped so that the windows fit, or
  /// places that do not exist become the one behind the last.
  Tensor &linear(llvm::ArrayRef<int64_t> dims, llvm::ArrayRef<Size> sizes, llvm::ArrayRef<std::optional<Size>> windows,
                 bool clamp);
  /// The number of a dimension of the indices among those of `batch`.
  int64_t batchOf(int64_t indicesDim) const;

  Importer &importer;
  Tensor &indices;
  int64_t vectorDim;
  llvm::ArrayRef<int64_t> indexedDims, batchingDims, indicesBatchingDims;
  Sizes batch;
};

} // namespace hadal::stablehlo

#endif // HADAL_LIB_IMPORT_STABLEHLO_INDEXING_H
