"""Bytecode whose lists say where MLIR's reader is to write: those that are right are read, the others refused.

    damage_lists.py FOLDER
"""
import pathlib
import subprocess
import sys

# A function that returns its argument four times.
FILE = bytes.fromhex(
    "4d4cef520d4d4c495232322e312e380001170501050701030b0305070f0323110701110b130b0b0b1313130107132307024b050917010101"
    "0d03050b050d1701030317010331170103db1b03090505030109010101010b0443050150030107043303010503500b0307041f0303070303"
    "0d0005040f09010101010603010501006d0f0f0b0f0f0f0b116275696c74696e0066756e63006d6f64756c650072657475726e00752e6d6c"
    "6972006d61696e007075626c6963000817050501010d010501010713")
BLOCK = FILE.index(bytes.fromhex("0703030d0005040f0901010101"))  # the function's: an argument, an operation
ENTRIES = FILE.index(bytes.fromhex("110701110b"))  # how many attributes and types; 3 attributes of dialect 0, ...


def number(value):
    assert value < 128
    return bytes([value << 1 | 1])


def with_order(numbers, pairs):
    """With an order of the argument's uses: their places, or which goes where."""
    order = bytes([1]) + number(len(numbers) << 1 | pairs) + b"".join(map(number, numbers))
    data = bytearray(FILE)
    data[BLOCK + 4:BLOCK + 5] = order
    for section in ("041f", "0433", "0443"):  # they hold each other
        at = data.index(bytes.fromhex(section))
        data[at + 1] += 2 * (len(order) - 1)
    return bytes(data)


def with_entries(attributes, types):
    return FILE[:ENTRIES] + number(attributes) + number(types) + FILE[ENTRIES + 2:]


def without_zero():
    """With a string of no bytes, not even the zero at its end."""
    size = FILE.index(bytes.fromhex("0f0f0b0f0f0f0b11")) + 1  # behind how many there are
    return FILE[:size] + number(0) + FILE[size + 1:]


RIGHT = {"as it is": FILE, "order": with_order([1, 0, 2, 3], False), "pairs": with_order([0, 1, 1, 0], True)}
WRONG = {
    "pair behind the last use": with_order([127, 0], True),
    "pair far behind the last use": with_order([0, 1, 100, 2], True),
    "fewer attributes than their group": with_entries(1, 3),
    "fewer types than their group": with_entries(8, 1),
    "a string without its end": without_zero(),
}
for name, data in {**RIGHT, **WRONG}.items():
    path = pathlib.Path(sys.argv[1]) / "lists.mlirbc"
    path.write_bytes(data)
    run = subprocess.run(["hadal-compile", path, "--explain"], capture_output=True, text=True, errors="replace")
    refused = run.returncode == 1 and "the bytecode is damaged" in run.stderr
    if run.returncode != 0 if name in RIGHT else not refused:
        print(f"{name}: status {run.returncode}\n{run.stderr[:500]}")
print(f"{len(RIGHT)} right, {len(WRONG)} damaged")
