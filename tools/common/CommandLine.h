//===- CommandLine.h - A tool's own command line ---------------*- C++ -*-===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_TOOLS_COMMON_COMMANDLINE_H
#define HADAL_TOOLS_COMMON_COMMANDLINE_H

#include "llvm/ADT/SmallVector.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/InitLLVM.h"

namespace hadal {

/// Removes the options that LLVM's shared library registers for its own tools (`threads` among them), so that a tool
/// has its own and --help shows no other. Call it before declaring options.
inline void removeLibraryOptions() {
  llvm::SmallVector<llvm::cl::Option *> options;
  for (auto &entry : llvm::cl::getRegisteredOptions())
    if (llvm::StringRef name = entry.first; !name.starts_with("help") && name != "version")
      options.push_back(entry.second);
  for (llvm::cl::Option *option : options)
    option->removeArgument();
}

} // namespace hadal

#endif // HADAL_TOOLS_COMMON_COMMANDLINE_H
