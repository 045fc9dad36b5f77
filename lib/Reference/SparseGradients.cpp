//===- SparseGradients.cpp - hadal: derivatives of sparse attention -------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "AttentionGradients.h"
#include "Experts.h"
#include "Rows.h"

#include "llvm/ADT/SmallSet.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace hadal;
using llvm::Error;
using llvm::Expected;

//===----------------------------------------------------------------------===//
// Compression
//===----------------------------------------------------------------------===//

namespace {
/// An operand and its cotangent; neither is there where `value` is null.
struct Parameter {
  const Datum *value = nullptr;
  Datum gradient;

  /// The element where head h's part begins, of a parameter [heads or 1, …].
  int64_t ofHead(int64_t h) const {
    int64_t heads = value->shape[0];
    return heads == 1 ? 0 : h * (value->numElements() / heads);
  }
  double f(int64_t at) const { return value->f(at); }
  double &d(int64_t at) { return gradient.at(at).f; }
};

/// The derivative of hadal.compress, entry by entry.
class CompressBackward {
public:
  CompressBackward(CompressGradOp op, const Frame &frame, const Instr &instr)
      : op(op), kind(op.getKind()), length(op.getLength()), stride(op.getStride()), overlaps(op.getOverlap()),
        dOut(Machine::operand(frame, instr, 1)), lengths(operandOf(frame, instr, op.getKvLengths())) {
    x.value = &Machine::operand(frame, instr, 0);
    for (auto [parameter, operand] :
         {std::pair(&weight, op.getWeight()), std::pair(&w1, op.getW1()), std::pair(&bias1, op.getBias1()),
          std::pair(&w2, op.getW2()), std::pair(&bias2, op.getBias2()), std::pair(&gate, op.getGate()),
          std::pair(&bias, op.getBias()), std::pair(&pe, op.getPe())})
      parameter->value = operandOf(frame, instr, operand);
  }

  Error run();
  /// x's first, then those of the parameters that are given.
  SmallVector<Datum> takeGradients();

private:
  SmallVector<Parameter *> parameters() { return {&x, &weight, &w1, &bias1, &w2, &bias2, &gate, &bias, &pe}; }
  Error check();
  Error expectOfHeads(llvm::StringRef name, const Parameter &parameter, ArrayRef<int64_t> sizes);
  int64_t entriesOf(int64_t tokens) const {
    int64_t needed = overlaps ? stride : length;
    return tokens < needed ? 0 : (tokens - needed) / stride + 1;
  }
  void runEntry(int64_t h, int64_t first, const Cell *cotangent);
  void runMlp(int64_t h, ArrayRef<double> tokens, const Cell *cotangent, MutableArrayRef<double> dTokens);
  void runGated(int64_t head, int64_t entry, const Cell *cotangent);

  CompressGradOp op;
  Compression kind;
  int64_t length, stride;
  bool overlaps;
  const Datum &dOut, *lengths;
  Parameter x, weight, w1, bias1, w2, bias2, gate, bias, pe;
};
} // namespace

Error CompressBackward::expectOfHeads(llvm::StringRef name, const Parameter &parameter, ArrayRef<int64_t> sizes) {
  if (!parameter.value)
    return Error::success();
  bool isForAll = parameter.value->rank() > 0 && parameter.value->shape[0] == 1;
  SmallVector<int64_t> shape = {isForAll ? 1 : x.value->shape[1]};
  llvm::append_range(shape, sizes);
  return expectShape(op, name, *parameter.value, shape);
}

