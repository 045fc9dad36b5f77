"""Writes a module that checks routing, experts and exchanges on random shapes against numpy.

    routing_properties.py [SEED] > properties.mlir

Each case is a function of dynamic sizes and one without arguments that calls it on constants and compares. The module is
run as it is, and decomposed.
"""
import itertools
import sys

import numpy as np

ELEMENTS = {"float32": "f32", "int32": "i32", "int64": "i64", "bool": "i1"}


def literal(array):
    if array.size == 0:
        return "dense<>"
    if array.dtype == bool:
        text = str(array.tolist()).lower()
    elif array.dtype.kind == "f":
        text = str([format(x, ".9e") if np.isfinite(x) else f"0x{np.float32(x).view(np.uint32):08X}"
                    for x in array.ravel().tolist()]).replace("'", "")
        text = reshape_text(text, array.shape)
    else:
        text = str(array.tolist())
    return f"dense<{text}>"


def reshape_text(text, shape):
    items = text[1:-1].split(", ")
    return str(np.array(items, dtype=object).reshape(shape).tolist()).replace("'", "")


def type_of(array, dynamic=()):
    sizes = ["?" if dim in dynamic else str(size) for dim, size in enumerate(array.shape)]
    return "tensor<" + "".join(size + "x" for size in sizes) + ELEMENTS[array.dtype.name] + ">"


class Module:
    def __init__(self):
        self.text, self.count = [], 0

    def case(self, comment, body, inputs, outputs, tolerance=2e-6):
        """`body` is the lines of a function of `inputs` (name: (array, dynamic dims)); `outputs` are
        name: (array, dynamic dims), what it returns."""
        self.count += 1
        name = f"case{self.count}"
        parameters = ", ".join(f"%{key}: {type_of(*value)}" for key, value in inputs.items())
        types = ", ".join(type_of(*value) for value in outputs.values())
        returned = ", ".join("%" + key for key in outputs)
        lines = [f"// {comment}", f"func.func private @{name}({parameters}) -> ({types}) {{"]
        lines += ["  " + line for line in body] + [f"  return {returned} : {types}", "}"]
        lines.append(f"func.func @check_{name}() {{")
        for key, (array, dynamic) in inputs.items():
            lines.append(f"  %{key}0 = arith.constant {literal(array)} : {type_of(array)}")
            lines.append(f"  %{key} = tensor.cast %{key}0 : {type_of(array)} to {type_of(array, dynamic)}"
                         if dynamic else f"  %{key} = tensor.cast %{key}0 : {type_of(array)} to {type_of(array)}")
        arguments = ", ".join("%" + key for key in inputs)
        arg_types = ", ".join(type_of(*value) for value in inputs.values())
        results = ", ".join("%" + key for key in outputs)
        lines.append(f"  {results} = func.call @{name}({arguments}) : ({arg_types}) -> ({types})")
        for key, (array, dynamic) in outputs.items():
            check = "check.expect_close" if array.dtype.kind == "f" else "check.expect_eq"
            suffix = f" tolerance {tolerance:.1e}" if array.dtype.kind == "f" else ""
            lines.append(f"  %{key}e = arith.constant {literal(array)} : {type_of(array)}")
            lines.append(f"  {check} %{key}, %{key}e{suffix} : {type_of(array, dynamic)}, {type_of(array)}")
        lines += ["  return", "}", ""]
        self.text += lines


def f32(rng, *shape):
    return rng.standard_normal(shape).astype(np.float32)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def softmax(x):
    power = np.exp(x - x.max(-1, keepdims=True))
    return power / power.sum(-1, keepdims=True)


def best(scores, k):
    return np.argsort(-scores, axis=-1, kind="stable")[..., :k]


# Routers -------------------------------------------------------------------------------------------------------------


