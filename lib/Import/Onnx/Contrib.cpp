//===- Contrib.cpp - Operators of com.microsoft ---------------------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "MatMul.h"
#include "Quantize.h"
#include "Reduce.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"

#include <cmath>

using namespace llvm;
using namespace mlir;
using namespace hadal::onnx;

//===----------------------------------------------------------------------===//
// Products
//===----------------------------------------------------------------------===//

/// Swaps the last two dimensions (`trans`), and before that the first and the one before the last (`transBatch`).
static FailureOr<Tensor *> transposeOperand(NodeContext &c, Tensor &x, bool trans, bool transBatch) {
  int64_t rank = x.rank();
  if (rank < 2)
    return c.error("operands must have rank 2 or more: " + c.shapeText(x));
  SmallVector<int64_t> permutation = llvm::to_vector(llvm::seq<int64_t>(0, rank));
  if (transBatch) // [m, batch…, k] is [batch…, m, k]
    std::rotate(permutation.begin(), permutation.begin() + 1, permutation.end() - 1);
  if (trans)
    std::swap(permutation[rank - 1], permutation[rank - 2]);
  return &emitTranspose(c, x, permutation);
}

static LogicalResult importFusedMatMul(NodeContext &c) {
  double alpha = c.floatAttribute("alpha", 1);
  bool transA = c.intAttribute("transA", 0) != 0, transB = c.intAttribute("transB", 0) != 0;
  bool batchA = c.intAttribute("transBatchA", 0) != 0, batchB = c.intAttribute("transBatchB", 0) != 0;
  FailureOr<Tensor *> a = transposeOperand(c, c.input(0), transA, batchA),
                      b = transposeOperand(c, c.input(1), transB, batchB);
  if (failed(a) || failed(b) || failed(requireTypes(c, {*a, *b}, kFloats)))
    return failure();
  FailureOr<Tensor *> result = emitMatMul(c, **a, **b);
  if (failed(result))
    return failure();
  c.setOutput(0, alpha == 1 ? **result : emitUnary(c, **result, [=](Element e, ValueRange in) {
                return e.make<arith::MulFOp>({in[0], e.constant(alpha)});
              }));
  return success();
}

/// A · Bᵀ, where each row of B is packed in blocks.
static LogicalResult importMatMulNBits(NodeContext &c) {
  Tensor &a = c.input(0), *scales = &c.input(2);
  int64_t k = c.intAttribute("K", 0), n = c.intAttribute("N", 0);
  int64_t bits = c.intAttribute("bits", 4), block = c.intAttribute("block_size", 0);
  c.ignoreAttribute("accuracy_level"); // how far operands may be rounded; ours are not
  if (c.intAttribute("weight_prepacked", 0) != 0)
    return c.error("weight_prepacked is not supported");
  constexpr int64_t kMost = 1 << 20; // products of three of these fit
  if (k < 1 || n < 1 || block < 1 || k > kMost || n > kMost || block > kMost || (bits != 2 && bits != 4 && bits != 8))
    return c.error("K = " + std::to_string(k) + ", N = " + std::to_string(n) + ", block_size = " +
                   std::to_string(block) + ", bits = " + std::to_string(bits) + " is not supported");
  if (a.rank() < 1 || failed(requireTypes(c, {&a, scales}, kFloats)))
    return failure();
  int64_t blocks = (k + block - 1) / block, bytes = block * bits / 8;
  Tensor &given = c.input(1);
  if (c.sizes.areDifferent(product(given.dims), n * blocks * bytes) || given.rank() < 2)
    return c.error("weights " + c.shapeText(given) + " are not " + std::to_string(n) + " rows of " +
                   std::to_string(blocks) + " blocks of " + std::to_string(bytes) + " bytes");
  if (c.sizes.areDifferent(product(scales->dims), n * blocks))
    return c.error("scales " + c.shapeText(*scales) + " are not " + std::to_string(n) + " × " + std::to_string(blocks));
  Tensor &q = emitReshape(c, given, {n, blocks * bytes});
  scales = &emitReshape(c, *scales, {n, blocks});
  Tensor *zeros = nullptr;
  if (c.hasInput(3)) {
    int64_t perRow = c.input(3).type == DType::U8 ? (blocks * bits + 7) / 8 : blocks;
    if (c.sizes.areDifferent(product(c.input(3).dims), n * perRow))
      return c.error("zero points " + c.shapeText(c.input(3)) + " are not " + std::to_string(n) + " × " +
                     std::to_string(perRow));
    zeros = &emitReshape(c, c.input(3), {n, perRow});
  }
  if (c.hasInput(4)) // a group for each column: only reordered ones differ from the blocks
    return c.error("g_idx is not supported");
  FailureOr<Tensor *> weights = emitBlockDequantize(c, q, *scales, zeros, bits, block, k);
  if (failed(weights))
    return failure();
  Tensor *rows = a.rank() == 1 ? &emitReshape(c, a, {SizeExpr(1), a.dims[0]}) : &a;
  FailureOr<Tensor *> result = emitMatMul(c, *rows, emitTranspose(c, **weights, {1, 0}));
  if (failed(result))
    return failure();
  Tensor *sum = *result;
  if (c.hasInput(5)) {
    if (failed(requireTypes(c, {sum, &c.input(5)}, kFloats)) || c.input(5).rank() != 1 ||
        failed(c.requireEqual(c.input(5).dims[0], n, "the size of the bias and N")))
      return failure();
    sum =
        &emitBinary(c, *sum, c.input(5), sum->dims, [](Element e, ValueRange in) { return e.make<arith::AddFOp>(in); });
  }
  c.setOutput(0, a.rank() == 1 ? emitReshape(c, *sum, {n}) : *sum);
  return success();
}

