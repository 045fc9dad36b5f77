#!/usr/bin/env python3
"""Keeps docs/spec.md, the dialects and their tests in step.

    docs/check-spec.py              # exit status 1 with one line for each thing that is out of step
    docs/check-spec.py --update     # write the generated blocks of spec.md anew
    docs/check-spec.py --opt=build/bin/hadal-opt   # also parse every example, pretty and generic

For each operation of the dialects check, hadal and tile:
  - spec.md has a section with a generated block (summary, description, table of operands, attributes and results, all
    from the .td files) that is up to date, and text of its own behind it;
  - each constraint `C<n>` of the description, numbered from 1 without gaps, has a place in the operation's verifier that
    is marked `// C<n>` (`// load C4, store C3` in a function that several operations share), and no other is marked;
  - each constraint has a negative test in test/Dialect/<Dialect>/*invalid.mlir marked `// <op> C<n>`;
  - the description has an example, which (of hadal and check) parses, and prints and parses again alike, pretty and
    generic (with --opt);
  - a round-trip test in test/Dialect/<Dialect> uses the operation;
  - lib/Reference has a handler for it, and some file of test/Reference tests its numbers.
"""
import argparse
import json
import pathlib
import re
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
SPEC = ROOT / "docs" / "spec.md"
DIALECTS = {"Check": "check", "Hadal": "hadal", "Tile": "tile"}
# No constraint and nothing to execute.
NOT_INTERPRETED = {"tile.return"}
# Executed where they are launched or read.
NO_HANDLER = {"tile.program", "tile.global"}
BLOCK = re.compile(r"<!-- begin (\S+) .*?-->\n.*?<!-- end -->\n", re.S)

SHORT_TYPES = [
    (r"(ranked|statically shaped) tensor of (.*) values", r"tensor of \2"), (r"memref of any type values", "memref"),
    (r"\b(\d+)-bit float", r"f\1"), (r"bfloat16 type", "bf16"), (r"(\d+)-bit signless integer attribute", r"i\1"),
    (r"\b(\d+)-bit signless integer", r"i\1"), (r" or (?=\S+ or )", ", "), (r" attribute$", ""), (r"^unit$", "flag"),
    (r"variadic of ", "any number of "), (r"64-bit signless integer elements", "i64"), (r"f32 attribute", "f32"),
]


class Op:
    def __init__(self, records, record, dialect):
        self.records, self.dialect = records, dialect
        self.mnemonic = record["opName"]
        self.name = f"{DIALECTS[dialect]}.{self.mnemonic}"
        self.class_name = record["!name"].split("_", 1)[1]
        self.file = record["!locs"][0].split(":")[0] if record.get("!locs") else ""
        self.line = int(record["!locs"][0].split(":")[1]) if record.get("!locs") else 0
        self.summary, self.description = record["summary"], dedent(record["description"])
        self.constraints = [int(number) for number in re.findall(r"^- C(\d+):", self.description, re.M)]
        self.examples = re.findall(r"^```mlir\n(.*?)^```", self.description, re.S | re.M)
        self.examples += re.findall(r"^Example: `(.*)`$", self.description, re.M)
        self.rows = [self.row(arg) for arg in record["arguments"]["args"]]
        self.rows += [(name, "result", text) for name, _, text in map(self.row, record["results"]["args"])]

    def row(self, argument):
        record, name = self.records[argument[0]["def"]], argument[1]
        classes = record["!superclasses"]
        optional = "Optional" in classes or "OptionalAttr" in classes
        while isinstance(record.get("baseAttr"), dict) and record["baseAttr"]["def"] in self.records:
            record = self.records[record["baseAttr"]["def"]]
        kind = "attribute" if "Attr" in classes else "operand"
        return name, kind, self.type_text(record) + (", optional" if optional else "")

    def type_text(self, record):
        if "EnumAttr" in record["!superclasses"]:
            info = self.records[record["enum"]["def"]]
            return " \\| ".join(self.records[case["def"]]["str"] for case in info["enumerants"])
        text = record.get("summary") or "any"
        while text == "" and isinstance(record.get("baseType"), dict):
            record = self.records[record["baseType"]["def"]]
            text = record.get("summary") or "any"
        for pattern, replacement in SHORT_TYPES:
            text = re.sub(pattern, replacement, text)
        return text.strip()

    def block(self):
        lines = [f"<!-- begin {self.name} (from dialects/{self.dialect}/IR/{self.file} by docs/check-spec.py --update) -->",
                 f"*{self.summary}*", "", self.description.strip()]
        if self.rows:
            lines += ["", "| name | kind | type |", "|---|---|---|"]
            lines += [f"| `{name}` | {kind} | {text} |" for name, kind, text in self.rows]
        return "\n".join(lines) + "\n<!-- end -->\n"


