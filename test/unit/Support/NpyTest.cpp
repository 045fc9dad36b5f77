//===- NpyTest.cpp - Reading and writing .npy -----------------------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hadal/Support/Npz.h"

#include "gtest/gtest.h"

#include <cmath>

using namespace llvm;
using namespace hadal;

/// The bytes of a .npy of version 1.0 with this header and these data.
static std::vector<uint8_t> npy(StringRef header, ArrayRef<uint8_t> data, uint8_t major = 1) {
  std::vector<uint8_t> bytes = {0x93, 'N', 'U', 'M', 'P', 'Y', major, 0};
  bytes.push_back(static_cast<uint8_t>(header.size()));
  bytes.push_back(static_cast<uint8_t>(header.size() >> 8));
  if (major > 1)
    bytes.insert(bytes.end(), 2, 0);
  bytes.insert(bytes.end(), header.begin(), header.end());
  bytes.insert(bytes.end(), data.begin(), data.end());
  return bytes;
}

/// The error message of parsing `bytes`; empty if there was none.
static std::string errorOf(ArrayRef<uint8_t> bytes) {
  Expected<Array> array = parseNpy(bytes, "x.npy");
  return array ? "" : toString(array.takeError());
}

TEST(Npy, RoundTripsEveryType) {
  for (DType dtype : {DType::F64, DType::F32, DType::F16, DType::I64, DType::I32, DType::I16, DType::I8, DType::U64,
                      DType::U32, DType::U16, DType::U8, DType::Bool}) {
    Array array = Array::zeros(dtype, {2, 3});
    for (int64_t i = 0; i < 6; ++i)
      array.setInt(i, i % 2);
    Expected<Array> read = parseNpy(formatNpy(array), "x.npy");
    ASSERT_TRUE(static_cast<bool>(read)) << toString(read.takeError());
    EXPECT_EQ(read->dtype, dtype);
    EXPECT_EQ(read->shape, array.shape);
    EXPECT_EQ(read->bytes, array.bytes);
  }
}

TEST(Npy, WritesBFloatAsItsBits) {
  Array array = Array::zeros(DType::BF16, {1});
  array.setDouble(0, 1.0);
  Expected<Array> read = parseNpy(formatNpy(array), "x.npy");
  ASSERT_TRUE(static_cast<bool>(read)) << toString(read.takeError());
  EXPECT_EQ(read->dtype, DType::U16);
  EXPECT_EQ(read->getInt(0), 0x3f80);
}

TEST(Npy, ScalarAndEmpty) {
  for (std::vector<int64_t> shape : {std::vector<int64_t>{}, {0}, {3, 0, 5}}) {
    Array array = Array::zeros(DType::F32, shape);
    Expected<Array> read = parseNpy(formatNpy(array), "x.npy");
    ASSERT_TRUE(static_cast<bool>(read)) << toString(read.takeError());
    EXPECT_EQ(read->shape, shape);
  }
}

TEST(Npy, FortranOrderBecomesRowMajor) {
  Expected<Array> array =
      parseNpy(npy("{'descr': '|u1', 'fortran_order': True, 'shape': (2, 3), }\n", {1, 4, 2, 5, 3, 6}), "x.npy");
  ASSERT_TRUE(static_cast<bool>(array)) << toString(array.takeError());
  EXPECT_EQ(array->bytes, (std::vector<uint8_t>{1, 2, 3, 4, 5, 6}));
}

TEST(Npy, Versions2And3) {
  for (uint8_t major : {2, 3}) {
    Expected<Array> array =
        parseNpy(npy("{'descr': '|u1', 'fortran_order': False, 'shape': (1,)}\n", {7}, major), "x.npy");
    ASSERT_TRUE(static_cast<bool>(array)) << toString(array.takeError());
    EXPECT_EQ(array->getInt(0), 7);
  }
}

TEST(Npy, Refuses) {
  StringRef shape2 = "'fortran_order': False, 'shape': (2,), }\n";
  EXPECT_EQ(errorOf({}), "x.npy: not an array in NumPy's format (.npy)");
  EXPECT_EQ(errorOf(npy(("{'descr': '>f4', " + shape2).str(), {})), "x.npy: big endian data (>f4) are not supported");
  EXPECT_EQ(errorOf(npy(("{'descr': '<c8', " + shape2).str(), {})), "x.npy: element type '<c8' is not supported");
  EXPECT_EQ(errorOf(npy(("{'descr': '<f4', " + shape2).str(), {0, 0, 0, 0, 0, 0, 0})),
            "x.npy: truncated data: 7 bytes for float32[2]");
  EXPECT_EQ(errorOf(npy(("{'descr': '|u1', " + shape2).str(), {0, 0, 0})),
            "x.npy: 1 bytes too many behind the data of uint8[2]");
  EXPECT_EQ(errorOf(npy("{'descr': '|u1', 'shape': (2,)}", {0, 0})), "x.npy: malformed .npy header");
  EXPECT_EQ(errorOf(npy("{'descr': [('a', '<f4')], " + shape2.str(), {})), "x.npy: malformed .npy header");
  EXPECT_EQ(errorOf(npy("{'descr': '|u1', 'fortran_order': False, 'shape': (2, -1)}", {0, 0})),
            "x.npy: malformed .npy header");
  EXPECT_EQ(errorOf(npy(("{'descr': '|u1', " + shape2).str(), {0, 0}, 9)), "x.npy: unknown .npy format version 9");
  // The product of these sizes is 0 modulo 2^64.
  EXPECT_EQ(errorOf(npy("{'descr': '<f4', 'fortran_order': False, 'shape': (4294967296, 4294967296)}", {0, 0})),
            "x.npy: truncated data: 2 bytes for float32[4294967296, 4294967296]");
}

TEST(Npy, EveryTruncationIsAnError) {
  std::vector<uint8_t> bytes = formatNpy(Array::zeros(DType::F32, {2, 3}));
  for (size_t size = 0; size < bytes.size(); ++size)
    EXPECT_NE(errorOf(ArrayRef(bytes).take_front(size)), "") << size;
}

TEST(Array, RoundsToNearestEven) {
  EXPECT_EQ(toBFloatBits(1.0), 0x3f80);
  EXPECT_EQ(toBFloatBits(1.00390625), 0x3f80); // halfway, to even
  EXPECT_EQ(toBFloatBits(1.01171875), 0x3f82); // halfway, to even
  EXPECT_EQ(toHalfBits(65520.0), 0x7c00);      // beyond the range: infinity
  EXPECT_EQ(fromHalfBits(0x3c00), 1.0);
  EXPECT_TRUE(std::isnan(fromBFloatBits(0x7fc0)));
}

TEST(Array, TruncatesWithoutOverflow) {
  Array array = Array::zeros(DType::F64, {3});
  array.setDouble(0, 1e300);
  array.setDouble(1, NAN);
  array.setDouble(2, -1.5);
  EXPECT_EQ(array.getInt(0), INT64_MAX);
  EXPECT_EQ(array.getInt(1), 0);
  EXPECT_EQ(array.getInt(2), -1);
}
