//===- Fiber.cpp - Threads of a block that switch by hand -----------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Fiber.h"

#include <cstdint>

using namespace hadal::runtime;

#if defined(__x86_64__)

// The callee-saved registers of the System V ABI go onto the stack that is left; nothing else lives across a call. The
// control words of SSE and x87 are the same in all fibers.
asm(R"(
  .text
  .p2align 4
  .type hadal_fiber_switch, @function
hadal_fiber_switch:
  pushq %rbp
  pushq %rbx
  pushq %r12
  pushq %r13
  pushq %r14
  pushq %r15
  movq %rsp, (%rdi)
  movq %rsi, %rsp
  popq %r15
  popq %r14
  popq %r13
  popq %r12
  popq %rbx
  popq %rbp
  ret
  .size hadal_fiber_switch, .-hadal_fiber_switch

  .p2align 4
  .type hadal_fiber_enter, @function
hadal_fiber_enter:
  movq %r12, %rdi
  callq *%r13
  ud2
  .size hadal_fiber_enter, .-hadal_fiber_enter
)");

extern "C" {
__attribute__((visibility("hidden"))) void hadal_fiber_switch(void **save, void *load);
__attribute__((visibility("hidden"))) void hadal_fiber_enter();
}

void Fiber::start(char *stack, size_t bytes, Entry entry, void *argument) {
  // What hadal_fiber_switch pops: r15, r14, r13, r12, rbx, rbp, and where to return. The stack is then aligned for a
  // call.
  auto **top = reinterpret_cast<void **>(reinterpret_cast<uintptr_t>(stack + bytes) & ~uintptr_t(15));
  *--top = nullptr;
  *--top = nullptr;
  *--top = reinterpret_cast<void *>(&hadal_fiber_enter);
  *--top = nullptr;
  *--top = nullptr;
  *--top = argument;
  *--top = reinterpret_cast<void *>(entry);
  *--top = nullptr;
  *--top = nullptr;
  inside = top;
}

void Fiber::resume() { hadal_fiber_switch(&outside, inside); }
void Fiber::suspend() { hadal_fiber_switch(&inside, outside); }

#else
#error "the emulator's fibers need a context switch for this processor"
#endif
