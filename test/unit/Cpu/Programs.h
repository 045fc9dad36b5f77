//===- Programs.h - Modules around the body of a tile program ----*- C++ -*-===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_TEST_UNIT_CPU_PROGRAMS_H
#define HADAL_TEST_UNIT_CPU_PROGRAMS_H

#include "KernelModule.h"

namespace hadal::test {

/// A program with arguments %a0, %a1, … of these shapes ("4x16xf32"), of which the last ones are outputs, zero before
/// it runs. In the body, `A0` stands for the memref type of %a0, and %c0, %c1 and so on for the constants 0 to 9.
struct Program {
  std::string body;
  std::vector<std::string> inputs, outputs;
  int64_t gridX = 1, gridY = 1;
};

/// The module with the program and a function @main that launches it; `dynamic`: it does not know its memory's sizes.
std::string moduleOf(const Program &program, bool dynamic);

/// Compares the program with the reference, with static and with dynamic sizes.
void expectLikeReference(const Program &program, const std::vector<Array> &inputs, double tolerance = 1e-5,
                         const std::string &cpu = "");

} // namespace hadal::test

#endif // HADAL_TEST_UNIT_CPU_PROGRAMS_H
