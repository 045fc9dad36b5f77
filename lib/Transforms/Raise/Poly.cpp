//===- Poly.cpp - Integer polynomials over index atoms --------------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Poly.h"

#include "mlir/IR/Attributes.h"
#include "llvm/Support/MathExtras.h"

#include <algorithm>

using namespace hadal::raise;

Poly Poly::operator+(const Poly &other) const {
  Poly sum = *this;
  for (const auto &[monomial, coefficient] : other.terms)
    if ((sum.terms[monomial] += coefficient) == 0)
      sum.terms.erase(monomial);
  return sum;
}

Poly Poly::operator*(const Poly &other) const {
  Poly product;
  for (const auto &[left, a] : terms)
    for (const auto &[right, b] : other.terms) {
      Monomial monomial;
      std::merge(left.begin(), left.end(), right.begin(), right.end(), std::back_inserter(monomial));
      if ((product.terms[monomial] += a * b) == 0)
        product.terms.erase(monomial);
    }
  return product;
}

std::optional<int64_t> Poly::constant() const {
  if (terms.empty())
    return 0;
  if (terms.size() == 1 && terms.begin()->first.empty())
    return terms.begin()->second;
  return std::nullopt;
}

std::optional<unsigned> Poly::asAtom() const {
  if (terms.size() == 1 && terms.begin()->first.size() == 1 && terms.begin()->second == 1)
    return terms.begin()->first.front();
  return std::nullopt;
}

bool Poly::uses(unsigned atom) const {
  return llvm::any_of(terms, [&](const auto &term) { return llvm::is_contained(term.first, atom); });
}

bool Poly::linearIn(unsigned atom, Poly &a, Poly &b) const {
  a = b = Poly();
  for (const auto &[monomial, coefficient] : terms) {
    size_t power = llvm::count(monomial, atom);
    if (power > 1)
      return false;
    Monomial rest = monomial;
    if (power)
      rest.erase(llvm::find(rest, atom));
    (power ? a : b).terms[rest] = coefficient;
  }
  return true;
}

Poly Poly::substitute(unsigned atom, const Poly &value) const {
  Poly result;
  for (const auto &[monomial, coefficient] : terms) {
    Poly term(coefficient);
    for (unsigned factor : monomial)
      term = term * (factor == atom ? value : Poly::atom(factor));
    result = result + term;
  }
  return result;
}

Poly Atoms::add(Kind kind, Poly a, Poly b) {
  atoms.push_back({kind, std::move(a), std::move(b), kind == Kind::Var, {}, 0, {}});
  return Poly::atom(atoms.size() - 1);
}

Poly Atoms::var(Poly extent) {
  if (extent.isConstant(1))
    return 0;
  return add(Kind::Var, std::move(extent));
}

Poly Atoms::symbol(mlir::Attribute name, mlir::Value tensor, int64_t dim) {
  auto [it, isNew] = namedSymbols.try_emplace(name.getAsOpaquePointer());
  if (isNew) {
    it->second = add(Kind::Symbol);
    atoms.back().value = tensor;
    atoms.back().dim = dim;
  }
  return it->second;
}

Poly Atoms::symbol(mlir::Value tensor, int64_t dim) {
  auto [it, isNew] = dimSymbols.try_emplace({tensor.getAsOpaquePointer(), dim});
  if (isNew) {
    it->second = add(Kind::Symbol);
    atoms.back().value = tensor;
    atoms.back().dim = dim;
  }
  return it->second;
}

std::optional<std::pair<mlir::Value, int64_t>> Atoms::dimension(unsigned atom) const {
  if (atoms[atom].kind != Kind::Symbol || !atoms[atom].value)
    return std::nullopt;
  return std::make_pair(atoms[atom].value, atoms[atom].dim);
}

