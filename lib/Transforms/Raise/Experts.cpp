//===- Experts.cpp - Recognise a mixture of experts -----------------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The result is multiplied out into products (see Experts.h). What is found then is
// either one product, whose weights stand at the chosen expert, or one for each
// expert, which counts where the choice is that expert.
//
//===----------------------------------------------------------------------===//

#include "ExpertsMatcher.h"

#include <functional>

using namespace mlir;
using namespace hadal;
using namespace hadal::raise;

/// Once for each choice of experts: parts of the result would say the same.
LogicalResult MoeMatcher::miss(const Twine &reason) {
  auto origin = elements.atoms.origin(choice);
  Operation *chooses = origin ? origin->first.getDefiningOp() : nullptr;
  return context.miss(op, "moe", chooses ? chooses : op, reason);
}

/// Products of each expert's rows: one for each expert, which counts where that is the row's.
bool MoeMatcher::openParts(std::vector<Summand> &products, SumOfProducts &sums) {
  std::vector<Summand> result;
  for (Summand &product : products) {
    auto factor = llvm::find_if(product.factors, [&](const Term &factor) {
      Term root = elements.normal(factor);
      return root.isElement() && root.value.getDefiningOp<tensor::ConcatOp>() && elements.dependsOn(root, out);
    });
    const SortedRows::Groups *groups =
        factor == product.factors.end() ? nullptr : sorted.groups(elements.normal(*factor));
    if (!groups) {
      result.push_back(std::move(product));
      continue;
    }
    Term element = elements.normal(*factor);
    product.factors.erase(factor);
    for (size_t expert = 0; expert < groups->begins.size(); ++expert) {
      Summand one = product;
      one.equalities.emplace_back(groups->expert, Poly(expert));
      auto opened = sums.alongVariable(sorted.part(element, *groups, expert), out, rows, std::move(one));
      if (!opened)
        return false;
      llvm::append_range(result, *opened);
    }
  }
  products = std::move(result);
  return true;
}

/// Solves what says which expert and which row it is; false if the summand is 0.
bool MoeMatcher::solve(SumOfProducts &sums, Summand &summand) {
  while (sorted.reorder(summand, tokens)) {
  }
  if (!sums.resolve(summand))
    return false;
  for (size_t i = 0; i < summand.variables.size() && !summand.conditions.empty();) {
    Poly variable = summand.variables[i];
    std::optional<Poly> expert = sorted.expertOf(summand.conditions, variable);
    if (!expert) {
      ++i;
      continue;
    }
    summand.variables.erase(summand.variables.begin() + i);
    summand.substitute(elements, variable, *expert);
    i = 0;
  }
  return true;
}

std::optional<Part> MoeMatcher::classify(const Summand &summand) {
  Part part;
  part.summand = summand;
  std::vector<Term> others;
  bool isFound = false;
  for (const Term &factor : summand.factors) {
    if (!elements.dependsOn(factor, out)) {
      others.push_back(factor);
      continue;
    }
    if (isFound)
      return std::nullopt;
    part.leaf = elements.normal(factor);
    isFound = true;
  }
  if (!isFound || !part.leaf.isElement() || !summand.conditions.empty())
    return std::nullopt;
  for (const Poly &variable : summand.variables) {
    if (llvm::none_of(part.leaf.index, [&](const Poly &index) { return index.uses(*variable.asAtom()); }))
      continue;
    if (part.hidden)
      return std::nullopt;
    part.hidden = variable;
  }
  // What is activated may be multiplied by the weight before the last product.
  std::vector<Term> factors, divisors(summand.divisors);
  std::function<void(const Term &)> split = [&](const Term &factor) {
    auto both = part.hidden && elements.dependsOn(factor, *part.hidden) ? elements.operands<arith::MulFOp>(factor)
                                                                        : std::nullopt;
    if (!both)
      return factors.push_back(factor);
    split((*both)[0]);
    split((*both)[1]);
  };
  for (const Term &factor : others)
    split(factor);
  for (const Term &factor : factors)
    (part.hidden && elements.dependsOn(factor, *part.hidden) ? part.activated : part.weights).push_back(factor);
  for (const Term &divisor : divisors)
    (part.hidden && elements.dependsOn(divisor, *part.hidden) ? part.activatedDivisors : part.weightDivisors)
        .push_back(divisor);
  // Numbers go to the activation, which knows which of them are its own.
  for (std::vector<Term> *terms : {&part.weights, &part.weightDivisors})
    llvm::erase_if(*terms, [&](const Term &term) {
      std::optional<double> value = elements.constant(term);
      if (value)
        part.summand.scale = terms == &part.weights ? part.summand.scale * *value : part.summand.scale / *value;
      return value.has_value();
    });
  return part;
}

