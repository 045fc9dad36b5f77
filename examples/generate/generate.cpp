//===- generate.cpp - Text from a compiled language model -----------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// How a program of yours runs compiled models. It needs libhadal_runtime and its
// header, hadal/runtime.h, and neither the compiler nor the ONNX files.
//
// Two artifacts take part. `prefill` maps all tokens of the prompt to logits at
// once and so gives the first new token, fast. `decode` takes one token and, per
// layer, a cache of all tokens before it; it gives logits and the cache with one
// entry more. tinyds's prefill gives no caches, so that the prompt goes through
// decode once more, to fill them: that time is shown as a line of its own.
//
// A token is a byte. Byte 0 begins a document, and ends it.
//
//===----------------------------------------------------------------------===//

#include "hadal/runtime.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <random>
#include <string>
#include <vector>

//===----------------------------------------------------------------------===//
// The runtime's handles, released with their owners
//===----------------------------------------------------------------------===//

struct Release {
  void operator()(HadalContext *context) const { hadalContextDestroy(context); }
  void operator()(HadalModule *module) const { hadalModuleDestroy(module); }
  void operator()(HadalPlan *plan) const { hadalPlanDestroy(plan); }
};
template <typename T> using Handle = std::unique_ptr<T, Release>;

[[noreturn]] static void fail(const std::string &message) {
  std::fprintf(stderr, "generate: error: %s\n", message.c_str());
  std::exit(1);
}

static void check(HadalStatus status) {
  if (status != HADAL_OK)
    fail(hadalLastError());
}

/// A tensor with its own memory and shape.
class Tensor {
public:
  Tensor(DLDataType dtype, std::vector<int64_t> shape) : dtype(dtype), shape(std::move(shape)) {
    size_t bytes = dtype.bits / 8;
    for (int64_t dim : this->shape)
      bytes *= static_cast<size_t>(dim);
    data.resize(bytes);
  }
  /// Tokens or positions, [1, n].
  explicit Tensor(const std::vector<int64_t> &values)
      : Tensor(hadalType(kDLInt, 64), {1, static_cast<int64_t>(values.size())}) {
    std::copy(values.begin(), values.end(), reinterpret_cast<int64_t *>(data.data()));
  }
  /// What the runtime takes: a description that points here.
  DLTensor view() { return hadalTensor(data.data(), static_cast<int32_t>(shape.size()), shape.data(), dtype); }
  const float *floats() const { return reinterpret_cast<const float *>(data.data()); }
  int64_t dim(size_t i) const { return shape[i]; }

private:
  DLDataType dtype;
  std::vector<int64_t> shape;
  std::vector<char> data;
};

/// An artifact with one function.
class Model {
public:
  Model(HadalContext *context, const std::string &path) {
    HadalModule *loaded;
    check(hadalModuleLoad(context, path.c_str(), &loaded));
    module.reset(loaded);
    check(hadalModuleFindFunction(module.get(), nullptr, &function));
    const HadalTensorInfo *logits = hadalFunctionOutput(function, 0);
    if (!logits || logits->rank != 3 || logits->dtype.code != kDLFloat || logits->dtype.bits != 32)
      fail(path + " is no language model: its first output is not logits [batch, seq, vocabulary] in float32");
  }

  const HadalFunction *get() const { return function; }

  std::vector<Tensor> operator()(std::vector<Tensor> &inputs) const {
    std::vector<DLTensor> in, out;
    for (Tensor &input : inputs)
      in.push_back(input.view());

    HadalPlan *made; // what does this function give for inputs of these shapes?
    check(hadalPlanCreate(function, in.data(), static_cast<int32_t>(in.size()), &made));
    Handle<HadalPlan> plan(made);

    std::vector<Tensor> outputs;
    for (int32_t i = 0; i < hadalPlanNumOutputs(plan.get()); ++i) {
      const DLTensor &planned = *hadalPlanOutput(plan.get(), i);
      outputs.emplace_back(planned.dtype, std::vector<int64_t>(planned.shape, planned.shape + planned.ndim));
    }
    for (Tensor &output : outputs)
      out.push_back(output.view());
    check(hadalPlanRun(plan.get(), in.data(), out.data(), /*workspace=*/nullptr));
    return outputs;
  }

private:
  Handle<HadalModule> module;
  const HadalFunction *function = nullptr;
};

//===----------------------------------------------------------------------===//
// Decoding
//===----------------------------------------------------------------------===//

/// A sequence that grows by a token at a time. Inputs of the model: the token, its position, the caches; outputs:
/// logits, then the caches in the same order.
class Sequence {
public:
  explicit Sequence(const Model &model) : model(model) {
    for (int32_t i = 2; i < hadalFunctionNumInputs(model.get()); ++i) {
      const HadalTensorInfo &cache = *hadalFunctionInput(model.get(), i);
      std::vector<int64_t> shape(cache.dims, cache.dims + cache.rank);
      for (int32_t d = 0; d < cache.rank; ++d)
        if (shape[d] < 0)
          shape[d] = cache.symbols[d] == std::string("past") ? 0 : 1; // nothing is past yet; a batch of one
      caches.emplace_back(cache.dtype, shape);
    }
  }

