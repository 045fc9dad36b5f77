"""Properties of operations: random cases, run whole and decomposed, whose results NumPy judges."""
import pathlib
import re
import subprocess
import sys
import tempfile

import numpy as np

# What may be left of a decomposition.
PRIMITIVE = {"hadal.topk", "hadal.gather", "hadal.gather_nd", "hadal.gather_elements", "hadal.scatter_elements",
             "hadal.scatter_nd", "hadal.cumsum"}


def call(*command, of):
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{of}\n{done.stderr}")


def tensor(shape, element, dynamic=()):
    return "tensor<" + "".join("?x" if i in dynamic else f"{n}x" for i, n in enumerate(shape)) + f"{element}>"


class Case:
    """A function, its arguments, and what its results are compared with."""

    def __init__(self):
        self.arguments, self.body, self.results, self.checks = [], [], [], []
        self.inputs = {}

    def argument(self, array, type_):
        name = f"arg{len(self.arguments)}"
        self.arguments.append(f"%{name}: {type_}")
        self.inputs[name] = array
        return f"%{name}"

    def result(self, value, type_, check):
        self.results.append((value, type_))
        self.checks.append(check)

    def run(self, folder):
        types = ", ".join(type_ for _, type_ in self.results)
        text = f"func.func @f({', '.join(self.arguments)}) -> ({types}) {{\n  " + "\n  ".join(self.body)
        text += f"\n  return {', '.join(value for value, _ in self.results)} : {types}\n}}\n"
        (folder / "case.mlir").write_text(text)
        np.savez(folder / "in.npz", **self.inputs)
        call("hadal-opt", folder / "case.mlir", "--hadal-decompose=level=linalg", "-o", folder / "parts.mlir", of=text)
        for form in ("case", "parts"):
            call("hadal-run", folder / f"{form}.mlir", "--target=reference", f"--inputs={folder}/in.npz",
                 f"--output-dir={folder}/out", of=text)
            outputs = np.load(folder / "out" / "outputs.npz")
            for index, check in enumerate(self.checks):
                if not check(outputs[f"out{index}"]):
                    np.savez("/tmp/wrong.npz", **self.inputs)
                    sys.exit(f"{text}\nresult {index} of {form} is wrong; inputs in /tmp/wrong.npz")
        left = set(re.findall(r"hadal\.\w+", (folder / "parts.mlir").read_text())) - PRIMITIVE
        if left:
            sys.exit(f"{text}\nnot decomposed: {left}")


def run_cases(makers):
    """Runs each maker as often as the command line says, from the seed that it says."""
    seed, count = int(sys.argv[1]), int(sys.argv[2])
    rng = np.random.default_rng(seed)
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(count):
            for make in makers:
                make(rng).run(pathlib.Path(folder))
    print(f"{len(makers) * count} cases agree, whole and decomposed")
