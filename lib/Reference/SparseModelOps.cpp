//===- SparseModelOps.cpp - hadal: sparse attention of whole models -----===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Written from the papers' formulas, query by query, and not from the parts into
// which the operations decompose: a test of the one is a test of the other.
//
//===----------------------------------------------------------------------===//

#include "Experts.h"
#include "Rows.h"
#include "Visibility.h"

using namespace mlir;
using namespace hadal;
using llvm::Error;
using llvm::Expected;

/// x[i, j, k, :] of a tensor of rank 4, x[i, j, :] of rank 3.
static const Cell *rowOf(const Datum &x, int64_t i, int64_t j, int64_t k) {
  return x.data() + ((i * x.shape[1] + j) * x.shape[2] + k) * x.shape[3];
}
static const Cell *rowOf(const Datum &x, int64_t i, int64_t j) { return x.data() + (i * x.shape[1] + j) * x.shape[2]; }

namespace {

/// A key and its value, somewhere.
struct KeyValue {
  const Cell *key, *value;
};

/// One row of attention over a list of keys.
struct Softmax {
  int64_t size, valueSize;
  double scale;
  std::optional<double> softcap, sink;

  /// Adds the attention to `out`; returns lse, and in `p` the probabilities.
  double attend(const Cell *q, ArrayRef<KeyValue> list, Cell *out, std::vector<double> &p) const {
    p.clear();
    for (KeyValue item : list)
      p.push_back(softcapped(scale * dot(q, item.key, size), softcap));
    return attendRow(p, [&](int64_t n) { return list[n].value; }, valueSize, sink, out);
  }
};

/// Which of some candidates are chosen.
struct Choice {
  int64_t count;
  llvm::function_ref<bool(int64_t)> isAllowed, isForced;

  /// Forced ones by index; then the best by f32 score, and by lowest index; then NaN. −∞ is never chosen for its score.
  SmallVector<int64_t> of(ArrayRef<double> scores) const {
    SmallVector<std::pair<int, int64_t>> ranked; // forced 0, numbers 1, NaN 2
    SmallVector<float> single(scores.begin(), scores.end());
    for (int64_t j = 0, end = single.size(); j < end; ++j)
      if (isAllowed(j) && (isForced(j) || single[j] != -INFINITY))
        ranked.push_back({isForced(j) ? 0 : std::isnan(single[j]) ? 2 : 1, j});
    llvm::sort(ranked, [&](auto a, auto b) {
      if (a.first != b.first)
        return a.first < b.first;
      if (a.first == 1 && single[a.second] != single[b.second])
        return single[a.second] > single[b.second];
      return a.second < b.second;
    });
    SmallVector<int64_t> chosen;
    for (auto [order, j] : ranked)
      if (static_cast<int64_t>(chosen.size()) < count)
        chosen.push_back(j);
    return chosen;
  }
};

/// What all of these operations have: sizes, visibility, and results.
struct Rows {
  Operation *op;
  int64_t batch, heads, queries, tokens, kvHeads;
  Visibility visibility;
  Datum out, lse;

  static Expected<Rows> bind(const Frame &frame, const Instr &instr, const Datum &q, const Datum &k,
                             int64_t valueSize) {
    Rows rows{instr.op, q.shape[0], q.shape[1], q.shape[2], k.shape[2], k.shape[1], {}, {}, {}};
    if (rows.kvHeads == 0 ? rows.heads != 0 : rows.heads % rows.kvHeads != 0)
      return failAt(instr.op, "has " + Twine(rows.heads) + " query heads, not a multiple of the " +
                                  Twine(rows.kvHeads) + " kv heads");
    Expected<Visibility> visibility = Visibility::bind(frame, instr, rows.batch, rows.queries, rows.tokens);
    if (!visibility)
      return visibility.takeError();
    rows.visibility = std::move(*visibility);
    Expected<Datum> out = allocateZeros(instr.op, {rows.batch, rows.heads, rows.queries, valueSize});
    if (!out)
      return out.takeError();
    Expected<Datum> lse = Machine::allocate(instr.op, {rows.batch, rows.heads, rows.queries});
    if (!lse)
      return lse.takeError();
    std::fill_n(lse->data(), lse->numElements(), floatCell(-INFINITY));
    rows.out = std::move(*out);
    rows.lse = std::move(*lse);
    return rows;
  }

