//===- Compress.h - Blocks of tokens compressed to one entry each -*- C++ -*-===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_LIB_TRANSFORMS_RAISE_COMPRESS_H
#define HADAL_LIB_TRANSFORMS_RAISE_COMPRESS_H

#include "Raise.h"

namespace hadal::raise {

/// The tensors and numbers of a hadal.compress.
struct Compressed {
  Compression kind = Compression::Mean;
  int64_t length = 1, stride = 1;
  std::optional<Activation> activation;
  mlir::Value tokens; // [B, Hkv, T, D]
  mlir::Value weight, w1, bias1, w2, bias2, pe;
};

/// Matches compressed entries.
class CompressMatcher {
public:
  /// `point` is [b, g, i, c] of an entry; there are `tokens` tokens of `channels` channels.
  CompressMatcher(Context &context, Elements &elements, const Indices &point, int64_t tokens, int64_t channels)
      : context(context), elements(elements), point(point), tokens(tokens), channels(channels) {}

  std::optional<Compressed> match(const Term &entry);
  /// What the entries are multiplied by, elsewhere.
  double scale = 1;
  /// Why there is none.
  std::string reason = "its entries are neither means nor products of blocks of tokens";

private:
  std::optional<Compressed> matchSum(const Term &entry);
  std::optional<Compressed> matchLayers(const Term &entry);
  bool matchHidden(const Term &hidden, const Poly &f, Compressed &result);
  bool matchWindow(const Term &element, const Poly &r, const Poly &c, Compressed &result);
  mlir::Value tokensOf(const Term &element, const Poly &r, const Poly &c, int64_t &stride);
  mlir::Value parameter(const Term &term, llvm::ArrayRef<Poly> index);

  Context &context;
  Elements &elements;
  Indices point;
  int64_t tokens, channels;
};

} // namespace hadal::raise

#endif // HADAL_LIB_TRANSFORMS_RAISE_COMPRESS_H
