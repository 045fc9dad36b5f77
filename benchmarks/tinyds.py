#!/usr/bin/env python3
"""Times the example model (examples/tinyds) beside ONNX Runtime, alternating, in one run.

    benchmarks/tinyds.py --build build [--threads 1,2] [--rounds 5]

Prints, for prefill 1x128 and one decode step behind 100 positions, the median milliseconds of both and their ratio.
"""
import argparse
import json
import pathlib
import statistics
import subprocess
import tempfile
import time

import numpy as np
import onnxruntime as ort

ROOT = pathlib.Path(__file__).resolve().parents[1]
MODEL = ROOT / "examples" / "tinyds"
# graph, sizes of its symbols, runs per round
WORKLOADS = [
    ("prefill", {"batch": 1, "seq": 128}, 10),
    ("decode", {"batch": 1, "past": 100}, 200),
    ("decode_latent", {"batch": 1, "past": 100}, 100),
]


def make_inputs(session, sizes):
    rng = np.random.default_rng(0)
    inputs = {}
    for arg in session.get_inputs():
        shape = [sizes[d] if isinstance(d, str) else d for d in arg.shape]
        if arg.name == "position_ids":
            inputs[arg.name] = np.full(shape, sizes["past"], np.int64)
        elif "int64" in arg.type:
            inputs[arg.name] = rng.integers(0, 256, shape, np.int64)
        else:
            inputs[arg.name] = rng.standard_normal(shape, np.float32)
    return inputs


def time_ort(session, inputs, runs):
    session.run(None, inputs)
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        session.run(None, inputs)
        times.append(1e3 * (time.perf_counter() - start))
    return times


def time_hadal(build, artifact, npz, threads, runs):
    out = subprocess.run([str(build / "bin" / "hadal-run"), str(artifact), f"--inputs={npz}", f"--threads={threads}",
                          f"--repeat={runs}", "--json"], check=True, capture_output=True, text=True).stdout
    return json.loads(out)["milliseconds"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build")
    parser.add_argument("--threads", default="1,2")
    parser.add_argument("--rounds", type=int, default=5)
    args = parser.parse_args()

    print(f"{'graph':<16}{'threads':>8}{'hadal, ms':>12}{'ORT, ms':>12}{'hadal / ORT':>13}")
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        for graph, sizes, runs in WORKLOADS:
            artifact = folder / f"{graph}.so"
            subprocess.run([str(args.build / "bin" / "hadal-compile"), str(MODEL / f"{graph}.onnx"), "-o",
                            str(artifact)], check=True)
            for threads in map(int, args.threads.split(",")):
                options = ort.SessionOptions()
                options.intra_op_num_threads = threads
                session = ort.InferenceSession(str(MODEL / f"{graph}.onnx"), options,
                                               providers=["CPUExecutionProvider"])
                inputs = make_inputs(session, sizes)
                npz = folder / f"{graph}.npz"
                np.savez(npz, **inputs)
                ours, theirs = [], []
                for _ in range(args.rounds):
                    ours += time_hadal(args.build, artifact, npz, threads, runs)
                    theirs += time_ort(session, inputs, runs)
                a, b = statistics.median(ours), statistics.median(theirs)
                print(f"{graph:<16}{threads:>8}{a:>12.3f}{b:>12.3f}{a / b:>13.2f}", flush=True)


if __name__ == "__main__":
    main()
