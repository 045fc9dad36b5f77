//===- BytecodeEntries.cpp - Attributes and types in bytecode ---------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Bytecode.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/MathExtras.h"

#include <vector>

using namespace llvm;
using namespace hadal::stablehlo;

namespace {
struct Entry {
  StringRef dialect;
  Cursor content;
  bool isEncoded; // else it is text
};

class EntryChecker {
public:
  explicit EntryChecker(ArrayRef<StringRef> dialects) : dialects(dialects) {}
  bool run(Cursor offsets, Cursor entries);

private:
  bool checkEntry(Cursor c, StringRef dialect, bool isType, uint64_t attributes, std::vector<uint64_t> &refers);
  uint64_t elementBits(uint64_t index) const;
  bool checkConstant(Cursor c) const;

  ArrayRef<StringRef> dialects;
  std::vector<Entry> types;
};
} // namespace

/// How attributes and types are encoded, as far as they refer to others: `a` and `t` an attribute, a type; `n` a
/// number; `A`, `T`, `N` lists of these; `D` a list of pairs of attributes. What follows refers to nothing.
static StringRef encoding(StringRef dialect, bool isType, uint64_t code) {
  static constexpr StringLiteral kBuiltinAttributes[] = {"A", "D", "",   "nt",  "a",   "aA", "t",  "",
                                                         "t", "t", "aa", "a",   "A",   "Aa", "aa", "",
                                                         "t", "t", "t",  "tnN", "taa", "a",  "a"};
  static constexpr StringLiteral kBuiltinTypes[] = {"",     "", "TT", "",    "",  "",  "",   "",  "",   "t",  "Nta",
                                                    "aNta", "", "Nt", "aNt", "T", "t", "at", "t", "Nt", "NNt"};
  static constexpr StringLiteral kVhloAttributes[] = {"", "A", "", "",  "",  "", "D", "",  "t", "t",   "NnN",
                                                      "", "",  "", "n", "t", "", "t", "N", "",  "nnna"};
  static constexpr StringLiteral kVhloTypes[] = {"", "t", "", "", "", "", "", "", "TT", "",    "", "",
                                                 "", "",  "", "", "", "", "", "", "Nt", "aNt", "", "T"};
  ArrayRef<StringLiteral> table;
  if (dialect == "builtin")
    table = isType ? ArrayRef(kBuiltinTypes) : ArrayRef(kBuiltinAttributes);
  else if (dialect == "vhlo")
    table = isType ? ArrayRef(kVhloTypes) : ArrayRef(kVhloAttributes);
  return code < table.size() ? StringRef(table[code]) : "";
}

/// Reads one attribute or type; adds to `refers` what it refers to.
bool EntryChecker::checkEntry(Cursor c, StringRef dialect, bool isType, uint64_t attributes,
                              std::vector<uint64_t> &refers) {
  auto refer = [&](bool toType) { refers.push_back(c.number() + (toType ? attributes : 0)); };
  for (char part : encoding(dialect, isType, c.number())) {
    bool isList = isUpper(part);
    uint64_t count = isList ? c.count(part == 'D' ? 2 : 1) : 1;
    for (uint64_t i = 0; i < count * (part == 'D' ? 2 : 1) && !c.bad; ++i) {
      if (toLower(part) == 'n')
        c.number();
      else
        refer(toLower(part) == 't');
    }
  }
  return !c.bad;
}

/// Whether an entry leads back to itself: MLIR's reader would not end. Also that no chain is longer than recursion
/// takes.
static bool hasCycle(const std::vector<std::vector<uint64_t>> &refers) {
  constexpr unsigned kDeepest = 1000;
  enum : uint8_t { New, Open, Done };
  std::vector<uint8_t> state(refers.size(), New);
  SmallVector<std::pair<uint64_t, size_t>> stack;
  for (uint64_t root = 0; root < refers.size(); ++root) {
    if (state[root] != New)
      continue;
    state[root] = Open;
    stack.push_back({root, 0});
    while (!stack.empty()) {
      auto &[entry, next] = stack.back();
      if (next == refers[entry].size()) {
        state[entry] = Done;
        stack.pop_back();
        continue;
      }
      uint64_t other = refers[entry][next++];
      if (other >= refers.size() || state[other] == Done)
        continue;
      if (state[other] == Open || stack.size() > kDeepest)
        return true;
      state[other] = Open;
      stack.push_back({other, 0});
    }
  }
  return false;
}