def dedent(text):
    lines = text.strip("\n").split("\n")
    indent = min((len(line) - len(line.lstrip()) for line in lines if line.strip()), default=0)
    return "\n".join(line[indent:].rstrip() for line in lines)


def find_tools():
    tblgen = shutil.which("llvm-tblgen-22") or "/usr/lib/llvm-22/bin/llvm-tblgen"
    include = pathlib.Path(tblgen).resolve().parents[1] / "include"
    return tblgen, include


def read_ops():
    tblgen, include = find_tools()
    ops = []
    for dialect in DIALECTS:
        source = ROOT / "dialects" / dialect / "IR" / f"{dialect}Ops.td"
        text = subprocess.run([tblgen, "--dump-json", f"-I{ROOT}", f"-I{include}", str(source)], check=True,
                              capture_output=True, text=True).stdout
        records = json.loads(text)
        found = [Op(records, records[name], dialect) for name in records["!instanceof"]["Op"]]
        order = {path.name: index for index, path in enumerate(included_files(source))}
        ops += sorted(found, key=lambda op: (order.get(op.file, 99), op.line))
    return ops


def included_files(source):
    """The .td files of a dialect in the order in which they are included."""
    for name in re.findall(r'include "(dialects/\S+)"', source.read_text()):
        yield ROOT / name
    yield source


def functions_of(dialect):
    """The functions of a dialect's sources: name (with its class) to body."""
    functions = {}
    for path in sorted((ROOT / "dialects" / dialect / "IR").glob("*.cpp")):
        for match in re.finditer(r"^[^\s/#}][^;\n]*?(\w+(?:::\w+)?)\((?:[^\n]*}$|.*?^})", path.read_text(), re.S | re.M):
            functions.setdefault(match.group(1), "")
            functions[match.group(1)] += match.group(0)
    return functions


def verifier_labels(op, functions):
    """The constraints marked in the methods of an op's class and in the functions they call."""
    seen, pending, labels = set(), [name for name in functions if name.startswith(op.class_name + "::")], set()
    while pending:
        name = pending.pop()
        if name in seen:
            continue
        seen.add(name)
        body = functions[name]
        for comment in re.findall(r"//(.*)", body):
            for owner, number in re.findall(r"(?:\b(\w+) )?\bC(\d+)\b", comment):
                if not owner or owner == op.mnemonic:
                    labels.add(int(number))
        pending += [other for other in functions if "::" not in other and re.search(rf"\b{other}\(", body)]
    return labels


def check_op(op, functions, spec, interpreted, handlers):
    problems = []
    if op.constraints != list(range(1, len(op.constraints) + 1)):
        problems.append(f"its constraints are numbered {op.constraints}")
    marked = verifier_labels(op, functions)
    for number in op.constraints:
        if number not in marked:
            problems.append(f"C{number} has no place marked // C{number} in the verifier")
    for number in marked - set(op.constraints):
        problems.append(f"the verifier marks C{number}, which the description does not have")
    tests = "\n".join(path.read_text() for path in (ROOT / "test" / "Dialect" / op.dialect).glob("*invalid*.mlir"))
    for number in op.constraints:
        if not re.search(rf"^// (?:{DIALECTS[op.dialect]}\.)?{op.mnemonic} C{number}\b", tests, re.M):
            problems.append(f"C{number} has no negative test in test/Dialect/{op.dialect}/*invalid.mlir")
    uses = re.compile(rf"(?<![\w.]){re.escape(op.name)}\b")
    if not any(uses.search(example) for example in op.examples):
        problems.append("its description has no example")
    folder = ROOT / "test" / "Dialect" / op.dialect
    if not any(uses.search(path.read_text()) for path in folder.glob("*round-trip*.mlir")):
        problems.append(f"no round-trip test in test/Dialect/{op.dialect} uses it")
    if op.name not in NOT_INTERPRETED:
        if op.name not in NO_HANDLER and f'"{op.name}"' not in handlers:
            problems.append("lib/Reference has no handler for it")
        if not uses.search(interpreted):
            problems.append("no file of test/Reference uses it")
    section = re.search(rf"^### {re.escape(op.name)}\n(.*?)(?=^#|\Z)", BLOCK.sub(mask_headings, spec), re.S | re.M)
    if not section:
        problems.append(f"spec.md has no section '### {op.name}'")
    else:
        if op.block() not in spec:
            problems.append("its block in spec.md is out of date: run docs/check-spec.py --update")
        if not section.group(1).split("<!-- end -->")[-1].strip():
            problems.append("its section in spec.md says nothing beyond the description")
    return [f"{op.name}: {problem}" for problem in problems]


