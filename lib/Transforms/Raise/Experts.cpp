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

#include "Experts.h"

#include <functional>

using namespace mlir;
using namespace hadal;
using namespace hadal::raise;

namespace {
/// One product of the result, by what its factors are.
struct Part {
  Summand summand;
  Term leaf; // the weight that the result's column picks
  std::optional<Poly> hidden;
  std::vector<Term> activated, activatedDivisors, weights, weightDivisors;
  std::optional<int64_t> constant; // the expert, if there is one product for each

  void substitute(Elements &elements, const Poly &variable, const Poly &value) {
    summand.substitute(elements, variable, value);
    leaf = elements.substitute(leaf, variable, value);
    for (std::vector<Term> *terms : {&activated, &activatedDivisors, &weights, &weightDivisors})
      for (Term &term : *terms)
        term = elements.substitute(term, variable, value);
    llvm::replace(summand.variables, variable, value);
  }
};

class MoeMatcher {
public:
  MoeMatcher(Operation *op, Context &context) : op(op), context(context), sorted(elements, *op->getBlock()) {}
  LogicalResult match();

private:
  LogicalResult miss(const Twine &reason);
  bool openParts(std::vector<Summand> &products, SumOfProducts &sums);
  bool solve(SumOfProducts &sums, Summand &summand);
  std::optional<Part> classify(const Summand &summand);
  bool unify(Part &part);
  bool setChoice(Part &part);
  LogicalResult matchParts(std::vector<Part> &parts);
  std::optional<Linear> matchLinear(const Term &term, const Poly &hidden, std::optional<int64_t> constant);
  std::optional<FeedForward> matchExpert(const Part &part, const Part *bias, std::string &reason);
  LogicalResult build(std::vector<FeedForward> experts, const Part &part);
  Value weightsOf(const Part &part, double scale);
  Value guarded(Value indices);

  Operation *op;
  Context &context;
  Elements elements;
  SortedRows sorted;
  Indices rows;
  Poly out, tokens, token;
  Poly j;       // among a token's choices
  Poly choice;  // the expert
  Poly experts; // how many there are, if the choice may be none of them
};
} // namespace

/// Once for each choice of experts: parts of the result would say the same.
LogicalResult MoeMatcher::miss(const Twine &reason) {
  auto origin = elements.atoms.origin(choice);
  Operation *chooses = origin ? origin->first.getDefiningOp() : nullptr;
  return context.miss(op, "moe", chooses ? chooses : op, reason);
}