Poly Atoms::opaque(mlir::Value value, const std::vector<Poly> &indices, std::optional<Poly> extent) {
  if (indices.size() == 1)
    if (auto place = origin(indices[0]);
        place && place->first == value && place->second.size() == 2 && place->second[1].isConstant(-1))
      return place->second[0]; // see inverse()
  if (indices.size() == 2)
    if (auto place = origin(indices[1]);
        place && place->first == value && place->second.size() > 1 && place->second.back().isConstant(-1))
      if (std::optional<int64_t> dim = indices[0].constant())
        return place->second[*dim]; // a list of indices, at the place that holds these: see openNonZero()
  auto [it, isNew] = opaques.try_emplace({value.getAsOpaquePointer(), indices});
  if (isNew) {
    it->second = add(Kind::Opaque);
    atoms.back().value = value;
    atoms.back().indices = indices;
  }
  Atom &atom = atoms[*it->second.asAtom()];
  if (extent && !atom.isBounded) {
    atom.a = *extent;
    atom.isBounded = true;
  }
  return it->second;
}

std::optional<std::pair<mlir::Value, std::vector<Poly>>> Atoms::origin(const Poly &poly) const {
  std::optional<unsigned> id = poly.asAtom();
  if (!id || atoms[*id].kind != Kind::Opaque)
    return std::nullopt;
  return std::make_pair(atoms[*id].value, atoms[*id].indices);
}

std::optional<std::pair<Poly, Poly>> Atoms::quotient(unsigned atom) const {
  if (atoms[atom].kind != Kind::Floor && atoms[atom].kind != Kind::Mod)
    return std::nullopt;
  return std::make_pair(atoms[atom].a, atoms[atom].b);
}

std::vector<Poly> Atoms::unknowns(const Poly &poly) const {
  std::vector<Poly> result;
  for (const auto &[monomial, coefficient] : poly.getTerms())
    for (unsigned id : monomial) {
      const Atom &atom = atoms[id];
      if (atom.kind == Kind::Opaque)
        result.push_back(Poly::atom(id));
      std::vector<Poly> inside = atom.indices;
      if (atom.kind == Kind::Floor || atom.kind == Kind::Mod)
        inside = {atom.a, atom.b};
      for (const Poly &part : inside)
        llvm::append_range(result, unknowns(part));
    }
  return result;
}

std::optional<Poly> Atoms::extent(const Poly &index) const {
  if (index.isConstant(0))
    return Poly(1);
  std::optional<unsigned> id = index.asAtom();
  if (!id || atoms[*id].kind != Kind::Var)
    return std::nullopt;
  return atoms[*id].a;
}

bool Atoms::isPlain(const Poly &poly) const {
  return llvm::all_of(poly.getTerms(), [&](const auto &term) {
    return llvm::all_of(term.first,
                        [&](unsigned id) { return atoms[id].kind == Kind::Var || atoms[id].kind == Kind::Symbol; });
  });
}

bool Atoms::dependsOn(const Poly &poly, unsigned atom) const {
  return llvm::any_of(poly.getTerms(), [&](const auto &term) {
    return llvm::any_of(term.first, [&](unsigned id) {
      const Atom &part = atoms[id];
      bool isQuotient = part.kind == Kind::Floor || part.kind == Kind::Mod;
      return id == atom || (isQuotient && (dependsOn(part.a, atom) || dependsOn(part.b, atom))) ||
             llvm::any_of(part.indices, [&](const Poly &index) { return dependsOn(index, atom); });
    });
  });
}

Poly Atoms::substitute(const Poly &poly, unsigned atom, const Poly &value) {
  if (!dependsOn(poly, atom))
    return poly;
  Poly result;
  for (const auto &[monomial, coefficient] : poly.getTerms()) {
    Poly product(coefficient);
    for (unsigned id : monomial) {
      Atom part = atoms[id]; // a copy: what follows adds atoms
      Poly factor = Poly::atom(id);
      if (id == atom) {
        factor = value;
      } else if (part.kind == Kind::Floor || part.kind == Kind::Mod) {
        auto [quotient, rest] = divMod(substitute(part.a, atom, value), substitute(part.b, atom, value));
        factor = part.kind == Kind::Floor ? quotient : rest;
      } else if (part.kind == Kind::Opaque) {
        for (Poly &index : part.indices)
          index = substitute(index, atom, value);
        factor = opaque(part.value, part.indices, part.isBounded ? std::optional<Poly>(part.a) : std::nullopt);
      }
      product = product * factor;
    }
    result = result + product;
  }
  return result;
}

