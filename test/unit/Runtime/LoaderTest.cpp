//===- LoaderTest.cpp - Artifacts that cannot be loaded -------------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/cts/Fixture.h"

#include <gtest/gtest.h>

#include <filesystem>

using namespace hadal::cts;

namespace {

class Loader : public testing::Test {
protected:
  void SetUp() override {
    ASSERT_EQ(hadalContextCreate("cpu", 1, &context), HADAL_OK) << hadalLastError();
    seal(FIXTURE_CPU, artifact);
    writeFile(weights, fixtureWeights());
  }
  void TearDown() override { hadalContextDestroy(context); }

  /// Loads the artifact and gives the error, in which "DIR/" stands for the folder.
  std::string load(HadalStatus expected) {
    HadalModule *module = nullptr;
    EXPECT_EQ(hadalModuleLoad(context, artifact.c_str(), &module), expected);
    EXPECT_EQ(module != nullptr, expected == HADAL_OK);
    hadalModuleDestroy(module);
    std::string message = expected == HADAL_OK ? "" : hadalLastError(), here = folder / "";
    for (size_t at; (at = message.find(here)) != std::string::npos;)
      message.replace(at, here.size(), "DIR/");
    return message;
  }

  TemporaryFolder folder;
  std::string artifact = folder / "model.so", weights = folder / "fixture-weights.bin";
  HadalContext *context = nullptr;
};

TEST_F(Loader, LoadsWhatIsWhole) { EXPECT_EQ(load(HADAL_OK), ""); }

TEST_F(Loader, MissingFile) {
  std::filesystem::remove(artifact);
  EXPECT_EQ(load(HADAL_NOT_FOUND), "cannot open artifact DIR/model.so: No such file or directory");
}

TEST_F(Loader, Folder) {
  std::filesystem::remove(artifact);
  std::filesystem::create_directory(artifact);
  EXPECT_EQ(load(HADAL_NOT_FOUND), "cannot open artifact DIR/model.so: Is a directory");
}

TEST_F(Loader, NoElfFile) {
  for (const char *text : {"", "\177E", "module {}"}) {
    writeFile(artifact, text);
    EXPECT_EQ(load(HADAL_DAMAGED), "DIR/model.so is not a Hadal artifact: it is no ELF shared object");
  }
}

TEST_F(Loader, CopyThatBrokeOff) {
  std::string bytes = readFile(artifact);
  for (size_t size : {size_t(5), bytes.size() / 2, bytes.size() - 1}) {
    writeFile(artifact, bytes.substr(0, size));
    EXPECT_EQ(load(HADAL_DAMAGED),
              "artifact DIR/model.so is damaged: its end is missing (a copy that broke off, or no Hadal "
              "artifact)");
  }
}

TEST_F(Loader, AnyFlippedBit) {
  const std::string bytes = readFile(artifact);
  for (size_t at : {size_t(4), size_t(100), bytes.size() / 2, bytes.size() - 25, bytes.size() - 16, bytes.size() - 1}) {
    std::string changed = bytes;
    changed[at] ^= 4;
    writeFile(artifact, changed);
    EXPECT_EQ(load(HADAL_DAMAGED), "artifact DIR/model.so is damaged: its bytes are not those that the compiler wrote")
        << "byte " << at << " of " << bytes.size();
  }
}

TEST_F(Loader, SharedObjectWithoutTable) {
  seal(FIXTURE_EMPTY, artifact);
  EXPECT_EQ(load(HADAL_INCOMPATIBLE), "DIR/model.so is not a Hadal artifact: it exports no table 'hadal_artifact'");
}

TEST_F(Loader, OtherVersion) {
  seal(FIXTURE_ABI99, artifact);
  EXPECT_EQ(
      load(HADAL_INCOMPATIBLE),
      "artifact DIR/model.so has version 99 of the artifact format, this runtime reads version 1: compile it anew");
}

TEST_F(Loader, OtherTarget) {
  seal(FIXTURE_EMULATOR, artifact);
  EXPECT_EQ(load(HADAL_INCOMPATIBLE),
            "artifact DIR/model.so was compiled for target 'emulator', and the context's device is 'cpu'");
}

TEST_F(Loader, MissingWeights) {
  std::filesystem::remove(weights);
  EXPECT_EQ(load(HADAL_NOT_FOUND),
            "cannot open weights file fixture-weights.bin of artifact DIR/model.so: No such file or "
            "directory (looked beside the artifact and in the current folder)");
}

TEST_F(Loader, WeightsThatMovedWithTheArtifact) {
  seal(FIXTURE_ABSOLUTE, artifact);
  EXPECT_EQ(load(HADAL_OK), "");
  std::filesystem::remove(weights);
  EXPECT_EQ(load(HADAL_NOT_FOUND),
            "cannot open weights file /nowhere/fixture-weights.bin of artifact DIR/model.so: No such "
            "file or directory (nor is it beside the artifact)");
}

TEST_F(Loader, ShortWeights) {
  writeFile(weights, fixtureWeights().substr(0, 47));
  EXPECT_EQ(load(HADAL_DAMAGED),
            "weights file DIR/fixture-weights.bin is too short: 'w' of artifact DIR/model.so needs 16 "
            "bytes at 32, the file has 47");
}

TEST_F(Loader, AFileCompiledAnewIsReadAnew) {
  HadalModule *before = nullptr, *after = nullptr;
  ASSERT_EQ(hadalModuleLoad(context, artifact.c_str(), &before), HADAL_OK) << hadalLastError();
  std::filesystem::remove(artifact);
  seal(FIXTURE_OTHER, artifact);
  ASSERT_EQ(hadalModuleLoad(context, artifact.c_str(), &after), HADAL_OK) << hadalLastError();
  EXPECT_PRED_FORMAT2(testing::IsSubstring, "\"model\":\"fixture\"", hadalModuleManifest(before));
  EXPECT_PRED_FORMAT2(testing::IsSubstring, "\"model\":\"other\"", hadalModuleManifest(after));
  hadalModuleDestroy(before);
  hadalModuleDestroy(after);
}

TEST(Context, RefusesUnknownDevices) {
  HadalContext *context = nullptr;
  for (const char *device : {"gpu", "", "cuda:", "cuda:x", "cuda:-1", "cpu:0"}) {
    EXPECT_EQ(hadalContextCreate(device, 0, &context), HADAL_INVALID_ARGUMENT);
    EXPECT_PRED_FORMAT2(testing::IsSubstring, "there is no device '" + std::string(device) + "'",
                        std::string(hadalLastError()));
  }
  EXPECT_EQ(hadalContextCreate("cpu", -1, &context), HADAL_INVALID_ARGUMENT);
  EXPECT_STREQ(hadalLastError(), "the number of threads is -1; it must be 0 to 4096");
  EXPECT_EQ(hadalContextCreate(nullptr, 0, &context), HADAL_INVALID_ARGUMENT);
  EXPECT_STREQ(hadalLastError(), "device is NULL");
  EXPECT_EQ(context, nullptr);
}

TEST(Context, CountsItsThreads) {
  HadalContext *context = nullptr;
  ASSERT_EQ(hadalContextCreate("cpu", 3, &context), HADAL_OK) << hadalLastError();
  EXPECT_EQ(hadalContextThreads(context), 3);
  hadalContextDestroy(context);
  ASSERT_EQ(hadalContextCreate("cpu", 0, &context), HADAL_OK) << hadalLastError();
  EXPECT_GE(hadalContextThreads(context), 1);
  hadalContextDestroy(context);
}

} // namespace
