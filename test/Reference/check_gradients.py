#!/usr/bin/env python3
"""Derivatives against finite differences.

    check_gradients.py --dir D [--hadal-run PATH] [--hadal-opt PATH --pipeline P] [--seed N] [--only OP]

Draws shapes, clauses and data for every derivative, runs them all as one f64 function by the reference, and compares
each cotangent with central differences in f64 of the forward operation, which is written here once more, in numpy.
Whatever is hidden holds NaN in the run. With --pipeline the function goes through hadal-opt first. Prints one line for
each case and exits with 1 if one is wrong.
"""
import argparse
import math
import pathlib
import re
import subprocess
import sys

import numpy as np

TOLERANCE = 1e-6
STEP = 1e-5
INTEGERS = {"int32": "i32", "int64": "i64", "bool": "i1"}


# The dimensions of operands that --dynamic leaves open; the first one of all others. (Heads, for one, must be static for
# a decomposition.)
LENGTHS = {"q": [0, 2], "k": [0, 2], "v": [0, 2], "d_out": [0, 2], "d_lse": [0, 2], "indices": [0, 2, 3], "mask": [0, 2, 3]}
DYNAMIC = {
    "attention_grad": LENGTHS, "compressed_attention_grad": LENGTHS, "selected_attention_grad": LENGTHS,
    "latent_attention_grad": {**LENGTHS, "q_nope": [0, 2], "q_pe": [0, 2], "latent": [0, 1], "k_pe": [0, 1], "w_kv": []},
    "varlen_attention_grad": {"d_lse": [1]},
    "compress_grad": {"x": [0, 2], "gate": [0, 2], "d_out": [0, 2],
                      **{name: [] for name in ("weight", "w1", "bias1", "w2", "bias2", "pe")}},
    "merge_attention_grad": {"d_out": [0, 2], "d_lse": [0, 2], "sink": []}
}


def shaped_type(array, element, dynamic=()):
    sizes = "".join(f"{'?' if dim in dynamic else size}x" for dim, size in enumerate(array.shape))
    return f"tensor<{sizes}{INTEGERS.get(str(array.dtype), element)}>"


def rounded(array):
    """To f32, as f64."""
    return array.astype(np.float32).astype(np.float64) if array.dtype == np.float64 else array


class Case:
    """One derivative: its text, its inputs, and φ(inputs) = Σ result · cotangent, differentiated by `variables`."""

    def __init__(self, op, text, inputs, variables, phi, poison=None):
        self.op, self.text, self.inputs, self.variables, self.phi = op, text, inputs, variables, phi
        self.poison = poison or {}

    def given(self):
        """The inputs of the run: NaN where nothing may look."""
        given = {name: array.copy() for name, array in self.inputs.items()}
        for name, places in self.poison.items():
            given[name][places] = np.nan
        return given

    def differences(self, name):
        clean = dict(self.inputs)
        result = np.zeros_like(self.inputs[name])
        for place in np.ndindex(result.shape):
            values = []
            for step in (STEP, -STEP):
                clean[name] = self.inputs[name].copy()
                clean[name][place] += step
                values.append(self.phi(clean))
            result[place] = (values[0] - values[1]) / (2 * STEP)
        return result


def softmax_attention(q, k, v, counts, added, scale, softcap, sink):
    """out and lse; counts[b,h,s,t] says how often a key counts."""
    groups = q.shape[1] // k.shape[1]
    k, v = np.repeat(k, groups, 1), np.repeat(v, groups, 1)
    z = scale * np.einsum("bhsd,bhtd->bhst", q, k)
    if softcap:
        z = softcap * np.tanh(z / softcap)
    z = np.where((counts > 0) & (added > -np.inf), z + np.where(added > -np.inf, added, 0), -np.inf)
    top = np.max(z, axis=3, initial=-np.inf)
    top = np.where(top > -np.inf, top, 0)
    if sink is not None:
        top = np.maximum(top, sink[None, :, None])
    weights = counts * np.exp(z - top[..., None])
    total = weights.sum(3)
    full = total + (np.exp(sink[None, :, None] - top) if sink is not None else 0)
    empty = total == 0
    p = weights / np.where(full == 0, 1, full)[..., None]
    lse = np.where(empty, 0, top + np.log(np.where(empty, 1, total)))  # 0 stands for −inf: it is constant
    return np.einsum("bhst,bhtd->bhsd", p, v), lse


