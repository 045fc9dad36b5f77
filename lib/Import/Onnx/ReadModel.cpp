//===- ReadModel.cpp - From the file to Model -----------------------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The only file that includes protobuf. The packaged schema is older than the
// models: what it does not know it keeps aside, and element types are numbers.
//
//===----------------------------------------------------------------------===//

#include "Model.h"

#include "hadal/Import/Onnx.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"

#define ONNX_ML 1
#define ONNX_NAMESPACE onnx
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <onnx/onnx_pb.h>

using namespace llvm;
using namespace hadal::onnx;

namespace pb = ::onnx;

namespace {
/// Copies a parsed message into a Model; `message` owns the bytes.
struct Reader {
  StringRef path;
  std::shared_ptr<pb::ModelProto> message;
  std::vector<OpsetImport> opsets; // of the nodes being read

  Error fail(const Twine &why) { return createStringError(why); }
  void readBytes(const pb::TensorProto &proto, TensorData &tensor);
  Error readTensor(const pb::TensorProto &proto, TensorData &tensor);
  Error readAttribute(const pb::AttributeProto &proto, NodeAttribute &attribute);
  Error readNode(const pb::NodeProto &proto, Node &node);
  Error readFunction(const pb::FunctionProto &proto, Function &function);
  Error readGraph(const pb::GraphProto &proto, Graph &graph);
  Expected<Model> read();
};
} // namespace

static std::string domainName(const std::string &domain) { return domain == "ai.onnx" ? "" : domain; }

template <typename To, typename Field> static void takeTyped(TensorData &tensor, const Field &field) {
  if (field.empty())
    return;
  auto values = std::make_shared<std::vector<To>>();
  values->reserve(field.size());
  for (auto value : field)
    values->push_back(static_cast<To>(value));
  tensor.bytes = ArrayRef<char>(reinterpret_cast<const char *>(values->data()), values->size() * sizeof(To));
  tensor.storage = std::move(values);
}

/// The bytes of `proto`, from raw_data or from the typed field of its type.
void Reader::readBytes(const pb::TensorProto &proto, TensorData &tensor) {
  if (proto.has_raw_data()) {
    tensor.bytes = ArrayRef<char>(proto.raw_data().data(), proto.raw_data().size());
    tensor.storage = message;
    return;
  }
  switch (tensor.type) {
  case DType::F32:
    return takeTyped<float>(tensor, proto.float_data());
  case DType::F64:
    return takeTyped<double>(tensor, proto.double_data());
  case DType::I64:
    return takeTyped<int64_t>(tensor, proto.int64_data());
  case DType::U64:
    return takeTyped<uint64_t>(tensor, proto.uint64_data());
  case DType::U32:
    return takeTyped<uint32_t>(tensor, proto.uint64_data());
  case DType::I32:
    return takeTyped<int32_t>(tensor, proto.int32_data());
  case DType::I16:
  case DType::U16:
  case DType::F16:
  case DType::BF16:
    return takeTyped<uint16_t>(tensor, proto.int32_data());
  case DType::I8:
  case DType::U8:
  case DType::Bool:
  case DType::F8E4M3FN:
  case DType::F8E4M3FNUZ:
  case DType::F8E5M2:
  case DType::F8E5M2FNUZ:
  case DType::F8E8M0:
  case DType::F4E2M1:
  case DType::U4:
  case DType::I4:
  case DType::U2:
  case DType::I2:
    return takeTyped<uint8_t>(tensor, proto.int32_data());
  case DType::Undefined:
  case DType::String:
    return;
  }
}

Error Reader::readTensor(const pb::TensorProto &proto, TensorData &tensor) {
  tensor.name = proto.name();
  tensor.type = static_cast<DType>(proto.data_type());
  tensor.dims.assign(proto.dims().begin(), proto.dims().end());
  if (proto.has_segment())
    return fail("tensor '" + tensor.name + "' is stored in segments, which is not supported");
  if (proto.data_location() != pb::TensorProto::EXTERNAL) {
    readBytes(proto, tensor);
    return Error::success();
  }
  ExternalData external;
  for (const pb::StringStringEntryProto &entry : proto.external_data()) {
    int64_t number = 0;
    bool isNumber = entry.key() == "offset" || entry.key() == "length";
    if (isNumber && StringRef(entry.value()).getAsInteger(10, number))
      return fail("tensor '" + tensor.name + "': external data " + entry.key() + " '" + entry.value() +
                  "' is not a number");
    if (entry.key() == "location")
      external.location = entry.value();
    else if (entry.key() == "offset")
      external.offset = number;
    else if (entry.key() == "length")
      external.length = number;
  }
  tensor.external = std::move(external);
  return Error::success();
}