  int64_t kvHead(int64_t h) const { return h / (heads / kvHeads); }
  int64_t rowOf(int64_t b, int64_t h, int64_t s) const { return (b * heads + h) * queries + s; }
  Cell *outOf(int64_t b, int64_t h, int64_t s) const { return out.data() + rowOf(b, h, s) * out.shape[3]; }

  /// The tokens [begin, end) of the window that ends at query s.
  std::pair<int64_t, int64_t> windowOf(int64_t b, int64_t s, int64_t window) const {
    auto [begin, end] = visibility.keysOf(b, s);
    int64_t position = visibility.position(b, s);
    if (window <= position)
      begin = std::clamp<int64_t>(position - window + 1, begin, end);
    return {begin, end};
  }

  Error finish(Frame &frame, const Instr &instr) {
    Machine::setResult(frame, instr, 0, std::move(out));
    if (instr.results.size() > 1)
      Machine::setResult(frame, instr, 1, std::move(lse));
    return Error::success();
  }
};

} // namespace

static std::optional<double> toDouble(std::optional<APFloat> value) {
  return value ? std::optional<double>(value->convertToDouble()) : std::nullopt;
}

/// The first error of a list of checks.
static Error firstOf(std::initializer_list<llvm::function_ref<Error()>> checks) {
  for (auto check : checks)
    if (Error error = check())
      return error;
  return Error::success();
}

//===----------------------------------------------------------------------===//
// NSA
//===----------------------------------------------------------------------===//

namespace {
/// φ: l tokens to one entry, for keys or for values.
struct BlockMap {
  Compression kind;
  std::optional<Activation> activation;
  int64_t length;
  const Datum *weight, *w1, *bias1, *w2, *bias2, *pe;

  Error check(Operation *op, StringRef prefix, int64_t heads, int64_t size) const {
    auto expect = [&](StringRef name, const Datum *datum, ArrayRef<int64_t> shape) {
      SmallVector<int64_t> full = {datum && datum->rank() && datum->shape[0] == 1 ? 1 : heads};
      full.append(shape.begin(), shape.end());
      return expectOptional(op, (prefix + name).str(), datum, full);
    };
    int64_t flat;
    if (llvm::MulOverflow(length, size, flat))
      flat = -1;
    SmallVector<int64_t> weightShape = {length}, w1Shape = {flat, -1};
    if (kind == Compression::Linear)
      weightShape.append({size, size});
    if (w1 && w1->rank() == 4)
      w1Shape = {length, size, -1};
    int64_t hidden = w1 ? w1->shape.back() : 0;
    return firstOf({[&] { return expect("weight", weight, weightShape); }, [&] { return expect("w1", w1, w1Shape); },
                    [&] { return expect("bias1", bias1, {hidden}); }, [&] { return expect("w2", w2, {hidden, size}); },
                    [&] { return expect("bias2", bias2, {size}); }, [&] { return expect("pe", pe, {length, size}); }});
  }

  /// What stands for `head` in a parameter that has one entry for each head, or one for all.
  static const Cell *at(const Datum *parameter, int64_t head) {
    int64_t first = parameter->shape[0] == 1 ? 0 : head;
    return parameter->data() + first * (parameter->numElements() / std::max<int64_t>(parameter->shape[0], 1));
  }

  void apply(const Cell *tokens, int64_t head, int64_t size, Cell *out) const {
    std::vector<double> x(length * size);
    for (int64_t n = 0; n < length * size; ++n)
      x[n] = tokens[n].f + (pe ? at(pe, head)[n].f : 0);
    std::fill_n(out, size, floatCell(0));
    if (kind == Compression::Mean || kind == Compression::Weighted) {
      for (int64_t r = 0; r < length; ++r)
        for (int64_t c = 0; c < size; ++c)
          out[c].f += x[r * size + c] * (weight ? at(weight, head)[r].f : 1.0 / static_cast<double>(length));
    } else if (kind == Compression::Linear) {
      multiply(x, at(weight, head), size, out);
    } else {
      int64_t hidden = w1->shape.back();
      std::vector<Cell> middle(hidden, floatCell(0));
      multiply(x, at(w1, head), hidden, middle.data());
      std::vector<double> active(hidden);
      for (int64_t f = 0; f < hidden; ++f)
        active[f] = activate(middle[f].f + (bias1 ? at(bias1, head)[f].f : 0), *activation);
      multiply(active, at(w2, head), size, out);
      for (int64_t c = 0; bias2 && c < size; ++c)
        out[c].f += at(bias2, head)[c].f;
    }
  }

private:
  static void multiply(const std::vector<double> &x, const Cell *w, int64_t columns, Cell *out) {
    for (int64_t n = 0, end = x.size(); n < end; ++n)
      for (int64_t c = 0; c < columns; ++c)
        out[c].f += x[n] * w[n * columns + c].f;
  }
};
} // namespace

