//===- SparseModelOps.cpp - Verification of sparse attention of models --===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/Hadal/IR/AttentionUtils.h"

#include "mlir/IR/Matchers.h"
#include "mlir/IR/PatternMatch.h"

using namespace mlir;
using namespace hadal;
using namespace hadal::detail;

/// Whether all of `values` have this rank.
static bool haveRank(ArrayRef<Value> values, int64_t rank) {
  return llvm::all_of(values, [&](Value value) { return rankOf(value) == rank; });
}

/// Whether those of `values` that are there have this element type.
static bool haveElement(ArrayRef<Value> values, Type element) {
  return llvm::all_of(values, [&](Value value) { return !value || elementOf(value) == element; });
}

/// Whether `value`, if it is there, has this shape.
static bool isShaped(Value value, ArrayRef<int64_t> shape) {
  return !value || agree(tensorType(value).getShape(), shape);
}

/// a, or b where a is not known.
static int64_t either(int64_t a, int64_t b) { return ShapedType::isDynamic(a) ? b : a; }

/// The smaller of two sizes; unknown if either is.
static int64_t atMost(int64_t a, int64_t b) {
  return ShapedType::isDynamic(a) || ShapedType::isDynamic(b) ? ShapedType::kDynamic : std::min(a, b);
}

/// Operations for one score of the lightning indexer.
static int64_t flopsOfIndex(Value indexQ) { return product(sizeOf(indexQ, 1), sum(product(2, sizeOf(indexQ, 3)), 3)); }

/// out [B, H, S, Dv] as q has them, and lse [B, H, S].
static void describeAttention(ResultSizes &sizes, Value q, Value v, Value out, Value lse) {
  sizes.set(out, {sizes.of(q, 0), sizes.of(q, 1), sizes.of(q, 2), sizes.of(v, 3)});
  if (lse)
    sizes.set(lse, {sizes.of(q, 0), sizes.of(q, 1), sizes.of(q, 2)});
}

//===----------------------------------------------------------------------===//
// NsaOp
//===----------------------------------------------------------------------===//

namespace {
/// What compresses keys, or values.
struct Compressor {
  Value weight, w1, bias1, w2, bias2, pe;
};
} // namespace

/// Whether a compressor has the parameters of its kind and no others, for `heads` and tokens of this size.
static bool fitsKind(const Compressor &c, Compression kind, int64_t heads, int64_t length, int64_t size) {
  bool isMlp = kind == Compression::Mlp, hasMlp = c.w1 && c.w2;
  if (static_cast<bool>(c.weight) != (kind == Compression::Weighted || kind == Compression::Linear) ||
      (isMlp ? !hasMlp : c.w1 || c.w2 || c.bias1 || c.bias2))
    return false;
  switch (kind) {
  case Compression::Mean:
    return true;
  case Compression::Weighted:
    return isPerHead(c.weight, heads, {length});
  case Compression::Linear:
    return isPerHead(c.weight, heads, {length, size, size});
  case Compression::Mlp: {
    int64_t hidden = rankOf(c.w1) ? sizeOf(c.w1, -1) : 0;
    return (isPerHead(c.w1, heads, {product(length, size), hidden}) ||
            isPerHead(c.w1, heads, {length, size, hidden})) &&
           isPerHead(c.w2, heads, {hidden, size}) && (!c.bias1 || isPerHead(c.bias1, heads, {hidden})) &&
           (!c.bias2 || isPerHead(c.bias2, heads, {size}));
  }
  case Compression::Gated:
    return false;
  }
  llvm_unreachable("a kind of compression");
}

