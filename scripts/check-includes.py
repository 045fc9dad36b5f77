#!/usr/bin/env python3
"""Fails on an #include that goes against the order of the folders (docs/architecture.md, "Who may include whom").

    scripts/check-includes.py [ROOT]
"""
import pathlib
import re
import sys

# Each layer may include itself and every layer before it.
LAYERS = [
    ["Support"],
    ["dialects"],
    ["Transforms", "Analysis", "Reference", "Conversion", "Import", "Target"],
    ["Pipelines"],
    ["Compiler"],
    ["ExecutionEngine"],
    ["tools"],
]
RANK = {name: rank for rank, layer in enumerate(LAYERS) for name in layer}
# Within the third layer these edges are meant: importers and targets lower through conversions.
SIDEWAYS = {("Target", "Conversion")}
INCLUDE = re.compile(r'^\s*#\s*include\s+["<]([^">]+)[">]', re.M)


def layer_of_file(path):
    """The layer a source file belongs to, or None."""
    parts = path.parts
    if parts[0] in ("dialects", "runtime", "tools", "examples"):
        return parts[0]
    if parts[0] == "lib":
        return parts[1]
    if parts[:2] == ("include", "hadal"):
        return parts[2]
    return None


def layer_of_include(name):
    """The layer an included header belongs to, or None if it is not the compiler's."""
    parts = name.split("/")
    if parts[0] == "dialects":
        return "dialects"
    if parts[0] == "hadal" and len(parts) > 2 and parts[1] in RANK:
        return parts[1]
    if parts[0] in ("mlir", "llvm", "mlir-c", "llvm-c"):
        return "mlir"
    return None


def allowed(source, target):
    if source in ("runtime", "examples"):
        return target is None
    if target in (None, "mlir") or source == target or source not in RANK:
        return True
    return RANK[target] < RANK[source] or (source, target) in SIDEWAYS


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".")
    errors = 0
    for path in sorted(root.rglob("*")):
        relative = path.relative_to(root)
        if path.suffix not in (".h", ".cpp") or relative.parts[0].startswith((".", "build")):
            continue
        source = layer_of_file(relative)
        if source is None:
            continue
        text = path.read_text()
        for match in INCLUDE.finditer(text):
            target = layer_of_include(match.group(1))
            if not allowed(source, target):
                line = text.count("\n", 0, match.start(1)) + 1
                print(f"{relative}:{line}: {source} must not include {match.group(1)}")
                errors += 1
    print(f"{errors} includes against the order of the folders")
    return errors > 0


if __name__ == "__main__":
    sys.exit(main())