llvm::SmallVector<unsigned> Atoms::variables(const Poly &poly) const {
  llvm::SmallVector<unsigned> result;
  auto add = [&](unsigned id) {
    if (!llvm::is_contained(result, id))
      result.push_back(id);
  };
  for (const auto &[monomial, coefficient] : poly.getTerms())
    for (unsigned id : monomial) {
      if (atoms[id].kind != Kind::Floor && atoms[id].kind != Kind::Mod) {
        add(id);
        continue;
      }
      for (const Poly &part : {atoms[id].a, atoms[id].b})
        llvm::for_each(variables(part), add);
    }
  return result;
}

std::optional<int64_t> Atoms::evaluate(const Poly &poly, const llvm::SmallDenseMap<unsigned, int64_t> &values) const {
  int64_t sum = 0;
  for (const auto &[monomial, coefficient] : poly.getTerms()) {
    int64_t product = coefficient;
    for (unsigned id : monomial) {
      const Atom &atom = atoms[id];
      std::optional<int64_t> factor;
      if (atom.kind == Kind::Floor || atom.kind == Kind::Mod) {
        std::optional<int64_t> a = evaluate(atom.a, values), b = evaluate(atom.b, values);
        if (a && b && *a >= 0 && *b > 0)
          factor = atom.kind == Kind::Floor ? *a / *b : *a % *b;
      } else if (auto it = values.find(id); it != values.end()) {
        factor = it->second;
      }
      if (!factor)
        return std::nullopt;
      product *= *factor;
    }
    sum += product;
  }
  return sum;
}

std::optional<std::pair<Poly, Poly>> Atoms::quotient(const Poly &poly) const {
  std::optional<unsigned> id = poly.asAtom();
  if (!id || atoms[*id].kind != Kind::Floor)
    return std::nullopt;
  return std::make_pair(atoms[*id].a, atoms[*id].b);
}

/// Polynomial division by the divisor's longest term; the remainder holds what that does not divide.
static std::pair<Poly, Poly> divide(Poly a, const Poly &b) {
  auto leading =
      llvm::max_element(b.getTerms(), [](const auto &x, const auto &y) { return x.first.size() < y.first.size(); });
  if (leading == b.getTerms().end())
    return {Poly(), a};
  const Poly::Monomial &divisor = leading->first;
  int64_t factor = leading->second;
  Poly quotient;
  constexpr int maxSteps = 64; // a sum of two sizes takes two or three
  for (int step = 0; step < maxSteps; ++step) {
    auto term = llvm::find_if(a.getTerms(), [&](const auto &term) {
      return term.second % factor == 0 &&
             std::includes(term.first.begin(), term.first.end(), divisor.begin(), divisor.end());
    });
    if (term == a.getTerms().end())
      break;
    Poly part(term->second / factor);
    Poly::Monomial rest;
    std::set_difference(term->first.begin(), term->first.end(), divisor.begin(), divisor.end(),
                        std::back_inserter(rest));
    for (unsigned atom : rest)
      part = part * Poly::atom(atom);
    quotient = quotient + part;
    a = a - part * b;
  }
  return {quotient, a};
}

std::optional<int64_t> Atoms::lowerBound(const Poly &poly) const { return lowerBound(poly, 0); }

