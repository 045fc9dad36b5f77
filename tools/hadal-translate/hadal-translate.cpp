//===- hadal-translate.cpp - Models into IR -------------------------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hadal/Import/Onnx.h"
#include "hadal/Import/StableHLO.h"
#include "hadal/Target/CudaCpp/EmitCuda.h"

#include "tools/common/CommandLine.h"

#include "mlir/IR/AsmState.h"
#include "mlir/Tools/mlir-translate/MlirTranslateMain.h"

static constexpr char kOverview[] =
    "Hadal's translation tool: models of other formats into IR, and IR into CUDA C++\n\n"
    "  hadal-translate --import-onnx prefill.onnx -o prefill.mlir\n"
    "  hadal-translate --import-stablehlo model.mlir -o prefill.mlir\n"
    "  hadal-translate --emit-cuda kernels.mlir -o kernels.cu\n\n"
    "Weights are printed too, as hexadecimal text; to read the IR, leave them out with\n"
    "--mlir-elide-resource-strings-if-larger=16. Exit status: 1 if the model is refused.\n";

int main(int argc, char **argv) {
  hadal::removeLibraryOptions();
  mlir::registerAsmPrinterCLOptions();
  hadal::registerOnnxTranslation();
  hadal::registerStableHLOTranslation();
  hadal::registerCudaCppTranslation();
  return mlir::failed(mlir::mlirTranslateMain(argc, argv, kOverview));
}
