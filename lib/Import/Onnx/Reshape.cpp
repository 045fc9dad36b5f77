//===- Reshape.cpp - Reshapes as collapse_shape and expand_shape ----------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The old and the new shape are cut into the smallest groups of dimensions with
// equal products; each group is collapsed into one dimension and expanded again:
//
//   [batch, 1, seq, 512]  ->  [batch, seq, 8, 64]
//    batch·1 | seq | 512  =   batch | seq | 8·64
//
//===----------------------------------------------------------------------===//

#include "Emit.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/ReshapeOpsUtils.h"

using namespace llvm;
using namespace mlir;
using namespace hadal::onnx;

namespace {
/// Which dimensions of the two shapes belong together.
struct Groups {
  SmallVector<ReassociationIndices> from, to;
};
} // namespace

/// The groups, or none if the products are not known to be equal.
static std::optional<Groups> findGroups(ArrayRef<SizeExpr> from, ArrayRef<SizeExpr> to) {
  // A product with 0 says nothing about the other factors.
  if (llvm::any_of(llvm::concat<const SizeExpr>(from, to), [](const SizeExpr &dim) { return dim.isConstant(0); }))
    return std::nullopt;
  Groups groups;
  size_t i = 0, j = 0;
  while (i < from.size() && j < to.size()) {
    // The next cut is the nearest pair of ends with equal products: fewest dimensions of `from`, then of `to`.
    size_t i0 = i, j0 = j;
    bool found = false;
    SizeExpr left(1);
    for (size_t iEnd = i0 + 1; iEnd <= from.size() && !found; ++iEnd) {
      left = left * from[iEnd - 1];
      SizeExpr right(1);
      for (size_t jEnd = j0 + 1; jEnd <= to.size() && !found; ++jEnd) {
        right = right * to[jEnd - 1];
        if (left.isValid() && left == right) {
          found = true;
          i = iEnd;
          j = jEnd;
        }
      }
    }
    if (!found)
      return std::nullopt;
    // Ones that only one side has join the group before them.
    auto isOne = [](ArrayRef<SizeExpr> dims, size_t at) { return at < dims.size() && dims[at].isConstant(1); };
    for (; isOne(from, i) && !isOne(to, j); ++i) {
    }
    for (; isOne(to, j) && !isOne(from, i); ++j) {
    }
    groups.from.push_back(llvm::to_vector<2>(llvm::seq<int64_t>(i0, i)));
    groups.to.push_back(llvm::to_vector<2>(llvm::seq<int64_t>(j0, j)));
  }
  if (i < from.size() || j < to.size())
    return std::nullopt;
  return groups;
}

static bool isTrivial(ArrayRef<ReassociationIndices> groups) {
  return llvm::all_of(groups, [](const ReassociationIndices &group) { return group.size() == 1; });
}

static Value reshapeByGroups(NodeContext &c, Tensor &tensor, ArrayRef<SizeExpr> dims, const Groups &groups) {
  Value value = c.value(tensor);
  if (!isTrivial(groups.from)) {
    Dims collapsed;
    for (const ReassociationIndices &group : groups.from)
      collapsed.push_back(product(Dims(llvm::map_range(group, [&](int64_t i) { return tensor.dims[i]; }))));
    value = tensor::CollapseShapeOp::create(c.builder, c.loc, c.tensorType(tensor.type, collapsed), value, groups.from);
  }
  if (!isTrivial(groups.to))
    value = tensor::ExpandShapeOp::create(c.builder, c.loc, c.tensorType(tensor.type, dims), value, groups.to,
                                          c.sizes.fold(dims));
  return value;
}

Tensor &hadal::onnx::emitReshape(NodeContext &c, Tensor &tensor, Dims dims) {
  for (SizeExpr &dim : tensor.dims)
    dim = c.sizes.normalize(dim);
  for (SizeExpr &dim : dims)
    dim = c.sizes.normalize(dim);
  if (tensor.elements)
    return c.newElements(tensor.type, std::move(dims), *tensor.elements);
  if (tensor.dims == dims)
    return tensor;

  bool allOnes = llvm::all_of(tensor.dims, [](const SizeExpr &dim) { return dim.isConstant(1); }) &&
                 llvm::all_of(dims, [](const SizeExpr &dim) { return dim.isConstant(1); });
  if (allOnes && (tensor.dims.empty() || dims.empty())) {
    // To or from rank 0: there are no groups.
    Value value = c.value(tensor);
    auto type = c.tensorType(tensor.type, dims);
    SmallVector<ReassociationIndices> none;
    value = dims.empty() ? Value(tensor::CollapseShapeOp::create(c.builder, c.loc, type, value, none))
                         : tensor::ExpandShapeOp::create(c.builder, c.loc, type, value, none, c.sizes.fold(dims));
    return c.newTensor(tensor.type, std::move(dims), value);
  }
  if (std::optional<Groups> groups = findGroups(tensor.dims, dims)) {
    Value value = reshapeByGroups(c, tensor, dims, *groups);
    return c.newTensor(tensor.type, std::move(dims), value);
  }

  SmallVector<Value> shape;
  for (const SizeExpr &dim : dims)
    shape.push_back(c.sizes.value(dim));
  auto shapeType = RankedTensorType::get({static_cast<int64_t>(dims.size())}, c.builder.getIndexType());
  Value shapeTensor = tensor::FromElementsOp::create(c.builder, c.loc, shapeType, shape);
  Value value =
      tensor::ReshapeOp::create(c.builder, c.loc, c.tensorType(tensor.type, dims), c.value(tensor), shapeTensor);
  return c.newTensor(tensor.type, std::move(dims), value);
}

Tensor &hadal::onnx::emitLeadingOnes(NodeContext &c, Tensor &tensor, int64_t rank) {
  Dims dims(rank - tensor.rank(), SizeExpr(1));
  dims.append(tensor.dims);
  return emitReshape(c, tensor, std::move(dims));
}
