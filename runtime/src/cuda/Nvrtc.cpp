//===- Nvrtc.cpp - CUDA text to cubins ------------------------------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Nvrtc.h"

#include "../core/Texts.h"

#include <cstdio>
#include <cstdlib>
#include <glob.h>

using namespace hadal::runtime;

//===----------------------------------------------------------------------===//
// The library
//===----------------------------------------------------------------------===//

/// The part of nvrtc.h that is used.
using NvrtcProgram = struct NvrtcProgramObject *;
struct Nvrtc::Functions {
  int (*version)(int *major, int *minor);
  const char *(*errorString)(int result);
  int (*createProgram)(NvrtcProgram *program, const char *source, const char *name, int numHeaders,
                       const char *const *headers, const char *const *includeNames);
  int (*destroyProgram)(NvrtcProgram *program);
  int (*compileProgram)(NvrtcProgram program, int numOptions, const char *const *options);
  int (*getCubinSize)(NvrtcProgram program, size_t *bytes);
  int (*getCubin)(NvrtcProgram program, char *cubin);
  int (*getLogSize)(NvrtcProgram program, size_t *bytes);
  int (*getLog)(NvrtcProgram program, char *log);
};

static std::vector<std::string> expand(const char *pattern) {
  std::vector<std::string> paths;
  glob_t found;
  if (glob(pattern, 0, nullptr, &found) == 0)
    for (size_t i = found.gl_pathc; i-- > 0;) // newest version first
      paths.emplace_back(found.gl_pathv[i]);
  globfree(&found);
  return paths;
}

/// Where NVRTC may be, in the order in which it is looked for.
static std::vector<std::string> candidates() {
  if (const char *given = std::getenv("HADAL_NVRTC")) {
    std::vector<std::string> paths;
    for (const char *inside : {"/libnvrtc.so.[0-9]*", "/lib*/libnvrtc.so.[0-9]*"})
      for (std::string &path : expand((std::string(given) + inside).c_str()))
        paths.push_back(std::move(path));
    if (paths.empty())
      paths.emplace_back(given);
    return paths;
  }
  std::vector<std::string> paths = {"libnvrtc.so.13", "libnvrtc.so.12", "libnvrtc.so"};
  for (const char *pattern : {"/usr/local/cuda/lib*/libnvrtc.so", "/usr/local/cuda-*/lib*/libnvrtc.so"})
    for (std::string &path : expand(pattern))
      paths.push_back(std::move(path));
  return paths;
}

Error Nvrtc::load(std::shared_ptr<Nvrtc> &out) {
  std::string log;
  for (const std::string &path : candidates()) {
    auto nvrtc = std::make_shared<Nvrtc>();
    if (!nvrtc->library.open(path, log))
      continue;
    nvrtc->path = path;
    if (Error error = nvrtc->bind())
      return error;
    nvrtc->path = DynamicLibrary::fileOf(reinterpret_cast<const void *>(nvrtc->functions->version));
    nvrtc->openBuiltins();
    out = std::move(nvrtc);
    return Error::success();
  }
  const char *given = std::getenv("HADAL_NVRTC");
  return Error(HADAL_NO_DEVICE, "no NVRTC: ", log,
               given ? " (from HADAL_NVRTC)"
                     : " (install the CUDA toolkit or PyPI's nvidia-cuda-nvrtc, and name its folder in HADAL_NVRTC)");
}

/// NVRTC opens a second library by its name alone, and would get another installation's or none: open its own before.
void Nvrtc::openBuiltins() {
  std::string folder = path.substr(0, path.rfind('/') + 1), ignored;
  for (const std::string &file : expand((folder + "libnvrtc-builtins.so.*").c_str()))
    if (builtins.open(file, ignored))
      return;
}

Error Nvrtc::bind() {
  functions = std::make_shared<Functions>();
  Functions &f = *functions;
  bool whole = library.find("nvrtcVersion", f.version) && library.find("nvrtcGetErrorString", f.errorString) &&
               library.find("nvrtcCreateProgram", f.createProgram) &&
               library.find("nvrtcDestroyProgram", f.destroyProgram) &&
               library.find("nvrtcCompileProgram", f.compileProgram) &&
               library.find("nvrtcGetCUBINSize", f.getCubinSize) && library.find("nvrtcGetCUBIN", f.getCubin) &&
               library.find("nvrtcGetProgramLogSize", f.getLogSize) && library.find("nvrtcGetProgramLog", f.getLog);
  return whole ? Error::success()
               : Error(HADAL_NO_DEVICE, "no NVRTC: ", path, " lacks a function of NVRTC 11.1 or later");
}

