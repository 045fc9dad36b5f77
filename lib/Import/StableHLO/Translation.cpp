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
        const llvm::MemoryBuffer *buffer = sources.getMemoryBuffer(sources.getMainFileID());
        std::string producer = bytecodeProducer(buffer->getBuffer());
        Location file = FileLineColLoc::get(context, buffer->getBufferIdentifier(), 0, 0);
        if (failed(checkSource(buffer->getBuffer(), file)))
          return nullptr;
        OwningOpRef<ModuleOp> module = parseSourceFile<ModuleOp>(sources, ParserConfig(context));
        if (!module || failed(importStableHLO(*module, file, producer)))
          return nullptr;
        return OwningOpRef<Operation *>(module.release());
      },
      [](DialectRegistry &registry) { registerStableHLODialects(registry); });
}
