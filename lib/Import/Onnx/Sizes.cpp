//===- Sizes.cpp - The symbols of a model's sizes -------------------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Sizes.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace llvm;
using namespace mlir;
using namespace hadal::onnx;

SizeExpr Sizes::add(SymbolInfo info) {
  auto [entry, isNew] = byName.try_emplace(info.name, symbols.size());
  if (isNew)
    symbols.push_back(std::move(info));
  return normalize(SizeExpr::symbol(entry->second));
}

SizeExpr Sizes::ofArgument(StringRef name, BlockArgument argument, int64_t dim) {
  return add({name.str(), Kind::Argument, /*early=*/true, /*lowerBound=*/0, /*value=*/{}, argument, dim});
}

SizeExpr Sizes::ofValue(Value index, bool isSize) {
  // '?' cannot stand in the name of a dimension that the model declares.
  return add({"?" + std::to_string(symbols.size()), Kind::Value, /*early=*/false,
              isSize ? std::optional<int64_t>(0) : std::nullopt, index});
}

SizeExpr Sizes::derived(Kind kind, StringRef spelling, const SizeExpr &a, const SizeExpr &b,
                        llvm::function_ref<SmallVector<SizeExpr, 2>(SizeExpr)> facts) {
  if (!a.isValid() || !b.isValid())
    return SizeExpr::overflow();
  bool bothSizes = isNonNegative(a) && isNonNegative(b);
  SymbolInfo info{(spelling + "(" + str(a) + ", " + str(b) + ")").str(), kind, isEarly(a) && isEarly(b),
                  bothSizes ? std::optional<int64_t>(0) : std::nullopt, /*value=*/{}};
  info.operands = {a, b};
  info.facts = facts(SizeExpr::symbol(symbols.size()));
  return add(std::move(info));
}

SizeExpr Sizes::min(const SizeExpr &a, const SizeExpr &b) {
  if (isAtMost(a, b))
    return a;
  if (isAtMost(b, a))
    return b;
  if (str(b) < str(a))
    return min(b, a); // one symbol for both orders
  return derived(Kind::Min, "min", a, b, [&](SizeExpr m) { return SmallVector<SizeExpr, 2>{a - m, b - m}; });
}

SizeExpr Sizes::max(const SizeExpr &a, const SizeExpr &b) {
  if (isAtMost(a, b))
    return b;
  if (isAtMost(b, a))
    return a;
  if (str(b) < str(a))
    return max(b, a);
  return derived(Kind::Max, "max", a, b, [&](SizeExpr m) { return SmallVector<SizeExpr, 2>{m - a, m - b}; });
}

SizeExpr Sizes::floorDiv(const SizeExpr &a, const SizeExpr &b) {
  if (std::optional<SizeExpr> exact = a.dividedBy(b))
    return *exact;
  std::optional<int64_t> numerator = a.constant(), denominator = b.constant();
  if (numerator && denominator && *denominator > 0)
    return SizeExpr(llvm::divideFloorSigned(*numerator, *denominator));
  return derived(Kind::FloorDiv, "floordiv", a, b,
                 [&](SizeExpr q) { return SmallVector<SizeExpr, 2>{a - q * b, q * b + b - SizeExpr(1) - a}; });
}

/// With x = x' + bound, x' ≥ 0, a polynomial without negative coefficients in
/// the x' is not negative.
bool Sizes::holdsByBounds(const SizeExpr &e) const {
  if (!e.isValid())
    return false;
  SmallVector<SizeExpr::Symbol> used;
  e.collectSymbols(used);
  if (any_of(used, [&](SizeExpr::Symbol symbol) { return !symbols[symbol].lowerBound; }))
    return false;
  SizeExpr shifted = e.substitute(
      [&](SizeExpr::Symbol symbol) { return SizeExpr::symbol(symbol) + SizeExpr(*symbols[symbol].lowerBound); });
  return shifted.isValid() && all_of(shifted.terms(), [](const SizeExpr::Term &term) { return term.coefficient > 0; });
}

