#!/usr/bin/env python3
"""Whole sparse attentions on random shapes: reference = numpy = parts, the future changes nothing, steps = prefill.

    sparse_models.py FOLDER [SEED...]      # needs hadal-opt and hadal-run in PATH; exit status 1 at the first difference
"""
import pathlib
import subprocess
import sys

import numpy as np

FOLDER = None
# As the attributes hold them.
SCALE, INDEX_SCALE, EPSILON = (float(np.float32(x)) for x in (0.4, 0.7, 1e-5))


# --- what the operations mean, in numpy ------------------------------------------------------------------------------


def attend(q, keys, values, scale, sink=None, softcap=None):
    """out and lse of one query over a list of keys."""
    if len(keys) == 0:
        return np.zeros(values.shape[-1]), -np.inf
    z = scale * (keys @ q)
    if softcap:
        z = softcap * np.tanh(z / softcap)
    top = z.max()
    e = np.exp(z - top)
    lse = top + np.log(e.sum())
    total = e.sum() + (0 if sink is None else np.exp(sink - top))
    return (e / total) @ values, lse


def best(scores, count, allowed, forced=()):
    """Forced first, then by f32 score and lowest index."""
    scores = np.asarray(scores, np.float32)
    order = sorted(allowed, key=lambda j: (j not in forced, 0 if j in forced else -scores[j], j))
    return order[:count]


class Case:
    """Sizes, lengths and offsets of one random case."""

    def __init__(self, rng):
        self.rng = rng
        self.B, self.Hkv, self.g = (int(rng.integers(1, 3)) for _ in range(3))
        self.H = self.Hkv * self.g
        self.T = int(rng.integers(1, 23))
        self.S = int(rng.integers(1, self.T + 1))
        self.D, self.Dv = int(rng.integers(1, 4)) * 2, int(rng.integers(1, 6))
        self.q_lengths = self.kv_lengths = self.offsets = None
        kind = int(rng.integers(0, 4))
        if kind in (1, 2):
            self.kv_lengths = rng.integers(0, self.T + 1, self.B).astype(np.int32)
        if kind == 2:
            self.q_lengths = np.minimum(rng.integers(0, self.S + 1, self.B), self.kv_lengths).astype(np.int32)
        if kind == 3:
            self.offsets = rng.integers(-2, self.T, self.B).astype(np.int32)

    def draw(self, *shape):
        return self.rng.standard_normal(shape)

    def visible(self):
        """(b, s, position, how many keys are visible) of every query that is not padding."""
        for b in range(self.B):
            q_length = self.S if self.q_lengths is None else int(self.q_lengths[b])
            kv_length = self.T if self.kv_lengths is None else int(self.kv_lengths[b])
            offset = kv_length - q_length if self.offsets is None else int(self.offsets[b])
            for s in range(q_length):
                yield b, s, s + offset, max(0, min(kv_length, s + offset + 1))

    def lengths(self):
        clauses, operands = "", {}
        for name in ("q_lengths", "kv_lengths", "offsets"):
            if getattr(self, name) is not None:
                clauses += f" {name} %{name}"
                operands[name] = getattr(self, name)
        return clauses, operands


