//===- ShapeOps.cpp - Constants, shapes and slices -----------------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Verify.h"

#include "mlir/IR/TypeUtilities.h"
#include "llvm/ADT/SmallBitVector.h"

using namespace mlir;
using namespace hadal::stablehlo;

//===----------------------------------------------------------------------===//
// Shared checks
//===----------------------------------------------------------------------===//

static std::string text(ArrayRef<int64_t> shape) {
  std::string result;
  llvm::raw_string_ostream os(result);
  os << '[';
  llvm::interleaveComma(shape, os, [&](int64_t size) {
    if (ShapedType::isDynamic(size))
      os << '?';
    else
      os << size;
  });
  os << ']';
  return result;
}

LogicalResult hadal::stablehlo::verifyResult(Operation *op, unsigned number, ArrayRef<int64_t> shape, Type element) {
  auto type = typeOf(op->getResult(number));
  if (type.getRank() != static_cast<int64_t>(shape.size()) ||
      !llvm::all_of(llvm::zip(type.getShape(), shape),
                    [](auto pair) { return mayBeEqual(std::get<0>(pair), std::get<1>(pair)); }))
    return op->emitOpError("result ") << number << " is of type " << type << ", but its shape must be " << text(shape);
  if (element && type.getElementType() != element)
    return op->emitOpError("result ") << number << " is of type " << type << ", but its elements must be " << element;
  return success();
}

LogicalResult hadal::stablehlo::verifyDims(Operation *op, StringRef what, ArrayRef<int64_t> dims, int64_t rank) {
  llvm::SmallBitVector seen(rank);
  for (int64_t dim : dims) {
    if (dim < 0 || dim >= rank)
      return op->emitOpError(what) << " names dimension " << dim << " of a tensor of rank " << rank;
    if (seen.test(dim))
      return op->emitOpError(what) << " names dimension " << dim << " twice";
    seen.set(dim);
  }
  return success();
}

LogicalResult hadal::stablehlo::verifyCount(Operation *op, StringRef what, size_t count, int64_t rank) {
  if (static_cast<int64_t>(count) == rank)
    return success();
  return op->emitOpError(what) << " has " << count << " numbers for " << rank << " dimensions";
}

/// Checks that a shape tensor has as many elements as a tensor has dimensions.
static LogicalResult verifyShapeTensor(Operation *op, StringRef what, Value shape, int64_t rank) {
  int64_t size = typeOf(shape).getDimSize(0);
  return ShapedType::isDynamic(size) ? success() : verifyCount(op, what, size, rank);
}

//===----------------------------------------------------------------------===//
// constant
//===----------------------------------------------------------------------===//

ParseResult ConstantOp::parse(OpAsmParser &parser, OperationState &result) {
  // Older producers write `() {value = …} : () -> type`.
  if (succeeded(parser.parseOptionalLParen())) {
    SMLoc loc = parser.getCurrentLocation();
    FunctionType type;
    if (parser.parseRParen() || parser.parseOptionalAttrDict(result.attributes) || parser.parseColonType(type))
      return failure();
    if (type.getNumInputs() != 0 || type.getNumResults() != 1)
      return parser.emitError(loc, "expected no operand and one result");
    result.addTypes(type.getResults());
    return success();
  }
  ElementsAttr value;
  SMLoc loc;
  if (parser.parseOptionalAttrDict(result.attributes) || parser.getCurrentLocation(&loc) ||
      parser.parseAttribute(value, "value", result.attributes))
    return failure();
  if (!isa<RankedTensorType>(value.getType()))
    return parser.emitError(loc, "expected the elements of a tensor");
  result.addTypes(value.getType());
  return success();
}

void ConstantOp::print(OpAsmPrinter &printer) {
  printer.printOptionalAttrDict((*this)->getAttrs(), /*elidedAttrs=*/{"value"});
  printer << ' ' << getValue();
}

LogicalResult ConstantOp::verify() {
  auto type = dyn_cast<RankedTensorType>(getValue().getType());
  if (!type || type.getElementType() != getElementTypeOrSelf(getOutput()) ||
      failed(verifyCompatibleShape(type, getOutput().getType())))
    return emitOpError("is of type ") << getOutput().getType() << ", its value of type " << getValue().getType();
  return success();
}

