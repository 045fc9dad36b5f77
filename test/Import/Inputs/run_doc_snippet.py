#!/usr/bin/env python3
"""Runs the python block of a document that begins with `# NAME` and then Hadal on the model that it writes.

    run_doc_snippet.py DOCUMENT NAME MODEL MODULE...   # says 'skipped' if a module that it needs is not installed
"""
import importlib.util
import pathlib
import re
import subprocess
import sys
import tempfile

import numpy as np


def moba(q, k, v, block, top, scale, sink=None):
    """What hadal.moba means, the last query at the last key."""
    (b, h, s, _), t = q.shape, k.shape[2]
    out = np.zeros((b, h, s, v.shape[3]))
    for n, i, j in np.ndindex(b, h, s):
        keys, values = (x[n, i * x.shape[1] // h] for x in (k, v))
        end = j + t - s + 1
        own = (end - 1) // block
        scores = [q[n, i, j] @ keys[m * block:(m + 1) * block].mean(0) for m in range(own)]
        chosen = [own, *np.argsort(scores)[::-1][:top - 1]] if own else [own]
        seen = sorted(token for m in chosen for token in range(m * block, min((m + 1) * block, end)))
        e = np.exp(scale * keys[seen] @ q[n, i, j])
        out[n, i, j] = e @ values[seen] / (e.sum() + (0 if sink is None else np.exp(sink[i])))
    return out


def main():
    document, name, model, *modules = sys.argv[1:]
    missing = [module for module in modules if importlib.util.find_spec(module) is None]
    if missing:
        print(f"skipped: {', '.join(missing)} not installed")
        return 0
    block = re.search(rf"^```python\n(# {re.escape(name)}\n.*?)^```", pathlib.Path(document).read_text(), re.M | re.S)[1]
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(temporary)
        (folder / name).write_text(block)
        subprocess.run([sys.executable, name], cwd=folder, check=True, capture_output=True)
        return check(folder, folder / model)


def check(folder, model):
    """The model is MoBA, block 4, top 2, scale 0.25, of q [1, 4, 8, 16] and k, v [1, 2, 12, 16]; with a sink in StableHLO."""
    rng = np.random.default_rng(0)
    q, k, v, sink = (rng.standard_normal(shape).astype(np.float32) for shape in ((1, 4, 8, 16), (1, 2, 12, 16), (1, 2, 12, 16), (4,)))
    if model.suffix == ".onnx":
        inputs, names, sink = {"q": q, "k": k, "v": v}, None, None
    else:
        inputs, names = {"arg0": q, "arg1": k, "arg2": v, "arg3": sink}, ["out0"]
    if names is None:
        import onnx
        names = [output.name for output in onnx.load(model).graph.output]
    np.savez(folder / "in.npz", **inputs)
    np.savez(folder / "out.npz", **{names[0]: moba(q, k, v, 4, 2, 0.25, sink).astype(np.float32)})
    run = subprocess.run(["hadal-run", str(model), "--target=reference", f"--inputs={folder / 'in.npz'}",
                          f"--expected={folder / 'out.npz'}", "--tolerance=1e-5"], capture_output=True, text=True)
    print("right" if run.returncode == 0 else run.stdout + run.stderr)
    return run.returncode


if __name__ == "__main__":
    sys.exit(main())
