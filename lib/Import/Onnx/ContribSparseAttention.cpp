//===- ContribSparseAttention.cpp - Attention to blocks of keys ---------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ContribAttention.h"
#include "Index.h"
#include "Reduce.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"

using namespace llvm;
using namespace mlir;
using namespace hadal::onnx;

/// Which blocks of keys each block of queries sees, from compressed rows: [layouts, blocks, blocks].
static Tensor &emitLayouts(NodeContext &c, Tensor &rows, Tensor &columns) {
  SizeExpr layouts = rows.dims[0], blocks = rows.dims[1] - SizeExpr(1);
  Tensor &begins = emitPart(c, rows, 1, 0, blocks), &ends = emitPart(c, rows, 1, 1, blocks);
  MLIRContext *context = c.builder.getContext();
  AffineExpr l = getAffineDimExpr(0, context), i = getAffineDimExpr(1, context), j = getAffineDimExpr(2, context),
             n = getAffineDimExpr(3, context);
  auto map = [&](ArrayRef<AffineExpr> results) { return AffineMap::get(4, 0, results, context); };
  SmallVector<AffineMap> maps{map({l, i}), map({l, i}), map({l, n}), map({l, i, j})};
  SmallVector<utils::IteratorType> iterators(3, utils::IteratorType::parallel);
  iterators.push_back(utils::IteratorType::reduction);
  Dims dims{layouts, blocks, blocks};
  Value init = emitFill(c, DType::Bool, dims, 0);
  auto op = linalg::GenericOp::create(
      c.builder, c.loc, init.getType(), ValueRange{c.value(begins), c.value(ends), c.value(columns)}, init, maps,
      iterators, [](OpBuilder &b, Location loc, ValueRange in) {
        auto integer = [&](int64_t dim) -> Value {
          return arith::IndexCastOp::create(b, loc, b.getI32Type(), linalg::IndexOp::create(b, loc, dim));
        };
        Value place = integer(3);
        Value after = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::sge, place, in[0]);
        Value before = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::slt, place, in[1]);
        Value here = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq, in[2], integer(2));
        Value inRow = arith::AndIOp::create(b, loc, after, before);
        Value sees = arith::AndIOp::create(b, loc, inRow, here);
        linalg::YieldOp::create(b, loc, arith::OrIOp::create(b, loc, in[3], sees).getResult());
      });
  return c.newTensor(DType::Bool, dims, op.getResult(0));
}

/// [batch, 1, queries, keys] of sequences that end at different places.
static Tensor &emitRaggedMask(NodeContext &c, Tensor &positions, const SizeExpr &keys, std::optional<int64_t> window) {
  SizeExpr batch = positions.dims[0], queries = positions.dims[1];
  Tensor &wide = emitReshape(c, positions, {batch, SizeExpr(1), queries, SizeExpr(1)});
  return emitElementwise(c, DType::Bool, {batch, SizeExpr(1), queries, keys}, &wide,
                         [&](OpBuilder &b, Location loc, ValueRange in) -> Value {
                           Element e{b, loc, DType::I64};
                           Value t = positionOf(b, loc, 3);
                           Value seen = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::sle, t, in[0]);
                           if (!window)
                             return seen;
                           Value before = e.make<arith::SubIOp>({in[0], e.constant(*window)});
                           Value near = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::sgt, t, before);
                           return arith::AndIOp::create(b, loc, seen, near);
                         });
}

/// The list [size] with (offset + i) op number, op being a division or a remainder.
template <typename Op>
static Tensor &emitList(NodeContext &c, const SizeExpr &size, const SizeExpr &offset, const SizeExpr &number) {
  Value first = c.sizes.value(offset), divisor = c.sizes.value(number);
  return emitElementwise(c, DType::I64, {size}, {}, [&](OpBuilder &b, Location loc, ValueRange) -> Value {
    auto integer = [&](Value index) -> Value { return arith::IndexCastOp::create(b, loc, b.getI64Type(), index); };
    Value place = arith::AddIOp::create(b, loc, positionOf(b, loc, 0), integer(first));
    return Op::create(b, loc, place, integer(divisor));
  });
}

