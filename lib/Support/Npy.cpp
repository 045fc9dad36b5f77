//===- Npy.cpp - NumPy's format of one array ------------------------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The format: "\x93NUMPY", major and minor version, the header's length (2
// bytes little endian in version 1, else 4), the header (a Python dictionary
// like {'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }), the data.
//
//===----------------------------------------------------------------------===//

#include "hadal/Support/Npz.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/raw_ostream.h"

#include <cstring>

using namespace llvm;
using namespace hadal;

static constexpr StringLiteral kMagic = "\x93NUMPY";

namespace {
struct TypeCode {
  StringLiteral code;
  DType dtype;
};
} // namespace

static constexpr TypeCode kTypeCodes[] = {
    {"f8", DType::F64},
    {"f4", DType::F32},
    {"f2", DType::F16},
    {"i8", DType::I64},
    {"i4", DType::I32},
    {"i2", DType::I16},
    {"i1", DType::I8},
    {"u8", DType::U64},
    {"u4", DType::U32},
    {"u2", DType::U16},
    {"u1", DType::U8},
    {"b1", DType::Bool},
    // What NumPy does not know (ml_dtypes' bfloat16 and narrow floats) it writes as raw bytes, e5m2 as f1.
    {"V2", DType::U16},
    {"V1", DType::U8},
    {"f1", DType::U8}};

static Error error(StringRef what, const Twine &message) {
  return createStringError(inconvertibleErrorCode(), what + ": " + message);
}

namespace {
/// What a header says.
struct Header {
  std::string descr;
  bool fortranOrder = false;
  std::vector<int64_t> shape;
};

/// A parser of the one kind of Python dictionary that headers are.
class HeaderParser {
public:
  HeaderParser(StringRef text) : rest(text) {}

  bool parse(Header &header) {
    bool hasDescr = false, hasOrder = false, hasShape = false;
    if (!consume('{'))
      return false;
    while (!consume('}')) {
      std::string key;
      if (!parseString(key) || !consume(':'))
        return false;
      if (key == "descr")
        hasDescr = parseString(header.descr);
      else if (key == "fortran_order")
        hasOrder = parseBool(header.fortranOrder);
      else if (key == "shape")
        hasShape = parseShape(header.shape);
      else
        return false;
      if (!consume(',') && !rest.ltrim().starts_with("}"))
        return false;
    }
    return hasDescr && hasOrder && hasShape && rest.trim().empty();
  }

private:
  bool consume(char c) {
    rest = rest.ltrim();
    return rest.consume_front(StringRef(&c, 1));
  }
  bool parseString(std::string &text) {
    rest = rest.ltrim();
    if (rest.empty() || (rest.front() != '\'' && rest.front() != '"'))
      return false;
    size_t end = rest.find(rest.front(), 1);
    if (end == StringRef::npos)
      return false;
    text = rest.slice(1, end).str();
    rest = rest.drop_front(end + 1);
    return true;
  }
  bool parseBool(bool &value) {
    rest = rest.ltrim();
    value = rest.consume_front("True");
    return value || rest.consume_front("False");
  }
  bool parseShape(std::vector<int64_t> &shape) {
    if (!consume('('))
      return false;
    while (!consume(')')) {
      rest = rest.ltrim();
      uint64_t size;
      if (rest.consumeInteger(10, size) || size > static_cast<uint64_t>(INT64_MAX))
        return false;
      shape.push_back(static_cast<int64_t>(size));
      if (!consume(',') && !rest.ltrim().starts_with(")"))
        return false;
    }
    return true;
  }

  StringRef rest;
};
} // namespace

/// Fortran order to row-major.
static void transposeBytes(Array &array) {
  size_t rank = array.shape.size();
  int64_t size = dtypeSize(array.dtype), count = array.numElements();
  std::vector<uint8_t> result(array.bytes.size());
  std::vector<int64_t> index(rank, 0), strides(rank, 1);
  for (size_t dim = 1; dim < rank; ++dim)
    strides[dim] = strides[dim - 1] * array.shape[dim - 1];
  for (int64_t linear = 0; linear < count; ++linear) {
    int64_t source = 0;
    for (size_t dim = 0; dim < rank; ++dim)
      source += index[dim] * strides[dim];
    std::memcpy(result.data() + linear * size, array.bytes.data() + source * size, size);
    for (size_t dim = rank; dim-- > 0;) {
      if (++index[dim] < array.shape[dim])
        break;
      index[dim] = 0;
    }
  }
  array.bytes = std::move(result);
}

