//===- ConstantMasks.cpp - Masks that are constants ----------------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Exporters fold a causal mask of known size into a constant. Its elements are
// true in a band a ≤ j − i ≤ b.
//
//===----------------------------------------------------------------------===//

#include "Elements.h"
#include "Numbers.h"

using namespace mlir;
using namespace hadal;
using namespace hadal::raise;

std::optional<Condition> Elements::band(const Term &term, llvm::function_ref<std::optional<bool>(double)> truth) {
  constexpr int64_t maxElements = 1 << 24;
  std::optional<Numbers> numbers = term.isElement() ? Numbers::of(term.value) : std::nullopt;
  if (!numbers || numbers->size() > maxElements)
    return std::nullopt;
  // Two dimensions that vary, or one.
  std::vector<std::pair<Poly, int64_t>> dims;
  for (auto [dim, size] : llvm::enumerate(numbers->getType().getShape()))
    if (size != 1)
      dims.push_back({term.index[dim], size});
  if (dims.empty() || dims.size() > 2)
    return std::nullopt;
  if (dims.size() == 1)
    dims.insert(dims.begin(), {Poly(), 1});
  const auto &[i, rows] = dims[0];
  const auto &[j, columns] = dims[1];
  std::optional<int64_t> least, most;
  std::vector<bool> elements(rows * columns);
  for (int64_t row = 0; row < rows; ++row)
    for (int64_t column = 0; column < columns; ++column) {
      std::optional<bool> value = truth(numbers->at(row * columns + column));
      if (!value)
        return std::nullopt;
      elements[row * columns + column] = *value;
      if (!*value)
        continue;
      int64_t distance = column - row;
      least = least ? std::min(*least, distance) : distance;
      most = most ? std::max(*most, distance) : distance;
    }
  if (!least)
    return Condition::constant(false);
  for (int64_t row = 0; row < rows; ++row)
    for (int64_t column = 0; column < columns; ++column)
      if (elements[row * columns + column] != (*least <= column - row && column - row <= *most))
        return std::nullopt;
  Condition condition = Condition::constant(true);
  for (const Poly &poly : {i - j + *most, j - i - *least})
    if (!atoms.isNonNegative(poly))
      condition.atLeastZero.push_back(poly);
  return condition;
}
