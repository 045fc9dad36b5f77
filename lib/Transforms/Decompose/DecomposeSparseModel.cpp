//===- DecomposeSparseModel.cpp - Whole sparse attentions into parts ----===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "GraphBuilder.h"
#include "Patterns.h"

#include "dialects/Hadal/IR/Hadal.h"

using namespace mlir;
using namespace hadal;

namespace {

/// An attention and its lse.
struct Attended {
  Value out, lse;
};

/// Builds the parts of one whole operation, each with its lengths and offset.
template <typename Op> class Parts {
public:
  Parts(Op op, PatternRewriter &rewriter, Value keys)
      : g(rewriter, op.getLoc()), op(op), element(elementOf(op.getQ())), single(g.b.getF32Type()),
        tokens(sizeOf(keys, 2)), entryLengths(op.getKvLengths()), entryOffset(op.getOffsetAttr()) {
    // Parts that count blocks or entries do not know T: they need what the others derive from it.
    if (op.getKvLengths() || op.getOffsets() || op.getOffset())
      return;
    int64_t queries = sizeOf(op.getQ(), 2);
    if (!op.getQLengths() && !ShapedType::isDynamic(tokens) && !ShapedType::isDynamic(queries)) {
      entryOffset = g.b.getI64IntegerAttr(tokens - queries);
      return;
    }
    Value length = getValueOrCreateConstantIndexOp(g.b, g.b.getLoc(), g.size(keys, 2));
    entryLengths =
        g.map("->b", {}, g.b.getI64Type(), [&](Cell &c) { return c.toInt(length); }, {{'b', g.size(op.getQ(), 0)}});
  }

  GraphBuilder g;

  static Type elementOf(Value value) { return GraphBuilder::type(value).getElementType(); }
  static int64_t sizeOf(Value value, int64_t dim) {
    RankedTensorType type = GraphBuilder::type(value);
    return type.getDimSize(dim < 0 ? dim + type.getRank() : dim);
  }

  /// [B, heads, S, last] and [B, H, S].
  RankedTensorType rowsOf(int64_t heads, int64_t last, Type type) {
    return RankedTensorType::get({sizeOf(op.getQ(), 0), heads, sizeOf(op.getQ(), 2), last}, type);
  }
  RankedTensorType outType(Value v) { return rowsOf(sizeOf(op.getQ(), 1), sizeOf(v, 3), element); }
  RankedTensorType lseType() {
    return RankedTensorType::get({sizeOf(op.getQ(), 0), sizeOf(op.getQ(), 1), sizeOf(op.getQ(), 2)}, single);
  }

  /// The best candidates of `block` tokens each.
  Value select(Value scores, int64_t heads, int64_t block, int64_t count, int64_t first, int64_t local, bool whole,
               bool causal) {
    // A list need not be longer than there are candidates.
    if (int64_t candidates = sizeOf(scores, 3); !ShapedType::isDynamic(candidates))
      count = std::min(count, std::max<int64_t>(candidates, std::max<int64_t>(1, first + local)));
    return SelectOp::create(g.b, rowsOf(heads, count, g.b.getI32Type()), Type(), scores, Value(), op.getQLengths(),
                            entryLengths, op.getOffsets(), block, count, first, local, /*share=*/1, whole, causal,
                            entryOffset)
        .getIndices();
  }

  /// Attention over chosen blocks of tokens, where causality holds inside.
  Attended selectedTokens(Value q, Value k, Value v, Value chosen, int64_t block, bool causal, FloatAttr softcap) {
    return selected(q, k, v, chosen, block, op.getQLengths(), op.getKvLengths(), op.getOffsets(), op.getOffsetAttr(),
                    causal, softcap);
  }
  /// Attention over chosen entries: that they are chosen says that they are visible.
  Attended selectedEntries(Value e, Value chosen) {
    return selected(op.getQ(), e, e, chosen, 1, Value(), Value(), Value(), IntegerAttr(), false, FloatAttr());
  }

  Attended window(Value k, Value v, int64_t size) {
    auto part = AttentionOp::create(g.b, outType(v), lseType(), op.getQ(), k, v, /*mask=*/Value(), /*sink=*/Value(),
                                    op.getQLengths(), op.getKvLengths(), op.getOffsets(), op.getScaleAttr(),
                                    g.b.getUnitAttr(), op.getOffsetAttr(), g.b.getI64IntegerAttr(size),
                                    /*softcap=*/FloatAttr());
    return {part.getResult(), part.getLse()};
  }

  /// Attention over all past entries of `length` tokens at every `stride`; importance if wanted, else lse.
  std::pair<Value, Value> compressed(Value k, Value v, int64_t length, int64_t stride, bool wantsImportance) {
    Type extra = wantsImportance ? rowsOf(sizeOf(k, 1), sizeOf(k, 2), single) : lseType();
    auto part =
        CompressedAttentionOp::create(g.b, outType(v), TypeRange(extra), op.getQ(), k, v, /*mask=*/Value(),
                                      /*sink=*/Value(), op.getQLengths(), entryLengths, op.getOffsets(), length, stride,
                                      op.getScale(), /*softcap=*/FloatAttr(), /*causal=*/true, entryOffset);
    return {part.getResult(), part->getResult(1)};
  }

  /// The head size, which q, kv or the norm states.
  int64_t headSize(Value kv) {
    int64_t size = sizeOf(op.getQ(), 3);
    if (ShapedType::isDynamic(size))
      size = sizeOf(kv, 3);
    return ShapedType::isDynamic(size) && op.getNorm() ? sizeOf(op.getNorm(), 0) : size;
  }

  /// Entries of this size, as the compressors of CSA and HCA make them.
  Value entries(Value c, Value gates, Value bias, Value norm, Value cos, Value sin, int64_t size, bool overlaps);

  /// One softmax of `parts`, with the sink, as the op's results.
  SmallVector<Value> merge(ArrayRef<Attended> parts, Value sink) {
    SmallVector<Value> outs, lses;
    for (Attended part : parts) {
      outs.push_back(part.out);
      lses.push_back(part.lse);
    }
    Type lse = op.getLse() ? Type(lseType()) : Type();
    auto merged = MergeAttentionOp::create(g.b, outs.front().getType(), lse, outs, lses, sink);
    return {merged.getResult(), merged.getLse()};
  }

  void replace(PatternRewriter &rewriter, ArrayRef<Value> results) {
    SmallVector<Value> values;
    for (auto [result, value] : llvm::zip(op->getResults(), results))
      values.push_back(g.cast(g.convert(value, elementOf(result)), result.getType()));
    rewriter.replaceOp(op, values);
  }

private:
  Attended selected(Value q, Value k, Value v, Value chosen, int64_t block, Value qLengths, Value kvLengths,
                    Value offsets, IntegerAttr offset, bool causal, FloatAttr softcap) {
    auto part = SelectedAttentionOp::create(g.b, outType(v), lseType(), q, k, v, chosen, /*mask=*/Value(),
                                            /*sink=*/Value(), qLengths, kvLengths, offsets, block, op.getScale(),
                                            /*union_of=*/false, softcap, causal, offset);
    return {part.getResult(), part.getLse()};
  }

  Op op;
  Type element, single;
  int64_t tokens;
  Value entryLengths; // for parts that count entries
  IntegerAttr entryOffset;
};

template <typename Op>
Value Parts<Op>::entries(Value c, Value gates, Value bias, Value norm, Value cos, Value sin, int64_t size,
                         bool overlaps) {
  int64_t rate = op.getCompress();
  if (gates) {
    int64_t count = ShapedType::isDynamic(sizeOf(c, 2)) ? ShapedType::kDynamic : sizeOf(c, 2) / rate;
    auto type = RankedTensorType::get({sizeOf(c, 0), sizeOf(c, 1), count, size}, element);
    c = CompressOp::create(g.b, type, c, /*weight=*/Value(), /*w1=*/Value(), /*bias1=*/Value(), /*w2=*/Value(),
                           /*bias2=*/Value(), gates, bias, /*pe=*/Value(), op.getKvLengths(), Compression::Gated,
                           overlaps ? 2 * rate : rate, rate, /*activation=*/ActivationAttr(), overlaps);
  }
  SmallVector<int64_t> shape(GraphBuilder::type(c).getShape());
  if (ShapedType::isDynamic(shape.back()) && (norm || cos)) {
    shape.back() = size;
    c = g.cast(c, RankedTensorType::get(shape, element));
  }
  if (norm)
    c = RMSNormOp::create(g.b, c.getType(), c, norm, op.getEpsilonAttr());
  if (!cos)
    return c;
  auto part = RotatedPartAttr::get(g.b.getContext(), RotatedPart::Last);
  return RopeOp::create(g.b, c.getType(), c, cos, sin, op.getLayoutAttr(), op.getLayoutAttr(), part);
}

struct DecomposeNsa : OpRewritePattern<NsaOp> {
  using OpRewritePattern::OpRewritePattern;

