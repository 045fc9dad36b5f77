"""DeepSeek-V3 in its true sizes as transformers exports it (torch.onnx, eager attention, batched experts), with all weights
in one sparse file: the graph is what is measured, the weights are a hole.

    benchmarks/deepseek_graph.py OUT.onnx [--layers 61]
"""
import argparse
import pathlib

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

HIDDEN, HEADS, Q_LORA, KV_LORA, NOPE, ROPE, VALUE = 7168, 128, 1536, 512, 128, 64, 128
EXPERTS, GROUPS, TOP_GROUPS, TOP, EXPERT, DENSE, VOCAB = 256, 8, 4, 8, 2048, 18432, 129280
DENSE_LAYERS, MOST = 3, 2**63 - 1


class Graph:
    """Nodes and constants; a weight is a place in the sparse file."""

    def __init__(self, location):
        self.nodes, self.constants, self.location, self.bytes, self.known = [], [], location, 0, {}

    def op(self, kind, *inputs, outputs=1, **attributes):
        count = len(self.nodes)
        names = [f"{kind.lower()}_{count}" + (f"_{i}" if outputs > 1 else "") for i in range(outputs)]
        self.nodes.append(helper.make_node(kind, list(inputs), names, name=f"node_{kind}_{count}", **attributes))
        return names[0] if outputs == 1 else names

    def constant(self, value, dtype=np.int64):
        array = np.asarray(value, dtype)
        key = (array.dtype.str, array.shape, array.tobytes())
        if key not in self.known:
            self.known[key] = f"val_{len(self.known)}"
            self.constants.append(numpy_helper.from_array(array, self.known[key]))
        return self.known[key]

    def weight(self, name, *dims):
        tensor = TensorProto(name=name, data_type=TensorProto.FLOAT, dims=dims, data_location=TensorProto.EXTERNAL)
        length = 4 * int(np.prod(dims))
        for key, value in {"location": self.location, "offset": self.bytes, "length": length}.items():
            tensor.external_data.add(key=key, value=str(value))
        self.bytes += -(-length // 4096) * 4096
        self.constants.append(tensor)
        return name


class Model(Graph):
    def __init__(self, location):
        super().__init__(location)
        ids = "input_ids"
        self.batch = self.op("Shape", ids, end=1, start=0)
        self.seq = self.op("Shape", ids, end=2, start=1)
        self.length = self.op("Squeeze", self.seq)
        self.arange = self.op("Range", self.constant(0), self.length, self.constant(1))

    def slice(self, x, start, end, axis, step=1):
        return self.op("Slice", x, *(self.constant([n]) for n in (start, end, axis, step)))

    def norm(self, x, name, size):
        squares = self.op("Pow", x, self.constant(2.0, np.float32))
        mean = self.op("ReduceMean", squares, self.constant([-1]), keepdims=1, noop_with_empty_axes=0)
        root = self.op("Sqrt", self.op("Add", mean, self.constant(1e-6, np.float32)))
        return self.op("Mul", self.weight(name, size), self.op("Mul", x, self.op("Reciprocal", root)))

    def linear(self, x, name, inputs, outputs):
        return self.op("MatMul", x, self.weight(name, inputs, outputs))

    def angles(self):
        positions = self.op("Unsqueeze", self.arange, self.constant([0, 2]))
        angles = self.op("Mul", self.op("Cast", positions, to=TensorProto.FLOAT),
                         self.constant(10000.0 ** (-np.arange(ROPE // 2) * 2 / ROPE), np.float32))
        both = self.op("Concat", angles, angles, axis=-1)
        return [self.op("Unsqueeze", self.slice(self.op(kind, both), 0, ROPE // 2, 2), self.constant([1]))
                for kind in ("Cos", "Sin")]

    def mask(self):
        rows = self.op("Unsqueeze", self.arange, self.constant([0, 1, 3]))
        columns = self.op("Unsqueeze", self.arange, self.constant([0, 1, 2]))
        seen = self.op("LessOrEqual", columns, rows)
        return self.op("Where", seen, self.constant(0.0, np.float32), self.constant(np.finfo(np.float32).min, np.float32))

    def rope(self, x, cos, sin):
        even, odd = self.slice(x, 0, MOST, 3, 2), self.slice(x, 1, MOST, 3, 2)
        first = self.op("Sub", self.op("Mul", even, cos), self.op("Mul", odd, sin))
        second = self.op("Add", self.op("Mul", odd, cos), self.op("Mul", even, sin))
        return self.op("Concat", first, second, axis=-1)

    def heads(self, x, size):
        shape = self.op("Concat", self.batch, self.seq, self.constant([-1]), self.constant([size]), axis=0)
        return self.op("Transpose", self.op("Reshape", x, shape, allowzero=1), perm=[0, 2, 1, 3])

    def attention(self, x, layer, cos, sin, mask):
        name = f"model.layers.{layer}.self_attn."
        q = self.norm(self.linear(x, name + "q_a", HIDDEN, Q_LORA), name + "q_a_layernorm", Q_LORA)
        q = self.heads(self.linear(q, name + "q_b", Q_LORA, HEADS * (NOPE + ROPE)), NOPE + ROPE)
        q_nope, q_rope = self.op("Split", q, self.constant([NOPE, ROPE]), outputs=2, axis=3)
        kv = self.linear(x, name + "kv_a", HIDDEN, KV_LORA + ROPE)
        latent, k_rope = self.op("Split", kv, self.constant([KV_LORA, ROPE]), outputs=2, axis=2)
        one = self.constant([1])
        latent = self.norm(latent, name + "kv_a_layernorm", KV_LORA)
        latent = self.op("Reshape", latent, self.op("Concat", self.batch, one, self.seq, self.constant([KV_LORA]), axis=0),
                         allowzero=1)
        k_rope = self.op("Reshape", k_rope, self.op("Concat", self.batch, one, self.seq, self.constant([ROPE]), axis=0),
                         allowzero=1)
        q = self.op("Concat", q_nope, self.rope(q_rope, cos, sin), axis=-1)
        k_rope = self.rope(k_rope, cos, sin)
        kv = self.heads(self.linear(latent, name + "kv_b", KV_LORA, HEADS * (NOPE + VALUE)), NOPE + VALUE)
        k_nope, v = self.op("Split", kv, self.constant([NOPE, VALUE]), outputs=2, axis=3)
        k_rope = self.op("Expand", k_rope, self.constant([1, HEADS, 1, 1]))
        # Keys are written into an empty tensor, part by part.
        shape = self.op("Concat", self.batch, self.constant([HEADS]), self.seq, self.constant([NOPE + ROPE]), axis=0)
        keys = self.op("ConstantOfShape", shape)
        for part, start, end in ((k_nope, 0, NOPE), (k_rope, NOPE, MOST)):
            size = self.op("Gather", self.op("Shape", keys, start=0), self.constant(3), axis=0)
            places = self.op("Range", self.constant(0), size, self.constant(1))
            places = self.op("Unsqueeze", self.slice(places, start, end, 0), self.constant([-1]))
            first = [self.op("Transpose", x, perm=[3, 1, 2, 0]) for x in (part, keys)]
            keys = self.op("Transpose", self.op("ScatterND", first[1], places, first[0]), perm=[3, 1, 2, 0])
        scores = self.op("MatMul", q, self.op("Transpose", keys, perm=[0, 1, 3, 2]))
        scores = self.op("Mul", scores, self.constant((NOPE + ROPE) ** -0.5, np.float32))
        weights = self.op("Softmax", self.op("Add", scores, mask), axis=-1)
        out = self.op("Transpose", self.op("MatMul", weights, v), perm=[0, 2, 1, 3])
        out = self.op("Reshape", out, self.op("Concat", self.batch, self.seq, self.constant([-1]), axis=0), allowzero=1)
        return self.linear(out, name + "o", HEADS * VALUE, HIDDEN)

    def mlp(self, x, name, size):
        gate = self.linear(x, name + "gate", HIDDEN, size)
        up = self.linear(x, name + "up", HIDDEN, size)
        gate = self.op("Mul", gate, self.op("Sigmoid", gate))
        return self.linear(self.op("Mul", gate, up), name + "down", size, HIDDEN)

    def route(self, x, name):
        scores = self.op("Sigmoid", self.op("Gemm", x, self.weight(name + "gate.weight", EXPERTS, HIDDEN), transB=1))
        biased = self.op("Add", scores, self.weight(name + "gate.e_score_correction_bias", EXPERTS))
        grouped = self.op("Reshape", biased, self.constant([-1, GROUPS, EXPERTS // GROUPS]), allowzero=1)
        best, _ = self.op("TopK", grouped, self.constant([2]), outputs=2, axis=-1, largest=1, sorted=1)
        sums = self.op("ReduceSum", best, self.constant([-1]), keepdims=0, noop_with_empty_axes=0)
        _, groups = self.op("TopK", sums, self.constant([TOP_GROUPS]), outputs=2, axis=-1, largest=1, sorted=0)
        zeros = self.op("Expand", self.constant(0.0, np.float32), self.op("Shape", sums, start=0))
        ones = self.op("ConstantOfShape", self.op("Shape", groups, start=0),
                       value=numpy_helper.from_array(np.ones(1, np.float32)))
        chosen = self.op("ScatterElements", zeros, groups, ones, axis=1)
        chosen = self.op("Expand", self.op("Unsqueeze", chosen, self.constant([-1])),
                         self.constant([1, GROUPS, EXPERTS // GROUPS]))
        chosen = self.op("Reshape", chosen, self.constant([-1, EXPERTS]), allowzero=1)
        hidden = self.op("Not", self.op("Cast", chosen, to=TensorProto.BOOL))
        masked = self.op("Where", hidden, self.constant(-np.inf, np.float32), biased)
        _, experts = self.op("TopK", masked, self.constant([TOP]), outputs=2, axis=-1, largest=1, sorted=0)
        weights = self.op("GatherElements", scores, experts, axis=1)
        total = self.op("ReduceSum", weights, self.constant([-1]), keepdims=1, noop_with_empty_axes=0)
        return experts, self.op("Mul", self.op("Div", weights, total), self.constant(2.5, np.float32))

    def experts(self, x, name):
        x = self.op("Reshape", x, self.constant([-1, HIDDEN]), allowzero=1)
        experts, weights = self.route(x, name)
        last = self.constant([-1])
        repeated = self.op("Expand", self.op("Unsqueeze", x, self.constant([1])), self.constant([1, TOP, 1]))
        repeated = self.op("Reshape", repeated, self.constant([-1, HIDDEN]))
        weights = self.op("Reshape", weights, last, allowzero=1)
        index = self.op("Unsqueeze", self.op("Reshape", experts, last, allowzero=1), last)

        def product(kind, x, rows, columns):
            each = self.op("GatherND", self.weight(name + kind, EXPERTS, rows, columns), index, batch_dims=0)
            return self.op("Squeeze", self.op("MatMul", each, self.op("Unsqueeze", x, last)), last)

        gate, up = self.op("Split", product("gate_up", repeated, 2 * EXPERT, HIDDEN), outputs=2, axis=1, num_outputs=2)
        act = self.op("Mul", self.op("Mul", gate, self.op("Sigmoid", gate)), up)
        out = self.op("Mul", product("down", act, HIDDEN, EXPERT), self.op("Unsqueeze", weights, last))
        out = self.op("Reshape", out, self.constant([-1, TOP, HIDDEN]), allowzero=1)
        out = self.op("ReduceSum", out, self.constant([1]), keepdims=0, noop_with_empty_axes=0)
        shape = self.op("Concat", self.batch, self.seq, self.constant([HIDDEN]), axis=0)
        return self.op("Reshape", out, shape, allowzero=1)

    def build(self, layers):
        x = self.op("Gather", self.weight("model.embed_tokens.weight", VOCAB, HIDDEN), "input_ids", axis=0)
        mask, (cos, sin) = self.mask(), self.angles()
        for layer in range(layers):
            name = f"model.layers.{layer}."
            normed = self.norm(x, name + "input_layernorm.weight", HIDDEN)
            x = self.op("Add", x, self.attention(normed, layer, cos, sin, mask))
            normed = self.norm(x, name + "post_attention_layernorm.weight", HIDDEN)
            if layer < DENSE_LAYERS:
                x = self.op("Add", x, self.mlp(normed, name + "mlp.", DENSE))
                continue
            routed = self.experts(normed, name + "mlp.")
            x = self.op("Add", x, self.op("Add", routed, self.mlp(normed, name + "mlp.shared_experts.", EXPERT)))
        x = self.norm(x, "model.norm.weight", HIDDEN)
        self.nodes.append(helper.make_node("MatMul", [x, self.weight("lm_head.weight", HIDDEN, VOCAB)], ["logits"], "lm_head"))


def write(path, layers=61):
    """Writes the model and its sparse weights; returns (nodes, bytes of the weights)."""
    path = pathlib.Path(path)
    model = Model(path.stem + ".weights")
    model.build(layers)
    graph = helper.make_graph(
        model.nodes, "main_graph", [helper.make_tensor_value_info("input_ids", TensorProto.INT64, ["batch", "seq"])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["batch", "seq", VOCAB])], model.constants)
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10), path)
    with open(path.parent / model.location, "wb") as file:
        file.truncate(model.bytes)
    return len(model.nodes), model.bytes


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--layers", type=int, default=61)
    options = parser.parse_args()
    nodes, size = write(options.out, options.layers)
    print(f"{nodes} nodes, weights of {size / 1e9:.0f} GB")
