//===- Dsa.cpp - Recognise DeepSeek sparse attention ---------------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Attention whose mask lets a key be seen if it is among the best of an indexer's
// scores for the query, and by other steps that masked these scores too. A key
// that was chosen though it was masked, since there were too few others, is hidden
// by them again.
//
// Without other steps, or with causality alone, this is hadal.dsa. With others it
// becomes its parts: hadal.select of the masked scores, and hadal.selected_attention
// with the other steps as its mask.
//
//===----------------------------------------------------------------------===//

#include "Selection.h"

using namespace mlir;
using namespace hadal;
using namespace hadal::raise;

namespace {
/// What the mask of an attention is made of.
struct SelectionMask {
  Choice choice;
  MaskPart member;                        // the step that hides what was not chosen
  std::vector<MaskPart> others;           // the other steps, in order
  bool isLast = true, isConjunct = false; // whether `member` is the last step; whether another is one condition with it
};

class DsaMatcher {
public:
  DsaMatcher(AttentionOp attention, Context &context) : attention(attention), context(context) {}
  LogicalResult run();

private:
  LogicalResult miss(const Twine &reason) { return context.miss(attention, "dsa", attention, reason); }
  std::optional<SelectionMask> matchMask(const Term &mask);
  bool isCausal(const Condition &condition);
  /// What rows that see nothing give.
  enum class EmptyRows { Zero, None, Mean, MeanBelow, Unknown };
  EmptyRows emptyRows(const SelectionMask &mask);
  LogicalResult buildParts(const SelectionMask &mask, EmptyRows rows);
  Value guarded(Value result, Value mask, double fill);

  AttentionOp attention;
  Context &context;
  Elements elements;
  Indices point;
};
} // namespace

std::optional<SelectionMask> DsaMatcher::matchMask(const Term &mask) {
  std::vector<MaskPart> parts = maskParts(elements, mask);
  SelectionMask result;
  bool isFound = false;
  for (const MaskPart &part : parts) {
    std::vector<MaskPart> pieces = conjuncts(elements, part);
    for (const MaskPart &piece : pieces) {
      std::optional<Choice> choice = isFound ? std::nullopt : findChoice(elements, piece, point[3]);
      if (!choice) {
        result.others.push_back(piece);
        result.isLast &= !isFound;
        continue;
      }
      isFound = true;
      result.choice = *choice;
      result.member = piece;
      result.isConjunct = pieces.size() > 1;
    }
    if (result.isConjunct && &part == &parts.back())
      result.isLast = true;
  }
  return isFound ? std::optional(result) : std::nullopt;
}

/// t ≤ s + T − S, where every row sees a key.
bool DsaMatcher::isCausal(const Condition &condition) {
  Poly difference = elements.sizeOf(attention.getK(), 2) - elements.sizeOf(attention.getQ(), 2);
  return condition.isKnown() && !condition.never && condition.atLeastZero.size() == 1 &&
         condition.atLeastZero.front() == point[2] + difference - point[3] && elements.atoms.isNonNegative(difference);
}

DsaMatcher::EmptyRows DsaMatcher::emptyRows(const SelectionMask &mask) {
  Condition condition = visible(elements, mask.others);
  bool isUnderstood =
      llvm::all_of(mask.others, [&](const MaskPart &part) { return visible(elements, part).has_value(); });
  if (isUnderstood && (condition.isAlways() || isCausal(condition)))
    return EmptyRows::None; // there are none
  // What is not chosen is below all that is, however that is hidden.
  if (!mask.member.isCondition() || std::isinf(mask.member.fill))
    return EmptyRows::Zero;
  double fill = mask.member.fill;
  if (llvm::all_of(mask.others, [&](const MaskPart &part) { return part.isCondition() && part.fill == fill; }))
    return EmptyRows::Mean;
  if (mask.isLast && mask.others.size() == 1 && !mask.others.front().isCondition())
    return EmptyRows::MeanBelow;
  return EmptyRows::Unknown;
}

