"""Gives every malformed StableHLO file of a folder to hadal-run and prints the first error of each."""
import pathlib
import subprocess
import sys

for folder in sorted(pathlib.Path(sys.argv[1]).glob("hlo_*")):
    file = next(folder.glob("model.*"))
    run = subprocess.run(["hadal-run", file, "--target=reference", "--random-inputs=1"], capture_output=True, text=True)
    first = run.stderr.splitlines()[0] if run.stderr else ""
    ok = run.returncode == 1 and "error: " in first
    print(f"{folder.name}: {first if ok else 'accepted: ' + str(run.returncode)}")
