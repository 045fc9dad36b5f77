//===- SparseOps.cpp - Verification and shapes of sparse attention ------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/Hadal/IR/OpUtils.h"

#include "mlir/IR/Matchers.h"
#include "mlir/IR/PatternMatch.h"

using namespace mlir;
using namespace hadal;
using namespace hadal::detail;

static bool isMask(Value mask, ArrayRef<int64_t> shape) { return rankOf(mask) == 4 && broadcasts(mask, shape); }

/// Whether a mask, if it is of floats, and a sink have this element type.
static bool haveElement(Value mask, Value sink, Type element) {
  return (!mask || elementOf(mask).isInteger(1) || elementOf(mask) == element) && (!sink || elementOf(sink) == element);
}

//===----------------------------------------------------------------------===//
// CompressOp
//===----------------------------------------------------------------------===//

ParseResult hadal::parseOptionalActivation(OpAsmParser &parser, ActivationAttr &activation) {
  StringRef keyword;
  SMLoc loc = parser.getCurrentLocation();
  if (parser.parseKeyword(&keyword))
    return failure();
  std::optional<Activation> value = symbolizeActivation(keyword);
  if (!value)
    return parser.emitError(loc, "no activation is called ") << keyword;
  activation = ActivationAttr::get(parser.getContext(), *value);
  return success();
}

void hadal::printOptionalActivation(OpAsmPrinter &printer, Operation *, ActivationAttr activation) {
  printer << stringifyActivation(activation.getValue());
}

LogicalResult CompressOp::verify() {
  Value x = getX();
  auto isFloat = [](Value value) { return isa<FloatType>(elementOf(value)); };
  if (rankOf(x) != 4 || rankOf(getResult()) != 4 || elementOf(getResult()) != elementOf(x) ||
      !llvm::all_of(getOperands(), [&](Value value) { return !isFloat(value) || elementOf(value) == elementOf(x); }))
    return emitOpError("takes x of rank 4, and gives a result of rank 4; all floats have one element type"); // C1
  int64_t length = getLength(), stride = getStride(), heads = sizeOf(x, 1), channels = sizeOf(x, 3);
  if (length < 1 || stride < 1)
    return emitOpError("length and stride must be at least 1"); // C2

  Compression kind = getKind();
  bool isWeighted = kind == Compression::Weighted, isLinear = kind == Compression::Linear;
  Value weight = getWeight();
  if (static_cast<bool>(weight) != (isWeighted || isLinear) || (isWeighted && !isPerHead(weight, heads, {length})) ||
      (isLinear && !isPerHead(weight, heads, {length, channels, ShapedType::kDynamic})))
    return emitOpError(
        "weighted takes a weight [Hkv or 1, l], linear one [Hkv or 1, l, D, D'], no other kind does"); // C3
  if (failed(verifyMlp()))
    return failure(); // C4
  bool isGated = kind == Compression::Gated, overlaps = getOverlap();
  Value gate = getGate(), bias = getBias();
  if (static_cast<bool>(gate) != isGated || (!isGated && (bias || overlaps)))
    return emitOpError("gated takes a gate, and perhaps a bias and overlap; no other kind does"); // C5
  if ((gate && !agree(tensorType(gate).getShape(), tensorType(x).getShape())) ||
      (bias && !agree(tensorType(bias).getShape(), {overlaps ? stride : length, channels})))
    return emitOpError("the gate must have x's shape, the bias be ")
           << shapeText({overlaps ? stride : length, channels}); // C5
  if (overlaps && (length != product(2, stride) || (!ShapedType::isDynamic(channels) && channels % 2)))
    return emitOpError("overlap takes a length of twice the stride, and two series of channels"); // C6
  if (Value pe = getPe(); pe && (isGated || !isPerHead(pe, heads, {length, channels})))
    return emitOpError("pe must be [Hkv or 1, l, D], and is not for gated"); // C7
  if (Value lengths = getKvLengths(); lengths && !agree(tensorType(lengths).getShape(), {sizeOf(x, 0)}))
    return emitOpError("kv_lengths must be [B]"); // C8
  if (failed(verifyResults(*this)))
    return failure(); // C9
  return success();
}

