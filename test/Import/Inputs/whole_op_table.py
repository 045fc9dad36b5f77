#!/usr/bin/env python3
"""The table of lib/Import/WholeOps/Table.cpp against the definitions of the operations and against the document.

    whole_op_table.py            # exit status 1 with one line for each thing that is out of step
    whole_op_table.py --update   # writes the blocks of docs/onnx-domain.md anew
"""
import importlib.util
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[3]
TABLE = ROOT / "lib" / "Import" / "WholeOps" / "Table.cpp"
DOCUMENT = ROOT / "docs" / "onnx-domain.md"
BLOCK = re.compile(r"<!-- begin (\S+) .*?-->\n.*?<!-- end -->\n", re.S)


class Row:
    def __init__(self, name, node, operands, fields, results):
        self.name, self.node = name, node
        self.operands, self.results = (list(map(self.part, text.split())) for text in (operands, results))
        self.fields = [(*field.rstrip("!").split(":"), field.endswith("!")) for field in fields.split()]

    @staticmethod
    def part(text):
        name, shape, optional = re.fullmatch(r"(\w+)(?:\[(.*?)\])?(\?)?(?::index)?", text).groups()
        return name, shape.split(",") if shape else None, bool(optional)

    def block(self, op):
        choices = {name: text for name, _, text in op.rows}
        lines = ["| input | shape | |", "|---|---|---|"]
        for name, shape, optional in self.operands:
            sizes = "any" if not shape else "[" + ", ".join("·" if size == "_" else size for size in shape) + "]"
            lines.append(f"| `{name}` | {sizes} | {'may be missing' if optional else ''} |")
        lines += ["", "| attribute | kind | |", "|---|---|---|"]
        for name, kind, required in self.fields:
            shown = {"flag": "int, 0 or 1", "int": "int", "float": "float"}.get(kind)
            shown = shown or "string: " + choices[name].replace(", optional", "")
            lines.append(f"| `{name}` | {shown} | {'' if required else 'may be missing'} |")
        lines += ["", "| output | shape | |", "|---|---|---|"]
        for name, shape, optional in self.results:
            sizes = "[" + ", ".join(re.sub(r"([-+])", r" \1 ", size).replace("|", ", else ").replace("-", "−") for size in shape) + "]"
            lines.append(f"| `{name}` | {sizes} | {'may be missing' if optional else ''} |")
        return (f"<!-- begin {self.node} (from lib/Import/WholeOps/Table.cpp by test/Import/Inputs/whole_op_table.py) -->\n"
                + "\n".join(line.replace(" |  |", " | |") for line in lines) + "\n<!-- end -->\n")


def rows():
    text = re.sub(r"//.*", "", TABLE.read_text().split("kRows[] = {")[1].split("\n};")[0])
    for row in re.findall(r"\{(.*?)\}", text, re.S):
        columns = re.sub(r'"\s*\n\s*"', "", row)
        yield Row(*re.findall(r'"([^"]*)"', columns))


def definitions():
    """Operations of the dialect, as docs/check-spec.py reads them."""
    spec = importlib.util.spec_from_file_location("check_spec", ROOT / "docs" / "check-spec.py")
    check_spec = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(check_spec)
    return {op.mnemonic: op for op in check_spec.read_ops() if op.dialect == "Hadal"}


def main():
    wrong = []
    ops = definitions()
    table = list(rows())
    for row in table:
        op = ops[row.name]
        of = {kind: [(name, text) for name, what, text in op.rows if what == kind] for kind in ("operand", "attribute", "result")}
        for kind, given in (("operand", row.operands), ("result", row.results)):
            defined = [(name, "optional" in text) for name, text in of[kind]]
            if [(name, optional) for name, _, optional in given] != defined:
                wrong.append(f"{row.node}: {kind}s are {defined}")
        if [name for name, _, _ in row.fields] != [name for name, _ in of["attribute"]]:
            wrong.append(f"{row.node}: attributes are {[name for name, _ in of['attribute']]}")
    blocks = {row.node: row.block(ops[row.name]) for row in table}
    text = DOCUMENT.read_text()
    for node in blocks.keys() - set(BLOCK.findall(text)):
        wrong.append(f"{DOCUMENT.name} has no block of {node}")
    updated = BLOCK.sub(lambda match: blocks.get(match[1], match[0]), text)
    if updated != text and "--update" in sys.argv:
        DOCUMENT.write_text(updated)
    elif updated != text:
        wrong.append(f"{DOCUMENT.name} is out of date: test/Import/Inputs/whole_op_table.py --update")
    print("\n".join(wrong) or f"{len(blocks)} operations agree")
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
