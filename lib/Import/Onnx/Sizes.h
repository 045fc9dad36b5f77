//===- Sizes.h - The symbols of a model's sizes ----------------*- C++ -*-===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Where the symbols of SizeExprs come from (dimensions of arguments; minima and
// rounded quotients of sizes; numbers that the model computes), what is known
// about them, and how an expression becomes an SSA value. Sizes that depend on
// arguments alone stand at the start of the function, each once.
//
// A model is often right only under conditions that it does not state: a slice
// [0:1] of a dimension `seq` has one element if seq ≥ 1. Such a condition is
// taken as an assumption and, where it is one on the inputs' shapes, kept in
// `assumptions()`; what cannot be settled in this way is computed at run time.
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_IMPORT_ONNX_SIZES_H
#define HADAL_IMPORT_ONNX_SIZES_H

#include "SizeExpr.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/OpDefinition.h"

#include "llvm/ADT/StringMap.h"

#include <vector>

namespace hadal::onnx {

class Sizes {
public:
  /// `builder` stands at the end of the function's only block.
  Sizes(mlir::OpBuilder &builder, mlir::Location loc) : builder(builder), loc(loc) {}

  // Symbols. Equal requests give equal symbols.
  SizeExpr ofArgument(llvm::StringRef name, mlir::BlockArgument argument, int64_t dim);
  /// A number that the model computes; `isSize` if it cannot be negative.
  SizeExpr ofValue(mlir::Value index, bool isSize);
  SizeExpr min(const SizeExpr &a, const SizeExpr &b);
  SizeExpr max(const SizeExpr &a, const SizeExpr &b);
  /// a / b rounded down, b > 0.
  SizeExpr floorDiv(const SizeExpr &a, const SizeExpr &b);

  // Knowledge.
  bool isNonNegative(const SizeExpr &e);
  bool isAtMost(const SizeExpr &a, const SizeExpr &b) { return isNonNegative(b - a); }
  bool areEqual(const SizeExpr &a, const SizeExpr &b);
  bool areDifferent(const SizeExpr &a, const SizeExpr &b);
  /// Whether e ≥ 0 holds, if need be when no dimension named in it is empty.
  bool assumeNonNegative(const SizeExpr &e);
  /// Whether c − e ≥ 0 may be assumed for a constant c and sizes e of arguments: a table is as long as it is used.
  bool assumeBelowConstant(const SizeExpr &e);
  /// Whether e = 1 holds once no dimension of an argument is empty: max(1 − seq, 0) + 1.
  bool assumeOne(const SizeExpr &e);
  /// Whether a = b holds or may be assumed; false if they differ for certain.
  /// `assumed` tells that it was not known before.
  bool assumeEqual(const SizeExpr &a, const SizeExpr &b, bool &assumed);
  /// `e` with everything that is known about its symbols filled in.
  SizeExpr normalize(const SizeExpr &e);
  llvm::ArrayRef<std::string> assumptions() const { return assumed; }

  // Emission.
  mlir::Value value(const SizeExpr &e);
  mlir::OpFoldResult fold(const SizeExpr &e);
  llvm::SmallVector<mlir::OpFoldResult> fold(llvm::ArrayRef<SizeExpr> dims);
  std::string str(const SizeExpr &e) const;

private:
  enum class Kind { Argument, Value, Min, Max, FloorDiv };
  struct SymbolInfo {
    std::string name;
    Kind kind;
    bool early; // depends on arguments alone
    std::optional<int64_t> lowerBound;
    mlir::Value value; // null until needed
    mlir::BlockArgument argument = {};
    int64_t dim = 0;
    llvm::SmallVector<SizeExpr, 2> operands = {};
    std::optional<SizeExpr> replacement = {};
    llvm::SmallVector<SizeExpr, 2> facts = {}; // each is ≥ 0
  };

  /// The symbol for an operation on a and b; each of `facts`, which see the symbol, is ≥ 0.
  SizeExpr derived(Kind kind, llvm::StringRef spelling, const SizeExpr &a, const SizeExpr &b,
                   llvm::function_ref<llvm::SmallVector<SizeExpr, 2>(SizeExpr)> facts);
  SizeExpr add(SymbolInfo info);
  SizeExpr recomputed(const SizeExpr &e);
  void collectArguments(const SizeExpr &e, llvm::SmallVectorImpl<SizeExpr::Symbol> &arguments) const;
  bool holdsByBounds(const SizeExpr &e) const;
  bool isEarly(const SizeExpr &e) const;
  mlir::Value symbolValue(SizeExpr::Symbol symbol);
  mlir::Value emit(SizeExpr::Symbol symbol);
  mlir::Value cached(const SizeExpr &e, bool early, llvm::function_ref<mlir::Value(mlir::OpBuilder &)> make);

  mlir::OpBuilder &builder;
  mlir::Location loc;
  std::vector<SymbolInfo> symbols;
  llvm::StringMap<SizeExpr::Symbol> byName;
  std::vector<SizeExpr> zeros; // differences of what was assumed to be equal
  std::vector<std::string> assumed;
  llvm::StringMap<mlir::Value> values; // by printed expression
  mlir::Operation *lastEarly = nullptr;
};

} // namespace hadal::onnx

#endif // HADAL_IMPORT_ONNX_SIZES_H
