//===- ParallelOps.cpp - hadal: tokens between ranks --------------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Experts.h"

using namespace mlir;
using namespace hadal;
using llvm::Error;
using llvm::Expected;

namespace {
/// What one dispatch reads and makes. Names as in the op's description.
struct Dispatch {
  DispatchOp op;
  const Datum &x, &indices;
  const Datum *weights, *scales;
  int64_t ranks, tokens, hidden, k, local, most, rows;
  Datum recvX, recvCounts, source, recvIndices, recvWeights, recvScales;

  Error allocate();
  Error runLowLatency();
  Error runNormal();

private:
  Error make(Datum &datum, ArrayRef<int64_t> shape, Cell value);
  /// Copies token n (of all ranks) into row `row` (of all ranks and experts).
  void send(int64_t n, int64_t row) {
    std::copy_n(x.data() + n * hidden, hidden, recvX.data() + row * hidden);
    if (scales) {
      int64_t size = scales->shape[2];
      std::copy_n(scales->data() + n * size, size, recvScales.data() + row * size);
    }
  }
  /// The number of token n, which counts M tokens for each rank.
  int64_t numberOf(int64_t n) const { return n / tokens * most + n % tokens; }
};
} // namespace

Error Dispatch::make(Datum &datum, ArrayRef<int64_t> shape, Cell value) {
  Expected<Datum> made = Machine::allocate(op, shape);
  if (!made)
    return made.takeError();
  std::fill_n(made->data(), made->numElements(), value);
  datum = std::move(*made);
  return Error::success();
}

Error Dispatch::allocate() {
  SmallVector<int64_t, 4> shape = {ranks, rows};
  if (!op.isNormal())
    shape.insert(shape.begin() + 1, local);
  auto rowsOf = [&](int64_t size) {
    SmallVector<int64_t, 4> full(shape);
    full.push_back(size);
    return full;
  };
  if (Error error = make(recvX, rowsOf(hidden), floatCell(0)))
    return error;
  if (Error error = make(recvCounts, {ranks, local}, intCell(0)))
    return error;
  if (Error error = make(source, shape, intCell(-1)))
    return error;
  if (Error error = make(recvIndices, rowsOf(k), intCell(-1)))
    return error;
  if (Error error = make(recvWeights, rowsOf(k), floatCell(0)))
    return error;
  return make(recvScales, rowsOf(scales ? scales->shape[2] : 0), floatCell(1));
}

Error Dispatch::runLowLatency() {
  for (int64_t slot = 0; slot < ranks * tokens * k; ++slot) {
    int64_t expert = indices.i(slot);
    if (expert == -1)
      continue;
    int64_t &count = recvCounts.at(expert).i; // [R, L] is [E]
    if (count == rows)
      return failAt(op, "expert " + Twine(expert) + " receives more than " + Twine(rows) + " tokens");
    int64_t row = expert * rows + count++;
    send(slot / k, row);
    source.at(row).i = numberOf(slot / k) * k + slot % k;
  }
  return Error::success();
}

Error Dispatch::runNormal() {
  for (int64_t rank = 0; rank < ranks; ++rank) {
    int64_t row = rank * rows;
    for (int64_t n = 0; n < ranks * tokens; ++n) {
      bool isSent = false;
      for (int64_t j = 0; j < k; ++j) {
        int64_t expert = indices.i(n * k + j);
        if (expert < 0 || expert / local != rank)
          continue;
        isSent = true;
        ++recvCounts.at(expert).i;
        recvIndices.at(row * k + j).i = expert % local;
        if (weights)
          recvWeights.at(row * k + j).f = weights->f(n * k + j);
      }
      if (!isSent)
        continue;
      send(n, row);
      source.at(row++).i = numberOf(n);
    }
  }
  int64_t align = op.getAlign().value_or(1);
  for (int64_t e = 0; e < ranks * local; ++e)
    recvCounts.at(e).i = (recvCounts.i(e) + align - 1) / align * align;
  return Error::success();
}

