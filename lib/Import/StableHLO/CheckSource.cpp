//===- CheckSource.cpp - Whether a file can be given to MLIR's parser -------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// MLIR's reader reserves memory for as many things as the bytes say will
// follow, which ends the process where they are damaged. So every count is
// held against the bytes there are, before: each thing takes one at least.
// Whatever else may be wrong, the reader itself reports. Of text only the depth
// is looked at, since the parser recurses.
//
//===----------------------------------------------------------------------===//

#include "Bytecode.h"

#include "hadal/Import/StableHLO.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"

#include <array>

using namespace llvm;
using namespace mlir;
using namespace hadal::stablehlo;

namespace {

enum Section { Strings, Dialects, AttrTypes, AttrTypeOffsets, IR, Resources, ResourceOffsets, Versions, Properties };
enum OpMask {
  HasAttrs = 1,
  HasResults = 2,
  HasOperands = 4,
  HasSuccessors = 8,
  HasRegions = 16,
  HasOrders = 32,
  HasProperties = 64
};
// Versions of the format that changed what is read here.
enum Format { DialectVersions = 1, SectionsInIR = 2, UseListOrders = 3, NoBlockLocations = 4, OpProperties = 5 };

class Checker {
public:
  explicit Checker(StringRef data) {
    auto *bytes = reinterpret_cast<const uint8_t *>(data.data());
    file = Cursor{bytes, bytes, bytes + data.size()};
  }
  std::string run();

private:
  std::pair<uint8_t, Cursor> section(Cursor &c);
  bool checkDialects(Cursor c);
  bool checkRegion(Cursor &c, unsigned depth);
  bool checkBlockHeader(Cursor &c, uint64_t &ops);
  bool checkOp(Cursor &c, unsigned depth);
  void useLists(Cursor &c, uint64_t values);

  Cursor file;
  uint64_t version = 0;
  SmallVector<StringRef> strings, dialects;
};

} // namespace

std::pair<uint8_t, Cursor> Checker::section(Cursor &c) {
  uint8_t id = c.byte();
  uint64_t length = c.number();
  if (id & 0x80) {
    uint64_t alignment = c.number();
    if (!llvm::isPowerOf2_64(alignment) || alignment > 4096)
      c.fail();
    while (!c.bad && (c.at - c.start) % alignment)
      c.byte();
  }
  return {id & 0x7f, c.take(length)};
}

bool Checker::checkDialects(Cursor c) {
  for (uint64_t i = 0, end = c.count(); i < end && !c.bad; ++i) {
    uint64_t name = c.number();
    bool hasVersion = version >= DialectVersions && (name & 1);
    if (version >= DialectVersions)
      name >>= 1;
    dialects.push_back(name < strings.size() ? strings[name] : "");
    if (hasVersion)
      section(c);
  }
  if (version >= NoBlockLocations)
    c.count();
  while (c.left() && !c.bad) { // the names of operations, by dialect
    c.number();
    c.numbers(c.count());
  }
  return !c.bad;
}

void Checker::useLists(Cursor &c, uint64_t values) {
  for (uint64_t i = 0, end = values > 1 ? c.count() : 1; i < end && !c.bad; ++i) {
    if (values > 1)
      c.number();
    c.numbers(c.bounded(c.number() >> 1));
  }
}

bool Checker::checkBlockHeader(Cursor &c, uint64_t &ops) {
  uint64_t head = c.number();
  ops = c.bounded(head >> 1);
  if (!(head & 1))
    return !c.bad;
  uint64_t arguments = c.count();
  for (uint64_t i = 0; i < arguments && !c.bad; ++i)
    if (uint64_t type = c.number(); version < NoBlockLocations || (type & 1))
      c.number();
  if (version >= UseListOrders && c.byte())
    useLists(c, arguments);
  return !c.bad;
}

bool Checker::checkOp(Cursor &c, unsigned depth) {
  c.number();
  uint8_t mask = c.byte();
  c.number(); // its location
  if (mask & HasAttrs)
    c.number();
  if (mask & HasProperties)
    c.number();
  uint64_t results = mask & HasResults ? c.count() : 0;
  c.numbers(results);
  if (mask & HasOperands)
    c.numbers(c.count());
  if (mask & HasSuccessors)
    c.numbers(c.count());
  if (version >= UseListOrders && (mask & HasOrders))
    useLists(c, results);
  if (!(mask & HasRegions))
    return !c.bad;
  uint64_t head = c.number();
  Cursor *inner = &c;
  Cursor own = c;
  if (version >= SectionsInIR && (head & 1) && head > 1) {
    own = section(c).second;
    inner = &own;
  }
  for (uint64_t i = 0, end = inner->bounded(head >> 1); i < end; ++i)
    if (!checkRegion(*inner, depth))
      return false;
  return !c.bad && !inner->bad;
}

