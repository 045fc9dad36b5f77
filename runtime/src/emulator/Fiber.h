//===- Fiber.h - Threads of a block that switch by hand ---------*- C++ -*-===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_RUNTIME_EMULATOR_FIBER_H
#define HADAL_RUNTIME_EMULATOR_FIBER_H

#include <cstddef>

namespace hadal::runtime {

/// A flow of control on a stack of its own. Whoever resumes it goes on when it
/// suspends; both happen on one thread of the host.
///
/// Example: a fiber that is resumed twice
///   Fiber fiber;
///   fiber.start(stack, bytes, [](void *) { work(); Fiber::suspend(fiber); more(); Fiber::suspend(fiber); }, nullptr);
///   fiber.resume(); // work
///   fiber.resume(); // more
class Fiber {
public:
  using Entry = void (*)(void *argument);

  /// Prepares a run of entry, which must end in a last suspend and never return. What ran before on the stack is
  /// dropped.
  void start(char *stack, size_t bytes, Entry entry, void *argument);

  void resume();
  void suspend();

private:
  static void main(Fiber *fiber);

  void *inside = nullptr;  // stack pointer while suspended
  void *outside = nullptr; // of who resumed
  Entry entry = nullptr;
  void *argument = nullptr;
  char *stack = nullptr;
  size_t bytes = 0;
  // For AddressSanitizer.
  [[maybe_unused]] const void *outsideStack = nullptr;
  [[maybe_unused]] size_t outsideBytes = 0;
};

} // namespace hadal::runtime

#endif // HADAL_RUNTIME_EMULATOR_FIBER_H