std::optional<int64_t> Atoms::lowerBound(Poly poly, unsigned depth) const {
  constexpr unsigned maxDepth = 16; // extents of extents: never deep in practice
  if (depth > maxDepth)
    return std::nullopt;
  // Put the extreme value in place of each atom that has one. The newest first: extents name older atoms.
  for (unsigned id = atoms.size(); id-- > 0;) {
    if (!poly.uses(id))
      continue;
    const Atom &atom = atoms[id];
    Poly a, b;
    if ((atom.kind == Kind::Opaque && !atom.isBounded) || !poly.linearIn(id, a, b))
      return std::nullopt;
    bool grows = lowerBound(a, depth + 1).value_or(-1) >= 0;
    if (atom.kind == Kind::Floor && lowerBound(atom.a, depth + 1).value_or(-1) < 0)
      return std::nullopt;
    if (grows) {
      poly = b; // its smallest value, 0
      continue;
    }
    if (atom.kind == Kind::Symbol || lowerBound(a * -1, depth + 1).value_or(-1) < 0)
      return std::nullopt;
    Poly largest = (atom.isBounded ? atom.a : atom.b) - 1;
    if (atom.kind == Kind::Floor) {
      std::optional<int64_t> negated = lowerBound(atom.a * -1, depth + 1), divisor = atom.b.constant();
      std::optional<unsigned> whole = atom.a.asAtom();
      bool isBounded = whole && atoms[*whole].isBounded;
      // Below q · b the quotient is below q.
      auto [quotient, rest] = isBounded ? divide(atoms[*whole].a, atom.b) : std::make_pair(Poly(), Poly(1));
      if (!divisor || *divisor <= 0)
        return std::nullopt;
      if (rest == Poly())
        largest = quotient - 1;
      else if (negated)
        largest = -*negated / *divisor;
      else
        return std::nullopt;
    }
    poly = a * largest + b;
    id = atoms.size(); // the extent may bring newer atoms back
    if (++depth > maxDepth)
      return std::nullopt;
  }
  return poly.constant();
}

std::pair<Poly, Poly> Atoms::divMod(const Poly &a, const Poly &b) {
  if (b.isConstant(1))
    return {a, 0};
  Poly quotient, rest;
  std::tie(quotient, rest) = divide(a, b);
  if (isBetween(rest, 0, b))
    return {quotient, rest};
  // ⌊(x + c) / b⌋ = ⌊c / b⌋ + ⌊(x + c mod b) / b⌋
  std::optional<int64_t> divisor = b.constant();
  if (auto constant = rest.getTerms().find({}); divisor && *divisor > 0 && constant != rest.getTerms().end()) {
    int64_t whole = llvm::divideFloorSigned(constant->second, *divisor);
    quotient = quotient + whole;
    rest = rest - whole * *divisor;
    if (isBetween(rest, 0, b))
      return {quotient, rest};
  }
  auto make = [&](Kind kind) {
    auto [it, isNew] = quotients.try_emplace({static_cast<int>(kind), rest, b});
    if (isNew)
      it->second = add(kind, rest, b);
    return it->second;
  };
  return {quotient + make(Kind::Floor), make(Kind::Mod)};
}

Poly Atoms::recombine(Poly poly) const {
  for (unsigned id = 0; id < atoms.size(); ++id) {
    Poly scale, rest;
    if (atoms[id].kind != Kind::Mod || !poly.uses(id) || !poly.linearIn(id, scale, rest))
      continue;
    const Atom &mod = atoms[id];
    auto it = quotients.find({static_cast<int>(Kind::Floor), mod.a, mod.b});
    if (it == quotients.end())
      continue;
    Poly pair = scale * (it->second * mod.b + Poly::atom(id));
    // Only if all of the quotient's part is there.
    bool complete = llvm::all_of(pair.getTerms(), [&](const auto &term) {
      auto found = poly.getTerms().find(term.first);
      return found != poly.getTerms().end() && found->second == term.second;
    });
    if (complete)
      poly = poly - pair + scale * mod.a;
  }
  return poly;
}

Poly Atoms::linearize(llvm::ArrayRef<Poly> indices, llvm::ArrayRef<Poly> sizes) {
  Poly index;
  for (auto [i, size] : llvm::zip_equal(indices, sizes))
    index = index * size + i;
  return recombine(index);
}

std::vector<Poly> Atoms::delinearize(Poly index, llvm::ArrayRef<Poly> sizes) {
  std::vector<Poly> indices(sizes.size());
  size_t last = 0; // the first dimension that is not of size 1 takes what is left
  while (last < sizes.size() && sizes[last].isConstant(1))
    ++last;
  for (size_t i = sizes.size(); i-- > last + 1;) {
    if (sizes[i].isConstant(1))
      continue;
    auto [quotient, remainder] = divMod(index, sizes[i]);
    indices[i] = remainder;
    index = quotient;
  }
  if (last < sizes.size())
    indices[last] = index;
  return indices;
}