static Error runNsa(Machine &, Frame &frame, const Instr &instr) {
  auto op = llvm::cast<NsaOp>(instr.op);
  const Datum &q = Machine::operand(frame, instr, 0), &gates = Machine::operand(frame, instr, 7);
  const Datum &kCmp = Machine::operand(frame, instr, 1), &vCmp = Machine::operand(frame, instr, 2);
  const Datum &kSlc = Machine::operand(frame, instr, 3), &vSlc = Machine::operand(frame, instr, 4);
  const Datum &kWin = Machine::operand(frame, instr, 5), &vWin = Machine::operand(frame, instr, 6);
  int64_t batch = q.shape[0], size = q.shape[3], kvHeads = kSlc.shape[1], tokens = kSlc.shape[2];
  int64_t valueSize = vSlc.shape[3], length = op.getLength(), stride = op.getStride(), block = op.getBlock();
  auto get = [&](Value operand) { return operandOf(frame, instr, operand); };
  BlockMap keyMap = {op.getKind(),         op.getActivation(),  length,
                     get(op.getKWeight()), get(op.getKW1()),    get(op.getKBias1()),
                     get(op.getKW2()),     get(op.getKBias2()), get(op.getKPe())};
  BlockMap valueMap = {op.getKind(),         op.getActivation(),  length,
                       get(op.getVWeight()), get(op.getVW1()),    get(op.getVBias1()),
                       get(op.getVW2()),     get(op.getVBias2()), get(op.getVPe())};
  SmallVector<int64_t> keyShape = {batch, kvHeads, tokens, size}, valueShape = {batch, kvHeads, tokens, valueSize};
  if (Error error = firstOf({[&] { return expectShape(op, "k_cmp", kCmp, keyShape); },
                             [&] { return expectShape(op, "v_cmp", vCmp, valueShape); },
                             [&] { return expectShape(op, "k_slc", kSlc, keyShape); },
                             [&] { return expectShape(op, "v_slc", vSlc, valueShape); },
                             [&] { return expectShape(op, "k_win", kWin, keyShape); },
                             [&] { return expectShape(op, "v_win", vWin, valueShape); },
                             [&] { return expectShape(op, "gates", gates, {batch, q.shape[1], q.shape[2], 3}); },
                             [&] { return keyMap.check(op, "k_", kvHeads, size); },
                             [&] { return valueMap.check(op, "v_", kvHeads, valueSize); }}))
    return error;
  Expected<Rows> rows = Rows::bind(frame, instr, q, kSlc, valueSize);
  if (!rows)
    return rows.takeError();
  const Visibility &visibility = rows->visibility;

  int64_t entries = tokens < length ? 0 : (tokens - length) / stride + 1;
  int64_t blocks = tokens / block + (tokens % block != 0), group = kvHeads ? rows->heads / kvHeads : 0;
  Softmax softmax = {size, valueSize, op.getScale().convertToDouble(), std::nullopt, std::nullopt};
  std::vector<Cell> keys(entries * size), values(entries * valueSize), branch(valueSize);
  std::vector<double> p;
  for (int64_t b = 0; b < batch; ++b)
    for (int64_t m = 0; m < kvHeads; ++m) {
      for (int64_t i = 0; i < entries; ++i) {
        keyMap.apply(rowOf(kCmp, b, m, i * stride), m, size, keys.data() + i * size);
        valueMap.apply(rowOf(vCmp, b, m, i * stride), m, valueSize, values.data() + i * valueSize);
      }
      for (int64_t s = 0; s < rows->queries; ++s) {
        if (visibility.isPadding(b, s))
          continue;
        int64_t position = visibility.position(b, s);
        int64_t end = visibility.keysOf(b, s).second; // the tokens below it are visible
        auto addBranch = [&](int64_t h, int64_t c, ArrayRef<KeyValue> list) {
          std::fill(branch.begin(), branch.end(), floatCell(0));
          softmax.attend(rowOf(q, b, h, s), list, branch.data(), p);
          double gate = rowOf(gates, b, h, s)[c].f;
          if (op.getSigmoid())
            gate = 1 / (1 + std::exp(-gate));
          for (int64_t d = 0; d < valueSize; ++d)
            rows->outOf(b, h, s)[d].f += gate * branch[d].f;
        };

        // The compressed branch of each head, and what its probabilities say of the blocks.
        SmallVector<KeyValue> list;
        for (int64_t i = 0; i < entries && i * stride + length <= end; ++i)
          list.push_back({keys.data() + i * size, values.data() + i * valueSize});
        SmallVector<double> importance(blocks, 0.0);
        for (int64_t h = m * group; h < (m + 1) * group; ++h) {
          addBranch(h, 0, list);
          for (int64_t i = 0, count = list.size(); i < count; ++i)
            for (int64_t j = i * stride / block; j < blocks && j * block < i * stride + length; ++j) {
              // How many strides of tokens the two blocks share.
              int64_t from = std::max(i * stride, j * block), to = std::min(i * stride + length, j * block + block);
              importance[j] += static_cast<double>((to - from) / stride) * p[i];
            }
        }

        // The selected branch: one choice for the group.
        int64_t own = llvm::divideFloorSigned(position, block);
        auto isForced = [&](int64_t j) {
          return j < static_cast<int64_t>(op.getFirst()) || (j <= own && own - j < static_cast<int64_t>(op.getLocal()));
        };
        auto isAllowed = [&](int64_t j) { return j * block < end; };
        list.clear();
        for (int64_t j : Choice{static_cast<int64_t>(op.getCount()), isAllowed, isForced}.of(importance))
          for (int64_t t = j * block; t < end && t - j * block < block; ++t)
            list.push_back({rowOf(kSlc, b, m, t), rowOf(vSlc, b, m, t)});
        for (int64_t h = m * group; h < (m + 1) * group; ++h)
          addBranch(h, 1, list);

        list.clear();
        auto [first, last] = rows->windowOf(b, s, op.getWindow());
        for (int64_t t = first; t < last; ++t)
          list.push_back({rowOf(kWin, b, m, t), rowOf(vWin, b, m, t)});
        for (int64_t h = m * group; h < (m + 1) * group; ++h)
          addBranch(h, 2, list);
      }
    }
  return rows->finish(frame, instr);
}

