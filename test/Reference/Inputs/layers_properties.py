"""Layers on random shapes against NumPy in f64, whole and decomposed.

    layers_properties.py SEED COUNT    # hadal-opt and hadal-run are looked for in PATH
"""
import numpy as np

from property_case import Case, run_cases, tensor

f32 = np.float32


def near(want, tolerance=2e-6):
    return lambda out: out.shape == want.shape and (
        want.size == 0 or np.linalg.norm(out - want) <= tolerance * np.linalg.norm(want) + 1e-30)


def random_shape(rng, low, high):
    return tuple(int(v) for v in rng.integers(0, 5, rng.integers(low, high)))


def some_dynamic(rng, rank):
    return set(np.flatnonzero(rng.integers(0, 2, rank)))


def norm_case(rng):
    case = Case()
    shape = random_shape(rng, 0, 3) + (int(rng.integers(1, 70)),)
    x = rng.standard_normal(shape).astype(f32) * f32(rng.choice([1, 1e-3, 100]))
    w, b = (rng.standard_normal(shape[-1]).astype(f32) for _ in range(2))
    x_type, w_type = tensor(shape, "f32", some_dynamic(rng, len(shape))), tensor(w.shape, "f32")
    xv = case.argument(x, x_type)
    epsilon = float(f32(rng.choice([1e-6, 1e-5, 0.5])))
    wide = x.astype(np.float64)
    scale = 1 / np.sqrt((wide ** 2).mean(-1, keepdims=True) + epsilon)
    kind = rng.integers(3)
    weight, offset, factor, types = "", "", 1.0, x_type
    if kind:
        weight, types = f", {case.argument(w, w_type)}", f"{x_type}, {w_type}"
        offset, factor = (" weight_offset 1.0", 1 + w) if kind == 2 else ("", w)
    case.body.append(f"%y = hadal.rms_norm {xv}{weight} epsilon {epsilon:.9e}{offset} : ({types}) -> {x_type}")
    case.result("%y", x_type, near(wide * scale * factor))
    types, clauses, factor, term = x_type, "", 1.0, 0.0
    if rng.integers(2):
        clauses, types, factor = f" weight {case.argument(w, w_type)}", f"{types}, {w_type}", w
    if rng.integers(2):
        clauses, types, term = f"{clauses} bias {case.argument(b, w_type)}", f"{types}, {w_type}", b
    case.body.append(f"%z = hadal.layer_norm {xv}{clauses} epsilon {epsilon:.9e} : ({types}) -> {x_type}")
    centred = wide - wide.mean(-1, keepdims=True)
    case.result("%z", x_type, near(centred / np.sqrt(wide.var(-1, keepdims=True) + epsilon) * factor + term))
    return case


def rope_case(rng):
    """Complex numbers do the rotation."""
    case = Case()
    batch, heads, length = (int(v) for v in rng.integers(1, 4, 3))
    length = int(rng.integers(0, 6))
    pairs = int(rng.integers(1, 9))
    rotate = [None, "first", "last"][rng.integers(3)]
    size = 2 * pairs + (int(rng.integers(0, 5)) if rotate else 0)
    shape = (batch, heads, length, size) if rng.integers(3) else (batch, length, size)
    x = rng.standard_normal(shape).astype(f32)
    angle_batch = int(rng.choice([1, batch]))
    positions = rng.integers(0, 5000, (angle_batch, length))
    frequencies = (10000.0 ** -(np.arange(pairs) / pairs)).astype(f32)
    scale = float(f32(rng.choice([1.0, 1.25])))
    layouts = [str(v) for v in rng.choice(["interleaved", "halves"], 2)]
    inverse = bool(rng.integers(2))
    index = str(rng.choice(["i32", "i64"]))
    p_type, f_type = tensor(positions.shape, index, some_dynamic(rng, 2) - {0}), tensor((pairs,), "f32")
    c_type = tensor((angle_batch, length, pairs), "f32")
    p = case.argument(positions.astype(np.int32 if index == "i32" else np.int64), p_type)
    case.body.append(f"%c, %s = hadal.rope_angles {p}, {case.argument(frequencies, f_type)}"
                     + (f" scale {scale:.9e}" if scale != 1 or rng.integers(2) else "")
                     + f" : ({p_type}, {f_type}) -> ({c_type}, {c_type})")
    angle = (positions[..., None].astype(f32) * frequencies).astype(f32).astype(np.float64)
    case.result("%c", c_type, near(scale * np.cos(angle)))
    case.result("%s", c_type, near(scale * np.sin(angle)))
    x_type = tensor(shape, "f32", some_dynamic(rng, len(shape) - 1))
    text = f" rotate {rotate}" if rotate else ""
    text += " inverse" if inverse else ""
    case.body.append(f"%y = hadal.rope {case.argument(x, x_type)}, %c, %s {layouts[0]} to {layouts[1]}{text}"
                     f" : ({x_type}, {c_type}, {c_type}) -> {x_type}")
    first = size - 2 * pairs if rotate == "last" else 0
    part = x[..., first:first + 2 * pairs].astype(np.float64)
    z = part[..., 0::2] + 1j * part[..., 1::2] if layouts[0] == "interleaved" else \
        part[..., :pairs] + 1j * part[..., pairs:]
    turn = scale * np.exp((-1j if inverse else 1j) * angle)
    z = z * (turn[:, None] if len(shape) == 4 else turn)
    want = x.astype(np.float64)
    target = want[..., first:first + 2 * pairs]
    if layouts[1] == "interleaved":
        target[..., 0::2], target[..., 1::2] = z.real, z.imag
    else:
        target[..., :pairs], target[..., pairs:] = z.real, z.imag
    case.result("%y", x_type, near(want))
    return case


