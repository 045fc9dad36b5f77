//===- LatentOps.cpp - hadal: latent keys and values, caches ------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Rows.h"

using namespace mlir;
using namespace hadal;
using llvm::Error;
using llvm::Expected;

static Error runLatentProjection(Machine &, Frame &frame, const Instr &instr) {
  auto op = llvm::cast<LatentProjectionOp>(instr.op);
  const Datum &x = Machine::operand(frame, instr, 0), &weight = Machine::operand(frame, instr, 1);
  const Datum &cos = Machine::operand(frame, instr, 2), &sin = Machine::operand(frame, instr, 3);
  int64_t batch = x.shape[0], length = x.shape[1], latentSize = weight.shape[0], ropeSize = x.shape[2] - latentSize;
  if (ropeSize < 0 || ropeSize % 2)
    return failAt(op, "c_kv and weight leave " + Twine(ropeSize) + " columns for k_pe, which must be even");
  if (Error error = expectAngles(op, cos, sin, batch, length, ropeSize / 2))
    return error;
  Expected<Datum> latent = Machine::allocate(op, {batch, length, latentSize});
  if (!latent)
    return latent.takeError();
  Expected<Datum> kPe = Machine::allocate(op, {batch, length, ropeSize});
  if (!kPe)
    return kPe.takeError();
  for (int64_t row = 0; row < batch * length; ++row) {
    const Cell *c = x.data() + row * x.shape[2];
    normalizeRow(c, weight, latentSize, op.getEpsilon().convertToFloat(), latent->data() + row * latentSize);
    int64_t angle = (cos.shape[0] == 1 ? row % length : row) * (ropeSize / 2);
    rotateRow(c + latentSize, cos.data() + angle, sin.data() + angle, ropeSize, op.getInLayout(), op.getOutLayout(),
              kPe->data() + row * ropeSize);
  }
  Machine::setResult(frame, instr, 0, std::move(*latent));
  Machine::setResult(frame, instr, 1, std::move(*kPe));
  return Error::success();
}

static Error runCacheAppend(Machine &, Frame &frame, const Instr &instr) {
  int64_t dim = llvm::cast<CacheAppendOp>(instr.op).getDim();
  const Datum &cache = Machine::operand(frame, instr, 0), &entry = Machine::operand(frame, instr, 1);
  return finish(frame, instr, concatenate(instr.op, {&cache, &entry}, dim));
}

void hadal::registerLatentHandlers(HandlerTable &table) {
  table["hadal.latent_projection"] = runLatentProjection;
  table["hadal.cache_append"] = runCacheAppend;
}