/// The operands of the kind mlp.
LogicalResult CompressOp::verifyMlp() {
  Value w1 = getW1(), w2 = getW2(), bias1 = getBias1(), bias2 = getBias2();
  if (getKind() != Compression::Mlp) {
    if (w1 || w2 || bias1 || bias2 || getActivation())
      return emitOpError("only mlp takes w1, w2, their biases and an activation"); // C4
    return success();
  }
  if (!w1 || !w2 || !getActivation())
    return emitOpError("mlp takes w1, an activation and w2"); // C4
  int64_t heads = sizeOf(getX(), 1), channels = sizeOf(getX(), 3), length = getLength();
  int64_t any = ShapedType::kDynamic;
  bool isFlat = isPerHead(w1, heads, {product(length, channels), any});
  if (!isFlat && !isPerHead(w1, heads, {length, channels, any}))
    return emitOpError("w1 must be [Hkv or 1, l·D, F] or [Hkv or 1, l, D, F], not ") << w1.getType(); // C4
  int64_t hidden = sizeOf(w1, -1);
  if (!isPerHead(w2, heads, {hidden, any}) || (bias1 && !isPerHead(bias1, heads, {hidden})) ||
      (bias2 && !isPerHead(bias2, heads, {sizeOf(w2, -1)})))
    return emitOpError("w2 must be [Hkv or 1, F, D'], bias1 [Hkv or 1, F], bias2 [Hkv or 1, D']"); // C4
  return success();
}

void CompressOp::describeResults(ResultSizes &sizes) {
  Value x = getX();
  int64_t length = getOverlap() ? getStride() : getLength();
  ResultSizes::Size steps = sizes.floorDiv(sizes.difference(sizes.of(x, 2), sizes.constant(length)), getStride());
  ResultSizes::Size blocks = sizes.max(sizes.sum(steps, sizes.constant(1)), sizes.constant(0));
  ResultSizes::Size channels = sizes.of(x, 3);
  if (getKind() == Compression::Linear || getKind() == Compression::Mlp)
    channels = sizes.of(getKind() == Compression::Linear ? getWeight() : getW2(), -1);
  else if (getOverlap())
    channels = sizes.floorDiv(channels, 2);
  sizes.set(getResult(), {sizes.of(x, 0), sizes.of(x, 1), blocks, channels});
}

std::optional<int64_t> CompressOp::getFlops() {
  int64_t size = product(getLength(), sizeOf(getX(), 3)), out = sizeOf(getResult(), 3), perEntry = size;
  switch (getKind()) {
  case Compression::Mean:
    break;
  case Compression::Weighted:
    perEntry = product(2, size);
    break;
  case Compression::Linear:
    perEntry = product(2, product(size, out));
    break;
  case Compression::Mlp:
    perEntry = product(2, product(sizeOf(getW1(), -1), sum(size, out)));
    break;
  case Compression::Gated: // a maximum, an exponential, its sum, a product and its sum
    perEntry = product(5, product(getLength(), out));
    break;
  }
  return countOf({sizeOf(getResult(), 0), sizeOf(getResult(), 1), sizeOf(getResult(), 2), perEntry});
}

/// Blocks of one token are the tokens.
OpFoldResult CompressOp::fold(FoldAdaptor) {
  bool isToken = getKind() == Compression::Mean && getLength() == 1 && getStride() == 1;
  return isToken && !getPe() && !getKvLengths() && getX().getType() == getType() ? OpFoldResult(getX())
                                                                                 : OpFoldResult();
}

//===----------------------------------------------------------------------===//
// CompressedAttentionOp
//===----------------------------------------------------------------------===//

/// The first of `results` of this rank; null if there is none.
static Value resultOfRank(ResultRange results, int64_t rank) {
  for (Value result : results)
    if (rankOf(result) == rank)
      return result;
  return Value();
}

Value CompressedAttentionOp::getImportance() { return resultOfRank(getExtras(), 4); }
Value CompressedAttentionOp::getLse() { return resultOfRank(getExtras(), 3); }