//===----------------------------------------------------------------------===//
// DSA, MoBA
//===----------------------------------------------------------------------===//

namespace {
/// The lightning indexer over keys [B, N, Di].
struct Indexer {
  const Datum &q, &k, &w;
  const Datum *qScales, *kScales;
  double scale;

  double score(int64_t b, int64_t s, int64_t t) const {
    int64_t heads = q.shape[1], queries = q.shape[2];
    double sum = 0;
    for (int64_t h = 0; h < heads; ++h) {
      double product = dot(rowOf(q, b, h, s), rowOf(k, b, t), q.shape[3]);
      product = product > 0 || std::isnan(product) ? product : 0;
      sum += rowOf(w, b, s)[h].f * (qScales ? qScales->f((b * heads + h) * queries + s) : 1) * product;
    }
    return scale * (kScales ? kScales->f(b * k.shape[1] + t) : 1) * sum;
  }
};
} // namespace

/// The keys and values of every head that w_kv makes of latents: row (b, h, t) of `keys` and `values`.
static void expandLatents(const Datum &k, const Datum &v, const Datum &w, int64_t nope, int64_t size,
                          std::vector<Cell> &keys, std::vector<Cell> &values) {
  int64_t batch = k.shape[0], tokens = k.shape[2], latent = w.shape[0], heads = w.shape[1], columns = w.shape[2];
  int64_t valueSize = columns - nope;
  keys.assign(batch * heads * tokens * size, floatCell(0));
  values.assign(batch * heads * tokens * valueSize, floatCell(0));
  for (int64_t row = 0; row < batch * heads * tokens; ++row) {
    int64_t b = row / (heads * tokens), h = row / tokens % heads, t = row % tokens;
    const Cell *key = rowOf(k, b, 0, t), *value = rowOf(v, b, 0, t);
    for (int64_t l = 0; l < latent; ++l) {
      const Cell *weights = w.data() + (l * heads + h) * columns;
      for (int64_t d = 0; d < nope; ++d)
        keys[row * size + d].f += key[l].f * weights[d].f;
      for (int64_t d = 0; d < valueSize; ++d)
        values[row * valueSize + d].f += value[l].f * weights[nope + d].f;
    }
    for (int64_t d = nope; d < size; ++d)
      keys[row * size + d].f = key[latent + d - nope].f;
  }
}

