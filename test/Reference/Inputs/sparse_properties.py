#!/usr/bin/env python3
"""The parts of sparse attention on random shapes, against their formulas in numpy and against their decompositions.

    sparse_properties.py [--seeds N] [--only OP] [--first SEED]

Each case is a function of one operation. It is run whole and taken apart into linalg; both must give what the formula of
docs/spec.md gives. Hidden data hold NaN, so that a result that depends on them is wrong.
"""
import argparse
import pathlib
import subprocess
import sys
import tempfile

import numpy as np

TYPES = {"float32": "f32", "float64": "f64", "int32": "i32", "int64": "i64", "bool": "i1"}
MINUS = -np.inf


class Function:
    """The text of a function, made operand by operand."""

    def __init__(self, rng):
        self.rng, self.arrays, self.types = rng, [], []

    def arg(self, array, static=()):
        """A new argument; dimensions outside `static` are dynamic half of the time."""
        dims = [str(n) if i in static or self.rng.random() < 0.5 else "?" for i, n in enumerate(array.shape)]
        self.arrays.append(array)
        self.types.append(f"tensor<{''.join(d + 'x' for d in dims)}{TYPES[array.dtype.name]}>")
        return f"%a{len(self.arrays) - 1}"

    def text(self, op, results):
        args = ", ".join(f"%a{i}: {type}" for i, type in enumerate(self.types))
        outs = ", ".join(results)
        names = ", ".join(f"%r#{i}" for i in range(len(results))) if len(results) > 1 else "%r"
        bind = f"%r:{len(results)}" if len(results) > 1 else "%r"
        return (f"func.func @f({args}) -> ({outs}) {{\n  {bind} = {op} : ({', '.join(self.types)}) -> ({outs})\n"
                f"  return {names} : {outs}\n}}\n")


def floats(rng, *shape):
    return rng.standard_normal(shape).astype(np.float32)


class Visible:
    """Random lengths and positions of a batch, and the clauses that say them."""

    def __init__(self, rng, function, batch, queries, tokens, must_place):
        self.rng, self.function, self.clauses, self.flags = rng, function, [], []
        self.q_len = np.full(batch, queries)
        self.kv_len = np.full(batch, tokens)
        index = rng.choice([np.int32, np.int64])
        if rng.random() < 0.4:
            self.q_len = rng.integers(0, queries + 1, batch)
            self.clauses.append(("q_lengths", self.q_len.astype(index)))
        has_lengths = rng.random() < 0.6
        if has_lengths:
            self.kv_len = rng.integers(0, tokens + 1, batch)
            self.clauses.append(("kv_lengths", self.kv_len.astype(index)))
        self.offset = self.kv_len - self.q_len
        choice = rng.random()
        if choice < 0.25:
            self.offset = rng.integers(-2, tokens + 2, batch)
            self.clauses.append(("offsets", self.offset.astype(index)))
        elif choice < 0.5 or (must_place and not has_lengths):
            self.offset = np.full(batch, rng.integers(-1, tokens + 2))
            self.flags.append(f"offset {self.offset[0]}")
        self.causal = rng.random() < 0.7
        if self.causal:
            self.flags.append("causal")

    def pos(self, b, s):
        return s + self.offset[b]

    def is_padding(self, b, s):
        return s >= self.q_len[b]

    def first_hidden(self, b):
        """The first token that no query of batch entry b sees."""
        last = self.pos(b, self.q_len[b] - 1) if self.causal else self.kv_len[b]
        return int(np.clip(min(last + 1, self.kv_len[b]), 0, None)) if self.q_len[b] else 0

    def sees(self, b, s, t):
        return not self.is_padding(b, s) and t < self.kv_len[b] and (not self.causal or t <= self.pos(b, s))


def random_mask(rng, shape, boolean_only=False):
    shape = [n if rng.random() < 0.5 else 1 for n in shape]
    if boolean_only or rng.random() < 0.5:
        return rng.random(shape) < 0.7
    mask = rng.standard_normal(shape).astype(np.float32)
    mask[rng.random(shape) < 0.3] = MINUS
    return mask