LogicalResult NsaOp::verify() {
  Value q = getQ(), gates = getGates();
  Value keys[] = {getKCmp(), getKSlc(), getKWin()}, values[] = {getVCmp(), getVSlc(), getVWin()};
  Compressor forKeys = {getKWeight(), getKW1(), getKBias1(), getKW2(), getKBias2(), getKPe()};
  Compressor forValues = {getVWeight(), getVW1(), getVBias1(), getVW2(), getVBias2(), getVPe()};
  Value parameters[] = {forKeys.weight,   forKeys.w1,   forKeys.bias1,   forKeys.w2,   forKeys.bias2,   forKeys.pe,
                        forValues.weight, forValues.w1, forValues.bias1, forValues.w2, forValues.bias2, forValues.pe};
  Type element = elementOf(q);
  if (!haveRank({q, gates}, 4) || !haveRank(keys, 4) || !haveRank(values, 4) ||
      !haveElement({gates, getResult()}, element) || !haveElement(keys, element) || !haveElement(values, element) ||
      !haveElement(parameters, element))
    return emitOpError("takes q, keys, values and gates of rank 4, and all floats of the result's element type"); // C1
  int64_t batch = sizeOf(q, 0), heads = sizeOf(q, 1), kvHeads = ShapedType::kDynamic, tokens = kvHeads, size = kvHeads;
  int64_t valueSize = kvHeads;
  for (auto [k, v] : llvm::zip(keys, values))
    for (Value kv : {k, v}) {
      if (!isShaped(kv, {batch, kvHeads, tokens, ShapedType::kDynamic}))
        return emitOpError("the keys and values of all branches must agree in batch, heads and length, and q with "
                           "them in batch"); // C2
      batch = either(batch, sizeOf(kv, 0));
      kvHeads = either(kvHeads, sizeOf(kv, 1));
      tokens = either(tokens, sizeOf(kv, 2));
    }
  size = sizeOf(q, 3);
  for (auto [k, v] : llvm::zip(keys, values)) {
    if (!agree(sizeOf(k, 3), size) || !agree(sizeOf(v, 3), valueSize))
      return emitOpError("q and all keys must agree in head size, and so must all values"); // C3
    size = either(size, sizeOf(k, 3));
    valueSize = either(valueSize, sizeOf(v, 3));
  }
  if (!isMultiple(heads, kvHeads))
    return emitOpError("the number of query heads, ")
           << heads << ", is no multiple of the number of kv heads, " << kvHeads; // C4
  if (!isShaped(gates, {batch, heads, sizeOf(q, 2), 3}))
    return emitOpError("gates must be [B, H, S, 3], not ") << gates.getType(); // C5
  int64_t length = getLength(), stride = getStride(), block = getBlock();
  if (length < 1 || stride < 1 || block < 1 || length % stride || block % stride)
    return emitOpError("length, stride and block must be at least 1, and stride divide the others"); // C6
  int64_t count = getCount(), first = getFirst(), local = getLocal();
  if (count < 1 || first < 0 || local < 0 || first > count || local > count - first)
    return emitOpError("count must be at least 1 and no less than first and local together"); // C7
  if (static_cast<int64_t>(getWindow()) < 1)
    return emitOpError("the window must be at least 1"); // C8
  if (!fitsKind(forKeys, getKind(), kvHeads, length, size) ||
      !fitsKind(forValues, getKind(), kvHeads, length, valueSize) ||
      getActivation().has_value() != (getKind() == Compression::Mlp))
    return emitOpError("the parameters of keys and values must be those of the compression ")
           << stringifyCompression(getKind()) << ", shaped as hadal.compress takes them"; // C9
  if ((forKeys.pe && !isPerHead(forKeys.pe, kvHeads, {length, size})) ||
      (forValues.pe && !isPerHead(forValues.pe, kvHeads, {length, valueSize})))
    return emitOpError("k_pe must be [Hkv or 1, l, D], v_pe [Hkv or 1, l, Dv]"); // C10
  if (failed(verifyVisibility(*this, batch)))
    return failure(); // C11
  if (!getCausal())
    return emitOpError("is causal by definition: say causal"); // C12
  if (!getScale().isFinite())
    return emitOpError("the scale must be finite"); // C13
  if (failed(verifyResults(*this)))
    return failure(); // C14
  return success();
}

void NsaOp::describeResults(ResultSizes &sizes) { describeAttention(sizes, getQ(), getVSlc(), getResult(), Value()); }

