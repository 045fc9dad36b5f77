"""Runs node tests of the onnx package (backend/test/data/node): each model is imported, executed and compared.

    run_node_tests.py NAME...              names without "test_"; every one must pass
    run_node_tests.py --all                all of them: passed, unsupported (hadal-run gave an error), failed
    run_node_tests.py --all --table=FILE   writes docs/onnx-support.md
    run_node_tests.py --check=FILE --every=N --first=I   whether each N-th case does what FILE says

    --target=reference|cpu (the imported graph interpreted, or compiled)   --jobs=N

Integer inputs of rank 0 and 1 behind the first input (axes, shapes, k) are made constants, as exporters do; so are all inputs
that only say how large a result is (of ConstantOfShape, Range, windows) and the number of iterations of a Loop.
"""
import argparse
import collections
import concurrent.futures
import os
import pathlib
import re
import subprocess
import tempfile

import numpy as np
import onnx
import onnx.backend.test
from onnx import TensorProto, numpy_helper

DATA = pathlib.Path(onnx.backend.test.__file__).parent / "data" / "node"
TOLERANCES = {TensorProto.FLOAT16: 2e-3, TensorProto.BFLOAT16: 2e-2}


SIZES = ("ConstantOfShape", "Range", "Loop", "HannWindow", "HammingWindow", "BlackmanWindow")


class Unsupported(Exception):
    """What cannot be given to hadal-run at all."""


def read(path, kind):
    """The array of a file; what numpy has no type for is given as its bits."""
    if not kind.HasField("tensor_type"):
        raise Unsupported(f"a value is a {kind.WhichOneof('value').removesuffix('_type')}, not a tensor")
    tensor = onnx.TensorProto()
    tensor.ParseFromString(path.read_bytes())
    if tensor.data_type == TensorProto.STRING:
        raise Unsupported("element type string is not supported")
    array = numpy_helper.to_array(tensor)
    name = array.dtype.name
    if name in ("int4", "int2", "uint4", "uint2"):
        array = array.astype(np.int8 if name.startswith("int") else np.uint8)
    elif name.startswith(("float8", "float4", "bfloat")):
        array = array.view(np.dtype(f"u{array.dtype.itemsize}"))
    return tensor, array


def prepare(name, folder):
    """The model with its constants, its inputs and what is expected; the tolerance."""
    case = DATA / f"test_{name}"
    model = onnx.load(case / "model.onnx")
    data = case / "test_data_set_0"
    inputs = {}
    of_sizes = any(node.op_type in SIZES for node in model.graph.node)
    for i, info in enumerate(model.graph.input):
        tensor, array = read(data / f"input_{i}.pb", info.type)
        kind = info.type.tensor_type
        is_integer = kind.elem_type in (TensorProto.INT32, TensorProto.INT64)
        is_integer |= of_sizes and kind.elem_type == TensorProto.BOOL or model.graph.node[0].op_type == "Range"
        is_integer |= model.graph.node[0].op_type == "OneHot" and i == 1  # the depth, a float too
        if (i > 0 or of_sizes) and is_integer and len(kind.shape.dim) <= 1:
            tensor.name = info.name
            model.graph.initializer.append(tensor)
        else:
            inputs[info.name] = array
    expected = {}
    tolerance = 1e-5
    for i, info in enumerate(model.graph.output):
        tensor, expected[info.name] = read(data / f"output_{i}.pb", info.type)
        tolerance = max(tolerance, TOLERANCES.get(tensor.data_type, 0))
    onnx.save(model, folder / "model.onnx")
    np.savez(folder / "in.npz", **inputs)
    np.savez(folder / "out.npz", **expected)
    return tolerance