def mask_at(mask, *index):
    """What is added to the score."""
    value = mask[tuple(0 if n == 1 else i for n, i in zip(mask.shape, index))]
    return (0.0 if value else MINUS) if mask.dtype == bool else float(value)


def softmax_row(z, sink):
    """p and lse of a row of scores; −inf hides."""
    if not np.any(z > MINUS):
        return np.zeros_like(z), MINUS
    top = max(z.max(), sink)
    e = np.exp(z - top)
    return e / (e.sum() + np.exp(sink - top)), z.max() + np.log(np.exp(z - z.max()).sum())


def attend(q, k, v, scale, cap, mask, sink, counts):
    """counts(b, h, s) → how often each key counts."""
    batch, heads, queries, _ = q.shape
    group = heads // k.shape[1]
    out = np.zeros((batch, heads, queries, v.shape[3]))
    lse = np.zeros((batch, heads, queries))
    importance = np.zeros((batch, k.shape[1], queries, k.shape[2]))
    for b, h, s in np.ndindex(batch, heads, queries):
        z = np.full(k.shape[2], MINUS)
        for t, n in enumerate(counts(b, h, s)):
            added = mask_at(mask, b, h, s, t) if mask is not None else 0.0
            if n == 0 or added == MINUS:
                continue
            score = scale * np.dot(q[b, h, s].astype(np.float64), k[b, h // group, t])
            z[t] = (cap * np.tanh(score / cap) if cap else score) + added + np.log(n)
        p, lse[b, h, s] = softmax_row(z, MINUS if sink is None else sink[h])
        importance[b, h // group, s] += p
        for t in np.flatnonzero(p):
            out[b, h, s] += p[t] * v[b, h // group, t]
    return out, importance, lse


def heads_of(rng):
    kv = int(rng.integers(1, 4))
    return kv * int(rng.integers(1, 3)), kv


# Each operation: (function text, inputs, expected outputs).

def compress(rng):
    f = Function(rng)
    kind = rng.choice(["mean", "weighted", "linear", "mlp", "gated", "overlap"])
    batch, heads, tokens, size = rng.integers(1, 3), rng.integers(1, 3), rng.integers(0, 12), rng.integers(1, 4)
    stride = int(rng.integers(1, 4))
    length = 2 * stride if kind == "overlap" else int(rng.integers(1, 5))
    if kind == "overlap":
        size *= 2
    x = floats(rng, batch, heads, tokens, size)
    kv = rng.integers(0, tokens + 1, batch)
    ragged = rng.random() < 0.5
    if ragged:
        for b in range(batch):
            x[b, :, kv[b]:] = np.nan
    operands = [f.arg(x, static=(3,))]
    clauses, own = [], lambda *shape: floats(rng, rng.choice([1, heads]), *shape)

    def clause(name, array):
        clauses.append(f"{name} {f.arg(array, static=range(array.ndim))}")
        return array.astype(np.float64) if array.dtype == np.float32 else array

    blocks = max(0, (tokens - (stride if kind == "overlap" else length)) // stride + 1)
    pick = lambda p, h: p[h if p.shape[0] > 1 else 0]
    pe = clause("pe", own(length, size)) if kind not in ("gated", "overlap") and rng.random() < 0.5 else None
    columns = int(rng.integers(1, 4)) if kind in ("linear", "mlp") else size // 2 if kind == "overlap" else size
    hidden = int(rng.integers(1, 4))
    if kind == "weighted":
        weight = clause("weight", own(length))
    elif kind == "linear":
        weight = clause("weight", own(length, size, columns))
    elif kind == "mlp":
        activation = rng.choice(["relu", "silu", "gelu"])
        flat = rng.random() < 0.5
        w1 = clause("w1", own(length * size, hidden) if flat else own(length, size, hidden))
        w2 = clause("w2", own(hidden, columns))
        bias1 = clause("bias1", own(hidden)) if rng.random() < 0.5 else None
        bias2 = clause("bias2", own(columns)) if rng.random() < 0.5 else None
        clauses.append(f"activation {activation}")
    elif kind in ("gated", "overlap"):
        gate = floats(rng, batch, heads, tokens, size)
        gate[rng.random(gate.shape) < 0.2] = MINUS
        gate = clause("gate", gate)
        bias = clause("bias", floats(rng, stride if kind == "overlap" else length, size)) if rng.random() < 0.5 else None
    if kind == "overlap":
        clauses.append("overlap")
    if ragged:
        clause("kv_lengths", kv.astype(np.int32))

    from math import erf
    act = {"relu": lambda a: np.maximum(a, 0), "silu": lambda a: a / (1 + np.exp(-a)),
           "gelu": np.vectorize(lambda a: a * 0.5 * (1 + erf(a / np.sqrt(2))), otypes=[float])}
    out = np.zeros((batch, heads, blocks, columns))
    for b, h, i in np.ndindex(batch, heads, blocks):
        end = (i + 1) * stride if kind == "overlap" else i * stride + length
        if ragged and end > kv[b]:
            continue
        xb = x[b, h, i * stride:i * stride + length].astype(np.float64)
        if pe is not None:
            xb = xb + pick(pe, h)
        if kind == "mean":
            out[b, h, i] = xb.mean(axis=0)
        elif kind == "weighted":
            out[b, h, i] = pick(weight, h) @ xb
        elif kind == "linear":
            out[b, h, i] = np.einsum("rc,rce->e", xb, pick(weight, h))
        elif kind == "mlp":
            inner = xb.reshape(-1) @ pick(w1, h).reshape(length * size, hidden)
            inner = act[activation](inner + (pick(bias1, h) if bias1 is not None else 0))
            out[b, h, i] = inner @ pick(w2, h) + (pick(bias2, h) if bias2 is not None else 0)
        else:
            for c in range(columns):
                terms = []  # value and logit of each place
                for r in range(length):
                    token, channel, row = i * stride + r, c, r
                    if kind == "overlap":
                        token -= stride
                        channel, row = (c, r) if r < stride else (columns + c, r - stride)
                    if token < 0:
                        continue
                    logit = gate[b, h, token, channel] + (bias[row, channel] if bias is not None else 0)
                    terms.append((x[b, h, token, channel], logit))
                p, _ = softmax_row(np.array([z for _, z in terms]), MINUS)
                out[b, h, i, c] = sum(w * value for w, (value, _) in zip(p, terms) if w)
    name = "gated" if kind == "overlap" else kind
    rng.shuffle(clauses)
    text = f.text(f"hadal.compress {operands[0]} {name} {' '.join(clauses)} length {length} stride {stride}", [
        "tensor<?x?x?x?xf32>"])
    # The types stand in the order in which the operands are defined, not written.
    return reorder(f, text, ["weight", "w1", "bias1", "w2", "bias2", "gate", "bias", "pe", "kv_lengths"], clauses), \
        f.arrays, [out]


def reorder(f, text, order, clauses, positional=1):
    """The functional type lists operands in the order of their definition."""
    by_keyword = {clause.split()[0]: clause.split()[1] for clause in clauses if "%" in clause}
    numbers = list(range(positional)) + [int(by_keyword[k][2:]) for k in order if k in by_keyword]
    types = ", ".join(f.types[n] for n in numbers)
    return text.replace(f": ({', '.join(f.types)}) ->", f": ({types}) ->")


def compressed_attention(rng):
    f = Function(rng)
    batch, (heads, kv_heads), queries = rng.integers(1, 3), heads_of(rng), rng.integers(1, 5)
    length, stride = int(rng.integers(1, 5)), int(rng.integers(1, 4))
    tokens = int(rng.integers(0, 14))
    entries = max(0, (tokens - length) // stride + 1)
    tokens = max(0, entries * stride + length - 1) if entries else min(tokens, length - 1)
    q, k = floats(rng, batch, heads, queries, 3), floats(rng, batch, kv_heads, entries, 3)
    v = floats(rng, batch, kv_heads, entries, 2)
    args = [f.arg(a, static=(1,)) for a in (q, k, v)]
    extra, options = [], []
    visible = Visible(rng, f, batch, queries, tokens, must_place=True)
    mask = random_mask(rng, (batch, heads, queries, entries)) if rng.random() < 0.4 else None
    sink = floats(rng, heads) if rng.random() < 0.4 else None
    for b, i in np.ndindex(batch, entries):
        if i * stride + length > visible.first_hidden(b):
            k[b, :, i] = v[b, :, i] = np.nan
    for name, array in [("mask", mask), ("sink", sink)] + visible.clauses:
        if array is not None:
            extra.append(f"{name} {f.arg(array, static=range(4) if name == 'mask' else (0,) * (name == 'sink'))}")
    cap = 1.5 if rng.random() < 0.3 else None
    if cap:
        options.append(f"softcap {cap}")
    expected = attend(q, k, v, 0.75, cap, mask, sink, lambda b, h, s: [
        int(visible.sees(b, s, i * stride + length - 1)) for i in range(entries)])
    text = f.text(f"hadal.compressed_attention {', '.join(args)} {' '.join(extra)} length {length} stride {stride} "
                  f"scale 0.75 {' '.join(options + visible.flags)}",
                  ["tensor<?x?x?x?xf32>", "tensor<?x?x?x?xf32>", "tensor<?x?x?xf32>"])
    return text, f.arrays, list(expected)


def block_importance(rng):
    f = Function(rng)
    stride = int(rng.integers(1, 5))
    length, block = stride * int(rng.integers(1, 5)), stride * int(rng.integers(1, 5))
    entries, blocks = int(rng.integers(0, 12)), int(rng.integers(1, 6))
    p = floats(rng, 2, 2, 3, entries)
    arg = f.arg(p)
    out = np.zeros((2, 2, 3, blocks))
    for j in range(blocks):
        for m in range(block // stride):
            for n in range(length // stride):
                i = block // stride * j + m - n
                if 0 <= i < entries:
                    out[..., j] += p[..., i]
    return f.text(f"hadal.block_importance {arg} length {length} stride {stride} block {block}",
                  [f"tensor<?x?x?x{blocks}xf32>"]), f.arrays, [out]


def block_mean(rng):
    f = Function(rng)
    batch, tokens, block = int(rng.integers(1, 4)), int(rng.integers(0, 9)), int(rng.integers(1, 5))
    k = floats(rng, batch, 2, tokens, 3)
    lengths = rng.integers(0, tokens + 1, batch)
    ragged = rng.random() < 0.6
    for b in range(batch if ragged else 0):
        k[b, :, lengths[b]:] = np.nan
    text = f"hadal.block_mean {f.arg(k)} "
    text += f"kv_lengths {f.arg(lengths.astype(np.int64))} " if ragged else ""
    out = np.zeros((batch, 2, -(-tokens // block), 3))
    for b, j in np.ndindex(batch, out.shape[2]):
        end = min((j + 1) * block, lengths[b] if ragged else tokens)
        if j * block < end:
            out[b, :, j] = k[b, :, j * block:end].astype(np.float64).mean(axis=1)
    return f.text(text + f"block {block}", ["tensor<?x?x?x?xf32>"]), f.arrays, [out]


def block_scores(rng):
    f = Function(rng)
    heads, kv_heads = heads_of(rng)
    q, means = floats(rng, 2, heads, 3, 4), floats(rng, 2, kv_heads, rng.integers(0, 5), 4)
    out = 0.5 * np.einsum("bhsd,bhjd->bhsj", q.astype(np.float64), means.repeat(heads // kv_heads, axis=1))
    return f.text(f"hadal.block_scores {f.arg(q, static=(1,))}, {f.arg(means, static=(1,))} scale 0.5",
                  ["tensor<?x?x?x?xf32>"]), f.arrays, [out]


def indexer_scores(rng):
    f = Function(rng)
    batch, heads, queries, keys = 2, int(rng.integers(1, 4)), int(rng.integers(1, 4)), int(rng.integers(0, 6))
    q, k, w = floats(rng, batch, heads, queries, 3), floats(rng, batch, keys, 3), floats(rng, batch, queries, heads)
    text = f"hadal.indexer_scores {f.arg(q)}, {f.arg(k)}, {f.arg(w)} "
    q_scales, k_scales = np.ones((batch, heads, queries)), np.ones((batch, keys))
    if rng.random() < 0.5:
        q_scales = np.exp(floats(rng, *q_scales.shape))
        text += f"q_scales {f.arg(q_scales)} "
    if rng.random() < 0.5:
        k_scales = np.exp(floats(rng, *k_scales.shape))
        text += f"k_scales {f.arg(k_scales)} "
    relu = np.maximum(np.einsum("bhsd,btd->bhst", q.astype(np.float64), k), 0)
    out = 0.5 * np.einsum("bhst,bsh,bhs,bt->bst", relu, w, q_scales, k_scales)[:, None]
    return f.text(text + "scale 0.5", ["tensor<?x?x?x?xf32>"]), f.arrays, [out]


def select(rng):
    f = Function(rng)
    batch, queries, share, groups = rng.integers(1, 3), rng.integers(1, 5), rng.integers(1, 4), rng.integers(1, 3)
    candidates, block = int(rng.integers(0, 8)), int(rng.integers(1, 5))
    whole = bool(rng.random() < 0.3)
    first, local = int(rng.integers(0, 3)), int(rng.integers(0, 3))
    count = max(1, first + local) + int(rng.integers(0, 4))
    scores = rng.choice([rng.integers(-2, 3, (batch, groups * share, queries, candidates)).astype(np.float32),
                         floats(rng, batch, groups * share, queries, candidates)])
    for value, part in [(np.nan, 0.1), (MINUS, 0.1), (np.inf, 0.05), (-0.0, 0.1)]:
        scores[rng.random(scores.shape) < part] = value
    tokens = max(0, candidates * block - (0 if whole else int(rng.integers(0, block))))
    visible = Visible(rng, f, batch, queries, tokens, must_place=True)
    if not any(name == "kv_lengths" for name, _ in visible.clauses):
        visible.kv_len[:] = candidates * block
    mask = random_mask(rng, (batch, groups, queries, candidates), boolean_only=True) if rng.random() < 0.4 else None

    def allowed(b, m, s, j):
        token = (j + 1) * block - 1 if whole else j * block
        return visible.sees(b, s, token) and (mask is None or mask_at(mask, b, m, s, j) == 0)

    # What is hidden may hold anything.
    for b, m, s, j in np.ndindex(batch, groups, queries, candidates):
        if not allowed(b, m, s, j):
            scores[b, m * share:(m + 1) * share, s, j] = rng.choice([np.nan, 1e30, MINUS])
    clauses = []
    arg = f.arg(scores, static=(1,))
    for name, array in ([("mask", mask)] if mask is not None else []) + visible.clauses:
        clauses.append(f"{name} {f.arg(array, static=range(4) if name == 'mask' else ())}")
    flags = [f"first {first}", f"local {local}", f"share {share}"] + ["whole"] * whole + visible.flags
    rng.shuffle(flags)

    indices = np.full((batch, groups, queries, count), -1)
    values = np.full((batch, groups, queries, count), MINUS)
    with np.errstate(invalid="ignore"):
        shared = scores.astype(np.float64).reshape(batch, groups, share, queries, candidates).sum(axis=2)
    shared = shared.astype(np.float32)
    for b, m, s in np.ndindex(batch, groups, queries):
        own = visible.pos(b, s) // block
        forced, numbers, nans = [], [], []
        for j in range(candidates):
            if not allowed(b, m, s, j):
                continue
            score = shared[b, m, s, j]
            if j < first or own - local < j <= own:
                forced.append(j)
            elif np.isnan(score):
                nans.append(j)
            elif score != MINUS:
                numbers.append((-score, j))
        chosen = (forced + [j for _, j in sorted(numbers)] + nans)[:count]
        indices[b, m, s, :len(chosen)] = chosen
        values[b, m, s, :len(chosen)] = shared[b, m, s, chosen]
    index = rng.choice(["i32", "i64"])
    text = f.text(f"hadal.select {arg} {' '.join(clauses)} block {block} count {count} {' '.join(flags)}",
                  [f"tensor<?x?x?x{count}x{index}>", f"tensor<?x?x?x{count}xf32>"])
    return text, f.arrays, [indices, values]


def selected_attention(rng):
    f = Function(rng)
    batch, (heads, kv_heads), queries = int(rng.integers(1, 3)), heads_of(rng), int(rng.integers(1, 5))
    tokens, block = int(rng.integers(1, 12)), int(rng.integers(1, 5))
    lists = int(rng.choice([n for n in range(1, heads + 1) if heads % n == 0]))
    q, k = floats(rng, batch, heads, queries, 3), floats(rng, batch, kv_heads, tokens, 3)
    v = floats(rng, batch, kv_heads, tokens, 2)
    blocks = -(-tokens // block)
    indices = rng.integers(-1, blocks, (batch, lists, queries, rng.integers(0, 6))).astype(
        rng.choice([np.int32, np.int64]))
    args = [f.arg(a, static=(1,)) for a in (q, k, v, indices)]
    visible = Visible(rng, f, batch, queries, tokens, must_place=False)
    mask = random_mask(rng, (batch, heads, queries, tokens)) if rng.random() < 0.4 else None
    sink = floats(rng, heads) if rng.random() < 0.4 else None
    for b in range(batch):
        k[b, :, visible.first_hidden(b):] = v[b, :, visible.first_hidden(b):] = np.nan
    clauses = [f"{name} {f.arg(array, static=range(4) if name == 'mask' else (0,) * (name == 'sink'))}"
               for name, array in [("mask", mask), ("sink", sink)] + visible.clauses if array is not None]
    flags = list(visible.flags)
    union = rng.random() < 0.5
    if union:
        flags.append("union")

    def counts(b, h, s):
        row = indices[b, h // (heads // lists), s]
        times = [int(np.sum(row == t // block)) if visible.sees(b, s, t) else 0 for t in range(tokens)]
        return [min(n, 1) for n in times] if union else times

    out, _, lse = attend(q, k, v, 0.75, None, mask, sink, counts)
    text = f.text(f"hadal.selected_attention {', '.join(args)} {' '.join(clauses)} block {block} scale 0.75 "
                  f"{' '.join(flags)}", ["tensor<?x?x?x?xf32>", "tensor<?x?x?xf32>"])
    return text, f.arrays, [out, lse]


def gated_combine(rng):
    f = Function(rng)
    branches = [floats(rng, 2, 3, 4, 2) for _ in range(rng.integers(1, 4))]
    gates = floats(rng, 2, 3, 4, len(branches))
    sigmoid = rng.random() < 0.5
    factors = 1 / (1 + np.exp(-gates.astype(np.float64))) if sigmoid else gates
    out = sum(factors[..., c:c + 1] * branch for c, branch in enumerate(branches))
    names = ", ".join(f.arg(branch) for branch in branches)
    return f.text(f"hadal.gated_combine {names} gates {f.arg(gates, static=(3,))} {'sigmoid' * sigmoid}",
                  ["tensor<?x?x?x?xf32>"]), f.arrays, [out]


def everything_selected(rng):
    """All blocks selected once: attention itself. Both in one function."""
    batch, (heads, kv_heads), queries = 2, heads_of(rng), int(rng.integers(1, 4))
    tokens, block = queries + int(rng.integers(0, 6)), int(rng.integers(1, 5))
    q, k, v = (floats(rng, batch, h, n, 3) for h, n in [(heads, queries), (kv_heads, tokens), (kv_heads, tokens)])
    blocks = -(-tokens // block)
    indices = rng.permuted(np.tile(np.arange(blocks), (batch, 1, queries, 1)), axis=3).astype(np.int32)
    types = [f"tensor<{'x'.join(map(str, a.shape))}x{TYPES[a.dtype.name]}>" for a in (q, k, v, indices)]
    result = types[0]
    text = (f"func.func @f(%q: {types[0]}, %k: {types[1]}, %v: {types[2]}, %i: {types[3]}) -> {result} {{\n"
            f"  %r = hadal.selected_attention %q, %k, %v, %i block {block} scale 0.5 causal : ({', '.join(types)}) -> {result}\n"
            f"  %e = hadal.attention %q, %k, %v scale 0.5 causal : ({', '.join(types[:3])}) -> {result}\n"
            f"  check.expect_close %r, %e tolerance 1.0e-6 : {result}, {result}\n  return %r : {result}\n}}\n")
    out = attend(q, k, v, 0.5, None, None, None,
                 lambda b, h, s: [int(t <= s + tokens - queries) for t in range(tokens)])[0]
    return text, [q, k, v, indices], [out]


OPS = [compress, compressed_attention, block_importance, block_mean, block_scores, indexer_scores, select,
       selected_attention, gated_combine, everything_selected]


def same(actual, expected):
    if actual.shape != expected.shape:
        return False
    if actual.dtype.kind == "i":
        return np.array_equal(actual, expected)
    return np.allclose(actual, expected, rtol=1e-5, atol=1e-6, equal_nan=True)


def run(file, folder, expected, target):
    """Runs a file on the inputs of the folder; what is wrong, or nothing."""
    result = subprocess.run(["hadal-run", f"--target={target}", str(file), f"--inputs={folder / 'in.npz'}",
                             f"--output-dir={folder}"], capture_output=True, text=True, check=False)
    if result.returncode:
        return result.stderr
    outputs = np.load(folder / "outputs.npz")
    for n, array in enumerate(expected):
        if not same(outputs[f"out{n}"], array):
            return f"output {n} is\n{outputs[f'out{n}']}\nnot\n{array}"
    return None


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--only")
    parser.add_argument("--target", default="reference", help="what runs the operations: reference, cpu, emulator")
    arguments = parser.parse_args()
    wrong = 0
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        for op in OPS:
            if arguments.only and op.__name__ != arguments.only:
                continue
            if op is everything_selected and arguments.target != "reference":
                continue  # its function checks itself, which kernels do not
            failed = 0
            for seed in range(arguments.first, arguments.first + arguments.seeds):
                text, inputs, expected = op(np.random.default_rng(seed))
                (folder / "whole.mlir").write_text(text)
                np.savez(folder / "in.npz", **{f"arg{n}": array for n, array in enumerate(inputs)})
                problem = run(folder / "whole.mlir", folder, expected, arguments.target)
                if not problem:
                    result = subprocess.run(["hadal-opt", str(folder / "whole.mlir"), "--hadal-decompose=level=linalg",
                                             "-o", str(folder / "parts.mlir")], capture_output=True, text=True,
                                            check=False)
                    parts = (folder / "parts.mlir").read_text() if result.returncode == 0 else ""
                    problem = result.stderr or run(folder / "parts.mlir", folder, expected, arguments.target)
                    if not problem and f"hadal.{op.__name__} " in parts:
                        problem = "is not decomposed"
                    if problem:
                        problem = "taken apart: " + problem
                if problem:
                    failed += 1
                    print(f"{op.__name__}, seed {seed}: {problem}\n{text}")
            print(f"{op.__name__}: {'WRONG in ' + str(failed) if failed else 'right in all'} of {arguments.seeds}")
            wrong += failed
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