//===----------------------------------------------------------------------===//
// Element-wise operations with more than shapes to check
//===----------------------------------------------------------------------===//

LogicalResult SelectOp::verify() {
  Type element = getElementTypeOrSelf(getResult());
  if (getElementTypeOrSelf(getOnTrue()) != element || getElementTypeOrSelf(getOnFalse()) != element)
    return emitOpError("selects elements of ")
           << getElementTypeOrSelf(getOnTrue()) << " or " << getElementTypeOrSelf(getOnFalse()) << " as " << element;
  return success();
}

LogicalResult CompareOp::verify() {
  Type element = getElementTypeOrSelf(getLhs());
  if (element != getElementTypeOrSelf(getRhs()))
    return emitOpError("compares elements of ") << element << " and " << getElementTypeOrSelf(getRhs());
  ComparisonType kind = getCompareType().value_or(ComparisonType::NOTYPE);
  bool floats = kind == ComparisonType::FLOAT || kind == ComparisonType::TOTALORDER;
  bool integers = kind == ComparisonType::SIGNED || kind == ComparisonType::UNSIGNED;
  if ((floats && !isa<FloatType>(element)) || (integers && !isa<IntegerType>(element)))
    return emitOpError("compares elements of ") << element << " as " << stringifyComparisonType(kind);
  return success();
}

LogicalResult BitcastConvertOp::verify() {
  auto from = typeOf(getOperand()), to = typeOf(getResult());
  if (from.getElementTypeBitWidth() != to.getElementTypeBitWidth())
    return success(); // the import refuses it
  return verifyResult(*this, 0, from.getShape());
}

//===----------------------------------------------------------------------===//
// Shapes
//===----------------------------------------------------------------------===//

LogicalResult IotaOp::verify() {
  return verifyDims(*this, "iota_dimension", getIotaDimension(), typeOf(getOutput()).getRank());
}

LogicalResult DynamicIotaOp::verify() {
  int64_t rank = typeOf(getResult()).getRank();
  return failure(failed(verifyDims(*this, "iota_dimension", getIotaDimension(), rank)) ||
                 failed(verifyShapeTensor(*this, "output_shape", getOutputShape(), rank)));
}

LogicalResult BroadcastOp::verify() {
  SmallVector<int64_t> shape(getBroadcastSizes());
  for (int64_t size : shape)
    if (size < 0)
      return emitOpError("broadcast_sizes has the negative size ") << size;
  llvm::append_range(shape, typeOf(getOperand()).getShape());
  return verifyResult(*this, 0, shape, getElementTypeOrSelf(getOperand()));
}

static LogicalResult verifyBroadcast(Operation *op, Value operand, ArrayRef<int64_t> dims) {
  auto from = typeOf(operand), to = typeOf(op->getResult(0));
  if (failed(verifyCount(op, "broadcast_dimensions", dims.size(), from.getRank())) ||
      failed(verifyDims(op, "broadcast_dimensions", dims, to.getRank())))
    return failure();
  if (from.getElementType() != to.getElementType())
    return op->emitOpError("makes elements of ") << to.getElementType() << " from " << from.getElementType();
  for (auto [size, dim] : llvm::zip_equal(from.getShape(), dims))
    if (size != 1 && !mayBeEqual(size, to.getDimSize(dim)))
      return op->emitOpError("repeats a dimension of size ")
             << size << " to " << to.getDimSize(dim) << " (dimension " << dim << " of the result)";
  return success();
}

LogicalResult BroadcastInDimOp::verify() { return verifyBroadcast(*this, getOperand(), getBroadcastDimensions()); }

LogicalResult DynamicBroadcastInDimOp::verify() {
  return failure(
      failed(verifyBroadcast(*this, getOperand(), getBroadcastDimensions())) ||
      failed(verifyShapeTensor(*this, "output_dimensions", getOutputDimensions(), typeOf(getResult()).getRank())));
}

static LogicalResult verifyReshape(Operation *op) {
  auto from = typeOf(op->getOperand(0)), to = typeOf(op->getResult(0));
  if (from.getElementType() != to.getElementType())
    return op->emitOpError("makes elements of ") << to.getElementType() << " from " << from.getElementType();
  if (from.hasStaticShape() && to.hasStaticShape() && from.getNumElements() != to.getNumElements())
    return op->emitOpError("makes ") << to << ", of " << to.getNumElements() << " elements, from " << from << ", of "
                                     << from.getNumElements();
  return success();
}