LogicalResult CompressedAttentionOp::verify() {
  Value q = getQ(), k = getK(), v = getV();
  if (rankOf(q) != 4 || rankOf(k) != 4 || rankOf(v) != 4 || !sameElement({q, k, v, getResult()}) ||
      !haveElement(getMask(), getSink(), elementOf(q)))
    return emitOpError("takes q, k and v of rank 4, all floats of the result's element type"); // C1
  if (!agree(sizeOf(q, 3), sizeOf(k, 3)) || !agree(sizeOf(q, 0), sizeOf(k, 0)) ||
      !agree(tensorType(k).getShape().drop_back(), tensorType(v).getShape().drop_back()))
    return emitOpError("q and k must agree in batch and head size; k and v in batch, heads and entries"); // C2
  int64_t heads = sizeOf(q, 1);
  if (!isMultiple(heads, sizeOf(k, 1)))
    return emitOpError("the number of query heads, ")
           << heads << ", is no multiple of the number of kv heads, " << sizeOf(k, 1); // C3
  if (static_cast<int64_t>(getLength()) < 1 || static_cast<int64_t>(getStride()) < 1)
    return emitOpError("length and stride must be at least 1"); // C4
  int64_t full[] = {sizeOf(q, 0), heads, sizeOf(q, 2), sizeOf(k, 2)};
  if ((getMask() && !isMask(getMask(), full)) ||
      (getSink() && !agree(tensorType(getSink()).getShape(), ArrayRef<int64_t>(heads))))
    return emitOpError("the mask must broadcast to ") << shapeText(full) << ", the sink be " << shapeText(heads); // C5
  if (!getScale().isFinite() || !isPositive(getSoftcap()))
    return emitOpError("scale and softcap must be finite, softcap positive"); // C6
  if (failed(verifyVisibility(*this, sizeOf(q, 0))))
    return failure(); // C7
  if (getCausal() && !getOffset() && !getOffsets() && !getKvLengths())
    return emitOpError("causal needs offset, offsets or kv_lengths: the number of tokens does not follow from that of "
                       "entries (a whole prompt has offset 0)"); // C8
  ResultRange extras = getExtras();
  if (extras.size() > 2 || (extras.size() == 2 && (rankOf(extras[0]) != 4 || rankOf(extras[1]) != 3)) ||
      (extras.size() == 1 && rankOf(extras[0]) != 4 && rankOf(extras[0]) != 3))
    return emitOpError("gives out, then importance of rank 4 and lse of rank 3, each if wanted"); // C9
  if (failed(verifyResults(*this)))
    return failure(); // C9
  return success();
}

void CompressedAttentionOp::describeResults(ResultSizes &sizes) {
  Value q = getQ(), k = getK();
  sizes.set(getResult(), {sizes.of(q, 0), sizes.of(q, 1), sizes.of(q, 2), sizes.of(getV(), 3)});
  sizes.set(getImportance(), {sizes.of(q, 0), sizes.of(k, 1), sizes.of(q, 2), sizes.of(k, 2)});
  sizes.set(getLse(), {sizes.of(q, 0), sizes.of(q, 1), sizes.of(q, 2)});
}

std::optional<int64_t> CompressedAttentionOp::getFlops() {
  int64_t perScore = sum(product(2, sum(sizeOf(getQ(), 3), sizeOf(getV(), 3))), getImportance() ? 4 : 3);
  return countOf({sizeOf(getQ(), 0), sizeOf(getQ(), 1), sizeOf(getQ(), 2), sizeOf(getK(), 2), perScore});
}

//===----------------------------------------------------------------------===//
// BlockImportanceOp
//===----------------------------------------------------------------------===//

LogicalResult BlockImportanceOp::verify() {
  if (rankOf(getP()) != 4 || rankOf(getResult()) != 4 || !sameElement({getP(), getResult()}))
    return emitOpError("takes p, and gives a result, of rank 4 and one element type"); // C1
  int64_t length = getLength(), stride = getStride(), block = getBlock();
  if (length < 1 || stride < 1 || block < 1 || length % stride || block % stride)
    return emitOpError("length, stride and block must be at least 1, stride divide the others"); // C2
  if (!getBlocks() && ShapedType::isDynamic(sizeOf(getResult(), 3)))
    return emitOpError("needs `blocks` where the result's type does not say how many there are"); // C3
  if (failed(verifyResults(*this)))
    return failure(); // C4
  return success();
}

