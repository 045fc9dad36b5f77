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
  uint64_t elementBits(uint64_t index, bool isPart = false) const;
  bool isElement(uint64_t index) const;
  bool checkType(const Entry &type) const;
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
                                                         "t", "t", "t",  "tnN", "taa", "a",  "aN"};
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

namespace {
enum TypeCode {
  Integer = 0,
  Index = 1,
  BF16 = 3,
  F16 = 4,
  F32 = 5,
  F64 = 6,
  F80 = 7,
  F128 = 8,
  Complex = 9,
  MemRef = 10,
  MemRefInSpace = 11,
  Tensor = 13,
  TensorWithEncoding = 14,
  UnrankedTensor = 18,
  Vector = 19,
  ScalableVector = 20
};
} // namespace

/// Bits that an element of type `index` takes in a constant; 0 if it is no number. `isPart`: of a complex one.
uint64_t EntryChecker::elementBits(uint64_t index, bool isPart) const {
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
  if (dialect != "builtin")
    return 0;
  switch (c.number()) {
  case Integer: {
    uint64_t width = c.number() >> 2;
    return width == 1 && !isPart ? 1 : llvm::alignTo(std::min<uint64_t>(width, 1 << 24), 8);
  }
  case BF16:
  case F16:
    return 16;
  case F32:
    return 32;
  case Index:
  case F64:
    return 64;
  case F80:
    return 80;
  case F128:
    return 128;
  case Complex:
    return isPart ? 0 : 2 * elementBits(c.number(), /*isPart=*/true);
  default:
    return 0;
  }
}

/// Whether tensors of this type can be: of numbers, or of what a dialect or text defines.
bool EntryChecker::isElement(uint64_t index) const {
  if (index >= types.size())
    return false;
  auto [dialect, c, isEncoded] = types[index];
  if (!isEncoded || dialect != "builtin")
    return true;
  uint64_t code = c.number();
  return code == Integer || code == Index || (code >= BF16 && code <= Complex) || code == Vector;
}

/// What MLIR's reader takes for granted: sizes that are none, widths, elements.
bool EntryChecker::checkType(const Entry &type) const {
  if (!type.isEncoded || type.dialect != "builtin")
    return true;
  Cursor c = type.content;
  uint64_t code = c.number();
  switch (code) {
  case Integer: {
    uint64_t width = c.number(); // with the signedness: signless, signed, unsigned
    return (width & 3) != 3 && (width >> 2) < (1 << 24);
  }
  case Complex:
    return elementBits(c.number(), /*isPart=*/true) != 0;
  case UnrankedTensor:
    return isElement(c.number());
  case ScalableVector:
    return false; // never part of a model
  case MemRef:
  case MemRefInSpace:
  case Tensor:
  case TensorWithEncoding:
  case Vector: {
    if (code == TensorWithEncoding || code == MemRefInSpace)
      c.number();
    for (uint64_t i = 0, rank = c.count(); i < rank; ++i) {
      uint64_t size = c.number(); // twice the size, odd if that is negative
      bool isDynamic = size == UINT64_MAX && code != Vector;
      if (((size & 1) && !isDynamic) || (code == Vector && !size))
        return false;
    }
    return isElement(c.number()) || code == MemRef || code == MemRefInSpace;
  }
  default:
    return true;
  }
}

/// Whether a constant's bytes are as many as its type needs; or one element's, which stands for all.
bool EntryChecker::checkConstant(Cursor c) const {
  enum { IntegerAttr = 8, FloatAttr = 9, DenseArray = 17, Dense = 18, Strings = 19, Sparse = 20 };
  uint64_t code = c.number();
  if (code == Strings || code == Sparse)
    return false;
  if (code != IntegerAttr && code != FloatAttr && code != DenseArray && code != Dense)
    return true;
  uint64_t type = c.number(), elements = 1;
  if (code == IntegerAttr || code == FloatAttr) { // the reader does not see if there is no value, nor a wrong type
    if (type >= types.size() || types[type].dialect != "builtin")
      return false;
    Cursor kind = types[type].content;
    if (types[type].isEncoded && (kind.number() <= TypeCode::Index) != (code == IntegerAttr))
      return false;
    if (uint64_t bits = elementBits(type); bits > 64)
      c.numbers(c.count()); // words
    else if (bits > 8 || bits == 0)
      c.number();
    else
      c.byte();
    return !c.bad;
  }
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
  if (bits == 1 && code == Dense) { // packed
    bool isSplat = bytes.left() == 1 && (*bytes.at == 0 || *bytes.at == 0xff);
    return isSplat || bytes.left() == llvm::divideCeil(elements, 8);
  }
  uint64_t each = llvm::divideCeil(bits, 8);
  return (code == Dense && bytes.left() == each) || (bytes.left() / each == elements && bytes.left() % each == 0);
}

bool EntryChecker::run(Cursor offsets, Cursor entries) {
  uint64_t attributes = offsets.count(), all = attributes + offsets.count();
  std::vector<std::vector<uint64_t>> refers;
  SmallVector<Cursor> constants;
  while (refers.size() < all && !offsets.bad) {
    uint64_t dialect = offsets.number(), group = offsets.count();
    StringRef name = dialect < dialects.size() ? dialects[dialect] : "";
    bool isType = refers.size() >= attributes;
    // The reader writes a group's entries without looking how many there are.
    if (group > (isType ? all : attributes) - refers.size())
      return false;
    for (uint64_t i = 0; i < group && !offsets.bad; ++i) {
      uint64_t size = offsets.number();
      Cursor entry = entries.take(size >> 1);
      bool isEncoded = size & 1;
      if (!isEncoded && findTooDeep(StringRef(reinterpret_cast<const char *>(entry.at), entry.left())))
        return false;
      if (isType)
        types.push_back({name, entry, isEncoded});
      else if (isEncoded && name == "builtin")
        constants.push_back(entry);
      if (refers.emplace_back(); isEncoded && !checkEntry(entry, name, isType, attributes, refers.back()))
        return false;
    }
  }
  return !offsets.bad && !entries.bad && !hasCycle(refers) &&
         llvm::all_of(types, [&](const Entry &type) { return checkType(type); }) &&
         llvm::all_of(constants, [&](const Cursor &constant) { return checkConstant(constant); });
}

bool hadal::stablehlo::checkEntries(Cursor offsets, Cursor entries, ArrayRef<StringRef> dialects) {
  return EntryChecker(dialects).run(offsets, entries);
}
