//===- CheckSource.cpp - Whether a file can be given to MLIR's parser -------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// MLIR's reader reserves memory for as many things as the bytes say will
// follow, which ends the process where they are damaged. So every count is
// held against the bytes there are, before: each thing takes one at least. And
// it writes where the bytes say: entries of a group behind the last entry, a use
// of a value behind its last use. Whatever else may be wrong, the reader itself
// reports. Of text only the depth is looked at, since the parser recurses.
//
//===----------------------------------------------------------------------===//

#include "Bytecode.h"

#include "hadal/Import/StableHLO.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"

#include <array>
#include <vector>

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

/// A result or an argument, as far as it is read.
struct Value {
  uint64_t uses = 0;
  uint64_t ordered = 0; // its use-list order says where to put the uses before this one
};

/// The values that operations may refer to, by their numbers: those of the region that is read and of the regions
/// around it, up to one that is isolated.
struct Scope {
  std::vector<Value> values;
  /// Of the innermost region: the number that its next result or argument gets, and whether its results get any.
  uint64_t next = 0;
  bool numbersResults = false;
};

class Checker {
public:
  explicit Checker(StringRef data) {
    auto *bytes = reinterpret_cast<const uint8_t *>(data.data());
    file = Cursor{bytes, bytes, bytes + data.size()};
    size = data.size();
  }
  std::string run();

private:
  std::pair<uint8_t, Cursor> section(Cursor &c);
  bool checkDialects(Cursor c);
  bool checkResources(Cursor offsets, Cursor resources);
  bool checkRegion(Cursor &c, Scope &scope, unsigned depth);
  bool checkBlockHeader(Cursor &c, Scope &scope, uint64_t &ops);
  bool checkOp(Cursor &c, Scope &scope, unsigned depth);
  bool define(Scope &scope, uint64_t count);
  void useLists(Cursor &c, Scope &scope, uint64_t values, bool areDefined);

