//===- Fixture.h - Artifacts for tests --------------------------*- C++ -*-===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_RUNTIME_CTS_FIXTURE_H
#define HADAL_RUNTIME_CTS_FIXTURE_H

#include "hadal/runtime.h"

#include <string>
#include <vector>

namespace hadal::cts {

/// A folder that is gone with its owner.
class TemporaryFolder {
public:
  TemporaryFolder();
  ~TemporaryFolder();
  std::string operator/(const std::string &name) const { return path + "/" + name; }

private:
  std::string path;
};

std::string readFile(const std::string &path);
void writeFile(const std::string &path, const std::string &bytes);

/// The trailer that the compiler puts behind an object.
std::string trailer(const std::string &bytes);
/// Copies a built shared object to an artifact.
void seal(const std::string &object, const std::string &artifact);
/// The weights that fixture.c expects, w = {1, 2, 3, 4}.
std::string fixtureWeights();

} // namespace hadal::cts

#endif // HADAL_RUNTIME_CTS_FIXTURE_H
