//===- MutateText.cpp - Mutations that keep text a text of tokens ---------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Fuzz.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringExtras.h"

using namespace hadal::fuzz;
using namespace llvm;

namespace {
enum class Kind { Space, Number, Word, Value, String, Other };

struct Token {
  StringRef text;
  Kind kind;
};
} // namespace

static SmallVector<Token> split(StringRef text) {
  SmallVector<Token> tokens;
  auto isWord = [](char c) { return isAlnum(c) || c == '_' || c == '.' || c == '$'; };
  while (!text.empty()) {
    size_t length = 1;
    Kind kind = Kind::Other;
    char c = text.front();
    if (isSpace(c)) {
      kind = Kind::Space;
    } else if (isDigit(c)) { // "4x8xf32" is 4, x, 8, xf32
      kind = Kind::Number;
      length = text.take_while([](char c) { return isDigit(c); }).size();
    } else if (StringRef("%@#!^").contains(c)) {
      kind = Kind::Value;
      length += text.drop_front().take_while(isWord).size();
    } else if (isAlpha(c)) {
      kind = Kind::Word;
      length = c == 'x' && text.size() > 1 && isDigit(text[1]) ? 1 : text.take_while(isWord).size();
    } else if (c == '"') {
      kind = Kind::String;
      size_t end = text.find('"', 1);
      length = end == StringRef::npos ? text.size() : end + 1;
    }
    tokens.push_back({text.take_front(length), kind});
    text = text.drop_front(length);
  }
  return tokens;
}

static std::string number(Random &random, StringRef old) {
  static const char *const kTelling[] = {"0",
                                         "1",
                                         "2",
                                         "3",
                                         "4",
                                         "7",
                                         "8",
                                         "16",
                                         "31",
                                         "63",
                                         "64",
                                         "127",
                                         "255",
                                         "65536",
                                         "?",
                                         "-1",
                                         "-0",
                                         "1000003",
                                         "2147483647",
                                         "2147483648",
                                         "9223372036854775807",
                                         "9223372036854775808",
                                         "0x7fc00000",
                                         "1.5e300"};
  int64_t value;
  if (below(random, 2) == 0 && !old.getAsInteger(10, value) && value < 1'000'000'000)
    return std::to_string(below(random, 2) ? value + 1 : value - 1);
  return kTelling[below(random, std::size(kTelling))];
}

static std::string mutateTokens(StringRef text, Random &random) {
  SmallVector<Token> tokens = split(text);
  SmallVector<size_t> visible;
  for (auto [i, token] : llvm::enumerate(tokens))
    if (token.kind != Kind::Space)
      visible.push_back(i);
  if (visible.empty())
    return "";
  Token &token = tokens[visible[below(random, visible.size())]];
  std::string kept;
  switch (below(random, 8)) {
  case 0:
    token.text = "";
    break;
  case 1:
    kept = (token.text + " " + token.text).str();
    token.text = kept;
    break;
  case 2: // any other token
    token.text = tokens[visible[below(random, visible.size())]].text;
    break;
  default:
    if (token.kind == Kind::Number) {
      kept = number(random, token.text);
      token.text = kept;
      break;
    }
    for (int tries = 0; tries < 50; ++tries) { // one of the same kind
      const Token &other = tokens[visible[below(random, visible.size())]];
      if (other.kind != token.kind || other.text == token.text)
        continue;
      token.text = other.text;
      break;
    }
  }
  std::string result;
  for (const Token &each : tokens)
    result += each.text;
  return result;
}

static std::string mutateLines(StringRef text, Random &random) {
  SmallVector<StringRef> lines;
  text.split(lines, '\n');
  size_t at = below(random, lines.size()), other = below(random, lines.size());
  switch (below(random, 4)) {
  case 0:
    lines.erase(lines.begin() + at);
    break;
  case 1:
    std::swap(lines[at], lines[other]);
    break;
  case 2: {
    StringRef line = lines[other];
    lines.insert(lines.begin() + at, line);
    break;
  }
  default:
    lines[at] = lines[other];
  }
  return llvm::join(lines, "\n");
}

std::string hadal::fuzz::mutateText(StringRef text, Random &random) {
  std::string result = text.str();
  for (size_t i = 0, rounds = 1 + below(random, 4); i < rounds; ++i)
    result = below(random, 5) ? mutateTokens(result, random) : mutateLines(result, random);
  return result;
}
