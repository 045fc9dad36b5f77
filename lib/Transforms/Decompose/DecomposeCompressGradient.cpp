//===- DecomposeCompressGradient.cpp - The derivative of compression into linalg -===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "GradientGraph.h"
#include "SlotBuilder.h"

using namespace mlir;
using namespace hadal;

namespace {

/// The derivative in the letters b, h, i (entry), r (place in it), c (column of the entry), e (column of its result), f
/// (hidden column); t (token) and k (channel) of x, and p (place) of parameters.
class CompressGradient {
public:
  CompressGradient(GraphBuilder &g, CompressGradOp op)
      : g(g), op(op), f32(g.b.getF32Type()), length(op.getLength()), stride(op.getStride()),
        heads(g.size(op.getX(), 1)), tokens(g.size(op.getX(), 2)), channels(g.size(op.getX(), 3)),
        entries(g.size(op.getDOut(), 2)), columns(op.getOverlap() ? g.size(op.getDOut(), 3) : channels) {}

  /// One value for x and for each parameter that is given.
  SmallVector<Value> build();

private:
  Value indexOf(Cell &c, int64_t value) { return arith::ConstantIndexOp::create(c.b, value); }
  Value indexOf(Cell &c, OpFoldResult value) { return getValueOrCreateConstantIndexOp(c.b, c.b.getLoc(), value); }
  /// Where place r of entry i stands in x: its token and its channel.
  std::pair<Value, Value> place(Cell &c);
  /// Whether all tokens of entry i are valid; `length` is the element of kv_lengths.
  Value exists(Cell &c, Value validTokens);
  /// [B, H, Nc, l, C] of a tensor of x's shape; 0 for entries that do not exist. `pe` may be null.
  Value blocks(Value x, Value pe);
  /// d_out in f32; 0 for entries that do not exist.
  Value cotangents();
  /// Σ over entries of [B, H, Nc, l, C] at the tokens and channels where they stand.
  Value fold(Value perEntry);
  Value foldSeries(Value perEntry);
  /// Σ over b and i (and h, if the parameter has one head for all); `letters` are those behind the head's.
  Value sumFor(Value parameter, StringRef letters, Value perEntry);
  Value productFor(Value parameter, StringRef letters, Value x, StringRef xLetters, Value y, StringRef yLetters);
  /// A parameter and its letters; one head for all loses its dimension.
  std::pair<Value, std::string> ofHeads(Value parameter, StringRef letters);
  Value sharedBack(Value gradient, Value parameter);

  Value gated(Value xb, Value e, SmallVectorImpl<Value> &gradients);
  Value biasGradient(Value slopes);
  Value mlp(Value xb, Value e, SmallVectorImpl<Value> &gradients);

  GraphBuilder &g;
  CompressGradOp op;
  Type f32;
  int64_t length, stride;
  OpFoldResult heads, tokens, channels, entries, columns;
};

} // namespace

std::pair<Value, Value> CompressGradient::place(Cell &c) {
  Value r = c.index('r'), column = c.index('c');
  Value token = c.add(c.mul(c.index('i'), indexOf(c, stride)), r);
  if (!op.getOverlap())
    return {token, column};
  // Series A of the d tokens before, then series B of the entry's own; entry 0 has none before.
  token = arith::MaxSIOp::create(c.b, c.sub(token, indexOf(c, stride)), indexOf(c, int64_t(0)));
  return {token, c.select(c.less(r, indexOf(c, stride)), column, c.add(column, indexOf(c, columns)))};
}

Value CompressGradient::exists(Cell &c, Value validTokens) {
  Value last = c.add(c.mul(c.position('i'), c.integer(stride)), c.integer(op.getOverlap() ? stride : length));
  return c.lessEqual(last, c.toInt(validTokens));
}

