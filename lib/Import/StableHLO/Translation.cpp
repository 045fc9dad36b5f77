//===- Translation.cpp - StableHLO import for translation tools -----------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hadal/Import/StableHLO.h"

#include "mlir/Parser/Parser.h"
#include "mlir/Tools/mlir-translate/Translation.h"
#include "llvm/Support/SourceMgr.h"

using namespace mlir;

void hadal::registerStableHLOTranslation() {
  static TranslateToMLIRRegistration registration(
      "import-stablehlo", "import a StableHLO model, text or portable artifact",
      [](llvm::SourceMgr &sources, MLIRContext *context) -> OwningOpRef<Operation *> {
        std::string producer = bytecodeProducer(sources.getMemoryBuffer(sources.getMainFileID())->getBuffer());
        OwningOpRef<ModuleOp> module = parseSourceFile<ModuleOp>(sources, ParserConfig(context));
        if (!module || failed(importStableHLO(*module, producer)))
          return nullptr;
        return OwningOpRef<Operation *>(module.release());
      },
      [](DialectRegistry &registry) { registerStableHLODialects(registry); });
}