LogicalResult ReshapeOp::verify() {
  if (!typeOf(getResult()).hasStaticShape())
    return emitOpError("has a result of unknown shape: ") << getResult().getType();
  return verifyReshape(*this);
}

LogicalResult DynamicReshapeOp::verify() {
  return failure(failed(verifyReshape(*this)) ||
                 failed(verifyShapeTensor(*this, "output_shape", getOutputShape(), typeOf(getResult()).getRank())));
}

LogicalResult GetDimensionSizeOp::verify() {
  return verifyDims(*this, "dimension", getDimension(), typeOf(getOperand()).getRank());
}

LogicalResult TransposeOp::verify() {
  auto from = typeOf(getOperand());
  if (failed(verifyCount(*this, "permutation", getPermutation().size(), from.getRank())) ||
      failed(verifyDims(*this, "permutation", getPermutation(), from.getRank())))
    return failure();
  SmallVector<int64_t> shape;
  for (int64_t dim : getPermutation())
    shape.push_back(from.getDimSize(dim));
  return verifyResult(*this, 0, shape, from.getElementType());
}

LogicalResult ReverseOp::verify() {
  auto from = typeOf(getOperand());
  return failure(failed(verifyDims(*this, "dimensions", getDimensions(), from.getRank())) ||
                 failed(verifyResult(*this, 0, from.getShape(), from.getElementType())));
}

LogicalResult ConcatenateOp::verify() {
  if (getInputs().empty())
    return emitOpError("has no operand");
  auto first = typeOf(getInputs().front());
  int64_t along = getDimension();
  if (failed(verifyDims(*this, "dimension", along, first.getRank())))
    return failure();
  SmallVector<int64_t> shape(first.getShape());
  shape[along] = 0;
  for (Value input : getInputs()) {
    auto type = typeOf(input);
    if (type.getRank() != first.getRank() || type.getElementType() != first.getElementType())
      return emitOpError("joins ") << first << " and " << type;
    for (auto [dim, size] : llvm::enumerate(type.getShape())) {
      if (static_cast<int64_t>(dim) == along)
        shape[dim] =
            ShapedType::isDynamic(size) || ShapedType::isDynamic(shape[dim]) ? ShapedType::kDynamic : shape[dim] + size;
      else if (!mayBeEqual(shape[dim], size))
        return emitOpError("joins ") << first << " and " << type << " along dimension " << along;
      else if (ShapedType::isDynamic(shape[dim]))
        shape[dim] = size;
    }
  }
  return verifyResult(*this, 0, shape, first.getElementType());
}

LogicalResult PadOp::verify() {
  auto from = typeOf(getOperand());
  int64_t rank = from.getRank();
  if (typeOf(getPaddingValue()).getRank() != 0 || getElementTypeOrSelf(getPaddingValue()) != from.getElementType())
    return emitOpError("pads ") << from << " with " << getPaddingValue().getType();
  if (failed(verifyCount(*this, "low", getEdgePaddingLow().size(), rank)) ||
      failed(verifyCount(*this, "high", getEdgePaddingHigh().size(), rank)) ||
      failed(verifyCount(*this, "interior", getInteriorPadding().size(), rank)))
    return failure();
  SmallVector<int64_t> shape(from.getShape());
  for (int64_t i = 0; i < rank; ++i) {
    int64_t low = getEdgePaddingLow()[i], high = getEdgePaddingHigh()[i], interior = getInteriorPadding()[i];
    if (interior < 0)
      return emitOpError("has the negative interior padding ") << interior;
    if (ShapedType::isDynamic(shape[i]))
      continue;
    int64_t inside;
    if (llvm::MulOverflow(std::max<int64_t>(shape[i] - 1, 0), interior, inside) ||
        llvm::AddOverflow(inside, shape[i], inside) || llvm::AddOverflow(inside, low, inside) ||
        llvm::AddOverflow(inside, high, inside))
      return emitOpError("pads dimension ") << i << " beyond any size";
    shape[i] = inside;
    if (shape[i] < 0)
      return emitOpError("cuts more from dimension ") << i << " than it has";
  }
  return verifyResult(*this, 0, shape, from.getElementType());
}

