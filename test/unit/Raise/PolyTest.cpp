//===- PolyTest.cpp - What is proven of indices holds for all values ------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Draws polynomials over variables, symbols and quotients, and checks each claim
// of Atoms (bounds, quotients, remainders) at every value of every atom.
//
//===----------------------------------------------------------------------===//

#include "lib/Transforms/Raise/Poly.h"

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/MLIRContext.h"

#include "gtest/gtest.h"

#include <functional>
#include <random>

using namespace hadal::raise;

namespace {

using Values = std::map<unsigned, int64_t>;

int64_t evaluate(const Poly &poly, const Values &values) {
  int64_t sum = 0;
  for (const auto &[monomial, coefficient] : poly.getTerms()) {
    int64_t term = coefficient;
    for (unsigned atom : monomial)
      term *= values.at(atom);
    sum += term;
  }
  return sum;
}

int64_t floorDiv(int64_t a, int64_t b) { return a / b - (a % b != 0 && (a < 0) != (b < 0)); }

/// Two symbols, variables below constants and below symbols, and quotients as they are made.
class PolyTest : public testing::Test {
protected:
  PolyTest() {
    for (const char *name : {"m", "n"})
      symbols.push_back(atoms.symbol(mlir::StringAttr::get(&context, name)));
    for (const Poly &extent : {Poly(3), Poly(4), symbols[0], symbols[1], symbols[0] + 1})
      variables.push_back({atoms.var(extent), extent});
  }

  /// Calls `check` with every valuation: symbols 1 to 3, each variable below its extent.
  void forAll(const std::function<void(const Values &)> &check) const {
    Values values;
    std::function<void(size_t)> assign = [&](size_t i) {
      if (i < symbols.size()) {
        for (int64_t value = 1; value <= 3; ++value) {
          values[*symbols[i].asAtom()] = value;
          assign(i + 1);
        }
      } else if (size_t v = i - symbols.size(); v < variables.size()) {
        for (int64_t value = 0, end = evaluate(variables[v].second, values); value < end; ++value) {
          values[*variables[v].first.asAtom()] = value;
          assign(i + 1);
        }
      } else {
        Values all = values;
        for (const auto &derive : derived)
          derive(all);
        check(all);
      }
    };
    assign(0);
  }

  Poly draw(std::mt19937 &random, bool withDerived) {
    std::vector<Poly> pool = symbols;
    for (const auto &variable : variables)
      pool.push_back(variable.first);
    if (withDerived)
      pool.insert(pool.end(), quotients.begin(), quotients.end());
    auto pick = [&](int64_t low, int64_t high) { return std::uniform_int_distribution<int64_t>(low, high)(random); };
    Poly sum(pick(-3, 3));
    for (int64_t terms = pick(1, 3); terms > 0; --terms) {
      Poly term = pool[pick(0, pool.size() - 1)] * pick(-2, 3);
      sum = sum + (pick(0, 2) == 0 ? term * pool[pick(0, pool.size() - 1)] : term);
    }
    return sum;
  }

  /// Divides, checks the result at every value, and remembers what the new atoms stand for.
  void divide(const Poly &a, const Poly &b) {
    Poly quotient, remainder;
    std::tie(quotient, remainder) = atoms.divMod(a, b);
    std::optional<unsigned> mod = remainder.asAtom(), floor;
    auto isKnown = [&](unsigned atom) { return known.count(atom) != 0; };
    for (const auto &[monomial, coefficient] : quotient.getTerms())
      if (monomial.size() == 1 && !isKnown(monomial.front()))
        floor = monomial.front();
    if (floor && mod && !isKnown(*mod)) {
      derived.push_back([=](Values &values) {
        int64_t divisor = evaluate(b, values), dividend = evaluate(a, values), whole = floorDiv(dividend, divisor);
        values[*mod] = dividend - whole * divisor;
        values[*floor] = 0;
        values[*floor] = whole - evaluate(quotient, values);
      });
      known.insert({*floor, *mod});
      quotients.insert(quotients.end(), {Poly::atom(*floor), Poly::atom(*mod)});
    }
    forAll([&](const Values &values) {
      int64_t divisor = evaluate(b, values), dividend = evaluate(a, values);
      ASSERT_EQ(evaluate(quotient, values), floorDiv(dividend, divisor));
      ASSERT_EQ(evaluate(remainder, values), dividend - floorDiv(dividend, divisor) * divisor);
    });
  }

  void SetUp() override {
    for (const Poly &symbol : symbols)
      known.insert(*symbol.asAtom());
    for (const auto &variable : variables)
      known.insert(*variable.first.asAtom());
  }

  mlir::MLIRContext context;
  Atoms atoms;
  std::vector<Poly> symbols, quotients;
  std::vector<std::pair<Poly, Poly>> variables; // and their extents
  std::vector<std::function<void(Values &)>> derived;
  std::set<unsigned> known;
};

TEST_F(PolyTest, LowerBoundsHold) {
  std::mt19937 random(1);
  divide(variables[0].first * 2 + variables[1].first, 4);
  divide(variables[1].first * 3, 2);
  int proven = 0;
  for (int i = 0; i < 400; ++i) {
    Poly poly = draw(random, true);
    std::optional<int64_t> bound = atoms.lowerBound(poly);
    if (!bound)
      continue;
    ++proven;
    forAll([&](const Values &values) { ASSERT_GE(evaluate(poly, values), *bound); });
  }
  EXPECT_GT(proven, 100) << "the test says nothing if nothing is proven";
}

TEST_F(PolyTest, QuotientsAndRemaindersHold) {
  std::mt19937 random(2);
  std::vector<Poly> divisors = {2, 4, symbols[0], symbols[1] + 1, symbols[0] * 2, symbols[0] * symbols[1]};
  for (int i = 0; i < 60; ++i)
    divide(draw(random, false), divisors[i % divisors.size()]);
}

TEST_F(PolyTest, RowsOfACollapsedTensorComeApart) {
  // [m, n] collapsed and expanded again, with n a sum too.
  const Poly &m = symbols[0], &n = symbols[1];
  Poly b = atoms.var(m), t = atoms.var(n), u = atoms.var(n + 1);
  EXPECT_EQ(atoms.delinearize(atoms.linearize({b, t}, {m, n}), {m, n}), (std::vector<Poly>{b, t}));
  EXPECT_EQ(atoms.delinearize(b * (n + 1) + u, {m, Poly(1), n + 1}), (std::vector<Poly>{b, 0, u}));
  // Put together again after a split that says nothing.
  Poly e = atoms.var(16);
  Poly group, member;
  std::tie(group, member) = atoms.divMod(e, 4);
  EXPECT_EQ(atoms.linearize({group, member}, {4, 4}), e);
  EXPECT_NE(atoms.linearize({member, group}, {4, 4}), e);
  // Where only a part of the split is there, it stays as it is: equal indices must look equal.
  EXPECT_EQ(atoms.linearize({Poly(), member}, {4, 4}), member);
  EXPECT_EQ(atoms.linearize({group, member}, {4, 5}), group * 5 + member);
}

TEST_F(PolyTest, SizesMayBeZero) {
  // A symbol is at least 0, not 1: nothing stronger may follow.
  EXPECT_EQ(atoms.lowerBound(symbols[0]), 0);
  EXPECT_FALSE(atoms.isNonNegative(symbols[0] - 1));
  EXPECT_FALSE(atoms.isNonNegative(symbols[0] - symbols[1]));
  EXPECT_FALSE(atoms.lowerBound(symbols[0] * -1).has_value());
}

} // namespace