void BlockImportanceOp::describeResults(ResultSizes &sizes) {
  SmallVector<ResultSizes::Size> shape = sizes.of(getP());
  shape.back() = getBlocks() ? sizes.value(getBlocks()) : sizes.constant(sizeOf(getResult(), 3));
  sizes.set(getResult(), shape);
}

std::optional<int64_t> BlockImportanceOp::getFlops() {
  ArrayRef<int64_t> shape = tensorType(getResult()).getShape();
  int64_t terms = sum(getLength() / getStride(), getBlock() / getStride() - 1);
  return countOf({shape[0], shape[1], shape[2], shape[3], terms}, 2);
}

/// Blocks of both kinds are the same: nothing to map.
OpFoldResult BlockImportanceOp::fold(FoldAdaptor) {
  bool isSame = getLength() == getStride() && getBlock() == getStride();
  return isSame && !getBlocks() && getP().getType() == getType() ? OpFoldResult(getP()) : OpFoldResult();
}

//===----------------------------------------------------------------------===//
// BlockMeanOp, BlockScoresOp, IndexerScoresOp
//===----------------------------------------------------------------------===//

LogicalResult BlockMeanOp::verify() {
  if (rankOf(getK()) != 4 || rankOf(getResult()) != 4 || !sameElement({getK(), getResult()}))
    return emitOpError("takes k, and gives a result, of rank 4 and one element type"); // C1
  if (static_cast<int64_t>(getBlock()) < 1)
    return emitOpError("block must be at least 1"); // C2
  if (Value lengths = getKvLengths(); lengths && !agree(tensorType(lengths).getShape(), {sizeOf(getK(), 0)}))
    return emitOpError("kv_lengths must be [B]"); // C3
  if (failed(verifyResults(*this)))
    return failure(); // C4
  return success();
}

void BlockMeanOp::describeResults(ResultSizes &sizes) {
  SmallVector<ResultSizes::Size> shape = sizes.of(getK());
  shape[2] = sizes.ceilDiv(shape[2], getBlock());
  sizes.set(getResult(), shape);
}

std::optional<int64_t> BlockMeanOp::getFlops() { return countOf(tensorType(getK()).getShape()); }

/// Blocks of one token are the tokens.
OpFoldResult BlockMeanOp::fold(FoldAdaptor) {
  return getBlock() == 1 && !getKvLengths() && getK().getType() == getType() ? OpFoldResult(getK()) : OpFoldResult();
}

LogicalResult BlockScoresOp::verify() {
  Value q = getQ(), means = getMeans();
  if (rankOf(q) != 4 || rankOf(means) != 4 || rankOf(getResult()) != 4 || !sameElement({q, means}))
    return emitOpError("takes q and means of rank 4 and one element type, and gives rank 4"); // C1
  if (!agree(sizeOf(q, 0), sizeOf(means, 0)) || !agree(sizeOf(q, 3), sizeOf(means, 3)))
    return emitOpError("q and means must agree in batch and head size"); // C2
  if (!isMultiple(sizeOf(q, 1), sizeOf(means, 1)))
    return emitOpError("the number of query heads, ")
           << sizeOf(q, 1) << ", is no multiple of the number of kv heads, " << sizeOf(means, 1); // C3
  if (failed(verifyResults(*this)))
    return failure(); // C4
  if (!getScale().isFinite())
    return emitOpError("the scale must be finite"); // C5
  return success();
}

void BlockScoresOp::describeResults(ResultSizes &sizes) {
  Value q = getQ();
  sizes.set(getResult(), {sizes.of(q, 0), sizes.of(q, 1), sizes.of(q, 2), sizes.of(getMeans(), 2)});
}

std::optional<int64_t> BlockScoresOp::getFlops() {
  ArrayRef<int64_t> shape = tensorType(getResult()).getShape();
  return countOf({shape[0], shape[1], shape[2], shape[3], sizeOf(getQ(), 3)}, 2);
}