def nsa(c):
    stride = int(c.rng.integers(1, 4))
    length, block = stride * int(c.rng.integers(1, 4)), stride * int(c.rng.integers(1, 4))
    first, local = int(c.rng.integers(0, 2)), int(c.rng.integers(0, 3))
    count, window = max(1, first + local) + int(c.rng.integers(0, 2)), int(c.rng.integers(1, 9))
    kind = ["mean", "weighted", "linear", "mlp"][int(c.rng.integers(0, 4))]
    x = {"q": c.draw(c.B, c.H, c.S, c.D)}
    for branch in ("cmp", "slc", "win"):
        x["k_" + branch], x["v_" + branch] = c.draw(c.B, c.Hkv, c.T, c.D), c.draw(c.B, c.Hkv, c.T, c.Dv)
    x["gates"] = c.draw(c.B, c.H, c.S, 3)
    clauses = ""
    for p, size in (("k", c.D), ("v", c.Dv)):
        own = c.Hkv if c.rng.integers(0, 2) else 1
        if kind == "weighted":
            x[p + "_weight"] = c.draw(own, length)
        elif kind == "linear":
            x[p + "_weight"] = c.draw(own, length, size, size)
        elif kind == "mlp":
            x[p + "_w1"], x[p + "_bias1"] = c.draw(own, length * size, 3), c.draw(own, 3)
            x[p + "_w2"], x[p + "_bias2"] = c.draw(own, 3, size), c.draw(own, size)
        if c.rng.integers(0, 2):
            x[p + "_pe"] = c.draw(own, length, size)
    clauses += "".join(f" {name} %{name}" for name in x if name[:2] in ("k_", "v_") and name[2:] not in
                       ("cmp", "slc", "win"))
    more, lengths = c.lengths()

    def compress(tokens, p, m):
        def of_head(name):
            parameter = x.get(p + name)
            return None if parameter is None else parameter[m if len(parameter) > 1 else 0]

        out = []
        for i in range(0, c.T - length + 1, stride):
            rows = tokens[i:i + length] + (0 if of_head("_pe") is None else of_head("_pe"))
            if kind == "mean":
                out.append(rows.mean(0))
            elif kind == "weighted":
                out.append(of_head("_weight") @ rows)
            elif kind == "linear":
                out.append(np.einsum("rc,rce->e", rows, of_head("_weight")))
            else:
                hidden = np.maximum(rows.reshape(-1) @ of_head("_w1") + of_head("_bias1"), 0)
                out.append(hidden @ of_head("_w2") + of_head("_bias2"))
        return np.array(out).reshape(len(out), tokens.shape[1])

    def expected():
        result = np.zeros((c.B, c.H, c.S, c.Dv))
        for b, s, position, end in c.visible():
            gate = 1 / (1 + np.exp(-x["gates"][b, :, s]))
            for m in range(c.Hkv):
                keys, values = compress(x["k_cmp"][b, m], "k", m), compress(x["v_cmp"][b, m], "v", m)
                seen = [i for i in range(len(keys)) if i * stride + length <= end]
                blocks = -(-c.T // block)
                importance = np.zeros(blocks)
                for h in range(m * c.g, (m + 1) * c.g):
                    q = x["q"][b, h, s]
                    result[b, h, s] += gate[h, 0] * attend(q, keys[seen], values[seen], SCALE)[0]
                    if seen:
                        z = np.exp(SCALE * keys[seen] @ q)
                        p = np.zeros(len(keys))
                        p[seen] = z / z.sum()
                        # Equation 9, as it is printed, counted from 0.
                        for j in range(blocks):
                            for u in range(block // stride):
                                for n in range(length // stride):
                                    i = block // stride * j + u - n
                                    importance[j] += p[i] if 0 <= i < len(keys) else 0
                own = position // block
                allowed = [j for j in range(blocks) if j * block < end]
                forced = {j for j in allowed if j < first or own - local < j <= own}
                chosen = best(importance, count, allowed, forced)
                selected = [t for j in chosen for t in range(j * block, min(j * block + block, end))]
                last = [t for t in range(end) if t > position - window]
                for h in range(m * c.g, (m + 1) * c.g):
                    for n, branch, tokens in ((1, "slc", selected), (2, "win", last)):
                        k, v = x["k_" + branch][b, m], x["v_" + branch][b, m]
                        result[b, h, s] += gate[h, n] * attend(x["q"][b, h, s], k[tokens], v[tokens], SCALE)[0]
        return [result]

    activation = " activation relu" if kind == "mlp" else ""
    text = (f"hadal.nsa %q, %k_cmp, %v_cmp, %k_slc, %v_slc, %k_win, %v_win gates %gates{clauses}{more} compress {kind} "
            f"length {length} stride {stride}{activation} select block {block} count {count} first {first} "
            f"local {local} window {window} scale 0.4 causal sigmoid")
    order = ["q", "k_cmp", "v_cmp", "k_slc", "v_slc", "k_win", "v_win", "gates"] + [
        p + name for p in "kv" for name in ("_weight", "_w1", "_bias1", "_w2", "_bias2", "_pe") if p + name in x]
    tokens = {name: 2 for name in order if name[2:] in ("cmp", "slc", "win")}
    return text, {**{n: x[n] for n in order}, **lengths}, expected, [(c.B, c.H, c.S, c.Dv)], tokens, {
        "q": 2, "gates": 2}


def indexer(x, b, s, keys, heads):
    return [INDEX_SCALE * sum(x["index_w"][b, s, h] * max(0.0, float(x["index_q"][b, h, s] @ key)) for h in range(heads))
            for key in keys]


def dsa(c):
    heads, top, size = int(c.rng.integers(1, 4)), int(c.rng.integers(1, 9)), 3
    latent = bool(c.rng.integers(0, 2))
    x = {"q": c.draw(c.B, c.H, c.S, c.D)}
    rope = int(c.rng.integers(0, c.D)) if latent else 0
    nope = c.D - rope
    if latent:
        c.Hkv, c.g = 1, c.H
        x["k"], x["v"] = c.draw(c.B, 1, c.T, 4 + rope), c.draw(c.B, 1, c.T, 4)
    else:
        x["k"], x["v"] = c.draw(c.B, c.Hkv, c.T, c.D), c.draw(c.B, c.Hkv, c.T, c.Dv)
    x["index_q"], x["index_k"] = c.draw(c.B, heads, c.S, size), c.draw(c.B, c.T, size)
    x["index_w"] = c.draw(c.B, c.S, heads)
    clauses = ""
    if latent:
        x["w_kv"] = c.draw(4, c.H, nope + c.Dv)
        clauses += " w_kv %w_kv"
    if c.rng.integers(0, 2):
        x["sink"] = c.draw(c.H)
        clauses += " sink %sink"
    more, lengths = c.lengths()

    def expected():
        out, lse = np.zeros((c.B, c.H, c.S, c.Dv)), np.full((c.B, c.H, c.S), -np.inf)
        for b, s, _, end in c.visible():
            chosen = best(indexer(x, b, s, x["index_k"][b, :end], heads), top, range(end))
            for h in range(c.H):
                k, v = x["k"][b, h // c.g][chosen], x["v"][b, h // c.g][chosen]
                if latent:
                    w = x["w_kv"][:, h]
                    k, v = np.concatenate([k[:, :4] @ w[:, :nope], k[:, 4:]], 1), v @ w[:, nope:]
                sink = x["sink"][h] if "sink" in x else None
                out[b, h, s], lse[b, h, s] = attend(x["q"][b, h, s], k, v, SCALE, sink)
        return [out, lse]

    text = (f"hadal.dsa %q, %k, %v index %index_q, %index_k, %index_w{clauses}{more} top {top} index_scale 0.7 "
            "scale 0.4 causal")
    return text, {**x, **lengths}, expected, [(c.B, c.H, c.S, c.Dv), (c.B, c.H, c.S)], {
        "k": 2, "v": 2, "index_k": 1}, {"q": 2, "index_q": 2, "index_w": 1}


def moba(c):
    block, top = int(c.rng.integers(1, 6)), int(c.rng.integers(1, 4))
    x = {"q": c.draw(c.B, c.H, c.S, c.D), "k": c.draw(c.B, c.Hkv, c.T, c.D), "v": c.draw(c.B, c.Hkv, c.T, c.Dv)}
    clauses = ""
    if c.rng.integers(0, 2):
        x["sink"] = c.draw(c.H)
        clauses = " sink %sink"
    more, lengths = c.lengths()

    def expected():
        out, lse = np.zeros((c.B, c.H, c.S, c.Dv)), np.full((c.B, c.H, c.S), -np.inf)
        for b, s, position, end in c.visible():
            for h in range(c.H):
                k, v, q = x["k"][b, h // c.g], x["v"][b, h // c.g], x["q"][b, h, s]
                length = c.T if c.kv_lengths is None else int(c.kv_lengths[b])
                own = position // block
                allowed = [j for j in range(-(-c.T // block)) if j * block < end]
                scores = [q @ k[j * block:min((j + 1) * block, length)].mean(0) for j in allowed]
                chosen = best(scores, top, allowed, {own})
                tokens = [t for j in chosen for t in range(j * block, min(j * block + block, end))]
                sink = x["sink"][h] if "sink" in x else None
                out[b, h, s], lse[b, h, s] = attend(q, k[tokens], v[tokens], SCALE, sink, 3.0)
        return [out, lse]

    text = f"hadal.moba %q, %k, %v{clauses}{more} block {block} top {top} scale 0.4 causal softcap 3.0"
    return text, {**x, **lengths}, expected, [(c.B, c.H, c.S, c.Dv), (c.B, c.H, c.S)], {"k": 2, "v": 2}, {"q": 2}


def rotated(x, cos, sin):
    """The last columns, interleaved, by the angles of each row."""
    size = 2 * cos.shape[-1]
    rest, pairs = x[..., :-size], x[..., -size:].reshape(*x.shape[:-1], size // 2, 2)
    turned = np.stack([pairs[..., 0] * cos - pairs[..., 1] * sin, pairs[..., 1] * cos + pairs[..., 0] * sin], -1)
    return np.concatenate([rest, turned.reshape(*x.shape[:-1], size)], -1)


def entries_of(content, gates, bias, norm, cos, sin, m, overlaps):
    """content [T, columns] to entries [T // m, D]."""
    size = content.shape[1] // (2 if overlaps else 1)
    out = []
    for i in range(len(content) // m):
        rows = slice(i * m, i * m + m)
        x, z = content[rows, -size:], (gates[rows] + bias)[:, -size:]
        if overlaps and i:
            before = slice(i * m - m, i * m)
            x = np.concatenate([content[before, :size], x])
            z = np.concatenate([(gates[before] + bias)[:, :size], z])
        e = np.exp(z - z.max(0))
        out.append((e / e.sum(0) * x).sum(0))
    out = np.array(out).reshape(len(out), size)
    if norm is not None:
        out = out / np.sqrt((out**2).mean(-1, keepdims=True) + EPSILON) * norm
    return rotated(out, cos, sin) if len(out) else out


def compressed(c, sparse):
    m, window, top = int(c.rng.integers(1, 5)), int(c.rng.integers(1, 7)), int(c.rng.integers(1, 4))
    heads, size = int(c.rng.integers(1, 3)), 4
    factor = 2 if sparse else 1
    has_bias, has_norm, has_sink = (bool(c.rng.integers(0, 2)) for _ in range(3))
    x = {"q": c.draw(c.B, c.H, c.S, c.D), "kv": c.draw(c.B, c.Hkv, c.T, c.D),
         "c": c.draw(c.B, c.Hkv, c.T, factor * c.D)}
    if sparse:
        x["index_q"], x["index_c"] = c.draw(c.B, heads, c.S, size), c.draw(c.B, c.T, 2 * size)
        x["index_w"] = c.draw(c.B, c.S, heads)
    pairs = [("gates", (c.B, c.Hkv, c.T, factor * c.D), (c.B, c.T, 2 * size))]
    pairs += [("bias", (m, factor * c.D), (m, 2 * size))] if has_bias else []
    pairs += [("norm", (c.D,), (size,))] if has_norm else []
    clauses = ""
    for name, shape, index_shape in pairs:
        x[name] = c.draw(*shape)
        if sparse:
            x["index_" + name] = c.draw(*index_shape)
        clauses += f" {name} %{name}" + (f", %index_{name}" if sparse else "")
        clauses += " epsilon 1.0e-5" if name == "norm" else ""
    angles = c.draw(1 if c.rng.integers(0, 2) else c.B, c.T // m, 1)
    x["cos"], x["sin"] = np.cos(angles), np.sin(angles)
    clauses += " rope %cos, %sin interleaved"
    if has_sink:
        x["sink"] = c.draw(c.H)
        clauses += " sink %sink"
    more, lengths = c.lengths()

    def expected():
        out, lse = np.zeros((c.B, c.H, c.S, c.D)), np.full((c.B, c.H, c.S), -np.inf)
        for b, s, position, end in c.visible():
            at = b if len(angles) > 1 else 0
            past = end // m
            chosen = list(range(past))
            if sparse:
                keys = entries_of(x["index_c"][b], x["index_gates"][b], x["index_bias"] if has_bias else 0,
                                  x.get("index_norm"), x["cos"][at], x["sin"][at], m, True)
                chosen = best(indexer(x, b, s, keys[:past], heads), top, range(past))
            tokens = [t for t in range(end) if t > position - window]
            for h in range(c.H):
                e = entries_of(x["c"][b, h // c.g], x["gates"][b, h // c.g], x["bias"] if has_bias else 0,
                               x.get("norm"), x["cos"][at], x["sin"][at], m, sparse)
                keys = np.concatenate([e[chosen], x["kv"][b, h // c.g][tokens]])
                sink = x["sink"][h] if has_sink else None
                out[b, h, s], lse[b, h, s] = attend(x["q"][b, h, s], keys, keys, SCALE, sink)
        return [out, lse]

    if sparse:
        text = f"hadal.csa %q, %kv, %c index %index_q, %index_c, %index_w{clauses}{more} compress {m} top {top} " \
               f"window {window} index_scale 0.7 scale 0.4 causal"
    else:
        text = f"hadal.hca %q, %kv, %c{clauses}{more} compress {m} window {window} scale 0.4 causal"
    tokens = {"kv": 2, "c": 2, "gates": 2, "index_c": 1, "index_gates": 1}
    return text, {**x, **lengths}, expected, [(c.B, c.H, c.S, c.D), (c.B, c.H, c.S)], {
        n: d for n, d in tokens.items() if n in x}, {
            n: d for n, d in {"q": 2, "index_q": 2, "index_w": 1}.items() if n in x}


OPERATIONS = {"nsa": nsa, "dsa": dsa, "moba": moba, "csa": lambda c: compressed(c, True),
              "hca": lambda c: compressed(c, False)}


# --- running them ----------------------------------------------------------------------------------------------------


def module(text, inputs, results, dynamic):
    """The operation as a function; those in `dynamic` have only their last dimension static."""
    def type_of(shape, dtype, is_dynamic=False):
        sizes = ["?" if is_dynamic and n < len(shape) - 1 else str(size) for n, size in enumerate(shape)]
        return f"tensor<{'x'.join(sizes + [dtype])}>"

    types = {name: type_of(value.shape, "i32" if value.dtype == np.int32 else "f64", name in dynamic)
             for name, value in inputs.items()}
    result_types = [type_of(shape, "f64", "result" in dynamic) for shape in results]
    arguments = ", ".join(f"%{name}: {of}" for name, of in types.items())
    names = ", ".join(f"%r{n}" for n in range(len(results)))
    listed = ", ".join(result_types)
    return (f"func.func @main({arguments}) -> ({listed}) {{\n  {names} = {text}\n      : ({', '.join(types.values())}) "
            f"-> ({listed})\n  return {names} : {listed}\n}}\n")


def run(path, inputs):
    np.savez(FOLDER / "in.npz", **{f"arg{n}": value for n, value in enumerate(inputs.values())})
    done = subprocess.run(["hadal-run", str(path), "--target=reference", f"--inputs={FOLDER / 'in.npz'}",
                           f"--output-dir={FOLDER}"], capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{path}: {done.stderr}")
    with np.load(FOLDER / "outputs.npz") as outputs:
        return [outputs[name] for name in outputs.files]


def compare(what, got, want, tolerance=1e-9):
    for n, (a, b) in enumerate(zip(got, want)):
        same = (a == b) | (np.isnan(a) & np.isnan(b))
        error = np.abs(np.subtract(a, b, where=~same, out=np.zeros_like(b))).max() if a.size else 0
        if not error <= tolerance * max(1, np.abs(np.where(np.isfinite(b), b, 0)).max() if b.size else 1):
            sys.exit(f"{what}: result {n} differs by {error}")


def check(name, seed):
    c = Case(np.random.default_rng([seed, list(OPERATIONS).index(name)]))
    text, inputs, expected, results, tokens, queries = OPERATIONS[name](c)
    what = f"{name}, seed {seed}"
    static, dynamic = FOLDER / "static.mlir", FOLDER / "dynamic.mlir"
    static.write_text(module(text, inputs, results, set()))
    dynamic.write_text(module(text, inputs, results, {*tokens, *queries, "cos", "sin", "result"}))
    want = expected()
    compare(what + ": numpy", run(static, inputs), want)
    for path in (static, dynamic):
        parts = FOLDER / "parts.mlir"
        subprocess.run(["hadal-opt", str(path), "--hadal-decompose=level=parts", "-o", str(parts)], check=True)
        if f"hadal.{name} " in parts.read_text():
            sys.exit(f"{what}: not decomposed")
        compare(f"{what}: parts of {path.name}", run(parts, inputs), want)

    linalg = FOLDER / "linalg.mlir"
    subprocess.run(["hadal-opt", str(dynamic), "--hadal-decompose=level=linalg", "-o", str(linalg)], check=True)
    compare(what + ": linalg", run(linalg, inputs), want, 1e-4)

    # What lies behind the last visible key of all queries may hold anything, and so may queries that are padding.
    last = max((end for *_, end in c.visible()), default=0)
    hidden = {n: value.copy() for n, value in inputs.items()}
    for n, dim in tokens.items():
        hidden[n][(slice(None),) * dim + (slice(last, None),)] = np.nan
    for n, dim in queries.items():
        for b in range(c.B if c.q_lengths is not None else 0):
            hidden[n][(b,) + (slice(None),) * (dim - 1) + (slice(int(c.q_lengths[b]), None),)] = np.nan
    compare(what + ": the future", run(static, hidden), want)
    compare(what + ": the future, in parts", run(FOLDER / "parts.mlir", hidden), want)

    # A step of decoding for one query gives its row of the prefill.
    if c.offsets is not None or c.q_lengths is not None or c.kv_lengths is not None or c.T == 0:
        return
    s = int(c.rng.integers(0, c.S))
    length = s + c.T - c.S + 1
    step = {n: value[(slice(None),) * tokens[n] + (slice(0, length),)] if n in tokens else
            value[(slice(None),) * queries[n] + (slice(s, s + 1),)] if n in queries else value
            for n, value in inputs.items()}
    for n in ("cos", "sin"):
        if n in step:
            step[n] = step[n][:, :length // int(text.split("compress ")[1].split()[0])]
    path = FOLDER / "step.mlir"
    path.write_text(module(text, step, [(shape[0], shape[1], 1, *shape[3:]) for shape in results], set()))
    compare(what + ": a step", run(path, step), [array[:, :, s:s + 1] for array in want])


def main():
    global FOLDER
    FOLDER = pathlib.Path(sys.argv[1])
    FOLDER.mkdir(parents=True, exist_ok=True)
    seeds = [int(seed) for seed in sys.argv[2:]] or range(6)
    for seed in seeds:
        for name in OPERATIONS:
            check(name, seed)
    print(f"{len(seeds) * len(OPERATIONS)} cases agree")


if __name__ == "__main__":
    main()
