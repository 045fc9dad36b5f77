//===- FuzzOnnx.cpp - Anything as an ONNX model -------------------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Whatever the bytes are, the import ends with a module or with diagnostics, in
// time and memory that the bytes explain. See docs/importing.md#fuzzing.
//
//===----------------------------------------------------------------------===//

#include "Fuzz.h"

#include "hadal/Import/Onnx.h"
#ifdef HADAL_FUZZ_RAISE
#include "hadal/Transforms/Raise/Passes.h"

#include "mlir/Pass/PassManager.h"
#endif

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/raw_ostream.h"

#include <cstdlib>

using namespace llvm;
using namespace hadal;

/// Where the model lies, with a file beside it for external data to refer to.
static std::string modelPath() {
  SmallString<128> folder;
  if (sys::fs::createUniqueDirectory("hadal-fuzz", folder))
    abort();
  static std::string kept = folder.str().str();
  std::atexit([] { sys::fs::remove_directories(kept); });
  std::error_code error;
  raw_fd_ostream(kept + "/weights.bin", error) << std::string(4096, 1);
  return kept + "/model.onnx";
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static const std::string path = modelPath();
  static fuzz::Session session([](mlir::DialectRegistry &) {});
  {
    std::error_code error;
    raw_fd_ostream file(path, error);
    file.write(reinterpret_cast<const char *>(data), size);
  }
  (void)looksLikeOnnx(path);
  auto module = importOnnx(path, session.get());
#ifdef HADAL_FUZZ_RAISE // FuzzRaise: what can be imported is raised too
  if (succeeded(module)) {
    mlir::PassManager manager(session.current());
    manager.addPass(createRaise());
    (void)manager.run(**module);
  }
#endif
  return 0;
}

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t maxSize, unsigned seed) {
  fuzz::Random random(seed);
  std::string mutated = fuzz::mutateOnnx(StringRef(reinterpret_cast<char *>(data), size), random);
  if (mutated.empty() || mutated.size() > maxSize)
    return LLVMFuzzerMutate(data, size, maxSize);
  memcpy(data, mutated.data(), mutated.size());
  return mutated.size();
}