std::string Nvrtc::getVersion() const {
  int major = 0, minor = 0;
  functions->version(&major, &minor);
  return str(major, ".", minor);
}

//===----------------------------------------------------------------------===//
// Compilation
//===----------------------------------------------------------------------===//

std::string hadal::runtime::archName(int major, int minor) { return str("sm_", major, minor, major >= 9 ? "a" : ""); }

static std::string withPrelude(const std::string &source, const std::string &name) {
  std::string text;
  for (const texts::Text *part = texts::prelude; part->name; ++part)
    text += str("#line 1 \"", part->name, "\"\n", part->text, "\n");
  return text + str("#line 1 \"", name, "\"\n", source);
}

Error Nvrtc::compile(const std::string &source, const std::string &name, const std::string &arch,
                     CompiledKernel &out) const {
  const Functions &f = *functions;
  std::string text = withPrelude(source, name);
  NvrtcProgram program;
  if (int result = f.createProgram(&program, text.c_str(), (name + ".cu").c_str(), 0, nullptr, nullptr))
    return Error(HADAL_DEVICE_FAILURE, "NVRTC cannot begin with kernel '", name, "': ", f.errorString(result));

  std::string archOption = "--gpu-architecture=" + arch;
  const char *options[] = {archOption.c_str(), "--std=c++17", "--generate-line-info", "-Xptxas=-v"};
  int result = f.compileProgram(program, sizeof(options) / sizeof(options[0]), options);
  size_t bytes = 0;
  if (f.getLogSize(program, &bytes) == 0 && bytes > 1) {
    out.log.resize(bytes);
    f.getLog(program, out.log.data());
    out.log.resize(bytes - 1); // the NUL
  }
  Error error;
  if (result != 0) {
    error = Error(HADAL_DEVICE_FAILURE, "NVRTC ", getVersion(), " cannot compile kernel '", name, "' for ", arch, ": ",
                  f.errorString(result), "\n", out.log);
  } else if ((result = f.getCubinSize(program, &bytes)) == 0) {
    out.cubin.resize(bytes);
    result = f.getCubin(program, out.cubin.data());
    out.resources = parseResources(out.log, name);
  }
  if (!error && result != 0)
    error = Error(HADAL_DEVICE_FAILURE, "NVRTC gives no cubin of kernel '", name, "': ", f.errorString(result));
  f.destroyProgram(&program);
  return error;
}

/// The number in `text` before `unit`, which follows it after a space: 16 for "Used 16 registers" and "registers".
static int numberBefore(const std::string &text, const char *unit) {
  size_t at = text.find(unit);
  if (at == std::string::npos || at < 2)
    return 0;
  size_t begin = text.find_last_not_of("0123456789", at - 2);
  return std::atoi(text.c_str() + (begin == std::string::npos ? 0 : begin + 1));
}

KernelResources hadal::runtime::parseResources(const std::string &log, const std::string &kernel) {
  // ptxas info    : Compiling entry function 'k' for 'sm_90a'
  // ptxas info    : Function properties for k
  //     0 bytes stack frame, 0 bytes spill stores, 0 bytes spill loads
  // ptxas info    : Used 16 registers, used 1 barriers, 32 bytes smem
  KernelResources resources;
  size_t begin = log.find("Compiling entry function '" + kernel + "'");
  if (begin == std::string::npos)
    return resources;
  std::string part = log.substr(begin, log.find("Compiling entry function", begin + 1) - begin);
  resources.stackBytes = numberBefore(part, "bytes stack frame");
  resources.spillStoreBytes = numberBefore(part, "bytes spill stores");
  resources.spillLoadBytes = numberBefore(part, "bytes spill loads");
  resources.registers = numberBefore(part, "registers");
  resources.staticSharedBytes = numberBefore(part, "bytes smem");
  return resources;
}
