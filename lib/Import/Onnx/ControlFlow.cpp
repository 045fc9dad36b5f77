//===- ControlFlow.cpp - If, Loop and Scan --------------------------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A graph of tensors has no branches: kernels run in order, and memory is
// planned for all of them. So a loop whose count is known is written out, and
// where a condition is known only at run time, both branches are computed and
// one result is selected. No operator has effects, so that is the same.
//
//===----------------------------------------------------------------------===//

#include "Elementwise.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace llvm;
using namespace mlir;
using namespace hadal::onnx;

/// Nodes grow with it; a longer loop is no model of ours.
static constexpr int64_t kMostIterations = 1024;

/// Whether the condition is true, if that is known.
static FailureOr<std::optional<bool>> readCondition(NodeContext &c, Tensor &condition) {
  if (failed(c.requireType(condition, DType::Bool, "the condition")))
    return failure();
  if (!c.sizes.normalize(product(condition.dims)).isConstant(1))
    return c.error("the condition must have one element: " + c.shapeText(condition));
  std::optional<double> known = c.constantScalar(condition);
  return known ? std::optional<bool>(*known != 0) : std::nullopt;
}

/// a where the condition holds, else b.
static FailureOr<Tensor *> emitSelect(NodeContext &c, Tensor &condition, Tensor &a, Tensor &b) {
  if (&a == &b)
    return &a;
  if (failed(c.requireType(b, a.type, "the other of two values to choose from")))
    return failure();
  bool sameShape = a.rank() == b.rank() && llvm::all_of(llvm::zip(a.dims, b.dims), [&](auto pair) {
                     return c.sizes.areEqual(std::get<0>(pair), std::get<1>(pair));
                   });
  if (!sameShape)
    return c.error("a condition that is known only at run time chooses between the shapes " + c.shapeText(a) + " and " +
                   c.shapeText(b) + ", which is not supported");
  if (a.elements && a.elements == b.elements)
    return &a;
  Tensor &scalar = emitReshape(c, condition, {});
  return &emitElementwise(c, a.type, a.dims, {&scalar, &a, &b}, [](OpBuilder &at, Location loc, ValueRange in) {
    return arith::SelectOp::create(at, loc, in[0], in[1], in[2]);
  });
}

static FailureOr<const Graph *> readBody(NodeContext &c, StringRef name) {
  const Graph *body = c.graphAttribute(name);
  if (!body)
    return c.error("has no graph '" + name + "'");
  return body;
}

static LogicalResult importIf(NodeContext &c) {
  FailureOr<const Graph *> thenBody = readBody(c, "then_branch"), elseBody = readBody(c, "else_branch");
  if (failed(thenBody) || failed(elseBody))
    return failure();
  FailureOr<std::optional<bool>> known = readCondition(c, c.input(0));
  if (failed(known))
    return failure();
  SmallVector<Tensor *> results[2];
  const Graph *branches[] = {*thenBody, *elseBody};
  for (auto [i, body] : llvm::enumerate(branches)) {
    if (body->outputs.size() != c.numOutputs())
      return c.error("has " + std::to_string(c.numOutputs()) + " outputs, but a branch has " +
                     std::to_string(body->outputs.size()));
    if (*known && **known != (i == 0))
      continue;
    FailureOr<SmallVector<Tensor *>> outputs = c.importer.importBody(*body, {});
    if (failed(outputs))
      return failure();
    results[i] = std::move(*outputs);
  }
  for (size_t i = 0; i < c.numOutputs(); ++i) {
    if (*known) {
      c.setOutput(i, *results[**known ? 0 : 1][i]);
      continue;
    }
    FailureOr<Tensor *> chosen = emitSelect(c, c.input(0), *results[0][i], *results[1][i]);
    if (failed(chosen))
      return failure();
    c.setOutput(i, **chosen);
  }
  return success();
}

/// What every iteration gave, as one tensor with the iterations along `axis`.
static FailureOr<Tensor *> stack(NodeContext &c, ArrayRef<Tensor *> parts, int64_t axis) {
  Dims dims = parts.front()->dims;
  dims.insert(dims.begin() + axis, SizeExpr(1));
  DType type = parts.front()->type;
  SmallVector<Tensor *> slices;
  for (Tensor *part : parts) {
    if (failed(c.requireType(*part, type, "what another iteration gives")))
      return failure();
    if (part->rank() != parts.front()->rank())
      return c.error("its iterations give different ranks");
    for (auto [own, first] : llvm::zip(part->dims, parts.front()->dims))
      if (failed(c.requireEqual(own, first, "dimensions of what iterations give")))
        return failure();
    slices.push_back(&emitReshape(c, *part, dims));
  }
  return &emitConcat(c, slices, axis);
}

