//===- BlockSelection.h - Which blocks of keys a query sees -----*- C++ -*-===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// NSA and MoBA choose blocks of keys by a top-k of scores that were overwritten:
// −∞ for blocks that begin behind the query, a large number for those that are
// always chosen. What the overwriting did is asked of each block γ for the
// queries before it, in it and behind it, whatever selects it was written with.
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_LIB_TRANSFORMS_RAISE_BLOCKSELECTION_H
#define HADAL_LIB_TRANSFORMS_RAISE_BLOCKSELECTION_H

#include "Attended.h"

namespace hadal::raise {

/// Queries at positions s + offset, and blocks of keys. All sizes are known.
struct BlockGeometry {
  Poly s; // the query (0 where there is one)
  int64_t queries = 0, keys = 0, offset = 0, block = 0;

  int64_t blocks() const { return (keys + block - 1) / block; }
  /// The last block that a query lies in.
  int64_t lastOwn() const { return (queries - 1 + offset) / block; }
  /// The queries at positions low … high, as an index; nothing if there are none.
  std::optional<Poly> between(Atoms &atoms, int64_t low, int64_t high) const;
};

/// A choice of blocks for each query: the first `count` of a top-k.
struct BlockChoice {
  TopKOp topk;
  Indices row; // of the top-k's scores, without the last index
  int64_t block = 0, count = 0;
  /// Set where the choice is what is at least the last value, so that equal scores are chosen together.
  bool isThreshold = false;
  /// Another condition under which a block is chosen too.
  std::optional<Term> always;

  /// The score of block `gamma` for the query `s`.
  Term score(Elements &elements, const BlockGeometry &geometry, int64_t gamma, const Poly &s) const;
};

/// Whether `literal` says that the block of `token` is chosen.
std::optional<BlockChoice> matchBlockChoice(Elements &elements, const Literal &literal, const Poly &token,
                                            const Poly &keys);

/// The only choice of blocks among the literals of `visible`. The rest of it must be that the token is at most the
/// query's position: its offset is set. `reason` says what else there is, if there is a choice.
std::optional<BlockChoice> matchCausalChoice(Elements &elements, const Condition &visible, const Poly &token,
                                             BlockGeometry &geometry, std::string &reason);

/// x of a condition that is true for finite x.
std::optional<Term> matchFinite(Elements &elements, const Term &term);

/// Numbers whatever arithmetic on constants made them.
std::optional<double> numberOf(Elements &elements, const Term &term);
/// The smallest and the largest number that a term is, where its elements are constants.
std::optional<std::pair<double, double>> numbersOf(Elements &elements, const Term &term);

/// Checks that the scores of blocks behind the query hide them, and that blocks below `first` and the `local` last
/// ones up to the query's own have scores of at least `forced` (0: only that they are constants).
bool checkForced(Elements &elements, const BlockGeometry &geometry, const BlockChoice &choice, int64_t first,
                 int64_t local, double forced, std::string &reason);

/// How many first and local blocks are forced, read from the scores of the last query.
std::pair<int64_t, int64_t> countForced(Elements &elements, const BlockGeometry &geometry, const BlockChoice &choice);

} // namespace hadal::raise

#endif // HADAL_LIB_TRANSFORMS_RAISE_BLOCKSELECTION_H