Expected<Array> hadal::parseNpy(ArrayRef<uint8_t> bytes, StringRef what) {
  StringRef text(reinterpret_cast<const char *>(bytes.data()), bytes.size());
  if (!text.starts_with(kMagic) || text.size() < 10)
    return error(what, "not an array in NumPy's format (.npy)");
  unsigned major = bytes[6];
  if (major < 1 || major > 3)
    return error(what, "unknown .npy format version " + Twine(major));
  size_t lengthBytes = major == 1 ? 2 : 4, length = 0;
  if (text.size() < 8 + lengthBytes)
    return error(what, "truncated .npy header");
  for (size_t i = 0; i < lengthBytes; ++i)
    length |= static_cast<size_t>(bytes[8 + i]) << (8 * i);
  size_t begin = 8 + lengthBytes + length;
  if (text.size() < begin)
    return error(what, "truncated .npy header");

  Header header;
  if (!HeaderParser(text.slice(8 + lengthBytes, begin)).parse(header))
    return error(what, "malformed .npy header");
  StringRef code = header.descr;
  if (code.consume_front(">"))
    return error(what, "big endian data (" + header.descr + ") are not supported");
  if (!code.consume_front("<") && !code.consume_front("|"))
    code.consume_front("=");
  const auto *it = find_if(kTypeCodes, [&](const TypeCode &type) { return type.code == code; });
  if (it == std::end(kTypeCodes))
    return error(what, "element type '" + header.descr + "' is not supported");

  Array array;
  array.dtype = it->dtype;
  array.shape = std::move(header.shape);
  // The product is bounded step by step: a hostile shape must not overflow it.
  uint64_t available = text.size() - begin, needed = dtypeSize(array.dtype);
  bool empty = is_contained(array.shape, 0);
  for (int64_t size : array.shape) {
    if (!empty && static_cast<uint64_t>(size) > available / needed)
      return error(what, "truncated data: " + Twine(available) + " bytes for " + describe(array));
    needed *= empty ? 0 : size;
    needed = empty ? dtypeSize(array.dtype) : needed;
  }
  if (empty)
    needed = 0;
  if (needed > available)
    return error(what, "truncated data: " + Twine(available) + " bytes for " + describe(array));
  if (needed < available)
    return error(what, Twine(available - needed) + " bytes too many behind the data of " + describe(array));
  array.bytes.assign(bytes.begin() + begin, bytes.end());
  if (header.fortranOrder)
    transposeBytes(array);
  return array;
}

std::vector<uint8_t> hadal::formatNpy(const Array &array) {
  DType stored = storedAs(array.dtype);
  StringRef code = find_if(kTypeCodes, [&](const TypeCode &type) { return type.dtype == stored; })->code;
  std::string header = "{'descr': '";
  header += dtypeSize(stored) == 1 ? '|' : '<';
  header += code;
  header += "', 'fortran_order': False, 'shape': (";
  for (int64_t size : array.shape)
    header += std::to_string(size) + ", ";
  header += "), }";
  // NumPy wants the data at a multiple of 64, and the header to end in a newline.
  size_t total = alignTo(10 + header.size() + 1, 64);
  header.append(total - 10 - header.size() - 1, ' ');
  header += '\n';

  std::vector<uint8_t> bytes(kMagic.bytes_begin(), kMagic.bytes_end());
  bytes.insert(bytes.end(), {1, 0, static_cast<uint8_t>(header.size()), static_cast<uint8_t>(header.size() >> 8)});
  bytes.insert(bytes.end(), header.begin(), header.end());
  bytes.insert(bytes.end(), array.bytes.begin(), array.bytes.end());
  return bytes;
}

Expected<Array> hadal::readNpy(StringRef path) {
  auto buffer = MemoryBuffer::getFile(path, /*IsText=*/false, /*RequiresNullTerminator=*/false);
  if (!buffer)
    return error(path, "cannot read: " + buffer.getError().message());
  StringRef text = (*buffer)->getBuffer();
  return parseNpy(ArrayRef(text.bytes_begin(), text.size()), path);
}

Error hadal::writeNpy(StringRef path, const Array &array) {
  std::error_code code;
  raw_fd_ostream stream(path, code);
  if (code)
    return error(path, "cannot write: " + code.message());
  std::vector<uint8_t> bytes = formatNpy(array);
  stream.write(reinterpret_cast<const char *>(bytes.data()), bytes.size());
  stream.close();
  if (stream.has_error()) {
    std::string message = stream.error().message();
    stream.clear_error();
    return error(path, "cannot write: " + message);
  }
  return Error::success();
}
