//===- SparseOps.cpp - hadal: compression and scores ----------------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Experts.h"
#include "Sparse.h"

#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace hadal;
using llvm::Error;
using llvm::Expected;

//===----------------------------------------------------------------------===//
// Compression
//===----------------------------------------------------------------------===//

int64_t Compressor::countOf(int64_t tokens) const {
  int64_t needed = overlap ? stride : length;
  return tokens < needed ? 0 : (tokens - needed) / stride + 1;
}

/// An error unless `parameter` is null or [heads or 1, shape…].
static Error expectPerHead(Operation *op, llvm::StringRef name, const Datum *parameter, int64_t heads,
                           ArrayRef<int64_t> shape) {
  if (!parameter)
    return Error::success();
  SmallVector<int64_t> full = {parameter->rank() && parameter->shape[0] == 1 ? 1 : heads};
  llvm::append_range(full, shape);
  return expectShape(op, name, *parameter, full);
}

/// The part of a parameter [heads or 1, …] that is for head h; null for none.
static const Cell *ofHead(const Datum *parameter, int64_t h) {
  if (!parameter)
    return nullptr;
  int64_t heads = parameter->shape[0];
  return parameter->data() + (heads == 1 ? 0 : h * (parameter->numElements() / heads));
}

/// out[f] = bias[f] + Σ_i x[i] · w[i, f]
static void multiplyRow(ArrayRef<double> x, const Cell *w, const Cell *bias, MutableArrayRef<double> out) {
  int64_t columns = out.size();
  for (int64_t f = 0; f < columns; ++f)
    out[f] = bias ? bias[f].f : 0;
  for (int64_t i = 0, end = x.size(); i < end; ++i)
    for (int64_t f = 0; f < columns; ++f)
      out[f] += x[i] * w[i * columns + f].f;
}

static Error checkOperands(Operation *op, const Compressor &c, const Datum &x) {
  int64_t batch = x.shape[0], heads = x.shape[1], channels = x.shape[3], length = c.length;
  if (c.kind == Compression::Linear) {
    if (Error error = expectPerHead(op, "weight", c.weight, heads, {length, channels, -1}))
      return error;
  } else if (Error error = expectPerHead(op, "weight", c.weight, heads, {length})) {
    return error;
  }
  if (c.w1) {
    int64_t hidden = c.w1->shape.back();
    Error error = c.w1->rank() == 4 ? expectPerHead(op, "w1", c.w1, heads, {length, channels, hidden})
                                    : expectPerHead(op, "w1", c.w1, heads, {length * channels, hidden});
    if (error)
      return error;
    if (Error error = expectPerHead(op, "bias1", c.bias1, heads, {hidden}))
      return error;
    if (Error error = expectPerHead(op, "w2", c.w2, heads, {hidden, -1}))
      return error;
    if (Error error = expectPerHead(op, "bias2", c.bias2, heads, {c.w2->shape.back()}))
      return error;
  }
  if (c.gate)
    if (Error error = expectShape(op, "gate", *c.gate, x.shape))
      return error;
  if (c.bias)
    if (Error error = expectShape(op, "bias", *c.bias, {c.overlap ? c.stride : length, channels}))
      return error;
  if (c.overlap && channels % 2)
    return failAt(op, "x has " + Twine(channels) + " channels, which are not two series");
  if (Error error = expectPerHead(op, "pe", c.pe, heads, {length, channels}))
    return error;
  if (!c.kvLengths)
    return Error::success();
  if (Error error = expectShape(op, "kv_lengths", *c.kvLengths, {batch}))
    return error;
  for (int64_t b = 0; b < batch; ++b)
    if (int64_t tokens = c.kvLengths->i(b); tokens < 0 || tokens > x.shape[2])
      return failAt(op,
                    "kv_lengths[" + Twine(b) + "] is " + Twine(tokens) + ", outside [0, " + Twine(x.shape[2]) + "]");
  return Error::success();
}

/// One entry by a softmax per channel; `x` and `gate` are those of the head's tokens.
static void compressGated(const Compressor &c, const Cell *x, const Cell *gate, int64_t entry, int64_t channels,
                          MutableArrayRef<Cell> out) {
  int64_t series = out.size();
  std::vector<double> z(c.length);
  for (int64_t column = 0; column < series; ++column) {
    // Where place r of the entry stands in x.
    auto at = [&](int64_t r) {
      int64_t token = entry * c.stride + r - (c.overlap ? c.stride : 0);
      return token * channels + column + (c.overlap && r >= c.stride ? series : 0);
    };
    for (int64_t r = 0; r < c.length; ++r) {
      if (at(r) < 0) {
        z[r] = -INFINITY;
        continue;
      }
      int64_t row = c.overlap ? r % c.stride : r;
      z[r] = gate[at(r)].f + (c.bias ? c.bias->f(row * channels + at(r) % channels) : 0);
    }
    attendRow(z, [&](int64_t r) { return x + at(r); }, 1, std::nullopt, &out[column]);
  }
}

