//===- Poly.h - Integer polynomials over index atoms -----------*- C++ -*-===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Indices and sizes of the matchers. An index is a polynomial with integer
// coefficients over atoms; equal indices have equal polynomials. Atoms are
//
//   var     an index that runs over 0 ≤ v < extent
//   symbol  a size that is only known when the model runs, at least 0
//   floor, mod   the quotient and remainder of two polynomials that divide neither way
//   opaque  an integer that is not understood, e.g. an element of an argument; it may have an extent
//
// Example: row b·S + t of a matrix that was [B, S, H] before a collapse, with b
// a var of extent B and t one of extent S: `divMod(b·S + t, S)` gives (b, t),
// since 0 ≤ t < S can be proven.
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_LIB_TRANSFORMS_RAISE_POLY_H
#define HADAL_LIB_TRANSFORMS_RAISE_POLY_H

#include "mlir/IR/Value.h"

#include <map>
#include <optional>
#include <vector>

namespace hadal::raise {

class Poly {
public:
  using Monomial = std::vector<unsigned>; // atoms, ascending, with repetition

  Poly(int64_t constant = 0) {
    if (constant)
      terms[{}] = constant;
  }
  static Poly atom(unsigned id) {
    Poly poly;
    poly.terms[{id}] = 1;
    return poly;
  }

  Poly operator+(const Poly &other) const;
  Poly operator-(const Poly &other) const { return *this + other * -1; }
  Poly operator*(const Poly &other) const;
  bool operator==(const Poly &other) const { return terms == other.terms; }
  bool operator!=(const Poly &other) const { return terms != other.terms; }
  bool operator<(const Poly &other) const { return terms < other.terms; }

  std::optional<int64_t> constant() const;
  bool isConstant(int64_t value) const { return constant() == value; }
  /// The atom, if this is exactly one.
  std::optional<unsigned> asAtom() const;
  bool uses(unsigned atom) const;
  /// This = a · atom + b, if the atom appears with no higher power.
  bool linearIn(unsigned atom, Poly &a, Poly &b) const;
  Poly substitute(unsigned atom, const Poly &value) const;

  const std::map<Monomial, int64_t> &getTerms() const { return terms; }

private:
  std::map<Monomial, int64_t> terms;
};

/// Owns the atoms of one attempt to match, and what is known of them.
class Atoms {
public:
  Poly var(Poly extent);
  /// A size: of a tensor's dimension, or of all dimensions that have one name.
  Poly symbol(mlir::Attribute name, mlir::Value tensor = {}, int64_t dim = 0);
  Poly symbol(mlir::Value tensor, int64_t dim);
  /// A tensor and its dimension whose size a symbol is; nothing for other atoms.
  std::optional<std::pair<mlir::Value, int64_t>> dimension(unsigned atom) const;
  /// An unknown integer, one for each (value, indices). With an extent it is at least 0 and below that.
  Poly opaque(mlir::Value value, const std::vector<Poly> &indices, std::optional<Poly> extent = std::nullopt);

  /// The value and indices of a poly that is exactly one unknown integer.
  std::optional<std::pair<mlir::Value, std::vector<Poly>>> origin(const Poly &poly) const;

  /// a and b of an atom floor(a / b) or a mod b.
  std::optional<std::pair<Poly, Poly>> quotient(unsigned atom) const;

  /// The extent of an index that is a variable, 1 for 0; nothing for others.
  std::optional<Poly> extent(const Poly &index) const;

  /// Whether `poly` is made of variables and symbols alone.
  bool isPlain(const Poly &poly) const;
  /// Whether `atom` is in `poly`, in its quotients or in the indices of its unknown integers.
  bool dependsOn(const Poly &poly, unsigned atom) const;
  /// `poly` with `value` in place of `atom` everywhere.
  Poly substitute(const Poly &poly, unsigned atom, const Poly &value);
  bool isVariable(unsigned atom) const { return atoms[atom].kind == Kind::Var; }

  /// The largest constant that `poly` can be proven to reach at least.
  std::optional<int64_t> lowerBound(const Poly &poly) const;
  bool isNonNegative(const Poly &poly) const { return lowerBound(poly).value_or(-1) >= 0; }
  bool isBetween(const Poly &poly, const Poly &low, const Poly &end) const {
    return isNonNegative(poly - low) && isNonNegative(end - poly - 1);
  }

  /// floor(a / b) and a mod b for b > 0.
  std::pair<Poly, Poly> divMod(const Poly &a, const Poly &b);
  /// Σ indices[i] · Π sizes behind i, with floor and mod of one number put together again.
  Poly linearize(llvm::ArrayRef<Poly> indices, llvm::ArrayRef<Poly> sizes);
  std::vector<Poly> delinearize(Poly index, llvm::ArrayRef<Poly> sizes);

private:
  enum class Kind { Var, Symbol, Floor, Mod, Opaque };
  struct Atom {
    Kind kind;
    Poly a, b; // Var: a = extent; Floor, Mod: of a by b; Opaque: a = extent if it is bounded
    bool isBounded = false;
    mlir::Value value; // Opaque: the integer at `indices`; Symbol: a tensor of that size
    int64_t dim = 0;   // Symbol: in which dimension
    std::vector<Poly> indices;
  };
  std::optional<int64_t> lowerBound(Poly poly, unsigned depth) const;
  Poly add(Kind kind, Poly a = {}, Poly b = {});
  Poly recombine(Poly poly) const;

  std::vector<Atom> atoms;
  std::map<const void *, Poly> namedSymbols;
  std::map<std::pair<void *, int64_t>, Poly> dimSymbols;
  std::map<std::pair<void *, std::vector<Poly>>, Poly> opaques;
  std::map<std::tuple<int, Poly, Poly>, Poly> quotients;
};

} // namespace hadal::raise

#endif // HADAL_LIB_TRANSFORMS_RAISE_POLY_H
