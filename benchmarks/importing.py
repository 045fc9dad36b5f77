#!/usr/bin/env python3
"""What importing and raising a large model costs, in seconds and in memory.

    benchmarks/importing.py external                  # 64 matrices of 16 MB in one file beside the model: 1 GB of data
    benchmarks/importing.py external --megabytes 64 --layers 4 --most 16   # fails above 16 MB more than without weights
    benchmarks/importing.py deepseek --most-seconds 5 # the graph of DeepSeek-V3, 61 layers, 2.7 TB of weights, a sparse file

Memory is what the process has for itself (RssAnon) and what is the mapped file's pages (RssFile), sampled while it runs, and
the kernel's own maximum of both together. With `external` the same graph with small matrices is measured beside it.
"""
import argparse
import pathlib
import resource
import subprocess
import sys
import tempfile
import time

import numpy as np
import onnx
from onnx import TensorProto, helper

import deepseek_graph


def write_external(path, layers, size):
    """MatMuls one after another by matrices [size, size] of real numbers in one file; returns the file's bytes."""
    nodes, weights = [], []
    random = np.random.default_rng(7).standard_normal((size, size), dtype=np.float32)
    with open(path.with_suffix(".weights"), "wb") as file:
        for layer in range(layers):
            tensor = TensorProto(name=f"w{layer}", data_type=TensorProto.FLOAT, dims=[size, size],
                                 data_location=TensorProto.EXTERNAL)
            for key, value in {"location": path.stem + ".weights", "offset": file.tell(), "length": random.nbytes}.items():
                tensor.external_data.add(key=key, value=str(value))
            weights.append(tensor)
            file.write((random + np.float32(layer)).tobytes())
            nodes.append(helper.make_node("MatMul", [f"x{layer}", f"w{layer}"], [f"x{layer + 1}"], f"matmul_{layer}"))
        total = file.tell()
    info = lambda name: helper.make_tensor_value_info(name, TensorProto.FLOAT, ["rows", size])
    graph = helper.make_graph(nodes, "g", [info("x0")], [info(f"x{layers}")], weights)
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10), path)
    return total


def status(pid):
    try:
        text = pathlib.Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return {}
    fields = dict(line.split(":", 1) for line in text.splitlines())
    return {name: int(fields[name].split()[0]) / 1024 for name in ("RssAnon", "RssFile") if name in fields}


def measure(command):
    """Runs `command`; returns (seconds, {"RssAnon": MB, "RssFile": MB, "maximum": MB, "cpu": seconds}, its output)."""
    start, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    with tempfile.TemporaryFile("w+") as output:
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT, text=True)
        peak = {"RssAnon": 0, "RssFile": 0}
        while process.poll() is None:
            for name, value in status(process.pid).items():
                peak[name] = max(peak[name], value)
            time.sleep(0.001)
        seconds = time.perf_counter() - start
        output.seek(0)
        text = output.read()
    if process.returncode:
        sys.exit(f"{' '.join(map(str, command))} failed:\n{text}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    peak["maximum"] = after.ru_maxrss / 1024
    peak["cpu"] = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return seconds, peak, text


def report(name, seconds, peak):
    print(f"{name:<32}{seconds:8.2f} s ({peak['cpu']:.2f} s of CPU)   own {peak['RssAnon']:7.1f} MB   mapped files {peak['RssFile']:7.1f} MB   "
          f"maximum {peak['maximum']:7.1f} MB", flush=True)


def external(options, folder, command):
    size = int((options.megabytes * 2**20 / options.layers / 4) ** 0.5)
    results = {}
    for name, matrix in (("small", 16), ("large", size)):
        path = folder / f"{name}.onnx"
        total = write_external(path, options.layers, matrix)
        seconds, results[name], _ = measure([*command, path])
        report(f"{options.layers} matrices, {total / 2**20:.1f} MB", seconds, results[name])
    more = results["large"]["RssAnon"] - results["small"]["RssAnon"]
    print(f"own memory because of the weights: {more:.1f} MB")
    return more > options.most


def deepseek(options, folder, command):
    path = folder / "deepseek_v3.onnx"
    nodes, size = deepseek_graph.write(path, options.layers)
    seconds, peak, text = measure([*command, path])
    report(f"{options.layers} layers, {nodes} nodes, {size / 1e12:.2f} TB", seconds, peak)
    print(text)
    return seconds > options.most_seconds


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", choices=["external", "deepseek"])
    parser.add_argument("--build", type=pathlib.Path, default=pathlib.Path("build"))
    parser.add_argument("--layers", type=int)
    parser.add_argument("--megabytes", type=float, default=1024)
    parser.add_argument("--most", type=float, default=200, help="MB of own memory because of the weights")
    parser.add_argument("--most-seconds", type=float, default=float("inf"))
    parser.add_argument("--folder", help="where to write the models (a temporary folder)")
    options = parser.parse_args()
    options.layers = options.layers or {"external": 64, "deepseek": 61}[options.model]
    command = [options.build / "bin" / "hadal-compile", "--explain"]
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        return globals()[options.model](options, pathlib.Path(folder), command)


if __name__ == "__main__":
    sys.exit(main())
