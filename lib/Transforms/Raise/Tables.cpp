//===- Tables.cpp - Conditions that are written out as constants ----------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A constant table of bits, such as a causal mask that a model keeps as a buffer,
// is a condition on its indices where it is a band: low ≤ column − row ≤ high.
//
//===----------------------------------------------------------------------===//

#include "Elements.h"

#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace hadal;
using namespace hadal::raise;

/// The bits of a constant, by what `test` says of its elements; nothing where it does not know.
static std::optional<std::vector<bool>> bitsOf(DenseElementsAttr dense,
                                               llvm::function_ref<std::optional<bool>(double)> test) {
  std::vector<bool> bits;
  bits.reserve(dense.getNumElements());
  auto add = [&](double value) {
    std::optional<bool> bit = test(value);
    bits.push_back(bit.value_or(false));
    return bit.has_value();
  };
  Type type = dense.getElementType();
  if (isa<FloatType>(type)) {
    for (const APFloat &value : dense.getValues<APFloat>()) {
      APFloat wide = value;
      bool loses = false;
      wide.convert(APFloat::IEEEdouble(), APFloat::rmNearestTiesToEven, &loses);
      if (!add(wide.convertToDouble()))
        return std::nullopt;
    }
    return bits;
  }
  if (!type.isInteger())
    return std::nullopt;
  for (const APInt &value : dense.getValues<APInt>())
    if (!add(type.isInteger(1) ? value.getZExtValue() : value.getSExtValue()))
      return std::nullopt;
  return bits;
}

std::optional<Condition> Elements::table(const Term &term, llvm::function_ref<std::optional<bool>(double)> test) {
  Term root = normal(term);
  DenseElementsAttr dense;
  if (!root.isElement() || !matchPattern(root.value, m_Constant(&dense)) || dense.isSplat())
    return std::nullopt;
  // A table of rows and columns; other dimensions have size 1.
  SmallVector<unsigned> dims;
  for (auto [dim, size] : llvm::enumerate(dense.getType().getShape()))
    if (size != 1)
      dims.push_back(dim);
  if (dims.size() != 2)
    return std::nullopt;
  std::optional<std::vector<bool>> bits = bitsOf(dense, test);
  if (!bits)
    return std::nullopt;
  int64_t rows = dense.getType().getDimSize(dims[0]), columns = dense.getType().getDimSize(dims[1]);
  std::optional<int64_t> low, high;
  bool isNever = true;
  for (int64_t row = 0; row < rows; ++row) {
    auto begin = bits->begin() + row * columns, end = begin + columns;
    int64_t first = std::find(begin, end, true) - begin, last = columns - 1;
    if (first == columns)
      continue;
    isNever = false;
    while (!begin[last])
      --last;
    if (first > 0)
      low = first - row;
    if (last < columns - 1 && !high)
      high = last - row;
  }
  if (isNever)
    return Condition::constant(false);
  for (int64_t row = 0; row < rows; ++row)
    for (int64_t column = 0; column < columns; ++column)
      if ((*bits)[row * columns + column] != ((!low || column - row >= *low) && (!high || column - row <= *high)))
        return std::nullopt;
  Condition result = Condition::constant(true);
  Poly distance = root.index[dims[1]] - root.index[dims[0]];
  for (auto [bound, poly] :
       {std::make_pair(low, distance - low.value_or(0)), std::make_pair(high, distance * -1 + high.value_or(0))}) {
    if (!bound || atoms.isNonNegative(poly))
      continue;
    if (atoms.isNonNegative(poly * -1 - 1))
      return Condition::constant(false);
    result = conjunction(result, {false, {poly}, {}});
  }
  return result;
}
