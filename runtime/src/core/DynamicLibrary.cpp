//===- DynamicLibrary.cpp - Libraries that are there or not ---------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "DynamicLibrary.h"

#include <dlfcn.h>

using namespace hadal::runtime;

DynamicLibrary::~DynamicLibrary() {
  if (handle)
    dlclose(handle);
}

bool DynamicLibrary::open(const std::string &name, std::string &log) {
  // Drivers and compilers have threads and memory of their own: once loaded they stay.
  handle = dlopen(name.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  if (!handle)
    log = dlerror();
  return handle != nullptr;
}

void *DynamicLibrary::lookUp(const char *symbol) const { return dlsym(handle, symbol); }

std::string DynamicLibrary::fileOf(const void *function) {
  Dl_info info;
  return dladdr(function, &info) != 0 && info.dli_fname ? info.dli_fname : "";
}