static Error runDsa(Machine &, Frame &frame, const Instr &instr) {
  auto op = llvm::cast<DsaOp>(instr.op);
  const Datum &q = Machine::operand(frame, instr, 0), &k = Machine::operand(frame, instr, 1);
  const Datum &v = Machine::operand(frame, instr, 2);
  auto get = [&](Value operand) { return operandOf(frame, instr, operand); };
  const Datum *w = get(op.getWKv()), *sink = get(op.getSink());
  Indexer indexer = {Machine::operand(frame, instr, 3), Machine::operand(frame, instr, 4),
                     Machine::operand(frame, instr, 5), get(op.getIndexQScales()),
                     get(op.getIndexKScales()),         op.getIndexScale().convertToDouble()};
  int64_t batch = q.shape[0], heads = q.shape[1], queries = q.shape[2], tokens = k.shape[2], size = q.shape[3];
  int64_t latent = v.shape[3], nope = size - (k.shape[3] - latent);
  int64_t indexHeads = indexer.q.shape[1], indexSize = indexer.q.shape[3];
  if (Error error =
          firstOf({[&] { return expectShape(op, "k", k, {batch, w ? 1 : -1, -1, w ? -1 : size}); },
                   [&] { return expectShape(op, "v", v, {batch, k.shape[1], tokens, -1}); },
                   [&] { return expectOptional(op, "w_kv", w, {latent, heads, -1}); },
                   [&] { return expectShape(op, "index_q", indexer.q, {batch, indexHeads, queries, indexSize}); },
                   [&] { return expectShape(op, "index_k", indexer.k, {batch, tokens, indexSize}); },
                   [&] { return expectShape(op, "index_w", indexer.w, {batch, queries, indexHeads}); },
                   [&] { return expectOptional(op, "index_q_scales", indexer.qScales, {batch, indexHeads, queries}); },
                   [&] { return expectOptional(op, "index_k_scales", indexer.kScales, {batch, tokens}); },
                   [&] { return expectOptional(op, "the sink", sink, {heads}); }}))
    return error;
  int64_t valueSize = w ? w->shape[2] - nope : latent;
  Expected<Rows> rows = Rows::bind(frame, instr, q, k, valueSize);
  if (!rows)
    return rows.takeError();
  std::vector<Cell> keys, values;
  if (w)
    expandLatents(k, v, *w, nope, size, keys, values);

  std::vector<double> p;
  for (int64_t b = 0; b < batch; ++b)
    for (int64_t s = 0; s < queries; ++s) {
      auto [begin, end] = rows->visibility.keysOf(b, s);
      SmallVector<double> scores;
      for (int64_t t = begin; t < end; ++t)
        scores.push_back(indexer.score(b, s, t));
      auto isAllowed = [](int64_t) { return true; };
      auto isForced = [](int64_t) { return false; };
      SmallVector<int64_t> chosen = Choice{static_cast<int64_t>(op.getTop()), isAllowed, isForced}.of(scores);
      for (int64_t h = 0; h < heads; ++h) {
        SmallVector<KeyValue> list;
        for (int64_t n : chosen) {
          int64_t t = begin + n, row = (b * heads + h) * tokens + t;
          if (w)
            list.push_back({keys.data() + row * size, values.data() + row * valueSize});
          else
            list.push_back({rowOf(k, b, rows->kvHead(h), t), rowOf(v, b, rows->kvHead(h), t)});
        }
        Softmax softmax = {size, valueSize, op.getScale().convertToDouble(), toDouble(op.getSoftcap()),
                           sinkOf(sink, h)};
        rows->lse.at(rows->rowOf(b, h, s)).f = softmax.attend(rowOf(q, b, h, s), list, rows->outOf(b, h, s), p);
      }
    }
  return rows->finish(frame, instr);
}