Error CompressBackward::check() {
  ArrayRef<int64_t> shape = x.value->shape;
  int64_t channels = shape[3], columns = overlaps ? channels / 2 : channels;
  if (overlaps && channels % 2)
    return failAt(op, "x has " + Twine(channels) + " channels, which are not two series");
  if (kind == Compression::Linear) {
    columns = weight.value->shape[3];
    if (Error error = expectOfHeads("weight", weight, {length, channels, columns}))
      return error;
  } else if (Error error = expectOfHeads("weight", weight, {length})) {
    return error;
  }
  if (w1.value) {
    int64_t hidden = w1.value->shape.back();
    columns = w2.value->shape.back();
    if (Error error = w1.value->rank() == 4 ? expectOfHeads("w1", w1, {length, channels, hidden})
                                            : expectOfHeads("w1", w1, {length * channels, hidden}))
      return error;
    if (Error error = expectOfHeads("bias1", bias1, {hidden}))
      return error;
    if (Error error = expectOfHeads("w2", w2, {hidden, columns}))
      return error;
    if (Error error = expectOfHeads("bias2", bias2, {columns}))
      return error;
  }
  if (gate.value)
    if (Error error = expectShape(op, "gate", *gate.value, shape))
      return error;
  if (bias.value)
    if (Error error = expectShape(op, "bias", *bias.value, {overlaps ? stride : length, channels}))
      return error;
  if (Error error = expectOfHeads("pe", pe, {length, channels}))
    return error;
  if (Error error = expectShape(op, "d_out", dOut, {shape[0], shape[1], entriesOf(shape[2]), columns}))
    return error;
  if (!lengths)
    return Error::success();
  if (Error error = expectShape(op, "kv_lengths", *lengths, {shape[0]}))
    return error;
  for (int64_t b = 0; b < shape[0]; ++b)
    if (int64_t tokens = lengths->i(b); tokens < 0 || tokens > shape[2])
      return failAt(op, "kv_lengths[" + Twine(b) + "] is " + Twine(tokens) + ", outside [0, " + Twine(shape[2]) + "]");
  return Error::success();
}

Error CompressBackward::run() {
  if (Error error = check())
    return error;
  for (Parameter *parameter : parameters())
    if (parameter->value) {
      Expected<Datum> zeros = allocateZeros(op, parameter->value->shape);
      if (!zeros)
        return zeros.takeError();
      parameter->gradient = std::move(*zeros);
    }
  ArrayRef<int64_t> shape = x.value->shape;
  int64_t heads = shape[1], tokens = shape[2], channels = shape[3], entries = dOut.shape[2], columns = dOut.shape[3];
  for (int64_t b = 0; b < shape[0]; ++b)
    for (int64_t h = 0; h < heads; ++h)
      for (int64_t i = 0, end = entriesOf(lengths ? lengths->i(b) : tokens); i < end; ++i) {
        int64_t head = (b * heads + h) * tokens * channels;
        const Cell *cotangent = dOut.data() + ((b * heads + h) * entries + i) * columns;
        if (kind == Compression::Gated)
          runGated(head, i, cotangent);
        else
          runEntry(h, head + i * stride * channels, cotangent);
      }
  return Error::success();
}

void CompressBackward::runEntry(int64_t h, int64_t first, const Cell *cotangent) {
  int64_t channels = x.value->shape[3], columns = dOut.shape[3], size = length * channels;
  std::vector<double> tokens(size), dTokens(size, 0.0);
  for (int64_t at = 0; at < size; ++at)
    tokens[at] = x.f(first + at) + (pe.value ? pe.f(pe.ofHead(h) + at) : 0);
  if (kind == Compression::Mlp)
    runMlp(h, tokens, cotangent, dTokens);
  for (int64_t at = 0; at < size && kind != Compression::Mlp; ++at) {
    int64_t place = at / channels, channel = at % channels;
    if (kind == Compression::Mean) {
      dTokens[at] = cotangent[channel].f / length;
    } else if (kind == Compression::Weighted) {
      int64_t w = weight.ofHead(h) + place;
      dTokens[at] = weight.f(w) * cotangent[channel].f;
      weight.d(w) += tokens[at] * cotangent[channel].f;
    } else {
      for (int64_t e = 0; e < columns; ++e) {
        int64_t w = weight.ofHead(h) + at * columns + e;
        dTokens[at] += weight.f(w) * cotangent[e].f;
        weight.d(w) += tokens[at] * cotangent[e].f;
      }
    }
  }
  for (int64_t at = 0; at < size; ++at) {
    x.d(first + at) += dTokens[at];
    if (pe.value)
      pe.d(pe.ofHead(h) + at) += dTokens[at];
  }
}

