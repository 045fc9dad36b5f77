//===- Fixture.cpp - Artifacts for tests ----------------------------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Fixture.h"

#include "hadal/artifact.h"

#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

#define XXH_INLINE_ALL
#include <xxhash.h>

using namespace hadal::cts;

TemporaryFolder::TemporaryFolder() {
  std::string pattern = std::filesystem::temp_directory_path() / "hadal-test-XXXXXX";
  if (mkdtemp(pattern.data()))
    path = pattern;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  if (!path.empty())
    std::filesystem::remove_all(path, ignored);
}

std::string hadal::cts::readFile(const std::string &path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

void hadal::cts::writeFile(const std::string &path, const std::string &bytes) {
  std::ofstream(path, std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

std::string hadal::cts::trailer(const std::string &bytes) {
  XXH128_canonical_t hash;
  XXH128_canonicalFromHash(&hash, XXH3_128bits(bytes.data(), bytes.size()));
  return HADAL_ARTIFACT_TRAILER + std::string(reinterpret_cast<const char *>(&hash), sizeof(hash));
}

void hadal::cts::seal(const std::string &object, const std::string &artifact) {
  std::string bytes = readFile(object);
  writeFile(artifact, bytes + trailer(bytes));
}

std::string hadal::cts::fixtureWeights() {
  const float w[4] = {1, 2, 3, 4};
  return std::string(32, '?') + std::string(reinterpret_cast<const char *>(w), sizeof(w));
}
