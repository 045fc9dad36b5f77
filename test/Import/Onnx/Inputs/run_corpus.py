"""Runs every ONNX case of a corpus folder by hadal-run's reference on the imported graph; counts what is right.

A case whose operators are not all in the import table is counted as unsupported; one whose results stand in any order
(`compare` in its case.json) only has to run.
"""
import json
import pathlib
import subprocess
import sys

counts = {"right": 0, "wrong": 0, "unsupported": 0}
for description in sorted(pathlib.Path(sys.argv[1]).glob("*/*/case.json")):
    case = json.loads(description.read_text())
    folder = description.parent
    if case.get("format") != "onnx" or folder.parent.name == "bad":
        continue
    command = ["hadal-run", folder / case.get("file", "model.onnx"), "--target=reference", "--phase=import",
               f"--inputs={folder / 'inputs.npz'}"]
    if not case.get("compare"):
        command += [f"--expected={folder / 'expected.npz'}", f"--tolerance={case.get('tolerance', 1e-5)}"]
    run = subprocess.run(command, capture_output=True, text=True)
    outcome = "right" if run.returncode == 0 else "unsupported" if "not supported:" in run.stderr else "wrong"
    counts[outcome] += 1
    if outcome == "wrong":
        print(f"{folder.parent.name}/{folder.name}: {(run.stdout + run.stderr).strip()}")
print(", ".join(f"{count} {outcome}" for outcome, count in counts.items()))