Error Reader::readAttribute(const pb::AttributeProto &proto, NodeAttribute &attribute) {
  attribute.name = proto.name();
  attribute.reference = proto.ref_attr_name();
  switch (proto.type()) {
  case pb::AttributeProto::FLOAT:
    attribute.kind = NodeAttribute::Kind::Float;
    attribute.f = proto.f();
    break;
  case pb::AttributeProto::INT:
    attribute.kind = NodeAttribute::Kind::Int;
    attribute.i = proto.i();
    break;
  case pb::AttributeProto::STRING:
    attribute.kind = NodeAttribute::Kind::String;
    attribute.s = proto.s();
    break;
  case pb::AttributeProto::TENSOR:
    attribute.kind = NodeAttribute::Kind::Tensor;
    return readTensor(proto.t(), attribute.tensor);
  case pb::AttributeProto::GRAPH:
    attribute.kind = NodeAttribute::Kind::Graph;
    attribute.graph = std::make_shared<Graph>();
    return readGraph(proto.g(), *attribute.graph);
  case pb::AttributeProto::FLOATS:
    attribute.kind = NodeAttribute::Kind::Floats;
    attribute.floats.assign(proto.floats().begin(), proto.floats().end());
    break;
  case pb::AttributeProto::INTS:
    attribute.kind = NodeAttribute::Kind::Ints;
    attribute.ints.assign(proto.ints().begin(), proto.ints().end());
    break;
  case pb::AttributeProto::STRINGS:
    attribute.kind = NodeAttribute::Kind::Strings;
    attribute.strings.assign(proto.strings().begin(), proto.strings().end());
    break;
  default:
    break; // reported by the op that reads it, or as an unknown attribute
  }
  return Error::success();
}

Error Reader::readNode(const pb::NodeProto &proto, Node &node) {
  node.op = proto.op_type();
  node.domain = domainName(proto.domain());
  for (const OpsetImport &import : opsets)
    if (import.domain == node.domain)
      node.version = import.version;
  node.inputs.assign(proto.input().begin(), proto.input().end());
  node.outputs.assign(proto.output().begin(), proto.output().end());
  node.name = proto.name();
  if (node.name.empty())
    node.name = node.outputs.empty() ? node.op : node.outputs.front();
  for (const pb::AttributeProto &attribute : proto.attribute()) {
    if (Error error = readAttribute(attribute, node.attributes.emplace_back()))
      return error;
  }
  return Error::success();
}

template <typename Opsets> static std::vector<OpsetImport> readOpsets(const Opsets &protos) {
  std::vector<OpsetImport> result;
  for (const pb::OperatorSetIdProto &opset : protos)
    result.push_back({domainName(opset.domain()), opset.version()});
  return result;
}

/// A function states the operator sets of its nodes itself.
Error Reader::readFunction(const pb::FunctionProto &proto, Function &function) {
  function.name = proto.name();
  function.domain = domainName(proto.domain());
  function.inputs.assign(proto.input().begin(), proto.input().end());
  function.outputs.assign(proto.output().begin(), proto.output().end());
  opsets = readOpsets(proto.opset_import());
  for (const pb::NodeProto &node : proto.node())
    if (Error error = readNode(node, function.nodes.emplace_back()))
      return error;
  return Error::success();
}

static ValueInfo readValueInfo(const pb::ValueInfoProto &proto) {
  ValueInfo info;
  info.name = proto.name();
  info.isTensor = proto.type().has_tensor_type();
  const pb::TypeProto::Tensor &type = proto.type().tensor_type();
  info.type = static_cast<DType>(type.elem_type());
  if (!type.has_shape())
    return info;
  info.dims.emplace();
  for (const pb::TensorShapeProto::Dimension &dim : type.shape().dim()) {
    DeclaredDim &declared = info.dims->emplace_back();
    if (dim.has_dim_value())
      declared.size = dim.dim_value();
    declared.param = dim.dim_param();
    int64_t number;
    if (!declared.size && !StringRef(declared.param).getAsInteger(10, number))
      declared.size = number; // exporters also name a dimension "32"
  }
  return info;
}

