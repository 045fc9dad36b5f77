//===- ExpertsBuild.cpp - The operands of hadal.moe -----------------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ExpertsMatcher.h"

using namespace mlir;
using namespace hadal;
using namespace hadal::raise;

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
