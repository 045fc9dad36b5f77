//===- CompileFile.h - hadal-compile as a function -*- C++ -*-===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_COMPILER_COMPILEFILE_H
#define HADAL_COMPILER_COMPILEFILE_H

#include <string>
#include <vector>

namespace hadal {

/// The command line of hadal-compile; an empty string is an option not given.
struct CompileFileOptions {
  std::string input, output;
  std::string target = "cpu", precision = "f32", emit, compileTo, dumpPhases;
  std::vector<std::string> requireRaised;
  bool summary = false;
  bool explain = false; // stop after raising; write no output but a table of what was recognised
};

/// Compiles a file as the options say. Errors go to standard error; returns the exit status: 0 right, 1 refused,
/// 2 wrong usage.
int compileFile(const CompileFileOptions &options);

} // namespace hadal

#endif // HADAL_COMPILER_COMPILEFILE_H