/// The mean of all values where a row of `mask` hides everything: no element of it is true, or above `fill`.
Value DsaMatcher::guarded(Value result, Value mask, double fill) {
  RewriterBase &rewriter = context.rewriter;
  Location loc = attention.getLoc();
  auto maskType = cast<RankedTensorType>(mask.getType());
  Type maskElement = maskType.getElementType(), type = getElementTypeOrSelf(result.getType());
  bool isBoolean = maskElement.isInteger(1);
  auto reduce = [&](Value tensor, int64_t dim, TypedAttr start, auto body) {
    SmallVector<OpFoldResult> sizes = tensor::getMixedSizes(rewriter, loc, tensor);
    sizes.erase(sizes.begin() + dim);
    Value empty = tensor::EmptyOp::create(rewriter, loc, sizes, start.getType());
    Value init = linalg::FillOp::create(rewriter, loc, ValueRange{arith::ConstantOp::create(rewriter, loc, start)},
                                        ValueRange{empty})
                     .getResult(0);
    return linalg::ReduceOp::create(rewriter, loc, ValueRange{tensor}, ValueRange{init}, ArrayRef<int64_t>{dim},
                                    [&](OpBuilder &builder, Location loc, ValueRange arguments) {
                                      linalg::YieldOp::create(builder, loc, body(builder, loc, arguments));
                                    })
        ->getResult(0);
  };
  Value best = isBoolean ? reduce(mask, 3, rewriter.getBoolAttr(false),
                                  [](OpBuilder &builder, Location loc, ValueRange arguments) -> Value {
                                    return arith::OrIOp::create(builder, loc, arguments[0], arguments[1]);
                                  })
                         : reduce(mask, 3, rewriter.getFloatAttr(maskElement, -std::numeric_limits<double>::infinity()),
                                  [](OpBuilder &builder, Location loc, ValueRange arguments) -> Value {
                                    return arith::MaximumFOp::create(builder, loc, arguments[0], arguments[1]);
                                  });
  Value total = reduce(attention.getV(), 2, rewriter.getFloatAttr(type, 0),
                       [](OpBuilder &builder, Location loc, ValueRange arguments) -> Value {
                         return arith::AddFOp::create(builder, loc, arguments[0], arguments[1]);
                       });
  Value count = tensor::DimOp::create(rewriter, loc, attention.getV(), 2);
  Value wide = arith::IndexCastOp::create(rewriter, loc, rewriter.getI64Type(), count);
  Value divisor = arith::SIToFPOp::create(rewriter, loc, type, wide);

  MLIRContext *ctx = rewriter.getContext();
  auto dims = [&](ArrayRef<std::pair<int64_t, bool>> used) {
    SmallVector<AffineExpr> exprs;
    for (auto [dim, isWhole] : used)
      exprs.push_back(isWhole ? getAffineDimExpr(dim, ctx) : getAffineConstantExpr(0, ctx));
    return AffineMap::get(4, 0, exprs, ctx);
  };
  auto varies = [&](int64_t dim) { return maskType.getDimSize(dim) != 1; };
  bool isPerHead = attention.getV().getType().getDimSize(1) != 1;
  AffineMap all = rewriter.getMultiDimIdentityMap(4);
  SmallVector<AffineMap> maps = {dims({{0, varies(0)}, {1, varies(1)}, {2, varies(2)}}), all,
                                 dims({{0, true}, {1, isPerHead}, {3, true}}), all};
  Value init = tensor::EmptyOp::create(rewriter, loc, tensor::getMixedSizes(rewriter, loc, result), type);
  SmallVector<utils::IteratorType> iterators(4, utils::IteratorType::parallel);
  return linalg::GenericOp::create(
             rewriter, loc, init.getType(), ValueRange{best, result, total}, init, maps, iterators,
             [&](OpBuilder &builder, Location loc, ValueRange arguments) {
               Value seen = arguments[0];
               if (!isBoolean) {
                 Value least = arith::ConstantOp::create(builder, loc, builder.getFloatAttr(maskElement, fill));
                 seen = arith::CmpFOp::create(builder, loc, arith::CmpFPredicate::OGT, seen, least);
               }
               Value mean = arith::DivFOp::create(builder, loc, arguments[2], divisor);
               linalg::YieldOp::create(builder, loc,
                                       arith::SelectOp::create(builder, loc, seen, arguments[1], mean).getResult());
             })
      ->getResult(0);
}

