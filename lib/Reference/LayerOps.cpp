//===- LayerOps.cpp - hadal: layers -------------------------------------===//
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

static Error runRMSNorm(Machine &, Frame &frame, const Instr &instr) {
  auto op = llvm::cast<RMSNormOp>(instr.op);
  const Datum &x = Machine::operand(frame, instr, 0), &weight = Machine::operand(frame, instr, 1);
  int64_t size = x.shape.back();
  if (Error error = expectShape(op, "weight", weight, {size}))
    return error;
  Expected<Datum> result = Machine::allocate(op, x.shape);
  for (int64_t at = 0; result && at < x.numElements(); at += size)
    normalizeRow(x.data() + at, weight, size, op.getEpsilon().convertToFloat(), result->data() + at);
  return finish(frame, instr, std::move(result));
}

static Error runRope(Machine &, Frame &frame, const Instr &instr) {
  auto op = llvm::cast<RopeOp>(instr.op);
  const Datum &x = Machine::operand(frame, instr, 0), &cos = Machine::operand(frame, instr, 1);
  const Datum &sin = Machine::operand(frame, instr, 2);
  int64_t batch = x.shape[0], heads = x.shape[1], length = x.shape[2], size = x.shape[3];
  if (Error error = expectAngles(op, cos, sin, batch, length, size / 2))
    return error;
  Expected<Datum> result = Machine::allocate(op, x.shape);
  for (int64_t row = 0; result && row < batch * heads * length; ++row) {
    int64_t angle = ((cos.shape[0] == 1 ? 0 : row / (heads * length)) * length + row % length) * (size / 2);
    rotateRow(x.data() + row * size, cos.data() + angle, sin.data() + angle, size, op.getInLayout(), op.getOutLayout(),
              result->data() + row * size);
  }
  return finish(frame, instr, std::move(result));
}

void hadal::registerLayerHandlers(HandlerTable &table) {
  table["hadal.rope"] = runRope;
  table["hadal.rms_norm"] = runRMSNorm;
}