std::optional<int64_t> NsaOp::getFlops() {
  int64_t tokens = sizeOf(getKSlc(), 2), size = sizeOf(getQ(), 3), valueSize = sizeOf(getVSlc(), 3);
  if (ShapedType::isDynamic(tokens))
    return std::nullopt;
  int64_t length = getLength(), entries = tokens < length ? 0 : (tokens - length) / int64_t(getStride()) + 1;
  int64_t both = sum(size, valueSize), perEntry = product(length, both);
  if (getKind() == Compression::Linear)
    perEntry = product(product(2, length), sum(product(size, size), product(valueSize, valueSize)));
  else if (getKind() == Compression::Mlp)
    perEntry = product(2, sum(product(sizeOf(getKW1(), -1), product(sum(length, 1), size)),
                              product(sizeOf(getVW1(), -1), product(sum(length, 1), valueSize))));
  int64_t compression = product(product(sizeOf(getKSlc(), 1), entries), perEntry);
  int64_t seen = sum(entries, sum(atMost(tokens, product(getCount(), getBlock())), atMost(tokens, getWindow())));
  int64_t attention = product(product(sizeOf(getQ(), 1), sizeOf(getQ(), 2)),
                              sum(product(seen, flopsOfScore(size, valueSize)), product(6, valueSize)));
  return countOf({sizeOf(getQ(), 0), sum(compression, attention)});
}

//===----------------------------------------------------------------------===//
// DsaOp
//===----------------------------------------------------------------------===//

LogicalResult DsaOp::verify() {
  Value q = getQ(), k = getK(), v = getV(), w = getWKv();
  if (!haveRank({q, k, v}, 4) || !haveElement({k, v, w, getResult()}, elementOf(q)))
    return emitOpError("takes q, k and v of rank 4 and, with w_kv, of the result's element type"); // C1
  int64_t batch = either(sizeOf(q, 0), sizeOf(k, 0)), heads = sizeOf(q, 1), queries = sizeOf(q, 2);
  if (!agree(tensorType(k).getShape().drop_back(), tensorType(v).getShape().drop_back()) ||
      !agree(sizeOf(q, 0), sizeOf(k, 0)) || !agree(sizeOf(q, 0), sizeOf(v, 0)))
    return emitOpError("q, k and v must agree in batch; k and v in heads and length"); // C2
  int64_t kvHeads = either(sizeOf(k, 1), sizeOf(v, 1)), tokens = either(sizeOf(k, 2), sizeOf(v, 2));
  if (!isMultiple(heads, kvHeads))
    return emitOpError("the number of query heads, ")
           << heads << ", is no multiple of the number of kv heads, " << kvHeads; // C3
  if (!w && !agree(sizeOf(q, 3), sizeOf(k, 3)))
    return emitOpError("q and k differ in head size: ") << sizeOf(q, 3) << " and " << sizeOf(k, 3); // C4
  if (w) {
    int64_t latent = sizeOf(v, 3), key = sizeOf(k, 3), query = sizeOf(q, 3);
    if (ShapedType::isDynamic(latent) || ShapedType::isDynamic(key) || ShapedType::isDynamic(query) ||
        !agree(kvHeads, 1) || latent < 1 || key < latent || query <= key - latent || rankOf(w) != 3 ||
        sizeOf(w, 0) != latent || !agree(sizeOf(w, 1), heads) || ShapedType::isDynamic(sizeOf(w, 2)) ||
        sizeOf(w, 2) <= query - (key - latent))
      return emitOpError(
          "with w_kv [L, H, Dn + Dv], of static sizes, takes q of Dn + R columns and one kv head with k of "
          "L + R and v of L"); // C5
  }
  Value indexQ = getIndexQ(), indexK = getIndexK(), indexW = getIndexW();
  if (rankOf(indexQ) != 4 || !isShaped(indexQ, {batch, ShapedType::kDynamic, queries, ShapedType::kDynamic}) ||
      !isShaped(indexK, {batch, tokens, sizeOf(indexQ, 3)}) || !isShaped(indexW, {batch, queries, sizeOf(indexQ, 1)}))
    return emitOpError("takes index_q [B, Hi, S, Di], index_k [B, T, Di] and index_w [B, S, Hi]"); // C6
  if (!isShaped(getIndexQScales(), {batch, sizeOf(indexQ, 1), queries}) ||
      !isShaped(getIndexKScales(), {batch, tokens}))
    return emitOpError("index_q_scales must be [B, Hi, S], index_k_scales [B, T]"); // C7
  if (static_cast<int64_t>(getTop()) < 1)
    return emitOpError("chooses at least 1 key"); // C8
  if (!getScale().isFinite() || !getIndexScale().isFinite() || !isPositive(getSoftcap()))
    return emitOpError("scale and index_scale must be finite, softcap finite and positive"); // C9
  if (!isShaped(getSink(), {heads}))
    return emitOpError("the sink must be ") << shapeText({heads}); // C10
  if (failed(verifyVisibility(*this, batch)))
    return failure(); // C11
  if (failed(verifyResults(*this)))
    return failure(); // C12
  return success();
}

