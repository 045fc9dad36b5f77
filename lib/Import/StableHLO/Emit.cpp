//===- Emit.cpp - The forms of operations that the import makes -----------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Importer.h"

#include "dialects/Hadal/IR/Hadal.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace hadal::stablehlo;

Tensor &Importer::make(Type element, Sizes dims, Value value) {
  Tensor &tensor = storage.emplace_back();
  tensor.element = element;
  tensor.dims = std::move(dims);
  tensor.value = value;
  return tensor;
}

//===----------------------------------------------------------------------===//
// Constants
//===----------------------------------------------------------------------===//

Value Importer::scalarConstant(Attribute value) { return arith::ConstantOp::create(b, loc, cast<TypedAttr>(value)); }

Value Importer::empty(Type element, ArrayRef<Size> dims) {
  return tensor::EmptyOp::create(b, loc, dims, storageType(element));
}

Tensor &Importer::splat(Type element, Sizes dims, TypedAttr value) {
  Type stored = storageType(element);
  Tensor &tensor = make(element, dims);
  tensor.base = arith::ConstantOp::create(b, loc, DenseElementsAttr::get(RankedTensorType::get({}, stored), value));
  tensor.map = AffineMap::get(dims.size(), 0, b.getContext());
  return tensor;
}

TypedAttr Importer::splatValue(Tensor &tensor) {
  DenseElementsAttr elements;
  if (tensor.base && tensor.map.getNumResults() == 0 && matchPattern(tensor.base, m_Constant(&elements)))
    return elements.getSplatValue<TypedAttr>();
  if (tensor.elements && tensor.rank() == 0)
    if (std::optional<int64_t> number = constantElement(tensor))
      return b.getIntegerAttr(storageType(tensor.element), *number);
  return {};
}

//===----------------------------------------------------------------------===//
// Tensors in memory
//===----------------------------------------------------------------------===//

/// Whether a repetition only adds dimensions of size 1; then `groups` are those of an expand_shape.
static bool addsUnits(ArrayRef<Size> dims, AffineMap map, SmallVectorImpl<ReassociationIndices> &groups) {
  int64_t next = 0;
  for (AffineExpr expr : map.getResults()) {
    auto dim = dyn_cast<AffineDimExpr>(expr);
    if (!dim || dim.getPosition() < next)
      return false;
    ReassociationIndices &group = groups.emplace_back();
    for (; next <= dim.getPosition(); ++next) {
      if (next < dim.getPosition() && getConstantIntValue(dims[next]) != 1)
        return false;
      group.push_back(next);
    }
  }
  for (; next < static_cast<int64_t>(dims.size()); ++next) {
    if (getConstantIntValue(dims[next]) != 1)
      return false;
    if (!groups.empty())
      groups.back().push_back(next);
  }
  return true;
}

Value Importer::materialize(Tensor &tensor) {
  if (tensor.value)
    return tensor.value;
  RankedTensorType type = typeOf(tensor.element, tensor.dims);
  if (tensor.elements && !tensor.base) {
    bool known = llvm::all_of(*tensor.elements, [](Size size) { return getConstantIntValue(size).has_value(); });
    if (known) {
      SmallVector<Attribute> numbers;
      for (Size size : *tensor.elements)
        numbers.push_back(b.getIntegerAttr(type.getElementType(), *getConstantIntValue(size)));
      return tensor.value = arith::ConstantOp::create(b, loc, DenseElementsAttr::get(type, numbers));
    }
    SmallVector<Value> values;
    for (Size size : *tensor.elements) {
      Value index = indexValue(size);
      values.push_back(
          type.getElementType().isInteger(1)
              ? arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ne, index, indexValue(constant(0))).getResult()
              : arith::IndexCastOp::create(b, loc, type.getElementType(), index).getResult());
    }
    return tensor.value = tensor::FromElementsOp::create(b, loc, type, values);
  }
  if (TypedAttr value = splatValue(tensor)) {
    if (tensor.rank() == 0)
      return tensor.value = tensor.base;
    Value scalar = scalarConstant(value);
    return tensor.value = linalg::FillOp::create(b, loc, scalar, empty(tensor.element, tensor.dims)).getResult(0);
  }
  SmallVector<ReassociationIndices> groups;
  if (addsUnits(tensor.dims, tensor.map, groups)) {
    if (tensor.map.isIdentity())
      return tensor.value = tensor.base;
    return tensor.value = tensor::ExpandShapeOp::create(b, loc, type, tensor.base, groups, tensor.dims);
  }
  SmallVector<utils::IteratorType> loops(tensor.rank(), utils::IteratorType::parallel);
  auto copy = linalg::GenericOp::create(
      b, loc, type, tensor.base, empty(tensor.element, tensor.dims),
      ArrayRef<AffineMap>{tensor.map, b.getMultiDimIdentityMap(tensor.rank())}, loops,
      [](OpBuilder &at, Location loc, ValueRange in) { linalg::YieldOp::create(at, loc, in[0]); });
  return tensor.value = copy.getResult(0);
}