def mask_headings(match):
    """A generated block as the search for headings may see it: examples may hold lines that begin with #."""
    return re.sub(r"^#", " ", match.group(0), flags=re.M)


def update(ops, spec):
    blocks = {op.name: op.block() for op in ops}
    for op in ops:
        heading = f"### {op.name}\n"
        if heading not in spec:
            spec = spec.rstrip("\n") + f"\n\n{heading}\n{op.block()}"
        elif f"<!-- begin {op.name} " not in spec:
            spec = spec.replace(heading, f"{heading}\n{op.block()}")
    return BLOCK.sub(lambda match: blocks.get(match.group(1), match.group(0)), spec)


def as_function(example, number):
    """The statements of an example as a function: what they use and do not define becomes an argument."""
    defined, arguments = set(), {}
    for statement in re.split(r"\n(?=\S)", example.strip()):
        left, equals, right = statement.partition(" = ")
        if not equals or not left.startswith("%"):
            left, right = "", statement
        body, colon, types = split_types(right)
        names = list(dict.fromkeys(re.findall(r"%\w+(?:#\d+)?", body)))
        indices = set(re.findall(r"%\w+", " ".join(re.findall(r"\[([^\]]*)\]", body)))) if "(" not in types else set()
        listed = [name for name in re.findall(r"%\w+(?:#\d+)?", body) if name not in indices]
        given = split_commas(types.split("->")[0].strip().removeprefix("(").removesuffix(")"))
        if "gather" in body and len(given) < len(listed):
            given = given[::-1] + given  # tile.load: the rows' type stands before the source's
        for name, type_text in zip(listed, given):
            arguments.setdefault(name, type_text)
        for name in names:
            arguments.setdefault(name, "index" if name in indices else (given or ["index"])[-1])
        defined.update(re.findall(r"%\w+", left))
    parameters = ", ".join(f"{name}: {kind}" for name, kind in arguments.items() if name.split("#")[0] not in defined)
    return f"func.func @example{number}({parameters}) {{\n{example}\nreturn\n}}\n"


def split_types(statement):
    """A statement at the colon, outside all brackets, that begins its types."""
    depth = 0
    for at, char in enumerate(statement):
        depth += char in "<([{"
        depth -= char in ")]}" or (char == ">" and statement[at - 1] != "-")
        if char == ":" and depth == 0:
            return statement[:at], ":", statement[at + 1:]
    return statement, "", ""


def split_commas(text):
    parts, depth = [""], 0
    for char in text:
        depth += char in "<(["
        depth -= char in ">)]"
        if char == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += char
    return [part.strip() for part in parts if part.strip()]


def check_examples(ops, opt):
    """Parses each op's examples in one run of hadal-opt, which prints and parses them again, pretty and generic."""
    problems = []
    for op in ops:
        examples = [as_function(example, index) for index, example in enumerate(op.examples)
                    if op.dialect in ("Hadal", "Check")]
        for flags in ([], ["--mlir-print-op-generic"]):
            run = subprocess.run([opt, "-", "--verify-roundtrip", *flags], input="".join(examples), text=True,
                                 capture_output=True)
            if run.returncode:
                problems.append(f"{op.name}: its example does not parse: {run.stderr.strip().splitlines()[0]}")
                break
    return problems


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--update", action="store_true", help="write the generated blocks of spec.md anew")
    parser.add_argument("--opt", metavar="PATH", help="parse every example with this hadal-opt")
    arguments = parser.parse_args()
    should_update = arguments.update
    ops, spec = read_ops(), SPEC.read_text()
    if should_update:
        spec = update(ops, spec)
        SPEC.write_text(spec)
    interpreted = "\n".join(path.read_text() for path in (ROOT / "test" / "Reference").glob("*.mlir"))
    handlers = "\n".join(path.read_text() for path in (ROOT / "lib" / "Reference").glob("*.cpp"))
    functions = {dialect: functions_of(dialect) for dialect in DIALECTS}
    problems = []
    for op in ops:
        problems += check_op(op, functions[op.dialect], spec, interpreted, handlers)
    if arguments.opt:
        problems += check_examples(ops, arguments.opt)
    known = {op.name for op in ops}
    problems += [f"spec.md has a section on {name}, which is no operation"
                 for name in re.findall(r"^### ((?:check|hadal|tile)\.\w+)$", spec, re.M) if name not in known]
    for problem in problems:
        print(problem)
    if not problems:
        tests = sum(len(re.findall(r"^// (?:\w+\.)?\w+ C\d+\b", path.read_text(), re.M))
                    for path in (ROOT / "test" / "Dialect").glob("*/*invalid*.mlir"))
        print(f"spec.md agrees with {len(ops)} operations, {sum(len(op.constraints) for op in ops)} constraints and "
              f"{tests} negative tests")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