LogicalResult DsaMatcher::buildParts(const SelectionMask &mask, EmptyRows rows) {
  Value q = attention.getQ(), k = attention.getK();
  int64_t kvHeads = attention.getK().getType().getDimSize(1);
  bool needsMean = rows == EmptyRows::Mean || rows == EmptyRows::MeanBelow;
  if (needsMean && kvHeads != 1 && kvHeads != attention.getQ().getType().getDimSize(1))
    return miss("rows that see no key give the mean of all values, whose heads are grouped");
  std::vector<MaskPart> others = mask.others;
  if (rows == EmptyRows::Mean)
    for (MaskPart &part : others)
      part.fill = -std::numeric_limits<double>::infinity();
  std::vector<Poly> dims[4];
  for (int dim = 0; dim < 4; ++dim)
    if (point[dim].asAtom())
      dims[dim] = {point[dim]};
  Value other = buildMask(context, elements, attention, others, dims);
  if (!other)
    return miss("the mask besides the selection is no tensor of batch, head, query and key");
  Value scores = materialize(context, elements, mask.choice.scores, {point[0], 0, point[2], point[3]});
  if (!scores)
    return miss("the masked scores are no tensor of batch, query and key");
  RewriterBase &rewriter = context.rewriter;
  rewriter.setInsertionPoint(attention);
  Location loc = attention.getLoc();
  auto scoreType = cast<RankedTensorType>(scores.getType());
  auto chosenType = RankedTensorType::get({scoreType.getDimSize(0), 1, scoreType.getDimSize(2), mask.choice.count},
                                          rewriter.getI32Type());
  auto number = [&](int64_t value) { return rewriter.getI64IntegerAttr(value); };
  Value chosen = SelectOp::create(rewriter, loc, chosenType, /*values=*/Type(), scores, /*mask=*/Value(),
                                  /*q_lengths=*/Value(), /*kv_lengths=*/Value(), /*offsets=*/Value(), number(1),
                                  number(mask.choice.count), number(0), number(0), number(1), /*whole=*/UnitAttr(),
                                  /*causal=*/UnitAttr(), /*offset=*/IntegerAttr())
                     .getIndices();
  Value result = SelectedAttentionOp::create(
                     rewriter, loc, attention.getResult().getType(), /*lse=*/Type(), q, k, attention.getV(), chosen,
                     other, attention.getSink(), /*q_lengths=*/Value(), /*kv_lengths=*/Value(), /*offsets=*/Value(),
                     number(1), attention.getScaleAttr(), /*union_of=*/UnitAttr(), attention.getSoftcapAttr(),
                     /*causal=*/UnitAttr(), /*offset=*/IntegerAttr())
                     .getResult();
  if (needsMean)
    result = guarded(result, other, mask.member.fill);
  if (result.getType() != attention.getResult().getType())
    result = tensor::CastOp::create(rewriter, loc, attention.getResult().getType(), result);
  rewriter.replaceOp(attention, result);
  return success();
}

LogicalResult DsaMatcher::run() {
  Value mask = attention.getMask();
  Poly full[] = {elements.sizeOf(attention.getQ(), 0), elements.sizeOf(attention.getQ(), 1),
                 elements.sizeOf(attention.getQ(), 2), elements.sizeOf(attention.getK(), 2)};
  Indices index;
  for (auto [dim, extent] : llvm::enumerate(full)) {
    point.push_back(elements.atoms.var(extent));
    index.push_back(elements.sizeOf(mask, dim).isConstant(1) ? Poly() : point.back());
  }
  std::optional<SelectionMask> selection = matchMask({mask, index});
  if (!selection)
    return failure();
  std::optional<IndexerChoice> indexer = findIndexer(elements, selection->choice.scores);
  if (!indexer) // another sparse attention
    return failure();
  if (indexer->index != Indices{point[0], 0, point[2], point[3]})
    return miss("the selection is of the scores of other queries or keys than the attention's");
  if (attention.getLse() || attention.getQLengths() || attention.getKvLengths() || attention.getOffsets() ||
      attention.getCausal() || attention.getWindow())
    return miss("the attention has lengths, offsets or causality besides its mask");
  if (!hideTheSame(elements, indexer->masks, selection->others))
    return miss("the scores are not masked as the attention is");
  EmptyRows rows = emptyRows(*selection);
  if (rows == EmptyRows::Unknown)
    return miss("what rows give that see no key follows from how several masks hide");
  bool isUnderstood =
      llvm::all_of(selection->others, [&](const MaskPart &part) { return visible(elements, part).has_value(); });
  Condition condition = visible(elements, selection->others);
  if (!isUnderstood || !(condition.isAlways() || isCausal(condition)))
    return buildParts(*selection, rows);
  IndexerScoresOp scores = indexer->scores;
  context.rewriter.setInsertionPoint(attention);
  Builder &builder = context.rewriter;
  context.rewriter.replaceOpWithNewOp<DsaOp>(
      attention, attention.getResult().getType(), /*lse=*/Type(), attention.getQ(), attention.getK(), attention.getV(),
      scores.getQ(), scores.getK(), scores.getW(), /*w_kv=*/Value(), scores.getQScales(), scores.getKScales(),
      attention.getSink(), /*q_lengths=*/Value(), /*kv_lengths=*/Value(), /*offsets=*/Value(),
      builder.getI64IntegerAttr(selection->choice.count), scores.getScaleAttr(), attention.getScaleAttr(),
      attention.getSoftcapAttr(), condition.isAlways() ? UnitAttr() : builder.getUnitAttr(), /*offset=*/IntegerAttr());
  return success();
}

LogicalResult hadal::raise::raiseDsa(Operation *op, Context &context) {
  auto attention = dyn_cast<AttentionOp>(op);
  if (!attention || !attention.getMask())
    return failure();
  return DsaMatcher(attention, context).run();
}
