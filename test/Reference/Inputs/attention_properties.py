#!/usr/bin/env python3
"""Attention, latents and caches on random shapes and clauses.

    attention_properties.py FOLDER [SEED...]   # needs hadal-opt and hadal-run in PATH; exit status 1 at the first difference

reference = numpy; whole = what it decomposes into; the future, padding and hidden pages change nothing; the merge of any
split = the whole; expanded = absorbed = absorbed by hand; paged = dense; packed = padded.
"""
import pathlib
import subprocess
import sys

import numpy as np

FOLDER = None
SCALE, CAP = 0.375, 1.5
NAN = np.nan
TYPES = {np.dtype(np.float64): "f64", np.dtype(np.float32): "f32", np.dtype(np.int32): "i32", np.dtype(np.int64): "i64",
         np.dtype(bool): "i1"}


def softmax_row(z, values, sink):
    """out and lse of one row: z over the keys that it sees."""
    if len(z) == 0:
        return np.zeros(values.shape[-1]), -np.inf
    top = z.max()
    e = np.exp(z - top)
    total = e.sum() + (0 if sink is None else np.exp(sink - top))
    return e @ values / total, top + np.log(e.sum())


class Case:
    """Random sizes and clauses: `operands` by keyword in the order of the syntax, `flags` behind the scale."""

    def __init__(self, rng, page=None):
        self.rng = rng
        draw = lambda low, high: int(rng.integers(low, high))
        self.B, self.Hkv, self.g = draw(1, 4), draw(1, 3), draw(1, 4)
        self.H = self.Hkv * self.g
        self.S = draw(0, 6) if draw(0, 4) == 0 else draw(1, 6)
        self.T = page * draw(0, 4) if page else (0 if draw(0, 8) == 0 else draw(1, 12))
        self.D, self.Dv = draw(1, 5), draw(1, 5)
        self.operands, self.flags = {}, ""
        some = lambda: draw(0, 2) == 0
        shape = [self.B, self.H, self.S, self.T]
        masked = [size if some() else 1 for size in shape]
        if some():
            mask = rng.standard_normal(masked)
            hides = rng.random(masked) < 0.3
            self.operands["mask"] = ~hides if some() else np.where(hides, -np.inf, mask)
        if some():
            self.operands["sink"] = rng.standard_normal(self.H)
        if some():
            self.operands["q_lengths"] = rng.integers(0, self.S + 1, self.B).astype(rng.choice([np.int32, np.int64]))
        if some() or page:
            self.operands["kv_lengths"] = rng.integers(0, self.T + 1, self.B).astype(rng.choice([np.int32, np.int64]))
        self.causal, self.window, self.offset = some(), None, None
        if self.causal:
            self.flags += " causal"
            if some():
                self.window = draw(1, 6)
                self.flags += f" window {self.window}"
            if some():
                self.offset = draw(-2, self.T + 2)
                self.flags += f" offset {self.offset}"
            elif some():
                self.operands["offsets"] = rng.integers(-2, self.T + 2, self.B).astype(np.int32)
        self.cap = CAP if some() else None
        if self.cap:
            self.flags += f" softcap {CAP}"

    def draw(self, *shape):
        return self.rng.standard_normal(shape)

    def queries(self, b):
        lengths = self.operands.get("q_lengths")
        return self.S if lengths is None else int(lengths[b])

    def keys(self, b):
        lengths = self.operands.get("kv_lengths")
        return self.T if lengths is None else int(lengths[b])

    def position(self, b, s):
        if "offsets" in self.operands:
            return s + int(self.operands["offsets"][b])
        return s + (self.keys(b) - self.queries(b) if self.offset is None else self.offset)

    def visible(self):
        """[B, H, S, T]: what each query sees; with the float mask's −inf."""
        seen = np.zeros((self.B, self.H, self.S, self.T), bool)
        for b in range(self.B):
            for s in range(self.queries(b)):
                for t in range(self.keys(b)):
                    p = self.position(b, s)
                    seen[b, :, s, t] = not self.causal or (t <= p and (self.window is None or t > p - self.window))
        mask = self.operands.get("mask")
        if mask is not None:
            seen &= mask if mask.dtype == bool else mask > -np.inf
        return seen

    def attend(self, q, k, v, seen=None):
        seen = self.visible() if seen is None else seen
        out, lse = np.zeros((self.B, self.H, self.S, v.shape[3])), np.full((self.B, self.H, self.S), -np.inf)
        mask, sink = self.operands.get("mask"), self.operands.get("sink")
        added = np.zeros(seen.shape) if mask is None or mask.dtype == bool else np.broadcast_to(mask, seen.shape)
        for b, h, s in np.ndindex(*lse.shape):
            at = np.flatnonzero(seen[b, h, s])
            z = SCALE * (k[b, h // self.g, at] @ q[b, h, s])
            if self.cap:
                z = self.cap * np.tanh(z / self.cap)
            z = z + added[b, h, s, at]
            out[b, h, s], lse[b, h, s] = softmax_row(z, v[b, h // self.g, at], None if sink is None else sink[h])
        return out, lse

    def clauses(self, without=()):
        before = "".join(f" {name} %{name}" for name in self.operands if name not in without)
        return before, {name: value for name, value in self.operands.items() if name not in without}


# --- running ---------------------------------------------------------------------------------------------------------


def type_of(value, dynamic=()):
    value = np.asarray(value)
    sizes = "".join(f"{'?' if dim in dynamic else size}x" for dim, size in enumerate(value.shape))
    return f"tensor<{sizes}{TYPES[value.dtype]}>"


class Module:
    """One function: inputs by name, operations as text, results by name and type."""

    def __init__(self, dynamic=False):
        self.inputs, self.body, self.results, self.dynamic = {}, [], [], dynamic

    def type(self, value):
        value = np.asarray(value)
        # Heads and head sizes stay static: decompositions need them.
        fixed = {4: (1, 3), 3: (0, 1, 2)}.get(value.ndim, (0,))
        return type_of(value, [d for d in range(value.ndim) if self.dynamic and d not in fixed])

    def input(self, name, value):
        self.inputs[name] = np.asarray(value)
        return name

    def op(self, results, name, head, operands, tail, shapes):
        """`head` has one %s for each of the first operands; those with keywords follow from `tail[0]`."""
        types = ", ".join(self.type(self.inputs[operand]) for operand in operands)
        outs = [self.type(np.zeros(shape)) for shape in shapes]
        left = ", ".join(f"%{result}" for result in results)
        self.body.append(f"  {left} = hadal.{name} {head}{tail} : ({types}) -> ({', '.join(outs)})")
        for result, shape in zip(results, shapes):
            self.inputs[result] = np.zeros(shape)
        return results

    def text(self, results, arguments):
        sig = ", ".join(f"%{name}: {self.type(self.inputs[name])}" for name in arguments)
        types = ", ".join(self.type(self.inputs[name]) for name in results)
        values = ", ".join(f"%{name}" for name in results)
        return f"func.func @f({sig}) -> ({types}) {{\n" + "\n".join(self.body) + f"\n  return {values} : {types}\n}}\n"


def execute(path, arguments):
    np.savez(FOLDER / "in.npz", **{f"arg{n}": value for n, value in enumerate(arguments)})
    done = subprocess.run(["hadal-run", str(path), "--target=reference", f"--inputs={FOLDER / 'in.npz'}",
                           f"--output-dir={FOLDER}"], capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{path}: {done.stderr}\n{path.read_text()}")
    with np.load(FOLDER / "outputs.npz") as outputs:
        return [outputs[name] for name in outputs.files]


def compare(what, got, want, tolerance=1e-9):
    for n, (a, b) in enumerate(zip(got, want)):
        if a.shape != b.shape or not np.allclose(a, b, rtol=tolerance, atol=tolerance):
            sys.exit(f"{what}: result {n} differs:\n{a}\n{b}")


def check(what, module, results, want, decompose=True, tolerance=1e-9):
    """The function gives `want`, and so does what it decomposes into."""
    arguments = [name for name in module.inputs if name not in module.made]
    text = module.text(results, arguments)
    path = FOLDER / "f.mlir"
    path.write_text(text)
    values = [module.inputs[name] for name in arguments]
    compare(what, execute(path, values), want, tolerance)
    if decompose:
        low = FOLDER / "low.mlir"
        done = subprocess.run(["hadal-opt", str(path), "--hadal-decompose=level=linalg", "-o", str(low)],
                              capture_output=True, text=True)
        if done.returncode:
            sys.exit(f"{what}: {done.stderr}\n{text}")
        left = [line for line in low.read_text().splitlines() if "hadal." in line and not any(
            f"hadal.{op} " in line for op in ("gather", "gather_nd", "gather_elements", "scatter_nd"))]
        if left:
            sys.exit(f"{what}: not decomposed: {left[0]}")
        compare(what + ", decomposed", execute(low, values), want, max(tolerance, 1e-6))


def build(dynamic):
    module = Module(dynamic)
    module.made = set()
    return module


def add(module, results, name, plain, clauses, flags, shapes, scale=True, between=""):
    """An operation over `plain` operands and clauses by keyword."""
    keys, operands = clauses
    for key, value in operands.items():
        module.input(key, value)
    head = ", ".join(f"%{x}" for x in plain) + between
    extra = [word[1:] for word in between.split() if word.startswith("%")]
    module.op(results, name, head + keys, list(plain) + extra + list(operands),
              (f" scale {SCALE}" if scale else "") + flags, shapes)
    module.made |= set(results)


# --- cases -----------------------------------------------------------------------------------------------------------


def attention(rng, dynamic):
    """numpy, decomposition; hidden keys and padding are NaN; the sink and the lse."""
    c = Case(rng)
    q, k, v = c.draw(c.B, c.H, c.S, c.D), c.draw(c.B, c.Hkv, c.T, c.D), c.draw(c.B, c.Hkv, c.T, c.Dv)
    want = c.attend(q, k, v)
    seen = c.visible()
    for b in range(c.B):
        q[b, :, c.queries(b):] = NAN
        for h in range(c.Hkv):
            hidden = ~seen[b, h * c.g:(h + 1) * c.g].any(axis=(0, 1))
            k[b, h, hidden] = v[b, h, hidden] = NAN
    m = build(dynamic)
    for name, value in (("q", q), ("k", k), ("v", v)):
        m.input(name, value)
    add(m, ["o", "l"], "attention", ["q", "k", "v"], c.clauses(), c.flags, [want[0].shape, want[1].shape])
    check("attention", m, ["o", "l"], want)


def merge(rng, dynamic):
    """Any split of the keys merges to the whole; a part that sees nothing may hold NaN."""
    c = Case(rng)
    q, k, v = c.draw(c.B, c.H, c.S, c.D), c.draw(c.B, c.Hkv, c.T, c.D), c.draw(c.B, c.Hkv, c.T, c.Dv)
    whole, sink = c.attend(q, k, v), c.operands.get("sink")
    parts = int(rng.integers(1, 5))
    owner = rng.integers(0, parts, c.T)
    c.operands.pop("sink", None)
    m = build(dynamic)
    seen = c.visible()
    for n in range(parts):
        out, lse = c.attend(q, k, v, seen & (owner == n))
        out[lse == -np.inf] = NAN
        m.input(f"o{n}", out)
        m.input(f"l{n}", lse)
    outs, lses = [f"o{n}" for n in range(parts)], [f"l{n}" for n in range(parts)]
    head = f"outs({', '.join('%' + x for x in outs)}) lses({', '.join('%' + x for x in lses)})"
    operands = outs + lses
    if sink is not None:
        operands.append(m.input("sink", sink))
        head += " sink %sink"
    m.op(["o", "l"], "merge_attention", head, operands, "", [whole[0].shape, whole[1].shape])
    m.made |= {"o", "l"}
    check("merge", m, ["o", "l"], whole)


def causality(rng, dynamic):
    """A split of causal attention at any query: the earlier rows do not change with later keys and queries."""
    c = Case(rng)
    c.causal, c.T = True, max(c.T, 1)
    c.operands = {name: value for name, value in c.operands.items() if name in ("sink",)}
    c.offset = int(rng.integers(0, c.T))
    c.flags = f" causal offset {c.offset}" + (f" window {c.window}" if c.window else "") + (f" softcap {CAP}" if c.cap else "")
    q, k, v = c.draw(c.B, c.H, c.S, c.D), c.draw(c.B, c.Hkv, c.T, c.D), c.draw(c.B, c.Hkv, c.T, c.Dv)
    results = []
    for future in (0.0, NAN):
        cut = int(c.S // 2)
        q2, k2, v2 = q.copy(), k.copy(), v.copy()
        q2[:, :, cut:] += future
        k2[:, :, c.offset + cut:] += future
        v2[:, :, c.offset + cut:] += future
        m = build(dynamic)
        for name, value in (("q", q2), ("k", k2), ("v", v2)):
            m.input(name, value)
        add(m, ["o", "l"], "attention", ["q", "k", "v"], c.clauses(), c.flags, [(c.B, c.H, c.S, c.Dv), (c.B, c.H, c.S)])
        arguments = [name for name in m.inputs if name not in m.made]
        path = FOLDER / "f.mlir"
        path.write_text(m.text(["o", "l"], arguments))
        o, l = execute(path, [m.inputs[name] for name in arguments])
        results.append((o[:, :, :cut], l[:, :, :cut]))
    compare("causality", results[1], results[0])


def latent_operands(c, rng):
    nope, rope, size = (int(rng.integers(1, 4)) for _ in range(3))
    return (c.draw(c.B, c.H, c.S, nope), c.draw(c.B, c.H, c.S, rope), c.draw(c.B, c.T, size), c.draw(c.B, c.T, rope),
            c.draw(size, c.H, nope + c.Dv))


def latent_expected(c, qn, qp, latent, kp, w):
    nope = qn.shape[3]
    kv = np.einsum("btl,lhd->bhtd", latent, w)
    k = np.concatenate([kv[..., :nope], np.broadcast_to(kp[:, None], (c.B, c.H) + kp.shape[1:])], axis=3)
    c.Hkv, c.g = c.H, 1
    return c.attend(np.concatenate([qn, qp], axis=3), k, kv[..., nope:])


def latent(rng, dynamic):
    """Expanded = absorbed = numpy; hidden latents are NaN."""
    c = Case(rng)
    qn, qp, l, kp, w = latent_operands(c, rng)
    want = latent_expected(c, qn, qp, l, kp, w)
    hidden = ~c.visible().any(axis=(1, 2))
    l[hidden] = kp[hidden] = NAN
    for form in ("expanded", "absorbed"):
        m = build(False)
        for name, value in zip(("qn", "qp", "c", "kp", "w"), (qn, qp, l, kp, w)):
            m.input(name, value)
        add(m, ["o", "l"], "latent_attention", ["qn", "qp", "c", "kp", "w"], c.clauses(), f"{c.flags} form {form}",
            [want[0].shape, want[1].shape])
        check(f"latent, {form}", m, ["o", "l"], want)


def by_hand(rng, dynamic):
    """absorb_query, attention over the latents as one kv head, expand_value."""
    c = Case(rng)
    qn, qp, l, kp, w = latent_operands(c, rng)
    nope, rope, size = qn.shape[3], qp.shape[3], l.shape[2]
    want = latent_expected(c, qn, qp, l, kp, w)
    m = build(False)
    for name, value in (("qn", qn), ("qp", qp), ("wuk", w[..., :nope]), ("wuv", w[..., nope:]),
                        ("k", np.concatenate([l, kp], axis=2)[:, None]), ("v", l[:, None])):
        m.input(name, value)
    m.op(["qa"], "absorb_query", "%qn, %wuk", ["qn", "wuk"], "", [(c.B, c.H, c.S, size)])
    m.body.append(f"  %q = tensor.concat dim(3) %qa, %qp : ({m.type(m.inputs['qa'])}, {m.type(qp)}) -> "
                  f"{m.type(np.zeros((c.B, c.H, c.S, size + rope)))}")
    m.inputs["q"] = np.zeros((c.B, c.H, c.S, size + rope))
    add(m, ["x", "l"], "attention", ["q", "k", "v"], c.clauses(), c.flags, [(c.B, c.H, c.S, size), want[1].shape])
    m.op(["o"], "expand_value", "%x, %wuv", ["x", "wuv"], "", [want[0].shape])
    m.made |= {"qa", "q", "o"}
    check("absorbed by hand", m, ["o", "l"], want)


def paginate(rng, c, page, dense):
    """Pools that hold the rows of `dense` [B, T, …] at random pages, NaN elsewhere; some pages are absent."""
    per_sequence = c.T // page
    count = c.B * per_sequence + int(rng.integers(0, 3))
    free = list(rng.permutation(count))
    table = np.full((c.B, per_sequence), -1, rng.choice([np.int32, np.int64]))
    pools = [np.full((count, page) + x.shape[2:], NAN) for x in dense]
    absent = np.zeros((c.B, c.T), bool)
    for b, n in np.ndindex(*table.shape):
        if rng.random() < 0.2:
            absent[b, n * page:(n + 1) * page] = True
            continue
        table[b, n] = free.pop()
        rows = range(n * page, min((n + 1) * page, c.keys(b)))
        for pool, x in zip(pools, dense):
            for t in rows:
                pool[table[b, n], t - n * page] = x[b, t]
    return pools, table, absent


def paged(rng, dynamic):
    """Paged attention = attention over the dense rows, absent pages hidden; numpy; decomposition."""
    page = int(rng.integers(1, 4))
    c = Case(rng, page)
    q, k, v = c.draw(c.B, c.H, c.S, c.D), c.draw(c.B, c.T, c.Hkv, c.D), c.draw(c.B, c.T, c.Hkv, c.Dv)
    (kp, vp), table, absent = paginate(rng, c, page, (k, v))
    seen = c.visible() & ~absent[:, None, None]
    want = c.attend(q, k.transpose(0, 2, 1, 3), v.transpose(0, 2, 1, 3), seen)
    m = build(False)
    for name, value in (("q", q), ("kp", kp), ("vp", vp), ("pages", table)):
        m.input(name, value)
    add(m, ["o", "l"], "paged_attention", ["q", "kp", "vp"], c.clauses(), c.flags, [want[0].shape, want[1].shape],
        between=" pages %pages")
    check("paged attention", m, ["o", "l"], want)


def paged_latent(rng, dynamic):
    page = int(rng.integers(1, 4))
    c = Case(rng, page)
    qn, qp, l, kp, w = latent_operands(c, rng)
    (pool,), table, absent = paginate(rng, c, page, (np.concatenate([l, kp], axis=2),))
    visible, c.visible = c.visible() & ~absent[:, None, None], None
    c.visible = lambda: visible
    want = latent_expected(c, qn, qp, l, kp, w)
    m = build(False)
    for name, value in (("qn", qn), ("qp", qp), ("pool", pool), ("w", w), ("pages", table)):
        m.input(name, value)
    form = rng.choice(["expanded", "absorbed"])
    add(m, ["o", "l"], "paged_latent_attention", ["qn", "qp", "pool", "w"], c.clauses(), f"{c.flags} form {form}",
        [want[0].shape, want[1].shape], between=" pages %pages")
    check("paged latent attention", m, ["o", "l"], want)


def caches(rng, dynamic):
    """append, then gather = the dense rows; update and write = numpy."""
    page = int(rng.integers(1, 4))
    c = Case(rng, page)
    length = np.array([c.keys(b) for b in range(c.B)])
    rows = c.draw(c.B, c.T, 2, 3)
    (pool,), table, absent = paginate(rng, c, page, (rows,))
    dense = np.where((np.arange(c.T)[None] < length[:, None]) & ~absent, 1, 0)[..., None, None] * rows
    m = build(False)
    for name, value in (("pool", pool), ("pages", table), ("len", length.astype(np.int32))):
        m.input(name, value)
    m.op(["o"], "paged_gather", "%pool pages %pages lengths %len", ["pool", "pages", "len"], "", [rows.shape])
    m.made.add("o")
    check("paged gather", m, ["o"], [dense])

    # New entries behind the lengths, as far as there are pages.
    entries = int(rng.integers(0, 4))
    new = c.draw(c.B, entries, 2, 3)
    counts = np.zeros(c.B, np.int64)
    pool = np.nan_to_num(pool, nan=7e7)
    expected = pool.copy()
    for b in range(c.B):
        for s in range(entries):
            t = length[b] + s
            if t >= c.T or table[b, t // page] < 0:
                break
            counts[b] += 1
            expected[table[b, t // page], t % page] = new[b, s]
    each = length[:, None] + np.arange(entries)[None]
    each = np.where(np.arange(entries)[None] < counts[:, None], each, -1).astype(np.int64)
    slots = np.full((c.B, entries), -1, np.int64)
    for b, s in np.ndindex(*slots.shape):
        if each[b, s] >= 0:
            slots[b, s] = table[b, each[b, s] // page] * page + each[b, s] % page
    for head, names, values in (
            ("paged_append %pool, %new pages %pages at %at counts %counts", "pool new pages at counts",
             (pool, new, table, length.astype(np.int32), counts)),
            ("paged_append %pool, %new pages %pages at %at", "pool new pages at", (pool, new, table, each)),
            ("paged_write %pool, %new slots %slots", "pool new slots", (pool, new, slots))):
        m = build(False)
        for name, value in zip(names.split(), values):
            m.input(name, value)
        name, rest = head.split(" ", 1)
        m.op(["o"], name, rest, names.split(), "", [pool.shape])
        m.made.add("o")
        check(head, m, ["o"], [expected], tolerance=0)

    # A cache of fixed size, positions at dimension `dim`.
    dim, size = int(rng.integers(1, 3)), int(rng.integers(1, 6))
    shape = [c.B, 2, 3]
    shape.insert(dim, size)
    cache, at = c.draw(*shape), rng.integers(0, size, c.B).astype(np.int32)
    shape[dim] = entries
    entry = c.draw(*shape)
    counts = np.array([rng.integers(0, min(entries, size - at[b]) + 1) for b in range(c.B)], np.int32)
    expected = cache.copy()
    for b in range(c.B):
        for s in range(counts[b]):
            expected[b].swapaxes(0, dim - 1)[at[b] + s] = entry[b].swapaxes(0, dim - 1)[s]
    m = build(False)
    for name, value in (("cache", cache), ("entry", entry), ("at", at), ("counts", counts)):
        m.input(name, value)
    m.op(["o"], "cache_update", f"%cache, %entry at %at counts %counts dim {dim}", ["cache", "entry", "at", "counts"], "",
         [cache.shape])
    m.made.add("o")
    check("cache update", m, ["o"], [expected], tolerance=0)


def varlen(rng, dynamic):
    """Packed = padded: each sequence is an attention of its own."""
    sequences = int(rng.integers(0, 4))
    H, g, D, Dv = (int(rng.integers(1, 3)) for _ in range(4))
    heads = H * g
    lengths = rng.integers(0, 5, (2, sequences))
    cu = [np.concatenate([[int(rng.integers(0, 2))], x]).cumsum().astype(np.int32) for x in lengths]
    Sq, Sk = (int(x[-1]) + int(rng.integers(0, 2)) for x in cu)
    q, k, v = (rng.standard_normal(shape) for shape in ((Sq, heads, D), (Sk, H, D), (Sk, H, Dv)))
    causal, cap, with_sink = rng.random() < 0.7, rng.random() < 0.3, rng.random() < 0.5
    window = int(rng.integers(1, 4)) if causal and rng.random() < 0.5 else None
    sink = rng.standard_normal(heads)
    out, lse = np.zeros((Sq, heads, Dv)), np.full((heads, Sq), -np.inf)
    for n in range(sequences):
        for s in range(lengths[0][n]):
            p = s + lengths[1][n] - lengths[0][n]
            at = [t for t in range(lengths[1][n]) if not causal or (t <= p and (window is None or t > p - window))]
            row, rows = cu[0][n] + s, cu[1][n] + np.array(at, int)
            for h in range(heads):
                z = SCALE * (k[rows, h // g] @ q[row, h])
                z = CAP * np.tanh(z / CAP) if cap else z
                out[row, h], lse[h, row] = softmax_row(z, v[rows, h // g], sink[h] if with_sink else None)
    m = build(False)
    for name, value in (("q", q), ("k", k), ("v", v), ("a", cu[0]), ("b", cu[1])):
        m.input(name, value)
    flags = (" causal" if causal else "") + (f" window {window}" if window else "") + (f" softcap {CAP}" if cap else "")
    add(m, ["o", "l"], "varlen_attention", ["q", "k", "v"], (" sink %sink", {"sink": sink}) if with_sink else ("", {}),
        flags, [out.shape, lse.shape], between=" cu_q %a cu_kv %b")
    check("varlen", m, ["o", "l"], [out, lse])


CASES = (attention, merge, causality, latent, by_hand, paged, paged_latent, caches, varlen)


def main():
    global FOLDER
    FOLDER = pathlib.Path(sys.argv[1])
    FOLDER.mkdir(parents=True, exist_ok=True)
    seeds = [int(seed) for seed in sys.argv[2:]] or [0]
    for case in CASES:
        for seed in seeds:
            case(np.random.default_rng([seed, CASES.index(case)]), seed % 2 == 1)
    print(f"{len(CASES) * len(seeds)} cases agree")


if __name__ == "__main__":
    main()
