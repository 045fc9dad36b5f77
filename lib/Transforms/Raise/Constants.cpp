//===- Constants.cpp - What the elements of a constant say of their indices ===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Exporters with fixed shapes fold positions and masks into constants. An integer
// constant is a polynomial if its elements are affine in the variables of its
// index; a boolean one is a condition if its elements are true between two
// parallel lines, low ≤ a·x − b·y ≤ high, which is what causality, windows,
// blocks and the ends of compressed blocks make of a position and a key.
//
//===----------------------------------------------------------------------===//

#include "Constants.h"

#include "mlir/Dialect/Utils/IndexingUtils.h"
#include "mlir/IR/AsmState.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "mlir/IR/Matchers.h"

#include <cstring>

using namespace mlir;
using namespace hadal;
using namespace hadal::raise;

/// Above this many points a constant is not looked through.
static constexpr int64_t kMaxPoints = int64_t(1) << 22;
/// Nor are so many comparisons made to find a slope.
static constexpr int64_t kMaxWork = int64_t(1) << 24;

/// Longer constants that are not dense are not looked through for being one number.
static constexpr size_t kMaxSplatBytes = size_t(1) << 22;

//===----------------------------------------------------------------------===//
// Numbers
//===----------------------------------------------------------------------===//

std::optional<ConstantNumbers> ConstantNumbers::get(Value tensor) {
  Attribute attribute;
  if (!matchPattern(tensor, m_Constant(&attribute)))
    return std::nullopt;
  ConstantNumbers result;
  if (auto dense = dyn_cast<DenseElementsAttr>(attribute)) {
    result.dense = dense;
    result.type = dense.getType();
    result.splat = dense.isSplat();
  } else if (auto resource = dyn_cast<DenseResourceElementsAttr>(attribute)) {
    AsmResourceBlob *blob = resource.getRawHandle().getBlob();
    if (!blob)
      return std::nullopt;
    result.type = resource.getType();
    result.bytes = blob->getData();
    unsigned width = result.getElementType().isIntOrFloat() ? result.getElementType().getIntOrFloatBitWidth() : 64;
    int64_t size = width == 1 ? 1 : width / 8; // booleans are bytes
    if ((width != 1 && width % 8) || static_cast<int64_t>(result.bytes.size()) != size * result.type.getNumElements())
      return std::nullopt;
    if (result.bytes.empty())
      return std::nullopt;
    // Weights are not read for it, least of all those that are zeros in a file with holes.
    result.splat = result.bytes.size() <= kMaxSplatBytes &&
                   std::memcmp(result.bytes.data(), result.bytes.data() + size, result.bytes.size() - size) == 0;
  } else {
    return std::nullopt;
  }
  if (!result.getElementType().isIntOrIndexOrFloat() || result.type.getNumElements() == 0)
    return std::nullopt;
  return result;
}

/// The bits of a number of `width` bits at a position.
static uint64_t bitsAt(ArrayRef<char> bytes, unsigned width, int64_t position) {
  int64_t size = std::max(1u, width / 8);
  uint64_t bits = 0;
  std::memcpy(&bits, bytes.data() + position * size, size);
  return bits;
}

int64_t ConstantNumbers::integer(int64_t position) const {
  APInt value;
  if (dense) {
    value = dense.getValues<APInt>()[splat ? 0 : position];
  } else {
    unsigned width = getElementType().isIndex() ? 64 : getElementType().getIntOrFloatBitWidth();
    uint64_t bits = bitsAt(bytes, width, position);
    value = width == 1 ? APInt(1, bits != 0) : APInt(width, bits);
  }
  return value.getBitWidth() == 1 ? value.getZExtValue() : value.getSExtValue();
}

double ConstantNumbers::number(int64_t position) const {
  auto type = dyn_cast<FloatType>(getElementType());
  if (!type)
    return static_cast<double>(integer(position));
  APFloat value =
      dense ? dense.getValues<APFloat>()[splat ? 0 : position]
            : APFloat(type.getFloatSemantics(), APInt(type.getWidth(), bitsAt(bytes, type.getWidth(), position)));
  bool isLossy;
  value.convert(APFloat::IEEEdouble(), APFloat::rmNearestTiesToEven, &isLossy);
  return value.convertToDouble();
}

//===----------------------------------------------------------------------===//
// Elements
//===----------------------------------------------------------------------===//

