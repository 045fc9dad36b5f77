"""Numbers of StableHLO operations: small models against loops in Python, on the reference and on the CPU.

    check_numbers.py FOLDER [TARGET]
"""
import itertools
import pathlib
import subprocess
import sys

import numpy as np

folder = pathlib.Path(sys.argv[1])
folder.mkdir(parents=True, exist_ok=True)
only = sys.argv[2:]
rng = np.random.default_rng(7)
TYPES = {"float32": "f32", "int32": "i32", "int64": "i64", "int8": "i8", "uint8": "ui8", "uint32": "ui32", "bool": "i1"}


def type_of(array):
    return "tensor<" + "".join(f"{n}x" for n in array.shape) + TYPES[str(array.dtype)] + ">"


def check(name, body, inputs, outputs, targets=("reference", "cpu")):
    """`body` uses %0, %1, … and returns %r0, %r1, … ."""
    arguments = ", ".join(f"%{i}: {type_of(x)}" for i, x in enumerate(inputs))
    types = ", ".join(type_of(x) for x in outputs)
    text = (f"func.func public @main({arguments}) -> ({types}) {{\n{body}\n"
            f"  return {', '.join(f'%r{i}' for i in range(len(outputs)))} : {types}\n}}\n")
    (folder / f"{name}.mlir").write_text(text)
    np.savez(folder / f"{name}.npz", **{f"arg{i}": x for i, x in enumerate(inputs)})
    np.savez(folder / f"{name}.expected.npz", **{f"out{i}": x for i, x in enumerate(outputs)})
    for target in only or targets:
        if target not in targets:
            continue
        run = subprocess.run(["hadal-run", folder / f"{name}.mlir", f"--target={target}",
                              f"--inputs={folder / name}.npz", f"--expected={folder / name}.expected.npz",
                              "--tolerance=1e-6"], capture_output=True, text=True)
        print(f"{name} {target}:", "right" if run.returncode == 0 else "WRONG\n" + run.stdout + run.stderr)


def f32(*shape):
    return rng.standard_normal(shape).astype(np.float32)


def scalar_region(op, t="f32"):
    return (f"({{\n  ^bb0(%a: tensor<{t}>, %b: tensor<{t}>):\n    %c = stablehlo.{op} %a, %b : tensor<{t}>\n"
            f"    stablehlo.return %c : tensor<{t}>\n  }})")