def route(logits, bias, score, rank, groups, kept, by, k, scale, normalize, epsilon, floor, valid, masked):
    x = logits.astype(np.float64)
    scores = {"sigmoid": sigmoid, "softmax": softmax, "softmax_chosen": lambda v: v, "identity": lambda v: v,
              "sqrt_softplus": lambda v: np.sqrt(np.logaddexp(0, v))}[score](x).astype(np.float32)
    choice = (logits if rank == "logits" else scores) + (0 if bias is None else bias)
    by_group = choice.reshape(len(x), groups, -1)
    ordered = -np.sort(-by_group, axis=-1)
    group_score = ordered[..., 0] if by == "max" else ordered[..., 0] + ordered[..., 1]
    mask = np.zeros((len(x), groups), bool)
    np.put_along_axis(mask, best(group_score, kept), True, axis=-1)
    choice = np.where(np.repeat(mask, by_group.shape[-1], axis=-1), choice, masked)
    indices = best(choice, k)
    weights = np.take_along_axis(scores.astype(np.float64), indices, axis=-1)
    if score == "softmax_chosen":
        weights = softmax(weights)
    if normalize:
        total = weights.sum(-1, keepdims=True)
        weights = weights / (np.maximum(total, epsilon) if floor else total + epsilon)
    weights, indices = weights * scale, indices.astype(np.int32)
    if valid is not None:
        weights, indices = np.where(valid[:, None], weights, 0), np.where(valid[:, None], indices, -1)
    return weights.astype(np.float32), indices.astype(np.int32)


def add_routers(module, rng):
    routers = [
        ("DeepSeek-V2", "softmax", "scores", (8, 3, "max"), 4, 16.0, None, 0, False, False, -np.inf),
        ("DeepSeek-V3", "sigmoid", "scores", (8, 4, "sum2"), 8, 2.5, "epsilon", 1e-20, True, False, -np.inf),
        ("DeepSeek-V4", "sqrt_softplus", "scores", (1, 1, "max"), 6, 1.5, "epsilon", 1e-20, True, False, -np.inf),
        ("Mixtral", "softmax", "scores", (1, 1, "max"), 2, 1.0, "epsilon", 0, False, False, -np.inf),
        ("OLMoE", "softmax", "scores", (1, 1, "max"), 8, 1.0, None, 0, False, False, -np.inf),
        ("GPT-OSS", "softmax_chosen", "scores", (1, 1, "max"), 4, 1.0, None, 0, False, False, -np.inf),
        ("MiniMax-M2", "sigmoid", "scores", (1, 1, "max"), 8, 1.0, "epsilon", 0, True, True, -np.inf),
        ("TileKernels", "softmax", "logits", (4, 2, "sum2"), 6, 2.5, "floor", 1e-20, True, False, -np.inf),
        ("a floor above the sum", "identity", "scores", (2, 1, "max"), 3, 1.0, "floor", 50.0, False, True, -np.inf),
        ("DeepSeek-V3 as first published", "sigmoid", "scores", (8, 2, "sum2"), 6, 2.5, "epsilon", 1e-20, True, False, 0.0),
        ("a number above the choices", "sqrt_softplus", "logits", (4, 1, "max"), 4, 1.0, None, 0, True, True, 0.75),
    ]
    for name, score, rank, (groups, kept, by), k, scale, form, epsilon, has_bias, has_valid, masked in routers:
        tokens, experts = int(rng.integers(1, 6)), 32
        logits = f32(rng, tokens, experts)
        if tokens > 1:
            logits[0] = np.round(logits[0])  # ties
        bias = f32(rng, experts) if has_bias else None
        valid = rng.random(tokens) < 0.6 if has_valid else None
        inputs, clauses = {"l": (logits, (0,))}, "%l"
        types = "tensor<?x32xf32>"
        if has_bias:
            inputs["b"], clauses, types = (bias, ()), clauses + " bias %b", types + ", tensor<32xf32>"
        if has_valid:
            inputs["v"], clauses, types = (valid, (0,)), clauses + " valid %v", types + ", tensor<?xi1>"
        clauses += f" score {score}" + (" rank logits" if rank == "logits" else "")
        clauses += f" groups {groups} keep {kept} by {by}" + (f" masked {masked}" if np.isfinite(masked) else "")
        clauses += f" top {k} scale {scale}"
        clauses += f" normalize {form} {epsilon:.1e}" if form else ""
        weights, indices = route(logits, bias, score, rank, groups, kept, by, k, scale, form is not None,
                                 np.float32(epsilon), form == "floor", valid, masked)
        module.case(name, [f"%w, %i = hadal.route {clauses} : ({types}) -> (tensor<?x{k}xf32>, tensor<?x{k}xi32>)"],
                    inputs, {"w": (weights, (0,)), "i": (indices, (0,))}, tolerance=1e-5)