static Error runMoba(Machine &, Frame &frame, const Instr &instr) {
  auto op = llvm::cast<MobaOp>(instr.op);
  const Datum &q = Machine::operand(frame, instr, 0), &k = Machine::operand(frame, instr, 1);
  const Datum &v = Machine::operand(frame, instr, 2);
  const Datum *sink = operandOf(frame, instr, op.getSink());
  int64_t batch = q.shape[0], size = q.shape[3], tokens = k.shape[2], valueSize = v.shape[3], block = op.getBlock();
  if (Error error = firstOf({[&] { return expectShape(op, "k", k, {batch, -1, -1, size}); },
                             [&] { return expectShape(op, "v", v, {batch, k.shape[1], tokens, -1}); },
                             [&] { return expectOptional(op, "the sink", sink, {q.shape[1]}); }}))
    return error;
  Expected<Rows> rows = Rows::bind(frame, instr, q, k, valueSize);
  if (!rows)
    return rows.takeError();

  std::vector<double> p;
  int64_t blocks = tokens / block + (tokens % block != 0);
  std::vector<Cell> means(blocks * size);
  for (int64_t b = 0; b < batch; ++b)
    for (int64_t h = 0; h < rows->heads; ++h) {
      int64_t kvHead = rows->kvHead(h), length = rows->visibility.keyLength(b);
      std::fill(means.begin(), means.end(), floatCell(0));
      for (int64_t t = 0; t < length; ++t)
        for (int64_t d = 0; d < size; ++d)
          means[t / block * size + d].f += rowOf(k, b, kvHead, t)[d].f;
      for (int64_t j = 0; j * block < length; ++j)
        for (int64_t d = 0; d < size; ++d)
          means[j * size + d].f /= static_cast<double>(std::min(block, length - j * block));
      for (int64_t s = 0; s < rows->queries; ++s) {
        if (rows->visibility.isPadding(b, s))
          continue;
        int64_t end = rows->visibility.keysOf(b, s).second;
        int64_t own = llvm::divideFloorSigned(rows->visibility.position(b, s), block);
        SmallVector<double> scores;
        for (int64_t j = 0; j < blocks && j * block < end; ++j)
          scores.push_back(dot(rowOf(q, b, h, s), means.data() + j * size, size));
        auto isAllowed = [](int64_t) { return true; };
        auto isForced = [&](int64_t j) { return j == own; };
        SmallVector<KeyValue> list;
        for (int64_t j : Choice{static_cast<int64_t>(op.getTop()), isAllowed, isForced}.of(scores))
          for (int64_t t = j * block; t < end && t - j * block < block; ++t)
            list.push_back({rowOf(k, b, kvHead, t), rowOf(v, b, kvHead, t)});
        Softmax softmax = {size, valueSize, op.getScale().convertToDouble(), toDouble(op.getSoftcap()),
                           sinkOf(sink, h)};
        rows->lse.at(rows->rowOf(b, h, s)).f = softmax.attend(rowOf(q, b, h, s), list, rows->outOf(b, h, s), p);
      }
    }
  return rows->finish(frame, instr);
}

//===----------------------------------------------------------------------===//
// CSA, HCA
//===----------------------------------------------------------------------===//

namespace {
/// Makes compressed entries [B, N, D] of content [B, N, T, …] (N heads), or takes them as given.
struct Compressor {
  int64_t rate, size;
  bool overlaps;
  const Datum *content, *gates, *bias, *norm, *cos, *sin;
  double epsilon;
  std::optional<RopeLayout> layout;

  /// `content` has rank 3 or 4: a head's rows stand one behind the other.
  Error make(Operation *op, StringRef prefix, ArrayRef<int64_t> outer, int64_t tokens) {
    int64_t count = tokens / rate, columns = overlaps ? 2 * size : size;
    SmallVector<int64_t> shape(outer),
        entryShape = {cos && cos->rank() == 3 && cos->shape[0] == 1 ? 1 : outer[0], count, -1};
    shape.append({gates ? tokens : count, gates ? columns : size});
    std::string name = prefix.str();
    if (Error error = firstOf({[&] { return expectShape(op, name + "c", *content, shape); },
                               [&] { return expectOptional(op, name + "gates", gates, shape); },
                               [&] { return expectOptional(op, name + "bias", bias, {rate, columns}); },
                               [&] { return expectOptional(op, name + "norm", norm, {size}); },
                               [&] { return expectOptional(op, "cos", cos, entryShape); },
                               [&] { return cos ? expectShape(op, "sin", *sin, cos->shape) : Error::success(); }}))
      return error;
    int64_t heads = 1;
    for (int64_t outerSize : outer)
      heads *= outerSize;
    rows.assign(heads * count * size, floatCell(0));
    std::vector<Cell> normed(size);
    for (int64_t n = 0; n < heads; ++n)
      for (int64_t i = 0; i < count; ++i) {
        Cell *entry = rows.data() + (n * count + i) * size;
        if (gates)
          for (int64_t c = 0; c < size; ++c)
            entry[c].f = mix(n * tokens, i, c, columns);
        else
          std::copy_n(content->data() + (n * count + i) * size, size, entry);
        if (norm) {
          normalizeRow(entry, *norm, size, epsilon, normed.data());
          std::copy(normed.begin(), normed.end(), entry);
        }
        if (cos) {
          int64_t rotated = 2 * cos->shape[2], b = cos->shape[0] == 1 ? 0 : n / (heads / outer[0]);
          rotateRow(entry + size - rotated, rowOf(*cos, b, i), rowOf(*sin, b, i), rotated, *layout, *layout,
                    normed.data());
          std::copy_n(normed.data(), rotated, entry + size - rotated);
        }
      }
    return Error::success();
  }

