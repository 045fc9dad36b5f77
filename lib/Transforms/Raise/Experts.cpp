//===- Experts.cpp - Recognise a mixture of experts -----------------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The batched form: each token is repeated for each of its experts, the
// experts' weights are gathered, and two products per (token, expert) follow:
//
//   out[t, h] = Σ_j weights[t, j] · Σ_i W_down[e][h, i] · a[p, i]      e = indices[t, j], p = t·k + j
//   a[p, i]   = silu(g[p, i]) · g[p, I + i]
//   g[p, n]   = Σ_h W_gate_up[e][n, h] · x[t, h]
//
//===----------------------------------------------------------------------===//

#include "Raise.h"

using namespace mlir;
using namespace hadal;
using namespace hadal::raise;

namespace {
/// One product of a (token, expert) pair: Σ over `sum` of W[e][…] · rows.
struct ExpertProduct {
  Value weights;  // [E, …]
  Value indices;  // [T, k]
  bool sumIsLast; // whether the weight is [E, out, in] rather than [E, in, out]
  Term rows;      // the other factor
  Operation *op;
};

class MoeMatcher {
public:
  MoeMatcher(Operation *op, Context &context) : op(op), context(context) {}
  LogicalResult match();

private:
  LogicalResult miss(const Twine &reason) { return context.miss(op, "moe", op, reason); }
  std::optional<ExpertProduct> matchProduct(const Term &term, const Poly &out, Poly *sum = nullptr);
  Value transposed(const ExpertProduct &product);

  Operation *op;
  Context &context;
  Elements elements;
  Poly t, j;
};
} // namespace

/// Matches Σ W[indices[t, j]][out, sum] · rows at the (t, j) of this matcher.
std::optional<ExpertProduct> MoeMatcher::matchProduct(const Term &term, const Poly &out, Poly *sum) {
  std::optional<Contraction> dot = elements.contraction(term);
  if (!dot)
    return std::nullopt;
  if (sum)
    *sum = dot->variable;
  for (bool swapped : {false, true}) {
    Term weight = elements.normal(swapped ? dot->rhs : dot->lhs);
    auto gather = weight.value.getDefiningOp<GatherNDOp>();
    if (!gather || gather.getBatchDims() != 0 || gather.getData().getType().getRank() != 3 ||
        gather.getIndices().getType().getRank() != 2 || gather.getIndices().getType().getDimSize(1) != 1)
      continue;
    bool sumIsLast = weight.index[1] == out && weight.index[2] == dot->variable;
    if (!sumIsLast && (weight.index[2] != out || weight.index[1] != dot->variable))
      continue;
    Value indices = materialize(context, elements, {gather.getIndices(), {weight.index[0], 0}}, {t, j});
    if (!indices)
      continue;
    return ExpertProduct{gather.getData(), indices, sumIsLast, swapped ? dot->lhs : dot->rhs, dot->op};
  }
  return std::nullopt;
}

/// The weights as [E, in, out].
Value MoeMatcher::transposed(const ExpertProduct &product) {
  if (!product.sumIsLast)
    return product.weights;
  RewriterBase &rewriter = context.rewriter;
  Location loc = product.weights.getLoc();
  auto type = cast<RankedTensorType>(product.weights.getType());
  Value init = tensor::EmptyOp::create(rewriter, loc,
                                       ArrayRef<int64_t>{type.getDimSize(0), type.getDimSize(2), type.getDimSize(1)},
                                       type.getElementType());
  return linalg::TransposeOp::create(rewriter, loc, product.weights, init, ArrayRef<int64_t>{0, 2, 1})->getResult(0);
}

