#!/usr/bin/env python3
"""Models that state whole operations by name, against numpy.

    whole_op_cases.py onnx|custom_call|composite [--target=cpu] [NAME...]

The sparse attentions and what numpy says of them are those of test/Reference/Inputs/sparse_models.py.
"""
import argparse
import pathlib
import subprocess
import sys
import tempfile

import numpy as np

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parents[1] / "Reference" / "Inputs")]
import sparse_models  # noqa: E402
import whole_op_table  # noqa: E402

ROWS = {row.name: row for row in whole_op_table.rows()}


def softmax(z):
    e = np.exp(z - z.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


# --- what the other operations mean, in numpy ------------------------------------------------------------------------


def attend(q, k, v, scale, window=None, sink=None, kv_lengths=None, softcap=None):
    """out and lse, causal, the last query at the last valid key."""
    (b, h, s, _), (t, g) = q.shape, (k.shape[2], q.shape[1] // k.shape[1])
    k, v = np.repeat(k, g, 1), np.repeat(v, g, 1)
    z = scale * q @ k.swapaxes(2, 3)
    if softcap:
        z = softcap * np.tanh(z / softcap)
    lengths = (np.full(b, t) if kv_lengths is None else kv_lengths)[:, None, None]
    position, key = np.arange(s)[None, :, None] + lengths - s, np.arange(t)[None, None]
    seen = (key <= position) & (key < lengths) & (key > position - (window or t))
    e = np.where(seen[:, None], np.exp(z), 0)
    total = e.sum(-1, keepdims=True)
    share = total + (0 if sink is None else np.exp(sink)[:, None, None])
    return np.divide(e, share, where=total > 0, out=np.zeros_like(e)) @ v, np.log(total[..., 0])


def attention(rng):
    x = {"q": rng.standard_normal((2, 4, 3, 6)), "k": rng.standard_normal((2, 2, 7, 6)), "v": rng.standard_normal((2, 2, 7, 5)),
         "sink": rng.standard_normal(4), "kv_lengths": np.array([7, 4], np.int32)}
    out = attend(*(x[n] for n in "qkv"), 0.5, 3, x["sink"], x["kv_lengths"], 2.0)
    return x, dict(scale=0.5, causal=1, window=3, softcap=2.0), list(out)


def latent_attention(rng):
    x = {"q_nope": rng.standard_normal((2, 3, 4, 5)), "q_pe": rng.standard_normal((2, 3, 4, 2)),
         "latent": rng.standard_normal((2, 6, 8)), "k_pe": rng.standard_normal((2, 6, 2)), "w_kv": rng.standard_normal((8, 3, 9))}
    both = np.einsum("btl,lhd->bhtd", x["latent"], x["w_kv"])
    k = np.concatenate([both[..., :5], np.repeat(x["k_pe"][:, None], 3, 1)], -1)
    q = np.concatenate([x["q_nope"], x["q_pe"]], -1)
    return x, dict(scale=0.25, causal=1, form="absorbed"), [attend(q, k, both[..., 5:], 0.25)[0]]


def route(rng):
    x = {"logits": rng.standard_normal((5, 8)), "bias": rng.standard_normal(8)}
    scores = 1 / (1 + np.exp(-x["logits"]))
    choice = (scores + x["bias"]).reshape(5, 4, 2)
    kept = np.argsort(-choice.sum(-1), -1)[:, :2]
    choice = np.where((np.arange(4) == kept[..., None]).any(1)[..., None], choice, -np.inf).reshape(5, 8)
    indices = np.argsort(-choice, -1)[:, :3]
    chosen = np.take_along_axis(scores, indices, -1)
    weights = chosen / (chosen.sum(-1, keepdims=True) + np.float32(1e-20)) * 2.5
    return x, dict(score="sigmoid", groups=4, kept_groups=2, group_score="sum2", k=3, scale=2.5, normalize=1,
                   epsilon=1e-20), [weights, indices]


def moe(rng, gated=True):
    fan_in = 2 if gated else 1
    x = {"x": rng.standard_normal((5, 6)), "weights": rng.standard_normal((5, 2)), "indices": rng.integers(0, 4, (5, 2)),
         "w_gate_up": rng.standard_normal((4, 6, 4 * fan_in)), "w_down": rng.standard_normal((4, 4, 6)),
         "down_bias": rng.standard_normal((4, 6)), "shared_gate_up": rng.standard_normal((6, 3 * fan_in)),
         "shared_down": rng.standard_normal((3, 6))}

    def inner(z):
        gate, up = (z[::2], z[1::2]) if gated else (z, 1)
        if gated:
            gate, up = np.minimum(gate, 1.5), np.clip(up, -1.5, 1.5) + 1
        return gate / (1 + np.exp(-1.75 * gate)) * up

    out = np.zeros((5, 6))
    for t, token in enumerate(x["x"]):
        for e, w in zip(x["indices"][t], x["weights"][t]):
            out[t] += w * (inner(token @ x["w_gate_up"][e]) @ x["w_down"][e] + x["down_bias"][e])
        out[t] += inner(token @ x["shared_gate_up"]) @ x["shared_down"]
    clauses = dict(gate_order="interleaved", limit=1.5, shared_limit=1.5, up_offset=1.0) if gated else dict(gate_order="none")
    return x, dict(activation="silu", alpha=1.75, **clauses), [out]


def sparse(name, seed):
    """A case of sparse_models.py; its attributes stand in the text of the operation."""
    c = sparse_models.Case(np.random.default_rng([seed, list(sparse_models.OPERATIONS).index(name)]))
    text, inputs, expected, *_ = sparse_models.OPERATIONS[name](c)
    words = text.split()
    attributes = {}
    for field, kind, _ in ROWS[name].fields:
        if field in words:
            value = words[words.index(field) + 1] if kind != "flag" else 1
            attributes[field] = int(value) if kind in ("int", "flag") else float(value) if kind == "float" else value
    if name == "nsa":
        attributes["kind"] = words[words.index("compress") + 1]
    if "rope" in words:
        attributes["layout"] = "interleaved"
    return inputs, attributes, expected()


CASES = {"attention": lambda: attention(np.random.default_rng(1)), "latent_attention": lambda: latent_attention(np.random.default_rng(2)),
         "route": lambda: route(np.random.default_rng(3)), "moe": lambda: moe(np.random.default_rng(4)),
         "moe_ungated": lambda: moe(np.random.default_rng(5), gated=False)}
CASES |= {f"{name}_{seed}": lambda name=name, seed=seed: sparse(name, seed)
          for name in sparse_models.OPERATIONS for seed in range(4)}


# --- the models ------------------------------------------------------------------------------------------------------


def operation(case):
    return next(name for name in sorted(ROWS, key=len, reverse=True) if case.startswith(name))


def save_onnx(case, inputs, attributes, results, path):
    from onnx import TensorProto, helper, save
    row = ROWS[operation(case)]
    kinds = {"float64": TensorProto.DOUBLE, "float32": TensorProto.FLOAT, "int32": TensorProto.INT32, "int64": TensorProto.INT64}
    names = [name if name in inputs else "" for name, _, _ in row.operands]
    while not names[-1]:
        names.pop()
    info = lambda name, array, shape: helper.make_tensor_value_info(name, kinds[array.dtype.name], shape)
    outputs = [name for name, _, _ in row.results][:len(results)]
    node = helper.make_node(row.node, names, [f"out_{name}" for name in outputs], domain="ai.hadal", name="node", **attributes)
    graph = helper.make_graph([node], "g", [info(name, array, array.shape) for name, array in inputs.items()],
                              [info(f"out_{name}", array, [None] * array.ndim) for name, array in zip(outputs, results)])
    opsets = [helper.make_opsetid("", 21), helper.make_opsetid("ai.hadal", 1)]
    save(helper.make_model(graph, opset_imports=opsets, ir_version=10), path)
    return list(inputs), [f"out_{name}" for name in outputs]


def save_stablehlo(case, inputs, attributes, results, path, composite):
    row = ROWS[operation(case)]
    types = {"float64": "f64", "float32": "f32", "int32": "i32", "int64": "i64"}
    type_of = lambda array: f"tensor<{'x'.join([*map(str, array.shape), types[array.dtype.name]])}>"
    order = [name for name, _, _ in row.operands if name in inputs]

    def text_of(value):
        return f'"{value}"' if isinstance(value, str) else f"{value} : i64" if isinstance(value, int) else f"{value:e} : f64"

    fields = {name: kind for name, kind, _ in row.fields}
    entries = [f"{name} = {'true' if fields[name] == 'flag' else text_of(value)}" for name, value in attributes.items()]
    if order != [name for name, _, _ in row.operands][:len(order)]:
        entries.append(f'operands = "{", ".join(order)}"')
    given = ", ".join(type_of(inputs[name]) for name in order)
    made = ", ".join(type_of(array) for array in results)
    arguments = ", ".join(f"%{name}: {type_of(inputs[name])}" for name in order)
    values = ", ".join("%" + name for name in order)
    names = ", ".join(f"%r{n}" for n in range(len(results)))
    function = ""
    if composite:
        call = (f'stablehlo.composite "{"hadal." + row.name}" {values} {{composite_attributes = {{{", ".join(entries)}}}, '
                "decomposition = @unused}")
        zeros = "\n".join(f"    %z{n} = stablehlo.constant dense<{'0.0' if array.dtype.kind == 'f' else '0'}> : {type_of(array)}"
                          for n, array in enumerate(results))
        listed = ", ".join(f"%z{n}" for n in range(len(results)))
        function = f"  func.func private @unused({arguments}) -> ({made}) {{\n{zeros}\n    return {listed} : {made}\n  }}\n"
    else:
        call = f"stablehlo.custom_call @hadal.{row.name}({values}) {{mhlo.backend_config = {{{', '.join(entries)}}}}}"
    path.write_text(f"module {{\n  func.func public @main({arguments}) -> ({made}) {{\n    {names} = {call} : ({given}) -> ({made})\n"
                    f"    return {names} : {made}\n  }}\n{function}}}\n")
    return [f"arg{n}" for n in range(len(order))], [f"out{n}" for n in range(len(results))], order


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("form", choices=["onnx", "custom_call", "composite"])
    parser.add_argument("names", nargs="*")
    parser.add_argument("--target", default="reference")
    options = parser.parse_args()
    names = options.names or list(CASES)
    right = 0
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(temporary)
        for case in names:
            inputs, attributes, results = CASES[case]()
            if options.target != "reference":
                narrow = lambda array: array.astype(np.float32) if array.dtype == np.float64 else array
                inputs, results = {name: narrow(array) for name, array in inputs.items()}, [narrow(array) for array in results]
            if options.form == "onnx":
                path = folder / "model.onnx"
                given, made = save_onnx(case, inputs, attributes, results, path)
                order = list(inputs)
            else:
                path = folder / "model.mlir"
                given, made, order = save_stablehlo(case, inputs, attributes, results, path, options.form == "composite")
            np.savez(folder / "in.npz", **{name: inputs[key] for name, key in zip(given, order)})
            np.savez(folder / "out.npz", **dict(zip(made, results)))
            tolerance = "1e-9" if options.target == "reference" and operation(case) not in ("route",) else "1e-4"
            run = subprocess.run(["hadal-run", str(path), f"--target={options.target}", f"--inputs={folder / 'in.npz'}",
                                  f"--expected={folder / 'out.npz'}", f"--tolerance={tolerance}"], capture_output=True, text=True)
            right += run.returncode == 0
            if run.returncode:
                print(f"{case}: {(run.stdout + run.stderr).strip()[:800]}")
    print(f"{right} of {len(names)} right")
    return right != len(names)


if __name__ == "__main__":
    sys.exit(main())
