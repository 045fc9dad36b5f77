//===- NpzTest.cpp - Reading and writing .npz -----------------------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hadal/Support/Npz.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/raw_ostream.h"
#include "gtest/gtest.h"

#include <zip.h>

using namespace llvm;
using namespace hadal;

namespace {
/// A path for one file, removed at the end.
class NpzTest : public testing::Test {
protected:
  void SetUp() override { ASSERT_FALSE(sys::fs::createTemporaryFile("hadal", "npz", path)); }
  void TearDown() override { (void)sys::fs::remove(path); }

  std::string errorOfReading() {
    auto arrays = readNpz(path);
    return arrays ? "" : toString(arrays.takeError());
  }
  void write(StringRef bytes) {
    std::error_code code;
    raw_fd_ostream(path, code) << bytes;
    ASSERT_FALSE(code);
  }
  std::string bytesOfFile() {
    auto buffer = MemoryBuffer::getFile(path, false, false);
    return buffer ? (*buffer)->getBuffer().str() : "";
  }

  SmallString<128> path;
};

Array counting(ArrayRef<int64_t> shape) {
  Array array = Array::zeros(DType::F32, shape);
  for (int64_t i = 0; i < array.numElements(); ++i)
    array.setDouble(i, i);
  return array;
}

TEST_F(NpzTest, RoundTrip) {
  std::vector<NamedArray> arrays = {{"0.x", counting({2, 3})}, {"1.x", counting({4})}, {"1.y", counting({})}};
  ASSERT_FALSE(static_cast<bool>(writeNpz(path, arrays)));
  auto read = readNpz(path);
  ASSERT_TRUE(static_cast<bool>(read)) << toString(read.takeError());
  ASSERT_EQ(read->size(), 3u);
  for (size_t i = 0; i < 3; ++i) {
    EXPECT_EQ((*read)[i].name, arrays[i].name);
    EXPECT_EQ((*read)[i].array.shape, arrays[i].array.shape);
    EXPECT_EQ((*read)[i].array.bytes, arrays[i].array.bytes);
  }
}

TEST_F(NpzTest, Prefix) {
  ASSERT_FALSE(static_cast<bool>(writeNpz(path, {{"0.x", counting({2})}, {"1.x", counting({3})}})));
  auto read = readNpz(path, "1.");
  ASSERT_TRUE(static_cast<bool>(read)) << toString(read.takeError());
  ASSERT_EQ(read->size(), 1u);
  EXPECT_EQ((*read)[0].name, "1.x");
}

TEST_F(NpzTest, NoMembers) {
  ASSERT_FALSE(static_cast<bool>(writeNpz(path, {})));
  auto read = readNpz(path);
  ASSERT_TRUE(static_cast<bool>(read)) << toString(read.takeError());
  EXPECT_TRUE(read->empty());
}

TEST_F(NpzTest, Deflated) {
  int code = 0;
  zip_t *archive = zip_open(path.c_str(), ZIP_CREATE | ZIP_TRUNCATE, &code);
  ASSERT_NE(archive, nullptr);
  Array array = Array::zeros(DType::F32, {1000});
  std::vector<uint8_t> bytes = formatNpy(array);
  zip_int64_t index = zip_file_add(archive, "z.npy", zip_source_buffer(archive, bytes.data(), bytes.size(), 0), 0);
  ASSERT_EQ(zip_set_file_compression(archive, index, ZIP_CM_DEFLATE, 9), 0);
  ASSERT_EQ(zip_close(archive), 0);
  ASSERT_LT(bytesOfFile().size(), 1000u);
  auto read = readNpz(path);
  ASSERT_TRUE(static_cast<bool>(read)) << toString(read.takeError());
  EXPECT_EQ((*read)[0].array.bytes, array.bytes);
}

TEST_F(NpzTest, RefusesWhatIsNoZip) {
  write("hello, world");
  EXPECT_EQ(errorOfReading(), path.str().str() + ": cannot read as .npz: Not a zip archive");
}

TEST_F(NpzTest, RefusesMissingFile) {
  ASSERT_FALSE(sys::fs::remove(path));
  EXPECT_EQ(errorOfReading(), path.str().str() + ": cannot read as .npz: No such file");
}

TEST_F(NpzTest, NamesTheDamagedMember) {
  ASSERT_FALSE(static_cast<bool>(writeNpz(path, {{"a", counting({4})}, {"b", counting({4})}})));
  std::string bytes = bytesOfFile();
  size_t last = bytes.rfind("NUMPY");
  ASSERT_NE(last, std::string::npos);
  bytes[last + 130] ^= 1;
  write(bytes);
  EXPECT_EQ(errorOfReading(), path.str().str() + " (b): damaged member (wrong checksum or size)");
}

TEST_F(NpzTest, EveryTruncationIsAnError) {
  ASSERT_FALSE(static_cast<bool>(writeNpz(path, {{"a", counting({4})}})));
  std::string bytes = bytesOfFile();
  for (size_t size = 1; size < bytes.size(); size += 7) {
    write(StringRef(bytes).take_front(size));
    EXPECT_NE(errorOfReading(), "") << size;
  }
}
} // namespace