std::optional<ConstantElement> ConstantElement::get(Atoms &atoms, Value tensor, const Indices &index) {
  ConstantElement element;
  std::optional<ConstantNumbers> numbers = ConstantNumbers::get(tensor);
  if (!numbers)
    return std::nullopt;
  element.numbers = *numbers;
  element.index = index;
  element.strides = computeStrides(element.numbers.getType().getShape());
  for (const Poly &poly : index)
    for (unsigned atom : atoms.variables(poly)) {
      std::optional<Poly> extent = atoms.extent(Poly::atom(atom));
      std::optional<int64_t> size = extent ? extent->constant() : std::nullopt;
      if (!size)
        return std::nullopt; // not made of variables alone, or of one whose extent is not known
      if (!llvm::is_contained(element.variables, atom)) {
        element.variables.push_back(atom);
        element.extents.push_back(*size);
        element.points *= std::max<int64_t>(*size, 1);
      }
      if (element.points > kMaxPoints)
        return std::nullopt;
    }
  return element;
}

std::optional<int64_t> ConstantElement::at(Atoms &atoms, ArrayRef<int64_t> values) const {
  llvm::SmallDenseMap<unsigned, int64_t> point;
  for (auto [atom, value] : llvm::zip_equal(variables, values))
    point[atom] = value;
  int64_t position = 0;
  for (auto [poly, size, stride] : llvm::zip_equal(index, numbers.getType().getShape(), strides)) {
    std::optional<int64_t> value = atoms.evaluate(poly, point);
    if (!value || *value < 0 || *value >= size)
      return std::nullopt;
    position += *value * stride;
  }
  return numbers.integer(position);
}

std::optional<Poly> ConstantElement::affine(Atoms &atoms) const {
  if (!numbers.getElementType().isIntOrIndex())
    return std::nullopt;
  SmallVector<int64_t> point(variables.size());
  std::optional<int64_t> origin = at(atoms, point);
  if (!origin)
    return std::nullopt;
  SmallVector<int64_t> slopes;
  Poly result(*origin);
  for (auto [dim, extent] : llvm::enumerate(extents)) {
    int64_t slope = 0;
    if (extent > 1) {
      point[dim] = 1;
      std::optional<int64_t> next = at(atoms, point);
      if (!next)
        return std::nullopt;
      slope = *next - *origin;
      point[dim] = 0;
    }
    slopes.push_back(slope);
    result = result + Poly::atom(variables[dim]) * slope;
  }
  SmallVector<int64_t> steps = computeStrides(extents);
  for (int64_t i = 0; i < points; ++i) {
    SmallVector<int64_t> place = delinearize(i, steps);
    int64_t expected = *origin;
    for (auto [value, slope] : llvm::zip_equal(place, slopes))
      expected += value * slope;
    if (at(atoms, place) != expected)
      return this->steps(atoms);
  }
  return result;
}

/// v + ⌊(x + c) / n⌋ of one variable x: steps of 1 at equal distances.
std::optional<Poly> ConstantElement::steps(Atoms &atoms) const {
  if (variables.size() != 1)
    return std::nullopt;
  std::optional<int64_t> base = at(atoms, {0});
  SmallVector<int64_t> jumps;
  for (int64_t x = 1, last = base.value_or(0); base && x < extents[0]; ++x) {
    std::optional<int64_t> value = at(atoms, {x});
    if (!value || (*value != last && *value != last + 1))
      return std::nullopt;
    if (*value != last)
      jumps.push_back(x);
    last = *value;
  }
  if (jumps.empty())
    return std::nullopt;
  int64_t length = jumps.size() > 1 ? jumps[1] - jumps[0] : std::max(jumps[0], extents[0] - jumps[0]);
  for (size_t i = 1; i < jumps.size(); ++i)
    if (jumps[i] - jumps[i - 1] != length)
      return std::nullopt;
  if (jumps[0] > length || extents[0] - jumps.back() > length)
    return std::nullopt;
  return atoms.divMod(Poly::atom(variables[0]) + (length - jumps[0]), length).first + *base;
}

namespace {
/// A truth table over x and y, or over x alone (ySize = 1).
struct Table {
  int64_t xSize = 1, ySize = 1;
  std::vector<bool> isTrue; // at x · ySize + y
};
} // namespace

