//===- Fiber.cpp - Threads of a block that switch by hand -----------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Fiber.h"

#include <cstdint>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HADAL_ASAN_FIBERS
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif
#endif

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
  this->stack = stack;
  this->bytes = bytes;
  this->entry = entry;
  this->argument = argument;
#ifdef HADAL_ASAN_FIBERS
  __asan_unpoison_memory_region(stack, bytes); // frames that were dropped
#endif
  // What hadal_fiber_switch pops: r15, r14, r13, r12, rbx, rbp, and where to return. The stack is then aligned for a
  // call.
  auto **top = reinterpret_cast<void **>(reinterpret_cast<uintptr_t>(stack + bytes) & ~uintptr_t(15));
  *--top = nullptr;
  *--top = nullptr;
  *--top = reinterpret_cast<void *>(&hadal_fiber_enter);
  *--top = nullptr;
  *--top = nullptr;
  *--top = this;
  *--top = reinterpret_cast<void *>(&Fiber::main);
  *--top = nullptr;
  *--top = nullptr;
  inside = top;
}

#else
#error "the emulator's fibers need a context switch for this processor"
#endif

#ifdef HADAL_ASAN_FIBERS

// AddressSanitizer is told of each change of stacks.
void Fiber::main(Fiber *fiber) {
  __sanitizer_finish_switch_fiber(nullptr, &fiber->outsideStack, &fiber->outsideBytes);
  fiber->entry(fiber->argument);
}
void Fiber::resume() {
  void *fake = nullptr;
  __sanitizer_start_switch_fiber(&fake, stack, bytes);
  hadal_fiber_switch(&outside, inside);
  __sanitizer_finish_switch_fiber(fake, nullptr, nullptr);
}
void Fiber::suspend() {
  void *fake = nullptr;
  __sanitizer_start_switch_fiber(&fake, outsideStack, outsideBytes);
  hadal_fiber_switch(&inside, outside);
  __sanitizer_finish_switch_fiber(fake, &outsideStack, &outsideBytes);
}

#else

void Fiber::main(Fiber *fiber) { fiber->entry(fiber->argument); }
void Fiber::resume() { hadal_fiber_switch(&outside, inside); }
void Fiber::suspend() { hadal_fiber_switch(&inside, outside); }

#endif