/// Rows of a table that is packed in blocks along its last dimension.
static LogicalResult importGatherBlockQuantized(NodeContext &c) {
  Tensor &data = c.input(0), &indices = c.input(1), &scales = c.input(2);
  int64_t bits = c.intAttribute("bits", 4), block = c.intAttribute("block_size", 128);
  FailureOr<int64_t> gathered = c.normalizeAxis(c.intAttribute("gather_axis", 0), data.rank()),
                     quantized = c.normalizeAxis(c.intAttribute("quantize_axis", data.rank() - 1), data.rank());
  if (failed(gathered) || failed(quantized))
    return failure();
  bool isPacked = data.type == DType::U8;
  if (!isPacked && data.type != DType::I4 && data.type != DType::U4)
    return c.error("of " + dtypeName(data.type) + " is not supported");
  if (*gathered != 0 || *quantized != data.rank() - 1 || data.rank() < 2 || block < 1)
    return c.error("only rows that are quantised along the last dimension are supported");
  if (indices.type != DType::I64 && indices.type != DType::I32)
    return c.error("indices have element type " + dtypeName(indices.type) + ", not int32 or int64");
  Tensor *zeros = c.hasInput(3) ? &c.input(3) : nullptr;
  if (scales.rank() != data.rank() || (zeros && zeros->rank() != data.rank()))
    return c.error("scales and zero points must have as many dimensions as the data: " + c.shapeText(data));
  Tensor &rows = emitGather(c, data, indices, 0), &rowScales = emitGather(c, scales, indices, 0);
  Tensor *rowZeros = zeros ? &emitGather(c, *zeros, indices, 0) : nullptr;
  if (isPacked) {
    SizeExpr size = data.dims.back() * SizeExpr(8 / std::max<int64_t>(bits, 1));
    FailureOr<Tensor *> result = emitBlockDequantize(c, rows, rowScales, rowZeros, bits, block, size);
    if (failed(result))
      return failure();
    c.setOutput(0, **result);
    return success();
  }
  FailureOr<Tensor *> factor = spreadParameter(c, rowScales, rows, rows.rank() - 1, block);
  FailureOr<Tensor *> zero = rowZeros ? spreadParameter(c, *rowZeros, rows, rows.rank() - 1, block) : nullptr;
  if (failed(factor) || failed(zero))
    return failure();
  SmallVector<Tensor *> operands{&rows, *factor};
  if (*zero)
    operands.push_back(*zero);
  DType from = data.type, to = scales.type;
  c.setOutput(0, emitElementwise(c, to, rows.dims, operands, [&](OpBuilder &b, Location loc, ValueRange in) {
                Element e{b, loc, to};
                Value value = emitConvert(b, loc, in[0], from, to);
                if (in.size() > 2)
                  value = e.make<arith::SubFOp>({value, emitConvert(b, loc, in[2], from, to)});
                return e.make<arith::MulFOp>({value, in[1]});
              }));
  return success();
}