/// Bits that an element of type `index` takes in a constant; 0 if it is no number.
uint64_t EntryChecker::elementBits(uint64_t index) const {
  if (index >= types.size())
    return 0;
  auto [dialect, c, isEncoded] = types[index];
  if (!isEncoded) { // as text
    StringRef text(reinterpret_cast<const char *>(c.at), c.left());
    unsigned width;
    if (!text.consume_front("f") || text.consumeInteger(10, width))
      return 0;
    return std::max(width, 8u); // f8E4M3FN, f4E2M1FN, …
  }
  enum { Integer = 0, Index = 1, BF16 = 3, F16 = 4, F32 = 5, F64 = 6, Complex = 9 };
  if (dialect != "builtin")
    return 0;
  switch (c.number()) {
  case Integer: {
    uint64_t width = c.number() >> 2;
    return width == 1 ? 1 : llvm::alignTo(std::min<uint64_t>(width, 1 << 24), 8);
  }
  case BF16:
  case F16:
    return 16;
  case F32:
    return 32;
  case Index:
  case F64:
    return 64;
  case Complex: {
    uint64_t part = c.number();
    return part < index ? 2 * elementBits(part) : 0;
  }
  default:
    return 0;
  }
}

/// Whether a constant's bytes are as many as its type needs; or one element's, which stands for all.
bool EntryChecker::checkConstant(Cursor c) const {
  enum { DenseArray = 17, Dense = 18, Sparse = 20, Tensor = 13, TensorWithEncoding = 14, Vector = 19 };
  uint64_t code = c.number();
  if (code == Sparse)
    return false;
  if (code != DenseArray && code != Dense)
    return true;
  uint64_t type = c.number(), elements = 1;
  if (code == DenseArray) {
    elements = c.number();
  } else {
    if (type >= types.size() || types[type].dialect != "builtin" || !types[type].isEncoded)
      return false;
    Cursor shaped = types[type].content;
    uint64_t kind = shaped.number();
    if (kind != Tensor && kind != TensorWithEncoding && kind != Vector)
      return false;
    if (kind == TensorWithEncoding)
      shaped.number();
    for (uint64_t i = 0, rank = shaped.count(); i < rank; ++i) {
      uint64_t size = shaped.number(); // twice the size, odd if that is negative
      if ((size & 1) || llvm::MulOverflow<int64_t>(elements, size >> 1, reinterpret_cast<int64_t &>(elements)))
        return false;
    }
    type = shaped.number();
  }
  Cursor bytes = c.take(c.number());
  uint64_t bits = elementBits(type);
  if (c.bad || !bits)
    return false;
  if (bits == 1 && code == Dense) { // packed, or a byte each
    bool isSplat = bytes.left() == 1 && (*bytes.at == 0 || *bytes.at == 1 || *bytes.at == 0xff);
    return isSplat || bytes.left() == llvm::divideCeil(elements, 8) || bytes.left() == elements;
  }
  uint64_t each = llvm::divideCeil(bits, 8);
  return (code == Dense && bytes.left() == each) || (bytes.left() / each == elements && bytes.left() % each == 0);
}

bool EntryChecker::run(Cursor offsets, Cursor entries) {
  uint64_t attributes = offsets.count(), all = attributes + offsets.count();
  std::vector<std::vector<uint64_t>> refers;
  SmallVector<Cursor> constants;
  while (refers.size() < all && !offsets.bad) {
    uint64_t dialect = offsets.number();
    StringRef name = dialect < dialects.size() ? dialects[dialect] : "";
    for (uint64_t i = 0, end = offsets.count(); i < end && !offsets.bad; ++i) {
      uint64_t size = offsets.number();
      Cursor entry = entries.take(size >> 1);
      bool isType = refers.size() >= attributes, isEncoded = size & 1;
      if (isType)
        types.push_back({name, entry, isEncoded});
      else if (isEncoded && name == "builtin")
        constants.push_back(entry);
      if (refers.emplace_back(); isEncoded && !checkEntry(entry, name, isType, attributes, refers.back()))
        return false;
    }
  }
  return !offsets.bad && !entries.bad && !hasCycle(refers) &&
         llvm::all_of(constants, [&](const Cursor &constant) { return checkConstant(constant); });
}

bool hadal::stablehlo::checkEntries(Cursor offsets, Cursor entries, ArrayRef<StringRef> dialects) {
  return EntryChecker(dialects).run(offsets, entries);
}
