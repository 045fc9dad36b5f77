//===- Mutator.h - Random faults in IR as text ------------------*- C++ -*-===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_TEST_UNIT_DIALECT_MUTATOR_H
#define HADAL_TEST_UNIT_DIALECT_MUTATOR_H

#include "llvm/ADT/ArrayRef.h"

#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace hadal {

/// Changes a few tokens of a text: numbers to extreme ones, sizes to `?` and back, element types, signs, and tokens
/// deleted, doubled, exchanged, or taken from elsewhere in the text. The same seed gives the same mutants.
class Mutator {
public:
  explicit Mutator(uint64_t seed) : random(seed) {}
  std::string mutate(const std::string &text);

private:
  size_t below(size_t bound) { return random() % bound; }
  void change(std::vector<std::string> &tokens);

  std::mt19937_64 random;
};

} // namespace hadal

#endif // HADAL_TEST_UNIT_DIALECT_MUTATOR_H
