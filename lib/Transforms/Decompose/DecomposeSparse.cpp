//===- DecomposeSparse.cpp - Compression and scores into linalg -----------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Patterns.h"
#include "SparseGraph.h"

#include "dialects/Hadal/IR/Hadal.h"

using namespace mlir;
using namespace hadal;

/// The sizes of the first result.
template <typename Op> static SmallVector<OpFoldResult> resultSizes(Op op, OpBuilder &builder) {
  ReifiedRankedShapedTypeDims shapes;
  if (failed(op.reifyResultShapes(builder, shapes)))
    return {};
  return shapes.front();
}

static Value indexOf(Cell &c, int64_t value) { return arith::ConstantIndexOp::create(c.b, value); }

//===----------------------------------------------------------------------===//
// Compression
//===----------------------------------------------------------------------===//

namespace {
class CompressionGraph {
public:
  CompressionGraph(GraphBuilder &g, CompressOp op)
      : g(g), op(op), length(op.getLength()), stride(op.getStride()), f32(g.b.getF32Type()),
        sizes(resultSizes(op, g.b)) {}

  Value build();

private:
  /// Where place r of entry i stands in x: its token and its channel.
  std::pair<Value, Value> place(Cell &c);
  /// x's tokens by entries, [B, H, Nc, l, D] in f32.
  Value tokens();
  Value gated();
  Value mlp(Value blocks);
  /// A parameter [H or 1, …] and the letter of its first dimension: a single one loses it.
  std::pair<Value, std::string> perHead(Value parameter);
  /// Σ of products of blocks and a parameter whose letters behind the head's are `letters`.
  Value product(Value x, StringRef xLetters, Value parameter, StringRef letters, StringRef out);
  GraphBuilder::Sizes loops() { return loopSizes; }

  GraphBuilder &g;
  CompressOp op;
  int64_t length, stride;
  Type f32;
  SmallVector<OpFoldResult> sizes;
  SmallVector<std::pair<char, OpFoldResult>> loopSizes;
};
} // namespace

std::pair<Value, Value> CompressionGraph::place(Cell &c) {
  Value r = c.index('r'), channel = c.index('c');
  Value token = c.add(c.mul(c.index('i'), indexOf(c, stride)), r);
  if (!op.getOverlap())
    return {token, channel};
  // Series A of the d tokens before, then series B of the entry's own.
  Value series = getValueOrCreateConstantIndexOp(c.b, c.b.getLoc(), sizes[3]);
  token = arith::MaxSIOp::create(c.b, c.sub(token, indexOf(c, stride)), indexOf(c, 0));
  return {token, c.select(c.less(r, indexOf(c, stride)), channel, c.add(channel, series))};
}

Value CompressionGraph::tokens() {
  return g.map(
      "->bhirc", {}, f32,
      [&](Cell &c) {
        auto [token, channel] = place(c);
        return c.toFloat(extract(c, op.getX(), {c.index('b'), c.index('h'), token, channel}));
      },
      loops());
}

Value CompressionGraph::gated() {
  Value z = g.map(
      "->bhicr", {}, f32,
      [&](Cell &c) {
        auto [token, channel] = place(c);
        Value gate = c.toFloat(extract(c, op.getGate(), {c.index('b'), c.index('h'), token, channel}));
        Value r = c.index('r');
        if (op.getBias()) {
          Value row = op.getOverlap() ? Value(arith::RemSIOp::create(c.b, r, indexOf(c, stride))) : r;
          gate = c.add(gate, c.toFloat(extract(c, op.getBias(), {row, channel})));
        }
        if (!op.getOverlap())
          return gate;
        Value isBefore = c.both(c.equal(c.index('i'), indexOf(c, 0)), c.less(r, indexOf(c, stride)));
        return c.select(isBefore, minusInfinity(c), gate);
      },
      loops());
  return weigh(g, "bhicr,bhirc->bhic", softmaxOf(g, "bhicr", z).p, tokens());
}

