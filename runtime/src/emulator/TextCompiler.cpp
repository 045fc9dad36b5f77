//===- TextCompiler.cpp - CUDA text to code of the host -------------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TextCompiler.h"
#include "Block.h"

#include "../core/Process.h"
#include "../core/Texts.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <dlfcn.h>
#include <link.h>
#include <unistd.h>

using namespace hadal::runtime;

/// Behind the kernels: ThreadSanitizer's interface over the emulator's checks.
static constexpr const char *kHooks = R"(
#define HADAL_HOOK extern "C" __attribute__((no_sanitize("thread"), visibility("default")))
HADAL_HOOK HadalEmuApi hadal_emu_api = {};
HADAL_HOOK void __tsan_init() {}
#define HADAL_HOOKS(n)                                                                                        \
  HADAL_HOOK void __tsan_read##n(void *p) { hadal_emu_api.access(p, n, n, 0); }                                \
  HADAL_HOOK void __tsan_unaligned_read##n(void *p) { hadal_emu_api.access(p, n, 1, 0); }                      \
  HADAL_HOOK void __tsan_write##n(void *p) { hadal_emu_api.access(p, n, n, HADAL_EMU_WRITE); }                 \
  HADAL_HOOK void __tsan_unaligned_write##n(void *p) { hadal_emu_api.access(p, n, 1, HADAL_EMU_WRITE); }
HADAL_HOOKS(1) HADAL_HOOKS(2) HADAL_HOOKS(4) HADAL_HOOKS(8) HADAL_HOOKS(16)
HADAL_HOOK void *__tsan_memcpy(void *to, const void *from, unsigned long n) {
  hadal_emu_api.access(from, n, 1, 0);
  hadal_emu_api.access(to, n, 1, HADAL_EMU_WRITE);
  return __builtin_memcpy(to, from, n);
}
HADAL_HOOK void *__tsan_memmove(void *to, const void *from, unsigned long n) {
  hadal_emu_api.access(from, n, 1, 0);
  hadal_emu_api.access(to, n, 1, HADAL_EMU_WRITE);
  return __builtin_memmove(to, from, n);
}
HADAL_HOOK void *__tsan_memset(void *to, int value, unsigned long n) {
  hadal_emu_api.access(to, n, 1, HADAL_EMU_WRITE);
  return __builtin_memset(to, value, n);
}

// Calls a kernel with the slots of a launch.
template <typename T, T... I> struct __hadal_sequence {};
template <typename T> __attribute__((no_sanitize("thread"))) inline T __hadal_slot(const unsigned long *slot) {
  T value;
  __builtin_memcpy_inline(&value, slot, sizeof(T));
  return value;
}
template <typename... T, unsigned long... I>
__attribute__((no_sanitize("thread"))) inline void __hadal_call(void (*kernel)(T...), const unsigned long *args,
                                                                __hadal_sequence<unsigned long, I...>) {
  kernel(__hadal_slot<T>(args + I)...);
}
template <typename... T>
__attribute__((no_sanitize("thread"))) inline void __hadal_enter(void (*kernel)(T...), const unsigned long *args) {
  __hadal_call(kernel, args, __make_integer_seq<__hadal_sequence, unsigned long, sizeof...(T)>());
}
)";

static void appendText(std::string &out, const char *name, const char *text) {
  out += str("#line 1 \"", name, "\"\n", text, "\n");
}

static Error makeText(const HadalArtifact &artifact, const std::string &path, std::string &out) {
  out = "#define HADAL_EMULATOR 1\n";
  appendText(out, "emulator.h", texts::emulator);
  appendText(out, "builtins.h", texts::builtins);
  for (const texts::Text *text = texts::prelude; text->name; ++text)
    appendText(out, text->name, text->text);
  // Each kernel in a namespace of its own: what it defines beside itself may have any name.
  for (int32_t i = 0; i < artifact.num_kernels; ++i) {
    const HadalArtifactKernel &kernel = artifact.kernels[i];
    if (!kernel.source)
      return Error(HADAL_INCOMPATIBLE, "artifact ", path, " has no CUDA text of kernel '", kernel.name, "'");
    out += str("namespace hadal_kernel_", i, " {\n");
    appendText(out, kernel.name, kernel.source);
    out += "}\n";
  }
  appendText(out, "hooks", kHooks);
  for (int32_t i = 0; i < artifact.num_kernels; ++i)
    out += str("HADAL_HOOK void hadal_emu_entry_", i, "(const unsigned long *args) { __hadal_enter(&hadal_kernel_", i,
               "::", artifact.kernels[i].name, ", args); }\n");
  return Error::success();
}

/// HADAL_EMULATOR_CXX, or the clang++ that the runtime was built beside, or the one in the path.
static std::string compilerPath() {
  if (const char *given = std::getenv("HADAL_EMULATOR_CXX"))
    return given;
  return HADAL_CLANG_PATH;
}

