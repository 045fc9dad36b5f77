"""Bytecode cut off, and with bytes changed to ones that make numbers large: every file is read or refused, no crash.

    damage.py FILE FOLDER
"""
import pathlib
import subprocess
import sys

data, folder = pathlib.Path(sys.argv[1]).read_bytes(), pathlib.Path(sys.argv[2])
damaged = [data[:len(data) * i // 6] for i in range(1, 6)]
for i in range(8, len(data), max(1, len(data) // 24)):
    for byte in (0x00, 0xFE, 0x80):
        damaged.append(data[:i] + bytes([byte]) + data[i + 1:])
counts = {0: 0, 1: 0}
crashes = 0
for i, each in enumerate(damaged):
    path = folder / f"damaged-{i}.mlirbc"
    path.write_bytes(each)
    run = subprocess.run(["hadal-compile", path, "--explain"], capture_output=True, text=True, errors="replace")
    if run.returncode not in counts:
        print(f"{path.name}: status {run.returncode}\n{run.stderr[:500]}")
        crashes += 1
    else:
        counts[run.returncode] += 1
print(f"{counts[1]} files refused, {counts[0]} read, {crashes} crashes")