std::pair<Value, std::string> CompressionGraph::perHead(Value parameter) {
  if (GraphBuilder::type(parameter).getDimSize(0) == 1)
    return {mergeDims(g, parameter, 0), ""};
  return {parameter, "h"};
}

Value CompressionGraph::product(Value x, StringRef xLetters, Value parameter, StringRef letters, StringRef out) {
  auto [own, head] = perHead(parameter);
  return g.contract((xLetters + "," + head + letters + "->" + out).str(), x, own);
}

Value CompressionGraph::mlp(Value blocks) {
  Value w1 = op.getW1();
  RankedTensorType type = GraphBuilder::type(w1);
  if (type.getRank() == 3) {
    OpFoldResult channels = g.size(op.getX(), 3);
    SmallVector<int64_t> shape(type.getShape());
    if (std::optional<int64_t> known = getConstantIntValue(channels))
      shape[1] = length * *known;
    else if (!type.isDynamicDim(1))
      channels = g.number(shape[1] / length);
    w1 = g.cast(w1, RankedTensorType::get(shape, type.getElementType()));
    w1 = g.expand(w1, {{0}, {1, 2}, {3}}, {g.size(w1, 0), g.number(length), channels, g.size(w1, 2)});
  }
  auto biased = [&](Value x, Value bias, StringRef letters, StringRef last) {
    if (!bias)
      return x;
    auto [own, head] = perHead(bias);
    return g.map((letters + "," + head + last + "->" + letters).str(), {x, own}, f32,
                 [](Cell &c) { return c.add(c[0], c.toFloat(c[1])); });
  };
  Value hidden = biased(product(blocks, "bhirc", w1, "rcf", "bhif"), op.getBias1(), "bhif", "f");
  hidden = ActivationOp::create(g.b, hidden.getType(), hidden, *op.getActivation(), llvm::APFloat(1.0f));
  return biased(product(hidden, "bhif", op.getW2(), "fe", "bhie"), op.getBias2(), "bhie", "e");
}

Value CompressionGraph::build() {
  OpFoldResult channels = op.getOverlap() ? sizes[3] : g.size(op.getX(), 3);
  loopSizes = {{'b', sizes[0]}, {'h', sizes[1]}, {'i', sizes[2]}, {'r', g.number(length)}, {'c', channels}};
  Value y;
  if (op.getKind() == Compression::Gated) {
    y = gated();
  } else {
    Value blocks = tokens();
    if (op.getPe()) {
      auto [pe, head] = perHead(op.getPe());
      blocks =
          g.map("bhirc," + head + "rc->bhirc", {blocks, pe}, f32, [](Cell &c) { return c.add(c[0], c.toFloat(c[1])); });
    }
    switch (op.getKind()) {
    case Compression::Mean:
      y = g.map("bhic->bhic", g.sum("bhirc->bhic", blocks), f32,
                [&](Cell &c) { return arith::DivFOp::create(c.b, c[0], c.number(length)); });
      break;
    case Compression::Weighted:
      y = product(blocks, "bhirc", op.getWeight(), "r", "bhic");
      break;
    case Compression::Linear:
      y = product(blocks, "bhirc", op.getWeight(), "rce", "bhie");
      break;
    default:
      y = mlp(blocks);
    }
  }
  if (!op.getKvLengths())
    return y;
  int64_t needed = op.getOverlap() ? stride : length;
  return g.map("bhic,b->bhic", {y, op.getKvLengths()}, f32, [&](Cell &c) {
    Value end = c.add(c.mul(c.position('i'), c.integer(stride)), c.integer(needed));
    return c.select(c.lessEqual(end, c.toInt(c[1])), c[0], c.number(0));
  });
}

static LogicalResult decomposeCompress(CompressOp op, PatternRewriter &rewriter) {
  GraphBuilder g(rewriter, op.getLoc());
  rewriter.replaceOp(op, asResult(g, CompressionGraph(g, op).build(), op.getResult()));
  return success();
}