void DsaOp::describeResults(ResultSizes &sizes) {
  Value q = getQ();
  // Dv = (Dn + Dv) − (Dn + R) + (L + R) − L
  ResultSizes::Size size = sizes.of(getV(), 3);
  if (Value w = getWKv())
    size = sizes.sum(sizes.difference(sizes.of(w, 2), sizes.of(q, 3)), sizes.difference(sizes.of(getK(), 3), size));
  sizes.set(getResult(), {sizes.of(q, 0), sizes.of(q, 1), sizes.of(q, 2), size});
  if (Value lse = getLse())
    sizes.set(lse, {sizes.of(q, 0), sizes.of(q, 1), sizes.of(q, 2)});
}

std::optional<int64_t> DsaOp::getFlops() {
  int64_t tokens = sizeOf(getK(), 2), heads = sizeOf(getQ(), 1);
  int64_t perHead = product(atMost(tokens, getTop()), flopsOfScore(sizeOf(getK(), 3), sizeOf(getV(), 3)));
  if (Value w = getWKv()) // absorbed: W_UK into each query, W_UV into each output
    perHead = sum(perHead, product(2, product(sizeOf(w, 0), sizeOf(w, 2))));
  int64_t perQuery = sum(product(tokens, flopsOfIndex(getIndexQ())), product(heads, perHead));
  return countOf({sizeOf(getQ(), 0), sizeOf(getQ(), 2), perQuery});
}

//===----------------------------------------------------------------------===//
// MobaOp
//===----------------------------------------------------------------------===//

LogicalResult MobaOp::verify() {
  Value q = getQ(), k = getK(), v = getV();
  if (!haveRank({q, k, v}, 4) || !haveElement({k, v, getResult()}, elementOf(q)))
    return emitOpError("takes q, k and v of rank 4 and of the result's element type"); // C1
  if (!agree(sizeOf(q, 3), sizeOf(k, 3)))
    return emitOpError("q and k differ in head size: ") << sizeOf(q, 3) << " and " << sizeOf(k, 3); // C2
  if (!agree(tensorType(k).getShape().drop_back(), tensorType(v).getShape().drop_back()) ||
      !agree(sizeOf(q, 0), sizeOf(k, 0)) || !agree(sizeOf(q, 0), sizeOf(v, 0)))
    return emitOpError("q, k and v must agree in batch; k and v in heads and length"); // C3
  int64_t heads = sizeOf(q, 1), kvHeads = either(sizeOf(k, 1), sizeOf(v, 1));
  if (!isMultiple(heads, kvHeads))
    return emitOpError("the number of query heads, ")
           << heads << ", is no multiple of the number of kv heads, " << kvHeads; // C4
  if (static_cast<int64_t>(getBlock()) < 1 || static_cast<int64_t>(getTop()) < 1)
    return emitOpError("block and top must be at least 1"); // C5
  if (!getScale().isFinite() || !isPositive(getSoftcap()))
    return emitOpError("the scale must be finite, softcap finite and positive"); // C6
  if (!isShaped(getSink(), {heads}))
    return emitOpError("the sink must be ") << shapeText({heads}); // C7
  if (failed(verifyVisibility(*this, either(sizeOf(q, 0), sizeOf(k, 0)))))
    return failure(); // C8
  if (!getCausal())
    return emitOpError("is causal by definition: say causal"); // C9
  if (failed(verifyResults(*this)))
    return failure(); // C10
  return success();
}

