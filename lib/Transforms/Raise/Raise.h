//===- Raise.h - The matchers of --hadal-raise -----------------*- C++ -*-===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_LIB_TRANSFORMS_RAISE_RAISE_H
#define HADAL_LIB_TRANSFORMS_RAISE_RAISE_H

#include "Elements.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/PatternMatch.h"

namespace hadal::raise {

/// What a matcher needs besides the operation that it looks at.
class Context {
public:
  explicit Context(mlir::RewriterBase &rewriter) : rewriter(rewriter) {}

  mlir::RewriterBase &rewriter;

  /// Reports that the subgraph that ends in `op` is almost `kind`, as a remark. `anchor` is the operation that makes
  /// it so; it is reported once, however many ends are tried. Always a failure.
  mlir::LogicalResult miss(mlir::Operation *op, llvm::StringRef kind, mlir::Operation *anchor,
                           const llvm::Twine &reason);

  /// Counts what was recognised into attributes of the module, with the near-misses.
  void record(mlir::ModuleOp module);

private:
  llvm::DenseSet<std::pair<llvm::hash_code, mlir::Operation *>> reported;
  llvm::SmallVector<mlir::Attribute> missed;
};

/// A matcher looks at one operation as the end of a subgraph; it succeeds if it has replaced it.
using Matcher = mlir::LogicalResult (*)(mlir::Operation *op, Context &context);

mlir::LogicalResult raiseRMSNorm(mlir::Operation *op, Context &context);
mlir::LogicalResult raiseLayerNorm(mlir::Operation *op, Context &context);
mlir::LogicalResult raiseRope(mlir::Operation *op, Context &context);
mlir::LogicalResult raiseCacheAppend(mlir::Operation *op, Context &context);
mlir::LogicalResult raiseAttention(mlir::Operation *op, Context &context);
mlir::LogicalResult raiseNsa(mlir::Operation *op, Context &context);
mlir::LogicalResult raiseMoba(mlir::Operation *op, Context &context);
mlir::LogicalResult simplifyMask(mlir::Operation *op, Context &context);
mlir::LogicalResult raiseLatentProjection(mlir::Operation *op, Context &context);
mlir::LogicalResult raiseAbsorbedAttention(mlir::Operation *op, Context &context);
mlir::LogicalResult raiseDsa(mlir::Operation *op, Context &context);
mlir::LogicalResult raiseDsaGather(mlir::Operation *op, Context &context);
mlir::LogicalResult raiseIndexer(mlir::Operation *op, Context &context);
mlir::LogicalResult raiseLatentAttention(mlir::Operation *op, Context &context);
mlir::LogicalResult raiseRoute(mlir::Operation *op, Context &context);
mlir::LogicalResult raiseMoe(mlir::Operation *op, Context &context);

/// Reports each router whose experts were not recognised.
void reportUnraisedExperts(mlir::Block &block, Context &context);

/// Scatters that write slices become slices, and slices that make up a tensor a concatenation.
void populatePreparation(mlir::RewritePatternSet &patterns);

/// The sizes of a tensor, from what made it where that knows them.
llvm::SmallVector<mlir::OpFoldResult> knownSizes(mlir::OpBuilder &builder, mlir::Value tensor);

/// `value` with elements of the float type `type`, by rounding or widening.
mlir::Value withType(mlir::OpBuilder &builder, mlir::Value value, mlir::Type type);

/// A tensor whose elements are `term` at `index`, of `type` (default: the term's). An index is 0 (a dimension of size
/// 1), a variable, or several in mixed radix, such as h·S + s: a dimension for both. Others are looked for as they
/// are, and say nothing of the size. What stands in the term's chain is taken, sliced, transposed and reshaped; where
/// nothing there fits, element-wise arithmetic is computed once more from what fits. Null if that fails too.
mlir::Value materialize(Context &context, Elements &elements, const Term &term, const Indices &index,
                        mlir::Type type = {});

} // namespace hadal::raise

#endif // HADAL_LIB_TRANSFORMS_RAISE_RAISE_H
