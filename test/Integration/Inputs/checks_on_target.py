#!/usr/bin/env python3
"""Runs the functions of the reference's tests on another target: each function that computes something from constants
and checks it becomes one that returns what it computed, and the target must give what the reference gives.

    checks_on_target.py --target=cpu FILE...         prints, for each file, how many functions are right, wrong and refused

Exit status 1 if one is wrong. Refused are functions that have no kernels; --verbose says why.
"""
import argparse
import collections
import pathlib
import re
import subprocess
import sys
import tempfile

import numpy as np

CHECK = re.compile(r"^\s*check\.expect_(?:close|eq) (%[\w#]+), (%[\w#]+)(?: tolerance (\S+))? : (.*)$")


def functions(path):
    """The functions of a file in pretty form, one operation a line: name and lines."""
    text = subprocess.run(["hadal-opt", str(path)], capture_output=True, text=True).stdout
    aliases = [line for line in text.splitlines() if line.startswith("#")]
    for match in re.finditer(r"^  func\.func @(\w+)\(\) \{\n(.*?)^  }", text, re.S | re.M):
        yield match.group(1), aliases, match.group(2).splitlines()


def first_type(text):
    """The first of two types."""
    depth = 0
    for at, char in enumerate(text):
        depth += (char in "<([") - (char in ">)]")
        if char == "," and depth == 0:
            return text[:at].strip()
    return text.strip()


def as_results(name, aliases, lines):
    """The function as one that returns what is checked, with types and tolerances; None where that cannot be."""
    results, body = {}, []
    for line in lines:
        check = CHECK.match(line)
        if check:
            tolerance = float(check.group(3) or 0)
            of = first_type(check.group(4))
            results[check.group(1)] = (of, max(tolerance, results.get(check.group(1), (of, 0))[1]))
        elif not line.strip().startswith("return"):
            body.append(line)
    types = [of for of, _ in results.values()]
    if not results or any("call @" in line for line in body) or not all("tensor<" in of for of in types):
        return None
    listed = ", ".join(types)
    text = "\n".join(aliases + [f"func.func @{name}() -> ({listed}) {{"] + body +
                     [f"  return {', '.join(results)} : {listed}", "}"]) + "\n"
    return text, list(results.values())


def decode(array, of):
    """Bits of bf16 as numbers."""
    return (array.astype(np.uint32) << 16).view(np.float32) if "bf16" in of and array.dtype == np.uint16 else array


def agree(actual, expected, tolerance):
    if actual.dtype.kind in "iub":
        return np.array_equal(actual, expected)
    bound = max(tolerance, 2e-5) * np.maximum(1, np.abs(expected))
    same = (actual == expected) | (np.isnan(actual) & np.isnan(expected))
    with np.errstate(invalid="ignore"):
        return bool(np.all(same | (np.abs(actual - expected) <= bound)))


def execute(folder, target):
    """The outputs, or why there are none."""
    done = subprocess.run(["hadal-run", str(folder / "f.mlir"), f"--target={target}", f"--output-dir={folder / target}"],
                          capture_output=True, text=True)
    if done.returncode:
        errors = [line for line in done.stderr.splitlines() if "error" in line]
        return (errors or [f"status {done.returncode}: {done.stderr[-200:]}"])[0].split("error: ")[-1]
    return np.load(folder / target / "outputs.npz")


def run(text, results, target, folder):
    """"right", "wrong: …" or "refused: …"."""
    (folder / "f.mlir").write_text(text)
    expected, actual = execute(folder, "reference"), execute(folder, target)
    if isinstance(expected, str):
        return None
    if isinstance(actual, str):
        return "refused: " + actual
    for index, (of, tolerance) in enumerate(results):
        a, b = (decode(outputs[f"out{index}"], of) for outputs in (actual, expected))
        if not agree(a, b, tolerance):
            return f"wrong: output {index} is {a.flatten()[:8]}, not {b.flatten()[:8]}"
    return "right"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="+", type=pathlib.Path)
    parser.add_argument("--target", default="cpu")
    parser.add_argument("--verbose", action="store_true")
    options = parser.parse_args()
    wrong = 0
    for path in options.files:
        counts = collections.Counter()
        with tempfile.TemporaryDirectory() as name:
            for function, aliases, lines in functions(path):
                made = as_results(function, aliases, lines)
                if not made:
                    continue
                outcome = run(*made, options.target, pathlib.Path(name))
                if not outcome:
                    continue
                counts[outcome.split(":")[0]] += 1
                if outcome.startswith("wrong") or (options.verbose and outcome != "right"):
                    print(f"{path.name} @{function}: {outcome}")
        wrong += counts["wrong"]
        print(f"{path.name}: {counts['right']} right, {counts['wrong']} wrong, {counts['refused']} refused")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
