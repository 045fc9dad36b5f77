//===- OpUtils.h - What verifiers and shapes of hadal ops share -*- C++ -*-===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_DIALECTS_HADAL_IR_OPUTILS_H
#define HADAL_DIALECTS_HADAL_IR_OPUTILS_H

#include "dialects/Hadal/IR/Hadal.h"

#include "llvm/Support/MathExtras.h"

namespace hadal::detail {

inline mlir::RankedTensorType tensorType(mlir::Value value) {
  return llvm::cast<mlir::RankedTensorType>(value.getType());
}

inline int64_t rankOf(mlir::Value value) { return tensorType(value).getRank(); }
inline mlir::Type elementOf(mlir::Value value) { return tensorType(value).getElementType(); }

/// The size of a dimension, counted from the end if negative; kDynamic where it is not known.
inline int64_t sizeOf(mlir::Value value, int64_t dim) {
  return tensorType(value).getDimSize(dim < 0 ? dim + rankOf(value) : dim);
}

/// Whether two sizes may be equal: a dynamic one agrees with anything.
inline bool agree(int64_t a, int64_t b) {
  return a == b || mlir::ShapedType::isDynamic(a) || mlir::ShapedType::isDynamic(b);
}

inline bool agree(llvm::ArrayRef<int64_t> a, llvm::ArrayRef<int64_t> b) {
  return a.size() == b.size() &&
         llvm::all_of(llvm::zip(a, b), [](auto pair) { return agree(std::get<0>(pair), std::get<1>(pair)); });
}

/// a · b and a + b; dynamic if either is, or if the result is beyond 64 bits.
inline int64_t product(int64_t a, int64_t b) {
  int64_t result;
  if (mlir::ShapedType::isDynamic(a) || mlir::ShapedType::isDynamic(b) || llvm::MulOverflow(a, b, result))
    return mlir::ShapedType::kDynamic;
  return result;
}
inline int64_t sum(int64_t a, int64_t b) {
  int64_t result;
  if (mlir::ShapedType::isDynamic(a) || mlir::ShapedType::isDynamic(b) || llvm::AddOverflow(a, b, result))
    return mlir::ShapedType::kDynamic;
  return result;
}

inline bool sameElement(mlir::ValueRange values) {
  return llvm::all_of(values, [&](mlir::Value value) { return elementOf(value) == elementOf(values.front()); });
}

/// Whether `whole` is a multiple of `part`, as heads are of kv heads; a dynamic size may be.
inline bool isMultiple(int64_t whole, int64_t part) {
  return mlir::ShapedType::isDynamic(whole) || mlir::ShapedType::isDynamic(part) || (part > 0 && whole % part == 0);
}

/// Whether a number, if there is one, is finite and above 0.
inline bool isPositive(std::optional<llvm::APFloat> number) {
  return !number || (number->isFinite() && !number->isNegative() && !number->isZero());
}

/// Whether a count is at least 1 and counts in i32.
inline bool fitsI32(int64_t value) { return value >= 1 && value <= std::numeric_limits<int32_t>::max(); }

/// Whether `parameter` has one entry for each head, or one for all, and then `shape`.
inline bool isPerHead(mlir::Value parameter, int64_t heads, llvm::ArrayRef<int64_t> shape) {
  llvm::ArrayRef<int64_t> own = tensorType(parameter).getShape();
  return own.size() == shape.size() + 1 && (own[0] == 1 || agree(own[0], heads)) && agree(own.drop_front(), shape);
}

/// Whether each dimension of `mask` is 1 or that of `shape`.
bool broadcasts(mlir::Value mask, llvm::ArrayRef<int64_t> shape);

/// Whether the lengths and offsets of a VisibilityOpInterface are [B], at most one of `offset` and `offsets` is given,
/// and a window is at least 1 and causal; reports the first that is not so.
mlir::LogicalResult verifyVisibility(mlir::Operation *op, int64_t batch);

/// Whether cos and sin are both [B or 1, S, R/2].
bool areAngles(mlir::Value cos, mlir::Value sin, int64_t batch, int64_t length, int64_t rotated);

/// The product of sizes (and of a factor), for costs; none if one is dynamic.
std::optional<int64_t> countOf(llvm::ArrayRef<int64_t> sizes, int64_t factor = 1);

/// Whether each of the first `count` operand segments has one operand.
bool hasRequiredOperands(mlir::Operation &op, int64_t count, int64_t other);

/// Prints a shape as in a type: 2x?x64.
std::string shapeText(llvm::ArrayRef<int64_t> shape);

/// The size of a dimension as a constant or a value, counted from the end if negative.
mlir::OpFoldResult mixedSize(mlir::OpBuilder &builder, mlir::Value tensor, int64_t dim);

//===----------------------------------------------------------------------===//
// Syntax of hadal.route
//===----------------------------------------------------------------------===//

/// `groups G keep K by max|sum2`; one group where there is none.
mlir::ParseResult parseRouteGroups(mlir::OpAsmParser &parser, mlir::IntegerAttr &groups, mlir::IntegerAttr &kept,
                                   GroupScoreAttr &score);
void printRouteGroups(mlir::OpAsmPrinter &printer, mlir::Operation *op, mlir::IntegerAttr groups,
                      mlir::IntegerAttr kept, GroupScoreAttr score);

/// `scale S normalize epsilon E` or `… floor E`; each part may be missing.
mlir::ParseResult parseRouteWeights(mlir::OpAsmParser &parser, mlir::FloatAttr &scale, mlir::UnitAttr &normalize,
                                    mlir::FloatAttr &epsilon, mlir::UnitAttr &floor);
void printRouteWeights(mlir::OpAsmPrinter &printer, mlir::Operation *op, mlir::FloatAttr scale,
                       mlir::UnitAttr normalize, mlir::FloatAttr epsilon, mlir::UnitAttr floor);

} // namespace hadal::detail

namespace hadal {
/// An activation that is an optional clause: upstream parses none without `#`.
mlir::ParseResult parseOptionalActivation(mlir::OpAsmParser &parser, ActivationAttr &activation);
void printOptionalActivation(mlir::OpAsmPrinter &printer, mlir::Operation *op, ActivationAttr activation);

/// The layout of the RoPE clause of hadal.csa and hadal.hca.
mlir::ParseResult parseEntryLayout(mlir::OpAsmParser &parser, RopeLayoutAttr &layout);
void printEntryLayout(mlir::OpAsmPrinter &printer, mlir::Operation *op, RopeLayoutAttr layout);
} // namespace hadal

#endif // HADAL_DIALECTS_HADAL_IR_OPUTILS_H
