//===- Functions.cpp - Model-local functions ------------------------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A call of a function that the model defines is replaced by the function's
// nodes. What is inside gets names that begin with the call's first output, so
// that `y = loc::Rms(x)` has the nodes "y/square", "y/mean", ...
//
//===----------------------------------------------------------------------===//

#include "Check.h"

#include "llvm/ADT/StringMap.h"

using namespace llvm;
using namespace hadal::onnx;

/// Beyond this a model of functions that call functions is no honest model.
static constexpr size_t kMostNodes = 10'000'000;

namespace {
class Inliner {
public:
  explicit Inliner(Model &model) : model(model) {}
  Error run();

private:
  Error expandAll(std::vector<Node> &nodes);
  Error expand(Node node, std::vector<Node> &into);
  Error expandCall(const Function &function, const Node &call, std::vector<Node> &into);
  const Function *find(const Node &node) const;

  Model &model;
  std::vector<const Function *> active; // being expanded, outermost first
};
} // namespace

const Function *Inliner::find(const Node &node) const {
  for (const Function &function : model.functions)
    if (function.name == node.op && function.domain == node.domain)
      return &function;
  return nullptr;
}

/// Attributes of the body that refer to the call's take those, or vanish where the call has none.
static void bindAttributes(Node &node, const Node &call) {
  std::vector<NodeAttribute> bound;
  for (NodeAttribute &attribute : node.attributes) {
    if (attribute.reference.empty()) {
      bound.push_back(std::move(attribute));
      continue;
    }
    for (const NodeAttribute &given : call.attributes) {
      if (given.name != attribute.reference)
        continue;
      bound.push_back(given);
      bound.back().name = attribute.name;
    }
  }
  node.attributes = std::move(bound);
}

/// `node` of a function's body as a node of the caller; so are the nodes of the graphs in it.
static void instantiate(Node &node, const Node &call, StringRef prefix, function_ref<void(std::string &)> rename) {
  node.name = (prefix + node.name).str();
  llvm::for_each(node.inputs, rename);
  llvm::for_each(node.outputs, rename);
  bindAttributes(node, call);
  for (NodeAttribute &attribute : node.attributes) {
    if (!attribute.graph)
      continue;
    attribute.graph = std::make_shared<Graph>(*attribute.graph); // each call has its own
    Graph &graph = *attribute.graph;
    for (std::vector<ValueInfo> *infos : {&graph.inputs, &graph.outputs})
      for (ValueInfo &info : *infos)
        rename(info.name);
    for (TensorData &tensor : graph.initializers)
      rename(tensor.name);
    for (Node &inner : graph.nodes)
      instantiate(inner, call, prefix, rename);
  }
}

Error Inliner::expandCall(const Function &function, const Node &call, std::vector<Node> &into) {
  auto fail = [&](const Twine &what) {
    return createStringError("node '" + call.name + "' (" + call.op + "): " + what);
  };
  if (is_contained(active, &function))
    return fail("function '" + function.name + "' calls itself");
  if (call.inputs.size() > function.inputs.size() || call.outputs.size() > function.outputs.size())
    return fail("has more inputs or outputs than the function it calls");
  StringMap<std::string> names;
  for (auto [i, formal] : llvm::enumerate(function.inputs))
    names[formal] = i < call.inputs.size() ? call.inputs[i] : "";
  for (auto [formal, actual] : llvm::zip(function.outputs, call.outputs))
    if (!actual.empty() && !names.try_emplace(formal, actual).second)
      return fail("function '" + function.name + "' returns one of its inputs, which is not supported");
  std::string prefix = (call.outputs.empty() ? call.name : call.outputs.front()) + "/";
  auto rename = [&](std::string &name) {
    if (name.empty())
      return;
    auto known = names.find(name);
    name = known != names.end() ? known->second : prefix + name;
  };
  active.push_back(&function);
  for (Node node : function.nodes) {
    instantiate(node, call, prefix, rename);
    if (Error error = expand(std::move(node), into))
      return error;
  }
  active.pop_back();
  return Error::success();
}

Error Inliner::expand(Node node, std::vector<Node> &into) {
  if (const Function *function = find(node))
    return expandCall(*function, node, into);
  for (NodeAttribute &attribute : node.attributes)
    if (attribute.graph)
      if (Error error = expandAll(attribute.graph->nodes))
        return error;
  if (into.size() >= kMostNodes)
    return createStringError("the model's functions expand to more than " + Twine(kMostNodes) + " nodes");
  into.push_back(std::move(node));
  return Error::success();
}

Error Inliner::expandAll(std::vector<Node> &nodes) {
  std::vector<Node> expanded;
  for (Node &node : nodes)
    if (Error error = expand(std::move(node), expanded))
      return error;
  nodes = std::move(expanded);
  return Error::success();
}

Error Inliner::run() { return model.functions.empty() ? Error::success() : expandAll(model.graph.nodes); }

Error hadal::onnx::inlineFunctions(Model &model) { return Inliner(model).run(); }