  /// The gates, where those of padding queries may hold anything.
  static Value gatesOf(NsaOp op, GraphBuilder &g) {
    Value gates = op.getGates(), lengths = op.getQLengths();
    if (!lengths)
      return gates;
    Type element = GraphBuilder::type(gates).getElementType();
    return g.map("bhsc,b->bhsc", {gates, g.convert(lengths, g.b.getI64Type())}, element, [&](Cell &c) {
      Value zero = arith::ConstantOp::create(c.b, c.b.getFloatAttr(element, 0));
      return c.select(c.less(c.position('s'), c[1]), c[0], zero);
    });
  }

  LogicalResult matchAndRewrite(NsaOp op, PatternRewriter &rewriter) const override {
    Parts<NsaOp> parts(op, rewriter, op.getKSlc());
    GraphBuilder &g = parts.g;
    int64_t length = op.getLength(), stride = op.getStride(), block = op.getBlock();
    auto compress = [&](Value x, Value weight, Value w1, Value bias1, Value w2, Value bias2, Value pe) -> Value {
      SmallVector<int64_t> shape(GraphBuilder::type(x).getShape());
      if (!ShapedType::isDynamic(shape[2]))
        shape[2] = shape[2] < length ? 0 : (shape[2] - length) / stride + 1;
      return CompressOp::create(g.b, RankedTensorType::get(shape, parts.elementOf(x)), x, weight, w1, bias1, w2, bias2,
                                /*gate=*/Value(), /*bias=*/Value(), pe, op.getKvLengths(), op.getKind(), length, stride,
                                op.getActivationAttr(), /*overlap=*/false);
    };
    Value keys =
        compress(op.getKCmp(), op.getKWeight(), op.getKW1(), op.getKBias1(), op.getKW2(), op.getKBias2(), op.getKPe());
    Value values =
        compress(op.getVCmp(), op.getVWeight(), op.getVW1(), op.getVBias1(), op.getVW2(), op.getVBias2(), op.getVPe());
    auto [compressed, p] = parts.compressed(keys, values, length, stride, /*wantsImportance=*/true);

    int64_t kvHeads = parts.sizeOf(op.getKSlc(), 1), tokens = parts.sizeOf(op.getKSlc(), 2), blocks = tokens;
    Value blocksOperand;
    if (ShapedType::isDynamic(tokens)) {
      Value size = getValueOrCreateConstantIndexOp(g.b, g.b.getLoc(), g.size(op.getKSlc(), 2));
      Value perBlock = arith::ConstantIndexOp::create(g.b, block);
      blocksOperand = arith::CeilDivUIOp::create(g.b, size, perBlock);
    } else {
      blocks = tokens / block + (tokens % block != 0);
    }
    Value importance = BlockImportanceOp::create(g.b, parts.rowsOf(kvHeads, blocks, g.b.getF32Type()), p, blocksOperand,
                                                 length, stride, block);
    Value chosen = parts.select(importance, kvHeads, block, op.getCount(), op.getFirst(), op.getLocal(),
                                /*whole=*/false, /*causal=*/true);
    Value selected =
        parts.selectedTokens(op.getQ(), op.getKSlc(), op.getVSlc(), chosen, block, /*causal=*/true, FloatAttr()).out;
    Value window = parts.window(op.getKWin(), op.getVWin(), op.getWindow()).out;
    Value out = GatedCombineOp::create(g.b, compressed.getType(), ValueRange{compressed, selected, window},
                                       gatesOf(op, g), op.getSigmoid());
    parts.replace(rewriter, out);
    return success();
  }
};

struct DecomposeDsa : OpRewritePattern<DsaOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(DsaOp op, PatternRewriter &rewriter) const override {
    Parts<DsaOp> parts(op, rewriter, op.getK());
    GraphBuilder &g = parts.g;
    int64_t tokens = parts.sizeOf(op.getIndexK(), 1);
    Value scores =
        IndexerScoresOp::create(g.b, parts.rowsOf(1, tokens, g.b.getF32Type()), op.getIndexQ(), op.getIndexK(),
                                op.getIndexW(), op.getIndexQScales(), op.getIndexKScales(), op.getIndexScale());
    Value chosen = parts.select(scores, 1, 1, op.getTop(), 0, 0, /*whole=*/false, op.getCausal());
    Value q = op.getQ(), w = op.getWKv();
    int64_t nope = 0;
    if (w) {
      int64_t rope = parts.sizeOf(op.getK(), 3) - parts.sizeOf(op.getV(), 3);
      nope = parts.sizeOf(q, 3) - rope;
      if (llvm::is_contained(GraphBuilder::type(q).getShape(), 0)) { // upstream slices no tensor of size 0
        SmallVector<OpFoldResult> rows = {g.size(q, 0), g.size(q, 1), g.size(q, 2)};
        Value lse = g.fill(rows, g.b.getF32Type(), -INFINITY);
        rows.push_back(g.number(parts.sizeOf(w, 2) - nope));
        parts.replace(rewriter, {g.fill(rows, parts.elementOf(q), 0), lse});
        return success();
      }
      Value wUk = g.slice(w, 2, g.number(0), g.number(nope)), qNope = g.slice(q, 3, g.number(0), g.number(nope));
      Value absorbed = AbsorbQueryOp::create(g.b, parts.outType(op.getV()), qNope, wUk);
      q = rope ? g.concat(3, {absorbed, g.slice(q, 3, g.number(nope), g.number(rope))}) : absorbed;
    }
    Attended part = parts.selectedTokens(q, op.getK(), op.getV(), chosen, 1, op.getCausal(), op.getSoftcapAttr());
    SmallVector<Value> results = {part.out, part.lse};
    if (op.getSink())
      results = parts.merge(part, op.getSink());
    if (w) {
      int64_t valueSize = parts.sizeOf(w, 2) - nope;
      Value wUv = g.slice(w, 2, g.number(nope), g.number(valueSize));
      Type type = parts.rowsOf(parts.sizeOf(op.getQ(), 1), valueSize, parts.elementOf(op.getQ()));
      results[0] = ExpandValueOp::create(g.b, type, results[0], wUv);
    }
    parts.replace(rewriter, results);
    return success();
  }
};

