//===- ContribExperts.cpp - Mixtures of experts of com.microsoft ----------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// In the form that exporters write for batched experts, so that it is raised
// as theirs are: softmax and top-k choose, each token stands once for each of
// its experts, whose weights are gathered, and two products follow.
//
//===----------------------------------------------------------------------===//

#include "Index.h"
#include "MatMul.h"
#include "Quantize.h"
#include "Reduce.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

#include <cmath>

using namespace llvm;
using namespace mlir;
using namespace hadal::onnx;

namespace {
/// What the attributes say.
struct MoeForm {
  int64_t k;
  std::string activation;
  int64_t fusion; // of swiglu: 0 in two weights, 1 interleaved, 2 one behind the other
  double alpha, beta;
  std::optional<double> limit;
  bool normalizes;
};

/// A product of the experts: weights [E, out, in] and, perhaps, a bias [E, out].
struct Layer {
  Tensor *weights = nullptr;
  Tensor *bias = nullptr;
};

struct Experts {
  Layer first, second, third;
};
} // namespace

static FailureOr<MoeForm> readForm(NodeContext &c) {
  MoeForm form{c.intAttribute("k", 1),
               c.stringAttribute("activation_type", "relu"),
               c.intAttribute("swiglu_fusion", 0),
               c.floatAttribute("activation_alpha", 1),
               c.floatAttribute("activation_beta", 0),
               std::nullopt,
               c.intAttribute("normalize_routing_weights", 0) != 0};
  if (c.hasAttribute("swiglu_limit"))
    form.limit = c.floatAttribute("swiglu_limit", 0);
  if (!is_contained({"relu", "gelu", "silu", "swiglu", "identity"}, form.activation))
    return c.error("activation_type '" + form.activation + "' is unknown");
  if (form.fusion < 0 || form.fusion > 2)
    return c.error("swiglu_fusion " + std::to_string(form.fusion) + " is unknown");
  if (c.intAttribute("use_sparse_mixer", 0) != 0)
    return c.error("use_sparse_mixer is not supported");
  if (form.k < 1)
    return c.error("k must be positive");
  return form;
}

/// For each token its experts and their weights, [tokens, k].
static FailureOr<std::pair<Tensor *, Tensor *>> emitChoice(NodeContext &c, Tensor &logits, Tensor *weights,
                                                           const MoeForm &form) {
  if (failed(requireTypes(c, &logits, kFloats)))
    return failure();
  if (c.sizes.isNonNegative(SizeExpr(form.k - 1) - logits.dims[1]))
    return c.error("k = " + std::to_string(form.k) + " is more than " + c.sizes.str(logits.dims[1]) + " experts");
  Tensor &scores = emitSoftmax(c, logits, 1);
  auto [chosen, indices] = emitTopK(c, scores, form.k, /*largest=*/true);
  if (weights) {
    if (failed(c.requireType(*weights, logits.type, "the routing weights")) || weights->rank() != 2)
      return c.error("its routing weights must be as the scores: " + c.shapeText(*weights));
    chosen = &emitGatherElements(c, *weights, *indices, 1);
  }
  if (form.normalizes) {
    Tensor &sum = emitReduce(c, *chosen, Reduction::Sum, {false, true}, /*keepDims=*/true);
    chosen =
        &emitBinary(c, *chosen, sum, chosen->dims, [](Element e, ValueRange in) { return e.make<arith::DivFOp>(in); });
  }
  return std::pair(chosen, indices);
}

/// rows [pairs, in] by the experts of the pairs [pairs, 1]: [pairs, out].
static FailureOr<Tensor *> emitLayer(NodeContext &c, const Layer &layer, Tensor &rows, Tensor &places) {
  auto gather = [&](Tensor &data) -> Tensor & {
    Dims dims{places.dims[0]};
    dims.append(data.dims.begin() + 1, data.dims.end());
    Value value = hadal::GatherNDOp::create(c.builder, c.loc, c.tensorType(data.type, dims), c.value(data),
                                            c.value(places), /*batch_dims=*/0);
    return c.newTensor(data.type, std::move(dims), value);
  };
  FailureOr<Tensor *> product = emitEinsum(c, "pi,poi->po", {&rows, &gather(*layer.weights)});
  if (failed(product) || !layer.bias)
    return product;
  if (layer.bias->rank() != 2 || failed(requireTypes(c, {*product, layer.bias}, kFloats)) ||
      failed(c.requireEqual(layer.bias->dims[1], layer.weights->dims[1], "sizes of weights and bias")))
    return c.error("a bias must have a row for each expert: " + c.shapeText(*layer.bias));
  return &emitBinary(c, **product, gather(*layer.bias), (*product)->dims,
                     [](Element e, ValueRange in) { return e.make<arith::AddFOp>(in); });
}

static Value scaledSigmoid(Element e, Value x, double alpha) {
  Value scaled = alpha == 1 ? x : e.make<arith::MulFOp>({x, e.constant(alpha)});
  Value exp = e.make<math::ExpOp>(e.make<arith::NegFOp>(scaled));
  return e.make<arith::DivFOp>({e.constant(1), e.make<arith::AddFOp>({e.constant(1), exp})});
}