void MobaOp::describeResults(ResultSizes &sizes) { describeAttention(sizes, getQ(), getV(), getResult(), getLse()); }

std::optional<int64_t> MobaOp::getFlops() {
  int64_t tokens = sizeOf(getK(), 2), size = sizeOf(getK(), 3);
  if (ShapedType::isDynamic(tokens))
    return std::nullopt;
  int64_t blocks = tokens / int64_t(getBlock()) + (tokens % int64_t(getBlock()) != 0);
  int64_t perQuery = sum(product(blocks, product(2, size)),
                         product(atMost(tokens, product(getTop(), getBlock())), flopsOfScore(size, sizeOf(getV(), 3))));
  int64_t attention = product(product(sizeOf(getQ(), 1), sizeOf(getQ(), 2)), perQuery);
  return countOf({sizeOf(getQ(), 0), sum(product(product(sizeOf(getK(), 1), tokens), size), attention)});
}

//===----------------------------------------------------------------------===//
// CsaOp, HcaOp
//===----------------------------------------------------------------------===//

/// ⌊tokens / rate⌋
static int64_t entriesOf(int64_t tokens, int64_t rate) {
  return ShapedType::isDynamic(tokens) ? tokens : tokens / rate;
}

/// Whether c [..., T, factor · D] is what one makes entries [..., ⌊T / rate⌋, D] of, or (without gates) these entries.
/// `prefix` is what stands before T.
static bool isContent(Value c, Value gates, ArrayRef<int64_t> prefix, int64_t tokens, int64_t rate, int64_t factor,
                      int64_t size) {
  SmallVector<int64_t> shape(prefix);
  shape.append({gates ? tokens : entriesOf(tokens, rate), gates ? product(factor, size) : size});
  return isShaped(c, shape) && isShaped(gates, shape) &&
         (!gates || agree(tensorType(gates).getShape(), tensorType(c).getShape()));
}

/// Whether cos and sin are both there, with a layout, as the angles of so many entries, R no more than each of
/// `limits`; or none of the three.
static bool areEntryAngles(Value cos, Value sin, bool hasLayout, int64_t batch, int64_t entries,
                           ArrayRef<int64_t> limits) {
  if (!cos || !sin)
    return !cos && !sin && !hasLayout;
  if (!hasLayout || rankOf(cos) != 3 || rankOf(sin) != 3 || !areAngles(cos, sin, batch, entries, ShapedType::kDynamic))
    return false;
  int64_t half = sizeOf(cos, 2);
  return !ShapedType::isDynamic(half) && half > 0 &&
         llvm::all_of(limits, [&](int64_t limit) { return !ShapedType::isDynamic(limit) && half <= limit / 2; });
}

static bool isEpsilon(std::optional<APFloat> epsilon, bool hasNorm) {
  return epsilon.has_value() == hasNorm && (!epsilon || (epsilon->isFinite() && !epsilon->isNegative()));
}

ParseResult hadal::parseEntryLayout(OpAsmParser &parser, RopeLayoutAttr &layout) {
  StringRef keyword;
  SMLoc loc = parser.getCurrentLocation();
  if (parser.parseKeyword(&keyword))
    return failure();
  std::optional<RopeLayout> value = symbolizeRopeLayout(keyword);
  if (!value)
    return parser.emitError(loc, "a layout is interleaved or halves, not ") << keyword;
  layout = RopeLayoutAttr::get(parser.getContext(), *value);
  return success();
}

void hadal::printEntryLayout(OpAsmPrinter &printer, Operation *, RopeLayoutAttr layout) {
  if (layout)
    printer << stringifyRopeLayout(layout.getValue());
}

