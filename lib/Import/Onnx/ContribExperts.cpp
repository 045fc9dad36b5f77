//===- ContribExperts.cpp - Mixtures of experts of com.microsoft ----------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// As hadal.route and hadal.moe, which mean the same:
//
//   softmax of the scores, the k best, their weights perhaps divided by their sum
//   fc1 is the gate and up together, or the gate, with fc3 the up, or neither (order none)
//
//===----------------------------------------------------------------------===//

#include "Index.h"
#include "Quantize.h"

#include "llvm/ADT/StringSwitch.h"

#include <cmath>

using namespace llvm;
using namespace mlir;
using namespace hadal::onnx;

namespace {
/// What the attributes say.
struct MoeForm {
  int64_t k;
  hadal::Activation activation;
  bool isSwiglu;
  int64_t fusion; // of swiglu: 0 in two weights, 1 interleaved, 2 one behind the other
  float alpha, beta;
  std::optional<float> limit;
  bool normalizes;
};

/// A product of the experts: weights [E, out, in], or [E, in, out], and, perhaps, a bias [E, out].
struct Layer {
  Tensor *weights = nullptr;
  Tensor *bias = nullptr;
};

struct Experts {
  Layer first, second, third;
  bool transposed = true; // [E, out, in]
};
} // namespace

static FailureOr<MoeForm> readForm(NodeContext &c) {
  std::string name = c.stringAttribute("activation_type", "relu");
  bool isSwiglu = name == "swiglu";
  // ONNX Runtime takes the approximation of gelu by tanh here.
  auto activation = llvm::StringSwitch<std::optional<hadal::Activation>>(name)
                        .Case("relu", hadal::Activation::Relu)
                        .Case("gelu", hadal::Activation::GeluTanh)
                        .Cases({"silu", "swiglu"}, hadal::Activation::Silu)
                        .Case("identity", hadal::Activation::Identity)
                        .Default(std::nullopt);
  float alpha = c.floatAttribute("activation_alpha", 1), beta = c.floatAttribute("activation_beta", 0);
  MoeForm form{c.intAttribute("k", 1),
               activation.value_or(hadal::Activation::Relu),
               isSwiglu,
               c.intAttribute("swiglu_fusion", 0),
               isSwiglu ? alpha : 1,
               isSwiglu ? beta : 0,
               std::nullopt,
               c.intAttribute("normalize_routing_weights", 0) != 0};
  if (!activation)
    return c.error("activation_type '" + name + "' is unknown");
  if (c.hasAttribute("swiglu_limit")) {
    float limit = c.floatAttribute("swiglu_limit", 0);
    if (!(limit > 0))
      return c.error("swiglu_limit must be positive");
    if (isSwiglu && std::isfinite(limit))
      form.limit = limit;
  }
  if (!std::isfinite(form.alpha) || !std::isfinite(form.beta))
    return c.error("activation_alpha and activation_beta must be finite");
  if (form.fusion < 0 || form.fusion > 2)
    return c.error("swiglu_fusion " + std::to_string(form.fusion) + " is unknown");
  if (c.intAttribute("use_sparse_mixer", 0) != 0)
    return c.error("use_sparse_mixer is not supported");
  if (form.k < 1)
    return c.error("k must be positive");
  return form;
}

/// The router: its weights and indices [tokens, k]. With `given` indices only their weights are computed.
static hadal::RouteOp emitRoute(NodeContext &c, Tensor &logits, Value given, hadal::ScoreFunction score,
                                const MoeForm &form) {
  Dims dims{logits.dims[0], SizeExpr(form.k)};
  return hadal::RouteOp::create(c.builder, c.loc, c.tensorType(logits.type, dims), c.tensorType(DType::I64, dims),
                                c.value(logits), /*bias=*/Value(), /*valid=*/Value(), given, score,
                                hadal::RouteRank::Scores, /*groups=*/1, /*kept_groups=*/1, hadal::GroupScore::Max,
                                /*group_fill=*/FloatAttr(), form.k, /*scale=*/APFloat(1.0f), form.normalizes,
                                /*epsilon=*/APFloat(0.0f),
                                /*floor=*/false);
}

