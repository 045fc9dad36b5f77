#!/usr/bin/env python3
"""Whether docs/stablehlo-support.md says what the importer's sources say; --update writes it.

    docs/check-stablehlo-support.py [--update]

The operations are those that our dialects declare (dialects/StableHLO, dialects/Chlo); the newest version in artifacts is that
of the table in dialects/Vhlo; where each is imported is the file that the dispatch (lib/Import/StableHLO/Importer.cpp) calls.
What the specification of StableHLO has beside them is refused by name.
"""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs/stablehlo-support.md"
# Of the specification, version 1.20, with no declaration of ours: an artifact or a text with one is refused with its name.
OTHERS = """after_all all_gather all_reduce all_to_all async_done async_start batch_norm_grad batch_norm_inference
batch_norm_training cholesky collective_broadcast collective_permute complex convolution create_token cross-replica-sum
dynamic_conv einsum fft get_tuple_element imag infeed outfeed partition_id real recv reduce_scatter replica_id return rng
rng_bit_generator select_and_scatter send set_dimension_size torch_index_select triangular_solve tuple unary_einsum
uniform_dequantize uniform_quantize""".split()
# The functions that the dispatch calls, and what the page says of them.
KINDS = {"importElementwise": "element-wise", "importConstant": "constant", "importLayout": "layout", "importSlices": "slices",
         "importGather": "gather", "importScatter": "scatter", "importProduct": "products", "importReduction": "reductions",
         "importSort": "sorting", "importTopK": "sorting", "importControl": "control flow", "importCall": "calls",
         "importCustom": "calls", "set": "as its operands"}


def declared(path):
    """C++ class -> name of each operation that a .td declares."""
    return {match[1]: match[2] for match in re.finditer(r"^def \w+?_(\w+Op) ?:\s*\w+<\"([a-z0-9_]+)\"", path.read_text(), re.M)}


def dispatch():
    """C++ class -> kind, from the switch of Importer.cpp and the list of element-wise operations."""
    text = (ROOT / "lib/Import/StableHLO/Importer.cpp").read_text()
    body = text[text.index("LogicalResult Importer::importOp"):text.index("LogicalResult Importer::importBlock")]
    kinds = {}
    for case in re.split(r"\.Case|\.Default", body)[1:]:
        called = re.search(r"(?:return |  )\s*(\w+)\(", case[case.index("{"):]) if "{" in case else None
        classes = re.findall(r"(?:chlo::|func::)?\w+Op\b", case.split("{")[0])
        for name in classes:
            if called:
                kinds[name] = KINDS[called[1]]
    text = (ROOT / "lib/Import/StableHLO/Elements.cpp").read_text()
    for name in re.findall(r"(?:chlo::)?\w+Op\b", text[text.index("bool hadal::stablehlo::isElementwise"):].split("}")[0]):
        kinds[name] = "element-wise"
    return kinds


def versions():
    newest = {}
    for name, version in re.findall(r"\"([a-z0-9_]+)_v(\d+)\"", (ROOT / "dialects/Vhlo/IR/Vhlo.cpp").read_text()):
        newest[name] = max(newest.get(name, 1), int(version))
    return newest


def page():
    kinds, newest = dispatch(), versions()
    rows, parsed = [], []
    for dialect, prefix in (("StableHLO", ""), ("Chlo", "chlo::")):
        for cpp, name in declared(ROOT / f"dialects/{dialect}/IR/{dialect}Ops.td").items():
            kind = kinds.get(prefix + cpp)
            version = newest.get(name, 1) if not prefix else "–"
            full = f"{dialect.lower()}.{name}"
            (rows if kind else parsed).append((full, kind, version))
    ours = {name.split(".")[1] for name, _, _ in rows + parsed}
    newest_release = re.search(r'kNewestStableHLO = "([\d.]+)"', (ROOT / "dialects/Vhlo/IR/Vhlo.h").read_text())[1]
    lines = ["# Operations of StableHLO", "",
             f"What the importer reads: {len(rows)} operations of `stablehlo` and `chlo`, as text and from artifacts of StableHLO up to",
             f"{newest_release}. Made of the sources by", "", "```sh", "docs/check-stablehlo-support.py --update", "```", "",
             "What each becomes, and which element types there are, is in [import-stablehlo.md](import-stablehlo.md).", "",
             "| operation | kind | newest version in artifacts |", "|---|---|---|"]
    lines += [f"| {name} | {kind} | {version} |" for name, kind, version in sorted(rows)]
    if parsed:
        lines += ["", "Read within others: " + ", ".join(f"`{name}`" for name, _, _ in sorted(parsed)) + "."]
    refused = [name for name in sorted(OTHERS) if name not in ours]
    text = "Refused with their names: " + ", ".join(f"`{name}`" for name in refused) + "."
    line = ""
    lines.append("")
    for word in text.split(" "):
        if len(line) + len(word) > 118:
            lines.append(line)
            line = ""
        line += (" " if line else "") + word
    return "\n".join([*lines, line, ""])


def main():
    text = page()
    if "--update" in sys.argv:
        PAGE.write_text(text)
    current = PAGE.read_text() if PAGE.exists() else ""
    print("docs/stablehlo-support.md is up to date" if current == text else "docs/stablehlo-support.md: run with --update")
    return current != text


if __name__ == "__main__":
    sys.exit(main())