LogicalResult CsaOp::verify() {
  Value q = getQ(), kv = getKv(), c = getC(), indexQ = getIndexQ(), indexC = getIndexC(), indexW = getIndexW();
  if (!haveRank({q, kv, c, indexQ}, 4) || !haveRank({indexC, indexW}, 3) ||
      !haveElement({kv, c, indexQ, indexC, getGates(), getIndexGates(), getBias(), getIndexBias(), getNorm(),
                    getIndexNorm(), getCos(), getSin(), getResult()},
                   elementOf(q)))
    return emitOpError(
        "takes q, kv, c and index_q of rank 4, index_c and index_w of rank 3, and floats of the result's "
        "element type (but for index_w and the sink)"); // C1
  int64_t batch = either(sizeOf(q, 0), sizeOf(kv, 0)), heads = sizeOf(q, 1), queries = sizeOf(q, 2);
  int64_t size = either(sizeOf(q, 3), sizeOf(kv, 3)), kvHeads = either(sizeOf(kv, 1), sizeOf(c, 1));
  if (!agree(sizeOf(q, 0), sizeOf(kv, 0)) || !agree(sizeOf(c, 0), batch) || !agree(sizeOf(c, 1), sizeOf(kv, 1)) ||
      !agree(sizeOf(q, 3), sizeOf(kv, 3)))
    return emitOpError("kv and c must agree in batch and heads, q with them in batch, and with kv in head size"); // C2
  if (!isMultiple(heads, kvHeads))
    return emitOpError("the number of query heads, ")
           << heads << ", is no multiple of the number of kv heads, " << kvHeads; // C3
  int64_t rate = getCompress(), tokens = sizeOf(kv, 2), indexSize = sizeOf(indexQ, 3);
  if (rate < 1 || static_cast<int64_t>(getTop()) < 1 || static_cast<int64_t>(getWindow()) < 1)
    return emitOpError("compress, top and window must be at least 1"); // C4
  if (!getGates() != !getIndexGates() || !isContent(c, getGates(), {batch, kvHeads}, tokens, rate, 2, size) ||
      !isContent(indexC, getIndexGates(), {batch}, tokens, rate, 2, indexSize))
    return emitOpError("c must be [B, Hkv, T, 2·D] and index_c [B, T, 2·Di] with gates of the same shapes, or "
                       "[B, Hkv, T / m, D] and [B, T / m, Di] without"); // C5
  if (!isShaped(indexQ, {batch, ShapedType::kDynamic, queries, ShapedType::kDynamic}) ||
      !isShaped(indexW, {batch, queries, sizeOf(indexQ, 1)}))
    return emitOpError("takes index_q [B, Hi, S, Di] and index_w [B, S, Hi]"); // C6
  if (!getBias() != !getIndexBias() || (getBias() && !getGates()) || !isShaped(getBias(), {rate, product(2, size)}) ||
      !isShaped(getIndexBias(), {rate, product(2, indexSize)}))
    return emitOpError("bias must be [m, 2·D] and index_bias [m, 2·Di], both with gates"); // C7
  if (!getNorm() != !getIndexNorm() || !isShaped(getNorm(), {size}) || !isShaped(getIndexNorm(), {indexSize}) ||
      !isEpsilon(getEpsilon(), static_cast<bool>(getNorm())))
    return emitOpError("norm must be [D] and index_norm [Di], with an epsilon that is finite and not negative"); // C8
  if (!areEntryAngles(getCos(), getSin(), getLayout().has_value(), batch, entriesOf(tokens, rate), {size, indexSize}))
    return emitOpError("cos and sin must be [B or 1, T / m, R/2] with R positive and at most D and Di, all static, and "
                       "a layout"); // C9
  if (!getScale().isFinite() || !getIndexScale().isFinite())
    return emitOpError("scale and index_scale must be finite"); // C10
  if (!isShaped(getSink(), {heads}))
    return emitOpError("the sink must be ") << shapeText({heads}); // C11
  if (failed(verifyVisibility(*this, batch)))
    return failure(); // C12
  if (!getCausal())
    return emitOpError("is causal by definition: say causal"); // C13
  if (failed(verifyResults(*this)))
    return failure(); // C14
  return success();
}

void CsaOp::describeResults(ResultSizes &sizes) { describeAttention(sizes, getQ(), getKv(), getResult(), getLse()); }

