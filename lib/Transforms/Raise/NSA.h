//===- NSA.h - The parts of native sparse attention -------------*- C++ -*-===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_LIB_TRANSFORMS_RAISE_NSA_H
#define HADAL_LIB_TRANSFORMS_RAISE_NSA_H

#include "BlockSelection.h"
#include "Compress.h"

namespace hadal::raise {

/// Where the elements of all branches are looked at: heads h = g · group + r.
struct NsaFrame {
  Poly b, g, r, s, e;
  int64_t groups = 1, group = 1; // kv heads, and query heads of each
  Poly head() const { return g * group + r; }
};

/// Checks that the score of a selection block is what hadal.block_importance makes of the probabilities of a
/// compressed attention, summed over a group's heads.
class ImportanceMatcher {
public:
  ImportanceMatcher(Elements &elements, const NsaFrame &frame, const Attended &compressed, int64_t entries,
                    int64_t length, int64_t stride, int64_t block)
      : elements(elements), frame(frame), compressed(compressed), entries(entries), length(length), stride(stride),
        block(block) {}

  /// `score` is that of block `gamma`, for the query `s`.
  bool match(const Term &score, int64_t gamma, const Poly &s);
  /// An upper bound of a matched score.
  double bound() const;
  std::string reason;

private:
  struct Factor {
    double scale = 1;
    std::vector<Term> constants;
    std::vector<Poly> variables;
  };
  bool expand(const Term &term, Factor factor);
  bool unroll(const Term &term, const Factor &factor, const Poly &variable);
  bool expandAttention(const Term &term, Factor factor);
  bool addWeights(const Poly &entry, const Factor &factor);
  Term ofAllQueries(Term term, Poly &at);
  bool isCompressed(const KeyScores &scores, const Poly &entry, const Poly &at, Factor &factor);
  std::optional<Poly> entryOf(const Term &probability, Factor &factor, bool &isProbability);

  Elements &elements;
  const NsaFrame &frame;
  const Attended &compressed;
  int64_t entries, length, stride, block;
  Poly query;
  std::map<int64_t, double> weights; // of the probability of each entry
  double factorOfAll = 0;
};

/// One of the three summands: a gate times an attention.
struct NsaBranch {
  Term gate, out;
  std::optional<Attended> attended;
};

class NsaMatcher {
public:
  NsaMatcher(mlir::Operation *op, Context &context) : op(op), context(context) {}
  mlir::LogicalResult match();

private:
  mlir::LogicalResult miss(const llvm::Twine &reason) { return context.miss(op, "nsa", op, reason); }
  bool findBranches();
  bool sortBranches();
  bool findFrame();
  mlir::LogicalResult compareBranches();
  mlir::LogicalResult matchWindow();
  mlir::LogicalResult matchCompressed();
  mlir::LogicalResult matchSelected();
  mlir::LogicalResult matchChoice(const BlockChoice &choice);
  mlir::Value gates(bool &isSigmoid);
  mlir::LogicalResult replace();

  mlir::Operation *op;
  Context &context;
  Elements elements;
  Indices out; // of the result
  std::vector<NsaBranch> branches;
  NsaBranch *compressed = nullptr, *selected = nullptr, *window = nullptr;
  NsaFrame frame;
  BlockGeometry geometry;
  int64_t windowSize = 0, entries = 0;
  Compressed keys, values;
  mlir::Value selectedKeys, selectedValues;
  int64_t count = 0, first = 0, local = 0;
};

} // namespace hadal::raise

#endif // HADAL_LIB_TRANSFORMS_RAISE_NSA_H