/// Past and present are one buffer, as long as a sequence may become.
static LogicalResult importSparseAttention(NodeContext &c) {
  int64_t numHeads = c.intAttribute("num_heads", 0), shared = c.intAttribute("kv_num_heads", 0);
  int64_t block = c.intAttribute("sparse_block_size", 0);
  if (c.intAttribute("do_rotary", 0) != 0)
    return c.error("do_rotary is not supported");
  c.ignoreAttribute("rotary_interleaved");
  if (numHeads < 1 || shared < 1 || numHeads % shared != 0 || block < 1)
    return c.error("num_heads, kv_num_heads and sparse_block_size do not fit");
  FailureOr<Heads> heads = readHeads(c, numHeads, shared);
  if (failed(heads) || failed(requireTypes(c, {heads->q, heads->k, heads->v, &c.input(3), &c.input(4)}, kFloats)))
    return failure();
  Tensor &rows = c.input(5), &columns = c.input(6), &totals = c.input(8);
  if (rows.rank() != 2 || columns.rank() != 2 || rows.type != DType::I32 || columns.type != DType::I32 ||
      totals.rank() != 1 || totals.type != DType::I32 || c.input(3).rank() != 4 || c.input(4).rank() != 4)
    return c.error("block indices and lengths must be int32 of rank 2 and 1, and the caches of rank 4");
  SizeExpr batch = heads->q->dims[0], length = heads->q->dims[2], keys = c.input(3).dims[2];
  if (failed(c.requireEqual(totals.dims[0], batch, "the number of lengths and the batch")) ||
      failed(c.requireEqual(rows.dims[0], columns.dims[0], "the layouts of rows and columns")) ||
      failed(c.requireEqual((rows.dims[1] - SizeExpr(1)) * SizeExpr(block), keys, "the blocks and the caches")))
    return failure();
  FailureOr<double> scale = readScale(c, heads->q->dims[3]);
  if (failed(scale))
    return failure();
  Tensor &starts = emitStarts(c, emitCast(c, totals, DType::I64), length);
  auto append = [&](Tensor &cache, Tensor &x) -> FailureOr<Tensor *> {
    for (int64_t d : {0, 1, 3})
      if (failed(c.requireEqual(cache.dims[d], x.dims[d], "dimensions of cache and new entries")))
        return failure();
    Tensor &wide = emitReshape(c, starts, {batch, SizeExpr(1), SizeExpr(1), SizeExpr(1)});
    Tensor &places =
        emitElementwise(c, DType::I64, x.dims, &wide, [](OpBuilder &b, Location loc, ValueRange in) -> Value {
          return arith::AddIOp::create(b, loc, in[0], positionOf(b, loc, 2));
        });
    return &emitScatterElements(c, cache, places, x, 2, hadal::ScatterReduction::None);
  };
  FailureOr<Tensor *> presentKeys = append(c.input(3), *heads->k), presentValues = append(c.input(4), *heads->v);
  if (failed(presentKeys) || failed(presentValues))
    return failure();
  // The layout of each head, then the block of each query, then that of each key.
  Tensor &layouts = emitLayouts(c, rows, columns);
  Tensor &ofHeads = emitGather(c, layouts, emitList<arith::RemSIOp>(c, numHeads, 0, rows.dims[0]), 0);
  Tensor &column = emitReshape(c, starts, {batch, SizeExpr(1)});
  Tensor &positions =
      emitElementwise(c, DType::I64, {batch, length}, &column, [](OpBuilder &b, Location loc, ValueRange in) -> Value {
        return arith::AddIOp::create(b, loc, in[0], positionOf(b, loc, 1));
      });
  Tensor &queryBlocks =
      emitElementwise(c, DType::I64, {batch, length}, &positions, [&](OpBuilder &b, Location loc, ValueRange in) {
        Element e{b, loc, DType::I64};
        return e.make<arith::DivSIOp>({in[0], e.constant(block)});
      });
  Tensor &ofQueries = emitTranspose(c, emitGather(c, ofHeads, queryBlocks, 1), {1, 0, 2, 3});
  Tensor &ofKeys = emitGather(c, ofQueries, emitList<arith::DivSIOp>(c, keys, 0, block), 3);
  FailureOr<Tensor *> mask = mergeMasks(c, ofKeys, emitRaggedMask(c, positions, keys, std::nullopt));
  if (failed(mask))
    return failure();
  AttentionForm form{heads->q, *presentKeys, *presentValues, *mask, *scale};
  if (failed(checkAttention(c, form)))
    return failure();
  FailureOr<Tensor *> result = emitAttention(c, form);
  if (failed(result))
    return failure();
  c.setOutput(0, mergeHeads(c, **result));
  c.setOutput(1, **presentKeys);
  c.setOutput(2, **presentValues);
  return success();
}

void hadal::onnx::registerContribSparseAttentionOps(OpTable &table) {
  table.onOp("com.microsoft", "SparseAttention", {1}, {9, 11}, importSparseAttention);
}