def run(name, target):
    """passed, unsupported or failed, and why."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(temporary)
        try:
            tolerance = prepare(name, folder)
        except Unsupported as error:
            return "unsupported", str(error)
        command = ["hadal-run", folder / "model.onnx", f"--target={target}", f"--inputs={folder / 'in.npz'}",
                   f"--expected={folder / 'out.npz'}", f"--tolerance={tolerance}"]
        if target == "reference":
            command.append("--phase=import")
        process = subprocess.run(command, capture_output=True, text=True, env=os.environ | {"TMPDIR": temporary})
    if process.returncode == 0:
        return "passed", ""
    text = process.stdout + process.stderr
    errors = re.findall(r"error: (.*(?:\n  .*)*)", process.stderr)
    if process.returncode == 1 and errors:
        return "unsupported", reason(errors[0])
    return "failed", text.strip() or f"status {process.returncode}"


def reason(error):
    """An error without what differs from case to case: the node's name; of a table of operators the first."""
    lines = error.splitlines()
    if len(lines) > 2:
        operators = sorted({" ".join(line.split()[:1]) for line in lines[2:]})
        return f"{', '.join(operators)}: no such operator in the import table"
    text = re.sub(r"^node '[^']*' \((\w+)\): ", r"\1: ", lines[0])
    return re.sub(r'^(loc\("[^"]*"\)|node \'[^\']*\'): ', "", re.sub(r"'[^']*(/|<\d)[^']*'", "…", text))


def run_all(names, target, jobs):
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        return dict(zip(names, pool.map(lambda name: run(name, target), names)))


def operator(name):
    """What a case tests: the operator of its only node, or what was expanded."""
    model = onnx.load(DATA / f"test_{name}" / "model.onnx")
    if "expanded" in name:
        return "function bodies"
    node = model.graph.node[-1]
    return (node.domain + "." if node.domain else "") + node.op_type


def totals(results):
    counts = collections.Counter(outcome for outcome, _ in results.values())
    return ", ".join(f"{counts[outcome]} {outcome}" for outcome in ("passed", "unsupported", "failed"))


def write_table(path, results):
    """Markdown: counts for each operator, then what does not pass, by reason."""
    rows = collections.defaultdict(collections.Counter)
    reasons = collections.defaultdict(list)
    for name, (outcome, why) in results.items():
        rows[operator(name)][outcome] += 1
        if outcome != "passed":
            reasons[why if outcome == "unsupported" else "FAILED: " + why.splitlines()[0]].append(name)
    lines = ["# Node tests of ONNX", "",
             f"The {len(results)} node tests of the onnx package {onnx.__version__}, each imported and run on the CPU: "
             f"{totals(results)}. Made by", "", "```sh",
             "test/Import/Onnx/Inputs/run_node_tests.py --all --target=cpu --table=docs/onnx-support.md", "```", "",
             "| operator | passed | unsupported | failed |", "|---|---|---|---|"]
    for op, row in sorted(rows.items()):
        lines.append(f"| {op} | {row['passed'] or ''} | {row['unsupported'] or ''} | {row['failed'] or ''} |")
    lines += ["", "## What is not supported", "", "By the error that it gives. What is not listed passes.", ""]
    for why, names in sorted(reasons.items()):
        lines += [f"- {why}", f"  <!-- {' '.join(names)} -->"]
    pathlib.Path(path).write_text("\n".join(lines) + "\n")


def check(path, names, target, jobs):
    """Whether cases do what the table says."""
    listed = {}
    why = None
    for line in pathlib.Path(path).read_text().splitlines():
        if line.startswith("- "):
            why = line[2:]
        elif line.startswith("  <!-- "):
            listed |= {name: why for name in line.strip().removeprefix("<!-- ").removesuffix(" -->").split()}
    stale = 0
    for name, (outcome, found) in run_all(names, target, jobs).items():
        if (outcome == "passed") != (name not in listed) or outcome == "failed":
            stale += 1
            print(f"{name}: {path} says {listed.get(name, 'passed')}, but it {outcome}: {found}")
    print(f"{len(names)} cases, {stale} not as the table says")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("names", nargs="*")
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--target", default="reference")
    parser.add_argument("--table")
    parser.add_argument("--check")
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    names = options.names or sorted(path.name.removeprefix("test_") for path in DATA.iterdir())
    if options.check:
        return check(options.check, names[options.first::options.every], options.target, options.jobs)
    results = run_all(names, options.target, options.jobs)
    for name, (outcome, why) in results.items():
        if outcome == "failed" or (outcome == "unsupported" and not options.table):
            print(f"{outcome} {name}: {why}")
    print(totals(results))
    if options.table:
        write_table(options.table, results)


main()