/// Also limits how deep regions nest: everything that walks IR recurses.
bool Checker::checkRegion(Cursor &c, unsigned depth) {
  if (depth > 100)
    return false;
  uint64_t blocks = c.count();
  if (blocks)
    c.count(); // values
  for (uint64_t block = 0; block < blocks; ++block) {
    uint64_t ops;
    if (!checkBlockHeader(c, ops))
      return false;
    for (uint64_t i = 0; i < ops; ++i)
      if (!checkOp(c, depth + 1))
        return false;
  }
  return !c.bad;
}

std::string Checker::run() {
  file.take(4); // "MLïR"
  version = file.number();
  while (!file.bad && file.byte())
    ; // the producer
  std::array<std::optional<Cursor>, Properties + 1> sections;
  while (!file.bad && file.left()) {
    auto [id, content] = section(file);
    if (id < sections.size())
      sections[id] = content;
  }
  if (file.bad)
    return "it ends too early";
  if (sections[Strings]) {
    // Sizes of all strings from the last to the first; their bytes stand behind.
    Cursor c = *sections[Strings];
    uint64_t count = c.count();
    SmallVector<uint64_t> sizes(count);
    for (uint64_t &size : llvm::reverse(sizes))
      size = c.number();
    for (uint64_t size : sizes) {
      Cursor text = c.take(size);
      strings.push_back(size && !c.bad ? StringRef(reinterpret_cast<const char *>(text.at), size - 1) : "");
    }
    if (c.bad)
      return "its strings exceed it";
  }
  if (sections[Dialects] && !checkDialects(*sections[Dialects]))
    return "its dialects exceed it";
  if (sections[AttrTypeOffsets] && sections[AttrTypes] &&
      !checkEntries(*sections[AttrTypeOffsets], *sections[AttrTypes], dialects))
    return "its attributes and types exceed it, hold each other, or have other sizes than their types say";
  if (sections[ResourceOffsets]) {
    Cursor c = *sections[ResourceOffsets];
    c.count();
    while (c.left() && !c.bad) {
      c.number();
      for (uint64_t i = 0, end = c.count(); i < end && !c.bad; ++i) {
        c.numbers(2);
        c.byte();
      }
    }
    if (c.bad)
      return "its resources exceed it";
  }
  if (sections[Properties])
    if (Cursor c = *sections[Properties]; c.count(), c.bad)
      return "its properties exceed it";
  if (!sections[IR])
    return "";
  Cursor c = *sections[IR], head = c;
  uint64_t ops;
  if (!checkBlockHeader(c, ops) || (head.number() & 1)) // a file's own block has no arguments
    return "its operations exceed it";
  for (uint64_t i = 0; i < ops; ++i)
    if (!checkOp(c, 0))
      return "its operations exceed it or nest too deep";
  return "";
}

/// Whether brackets of text nest deeper than the parser, which recurses, may be trusted with. Names the line.
static std::optional<size_t> findTooDeep(StringRef text) {
  constexpr int64_t kDeepest = 300;
  int64_t depth = 0;
  for (size_t at = 0; (at = text.find_first_of("([{<)]}>\"/", at)) != StringRef::npos; ++at) {
    char c = text[at];
    if (c == '"') { // to its end
      while (++at < text.size() && text[at] != '"' && text[at] != '\n')
        at += text[at] == '\\';
    } else if (c == '/') {
      if (text.substr(at).starts_with("//"))
        at = std::min(text.find('\n', at), text.size());
    } else if (c == '>' && at && (text[at - 1] == '-' || text.substr(at + 1).starts_with("="))) {
      continue; // an arrow, a comparison
    } else if (StringRef("([{<").contains(c)) {
      if (++depth > kDeepest)
        return text.take_front(at).count('\n') + 1;
    } else {
      depth = std::max<int64_t>(depth - 1, 0);
    }
  }
  return std::nullopt;
}

LogicalResult hadal::checkSource(StringRef data, Location file) {
  if (!data.starts_with("ML\xefR")) {
    std::optional<size_t> line = findTooDeep(data);
    if (!line)
      return success();
    auto place = dyn_cast<FileLineColLoc>(file);
    if (place)
      file = FileLineColLoc::get(place.getFilename(), *line, 0);
    return emitError(file) << "nests too deep";
  }
  std::string why = Checker(data).run();
  if (why.empty())
    return success();
  return emitError(file) << "the bytecode is damaged: " << why;
}
