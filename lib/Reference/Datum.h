//===- Datum.h - What a value is while it is interpreted --------*- C++ -*-===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_LIB_REFERENCE_DATUM_H
#define HADAL_LIB_REFERENCE_DATUM_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"

#include <cstdint>
#include <memory>

namespace hadal {

/// One element. The type of the IR value says which member it is: floats of
/// any width are f64, integers and indices are sign-extended (i1 is 0 or 1).
union Cell {
  double f;
  int64_t i;
};

/// What storage holds before it is written: a NaN, and far outside any index range.
constexpr int64_t kPoison = 0x7ff8dead00000000;

inline Cell floatCell(double value) {
  Cell cell;
  cell.f = value;
  return cell;
}
inline Cell intCell(int64_t value) {
  Cell cell;
  cell.i = value;
  return cell;
}

struct Buffer {
  std::unique_ptr<Cell[]> cells;
  int64_t size = 0;
  /// Who stored each cell last, as a number that is unique to a launch and grid
  /// point; made at the first store of a program.
  std::unique_ptr<uint64_t[]> writers;
};

/// A scalar, a tensor, or a memref. Tensors are values: a buffer that more than
/// one datum shares is never written, but for memrefs, which share on purpose.
struct Datum {
  Cell scalar = {0};
  std::shared_ptr<Buffer> buffer; // none for scalars
  llvm::SmallVector<int64_t, 4> shape;
  int64_t offset = 0; // the cell of element 0
  int64_t stride = 1; // cells from one element to the next; memory by bytes has one cell a byte

  static Datum ofFloat(double value) {
    Datum datum;
    datum.scalar.f = value;
    return datum;
  }
  static Datum ofInt(int64_t value) {
    Datum datum;
    datum.scalar.i = value;
    return datum;
  }
  bool isScalar() const { return !buffer; }
  int64_t rank() const { return shape.size(); }
  int64_t numElements() const {
    int64_t count = 1;
    for (int64_t size : shape)
      count *= size;
    return count;
  }
  Cell *data() const { return buffer ? buffer->cells.get() + offset : const_cast<Cell *>(&scalar); }
  Cell &at(int64_t index) const { return data()[index * stride]; }
  double f(int64_t index) const { return at(index).f; }
  int64_t i(int64_t index) const { return at(index).i; }
};

/// Row-major strides of a shape, in elements.
inline llvm::SmallVector<int64_t, 4> rowMajorStrides(llvm::ArrayRef<int64_t> shape) {
  llvm::SmallVector<int64_t, 4> strides(shape.size(), 1);
  for (size_t dim = shape.size(); dim-- > 1;)
    strides[dim - 1] = strides[dim] * shape[dim];
  return strides;
}

/// Steps `index` to the next point of `shape` in row-major order; false at the end.
inline bool nextPoint(llvm::MutableArrayRef<int64_t> index, llvm::ArrayRef<int64_t> shape) {
  for (size_t dim = shape.size(); dim-- > 0;) {
    if (++index[dim] < shape[dim])
      return true;
    index[dim] = 0;
  }
  return false;
}

} // namespace hadal

#endif // HADAL_LIB_REFERENCE_DATUM_H