void CompressBackward::runMlp(int64_t h, ArrayRef<double> tokens, const Cell *cotangent,
                              MutableArrayRef<double> dTokens) {
  int64_t hidden = w1.value->shape.back(), columns = w2.value->shape.back(), size = tokens.size();
  for (int64_t f = 0; f < hidden; ++f) {
    double u = bias1.value ? bias1.f(bias1.ofHead(h) + f) : 0, dU = 0;
    for (int64_t at = 0; at < size; ++at)
      u += tokens[at] * w1.f(w1.ofHead(h) + at * hidden + f);
    double active = activate(u, *op.getActivation());
    for (int64_t e = 0; e < columns; ++e) {
      int64_t w = w2.ofHead(h) + f * columns + e;
      dU += w2.f(w) * cotangent[e].f;
      w2.d(w) += active * cotangent[e].f;
    }
    dU *= activationSlope(u, *op.getActivation(), 1);
    if (bias1.value)
      bias1.d(bias1.ofHead(h) + f) += dU;
    for (int64_t at = 0; at < size; ++at) {
      int64_t w = w1.ofHead(h) + at * hidden + f;
      dTokens[at] += w1.f(w) * dU;
      w1.d(w) += tokens[at] * dU;
    }
  }
  if (bias2.value)
    for (int64_t e = 0; e < columns; ++e)
      bias2.d(bias2.ofHead(h) + e) += cotangent[e].f;
}

void CompressBackward::runGated(int64_t head, int64_t entry, const Cell *cotangent) {
  int64_t channels = x.value->shape[3], series = dOut.shape[3];
  SmallVector<int64_t> places, biases;
  SmallVector<double> a;
  for (int64_t column = 0; column < series; ++column) {
    places.clear();
    biases.clear();
    a.clear();
    double maximum = -INFINITY, sum = 0, y = 0;
    for (int64_t r = 0; r < length; ++r) {
      // With overlap the first half of the places are those of the tokens before, in series A.
      bool isBefore = overlaps && r < stride;
      int64_t token = entry * stride + r - (overlaps ? stride : 0);
      int64_t channel = column + (overlaps && !isBefore ? series : 0);
      if (token < 0)
        continue;
      places.push_back(head + token * channels + channel);
      biases.push_back((overlaps ? r % stride : r) * channels + channel);
      a.push_back(gate.f(places.back()) + (bias.value ? bias.f(biases.back()) : 0));
      maximum = std::max(maximum, a.back());
    }
    if (llvm::all_of(a, [](double z) { return z == -INFINITY; }))
      continue; // the entry is 0
    for (double &z : a)
      sum += z = std::exp(z - maximum);
    for (auto [z, at] : llvm::zip(a, places)) {
      z /= sum;
      if (z != 0)
        y += z * x.f(at);
    }
    double e = cotangent[column].f;
    for (auto [weight, at, biasAt] : llvm::zip(a, places, biases)) {
      if (weight == 0) // what is hidden may hold anything
        continue;
      double slope = weight * (x.f(at) - y) * e;
      x.d(at) += weight * e;
      gate.d(at) += slope;
      if (bias.value)
        bias.d(biasAt) += slope;
    }
  }
}

SmallVector<Datum> CompressBackward::takeGradients() {
  SmallVector<Datum> gradients;
  for (Parameter *parameter : parameters())
    if (parameter->value)
      gradients.push_back(std::move(parameter->gradient));
  return gradients;
}

static Error runCompressGrad(Machine &, Frame &frame, const Instr &instr) {
  CompressBackward backward(llvm::cast<CompressGradOp>(instr.op), frame, instr);
  if (Error error = backward.run())
    return error;
  for (auto [n, gradient] : llvm::enumerate(backward.takeGradients()))
    Machine::setResult(frame, instr, n, std::move(gradient));
  return Error::success();
}

//===----------------------------------------------------------------------===//
// Attention over entries and over a selection
//===----------------------------------------------------------------------===//

