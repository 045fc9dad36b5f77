#!/usr/bin/env python3
"""Reads every block of IR of a document, and reads what it prints again.

    check-doc-ir.py PAGE...      # hadal-opt in PATH; exit status 1 with one line for each ```mlir block that does not parse
"""
import pathlib
import re
import subprocess
import sys


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__.strip())
    failed = count = 0
    for page in map(pathlib.Path, sys.argv[1:]):
        text = page.read_text()
        for match in re.finditer(r"^```mlir\n(.*?)^```$", text, re.S | re.M):
            count += 1
            done = subprocess.run(["hadal-opt", "--verify-roundtrip", "-o", "/dev/null", "-"], input=match.group(1),
                                  capture_output=True, text=True)
            if done.returncode:
                failed += 1
                print(f"{page}:{text[:match.start()].count(chr(10)) + 2}: {done.stderr.strip()}")
    print(f"{count - failed} of {count} blocks parse")
    return 1 if failed or not count else 0


if __name__ == "__main__":
    sys.exit(main())
