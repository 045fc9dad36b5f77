//===- Model.h - An ONNX model in memory -----------------------*- C++ -*-===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Plain structures for what the importer reads of an ONNX file, so that only
// ReadModel.cpp knows protobuf. Bytes of tensors are not copied: spans point
// into the parsed message or a mapped file, which `storage` keeps alive.
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_IMPORT_ONNX_MODEL_H
#define HADAL_IMPORT_ONNX_MODEL_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace hadal::onnx {

/// Element types by their numbers in the format (TensorProto.DataType).
enum class DType : int32_t {
  Undefined = 0,
  F32 = 1,
  U8 = 2,
  I8 = 3,
  U16 = 4,
  I16 = 5,
  I32 = 6,
  I64 = 7,
  String = 8,
  Bool = 9,
  F16 = 10,
  F64 = 11,
  U32 = 12,
  U64 = 13,
  BF16 = 16,
  F8E4M3FN = 17,
  F8E4M3FNUZ = 18,
  F8E5M2 = 19,
  F8E5M2FNUZ = 20,
  U4 = 21,
  I4 = 22,
  F4E2M1 = 23,
  F8E8M0 = 24,
  U2 = 25,
  I2 = 26,
};

/// The name of `type` as ONNX writes it ("float32", "int64", "type 77").
std::string dtypeName(DType type);
/// Bits of one element in a file, where those of less than a byte are packed;
/// 0 if the importer does not know the type.
int64_t dtypeBits(DType type);
/// Bytes of one element in memory, where each has its own.
int64_t dtypeBytes(DType type);
bool isFloat(DType type);
/// Floats of 8 bits or less: for storage, not for arithmetic.
bool isNarrowFloat(DType type);
bool isInteger(DType type);
bool isUnsigned(DType type);

/// Where the bytes of a tensor lie in another file.
struct ExternalData {
  std::string location; // relative to the model's folder
  int64_t offset = 0;
  std::optional<int64_t> length;
};

/// A constant: an initializer, or the value of an attribute.
struct TensorData {
  std::string name;
  DType type = DType::Undefined;
  llvm::SmallVector<int64_t> dims;
  std::optional<ExternalData> external;
  llvm::ArrayRef<char> bytes;          // little-endian, row-major; of external data after loadTensors
  std::shared_ptr<const void> storage; // what keeps `bytes` alive
};

struct Graph;

struct NodeAttribute {
  enum class Kind { Unknown, Float, Int, String, Tensor, Graph, Floats, Ints, Strings };
  std::string name;
  Kind kind = Kind::Unknown;
  float f = 0;
  int64_t i = 0;
  std::string s;
  TensorData tensor;
  std::shared_ptr<Graph> graph;
  std::vector<float> floats;
  std::vector<int64_t> ints;
  std::vector<std::string> strings;
  std::string reference; // in a function: the attribute of the call that this one stands for
};

struct Node {
  std::string name; // never empty: see readModel
  std::string op;
  std::string domain;  // "" for the standard domain
  int64_t version = 0; // of the domain's operator set; 0 if it is not imported
  std::vector<std::string> inputs;
  std::vector<std::string> outputs;
  std::vector<NodeAttribute> attributes;
};

/// A dimension as the file declares it: a number, a name, or nothing.
struct DeclaredDim {
  std::optional<int64_t> size;
  std::string param;
};

struct ValueInfo {
  std::string name;
  bool isTensor = false;
  DType type = DType::Undefined;
  std::optional<llvm::SmallVector<DeclaredDim>> dims;
};

struct Graph {
  std::string name;
  std::vector<ValueInfo> inputs;
  std::vector<ValueInfo> outputs;
  std::vector<TensorData> initializers;
  std::vector<Node> nodes;
  size_t sparseInitializers = 0;
};

/// A function that the model defines: an operator of its own.
struct Function {
  std::string name;
  std::string domain;
  std::vector<std::string> inputs;
  std::vector<std::string> outputs;
  std::vector<Node> nodes;
};

struct OpsetImport {
  std::string domain;
  int64_t version = 0;
};

struct Model {
  std::string path;
  int64_t irVersion = 0;
  std::vector<OpsetImport> opsets;
  Graph graph;
  std::vector<Function> functions;
};

/// Reads the file at `path`; the error is the reason alone. An unnamed node gets the name of its first output.
llvm::Expected<Model> readModel(llvm::StringRef path);

} // namespace hadal::onnx

#endif // HADAL_IMPORT_ONNX_MODEL_H