//===----------------------------------------------------------------------===//
// Scores
//===----------------------------------------------------------------------===//

static LogicalResult decomposeBlockImportance(BlockImportanceOp op, PatternRewriter &rewriter) {
  GraphBuilder g(rewriter, op.getLoc());
  int64_t a = op.getBlock() / op.getStride(), n = op.getLength() / op.getStride();
  Value zero = arith::ConstantOp::create(g.b, g.b.getF32FloatAttr(0));
  // Entry i = a·j + m − n' stands in as many terms as there are such m < a, n' < n.
  Value sum = g.reduce("bhsi->bhsj", op.getP(), zero,
                       [&](Cell &c) {
                         Value shift = c.sub(c.position('i'), c.mul(c.position('j'), c.integer(a)));
                         Value above = arith::MinSIOp::create(c.b, c.integer(a), c.add(shift, c.integer(n)));
                         Value terms = c.sub(above, arith::MaxSIOp::create(c.b, shift, c.integer(0)));
                         Value weighed = c.mul(c.toFloat(terms), c.toFloat(c[0]));
                         return c.add(c[1], c.select(c.less(c.integer(0), terms), weighed, c.number(0)));
                       },
                       {{'j', resultSizes(op, rewriter)[3]}});
  rewriter.replaceOp(op, asResult(g, sum, op.getResult()));
  return success();
}

static LogicalResult decomposeBlockMean(BlockMeanOp op, PatternRewriter &rewriter) {
  GraphBuilder g(rewriter, op.getLoc());
  int64_t block = op.getBlock();
  Value lengths = op.getKvLengths();
  if (!lengths) {
    Value all = getValueOrCreateConstantIndexOp(g.b, op.getLoc(), g.size(op.getK(), 2));
    lengths = g.map("->b", {}, g.b.getI64Type(), [&](Cell &c) { return c.toInt(all); }, {{'b', g.size(op.getK(), 0)}});
  }
  Value zero = arith::ConstantOp::create(g.b, g.b.getF32FloatAttr(0));
  Value sum =
      g.reduce("bhtd,b->bhjd", {op.getK(), lengths}, zero,
               [&](Cell &c) {
                 Value token = c.position('t');
                 Value own = c.equal(arith::DivSIOp::create(c.b, token, c.integer(block)), c.position('j'));
                 return c.add(c[2], c.select(c.both(own, c.less(token, c.toInt(c[1]))), c.toFloat(c[0]), c.number(0)));
               },
               {{'j', resultSizes(op, rewriter)[2]}});
  Value mean = g.map("bhjd,b->bhjd", {sum, lengths}, g.b.getF32Type(), [&](Cell &c) {
    Value left = c.sub(c.toInt(c[1]), c.mul(c.position('j'), c.integer(block)));
    Value count = arith::MinSIOp::create(c.b, left, c.integer(block));
    return c.select(c.less(c.integer(0), count), arith::DivFOp::create(c.b, c[0], c.toFloat(count)), c.number(0));
  });
  rewriter.replaceOp(op, asResult(g, mean, op.getResult()));
  return success();
}

static Value scaled(GraphBuilder &g, StringRef letters, Value x, double scale) {
  return g.map((letters + "->" + letters).str(), x, g.b.getF32Type(),
               [&](Cell &c) { return c.mul(c[0], c.number(scale)); });
}

static LogicalResult decomposeBlockScores(BlockScoresOp op, PatternRewriter &rewriter) {
  int64_t heads = op.getQ().getType().getDimSize(1), kvHeads = op.getMeans().getType().getDimSize(1);
  if (ShapedType::isDynamic(heads) || ShapedType::isDynamic(kvHeads))
    return rewriter.notifyMatchFailure(op, "the number of heads is not static");
  GraphBuilder g(rewriter, op.getLoc());
  Value q = splitDim(g, op.getQ(), 1, kvHeads, heads / kvHeads);
  Value scores = mergeDims(g, g.contract("bmgsd,bmjd->bmgsj", q, op.getMeans()), 1);
  rewriter.replaceOp(op, asResult(g, scaled(g, "bhsj", scores, op.getScale().convertToFloat()), op.getResult()));
  return success();
}

