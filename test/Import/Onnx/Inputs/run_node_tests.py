"""Runs node tests of the onnx package (backend/test/data/node) by hadal-run's reference on the imported graph.

    run_node_tests.py NAME...    names without "test_"; --all: every one that can be imported

Integer inputs of rank 0 and 1 behind the first input (axes, shapes, k) are made constants, as exporters do.
"""
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
import onnx
import onnx.backend.test
from onnx import numpy_helper

DATA = pathlib.Path(onnx.backend.test.__file__).parent / "data" / "node"


def read(path):
    tensor = onnx.TensorProto()
    tensor.ParseFromString(path.read_bytes())
    return tensor


def prepare(name, folder):
    """The model with its constants, its inputs and what is expected."""
    case = DATA / f"test_{name}"
    model = onnx.load(case / "model.onnx")
    data = case / "test_data_set_0"
    inputs = {}
    for i, info in enumerate(model.graph.input):
        tensor = read(data / f"input_{i}.pb")
        kind = info.type.tensor_type
        if i > 0 and kind.elem_type in (onnx.TensorProto.INT32, onnx.TensorProto.INT64) and len(kind.shape.dim) <= 1:
            tensor.name = info.name
            model.graph.initializer.append(tensor)
        else:
            inputs[info.name] = numpy_helper.to_array(tensor)
    expected = {info.name: numpy_helper.to_array(read(data / f"output_{i}.pb")) for i, info in
                enumerate(model.graph.output)}
    onnx.save(model, folder / "model.onnx")
    np.savez(folder / "in.npz", **inputs)
    np.savez(folder / "out.npz", **expected)


def main():
    names = sys.argv[1:]
    everything = names == ["--all"]
    if everything:
        names = sorted(path.name.removeprefix("test_") for path in DATA.iterdir())
    right = wrong = refused = 0
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(temporary)
        for name in names:
            try:
                prepare(name, folder)
            except Exception:  # of many kinds: sequences, optionals, types that numpy lacks
                if not everything:
                    raise
                refused += 1
                continue
            run = subprocess.run(
                ["hadal-run", folder / "model.onnx", "--target=reference", "--phase=import",
                 f"--inputs={folder / 'in.npz'}", f"--expected={folder / 'out.npz'}", "--tolerance=1e-5"],
                capture_output=True, text=True)
            if run.returncode == 0:
                right += 1
            elif everything and "error" in run.stderr:
                refused += 1
            else:
                wrong += 1
                print(f"{name}: {(run.stdout + run.stderr).strip()}")
    print(f"{right} right, {wrong} wrong" + (f", {refused} refused" if everything else ""))


main()
