#!/usr/bin/env python3
"""Compares a generator's greedy text with a file of references.

    check_generate.py generate_ref.txt COMMAND...

The command gets --greedy, --tokens N and --prompt TEXT; what it writes to standard output must end with the output.
"""
import json
import subprocess
import sys


def read_references(path):
    """(prompt, output) for each block of the file."""
    prompt = None
    for line in open(path, encoding="utf-8"):
        if line.startswith("prompt: "):
            prompt = json.loads(line.removeprefix("prompt: ")).lstrip("\0")
        elif line.startswith("output: "):
            yield prompt, json.loads(line.removeprefix("output: "))


def main():
    different = 0
    for prompt, output in read_references(sys.argv[1]):
        text = subprocess.run([*sys.argv[2:], "--greedy", "--tokens", str(len(output)), "--prompt", prompt],
                              capture_output=True, check=True).stdout.decode()
        equal = text.rstrip("\n").endswith((prompt + output).rstrip("\n"))
        different += not equal
        print(f"{'equal' if equal else 'DIFFERENT'}: {prompt!r}")
        if not equal:
            print(f"wrote:\n{text}\nexpected:\n{prompt}{output}")
    return different > 0


if __name__ == "__main__":
    sys.exit(main())