struct DecomposeMoba : OpRewritePattern<MobaOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(MobaOp op, PatternRewriter &rewriter) const override {
    Parts<MobaOp> parts(op, rewriter, op.getK());
    GraphBuilder &g = parts.g;
    int64_t block = op.getBlock(), heads = parts.sizeOf(op.getQ(), 1);
    SmallVector<int64_t> shape(GraphBuilder::type(op.getK()).getShape());
    if (!ShapedType::isDynamic(shape[2]))
      shape[2] = shape[2] / block + (shape[2] % block != 0);
    Value means = BlockMeanOp::create(g.b, RankedTensorType::get(shape, parts.elementOf(op.getK())), op.getK(),
                                      op.getKvLengths(), block);
    Value scores = BlockScoresOp::create(g.b, parts.rowsOf(heads, shape[2], g.b.getF32Type()), op.getQ(), means,
                                         llvm::APFloat(1.0f));
    Value chosen = parts.select(scores, heads, block, op.getTop(), 0, 1, /*whole=*/false, /*causal=*/true);
    Attended part =
        parts.selectedTokens(op.getQ(), op.getK(), op.getV(), chosen, block, /*causal=*/true, op.getSoftcapAttr());
    SmallVector<Value> results = {part.out, part.lse};
    if (op.getSink())
      results = parts.merge(part, op.getSink());
    parts.replace(rewriter, results);
    return success();
  }
};