# Layouts of slots ------------------------------------------------------------------------------------------------------


def group(indices, experts, align=None, capacity=None):
    slots = indices.ravel()
    of = [np.flatnonzero(slots == e) for e in range(experts)]
    rows = slots.size
    if align:
        rows = (slots.size + experts * (align - 1)) // align * align
    if capacity:
        rows, of = experts * capacity, [list_[:capacity] for list_ in of]
    counts = np.array([len(list_) for list_ in of])
    steps = [capacity or -(-n // (align or 1)) * (align or 1) for n in counts]
    offsets = np.concatenate([[0], np.cumsum(steps)])
    permutation, inverse = np.full(rows, -1), np.full(slots.size, -1)
    for start, list_ in zip(offsets, of):
        permutation[start:start + len(list_)] = list_
        inverse[list_] = np.arange(start, start + len(list_))
    if not align and not capacity:
        permutation[offsets[-1]:] = np.flatnonzero(slots < 0)
    return [a.astype(np.int32) for a in (offsets, permutation, counts, inverse)]


def add_layouts(module, rng):
    for k, (clause, align, capacity) in itertools.product((1, 3), (("", None, None), (" align 4", 4, None),
                                                                    (" capacity 3", None, 3))):
        tokens, experts = int(rng.integers(0, 8)), 5
        indices = rng.integers(-1, experts, (tokens, k)).astype(np.int64)
        offsets, permutation, counts, inverse = group(indices, experts, align, capacity)
        x = f32(rng, tokens, 2)
        ones = np.ones((tokens, k), np.float32)
        rows = "15" if capacity else "?"
        present = (inverse >= 0).reshape(tokens, k).sum(-1, keepdims=True) if tokens else np.zeros((0, 1))
        body = [
            f"%o, %p, %c, %v = hadal.group %i experts {experts}{clause}",
            f"    : (tensor<?x{k}xi64>) -> (tensor<6xi32>, tensor<{rows}xi32>, tensor<5xi32>, tensor<?xi32>)",
            f"%r = hadal.permute %x, %p slots_per_token {k} : (tensor<?x2xf32>, tensor<{rows}xi32>) -> tensor<{rows}x2xf32>",
            f"%y = hadal.combine %r, %w inverse %v : (tensor<{rows}x2xf32>, tensor<?x{k}xf32>, tensor<?xi32>) -> tensor<?x2xf32>",
        ]
        outputs = {"o": (offsets, ()), "p": (permutation, () if capacity else (0,)), "c": (counts, ()),
                   "v": (inverse, (0,)), "y": ((x * present).astype(np.float32), (0,))}
        if align or capacity:  # the plain permutation lists slots without experts too
            body.append(f"%z = hadal.combine %r, %w permutation %p add %x : (tensor<{rows}x2xf32>, tensor<?x{k}xf32>, "
                        f"tensor<{rows}xi32>, tensor<?x2xf32>) -> tensor<?x2xf32>")
            outputs["z"] = ((x * (present + 1)).astype(np.float32), (0,))
        module.case(f"group{clause}, k = {k}: permute then combine with weights 1 is the number of rows times x", body,
                    {"i": (indices, (0,)), "x": (x, (0,)), "w": (ones, (0,))}, outputs)


# Experts ---------------------------------------------------------------------------------------------------------------


def gated(x, function, order, limit=None, alpha=1.0, offset=0.0):
    half = x.shape[-1] // 2
    gate, up = {"gate_first": (x[..., :half], x[..., half:]), "up_first": (x[..., half:], x[..., :half]),
                "interleaved": (x[..., ::2], x[..., 1::2]), "none": (x, x)}[order]
    if limit is not None:
        gate, up = np.minimum(gate, limit), np.clip(up, -limit, limit)
    erf = np.vectorize(__import__("math").erf)
    act = {"silu": lambda v: v * sigmoid(alpha * v), "gelu": lambda v: v / 2 * (1 + erf(v / np.sqrt(2))),
           "gelu_tanh": lambda v: v / 2 * (1 + np.tanh(np.sqrt(2 / np.pi) * (v + 0.044715 * v ** 3))),
           "relu": lambda v: np.maximum(v, 0), "relu2": lambda v: np.maximum(v, 0) ** 2, "sigmoid": sigmoid, "identity": lambda v: v}[function]
    if order == "none":
        return act(x)
    return act(gate) * (up + offset)


def add_experts(module, rng):
    for function, order, clauses, options in (
            ("silu", "gate_first", "", {}), ("gelu", "up_first", "", {}), ("gelu_tanh", "interleaved", "", {}),
            ("relu2", "gate_first", " limit 5.0e-1", {"limit": 0.5}), ("sigmoid", "up_first", "", {}),
            ("relu", "interleaved", "", {}), ("identity", "gate_first", "", {}),
            ("silu", "interleaved", " limit 7.0e-1 alpha 1.702 up_offset 1.0",
             {"limit": np.float32(0.7), "alpha": np.float32(1.702), "offset": 1.0})):
        x = f32(rng, int(rng.integers(1, 4)), 3, 6)
        module.case(f"gated_activation {function} {order}{clauses}",
                    [f"%y = hadal.gated_activation %x {function} {order}{clauses} : (tensor<?x3x6xf32>) -> tensor<?x3x3xf32>"],
                    {"x": (x, (0,))}, {"y": (gated(x.astype(np.float64), function, order, **options).astype(np.float32), (0,))})

    for align, transposed, scaled in ((None, False, False), (2, True, True), (None, True, False), (3, False, True)):
        tokens, experts, k, depth, columns = int(rng.integers(1, 6)), 4, 2, 5, 3
        indices = rng.integers(-1, experts, (tokens, k)).astype(np.int32)
        offsets, permutation, counts, inverse = group(indices, experts, align)
        x, w, bias = f32(rng, tokens, depth), f32(rng, experts, depth, columns), f32(rng, experts, columns)
        xs, ws = f32(rng, tokens, 3), f32(rng, experts, 3, 2)  # blocks [1, 2] and [2, 2]
        full_x = x * xs.repeat(2, -1)[:, :depth] if scaled else x
        full_w = w * ws.repeat(2, 1).repeat(2, 2)[:, :depth, :columns] if scaled else w
        expected = np.zeros((len(permutation), columns))
        for e, start in enumerate(offsets[:-1]):
            for p in range(start, start + counts[e]):
                expected[p] = full_x[permutation[p] // k].astype(np.float64) @ full_w[e] + bias[e]
        inputs = {"x": (x, (0,)), "w": (w.transpose(0, 2, 1) if transposed else w, ()), "o": (offsets, ()),
                  "p": (permutation, (0,)), "b": (bias, ())}
        clauses = f"gather {k}{' transposed' if transposed else ''} bias %b"
        if scaled:
            inputs["xs"], inputs["ws"] = (xs, (0,)), (ws.transpose(0, 2, 1) if transposed else ws, ())
            clauses += " x_scales %xs block [1, 2] w_scales %ws block [2, 2] promote 2"
        types = ", ".join(type_of(*value) for value in inputs.values())
        module.case(f"grouped_matmul {clauses}, align {align}",
                    [f"%y = hadal.grouped_matmul %x, %w, %o, %p {clauses} : ({types}) -> tensor<?x3xf32>"],
                    inputs, {"y": (expected.astype(np.float32), (0,))}, tolerance=1e-5)

    for number in range(6):
        add_moe(module, rng, number)


def add_moe(module, rng, number):
    tokens, hidden, inner, width, experts, k = int(rng.integers(1, 6)), 4, 3, 2, 5, 2
    x, weights = f32(rng, tokens, hidden), f32(rng, tokens, k)
    indices = rng.integers(-1, experts, (tokens, k)).astype(np.int32)
    weights[indices < 0] = np.nan
    order, function = ("none", "gelu") if number >= 4 else ("up_first", "silu")
    fan_in = 1 if order == "none" else 2
    w1, w2 = f32(rng, experts, hidden, fan_in * inner), f32(rng, experts, inner, hidden)
    b1, b2 = f32(rng, experts, fan_in * inner), f32(rng, experts, hidden)
    s1, s2, gate, logits = f32(rng, hidden, fan_in * width), f32(rng, width, hidden), f32(rng, hidden), f32(rng, tokens)
    has_bias, has_shared, transposed = number % 2 == 1, number not in (0, 5), number in (2, 5)
    limit, shared_limit = (0.5, 0.25) if number == 3 else (None, None)
    flip = (lambda a: np.swapaxes(a, -1, -2)) if transposed else (lambda a: a)
    inputs = {"x": (x, (0,)), "w": (weights, (0,)), "i": (indices, (0,)), "gu": (flip(w1), ()), "d": (flip(w2), ())}
    text = "%x, %w, %i, %gu, %d"
    if has_bias:
        inputs["gb"], inputs["db"] = (b1, ()), (b2, ())
        text += " gate_up_bias %gb down_bias %db"
    if has_shared:
        inputs["sgu"], inputs["sd"] = (flip(s1), ()), (flip(s2), ())
        text += " shared %sgu, %sd"
    if number == 2:
        inputs["sg"] = (gate, ())
        text += " shared_gate %sg"
    if number == 3:
        inputs["sl"] = (logits, (0,))
        text += " shared_logits %sl"
    text += f" {function} {order}" + (" transposed" if transposed else "")
    text += f" limit {limit:.2e} shared_limit {shared_limit:.2e} up_offset 1.0" if limit else ""
    offset = 1.0 if limit else 0.0
    expected = np.zeros((tokens, hidden))
    for t, j in itertools.product(range(tokens), range(k)):
        if (e := indices[t, j]) >= 0:
            h = x[t].astype(np.float64) @ w1[e] + (b1[e] if has_bias else 0)
            y = gated(h, function, order, limit, offset=offset) @ w2[e] + (b2[e] if has_bias else 0)
            expected[t] += weights[t, j] * y
    if has_shared:
        shared = gated(x.astype(np.float64) @ s1, function, order, shared_limit, offset=offset) @ s2
        factor = {2: sigmoid(x.astype(np.float64) @ gate), 3: sigmoid(logits.astype(np.float64))}.get(number, np.ones(tokens))
        expected += factor[:, None] * shared
    types = ", ".join(type_of(*value) for value in inputs.values())
    module.case(f"moe {text}", [f"%y = hadal.moe {text} : ({types}) -> tensor<?x4xf32>"], inputs,
                {"y": (expected.astype(np.float32), (0,))}, tolerance=1e-5)


# Between ranks -----------------------------------------------------------------------------------------------------------


def distinct(rng, experts, *shape):
    """Lists without repeated experts, some entries −1."""
    chosen = np.argsort(rng.random((*shape[:-1], experts)), axis=-1)[..., :shape[-1]].astype(np.int32)
    return np.where(rng.random(shape) < 0.25, np.int32(-1), chosen)


def add_exchanges(module, rng):
    ranks, tokens, k, local, hidden = 3, int(rng.integers(1, 5)), 2, 2, 2
    most, experts = tokens + 1, ranks * local
    x, indices = f32(rng, ranks, tokens, hidden), distinct(rng, experts, ranks, tokens, k)
    weights, scales = f32(rng, ranks, tokens, k), np.abs(f32(rng, ranks, tokens, 1))
    rows = ranks * most
    recv, counts = np.zeros((ranks, local, rows, hidden)), np.zeros((ranks, local))
    source, recv_scales = np.full((ranks, local, rows), -1), np.ones((ranks, local, rows, 1))
    for r, t, j in itertools.product(range(ranks), range(tokens), range(k)):
        if (e := indices[r, t, j]) >= 0:
            at = (e // local, e % local, int(counts[e // local, e % local]))
            recv[at], recv_scales[at], source[at] = x[r, t], scales[r, t], (r * most + t) * k + j
            counts[at[:2]] += 1
    present = (indices >= 0) * weights.astype(np.float64)
    operands = {"x": (x, (1,)), "i": (indices, (1,)), "w": (weights, (1,)), "s": (scales, (1,))}
    module.case("low_latency: what arrives, and its weighted sum back", [
        f"%r, %c, %n, %q = hadal.dispatch %x, %i scales %s experts {experts} low_latency max_tokens {most}",
        "    : (tensor<3x?x2xf32>, tensor<3x?x2xi32>, tensor<3x?x1xf32>)",
        f"    -> (tensor<3x2x{rows}x2xf32>, tensor<3x2xi32>, tensor<3x2x{rows}xi32>, tensor<3x2x{rows}x1xf32>)",
        f"%o = hadal.collect %r, %n weights %w low_latency : (tensor<3x2x{rows}x2xf32>, tensor<3x2x{rows}xi32>, "
        "tensor<3x?x2xf32>) -> tensor<3x?x2xf32>",
    ], operands, {"r": (recv.astype(np.float32), ()), "c": (counts.astype(np.int32), ()),
                  "n": (source.astype(np.int32), ()), "q": (recv_scales.astype(np.float32), ()),
                  "o": ((x * present.sum(-1, keepdims=True)).astype(np.float32), (1,))})

    lives = indices // local
    recv, source = np.zeros((ranks, rows, hidden)), np.full((ranks, rows), -1)
    recv_indices, recv_weights = np.full((ranks, rows, k), -1), np.zeros((ranks, rows, k))
    counts = np.zeros((ranks, local))
    for q in range(ranks):
        sent = [(r, t) for r, t in itertools.product(range(ranks), range(tokens)) if (lives[r, t] == q).any()]
        for i, (r, t) in enumerate(sent):
            here = lives[r, t] == q
            recv[q, i], source[q, i] = x[r, t], r * most + t
            recv_indices[q, i] = np.where(here, indices[r, t] - q * local, -1)
            recv_weights[q, i] = np.where(here, weights[r, t], 0)
            for e in recv_indices[q, i][here]:
                counts[q, e] += 1
    back = np.zeros((ranks, most, hidden))
    back[:, :tokens] = x * np.array([[len(set(lives[r, t]) - {-1}) for t in range(tokens)] for r in range(ranks)])[..., None]
    module.case("normal: what arrives, and its sum back", [
        f"%r, %c, %n, %j, %v = hadal.dispatch %x, %i weights %w experts {experts} normal max_tokens {most} align 4",
        "    : (tensor<3x?x2xf32>, tensor<3x?x2xi32>, tensor<3x?x2xf32>) -> "
        f"(tensor<3x{rows}x2xf32>, tensor<3x2xi32>, tensor<3x{rows}xi32>, tensor<3x{rows}x2xi32>, tensor<3x{rows}x2xf32>)",
        f"%o = hadal.collect %r, %n normal : (tensor<3x{rows}x2xf32>, tensor<3x{rows}xi32>) -> tensor<3x{most}x2xf32>",
    ], {key: operands[key] for key in "xiw"},
        {"r": (recv.astype(np.float32), ()), "c": ((-(-counts // 4) * 4).astype(np.int32), ()),
         "n": (source.astype(np.int32), ()), "j": (recv_indices.astype(np.int32), ()),
         "v": (recv_weights.astype(np.float32), ()), "o": (back.astype(np.float32), ())})
    add_duality(module, rng, indices, local)
    add_expert_parallel(module, rng)


def add_duality(module, rng, indices, local):
    """⟨dispatch(x), g⟩ = ⟨x, collect(g)⟩: their difference is 0."""
    ranks, tokens, k = indices.shape
    rows, hidden = ranks * tokens, 2
    for layout in ("low_latency", "normal"):
        buffer = f"{ranks}x{local}x{rows}" if layout == "low_latency" else f"{ranks}x{rows}"
        shape = [int(size) for size in buffer.split("x")]
        x, g = f32(rng, ranks, tokens, hidden), f32(rng, *shape, hidden)
        inputs = {"x": (x, ()), "i": (indices, ()), "g": (g, ()), "one": (np.ones(indices.shape, np.float32), ())}
        results = [f"tensor<{buffer}x{hidden}xf32>", f"tensor<{ranks}x{local}xi32>", f"tensor<{buffer}xi32>"]
        names = "%r, %c, %n"
        if layout == "normal":
            results.append(f"tensor<{ranks}x{rows}x{k}xi32>")
            names += ", %j"
        weights, weight_type = (" weights %one", ", " + type_of(indices.astype(np.float32))) if layout == "low_latency" else ("", "")
        x_type, g_type = type_of(x), type_of(g)

        def dot(name, a, b, type_, rank):
            dims = ", ".join(str(dim) for dim in range(rank))
            size = int(np.prod([int(s) for s in type_[7:-5].split("x")]))
            flat = f"tensor<{size}xf32>"
            return [f"%{name}a = tensor.collapse_shape {a} [[{dims}]] : {type_} into {flat}",
                    f"%{name}b = tensor.collapse_shape {b} [[{dims}]] : {type_} into {flat}",
                    f"%{name} = linalg.dot ins(%{name}a, %{name}b : {flat}, {flat}) outs(%zero : tensor<f32>) -> tensor<f32>"]
        body = [f"{names} = hadal.dispatch %x, %i experts {ranks * local} {layout} : ({x_type}, {type_of(indices)}) -> ({', '.join(results)})",
                f"%b = hadal.collect %g, %n{weights} {layout} : ({g_type}, {results[2]}{weight_type}) -> {x_type}",
                "%zero = arith.constant dense<0.0> : tensor<f32>"]
        body += dot("left", "%r", "%g", g_type, len(shape) + 1) + dot("right", "%x", "%b", x_type, 3)
        body += ["%d = arith.subf %left, %right : tensor<f32>"]
        module.case(f"collect is the transpose of dispatch, {layout}", body, inputs, {"d": (np.zeros((), np.float32), ())}, 1e-6)


def add_expert_parallel(module, rng):
    """dispatch, the experts' matmuls on their buffers, collect: the mixture of all tokens."""
    ranks, tokens, k, local, hidden, inner = 2, 3, 2, 2, 3, 2
    experts, rows = ranks * local, ranks * tokens
    x, indices = f32(rng, ranks, tokens, hidden), distinct(rng, experts, ranks, tokens, k)
    weights, w1, w2 = f32(rng, ranks, tokens, k), f32(rng, experts, hidden, 2 * inner), f32(rng, experts, inner, hidden)
    offsets = (np.arange(experts + 1) * rows).astype(np.int32)
    all_rows = experts * rows
    expected = np.zeros((ranks, tokens, hidden))
    for r, t, j in np.ndindex(ranks, tokens, k):
        if (e := indices[r, t, j]) >= 0:
            expected[r, t] += weights[r, t, j] * (gated(x[r, t].astype(np.float64) @ w1[e], "silu", "gate_first") @ w2[e])
    buffer, flat = f"tensor<{ranks}x{local}x{rows}x{hidden}xf32>", f"tensor<{all_rows}x{hidden}xf32>"
    module.case("expert parallel = mixture", [
        f"%r, %c, %n = hadal.dispatch %x, %i experts {experts} low_latency",
        f"    : ({type_of(x)}, {type_of(indices)}) -> ({buffer}, tensor<{ranks}x{local}xi32>, tensor<{ranks}x{local}x{rows}xi32>)",
        f"%rows = tensor.collapse_shape %r [[0, 1, 2], [3]] : {buffer} into {flat}",
        f"%counts = tensor.collapse_shape %c [[0, 1]] : tensor<{ranks}x{local}xi32> into tensor<{experts}xi32>",
        f"%h = hadal.grouped_matmul %rows, %w1, %o counts %counts : ({flat}, {type_of(w1)}, {type_of(offsets)}, "
        f"tensor<{experts}xi32>) -> tensor<{all_rows}x{2 * inner}xf32>",
        f"%a = hadal.gated_activation %h silu gate_first : (tensor<{all_rows}x{2 * inner}xf32>) -> tensor<{all_rows}x{inner}xf32>",
        f"%y = hadal.grouped_matmul %a, %w2, %o counts %counts : (tensor<{all_rows}x{inner}xf32>, {type_of(w2)}, "
        f"{type_of(offsets)}, tensor<{experts}xi32>) -> {flat}",
        f"%back = tensor.expand_shape %y [[0, 1, 2], [3]] output_shape [{ranks}, {local}, {rows}, {hidden}] : {flat} into {buffer}",
        f"%out = hadal.collect %back, %n weights %w low_latency : ({buffer}, tensor<{ranks}x{local}x{rows}xi32>, "
        f"{type_of(weights)}) -> {type_of(x)}",
    ], {"x": (x, ()), "i": (indices, ()), "w": (weights, ()), "w1": (w1, ()), "w2": (w2, ()), "o": (offsets, ())},
        {"out": (expected.astype(np.float32), ())}, 1e-5)


def main():
    rng = np.random.default_rng(int(sys.argv[1]) if len(sys.argv) > 1 else 0)
    module = Module()
    add_routers(module, rng)
    add_layouts(module, rng)
    add_experts(module, rng)
    add_exchanges(module, rng)
    print("\n".join(module.text))


if __name__ == "__main__":
    main()
