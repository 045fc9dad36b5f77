#!/usr/bin/env python3
"""Fails on a relative link of a Markdown file that leads to nothing.

    scripts/check-links.py [ROOT]
"""
import pathlib
import re
import sys


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".")
    errors = 0
    for path in sorted(root.rglob("*.md")):
        if path.relative_to(root).parts[0].startswith((".", "build")):
            continue
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", path.read_text()):
            if not (path.parent / target).exists():
                print(f"{path.relative_to(root)}: {target} does not exist")
                errors += 1
    print(f"{errors} links to nothing")
    return errors > 0


if __name__ == "__main__":
    sys.exit(main())
