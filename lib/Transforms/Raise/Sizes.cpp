//===- Sizes.cpp - Sizes of tensors as polynomials ------------------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Elements.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace hadal;
using namespace hadal::raise;

StringAttr hadal::raise::dimName(BlockArgument argument, int64_t dim) {
  auto function = dyn_cast<func::FuncOp>(argument.getOwner()->getParentOp());
  if (!function)
    return nullptr;
  auto dims = function.getArgAttrOfType<ArrayAttr>(argument.getArgNumber(), "hadal.dims");
  if (!dims || dim >= static_cast<int64_t>(dims.size()))
    return nullptr;
  auto name = dyn_cast<StringAttr>(dims[dim]);
  return name && !name.empty() ? name : nullptr;
}

static Poly affineValue(Elements &elements, AffineExpr expr, ArrayRef<Poly> dims, ArrayRef<Poly> symbols) {
  if (auto constant = dyn_cast<AffineConstantExpr>(expr))
    return constant.getValue();
  if (auto dim = dyn_cast<AffineDimExpr>(expr))
    return dims[dim.getPosition()];
  if (auto symbol = dyn_cast<AffineSymbolExpr>(expr))
    return symbols[symbol.getPosition()];
  auto binary = cast<AffineBinaryOpExpr>(expr);
  Poly lhs = affineValue(elements, binary.getLHS(), dims, symbols);
  Poly rhs = affineValue(elements, binary.getRHS(), dims, symbols);
  switch (binary.getKind()) {
  case AffineExprKind::Add:
    return lhs + rhs;
  case AffineExprKind::Mul:
    return lhs * rhs;
  case AffineExprKind::Mod:
    return elements.atoms.divMod(lhs, rhs).second;
  case AffineExprKind::FloorDiv:
    return elements.atoms.divMod(lhs, rhs).first;
  default: // ceil(a / b) = floor((a + b − 1) / b)
    return elements.atoms.divMod(lhs + rhs - 1, rhs).first;
  }
}

Poly Elements::valueOf(OpFoldResult index) {
  if (std::optional<int64_t> constant = getConstantIntValue(index))
    return *constant;
  auto value = cast<Value>(index);
  Operation *op = value.getDefiningOp();
  if (auto dim = dyn_cast_or_null<tensor::DimOp>(op); dim && dim.getConstantIndex())
    return sizeOf(dim.getSource(), *dim.getConstantIndex());
  if (auto apply = dyn_cast_or_null<affine::AffineApplyOp>(op)) {
    std::vector<Poly> operands;
    for (Value operand : apply.getMapOperands())
      operands.push_back(valueOf(operand));
    ArrayRef<Poly> all(operands);
    AffineMap map = apply.getAffineMap();
    return affineValue(*this, map.getResult(0), all.take_front(map.getNumDims()), all.drop_front(map.getNumDims()));
  }
  if (auto add = dyn_cast_or_null<arith::AddIOp>(op))
    return valueOf(add.getLhs()) + valueOf(add.getRhs());
  if (auto sub = dyn_cast_or_null<arith::SubIOp>(op))
    return valueOf(sub.getLhs()) - valueOf(sub.getRhs());
  if (auto mul = dyn_cast_or_null<arith::MulIOp>(op))
    return valueOf(mul.getLhs()) * valueOf(mul.getRhs());
  if (auto cast = dyn_cast_or_null<arith::IndexCastOp>(op))
    return valueOf(cast.getIn());
  // An element of a shape that the graph computes, if it is known.
  if (isa_and_nonnull<tensor::ExtractOp>(op) && isa<IntegerType>(value.getType()))
    if (Poly element = integer({value, {}}); element.constant())
      return element;
  return atoms.opaque(value, {});
}

OpFoldResult Elements::sizeValue(OpBuilder &builder, Location loc, const Poly &size) {
  if (std::optional<int64_t> constant = size.constant())
    return builder.getIndexAttr(*constant);
  AffineExpr sum = builder.getAffineConstantExpr(0);
  SmallVector<Value> operands;
  for (const auto &[monomial, coefficient] : size.getTerms()) {
    AffineExpr term = builder.getAffineConstantExpr(coefficient);
    for (unsigned atom : monomial) {
      Value value;
      if (auto dimension = atoms.dimension(atom))
        value = tensor::DimOp::create(builder, loc, dimension->first, dimension->second);
      else if (auto origin = atoms.origin(Poly::atom(atom)); origin && origin->first.getType().isIndex())
        value = origin->first;
      else
        return nullptr;
      term = term * builder.getAffineSymbolExpr(operands.size());
      operands.push_back(value);
    }
    sum = sum + term;
  }
  if (size.asAtom())
    return operands.front();
  return affine::AffineApplyOp::create(builder, loc, AffineMap::get(0, operands.size(), sum), operands).getResult();
}

std::vector<Poly> Elements::sizesOf(Value tensor) {
  std::vector<Poly> sizes;
  for (int64_t dim = 0, rank = cast<RankedTensorType>(tensor.getType()).getRank(); dim < rank; ++dim)
    sizes.push_back(sizeOf(tensor, dim));
  return sizes;
}

Indices Elements::variables(Value tensor) {
  Indices indices;
  for (const Poly &size : sizesOf(tensor))
    indices.push_back(atoms.var(size));
  return indices;
}

/// The dimension of the source that dimension `dim` of a rank-reducing slice is.
static int64_t slicedDim(tensor::ExtractSliceOp slice, int64_t dim) {
  llvm::SmallBitVector dropped = slice.getDroppedDims();
  for (int64_t source = 0;; ++source)
    if (!dropped.test(source) && dim-- == 0)
      return source;
}

