//===- FuzzStableHLO.cpp - Anything as a StableHLO model ----------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Text and portable artifacts, parsed and imported. Whatever the bytes are, it
// ends with a module or with diagnostics. See docs/importing.md#fuzzing.
//
//===----------------------------------------------------------------------===//

#include "Fuzz.h"

#include "hadal/Import/StableHLO.h"

#include "mlir/Parser/Parser.h"

using namespace llvm;
using namespace mlir;
using namespace hadal;

static bool isBytecode(StringRef data) { return data.starts_with("ML\xefR"); }

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static fuzz::Session session(registerStableHLODialects);
  MLIRContext *context = session.get();
  StringRef text(reinterpret_cast<const char *>(data), size);
  Location file = FileLineColLoc::get(context, "model", 0, 0);
  std::string copy = text.str(); // ends with a zero, as the lexer wants it
  if (failed(checkSource(copy, file)))
    return 0;
  OwningOpRef<ModuleOp> module = parseSourceString<ModuleOp>(copy, ParserConfig(context), "model");
  if (module && isStableHLO(*module))
    (void)importStableHLO(*module, file, bytecodeProducer(text));
  return 0;
}

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t maxSize, unsigned seed) {
  fuzz::Random random(seed);
  StringRef text(reinterpret_cast<char *>(data), size);
  if (isBytecode(text) || fuzz::below(random, 16) == 0)
    return LLVMFuzzerMutate(data, size, maxSize);
  std::string mutated = fuzz::mutateText(text, random);
  if (mutated.empty() || mutated.size() > maxSize)
    return LLVMFuzzerMutate(data, size, maxSize);
  memcpy(data, mutated.data(), mutated.size());
  return mutated.size();
}
