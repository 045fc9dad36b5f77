"""Raises every case of a corpus: what its case.json names must be found, and the raised graph must compute what the imported one does.

    raise_corpus.py CORPUS [--only=REGEX] [--family=NAME] [--no-numbers]

The numbers are those of the reference on random inputs: floats of the spread of the case's own, integers between the case's own least and
largest. A case in 16 bits takes its own inputs, whose choices of experts and keys are known to be clear of rounding. Where `compare` in a case.json says that the order of results is free, sets are compared. What `must_not_raise` names must not be
found.
"""
import argparse
import concurrent.futures
import json
import pathlib
import re
import subprocess
import sys
import tempfile

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[3] / "Import" / "Onnx" / "Inputs"))
from run_corpus import compare_sets  # noqa: E402


def draw(folder, seed):
    """Inputs like the case's own, but others."""
    random = np.random.default_rng(seed)
    arrays = {}
    for name, array in np.load(folder / "inputs.npz").items():
        if array.dtype.kind == "f" and array.size > 1 and np.abs(array).max() < 1e30:
            arrays[name] = (array.std() * random.standard_normal(array.shape) + array.mean()).astype(array.dtype)
        elif array.dtype.kind in "iu" and len(set(array.ravel())) > 2:
            arrays[name] = random.integers(array.min(), array.max() + 1, array.shape).astype(array.dtype)
        else:  # single numbers and masks stay
            arrays[name] = array
    return arrays


def outputs(model, phase, inputs, folder):
    """The results of the reference, or the error."""
    folder.mkdir()
    run = subprocess.run(["hadal-run", model, "--target=reference", f"--phase={phase}", f"--inputs={inputs}",
                          f"--output-dir={folder}"], capture_output=True, text=True)
    if run.returncode:
        return run.stderr.strip() or run.stdout.strip()
    return dict(np.load(folder / "outputs.npz"))


def values(array, type_name):
    """Floats that are stored as bits, as floats."""
    if type_name == "bfloat16":
        return (array.astype(np.uint32) << 16).view(np.float32)
    return array


def differ(case, got, expected, tolerance):
    """What is not equal between two sets of results, or nothing."""
    for rule in case["compare"] if isinstance(case.get("compare"), list) else []:
        if not compare_sets(rule, got, expected, tolerance):
            return rule["indices"]
    for name, array in expected.items():
        type_name = case.get("outputs", {}).get(name, [""])[0]
        a, b = values(got[name], type_name).astype(np.float64), values(array, type_name).astype(np.float64)
        both = np.isfinite(a) & np.isfinite(b)
        if not np.array_equal(np.where(both, 0, a), np.where(both, 0, b), equal_nan=True):
            return f"{name} in what is not finite"
        if np.linalg.norm(a[both] - b[both]) > tolerance * np.linalg.norm(b[both]):
            return f"{name} by {np.linalg.norm(a[both] - b[both]) / np.linalg.norm(b[both]):.1e}"
    return None


def check(path, numbers):
    """Nothing, or what is wrong with a case."""
    case, folder = json.loads(path.read_text()), path.parent
    model = folder / (case.get("file", "model.onnx") if case["format"] == "onnx" else "model.mlir")
    with tempfile.TemporaryDirectory() as temporary:
        temporary = pathlib.Path(temporary)
        raised = temporary / "raised.mlir"
        command = ["hadal-compile", model, "--compile-to=raise", "-o", raised]
        if case["raises"]:
            command.append("--require-raised=" + ",".join(case["raises"]))
        run = subprocess.run(command, capture_output=True, text=True)
        if run.returncode:
            if case.get("supported_expected") is False:
                return None
            return "\n    ".join(re.findall(r"error: .*", run.stderr)) or run.stderr
        text = raised.read_text()
        for kind in case.get("must_not_raise", []):
            if re.search(rf"\bhadal\.{kind}\b", text):
                return f"{kind} is raised"
        if not numbers:
            return None
        inputs = temporary / "inputs.npz"
        rounds = any(of[0] in ("bfloat16", "float16") for of in case.get("inputs", {}).values())
        np.savez(inputs, **(np.load(folder / "inputs.npz") if rounds else draw(folder, 1)))
        expected = outputs(model, "import", inputs, temporary / "import")
        got = outputs(model, "raise", inputs, temporary / "raise")
        for result in (expected, got):
            if isinstance(result, str):
                return result
        return differ(case, got, expected, 4 * case.get("tolerance", 1e-5))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("corpus")
    parser.add_argument("--only", default="")
    parser.add_argument("--family", default="")
    parser.add_argument("--no-numbers", action="store_true")
    options = parser.parse_args()
    cases = []
    for path in sorted(pathlib.Path(options.corpus).glob("*/*/case.json")):
        case = json.loads(path.read_text())
        if path.parent.parent.name == "bad" or not re.search(options.only, str(path)):
            continue
        if not options.family or options.family in case["raises"]:
            cases.append(path)
    right = 0
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for path, wrong in zip(cases, pool.map(lambda path: check(path, not options.no_numbers), cases)):
            right += not wrong
            if wrong:
                print(f"{path.parent.parent.name}/{path.parent.name}: {wrong}", flush=True)
    print(f"{right} of {len(cases)} raised and equal")


if __name__ == "__main__":
    main()