class Draw:
    def __init__(self, seed):
        self.rng = np.random.default_rng(seed)

    def floats(self, *shape):
        return self.rng.standard_normal(shape)

    def maybe(self):
        return bool(self.rng.integers(2))

    def size(self, low, high):
        return int(self.rng.integers(low, high + 1))

    def visibility(self, batch, queries, keys, window_too=True, needs_position=False, tokens=None):
        """(text before scale, text behind it, inputs, visible keys(b, s) -> (begin, end), query lengths)."""
        tokens = keys if tokens is None else tokens
        inputs, before, behind = {}, "", ""
        q_len, kv_len = np.full(batch, queries), np.full(batch, tokens)
        if self.maybe():
            q_len = self.rng.integers(0, queries + 1, batch)
            inputs["q_lengths"] = q_len.astype(np.int32)
            before += " q_lengths %q_lengths"
        if self.maybe() or needs_position:
            kv_len = self.rng.integers(0, tokens + 1, batch)
            inputs["kv_lengths"] = kv_len.astype(np.int64)
            before += " kv_lengths %kv_lengths"
        offsets = kv_len - q_len
        kind = self.size(0, 2)
        if kind == 1:
            offsets = self.rng.integers(-2, tokens + 1, batch)
            inputs["offsets"] = offsets.astype(np.int32)
            before += " offsets %offsets"
        causal, window = self.maybe(), None
        if causal:
            behind += " causal"
            if window_too and self.maybe():
                window = self.size(1, 3)
                behind += f" window {window}"
        if kind == 2:
            offset = self.size(-1, tokens)
            offsets = np.full(batch, offset)
            behind += f" offset {offset}"

        def seen(b, s):
            if s >= q_len[b]:
                return 0, 0
            end, position = kv_len[b], s + offsets[b]
            if causal:
                end = min(end, position + 1)
            begin = max(0, position - window + 1) if window else 0
            return begin, max(end, begin)

        return before, behind, inputs, seen, q_len, kv_len

    def score_clauses(self, batch, heads, queries, keys):
        """(text before scale, text behind it, inputs, added[b,h,s,t], softcap)"""
        inputs, before, behind, softcap = {}, "", "", None
        added = np.zeros((batch, heads, queries, keys))
        kind = self.size(0, 2)
        shape = [size if self.maybe() else 1 for size in added.shape]
        if kind == 1:
            inputs["mask"] = self.rng.integers(0, 4, shape) > 0
            added = added + np.where(inputs["mask"], 0, -np.inf)
        elif kind == 2:
            inputs["mask"] = np.where(self.rng.integers(0, 5, shape) > 0, self.floats(*shape), -np.inf)
            added = added + inputs["mask"]
        if kind:
            before += " mask %mask"
        if self.maybe():
            inputs["sink"] = self.floats(heads)
            before += " sink %sink"
        if self.maybe():
            softcap = 1.5
            behind += " softcap 1.5"
        return before, behind, inputs, added, softcap


def attention_like(draw, op, q, k, v, counts, added, softcap, inputs, text, out_size, names=("q", "k", "v")):
    """The case of an operation with q, k, v, d_out and perhaps d_lse, where `text` has the clauses."""
    inputs = {"q": q, "k": k, "v": v, **inputs}
    batch, heads, queries = q.shape[:3]
    inputs["d_out"] = draw.floats(batch, heads, queries, out_size)
    has_lse = draw.maybe()
    if has_lse:
        inputs["d_lse"] = draw.floats(batch, heads, queries)
    variables = list(names) + (["sink"] if "sink" in inputs else [])

    def phi(i):
        out, lse = softmax_attention(i["q"], i["k"], i["v"], counts, added, 0.5, softcap, i.get("sink"))
        return np.sum(out * i["d_out"]) + (np.sum(lse * i["d_lse"]) if has_lse else 0)

    visible = (counts > 0) & (added > -np.inf)
    groups = heads // k.shape[1]
    unseen = ~visible.reshape(batch, k.shape[1], groups * queries, -1).any(2)
    empty = ~visible.any(3)
    poison = {"k": unseen, "v": unseen, "d_out": empty, "q": empty}
    if has_lse:
        poison["d_lse"] = empty
    return Case(op, text.replace("@lse", " d_lse %d_lse" if has_lse else ""), inputs, variables, phi, poison)


def attention(draw):
    batch, kv_heads, group, size, value = (draw.size(1, 2), draw.size(1, 2), draw.size(1, 2), draw.size(1, 3),
                                           draw.size(1, 3))
    queries, keys, heads = draw.size(1, 4), draw.size(0, 5), kv_heads * group
    score_before, score_behind, inputs, added, softcap = draw.score_clauses(batch, heads, queries, keys)
    before, behind, more, seen, _, _ = draw.visibility(batch, queries, keys)
    counts = np.zeros((batch, heads, queries, keys))
    for b in range(batch):
        for s in range(queries):
            begin, end = seen(b, s)
            counts[b, :, s, begin:end] = 1
    text = f"hadal.attention_grad %q, %k, %v d_out %d_out@lse{score_before}{before} scale 0.5{behind}{score_behind}"
    return attention_like(draw, "attention_grad", draw.floats(batch, heads, queries, size),
                          draw.floats(batch, kv_heads, keys, size), draw.floats(batch, kv_heads, keys, value), counts,
                          added, softcap, {**inputs, **more}, text, value)


def compressed_attention(draw):
    batch, kv_heads, group, size, value = (draw.size(1, 2), draw.size(1, 2), draw.size(1, 2), draw.size(1, 3),
                                           draw.size(1, 3))
    queries, entries, heads = draw.size(1, 4), draw.size(0, 4), kv_heads * group
    length, stride = draw.size(1, 4), draw.size(1, 3)
    score_before, score_behind, inputs, added, softcap = draw.score_clauses(batch, heads, queries, entries)
    before, behind, more, seen, _, _ = draw.visibility(batch, queries, entries, False, True,
                                                       entries * stride + length - 1)
    counts = np.zeros((batch, heads, queries, entries))
    for b in range(batch):
        for s in range(queries):
            end = seen(b, s)[1]
            for i in range(entries):
                counts[b, :, s, i] = i * stride + length <= end
    text = (f"hadal.compressed_attention_grad %q, %k, %v d_out %d_out@lse{score_before}{before} length {length} "
            f"stride {stride} scale 0.5{behind}{score_behind}")
    return attention_like(draw, "compressed_attention_grad", draw.floats(batch, heads, queries, size),
                          draw.floats(batch, kv_heads, entries, size), draw.floats(batch, kv_heads, entries, value),
                          counts, added, softcap, {**inputs, **more}, text, value)