bool Sizes::isNonNegative(const SizeExpr &e) {
  SizeExpr known = normalize(e);
  if (std::optional<int64_t> number = known.constant())
    return *number >= 0;
  if (holdsByBounds(known))
    return true;
  SmallVector<SizeExpr::Symbol> used;
  known.collectSymbols(used);
  return any_of(used, [&](SizeExpr::Symbol symbol) {
    return any_of(symbols[symbol].facts, [&](const SizeExpr &fact) { return holdsByBounds(known - normalize(fact)); });
  });
}

bool Sizes::areEqual(const SizeExpr &a, const SizeExpr &b) {
  SizeExpr difference = normalize(a - b);
  return difference.isValid() && (difference.isConstant(0) || is_contained(zeros, difference));
}

bool Sizes::areDifferent(const SizeExpr &a, const SizeExpr &b) {
  return isNonNegative(a - b - SizeExpr(1)) || isNonNegative(b - a - SizeExpr(1));
}

bool Sizes::assumeNonNegative(const SizeExpr &e) {
  if (isNonNegative(e))
    return true;
  SmallVector<SizeExpr::Symbol> used;
  normalize(e).collectSymbols(used);
  SmallVector<SizeExpr::Symbol> raised;
  for (SizeExpr::Symbol symbol : used) {
    if (symbols[symbol].kind != Kind::Argument || symbols[symbol].lowerBound != 0)
      continue;
    symbols[symbol].lowerBound = 1;
    raised.push_back(symbol);
  }
  bool holds = !raised.empty() && isNonNegative(e);
  for (SizeExpr::Symbol symbol : raised) {
    // Keep only what the proof needs.
    symbols[symbol].lowerBound = 0;
    if (!holds || isNonNegative(e))
      continue;
    symbols[symbol].lowerBound = 1;
    assumed.push_back(symbols[symbol].name + " >= 1");
  }
  return holds;
}

bool Sizes::assumeBelowConstant(const SizeExpr &e) {
  SizeExpr known = normalize(e);
  SmallVector<SizeExpr::Symbol> used;
  known.collectSymbols(used);
  bool isOfArguments = all_of(used, [&](SizeExpr::Symbol symbol) { return symbols[symbol].kind == Kind::Argument; });
  bool hasConstant =
      any_of(known.terms(), [](const SizeExpr::Term &term) { return term.symbols.empty() && term.coefficient > 0; });
  bool othersAreTaken =
      all_of(known.terms(), [](const SizeExpr::Term &term) { return term.symbols.empty() || term.coefficient < 0; });
  if (used.empty() || !isOfArguments || !hasConstant || !othersAreTaken)
    return false;
  symbols[used.front()].facts.push_back(known);
  assumed.push_back(str(known) + " >= 0");
  return true;
}

/// `e` with minima, maxima and quotients taken again, by what is known now.
SizeExpr Sizes::recomputed(const SizeExpr &e) {
  SmallVector<SizeExpr::Symbol> used;
  normalize(e).collectSymbols(used);
  std::vector<std::pair<SizeExpr::Symbol, SizeExpr>> values; // first: taking them adds symbols
  for (SizeExpr::Symbol symbol : used) {
    Kind kind = symbols[symbol].kind;
    if (kind == Kind::Argument || kind == Kind::Value)
      continue;
    SizeExpr a = recomputed(SizeExpr(symbols[symbol].operands[0])),
             b = recomputed(SizeExpr(symbols[symbol].operands[1]));
    values.emplace_back(symbol, kind == Kind::Min ? min(a, b) : kind == Kind::Max ? max(a, b) : floorDiv(a, b));
  }
  return normalize(normalize(e).substitute([&](SizeExpr::Symbol symbol) {
    for (const auto &[from, to] : values)
      if (from == symbol)
        return to;
    return SizeExpr::symbol(symbol);
  }));
}