/// Twice as many are a length still.
constexpr int64_t kMostTokens = int64_t(1) << 60;

struct DecomposeCsa : OpRewritePattern<CsaOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(CsaOp op, PatternRewriter &rewriter) const override {
    if (static_cast<int64_t>(op.getCompress()) > kMostTokens)
      return rewriter.notifyMatchFailure(op, "an entry of so many tokens");
    Parts<CsaOp> parts(op, rewriter, op.getKv());
    GraphBuilder &g = parts.g;
    int64_t size = parts.headSize(op.getKv()), indexSize = parts.sizeOf(op.getIndexQ(), 3);
    if (ShapedType::isDynamic(indexSize) && op.getIndexNorm())
      indexSize = parts.sizeOf(op.getIndexNorm(), 0);
    if (op.getNorm() && (ShapedType::isDynamic(size) || ShapedType::isDynamic(indexSize)))
      return rewriter.notifyMatchFailure(op, "the size of a norm is not static");
    Value entries = parts.entries(op.getC(), op.getGates(), op.getBias(), op.getNorm(), op.getCos(), op.getSin(), size,
                                  /*overlaps=*/true);
    // The indexer's keys have no heads: they are compressed as one head, and that is dropped.
    SmallVector<ReassociationIndices> collapsed = {{0, 1}, {2}, {3}};
    auto oneHead = [&](Value x) {
      return x ? g.expand(x, collapsed, {g.size(x, 0), g.number(1), g.size(x, 1), g.size(x, 2)}) : x;
    };
    Value indexKeys = parts.entries(oneHead(op.getIndexC()), oneHead(op.getIndexGates()), op.getIndexBias(),
                                    op.getIndexNorm(), op.getCos(), op.getSin(), indexSize,
                                    /*overlaps=*/true);
    indexKeys = g.collapse(indexKeys, collapsed);
    int64_t count = parts.sizeOf(indexKeys, 1), rate = op.getCompress();
    Value scores =
        IndexerScoresOp::create(g.b, parts.rowsOf(1, count, g.b.getF32Type()), op.getIndexQ(), indexKeys,
                                op.getIndexW(), /*q_scales=*/Value(), /*k_scales=*/Value(), op.getIndexScale());
    Value chosen = parts.select(scores, 1, rate, op.getTop(), 0, 0, /*whole=*/true, /*causal=*/true);
    Attended sparse = parts.selectedEntries(entries, chosen);
    Attended window = parts.window(op.getKv(), op.getKv(), op.getWindow());
    parts.replace(rewriter, parts.merge({sparse, window}, op.getSink()));
    return success();
  }
};

