//===- Explain.cpp - What was recognised where, and what was not ----------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Explain.h"

#include "dialects/Hadal/IR/Hadal.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;
using namespace hadal;

/// Families in the order of the table: whole blocks first.
static constexpr StringLiteral kFamilies[] = {"latent_attention",
                                              "dsa",
                                              "nsa",
                                              "moba",
                                              "csa",
                                              "hca",
                                              "attention",
                                              "indexer_scores",
                                              "moe",
                                              "route",
                                              "latent_projection",
                                              "rope",
                                              "rms_norm",
                                              "layer_norm",
                                              "cache_append"};
/// Those that make a layer of a model: an attention begins one, routing and experts belong to it.
static constexpr StringLiteral kAttentions[] = {"latent_attention", "dsa", "nsa", "moba", "csa", "hca", "attention"};
static constexpr StringLiteral kExperts[] = {"moe", "route"};

/// As --require-raised= calls it.
static StringRef familyName(StringRef op) { return op == "indexer_scores" ? "indexer" : op; }

static bool isBlock(StringRef family) {
  return llvm::is_contained(kAttentions, family) || llvm::is_contained(kExperts, family);
}

namespace {
struct Found {
  std::string node;
  int64_t layer;
};
using Table = SmallVector<SmallVector<std::string>>;
} // namespace

/// The node's name, or the place in a file.
static std::string describe(Location loc) {
  if (auto name = loc->findInstanceOf<NameLoc>())
    return name.getName().str();
  if (auto place = loc->findInstanceOf<FileLineColLoc>())
    return (llvm::sys::path::filename(place.getFilename().getValue()) + ":" + Twine(place.getLine()) + ":" +
            Twine(place.getColumn()))
        .str();
  return "?";
}

/// Columns as wide as their widest cell; the last is not filled up.
static void print(llvm::raw_ostream &os, const Table &table) {
  SmallVector<size_t> widths(table.front().size(), 0);
  for (const auto &row : table)
    for (auto [width, cell] : llvm::zip_equal(widths, row))
      width = std::max(width, cell.size());
  for (const auto &row : table) {
    os << ' ';
    for (auto [i, cell] : llvm::enumerate(row)) {
      os << ' ' << cell;
      if (i + 1 < row.size())
        os.indent(widths[i] - cell.size() + 1);
    }
    os << '\n';
  }
}

/// "0-2, 5" for ascending numbers.
static std::string ranges(ArrayRef<int64_t> numbers) {
  std::string text;
  for (size_t i = 0; i < numbers.size();) {
    size_t end = i + 1;
    while (end < numbers.size() && numbers[end] <= numbers[end - 1] + 1)
      ++end;
    text += (text.empty() ? "" : ", ") + std::to_string(numbers[i]);
    if (numbers[end - 1] != numbers[i])
      text += "-" + std::to_string(numbers[end - 1]);
    i = end;
  }
  return text;
}

/// The first names and the last.
static std::string someOf(ArrayRef<Found> found) {
  constexpr size_t kShown = 3;
  std::string text;
  for (const Found &each : found.take_front(kShown))
    text += (text.empty() ? "" : ", ") + each.node;
  if (found.size() > kShown)
    text += (found.size() > kShown + 1 ? ", ... , " : ", ") + found.back().node;
  return text;
}

using Families = llvm::MapVector<StringRef, SmallVector<Found>>;

static void printFound(llvm::raw_ostream &os, const Families &families) {
  Table table{{"found", "count", "layers", "nodes"}};
  for (StringRef name : kFamilies) {
    const SmallVector<Found> found = families.lookup(name);
    if (found.empty())
      continue;
    SmallVector<int64_t> layers;
    if (isBlock(name)) // parts may stand before the attention that they belong to
      llvm::append_range(layers, llvm::map_range(found, [](const Found &each) { return each.layer; }));
    llvm::sort(layers);
    table.push_back({familyName(name).str(), std::to_string(found.size()), ranges(layers), someOf(found)});
  }
  if (table.size() == 1)
    os << "  nothing was recognised\n";
  else
    print(os, table);
}

/// Layers in a row that hold the same.
static void printLayers(llvm::raw_ostream &os, const Families &families, int64_t layers) {
  SmallVector<std::string> contents(layers);
  for (StringRef name : kFamilies) {
    if (!isBlock(name))
      continue;
    llvm::MapVector<int64_t, int64_t> counts;
    for (const Found &each : families.lookup(name))
      ++counts[each.layer];
    for (auto &[layer, count] : counts)
      contents[layer] += (contents[layer].empty() ? "" : ", ") + name.str() +
                         (count > 1 ? " (" + std::to_string(count) + ")" : std::string());
  }
  Table table{{"layers", "of"}};
  for (int64_t first = 0, end; first < layers; first = end) {
    for (end = first + 1; end < layers && contents[end] == contents[first];)
      ++end;
    SmallVector<int64_t> run(llvm::to_vector(llvm::seq(first, end)));
    if (!contents[first].empty())
      table.push_back({ranges(run), contents[first]});
  }
  if (table.size() > 1) {
    os << '\n';
    print(os, table);
  }
}

/// Near misses, the same ones of many nodes in one row. A reason begins with its node where that has a name.
static void printMissed(llvm::raw_ostream &os, ModuleOp module) {
  os << '\n';
  auto missed = module->getAttrOfType<ArrayAttr>("hadal.missed");
  if (!missed || missed.empty()) {
    os << "  nothing resembles a family without being one\n";
    return;
  }
  llvm::MapVector<std::pair<StringRef, StringRef>, SmallVector<Found>> reasons;
  for (auto miss : missed.getAsRange<DictionaryAttr>()) {
    std::string node = describe(miss.getAs<LocationAttr>("loc"));
    StringRef reason = miss.getAs<StringAttr>("reason").getValue();
    reason.consume_front("node " + node + ": ");
    reasons[{miss.getAs<StringAttr>("kind").getValue(), reason}].push_back({node, 0});
  }
  Table table{{"not raised", "count", "reason", "nodes"}};
  for (auto &[key, nodes] : reasons)
    table.push_back({key.first.str(), std::to_string(nodes.size()), key.second.str(), someOf(nodes)});
  print(os, table);
}

void hadal::explain(ModuleOp module, StringRef model, int64_t imported, llvm::raw_ostream &os) {
  Families families;
  int64_t layer = -1;
  module.walk<WalkOrder::PreOrder>([&](Operation *op) {
    StringRef name = op->getName().stripDialect();
    if (!isa<HadalDialect>(op->getDialect()) || !llvm::is_contained(kFamilies, name))
      return;
    layer += llvm::is_contained(kAttentions, name);
    families[name].push_back({describe(op->getLoc()), std::max<int64_t>(layer, 0)});
  });
  os << llvm::sys::path::filename(model) << ": " << imported << " operations imported\n\n";
  printFound(os, families);
  printLayers(os, families, std::max<int64_t>(layer + 1, 1));
  printMissed(os, module);
}
