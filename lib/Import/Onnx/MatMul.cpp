//===- MatMul.cpp - Products of matrices ----------------------------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "MatMul.h"

#include "Reduce.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"

using namespace llvm;
using namespace mlir;
using namespace hadal::onnx;

/// [M, K] × [K, N].
static Tensor &emitPlain(NodeContext &c, Tensor &a, Tensor &b) {
  Dims dims{a.dims[0], b.dims[1]};
  Value init = emitFill(c, a.type, dims, 0);
  auto op = linalg::MatmulOp::create(c.builder, c.loc, init.getType(), ValueRange{c.value(a), c.value(b)}, init);
  return c.newTensor(a.type, std::move(dims), op.getResult(0));
}

/// The body of a contraction: acc + a·b.
static Value multiplyAdd(Element e, ValueRange in) {
  if (isFloat(e.type))
    return e.make<arith::AddFOp>({in[2], e.make<arith::MulFOp>({in[0], in[1]})});
  return e.make<arith::AddIOp>({in[2], e.make<arith::MulIOp>({in[0], in[1]})});
}

/// A loop nest [batch…, m, n, k]; a batch of size 1 that broadcasts is read at 0.
static FailureOr<Tensor *> emitBatched(NodeContext &c, Tensor &a, Tensor &b) {
  Tensor &aBatch = c.newTensor(a.type, Dims(ArrayRef<SizeExpr>(a.dims).drop_back(2)));
  Tensor &bBatch = c.newTensor(b.type, Dims(ArrayRef<SizeExpr>(b.dims).drop_back(2)));
  FailureOr<Dims> batch = broadcast(c, {&aBatch, &bBatch});
  if (failed(batch))
    return failure();
  int64_t count = batch->size();
  Dims dims = *batch;
  dims.push_back(a.dims[a.rank() - 2]);
  dims.push_back(b.dims.back());
  MLIRContext *context = c.builder.getContext();
  auto dim = [&](int64_t i) { return getAffineDimExpr(i, context); };
  auto map = [&](const Tensor &operand, int64_t row, int64_t column) {
    SmallVector<AffineExpr> exprs;
    int64_t missing = count - (operand.rank() - 2);
    for (int64_t i = 0; i + 2 < operand.rank(); ++i) {
      bool repeats =
          c.sizes.normalize(operand.dims[i]).isConstant(1) && !c.sizes.normalize((*batch)[missing + i]).isConstant(1);
      exprs.push_back(repeats ? getAffineConstantExpr(0, context) : dim(missing + i));
    }
    exprs.push_back(dim(row));
    exprs.push_back(dim(column));
    return AffineMap::get(count + 3, /*symbolCount=*/0, exprs, context);
  };
  SmallVector<AffineExpr> out(llvm::map_range(llvm::seq<int64_t>(0, count + 2), dim));
  SmallVector<AffineMap> maps{map(a, count, count + 2), map(b, count + 2, count + 1),
                              AffineMap::get(count + 3, 0, out, context)};
  SmallVector<utils::IteratorType> iterators(count + 2, utils::IteratorType::parallel);
  iterators.push_back(utils::IteratorType::reduction);
  Value init = emitFill(c, a.type, dims, 0);
  auto op = linalg::GenericOp::create(c.builder, c.loc, init.getType(), ValueRange{c.value(a), c.value(b)}, init, maps,
                                      iterators, [&](OpBuilder &at, Location loc, ValueRange in) {
                                        linalg::YieldOp::create(at, loc, multiplyAdd({at, loc, a.type}, in));
                                      });
  return &c.newTensor(a.type, std::move(dims), op.getResult(0));
}

FailureOr<Tensor *> hadal::onnx::emitMatMul(NodeContext &c, Tensor &a, Tensor &b) {
  if (failed(requireTypes(c, {&a, &b}, kFloats | kInts)) ||
      failed(c.requireEqual(a.dims.back(), b.dims[b.rank() - 2], "inner dimensions")))
    return failure();
  if (b.rank() > 2)
    return emitBatched(c, a, b);
  if (a.rank() == 2)
    return &emitPlain(c, a, b);
  Dims dims(ArrayRef<SizeExpr>(a.dims).drop_back());
  Tensor &rows = emitReshape(c, a, {product(dims), a.dims.back()});
  dims.push_back(b.dims.back());
  return &emitReshape(c, emitPlain(c, rows, b), std::move(dims));
}

//===----------------------------------------------------------------------===//
// MatMul, Gemm
//===----------------------------------------------------------------------===//

/// A vector on the left is a row, one on the right a column; the result loses that dimension.
static LogicalResult importMatMul(NodeContext &c) {
  Tensor *a = &c.input(0), *b = &c.input(1);
  if (a->rank() == 0 || b->rank() == 0)
    return c.error("an operand is a scalar");
  bool vectorA = a->rank() == 1, vectorB = b->rank() == 1;
  if (vectorA)
    a = &emitReshape(c, *a, {SizeExpr(1), a->dims[0]});
  if (vectorB)
    b = &emitReshape(c, *b, {b->dims[0], SizeExpr(1)});
  FailureOr<Tensor *> result = emitMatMul(c, *a, *b);
  if (failed(result))
    return failure();
  Dims dims = (*result)->dims;
  if (vectorB)
    dims.pop_back();
  if (vectorA)
    dims.erase(dims.end() - (vectorB ? 1 : 2));
  c.setOutput(0, emitReshape(c, **result, std::move(dims)));
  return success();
}

/// alpha·A·B + beta·C
static LogicalResult importGemm(NodeContext &c) {
  double alpha = c.floatAttribute("alpha", 1), beta = c.floatAttribute("beta", 1);
  bool transA = c.intAttribute("transA", 0) != 0, transB = c.intAttribute("transB", 0) != 0;
  if (c.input(0).rank() != 2 || c.input(1).rank() != 2)
    return c.error("operands must have rank 2: " + c.shapeText(c.input(0)) + " and " + c.shapeText(c.input(1)));
  Tensor &a = transA ? emitTranspose(c, c.input(0), {1, 0}) : c.input(0);
  Tensor &b = transB ? emitTranspose(c, c.input(1), {1, 0}) : c.input(1);
  FailureOr<Tensor *> result = emitMatMul(c, a, b);
  if (failed(result))
    return failure();
  auto scale = [&](Tensor &tensor, double factor) -> Tensor & {
    if (factor == 1)
      return tensor;
    return emitUnary(c, tensor, [=](Element e, ValueRange in) {
      return isFloat(e.type) ? e.make<arith::MulFOp>({in[0], e.constant(factor)})
                             : e.make<arith::MulIOp>({in[0], e.constant(factor)});
    });
  };
  Tensor &matrix = scale(**result, alpha);
  if (!c.hasInput(2) || beta == 0) {
    c.setOutput(0, matrix);
    return success();
  }
  if (failed(c.requireType(c.input(2), a.type, "C")))
    return failure();
  Tensor &bias = scale(c.input(2), beta);
  FailureOr<Dims> dims = broadcast(c, {&matrix, &bias});
  if (failed(dims))
    return failure();
  c.setOutput(0, emitBinary(c, matrix, bias, *dims, [](Element e, ValueRange in) {
                return isFloat(e.type) ? e.make<arith::AddFOp>(in) : e.make<arith::AddIOp>(in);
              }));
  return success();
}

void hadal::onnx::registerMatMulOps(OpTable &table) {
  table.onOp("MatMul", {1}, {2, 2}, importMatMul);
  table.onOp("Gemm", {7}, {2, 3}, importGemm);
}
