//===- RegisterAll.h - Everything a tool may need, registered -*- C++ -*-===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_PIPELINES_REGISTERALL_H
#define HADAL_PIPELINES_REGISTERALL_H

namespace mlir {
class DialectRegistry;
} // namespace mlir

namespace hadal {

/// Registers the dialects that Hadal's IR may contain, ours and upstream's,
/// with the external interfaces that our passes use.
void registerAllDialects(mlir::DialectRegistry &registry);

/// Registers every pass and pipeline of Hadal, and the upstream passes that
/// its pipelines use, under their command-line names.
void registerAllPasses();

} // namespace hadal

#endif // HADAL_PIPELINES_REGISTERALL_H
