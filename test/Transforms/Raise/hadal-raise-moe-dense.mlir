// RUN: hadal-opt %s --hadal-raise --split-input-file | FileCheck %s

// Every expert on every token, summed with weights that are 0 for those that were not chosen. An index that is no
// expert chooses none, so it becomes −1.

// CHECK-LABEL: func.func @onehot
// CHECK-SAME: %[[W1:[a-z0-9]+]]: tensor<6x24x20xf32>, %[[W2:[a-z0-9]+]]: tensor<6x20x24xf32>, %[[W3:[a-z0-9]+]]: tensor<6x24x20xf32>, %[[X:[a-z0-9]+]]: tensor<9x24xf32>, %[[W:[a-z0-9]+]]: tensor<9x2xf32>, %[[I:[a-z0-9]+]]: tensor<9x2xi32>
// CHECK: %[[GU:.*]] = tensor.concat dim(2) %[[W1]], %[[W3]]
// CHECK: %[[J:.*]] = linalg.generic {{.*}} ins(%[[I]] : tensor<9x2xi32>)
// CHECK: arith.cmpi ult
// CHECK: arith.select
// CHECK: hadal.moe %[[X]], %[[W]], %[[J]], %[[GU]], %[[W2]] silu gate_first
func.func @onehot(%arg0: tensor<6x24x20xf32>, %arg1: tensor<6x20x24xf32>, %arg2: tensor<6x24x20xf32>,
    %arg3: tensor<9x24xf32>, %arg4: tensor<9x2xf32>,
    %arg5: tensor<9x2xi32>) -> tensor<9x24xf32> {
  %cst = arith.constant dense<1.000000e+00> : tensor<f32>
  %cst_0 = arith.constant 0.000000e+00 : f32
  %0 = tensor.empty() : tensor<6xi32>
  %1 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>],
      iterator_types = ["parallel"]} outs(%0 : tensor<6xi32>) {
  ^bb0(%out: i32):
    %23 = linalg.index 0 : index
    %24 = arith.index_cast %23 : index to i32
    linalg.yield %24 : i32
  } -> tensor<6xi32>
  %2 = tensor.empty() : tensor<9x2x6xi1>
  %3 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1)>, affine_map<(d0, d1, d2) -> (d2)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>],
      iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%arg5, %1 : tensor<9x2xi32>, tensor<6xi32>)
      outs(%2 : tensor<9x2x6xi1>) {
  ^bb0(%in: i32, %in_1: i32, %out: i1):
    %23 = arith.cmpi eq, %in, %in_1 : i32
    linalg.yield %23 : i1
  } -> tensor<9x2x6xi1>
  %4 = tensor.empty() : tensor<9x2x6xf32>
  %5 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>],
      iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%3 : tensor<9x2x6xi1>)
      outs(%4 : tensor<9x2x6xf32>) {
  ^bb0(%in: i1, %out: f32):
    %23 = arith.uitofp %in : i1 to f32
    linalg.yield %23 : f32
  } -> tensor<9x2x6xf32>
  %6 = tensor.empty() : tensor<9x6xf32>
  %7 = linalg.fill ins(%cst_0 : f32) outs(%6 : tensor<9x6xf32>) -> tensor<9x6xf32>
  %8 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d2, d1)>, affine_map<(d0, d1, d2) -> (d0, d2)>, affine_map<(d0, d1, d2) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%5, %arg4 : tensor<9x2x6xf32>, tensor<9x2xf32>)
      outs(%7 : tensor<9x6xf32>) {
  ^bb0(%in: f32, %in_1: f32, %out: f32):
    %23 = arith.mulf %in, %in_1 : f32
    %24 = arith.addf %out, %23 : f32
    linalg.yield %24 : f32
  } -> tensor<9x6xf32>
  %9 = tensor.empty() : tensor<9x6x20xf32>
  %10 = linalg.fill ins(%cst_0 : f32) outs(%9 : tensor<9x6x20xf32>) -> tensor<9x6x20xf32>
  %11 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (d0, d3)>, affine_map<(d0, d1, d2, d3) -> (d1, d3, d2)>, affine_map<(d0, d1, d2, d3) -> (d0, d1, d2)>],
      iterator_types = ["parallel", "parallel", "parallel", "reduction"]}
      ins(%arg3, %arg0 : tensor<9x24xf32>, tensor<6x24x20xf32>)
      outs(%10 : tensor<9x6x20xf32>) {
  ^bb0(%in: f32, %in_1: f32, %out: f32):
    %23 = arith.mulf %in, %in_1 : f32
    %24 = arith.addf %out, %23 : f32
    linalg.yield %24 : f32
  } -> tensor<9x6x20xf32>
  %12 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>],
      iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%11 : tensor<9x6x20xf32>)
      outs(%9 : tensor<9x6x20xf32>) {
  ^bb0(%in: f32, %out: f32):
    %23 = arith.negf %in : f32
    linalg.yield %23 : f32
  } -> tensor<9x6x20xf32>
  %13 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>],
      iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%12 : tensor<9x6x20xf32>)
      outs(%9 : tensor<9x6x20xf32>) {
  ^bb0(%in: f32, %out: f32):
    %23 = math.exp %in : f32
    linalg.yield %23 : f32
  } -> tensor<9x6x20xf32>
  %14 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> ()>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>],
      iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%cst, %13 : tensor<f32>, tensor<9x6x20xf32>)
      outs(%9 : tensor<9x6x20xf32>) {
  ^bb0(%in: f32, %in_1: f32, %out: f32):
    %23 = arith.addf %in, %in_1 : f32
    linalg.yield %23 : f32
  } -> tensor<9x6x20xf32>
  %15 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> ()>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>],
      iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%cst, %14 : tensor<f32>, tensor<9x6x20xf32>)
      outs(%9 : tensor<9x6x20xf32>) {
  ^bb0(%in: f32, %in_1: f32, %out: f32):
    %23 = arith.divf %in, %in_1 : f32
    linalg.yield %23 : f32
  } -> tensor<9x6x20xf32>
  %16 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>],
      iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%11, %15 : tensor<9x6x20xf32>, tensor<9x6x20xf32>)
      outs(%9 : tensor<9x6x20xf32>) {
  ^bb0(%in: f32, %in_1: f32, %out: f32):
    %23 = arith.mulf %in, %in_1 : f32
    linalg.yield %23 : f32
  } -> tensor<9x6x20xf32>
  %17 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (d0, d3)>, affine_map<(d0, d1, d2, d3) -> (d1, d3, d2)>, affine_map<(d0, d1, d2, d3) -> (d0, d1, d2)>],
      iterator_types = ["parallel", "parallel", "parallel", "reduction"]}
      ins(%arg3, %arg2 : tensor<9x24xf32>, tensor<6x24x20xf32>)
      outs(%10 : tensor<9x6x20xf32>) {
  ^bb0(%in: f32, %in_1: f32, %out: f32):
    %23 = arith.mulf %in, %in_1 : f32
    %24 = arith.addf %out, %23 : f32
    linalg.yield %24 : f32
  } -> tensor<9x6x20xf32>
  %18 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>],
      iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%16, %17 : tensor<9x6x20xf32>, tensor<9x6x20xf32>)
      outs(%9 : tensor<9x6x20xf32>) {
  ^bb0(%in: f32, %in_1: f32, %out: f32):
    %23 = arith.mulf %in, %in_1 : f32
    linalg.yield %23 : f32
  } -> tensor<9x6x20xf32>
  %19 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>],
      iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%18, %8 : tensor<9x6x20xf32>, tensor<9x6xf32>)
      outs(%9 : tensor<9x6x20xf32>) {
  ^bb0(%in: f32, %in_1: f32, %out: f32):
    %23 = arith.mulf %in, %in_1 : f32
    linalg.yield %23 : f32
  } -> tensor<9x6x20xf32>
  %20 = tensor.empty() : tensor<9x24xf32>
  %21 = linalg.fill ins(%cst_0 : f32) outs(%20 : tensor<9x24xf32>) -> tensor<9x24xf32>
  %22 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (d0, d2, d3)>, affine_map<(d0, d1, d2, d3) -> (d2, d3, d1)>, affine_map<(d0, d1, d2, d3) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel", "reduction", "reduction"]}
      ins(%19, %arg1 : tensor<9x6x20xf32>, tensor<6x20x24xf32>)
      outs(%21 : tensor<9x24xf32>) {
  ^bb0(%in: f32, %in_1: f32, %out: f32):
    %23 = arith.mulf %in, %in_1 : f32
    %24 = arith.addf %out, %23 : f32
    linalg.yield %24 : f32
  } -> tensor<9x24xf32>
  return %22 : tensor<9x24xf32>
}

