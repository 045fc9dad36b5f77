//===- Check.cpp - What must hold before IR is built ----------------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Check.h"

#include "OpTable.h"
#include "Tensors.h"

#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/Path.h"

using namespace llvm;
using namespace hadal::onnx;

static std::string domainText(StringRef domain) { return domain.empty() ? "ai.onnx" : domain.str(); }
static std::string nodeText(const Node &node) { return "node '" + node.name + "' (" + node.op + ")"; }

//===----------------------------------------------------------------------===//
// Form
//===----------------------------------------------------------------------===//

namespace {
class Checker {
public:
  explicit Checker(Model &model) : model(model), loader(sys::path::parent_path(model.path)) {}
  Error run();

private:
  Error fail(const Twine &what) { return createStringError(what); }
  Error checkOpsets();
  Error checkOpsets(const Graph &graph);
  Error checkVersion(StringRef domain, int64_t version);
  Error checkGraph(Graph &graph);
  Error checkConstants(Graph &graph);
  Error checkInput(const ValueInfo &info);
  Error checkNodes(Graph &graph);
  Error checkNode(Node &node, const StringSet<> &later);
  Error checkBody(const Node &node, Graph &body);
  Error define(StringRef name, const Twine &by);

  Model &model;
  TensorLoader loader;
  StringSet<> defined;
  std::vector<std::string> scope; // what is defined, in order
};
} // namespace

Error Checker::run() {
  if (Error error = checkOpsets())
    return error;
  for (const ValueInfo &info : model.graph.inputs)
    if (Error error = checkInput(info))
      return error;
  if (Error error = checkGraph(model.graph))
    return error;
  if (model.graph.outputs.empty())
    return fail("the graph has no outputs");
  return Error::success();
}

/// Everything behind the inputs.
Error Checker::checkGraph(Graph &graph) {
  if (graph.sparseInitializers)
    return fail("sparse initializers are not supported");
  if (Error error = checkConstants(graph))
    return error;
  for (const ValueInfo &info : graph.inputs) {
    // Old models list initializers as inputs too.
    if (llvm::any_of(graph.initializers, [&](const TensorData &tensor) { return tensor.name == info.name; }))
      continue;
    if (Error error = define(info.name, "input '" + info.name + "'"))
      return error;
  }
  if (Error error = checkNodes(graph))
    return error;
  for (const ValueInfo &info : graph.outputs)
    if (!defined.contains(info.name))
      return fail("output '" + info.name + "' is not computed by any node");
  return Error::success();
}

Error Checker::checkOpsets() {
  if (model.opsets.empty())
    return fail("no operator set is imported");
  for (const OpsetImport &import : model.opsets)
    if (Error error = checkVersion(import.domain, import.version))
      return error;
  return checkOpsets(model.graph);
}

Error Checker::checkOpsets(const Graph &graph) {
  for (const Node &node : graph.nodes) {
    if (node.version == 0)
      return fail(nodeText(node) + ": no operator set of its domain '" + domainText(node.domain) + "' is imported");
    if (Error error = checkVersion(node.domain, node.version)) // those of functions are their own
      return error;
    for (const NodeAttribute &attribute : node.attributes)
      if (attribute.graph)
        if (Error error = checkOpsets(*attribute.graph))
          return error;
  }
  return Error::success();
}

Error Checker::checkVersion(StringRef domain, int64_t version) {
  if (!domain.empty() || version <= kNewestOpset)
    return Error::success();
  return fail("operator set " + Twine(version) + " is newer than the newest known one, " + Twine(kNewestOpset));
}

Error Checker::define(StringRef name, const Twine &by) {
  if (defined.insert(name).second) {
    scope.push_back(name.str());
    return Error::success();
  }
  return fail(by + " defines '" + name + "', which is already defined");
}

Error Checker::checkConstants(Graph &graph) {
  for (TensorData &tensor : graph.initializers) {
    if (Error error = loader.load(tensor))
      return fail("initializer '" + tensor.name + "': " + toString(std::move(error)));
    if (Error error = define(tensor.name, "initializer '" + tensor.name + "'"))
      return error;
  }
  for (Node &node : graph.nodes)
    for (NodeAttribute &attribute : node.attributes)
      if (attribute.kind == NodeAttribute::Kind::Tensor)
        if (Error error = loader.load(attribute.tensor))
          return fail(nodeText(node) + ", attribute '" + attribute.name + "': " + toString(std::move(error)));
  return Error::success();
}

Error Checker::checkInput(const ValueInfo &info) {
  if (llvm::any_of(model.graph.initializers, [&](const TensorData &tensor) { return tensor.name == info.name; }))
    return Error::success();
  if (!info.isTensor)
    return fail("input '" + info.name + "' is not a tensor");
  if (dtypeBytes(info.type) == 0)
    return fail("input '" + info.name + "': element type " + dtypeName(info.type) + " is not supported");
  if (!info.dims)
    return fail("input '" + info.name + "' has no shape; its rank must be known");
  for (const DeclaredDim &dim : *info.dims)
    if (dim.size && *dim.size < 0)
      return fail("input '" + info.name + "' has the negative dimension " + Twine(*dim.size));
  return Error::success();
}