/// The unknown integers that stand in the indices of a weight, besides `known` variables.
static std::vector<unsigned> choicesIn(Elements &elements, const Term &weight, ArrayRef<Poly> known) {
  std::vector<unsigned> result;
  for (const Poly &index : weight.index)
    for (const auto &[monomial, coefficient] : index.getTerms())
      for (unsigned atom : monomial)
        if (!llvm::is_contained(known, Poly::atom(atom)) && !elements.atoms.dimension(atom) &&
            !llvm::is_contained(result, atom))
          result.push_back(atom);
  return result;
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

std::optional<Linear> MoeMatcher::matchLinear(const Term &term, const Poly &hidden, std::optional<int64_t> constant) {
  Term root = elements.normal(term);
  if (auto sides = elements.operands<arith::AddFOp>(root)) {
    for (int side = 0; side < 2; ++side) {
      Term bias = elements.normal((*sides)[1 - side]);
      if (!bias.isElement() || elements.constant(bias) || elements.fold<arith::AddFOp>(bias))
        continue;
      std::optional<Linear> linear = matchLinear((*sides)[side], hidden, constant);
      if (!linear || linear->bias || llvm::any_of(bias.index, [&](const Poly &index) {
            return llvm::any_of(rows, [&](const Poly &row) { return row.asAtom() && index.uses(*row.asAtom()); });
          }))
        continue;
      linear->bias = bias;
      return linear;
    }
    return std::nullopt;
  }
  if (constant)
    if (const SortedRows::Groups *groups = sorted.groups(root); groups && groups->expert == choice)
      return matchLinear(sorted.part(root, *groups, *constant), hidden, constant);
  auto total = elements.fold<arith::AddFOp>(root);
  if (!total)
    return std::nullopt;
  Product product = elements.product(total->operand);
  if (product.scale != 1 || !product.denominators.empty() || product.numerators.size() != 2)
    return std::nullopt;
  for (size_t i = 0; i < total->variables.size() && !product.conditions.empty(); ++i) {
    Poly variable = total->variables[i];
    std::optional<Poly> expert = sorted.expertOf(product.conditions, variable);
    if (!expert)
      continue;
    for (Term &factor : product.numerators)
      factor = elements.substitute(factor, variable, *expert);
    total->variables.erase(total->variables.begin() + i);
    break;
  }
  if (total->variables.size() != 1 || !product.conditions.empty())
    return std::nullopt;
  for (int side = 0; side < 2; ++side) {
    Term weight = elements.normal(product.numerators[side]), row = product.numerators[1 - side];
    if (!weight.isElement() || !elements.dependsOn(weight, hidden) || elements.dependsOn(row, hidden))
      continue;
    return Linear{row, weight, total->variables.front(), std::nullopt};
  }
  return std::nullopt;
}

/// Whether two lists hold the same terms.
static bool sameTerms(Elements &elements, ArrayRef<Term> a, ArrayRef<Term> b) {
  std::vector<Term> left(b.begin(), b.end());
  for (const Term &term : a) {
    auto it = llvm::find_if(left, [&](const Term &other) { return elements.same(term, other); });
    if (it == left.end())
      return false;
    left.erase(it);
  }
  return left.empty();
}

static bool sameWeights(Elements &elements, const Part &a, const Part &b) {
  return sameTerms(elements, a.weights, b.weights) && sameTerms(elements, a.weightDivisors, b.weightDivisors);
}

std::optional<FeedForward> MoeMatcher::matchExpert(const Part &part, const Part *bias, std::string &reason) {
  auto linear = [&](const Term &term) { return matchLinear(term, *part.hidden, part.constant); };
  GatedMatcher matcher(elements, linear);
  std::optional<Gated> gated = matcher.match(part.activated, part.activatedDivisors, part.summand.scale, reason);
  if (!gated)
    return std::nullopt;
  if (gated->up) {
    Poly sum = gated->up->sum;
    if (elements.atoms.extent(sum) != elements.atoms.extent(gated->gate.sum)) {
      reason = "gate and up are products over different sizes";
      return std::nullopt;
    }
    gated->up->row = elements.substitute(gated->up->row, sum, gated->gate.sum);
    gated->up->weight = elements.substitute(gated->up->weight, sum, gated->gate.sum);
    gated->up->sum = gated->gate.sum;
    if (!elements.same(gated->gate.row, gated->up->row)) {
      reason = "gate and up are of different tokens";
      return std::nullopt;
    }
  }
  FeedForward result{*gated, *part.hidden, part.leaf, std::nullopt};
  if (bias) {
    result.downBias = bias->leaf;
    if (!sameWeights(elements, part, *bias) || std::abs(bias->summand.scale - gated->scale) > 1e-6) {
      reason = "the last bias has another weight than the expert";
      return std::nullopt;
    }
  }
  if (part.constant)
    result.substitute(elements, choice, Poly(*part.constant));
  // All weights are of the expert that was chosen.
  std::vector<Poly> known{out, *part.hidden, gated->gate.sum};
  std::vector<Term> all{result.gated.gate.weight, result.down};
  for (const std::optional<Term> &term : {result.gated.gate.bias, result.downBias})
    if (term)
      all.push_back(*term);
  if (const std::optional<Linear> &up = result.gated.up) {
    all.push_back(up->weight);
    if (up->bias)
      all.push_back(*up->bias);
  }
  for (const Term &weight : all) {
    std::vector<unsigned> atoms = choicesIn(elements, weight, known);
    if (part.constant ? !atoms.empty() : atoms != std::vector<unsigned>{*choice.asAtom()}) {
      reason = "gate, up and down belong to different experts";
      return std::nullopt;
    }
  }
  return result;
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
      if (!solve(sums, summand))
        continue;
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
    for (const auto &[index, extent] : part.summand.guards)
      if (index != choice)
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

/// An index that is no expert becomes −1.
Value MoeMatcher::guarded(Value indices) {
  OpBuilder &builder = context.rewriter;
  Location loc = indices.getLoc();
  auto type = cast<RankedTensorType>(indices.getType());
  Value init =
      tensor::EmptyOp::create(builder, loc, tensor::getMixedSizes(builder, loc, indices), type.getElementType());
  SmallVector<AffineMap> maps(2, builder.getMultiDimIdentityMap(type.getRank()));
  SmallVector<utils::IteratorType> iterators(type.getRank(), utils::IteratorType::parallel);
  int64_t count = *experts.constant();
  return linalg::GenericOp::create(
             builder, loc, init.getType(), indices, init, maps, iterators,
             [&](OpBuilder &builder, Location loc, ValueRange arguments) {
               auto constant = [&](int64_t value) -> Value {
                 return arith::ConstantOp::create(builder, loc, builder.getIntegerAttr(type.getElementType(), value));
               };
               // As unsigned, negative ones are large.
               Value isInside =
                   arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::ult, arguments[0], constant(count));
               Value index = arith::SelectOp::create(builder, loc, isInside, arguments[0], constant(-1));
               linalg::YieldOp::create(builder, loc, index);
             })
      ->getResult(0);
}

/// The product of what each (token, choice) is weighted by.
Value MoeMatcher::weightsOf(const Part &part, double scale) {
  if (part.weights.size() == 1 && part.weightDivisors.empty() && scale == 1)
    if (Value weights = materialize(context, elements, part.weights.front(), {token, j}))
      return weights;
  OpBuilder &builder = context.rewriter;
  SmallVector<Value> operands;
  SmallVector<AffineMap> maps;
  Type type = builder.getF32Type();
  for (ArrayRef<Term> terms : {ArrayRef<Term>(part.weights), ArrayRef<Term>(part.weightDivisors)})
    for (const Term &term : terms) {
      Indices index;
      SmallVector<AffineExpr> exprs;
      bool ofToken = llvm::any_of(rows, [&](const Poly &row) { return elements.dependsOn(term, row); });
      if (ofToken || token.isConstant(0)) {
        index.push_back(token);
        exprs.push_back(builder.getAffineDimExpr(0));
      }
      bool ofChoice = elements.dependsOn(term, j);
      if (ofChoice || j.isConstant(0)) {
        index.push_back(j);
        exprs.push_back(builder.getAffineDimExpr(1));
      }
      Value value = materialize(context, elements, term, index);
      if (!value || !isa<FloatType>(getElementTypeOrSelf(value.getType())))
        return nullptr;
      if (getElementTypeOrSelf(value.getType()).isF64())
        type = builder.getF64Type();
      operands.push_back(value);
      maps.push_back(AffineMap::get(2, 0, exprs, builder.getContext()));
    }
  Location loc = op->getLoc();
  OpFoldResult tokenCount, choiceCount;
  tokenCount = elements.sizeValue(builder, loc, tokens);
  choiceCount = elements.sizeValue(builder, loc, *elements.atoms.extent(j));
  if (!tokenCount || !choiceCount)
    return nullptr;
  Value init = tensor::EmptyOp::create(builder, loc, ArrayRef<OpFoldResult>{tokenCount, choiceCount}, type);
  maps.push_back(builder.getMultiDimIdentityMap(2));
  SmallVector<utils::IteratorType> iterators(2, utils::IteratorType::parallel);
  size_t divisors = part.weights.size();
  return linalg::GenericOp::create(
             builder, loc, init.getType(), operands, init, maps, iterators,
             [&](OpBuilder &builder, Location loc, ValueRange arguments) {
               Value product;
               if (scale != 1 || divisors == 0)
                 product = arith::ConstantOp::create(builder, loc, builder.getFloatAttr(type, scale));
               for (auto [i, argument] : llvm::enumerate(arguments.drop_back())) {
                 Value factor = argument;
                 if (factor.getType() != type)
                   factor = arith::ExtFOp::create(builder, loc, type, factor);
                 if (i >= divisors)
                   product = arith::DivFOp::create(builder, loc, product, factor);
                 else
                   product = product ? arith::MulFOp::create(builder, loc, product, factor).getResult() : factor;
               }
               linalg::YieldOp::create(builder, loc, product);
             })
      ->getResult(0);
}

LogicalResult MoeMatcher::build(std::vector<FeedForward> all, const Part &part) {
  Atoms &atoms = elements.atoms;
  FeedForward &first = all.front();
  auto type = cast<RankedTensorType>(op->getResult(0).getType());
  Type elementType = type.getElementType();
  Poly in = first.gated.gate.sum, expert;
  if (elements.dependsOn(first.gated.gate.row, j))
    return miss("the experts of one token are given different rows");
  if (all.size() > 1) {
    expert = atoms.var(Poly(static_cast<int64_t>(all.size())));
  } else {
    // As many experts as the weight has.
    for (auto [dim, index] : llvm::enumerate(first.down.index)) {
      Poly stride, rest;
      if (!index.linearIn(*choice.asAtom(), stride, rest) || stride == Poly())
        continue;
      auto [count, left] = atoms.divMod(elements.sizeOf(first.down.value, dim), stride);
      expert = atoms.var(count);
      if (left != Poly() || (!atoms.isBetween(choice, 0, count) && experts != count))
        return failure();
    }
    if (!expert.asAtom())
      return miss("there is one expert alone, or the number of experts is not known");
    first.substitute(elements, choice, expert);
  }
  if (experts != Poly() && atoms.isBetween(choice, 0, experts))
    experts = Poly();
  if (experts != Poly() && !experts.constant())
    return failure();

  context.rewriter.setInsertionPoint(op);
  Value x = materialize(context, elements, first.gated.gate.row, {token, in}, elementType);
  if (!x)
    return miss("what the experts are applied to is no tensor of the tokens");
  auto origin = atoms.origin(choice);
  // One of several choices: a part of something that is no sum over all of them.
  auto chosenType = dyn_cast<RankedTensorType>(origin->first.getType());
  if (chosenType && j == Poly() && !origin->second.empty() && origin->second.back().constant() &&
      !elements.sizeOf(origin->first, chosenType.getRank() - 1).isConstant(1))
    return failure();
  Value indices = materialize(context, elements, {origin->first, origin->second}, {token, j});
  if (!indices ||
      !(getElementTypeOrSelf(indices.getType()).isInteger(32) || getElementTypeOrSelf(indices.getType()).isInteger(64)))
    return miss("the chosen experts are no tensor of token and choice");
  context.rewriter.setInsertionPoint(op);
  Value weights = weightsOf(part, first.gated.scale);
  if (!weights)
    return miss("the weights of the sum are no tensor of token and choice");
  context.rewriter.setInsertionPoint(op);
  std::optional<MoeWeights> operands =
      ExpertWeights(context, elements, expert, in, first.hidden, out, elementType).make(all);
  if (!operands)
    return miss("the experts' weights are no tensors of expert, row and column");
  if (experts != Poly())
    indices = guarded(indices);
  auto xType = cast<RankedTensorType>(x.getType());
  auto resultType = RankedTensorType::get({xType.getDimSize(0), type.getShape().back()}, elementType);
  const Gated &gated = first.gated;
  OpBuilder &builder = context.rewriter;
  FloatAttr limit = gated.limit ? builder.getF32FloatAttr(*gated.limit) : FloatAttr();
  Value result = MoeOp::create(builder, op->getLoc(), resultType, x, weights, indices, operands->gateUp, operands->down,
                               operands->gateUpBias, operands->downBias, Value(), Value(), Value(), Value(),
                               gated.activation, operands->order, operands->transposed, limit, FloatAttr(),
                               APFloat(static_cast<float>(gated.alpha)), APFloat(static_cast<float>(gated.upOffset)));
  if (type.getRank() > 2) {
    SmallVector<ReassociationIndices> groups(2);
    for (int64_t dim = 0; dim + 1 < type.getRank(); ++dim)
      groups[0].push_back(dim);
    groups[1].push_back(type.getRank() - 1);
    result = tensor::ExpandShapeOp::create(builder, op->getLoc(), type, result, groups,
                                           knownSizes(builder, op->getResult(0)));
  } else if (result.getType() != type) {
    result = tensor::CastOp::create(builder, op->getLoc(), type, result);
  }
  context.rewriter.replaceOp(op, result);
  return success();
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
