//===- Load.cpp - A model of any format as a module ------------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hadal/Compiler/Load.h"

#include "hadal/Import/Onnx.h"
#include "hadal/Import/StableHLO.h"

#include "mlir/IR/Diagnostics.h"
#include "mlir/Parser/Parser.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/SourceMgr.h"

using namespace mlir;
using namespace hadal;

FailureOr<FileKind> hadal::detectFileKind(StringRef path, MLIRContext *context) {
  auto buffer = llvm::MemoryBuffer::getFile(path, /*IsText=*/false, /*RequiresNullTerminator=*/false);
  if (!buffer) {
    emitError(UnknownLoc::get(context)) << "cannot read " << path << ": " << buffer.getError().message();
    return failure();
  }
  StringRef head = (*buffer)->getBuffer().take_front(4096);
  if (head.starts_with("\x7f"
                       "ELF"))
    return FileKind::Artifact;
  if (head.starts_with("ML\xefR")) // MLIR bytecode
    return FileKind::Mlir;
  if (looksLikeOnnx(path))
    return FileKind::Onnx;
  if (llvm::any_of(head, [](unsigned char c) { return c < ' ' && !isspace(c); })) {
    emitError(UnknownLoc::get(context)) << path << " is neither an ONNX model, nor MLIR, nor an artifact";
    return failure();
  }
  return FileKind::Mlir;
}

OwningOpRef<ModuleOp> hadal::loadModel(StringRef path, MLIRContext *context) {
  FailureOr<FileKind> kind = detectFileKind(path, context);
  if (failed(kind))
    return nullptr;
  switch (*kind) {
  case FileKind::Artifact:
    emitError(UnknownLoc::get(context)) << path << " is a compiled artifact, not a model";
    return nullptr;
  case FileKind::Onnx: {
    FailureOr<OwningOpRef<ModuleOp>> module = importOnnx(path, context);
    return failed(module) ? nullptr : std::move(*module);
  }
  case FileKind::Mlir:
    break;
  }
  auto buffer = llvm::MemoryBuffer::getFile(path, /*IsText=*/false, /*RequiresNullTerminator=*/false);
  StringRef data = buffer ? (*buffer)->getBuffer() : "";
  Location file = FileLineColLoc::get(context, path, 0, 0);
  if (failed(checkSource(data, file)))
    return nullptr;
  ParserConfig config(context);
  OwningOpRef<ModuleOp> module = parseSourceFile<ModuleOp>(path, config);
  if (module && module->getBody()->empty()) {
    emitError(UnknownLoc::get(context)) << path << " holds no model: it is empty";
    return nullptr;
  }
  if (module && isStableHLO(*module) && failed(importStableHLO(*module, file, bytecodeProducer(data))))
    return nullptr;
  return module;
}