  /// Appends a token; returns the logits of the one after it.
  Tensor append(int64_t token) {
    std::vector<Tensor> inputs = {Tensor({token}), Tensor({length++})};
    std::move(caches.begin(), caches.end(), std::back_inserter(inputs));
    std::vector<Tensor> outputs = model(inputs);
    caches.assign(std::make_move_iterator(outputs.begin() + 1), std::make_move_iterator(outputs.end()));
    return std::move(outputs.front());
  }

private:
  const Model &model;
  std::vector<Tensor> caches;
  int64_t length = 0;
};

/// Chooses a token by the logits of the last position: the best one, or one by chance in which a low temperature
/// favours the good ones.
class Sampler {
public:
  Sampler(bool greedy, double temperature, uint64_t seed) : greedy(greedy), temperature(temperature), random(seed) {}

  int64_t operator()(const Tensor &logits) {
    int64_t vocabulary = logits.dim(2);
    const float *last = logits.floats() + (logits.dim(1) - 1) * vocabulary;
    const float *best = std::max_element(last, last + vocabulary);
    if (greedy)
      return best - last;
    std::vector<double> weights;
    for (const float *logit = last; logit != last + vocabulary; ++logit)
      weights.push_back(std::exp((*logit - *best) / temperature));
    return std::discrete_distribution<int64_t>(weights.begin(), weights.end())(random);
  }

private:
  bool greedy;
  double temperature;
  std::mt19937_64 random;
};

/// "decode    200 tokens in    120.5 ms    1659.8 tokens/s" on the error stream: the text alone goes to the output.
static void showSpeed(const char *what, size_t tokens, std::chrono::duration<double> time) {
  if (tokens > 0)
    std::fprintf(stderr, "%-8s %4zu tokens in %8.1f ms  %8.1f tokens/s\n", what, tokens, time.count() * 1e3,
                 static_cast<double>(tokens) / time.count());
}

int main(int argc, char **argv) {
  std::string prefillPath, decodePath, prompt, device = "cpu";
  int tokens = 200, threads = 0;
  double temperature = 0.8;
  uint64_t seed = 1;
  bool greedy = false;
  CLI::App app("Continues a text with a compiled model of the tinyds kind (one byte is one token).");
  app.footer("Example:\n  generate --prefill prefill.so --decode decode_latent.so --prompt 'compiler wizard: n.'");
  app.option_defaults()->always_capture_default();
  app.add_option("--prefill", prefillPath, "artifact of the model over a whole prompt")->required();
  app.add_option("--decode", decodePath, "artifact of one step with latent caches")->required();
  app.add_option("--prompt", prompt, "the beginning of the text");
  app.add_option("--tokens", tokens, "how many to generate at most")->check(CLI::NonNegativeNumber);
  app.add_flag("--greedy", greedy, "always take the likeliest token");
  app.add_option("--temperature", temperature, "lower is safer, higher is wilder")->check(CLI::Range(0.01, 100.0));
  app.add_option("--seed", seed, "another seed, another text");
  app.add_option("--threads", threads, "of the CPU; 0 = all")->check(CLI::NonNegativeNumber);
  app.add_option("--device", device, "cpu, cuda, cuda:N or emulator: what the artifacts were compiled for");
  CLI11_PARSE(app, argc, argv);

  HadalContext *created;
  check(hadalContextCreate(device.c_str(), threads, &created));
  Handle<HadalContext> context(created);
  Model prefill(context.get(), prefillPath), decode(context.get(), decodePath);
  Sampler sample(greedy, temperature, seed);
  using Clock = std::chrono::steady_clock;

  std::vector<int64_t> ids = {0};
  for (unsigned char byte : prompt)
    ids.push_back(byte);
  std::fputs(prompt.c_str(), stdout);

  Clock::time_point start = Clock::now();
  std::vector<Tensor> inputs = {Tensor(ids)};
  int64_t next = sample(prefill(inputs).front());
  auto prefillTime = Clock::now() - start;

  start = Clock::now();
  Sequence sequence(decode);
  for (int64_t id : ids)
    sequence.append(id);
  auto cacheTime = Clock::now() - start;

  start = Clock::now();
  int steps = 0;
  for (; steps < tokens && next != 0; ++steps) {
    std::fputc(static_cast<int>(next), stdout);
    std::fflush(stdout);
    next = sample(sequence.append(next));
  }
  auto decodeTime = Clock::now() - start;

  std::fputc('\n', stdout);
  std::fflush(stdout);
  showSpeed("prefill", ids.size(), prefillTime);
  showSpeed("cache", ids.size(), cacheTime);
  showSpeed("decode", steps, decodeTime);
  return 0;
}
