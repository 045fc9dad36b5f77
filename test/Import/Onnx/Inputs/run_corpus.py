"""Runs every ONNX case of a corpus folder by hadal-run; counts what is right, wrong and refused (with hadal-run's error).

    run_corpus.py CORPUS [--target=reference|cpu] [--only=PART OF A NAME] [--verbose]

Where `compare` in a case.json says that the order of results is free, sets are compared.
"""
import argparse
import concurrent.futures
import json
import os
import pathlib
import subprocess
import tempfile

import numpy as np


def pairs(rows, weights):
    """Each row's (index, weight), by index."""
    order = np.argsort(rows, axis=-1)
    return np.take_along_axis(rows, order, -1), np.take_along_axis(weights, order, -1)


def compare_sets(rule, got, expected, tolerance):
    """Compares what the rule names and removes it; whether it is right."""
    a, b = got.pop(rule["indices"]), expected.pop(rule["indices"])
    if rule["mode"] == "unordered_topk":
        (a, w), (b, v) = pairs(a, got.pop(rule["weights"])), pairs(b, expected.pop(rule["weights"]))
        return np.array_equal(a, b) and np.linalg.norm(w - v) <= tolerance * np.linalg.norm(v)
    # causal_index_sets: positions behind a query's own are masked, and theirs the order is free.
    queries = range(a.shape[-2])
    for x, y in zip(a.reshape(-1, *a.shape[-2:]), b.reshape(-1, *b.shape[-2:])):
        if any(set(x[q][x[q] <= q]) != set(y[q][y[q] <= q]) for q in queries):
            return False
    return a.shape == b.shape


def run(description, target):
    case = json.loads(description.read_text())
    folder = description.parent
    rules = case["compare"] if isinstance(case.get("compare"), list) else []
    tolerance = case.get("tolerance", 1e-5)
    with tempfile.TemporaryDirectory() as temporary:
        command = ["hadal-run", folder / case.get("file", "model.onnx"), f"--target={target}",
                   f"--inputs={folder / 'inputs.npz'}", f"--output-dir={temporary}"]
        if target == "reference":
            command.append("--phase=import")
        if not rules:
            command += [f"--expected={folder / 'expected.npz'}", f"--tolerance={tolerance}"]
        process = subprocess.run(command, capture_output=True, text=True, env=os.environ | {"TMPDIR": temporary})
        text = (process.stdout + process.stderr).strip()
        if "error: " in process.stderr and process.returncode == 1:
            return "refused", text
        right = process.returncode == 0
        if right and rules:
            got = dict(np.load(pathlib.Path(temporary) / "outputs.npz"))
            expected = dict(np.load(folder / "expected.npz"))
            right = all([compare_sets(rule, got, expected, tolerance) for rule in rules])
            for name, array in expected.items():
                right &= np.linalg.norm(got[name] - array) <= tolerance * np.linalg.norm(array)
        return ("right" if right else "wrong"), text


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("corpus")
    parser.add_argument("--target", default="reference")
    parser.add_argument("--only", default="")
    parser.add_argument("--verbose", action="store_true")
    options = parser.parse_args()
    cases = [path for path in sorted(pathlib.Path(options.corpus).glob("*/*/case.json"))
             if path.parent.parent.name != "bad" and json.loads(path.read_text()).get("format") == "onnx"
             and options.only in str(path)]
    counts = {"right": 0, "wrong": 0, "refused": 0}
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for path, (outcome, text) in zip(cases, pool.map(lambda path: run(path, options.target), cases)):
            counts[outcome] += 1
            if outcome == "wrong" or options.verbose:
                print(f"{outcome} {path.parent.parent.name}/{path.parent.name}: {text}")
    print(", ".join(f"{count} {outcome}" for outcome, count in counts.items()))


if __name__ == "__main__":
    main()
