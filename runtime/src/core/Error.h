//===- Error.h - What can fail returns one -------------------- -*- C++ -*-===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_RUNTIME_CORE_ERROR_H
#define HADAL_RUNTIME_CORE_ERROR_H

#include "hadal/runtime.h"

#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace hadal::runtime {

namespace detail {
inline void append(std::string &out, std::string_view text) { out += text; }
template <typename T, std::enable_if_t<std::is_integral_v<T>, int> = 0> void append(std::string &out, T value) {
  out += std::to_string(value);
}
} // namespace detail

/// The parts as one text: str("batch is ", 3).
template <typename... T> std::string str(const T &...parts) {
  std::string out;
  (detail::append(out, parts), ...);
  return out;
}

/// A status and its message for people. True if it is a failure:
///   if (Error error = doIt())
///     return error;
class [[nodiscard]] Error {
public:
  Error() = default;
  template <typename... T> Error(HadalStatus status, const T &...parts) : status(status), message(str(parts...)) {}

  static Error success() { return {}; }
  explicit operator bool() const { return status != HADAL_OK; }
  HadalStatus getStatus() const { return status; }
  const std::string &getMessage() const { return message; }

private:
  HadalStatus status = HADAL_OK;
  std::string message;
};

} // namespace hadal::runtime

#endif // HADAL_RUNTIME_CORE_ERROR_H