Value CompressGradient::blocks(Value x, Value pe) {
  SmallVector<Value> inputs;
  SmallVector<StringRef> terms;
  std::string codeLetters;
  if (pe) {
    std::tie(pe, codeLetters) = ofHeads(pe, "rc");
    inputs.push_back(pe);
    terms.push_back(codeLetters);
  }
  if (op.getKvLengths()) {
    inputs.push_back(op.getKvLengths());
    terms.push_back("b");
  }
  return g.map(llvm::join(terms, ",") + "->bhirc", inputs, f32,
               [&](Cell &c) {
                 auto [token, channel] = place(c);
                 Value element = c.toFloat(extract(c, x, {c.index('b'), c.index('h'), token, channel}));
                 if (pe)
                   element = c.add(element, c.toFloat(c[0]));
                 return op.getKvLengths() ? c.select(exists(c, c[pe ? 1 : 0]), element, c.number(0)) : element;
               },
               {{'b', g.size(x, 0)}, {'h', heads}, {'i', entries}, {'r', g.number(length)}, {'c', columns}});
}

Value CompressGradient::cotangents() {
  if (!op.getKvLengths())
    return g.wide(op.getDOut());
  return g.map("bhie,b->bhie", {op.getDOut(), op.getKvLengths()}, f32,
               [&](Cell &c) { return c.select(exists(c, c[1]), c.toFloat(c[0]), c.number(0)); });
}

Value CompressGradient::foldSeries(Value perEntry) {
  return g.map("->bhtk", {}, f32,
               [&](Cell &c) {
                 Value series = indexOf(c, columns), one = indexOf(c, int64_t(1)), step = indexOf(c, stride);
                 Value isBefore = c.less(c.index('k'), series);
                 Value own = arith::DivSIOp::create(c.b, c.index('t'), step),
                       r = arith::RemSIOp::create(c.b, c.index('t'), step);
                 Value entry = c.select(isBefore, c.add(own, one), own);
                 entry = arith::MinSIOp::create(c.b, entry, indexOf(c, entries));
                 Value column = c.select(isBefore, c.index('k'), c.sub(c.index('k'), series));
                 Value at = c.select(isBefore, r, c.add(r, step));
                 return extract(c, perEntry, {c.index('b'), c.index('h'), entry, at, column});
               },
               {{'b', g.size(op.getX(), 0)}, {'h', heads}, {'t', tokens}, {'k', channels}});
}

Value CompressGradient::fold(Value perEntry) {
  // One entry more, of zeros, for tokens that stand in none.
  SmallVector<OpFoldResult> sizes;
  for (int64_t dim = 0; dim < 5; ++dim)
    sizes.push_back(dim == 2 ? g.number(1) : g.size(perEntry, dim));
  perEntry = g.concat(2, {perEntry, g.fill(sizes, f32, 0)});
  if (op.getOverlap())
    return foldSeries(perEntry);
  // Token t is place r of the entry (t − r) / d, where that divides.
  Value places = g.map("->r", {}, g.b.getIndexType(), [](Cell &c) { return c.index('r'); }, {{'r', g.number(length)}});
  Value zero = arith::ConstantOp::create(g.b, g.b.getF32FloatAttr(0));
  return g.reduce("r->bhtk", places, zero,
                  [&](Cell &c) {
                    Value first = c.sub(c.index('t'), c[0]), step = indexOf(c, stride), none = indexOf(c, entries);
                    Value entry = arith::DivSIOp::create(c.b, first, step);
                    Value isThere =
                        c.both(c.lessEqual(indexOf(c, int64_t(0)), first), c.equal(c.mul(entry, step), first));
                    entry = c.select(isThere, arith::MinSIOp::create(c.b, entry, none), none);
                    return c.add(c[1], extract(c, perEntry, {c.index('b'), c.index('h'), entry, c[0], c.index('k')}));
                  },
                  {{'b', g.size(op.getX(), 0)}, {'h', heads}, {'t', tokens}, {'k', channels}});
}

std::pair<Value, std::string> CompressGradient::ofHeads(Value parameter, StringRef letters) {
  if (GraphBuilder::type(parameter).getDimSize(0) == 1)
    return {mergeDims(g, parameter, 0), letters.str()};
  return {parameter, "h" + letters.str()};
}