Error Reader::readGraph(const pb::GraphProto &proto, Graph &graph) {
  graph.name = proto.name();
  for (const pb::ValueInfoProto &info : proto.input())
    graph.inputs.push_back(readValueInfo(info));
  for (const pb::ValueInfoProto &info : proto.output())
    graph.outputs.push_back(readValueInfo(info));
  for (const pb::TensorProto &tensor : proto.initializer())
    if (Error error = readTensor(tensor, graph.initializers.emplace_back()))
      return error;
  for (const pb::NodeProto &node : proto.node())
    if (Error error = readNode(node, graph.nodes.emplace_back()))
      return error;
  graph.sparseInitializers = proto.sparse_initializer_size();
  return Error::success();
}

/// Parses `text`. Fails on a damaged message and on one that is nested deeper
/// than protobuf's limit.
static bool parse(StringRef text, pb::ModelProto &proto) {
  google::protobuf::io::ArrayInputStream stream(text.data(), static_cast<int>(text.size()));
  google::protobuf::io::CodedInputStream coded(&stream);
  coded.SetTotalBytesLimit(std::numeric_limits<int>::max());
  return proto.ParseFromCodedStream(&coded) && coded.ConsumedEntireMessage();
}

Expected<Model> Reader::read() {
  sys::fs::file_status status;
  if (std::error_code error = sys::fs::status(path, status))
    return fail("cannot read the model: " + error.message());
  if (!sys::fs::is_regular_file(status))
    return fail("cannot read the model: not a regular file");
  ErrorOr<std::unique_ptr<MemoryBuffer>> buffer = MemoryBuffer::getFile(path, /*IsText=*/false,
                                                                        /*RequiresNullTerminator=*/false);
  if (!buffer)
    return fail("cannot read the model: " + buffer.getError().message());
  StringRef text = (*buffer)->getBuffer();
  if (text.empty())
    return fail("not an ONNX model: the file is empty");
  if (text.size() > static_cast<size_t>(std::numeric_limits<int>::max()))
    return fail("the file is larger than protobuf allows (2 GiB); its weights belong in external data");

  message = std::make_shared<pb::ModelProto>();
  if (!parse(text, *message))
    return fail(hadal::looksLikeOnnx(path)
                    ? "not a readable ONNX model: the file is truncated, damaged or nested too deep"
                    : "not an ONNX model");
  if (!message->has_ir_version() || !message->has_graph())
    return fail(Twine("not an ONNX model: it has no ") + (message->has_ir_version() ? "graph" : "IR version"));

  Model model;
  model.path = path.str();
  model.irVersion = message->ir_version();
  model.opsets = opsets = readOpsets(message->opset_import());
  if (Error error = readGraph(message->graph(), model.graph))
    return std::move(error);
  for (const pb::FunctionProto &function : message->functions())
    if (Error error = readFunction(function, model.functions.emplace_back()))
      return std::move(error);
  return model;
}

Expected<Model> hadal::onnx::readModel(StringRef path) { return Reader{path, nullptr, {}}.read(); }

/// A model is a protobuf message whose first field is, in every exporter's
/// files, the IR version: key 0x08 and a small number; behind it stands another
/// field of ModelProto.
bool hadal::looksLikeOnnx(StringRef path) {
  ErrorOr<std::unique_ptr<MemoryBuffer>> buffer = MemoryBuffer::getFileSlice(path, /*MapSize=*/3, /*Offset=*/0);
  if (!buffer)
    return false;
  StringRef head = (*buffer)->getBuffer();
  if (head.size() < 3 || head[0] != 0x08 || head[1] < 1 || head[1] > 64)
    return false;
  unsigned field = static_cast<unsigned char>(head[2]) >> 3, wire = head[2] & 7;
  bool isVersion = field == 5 && wire == 0;
  bool isMessage = wire == 2 && ((field >= 2 && field <= 8) || field == 14);
  return isVersion || isMessage;
}