Error CompiledText::compile(const HadalArtifact &artifact, const std::string &path,
                            std::unique_ptr<CompiledText> &out) {
  std::string text;
  if (Error error = makeText(artifact, path, text))
    return error;
  TemporaryFolder folder;
  if (folder.getPath().empty())
    return Error(HADAL_DEVICE_FAILURE, "cannot make a temporary folder for the emulator: ", std::strerror(errno));
  std::string source = folder.getPath() + "/kernels.cpp", object = folder.getPath() + "/kernels.so";
  if (!writeFile(source, text))
    return Error(HADAL_DEVICE_FAILURE, "cannot write ", source, ": ", std::strerror(errno));

  std::string compiler = compilerPath(), log;
  // The instrumentation reports each load and store; atomics are checked by builtins.h.
  int status = runProcess({compiler,
                           "-x",
                           "c++",
                           "-std=c++17",
                           "-O1",
                           "-gline-tables-only",
                           "-w",
                           "-shared",
                           "-fPIC",
                           "-fno-exceptions",
                           "-fno-rtti",
                           "-ffp-contract=off",
                           "-fvisibility=hidden",
                           "-fno-strict-aliasing",
                           "-nostdinc",
                           "-fsanitize=thread",
                           "-mllvm",
                           "-tsan-instrument-func-entry-exit=0",
                           "-mllvm",
                           "-tsan-instrument-atomics=0",
                           source,
                           "-o",
                           object,
                           "-nodefaultlibs",
                           "-lm",
                           "-lc"},
                          log);
  if (status == kCannotRun)
    return Error(HADAL_NO_DEVICE, "the emulator compiles kernels with ", compiler, ", which cannot be run: ", log,
                 " (HADAL_EMULATOR_CXX names another clang++)");
  if (status != 0)
    return Error(HADAL_DEVICE_FAILURE, "the kernels of artifact ", path, " do not compile for the emulator:\n", log);

  std::unique_ptr<CompiledText> compiled(new CompiledText);
  compiled->handle = dlopen(object.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!compiled->handle)
    return Error(HADAL_DEVICE_FAILURE, "the kernels of artifact ", path, " do not load into the emulator: ", dlerror());
  compiled->object = MappedFile::open(object);
  if (Error error = compiled->bind(artifact))
    return error;
  out = std::move(compiled);
  return Error::success();
}

/// The extent of a loaded object in memory.
static int findImage(dl_phdr_info *info, size_t, void *data) {
  auto *extent = static_cast<std::pair<const char *, const char *> *>(data);
  auto *base = reinterpret_cast<const char *>(info->dlpi_addr);
  if (base != extent->first)
    return 0;
  for (int i = 0; i < info->dlpi_phnum; ++i)
    if (info->dlpi_phdr[i].p_type == PT_LOAD)
      extent->second = std::max(extent->second, base + info->dlpi_phdr[i].p_vaddr + info->dlpi_phdr[i].p_memsz);
  return 1;
}

Error CompiledText::bind(const HadalArtifact &table) {
  artifact = &table;
  void *api = dlsym(handle, "hadal_emu_api");
  for (int32_t i = 0; i < table.num_kernels && api; ++i)
    entries.push_back(reinterpret_cast<Entry>(dlsym(handle, str("hadal_emu_entry_", i).c_str())));
  Dl_info info;
  if (!api || dladdr(api, &info) == 0)
    return Error(HADAL_DEVICE_FAILURE, "the compiled kernels lack the emulator's table");
  *static_cast<HadalEmuApi *>(api) = BlockRunner::kApi;
  std::pair<const char *, const char *> extent = {static_cast<const char *>(info.dli_fbase), nullptr};
  dl_iterate_phdr(&findImage, &extent);
  imageBegin = extent.first;
  imageEnd = std::max(extent.first, extent.second);
  return Error::success();
}

int CompiledText::findLine(int32_t kernel, const void *site) const {
  auto *address = static_cast<const char *>(site);
  std::string symbolizer = compilerPath();
  size_t name = symbolizer.rfind("clang++");
  if (address <= imageBegin || address >= imageEnd || name == std::string::npos || !object)
    return 0;
  symbolizer.replace(name, std::strlen("clang++"), "llvm-symbolizer"); // clang++-22: llvm-symbolizer-22
  std::string file = str("/proc/", getpid(), "/fd/", object->getDescriptor()), log;
  // A return address is behind the call. Where the call was inlined, the frames from the innermost one.
  if (runProcess({symbolizer, "--obj=" + file, "--inlines", str(address - imageBegin - 1)}, log) != 0)
    return 0;
  std::string inKernel = str("/", artifact->kernels[kernel].name, ":");
  size_t at = log.find(inKernel);
  return at == std::string::npos ? 0 : std::atoi(log.c_str() + at + inKernel.size());
}

CompiledText::~CompiledText() {
  if (handle)
    dlclose(handle);
}