LogicalResult DynamicPadOp::verify() {
  auto from = typeOf(getOperand());
  int64_t rank = from.getRank();
  if (typeOf(getPaddingValue()).getRank() != 0 || getElementTypeOrSelf(getPaddingValue()) != from.getElementType())
    return emitOpError("pads ") << from << " with " << getPaddingValue().getType();
  return failure(
      failed(verifyShapeTensor(*this, "edge_padding_low", getEdgePaddingLow(), rank)) ||
      failed(verifyShapeTensor(*this, "edge_padding_high", getEdgePaddingHigh(), rank)) ||
      failed(verifyShapeTensor(*this, "interior_padding", getInteriorPadding(), rank)) ||
      failed(verifyResult(*this, 0, SmallVector<int64_t>(rank, ShapedType::kDynamic), from.getElementType())));
}

//===----------------------------------------------------------------------===//
// Slices
//===----------------------------------------------------------------------===//

LogicalResult SliceOp::verify() {
  auto from = typeOf(getOperand());
  int64_t rank = from.getRank();
  if (failed(verifyCount(*this, "start_indices", getStartIndices().size(), rank)) ||
      failed(verifyCount(*this, "limit_indices", getLimitIndices().size(), rank)) ||
      failed(verifyCount(*this, "strides", getStrides().size(), rank)))
    return failure();
  SmallVector<int64_t> shape;
  for (int64_t i = 0; i < rank; ++i) {
    int64_t start = getStartIndices()[i], limit = getLimitIndices()[i], stride = getStrides()[i];
    if (start < 0 || limit < start || stride < 1)
      return emitOpError("takes ") << start << ':' << limit << ':' << stride << " of dimension " << i;
    if (!from.isDynamicDim(i) && limit > from.getDimSize(i))
      return emitOpError("takes up to ") << limit << " of dimension " << i << ", which has " << from.getDimSize(i);
    shape.push_back((limit - start) / stride + ((limit - start) % stride != 0));
  }
  return verifyResult(*this, 0, shape, from.getElementType());
}

LogicalResult RealDynamicSliceOp::verify() {
  auto from = typeOf(getOperand());
  int64_t rank = from.getRank();
  return failure(
      failed(verifyShapeTensor(*this, "start_indices", getStartIndices(), rank)) ||
      failed(verifyShapeTensor(*this, "limit_indices", getLimitIndices(), rank)) ||
      failed(verifyShapeTensor(*this, "strides", getStrides(), rank)) ||
      failed(verifyResult(*this, 0, SmallVector<int64_t>(rank, ShapedType::kDynamic), from.getElementType())));
}

LogicalResult DynamicSliceOp::verify() {
  auto from = typeOf(getOperand());
  int64_t rank = from.getRank();
  if (failed(verifyCount(*this, "slice_sizes", getSliceSizes().size(), rank)) ||
      failed(verifyCount(*this, "start_indices", getStartIndices().size(), rank)))
    return failure();
  for (auto [i, size] : llvm::enumerate(getSliceSizes()))
    if (size < 0 || (!from.isDynamicDim(i) && size > from.getDimSize(i)))
      return emitOpError("takes ") << size << " of dimension " << i << ", which has " << from.getDimSize(i);
  return verifyResult(*this, 0, getSliceSizes(), from.getElementType());
}

LogicalResult DynamicUpdateSliceOp::verify() {
  auto from = typeOf(getOperand()), update = typeOf(getUpdate());
  int64_t rank = from.getRank();
  if (update.getRank() != rank || update.getElementType() != from.getElementType())
    return emitOpError("writes ") << update << " into " << from;
  if (failed(verifyCount(*this, "start_indices", getStartIndices().size(), rank)))
    return failure();
  for (int64_t i = 0; i < rank; ++i)
    if (!from.isDynamicDim(i) && !update.isDynamicDim(i) && update.getDimSize(i) > from.getDimSize(i))
      return emitOpError("writes ") << update << " into " << from << ", which is smaller";
  return verifyResult(*this, 0, from.getShape(), from.getElementType());
}