/// The tightest low ≤ a·x − b·y ≤ high around the true points, if it holds for no other.
static std::optional<std::pair<int64_t, int64_t>> band(const Table &table, int64_t a, int64_t b) {
  int64_t low = std::numeric_limits<int64_t>::max(), high = std::numeric_limits<int64_t>::min();
  for (int64_t x = 0; x < table.xSize; ++x)
    for (int64_t y = 0; y < table.ySize; ++y)
      if (table.isTrue[x * table.ySize + y]) {
        low = std::min(low, a * x - b * y);
        high = std::max(high, a * x - b * y);
      }
  for (int64_t x = 0; x < table.xSize; ++x)
    for (int64_t y = 0; y < table.ySize; ++y)
      if (!table.isTrue[x * table.ySize + y] && a * x - b * y >= low && a * x - b * y <= high)
        return std::nullopt;
  return std::make_pair(low, high);
}

/// The condition low ≤ a·x − b·y ≤ high, without a side that always holds.
static Condition asCondition(const Table &table, std::pair<int64_t, int64_t> band, const Poly &value, int64_t a,
                             int64_t b) {
  Condition result;
  if (band.first > -b * (table.ySize - 1))
    result.atLeastZero.push_back(value - band.first);
  if (band.second < a * (table.xSize - 1))
    result.atLeastZero.push_back(value * -1 + band.second);
  return result;
}

std::optional<Condition> ConstantElement::truth(Atoms &atoms,
                                                llvm::function_ref<std::optional<bool>(double)> test) const {
  if (numbers.isSplat()) {
    std::optional<bool> bit = test(numbers.number(0));
    return bit ? std::optional<Condition>(Condition::constant(*bit)) : std::nullopt;
  }
  // By dimension where each has an index of its own, which may be more than a variable: a block, a shifted position.
  SmallVector<unsigned> dims;
  SmallVector<unsigned> used;
  for (auto [dim, poly] : llvm::enumerate(index)) {
    SmallVector<unsigned> atomsOf = atoms.variables(poly);
    if (atomsOf.empty())
      continue;
    dims.push_back(dim);
    for (unsigned atom : atomsOf) {
      if (llvm::is_contained(used, atom))
        return std::nullopt;
      used.push_back(atom);
    }
  }
  if (dims.empty() || dims.size() > 2)
    return std::nullopt;
  // The range of each index that is in question.
  int64_t begin[2] = {0, 0}, size[2] = {1, 1};
  for (auto [i, dim] : llvm::enumerate(dims)) {
    std::optional<int64_t> low = atoms.lowerBound(index[dim]), high = atoms.lowerBound(index[dim] * -1);
    int64_t extent = numbers.getType().getDimSize(dim);
    begin[i] = std::clamp<int64_t>(low.value_or(0), 0, extent - 1);
    int64_t end = high ? std::clamp<int64_t>(-*high + 1, begin[i] + 1, extent) : extent;
    size[i] = end - begin[i];
  }
  Table table{size[0], size[1], {}};
  if (table.xSize * table.ySize > kMaxPoints)
    return std::nullopt;
  int64_t base = 0;
  for (auto [dim, poly] : llvm::enumerate(index))
    if (!llvm::is_contained(dims, dim)) {
      std::optional<int64_t> fixed = poly.constant();
      if (!fixed || *fixed < 0 || *fixed >= numbers.getType().getDimSize(dim))
        return std::nullopt;
      base += *fixed * strides[dim];
    }
  int64_t count = 0;
  for (int64_t x = 0; x < table.xSize; ++x)
    for (int64_t y = 0; y < table.ySize; ++y) {
      int64_t position = base + (begin[0] + x) * strides[dims[0]];
      if (dims.size() == 2)
        position += (begin[1] + y) * strides[dims[1]];
      std::optional<bool> bit = test(numbers.number(position));
      if (!bit)
        return std::nullopt;
      table.isTrue.push_back(*bit);
      count += table.isTrue.back();
    }
  int64_t all = table.xSize * table.ySize;
  if (count == 0 || count == all)
    return Condition::constant(count == all);

  Poly x = index[dims[0]] - begin[0], y = dims.size() == 2 ? index[dims[1]] - begin[1] : Poly();
  constexpr int64_t maxSlope = 256;
  int64_t limit = dims.size() == 1 ? 1 : std::min({maxSlope, std::max(table.xSize, table.ySize), kMaxWork / all});
  for (int64_t slope = 1; slope <= limit; ++slope) {
    if (std::optional<std::pair<int64_t, int64_t>> found = band(table, 1, slope))
      return asCondition(table, *found, x - y * slope, 1, slope);
    if (slope > 1)
      if (std::optional<std::pair<int64_t, int64_t>> found = band(table, slope, 1))
        return asCondition(table, *found, x * slope - y, slope, 1);
  }
  return std::nullopt;
}
