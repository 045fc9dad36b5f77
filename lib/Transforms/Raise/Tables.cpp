//===- Tables.cpp - Conditions that are written out as constants ----------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A constant table of bits, such as a causal mask that a model keeps as a buffer,
// is a condition on its indices where it is a band: low ≤ a·column − b·row ≤ high.
//
//===----------------------------------------------------------------------===//

#include "Constants.h"

using namespace mlir;
using namespace hadal;
using namespace hadal::raise;

std::optional<Condition> Elements::table(const Term &term, llvm::function_ref<std::optional<bool>(double)> test) {
  Term root = normal(term);
  std::optional<ConstantElement> element =
      root.isElement() ? ConstantElement::get(atoms, root.value, root.index) : std::nullopt;
  std::optional<Condition> band = element ? element->truth(atoms, test) : std::nullopt;
  return band ? std::optional<Condition>(conjunction(Condition::constant(true), *band)) : std::nullopt;
}