/// For each token its experts and their weights. `weights`, if there are any, replace the scores that chose.
static FailureOr<hadal::RouteOp> emitChoice(NodeContext &c, Tensor &logits, Tensor *weights, const MoeForm &form) {
  if (failed(requireTypes(c, &logits, kFloats)))
    return failure();
  if (c.sizes.isNonNegative(SizeExpr(form.k - 1) - logits.dims[1]))
    return c.error("k = " + std::to_string(form.k) + " is more than " + c.sizes.str(logits.dims[1]) + " experts");
  if (!weights)
    return emitRoute(c, logits, Value(), hadal::ScoreFunction::Softmax, form);
  if (failed(c.requireType(*weights, logits.type, "the routing weights")) || weights->rank() != 2 ||
      failed(c.requireEqual(weights->dims[0], logits.dims[0], "the rows of routing weights and scores")) ||
      failed(c.requireEqual(weights->dims[1], logits.dims[1], "the columns of routing weights and scores")))
    return c.error("its routing weights must be as the scores: " + c.shapeText(*weights));
  hadal::RouteOp chosen = emitRoute(c, logits, Value(), hadal::ScoreFunction::Softmax, form);
  return emitRoute(c, *weights, chosen.getIndices(), hadal::ScoreFunction::Identity, form);
}

/// Whether the layer's tensors have these sizes.
static LogicalResult checkLayer(NodeContext &c, const Experts &experts, const Layer &layer, const SizeExpr &in,
                                const SizeExpr &out, StringRef name) {
  ArrayRef<SizeExpr> w = layer.weights->dims;
  if (failed(requireTypes(c, {&c.input(0), layer.weights}, kFloats)) ||
      failed(c.requireEqual(w[0], experts.first.weights->dims[0], "the experts of weights")) ||
      failed(c.requireEqual(w[experts.transposed ? 2 : 1], in, "the columns of " + name + " and what they multiply")) ||
      failed(c.requireEqual(w[experts.transposed ? 1 : 2], out, "the rows of " + name + " and its results")))
    return failure();
  if (!layer.bias)
    return success();
  if (layer.bias->rank() != 2 || failed(requireTypes(c, {&c.input(0), layer.bias}, kFloats)) ||
      failed(c.requireEqual(layer.bias->dims[0], w[0], "the experts of weights and bias")) ||
      failed(c.requireEqual(layer.bias->dims[1], out, "sizes of weights and bias")))
    return c.error("a bias must have a row for each expert: " + c.shapeText(*layer.bias));
  return success();
}

/// What stands before the activation as one layer, and where gate and up are in it.
static FailureOr<std::pair<Layer, hadal::GateOrder>> fuseInner(NodeContext &c, const Experts &experts,
                                                               const MoeForm &form) {
  const Layer &first = experts.first, &third = experts.third;
  if (!third.weights) {
    if (!form.isSwiglu)
      return std::pair(first, hadal::GateOrder::None);
    if (form.fusion == 0)
      return c.error("swiglu without swiglu_fusion needs a third weight");
    return std::pair(first, form.fusion == 1 ? hadal::GateOrder::Interleaved : hadal::GateOrder::GateFirst);
  }
  if (form.isSwiglu && form.fusion != 0)
    return c.error("swiglu_fusion with a third weight is not supported");
  Layer both{&emitConcat(c, {first.weights, third.weights}, experts.transposed ? 1 : 2), nullptr};
  if (first.bias || third.bias) {
    auto biasOf = [&](const Layer &layer) {
      if (layer.bias)
        return layer.bias;
      Dims dims{layer.weights->dims[0], layer.weights->dims[experts.transposed ? 1 : 2]};
      DType type = layer.weights->type;
      return &c.newTensor(type, dims, emitFill(c, type, dims, 0));
    };
    both.bias = &emitConcat(c, {biasOf(first), biasOf(third)}, 1);
  }
  return std::pair(both, hadal::GateOrder::GateFirst);
}