struct DecomposeHca : OpRewritePattern<HcaOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(HcaOp op, PatternRewriter &rewriter) const override {
    Parts<HcaOp> parts(op, rewriter, op.getKv());
    if (op.getNorm() && ShapedType::isDynamic(parts.headSize(op.getKv())))
      return rewriter.notifyMatchFailure(op, "the size of a norm is not static");
    Value entries = parts.entries(op.getC(), op.getGates(), op.getBias(), op.getNorm(), op.getCos(), op.getSin(),
                                  parts.headSize(op.getKv()), /*overlaps=*/false);
    int64_t rate = op.getCompress();
    auto [out, lse] = parts.compressed(entries, entries, rate, rate, /*wantsImportance=*/false);
    Attended window = parts.window(op.getKv(), op.getKv(), op.getWindow());
    parts.replace(rewriter, parts.merge({{out, lse}, window}, op.getSink()));
    return success();
  }
};

} // namespace

void hadal::populateSparseModelPartsPatterns(RewritePatternSet &patterns) {
  patterns.add<DecomposeNsa, DecomposeDsa, DecomposeMoba, DecomposeCsa, DecomposeHca>(patterns.getContext());
}

// The parts have patterns of their own.
void hadal::populateSparseModelLinalgPatterns(RewritePatternSet &patterns) {}