static LogicalResult decomposeIndexerScores(IndexerScoresOp op, PatternRewriter &rewriter) {
  GraphBuilder g(rewriter, op.getLoc());
  Value products = g.contract("bhsd,btd->bhst", op.getQ(), op.getK()), weights = g.wide(op.getW());
  Type f32 = g.b.getF32Type();
  if (op.getQScales())
    weights =
        g.map("bsh,bhs->bsh", {weights, op.getQScales()}, f32, [](Cell &c) { return c.mul(c[0], c.toFloat(c[1])); });
  Value zero = arith::ConstantOp::create(g.b, g.b.getF32FloatAttr(0));
  Value sum = g.reduce("bhst,bsh->bst", {products, weights}, zero, [](Cell &c) {
    return c.add(c[2], c.mul(c[1], arith::MaximumFOp::create(c.b, c[0], c.number(0))));
  });
  sum = scaled(g, "bst", sum, op.getScale().convertToFloat());
  if (op.getKScales())
    sum = g.map("bst,bt->bst", {sum, op.getKScales()}, f32, [](Cell &c) { return c.mul(c[0], c.toFloat(c[1])); });
  SmallVector<OpFoldResult> sizes = {g.size(sum, 0), g.number(1), g.size(sum, 1), g.size(sum, 2)};
  rewriter.replaceOp(op, asResult(g, g.expand(sum, {{0, 1}, {2}, {3}}, sizes), op.getResult()));
  return success();
}

//===----------------------------------------------------------------------===//
// Gated combination
//===----------------------------------------------------------------------===//

static LogicalResult decomposeGatedCombine(GatedCombineOp op, PatternRewriter &rewriter) {
  GraphBuilder g(rewriter, op.getLoc());
  Type f32 = g.b.getF32Type();
  Value gates = g.wide(op.getGates()), sum;
  if (op.getSigmoid())
    gates = g.map("bhsc->bhsc", gates, f32, [](Cell &c) {
      Value grown = exponential(c, arith::NegFOp::create(c.b, c[0]));
      return arith::DivFOp::create(c.b, c.number(1), c.add(c.number(1), grown));
    });
  for (auto [n, branch] : llvm::enumerate(op.getBranches())) {
    Value gate = mergeDims(g, g.slice(gates, 3, g.number(n), g.number(1)), 2);
    if (!sum) {
      sum = g.map("bhsd,bhs->bhsd", {branch, gate}, f32, [](Cell &c) { return c.mul(c.toFloat(c[0]), c[1]); });
      continue;
    }
    sum = g.map("bhsd,bhsd,bhs->bhsd", {sum, branch, gate}, f32,
                [](Cell &c) { return c.add(c[0], c.mul(c.toFloat(c[1]), c[2])); });
  }
  rewriter.replaceOp(op, asResult(g, sum, op.getResult()));
  return success();
}

void hadal::populateSparsePartsPatterns(RewritePatternSet &) {}

void hadal::populateSparseLinalgPatterns(RewritePatternSet &patterns) {
  patterns
      .add<DecomposeBy<CompressOp, decomposeCompress>, DecomposeBy<BlockImportanceOp, decomposeBlockImportance>,
           DecomposeBy<BlockMeanOp, decomposeBlockMean>, DecomposeBy<BlockScoresOp, decomposeBlockScores>,
           DecomposeBy<IndexerScoresOp, decomposeIndexerScores>, DecomposeBy<GatedCombineOp, decomposeGatedCombine>>(
          patterns.getContext());
  populateSelectionLinalgPatterns(patterns);
}