Value CompressGradient::sharedBack(Value gradient, Value parameter) {
  if (GraphBuilder::type(parameter).getDimSize(0) != 1)
    return gradient;
  SmallVector<ReassociationIndices> groups = {{0, 1}};
  SmallVector<OpFoldResult> sizes = {g.number(1), g.size(gradient, 0)};
  for (int64_t dim = 1; dim < GraphBuilder::type(gradient).getRank(); ++dim) {
    groups.push_back({dim + 1});
    sizes.push_back(g.size(gradient, dim));
  }
  return g.expand(gradient, groups, sizes);
}

Value CompressGradient::sumFor(Value parameter, StringRef letters, Value perEntry) {
  bool isShared = GraphBuilder::type(parameter).getDimSize(0) == 1;
  return sharedBack(g.sum(("bhi" + letters + "->" + (isShared ? "" : "h") + letters).str(), perEntry), parameter);
}

Value CompressGradient::productFor(Value parameter, StringRef letters, Value x, StringRef xLetters, Value y,
                                   StringRef yLetters) {
  bool isShared = GraphBuilder::type(parameter).getDimSize(0) == 1;
  return sharedBack(g.contract((xLetters + "," + yLetters + "->" + (isShared ? "" : "h") + letters).str(), x, y),
                    parameter);
}

Value CompressGradient::mlp(Value xb, Value e, SmallVectorImpl<Value> &gradients) {
  Value w1 = op.getW1();
  bool isFlat = GraphBuilder::type(w1).getRank() == 3;
  SmallVector<ReassociationIndices> groups = {{0}, {1, 2}, {3}};
  if (isFlat) {
    SmallVector<int64_t> shape(GraphBuilder::type(w1).getShape());
    if (std::optional<int64_t> known = getConstantIntValue(channels))
      shape[1] = length * *known;
    w1 = g.cast(w1, RankedTensorType::get(shape, GraphBuilder::type(w1).getElementType()));
    w1 = g.expand(w1, groups, {g.size(w1, 0), g.number(length), channels, g.size(w1, 2)});
  }
  auto [first, firstLetters] = ofHeads(w1, "rcf");
  auto [second, secondLetters] = ofHeads(op.getW2(), "fe");
  Value u = g.contract("bhirc," + firstLetters + "->bhif", xb, first);
  if (op.getBias1()) {
    auto [bias, letters] = ofHeads(op.getBias1(), "f");
    u = g.map("bhif," + letters + "->bhif", {u, bias}, f32, [](Cell &c) { return c.add(c[0], c.toFloat(c[1])); });
  }
  Activation activation = *op.getActivation();
  Value active = g.map("bhif->bhif", u, f32, [&](Cell &c) { return activate(c, c[0], activation, 1); });
  Value dU = g.map("bhif,bhif->bhif", {g.contract("bhie," + secondLetters + "->bhif", e, second), u}, f32,
                   [&](Cell &c) { return c.mul(c[0], activationSlopeOf(c, c[1], activation, 1)); });
  Value dW1 = productFor(w1, "rcf", xb, "bhirc", dU, "bhif");
  gradients.push_back(isFlat ? g.collapse(dW1, groups) : dW1);
  if (op.getBias1())
    gradients.push_back(sumFor(op.getBias1(), "f", dU));
  gradients.push_back(productFor(op.getW2(), "fe", active, "bhif", e, "bhie"));
  if (op.getBias2())
    gradients.push_back(sumFor(op.getBias2(), "e", e));
  return g.contract("bhif," + firstLetters + "->bhirc", dU, first);
}

Value CompressGradient::biasGradient(Value slopes) {
  Value sums = g.sum("bhirc->rc", slopes);
  if (!op.getOverlap())
    return sums;
  // Place p of series A is place p of the entries, that of series B place d + p.
  return g.map("->pk", {}, f32,
               [&](Cell &c) {
                 Value isBefore = c.less(c.index('k'), indexOf(c, columns));
                 Value at = c.select(isBefore, c.index('p'), c.add(c.index('p'), indexOf(c, stride)));
                 Value column = c.select(isBefore, c.index('k'), c.sub(c.index('k'), indexOf(c, columns)));
                 return extract(c, sums, {at, column});
               },
               {{'p', g.number(stride)}, {'k', channels}});
}

