#!/usr/bin/env python3
"""Runs the commands that a document shows, so that it cannot drift: every line of its ```sh blocks that begins with
build/bin/ (lines joined at a trailing backslash), in a scratch folder that looks like the repository.

    scripts/run-doc-commands.py --build build README.md
"""
import argparse
import os
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[1]


def commands(text):
    for block in re.findall(r"^```sh\n(.*?)^```", text, re.M | re.S):
        for line in block.replace("\\\n", " ").splitlines():
            line = line.split("  #")[0].strip()
            if line.startswith("build/bin/"):
                yield re.sub(r"\s+", " ", line)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build")
    parser.add_argument("documents", nargs="+", type=pathlib.Path)
    args = parser.parse_args()
    failed = 0
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        os.symlink(args.build.resolve(), folder / "build")
        os.symlink(ROOT / "examples", folder / "examples")
        for document in args.documents:
            for command in commands(document.read_text()):
                result = subprocess.run(command, shell=True, cwd=folder, capture_output=True, text=True, check=False)
                print(f"{'ok' if result.returncode == 0 else 'FAILED'}: {command}", flush=True)
                if result.returncode:
                    failed += 1
                    print(result.stdout + result.stderr)
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())
