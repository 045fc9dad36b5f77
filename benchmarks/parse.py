#!/usr/bin/env python3
"""Times how long hadal-opt takes to parse and verify generated IR: every function of the round-trip tests of the hadal
dialect, over and over, until the file has the size.

    benchmarks/parse.py --build build              # 10 MB, five runs; prints the median
    benchmarks/parse.py --build build --megabytes=50 --generic
"""
import argparse
import pathlib
import re
import statistics
import subprocess
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]


def functions(opt, generic):
    """The functions of the round-trip tests as hadal-opt prints them, each with its name to fill in."""
    for path in sorted((ROOT / "test" / "Dialect" / "Hadal").glob("*round-trip.mlir")):
        flags = ["--mlir-print-op-generic"] if generic else []
        text = subprocess.run([opt, str(path), *flags], check=True, capture_output=True, text=True).stdout
        lines = text.strip().split("\n")[1:-1]  # without the module around them
        if generic:
            yield "\n".join(lines)
            continue
        yield from re.findall(r"^  func\.func.*?^  }$", "\n".join(lines), re.S | re.M)


def generate(opt, generic, size, path):
    texts = list(functions(opt, generic))
    with open(path, "w", encoding="utf-8") as file:
        count = written = 0
        while written < size:
            text = texts[count % len(texts)]
            if generic:
                text = re.sub(r'sym_name = "', f'sym_name = "f{count}_', text)
            else:
                text = text.replace("func.func @", f"func.func @f{count}_", 1)
            written += file.write(text + "\n")
            count += 1
    return path


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", default="build", help="the build folder")
    parser.add_argument("--megabytes", type=float, default=10)
    parser.add_argument("--generic", action="store_true", help="the generic form instead of the pretty one")
    parser.add_argument("--runs", type=int, default=5)
    arguments = parser.parse_args()
    opt = str(pathlib.Path(arguments.build) / "bin" / "hadal-opt")
    with tempfile.TemporaryDirectory() as folder:
        path = generate(opt, arguments.generic, arguments.megabytes * 1e6, f"{folder}/generated.mlir")
        times = []
        for _ in range(arguments.runs):
            start = time.perf_counter()
            subprocess.run([opt, path, "-o", "/dev/null"], check=True)
            times.append(time.perf_counter() - start)
        size = pathlib.Path(path).stat().st_size / 1e6
        operations = len(re.findall(r"hadal\.\w+", pathlib.Path(path).read_text()))
    form = "generic" if arguments.generic else "pretty"
    print(f"{size:.1f} MB ({form}, {operations} operations): median {statistics.median(times):.2f} s, "
          f"{min(times):.2f} to {max(times):.2f}, of {arguments.runs} runs; parse, verify and print")


if __name__ == "__main__":
    main()
