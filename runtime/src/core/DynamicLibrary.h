//===- DynamicLibrary.h - Libraries that are there or not -------*- C++ -*-===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_RUNTIME_CORE_DYNAMICLIBRARY_H
#define HADAL_RUNTIME_CORE_DYNAMICLIBRARY_H

#include <string>
#include <utility>

namespace hadal::runtime {

/// A shared library opened at run time.
class DynamicLibrary {
public:
  DynamicLibrary() = default;
  DynamicLibrary(DynamicLibrary &&other) noexcept { *this = std::move(other); }
  DynamicLibrary &operator=(DynamicLibrary &&other) noexcept {
    std::swap(handle, other.handle);
    return *this;
  }
  ~DynamicLibrary();

  /// False, and why in `log`, if it cannot be opened.
  bool open(const std::string &name, std::string &log);

  /// Fills a pointer to a function; false if the library lacks it.
  template <typename F> bool find(const char *symbol, F *&out) const {
    out = reinterpret_cast<F *>(lookUp(symbol));
    return out != nullptr;
  }

  /// The file that a function was loaded from.
  static std::string fileOf(const void *function);

private:
  void *lookUp(const char *symbol) const;
  void *handle = nullptr;
};

} // namespace hadal::runtime

#endif // HADAL_RUNTIME_CORE_DYNAMICLIBRARY_H