//===----------------------------------------------------------------------===//
// Element-wise operations
//===----------------------------------------------------------------------===//

Tensor &Importer::elementwise(Type element, Sizes dims, ArrayRef<Tensor *> operands, ScalarBody body) {
  SmallVector<Value> inputs;
  SmallVector<AffineMap> maps;
  for (Tensor *operand : operands) {
    bool isScalar = operand->rank() == 0; // stands for all elements
    if (operand->base) {
      inputs.push_back(operand->base);
      maps.push_back(isScalar ? AffineMap::get(dims.size(), 0, operand->map.getResults(), b.getContext())
                              : operand->map);
      continue;
    }
    inputs.push_back(materialize(*operand));
    maps.push_back(isScalar ? AffineMap::get(dims.size(), 0, b.getContext()) : b.getMultiDimIdentityMap(dims.size()));
  }
  // A dimension of size 1 is the same along any loop: what is known of the others says the sizes.
  maps.push_back(b.getMultiDimIdentityMap(dims.size()));
  Value init = empty(element, dims);
  SmallVector<utils::IteratorType> loops(dims.size(), utils::IteratorType::parallel);
  auto op = linalg::GenericOp::create(b, loc, init.getType(), inputs, init, maps, loops,
                                      [&](OpBuilder &at, Location loc, ValueRange in) {
                                        linalg::YieldOp::create(at, loc, body(at, loc, in.drop_back()));
                                      });
  return make(element, std::move(dims), op.getResult(0));
}

Tensor &Importer::repeat(Tensor &tensor, Sizes dims, AffineMap map) {
  Tensor &result = make(tensor.element, std::move(dims));
  if (tensor.base) {
    result.base = tensor.base;
    result.map = tensor.map.compose(map);
    if (tensor.map.getNumResults() == 0) // compose keeps the number of dimensions only where there are results
      result.map = AffineMap::get(map.getNumDims(), 0, b.getContext());
  } else {
    result.base = materialize(tensor);
    result.map = map;
  }
  if (result.map.isIdentity() && result.rank() == static_cast<int64_t>(result.map.getNumResults()))
    result.value = result.base;
  return result;
}

//===----------------------------------------------------------------------===//
// Reshapes
//===----------------------------------------------------------------------===//

namespace {
/// Dimensions [fromBegin, fromEnd) of the operand that hold the same elements as [toBegin, toEnd) of the result.
struct Group {
  int64_t fromBegin, fromEnd, toBegin, toEnd;
};
} // namespace