static Error runDispatch(Machine &, Frame &frame, const Instr &instr) {
  auto op = llvm::cast<DispatchOp>(instr.op);
  const Datum &x = Machine::operand(frame, instr, 0), &indices = Machine::operand(frame, instr, 1);
  int64_t ranks = x.shape[0], tokens = x.shape[1], experts = op.getExperts();
  int64_t most = op.getMaxTokens().value_or(tokens);
  Dispatch dispatch{op,
                    x,
                    indices,
                    operandOf(frame, instr, op.getWeights()),
                    operandOf(frame, instr, op.getScales()),
                    ranks,
                    tokens,
                    x.shape[2],
                    indices.shape[2],
                    experts / ranks,
                    most,
                    ranks * most,
                    {},
                    {},
                    {},
                    {},
                    {},
                    {}};
  if (Error error = expectShape(op, "indices", indices, {ranks, tokens, -1}))
    return error;
  if (dispatch.weights)
    if (Error error = expectShape(op, "weights", *dispatch.weights, indices.shape))
      return error;
  if (dispatch.scales)
    if (Error error = expectShape(op, "scales", *dispatch.scales, {ranks, tokens, -1}))
      return error;
  if (tokens > most)
    return failAt(op, "a rank has " + Twine(tokens) + " tokens, more than max_tokens " + Twine(most));
  for (int64_t slot = 0; slot < indices.numElements(); ++slot)
    if (indices.i(slot) < -1 || indices.i(slot) >= experts)
      return expertOutside(op, indices.i(slot), experts);
  if (Error error = dispatch.allocate())
    return error;
  if (Error error = op.isNormal() ? dispatch.runNormal() : dispatch.runLowLatency())
    return error;
  unsigned next = 0;
  for (Datum *result : {&dispatch.recvX, &dispatch.recvCounts, &dispatch.source})
    Machine::setResult(frame, instr, next++, std::move(*result));
  if (op.isNormal())
    Machine::setResult(frame, instr, next++, std::move(dispatch.recvIndices));
  if (dispatch.weights)
    Machine::setResult(frame, instr, next++, std::move(dispatch.recvWeights));
  if (dispatch.scales)
    Machine::setResult(frame, instr, next++, std::move(dispatch.recvScales));
  return Error::success();
}

static Error runCollect(Machine &, Frame &frame, const Instr &instr) {
  auto op = llvm::cast<CollectOp>(instr.op);
  const Datum &y = Machine::operand(frame, instr, 0), &source = Machine::operand(frame, instr, 1);
  const Datum *weights = operandOf(frame, instr, op.getWeights());
  int64_t ranks = y.shape[0], rows = y.shape[y.rank() - 2], hidden = y.shape.back();
  if (Error error = expectShape(op, "source", source, ArrayRef(y.shape).drop_back()))
    return error;
  if (rows % ranks)
    return failAt(op, "has " + Twine(rows) + " rows for " + Twine(ranks) + " ranks");
  int64_t most = rows / ranks, tokens = weights ? weights->shape[1] : most, k = weights ? weights->shape[2] : 1;
  if (weights)
    if (Error error = expectShape(op, "weights", *weights, {ranks, -1, -1}))
      return error;
  if (tokens > most)
    return failAt(op, "a rank has " + Twine(tokens) + " tokens, more than the " + Twine(most) + " that y has room for");
  Expected<Datum> result = allocateZeros(op, {ranks, tokens, hidden});
  if (!result)
    return result.takeError();
  for (int64_t row = 0; row < source.numElements(); ++row) {
    int64_t slot = source.i(row);
    if (slot == -1)
      continue;
    if (slot < 0 || slot >= ranks * most * k || slot / k % most >= tokens)
      return failAt(op, "row " + Twine(row) + " comes from the slot " + Twine(slot) + ", which there is not");
    int64_t token = slot / k / most * tokens + slot / k % most;
    double weight = weights ? weights->f(token * k + slot % k) : 1;
    for (int64_t n = 0; n < hidden; ++n)
      result->at(token * hidden + n).f += weight * y.f(row * hidden + n);
  }
  return finish(frame, instr, std::move(result));
}

void hadal::registerParallelHandlers(HandlerTable &table) {
  table["hadal.dispatch"] = runDispatch;
  table["hadal.collect"] = runCollect;
}