/// Compression by a softmax over `length` tokens for each entry: a maximum, an exponential, its sum, a product, a sum.
static int64_t flopsOfGated(Value gates, int64_t entries, int64_t length, int64_t size) {
  return gates ? product(5, product(entries, product(length, size))) : 0;
}

std::optional<int64_t> CsaOp::getFlops() {
  int64_t tokens = sizeOf(getKv(), 2), size = sizeOf(getKv(), 3), rate = getCompress();
  int64_t entries = entriesOf(tokens, rate), indexSize = sizeOf(getIndexQ(), 3);
  int64_t compression = sum(product(sizeOf(getKv(), 1), flopsOfGated(getGates(), entries, product(2, rate), size)),
                            flopsOfGated(getIndexGates(), entries, product(2, rate), indexSize));
  int64_t seen = sum(atMost(entries, getTop()), atMost(tokens, getWindow()));
  int64_t perQuery = sum(product(entries, flopsOfIndex(getIndexQ())),
                         product(sizeOf(getQ(), 1), product(seen, flopsOfScore(size, size))));
  return countOf({sizeOf(getQ(), 0), sum(compression, product(sizeOf(getQ(), 2), perQuery))});
}

LogicalResult HcaOp::verify() {
  Value q = getQ(), kv = getKv(), c = getC();
  if (!haveRank({q, kv, c}, 4) ||
      !haveElement({kv, c, getGates(), getBias(), getNorm(), getCos(), getSin(), getResult()}, elementOf(q)))
    return emitOpError("takes q, kv and c of rank 4, and floats of the result's element type (but for the sink)"); // C1
  int64_t batch = either(sizeOf(q, 0), sizeOf(kv, 0)), heads = sizeOf(q, 1);
  int64_t size = either(sizeOf(q, 3), sizeOf(kv, 3)), kvHeads = either(sizeOf(kv, 1), sizeOf(c, 1));
  if (!agree(sizeOf(q, 0), sizeOf(kv, 0)) || !agree(sizeOf(c, 0), batch) || !agree(sizeOf(c, 1), sizeOf(kv, 1)) ||
      !agree(sizeOf(q, 3), sizeOf(kv, 3)))
    return emitOpError("kv and c must agree in batch and heads, q with them in batch, and with kv in head size"); // C2
  if (!isMultiple(heads, kvHeads))
    return emitOpError("the number of query heads, ")
           << heads << ", is no multiple of the number of kv heads, " << kvHeads; // C3
  int64_t rate = getCompress(), tokens = sizeOf(kv, 2);
  if (rate < 1 || static_cast<int64_t>(getWindow()) < 1)
    return emitOpError("compress and window must be at least 1"); // C4
  if (!isContent(c, getGates(), {batch, kvHeads}, tokens, rate, 1, size))
    return emitOpError("c must be [B, Hkv, T, D] with gates of the same shape, or [B, Hkv, T / m, D] without"); // C5
  if ((getBias() && !getGates()) || !isShaped(getBias(), {rate, size}))
    return emitOpError("bias must be [m, D], with gates"); // C6
  if (!isShaped(getNorm(), {size}) || !isEpsilon(getEpsilon(), static_cast<bool>(getNorm())))
    return emitOpError("norm must be [D], with an epsilon that is finite and not negative"); // C7
  if (!areEntryAngles(getCos(), getSin(), getLayout().has_value(), batch, entriesOf(tokens, rate), {size}))
    return emitOpError("cos and sin must be [B or 1, T / m, R/2] with R positive and at most D, both static, and a "
                       "layout"); // C8
  if (!getScale().isFinite())
    return emitOpError("the scale must be finite"); // C9
  if (!isShaped(getSink(), {heads}))
    return emitOpError("the sink must be ") << shapeText({heads}); // C10
  if (failed(verifyVisibility(*this, batch)))
    return failure(); // C11
  if (!getCausal())
    return emitOpError("is causal by definition: say causal"); // C12
  if (failed(verifyResults(*this)))
    return failure(); // C13
  return success();
}

