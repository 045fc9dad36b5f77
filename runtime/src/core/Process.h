//===- Process.h - Other programs, and files for them -----------*- C++ -*-===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_RUNTIME_CORE_PROCESS_H
#define HADAL_RUNTIME_CORE_PROCESS_H

#include <string>
#include <vector>

namespace hadal::runtime {

/// A folder that only this user can enter, removed with the files in it.
class TemporaryFolder {
public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder &) = delete;
  TemporaryFolder &operator=(const TemporaryFolder &) = delete;

  /// "" and errno if it could not be made.
  const std::string &getPath() const { return path; }

private:
  std::string path;
};

bool writeFile(const std::string &path, const std::string &text);

inline constexpr int kCannotRun = -1;
/// Runs a program to its end and gives its exit status, 128 + N if signal N ended it, or kCannotRun. `log` gets what it
/// wrote to both streams, or why it cannot be run.
int runProcess(const std::vector<std::string> &command, std::string &log);

} // namespace hadal::runtime

#endif // HADAL_RUNTIME_CORE_PROCESS_H
