//===- SizeExpr.h - Polynomials over the sizes of a model ------*- C++ -*-===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A size of a dimension, or an element of a shape tensor, is a polynomial with
// integer coefficients over symbols such as `batch` and `seq`. In this form two
// equal sizes are equal objects, and a Reshape's -1 is an exact division:
//
//   4·batch·seq·192 / 768  =  batch·seq
//
// What is no polynomial (a minimum, a rounded division, a number that the model
// computes) becomes a symbol of its own: see Sizes.h.
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_IMPORT_ONNX_SIZEEXPR_H
#define HADAL_IMPORT_ONNX_SIZEEXPR_H

#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/SmallVector.h"

#include <cstdint>
#include <optional>
#include <string>

namespace hadal::onnx {

class SizeExpr {
public:
  using Symbol = unsigned;
  /// A product of symbols (ascending, with repetition) and its coefficient.
  struct Term {
    llvm::SmallVector<Symbol, 2> symbols;
    int64_t coefficient;
    bool operator==(const Term &other) const { return coefficient == other.coefficient && symbols == other.symbols; }
  };

  SizeExpr(int64_t constant = 0);
  static SizeExpr symbol(Symbol symbol);
  /// What an operation gives whose exact result does not fit 64 bits.
  static SizeExpr overflow();

  bool isValid() const { return valid; }
  std::optional<int64_t> constant() const;
  bool isConstant(int64_t value) const { return constant() == value; }
  /// The symbol, if the expression is one.
  std::optional<Symbol> asSymbol() const;
  llvm::ArrayRef<Term> terms() const { return parts; }
  void collectSymbols(llvm::SmallVectorImpl<Symbol> &symbols) const;

  SizeExpr operator+(const SizeExpr &other) const;
  SizeExpr operator-(const SizeExpr &other) const;
  SizeExpr operator*(const SizeExpr &other) const;
  /// Exact quotient, if there is one.
  std::optional<SizeExpr> dividedBy(const SizeExpr &divisor) const;
  /// Each symbol replaced by an expression.
  SizeExpr substitute(llvm::function_ref<SizeExpr(Symbol)> replacement) const;

  bool operator==(const SizeExpr &other) const { return valid == other.valid && parts == other.parts; }
  bool operator!=(const SizeExpr &other) const { return !(*this == other); }

  /// E.g. "4*batch*seq", "past + 1".
  std::string str(llvm::function_ref<std::string(Symbol)> name) const;

private:
  void add(Term term);

  llvm::SmallVector<Term, 1> parts; // by decreasing degree, then by symbols; no zero coefficients
  bool valid = true;
};

} // namespace hadal::onnx

#endif // HADAL_IMPORT_ONNX_SIZEEXPR_H