/// The finest groups of dimensions with equal products; none if not all dimensions fall into such.
static std::optional<SmallVector<Group>> groupDims(Importer &importer, ArrayRef<Size> from, ArrayRef<Size> to) {
  SmallVector<Group> groups;
  int64_t i = 0, j = 0, m = from.size(), n = to.size();
  auto isOne = [](Size size) { return getConstantIntValue(size) == 1; };
  while (i < m && j < n) {
    bool found = false;
    for (int64_t total = 2; total <= m - i + n - j && !found; ++total)
      for (int64_t p = 1; p < total && p <= m - i && !found; ++p) {
        int64_t q = total - p;
        if (q > n - j || !importer.haveEqualProducts(from.slice(i, p), to.slice(j, q)))
          continue;
        groups.push_back({i, i + p, j, j + q});
        i += p;
        j += q;
        found = true;
      }
    if (!found)
      return std::nullopt;
  }
  // What is left over can only be dimensions of size 1.
  if (!llvm::all_of(from.drop_front(i), isOne) || !llvm::all_of(to.drop_front(j), isOne))
    return std::nullopt;
  if (!groups.empty()) {
    groups.back().fromEnd = m;
    groups.back().toEnd = n;
  }
  return groups;
}

FailureOr<Tensor *> Importer::reshape(Operation *op, Tensor &tensor, Sizes dims) {
  if (tensor.rank() == static_cast<int64_t>(dims.size()) && llvm::all_of(llvm::zip(tensor.dims, dims), [&](auto pair) {
        return areEqual(std::get<0>(pair), std::get<1>(pair));
      }))
    return &tensor;
  Tensor *result;
  if (tensor.base && tensor.map.getNumResults() == 0) {
    result = &repeat(tensor, dims, AffineMap::get(dims.size(), 0, b.getContext()));
    // A scalar that is no constant keeps what is known of its dimensions by the map alone.
    if (tensor.rank() != 0)
      result->map = AffineMap::get(dims.size(), 0, b.getContext());
  } else if (tensor.elements && dims.size() <= 1 && !tensor.value) {
    result = &make(tensor.element, dims);
  } else if (llvm::any_of(dims, [](Size dim) { return getConstantIntValue(dim) == 0; })) {
    result = &splat(tensor.element, dims, cast<TypedAttr>(b.getZeroAttr(storageType(tensor.element))));
  } else {
    std::optional<SmallVector<Group>> groups = groupDims(*this, tensor.dims, dims);
    if (!groups) {
      op->emitOpError("makes a shape whose sizes are not known to hold as many elements");
      return failure();
    }
    // Many to one, then one to many.
    Sizes middle;
    SmallVector<ReassociationIndices> collapse, expand;
    for (const Group &group : *groups) {
      bool one = group.fromEnd - group.fromBegin == 1;
      middle.push_back(one ? tensor.dims[group.fromBegin]
                       : group.toEnd - group.toBegin == 1
                           ? dims[group.toBegin]
                           : product(ArrayRef(tensor.dims).slice(group.fromBegin, group.fromEnd - group.fromBegin)));
      collapse.emplace_back(llvm::to_vector<2>(llvm::seq(group.fromBegin, group.fromEnd)));
      expand.emplace_back(llvm::to_vector<2>(llvm::seq(group.toBegin, group.toEnd)));
    }
    Value value = materialize(tensor);
    if (middle.size() != tensor.dims.size())
      value = tensor::CollapseShapeOp::create(b, loc, typeOf(tensor.element, middle), value, collapse);
    if (middle.size() != dims.size())
      value = tensor::ExpandShapeOp::create(b, loc, typeOf(tensor.element, dims), value, expand, dims);
    else if (value.getType() != typeOf(tensor.element, dims))
      value = tensor::CastOp::create(b, loc, typeOf(tensor.element, dims), value);
    result = &make(tensor.element, dims, value);
  }
  if (dims.size() <= 1)
    result->elements = tensor.elements;
  return result;
}

Tensor &Importer::transpose(Tensor &tensor, ArrayRef<int64_t> permutation) {
  if (llvm::equal(permutation, llvm::seq<int64_t>(0, permutation.size())))
    return tensor;
  Sizes dims(llvm::map_range(permutation, [&](int64_t from) { return tensor.dims[from]; }));
  if (tensor.base) {
    SmallVector<AffineExpr> exprs(tensor.rank());
    for (auto [to, from] : llvm::enumerate(permutation))
      exprs[from] = b.getAffineDimExpr(to);
    AffineMap map = AffineMap::get(dims.size(), 0, exprs, b.getContext());
    return repeat(tensor, std::move(dims), map);
  }
  auto op = linalg::TransposeOp::create(b, loc, materialize(tensor), empty(tensor.element, dims), permutation);
  return make(tensor.element, std::move(dims), op->getResult(0));
}