void Sizes::collectArguments(const SizeExpr &e, SmallVectorImpl<SizeExpr::Symbol> &arguments) const {
  SmallVector<SizeExpr::Symbol> used;
  e.collectSymbols(used);
  for (SizeExpr::Symbol symbol : used)
    if (symbols[symbol].kind == Kind::Argument)
      arguments.push_back(symbol);
    else
      for (const SizeExpr &operand : symbols[symbol].operands)
        collectArguments(operand, arguments);
}

bool Sizes::assumeOne(const SizeExpr &e) {
  SizeExpr known = normalize(e);
  SmallVector<SizeExpr::Symbol> used, arguments, raised;
  known.collectSymbols(used);
  auto isComputed = [&](SizeExpr::Symbol symbol) {
    return symbols[symbol].kind != Kind::Argument && symbols[symbol].kind != Kind::Value;
  };
  if (known.isConstant(1) || none_of(used, isComputed))
    return known.isConstant(1);
  collectArguments(known, arguments);
  for (SizeExpr::Symbol symbol : arguments)
    if (symbols[symbol].lowerBound == 0) {
      symbols[symbol].lowerBound = 1;
      raised.push_back(symbol);
    }
  bool holds = recomputed(known).isConstant(1);
  for (SizeExpr::Symbol symbol : used)
    if (holds && isComputed(symbol))
      symbols[symbol].replacement = recomputed(SizeExpr::symbol(symbol));
  for (SizeExpr::Symbol symbol : raised) {
    if (holds)
      assumed.push_back(symbols[symbol].name + " >= 1");
    else
      symbols[symbol].lowerBound = 0;
  }
  return holds;
}

bool Sizes::assumeEqual(const SizeExpr &a, const SizeExpr &b, bool &isAssumption) {
  isAssumption = false;
  if (areEqual(a, b))
    return true;
  if (!a.isValid() || !b.isValid() || areDifferent(a, b))
    return false;
  isAssumption = true;
  zeros.push_back(normalize(a - b));
  zeros.push_back(normalize(b - a));
  if (isEarly(a) && isEarly(b))
    assumed.push_back(str(a) + " == " + str(b));
  SizeExpr left = normalize(a), right = normalize(b);
  auto isArgument = [&](SizeExpr::Symbol symbol) { return symbols[symbol].kind == Kind::Argument; };
  auto replaceIn = [&](const SizeExpr &from, const SizeExpr &to, bool argumentsToo) {
    std::optional<SizeExpr::Symbol> symbol = from.asSymbol();
    SmallVector<SizeExpr::Symbol> used;
    to.collectSymbols(used);
    if (symbol && isArgument(*symbol))
      collectArguments(to, used); // it must not be explained by itself
    if (!symbol || is_contained(used, *symbol) || (!argumentsToo && isArgument(*symbol)))
      return false;
    symbols[*symbol].replacement = to;
    return true;
  };
  if (replaceIn(left, right, false) || replaceIn(right, left, false))
    return true;
  // The only symbol that was computed is replaced by what it must be.
  SizeExpr difference = left - right;
  SmallVector<SizeExpr::Symbol> used;
  difference.collectSymbols(used);
  if (count_if(used, isArgument) + 1 == static_cast<int64_t>(used.size())) {
    SizeExpr::Symbol symbol = *find_if_not(used, isArgument);
    auto holds = [&](const SizeExpr::Term &term) { return is_contained(term.symbols, symbol); };
    const SizeExpr::Term *term = find_if(difference.terms(), holds);
    if (term->symbols.size() == 1 && std::abs(term->coefficient) == 1 && count_if(difference.terms(), holds) == 1) {
      SizeExpr sign(term->coefficient);
      symbols[symbol].replacement = (SizeExpr::symbol(symbol) * sign - difference) * sign;
      return true;
    }
  }
  if (!replaceIn(left, right, true))
    replaceIn(right, left, true);
  return true;
}

SizeExpr Sizes::normalize(const SizeExpr &e) {
  SmallVector<SizeExpr::Symbol> used;
  e.collectSymbols(used);
  if (none_of(used, [&](SizeExpr::Symbol symbol) { return symbols[symbol].replacement.has_value(); }))
    return e;
  return normalize(e.substitute([&](SizeExpr::Symbol symbol) {
    const std::optional<SizeExpr> &replacement = symbols[symbol].replacement;
    return replacement ? *replacement : SizeExpr::symbol(symbol);
  }));
}