def yarn_case(rng):
    case = Case()
    pairs = int(rng.integers(1, 65))
    base, factor = float(rng.choice([1e4, 150000.0, 5e5])), float(rng.choice([1.0, 4.0, 40.0]))
    length, fast, slow = int(rng.choice([2048, 4096, 32768])), float(rng.choice([32.0, 64.0])), 1.0
    untruncated = bool(rng.integers(2))
    type_ = tensor((pairs,), "f32")
    case.body.append(f"%f = hadal.yarn_frequencies base {base} factor {factor} original_length {length} beta_fast {fast} "
                     f"beta_slow {slow}{' untruncated' if untruncated else ''} : {type_}")
    dim = 2 * pairs
    columns = [dim * np.log(length / (beta * 2 * np.pi)) / (2 * np.log(base)) for beta in (fast, slow)]
    low, high = columns if untruncated else (np.floor(columns[0]), np.ceil(columns[1]))
    low, high = max(low, 0), min(high, dim - 1)
    if low == high:
        high += 0.001
    keep = 1 - np.clip((np.arange(pairs) - low) / (high - low), 0, 1)
    frequencies = 1 / base ** (np.arange(0, dim, 2) / dim)
    want = frequencies / factor * (1 - keep) + frequencies * keep
    case.result("%f", type_, lambda out: np.allclose(out, want, 1e-6, 0))
    return case


def ends_case(rng):
    case = Case()
    rows, columns = int(rng.integers(1, 9)), int(rng.integers(1, 9))
    table = rng.standard_normal((rows, columns)).astype(f32)
    shape = random_shape(rng, 0, 3)
    ids = rng.integers(-1, rows, shape)
    id_type, t_type = tensor(shape, "i64", some_dynamic(rng, len(shape))), tensor(table.shape, "f32")
    y_type = tensor(shape + (columns,), "f32", some_dynamic(rng, len(shape)))
    case.body.append(f"%e = hadal.embedding {case.argument(ids, id_type)}, {case.argument(table, t_type)}"
                     f" : ({id_type}, {t_type}) -> {y_type}")
    want = np.where(ids[..., None] < 0, 0, table[np.maximum(ids, 0)])
    case.result("%e", y_type, lambda out: (out == want).all())

    x = (rng.integers(-3, 4, shape + (columns,)) / 2).astype(f32)
    x[rng.random(x.shape) < 0.2] = np.nan
    x[rng.random(x.shape) < 0.1] = -np.inf
    x_type, i_type = tensor(x.shape, "f32", some_dynamic(rng, x.ndim)), tensor(shape, "i32")
    case.body.append(f"%a = hadal.argmax {case.argument(x, x_type)} : ({x_type}) -> {i_type}")
    # NaN below −inf: ranks by (is a number, value).
    rank = np.where(np.isnan(x), -1e30, np.where(np.isneginf(x), -1e20, x))
    case.result("%a", i_type, lambda out: (out == rank.argmax(-1)).all())
    return case


def sample_case(rng):
    case = Case()
    batch, size = int(rng.integers(0, 5)), int(rng.integers(1, 30))
    logits = (rng.standard_normal((batch, size)) * 2).astype(f32)
    if rng.integers(2):
        logits = np.round(logits)  # ties
    logits[rng.random(logits.shape) < 0.1] = -np.inf
    logits[rng.random(logits.shape) < 0.05] = np.nan
    logits[rng.random(logits.shape) < 0.02] = np.inf
    u = rng.random(batch).astype(f32) * f32(0.999)
    temperature = float(f32(rng.choice([0.0, 0.5, 1.0, 3.0])))
    top_k = int(rng.integers(1, 40)) if rng.integers(2) else None
    top_p = float(f32(rng.choice([0.1, 0.5, 0.9, 1.0]))) if rng.integers(2) else None
    text = f" temperature {temperature:.9e}" + (f" top_k {top_k}" if top_k else "")
    text += f" top_p {top_p:.9e}" if top_p else ""
    l_type, u_type = tensor(logits.shape, "f32", some_dynamic(rng, 2)), tensor((batch,), "f32")
    i_type = tensor((batch,), "i32")
    case.body.append(f"%t = hadal.sample {case.argument(logits, l_type)}, {case.argument(u, u_type)}{text}"
                     f" : ({l_type}, {u_type}) -> {i_type}")
    want = []
    for row, number in zip(logits, u):
        order = [int(i) for i in np.lexsort((np.arange(size), -np.nan_to_num(row, nan=-np.inf)))
                 if row[i] > -np.inf][:top_k]
        if temperature == 0 or not order:
            want.append({order[0] if order else 0})
            continue
        z = row[order].astype(np.float64)
        with np.errstate(all="ignore"):
            w = np.where(z == z[0], 1.0, np.exp((z - z[0]) / temperature))
        p = w / w.sum()
        before = np.cumsum(p) - p
        kept = before < (top_p or 2)
        kept[0] = True
        mass = p[kept].sum()
        reached = np.cumsum(p[kept]) - float(number) * mass
        at = int(np.argmax(reached > 0)) if (reached > 0).any() else len(reached) - 1
        # Where a bound is met within rounding, the neighbours are right, too.
        close = {at} | ({at - 1, at + 1} if np.abs(reached).min() < 1e-9 or
                        (top_p and np.abs(before - top_p).min() < 1e-9) else set())
        want.append({order[i] for i in close if 0 <= i < len(order)})
    case.result("%t", i_type, lambda out: all(int(o) in w for o, w in zip(out, want)))
    return case


if __name__ == "__main__":
    run_cases((norm_case, rope_case, yarn_case, ends_case, sample_case))
