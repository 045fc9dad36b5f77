"""Writes the models that the fuzzers start from: OUT/onnx and OUT/stablehlo.

    make_seeds.py OUT [--shared FOLDER] [--largest BYTES]

Small models of one operator each (ONNX's node tests, the tests of com.microsoft's operators and of StableHLO's numbers and
forms), and the small ones of the corpus in FOLDER, among them portable artifacts.
"""
import argparse
import hashlib
import pathlib
import re
import subprocess
import sys
import tempfile

import onnx

TESTS = pathlib.Path(__file__).resolve().parent.parent
parser = argparse.ArgumentParser()
parser.add_argument("out", type=pathlib.Path)
parser.add_argument("--shared", default="")
parser.add_argument("--largest", type=int, default=16384)
options = parser.parse_args()


def add(kind, data):
    data = data if isinstance(data, bytes) else data.encode()
    folder = options.out / kind
    folder.mkdir(parents=True, exist_ok=True)
    if 0 < len(data) <= options.largest:
        (folder / hashlib.sha1(data).hexdigest()).write_bytes(data)


def add_onnx():
    nodes = pathlib.Path(onnx.__file__).parent / "backend/test/data/node"
    for path in sorted(nodes.glob("*/model.onnx")):
        add("onnx", path.read_bytes())
    sys.path.append(str(TESTS / "Import/Onnx/Inputs"))
    import contrib_cases
    with tempfile.TemporaryDirectory() as temporary:
        for name in contrib_cases.CASES:
            contrib_cases.save(name, pathlib.Path(temporary))
            add("onnx", (pathlib.Path(temporary) / "model.onnx").read_bytes())


def add_stablehlo():
    for path in [*TESTS.glob("Import/StableHLO/*.mlir"), *TESTS.glob("Dialect/StableHLO/*.mlir")]:
        for part in path.read_text().split("// -----"):
            add("stablehlo", re.sub(r"^\s*//.*\n", "", part, flags=re.MULTILINE))
    with tempfile.TemporaryDirectory() as temporary:
        subprocess.run([sys.executable, TESTS / "Import/StableHLO/Inputs/check_numbers.py", temporary, "none"], check=True)
        for path in sorted(pathlib.Path(temporary).glob("*.mlir")):
            add("stablehlo", path.read_text())


def add_corpus(folder):
    for path in sorted(folder.glob("*/*/model.*")):
        kind = {".onnx": "onnx", ".mlir": "stablehlo", ".mlirbc": "stablehlo"}.get(path.suffix)
        if kind:
            add(kind, path.read_bytes())


add_onnx()
add_stablehlo()
if options.shared:
    add_corpus(pathlib.Path(options.shared) / "corpus")
for kind in ("onnx", "stablehlo"):
    files = list((options.out / kind).iterdir())
    print(f"{kind}: {len(files)} seeds, {sum(path.stat().st_size for path in files)} bytes")