std::string Sizes::str(const SizeExpr &e) const {
  return e.str([&](SizeExpr::Symbol symbol) { return symbols[symbol].name; });
}

bool Sizes::isEarly(const SizeExpr &e) const {
  SmallVector<SizeExpr::Symbol> used;
  e.collectSymbols(used);
  return all_of(used, [&](SizeExpr::Symbol symbol) { return symbols[symbol].early; });
}

Value Sizes::cached(const SizeExpr &e, bool early, llvm::function_ref<Value(OpBuilder &)> make) {
  Value &value = values[str(e)];
  if (value)
    return value;
  if (!early)
    return value = make(builder);
  OpBuilder start(builder.getContext());
  if (lastEarly)
    start.setInsertionPointAfter(lastEarly);
  else
    start.setInsertionPointToStart(builder.getInsertionBlock());
  value = make(start);
  lastEarly = value.getDefiningOp();
  return value;
}

Value Sizes::emit(SizeExpr::Symbol symbol) {
  SymbolInfo &info = symbols[symbol];
  if (info.kind == Kind::Value)
    return info.value;
  SmallVector<Value, 2> operands;
  for (const SizeExpr &operand : info.operands)
    operands.push_back(value(operand));
  return cached(SizeExpr::symbol(symbol), info.early, [&](OpBuilder &at) -> Value {
    switch (info.kind) {
    case Kind::Argument:
      return tensor::DimOp::create(at, NameLoc::get(at.getStringAttr(info.name)), info.argument, info.dim);
    case Kind::Min:
      return arith::MinSIOp::create(at, loc, operands[0], operands[1]);
    case Kind::Max:
      return arith::MaxSIOp::create(at, loc, operands[0], operands[1]);
    case Kind::FloorDiv:
      return arith::FloorDivSIOp::create(at, loc, operands[0], operands[1]);
    case Kind::Value:
      break;
    }
    return info.value;
  });
}

Value Sizes::symbolValue(SizeExpr::Symbol symbol) {
  if (!symbols[symbol].value)
    symbols[symbol].value = emit(symbol);
  return symbols[symbol].value;
}

Value Sizes::value(const SizeExpr &expr) {
  SizeExpr e = normalize(expr);
  if (std::optional<SizeExpr::Symbol> symbol = e.asSymbol())
    return symbolValue(*symbol);
  if (std::optional<int64_t> number = e.constant())
    return cached(e, /*early=*/true, [&](OpBuilder &at) { return arith::ConstantIndexOp::create(at, loc, *number); });

  SmallVector<SizeExpr::Symbol> used;
  e.collectSymbols(used);
  SmallVector<Value> operands;
  for (SizeExpr::Symbol symbol : used)
    operands.push_back(symbolValue(symbol));
  return cached(e, isEarly(e), [&](OpBuilder &at) -> Value {
    AffineExpr sum = at.getAffineConstantExpr(0);
    for (const SizeExpr::Term &term : e.terms()) {
      AffineExpr product = at.getAffineConstantExpr(1);
      for (SizeExpr::Symbol symbol : term.symbols)
        product = product * at.getAffineSymbolExpr(find(used, symbol) - used.begin());
      sum = sum + product * term.coefficient;
    }
    AffineMap map = AffineMap::get(/*dimCount=*/0, used.size(), sum);
    return affine::AffineApplyOp::create(at, loc, map, operands);
  });
}

OpFoldResult Sizes::fold(const SizeExpr &e) {
  SizeExpr known = normalize(e);
  if (std::optional<int64_t> number = known.constant())
    return builder.getIndexAttr(*number);
  return value(known);
}

SmallVector<OpFoldResult> Sizes::fold(ArrayRef<SizeExpr> dims) {
  SmallVector<OpFoldResult> result;
  for (const SizeExpr &dim : dims)
    result.push_back(fold(dim));
  return result;
}
