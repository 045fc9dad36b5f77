"""Block-scaled formats on random shapes, byte for byte against NumPy.

    quantization_properties.py SEED COUNT    # hadal-opt and hadal-run are looked for in PATH

Roundings are done here by the table of a format's numbers (conversions of ml_dtypes round twice), f32 by numpy.float32.
"""
import ml_dtypes
import numpy as np

from property_case import Case, run_cases, tensor

f32 = np.float32
FORMATS = {
    "f8E4M3FN": (ml_dtypes.float8_e4m3fn, 448, 8, 0x7F),
    "f8E5M2": (ml_dtypes.float8_e5m2, 57344, 15, 0x7E),
    "f4E2M1FN": (ml_dtypes.float4_e2m1fn, 6, 2, 0x07),
}


def table(name):
    dtype, largest, _, _ = FORMATS[name]
    codes = np.arange(8 if name == "f4E2M1FN" else 128, dtype=np.uint8)
    values = codes.view(dtype).astype(np.float64)
    keep = np.isfinite(values) & (values <= largest)
    return values[keep]


def encode(name, y):
    """Clamped, rounded to nearest even: codes."""
    values, nan = table(name), FORMATS[name][3]
    sign_bit = 8 if name == "f4E2M1FN" else 128
    a = np.minimum(np.abs(np.nan_to_num(y.astype(np.float64), nan=0.0, posinf=1e300, neginf=-1e300)), values[-1])
    above = np.clip(np.searchsorted(values, a), 1, len(values) - 1)
    low, high = values[above - 1], values[above]
    up = (a - low > high - a) | ((a - low == high - a) & (above % 2 == 0))
    codes = np.where(a == low, above - 1, np.where(up, above, above - 1))
    codes = np.where(a == high, above, codes) | np.where(np.signbit(y), sign_bit, 0)
    return np.where(np.isnan(y), nan, codes).astype(np.uint8)


def decode(name, codes):
    return codes.view(FORMATS[name][0]).astype(np.float64)


def e8m0(scales):
    """Scales that are powers of two, or not finite."""
    with np.errstate(all="ignore"):
        exponents = np.where(np.isfinite(scales), np.log2(scales.astype(np.float64)) + 127, 255)
    return exponents.astype(np.uint8)


def expand(scales, block, shape):
    return np.repeat(np.repeat(scales, block[0], -2), block[1], -1)[..., :shape[-2], :shape[-1]]


def power_of_two(exponent):
    return np.ldexp(1.0, np.clip(exponent, -127, 127).astype(int)).astype(f32)


def quantize(x, name, block, floor, rounding, by, exponents):
    _, largest, emax, _ = FORMATS[name]
    largest = f32(largest)
    m, k = x.shape[-2:]
    pad = [(0, 0)] * (x.ndim - 2) + [(0, -m % block[0]), (0, -k % block[1])]
    wide = np.pad(np.abs(x), pad)
    rows, columns = wide.shape[-2] // block[0], wide.shape[-1] // block[1]
    amax = wide.reshape(*x.shape[:-2], rows, block[0], columns, block[1]).max((-3, -1), initial=0).astype(f32)
    if floor and floor[0] == "amax":
        amax = np.maximum(amax, f32(floor[1]))
    s = (amax / largest).astype(f32)
    if floor and floor[0] == "scale":
        s = np.maximum(s, f32(floor[1]))
    zero = amax == 0 if rounding == "mx" else s == 0
    fraction, exponent = np.frexp(amax if rounding == "mx" else s)
    exponent = exponent - 1
    rounded = s
    if rounding == "up":
        rounded = power_of_two(exponent + (fraction > 0.5))
    elif rounding == "down":
        rounded = power_of_two(exponent)
    elif rounding == "mx":
        rounded = power_of_two(exponent - emax)
    s = np.where(zero, f32(1), np.where(np.isfinite(s), rounded, s)).astype(f32)
    if exponents:
        s = np.where(np.isinf(s), f32(np.nan), s)
    full = expand(s, block, x.shape)
    if by == "divide":
        y = (x / full).astype(f32)
    elif by == "reciprocal":
        y = (x * (f32(1) / full).astype(f32)).astype(f32)
    else:
        factor = np.where(zero, f32(1), (largest / amax).astype(f32)).astype(f32)
        y = (x * expand(factor, block, x.shape)).astype(f32)
    return encode(name, np.clip(y, -largest, largest)), s