Poly Elements::sizeOf(Value tensor, int64_t dim) {
  Poly size = writtenSize(tensor, dim);
  for (const auto &[written, other] : equalSizes)
    if (size == written)
      return other;
  return size;
}

Poly Elements::writtenSize(Value tensor, int64_t dim) {
  auto type = cast<RankedTensorType>(tensor.getType());
  if (!type.isDynamicDim(dim))
    return type.getDimSize(dim);
  if (auto argument = dyn_cast<BlockArgument>(tensor)) {
    if (StringAttr name = dimName(argument, dim))
      return atoms.symbol(name, tensor, dim);
    return atoms.symbol(tensor, dim);
  }
  Operation *op = tensor.getDefiningOp();
  if (auto structured = dyn_cast<DestinationStyleOpInterface>(op)) {
    OpOperand *init = structured.getTiedOpOperand(cast<OpResult>(tensor));
    Poly size = sizeOf(init->get(), dim);
    auto loops = dyn_cast<linalg::LinalgOp>(op);
    if (atoms.isPlain(size) || size.getTerms().size() < 2 || !loops)
      return size;
    // A sum of numbers of the graph, such as of groups' sizes: an operand of the same loop may know it as a size.
    AffineExpr loop = loops.getMatchingIndexingMap(init).getResult(dim);
    for (OpOperand *operand : loops.getDpsInputOperands())
      for (auto [place, expr] : llvm::enumerate(loops.getMatchingIndexingMap(operand).getResults()))
        if (isa<AffineDimExpr>(expr) && expr == loop)
          if (Poly other = sizeOf(operand->get(), place); atoms.isPlain(other))
            return other;
    return size;
  }
  auto reassociated = [&](ArrayRef<int64_t> group, Value source) {
    Poly product(1);
    for (int64_t inner : group)
      product = product * sizeOf(source, inner);
    return product;
  };
  return TypeSwitch<Operation *, Poly>(op)
      .Case([&](tensor::EmptyOp empty) { return valueOf(empty.getDynamicSize(dim)); })
      .Case([&](tensor::CastOp cast) { return sizeOf(cast.getSource(), dim); })
      .Case([&](tensor::CollapseShapeOp collapse) {
        return reassociated(collapse.getReassociationIndices()[dim], collapse.getSrc());
      })
      .Case([&](tensor::ExpandShapeOp expand) { return valueOf(expand.getMixedOutputShape()[dim]); })
      .Case([&](tensor::ExtractSliceOp slice) { return valueOf(slice.getMixedSizes()[slicedDim(slice, dim)]); })
      .Case([&](tensor::ConcatOp concat) {
        if (dim != static_cast<int64_t>(concat.getDim()))
          return sizeOf(concat.getInputs().front(), dim);
        Poly sum;
        for (Value input : concat.getInputs())
          sum = sum + sizeOf(input, dim);
        return sum;
      })
      .Case([&](CacheAppendOp append) {
        Poly size = sizeOf(append.getCache(), dim);
        return dim == static_cast<int64_t>(append.getDim()) ? size + sizeOf(append.getEntry(), dim) : size;
      })
      .Case([&](GatherOp gather) {
        int64_t axis = gather.getAxis(), rank = gather.getIndices().getType().getRank();
        if (dim < axis)
          return sizeOf(gather.getData(), dim);
        return dim < axis + rank ? sizeOf(gather.getIndices(), dim - axis) : sizeOf(gather.getData(), dim - rank + 1);
      })
      .Case([&](GatherNDOp gather) {
        RankedTensorType indices = gather.getIndices().getType();
        int64_t rank = indices.getRank() - 1;
        if (dim < rank)
          return sizeOf(gather.getIndices(), dim);
        return sizeOf(gather.getData(), gather.getBatchDims() + indices.getShape().back() + dim - rank);
      })
      .Case([&](TopKOp topk) { return dim + 1 == type.getRank() ? valueOf(topk.getK()) : sizeOf(topk.getX(), dim); })
      .Case([&](NonZeroOp nonzero) { return valueOf(nonzero.getCount()); })
      .Case<tensor::InsertSliceOp>([&](auto insert) { return sizeOf(insert.getDest(), dim); })
      .Case<ScatterElementsOp, ScatterNDOp>([&](auto scatter) { return sizeOf(scatter.getData(), dim); })
      .Case([&](GatherElementsOp gather) { return sizeOf(gather.getIndices(), dim); })
      .Case<CumSumOp, RopeOp, RMSNormOp, MoeOp>([&](auto same) { return sizeOf(same.getX(), dim); })
      .Case<AttentionOp, SelectedAttentionOp>(
          [&](auto attention) { return dim == 3 ? sizeOf(attention.getV(), 3) : sizeOf(attention.getQ(), dim); })
      .Case([&](DsaOp dsa) {
        return dim < 3 ? sizeOf(dsa.getQ(), dim) : dsa.getWKv() ? atoms.symbol(tensor, dim) : sizeOf(dsa.getV(), 3);
      })
      .Case([&](LatentAttentionOp attention) {
        return dim == 3 ? atoms.symbol(tensor, dim) : sizeOf(attention.getQNope(), dim);
      })
      .Case([&](IndexerScoresOp scores) {
        return dim == 3 ? sizeOf(scores.getK(), 1) : dim == 1 ? Poly(1) : sizeOf(scores.getQ(), dim);
      })
      .Case([&](LatentProjectionOp projection) {
        return dim == 2 ? atoms.symbol(tensor, dim) : sizeOf(projection.getCKv(), dim);
      })
      .Case([&](RouteOp route) { return sizeOf(route.getLogits(), dim); })
      .Default([&](Operation *) { return atoms.symbol(tensor, dim); });
}