def selected_attention(draw):
    batch, kv_heads, group, size, value = (draw.size(1, 2), draw.size(1, 2), draw.size(1, 2), draw.size(1, 3),
                                           draw.size(1, 3))
    queries, keys, heads, block, chosen = draw.size(1, 4), draw.size(1, 7), kv_heads * group, draw.size(1, 3), draw.size(0, 4)
    lists = [1, kv_heads, heads][draw.size(0, 2)]
    union = draw.maybe()
    indices = draw.rng.integers(-1, -(-keys // block), (batch, lists, queries, chosen)).astype(np.int32)
    score_before, score_behind, inputs, added, softcap = draw.score_clauses(batch, heads, queries, keys)
    before, behind, more, seen, _, _ = draw.visibility(batch, queries, keys, False)
    counts = np.zeros((batch, heads, queries, keys))
    for b in range(batch):
        for h in range(heads):
            for s in range(queries):
                begin, end = seen(b, s)
                for index in indices[b, h // (heads // lists), s]:
                    if index >= 0:
                        for t in range(index * block, min(keys, (index + 1) * block)):
                            if begin <= t < end:
                                counts[b, h, s, t] = 1 if union else counts[b, h, s, t] + 1
    text = (f"hadal.selected_attention_grad %q, %k, %v, %indices d_out %d_out@lse{score_before}{before} block {block} "
            f"scale 0.5{' union' if union else ''}{score_behind}{behind}")
    case = attention_like(draw, "selected_attention_grad", draw.floats(batch, heads, queries, size),
                          draw.floats(batch, kv_heads, keys, size), draw.floats(batch, kv_heads, keys, value), counts,
                          added, softcap, {"indices": indices, **inputs, **more}, text, value)
    return case


def varlen_attention(draw):
    kv_heads, group, size, value, sequences = draw.size(1, 2), draw.size(1, 2), draw.size(1, 3), draw.size(1, 3), draw.size(1, 3)
    heads = kv_heads * group
    starts = [np.cumsum([draw.size(0, 1)] + [draw.size(0, 3) for _ in range(sequences)]) for _ in range(2)]
    queries, keys = (int(start[-1]) + draw.size(0, 1) for start in starts)
    causal, window = draw.maybe(), draw.size(1, 3) if draw.maybe() else None
    counts = np.zeros((1, heads, queries, keys))
    for n in range(sequences):
        for s in range(starts[0][n], starts[0][n + 1]):
            position = s - starts[0][n + 1] + starts[1][n + 1]
            for t in range(starts[1][n], starts[1][n + 1]):
                counts[0, :, s, t] = not causal or (t <= position and (window is None or t > position - window))
    inputs = {"q": draw.floats(queries, heads, size), "k": draw.floats(keys, kv_heads, size),
              "v": draw.floats(keys, kv_heads, value), "cu_q": starts[0].astype(np.int32),
              "cu_kv": starts[1].astype(np.int32), "d_out": draw.floats(queries, heads, value)}
    text = "hadal.varlen_attention_grad %q, %k, %v cu_q %cu_q cu_kv %cu_kv d_out %d_out"
    has_lse = draw.maybe()
    if has_lse:
        inputs["d_lse"] = draw.floats(heads, queries)
        text += " d_lse %d_lse"
    if draw.maybe():
        inputs["sink"] = draw.floats(heads)
        text += " sink %sink"
    softcap = 1.5 if draw.maybe() else None
    text += " scale 0.5" + (" causal" if causal else "") + (f" window {window}" if causal and window else "")
    text += " softcap 1.5" if softcap else ""
    by_head = lambda x: np.swapaxes(x, 0, 1)[None]

    def phi(i):
        out, lse = softmax_attention(by_head(i["q"]), by_head(i["k"]), by_head(i["v"]), counts, np.zeros(counts.shape), 0.5,
                                     softcap, i.get("sink"))
        return np.sum(out * by_head(i["d_out"])) + (np.sum(lse[0] * i["d_lse"]) if has_lse else 0)

    empty, unseen = ~counts[0].any(2).T, ~counts.any((0, 1, 2))
    poison = {"d_out": empty, "q": empty, "k": unseen, "v": unseen}
    if has_lse:
        poison["d_lse"] = empty.T
    return Case("varlen_attention_grad", text, inputs, ["q", "k", "v"] + (["sink"] if "sink" in inputs else []), phi, poison)


def indexer_scores(draw):
    batch, heads, queries, keys, size = draw.size(1, 2), draw.size(1, 3), draw.size(0, 3), draw.size(0, 4), draw.size(1, 3)
    looked_at = draw.rng.integers(0, 4, (batch, 1, queries, keys)) > 0
    inputs = {"q": draw.floats(batch, heads, queries, size), "k": draw.floats(batch, keys, size),
              "w": draw.floats(batch, queries, heads), "d_out": np.where(looked_at, draw.floats(*looked_at.shape), 0)}
    text = "hadal.indexer_scores_grad %q, %k, %w d_out %d_out"
    if draw.maybe():
        inputs["q_scales"] = draw.floats(batch, heads, queries)
        text += " q_scales %q_scales"
    if draw.maybe():
        inputs["k_scales"] = draw.floats(batch, keys)
        text += " k_scales %k_scales"

    def phi(i):
        x = np.maximum(np.einsum("bhsd,btd->bhst", i["q"], i["k"]), 0)
        scores = np.einsum("bsh,bhs,bhst->bst", i["w"], i.get("q_scales", np.ones(i["q"].shape[:3])), x)
        return np.sum(0.5 * scores * i.get("k_scales", np.ones(i["k"].shape[:2]))[:, None] * i["d_out"][:, 0])

    poison = {"k": ~looked_at.any((1, 2)), "q": np.repeat(~looked_at.any(3), heads, 1)}
    return Case("indexer_scores_grad", text + " scale 0.5", inputs, ["q", "k", "w"], phi, poison)


def latent_attention(draw):
    batch, heads, nope, rope, value, latent = (draw.size(1, 2), draw.size(1, 3), draw.size(1, 2), draw.size(1, 2),
                                               draw.size(1, 2), draw.size(1, 3))
    queries, keys = draw.size(1, 3), draw.size(0, 4)
    score_before, score_behind, inputs, added, softcap = draw.score_clauses(batch, heads, queries, keys)
    before, behind, more, seen, _, _ = draw.visibility(batch, queries, keys)
    counts = np.zeros((batch, heads, queries, keys))
    for b in range(batch):
        for s in range(queries):
            begin, end = seen(b, s)
            counts[b, :, s, begin:end] = 1
    inputs = {"q_nope": draw.floats(batch, heads, queries, nope), "q_pe": draw.floats(batch, heads, queries, rope),
              "latent": draw.floats(batch, keys, latent), "k_pe": draw.floats(batch, keys, rope),
              "w_kv": draw.floats(latent, heads, nope + value),
              "d_out": draw.floats(batch, heads, queries, value), **inputs, **more}
    has_lse = draw.maybe()
    if has_lse:
        inputs["d_lse"] = draw.floats(batch, heads, queries)

    def phi(i):
        kv = np.einsum("btl,lhd->bhtd", i["latent"], i["w_kv"])
        k = np.concatenate([kv[..., :nope], np.repeat(i["k_pe"][:, None], heads, 1)], 3)
        q = np.concatenate([i["q_nope"], i["q_pe"]], 3)
        out, lse = softmax_attention(q, k, kv[..., nope:], counts, added, 0.5, softcap, i.get("sink"))
        return np.sum(out * i["d_out"]) + (np.sum(lse * i["d_lse"]) if has_lse else 0)

    visible = (counts > 0) & (added > -np.inf)
    unseen, empty = ~visible.any((1, 2)), ~visible.any(3)
    poison = {"latent": unseen, "k_pe": unseen, "d_out": empty, "q_nope": empty, "q_pe": empty}
    if has_lse:
        poison["d_lse"] = empty
    text = ("hadal.latent_attention_grad %q_nope, %q_pe, %latent, %k_pe, %w_kv d_out %d_out"
            f"{' d_lse %d_lse' if has_lse else ''}{score_before}{before} scale 0.5{behind}{score_behind}")
    variables = ["q_nope", "q_pe", "latent", "k_pe", "w_kv"] + (["sink"] if "sink" in inputs else [])
    return Case("latent_attention_grad", text, inputs, variables, phi, poison)


def merge_attention(draw):
    batch, heads, queries, size, parts = draw.size(1, 2), draw.size(1, 2), draw.size(1, 3), draw.size(1, 3), draw.size(1, 3)
    inputs, outs, lses, poison = {}, [f"o{n}" for n in range(parts)], [f"l{n}" for n in range(parts)], {}
    empty = [draw.rng.integers(0, 3, (batch, heads, queries)) == 0 for _ in range(parts)]
    for n in range(parts):
        inputs[outs[n]] = draw.floats(batch, heads, queries, size)
        inputs[lses[n]] = np.where(empty[n], -np.inf, draw.floats(batch, heads, queries))
        poison[outs[n]] = empty[n]
    inputs["d_out"] = draw.floats(batch, heads, queries, size)
    has_lse, has_sink = draw.maybe(), draw.maybe()
    text = f"hadal.merge_attention_grad outs({', '.join('%' + o for o in outs)}) lses({', '.join('%' + l for l in lses)}) d_out %d_out"
    if has_lse:
        inputs["d_lse"] = draw.floats(batch, heads, queries)
        text += " d_lse %d_lse"
    if has_sink:
        inputs["sink"] = draw.floats(heads)
        text += " sink %sink"
    none = np.logical_and.reduce(empty)

    def phi(i):
        weights = np.exp([i[name] for name in lses])
        total = weights.sum(0)
        full = total + (np.exp(i["sink"])[None, :, None] if has_sink else 0)
        out = sum(w[..., None] * i[o] for w, o in zip(weights, outs)) / np.where(full == 0, 1, full)[..., None]
        lse = np.where(none, 0, np.log(np.where(none, 1, total)))
        return np.sum(out * i["d_out"]) + (np.sum(lse * i["d_lse"]) if has_lse else 0)

    poison["d_out"] = none
    return Case("merge_attention_grad", text, inputs, outs + lses + (["sink"] if has_sink else []), phi, poison)


def act(name, x, alpha=1.0):
    sigmoid = lambda value: 1 / (1 + np.exp(-value))
    erf = np.vectorize(math.erf)
    return {"silu": lambda: x * sigmoid(alpha * x), "gelu": lambda: x / 2 * (1 + erf(x / math.sqrt(2))),
            "gelu_tanh": lambda: x / 2 * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3))),
            "relu": lambda: np.maximum(x, 0), "relu2": lambda: np.maximum(x, 0)**2, "sigmoid": lambda: sigmoid(x), "identity": lambda: x}[name]()