//===----------------------------------------------------------------------===//
// Activations
//===----------------------------------------------------------------------===//

/// x + bias, if there is one.
static FailureOr<Tensor *> addBias(NodeContext &c) {
  Tensor &x = c.input(0);
  if (failed(requireTypes(c, &x, kFloats)))
    return failure();
  if (!c.hasInput(1))
    return &x;
  FailureOr<Dims> dims = broadcast(c, {&x, &c.input(1)});
  if (failed(dims) || failed(requireTypes(c, {&x, &c.input(1)}, kFloats)))
    return failure();
  return &emitBinary(c, x, c.input(1), *dims, [](Element e, ValueRange in) { return e.make<arith::AddFOp>(in); });
}

static Value tanhGelu(Element e, ValueRange in) {
  Value cube = e.make<arith::MulFOp>({e.make<arith::MulFOp>({in[0], in[0]}), in[0]});
  Value sum = e.make<arith::AddFOp>({in[0], e.make<arith::MulFOp>({cube, e.constant(0.044715)})});
  Value tanh = e.make<math::TanhOp>(e.make<arith::MulFOp>({sum, e.constant(std::sqrt(2.0 / M_PI))}));
  Value half = e.make<arith::MulFOp>({in[0], e.constant(0.5)});
  return e.make<arith::MulFOp>({half, e.make<arith::AddFOp>({e.constant(1), tanh})});
}

static Value erfGelu(Element e, ValueRange in) {
  Value erf = e.make<math::ErfOp>(e.make<arith::MulFOp>({in[0], e.constant(std::sqrt(0.5))}));
  Value half = e.make<arith::MulFOp>({in[0], e.constant(0.5)});
  return e.make<arith::MulFOp>({half, e.make<arith::AddFOp>({e.constant(1), erf})});
}

static LogicalResult importBiasActivation(NodeContext &c, ElementBody body) {
  FailureOr<Tensor *> x = addBias(c);
  if (failed(x))
    return failure();
  c.setOutput(0, emitUnary(c, **x, body));
  return success();
}

/// x · sigmoid(alpha · x)
static LogicalResult importQuickGelu(NodeContext &c) {
  double alpha = c.floatAttribute("alpha", 1.702f);
  return importBiasActivation(c, [=](Element e, ValueRange in) {
    Value exp = e.make<math::ExpOp>(e.make<arith::NegFOp>(e.make<arith::MulFOp>({in[0], e.constant(alpha)})));
    Value sigmoid = e.make<arith::DivFOp>({e.constant(1), e.make<arith::AddFOp>({e.constant(1), exp})});
    return e.make<arith::MulFOp>({in[0], sigmoid});
  });
}

void hadal::onnx::registerContribOps(OpTable &table) {
  StringRef domain = "com.microsoft";
  table.onOp(domain, "FusedMatMul", {1}, {2, 2}, importFusedMatMul);
  table.onOp(domain, "MatMulNBits", {1}, {3, 6}, importMatMulNBits);
  table.onOp(domain, "GatherBlockQuantized", {1}, {3, 4}, importGatherBlockQuantized);
  table.onOp(domain, "Gelu", {1}, {1, 1}, [](NodeContext &c) { return importBiasActivation(c, erfGelu); });
  table.onOp(domain, "FastGelu", {1}, {1, 2}, [](NodeContext &c) { return importBiasActivation(c, tanhGelu); });
  table.onOp(domain, "BiasGelu", {1}, {2, 2}, [](NodeContext &c) { return importBiasActivation(c, erfGelu); });
  table.onOp(domain, "QuickGelu", {1}, {1, 1}, importQuickGelu);
}
