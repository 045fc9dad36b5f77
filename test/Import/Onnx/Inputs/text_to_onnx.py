"""Makes NAME.onnx of each NAME.txt in a folder: models in the textual syntax of ONNX (onnx.parser)."""
import pathlib
import sys

import onnx.parser

for path in pathlib.Path(sys.argv[1]).glob("*.txt"):
    onnx.save(onnx.parser.parse_model(path.read_text()), path.with_suffix(".onnx"))
