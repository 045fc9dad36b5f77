//===- Table.h - What whole operations have ---------------------*- C++ -*-===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_LIB_IMPORT_WHOLEOPS_TABLE_H
#define HADAL_LIB_IMPORT_WHOLEOPS_TABLE_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"

namespace hadal {

/// One operation, each list separated by spaces. A part is `name[A,B,…]`, with `?` behind it if it may be missing and
/// `:index` if it holds indices; a field is `name:kind`, with `!` behind it if it must be given.
struct WholeOpRow {
  llvm::StringLiteral name, node, operands, fields, results;
};

llvm::ArrayRef<WholeOpRow> wholeOpRows();

} // namespace hadal

#endif // HADAL_LIB_IMPORT_WHOLEOPS_TABLE_H