Value CompressGradient::gated(Value xb, Value e, SmallVectorImpl<Value> &gradients) {
  Value gates = blocks(op.getGate(), Value());
  Value z = g.map("bhirc->bhicr", gates, f32, [&](Cell &c) {
    Value gate = c[0], r = c.index('r'), isBefore = c.less(r, indexOf(c, stride));
    if (op.getBias()) {
      Value row = op.getOverlap() ? Value(arith::RemSIOp::create(c.b, r, indexOf(c, stride))) : r;
      gate = c.add(gate, c.toFloat(extract(c, op.getBias(), {row, place(c).second})));
    }
    if (!op.getOverlap())
      return gate;
    return c.select(c.both(c.equal(c.index('i'), indexOf(c, int64_t(0))), isBefore), minusInfinity(c), gate);
  });
  Value a = softmaxOf(g, "bhicr", z).p, y = weigh(g, "bhicr,bhirc->bhic", a, xb);
  Value slopes = g.map("bhicr,bhirc,bhic,bhic->bhirc", {a, xb, y, e}, f32,
                       [](Cell &c) { return unlessZero(c, c[0], c.mul(c.mul(c[0], c.sub(c[1], c[2])), c[3])); });
  gradients.push_back(fold(slopes));
  if (op.getBias())
    gradients.push_back(biasGradient(slopes));
  return g.map("bhicr,bhic->bhirc", {a, e}, f32, [](Cell &c) { return unlessZero(c, c[0], c.mul(c[0], c[1])); });
}

SmallVector<Value> CompressGradient::build() {
  Value xb = blocks(op.getX(), op.getPe()), e = cotangents(), dXb;
  SmallVector<Value> gradients = {Value()};
  switch (op.getKind()) {
  case Compression::Mean:
    dXb = g.map("bhic->bhirc", e, f32, [&](Cell &c) { return divide(c, c[0], c.number(length)); },
                {{'r', g.number(length)}});
    break;
  case Compression::Weighted: {
    auto [weight, letters] = ofHeads(op.getWeight(), "r");
    dXb = g.map("bhic," + letters + "->bhirc", {e, weight}, f32, [](Cell &c) { return c.mul(c[0], c.toFloat(c[1])); });
    gradients.push_back(productFor(op.getWeight(), "r", xb, "bhirc", e, "bhic"));
    break;
  }
  case Compression::Linear: {
    auto [weight, letters] = ofHeads(op.getWeight(), "rce");
    dXb = g.contract("bhie," + letters + "->bhirc", e, weight);
    gradients.push_back(productFor(op.getWeight(), "rce", xb, "bhirc", e, "bhie"));
    break;
  }
  case Compression::Mlp:
    dXb = mlp(xb, e, gradients);
    break;
  case Compression::Gated:
    dXb = gated(xb, e, gradients);
    break;
  }
  gradients.front() = fold(dXb);
  if (op.getPe())
    gradients.push_back(sumFor(op.getPe(), "rc", dXb));
  return gradients;
}

static LogicalResult decomposeCompressGrad(CompressGradOp op, PatternRewriter &rewriter) {
  GraphBuilder g(rewriter, op.getLoc());
  // Without an entry there is nothing to look at.
  if (llvm::is_contained(op.getDOut().getType().getShape(), 0)) {
    SmallVector<Value> zeros = {zerosLike(g, op.getX())};
    for (Value parameter : op.getParameters())
      zeros.push_back(zerosLike(g, parameter));
    replaceByGradients(g, rewriter, op, zeros);
    return success();
  }
  for (Value parameter : {op.getWeight(), op.getW1(), op.getBias1(), op.getW2(), op.getBias2(), op.getPe()})
    if (parameter && GraphBuilder::type(parameter).isDynamicDim(0))
      return rewriter.notifyMatchFailure(op, "whether all heads share a parameter is not static");
  replaceByGradients(g, rewriter, op, CompressGradient(g, op).build());
  return success();
}

void hadal::populateCompressGradientLinalgPatterns(RewritePatternSet &patterns) {
  patterns.add<DecomposeBy<CompressGradOp, decomposeCompressGrad>>(patterns.getContext());
}
