//===- Bytecode.h - Reading MLIR bytecode with care -------------*- C++ -*-===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_IMPORT_STABLEHLO_BYTECODE_H
#define HADAL_IMPORT_STABLEHLO_BYTECODE_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/ADT/bit.h"

#include <cstdint>
#include <optional>

namespace hadal::stablehlo {

/// A position in the bytes. After a failure it stands at the end and reads zeros.
struct Cursor {
  const uint8_t *start, *at, *end;
  bool bad = false;

  uint64_t left() const { return end - at; }
  void fail() {
    bad = true;
    at = end;
  }
  uint8_t byte() {
    if (at == end) {
      fail();
      return 0;
    }
    return *at++;
  }
  /// A number whose lowest set bit says how many bytes follow.
  uint64_t number() {
    uint8_t head = byte();
    unsigned more = head ? llvm::countr_zero(head) : 8;
    uint64_t value = head;
    if (left() < more) {
      fail();
      return 0;
    }
    if (!head)
      value = 0;
    for (unsigned i = 0; i < more; ++i)
      value |= static_cast<uint64_t>(*at++) << (8 * (head ? i + 1 : i));
    return head ? value >> (more + 1) : value;
  }
  /// How many things follow, of at least `least` bytes each.
  uint64_t count(uint64_t least = 1) { return bounded(number(), least); }
  uint64_t bounded(uint64_t things, uint64_t least = 1) {
    if (things <= left() / least)
      return things;
    fail();
    return 0;
  }
  void numbers(uint64_t things) {
    for (uint64_t i = 0; i < things && !bad; ++i)
      number();
  }
  Cursor take(uint64_t bytes) {
    if (bytes > left())
      fail();
    Cursor part{start, at, bad ? at : at + bytes, bad};
    at = part.end;
    return part;
  }
};

/// Whether brackets of text nest deeper than MLIR's parser, which recurses, may be trusted with. Names the line.
std::optional<size_t> findTooDeep(llvm::StringRef text);

/// Whether the attributes and types of a file can be read: lists no longer than their bytes, none that holds itself,
/// types that there are, constants of their type's size. `offsets` says where each lies in `entries`; `dialects` are
/// their dialects' names.
bool checkEntries(Cursor offsets, Cursor entries, llvm::ArrayRef<llvm::StringRef> dialects);

} // namespace hadal::stablehlo

#endif // HADAL_IMPORT_STABLEHLO_BYTECODE_H