Expected<Datum> Compressor::compress(Operation *op, const Datum &x) const {
  if (Error error = checkOperands(op, *this, x))
    return std::move(error);
  int64_t batch = x.shape[0], heads = x.shape[1], tokens = x.shape[2], channels = x.shape[3], count = countOf(tokens);
  int64_t columns = kind == Compression::Linear ? weight->shape.back()
                    : kind == Compression::Mlp  ? w2->shape.back()
                    : overlap                   ? channels / 2
                                                : channels;
  Expected<Datum> result = allocateZeros(op, {batch, heads, count, columns});
  if (!result)
    return result;
  if (result->numElements() == 0)
    return result;

  bool needsBlock = kind != Compression::Gated;
  std::vector<double> tokensOfBlock(needsBlock ? length * channels : 0), y(columns);
  std::vector<double> hidden(w1 ? w1->shape.back() : 0);
  for (int64_t b = 0; b < batch; ++b)
    for (int64_t h = 0; h < heads; ++h)
      for (int64_t i = 0, end = countOf(kvLengths ? kvLengths->i(b) : tokens); i < end; ++i) {
        int64_t head = (b * heads + h) * tokens * channels;
        Cell *out = result->data() + ((b * heads + h) * count + i) * columns;
        if (!needsBlock) {
          compressGated(*this, x.data() + head, gate->data() + head, i, channels, {out, size_t(columns)});
          continue;
        }
        const Cell *code = ofHead(pe, h);
        for (int64_t at = 0; at < length * channels; ++at)
          tokensOfBlock[at] = x.f(head + i * stride * channels + at) + (code ? code[at].f : 0);
        std::fill(y.begin(), y.end(), 0.0);
        if (kind == Compression::Linear) {
          multiplyRow(tokensOfBlock, ofHead(weight, h), nullptr, y);
        } else if (kind == Compression::Mlp) {
          multiplyRow(tokensOfBlock, ofHead(w1, h), ofHead(bias1, h), hidden);
          for (double &value : hidden)
            value = activate(value, *activation);
          multiplyRow(hidden, ofHead(w2, h), ofHead(bias2, h), y);
        } else {
          for (int64_t r = 0; r < length; ++r)
            for (int64_t column = 0; column < columns; ++column)
              y[column] += tokensOfBlock[r * channels + column] * (weight ? ofHead(weight, h)[r].f : 1);
          if (kind == Compression::Mean)
            for (double &value : y)
              value /= length;
        }
        for (int64_t column = 0; column < columns; ++column)
          out[column].f = y[column];
      }
  return result;
}

static Error runCompress(Machine &, Frame &frame, const Instr &instr) {
  auto op = llvm::cast<CompressOp>(instr.op);
  auto operand = [&](Value value) { return operandOf(frame, instr, value); };
  Compressor c;
  c.kind = op.getKind();
  c.length = op.getLength();
  c.stride = op.getStride();
  c.activation = op.getActivation();
  c.overlap = op.getOverlap();
  c.weight = operand(op.getWeight());
  c.w1 = operand(op.getW1());
  c.bias1 = operand(op.getBias1());
  c.w2 = operand(op.getW2());
  c.bias2 = operand(op.getBias2());
  c.gate = operand(op.getGate());
  c.bias = operand(op.getBias());
  c.pe = operand(op.getPe());
  c.kvLengths = operand(op.getKvLengths());
  return finish(frame, instr, c.compress(op, Machine::operand(frame, instr, 0)));
}

//===----------------------------------------------------------------------===//
// Scores of blocks and tokens
//===----------------------------------------------------------------------===//

