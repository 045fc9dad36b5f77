//===- DimExpression.h - Dimensions that depend on others -------*- C++ -*-===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_RUNTIME_CORE_DIMEXPRESSION_H
#define HADAL_RUNTIME_CORE_DIMEXPRESSION_H

#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>

namespace hadal::runtime {

/// The value of an identifier, if it is known.
using DimLookup = std::function<std::optional<int64_t>(std::string_view name)>;

/// The value of a dimension as models write it: numbers, names, + - * // and parentheses. Nothing if it is written
/// otherwise, has a name that is not known, or divides by zero.
///
///   evaluateDim("2*past + 1", lookup)   // 7 if past is 3
std::optional<int64_t> evaluateDim(std::string_view text, const DimLookup &lookup);

/// Whether it is one name, whose value an input gives.
bool isDimName(std::string_view text);

} // namespace hadal::runtime

#endif // HADAL_RUNTIME_CORE_DIMEXPRESSION_H
