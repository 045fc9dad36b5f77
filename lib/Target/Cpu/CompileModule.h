//===- CompileModule.h - LLVM IR to an object file ---------------*- C++ -*-===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_LIB_TARGET_CPU_COMPILEMODULE_H
#define HADAL_LIB_TARGET_CPU_COMPILEMODULE_H

#include "llvm/ADT/SmallVector.h"
#include "llvm/IR/Module.h"
#include "llvm/Support/Error.h"

namespace hadal {

/// Optimises the module for this CPU ("" for this machine's) and writes an object file for a shared object to `object`.
llvm::Error compileModule(llvm::Module &module, llvm::StringRef cpu, llvm::StringRef features,
                          llvm::SmallVectorImpl<char> &object);

} // namespace hadal

#endif // HADAL_LIB_TARGET_CPU_COMPILEMODULE_H
