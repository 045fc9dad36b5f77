//===- Manifest.h - What an artifact says of itself -------------*- C++ -*-===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_RUNTIME_CORE_MANIFEST_H
#define HADAL_RUNTIME_CORE_MANIFEST_H

#include "Error.h"

#include <cstdint>
#include <string>
#include <vector>

namespace hadal::runtime {

/// An input or output of a function as the model declares it.
struct TensorDecl {
  std::string name;
  DLDataType dtype = {};
  std::vector<int64_t> dims;        // -1 where a symbol or expression stands
  std::vector<std::string> symbols; // "" where static
};

struct FunctionDecl {
  std::string name;
  std::vector<TensorDecl> inputs, outputs;
};

struct Manifest {
  std::string target;
  std::vector<FunctionDecl> functions;

  /// Fails with what is wrong, without the artifact's path.
  static Error parse(const char *json, Manifest &out);
};

/// "float32" for people and manifests. Codes beyond those of DLPack 0.6 are those of later versions: bool 6, FP8 10
/// and 12.
std::string typeName(DLDataType dtype);
/// Bytes of one element; types are of whole bytes.
inline int64_t elementBytes(DLDataType dtype) { return dtype.bits / 8; }
/// Equal, or a bool that was given as uint8.
bool sameType(DLDataType declared, DLDataType given);

} // namespace hadal::runtime

#endif // HADAL_RUNTIME_CORE_MANIFEST_H