  Cursor file;
  uint64_t size, version = 0;
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

/// Numbers the next `count` values.
bool Checker::define(Scope &scope, uint64_t count) {
  if (count > scope.values.size() - scope.next)
    return false;
  scope.next += count;
  return true;
}

/// The orders of the uses of the last `values` values.
void Checker::useLists(Cursor &c, Scope &scope, uint64_t values, bool areDefined) {
  for (uint64_t i = 0, end = values > 1 ? c.count() : 1; i < end && !c.bad; ++i) {
    uint64_t value = values > 1 ? c.number() : 0;
    if (value >= values)
      return c.fail();
    uint64_t ordered = 0;
    for (uint64_t use = 0, uses = c.bounded(c.number() >> 1); use < uses; ++use)
      ordered = std::max(ordered, llvm::SaturatingAdd<uint64_t>(c.number(), 1));
    if (areDefined) {
      Value &ofValue = scope.values[scope.next - values + value];
      ofValue.ordered = std::max(ofValue.ordered, ordered);
    }
  }
}

bool Checker::checkBlockHeader(Cursor &c, Scope &scope, uint64_t &ops) {
  uint64_t head = c.number();
  ops = c.bounded(head >> 1);
  if (!(head & 1))
    return !c.bad;
  uint64_t arguments = c.count();
  for (uint64_t i = 0; i < arguments && !c.bad; ++i)
    if (uint64_t type = c.number(); version < NoBlockLocations || (type & 1))
      c.number();
  if (!define(scope, arguments))
    return false;
  if (version >= UseListOrders && c.byte())
    useLists(c, scope, arguments, /*areDefined=*/true);
  return !c.bad;
}

bool Checker::checkOp(Cursor &c, Scope &scope, unsigned depth) {
  c.number();
  uint8_t mask = c.byte();
  c.number(); // its location
  if (mask & HasAttrs)
    c.number();
  if (mask & HasProperties)
    c.number();
  uint64_t results = mask & HasResults ? c.count() : 0;
  c.numbers(results);
  for (uint64_t i = 0, operands = mask & HasOperands ? c.count() : 0; i < operands; ++i) {
    uint64_t operand = c.number();
    if (operand >= scope.values.size())
      return false;
    ++scope.values[operand].uses;
  }
  if (mask & HasSuccessors)
    c.numbers(c.count());
  if (scope.numbersResults && !define(scope, results))
    return false;
  if (version >= UseListOrders && (mask & HasOrders))
    useLists(c, scope, results, scope.numbersResults);
  if (!(mask & HasRegions))
    return !c.bad;
  uint64_t head = c.number();
  bool isIsolated = (head & 1) && head > 1;
  Cursor *inner = &c;
  Cursor own = c;
  if (version >= SectionsInIR && isIsolated) {
    own = section(c).second;
    inner = &own;
  }
  Scope ownScope;
  for (uint64_t i = 0, end = inner->bounded(head >> 1); i < end; ++i)
    if (!checkRegion(*inner, isIsolated ? ownScope : scope, depth))
      return false;
  return !c.bad && !inner->bad;
}

/// Also limits how deep regions nest: everything that walks IR recurses.
bool Checker::checkRegion(Cursor &c, Scope &scope, unsigned depth) {
  if (depth > 100)
    return false;
  uint64_t blocks = c.count();
  if (!blocks)
    return !c.bad;
  uint64_t outer = scope.values.size(), values = c.count();
  if (outer + values > size) // that many cannot be alive: each takes a byte
    return false;
  Scope saved{{}, scope.next, scope.numbersResults};
  scope.values.resize(outer + values);
  scope.next = outer;
  scope.numbersResults = values != 0;
  for (uint64_t block = 0; block < blocks; ++block) {
    uint64_t ops;
    if (!checkBlockHeader(c, scope, ops))
      return false;
    for (uint64_t i = 0; i < ops; ++i)
      if (!checkOp(c, scope, depth + 1))
        return false;
  }
  for (const Value &value : ArrayRef(scope.values).drop_front(outer))
    if (value.ordered > value.uses)
      return false;
  scope.values.resize(outer);
  scope.next = saved.next;
  scope.numbersResults = saved.numbersResults;
  return !c.bad;
}

/// Groups of resources: whose they are, how many, of each its key, size and kind. Blobs begin with their alignment.
bool Checker::checkResources(Cursor offsets, Cursor resources) {
  enum Kind { Blob, Bool, String };
  uint64_t external = offsets.count();
  for (uint64_t group = 0; offsets.left() && !offsets.bad; ++group) {
    offsets.number();
    for (uint64_t i = 0, end = offsets.count(); i < end && !offsets.bad; ++i) {
      offsets.number();
      Cursor content = resources.take(offsets.number());
      uint8_t kind = offsets.byte();
      if (kind > String)
        return false;
      if (uint64_t alignment = 1; kind == Blob && group >= external && content.left())
        if (alignment = content.number(); !llvm::isPowerOf2_64(alignment) || alignment > 4096)
          return false;
    }
  }
  return !offsets.bad && !resources.bad;
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
      if (!size) // each ends with a zero
        c.fail();
      strings.push_back(c.bad ? "" : StringRef(reinterpret_cast<const char *>(text.at), size - 1));
    }
    if (c.bad)
      return "its strings exceed it";
  }
  if (sections[Dialects] && !checkDialects(*sections[Dialects]))
    return "its dialects exceed it";
  if (sections[AttrTypeOffsets] && sections[AttrTypes] &&
      !checkEntries(*sections[AttrTypeOffsets], *sections[AttrTypes], dialects))
    return "its attributes and types exceed it, hold each other, or have other sizes than their types say";
  if (sections[ResourceOffsets] && sections[Resources] &&
      !checkResources(*sections[ResourceOffsets], *sections[Resources]))
    return "its resources exceed it";
  if (sections[Properties])
    if (Cursor c = *sections[Properties]; c.count(), c.bad)
      return "its properties exceed it";
  if (!sections[IR])
    return "";
  Cursor c = *sections[IR], head = c;
  uint64_t ops;
  Scope scope;
  if (!checkBlockHeader(c, scope, ops) || (head.number() & 1)) // a file's own block has no arguments
    return "its operations exceed it";
  for (uint64_t i = 0; i < ops; ++i)
    if (!checkOp(c, scope, 0))
      return "its operations exceed it, nest too deep, or refer to values or uses that there are not";
  return "";
}

std::optional<size_t> hadal::stablehlo::findTooDeep(StringRef text) {
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
