//===- MemRefOps.cpp - memref, as host programs use it --------------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Memory that is addressed by bytes (a workspace) has one cell a byte. A view
// of it as f32 uses every fourth cell, so that views which overlap by mistake
// spoil each other, as in real memory.
//
//===----------------------------------------------------------------------===//

#include "Convert.h"
#include "Helpers.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"

using namespace mlir;
using namespace hadal;
using llvm::Error;
using llvm::Expected;

static int64_t indexOperand(Frame &frame, const Instr &instr, unsigned index) {
  return Machine::operand(frame, instr, index).scalar.i;
}

/// The sizes of the result's type, with operands from `next` on for the dynamic ones.
static SmallVector<int64_t, 4> resultShape(Frame &frame, const Instr &instr, unsigned next) {
  SmallVector<int64_t, 4> shape;
  for (int64_t size : llvm::cast<ShapedType>(instr.op->getResult(0).getType()).getShape())
    shape.push_back(ShapedType::isDynamic(size) ? indexOperand(frame, instr, next++) : size);
  return shape;
}

/// `datum` with another shape of as many elements.
static Error reshape(Frame &frame, const Instr &instr, ArrayRef<int64_t> shape) {
  Datum datum = Machine::operand(frame, instr, 0);
  int64_t count = datum.numElements();
  datum.shape.assign(shape.begin(), shape.end());
  if (llvm::any_of(shape, [](int64_t size) { return size < 0; }) || datum.numElements() != count)
    return failAt(instr.op, "reshapes " + Twine(count) + " elements to " + Twine(datum.numElements()));
  return finish(frame, instr, std::move(datum));
}

static Error runDim(Machine &, Frame &frame, const Instr &instr) {
  const Datum &source = Machine::operand(frame, instr, 0);
  int64_t dim = indexOperand(frame, instr, 1);
  if (dim < 0 || dim >= source.rank())
    return failAt(instr.op, "asks for dimension " + Twine(dim) + " of rank " + Twine(source.rank()));
  return finish(frame, instr, Datum::ofInt(source.shape[dim]));
}

static Error runView(Machine &, Frame &frame, const Instr &instr) {
  auto type = llvm::cast<MemRefType>(instr.op->getResult(0).getType());
  std::optional<DType> dtype = dtypeOf(type.getElementType());
  if (!dtype)
    return failAt(instr.op, "of this element type is not supported by the reference");
  Datum datum = Machine::operand(frame, instr, 0);
  int64_t shift = indexOperand(frame, instr, 1), bytes = datum.numElements(), size = dtypeSize(*dtype);
  SmallVector<int64_t, 4> shape = resultShape(frame, instr, 2);
  int64_t count = 1;
  for (int64_t dim : shape)
    count *= dim;
  if (shift < 0 || shift % size || count < 0 || count > (bytes - shift) / size)
    return failAt(instr.op, "at byte " + Twine(shift) + " of " + Twine(count) + " elements does not fit in " +
                                Twine(bytes) + " bytes, or is not aligned");
  datum.offset += shift;
  datum.stride = size;
  datum.shape = shape;
  return finish(frame, instr, std::move(datum));
}

static Error runCollapseShape(Machine &, Frame &frame, const Instr &instr) {
  const Datum &source = Machine::operand(frame, instr, 0);
  SmallVector<int64_t, 4> shape;
  for (const ReassociationIndices &group : llvm::cast<memref::CollapseShapeOp>(instr.op).getReassociationIndices()) {
    shape.push_back(1);
    for (int64_t dim : group)
      shape.back() *= source.shape[dim];
  }
  return reshape(frame, instr, shape);
}

static Error runExpandShape(Machine &, Frame &frame, const Instr &instr) {
  unsigned next = 1;
  SmallVector<int64_t, 4> shape;
  for (int64_t size : llvm::cast<memref::ExpandShapeOp>(instr.op).getStaticOutputShape())
    shape.push_back(ShapedType::isDynamic(size) ? indexOperand(frame, instr, next++) : size);
  return reshape(frame, instr, shape);
}

static Error runCast(Machine &, Frame &frame, const Instr &instr) {
  Datum datum = Machine::operand(frame, instr, 0);
  if (auto type = llvm::dyn_cast<MemRefType>(instr.op->getResult(0).getType()))
    for (auto [dim, size] : llvm::enumerate(type.getShape()))
      if (!ShapedType::isDynamic(size) && size != datum.shape[dim])
        return failAt(instr.op, "dimension " + Twine(dim) + " is " + Twine(datum.shape[dim]) + " where the type has " +
                                    Twine(size));
  return finish(frame, instr, std::move(datum));
}

/// The element that index operands from `first` on choose.
static Expected<Cell *> elementAt(Frame &frame, const Instr &instr, const Datum &datum, unsigned first) {
  int64_t linear = 0;
  for (int64_t dim = 0; dim < datum.rank(); ++dim) {
    int64_t index = indexOperand(frame, instr, first + dim);
    if (index < 0 || index >= datum.shape[dim])
      return failAt(instr.op, "index " + Twine(index) + " is outside dimension " + Twine(dim) + " of size " +
                                  Twine(datum.shape[dim]));
    linear = linear * datum.shape[dim] + index;
  }
  return &datum.at(linear);
}

static Error runLoad(Machine &, Frame &frame, const Instr &instr) {
  Expected<Cell *> cell = elementAt(frame, instr, Machine::operand(frame, instr, 0), 1);
  if (!cell)
    return cell.takeError();
  Datum result;
  result.scalar = **cell;
  return finish(frame, instr, std::move(result));
}

static Error runStore(Machine &, Frame &frame, const Instr &instr) {
  Expected<Cell *> cell = elementAt(frame, instr, Machine::operand(frame, instr, 1), 2);
  if (!cell)
    return cell.takeError();
  **cell = Machine::operand(frame, instr, 0).scalar;
  return Error::success();
}

static Error runAlloc(Machine &, Frame &frame, const Instr &instr) {
  return finish(frame, instr, Machine::allocate(instr.op, resultShape(frame, instr, 0)));
}

void hadal::registerMemRefHandlers(HandlerTable &table) {
  table["memref.alloc"] = runAlloc;
  table["memref.cast"] = runCast;
  table["memref.collapse_shape"] = runCollapseShape;
  table["memref.dim"] = runDim;
  table["memref.expand_shape"] = runExpandShape;
  table["memref.load"] = runLoad;
  table["memref.store"] = runStore;
  table["memref.view"] = runView;
}
