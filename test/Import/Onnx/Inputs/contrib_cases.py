"""Models of one operator of com.microsoft each, with what numpy says of them, run by hadal-run.

    contrib_cases.py [--target=reference|cpu] [NAME...]
"""
import argparse
import pathlib
import subprocess
import tempfile

import numpy as np
import onnx
from onnx import TensorProto, helper

MS = "com.microsoft"
KINDS = {"float32": TensorProto.FLOAT, "int64": TensorProto.INT64, "int32": TensorProto.INT32, "uint8": TensorProto.UINT8}
random = np.random.default_rng(7)


def normal(*shape):
    return random.standard_normal(shape).astype(np.float32)


def softmax(x):
    with np.errstate(invalid="ignore"):
        e = np.exp(x - x.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def split(x, heads):
    b, s, d = x.shape
    return x.reshape(b, s, heads, d // heads).transpose(0, 2, 1, 3)


def merge(x):
    b, h, s, d = x.shape
    return x.transpose(0, 2, 1, 3).reshape(b, s, h * d)


def attend(q, k, v, bias, scale, softcap=0.0, sink=None):
    """bias [.., queries, keys] is added; −inf hides."""
    group = q.shape[1] // k.shape[1]
    k, v = np.repeat(k, group, 1), np.repeat(v, group, 1)
    z = q @ k.transpose(0, 1, 3, 2) * scale
    if softcap:
        z = softcap * np.tanh(z / softcap)
    z = z + bias
    if sink is not None:
        column = np.broadcast_to(np.asarray(sink).reshape(1, -1, 1, 1), z.shape[:-1] + (1,))
        return softmax(np.concatenate([z, column], -1))[..., :-1] @ v
    return softmax(z) @ v


def pack(q, bits):
    """Integers along the last dimension into bytes, low bits first; a last byte is filled up with 0."""
    per = 8 // bits
    q = np.pad(q, [(0, 0)] * (q.ndim - 1) + [(0, -q.shape[-1] % per)])
    q = q.reshape(*q.shape[:-1], -1, per).astype(np.uint8)
    return np.bitwise_or.reduce(q << (bits * np.arange(per, dtype=np.uint8)), -1)


def nbits(bits, zeros, bias, k=40, n=6, block=16):
    blocks = -(-k // block)
    q = random.integers(0, 2**bits, (n, blocks, block))
    scales = np.abs(normal(n, blocks)) + 0.1
    z = random.integers(0, 2**bits, (n, blocks)) if zeros else np.full((n, blocks), 2 ** (bits - 1))
    weights = ((q - z[..., None]) * scales[..., None]).reshape(n, -1)[:, :k]
    x, b = normal(2, 3, k), normal(n)
    inputs = {"x": x, "w": pack(q, bits), "s": scales, "z": pack(z, bits) if zeros else None, "g": None,
              "b": b if bias else None}
    return "MatMulNBits", inputs, {"y": x @ weights.T + (b if bias else 0)}, dict(K=k, N=n, bits=bits, block_size=block)


def grouped(ends, past, length, *, packed=False, window=None, softcap=0.0, sink=False, smooth=False, rotary=0, bias=False,
            heads=4, shared=2, size=8):
    """Sequence b has ends[b] tokens in all, `length` of them new (or its whole prompt, shorter than the longest)."""
    batch = len(ends)
    q, k, v = normal(batch, length, heads * size), normal(batch, length, shared * size), normal(batch, length, shared * size)
    pk, pv = normal(batch, shared, past, size), normal(batch, shared, past, size)
    total = past + length
    angle = np.outer(np.arange(32), 10.0 ** -np.arange(rotary // 2)) if rotary else None
    added, sinks = normal(batch, heads, length, total), normal(heads)
    out = np.zeros((batch, length, heads * size), np.float32)
    presents = [np.zeros((batch, shared, total, size), np.float32) for _ in range(2)]
    used = []
    for b, end in enumerate(ends):
        start = max(end - length, 0)
        place = start + np.arange(length)
        q4, k4, v4 = (split(x[b:b + 1], n) for x, n in ((q, heads), (k, shared), (v, shared)))
        if rotary:
            def turn(x):
                c, s = np.cos(angle[place]), np.sin(angle[place])
                a, e, rest = x[..., :rotary // 2], x[..., rotary // 2:rotary], x[..., rotary:]
                return np.concatenate([a * c - e * s, e * c + a * s, rest], -1)
            q4, k4 = turn(q4), turn(k4)
        keys = np.concatenate([pk[b:b + 1, :, :start], k4], 2)
        values = np.concatenate([pv[b:b + 1, :, :start], v4], 2)
        n = keys.shape[2]
        t = np.arange(n)[None]
        seen = t <= place[:, None]
        if window:
            seen &= t > place[:, None] - window
        mask = np.where(seen, 0, -np.inf)
        if bias:
            mask = mask + added[b:b + 1, :, :, :n]
        out[b] = merge(attend(q4, keys, values, mask, size**-0.5, softcap, sinks if sink else [0] * heads if smooth else None))[0]
        presents[0][b, :, :n], presents[1][b, :, :n] = keys[0], values[0]
        used.append(n)
    # What lies behind the last token of a shorter sequence is not specified: this implementation repeats the last new one.
    for present in presents:
        for b, n in enumerate(used):
            present[b, :, n:] = present[b, :, n - 1:n]
    inputs = {"q": np.concatenate([q, k, v], -1) if packed else q, "k": None if packed else k, "v": None if packed else v,
              "pk": pk, "pv": pv, "ends": np.array(ends, np.int32) - 1, "total": np.array(total, np.int32),
              "cos": np.cos(angle).astype(np.float32) if rotary else None,
              "sin": np.sin(angle).astype(np.float32) if rotary else None, "ids": None,
              "bias": added if bias else None, "sink": sinks if sink else None}
    attributes = dict(num_heads=heads, kv_num_heads=shared, do_rotary=int(bool(rotary)), softcap=softcap,
                      smooth_softmax=int(smooth), local_window_size=window or -1)
    return "GroupQueryAttention", inputs, {"y": out, "present_k": presents[0], "present_v": presents[1]}, attributes


def multi(*, packed=False, bias=False, padding=None, added=False, past=0, causal=False, heads=2, size=4, batch=2, length=3):
    q, k, v = (normal(batch, length, heads * size) for _ in range(3))
    b, a = normal(3 * heads * size), normal(1, heads, length, past + length)
    pk, pv = normal(batch, heads, past, size), normal(batch, heads, past, size)
    parts = np.split(b, 3) if bias else [0, 0, 0]
    q4, k4, v4 = (split(x + p, heads) for x, p in zip((q, k, v), parts))
    k4, v4 = np.concatenate([pk, k4], 2), np.concatenate([pv, v4], 2)
    total = past + length
    mask = np.zeros((batch, 1, length, total))
    keys = np.ones((batch, total), np.int32)
    if padding:
        keys = (np.arange(total)[None] < np.array(padding)[:, None]).astype(np.int32)
        mask = mask + np.where(keys, 0, -10000.0)[:, None, None]
    if added:
        mask = mask + a
    if causal:
        mask = np.where(np.arange(total)[None] <= np.arange(length)[:, None] + past, mask, -np.inf)
    y = merge(attend(q4, k4, v4, mask, size**-0.5))
    whole = np.stack([x.reshape(batch, length, heads, size) for x in (q, k, v)], 3)
    inputs = {"q": whole if packed else q, "k": None if packed else k, "v": None if packed else v, "b": b if bias else None,
              "m": keys if padding else None, "a": a if added else None, "pk": pk if past else None, "pv": pv if past else None}
    outputs = {"y": y} | ({"present_k": k4, "present_v": v4} if past else {})
    return "MultiHeadAttention", inputs, outputs, dict(num_heads=heads, unidirectional=int(causal))


def projected(*, sizes=None, padding=None, added=False, past=0, causal=False, heads=2, batch=2, length=3, width=6):
    """Attention: queries, keys and values of one weight; keys and values of the past in one tensor."""
    q_size, k_size, v_size = sizes or (8, 8, 8)
    x, w, b = normal(batch, length, width), normal(width, q_size + k_size + v_size), normal(q_size + k_size + v_size)
    q4, k4, v4 = (split(part, heads) for part in np.split(x @ w + b, [q_size, q_size + k_size], -1))
    before = normal(2, batch, heads, past, k_size // heads)
    if past:
        k4, v4 = np.concatenate([before[0], k4], 2), np.concatenate([before[1], v4], 2)
    total = past + length
    mask, a = np.zeros((batch, 1, length, total)), normal(batch, 1, length, total)
    keys = (np.arange(total)[None] < np.array(padding or [total] * batch)[:, None]).astype(np.int32)
    mask = mask + np.where(keys, 0, -10000.0)[:, None, None] + (a if added else 0)
    if causal:
        mask = np.where(np.arange(total)[None] <= np.arange(length)[:, None] + past, mask, -np.inf)
    y = merge(attend(q4, k4, v4, mask, (q_size // heads)**-0.5))
    inputs = {"x": x, "w": w, "b": b, "m": keys if padding else None, "past": before if past else None, "a": a if added else None}
    outputs = {"y": y} | ({"present": np.stack([k4, v4])} if past else {})
    return "Attention", inputs, outputs, dict(num_heads=heads, unidirectional=int(causal)) | (
        dict(qkv_hidden_sizes=list(sizes)) if sizes else {})


def experts(x, logits, w1, w2, w3, b1, b2, k, act, fusion, normalize, weights=None, b3=None):
    p = softmax(logits.astype(np.float64))
    order = np.argsort(-p, -1, kind="stable")[:, :k]
    chosen = np.take_along_axis(p if weights is None else weights, order, -1)
    if normalize:
        chosen = chosen / chosen.sum(-1, keepdims=True)
    out = np.zeros((len(x), w2.shape[1]))
    for t in range(len(x)):
        for e, w in zip(order[t], chosen[t]):
            z = w1[e] @ x[t] + b1[e]
            if act == "swiglu":
                gate, up = (z[::2], z[1::2]) if fusion == 1 else np.split(z, 2) if fusion == 2 else (z, w3[e] @ x[t])
                a = gate * sigmoid(1.5 * gate) * (up + 0.5)
            else:
                a = {"relu": lambda z: np.maximum(z, 0), "silu": lambda z: z * sigmoid(z), "identity": lambda z: z,
                     "gelu": lambda z: 0.5 * z * (1 + np.tanh(np.sqrt(2 / np.pi) * (z + 0.044715 * z**3)))}[act](z)
                if w3 is not None:
                    a = a * (w3[e] @ x[t] + (b3[e] if b3 is not None else 0))
            out[t] += w * (w2[e] @ a + b2[e])
    return out.astype(np.float32)


def moe(act, *, fusion=0, third=False, normalize=0, k=2, inFirst=False, rank3=False, third_bias=False, t=6, e=4, hidden=8, inner=12):
    wide = inner * 2 if act == "swiglu" and fusion else inner
    w1, w2, w3 = normal(e, wide, hidden), normal(e, hidden, inner), normal(e, inner, hidden) if third else None
    b1, b2, x, logits = normal(e, wide), normal(e, hidden), normal(t, hidden), normal(t, e)
    b3 = normal(e, inner) if third_bias else None
    y = experts(x, logits, w1, w2, w3, b1, b2, k, act, fusion, normalize, b3=b3)
    if rank3:
        x, y = x.reshape(2, t // 2, hidden), y.reshape(2, t // 2, hidden)
    turn = (lambda w: w.transpose(0, 2, 1).copy()) if inFirst else (lambda w: w)
    inputs = {"x": x, "r": logits, "w1": turn(w1), "b1": b1, "w2": turn(w2), "b2": b2, "w3": turn(w3) if third else None,
              "b3": b3}
    attributes = dict(k=k, activation_type=act, normalize_routing_weights=normalize, swiglu_fusion=fusion)
    if act == "swiglu":
        attributes |= dict(activation_alpha=1.5, activation_beta=0.5)
    return "MoE", inputs, {"y": y}, attributes


def quantised_moe(bits, block, zeros, weighted, t=5, e=3, hidden=16, inner=16):
    def weight(rows, columns):
        size = block or columns
        q = random.integers(0, 2**bits, (e, rows, columns // size, size))
        scales = (np.abs(normal(e, rows, columns // size)) + 0.1) / 2**bits
        z = random.integers(0, 2**bits, scales.shape) if zeros else np.full(scales.shape, 2 ** (bits - 1))
        values = ((q - z[..., None]) * scales[..., None]).reshape(e, rows, columns)
        return (pack(q.reshape(e, rows, columns), bits), scales if block else scales[..., 0], pack(z, bits), values)
    q1, s1, z1, w1 = weight(2 * inner, hidden)
    q2, s2, z2, w2 = weight(hidden, inner)
    b1, b2, x, logits, r = normal(e, 2 * inner), normal(e, hidden), normal(t, hidden), normal(t, e), np.abs(normal(t, e))
    y = experts(x, logits, w1, w2, None, b1, b2, 2, "swiglu", 1, 1, r if weighted else None)
    inputs = {"x": x, "r": logits, "q1": q1, "s1": s1, "b1": b1, "q2": q2, "s2": s2, "b2": b2, "w3": None, "s3": None,
              "b3": None, "z1": z1 if zeros else None, "z2": z2 if zeros else None, "z3": None, "rw": r if weighted else None}
    attributes = dict(k=2, activation_type="swiglu", swiglu_fusion=1, normalize_routing_weights=1, expert_weight_bits=bits,
                      activation_alpha=1.5, activation_beta=0.5)
    return "QMoE", inputs, {"y": y}, attributes | (dict(block_size=block) if block else {})


def skip_layer_norm():
    x, s, g, b, c = normal(2, 3, 8), normal(2, 3, 8), normal(8), normal(8), normal(8)
    total = x + s + c
    centred = total - total.mean(-1, keepdims=True)
    factor = 1 / np.sqrt((centred**2).mean(-1, keepdims=True) + 1e-5)
    outputs = {"y": centred * factor * g + b, "mean": total.mean(-1, keepdims=True), "inv": factor, "sum": total}
    return "SkipLayerNormalization", {"x": x, "s": s, "g": g, "b": b, "c": c}, outputs, dict(epsilon=1e-5)


def fused_matmul():
    a, b = normal(3, 2, 5), normal(2, 4, 5)  # [m, batch, k] and [batch, n, k]
    y = 0.5 * np.einsum("mbk,bnk->bmn", a, b)
    return "FusedMatMul", {"a": a, "b": b}, {"y": y}, dict(alpha=0.5, transBatchA=1, transB=1)


def gather_quantized(zeros):
    q, scales = random.integers(0, 16, (7, 32)), np.abs(normal(7, 2)) + 0.1
    z = random.integers(0, 16, (7, 2)) if zeros else np.full((7, 2), 8)
    table = ((q.reshape(7, 2, 16) - z[..., None]) * scales[..., None]).reshape(7, 32)
    i = np.array([[3, 0], [6, 3]], np.int64)
    inputs = {"q": pack(q, 4), "i": i, "s": scales, "z": pack(z, 4) if zeros else None}
    return "GatherBlockQuantized", inputs, {"y": table[i]}, dict(bits=4, block_size=16, gather_axis=0, quantize_axis=1)


def gelu(op, bias=False, **attributes):
    x, b = normal(3, 8), normal(8)
    z = (x + (b if bias else 0)).astype(np.float64)
    if op == "QuickGelu":
        y = z * sigmoid(1.702 * z)
    elif op == "FastGelu":
        y = 0.5 * z * (1 + np.tanh(np.sqrt(2 / np.pi) * (z + 0.044715 * z**3)))
    else:
        from math import erf
        y = 0.5 * z * (1 + np.vectorize(erf)(z / np.sqrt(2)))
    return op, {"x": x} | ({"b": b} if bias else {}), {"y": y}, attributes


def rotary():
    x, cos, sin, ids = normal(2, 5, 24), normal(9, 3), normal(9, 3), random.integers(0, 9, (2, 5))
    x4, c, s = split(x, 3), cos[ids][:, None], sin[ids][:, None]
    a, b, rest = x4[..., :6:2], x4[..., 1:6:2], x4[..., 6:]
    turned = np.stack([a * c - b * s, b * c + a * s], -1).reshape(*a.shape[:-1], 6)
    return ("RotaryEmbedding", {"x": x, "ids": ids, "cos": cos, "sin": sin}, {"y": merge(np.concatenate([turned, rest], -1))},
            dict(num_heads=3, interleaved=1, rotary_embedding_dim=6))


CASES = {
    "nbits4": lambda: nbits(4, False, False), "nbits4_zeros_bias": lambda: nbits(4, True, True),
    "nbits8_zeros": lambda: nbits(8, True, False), "nbits2_zeros": lambda: nbits(2, True, True),
    "gqa_prompt_ragged": lambda: grouped([4, 4], 0, 4, rotary=4), "gqa_packed": lambda: grouped([6], 2, 4, packed=True),
    "gqa_ragged_past": lambda: grouped([3, 6], 5, 1, rotary=8), "gqa_window_sink": lambda: grouped([7], 3, 4, window=3, sink=True),
    "gqa_ragged_window_softcap": lambda: grouped([4, 7], 5, 2, window=2, softcap=4.0),
    "gqa_bias_smooth": lambda: grouped([5, 5], 0, 5, bias=True, smooth=True),
    "mha": lambda: multi(), "mha_packed_bias": lambda: multi(packed=True, bias=True),
    "mha_padding_added": lambda: multi(padding=[2, 3], added=True), "mha_past_causal": lambda: multi(past=2, causal=True),
    "attention": lambda: projected(), "attention_past_causal": lambda: projected(past=2, causal=True),
    "attention_sizes_padding": lambda: projected(sizes=(8, 8, 4), padding=[2, 3], added=True),
    "gqa_ragged_sink": lambda: grouped([4, 6], 5, 1, window=3, sink=True, softcap=2.0),
    "gqa_ragged_bias": lambda: grouped([4, 6], 3, 3, bias=True), "moe_gelu": lambda: moe("gelu", normalize=1),
    "moe_third_bias": lambda: moe("relu", third=True, third_bias=True),
    "moe_identity_third": lambda: moe("identity", third=True, inFirst=True),
    "moe_relu": lambda: moe("relu", k=1), "moe_silu_third": lambda: moe("silu", third=True, normalize=1),
    "moe_in_first": lambda: moe("identity", inFirst=True, rank3=True), "moe_swiglu": lambda: moe("swiglu", fusion=1),
    "moe_swiglu_behind": lambda: moe("swiglu", fusion=2, normalize=1), "moe_swiglu_third": lambda: moe("swiglu", third=True),
    "qmoe4": lambda: quantised_moe(4, 0, False, False), "qmoe4_zeros": lambda: quantised_moe(4, 8, True, False),
    "qmoe8_weighted": lambda: quantised_moe(8, 16, False, True),
    "skip_layer_norm": skip_layer_norm, "fused_matmul": fused_matmul, "gather_quantized": lambda: gather_quantized(False),
    "gather_quantized_zeros": lambda: gather_quantized(True), "gelu": lambda: gelu("Gelu"),
    "fast_gelu": lambda: gelu("FastGelu", bias=True), "bias_gelu": lambda: gelu("BiasGelu", bias=True),
    "quick_gelu": lambda: gelu("QuickGelu"), "rotary": rotary,
}


def save(name, folder):
    op, inputs, outputs, attributes = CASES[name]()
    inputs = {key: None if value is None else np.asarray(value, np.float32) if np.asarray(value).dtype == np.float64 else value
              for key, value in inputs.items()}
    outputs = {key: np.asarray(value, np.float32) for key, value in outputs.items()}
    info = lambda key, array: helper.make_tensor_value_info(key, KINDS[array.dtype.name], array.shape)
    names = [key if value is not None else "" for key, value in inputs.items()]
    while not names[-1]:
        names.pop()
    present = {key: value for key, value in inputs.items() if value is not None}
    graph = helper.make_graph([helper.make_node(op, names, list(outputs), domain=MS, name=op, **attributes)], "g",
                              [info(*item) for item in present.items()], [info(*item) for item in outputs.items()])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18), helper.make_opsetid(MS, 1)], ir_version=9)
    onnx.save(model, folder / "model.onnx")
    np.savez(folder / "in.npz", **present)
    np.savez(folder / "out.npz", **outputs)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("names", nargs="*")
    parser.add_argument("--target", default="reference")
    options = parser.parse_args()
    right = 0
    names = options.names or list(CASES)
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(temporary)
        for name in names:
            save(name, folder)
            run = subprocess.run(["hadal-run", folder / "model.onnx", f"--target={options.target}", f"--inputs={folder / 'in.npz'}",
                                  f"--expected={folder / 'out.npz'}", "--tolerance=1e-5"], capture_output=True, text=True)
            right += run.returncode == 0
            if run.returncode != 0:
                print(f"{name}: {(run.stdout + run.stderr).strip()[:800]}")
    print(f"{right} of {len(names)} right")


if __name__ == "__main__":
    main()
