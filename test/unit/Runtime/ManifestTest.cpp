//===- ManifestTest.cpp - What an artifact says of itself -----------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/src/core/Manifest.h"

#include <gtest/gtest.h>

using namespace hadal::runtime;

namespace {

std::string parseError(const char *json) {
  Manifest manifest;
  Error error = Manifest::parse(json, manifest);
  return error ? error.getMessage() : "";
}

TEST(Manifest, ReadsFunctions) {
  Manifest manifest;
  Error error = Manifest::parse(R"({"abi":1,"target":"cpu","functions":[{"name":"f",
      "inputs":[{"name":"x","dtype":"bfloat16","dims":["batch",3,"past + 1"]},{"name":"flag","dtype":"bool","dims":[]}],
      "outputs":[]}]})",
                                manifest);
  ASSERT_FALSE(error) << error.getMessage();
  EXPECT_EQ(manifest.target, "cpu");
  ASSERT_EQ(manifest.functions.size(), 1u);
  const TensorDecl &x = manifest.functions[0].inputs[0];
  EXPECT_EQ(x.dims, std::vector<int64_t>({-1, 3, -1}));
  EXPECT_EQ(x.symbols, std::vector<std::string>({"batch", "", "past + 1"}));
  EXPECT_EQ(typeName(x.dtype), "bfloat16");
  EXPECT_EQ(elementBytes(x.dtype), 2);
  const TensorDecl &flag = manifest.functions[0].inputs[1];
  EXPECT_TRUE(flag.dims.empty());
  EXPECT_TRUE(sameType(flag.dtype, hadalType(kDLUInt, 8)));
  EXPECT_FALSE(sameType(flag.dtype, hadalType(kDLInt, 8)));
}

TEST(Manifest, SaysWhatIsWrong) {
  EXPECT_EQ(parseError("{"), "it is not a JSON object");
  EXPECT_EQ(parseError("[]"), "it is not a JSON object");
  EXPECT_EQ(parseError("{}"), "it names no target");
  EXPECT_EQ(parseError(R"({"target":"cpu"})"), "it lists no functions");
  EXPECT_EQ(parseError(R"({"target":"cpu","functions":[3]})"), "a function without a name");
  EXPECT_EQ(parseError(R"({"target":"cpu","functions":[{"name":"f"}]})"), "a function without inputs");
  EXPECT_EQ(parseError(R"({"target":"cpu","functions":[{"name":"f","inputs":[{}]}]})"), "a tensor without a name");
  EXPECT_EQ(parseError(R"({"target":"cpu","functions":[{"name":"f","inputs":[{"name":"x","dtype":"float31"}]}]})"),
            "tensor 'x' has the unknown type 'float31'");
  EXPECT_EQ(parseError(R"({"target":"cpu","functions":[{"name":"f","inputs":[{"name":"x","dtype":"int8"}]}]})"),
            "tensor 'x' has no dims");
  EXPECT_EQ(
      parseError(R"({"target":"cpu","functions":[{"name":"f","inputs":[{"name":"x","dtype":"int8","dims":[-2]}]}]})"),
      "a dimension of tensor 'x' is neither a size nor a name");
}

} // namespace
