//===- EmitArtifact.cpp - A module to a shared object ---------------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hadal/Target/Cpu/EmitArtifact.h"

#include "lib/Target/Cpu/CompileModule.h"

#include "mlir/Target/LLVMIR/Dialect/Builtin/BuiltinToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/LLVMIR/LLVMToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Export.h"

#include "llvm/Bitcode/BitcodeReader.h"
#include "llvm/Bitcode/BitcodeWriter.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FileUtilities.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Program.h"
#include "llvm/Support/raw_ostream.h"
#include "llvm/Support/xxhash.h"
#include "llvm/Transforms/Utils/SplitModule.h"

#include <thread>

using namespace llvm;
using namespace hadal;

// HADAL_ARTIFACT_TRAILER of runtime/include/hadal/artifact.h.
static constexpr StringLiteral kTrailer = "HADLEND1";
/// A part smaller than this is not worth a thread.
static constexpr size_t kFunctionsOfPart = 16;

namespace {

/// A file that is removed at the end, whatever happens.
class TemporaryFile {
public:
  static Expected<std::unique_ptr<TemporaryFile>> create(StringRef prefix, StringRef suffix, StringRef content) {
    auto file = std::make_unique<TemporaryFile>();
    if (std::error_code code = sys::fs::createTemporaryFile(prefix, suffix, file->path))
      return createStringError(code, "cannot make a temporary file: " + code.message());
    std::error_code code;
    raw_fd_ostream os(file->path, code);
    os << content;
    os.close();
    if (code || os.has_error())
      return createStringError("cannot write " + file->path.str().str());
    return std::move(file);
  }
  ~TemporaryFile() { sys::fs::remove(path); }

  SmallString<128> path;
};

} // namespace

static Expected<std::string> findLinker() {
  if (sys::fs::can_execute(HADAL_LLD))
    return HADAL_LLD;
  for (StringRef name : {"ld.lld-22", "ld.lld"})
    if (ErrorOr<std::string> path = sys::findProgramByName(name))
      return *path;
  return createStringError("no linker: neither " HADAL_LLD " nor ld.lld-22 or ld.lld in PATH");
}

/// The C library's mathematics, so that the artifact loads into a process that has not loaded it.
static std::string findMathLibrary() {
  for (StringRef folder : {"/lib/x86_64-linux-gnu", "/usr/lib/x86_64-linux-gnu", "/lib/aarch64-linux-gnu",
                           "/usr/lib/aarch64-linux-gnu", "/lib64", "/usr/lib64", "/usr/lib"}) {
    std::string path = (folder + "/libm.so.6").str();
    if (sys::fs::exists(path))
      return path;
  }
  return "";
}

static Error link(ArrayRef<StringRef> objects, StringRef output) {
  Expected<std::string> linker = findLinker();
  if (!linker)
    return linker.takeError();
  std::string math = findMathLibrary();
  SmallVector<StringRef> arguments{*linker, "-shared", "--hash-style=gnu", "--as-needed", "-o", output};
  arguments.append(objects.begin(), objects.end());
  if (!math.empty())
    arguments.push_back(math);
  auto log = TemporaryFile::create("hadal-link", "log", "");
  if (!log)
    return log.takeError();
  std::optional<StringRef> redirects[] = {std::nullopt, (*log)->path.str(), (*log)->path.str()};
  std::string message;
  int status = sys::ExecuteAndWait(*linker, arguments, std::nullopt, redirects, /*SecondsToWait=*/0,
                                   /*MemoryLimit=*/0, &message);
  if (status == 0)
    return Error::success();
  if (auto text = MemoryBuffer::getFile((*log)->path); text && message.empty())
    message = (*text)->getBuffer().str();
  return createStringError("linking " + output.str() + " failed: " + message);
}

