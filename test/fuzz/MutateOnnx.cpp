//===- MutateOnnx.cpp - Mutations that keep a model a message -------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Bytes changed at random seldom get behind protobuf's parser. These change one
// field of one message: any field of the schema, set ones more often.
//
//===----------------------------------------------------------------------===//

#include "Fuzz.h"

#define ONNX_ML 1
#define ONNX_NAMESPACE onnx
#include <google/protobuf/message.h>
#include <onnx/onnx_pb.h>

using namespace hadal::fuzz;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

namespace {
class Mutator {
public:
  Mutator(Message &root, Random &random) : random(random) { collect(root); }
  void run();

private:
  void collect(Message &message);
  void mutate(Message &message, const FieldDescriptor *field);
  void mutateRepeated(Message &message, const FieldDescriptor *field);
  void set(Message &message, const FieldDescriptor *field, int index);
  int64_t number(int64_t old);
  double real();
  std::string text(const std::string &old, bool isBytes);

  Random &random;
  std::vector<std::pair<Message *, const FieldDescriptor *>> places; // set fields
  std::vector<Message *> messages;
  std::vector<std::string> words; // names, operators, domains of the model
};
} // namespace

void Mutator::collect(Message &message) {
  messages.push_back(&message);
  const Reflection *reflection = message.GetReflection();
  std::vector<const FieldDescriptor *> fields;
  reflection->ListFields(message, &fields);
  for (const FieldDescriptor *field : fields) {
    places.emplace_back(&message, field);
    bool isMessage = field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE;
    int count = field->is_repeated() ? reflection->FieldSize(message, field) : 1;
    for (int i = 0; i < std::min(count, 1000); ++i) {
      if (isMessage)
        collect(field->is_repeated() ? *reflection->MutableRepeatedMessage(&message, field, i)
                                     : *reflection->MutableMessage(&message, field));
      else if (field->type() == FieldDescriptor::TYPE_STRING)
        words.push_back(field->is_repeated() ? reflection->GetRepeatedString(message, field, i)
                                             : reflection->GetString(message, field));
    }
  }
}

int64_t Mutator::number(int64_t old) {
  static constexpr int64_t kTelling[] = {0,
                                         -1,
                                         1,
                                         2,
                                         3,
                                         4,
                                         7,
                                         8,
                                         16,
                                         64,
                                         127,
                                         128,
                                         -128,
                                         255,
                                         1000,
                                         65536,
                                         1 << 20,
                                         1 << 30,
                                         INT32_MAX,
                                         INT32_MIN,
                                         int64_t(1) << 32,
                                         -2,
                                         -3,
                                         -4,
                                         INT64_MAX,
                                         INT64_MIN,
                                         INT64_MAX - 1,
                                         1 << 24,
                                         10000019,
                                         int64_t(1) << 40,
                                         int64_t(1) << 62};
  switch (below(random, 4)) {
  case 0:
    return static_cast<int64_t>(static_cast<uint64_t>(old) + 1);
  case 1:
    return static_cast<int64_t>(static_cast<uint64_t>(old) - 1);
  case 2:
    return below(random, 30);
  default:
    return kTelling[below(random, std::size(kTelling))];
  }
}

double Mutator::real() {
  static constexpr double kTelling[] = {0, -0.0, 1, -1, 0.5, 1e-30, 1e30, 2, 3.5, 1e300};
  size_t choice = below(random, std::size(kTelling) + 2);
  if (choice < std::size(kTelling))
    return kTelling[choice];
  return choice % 2 ? std::numeric_limits<double>::quiet_NaN() : std::numeric_limits<double>::infinity();
}

std::string Mutator::text(const std::string &old, bool isBytes) {
  static const char *const kTelling[] = {"",
                                         "1",
                                         "-1",
                                         "..",
                                         "/",
                                         "weights.bin",
                                         "location",
                                         "offset",
                                         "length",
                                         "4096",
                                         "Add",
                                         "MatMul",
                                         "Reshape",
                                         "Loop",
                                         "If",
                                         "Scan",
                                         "Einsum",
                                         "Gather",
                                         "TopK",
                                         "Cast",
                                         "Constant",
                                         "Concat",
                                         "Slice",
                                         "Softmax",
                                         "Attention",
                                         "Shape",
                                         "Split",
                                         "Expand",
                                         "Tile",
                                         "Pad",
                                         "Where",
                                         "Identity",
                                         "Conv",
                                         "Range",
                                         "ConstantOfShape",
                                         "QuantizeLinear",
                                         "Transpose",
                                         "Squeeze",
                                         "com.microsoft",
                                         "MoE",
                                         "QMoE",
                                         "MatMulNBits",
                                         "ij,jk->ik",
                                         "...ij->ji",
                                         "BSNH",
                                         "add"};
  size_t choice = below(random, 4);
  if (!isBytes && choice < 2 && !words.empty())
    return words[below(random, words.size())];
  if (choice == 2)
    return kTelling[below(random, std::size(kTelling))];
  std::string result = old;
  result.resize(old.size() + 16);
  result.resize(LLVMFuzzerMutate(reinterpret_cast<uint8_t *>(result.data()), old.size(), result.size()));
  return result;
}

