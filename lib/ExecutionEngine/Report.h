//===- Report.h - A run as a page to open ------------------------*- C++ -* -===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_LIB_EXECUTIONENGINE_REPORT_H
#define HADAL_LIB_EXECUTIONENGINE_REPORT_H

#include "hadal/Compiler/Compile.h"
#include "hadal/ExecutionEngine/RunFile.h"
#include "hadal/ExecutionEngine/Signature.h"

#include "llvm/Support/JSON.h"

namespace hadal {

/// Writes `options.report`, one self-contained HTML page: what was raised and fused, the kernels, the time of each
/// phase and run, and how far each output is from what is expected (`report`, as --json prints it). An artifact was
/// compiled before, so that its summary is empty.
llvm::Error writeReport(const RunFileOptions &options, const CompileSummary &summary, const Signature &signature,
                        llvm::ArrayRef<Array> inputs, llvm::ArrayRef<Array> outputs, const llvm::json::Object &report);

} // namespace hadal

#endif // HADAL_LIB_EXECUTIONENGINE_REPORT_H