LogicalResult IndexerScoresOp::verify() {
  Value q = getQ(), k = getK(), w = getW();
  if (rankOf(q) != 4 || rankOf(k) != 3 || rankOf(w) != 3 || rankOf(getResult()) != 4)
    return emitOpError("takes q of rank 4, k and w of rank 3, and gives rank 4"); // C1
  if (!agree(sizeOf(q, 0), sizeOf(k, 0)) || !agree(sizeOf(q, 3), sizeOf(k, 2)))
    return emitOpError("q and k must agree in batch and head size"); // C2
  if (!agree(tensorType(w).getShape(), {sizeOf(q, 0), sizeOf(q, 2), sizeOf(q, 1)}))
    return emitOpError("w must be [B, S, Hi], not ") << w.getType(); // C3
  if ((getQScales() && !agree(tensorType(getQScales()).getShape(), tensorType(q).getShape().drop_back())) ||
      (getKScales() && !agree(tensorType(getKScales()).getShape(), tensorType(k).getShape().drop_back())))
    return emitOpError("q_scales must be [B, Hi, S], k_scales [B, T]"); // C4
  if (failed(verifyResults(*this)))
    return failure(); // C5
  if (!getScale().isFinite())
    return emitOpError("the scale must be finite"); // C6
  return success();
}

void IndexerScoresOp::describeResults(ResultSizes &sizes) {
  sizes.set(getResult(), {sizes.of(getQ(), 0), sizes.constant(1), sizes.of(getQ(), 2), sizes.of(getK(), 1)});
}

std::optional<int64_t> IndexerScoresOp::getFlops() {
  ArrayRef<int64_t> q = tensorType(getQ()).getShape();
  return countOf({q[0], q[1], q[2], sizeOf(getK(), 1), sum(product(2, q[3]), 3)});
}

//===----------------------------------------------------------------------===//
// SelectOp
//===----------------------------------------------------------------------===//

LogicalResult SelectOp::verify() {
  Value scores = getScores();
  if (rankOf(scores) != 4 || rankOf(getIndices()) != 4)
    return emitOpError("takes scores, and gives indices, of rank 4"); // C1
  int64_t block = getBlock(), count = getCount(), share = getShare(), first = getFirst(), local = getLocal();
  if (block < 1 || count < 1 || share < 1 || first < 0 || local < 0)
    return emitOpError("block, count and share must be at least 1, first and local at least 0"); // C2
  if (first > count - local)
    return emitOpError("forces ") << first << " first and " << local << " local candidates but chooses " << count; // C3
  int64_t heads = sizeOf(scores, 1);
  if (!isMultiple(heads, share))
    return emitOpError("share, ") << share << ", does not divide the number of heads, " << heads; // C4
  int64_t full[] = {sizeOf(scores, 0), ShapedType::isDynamic(heads) ? heads : heads / share, sizeOf(scores, 2),
                    sizeOf(scores, 3)};
  if (getMask() && !isMask(getMask(), full))
    return emitOpError("the mask must broadcast to ") << shapeText(full); // C5
  if (failed(verifyVisibility(*this, sizeOf(scores, 0))))
    return failure(); // C6
  if ((getCausal() || local > 0) && block > 1 && !getOffset() && !getOffsets() && !getKvLengths())
    return emitOpError("causal and local need offset, offsets or kv_lengths: the number of tokens does not follow from "
                       "that of blocks (a whole prompt has offset 0)"); // C7
  if (failed(verifyResults(*this)))
    return failure(); // C8
  return success();
}

void SelectOp::describeResults(ResultSizes &sizes) {
  SmallVector<ResultSizes::Size> shape = sizes.of(getScores());
  shape[1] = sizes.floorDiv(shape[1], getShare());
  shape[3] = sizes.constant(getCount());
  sizes.set(getIndices(), shape);
  sizes.set(getValues(), shape);
}

std::optional<int64_t> SelectOp::getFlops() {
  return getShare() == 1 ? std::optional<int64_t>(0) : countOf(tensorType(getScores()).getShape());
}

