//===- SizeExpr.cpp - Polynomials over the sizes of a model ---------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "SizeExpr.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"

using namespace llvm;
using namespace hadal::onnx;

using Symbols = SmallVector<SizeExpr::Symbol, 2>;

/// Graded lexicographic order: compatible with multiplication, so that the
/// first term of a product is the product of the first terms.
static bool before(const Symbols &a, const Symbols &b) {
  if (a.size() != b.size())
    return a.size() > b.size();
  return std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end());
}

static Symbols product(const Symbols &a, const Symbols &b) {
  Symbols result;
  std::merge(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(result));
  return result;
}

SizeExpr::SizeExpr(int64_t constant) {
  if (constant != 0)
    parts.push_back({{}, constant});
}

SizeExpr SizeExpr::symbol(Symbol symbol) {
  SizeExpr result;
  result.parts.push_back({{symbol}, 1});
  return result;
}

SizeExpr SizeExpr::overflow() {
  SizeExpr result;
  result.valid = false;
  return result;
}

std::optional<int64_t> SizeExpr::constant() const {
  if (!valid)
    return std::nullopt;
  if (parts.empty())
    return 0;
  if (parts.size() == 1 && parts.front().symbols.empty())
    return parts.front().coefficient;
  return std::nullopt;
}

std::optional<SizeExpr::Symbol> SizeExpr::asSymbol() const {
  if (valid && parts.size() == 1 && parts.front().coefficient == 1 && parts.front().symbols.size() == 1)
    return parts.front().symbols.front();
  return std::nullopt;
}

void SizeExpr::collectSymbols(SmallVectorImpl<Symbol> &symbols) const {
  for (const Term &term : parts)
    for (Symbol symbol : term.symbols)
      if (!is_contained(symbols, symbol))
        symbols.push_back(symbol);
}

void SizeExpr::add(Term term) {
  auto *at = llvm::lower_bound(parts, term, [](const Term &a, const Term &b) { return before(a.symbols, b.symbols); });
  if (at == parts.end() || at->symbols != term.symbols) {
    if (term.coefficient != 0)
      parts.insert(at, std::move(term));
    return;
  }
  if (AddOverflow(at->coefficient, term.coefficient, at->coefficient))
    *this = overflow();
  else if (at->coefficient == 0)
    parts.erase(at);
}

SizeExpr SizeExpr::operator+(const SizeExpr &other) const {
  if (!valid || !other.valid)
    return overflow();
  SizeExpr result = *this;
  for (const Term &term : other.parts) {
    result.add(term);
    if (!result.valid)
      break;
  }
  return result;
}

SizeExpr SizeExpr::operator-(const SizeExpr &other) const { return *this + other * SizeExpr(-1); }

SizeExpr SizeExpr::operator*(const SizeExpr &other) const {
  if (!valid || !other.valid)
    return overflow();
  SizeExpr result;
  for (const Term &a : parts) {
    for (const Term &b : other.parts) {
      Term term{product(a.symbols, b.symbols), 0};
      if (MulOverflow(a.coefficient, b.coefficient, term.coefficient))
        return overflow();
      result.add(std::move(term));
      if (!result.valid)
        return result;
    }
  }
  return result;
}

std::optional<SizeExpr> SizeExpr::dividedBy(const SizeExpr &divisor) const {
  if (!valid || !divisor.valid || divisor.parts.empty())
    return std::nullopt;
  // Long division: the first term of the rest is the divisor's first times one of the quotient's.
  const Term &lead = divisor.parts.front();
  SizeExpr rest = *this, quotient;
  while (!rest.parts.empty()) {
    const Term &first = rest.parts.front();
    if (!std::includes(first.symbols.begin(), first.symbols.end(), lead.symbols.begin(), lead.symbols.end()) ||
        lead.coefficient == -1 || first.coefficient % lead.coefficient != 0)
      return std::nullopt;
    SizeExpr factor;
    Term term{{}, first.coefficient / lead.coefficient};
    std::set_difference(first.symbols.begin(), first.symbols.end(), lead.symbols.begin(), lead.symbols.end(),
                        std::back_inserter(term.symbols));
    factor.parts.push_back(std::move(term));
    quotient = quotient + factor;
    rest = rest - factor * divisor;
    if (!rest.valid || !quotient.valid)
      return std::nullopt;
  }
  return quotient;
}

SizeExpr SizeExpr::substitute(function_ref<SizeExpr(Symbol)> replacement) const {
  if (!valid)
    return *this;
  SizeExpr result;
  for (const Term &term : parts) {
    SizeExpr factor(term.coefficient);
    for (Symbol symbol : term.symbols)
      factor = factor * replacement(symbol);
    result = result + factor;
  }
  return result;
}

std::string SizeExpr::str(function_ref<std::string(Symbol)> name) const {
  if (!valid)
    return "?";
  std::string text;
  for (const Term &term : parts) {
    uint64_t magnitude = AbsoluteValue(term.coefficient);
    if (text.empty())
      text += term.coefficient < 0 ? "-" : "";
    else
      text += term.coefficient < 0 ? " - " : " + ";
    bool first = true;
    if (magnitude != 1 || term.symbols.empty()) {
      text += std::to_string(magnitude);
      first = false;
    }
    for (Symbol symbol : term.symbols) {
      text += (first ? "" : "*") + name(symbol);
      first = false;
    }
  }
  return text.empty() ? "0" : text;
}