Expected<Datum> hadal::mapImportance(Operation *op, const Datum &p, int64_t length, int64_t stride, int64_t block,
                                     int64_t blocks) {
  if (blocks < 0)
    return failAt(op, "is asked for " + Twine(blocks) + " blocks");
  int64_t rows = p.shape[0] * p.shape[1] * p.shape[2], count = p.shape[3];
  Expected<Datum> result = allocateZeros(op, {p.shape[0], p.shape[1], p.shape[2], blocks});
  if (!result)
    return result;
  int64_t a = block / stride, c = length / stride;
  for (int64_t row = 0; row < rows; ++row)
    for (int64_t j = 0; j < blocks; ++j) {
      int64_t start;
      if (llvm::MulOverflow(a, j, start))
        continue; // far behind the last entry
      // Entry i = start + m − n stands in as many terms as there are such m < a and n < c.
      for (int64_t i = std::max<int64_t>(0, start - std::min(c - 1, start)); i < count && i - start < a; ++i) {
        int64_t shift = i - start;
        int64_t terms = (shift > 0 && c > a - shift ? a : std::min(a, c + shift)) - std::max<int64_t>(0, shift);
        result->at(row * blocks + j).f += static_cast<double>(terms) * p.f(row * count + i);
      }
    }
  return result;
}

static Error runBlockImportance(Machine &, Frame &frame, const Instr &instr) {
  auto op = llvm::cast<BlockImportanceOp>(instr.op);
  const Datum *given = operandOf(frame, instr, op.getBlocks());
  int64_t blocks = given ? given->scalar.i : llvm::cast<RankedTensorType>(op.getType()).getDimSize(3);
  return finish(
      frame, instr,
      mapImportance(op, Machine::operand(frame, instr, 0), op.getLength(), op.getStride(), op.getBlock(), blocks));
}

Expected<Datum> hadal::meanOfBlocks(Operation *op, const Datum &k, int64_t block, const Datum *lengths) {
  int64_t batch = k.shape[0], heads = k.shape[1], tokens = k.shape[2], size = k.shape[3];
  if (lengths)
    if (Error error = expectShape(op, "kv_lengths", *lengths, {batch}))
      return std::move(error);
  int64_t blocks = tokens == 0 ? 0 : (tokens - 1) / block + 1;
  Expected<Datum> result = allocateZeros(op, {batch, heads, blocks, size});
  if (!result)
    return result;
  for (int64_t b = 0; b < batch; ++b) {
    int64_t length = lengths ? lengths->i(b) : tokens;
    if (length < 0 || length > tokens)
      return failAt(op, "kv_lengths[" + Twine(b) + "] is " + Twine(length) + ", outside [0, " + Twine(tokens) + "]");
    for (int64_t h = 0; h < heads; ++h)
      for (int64_t j = 0; j < blocks; ++j) {
        int64_t begin = j * block, end = block > length - begin ? length : begin + block;
        Cell *out = result->data() + ((b * heads + h) * blocks + j) * size;
        for (int64_t d = 0; d < size && begin < end; ++d) {
          for (int64_t t = begin; t < end; ++t)
            out[d].f += k.f(((b * heads + h) * tokens + t) * size + d);
          out[d].f /= end - begin;
        }
      }
  }
  return result;
}

static Error runBlockMean(Machine &, Frame &frame, const Instr &instr) {
  auto op = llvm::cast<BlockMeanOp>(instr.op);
  return finish(
      frame, instr,
      meanOfBlocks(op, Machine::operand(frame, instr, 0), op.getBlock(), operandOf(frame, instr, op.getKvLengths())));
}

Expected<Datum> hadal::scoreBlocks(Operation *op, const Datum &q, const Datum &means, double scale) {
  int64_t batch = q.shape[0], heads = q.shape[1], queries = q.shape[2], size = q.shape[3];
  int64_t kvHeads = means.shape[1], blocks = means.shape[2];
  if (Error error = expectShape(op, "means", means, {batch, -1, -1, size}))
    return std::move(error);
  if (kvHeads == 0 ? heads != 0 : heads % kvHeads != 0)
    return failAt(op, "has " + Twine(heads) + " query heads, not a multiple of the " + Twine(kvHeads) + " kv heads");
  Expected<Datum> result = allocateZeros(op, {batch, heads, queries, blocks});
  if (!result)
    return result;
  for (int64_t b = 0; b < batch; ++b)
    for (int64_t h = 0; h < heads; ++h)
      for (int64_t s = 0; s < queries; ++s)
        for (int64_t j = 0; j < blocks; ++j) {
          int64_t row = (b * heads + h) * queries + s, kvHead = b * kvHeads + h / (heads / kvHeads);
          result->at(row * blocks + j).f =
              scale * dot(q.data() + row * size, means.data() + (kvHead * blocks + j) * size, size);
        }
  return result;
}

