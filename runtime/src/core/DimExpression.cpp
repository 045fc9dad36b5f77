//===- DimExpression.cpp - Dimensions that depend on others ---------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "DimExpression.h"

#include <algorithm>
#include <cctype>
#include <charconv>

using namespace hadal::runtime;

static bool isNameChar(char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '.'; }

bool hadal::runtime::isDimName(std::string_view text) {
  return !text.empty() && !std::isdigit(static_cast<unsigned char>(text[0])) &&
         std::all_of(text.begin(), text.end(), isNameChar);
}

namespace {
using Value = std::optional<int64_t>;

/// A recursive descent: sum of products of atoms.
class Parser {
public:
  Parser(std::string_view text, const DimLookup &lookup) : rest(text), lookup(lookup) {}

  Value parse() {
    Value value = sum();
    skipSpace();
    return rest.empty() ? value : Value();
  }

private:
  void skipSpace() {
    while (!rest.empty() && std::isspace(static_cast<unsigned char>(rest[0])))
      rest.remove_prefix(1);
  }
  bool take(std::string_view token) {
    skipSpace();
    if (rest.substr(0, token.size()) != token)
      return false;
    rest.remove_prefix(token.size());
    return true;
  }

  Value sum() {
    for (Value value = product();;) {
      bool minus = take("-");
      if (!value || (!minus && !take("+")))
        return value;
      Value right = product();
      int64_t result;
      bool overflow = !right || (minus ? __builtin_sub_overflow(*value, *right, &result)
                                       : __builtin_add_overflow(*value, *right, &result));
      value = overflow ? Value() : Value(result);
    }
  }

  Value product() {
    for (Value value = atom();;) {
      bool divide = take("//");
      if (!value || (!divide && !take("*")))
        return value;
      Value right = atom();
      int64_t result;
      if (!right || (divide && *right <= 0) || (!divide && __builtin_mul_overflow(*value, *right, &result)))
        return {};
      value = divide ? *value / *right - (*value % *right < 0) : result; // rounds down
    }
  }

  Value atom() {
    if (take("(")) {
      Value value = sum();
      return take(")") ? value : Value();
    }
    skipSpace();
    auto end = std::find_if_not(rest.begin(), rest.end(), isNameChar);
    std::string_view word = rest.substr(0, end - rest.begin());
    rest.remove_prefix(word.size());
    if (isDimName(word))
      return lookup(word);
    int64_t number;
    auto [last, failure] = std::from_chars(word.data(), word.data() + word.size(), number);
    return failure == std::errc() && last == word.data() + word.size() ? Value(number) : Value();
  }

  std::string_view rest;
  const DimLookup &lookup;
};
} // namespace

std::optional<int64_t> hadal::runtime::evaluateDim(std::string_view text, const DimLookup &lookup) {
  return Parser(text, lookup).parse();
}
