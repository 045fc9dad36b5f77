//===- Attend.h - Softmax attention with all its clauses --------*- C++ -*-===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_LIB_REFERENCE_ATTEND_H
#define HADAL_LIB_REFERENCE_ATTEND_H

#include "Visibility.h"

namespace hadal {

/// An error unless the sink, if any, is [heads].
llvm::Error expectSink(mlir::Operation *op, const Datum *sink, int64_t heads);
/// An error unless heads are a multiple of kv heads.
llvm::Error expectHeads(mlir::Operation *op, int64_t heads, int64_t kvHeads);

/// What attention does with scores: mask, sink, scale, softcap, and which keys a query sees.
struct Clauses {
  Mask mask;
  const Datum *sink = nullptr;
  double scale = 1;
  std::optional<double> softcap;
  Visibility visibility;

  /// Those of `instr.op`, an `Op`; an error where their shapes do not fit.
  template <typename Op>
  static llvm::Expected<Clauses> bind(const Frame &frame, const Instr &instr, int64_t batch, int64_t heads,
                                      int64_t queries, int64_t keys) {
    auto op = llvm::cast<Op>(instr.op);
    Clauses clauses;
    clauses.scale = op.getScale().convertToDouble();
    if (op.getSoftcap())
      clauses.softcap = op.getSoftcap()->convertToDouble();
    if (llvm::Error error =
            clauses.mask.bind(op, operandOf(frame, instr, op.getMask()), op.getMask(), {batch, heads, queries, keys}))
      return std::move(error);
    clauses.sink = operandOf(frame, instr, op.getSink());
    if (llvm::Error error = expectSink(op, clauses.sink, heads))
      return std::move(error);
    llvm::Expected<Visibility> visibility = Visibility::bind(frame, instr, batch, queries, keys);
    if (!visibility)
      return visibility.takeError();
    clauses.visibility = std::move(*visibility);
    return clauses;
  }
};

/// Whether key t of batch entry b is there at all.
using KeyPredicate = llvm::function_ref<bool(int64_t b, int64_t t)>;

/// q [B, H, S, D], k [B, Hkv, T, D], v [B, Hkv, T, Dv], whose shapes fit; sets the results: out [B, H, S, Dv] and, if
/// the operation has a second one, lse [B, H, S].
llvm::Error attend(Frame &frame, const Instr &instr, const Datum &q, const Datum &k, const Datum &v,
                   const Clauses &clauses, KeyPredicate isThere = {});

/// The keys (k_nope ‖ k_pe) [B, H, T, Dn + R] and values [B, H, T, Dv] of every head from latents. q_nope and w_kv
/// give the sizes.
llvm::Expected<std::pair<Datum, Datum>> expandLatents(mlir::Operation *op, const Datum &qNope, const Datum &latent,
                                                      const Datum &kPe, const Datum &wKv);

} // namespace hadal

#endif // HADAL_LIB_REFERENCE_ATTEND_H
