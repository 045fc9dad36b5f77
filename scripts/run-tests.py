#!/usr/bin/env python3
"""Runs every test of a build folder (lit, then GoogleTest by ctest) and ends with the totals.

    scripts/run-tests.py build
"""
import json
import pathlib
import subprocess
import sys
import xml.etree.ElementTree as ET

LIT = "/usr/lib/llvm-22/bin/lit"


def run_lit(build):
    """Returns (passed, failed, skipped) of lit."""
    report = build / "lit.json"
    report.unlink(missing_ok=True)
    subprocess.run([LIT, "-v", "--order=lexical", "-o", str(report), str(build / "test")], check=False)
    passed = failed = skipped = 0
    for test in json.loads(report.read_text())["tests"] if report.exists() else []:
        if test["code"] in ("PASS", "FLAKYPASS", "XFAIL"):
            passed += 1
        elif test["code"] in ("UNSUPPORTED", "EXCLUDED", "SKIPPED"):
            skipped += 1
        else:
            failed += 1
    return (passed, failed, skipped) if report.exists() else (0, 1, 0)


def run_ctest(build):
    """Returns (passed, failed, skipped) of ctest."""
    report = build / "ctest.xml"
    report.unlink(missing_ok=True)
    subprocess.run(["ctest", "--test-dir", str(build), "--output-on-failure", "--output-junit", str(report.resolve()),
                    "-j2"], check=False)
    if not report.exists():
        return 0, 1, 0
    suite = ET.parse(report).getroot()
    tests, failed = int(suite.get("tests")), int(suite.get("failures"))
    skipped = int(suite.get("skipped")) + int(suite.get("disabled"))
    return tests - failed - skipped, failed, skipped


def main():
    build = pathlib.Path(sys.argv[1])
    results = [run_lit(build), run_ctest(build)]
    passed, failed, skipped = map(sum, zip(*results))
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    return failed > 0 or passed == 0


if __name__ == "__main__":
    sys.exit(main())
