//===- RunFile.h - hadal-run as a function -*- C++ -*-===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_EXECUTIONENGINE_RUNFILE_H
#define HADAL_EXECUTIONENGINE_RUNFILE_H

#include <cstdint>
#include <string>
#include <vector>

namespace hadal {

/// The command line of hadal-run; an empty string is an option not given.
struct RunFileOptions {
  /// A model (.onnx, .mlir) or an artifact, told apart by content.
  std::string input;
  /// Which function; the only public one if not given.
  std::string function;
  /// cpu, reference, emulator[:arch] or cuda[:N].
  std::string target = "cpu";
  std::string precision = "f32";
  /// With target reference: interpret the IR of this phase (import, the default, to host) instead of the model as
  /// imported.
  std::string phase;
  /// A .npz of inputs, of which those that begin with `prefix` are taken, without it.
  std::string inputs, prefix;
  /// NAME=F.npy, one each.
  std::vector<std::string> singleInputs;
  /// A seed for inputs drawn at random, where none is given; and NAME=N for each symbolic dimension.
  std::string randomInputs;
  std::vector<std::string> dims;
  /// A folder that gets outputs.npz.
  std::string outputDir;
  /// An .html file that gets a report of the run: what was raised, the kernels, times, differences.
  std::string report;
  /// A .npz to compare with: for each output NAME the array `prefix`NAME`suffix`.
  std::string expected, suffix;
  double tolerance = 1e-5;
  /// 0: as many as this process may use.
  int32_t threads = 0;
  int32_t repeat = 1;
  bool json = false;
};

/// Runs a file as the options say; outputs and comparisons go to standard output, errors to standard error. Returns the
/// exit status: 0 right, 1 wrong or refused, 2 wrong usage.
int runFile(const RunFileOptions &options);

} // namespace hadal

#endif // HADAL_EXECUTIONENGINE_RUNFILE_H
