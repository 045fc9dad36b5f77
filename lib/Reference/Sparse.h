//===- Sparse.h - The parts of sparse attention -----------------*- C++ -*-===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the handlers of the parts compute, for those of whole operations too.
// Shapes have been checked by the caller where no function says that it does.
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_LIB_REFERENCE_SPARSE_H
#define HADAL_LIB_REFERENCE_SPARSE_H

#include "Rows.h"
#include "Visibility.h"

namespace hadal {

/// hadal.compress: the operands that are not there are null.
struct Compressor {
  Compression kind = Compression::Mean;
  int64_t length = 1, stride = 1;
  std::optional<Activation> activation;
  bool overlap = false;
  const Datum *weight = nullptr, *w1 = nullptr, *bias1 = nullptr, *w2 = nullptr, *bias2 = nullptr;
  const Datum *gate = nullptr, *bias = nullptr, *pe = nullptr, *kvLengths = nullptr;

  /// Nc for this many tokens.
  int64_t countOf(int64_t tokens) const;
  /// Checks the shapes of the operands.
  llvm::Expected<Datum> compress(mlir::Operation *op, const Datum &x) const;
};

/// hadal.block_importance for `blocks` blocks.
llvm::Expected<Datum> mapImportance(mlir::Operation *op, const Datum &p, int64_t length, int64_t stride, int64_t block,
                                    int64_t blocks);

/// hadal.block_mean; `lengths` may be null.
llvm::Expected<Datum> meanOfBlocks(mlir::Operation *op, const Datum &k, int64_t block, const Datum *lengths);

/// hadal.block_scores. Checks shapes.
llvm::Expected<Datum> scoreBlocks(mlir::Operation *op, const Datum &q, const Datum &means, double scale);

/// hadal.indexer_scores; the scales may be null. Checks shapes.
llvm::Expected<Datum> scoreByIndexer(mlir::Operation *op, const Datum &q, const Datum &k, const Datum &w,
                                     const Datum *qScales, const Datum *kScales, double scale);

/// hadal.select.
struct Selector {
  int64_t block = 1, count = 1, first = 0, local = 0, share = 1;
  bool whole = false, causal = false;
  const Mask *mask = nullptr;

  /// What a length may be at most where there are `candidates`.
  int64_t maxTokens(int64_t candidates) const;
  /// Indices and scores of the chosen.
  llvm::Expected<std::pair<Datum, Datum>> select(mlir::Operation *op, const Datum &scores,
                                                 const Visibility &visibility) const;
};

/// Softmax attention of every row over a set of keys with multiplicities.
struct Attended {
  Datum out, lse, importance;
};
struct Attending {
  const Datum &q, &k, &v;
  double scale;
  std::optional<double> softcap = std::nullopt;
  const Mask *mask = nullptr;
  const Datum *sink = nullptr;

  /// Checks the shapes of k, v and sink.
  llvm::Error check(mlir::Operation *op) const;
  /// `countKeys(b, h, s, counts)` says how often each key counts (0: not at all); `counts` comes zeroed.
  llvm::Expected<Attended>
  attend(mlir::Operation *op,
         llvm::function_ref<llvm::Error(int64_t, int64_t, int64_t, llvm::MutableArrayRef<int64_t>)> countKeys) const;
};

/// What hadal.compressed_attention sees: counts 1 for each visible entry. `visibility` is in tokens.
void countEntries(const Visibility &visibility, int64_t length, int64_t stride, int64_t b, int64_t s,
                  llvm::MutableArrayRef<int64_t> counts);

/// What hadal.selected_attention sees: how often a list of block indices stands for each visible token.
llvm::Error countSelected(mlir::Operation *op, const Visibility &visibility, const Datum &indices, int64_t block,
                          bool isUnion, int64_t b, int64_t list, int64_t s, llvm::MutableArrayRef<int64_t> counts);

/// hadal.gated_combine.
llvm::Expected<Datum> combineGated(mlir::Operation *op, llvm::ArrayRef<const Datum *> branches, const Datum &gates,
                                   bool sigmoid);

// Handlers of SelectionOps.cpp.
llvm::Error runCompressedAttention(Machine &machine, Frame &frame, const Instr &instr);
llvm::Error runSelect(Machine &machine, Frame &frame, const Instr &instr);
llvm::Error runSelectedAttention(Machine &machine, Frame &frame, const Instr &instr);

} // namespace hadal

#endif // HADAL_LIB_REFERENCE_SPARSE_H
