//===- Texts.h - Texts that the runtime hands to compilers ------*- C++ -*-===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_RUNTIME_CORE_TEXTS_H
#define HADAL_RUNTIME_CORE_TEXTS_H

namespace hadal::runtime::texts {

/// Files of the source tree, embedded by CMake (EmbedTexts.cmake).
struct Text {
  const char *name; // NULL behind the last one of a list
  const char *text;
};

extern const char *const emulator; // src/emulator/emulator.h
extern const char *const builtins; // src/emulator/builtins.h
extern const Text prelude[];       // src/prelude/*.h in order of their names

} // namespace hadal::runtime::texts

#endif // HADAL_RUNTIME_CORE_TEXTS_H