/// `input` [tokens, hidden] or [batch, length, hidden], `logits` [tokens, experts].
static LogicalResult importExperts(NodeContext &c, const Experts &experts, Tensor *routingWeights,
                                   const MoeForm &form) {
  Tensor &input = c.input(0), &logits = c.input(1);
  if ((input.rank() != 2 && input.rank() != 3) || logits.rank() != 2)
    return c.error("the input must have rank 2 or 3 and the router's scores rank 2: " + c.shapeText(input) + " and " +
                   c.shapeText(logits));
  SizeExpr hidden = input.dims.back(), tokens = product(ArrayRef<SizeExpr>(input.dims).drop_back());
  if (failed(c.requireEqual(tokens, logits.dims[0], "the tokens and the rows of the router's scores")) ||
      failed(c.requireEqual(experts.first.weights->dims[0], logits.dims[1], "the experts of weights and scores")))
    return failure();
  SizeExpr columns = experts.first.weights->dims[experts.transposed ? 1 : 2];
  std::optional<SizeExpr> inner = columns;
  if (form.isSwiglu && form.fusion != 0 && !(inner = columns.dividedBy(SizeExpr(2))))
    return c.error(c.sizes.str(columns) + " columns hold no gate and up");
  if (failed(checkLayer(c, experts, experts.first, hidden, columns, "fc1")) ||
      failed(checkLayer(c, experts, experts.second, *inner, hidden, "fc2")) ||
      (experts.third.weights && failed(checkLayer(c, experts, experts.third, hidden, columns, "fc3"))))
    return failure();
  FailureOr<hadal::RouteOp> route = emitChoice(c, logits, routingWeights, form);
  FailureOr<std::pair<Layer, hadal::GateOrder>> both = fuseInner(c, experts, form);
  if (failed(route) || failed(both))
    return failure();
  auto [layer, order] = *both;
  Tensor &x = emitReshape(c, input, {tokens, hidden});
  auto valueOf = [&](Tensor *tensor) { return tensor ? c.value(*tensor) : Value(); };
  Value result = hadal::MoeOp::create(
      c.builder, c.loc, c.tensorType(x.type, x.dims), c.value(x), route->getWeights(), route->getIndices(),
      c.value(*layer.weights), c.value(*experts.second.weights), valueOf(layer.bias), valueOf(experts.second.bias),
      /*shared_gate_up=*/Value(), /*shared_down=*/Value(), /*shared_gate=*/Value(), /*shared_logits=*/Value(),
      form.activation, order, experts.transposed, form.limit ? c.builder.getF32FloatAttr(*form.limit) : FloatAttr(),
      /*shared_limit=*/FloatAttr(), APFloat(form.alpha), APFloat(form.beta));
  c.setOutput(0, emitReshape(c, c.newTensor(x.type, x.dims, result), input.dims));
  return success();
}

/// Weights are [experts, out, in]; older files have them as [experts, in, out], which their sizes tell. Where all
/// sizes are equal, they are as the operator is documented.
static LogicalResult importMoE(NodeContext &c) {
  FailureOr<MoeForm> form = readForm(c);
  if (failed(form))
    return failure();
  auto given = [&](size_t i) { return c.hasInput(i) ? &c.input(i) : nullptr; };
  Experts experts{{given(2), given(3)}, {given(4), given(5)}, {given(6), given(7)}};
  if (c.input(0).rank() == 0)
    return c.error("the input is a scalar");
  SizeExpr hidden = c.sizes.normalize(c.input(0).dims.back());
  for (const Layer *layer : {&experts.first, &experts.second, &experts.third})
    if (layer->weights && layer->weights->rank() != 3)
      return c.error("weights must have rank 3: " + c.shapeText(*layer->weights));
  ArrayRef<SizeExpr> first = experts.first.weights->dims, second = experts.second.weights->dims;
  bool outFirst = c.sizes.areEqual(first[2], hidden) && c.sizes.areEqual(second[1], hidden);
  bool inFirst = c.sizes.areEqual(first[1], hidden) && c.sizes.areEqual(second[2], hidden);
  if (!outFirst && !inFirst)
    return c.error("weights " + c.shapeText(*experts.first.weights) + " and " + c.shapeText(*experts.second.weights) +
                   " do not fit tokens of size " + c.sizes.str(hidden));
  experts.transposed = outFirst;
  return importExperts(c, experts, nullptr, *form);
}