static Error runCompressedAttentionGrad(Machine &, Frame &frame, const Instr &instr) {
  auto op = llvm::cast<CompressedAttentionGradOp>(instr.op);
  AttentionBackward backward = AttentionBackward::of(op, frame, instr, 3);
  if (Error error = backward.check())
    return error;
  ArrayRef<int64_t> q = backward.q.shape, k = backward.k.shape;
  Mask mask;
  if (Error error = mask.bind(op, operandOf(frame, instr, op.getMask()), op.getMask(), {q[0], q[1], q[2], k[2]}))
    return error;
  // As many tokens as there may be; one more would make another entry.
  int64_t length = op.getLength(), stride = op.getStride(), tokens;
  if (llvm::MulOverflow(k[2], stride, tokens) || llvm::AddOverflow(tokens, length - 1, tokens))
    tokens = std::numeric_limits<int64_t>::max();
  Expected<Visibility> visibility = Visibility::bind(frame, instr, q[0], q[2], tokens);
  if (!visibility)
    return visibility.takeError();
  if (Error error = backward.run([&](int64_t b, int64_t h, int64_t s, SmallVectorImpl<SeenKey> &seen) {
        int64_t end = visibility->keysOf(b, s).second;
        int64_t visible = end < length ? 0 : (end - length) / stride + 1;
        for (int64_t i = 0; i < std::min(visible, k[2]); ++i)
          if (double added = mask.add(b, h, s, i); added != -INFINITY)
            seen.push_back({i, added});
      }))
    return error;
  backward.finish(frame, instr);
  return Error::success();
}

static Error runSelectedAttentionGrad(Machine &, Frame &frame, const Instr &instr) {
  auto op = llvm::cast<SelectedAttentionGradOp>(instr.op);
  AttentionBackward backward = AttentionBackward::of(op, frame, instr, 4);
  const Datum &indices = Machine::operand(frame, instr, 3);
  if (Error error = backward.check())
    return error;
  ArrayRef<int64_t> q = backward.q.shape, k = backward.k.shape;
  if (Error error = expectShape(op, "indices", indices, {q[0], -1, q[2], -1}))
    return error;
  int64_t lists = indices.shape[1], count = indices.shape[3], block = op.getBlock(), keys = k[2];
  if (lists == 0 ? q[1] != 0 : q[1] % lists != 0)
    return failAt(op, "has " + Twine(q[1]) + " query heads, not a multiple of the " + Twine(lists) + " lists");
  Mask mask;
  if (Error error = mask.bind(op, operandOf(frame, instr, op.getMask()), op.getMask(), {q[0], q[1], q[2], keys}))
    return error;
  Expected<Visibility> visibility = Visibility::bind(frame, instr, q[0], q[2], keys);
  if (!visibility)
    return visibility.takeError();
  int64_t blocks = keys == 0 ? 0 : (keys - 1) / block + 1;
  for (int64_t at = 0; at < indices.numElements(); ++at)
    if (int64_t index = indices.i(at); index < -1 || index >= blocks)
      return failAt(op, "index " + Twine(index) + " is outside the " + Twine(blocks) + " blocks");
  if (Error error = backward.run([&](int64_t b, int64_t h, int64_t s, SmallVectorImpl<SeenKey> &seen) {
        int64_t list = ((b * lists + h / (q[1] / lists)) * q[2] + s) * count;
        auto [begin, end] = visibility->keysOf(b, s);
        llvm::SmallSet<int64_t, 16> before;
        for (int64_t at = list; at < list + count; ++at) {
          int64_t index = indices.i(at);
          if (index == -1 || (op.getUnionOf() && !before.insert(index).second))
            continue;
          int64_t first = index * block, last = block > keys - first ? keys : first + block;
          for (int64_t t = std::max(first, begin); t < std::min(last, end); ++t)
            if (double added = mask.add(b, h, s, t); added != -INFINITY)
              seen.push_back({t, added});
        }
      }))
    return error;
  backward.finish(frame, instr);
  return Error::success();
}

