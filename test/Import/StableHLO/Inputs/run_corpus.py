"""Runs every StableHLO case of a corpus folder by hadal-run; counts what is right.

    run_corpus.py CORPUS TARGET

The reference runs the imported graph of the text, other targets the portable artifact. A case that need not be supported (`supported_expected` in its case.json) may be
refused, by an error that says "not supported" or names the operation.
"""
import json
import pathlib
import subprocess
import sys

corpus, target = sys.argv[1:]
counts = {"right": 0, "wrong": 0, "refused": 0}
for description in sorted(pathlib.Path(corpus).glob("stablehlo*/*/case.json")):
    case = json.loads(description.read_text())
    folder = description.parent
    for file in ("model.mlir",) if target == "reference" else ("model.mlirbc",):
        command = ["hadal-run", folder / file, f"--target={target}", f"--inputs={folder / 'inputs.npz'}",
                   f"--expected={folder / 'expected.npz'}", f"--tolerance={4 * case['tolerance']}"]
        if target == "reference":
            command.append("--phase=import")
        run = subprocess.run(command, capture_output=True, text=True)
        if run.returncode == 0:
            outcome = "right"
        elif not case["supported_expected"] and run.returncode == 1 and "error" in run.stderr:
            outcome = "refused"
        else:
            outcome = "wrong"
            print(f"{folder.parent.name}/{folder.name}/{file}: {(run.stdout + run.stderr).strip()}")
        counts[outcome] += 1
print(", ".join(f"{count} {outcome}" for outcome, count in counts.items()))