  std::vector<Cell> rows;

private:
  /// Column c of entry i: a softmax of gates over its tokens. `first` is the head's first row.
  double mix(int64_t first, int64_t i, int64_t c, int64_t columns) const {
    struct Term {
      double gate, x;
    };
    SmallVector<Term> terms;
    auto add = [&](int64_t window, int64_t column) {
      for (int64_t r = 0; r < rate; ++r) {
        int64_t at = (first + window * rate + r) * columns + column;
        terms.push_back({gates->f(at) + (bias ? bias->f(r * columns + column) : 0), content->f(at)});
      }
    };
    if (overlaps && i > 0)
      add(i - 1, c); // series A of the tokens before
    add(i, overlaps ? size + c : c);
    double highest = -INFINITY, sum = 0, mixed = 0;
    for (Term term : terms)
      highest = std::max(highest, term.gate);
    for (Term term : terms)
      sum += std::exp(term.gate - highest);
    for (Term term : terms)
      mixed += std::exp(term.gate - highest) / sum * term.x;
    return mixed;
  }
};
} // namespace

/// Attention over the entries that `chosenOf(b, s, past)` lists (`past`: how many lie wholly in the query's past), and
/// the window.
static Error attendCompressed(Frame &frame, const Instr &instr, Rows &rows, const Compressor &compressor,
                              int64_t window, double scale, const Datum *sink,
                              llvm::function_ref<SmallVector<int64_t>(int64_t, int64_t, int64_t)> chosenOf) {
  const Datum &q = Machine::operand(frame, instr, 0), &kv = Machine::operand(frame, instr, 1);
  int64_t size = compressor.size, entries = rows.tokens / compressor.rate;
  std::vector<double> p;
  for (int64_t b = 0; b < rows.batch; ++b)
    for (int64_t s = 0; s < rows.queries; ++s) {
      if (rows.visibility.isPadding(b, s))
        continue;
      SmallVector<int64_t> chosen = chosenOf(b, s, rows.visibility.keysOf(b, s).second / compressor.rate);
      auto [begin, end] = rows.windowOf(b, s, window);
      for (int64_t h = 0; h < rows.heads; ++h) {
        int64_t kvHead = rows.kvHead(h);
        SmallVector<KeyValue> list;
        for (int64_t i : chosen) {
          const Cell *entry = compressor.rows.data() + ((b * rows.kvHeads + kvHead) * entries + i) * size;
          list.push_back({entry, entry});
        }
        for (int64_t t = begin; t < end; ++t)
          list.push_back({rowOf(kv, b, kvHead, t), rowOf(kv, b, kvHead, t)});
        Softmax softmax = {size, size, scale, std::nullopt, sinkOf(sink, h)};
        rows.lse.at(rows.rowOf(b, h, s)).f = softmax.attend(rowOf(q, b, h, s), list, rows.outOf(b, h, s), p);
      }
    }
  return rows.finish(frame, instr);
}

