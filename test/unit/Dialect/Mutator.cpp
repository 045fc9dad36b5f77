//===- Mutator.cpp - Random faults in IR as text --------------------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Mutator.h"

#include <cctype>

using namespace hadal;

static const char *const kNumbers[] = {"-1",
                                       "0",
                                       "1",
                                       "2",
                                       "3",
                                       "7",
                                       "64",
                                       "4294967296",
                                       "9223372036854775807",
                                       "-9223372036854775808",
                                       "2147483647",
                                       "1.0e300",
                                       "-0.5",
                                       "0x7FC00000",
                                       "0x7F800000"};
static const char *const kSizes[] = {
    "0", "1", "2", "3", "8", "?", "65536", "4611686018427387904", "9223372036854775807"};
static const char *const kElements[] = {"f32", "f64",   "f16", "bf16",     "i1",        "i8",     "i32",
                                        "i64", "index", "ui8", "f8E4M3FN", "f8E8M0FNU", "f8E5M2", "f4E2M1FN"};

/// Runs of digits, of letters (with the digits behind them, but for the x between sizes), spaces, and single
/// characters.
static std::vector<std::string> tokenize(const std::string &text) {
  std::vector<std::string> tokens;
  for (size_t at = 0; at < text.size();) {
    size_t end = at + 1;
    auto is = [&](int (*kind)(int)) { return kind(static_cast<unsigned char>(text[at])) != 0; };
    auto run = [&](auto accepts) {
      while (end < text.size() && accepts(static_cast<unsigned char>(text[end])))
        ++end;
    };
    if (is(std::isdigit))
      run([](unsigned char c) { return std::isdigit(c) != 0; });
    else if (text[at] == 'x' && end < text.size() && at > 0 && (std::isdigit(text[at - 1]) || text[at - 1] == '?'))
      ; // the x between sizes
    else if (is(std::isalpha))
      run([](unsigned char c) { return std::isalnum(c) || c == '_' || c == '.'; });
    tokens.push_back(text.substr(at, end - at));
    at = end;
  }
  return tokens;
}

void Mutator::change(std::vector<std::string> &tokens) {
  size_t at = below(tokens.size());
  // Numbers and types matter most: look for one from here on, mostly.
  if (below(8) != 0)
    for (size_t step = 0; step < tokens.size(); ++step, at = (at + 1) % tokens.size()) {
      unsigned char first = tokens[at][0];
      if (std::isdigit(first) || first == '?' || (at > 0 && tokens[at - 1] == "x"))
        break;
    }
  std::string &token = tokens[at];
  bool isSize = at + 1 < tokens.size() && tokens[at + 1] == "x";
  bool isElement = at > 0 && tokens[at - 1] == "x" && std::isalpha(static_cast<unsigned char>(token[0]));
  if (below(4) != 0 && (isSize || isElement || std::isdigit(static_cast<unsigned char>(token[0])))) {
    if (isSize)
      token = kSizes[below(std::size(kSizes))];
    else if (isElement)
      token = kElements[below(std::size(kElements))];
    else
      token = kNumbers[below(std::size(kNumbers))];
    return;
  }
  switch (below(6)) {
  case 0:
    tokens.erase(tokens.begin() + at);
    return;
  case 1:
    tokens.insert(tokens.begin() + at, tokens[at]);
    return;
  case 2:
    std::swap(tokens[at], tokens[below(tokens.size())]);
    return;
  case 3:
    if (isSize) // one dimension less
      tokens.erase(tokens.begin() + at, tokens.begin() + at + 2);
    return;
  case 4:
    if (isSize) // one dimension more
      tokens.insert(tokens.begin() + at, {"2", "x"});
    return;
  default:
    token = tokens[below(tokens.size())];
  }
}

std::string Mutator::mutate(const std::string &text) {
  std::vector<std::string> tokens = tokenize(text);
  for (size_t count = 1 + below(3); count != 0 && tokens.size() > 1; --count)
    change(tokens);
  std::string result;
  for (const std::string &token : tokens)
    result += token;
  return result;
}