/// The loop's variables: what the body gives while the loop is active.
static LogicalResult step(NodeContext &c, Tensor *active, MutableArrayRef<Tensor *> state, ArrayRef<Tensor *> next) {
  for (auto [old, now] : llvm::zip(state, next)) {
    if (failed(c.requireType(*now, old->type, "a variable of the loop after an iteration")))
      return failure();
    FailureOr<Tensor *> kept = active ? emitSelect(c, *active, *now, *old) : now;
    if (failed(kept))
      return failure();
    old = *kept;
  }
  return success();
}

static LogicalResult importLoop(NodeContext &c) {
  FailureOr<const Graph *> given = readBody(c, "body");
  if (failed(given))
    return failure();
  const Graph &body = **given;
  size_t variables = c.numInputs() < 2 ? 0 : c.numInputs() - 2;
  if (body.inputs.size() != variables + 2 || body.outputs.size() < variables + 1 ||
      c.numOutputs() > body.outputs.size() - 1)
    return c.error("its body does not have its " + std::to_string(variables) + " variables");
  std::optional<int64_t> count;
  if (c.hasInput(0)) {
    FailureOr<Dims> trips = c.elements(c.input(0));
    if (failed(trips))
      return failure();
    count = trips->size() == 1 ? c.sizes.normalize(trips->front()).constant() : std::nullopt;
  }
  // The condition under which an iteration counts, where only the run knows; null if it always does.
  Tensor *active = nullptr;
  bool stopped = false;
  auto update = [&](Tensor &condition) -> LogicalResult {
    FailureOr<std::optional<bool>> known = readCondition(c, condition);
    if (failed(known))
      return failure();
    if (*known) {
      stopped |= !**known;
      return success();
    }
    Tensor &scalar = emitReshape(c, condition, {});
    active = active ? &emitElementwise(c, DType::Bool, {}, {active, &scalar},
                                       [](OpBuilder &b, Location loc, ValueRange in) {
                                         return arith::AndIOp::create(b, loc, in[0], in[1]);
                                       })
                    : &scalar;
    return success();
  };
  if (c.hasInput(1) && failed(update(c.input(1))))
    return failure();
  Tensor &whole = c.newElements(DType::Bool, {}, {SizeExpr(1)}); // the condition that an iteration sees is true

  SmallVector<Tensor *> state;
  for (size_t i = 0; i < variables; ++i) {
    if (!c.hasInput(i + 2))
      return c.error("input " + std::to_string(i + 2) + " is missing");
    state.push_back(&c.input(i + 2));
  }
  SmallVector<SmallVector<Tensor *>> collected(body.outputs.size() - 1 - variables);
  for (int64_t i = 0; !stopped && (!count || i < *count); ++i) {
    if (i == kMostIterations)
      return c.error(count ? "of " + std::to_string(*count) + " iterations is longer than the " +
                                 std::to_string(kMostIterations) + " that are supported"
                           : "must have a constant number of iterations");
    SmallVector<Tensor *> inputs{&c.newElements(DType::I64, {}, {SizeExpr(i)}), &whole};
    inputs.append(state);
    FailureOr<SmallVector<Tensor *>> outputs = c.importer.importBody(body, inputs);
    if (failed(outputs))
      return failure();
    if (!count) {
      // Without a count the loop ends only if the condition becomes false: at import, or never for us.
      FailureOr<std::optional<bool>> known = readCondition(c, *outputs->front());
      if (failed(known))
        return failure();
      if (!*known || active)
        return c.error("must have a constant number of iterations, or a condition that is known at import");
    }
    if (active && !collected.empty())
      return c.error("whose number of iterations is known only at run time collects values, which is not supported");
    ArrayRef<Tensor *> results = *outputs;
    if (failed(step(c, active, state, results.slice(1, variables))))
      return failure();
    for (auto [list, value] : llvm::zip(collected, results.drop_front(1 + variables)))
      list.push_back(value);
    if (failed(update(*results.front())))
      return failure();
  }
  for (auto [i, value] : llvm::enumerate(state))
    c.setOutput(i, *value);
  for (auto [i, list] : llvm::enumerate(collected)) {
    if (!c.wantsOutput(variables + i))
      continue;
    if (list.empty())
      return c.error("without iterations collects values, whose shape is not known");
    FailureOr<Tensor *> all = stack(c, list, 0);
    if (failed(all))
      return failure();
    c.setOutput(variables + i, **all);
  }
  return success();
}