Value SelectOp::getCandidates() { return getScores(); }
Value SelectOp::getChosen() { return getIndices(); }
int64_t SelectOp::getNumChosen() { return getCount(); }
int64_t SelectOp::getNumForced() { return getFirst() + getLocal(); }

//===----------------------------------------------------------------------===//
// SelectedAttentionOp
//===----------------------------------------------------------------------===//

LogicalResult SelectedAttentionOp::verify() {
  Value q = getQ(), k = getK(), v = getV(), indices = getIndices();
  if (rankOf(q) != 4 || rankOf(k) != 4 || rankOf(v) != 4 || rankOf(indices) != 4 ||
      !sameElement({q, k, v, getResult()}) || !haveElement(getMask(), getSink(), elementOf(q)))
    return emitOpError("takes q, k, v and indices of rank 4, all floats of the result's element type"); // C1
  if (!agree(sizeOf(q, 3), sizeOf(k, 3)) || !agree(sizeOf(q, 0), sizeOf(k, 0)) ||
      !agree(tensorType(k).getShape().drop_back(), tensorType(v).getShape().drop_back()) ||
      !agree(sizeOf(q, 0), sizeOf(indices, 0)) || !agree(sizeOf(q, 2), sizeOf(indices, 2)))
    return emitOpError("q and k must agree in batch and head size, k and v in batch, heads and length, q and indices "
                       "in batch and queries"); // C2
  int64_t heads = sizeOf(q, 1);
  if (!isMultiple(heads, sizeOf(k, 1)) || !isMultiple(heads, sizeOf(indices, 1)))
    return emitOpError("the number of query heads, ")
           << heads << ", is no multiple of the number of kv heads, " << sizeOf(k, 1) << ", or of that of lists, "
           << sizeOf(indices, 1); // C3
  if (static_cast<int64_t>(getBlock()) < 1)
    return emitOpError("block must be at least 1"); // C4
  int64_t full[] = {sizeOf(q, 0), heads, sizeOf(q, 2), sizeOf(k, 2)};
  if ((getMask() && !isMask(getMask(), full)) ||
      (getSink() && !agree(tensorType(getSink()).getShape(), ArrayRef<int64_t>(heads))))
    return emitOpError("the mask must broadcast to ") << shapeText(full) << ", the sink be " << shapeText(heads); // C5
  if (!getScale().isFinite() || !isPositive(getSoftcap()))
    return emitOpError("scale and softcap must be finite, softcap positive"); // C6
  if (failed(verifyVisibility(*this, sizeOf(q, 0))))
    return failure(); // C7
  if (failed(verifyResults(*this)))
    return failure(); // C8
  return success();
}

void SelectedAttentionOp::describeResults(ResultSizes &sizes) {
  Value q = getQ();
  sizes.set(getResult(), {sizes.of(q, 0), sizes.of(q, 1), sizes.of(q, 2), sizes.of(getV(), 3)});
  sizes.set(getLse(), {sizes.of(q, 0), sizes.of(q, 1), sizes.of(q, 2)});
}

std::optional<int64_t> SelectedAttentionOp::getFlops() {
  int64_t keys = product(sizeOf(getIndices(), 3), getBlock()), all = sizeOf(getK(), 2);
  if (getUnionOf() && !ShapedType::isDynamic(all))
    keys = ShapedType::isDynamic(keys) ? all : std::min(keys, all);
  int64_t perScore = sum(product(2, sum(sizeOf(getQ(), 3), sizeOf(getV(), 3))), 3);
  return countOf({sizeOf(getQ(), 0), sizeOf(getQ(), 1), sizeOf(getQ(), 2), keys, perScore});
}

Value SelectedAttentionOp::getSelection() { return getIndices(); }

//===----------------------------------------------------------------------===//
// GatedCombineOp
//===----------------------------------------------------------------------===//