// -----

// All but those that were chosen.
// CHECK-LABEL: func.func @others
// CHECK-NOT: hadal.moe
func.func @others(%arg0: tensor<6x24x20xf32>, %arg1: tensor<6x20x24xf32>, %arg2: tensor<6x24x20xf32>,
    %arg3: tensor<9x24xf32>, %arg4: tensor<9x2xf32>,
    %arg5: tensor<9x2xi32>) -> tensor<9x24xf32> {
  %cst = arith.constant dense<1.000000e+00> : tensor<f32>
  %cst_0 = arith.constant 0.000000e+00 : f32
  %0 = tensor.empty() : tensor<6xi32>
  %1 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>],
      iterator_types = ["parallel"]} outs(%0 : tensor<6xi32>) {
  ^bb0(%out: i32):
    %23 = linalg.index 0 : index
    %24 = arith.index_cast %23 : index to i32
    linalg.yield %24 : i32
  } -> tensor<6xi32>
  %2 = tensor.empty() : tensor<9x2x6xi1>
  %3 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1)>, affine_map<(d0, d1, d2) -> (d2)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>],
      iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%arg5, %1 : tensor<9x2xi32>, tensor<6xi32>)
      outs(%2 : tensor<9x2x6xi1>) {
  ^bb0(%in: i32, %in_1: i32, %out: i1):
    %23 = arith.cmpi ne, %in, %in_1 : i32
    linalg.yield %23 : i1
  } -> tensor<9x2x6xi1>
  %4 = tensor.empty() : tensor<9x2x6xf32>
  %5 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>],
      iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%3 : tensor<9x2x6xi1>)
      outs(%4 : tensor<9x2x6xf32>) {
  ^bb0(%in: i1, %out: f32):
    %23 = arith.uitofp %in : i1 to f32
    linalg.yield %23 : f32
  } -> tensor<9x2x6xf32>
  %6 = tensor.empty() : tensor<9x6xf32>
  %7 = linalg.fill ins(%cst_0 : f32) outs(%6 : tensor<9x6xf32>) -> tensor<9x6xf32>
  %8 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d2, d1)>, affine_map<(d0, d1, d2) -> (d0, d2)>, affine_map<(d0, d1, d2) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%5, %arg4 : tensor<9x2x6xf32>, tensor<9x2xf32>)
      outs(%7 : tensor<9x6xf32>) {
  ^bb0(%in: f32, %in_1: f32, %out: f32):
    %23 = arith.mulf %in, %in_1 : f32
    %24 = arith.addf %out, %23 : f32
    linalg.yield %24 : f32
  } -> tensor<9x6xf32>
  %9 = tensor.empty() : tensor<9x6x20xf32>
  %10 = linalg.fill ins(%cst_0 : f32) outs(%9 : tensor<9x6x20xf32>) -> tensor<9x6x20xf32>
  %11 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (d0, d3)>, affine_map<(d0, d1, d2, d3) -> (d1, d3, d2)>, affine_map<(d0, d1, d2, d3) -> (d0, d1, d2)>],
      iterator_types = ["parallel", "parallel", "parallel", "reduction"]}
      ins(%arg3, %arg0 : tensor<9x24xf32>, tensor<6x24x20xf32>)
      outs(%10 : tensor<9x6x20xf32>) {
  ^bb0(%in: f32, %in_1: f32, %out: f32):
    %23 = arith.mulf %in, %in_1 : f32
    %24 = arith.addf %out, %23 : f32
    linalg.yield %24 : f32
  } -> tensor<9x6x20xf32>
  %12 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>],
      iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%11 : tensor<9x6x20xf32>)
      outs(%9 : tensor<9x6x20xf32>) {
  ^bb0(%in: f32, %out: f32):
    %23 = arith.negf %in : f32
    linalg.yield %23 : f32
  } -> tensor<9x6x20xf32>
  %13 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>],
      iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%12 : tensor<9x6x20xf32>)
      outs(%9 : tensor<9x6x20xf32>) {
  ^bb0(%in: f32, %out: f32):
    %23 = math.exp %in : f32
    linalg.yield %23 : f32
  } -> tensor<9x6x20xf32>
  %14 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> ()>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>],
      iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%cst, %13 : tensor<f32>, tensor<9x6x20xf32>)
      outs(%9 : tensor<9x6x20xf32>) {
  ^bb0(%in: f32, %in_1: f32, %out: f32):
    %23 = arith.addf %in, %in_1 : f32
    linalg.yield %23 : f32
  } -> tensor<9x6x20xf32>
  %15 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> ()>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>],
      iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%cst, %14 : tensor<f32>, tensor<9x6x20xf32>)
      outs(%9 : tensor<9x6x20xf32>) {
  ^bb0(%in: f32, %in_1: f32, %out: f32):
    %23 = arith.divf %in, %in_1 : f32
    linalg.yield %23 : f32
  } -> tensor<9x6x20xf32>
  %16 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>],
      iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%11, %15 : tensor<9x6x20xf32>, tensor<9x6x20xf32>)
      outs(%9 : tensor<9x6x20xf32>) {
  ^bb0(%in: f32, %in_1: f32, %out: f32):
    %23 = arith.mulf %in, %in_1 : f32
    linalg.yield %23 : f32
  } -> tensor<9x6x20xf32>
  %17 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (d0, d3)>, affine_map<(d0, d1, d2, d3) -> (d1, d3, d2)>, affine_map<(d0, d1, d2, d3) -> (d0, d1, d2)>],
      iterator_types = ["parallel", "parallel", "parallel", "reduction"]}
      ins(%arg3, %arg2 : tensor<9x24xf32>, tensor<6x24x20xf32>)
      outs(%10 : tensor<9x6x20xf32>) {
  ^bb0(%in: f32, %in_1: f32, %out: f32):
    %23 = arith.mulf %in, %in_1 : f32
    %24 = arith.addf %out, %23 : f32
    linalg.yield %24 : f32
  } -> tensor<9x6x20xf32>
  %18 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>],
      iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%16, %17 : tensor<9x6x20xf32>, tensor<9x6x20xf32>)
      outs(%9 : tensor<9x6x20xf32>) {
  ^bb0(%in: f32, %in_1: f32, %out: f32):
    %23 = arith.mulf %in, %in_1 : f32
    linalg.yield %23 : f32
  } -> tensor<9x6x20xf32>
  %19 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>],
      iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%18, %8 : tensor<9x6x20xf32>, tensor<9x6xf32>)
      outs(%9 : tensor<9x6x20xf32>) {
  ^bb0(%in: f32, %in_1: f32, %out: f32):
    %23 = arith.mulf %in, %in_1 : f32
    linalg.yield %23 : f32
  } -> tensor<9x6x20xf32>
  %20 = tensor.empty() : tensor<9x24xf32>
  %21 = linalg.fill ins(%cst_0 : f32) outs(%20 : tensor<9x24xf32>) -> tensor<9x24xf32>
  %22 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (d0, d2, d3)>, affine_map<(d0, d1, d2, d3) -> (d2, d3, d1)>, affine_map<(d0, d1, d2, d3) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel", "reduction", "reduction"]}
      ins(%19, %arg1 : tensor<9x6x20xf32>, tensor<6x20x24xf32>)
      outs(%21 : tensor<9x24xf32>) {
  ^bb0(%in: f32, %in_1: f32, %out: f32):
    %23 = arith.mulf %in, %in_1 : f32
    %24 = arith.addf %out, %23 : f32
    linalg.yield %24 : f32
  } -> tensor<9x24xf32>
  return %22 : tensor<9x24xf32>
}