Tensor &Importer::slice(Tensor &tensor, ArrayRef<Size> offsets, ArrayRef<Size> sizes, ArrayRef<int64_t> strides) {
  bool whole = true;
  for (int64_t i = 0; i < tensor.rank(); ++i)
    whole &= getConstantIntValue(offsets[i]) == 0 && strides[i] == 1 && areEqual(sizes[i], tensor.dims[i]);
  if (whole)
    return tensor;
  if (tensor.base && tensor.map.getNumResults() == 0)
    return repeat(tensor, Sizes(sizes), b.getMultiDimIdentityMap(tensor.rank()));
  SmallVector<OpFoldResult> steps;
  for (int64_t stride : strides)
    steps.push_back(constant(stride));
  Value value =
      tensor::ExtractSliceOp::create(b, loc, typeOf(tensor.element, sizes), materialize(tensor), offsets, sizes, steps);
  return make(tensor.element, Sizes(sizes), value);
}

Tensor &Importer::concat(ArrayRef<Tensor *> parts, int64_t dim) {
  SmallVector<Tensor *> nonempty;
  for (Tensor *part : parts)
    if (getConstantIntValue(part->dims[dim]) != 0)
      nonempty.push_back(part);
  if (nonempty.empty())
    return *parts.front();
  if (nonempty.size() == 1)
    return *nonempty.front();
  Sizes dims = nonempty.front()->dims;
  SmallVector<Value> values{materialize(*nonempty.front())};
  for (Tensor *part : llvm::drop_begin(nonempty)) {
    dims[dim] = add(dims[dim], part->dims[dim]);
    values.push_back(materialize(*part));
    for (auto [i, size] : llvm::enumerate(part->dims))
      if (static_cast<int64_t>(i) != dim && getConstantIntValue(size))
        dims[i] = size;
  }
  Type element = nonempty.front()->element;
  return make(element, dims, tensor::ConcatOp::create(b, loc, typeOf(element, dims), dim, values));
}

//===----------------------------------------------------------------------===//
// Others
//===----------------------------------------------------------------------===//

Tensor &Importer::iota(Type element, Size size) {
  Type stored = storageType(element);
  return elementwise(element, {size}, {}, [&](OpBuilder &at, Location loc, ValueRange) -> Value {
    Value index = linalg::IndexOp::create(at, loc, 0);
    if (stored.isIndex())
      return index;
    bool isFloat = isa<FloatType>(stored);
    Value integer = arith::IndexCastOp::create(at, loc, isFloat ? at.getI64Type() : stored, index);
    return isFloat ? Value(arith::SIToFPOp::create(at, loc, stored, integer)) : integer;
  });
}

Tensor &Importer::gatherAlong(Tensor &tensor, int64_t axis, Tensor &indices) {
  Sizes dims(ArrayRef(tensor.dims).take_front(axis));
  dims.append(indices.dims);
  dims.append(tensor.dims.begin() + axis + 1, tensor.dims.end());
  Value value =
      hadal::GatherOp::create(b, loc, typeOf(tensor.element, dims), materialize(tensor), materialize(indices), axis);
  return make(tensor.element, std::move(dims), value);
}

Tensor &Importer::select(Tensor &pred, Tensor &onTrue, Tensor &onFalse) {
  if (&onTrue == &onFalse)
    return onTrue;
  Tensor &shaped = onTrue;
  return elementwise(shaped.element, shaped.dims, {&pred, &onTrue, &onFalse},
                     [](OpBuilder &at, Location loc, ValueRange in) -> Value {
                       return arith::SelectOp::create(at, loc, in[0], in[1], in[2]);
                     });
}
