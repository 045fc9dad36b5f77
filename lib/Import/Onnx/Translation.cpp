//===- Translation.cpp - ONNX import for translation tools ----------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hadal/Import/Onnx.h"

#include "mlir/Tools/mlir-translate/Translation.h"

#include "llvm/Support/SourceMgr.h"

using namespace mlir;

void hadal::registerOnnxTranslation() {
  static TranslateToMLIRRegistration registration(
      "import-onnx", "import an ONNX model (the file itself: external data is found beside it)",
      [](llvm::SourceMgr &sources, MLIRContext *context) -> OwningOpRef<Operation *> {
        StringRef path = sources.getMemoryBuffer(sources.getMainFileID())->getBufferIdentifier();
        FailureOr<OwningOpRef<ModuleOp>> module = importOnnx(path, context);
        return failed(module) ? nullptr : OwningOpRef<Operation *>(module->release());
      });
}