/// The sum over a token's choices has one variable in all products.
bool MoeMatcher::unify(Part &part) {
  for (const Poly &variable : std::vector<Poly>(part.summand.variables)) {
    if (part.hidden == variable)
      continue;
    if (j == Poly())
      j = variable;
    if (elements.atoms.extent(variable) != elements.atoms.extent(j))
      return false;
    part.substitute(elements, variable, j);
  }
  return part.summand.variables.size() <= (part.hidden ? 2 : 1);
}

/// Which expert the product is of: one for all products.
bool MoeMatcher::setChoice(Part &part) {
  Poly found;
  std::vector<Poly> known{out};
  if (part.hidden)
    known.push_back(*part.hidden);
  std::vector<unsigned> atoms = choicesIn(elements, part.leaf, known);
  if (part.summand.equalities.size() == 1 && atoms.empty()) {
    auto [left, right] = part.summand.equalities.front();
    if (left.constant())
      std::swap(left, right);
    part.constant = right.constant();
    found = left;
    if (!part.constant)
      return false;
  } else if (part.summand.equalities.empty() && atoms.size() == 1) {
    found = Poly::atom(atoms.front());
  } else {
    return false;
  }
  if (!elements.atoms.origin(found) || (choice != Poly() && choice != found))
    return false;
  choice = found;
  return true;
}

/// What may lie outside is the choice, or a slot of an expert, which must lie inside.
LogicalResult MoeMatcher::setSlot(Part &part) {
  SumOfProducts sums(elements, tokens);
  std::vector<std::pair<Poly, Poly>> ofChoice;
  for (const auto &[index, extent] : part.summand.guards) {
    if (index == choice) {
      ofChoice.emplace_back(index, extent);
      continue;
    }
    std::optional<ExpertSlot> slot = ExpertSlot::get(elements, sums, index);
    if (!slot || slot->getExpert() != choice || part.slot)
      return failure();
    if (!slot->fits(elements, extent, tokens))
      return miss("the experts have fewer slots than there are tokens, so that some may be dropped");
    part.slot = slot;
    auto origin = elements.atoms.origin(index);
    elements.atoms.opaque(origin->first, origin->second, extent); // its bound is known from here on
    llvm::erase(part.summand.unsignedIndices, index);
  }
  if (!part.summand.unsignedIndices.empty())
    return failure();
  part.summand.guards = std::move(ofChoice);
  return success();
}

LogicalResult MoeMatcher::match() {
  auto type = dyn_cast<RankedTensorType>(op->getResult(0).getType());
  if (!type || type.getRank() < 2 || type.isDynamicDim(type.getRank() - 1) || !isa<FloatType>(type.getElementType()))
    return failure();
  Term result{op->getResult(0), elements.variables(op->getResult(0))};
  out = result.index.back();
  rows.assign(result.index.begin(), result.index.end() - 1);
  std::vector<Poly> sizes = elements.sizesOf(op->getResult(0));
  sizes.pop_back();
  token = elements.atoms.linearize(rows, sizes);
  tokens = Poly(1);
  for (const Poly &size : sizes)
    tokens = tokens * size;
  if (!out.asAtom())
    return failure();

  SumOfProducts sums(elements, tokens);
  std::optional<std::vector<Summand>> products = sums.alongVariable(result, out, rows);
  if (!products || !openParts(*products, sums))
    return failure();
  std::vector<Part> parts;
  for (Summand &product : *products) {
    std::optional<std::vector<Summand>> summands = sums.choices(product);
    if (!summands)
      return failure();
    for (Summand &summand : *summands) {
      if (!solve(sums, summand)) {
        if (!summand.unsignedIndices.empty())
          return failure();
        continue;
      }
      std::optional<Part> part = classify(summand);
      if (!part || !unify(*part) || !setChoice(*part) || !sums.writesOnce(part->summand))
        return failure();
      parts.push_back(std::move(*part));
    }
  }
  return parts.empty() ? failure() : matchParts(parts);
}