ACTIVATIONS = ["silu", "gelu", "gelu_tanh", "relu", "relu2", "sigmoid", "identity"]


def compress(draw):
    batch, heads, tokens, channels = draw.size(1, 2), draw.size(1, 2), draw.size(0, 9), draw.size(1, 3)
    length, stride = draw.size(1, 4), draw.size(1, 3)
    kind = ["mean", "weighted", "linear", "mlp", "gated", "gated overlap"][draw.size(0, 5)]
    overlap = kind == "gated overlap"
    if overlap:
        length, channels = 2 * stride, 2 * channels
    columns = channels // 2 if overlap else draw.size(1, 3) if kind in ("linear", "mlp") else channels
    needed = stride if overlap else length
    entries_of = lambda count: 0 if count < needed else (count - needed) // stride + 1
    inputs = {"x": draw.floats(batch, heads, tokens, channels), "d_out": draw.floats(batch, heads, entries_of(tokens), columns)}
    parameters, text = [], f"hadal.compress_grad %x d_out %d_out {kind.split()[0]}"

    def give(name, *shape):
        inputs[name] = draw.floats(heads if draw.maybe() else 1, *shape)
        parameters.append(name)
        return f" {name} %{name}"

    hidden, activation = draw.size(1, 3), ["relu", "silu", "gelu"][draw.size(0, 2)]
    if kind in ("weighted", "linear"):
        text += give("weight", length) if kind == "weighted" else give("weight", length, channels, columns)
    if kind == "mlp":
        text += give("w1", length * channels, hidden) if draw.maybe() else give("w1", length, channels, hidden)
        text += (give("bias1", hidden) if draw.maybe() else "") + f" activation {activation}"
        text += give("w2", hidden, columns) + (give("bias2", columns) if draw.maybe() else "")
    if kind.startswith("gated"):
        inputs["gate"] = draw.floats(*inputs["x"].shape)
        text += " gate %gate"
        parameters.append("gate")
        if draw.maybe():
            inputs["bias"] = draw.floats(stride if overlap else length, channels)
            text += " bias %bias"
            parameters.append("bias")
        text += " overlap" if overlap else ""
    elif draw.maybe():
        text += give("pe", length, channels)
    lengths = np.full(batch, tokens)
    if draw.maybe():
        lengths = draw.rng.integers(0, tokens + 1, batch)
        inputs["kv_lengths"] = lengths.astype(np.int32)
        text += " kv_lengths %kv_lengths"
    of_head = lambda array, h: array[0 if array.shape[0] == 1 else h]

    def entry(i, b, h, n):
        x = i["x"][b, h]
        if kind.startswith("gated"):
            result = np.zeros(columns)
            for c in range(columns):
                places = [(n * stride + r, c, r) for r in range(length)]
                if overlap:
                    places = [((n - 1) * stride + r, c, r) for r in range(stride) if n > 0]
                    places += [(n * stride + r, columns + c, r) for r in range(stride)]
                z = np.array([i["gate"][b, h, t, at] + (i["bias"][r, at] if "bias" in i else 0) for t, at, r in places])
                a = np.exp(z - z.max())
                result[c] = np.dot(a / a.sum(), [x[t, at] for t, at, _ in places])
            return result
        block = x[n * stride:n * stride + length] + (of_head(i["pe"], h) if "pe" in i else 0)
        if kind == "mean":
            return block.mean(0)
        if kind == "weighted":
            return of_head(i["weight"], h) @ block
        if kind == "linear":
            return np.einsum("rc,rce->e", block, of_head(i["weight"], h))
        u = block.reshape(-1) @ of_head(i["w1"], h).reshape(length * channels, hidden)
        u = act(activation, u + (of_head(i["bias1"], h) if "bias1" in i else 0))
        return u @ of_head(i["w2"], h) + (of_head(i["bias2"], h) if "bias2" in i else 0)

    def phi(i):
        return sum(np.dot(entry(i, b, h, n), i["d_out"][b, h, n]) for b in range(batch) for h in range(heads)
                   for n in range(entries_of(lengths[b])))

    poison = {"x": np.arange(tokens)[None, None, :] >= lengths[:, None, None]}
    poison["x"] = np.broadcast_to(poison["x"], (batch, heads, tokens))
    entries = np.array([entries_of(count) for count in lengths])
    poison["d_out"] = np.broadcast_to(np.arange(entries_of(tokens))[None, None, :] >= entries[:, None, None],
                                      inputs["d_out"].shape[:3])
    text += f" length {length} stride {stride}"
    order = ["weight", "w1", "bias1", "w2", "bias2", "gate", "bias", "pe"]
    return Case("compress_grad", text, inputs, ["x"] + sorted(parameters, key=order.index), phi, poison)