LogicalResult MoeMatcher::match() {
  auto type = dyn_cast<RankedTensorType>(op->getResult(0).getType());
  if (!type || type.getRank() != 2 || type.isDynamicDim(1) || !isa<FloatType>(type.getElementType()))
    return failure();
  Indices at = elements.variables(op->getResult(0));
  t = at[0];
  auto total = elements.sum({op->getResult(0), at});
  if (!total || total->op != op)
    return failure();
  j = total->variable;
  std::vector<Term> numerators, denominators;
  elements.factors(total->operand, numerators, denominators);
  if (numerators.size() != 2 || !denominators.empty())
    return failure();
  std::optional<ExpertProduct> down;
  Value weights;
  Poly i;
  for (int side = 0; side < 2 && !down; ++side)
    if ((down = matchProduct(numerators[side], at[1], &i)))
      weights = materialize(context, elements, numerators[1 - side], {t, j});
  if (!down)
    return failure();

  // From here on it is a mixture of experts; what fails is a near-miss.
  Operation *choice = elements.normal({down->indices, {t, j}}).value.getDefiningOp();
  if (!isa_and_nonnull<RouteOp, TopKOp>(choice))
    return miss("the experts' indices come from no router: negative ones would count from the end");
  if (!weights)
    return miss("the weights of the sum are no tensor of token and choice");
  auto downType = cast<RankedTensorType>(down->weights.getType());
  if (!downType.hasStaticShape())
    return miss("the experts' weights have no static shape");
  int64_t inner = downType.getDimSize(down->sumIsLast ? 2 : 1);
  std::vector<Term> gated, sigmoids;
  elements.factors(down->rows, gated, sigmoids);
  // silu(g) · u is g · u / (1 + exp(−g)).
  if (gated.size() != 2 || sigmoids.size() != 1)
    return miss("the activation is no product of silu(gate) and up");
  std::vector<Term> plus, minus;
  elements.summands(sigmoids.front(), plus, minus);
  std::optional<Term> gate;
  for (const Term &summand : plus)
    if (auto power = elements.operands<math::ExpOp>(summand))
      if (auto negative = elements.operands<arith::NegFOp>((*power)[0]))
        gate = (*negative)[0];
  bool isSigmoid = gate && minus.empty() && plus.size() == 2 &&
                   llvm::any_of(plus, [&](const Term &summand) { return elements.isConstant(summand, 1.0); });
  size_t gateAt = isSigmoid && elements.same(gated[0], *gate) ? 0 : 1;
  if (!isSigmoid || !elements.same(gated[gateAt], *gate))
    return miss("the activation is no product of silu(gate) and up");
  std::optional<ExpertProduct> gateProduct, upProduct;
  std::optional<GateOrder> order;
  for (auto [candidate, gateColumn, upColumn] :
       {std::tuple(GateOrder::GateFirst, i, i + inner), std::tuple(GateOrder::UpFirst, i + inner, i),
        std::tuple(GateOrder::Interleaved, i * 2, i * 2 + 1)}) {
    gateProduct = matchProduct(gated[gateAt], gateColumn);
    upProduct = matchProduct(gated[1 - gateAt], upColumn);
    if (gateProduct && upProduct) {
      order = candidate;
      break;
    }
  }
  if (!order)
    return miss("gate and up are no columns of one product of the tokens with the experts' first weight");
  if (gateProduct->op != upProduct->op || gateProduct->indices != down->indices)
    return miss("gate, up and down belong to different experts");
  auto gateUpType = cast<RankedTensorType>(gateProduct->weights.getType());
  int64_t columns = gateUpType.getDimSize(gateProduct->sumIsLast ? 1 : 2);
  if (columns != 2 * inner || gateUpType.getDimSize(0) != downType.getDimSize(0))
    return miss("the experts' weights disagree in their number or in the size between them");
  // The tokens: the element of x beside the weight, by token and the first product's sum.
  std::optional<Contraction> first = elements.contraction(gated[gateAt]);
  Term row = elements.normal(first->lhs).value.getDefiningOp<GatherNDOp>() ? first->rhs : first->lhs;
  Value x = materialize(context, elements, row, {t, first->variable});
  if (!x || x.getType() != type)
    return miss("the tokens are no tensor of the result's type");
  context.rewriter.setInsertionPoint(op);
  Value gateUp = transposed(*gateProduct), downWeights = transposed(*down);
  context.rewriter.replaceOpWithNewOp<MoeOp>(op, type, x, weights, down->indices, gateUp, downWeights, Activation::Silu,
                                             *order);
  return success();
}

LogicalResult hadal::raise::raiseMoe(Operation *op, Context &context) {
  if (op->getNumResults() != 1 || !isa<linalg::LinalgOp>(op))
    return failure();
  return MoeMatcher(op, context).match();
}

void hadal::raise::reportUnraisedExperts(Block &block, Context &context) {
  for (auto route : block.getOps<RouteOp>()) {
    auto isApplied = [](Operation *user) { return isa<MoeOp>(user) || user->hasTrait<OpTrait::IsTerminator>(); };
    Value indices = route.getIndices();
    if (!indices.use_empty() && llvm::none_of(indices.getUsers(), isApplied))
      (void)context.miss(route, "moe", route, "what is done with the experts that it chooses is not recognised");
  }
}