/// gate · sigmoid(alpha · gate) · (up + beta), both bounded if there is a limit.
static Tensor &emitSwiglu(NodeContext &c, Tensor &gate, Tensor &up, const MoeForm &form) {
  return emitBinary(c, gate, up, gate.dims, [&](Element e, ValueRange in) {
    Value g = in[0], u = in[1];
    if (form.limit) {
      g = e.make<arith::MinimumFOp>({g, e.constant(*form.limit)});
      u = e.make<arith::MaximumFOp>(
          {e.make<arith::MinimumFOp>({u, e.constant(*form.limit)}), e.constant(-*form.limit)});
    }
    Value activated = e.make<arith::MulFOp>({g, scaledSigmoid(e, g, form.alpha)});
    if (form.beta != 0)
      u = e.make<arith::AddFOp>({u, e.constant(form.beta)});
    return e.make<arith::MulFOp>({activated, u});
  });
}

static Tensor &emitActivation(NodeContext &c, Tensor &x, const MoeForm &form) {
  if (form.activation == "identity")
    return x;
  return emitUnary(c, x, [&](Element e, ValueRange in) -> Value {
    if (form.activation == "relu")
      return e.make<arith::MaximumFOp>({in[0], e.constant(0)});
    if (form.activation == "silu")
      return e.make<arith::MulFOp>({in[0], scaledSigmoid(e, in[0], 1)});
    // ONNX Runtime takes the approximation by tanh here.
    Value cube = e.make<arith::MulFOp>({e.make<arith::MulFOp>({in[0], in[0]}), in[0]});
    Value sum = e.make<arith::AddFOp>({in[0], e.make<arith::MulFOp>({cube, e.constant(0.044715)})});
    Value tanh = e.make<math::TanhOp>(e.make<arith::MulFOp>({sum, e.constant(std::sqrt(2.0 / M_PI))}));
    Value half = e.make<arith::MulFOp>({in[0], e.constant(0.5)});
    return e.make<arith::MulFOp>({half, e.make<arith::AddFOp>({e.constant(1), tanh})});
  });
}

/// What stands between the products: [pairs, inner].
static FailureOr<Tensor *> emitInner(NodeContext &c, const Experts &experts, Tensor &rows, Tensor &places,
                                     const MoeForm &form) {
  FailureOr<Tensor *> first = emitLayer(c, experts.first, rows, places);
  if (failed(first))
    return failure();
  FailureOr<Tensor *> third = nullptr;
  if (experts.third.weights) {
    third = emitLayer(c, experts.third, rows, places);
    if (failed(third))
      return failure();
  }
  if (form.activation != "swiglu") {
    Tensor &activated = emitActivation(c, **first, form);
    if (!*third)
      return &activated;
    return &emitBinary(c, activated, **third, activated.dims,
                       [](Element e, ValueRange in) { return e.make<arith::MulFOp>(in); });
  }
  if (form.fusion == 0) {
    if (!*third)
      return c.error("swiglu without swiglu_fusion needs a third weight");
    return &emitSwiglu(c, **first, **third, form);
  }
  if (*third)
    return c.error("swiglu_fusion with a third weight is not supported");
  SizeExpr columns = (*first)->dims[1];
  std::optional<SizeExpr> inner = columns.dividedBy(SizeExpr(2));
  if (!inner)
    return c.error(c.sizes.str(columns) + " columns hold no gate and up");
  if (form.fusion == 2)
    return &emitSwiglu(c, emitPart(c, **first, 1, 0, *inner), emitPart(c, **first, 1, *inner, *inner), form);
  Dims single{(*first)->dims[0], *inner};
  auto half = [&](int64_t offset) -> Tensor & {
    SmallVector<OpFoldResult> offsets{c.builder.getIndexAttr(0), c.builder.getIndexAttr(offset)},
        steps{c.builder.getIndexAttr(1), c.builder.getIndexAttr(2)};
    Value value = tensor::ExtractSliceOp::create(c.builder, c.loc, c.tensorType((*first)->type, single),
                                                 c.value(**first), offsets, c.sizes.fold(single), steps);
    return c.newTensor((*first)->type, single, value);
  };
  return &emitSwiglu(c, half(0), half(1), form);
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
  Tensor &x = emitReshape(c, input, {tokens, hidden});
  FailureOr<std::pair<Tensor *, Tensor *>> choice = emitChoice(c, logits, routingWeights, form);
  if (failed(choice))
    return failure();
  auto [weights, indices] = *choice;
  SizeExpr k(form.k), pairs = tokens * k;
  Tensor &places = emitReshape(c, *indices, {pairs, SizeExpr(1)});
  Tensor &repeated = emitExpand(c, emitReshape(c, x, {tokens, SizeExpr(1), hidden}), {tokens, k, hidden});
  FailureOr<Tensor *> inner = emitInner(c, experts, emitReshape(c, repeated, {pairs, hidden}), places, form);
  if (failed(inner))
    return failure();
  FailureOr<Tensor *> outer = emitLayer(c, experts.second, **inner, places);
  if (failed(outer))
    return failure();
  Tensor &perChoice = emitReshape(c, **outer, {tokens, k, hidden});
  Tensor &factors = emitReshape(c, *weights, {tokens, k, SizeExpr(1)});
  Tensor &weighted = emitBinary(c, perChoice, factors, perChoice.dims,
                                [](Element e, ValueRange in) { return e.make<arith::MulFOp>(in); });
  Tensor &sum = emitReduce(c, weighted, Reduction::Sum, {false, true, false}, /*keepDims=*/false);
  c.setOutput(0, emitReshape(c, sum, input.dims));
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
  if (!outFirst)
    for (Layer *layer : {&experts.first, &experts.second, &experts.third})
      if (layer->weights)
        layer->weights = &emitTranspose(c, *layer->weights, {0, 2, 1});
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