static Error runIndexerScoresGrad(Machine &, Frame &frame, const Instr &instr) {
  auto op = llvm::cast<IndexerScoresGradOp>(instr.op);
  const Datum &q = Machine::operand(frame, instr, 0), &k = Machine::operand(frame, instr, 1);
  const Datum &w = Machine::operand(frame, instr, 2), &dOut = Machine::operand(frame, instr, 3);
  const Datum *qScales = operandOf(frame, instr, op.getQScales()), *kScales = operandOf(frame, instr, op.getKScales());
  int64_t batch = q.shape[0], heads = q.shape[1], queries = q.shape[2], size = q.shape[3], keys = k.shape[1];
  if (Error error = expectShape(op, "k", k, {batch, -1, size}))
    return error;
  if (Error error = expectShape(op, "w", w, {batch, queries, heads}))
    return error;
  if (Error error = expectShape(op, "d_out", dOut, {batch, 1, queries, keys}))
    return error;
  if (qScales)
    if (Error error = expectShape(op, "q_scales", *qScales, {batch, heads, queries}))
      return error;
  if (kScales)
    if (Error error = expectShape(op, "k_scales", *kScales, {batch, keys}))
      return error;
  SmallVector<Datum> results;
  for (const Datum *operand : {&q, &k, &w}) {
    Expected<Datum> zeros = allocateZeros(op, operand->shape);
    if (!zeros)
      return zeros.takeError();
    results.push_back(std::move(*zeros));
  }
  double scale = op.getScale().convertToFloat();
  for (int64_t b = 0; b < batch; ++b)
    for (int64_t s = 0; s < queries; ++s)
      for (int64_t t = 0; t < keys; ++t) {
        double cotangent = dOut.f((b * queries + s) * keys + t);
        if (cotangent == 0)
          continue;
        cotangent *= scale * (kScales ? kScales->f(b * keys + t) : 1);
        for (int64_t h = 0; h < heads; ++h) {
          int64_t row = (b * heads + h) * queries + s, weight = (b * queries + s) * heads + h;
          const Cell *query = q.data() + row * size, *key = k.data() + (b * keys + t) * size;
          double x = dot(query, key, size), c = cotangent * (qScales ? qScales->f(row) : 1);
          results[2].at(weight).f += c * activate(x, Activation::Relu);
          double dX = c * w.f(weight) * activationSlope(x, Activation::Relu, 1);
          if (dX == 0)
            continue;
          for (int64_t d = 0; d < size; ++d) {
            results[0].at(row * size + d).f += dX * key[d].f;
            results[1].at((b * keys + t) * size + d).f += dX * query[d].f;
          }
        }
      }
  for (auto [n, result] : llvm::enumerate(results))
    Machine::setResult(frame, instr, n, std::move(result));
  return Error::success();
}

static Error runGatedCombineGrad(Machine &, Frame &frame, const Instr &instr) {
  auto op = llvm::cast<GatedCombineGradOp>(instr.op);
  int64_t branches = op.getBranches().size();
  const Datum &gates = Machine::operand(frame, instr, branches), &dOut = Machine::operand(frame, instr, branches + 1);
  for (int64_t c = 0; c < branches; ++c)
    if (Error error = expectShape(op, "a branch", Machine::operand(frame, instr, c), dOut.shape))
      return error;
  if (Error error = expectShape(op, "gates", gates, {dOut.shape[0], dOut.shape[1], dOut.shape[2], branches}))
    return error;
  int64_t rows = gates.numElements() / branches, size = dOut.shape[3];
  SmallVector<Datum> results(branches + 1);
  for (auto [n, result] : llvm::enumerate(results)) {
    Expected<Datum> zeros = allocateZeros(op, n < size_t(branches) ? dOut.shape : gates.shape);
    if (!zeros)
      return zeros.takeError();
    result = std::move(*zeros);
  }
  for (int64_t row = 0; row < rows; ++row)
    for (int64_t c = 0; c < branches; ++c) {
      double gate = gates.f(row * branches + c), weight = op.getSigmoid() ? 1 / (1 + std::exp(-gate)) : gate;
      double product = dot(Machine::operand(frame, instr, c).data() + row * size, dOut.data() + row * size, size);
      for (int64_t d = 0; d < size; ++d)
        results[c].at(row * size + d).f = weight * dOut.f(row * size + d);
      results[branches].at(row * branches + c).f = op.getSigmoid() ? product * weight * (1 - weight) : product;
    }
  for (auto [n, result] : llvm::enumerate(results))
    Machine::setResult(frame, instr, n, std::move(result));
  return Error::success();
}

void hadal::registerSparseGradientHandlers(HandlerTable &table) {
  table["hadal.compress_grad"] = runCompressGrad;
  table["hadal.compressed_attention_grad"] = runCompressedAttentionGrad;
  table["hadal.selected_attention_grad"] = runSelectedAttentionGrad;
  table["hadal.indexer_scores_grad"] = runIndexerScoresGrad;
  table["hadal.gated_combine_grad"] = runGatedCombineGrad;
}