static Error runCsa(Machine &, Frame &frame, const Instr &instr) {
  auto op = llvm::cast<CsaOp>(instr.op);
  auto get = [&](Value operand) { return operandOf(frame, instr, operand); };
  const Datum &q = *get(op.getQ()), &kv = *get(op.getKv()), &indexQ = *get(op.getIndexQ());
  const Datum &indexW = *get(op.getIndexW()), *sink = get(op.getSink());
  int64_t batch = q.shape[0], size = q.shape[3], indexSize = indexQ.shape[3], rate = op.getCompress();
  double epsilon = toDouble(op.getEpsilon()).value_or(0);
  if (Error error = firstOf({[&] { return expectShape(op, "kv", kv, {batch, -1, -1, size}); },
                             [&] { return expectShape(op, "index_q", indexQ, {batch, -1, q.shape[2], -1}); },
                             [&] { return expectShape(op, "index_w", indexW, {batch, q.shape[2], indexQ.shape[1]}); },
                             [&] { return expectOptional(op, "the sink", sink, {q.shape[1]}); }}))
    return error;
  Expected<Rows> rows = Rows::bind(frame, instr, q, kv, size);
  if (!rows)
    return rows.takeError();
  Compressor entries = {rate,
                        size,
                        true,
                        get(op.getC()),
                        get(op.getGates()),
                        get(op.getBias()),
                        get(op.getNorm()),
                        get(op.getCos()),
                        get(op.getSin()),
                        epsilon,
                        op.getLayout(),
                        {}};
  Compressor index = {rate,
                      indexSize,
                      true,
                      get(op.getIndexC()),
                      get(op.getIndexGates()),
                      get(op.getIndexBias()),
                      get(op.getIndexNorm()),
                      get(op.getCos()),
                      get(op.getSin()),
                      epsilon,
                      op.getLayout(),
                      {}};
  if (Error error = entries.make(op, "", {batch, rows->kvHeads}, rows->tokens))
    return error;
  if (Error error = index.make(op, "index_", {batch}, rows->tokens))
    return error;

  int64_t count = rows->tokens / rate, indexHeads = indexQ.shape[1];
  auto chosenOf = [&](int64_t b, int64_t s, int64_t past) {
    SmallVector<double> scores(past, 0.0);
    for (int64_t i = 0; i < past; ++i) {
      for (int64_t h = 0; h < indexHeads; ++h) {
        double product = dot(rowOf(indexQ, b, h, s), index.rows.data() + (b * count + i) * indexSize, indexSize);
        scores[i] += rowOf(indexW, b, s)[h].f * (product > 0 || std::isnan(product) ? product : 0);
      }
      scores[i] *= op.getIndexScale().convertToDouble();
    }
    auto isAllowed = [](int64_t) { return true; };
    auto isForced = [](int64_t) { return false; };
    return Choice{static_cast<int64_t>(op.getTop()), isAllowed, isForced}.of(scores);
  };
  return attendCompressed(frame, instr, *rows, entries, op.getWindow(), op.getScale().convertToDouble(), sink,
                          chosenOf);
}

static Error runHca(Machine &, Frame &frame, const Instr &instr) {
  auto op = llvm::cast<HcaOp>(instr.op);
  auto get = [&](Value operand) { return operandOf(frame, instr, operand); };
  const Datum &q = *get(op.getQ()), &kv = *get(op.getKv()), *sink = get(op.getSink());
  int64_t batch = q.shape[0], size = q.shape[3];
  if (Error error = firstOf({[&] { return expectShape(op, "kv", kv, {batch, -1, -1, size}); },
                             [&] { return expectOptional(op, "the sink", sink, {q.shape[1]}); }}))
    return error;
  Expected<Rows> rows = Rows::bind(frame, instr, q, kv, size);
  if (!rows)
    return rows.takeError();
  Compressor entries = {static_cast<int64_t>(op.getCompress()),
                        size,
                        false,
                        get(op.getC()),
                        get(op.getGates()),
                        get(op.getBias()),
                        get(op.getNorm()),
                        get(op.getCos()),
                        get(op.getSin()),
                        toDouble(op.getEpsilon()).value_or(0),
                        op.getLayout(),
                        {}};
  if (Error error = entries.make(op, "", {batch, rows->kvHeads}, rows->tokens))
    return error;
  auto all = [](int64_t, int64_t, int64_t past) { return llvm::to_vector<6>(llvm::seq<int64_t>(past)); };
  return attendCompressed(frame, instr, *rows, entries, op.getWindow(), op.getScale().convertToDouble(), sink, all);
}

void hadal::registerSparseModelHandlers(HandlerTable &table) {
  table["hadal.nsa"] = runNsa;
  table["hadal.dsa"] = runDsa;
  table["hadal.moba"] = runMoba;
  table["hadal.csa"] = runCsa;
  table["hadal.hca"] = runHca;
}
