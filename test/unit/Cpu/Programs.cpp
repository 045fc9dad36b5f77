//===- Programs.cpp - Modules around the body of a tile program -----------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Programs.h"

using namespace hadal;
using namespace hadal::test;

static std::string elementOf(const std::string &shape) { return shape.substr(shape.rfind('x') + 1); }

/// memref<4x16xf32>, or memref<?x?xf32>.
static std::string memrefOf(const std::string &shape, bool dynamic) {
  std::string type = shape;
  if (dynamic) {
    type = "";
    for (char letter : shape.substr(0, shape.rfind('x') + 1))
      if (letter == 'x')
        type += "?x";
    type += elementOf(shape);
  }
  return "memref<" + type + ">";
}

/// A program that stores zeros everywhere.
static std::string zeroProgram(size_t number, const std::string &shape) {
  std::string sizes = shape.substr(0, shape.rfind('x')), offsets;
  size_t rank = 1;
  for (char letter : sizes)
    rank += letter == 'x';
  for (size_t dim = 0; dim < rank; ++dim)
    offsets += dim ? ", %c0" : "%c0";
  for (size_t at = 0; (at = sizes.find('x', at)) != std::string::npos; at += 2)
    sizes.replace(at, 1, ", ");
  std::string zero = elementOf(shape)[0] == 'i' ? "0" : "0.0";
  if (elementOf(shape) == "i1")
    zero = "false";
  return fill("  tile.program @zeroN(%y: memref<SHAPE>) {\n"
              "    %c0 = arith.constant 0 : index\n"
              "    %z = arith.constant dense<ZERO> : tensor<SHAPE>\n"
              "    tile.store %z, %y[OFFSETS] sizes [SIZES] : tensor<SHAPE>, memref<SHAPE>\n"
              "    tile.return\n  }\n",
              {{"zeroN", "zero" + std::to_string(number)},
               {"SHAPE", shape},
               {"ZERO", zero},
               {"OFFSETS", offsets},
               {"SIZES", sizes}});
}

std::string test::moduleOf(const Program &program, bool dynamic) {
  std::vector<std::string> shapes = program.inputs;
  shapes.insert(shapes.end(), program.outputs.begin(), program.outputs.end());
  std::string arguments, body = program.body, constants;
  for (size_t index = shapes.size(); index-- > 0;) {
    std::string type = memrefOf(shapes[index], dynamic);
    arguments = "%a" + std::to_string(index) + ": " + type + (arguments.empty() ? "" : ", ") + arguments;
    body = fill(body, {{"A" + std::to_string(index), type}});
  }
  for (int value = 0; value < 10; ++value)
    constants += fill("    %cN = arith.constant N : index\n", {{"N", std::to_string(value)}});

  std::string parameters, ins, inTypes, results, outs, outTypes, zeros, launches;
  auto append = [](std::string &list, const std::string &item) { list += (list.empty() ? "" : ", ") + item; };
  for (size_t index = 0; index < program.inputs.size(); ++index) {
    append(parameters, "%a" + std::to_string(index) + ": tensor<" + program.inputs[index] + ">");
    append(ins, "%a" + std::to_string(index));
    append(inTypes, "tensor<" + program.inputs[index] + ">");
  }
  for (size_t index = 0; index < program.outputs.size(); ++index) {
    std::string number = std::to_string(index), type = "tensor<" + program.outputs[index] + ">";
    zeros += zeroProgram(index, program.outputs[index]);
    launches += "    %e" + number + " = tensor.empty() : " + type + "\n    %z" + number + " = tile.launch @zero" +
                number + " grid[%c1, %c1, %c1] outs(%e" + number + " : " + type + ") -> " + type + "\n";
    append(outs, "%z" + number);
    append(outTypes, type);
    append(results, "%r#" + number);
  }
  std::string source = "  tile.program @p(" + arguments + ") {\n" + constants + body + "    tile.return\n  }\n" +
                       zeros + "  func.func @main(" + parameters + ") -> (" + outTypes + ") {\n" +
                       "    %c1 = arith.constant 1 : index\n" + "    %gx = arith.constant " +
                       std::to_string(program.gridX) + " : index\n    %gy = arith.constant " +
                       std::to_string(program.gridY) + " : index\n" + launches +
                       "    %r:" + std::to_string(program.outputs.size()) + " = tile.launch @p grid[%gx, %gy, %c1]";
  if (!ins.empty())
    source += " ins(" + ins + " : " + inTypes + ")";
  return source + " outs(" + outs + " : " + outTypes + ") -> " + outTypes + "\n    return " + results + " : " +
         outTypes + "\n  }\n";
}

void test::expectLikeReference(const Program &program, const std::vector<Array> &inputs, double tolerance,
                               const std::string &cpu) {
  for (bool dynamic : {false, true})
    expectLikeReference(moduleOf(program, dynamic), inputs, tolerance, cpu);
}