def gated_combine(draw):
    batch, heads, queries, size, branches = draw.size(1, 2), draw.size(1, 2), draw.size(0, 3), draw.size(1, 3), draw.size(1, 3)
    names = [f"x{n}" for n in range(branches)]
    inputs = {name: draw.floats(batch, heads, queries, size) for name in names}
    inputs |= {"gates": draw.floats(batch, heads, queries, branches), "d_out": draw.floats(batch, heads, queries, size)}
    sigmoid = draw.maybe()

    def phi(i):
        a = 1 / (1 + np.exp(-i["gates"])) if sigmoid else i["gates"]
        return sum(np.sum(a[..., n, None] * i[name] * i["d_out"]) for n, name in enumerate(names))

    text = f"hadal.gated_combine_grad {', '.join('%' + n for n in names)} gates %gates d_out %d_out{' sigmoid' if sigmoid else ''}"
    return Case("gated_combine_grad", text, inputs, names + ["gates"], phi)


def route(draw):
    tokens, experts, k = draw.size(0, 4), draw.size(2, 6), draw.size(1, 2)
    score = ["sigmoid", "softmax", "softmax_chosen", "sqrt_softplus", "identity"][draw.size(0, 4)]
    indices = np.stack([draw.rng.permutation(experts)[:k] for _ in range(tokens)]).astype(np.int32) if tokens else \
        np.zeros((0, k), np.int32)
    indices[draw.rng.integers(0, 4, indices.shape) == 0] = -1
    inputs = {"logits": draw.floats(tokens, experts), "indices": indices, "d_weights": draw.floats(tokens, k)}
    normalize, epsilon, floor = draw.maybe(), [0.0, 0.125, 4.0][draw.size(0, 2)], draw.maybe()
    text = f"hadal.route_grad %logits, %indices d_weights %d_weights score {score} scale 2.5"
    if normalize:
        text += f" normalize {'floor' if floor else 'epsilon'} {epsilon}"

    def phi(i):
        total = 0.0
        for t in range(tokens):
            x = i["logits"][t]
            s = {"sigmoid": lambda: 1 / (1 + np.exp(-x)), "softmax": lambda: np.exp(x) / np.exp(x).sum(),
                 "sqrt_softplus": lambda: np.sqrt(np.log1p(np.exp(x)))}.get(score, lambda: x)()
            chosen = [(j, e) for j, e in enumerate(indices[t]) if e >= 0]
            u = np.array([s[e] for _, e in chosen])
            if score == "softmax_chosen" and len(u):
                u = np.exp(u) / np.exp(u).sum()
            if normalize and len(u):
                u = u / (max(u.sum(), epsilon) if floor else u.sum() + epsilon)
            total += 2.5 * sum(w * i["d_weights"][t, j] for w, (j, _) in zip(u, chosen))
        return total

    return Case("route_grad", text, inputs, ["logits"], phi, {"d_weights": indices == -1})


