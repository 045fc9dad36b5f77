//===- Npz.h - Arrays, and NumPy's files of them ------------*- C++ -*-===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// An Array is data on the host: an element type, a shape, and the elements in
// row-major order. This is what the executions of a model take and give, and
// what .npy and .npz files hold:
//
//   Expected<std::vector<NamedArray>> refs = readNpz("refs.npz");
//   for (const NamedArray &ref : *refs)
//     if (ref.name == "0.logits.f32")
//       ArrayRef<float> logits = ref.array.data<float>();
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_SUPPORT_NPZ_H
#define HADAL_SUPPORT_NPZ_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <cstdint>
#include <string>
#include <vector>

namespace hadal {

/// The element types of arrays. NumPy has none of the narrow floats: such arrays
/// stand in files as their bits (bf16 as u16, the others as u8, one element a
/// byte), and are floats only where a model says so.
enum class DType : uint8_t {
  F64,
  F32,
  F16,
  BF16,
  F8E4M3FN,
  F8E5M2,
  F8E8M0FNU,
  F4E2M1FN,
  I64,
  I32,
  I16,
  I8,
  U64,
  U32,
  U16,
  U8,
  Bool
};

/// The size of one element in bytes.
int64_t dtypeSize(DType dtype);
/// NumPy's name: "float32", "int64", "bool"; "bfloat16", "float8_e4m3fn" as ml_dtypes has them.
llvm::StringRef dtypeName(DType dtype);
bool isFloat(DType dtype);
/// What stands in files for `dtype`: itself, or the unsigned integer that holds its bits.
DType storedAs(DType dtype);
/// Whether an array of type `file` in a file may stand for one of type `model`, element by element in the same bytes:
/// the same type, the bits of a narrow float, or integers of the same width (an i8 of a model has no sign).
bool standsFor(DType file, DType model);

struct Array {
  DType dtype = DType::F32;
  std::vector<int64_t> shape;
  std::vector<uint8_t> bytes;

  /// An array of zeros.
  static Array zeros(DType dtype, llvm::ArrayRef<int64_t> shape);

  int64_t numElements() const;

  template <typename T> llvm::ArrayRef<T> data() const {
    return {reinterpret_cast<const T *>(bytes.data()), bytes.size() / sizeof(T)};
  }
  template <typename T> llvm::MutableArrayRef<T> data() {
    return {reinterpret_cast<T *>(bytes.data()), bytes.size() / sizeof(T)};
  }

  /// Element `index` in row-major order as a double, whatever the type.
  double getDouble(int64_t index) const;
  /// Element `index` as an integer; floats are truncated.
  int64_t getInt(int64_t index) const;
  void setDouble(int64_t index, double value);
  void setInt(int64_t index, int64_t value);
};

/// "float32[2, 128, 256]", as error messages write it.
std::string describe(const Array &array);

struct NamedArray {
  std::string name;
  Array array;
};

/// Parses the bytes of a .npy file (format 1.0 to 3.0, little endian; Fortran
/// order becomes row-major). `what` names the source in errors.
llvm::Expected<Array> parseNpy(llvm::ArrayRef<uint8_t> bytes, llvm::StringRef what);
/// The bytes of `array` as a .npy file; narrow floats as their bits.
std::vector<uint8_t> formatNpy(const Array &array);

llvm::Expected<Array> readNpy(llvm::StringRef path);
llvm::Error writeNpy(llvm::StringRef path, const Array &array);

/// Reads the members of a .npz whose names begin with `prefix`, in file order;
/// names without ".npy".
llvm::Expected<std::vector<NamedArray>> readNpz(llvm::StringRef path, llvm::StringRef prefix = "");
/// Writes a .npz with stored (not deflated) members; an old file is replaced whole or not at all.
llvm::Error writeNpz(llvm::StringRef path, llvm::ArrayRef<NamedArray> arrays);

/// The nearest f16 or bf16 to `value` (ties to even), as its bits, and back.
uint16_t toHalfBits(double value);
uint16_t toBFloatBits(double value);
double fromHalfBits(uint16_t bits);
double fromBFloatBits(uint16_t bits);

/// The nearest number of an 8 or 4 bit float type (ties to even), as its bits, and back. Beyond the range the result is
/// infinity (e5m2), NaN (e4m3, e8m0) or the largest number (e2m1, where NaN is the largest, too). e8m0 has no zero and
/// no sign: below 2^-127 it gives 2^-127, for negative numbers NaN, and halfway it rounds up.
uint8_t toNarrowBits(DType dtype, double value);
double fromNarrowBits(DType dtype, uint8_t bits);

} // namespace hadal

#endif // HADAL_SUPPORT_NPZ_H