Error Checker::checkNodes(Graph &graph) {
  StringSet<> outputs;
  for (const Node &node : graph.nodes)
    for (const std::string &output : node.outputs)
      outputs.insert(output);
  for (Node &node : graph.nodes)
    if (Error error = checkNode(node, outputs))
      return error;
  return Error::success();
}

/// A graph in a node sees the names that are defined before the node; its own end with it.
Error Checker::checkBody(const Node &node, Graph &body) {
  size_t outer = scope.size();
  if (Error error = checkGraph(body))
    return fail(nodeText(node) + ", graph '" + body.name + "': " + toString(std::move(error)));
  for (; scope.size() > outer; scope.pop_back())
    defined.erase(scope.back());
  return Error::success();
}

Error Checker::checkNode(Node &node, const StringSet<> &later) {
  for (const std::string &input : node.inputs) {
    if (input.empty() || defined.contains(input))
      continue;
    if (later.contains(input))
      return fail(nodeText(node) + ": its input '" + input +
                  "' is computed by a later node; the graph has a cycle or is not sorted");
    return fail(nodeText(node) + ": its input '" + input + "' is not defined");
  }
  for (NodeAttribute &attribute : node.attributes)
    if (attribute.graph)
      if (Error error = checkBody(node, *attribute.graph))
        return error;
  for (const std::string &output : node.outputs)
    if (!output.empty())
      if (Error error = define(output, nodeText(node)))
        return error;
  StringSet<> attributes;
  for (const NodeAttribute &attribute : node.attributes)
    if (!attributes.insert(attribute.name).second)
      return fail(nodeText(node) + ": attribute '" + attribute.name + "' stands twice");
  return Error::success();
}

Error hadal::onnx::checkModel(Model &model) { return Checker(model).run(); }

//===----------------------------------------------------------------------===//
// Operators
//===----------------------------------------------------------------------===//

/// Checks how many inputs and outputs a supported node has.
static Error checkArity(const Node &node, const Arity &arity) {
  auto fail = [&](const Twine &what) { return createStringError(nodeText(node) + ": " + what); };
  for (int i = 0; i < arity.required; ++i)
    if (i >= static_cast<int>(node.inputs.size()) || node.inputs[i].empty())
      return fail("input " + Twine(i) + " is missing");
  if (arity.inputs == kAnyNumber && is_contained(node.inputs, ""))
    return fail("an input is missing");
  if (static_cast<int64_t>(node.inputs.size()) > arity.inputs)
    return fail("has " + Twine(node.inputs.size()) + " inputs, at most " + Twine(arity.inputs) + " are supported");
  if (node.outputs.empty())
    return fail("has no outputs");
  return Error::success();
}

namespace {
/// An operator that the table lacks.
struct Missing {
  int64_t version = 0;
  int64_t count = 0;
  StringRef firstNode;
};
} // namespace

using MissingOps = MapVector<std::pair<StringRef, StringRef>, Missing>;

static Error findMissing(const Graph &graph, MissingOps &missing) {
  for (const Node &node : graph.nodes) {
    for (const NodeAttribute &attribute : node.attributes)
      if (attribute.graph)
        if (Error error = findMissing(*attribute.graph, missing))
          return error;
    if (const OpEntry *entry = OpTable::get().find(node.domain, node.op, node.version)) {
      if (Error error = checkArity(node, entry->arity))
        return error;
      continue;
    }
    Missing &op = missing[{node.op, node.domain}];
    op.version = node.version;
    if (op.count++ == 0)
      op.firstNode = node.name;
  }
  return Error::success();
}

Error hadal::onnx::checkOperators(const Model &model) {
  MissingOps missing;
  if (Error error = findMissing(model.graph, missing))
    return error;
  if (missing.empty())
    return Error::success();

  size_t opWidth = 8, domainWidth = 7;
  for (const auto &[key, op] : missing) {
    opWidth = std::max(opWidth, key.first.size());
    domainWidth = std::max(domainWidth, domainText(key.second).size());
  }
  std::string text;
  raw_string_ostream os(text);
  os << missing.size() << (missing.size() == 1 ? " operator is" : " operators are") << " not supported:\n";
  auto row = [&](StringRef op, StringRef domain, const Twine &version, const Twine &count, StringRef node) {
    os << "  " << left_justify(op, opWidth) << "  " << left_justify(domain, domainWidth) << "  "
       << right_justify(version.str(), 7) << "  " << right_justify(count.str(), 5) << "  " << node;
  };
  row("operator", "domain", "version", "count", "first node");
  for (const auto &[key, op] : missing) {
    os << "\n";
    row(key.first, domainText(key.second), Twine(op.version), Twine(op.count), op.firstNode);
  }
  return createStringError(text);
}