def grouping(draw, tokens, k, experts):
    """indices [T, k] and their plain grouping: offsets, permutation."""
    indices = draw.rng.integers(-1, experts, tokens * k)
    order = np.argsort(np.where(indices == -1, experts, indices), kind="stable").astype(np.int32)
    counts = np.array([(indices == e).sum() for e in range(experts)])
    return np.concatenate([[0], np.cumsum(counts)]).astype(np.int32), order, counts


def grouped_matmul(draw):
    tokens, k, experts, depth, columns = draw.size(0, 4), draw.size(1, 2), draw.size(1, 3), draw.size(1, 3), draw.size(1, 3)
    offsets, permutation, counts = grouping(draw, tokens, k, experts)
    gather, scatter, transposed, rows = draw.maybe(), draw.maybe(), draw.maybe(), tokens * k
    has_permutation = gather or scatter or draw.maybe()
    inputs = {"x": draw.floats(tokens if gather else rows, depth),
              "w": draw.floats(experts, *((columns, depth) if transposed else (depth, columns))), "offsets": offsets}
    text = "hadal.grouped_matmul_grad %x, %w, %offsets"
    if has_permutation:
        inputs["permutation"] = permutation
        text += ", %permutation"
    inputs["d_out"] = draw.floats(rows, columns)
    text += " d_out %d_out" + (f" gather {k}" if gather else "") + (" scatter" if scatter else "")
    text += " transposed" if transposed else ""
    if draw.maybe():
        counts = np.array([draw.size(0, count) for count in counts])
        inputs["counts"] = counts.astype(np.int32)
        text += " counts %counts"
    has_bias = draw.maybe()
    if has_bias:
        inputs["bias"] = draw.floats(experts, columns)
        text += " bias %bias"
    reached = [(e, permutation[p] // k if gather else p, permutation[p] if scatter else p) for e in range(experts)
               for p in range(offsets[e], offsets[e] + counts[e])]

    def phi(i):
        w = np.swapaxes(i["w"], 1, 2) if transposed else i["w"]
        return sum(np.dot(i["x"][source] @ w[e] + (i["bias"][e] if has_bias else 0), i["d_out"][target])
                   for e, source, target in reached)

    unread = np.ones(len(inputs["x"]), bool)
    unwritten = np.ones(rows, bool)
    for _, source, target in reached:
        unread[source] = unwritten[target] = False
    return Case("grouped_matmul_grad", text, inputs, ["x", "w"] + (["bias"] if has_bias else []), phi,
                {"x": unread, "d_out": unwritten})


def permute(draw):
    tokens, k, size = draw.size(1, 4), draw.size(1, 3), draw.size(1, 3)
    permutation = draw.rng.integers(-1, tokens * k, draw.size(0, 6)).astype(np.int32)
    inputs = {"x": draw.floats(tokens, size), "permutation": permutation, "d_out": draw.floats(len(permutation), size)}

    def phi(i):
        return sum(np.dot(i["x"][slot // k], i["d_out"][p]) for p, slot in enumerate(permutation) if slot >= 0)

    return Case("permute_grad", f"hadal.permute_grad %x, %permutation d_out %d_out slots_per_token {k}", inputs, ["x"],
                phi, {"d_out": permutation == -1})


def combine(draw):
    tokens, k, size, kind = draw.size(0, 4), draw.size(1, 3), draw.size(1, 3), draw.size(0, 2)
    slots = tokens * k
    rows = slots if kind == 0 else draw.size(0, slots + 2)
    row_of = np.arange(slots)
    inputs = {"y": draw.floats(rows, size), "weights": draw.floats(tokens, k), "d_out": draw.floats(tokens, size)}
    text = "hadal.combine_grad %y, %weights d_out %d_out"
    if kind:
        permutation = np.full(rows, -1)
        chosen = draw.rng.permutation(slots)[:rows]
        permutation[draw.rng.permutation(rows)[:len(chosen)]] = chosen
        row_of = np.full(slots, -1)
        for p, slot in enumerate(permutation):
            if slot >= 0:
                row_of[slot] = p
        name = ["", "inverse", "permutation"][kind]
        inputs[name] = (row_of if kind == 1 else permutation).astype(np.int32)
        text += f" {name} %{name}"

    def phi(i):
        return sum(i["weights"][slot // k, slot % k] * np.dot(i["y"][row], i["d_out"][slot // k])
                   for slot, row in enumerate(row_of) if row >= 0)

    unread = np.ones(rows, bool)
    unread[row_of[row_of >= 0]] = False
    return Case("combine_grad", text, inputs, ["y", "weights"], phi, {"y": unread})


def activation(draw):
    name = ACTIVATIONS[draw.size(0, 5)]
    inputs = {"x": draw.floats(2, 5) * 2, "d_out": draw.floats(2, 5)}
    alpha = 1.75 if name == "silu" and draw.maybe() else 1.0
    text = f"hadal.activation_grad %x d_out %d_out {name}" + (f" alpha {alpha}" if alpha != 1 else "")
    return Case("activation_grad", text, inputs, ["x"], lambda i: np.sum(act(name, i["x"], alpha) * i["d_out"]))


def gated_activation(draw):
    name, order = ACTIVATIONS[draw.size(0, 5)], ["gate_first", "up_first", "interleaved"][draw.size(0, 2)]
    size = draw.size(1, 4)
    inputs = {"x": draw.floats(3, 2 * size) * 2, "d_out": draw.floats(3, size)}
    alpha = 1.75 if name == "silu" and draw.maybe() else 1.0
    limit, up_offset = (1.5 if draw.maybe() else math.inf), (1.0 if draw.maybe() else 0.0)
    text = f"hadal.gated_activation_grad %x d_out %d_out {name} {order}" + (f" limit {limit}" if limit < math.inf else "")
    text += (f" alpha {alpha}" if alpha != 1 else "") + (f" up_offset {up_offset}" if up_offset else "")

    def phi(i):
        x = i["x"]
        gate, up = {"gate_first": (x[:, :size], x[:, size:]), "up_first": (x[:, size:], x[:, :size]),
                    "interleaved": (x[:, ::2], x[:, 1::2])}[order]
        return np.sum(act(name, np.minimum(gate, limit), alpha) * (np.clip(up, -limit, limit) + up_offset) * i["d_out"])

    return Case("gated_activation_grad", text, inputs, ["x"], phi)


def rms_norm(draw):
    size, has_weight = draw.size(1, 5), draw.maybe()
    inputs = {"x": draw.floats(draw.size(0, 3), 2, size)}
    text, offset = "hadal.rms_norm_grad %x", 0.0
    if has_weight:
        inputs["weight"] = draw.floats(size)
        text += ", %weight"
    inputs["d_out"] = draw.floats(*inputs["x"].shape)
    text += " d_out %d_out epsilon 0.125"
    if has_weight and draw.maybe():
        offset = 1.0
        text += " weight_offset 1.0"

    def phi(i):
        r = 1 / np.sqrt((i["x"]**2).mean(-1, keepdims=True) + 0.125)
        return np.sum(i["x"] * r * (i["weight"] + offset if has_weight else 1) * i["d_out"])

    return Case("rms_norm_grad", text, inputs, ["x"] + (["weight"] if has_weight else []), phi)


def layer_norm(draw):
    size, has_weight, has_bias = draw.size(1, 5), draw.maybe(), draw.maybe()
    inputs = {"x": draw.floats(draw.size(0, 3), 2, size)}
    inputs["d_out"] = draw.floats(*inputs["x"].shape)
    text, names = "hadal.layer_norm_grad %x d_out %d_out", ["x"]
    for name, given in (("weight", has_weight), ("bias", has_bias)):
        if given:
            inputs[name] = draw.floats(size)
            text += f" {name} %{name}"
            names.append(name)

    def phi(i):
        centred = i["x"] - i["x"].mean(-1, keepdims=True)
        y = centred / np.sqrt((centred**2).mean(-1, keepdims=True) + 0.125)
        return np.sum((y * (i["weight"] if has_weight else 1) + (i["bias"] if has_bias else 0)) * i["d_out"])

    return Case("layer_norm_grad", text + " epsilon 0.125", inputs, names, phi)


def rope(draw):
    batch, heads, length, half = draw.size(1, 2), draw.size(1, 2), draw.size(0, 3), draw.size(1, 2)
    layouts = [["interleaved", "halves"][draw.size(0, 1)] for _ in range(2)]
    rotated, inverse, rank = ["", "first", "last"][draw.size(0, 2)], draw.maybe(), draw.size(3, 4)
    size = 2 * half + (draw.size(0, 3) if rotated else 0)
    shape = (batch, length, size) if rank == 3 else (batch, heads, length, size)
    angles = (1 if draw.maybe() else batch, length, half)
    inputs = {"d_out": draw.floats(*shape), "cos": draw.floats(*angles), "sin": draw.floats(*angles), "x": draw.floats(*shape)}
    first = size - 2 * half if rotated == "last" else 0
    places = lambda layout: [(2 * i, 2 * i + 1) if layout == "interleaved" else (i, i + half) for i in range(half)]

    def phi(i):
        x, y = i["x"], i["x"].copy()
        for pair, ((a0, a1), (b0, b1)) in enumerate(zip(places(layouts[0]), places(layouts[1]))):
            cos, sin = i["cos"][..., pair], i["sin"][..., pair] * (-1 if inverse else 1)
            if rank == 4:
                cos, sin = cos[:, None], sin[:, None]
            y[..., first + b0] = x[..., first + a0] * cos - x[..., first + a1] * sin
            y[..., first + b1] = x[..., first + a1] * cos + x[..., first + a0] * sin
        return np.sum(y * i["d_out"])

    text = f"hadal.rope_grad %d_out, %cos, %sin {layouts[0]} to {layouts[1]}" + (f" rotate {rotated}" if rotated else "")
    return Case("rope_grad", text + (" inverse" if inverse else ""), inputs, ["x"], phi)


def embedding(draw):
    rows, size = draw.size(1, 4), draw.size(1, 3)
    ids = draw.rng.integers(-1, rows, [(2, draw.size(0, 4)), (draw.size(0, 4),)][draw.size(0, 1)])
    inputs = {"ids": ids, "table": draw.floats(rows, size), "d_out": draw.floats(*ids.shape, size)}

    def phi(i):
        return np.sum(np.where(ids[..., None] >= 0, i["table"][ids], 0) * i["d_out"])

    return Case("embedding_grad", "hadal.embedding_grad %ids, %table d_out %d_out", inputs, ["table"], phi,
                {"d_out": ids == -1})


MAKERS = [attention, varlen_attention, indexer_scores, compressed_attention, selected_attention, latent_attention, merge_attention, compress, gated_combine,
          route, grouped_matmul, permute, combine, activation, gated_activation, rms_norm, layer_norm, rope, embedding]


COMPRESS_ORDER = ["x", "d_out", "weight", "w1", "bias1", "w2", "bias2", "gate", "bias", "pe", "kv_lengths"]


def operands_in_order(case):
    """The inputs that the text uses, in the order of the operation's operands: that of the text, but for compress_grad,
    whose clauses may stand in any order."""
    used = re.findall(r"%(\w+)", case.text)
    return sorted(used, key=COMPRESS_ORDER.index) if case.op == "compress_grad" else used


def module_text(cases, element, dynamic):
    """All cases as one function."""

    def type_of(case, name):
        dims = DYNAMIC.get(case.op, {}).get(name, [0]) if dynamic else []
        return shaped_type(case.inputs[name], element, dims if name not in ("sink", "offsets") else [])

    arguments, body, results = [], [], []
    for n, case in enumerate(cases):
        names = operands_in_order(case)
        text = re.sub(r"%(\w+)", rf"%c{n}_\1", case.text)
        for name in dict.fromkeys(names):
            arguments.append(f'%c{n}_{name}: {type_of(case, name)} {{hadal.name = "c{n}_{name}"}}')
        outputs = [type_of(case, variable) for variable in case.variables]
        body.append(f"  %r{n}:{len(outputs)} = {text}\n      : ({', '.join(type_of(case, name) for name in names)})"
                    f" -> ({', '.join(outputs)})")
        results += [(f"%r{n}#{i}", output, f"c{n}_{variable}_grad")
                    for i, (output, variable) in enumerate(zip(outputs, case.variables))]
    named = ", ".join(f'{output} {{hadal.name = "{name}"}}' for _, output, name in results)
    return ("func.func @main(" + ",\n    ".join(arguments) + f") -> ({named}) {{\n" + "\n".join(body) +
            f"\n  return {', '.join(value for value, _, _ in results)} : {', '.join(output for _, output, _ in results)}\n}}\n")


def relative(value, expected):
    if value.shape != expected.shape or np.isnan(value).any():
        return math.inf
    distance, size = np.linalg.norm(value - expected), np.linalg.norm(expected)
    # Where the derivative is 0, differences are noise.
    return distance / size if size > 1e-4 else distance


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dir", type=pathlib.Path, required=True)
    parser.add_argument("--hadal-run", default="hadal-run")
    parser.add_argument("--hadal-opt", default="hadal-opt")
    parser.add_argument("--pipeline", default="", help="options of hadal-opt that the function goes through first")
    parser.add_argument("--dynamic", action="store_true", help="leave lengths and batches open in the types")
    parser.add_argument("--element", choices=["f64", "f32"], default="f64", help="of all float operands and results")
    parser.add_argument("--tolerance", type=float, default=TOLERANCE)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=8, help="cases of each operation")
    parser.add_argument("--only", default="", help="the name of one operation")
    options = parser.parse_args()
    cases = [maker(Draw([options.seed, n, index])) for index, maker in enumerate(MAKERS) for n in range(options.count)]
    cases = [case for case in cases if options.only in ("", case.op)]
    if options.element == "f32":
        for case in cases:
            case.inputs = {name: rounded(array) for name, array in case.inputs.items()}
    options.dir.mkdir(parents=True, exist_ok=True)
    source, inputs = options.dir / "gradients.mlir", options.dir / "inputs.npz"
    source.write_text(module_text(cases, options.element, options.dynamic))
    narrow = lambda array: array.astype(np.float32) if options.element == "f32" and array.dtype == np.float64 else array
    np.savez(inputs, **{f"c{n}_{name}": narrow(array) for n, case in enumerate(cases) for name, array in case.given().items()
                        if name in operands_in_order(case)})
    if options.pipeline:
        lowered = options.dir / "lowered.mlir"
        subprocess.run([options.hadal_opt, *options.pipeline.split(), str(source), "-o", str(lowered)], check=True)
        source = lowered
    subprocess.run([options.hadal_run, "--target=reference", str(source), f"--inputs={inputs}",
                    f"--output-dir={options.dir}"], check=True, stdout=subprocess.DEVNULL)
    outputs = np.load(options.dir / "outputs.npz")
    wrong = 0
    worst = {}
    for n, case in enumerate(cases):
        for variable in case.variables:
            error = relative(outputs[f"c{n}_{variable}_grad"], case.differences(variable))
            worst[case.op] = max(worst.get(case.op, 0), error)
            if error > options.tolerance:
                wrong += 1
                print(f"WRONG c{n} {variable}: {error:.1e}: {case.text}")
    for op, error in worst.items():
        print(f"{op}: {sum(case.op == op for case in cases)} cases, largest error {error:.0e}")
    print(f"{len(cases)} cases, {wrong} wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