LogicalResult GatedCombineOp::verify() {
  Type element = elementOf(getGates());
  if (getBranches().empty() ||
      llvm::any_of(getBranches(), [&](Value branch) { return rankOf(branch) != 4 || elementOf(branch) != element; }))
    return emitOpError("takes one branch or more, of rank 4 and of the gates' element type"); // C1
  if (elementOf(getResult()) != element || llvm::any_of(getBranches(), [&](Value branch) {
        return !agree(tensorType(branch).getShape(), tensorType(getResult()).getShape());
      }))
    return emitOpError("branches and result must have one shape"); // C1
  SmallVector<int64_t> shape(tensorType(getResult()).getShape());
  shape.back() = getBranches().size();
  if (!agree(tensorType(getGates()).getShape(), shape))
    return emitOpError("takes gates ") << shapeText(shape) << ", not " << getGates().getType(); // C2
  if (failed(verifyResults(*this)))
    return failure(); // C1
  return success();
}

void GatedCombineOp::describeResults(ResultSizes &sizes) { sizes.set(getResult(), sizes.of(getBranches().front())); }

std::optional<int64_t> GatedCombineOp::getFlops() {
  ArrayRef<int64_t> shape = tensorType(getResult()).getShape();
  return countOf({shape[0], shape[1], shape[2], shape[3], static_cast<int64_t>(getBranches().size())}, 2);
}

//===----------------------------------------------------------------------===//
// Simpler forms
//===----------------------------------------------------------------------===//

namespace {

/// A mask that is true, or 0, everywhere hides nothing.
template <typename Op> struct DropMask : OpRewritePattern<Op> {
  using OpRewritePattern<Op>::OpRewritePattern;
  LogicalResult matchAndRewrite(Op op, PatternRewriter &rewriter) const override {
    SplatElementsAttr mask;
    if (!op.getMask() || !matchPattern(op.getMask(), m_Constant(&mask)))
      return failure();
    bool isBool = mask.getElementType().isInteger(1);
    if (isBool ? !mask.getSplatValue<bool>() : !mask.getSplatValue<APFloat>().isZero())
      return failure();
    rewriter.modifyOpInPlace(op, [&] { op.getMaskMutable().clear(); });
    return success();
  }
};

/// A block of one token is past as a whole when it has begun.
struct WholeTokens : OpRewritePattern<SelectOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(SelectOp op, PatternRewriter &rewriter) const override {
    if (!op.getWhole() || op.getBlock() != 1)
      return failure();
    rewriter.modifyOpInPlace(op, [&] { op.setWhole(false); });
    return success();
  }
};

/// The list of a selection holds nothing twice.
struct UnionOfSelection : OpRewritePattern<SelectedAttentionOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(SelectedAttentionOp op, PatternRewriter &rewriter) const override {
    Value indices = op.getIndices();
    while (auto cast = indices.getDefiningOp<tensor::CastOp>())
      indices = cast.getSource();
    if (!op.getUnionOf() || !indices.getDefiningOp<SelectOp>())
      return failure();
    rewriter.modifyOpInPlace(op, [&] { op.setUnionOf(false); });
    return success();
  }
};

/// The only branch, times 1.
struct OnlyBranch : OpRewritePattern<GatedCombineOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(GatedCombineOp op, PatternRewriter &rewriter) const override {
    SplatElementsAttr gates;
    if (op.getBranches().size() != 1 || op.getSigmoid() || !matchPattern(op.getGates(), m_Constant(&gates)) ||
        !gates.getSplatValue<APFloat>().isExactlyValue(1.0) || op.getBranches()[0].getType() != op.getType())
      return failure();
    rewriter.replaceOp(op, op.getBranches()[0]);
    return success();
  }
};

} // namespace

void CompressedAttentionOp::getCanonicalizationPatterns(RewritePatternSet &patterns, MLIRContext *context) {
  patterns.add<DropMask<CompressedAttentionOp>>(context);
}

void SelectOp::getCanonicalizationPatterns(RewritePatternSet &patterns, MLIRContext *context) {
  patterns.add<DropMask<SelectOp>, WholeTokens>(context);
}

void SelectedAttentionOp::getCanonicalizationPatterns(RewritePatternSet &patterns, MLIRContext *context) {
  patterns.add<DropMask<SelectedAttentionOp>, UnionOfSelection>(context);
}

void GatedCombineOp::getCanonicalizationPatterns(RewritePatternSet &patterns, MLIRContext *context) {
  patterns.add<OnlyBranch>(context);
}