# Integers: division by 0 and by −1, shifts by too much, powers, saturating conversions.
a = np.array([7, -7, 7, -2**31, 5, 0], np.int32)
b = np.array([2, 2, 0, -1, -1, 3], np.int32)
quotient = np.array([3, -3, -1, -2**31, -5, 0], np.int32)
rest = np.array([1, -1, 7, 0, 0, 0], np.int32)
u, v = a.view(np.uint32), b.view(np.uint32)
check("integers", """
  %r0 = stablehlo.divide %0, %1 : tensor<6xi32>
  %r1 = stablehlo.remainder %0, %1 : tensor<6xi32>
  %r2 = stablehlo.divide %2, %3 : tensor<6xui32>
  %r3 = stablehlo.power %0, %1 : tensor<6xi32>
  %r4 = stablehlo.maximum %2, %3 : tensor<6xui32>
  %r5 = stablehlo.sign %0 : tensor<6xi32>""", [a, b, u, v],
      [quotient, rest, np.array([x // y if y else 2**32 - 1 for x, y in zip(u.tolist(), v.tolist())], np.uint32),
       np.array([49, 49, 1, 0, 0, 0], np.int32), np.maximum(u, v), np.sign(a)])
x = np.array([1, -8, 255, 7], np.int32)
by = np.array([1, 40, 31, 32], np.int32)
check("shifts", """
  %r0 = stablehlo.shift_left %0, %1 : tensor<4xi32>
  %r1 = stablehlo.shift_right_logical %0, %1 : tensor<4xi32>
  %r2 = stablehlo.shift_right_arithmetic %0, %1 : tensor<4xi32>""", [x, by],
      [np.array([2, 0, -2**31, 0], np.int32), np.array([0, 0, 0, 0], np.int32), np.array([0, -1, 0, 0], np.int32)])
x = np.array([1.7, -1.7, 3e9, -3e9, np.nan, np.inf], np.float32)
check("conversions", """
  %r0 = stablehlo.convert %0 : (tensor<6xf32>) -> tensor<6xi32>
  %r1 = stablehlo.convert %0 : (tensor<6xf32>) -> tensor<6xui8>
  %r2 = stablehlo.convert %0 : (tensor<6xf32>) -> tensor<6xi1>
  %r3 = stablehlo.is_finite %0 : (tensor<6xf32>) -> tensor<6xi1>
  %r4 = stablehlo.sign %0 : tensor<6xf32>""", [x],
      [np.array([1, -1, 2**31 - 1, -2**31, 0, 2**31 - 1], np.int32), np.array([1, 0, 255, 0, 0, 255], np.uint8),
       np.array([1, 1, 1, 1, 1, 1], bool), np.array([1, 1, 1, 1, 0, 0], bool), np.sign(x)])
x = np.array([True, True, False, False])
y = np.array([True, False, True, False])
check("booleans", """
  %r0 = stablehlo.add %0, %1 : tensor<4xi1>
  %r1 = stablehlo.multiply %0, %1 : tensor<4xi1>
  %r2 = stablehlo.not %0 : tensor<4xi1>
  %r3 = stablehlo.compare GT, %0, %1 : (tensor<4xi1>, tensor<4xi1>) -> tensor<4xi1>
  %r4 = stablehlo.convert %0 : (tensor<4xi1>) -> tensor<4xi32>""", [x, y], [x | y, x & y, ~x, x & ~y, x.astype(np.int32)])

# Total order: −NaN, −inf, −0, +0, inf, NaN.
x = np.array([-np.nan, -np.inf, -0.0, 0.0, np.inf, np.nan], np.float32)
x.view(np.uint32)[0] = 0xFFC00000
x.view(np.uint32)[5] = 0x7FC00000
check("total_order", """
  %t = stablehlo.slice %0 [1:6] : (tensor<6xf32>) -> tensor<5xf32>
  %s = stablehlo.slice %0 [0:5] : (tensor<6xf32>) -> tensor<5xf32>
  %r0 = stablehlo.compare LT, %s, %t, TOTALORDER : (tensor<5xf32>, tensor<5xf32>) -> tensor<5xi1>""", [x],
      [np.ones(5, bool)], targets=("cpu",))  # the reference keeps no sign of a NaN


# Gathers by the definition.
def gather(operand, indices, offset, collapsed, batching, indices_batching, index_map, vector, sizes):
    batch_dims = [i for i in range(indices.ndim) if i != vector]
    rank = len(batch_dims) + len(offset)
    window = [d for d in range(operand.ndim) if d not in collapsed and d not in batching]
    shape, next_window, next_batch = [], 0, 0
    for i in range(rank):
        if i in offset:
            shape.append(sizes[window[next_window]])
            next_window += 1
        else:
            shape.append(indices.shape[batch_dims[next_batch]])
            next_batch += 1
    out = np.zeros(shape, operand.dtype)
    for at in itertools.product(*map(range, shape)):
        batch = [at[i] for i in range(rank) if i not in offset]
        offsets = [at[i] for i in offset]
        start = [0] * operand.ndim
        for k, d in enumerate(index_map):
            place = list(batch)
            place.insert(vector, k)
            index = indices[tuple(place[: indices.ndim])]
            start[d] = int(np.clip(index, 0, operand.shape[d] - sizes[d]))
        for d, other in zip(batching, indices_batching):
            start[d] = batch[other - (other > vector)]
        for d, o in zip(window, offsets):
            start[d] += o
        out[at] = operand[tuple(start)]
    return out


def check_gather(name, operand, indices, offset, collapsed, batching, indices_batching, index_map, vector, sizes):
    out = gather(operand, indices, offset, collapsed, batching, indices_batching, index_map, vector, sizes)
    numbers = (f"#stablehlo.gather<offset_dims = {offset}, collapsed_slice_dims = {collapsed}, "
               f"operand_batching_dims = {batching}, start_indices_batching_dims = {indices_batching}, "
               f"start_index_map = {index_map}, index_vector_dim = {vector}>")
    check(name, f'  %r0 = "stablehlo.gather"(%0, %1) <{{dimension_numbers = {numbers}, '
          f'slice_sizes = array<i64: {", ".join(map(str, sizes))}>}}> : ({type_of(operand)}, {type_of(indices)}) -> '
          f"{type_of(out)}", [operand, indices], [out])


i32 = lambda *rows: np.array(rows, np.int32)
check_gather("gather_rows", f32(6, 4), i32(3, -1, 9), [1], [0], [], [], [0], 1, [1, 4])
check_gather("gather_columns", f32(6, 4), i32([3], [0]), [0], [1], [], [], [1], 1, [6, 1])
check_gather("gather_windows", f32(6, 5), i32([4, 3], [0, 9], [2, -2]), [1, 2], [], [], [], [0, 1], 1, [3, 2])
check_gather("gather_part", f32(6, 5, 3), i32([5, 1], [0, 4]).T.copy(), [0, 2], [1], [], [], [1, 0], 0, [2, 1, 2])
check_gather("gather_batching", f32(2, 5, 3), i32([[0], [4], [7]], [[1], [2], [3]]), [2], [1], [0], [0], [1], 2, [1, 1, 3])
check_gather("gather_elements", f32(2, 3, 5), i32([[0, 4], [1, 1], [2, 9]], [[3, 3], [0, 1], [4, 2]])[..., None],
             [], [2], [0, 1], [0, 1], [2], 3, [1, 1, 1])
# Dimensions that are dropped although no index is for them: of those the slice starts at 0.
check_gather("gather_first", f32(6, 4), i32([3], [0], [-1]), [1], [0], [], [], [1], 1, [1, 2])
check_gather("gather_first_whole", f32(6, 4), i32([3], [0]), [1], [0], [], [], [1], 1, [1, 4])
check_gather("gather_first_between", f32(3, 6, 4), i32([5], [0], [2]), [0], [1, 2], [], [], [2], 1, [3, 1, 1])
check_gather("gather_first_two", f32(3, 6, 4), i32([1, 2], [0, 3]), [1], [0, 1], [], [], [0, 2], 1, [1, 1, 2])


# Scatters by the definition; what lies outside is left out.
def check_scatter(name, operand, indices, updates, window, inserted, batching, indices_batching, index_map, vector, op,
                  region):
    out = operand.copy()
    batch_dims = [i for i in range(updates.ndim) if i not in window]
    kept = [d for d in range(operand.ndim) if d not in inserted and d not in batching]
    for at in itertools.product(*map(range, updates.shape)):
        batch = [at[i] for i in batch_dims]
        place = [0] * operand.ndim
        for k, d in enumerate(index_map):
            where = list(batch)
            where.insert(vector, k)
            place[d] = int(indices[tuple(where[: indices.ndim])])
        for d, other in zip(batching, indices_batching):
            place[d] = batch[other - (other > vector)]
        for d, i in zip(kept, window):
            place[d] += at[i]
        if all(0 <= p < n for p, n in zip(place, operand.shape)):
            out[tuple(place)] = op(out[tuple(place)], updates[at])
    numbers = (f"#stablehlo.scatter<update_window_dims = {window}, inserted_window_dims = {inserted}, "
               f"input_batching_dims = {batching}, scatter_indices_batching_dims = {indices_batching}, "
               f"scatter_dims_to_operand_dims = {index_map}, index_vector_dim = {vector}>")
    check(name, f'  %r0 = "stablehlo.scatter"(%0, %1, %2) <{{scatter_dimension_numbers = {numbers}}}> {region} : '
          f"({type_of(operand)}, {type_of(indices)}, {type_of(updates)}) -> {type_of(out)}",
          [operand, indices, updates], [out])


replace = "({\n  ^bb0(%a: tensor<f32>, %b: tensor<f32>):\n    stablehlo.return %b : tensor<f32>\n  })"
check_scatter("scatter_add", f32(6, 3), i32(3, 9, 0, 3), f32(4, 3), [1], [0], [], [], [0], 1, np.add,
              scalar_region("add"))
check_scatter("scatter_set", f32(4, 5), i32([1, 2], [3, 4], [-1, 0]), f32(3), [], [0, 1], [], [], [0, 1], 1,
              lambda old, new: new, replace)
check_scatter("scatter_max_windows", f32(5, 4), i32([0, 1], [3, 2], [4, 3]), f32(3, 2, 2), [1, 2], [], [], [], [0, 1],
              1, np.maximum, scalar_region("maximum"))
check_scatter("scatter_batching", f32(2, 6, 3), i32([[5], [0]], [[2], [2]]), f32(2, 2, 3), [2], [1], [0], [0], [1], 2,
              np.multiply, scalar_region("multiply"))
# Dimensions without a window or an index of their own: only their start is written.
check_scatter("scatter_first", f32(6, 4), i32([3], [0]), f32(2), [], [0, 1], [], [], [1], 1, np.add,
              scalar_region("add"))
check_scatter("scatter_first_window", f32(6, 4), i32([2], [0]), f32(2, 2), [1], [0], [], [], [1], 1, np.multiply,
              scalar_region("multiply"))

# Orders: by the second operand, descending, along the first dimension; stable.
keys = np.array([[3, 1], [1, 1], [3, 2], [2, 1]], np.int32)
values = f32(4, 2)
order = np.argsort(-keys, axis=0, kind="stable")
check("sort_columns", """
  %r:2 = "stablehlo.sort"(%1, %0) <{dimension = 0 : i64, is_stable = true}> ({
  ^bb0(%a: tensor<f32>, %b: tensor<f32>, %c: tensor<i32>, %d: tensor<i32>):
    %e = stablehlo.compare GE, %c, %d, SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
    stablehlo.return %e : tensor<i1>
  }) : (tensor<4x2xf32>, tensor<4x2xi32>) -> (tensor<4x2xf32>, tensor<4x2xi32>)
  %r0 = stablehlo.optimization_barrier %r#0 : tensor<4x2xf32>
  %r1 = stablehlo.optimization_barrier %r#1 : tensor<4x2xi32>""", [keys, values],
      [np.take_along_axis(values, order, 0), np.take_along_axis(keys, order, 0)])
check("sort_rows", """
  %r:2 = "stablehlo.sort"(%0, %1) <{dimension = 1 : i64, is_stable = true}> ({
  ^bb0(%a: tensor<i32>, %b: tensor<i32>, %c: tensor<f32>, %d: tensor<f32>):
    %e = stablehlo.compare LT, %a, %b, SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
    stablehlo.return %e : tensor<i1>
  }) : (tensor<2x4xi32>, tensor<2x4xf32>) -> (tensor<2x4xi32>, tensor<2x4xf32>)
  %r0 = stablehlo.optimization_barrier %r#0 : tensor<2x4xi32>
  %r1 = stablehlo.optimization_barrier %r#1 : tensor<2x4xf32>""", [keys.T.copy(), values.T.copy()],
      [np.sort(keys.T, 1), np.take_along_axis(values.T, np.argsort(keys.T, 1, kind="stable"), 1)])

# Windows: strides, dilations of both, padding of either sign; any region.
x = f32(5, 4)
grown = np.full((2 + 9 + 0, 4), 1, np.float32)
grown[2:11:2] = x
expected = np.stack([grown[s] * grown[s + 3] for s in range(0, 8, 2)])
check("window_dilated", '''
  %one = stablehlo.constant dense<1.0> : tensor<f32>
  %r0 = "stablehlo.reduce_window"(%0, %one) <{window_dimensions = array<i64: 2, 1>, window_strides = array<i64: 2, 1>,
      base_dilations = array<i64: 2, 1>, window_dilations = array<i64: 3, 1>,
      padding = dense<[[2, 0], [0, 0]]> : tensor<2x2xi64>}> ''' + scalar_region("multiply") +
      " : (tensor<5x4xf32>, tensor<f32>) -> tensor<4x4xf32>", [x], [expected])
check("running_sum", '''
  %zero = stablehlo.constant dense<0.0> : tensor<f32>
  %r0 = "stablehlo.reduce_window"(%0, %zero) <{window_dimensions = array<i64: 5, 1>,
      padding = dense<[[4, 0], [0, 0]]> : tensor<2x2xi64>}> ''' + scalar_region("add") +
      " : (tensor<5x4xf32>, tensor<f32>) -> tensor<5x4xf32>", [x], [np.cumsum(x, 0)])
check("reduce_region", '''
  %init = stablehlo.constant dense<0.5> : tensor<f32>
  %r0 = stablehlo.reduce(%0 init: %init) across dimensions = [0] : (tensor<5x4xf32>, tensor<f32>) -> tensor<4xf32>
   reducer(%a: tensor<f32>, %b: tensor<f32>) {
    %half = stablehlo.constant dense<0.5> : tensor<f32>
    %c = stablehlo.multiply %a, %half : tensor<f32>
    %d = stablehlo.add %c, %b : tensor<f32>
    stablehlo.return %d : tensor<f32>
  }''', [x], [sum(x[i] * np.float32(0.5)**(4 - i) for i in range(5)) + np.float32(0.5)**6])

# Padding, reversal, slices with starts that are data.
x = f32(3, 4)
p = np.full((2 + 3, 4), 9, np.float32)
p[1:4] = x
inner = np.full((5, 10), 9, np.float32)
inner[:, ::3] = p
check("pad", """
  %nine = stablehlo.constant dense<9.0> : tensor<f32>
  %r0 = stablehlo.pad %0, %nine, low = [1, 0], high = [1, -4], interior = [0, 2] : (tensor<3x4xf32>, tensor<f32>) -> tensor<5x6xf32>
  %r1 = stablehlo.pad %0, %nine, low = [-1, 2], high = [0, 0], interior = [1, 0] : (tensor<3x4xf32>, tensor<f32>) -> tensor<4x6xf32>
  %r2 = stablehlo.reverse %0, dims = [1, 0] : tensor<3x4xf32>""", [x],
      [inner[:, :6], np.pad(np.stack([np.full(4, 9), x[1], np.full(4, 9), x[2]]).astype(np.float32), ((0, 0), (2, 0)),
                            constant_values=9), x[::-1, ::-1].copy()])
for number, (row, column) in enumerate([(1, 2), (-5, 9)]):
    r, c = np.clip(row, 0, 1), np.clip(column, 0, 2)
    updated = x.copy()
    updated[r:r + 2, c:c + 2] = 7
    check(f"dynamic_slices_{number}", """
  %seven = stablehlo.constant dense<7.0> : tensor<2x2xf32>
  %r0 = stablehlo.dynamic_slice %0, %1, %2, sizes = [2, 2] : (tensor<3x4xf32>, tensor<i32>, tensor<i32>) -> tensor<2x2xf32>
  %r1 = stablehlo.dynamic_update_slice %0, %seven, %1, %2 : (tensor<3x4xf32>, tensor<2x2xf32>, tensor<i32>, tensor<i32>) -> tensor<3x4xf32>
  %one = stablehlo.constant dense<1> : tensor<i32>
  %r2 = stablehlo.dynamic_update_slice %0, %seven, %one, %2 : (tensor<3x4xf32>, tensor<2x2xf32>, tensor<i32>, tensor<i32>) -> tensor<3x4xf32>""",
          [x, np.array(row, np.int32), np.array(column, np.int32)],
          [x[r:r + 2, c:c + 2], updated, np.concatenate([x[:1], np.where((np.arange(4) >= c) & (np.arange(4) < c + 2), 7, x[1:])]).astype(np.float32)])

# Products.
p, q = f32(2, 3, 4, 5), f32(4, 2, 6, 5)
check("dot_general", """
  %r0 = stablehlo.dot_general %0, %1, batching_dims = [2, 0] x [0, 1], contracting_dims = [3] x [3] : (tensor<2x3x4x5xf32>, tensor<4x2x6x5xf32>) -> tensor<4x2x3x6xf32>""",
      [p, q], [np.einsum("bsht,hbut->hbsu", p, q)])
p, q = f32(3), f32(2)
check("outer", """
  %r0 = stablehlo.dot_general %0, %1, contracting_dims = [] x [] : (tensor<3xf32>, tensor<2xf32>) -> tensor<3x2xf32>
  %r1 = stablehlo.dot %0, %0 : (tensor<3xf32>, tensor<3xf32>) -> tensor<f32>""", [p, q], [np.outer(p, q), p @ p])
p, q, counts = f32(6, 4), f32(3, 4, 2), np.array([2, 0, 3], np.int32)
rows = np.repeat(np.arange(3), counts)
check("ragged_dot", """
  %r0 = "chlo.ragged_dot"(%0, %1, %2) <{ragged_dot_dimension_numbers = #chlo.ragged_dot<
      lhs_contracting_dimensions = [1], rhs_contracting_dimensions = [1], lhs_ragged_dimensions = [0],
      rhs_group_dimensions = [0]>}> : (tensor<6x4xf32>, tensor<3x4x2xf32>, tensor<3xi32>) -> tensor<6x2xf32>""",
      [p, q, counts], [np.concatenate([np.einsum("mk,mkn->mn", p[:5], q[rows]), np.zeros((1, 2), np.float32)])])

# Control flow: branches by data, loops of an unknown number of rounds.
x = f32(3)
for number in (0, 1, 5):
    check(f"case_{number}", """
  %r0 = "stablehlo.case"(%1) ({
    %a = stablehlo.negate %0 : tensor<3xf32>
    stablehlo.return %a : tensor<3xf32>
  }, {
    stablehlo.return %0 : tensor<3xf32>
  }, {
    %a = stablehlo.add %0, %0 : tensor<3xf32>
    stablehlo.return %a : tensor<3xf32>
  }) : (tensor<i32>) -> tensor<3xf32>""", [x, np.array(number, np.int32)], [{0: -x, 1: x, 5: x + x}[number]])
loop = """
  %zero = stablehlo.constant dense<0> : tensor<i32>
  %w:2 = stablehlo.while(%i = %zero, %s = %0) : tensor<i32>, tensor<3xf32>
  cond {
    %c = stablehlo.compare LT, %i, %1, SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
    stablehlo.return %c : tensor<i1>
  } do {
    %one = stablehlo.constant dense<1> : tensor<i32>
    %j = stablehlo.add %i, %one : tensor<i32>
    %t = stablehlo.add %s, %0 : tensor<3xf32>
    stablehlo.return %j, %t : tensor<i32>, tensor<3xf32>
  }
  %r0 = stablehlo.optimization_barrier %w#1 : tensor<3xf32>"""
check("while_unknown", loop, [x, np.array(5, np.int32)], [(x * 6).astype(np.float32)], targets=("reference",))
check("map", '''
  %r0 = "stablehlo.map"(%0, %0) <{dimensions = array<i64: 0>}> ''' + scalar_region("multiply") +
      " : (tensor<3xf32>, tensor<3xf32>) -> tensor<3xf32>", [x], [x * x])