/// The slice at `position` along `axis`, without that dimension.
static Tensor &sliceAt(NodeContext &c, Tensor &input, int64_t axis, int64_t position) {
  Dims without = input.dims;
  without.erase(without.begin() + axis);
  return emitReshape(c, emitPart(c, input, axis, position, 1), std::move(without));
}

/// One number for each of `count` tensors, 0 where the attribute is absent.
static FailureOr<SmallVector<int64_t>> readNumbers(NodeContext &c, StringRef name, size_t count) {
  SmallVector<int64_t> numbers = c.intsAttribute(name).value_or(SmallVector<int64_t>(count, 0));
  if (numbers.size() != count)
    return c.error("attribute '" + name + "' needs " + std::to_string(count) + " numbers");
  return numbers;
}

/// Before opset 9 a Scan had a batch dimension and lengths; that form is not supported.
static LogicalResult importScan(NodeContext &c) {
  FailureOr<const Graph *> given = readBody(c, "body");
  if (failed(given))
    return failure();
  const Graph &body = **given;
  int64_t scanned = c.intAttribute("num_scan_inputs", 0);
  int64_t variables = static_cast<int64_t>(c.numInputs()) - scanned;
  int64_t collecting = static_cast<int64_t>(body.outputs.size()) - variables;
  if (scanned < 1 || variables < 0 || collecting < 0 || body.inputs.size() != c.numInputs() ||
      c.numOutputs() > body.outputs.size())
    return c.error("its body does not have its " + std::to_string(c.numInputs()) + " inputs");
  FailureOr<SmallVector<int64_t>> axes = readNumbers(c, "scan_input_axes", scanned),
                                  backward = readNumbers(c, "scan_input_directions", scanned),
                                  outAxes = readNumbers(c, "scan_output_axes", collecting),
                                  prepend = readNumbers(c, "scan_output_directions", collecting);
  if (failed(axes) || failed(backward) || failed(outAxes) || failed(prepend))
    return failure();
  std::optional<int64_t> count;
  for (int64_t i = 0; i < scanned; ++i) {
    Tensor &input = c.input(variables + i);
    FailureOr<int64_t> axis = c.normalizeAxis((*axes)[i], input.rank());
    if (failed(axis))
      return failure();
    (*axes)[i] = *axis;
    std::optional<int64_t> length = c.sizes.normalize(input.dims[*axis]).constant();
    if (!length)
      return c.error("must run along a static dimension: " + c.sizes.str(input.dims[*axis]));
    if (count.value_or(*length) != *length)
      return c.error("runs along dimensions of different sizes: " + std::to_string(*count) + " and " +
                     std::to_string(*length));
    count = length;
  }
  if (*count < 1 || *count > kMostIterations)
    return c.error("of " + std::to_string(*count) + " iterations is not supported (1 to " +
                   std::to_string(kMostIterations) + " are)");
  SmallVector<Tensor *> state;
  for (int64_t i = 0; i < variables; ++i)
    state.push_back(&c.input(i));
  SmallVector<SmallVector<Tensor *>> collected(collecting);
  for (int64_t at = 0; at < *count; ++at) {
    SmallVector<Tensor *> inputs(state);
    for (int64_t i = 0; i < scanned; ++i)
      inputs.push_back(&sliceAt(c, c.input(variables + i), (*axes)[i], (*backward)[i] ? *count - 1 - at : at));
    FailureOr<SmallVector<Tensor *>> outputs = c.importer.importBody(body, inputs);
    if (failed(outputs))
      return failure();
    ArrayRef<Tensor *> results = *outputs;
    if (failed(step(c, nullptr, state, results.take_front(variables))))
      return failure();
    for (auto [i, list] : llvm::enumerate(collected))
      list.insert((*prepend)[i] ? list.begin() : list.end(), results[variables + i]);
  }
  for (auto [i, value] : llvm::enumerate(state))
    c.setOutput(i, *value);
  for (auto [i, list] : llvm::enumerate(collected)) {
    FailureOr<int64_t> axis = c.normalizeAxis((*outAxes)[i], list.front()->rank() + 1);
    if (failed(axis))
      return failure();
    FailureOr<Tensor *> all = stack(c, list, *axis);
    if (failed(all))
      return failure();
    c.setOutput(variables + i, **all);
  }
  return success();
}

void hadal::onnx::registerControlFlowOps(OpTable &table) {
  table.onOp("If", {1}, {1, 1}, importIf);
  table.onOp("Loop", {1}, {0, kAnyInputs}, importLoop);
  table.onOp("Scan", {9}, {1, kAnyNumber}, importScan);
}
