"""Imports every model below a folder; prints CASE: REASON, and whether each was refused with one error and status 1."""
import pathlib
import subprocess
import sys

tool, folder = sys.argv[1:]
models = sorted(pathlib.Path(folder).glob("*/model.onnx"))
wrong = 0
for model in models:
    run = subprocess.run([tool, "--import-onnx", model, "-o", "/dev/null"], capture_output=True, text=True)
    errors = [line.split("error: ", 1)[1] for line in run.stderr.splitlines() if "error: " in line]
    print(f"{model.parent.name}: {'; '.join(errors)}")
    if run.returncode != 1 or len(errors) != 1:
        print(f"  status {run.returncode}, {len(errors)} errors")
        wrong += 1
print(f"{wrong} models are not" if wrong or not models else f"every one of {len(models)} models is", "refused as they should be" if wrong else "refused")