void HcaOp::describeResults(ResultSizes &sizes) { describeAttention(sizes, getQ(), getKv(), getResult(), getLse()); }

std::optional<int64_t> HcaOp::getFlops() {
  int64_t tokens = sizeOf(getKv(), 2), size = sizeOf(getKv(), 3), rate = getCompress();
  int64_t entries = entriesOf(tokens, rate);
  int64_t compression = product(sizeOf(getKv(), 1), flopsOfGated(getGates(), entries, rate, size));
  int64_t scores = product(sizeOf(getQ(), 2), sum(entries, atMost(tokens, getWindow())));
  int64_t attention = product(sizeOf(getQ(), 1), product(scores, flopsOfScore(size, size)));
  return countOf({sizeOf(getQ(), 0), sum(compression, attention)});
}

//===----------------------------------------------------------------------===//
// Simpler forms
//===----------------------------------------------------------------------===//

static Value tokensOf(NsaOp op) { return op.getKSlc(); }
static Value tokensOf(DsaOp op) { return op.getK(); }
static Value tokensOf(MobaOp op) { return op.getK(); }
static Value tokensOf(CsaOp op) { return op.getKv(); }
static Value tokensOf(HcaOp op) { return op.getKv(); }

namespace {

/// Lengths that are all there is say nothing.
template <typename Op> struct AllLengths : OpRewritePattern<Op> {
  using OpRewritePattern<Op>::OpRewritePattern;
  LogicalResult matchAndRewrite(Op op, PatternRewriter &rewriter) const override {
    auto areAll = [](Value lengths, int64_t size) {
      SplatElementsAttr splat;
      return lengths && matchPattern(lengths, m_Constant(&splat)) && splat.getSplatValue<APInt>() == size;
    };
    bool queries = areAll(op.getQLengths(), sizeOf(op.getQ(), 2));
    bool keys = areAll(op.getKvLengths(), sizeOf(tokensOf(op), 2));
    if (!queries && !keys)
      return failure();
    rewriter.modifyOpInPlace(op, [&] {
      if (queries)
        op.getQLengthsMutable().clear();
      if (keys)
        op.getKvLengthsMutable().clear();
    });
    return success();
  }
};

/// An offset that puts the last query at the last key is the one that counts anyway; without causality none counts.
template <typename Op> struct DefaultOffset : OpRewritePattern<Op> {
  using OpRewritePattern<Op>::OpRewritePattern;
  LogicalResult matchAndRewrite(Op op, PatternRewriter &rewriter) const override {
    int64_t queries = sizeOf(op.getQ(), 2), tokens = sizeOf(tokensOf(op), 2);
    bool isDefault = op.getOffset() && !op.getQLengths() && !op.getKvLengths() && !ShapedType::isDynamic(queries) &&
                     !ShapedType::isDynamic(tokens) && static_cast<int64_t>(*op.getOffset()) == tokens - queries;
    bool isUnused = !op.getCausal() && (op.getOffset() || op.getOffsets());
    if (!isDefault && !isUnused)
      return failure();
    rewriter.modifyOpInPlace(op, [&] {
      op.removeOffsetAttr();
      op.getOffsetsMutable().clear();
    });
    return success();
  }
};

template <typename Op> void addPatterns(RewritePatternSet &patterns) {
  patterns.add<AllLengths<Op>, DefaultOffset<Op>>(patterns.getContext());
}

} // namespace

void NsaOp::getCanonicalizationPatterns(RewritePatternSet &patterns, MLIRContext *) { addPatterns<NsaOp>(patterns); }
void DsaOp::getCanonicalizationPatterns(RewritePatternSet &patterns, MLIRContext *) { addPatterns<DsaOp>(patterns); }
void MobaOp::getCanonicalizationPatterns(RewritePatternSet &patterns, MLIRContext *) { addPatterns<MobaOp>(patterns); }
void CsaOp::getCanonicalizationPatterns(RewritePatternSet &patterns, MLIRContext *) { addPatterns<CsaOp>(patterns); }
void HcaOp::getCanonicalizationPatterns(RewritePatternSet &patterns, MLIRContext *) { addPatterns<HcaOp>(patterns); }