def numbers(rng, shape):
    """Floats of many magnitudes, with ties of the formats, subnormals, ±0, and now and then NaN and infinities."""
    kind = rng.integers(6)
    x = rng.standard_normal(shape).astype(f32)
    if kind == 1:
        x = (rng.integers(-64, 65, shape) / 8).astype(f32)
    elif kind == 2:
        x = np.ldexp(x, rng.integers(-30, 30, shape)).astype(f32)
    elif kind == 3:
        x = np.ldexp(x, rng.integers(-149, -120, shape)).astype(f32)
    elif kind == 4:
        x = np.ldexp(x, rng.integers(100, 127)).astype(f32)
    x[rng.random(shape) < 0.1] = 0
    x[rng.random(shape) < 0.05] *= f32(-0.0)
    if kind == 5:
        x[rng.random(shape) < 0.02] = np.nan
        x[rng.random(shape) < 0.02] = np.inf
    return x


def to_bf16(x):
    return x.astype(ml_dtypes.bfloat16)


def same(name, a, b):
    """Codes that stand for the same number; any NaN is like another."""
    a, b = decode(name, a), decode(name, b)
    return ((a == b) & (np.signbit(a) == np.signbit(b)) | (np.isnan(a) & np.isnan(b))).all()


def quantize_case(rng):
    case = Case()
    rank = rng.integers(2, 5)
    shape = tuple(rng.integers(1, 4, rank - 2)) + (int(rng.integers(0, 20)), int(rng.integers(1, 70)))
    block = [int(rng.choice([1, 1, 2, 5, 128])), int(rng.choice([1, 4, 16, 32, 128]))]
    name = str(rng.choice(list(FORMATS)))
    rounding = str(rng.choice(["none", "up", "down", "mx"]))
    floor = [None, ("amax", 1e-4), ("scale", 1e-3)][rng.integers(3)]
    if floor and floor[0] == "scale" and rounding == "mx":
        floor = None
    exponents = rounding != "none" and bool(rng.integers(2))
    ways = ["divide", "reciprocal"]
    if rounding == "none" and not (floor and floor[0] == "scale"):
        ways.append("amax")
    by = str(rng.choice(ways))
    x = numbers(rng, shape)
    element = str(rng.choice(["f32", "bf16"]))
    dynamic = set(np.flatnonzero(rng.integers(0, 2, rank)))
    if element == "bf16":
        bits = to_bf16(x).view(np.uint16)
        x = bits.view(ml_dtypes.bfloat16).astype(f32)
    x_type = tensor(shape, element, dynamic)
    value = case.argument(bits if element == "bf16" else x, x_type)
    scale_shape = shape[:-2] + (-(-shape[-2] // block[0]), -(-shape[-1] // block[1]))
    scale_element = "f8E8M0FNU" if exponents else "f32"
    text = f"%q, %s = hadal.quantize {value} block {block}"
    text += f" floor {floor[0]} {floor[1]:.8e}" if floor else ""
    text += f" scale_rounding {rounding}" if rounding != "none" or rng.integers(2) else ""
    text += f" by {by}" if by != "divide" else ""
    q_type, s_type = tensor(shape, name, dynamic), tensor(scale_shape, scale_element, dynamic)
    case.body.append(f"{text} : ({x_type}) -> ({q_type}, {s_type})")
    to = str(rng.choice(["f32", "bf16", "f16"]))
    y_type = tensor(shape, to, dynamic)
    case.body.append(f"%y = hadal.dequantize %q, %s block {block} : ({q_type}, {s_type}) -> {y_type}")
    with np.errstate(all="ignore"):
        q, s = quantize(x, name, block, floor, rounding, by, exponents)
        case.result("%q", q_type, lambda out: same(name, out, q))
        case.result("%s", s_type, lambda out: (out == e8m0(s)).all() if exponents else np.array_equal(out, s, True))
        y = decode(name, q) * expand(s.astype(np.float64), block, shape)
        if to == "f32":
            case.result("%y", y_type, lambda out: np.array_equal(out, y.astype(f32), True))
        elif to == "f16":
            half = y.astype(np.float16)
            case.result("%y", y_type, lambda out: np.array_equal(out, half, True))
        else:
            # f64 to bf16 by way of f32 rounds twice: compare with the f32 rounded to odd.
            single = y.astype(f32)
            odd = np.where((single.astype(np.float64) != y) & np.isfinite(single),
                           single_to_odd(y, single), single)
            want = to_bf16(odd).view(np.uint16)
            case.result("%y", y_type, lambda out: np.array_equal(
                out.view(ml_dtypes.bfloat16).astype(f32), want.view(ml_dtypes.bfloat16).astype(f32), True))
    return case


def single_to_odd(y, single):
    toward_zero = np.where(np.abs(single.astype(np.float64)) > np.abs(y), np.nextafter(single, f32(0)), single)
    return (np.ascontiguousarray(toward_zero).view(np.uint32) | 1).view(f32)


def matmul_case(rng):
    case = Case()
    m, n, k = (int(v) for v in rng.integers(1, 40, 3))
    batch = tuple(int(v) for v in rng.integers(1, 4, rng.integers(0, 3)))
    b_batch = batch if rng.integers(2) else ()
    transposed = bool(rng.integers(2))
    sides, text = [], ""
    for side, shape in (("a", batch + (m, k)), ("b", b_batch + ((n, k) if transposed else (k, n)))):
        name = str(rng.choice(list(FORMATS) + ["bf16", "f32"]))
        if name in FORMATS:
            codes = encode(name, rng.standard_normal(shape) * 3)
            values = decode(name, codes)
            operand = case.argument(codes, tensor(shape, name))
        elif name == "bf16":
            bits = to_bf16(rng.standard_normal(shape)).view(np.uint16)
            values = bits.view(ml_dtypes.bfloat16).astype(np.float64)
            operand = case.argument(bits, tensor(shape, name))
        else:
            values = rng.standard_normal(shape).astype(f32)
            operand = case.argument(values, tensor(shape, name))
        sides.append([operand, tensor(shape, name), values.astype(np.float64), shape])
    operands, types = [sides[0][0], sides[1][0]], [sides[0][1], sides[1][1]]
    for side, entry in zip("ab", sides):
        if rng.integers(4) == 0:
            continue
        block = [int(v) for v in rng.choice([1, 3, 8, 32, 128], 2)]
        shape = entry[3][:-2] + (-(-entry[3][-2] // block[0]), -(-entry[3][-1] // block[1]))
        if rng.integers(2):
            codes = rng.integers(120, 134, shape).astype(np.uint8)
            scales = np.ldexp(1.0, codes.astype(int) - 127)
            element = "f8E8M0FNU"
        else:
            codes = scales = rng.random(shape).astype(f32)
            element = "f32"
        value = case.argument(codes, tensor(shape, element))
        text += f" {side}_scales {value} block {block}"
        types.append(tensor(shape, element))
        entry[2] = entry[2] * expand(scales.astype(np.float64), block, entry[3])
    text += " transposed" if transposed else ""
    a, b = sides[0][2], sides[1][2]
    out = a @ (np.swapaxes(b, -1, -2) if transposed else b)
    if rng.integers(2):
        bias = rng.standard_normal(n).astype(f32)
        text += f" bias {case.argument(bias, tensor((n,), 'f32'))}"
        types.append(tensor((n,), "f32"))
        out = out + bias
    if rng.integers(2):
        addend = rng.standard_normal(out.shape).astype(f32)
        text += f" accumulate {case.argument(addend, tensor(out.shape, 'f32'))}"
        types.append(tensor(out.shape, "f32"))
        out = out + addend
    text += " promote 128" if rng.integers(2) else ""
    result = tensor(out.shape, "f32")
    case.body.append(f"%d = hadal.scaled_matmul {', '.join(operands)}{text} : ({', '.join(types)}) -> {result}")
    case.result("%d", result, lambda got: np.linalg.norm(got - out) <= 1e-6 * np.linalg.norm(out))
    return case


def fp4_case(rng):
    case = Case()
    shape = tuple(int(v) for v in rng.integers(1, 5, rng.integers(0, 3))) + (2 * int(rng.integers(0, 20)),)
    codes = rng.integers(0, 16, shape).astype(np.uint8)
    packed = codes[..., 0::2] | codes[..., 1::2] << 4
    byte = str(rng.choice(["ui8", "i8"]))
    x = case.argument(codes, tensor(shape, "f4E2M1FN"))
    p = case.argument(packed, tensor(packed.shape, byte))
    x_type, p_type = tensor(shape, "f4E2M1FN"), tensor(packed.shape, byte)
    case.body += [f"%p = hadal.pack_fp4 {x} : ({x_type}) -> {p_type}",
                  f"%x = hadal.unpack_fp4 {p} : ({p_type}) -> {x_type}"]
    case.result("%p", p_type, lambda out: (out.view(np.uint8) == packed).all())
    case.result("%x", x_type, lambda out: (out == codes).all())
    return case


def cache_case(rng):
    """The layouts as FlashMLA's tests describe them."""
    case = Case()
    v4 = bool(rng.integers(2))
    tile = 64 if v4 else 128
    columns, rotated = (tile * int(rng.integers(1, 4)), int(rng.integers(1, 9))) if rng.integers(4) else \
        (448 if v4 else 512, 64)
    pages, page, align = int(rng.integers(0, 4)), int(rng.integers(1, 5)), int(rng.choice([1, 7, 576]))
    latent, k_pe = numbers(rng, (pages, page, columns)), numbers(rng, (pages, page, rotated))
    element = str(rng.choice(["f32", "bf16"]))
    if element == "bf16":
        latent, k_pe = to_bf16(latent), to_bf16(k_pe)
    bits = [a.view(np.uint16) if element == "bf16" else a for a in (latent, k_pe)]
    types = [tensor(a.shape, element) for a in (latent, k_pe)]
    values = [case.argument(a, t) for a, t in zip(bits, types)]
    with np.errstate(all="ignore"):
        q, s = quantize(latent.astype(f32), "f8E4M3FN", [1, tile], ("scale", 1e-4), "up", "divide", v4)
        keys = to_bf16(k_pe.astype(f32)).view(np.uint8).reshape(pages, page, 2 * rotated)
    if v4:
        scales = np.zeros((pages, page, -(-columns // tile // 8) * 8), np.uint8)
        scales[..., :columns // tile] = e8m0(s)
        parts = [np.concatenate([q, keys], -1), scales]
        rows = np.concatenate([part.reshape(pages, page * part.shape[-1]) for part in parts], -1)
        rows = np.pad(rows, [(0, 0), (0, -rows.shape[-1] % align)])
    else:
        rows = np.concatenate([q, np.ascontiguousarray(s).view(np.uint8).reshape(pages, page, 4 * (columns // tile)), keys], -1)
    layout = f"layout {'v4' if v4 else 'v32'}"
    tail = f" align {align}" if v4 and align > 1 else ""
    byte = str(rng.choice(["ui8", "i8"]))
    row_type = tensor(rows.shape, byte)
    case.body.append(f"%b = hadal.pack_cache {', '.join(values)} {layout}{tail} : ({', '.join(types)}) -> {row_type}")
    # Bytes of NaN differ in their sign.
    nan = np.zeros(rows.shape, bool)
    if np.isnan(latent.astype(f32)).any() or np.isinf(latent.astype(f32)).any() or np.isnan(k_pe.astype(f32)).any():
        nan[...] = True
    case.result("%b", row_type, lambda out: ((out.view(np.uint8) == rows) | nan).all())
    given = case.argument(rows, row_type)
    back = [tensor((pages, page, n), "f32") for n in (columns, rotated)]
    middle = f" page {page}" if v4 else ""
    case.body.append(f"%l, %k = hadal.unpack_cache {given} {layout}{middle}{tail} : ({row_type}) -> ({', '.join(back)})")
    with np.errstate(all="ignore"):
        want = (decode("f8E4M3FN", q) * expand(s.astype(np.float64), [1, tile], q.shape)).astype(f32)
    case.result("%l", back[0], lambda out: np.array_equal(out, want, True))
    case.result("%k", back[1], lambda out: np.array_equal(out, to_bf16(k_pe.astype(f32)).astype(f32), True))
    return case


def hadamard_case(rng):
    case = Case()
    size = 2 ** int(rng.integers(0, 8))
    x = rng.standard_normal((3, size)).astype(f32)
    matrix = np.ones((1, 1))
    while len(matrix) < size:
        matrix = np.block([[matrix, matrix], [matrix, -matrix]])
    type_ = tensor(x.shape, "f32")
    case.body.append(f"%y = hadal.hadamard {case.argument(x, type_)} scale 0.25 : {type_}")
    want = x.astype(np.float64) @ matrix * 0.25
    case.result("%y", type_, lambda out: np.allclose(out, want, 1e-6, 1e-6))
    return case


if __name__ == "__main__":
    run_cases((quantize_case, quantize_case, matmul_case, fp4_case, cache_case, hadamard_case))
