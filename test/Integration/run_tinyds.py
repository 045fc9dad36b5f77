#!/usr/bin/env python3
"""Runs the graphs of examples/tinyds by hadal-run on one target and checks them against PyTorch's float32 outputs.

    run_tinyds.py --target cpu --graphs prefill,decode --cases 0,1,2
    run_tinyds.py --target cpu --graphs prefill --shapes 3x77,1x1,1x300    # against the reference interpreter

Bar: relative L2 at most 2e-5 for every output, and the same largest logit everywhere.
"""
import argparse
import json
import pathlib
import subprocess
import sys
import tempfile

import numpy as np

MODEL = pathlib.Path(__file__).resolve().parents[2] / "examples" / "tinyds"
GRAPHS = ["prefill", "decode", "decode_latent", "prefill_opset23", "decode_opset23", "decode_latent_opset23"]
VOCABULARY = 256


def load_case(graph, case):
    """The inputs and expected outputs of a case of the reference files; the cache's outputs are past ‖ new."""
    refs = np.load(MODEL / f"refs_{graph.removesuffix('_opset23')}.npz")
    own = {name[len(f"{case}."):]: refs[name] for name in refs.files if name.startswith(f"{case}.")}
    inputs = {name: array for name, array in own.items() if not name.endswith((".f32", ".f64"))}
    expected = {}
    for name, array in own.items():
        if name.endswith(".new.f32"):
            output = name.removesuffix(".new.f32")
            past = inputs["past" + output.removeprefix("present")]
            expected[output] = np.concatenate([past, array], axis=2)
        elif name.endswith(".f32"):
            expected[name.removesuffix(".f32")] = array
    return inputs, expected


def hadal_run(file, *options):
    return subprocess.run(["hadal-run", str(file), *options], capture_output=True, text=True, check=False)


def prepare(args, graph, folder):
    """What runs: the model itself for the reference, else its artifact, compiled once for all sizes."""
    model = MODEL / f"{graph}.onnx"
    if args.target == "reference":
        return model
    artifact = folder / f"{graph}.so"
    subprocess.run(["hadal-compile", str(model), "-o", str(artifact), f"--target={args.target}",
                    f"--precision={args.precision}"], check=True)
    return artifact


def shape_case(graph, batch, length, target, folder):
    """Inputs of any size, and what the reference interpreter gives for them; for itself, what ONNX Runtime gives."""
    rng = np.random.default_rng(batch * 1000 + length)
    if graph.startswith("prefill"):
        inputs = {"input_ids": rng.integers(0, VOCABULARY, (batch, length))}
    else:
        refs = np.load(MODEL / f"refs_{graph.removesuffix('_opset23')}.npz")
        inputs = {"input_ids": rng.integers(0, VOCABULARY, (batch, 1)),
                  "position_ids": np.full((batch, 1), length, np.int64)}
        for name in refs.files:
            if name.startswith("0.past."):
                shape = list(refs[name].shape)
                shape[0], shape[2] = batch, length
                inputs[name.removeprefix("0.")] = rng.standard_normal(shape, np.float32)
    if target == "reference":
        import onnxruntime  # here: other targets do without it
        session = onnxruntime.InferenceSession(MODEL / f"{graph}.onnx")
        names = [output.name for output in session.get_outputs()]
        return inputs, dict(zip(names, session.run(names, inputs)))
    np.savez(folder / "in.npz", **inputs)
    result = hadal_run(MODEL / f"{graph}.onnx", "--target=reference", f"--inputs={folder / 'in.npz'}", f"--output-dir={folder}")
    if result.returncode:
        sys.exit(f"{graph} {batch}x{length}: the reference failed: {result.stderr}")
    return inputs, dict(np.load(folder / "outputs.npz"))


def check(args, graph, file, name, inputs, expected, folder):
    np.savez(folder / "in.npz", **inputs)
    np.savez(folder / "expected.npz", **expected)
    result = hadal_run(file, f"--target={args.target}", f"--inputs={folder / 'in.npz'}", "--json",
                       f"--expected={folder / 'expected.npz'}", f"--tolerance={args.tolerance}",
                       *([f"--threads={args.threads}"] if args.threads else []),
                       *([f"--phase={args.phase}"] if args.phase else []))
    if result.returncode and not result.stdout.startswith("{"):
        print(f"FAILED {graph} {name} on {args.target}: exit status {result.returncode}\n{result.stderr}")
        return False
    outputs = json.loads(result.stdout)["outputs"]
    worst = max(outputs, key=lambda output: output["relative_l2"])
    argmax = sum(output["argmax_unequal"] for output in outputs if output["output"] == "logits")
    right = result.returncode == 0 and argmax == 0 and len(outputs) == len(expected)
    print(f"{'right ' if right else 'WRONG '} {graph} {name} on {args.target}: {len(outputs)} outputs, worst relative L2 "
          f"{worst['relative_l2']:.2e} ({worst['output']}), {argmax} rows with another largest logit", flush=True)
    return right


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--target", default="cpu")
    parser.add_argument("--precision", default="f32")
    parser.add_argument("--tolerance", default="2e-5")
    parser.add_argument("--phase", default="", help="with --target reference: the phase whose IR is interpreted")
    parser.add_argument("--threads", type=int, default=0)
    parser.add_argument("--graphs", default=",".join(GRAPHS))
    parser.add_argument("--cases", default="", help="cases of the reference files, e.g. 0,1,2 or all")
    parser.add_argument("--shapes", default="", help="batch x length (of the prompt, or of the past), e.g. 3x77,1x300")
    args = parser.parse_args()
    right = True
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        for graph in args.graphs.split(","):
            file = prepare(args, graph, folder)
            cases = range(3 if graph.startswith("prefill") else 4) if args.cases == "all" else [
                int(case) for case in args.cases.split(",") if case]
            for case in cases:
                right &= check(args, graph, file, f"case {case}", *load_case(graph, case), folder)
            for shape in filter(None, args.shapes.split(",")):
                batch, length = map(int, shape.split("x"))
                right &= check(args, graph, file, shape, *shape_case(graph, batch, length, args.target, folder), folder)
    return 0 if right else 1


if __name__ == "__main__":
    sys.exit(main())