LogicalResult MoeMatcher::matchParts(std::vector<Part> &parts) {
  // It is a sum over chosen experts; what fails from here on is a near-miss.
  std::map<int64_t, std::pair<const Part *, const Part *>> byExpert;
  auto noteGuards = [&](ArrayRef<std::pair<Poly, Poly>> guards) {
    for (const auto &[index, extent] : guards) {
      if (experts != Poly() && experts != extent)
        return false;
      experts = extent;
    }
    return true;
  };
  if (!noteGuards(sorted.guards))
    return failure();
  for (Part &part : parts) {
    if (failed(setSlot(part)))
      return failure();
    if (!noteGuards(part.summand.guards))
      return failure();
    auto &place = byExpert[part.constant.value_or(-1)];
    const Part *&one = part.hidden ? place.first : place.second;
    if (one)
      return miss("an expert is counted twice");
    one = &part;
  }
  // A bias may be picked by the choice although each expert's product is written on its own.
  const Part *commonBias = nullptr;
  if (auto chosen = byExpert.find(-1); byExpert.size() > 1 && chosen != byExpert.end()) {
    if (chosen->second.first)
      return failure();
    commonBias = chosen->second.second;
    byExpert.erase(chosen);
  }
  if (byExpert.begin()->first >= 0) {
    int64_t count = byExpert.size();
    if (byExpert.begin()->first != 0 || byExpert.rbegin()->first != count - 1 || count < 2)
      return failure(); // a part of a sum over experts
    if (!elements.atoms.isBetween(choice, 0, Poly(count))) {
      if (elements.atoms.isNonNegative(choice) || (experts != Poly() && experts != Poly(count)))
        return failure();
      experts = Poly(count);
    }
  }
  std::vector<FeedForward> all;
  if (!byExpert.begin()->second.first)
    return failure();
  const Part &first = *byExpert.begin()->second.first;
  for (const auto &[expert, pair] : byExpert) {
    auto [part, bias] = pair;
    if (!part || (bias && commonBias))
      return failure();
    if (commonBias)
      bias = commonBias;
    std::string reason;
    std::optional<FeedForward> one = matchExpert(*part, bias, reason);
    if (!one)
      return reason.empty() ? failure() : miss(reason);
    if (!all.empty()) {
      const FeedForward &other = all.front();
      Atoms &atoms = elements.atoms;
      if (atoms.extent(one->hidden) != atoms.extent(other.hidden) ||
          atoms.extent(one->gated.gate.sum) != atoms.extent(other.gated.gate.sum))
        return miss("the experts have different sizes");
      one->substitute(elements, one->hidden, other.hidden);
      one->substitute(elements, one->gated.gate.sum, other.gated.gate.sum);
      if (!one->isLike(elements, other) || !sameWeights(elements, *part, first))
        return miss("the experts are different functions, or of different tokens or weights");
    }
    all.push_back(std::move(*one));
  }
  return build(std::move(all), first);
}

LogicalResult hadal::raise::raiseMoe(Operation *op, Context &context) {
  if (op->getNumResults() != 1 || !isa<linalg::LinalgOp, ScatterNDOp, ScatterElementsOp>(op))
    return failure();
  return MoeMatcher(op, context).match();
}

/// Whether an operation for experts uses `value`, however it is arranged before.
static bool isApplied(Value value, unsigned depth) {
  constexpr unsigned maxDepth = 4; // reshapes, casts and a clamp
  return llvm::any_of(value.getUsers(), [&](Operation *user) {
    if (isa<MoeOp>(user) || user->hasTrait<OpTrait::IsTerminator>())
      return true;
    return depth < maxDepth && isa<tensor::CollapseShapeOp, tensor::ExpandShapeOp, linalg::GenericOp>(user) &&
           llvm::any_of(user->getResults(), [&](Value result) { return isApplied(result, depth + 1); });
  });
}

void hadal::raise::reportUnraisedExperts(Block &block, Context &context) {
  for (auto route : block.getOps<RouteOp>())
    if (!route.getIndices().use_empty() && !isApplied(route.getIndices(), 0))
      (void)context.miss(route, "moe", route, "what is done with the experts that it chooses is not recognised");
}