/// Weights of one layer from their packed integers.
static FailureOr<Tensor *> readQuantised(NodeContext &c, size_t weights, size_t zeros, int64_t bits, int64_t block) {
  Tensor &q = c.input(weights);
  if (!c.hasInput(weights + 1))
    return c.error("input " + std::to_string(weights + 1) + " is missing");
  Tensor *scales = &c.input(weights + 1);
  Tensor *zero = c.hasInput(zeros) ? &c.input(zeros) : nullptr;
  if (q.rank() != 3)
    return c.error("weights must have rank 3: " + c.shapeText(q));
  SizeExpr size = q.dims[2] * SizeExpr(8 / bits);
  if (block == 0) { // one scale for each row
    std::optional<int64_t> whole = c.sizes.normalize(size).constant();
    if (!whole || scales->rank() != 2)
      return c.error("weights must be static, with a scale for each row: " + c.shapeText(*scales));
    block = *whole;
    auto asBlocks = [&](Tensor &x) { return &emitReshape(c, x, {x.dims[0], x.dims[1], SizeExpr(1)}); };
    scales = asBlocks(*scales);
    if (zero && zero->rank() == 2)
      zero = asBlocks(*zero);
  }
  FailureOr<Tensor *> result = emitBlockDequantize(c, q, *scales, zero, bits, block, size);
  return failed(result) ? result : FailureOr<Tensor *>(&emitCast(c, **result, c.input(0).type));
}

static LogicalResult importQMoE(NodeContext &c) {
  FailureOr<MoeForm> form = readForm(c);
  int64_t bits = c.intAttribute("expert_weight_bits", 4), block = c.intAttribute("block_size", 0);
  if (failed(form))
    return failure();
  if (bits != 4 && bits != 8 && bits != 2)
    return c.error("expert_weight_bits " + std::to_string(bits) + " is not supported");
  if (c.intAttribute("weights_prepacked", 0) > 0)
    return c.error("weights_prepacked is not supported");
  if (c.stringAttribute("quant_type", "int") != "int")
    return c.error("quant_type other than int is not supported");
  auto given = [&](size_t i) { return c.hasInput(i) ? &c.input(i) : nullptr; };
  Experts experts{{nullptr, given(4)}, {nullptr, given(7)}, {nullptr, given(10)}};
  for (auto [layer, weights, zeros] :
       {std::tuple(&experts.first, 2, 11), {&experts.second, 5, 12}, {&experts.third, 8, 13}}) {
    if (!c.hasInput(weights))
      continue;
    FailureOr<Tensor *> values = readQuantised(c, weights, zeros, bits, block);
    if (failed(values))
      return failure();
    layer->weights = *values;
  }
  if (!experts.first.weights || !experts.second.weights)
    return c.error("needs weights of two products");
  return importExperts(c, experts, given(14), *form);
}

void hadal::onnx::registerContribExpertOps(OpTable &table) {
  table.onOp("com.microsoft", "MoE", {1}, {3, 8}, [](NodeContext &c) {
    return c.hasInput(2) && c.hasInput(4) ? importMoE(c) : c.error("needs weights of two products");
  });
  table.onOp("com.microsoft", "QMoE", {1}, {2, 15}, importQMoE);
}