/// Puts the trailer behind the linked object and moves it into place.
static Error finish(StringRef linked, StringRef path) {
  auto content = MemoryBuffer::getFile(linked, /*IsText=*/false, /*RequiresNullTerminator=*/false);
  if (!content)
    return createStringError(content.getError(), "cannot read " + linked.str());
  XXH128_hash_t hash = xxh3_128bits(arrayRefFromStringRef((*content)->getBuffer()));
  std::error_code code;
  raw_fd_ostream os(linked, code, sys::fs::CD_OpenExisting, sys::fs::FA_Write, sys::fs::OF_Append);
  if (code)
    return createStringError(code, "cannot write " + linked.str() + ": " + code.message());
  char canonical[16];
  support::endian::write64be(canonical, hash.high64);
  support::endian::write64be(canonical + 8, hash.low64);
  os << kTrailer << StringRef(canonical, sizeof(canonical));
  os.close();
  if (os.has_error())
    return createStringError(os.error(), "cannot write " + linked.str());
  if (std::error_code renamed = sys::fs::rename(linked, path))
    return createStringError(renamed, "cannot write " + path.str() + ": " + renamed.message());
  return Error::success();
}

/// Compiles the module in parts, each in a context and thread of its own.
static Error compileParts(Module &module, const ArtifactOptions &options, std::vector<SmallVector<char, 0>> &objects) {
  size_t functions = count_if(module, [](const Function &function) { return !function.isDeclaration(); });
  unsigned count = std::clamp<size_t>(functions / kFunctionsOfPart, 1, std::max(options.threads, 1u));
  objects.resize(count);
  if (count == 1)
    return compileModule(module, options.cpu, options.features, objects[0]);
  std::vector<SmallVector<char, 0>> parts;
  auto keep = [&](std::unique_ptr<Module> part) {
    raw_svector_ostream os(parts.emplace_back());
    WriteBitcodeToFile(*part, os);
  };
  SplitModule(module, count, keep, /*PreserveLocals=*/false, /*RoundRobin=*/true);
  std::vector<std::string> messages(count);
  std::vector<std::thread> threads;
  for (unsigned index = 0; index < count; ++index)
    threads.emplace_back([&, index] {
      LLVMContext context;
      MemoryBufferRef bitcode(StringRef(parts[index].data(), parts[index].size()), "part");
      Expected<std::unique_ptr<Module>> part = parseBitcodeFile(bitcode, context);
      Error error = part ? compileModule(**part, options.cpu, options.features, objects[index]) : part.takeError();
      messages[index] = error ? toString(std::move(error)) : "";
    });
  for (std::thread &thread : threads)
    thread.join();
  for (const std::string &message : messages)
    if (!message.empty())
      return createStringError(message);
  return Error::success();
}

Error hadal::emitArtifact(mlir::ModuleOp module, StringRef path, const ArtifactOptions &options) {
  mlir::DialectRegistry registry;
  mlir::registerBuiltinDialectTranslation(registry);
  mlir::registerLLVMDialectTranslation(registry);
  module->getContext()->appendDialectRegistry(registry);

  LLVMContext context;
  std::unique_ptr<Module> translated = mlir::translateModuleToLLVMIR(module, context, "hadal");
  if (!translated)
    return createStringError("translation to LLVM IR failed");
  std::vector<SmallVector<char, 0>> objects;
  if (Error error = compileParts(*translated, options, objects))
    return error;
  std::vector<std::unique_ptr<TemporaryFile>> files;
  SmallVector<StringRef> paths;
  for (const SmallVector<char, 0> &object : objects) {
    auto file = TemporaryFile::create("hadal", "o", StringRef(object.data(), object.size()));
    if (!file)
      return file.takeError();
    paths.push_back((*file)->path);
    files.push_back(std::move(*file));
  }

  // Beside its destination, so that it can be moved there in one step.
  SmallString<128> linked;
  if (std::error_code code = sys::fs::createUniqueFile(path + ".%%%%%%", linked))
    return createStringError(code, "cannot write " + path.str() + ": " + code.message());
  FileRemover remover(linked);
  if (Error error = link(paths, linked))
    return error;
  if (Error error = finish(linked, path))
    return error;
  remover.releaseFile();
  return Error::success();
}
