#!/usr/bin/env python3
"""Runs a fuzzer with what it needs around it: limits of time and 2 GiB an input, and sanitizers that do not mistrust what
the shared libraries of MLIR and LLVM, which are not instrumented, allocate.

    run.py build/bin/FuzzOnnx WORK SEEDS... --seconds=60
    run.py build/bin/FuzzOnnx WORK SEEDS... --runs=1000000 --seed=1

WORK gathers the inputs that reach something new; an input that crashes is written into it too, and its name printed.
"""
import argparse
import os
import pathlib
import re
import subprocess
import sys
import tempfile

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("fuzzer", type=pathlib.Path)
parser.add_argument("work", type=pathlib.Path)
parser.add_argument("seeds", nargs="+")
parser.add_argument("--seconds", type=int, default=0)
parser.add_argument("--runs", type=int, default=-1)
parser.add_argument("--seed", type=int, default=0, help="0: another one each time")
parser.add_argument("--timeout", type=int, default=5, help="seconds for an input: more where others keep the machine busy")
options = parser.parse_args()

environment = dict(os.environ, ASAN_OPTIONS="detect_leaks=0:allow_user_poisoning=0:detect_container_overflow=0:"
                   "quarantine_size_mb=16:malloc_context_size=4", UBSAN_OPTIONS="print_stacktrace=1",
                   ASAN_SYMBOLIZER_PATH="/usr/lib/llvm-22/bin/llvm-symbolizer")
# Each input of FuzzOnnx becomes a file: in memory if possible, since a disk would set the pace.
files = tempfile.TemporaryDirectory(dir="/dev/shm" if os.access("/dev/shm", os.W_OK) else None)
environment["TMPDIR"] = files.name
options.work.mkdir(parents=True, exist_ok=True)
limits = [f"-timeout={options.timeout}", "-rss_limit_mb=2048", "-malloc_limit_mb=1024", "-max_len=8192", "-detect_leaks=0"]
result = subprocess.run([options.fuzzer, f"-max_total_time={options.seconds}", f"-runs={options.runs}",
                         f"-seed={options.seed}", *limits, "-print_final_stats=1", f"-artifact_prefix={options.work}/",
                         options.work, *options.seeds], env=environment, capture_output=True, text=True, errors="replace")
runs = re.search(r"stat::number_of_executed_units: *(\d+)", result.stderr)
if result.returncode or not runs:
    print(result.stderr[-8000:])
    sys.exit(f"{options.fuzzer.name} found something")
print(f"{runs.group(1)} runs, no crash")