/// Gives a scalar field a value; of element `index` if it is repeated and `index` is not −1, which adds one.
void Mutator::set(Message &message, const FieldDescriptor *field, int index) {
  const Reflection *reflection = message.GetReflection();
#define HADAL_SET(KIND, VALUE)                                                                                         \
  if (!field->is_repeated())                                                                                           \
    reflection->Set##KIND(&message, field, VALUE(reflection->Get##KIND(message, field)));                              \
  else if (index >= 0)                                                                                                 \
    reflection->SetRepeated##KIND(&message, field, index,                                                              \
                                  VALUE(reflection->GetRepeated##KIND(message, field, index)));                        \
  else                                                                                                                 \
    reflection->Add##KIND(&message, field, VALUE({}));                                                                 \
  break
  auto integer = [&](int64_t old) { return number(old); };
  auto floating = [&](double) { return real(); };
  auto string = [&](const std::string &old) { return text(old, field->type() == FieldDescriptor::TYPE_BYTES); };
  auto boolean = [&](bool old) { return !old; };
  auto enumeration = [&](int) { return static_cast<int>(below(random, 30)); };
  switch (field->cpp_type()) {
  case FieldDescriptor::CPPTYPE_INT32:
    HADAL_SET(Int32, integer);
  case FieldDescriptor::CPPTYPE_INT64:
    HADAL_SET(Int64, integer);
  case FieldDescriptor::CPPTYPE_UINT32:
    HADAL_SET(UInt32, integer);
  case FieldDescriptor::CPPTYPE_UINT64:
    HADAL_SET(UInt64, integer);
  case FieldDescriptor::CPPTYPE_DOUBLE:
    HADAL_SET(Double, floating);
  case FieldDescriptor::CPPTYPE_FLOAT:
    HADAL_SET(Float, floating);
  case FieldDescriptor::CPPTYPE_BOOL:
    HADAL_SET(Bool, boolean);
  case FieldDescriptor::CPPTYPE_ENUM: {
    int value = enumeration(0);
    if (!field->enum_type()->FindValueByNumber(value))
      value = 1;
    if (!field->is_repeated())
      reflection->SetEnumValue(&message, field, value);
    break;
  }
  case FieldDescriptor::CPPTYPE_STRING:
    HADAL_SET(String, string);
  case FieldDescriptor::CPPTYPE_MESSAGE: {
    // A copy of another of its kind, if there is one. (Taken first: setting one of a oneof frees what it was.)
    std::vector<Message *> alike;
    for (Message *other : messages)
      if (other->GetDescriptor() == field->message_type() && other->ByteSizeLong() < 4096)
        alike.push_back(other);
    std::string copy = alike.empty() ? "" : alike[below(random, alike.size())]->SerializePartialAsString();
    Message *made =
        field->is_repeated() ? reflection->AddMessage(&message, field) : reflection->MutableMessage(&message, field);
    made->ParsePartialFromString(copy);
    break;
  }
  }
#undef HADAL_SET
}

void Mutator::mutateRepeated(Message &message, const FieldDescriptor *field) {
  const Reflection *reflection = message.GetReflection();
  int size = reflection->FieldSize(message, field);
  size_t choice = below(random, 8);
  if (size == 0 || choice == 0)
    return set(message, field, -1);
  int index = below(random, size);
  switch (choice) {
  case 1:
    reflection->SwapElements(&message, field, index, size - 1);
    reflection->RemoveLast(&message, field);
    break;
  case 2:
    reflection->SwapElements(&message, field, index, below(random, size));
    break;
  case 3:
    reflection->RemoveLast(&message, field);
    break;
  default:
    set(message, field, field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE ? -1 : index);
  }
}

void Mutator::mutate(Message &message, const FieldDescriptor *field) {
  if (field->is_repeated())
    return mutateRepeated(message, field);
  if (below(random, 6) == 0)
    return message.GetReflection()->ClearField(&message, field);
  set(message, field, -1);
}

void Mutator::run() {
  if (below(random, 5) != 0 && !places.empty()) {
    auto [message, field] = places[below(random, places.size())];
    return mutate(*message, field);
  }
  Message &message = *messages[below(random, messages.size())];
  mutate(message, message.GetDescriptor()->field(below(random, message.GetDescriptor()->field_count())));
}

std::string hadal::fuzz::mutateOnnx(llvm::StringRef data, Random &random) {
  onnx::ModelProto model;
  if (below(random, 16) == 0 || !model.ParsePartialFromArray(data.data(), data.size()))
    return "";
  for (size_t i = 0, rounds = 1 + below(random, 3); i < rounds; ++i)
    Mutator(model, random).run(); // anew: a mutation may have freed messages
  return model.SerializePartialAsString();
}
