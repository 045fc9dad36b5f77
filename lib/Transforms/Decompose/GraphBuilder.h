//===- GraphBuilder.h - linalg by index letters -----------------*- C++ -*-===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What decompositions are written in: tensors as linalg and tensor ops, with
// loops named by letters. Scores of attention, and what a mask leaves of them:
//
//   Value z = g.contract("bhsd,bhtd->bhst", q, k);
//   Value masked = g.map("bhst,t->bhst", {z, mask}, f32, [&](Cell &c) { return c.select(c[1], c[0],
//   c.number(-INFINITY)); });
//
// A letter stands for one loop. Sizes come from the operands that have the
// letter; those that no operand has are given by `with`.
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_LIB_TRANSFORMS_DECOMPOSE_GRAPHBUILDER_H
#define HADAL_LIB_TRANSFORMS_DECOMPOSE_GRAPHBUILDER_H

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace hadal {

/// The body of a structured op: its scalars, and where in the iteration space it is.
class Cell {
public:
  Cell(mlir::OpBuilder &builder, mlir::Location loc, mlir::ValueRange args, llvm::StringRef letters)
      : b(loc, builder), args(args), letters(letters) {}

  mlir::ImplicitLocOpBuilder b;

  mlir::Value operator[](unsigned index) const { return args[index]; }
  /// The loop's counter, of type index; as i64.
  mlir::Value index(char letter);
  mlir::Value position(char letter);
  /// A float of type f32, an i64.
  mlir::Value number(double value);
  mlir::Value integer(int64_t value);
  /// To f32; to i64.
  mlir::Value toFloat(mlir::Value value);
  mlir::Value toInt(mlir::Value value);

  mlir::Value add(mlir::Value a, mlir::Value b);
  mlir::Value sub(mlir::Value a, mlir::Value b);
  mlir::Value mul(mlir::Value a, mlir::Value b);
  mlir::Value select(mlir::Value condition, mlir::Value a, mlir::Value b);
  /// Signed (or ordered) comparison of two integers (or floats).
  mlir::Value less(mlir::Value a, mlir::Value b);
  mlir::Value lessEqual(mlir::Value a, mlir::Value b);
  mlir::Value equal(mlir::Value a, mlir::Value b);
  mlir::Value both(mlir::Value a, mlir::Value b);
  mlir::Value either(mlir::Value a, mlir::Value b);

private:
  mlir::ValueRange args;
  llvm::StringRef letters;
};

class GraphBuilder {
public:
  using Body = llvm::function_ref<mlir::Value(Cell &)>;
  using Sizes = llvm::ArrayRef<std::pair<char, mlir::OpFoldResult>>;

  GraphBuilder(mlir::OpBuilder &builder, mlir::Location loc) : b(loc, builder) {}

  mlir::ImplicitLocOpBuilder b;

  static mlir::RankedTensorType type(mlir::Value tensor) {
    return llvm::cast<mlir::RankedTensorType>(tensor.getType());
  }
  mlir::OpFoldResult size(mlir::Value tensor, int64_t dim);
  mlir::OpFoldResult number(int64_t value) { return b.getIndexAttr(value); }
  mlir::OpFoldResult sum(mlir::OpFoldResult a, mlir::OpFoldResult b);
  mlir::OpFoldResult product(mlir::OpFoldResult a, mlir::OpFoldResult b);

  /// `body` at each point of the output's letters; inputs may lack letters (they repeat).
  /// "bhst,t->bhst". `element` is the type that the body gives.
  mlir::Value map(llvm::StringRef spec, mlir::ValueRange inputs, mlir::Type element, Body body, Sizes with = {});
  /// Folds over the letters that the output lacks, from `init`: the body's last scalar is what was folded so far.
  mlir::Value reduce(llvm::StringRef spec, mlir::ValueRange inputs, mlir::Value init, Body body, Sizes with = {});

  /// Σ of products in f32, whatever floats a and b are.
  mlir::Value contract(llvm::StringRef spec, mlir::Value a, mlir::Value b);
  /// Σ, or the maximum (of an empty range −∞, NaN if one is NaN), in f32.
  mlir::Value sum(llvm::StringRef spec, mlir::Value x);
  mlir::Value maximum(llvm::StringRef spec, mlir::Value x);
  /// Elements converted (floats to floats, integers to integers), rounded to nearest even.
  mlir::Value convert(mlir::Value x, mlir::Type element);
  mlir::Value wide(mlir::Value x) { return convert(x, b.getF32Type()); }
  /// A tensor of one number, converted to `element`.
  mlir::Value fill(llvm::ArrayRef<mlir::OpFoldResult> sizes, mlir::Type element, double value);
  /// Reorders dimensions: "bhsd->bshd".
  mlir::Value transpose(llvm::StringRef spec, mlir::Value x);

  /// x[offset : offset + length] in dimension `dim`.
  mlir::Value slice(mlir::Value x, int64_t dim, mlir::OpFoldResult offset, mlir::OpFoldResult length);
  mlir::Value concat(int64_t dim, mlir::ValueRange parts);
  /// Dimensions merged or split (a dynamic size may be split only if all its parts but one are static).
  mlir::Value collapse(mlir::Value x, llvm::ArrayRef<mlir::ReassociationIndices> groups);
  mlir::Value expand(mlir::Value x, llvm::ArrayRef<mlir::ReassociationIndices> groups,
                     llvm::ArrayRef<mlir::OpFoldResult> sizes);
  /// `x` as a tensor of `type` (dynamic dimensions may become static and back).
  mlir::Value cast(mlir::Value x, mlir::Type type);

private:
  mlir::Value generic(llvm::StringRef spec, mlir::ValueRange inputs, mlir::Value init, mlir::Type element, Body body,
                      Sizes with);
};

/// "abc" for rank 3.
std::string lettersFor(int64_t rank);

/// Whether a tensor has a size of 0.
inline bool isEmpty(mlir::Value tensor) { return llvm::is_contained(GraphBuilder::type(tensor).getShape(), 0); }

/// `x` as a value of the type of `result`, which it stands for.
inline mlir::Value asResult(GraphBuilder &g, mlir::Value x, mlir::Value result) {
  mlir::RankedTensorType type = GraphBuilder::type(result);
  return g.cast(g.convert(x, type.getElementType()), type);
}

/// A tensor type with the static ones of `sizes`.
mlir::RankedTensorType tensorTypeOf(llvm::ArrayRef<mlir::OpFoldResult> sizes, mlir::Type element);

} // namespace hadal

#endif // HADAL_LIB_TRANSFORMS_DECOMPOSE_GRAPHBUILDER_H
