//===- ArtifactTest.cpp - Artifacts as files ------------------------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/include/hadal/artifact.h"
#include "hadal/Target/Cpu/EmitArtifact.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Parser/Parser.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/xxhash.h"

#include "gtest/gtest.h"

#include <dlfcn.h>

using namespace hadal;

namespace {

class ArtifactFile : public ::testing::Test {
protected:
  void SetUp() override {
    ASSERT_FALSE(llvm::sys::fs::createUniqueDirectory("hadal-artifact", folder));
    path = folder;
    llvm::sys::path::append(path, "x.so");
    context.loadDialect<mlir::LLVM::LLVMDialect>();
    // More functions than one part has.
    std::string source = "llvm.func @value() -> i32 { %0 = llvm.mlir.constant(7 : i32) : i32 llvm.return %0 : i32 }\n";
    for (int i = 0; i < 40; ++i)
      source += "llvm.func internal @f" + std::to_string(i) + "() -> i32 { %0 = llvm.call @" +
                (i ? "f" + std::to_string(i - 1) : "value") + "() : () -> i32 llvm.return %0 : i32 }\n";
    source += "llvm.func @last() -> i32 { %0 = llvm.call @f39() : () -> i32 llvm.return %0 : i32 }\n";
    module = mlir::parseSourceString<mlir::ModuleOp>(source, &context);
    ASSERT_TRUE(module);
  }
  void TearDown() override { llvm::sys::fs::remove_directories(folder); }

  int filesInFolder() {
    std::error_code code;
    int count = 0;
    for (llvm::sys::fs::directory_iterator it(folder, code), end; it != end && !code; it.increment(code))
      ++count;
    return count;
  }

  llvm::SmallString<128> folder, path;
  mlir::MLIRContext context;
  mlir::OwningOpRef<mlir::ModuleOp> module;
};

TEST_F(ArtifactFile, EndsWithItsHash) {
  llvm::Error error = emitArtifact(*module, path);
  ASSERT_FALSE(bool(error)) << llvm::toString(std::move(error));
  EXPECT_EQ(filesInFolder(), 1);
  auto file = llvm::MemoryBuffer::getFile(path, /*IsText=*/false, /*RequiresNullTerminator=*/false);
  ASSERT_TRUE(bool(file));
  llvm::StringRef content = (*file)->getBuffer(), trailer = content.take_back(HADAL_ARTIFACT_TRAILER_BYTES);
  EXPECT_TRUE(trailer.starts_with(HADAL_ARTIFACT_TRAILER));
  llvm::XXH128_hash_t hash =
      llvm::xxh3_128bits(llvm::arrayRefFromStringRef(content.drop_back(HADAL_ARTIFACT_TRAILER_BYTES)));
  for (int byte = 0; byte < 16; ++byte) {
    uint64_t half = byte < 8 ? hash.high64 : hash.low64;
    EXPECT_EQ(static_cast<uint8_t>(trailer[8 + byte]), static_cast<uint8_t>(half >> (56 - byte % 8 * 8)));
  }
}

TEST_F(ArtifactFile, PartsLinkTogether) {
  for (unsigned threads : {0, 1, 2, 3}) {
    llvm::Error error = emitArtifact(*module, path, {"", "", threads});
    ASSERT_FALSE(bool(error)) << llvm::toString(std::move(error));
    void *library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    ASSERT_TRUE(library) << dlerror();
    EXPECT_EQ(reinterpret_cast<int (*)()>(dlsym(library, "last"))(), 7);
    EXPECT_FALSE(dlsym(library, "f3")); // what was internal is not exported
    dlclose(library);
  }
}

TEST_F(ArtifactFile, ReportsWhatItCannotWrite) {
  llvm::SmallString<128> nowhere(folder);
  llvm::sys::path::append(nowhere, "none", "x.so");
  std::string message = llvm::toString(emitArtifact(*module, nowhere));
  EXPECT_NE(message.find("cannot write"), std::string::npos) << message;
  EXPECT_NE(message.find(nowhere.str().str()), std::string::npos) << message;
}

TEST_F(ArtifactFile, AnUnresolvedCallIsLeftToTheLoader) {
  mlir::OwningOpRef<mlir::ModuleOp> other = mlir::parseSourceString<mlir::ModuleOp>(
      "llvm.func @sinf(f32) -> f32\n"
      "llvm.func @f(%x: f32) -> f32 { %0 = llvm.call @sinf(%x) : (f32) -> f32 llvm.return %0 : f32 }",
      &context);
  llvm::Error error = emitArtifact(*other, path);
  ASSERT_FALSE(bool(error)) << llvm::toString(std::move(error));
  void *library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  ASSERT_TRUE(library) << dlerror();
  EXPECT_EQ(reinterpret_cast<float (*)(float)>(dlsym(library, "f"))(0.0f), 0.0f);
  dlclose(library);
}

} // namespace