static Error runBlockScores(Machine &, Frame &frame, const Instr &instr) {
  auto op = llvm::cast<BlockScoresOp>(instr.op);
  return finish(frame, instr,
                scoreBlocks(op, Machine::operand(frame, instr, 0), Machine::operand(frame, instr, 1),
                            op.getScale().convertToFloat()));
}

Expected<Datum> hadal::scoreByIndexer(Operation *op, const Datum &q, const Datum &k, const Datum &w,
                                      const Datum *qScales, const Datum *kScales, double scale) {
  int64_t batch = q.shape[0], heads = q.shape[1], queries = q.shape[2], size = q.shape[3], keys = k.shape[1];
  if (Error error = expectShape(op, "k", k, {batch, -1, size}))
    return std::move(error);
  if (Error error = expectShape(op, "w", w, {batch, queries, heads}))
    return std::move(error);
  if (qScales)
    if (Error error = expectShape(op, "q_scales", *qScales, {batch, heads, queries}))
      return std::move(error);
  if (kScales)
    if (Error error = expectShape(op, "k_scales", *kScales, {batch, keys}))
      return std::move(error);
  Expected<Datum> result = allocateZeros(op, {batch, 1, queries, keys});
  if (!result)
    return result;
  for (int64_t b = 0; b < batch; ++b)
    for (int64_t s = 0; s < queries; ++s)
      for (int64_t t = 0; t < keys; ++t) {
        double sum = 0;
        for (int64_t h = 0; h < heads; ++h) {
          int64_t row = (b * heads + h) * queries + s;
          double product = dot(q.data() + row * size, k.data() + (b * keys + t) * size, size);
          double weight = w.f((b * queries + s) * heads + h) * (qScales ? qScales->f(row) : 1);
          sum += weight * activate(product, Activation::Relu);
        }
        result->at((b * queries + s) * keys + t).f = scale * (kScales ? kScales->f(b * keys + t) : 1) * sum;
      }
  return result;
}

static Error runIndexerScores(Machine &, Frame &frame, const Instr &instr) {
  auto op = llvm::cast<IndexerScoresOp>(instr.op);
  return finish(frame, instr,
                scoreByIndexer(op, Machine::operand(frame, instr, 0), Machine::operand(frame, instr, 1),
                               Machine::operand(frame, instr, 2), operandOf(frame, instr, op.getQScales()),
                               operandOf(frame, instr, op.getKScales()), op.getScale().convertToFloat()));
}

//===----------------------------------------------------------------------===//
// Gated combination
//===----------------------------------------------------------------------===//

Expected<Datum> hadal::combineGated(Operation *op, ArrayRef<const Datum *> branches, const Datum &gates, bool sigmoid) {
  SmallVector<int64_t, 4> shape(branches[0]->shape);
  int64_t count = branches.size(), size = shape[3], rows = shape[0] * shape[1] * shape[2];
  if (Error error = expectShape(op, "gates", gates, {shape[0], shape[1], shape[2], count}))
    return std::move(error);
  Expected<Datum> result = allocateZeros(op, shape);
  for (int64_t c = 0; result && c < count; ++c) {
    if (Error error = expectShape(op, "branch", *branches[c], shape))
      return std::move(error);
    for (int64_t row = 0; row < rows; ++row) {
      double gate = gates.f(row * count + c);
      if (sigmoid)
        gate = 1 / (1 + std::exp(-gate));
      for (int64_t d = 0; d < size; ++d)
        result->at(row * size + d).f += gate * branches[c]->f(row * size + d);
    }
  }
  return result;
}

static Error runGatedCombine(Machine &, Frame &frame, const Instr &instr) {
  auto op = llvm::cast<GatedCombineOp>(instr.op);
  SmallVector<const Datum *> branches;
  for (unsigned c = 0; c < op.getBranches().size(); ++c)
    branches.push_back(&Machine::operand(frame, instr, c));
  const Datum &gates = Machine::operand(frame, instr, branches.size());
  return finish(frame, instr, combineGated(op, branches, gates, op.getSigmoid()));
}

void hadal::registerSparseHandlers(HandlerTable &table) {
  table["hadal.compress"] = runCompress;
  table["hadal.block_importance"] = runBlockImportance;
  table["hadal.block_mean"] = runBlockMean;
  table["hadal.block_scores"] = runBlockScores;
  table["hadal.indexer_scores"] = runIndexerScores;
  table["hadal.gated_combine"] = runGatedCombine;
  table["hadal.compressed_attention"] = runCompressedAttention;
  table["hadal.select"] = runSelect;
  table["hadal.selected_attention"] = runSelectedAttention;
}
