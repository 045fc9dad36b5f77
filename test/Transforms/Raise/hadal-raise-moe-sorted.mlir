// RUN: hadal-opt %s --hadal-raise --split-input-file | FileCheck %s

// Slots sorted by expert, and each expert applied to the rows from start[e] to start[e + 1]; the results are added to
// the tokens of the rows. An index below 0 counts as 0, one beyond the experts has no rows.

// CHECK-LABEL: func.func @ragged
// CHECK-SAME: %[[W1:[a-z0-9]+]]: tensor<6x24x20xf32>, %[[W2:[a-z0-9]+]]: tensor<6x20x24xf32>, %[[W3:[a-z0-9]+]]: tensor<6x24x20xf32>, %[[X:[a-z0-9]+]]: tensor<9x24xf32>, %[[W:[a-z0-9]+]]: tensor<9x2xf32>, %[[I:[a-z0-9]+]]: tensor<9x2xi32>
// CHECK: arith.maxsi
// CHECK: %[[GU:.*]] = tensor.concat dim(2) %[[W1]], %[[W3]]
// CHECK: arith.cmpi ult
// CHECK: hadal.moe %[[X]], %[[W]], %{{.*}}, %[[GU]], %[[W2]] silu gate_first
// CHECK-NOT: hadal.topk
func.func @ragged(%arg0: tensor<6x24x20xf32>, %arg1: tensor<6x20x24xf32>, %arg2: tensor<6x24x20xf32>,
    %arg3: tensor<9x24xf32>, %arg4: tensor<9x2xf32>,
    %arg5: tensor<9x2xi32>) -> tensor<9x24xf32> {
  %c9_i64 = arith.constant 9 : i64
  %c17_i64 = arith.constant 17 : i64
  %cst = arith.constant dense<18> : tensor<i32>
  %cst_0 = arith.constant dense<1.000000e+00> : tensor<f32>
  %cst_1 = arith.constant 0.000000e+00 : f32
  %cst_2 = arith.constant dense<0.000000e+00> : tensor<f32>
  %c0_i32 = arith.constant 0 : i32
  %c6_i64 = arith.constant 6 : i64
  %cst_3 = arith.constant dense<6> : tensor<i32>
  %c8_i64 = arith.constant 8 : i64
  %c0_i64 = arith.constant 0 : i64
  %cst_4 = arith.constant dense<9> : tensor<i32>
  %cst_5 = arith.constant dense<0> : tensor<i32>
  %cst_6 = arith.constant dense<1> : tensor<i32>
  %c-1_i32 = arith.constant -1 : i32
  %c1_i32 = arith.constant 1 : i32
  %c2_i32 = arith.constant 2 : i32
  %cst_7 = arith.constant dense<2> : tensor<i32>
  %c18 = arith.constant 18 : index
  %collapsed = tensor.collapse_shape %arg5 [[0, 1]] : tensor<9x2xi32> into tensor<18xi32>
  %0 = tensor.empty() : tensor<18xi32>
  %1 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>],
      iterator_types = ["parallel"]} outs(%0 : tensor<18xi32>) {
  ^bb0(%out: i32):
    %65 = linalg.index 0 : index
    %66 = arith.index_cast %65 : index to i32
    linalg.yield %66 : i32
  } -> tensor<18xi32>
  %values, %indices = hadal.topk %collapsed, %c18 : (tensor<18xi32>, index) -> (tensor<18xi32>, tensor<18xi64>)
  %2 = hadal.gather_elements %1, %indices axis 0 : (tensor<18xi32>, tensor<18xi64>) -> tensor<18xi32>
  %3 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> ()>, affine_map<(d0) -> (d0)>],
      iterator_types = ["parallel"]}
      ins(%2, %cst_7 : tensor<18xi32>, tensor<i32>)
      outs(%0 : tensor<18xi32>) {
  ^bb0(%in: i32, %in_10: i32, %out: i32):
    %65 = arith.divsi %in, %c2_i32 : i32
    linalg.yield %65 : i32
  } -> tensor<18xi32>
  %4 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>],
      iterator_types = ["parallel"]}
      ins(%2 : tensor<18xi32>)
      outs(%0 : tensor<18xi32>) {
  ^bb0(%in: i32, %out: i32):
    %65 = arith.minsi %in, %c1_i32 : i32
    %66 = arith.maxsi %65, %c-1_i32 : i32
    linalg.yield %66 : i32
  } -> tensor<18xi32>
  %5 = tensor.empty() : tensor<18xi1>
  %6 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> ()>, affine_map<(d0) -> (d0)>],
      iterator_types = ["parallel"]}
      ins(%4, %cst_6 : tensor<18xi32>, tensor<i32>)
      outs(%5 : tensor<18xi1>) {
  ^bb0(%in: i32, %in_10: i32, %out: i1):
    %65 = arith.cmpi ne, %in, %in_10 : i32
    linalg.yield %65 : i1
  } -> tensor<18xi1>
  %7 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> ()>, affine_map<(d0) -> (d0)>],
      iterator_types = ["parallel"]}
      ins(%2, %cst_7 : tensor<18xi32>, tensor<i32>)
      outs(%0 : tensor<18xi32>) {
  ^bb0(%in: i32, %in_10: i32, %out: i32):
    %65 = arith.remsi %in, %c2_i32 : i32
    linalg.yield %65 : i32
  } -> tensor<18xi32>
  %8 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> ()>, affine_map<(d0) -> (d0)>],
      iterator_types = ["parallel"]}
      ins(%7, %cst_5 : tensor<18xi32>, tensor<i32>)
      outs(%5 : tensor<18xi1>) {
  ^bb0(%in: i32, %in_10: i32, %out: i1):
    %65 = arith.cmpi ne, %in, %in_10 : i32
    linalg.yield %65 : i1
  } -> tensor<18xi1>
  %9 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>],
      iterator_types = ["parallel"]}
      ins(%6, %8 : tensor<18xi1>, tensor<18xi1>)
      outs(%5 : tensor<18xi1>) {
  ^bb0(%in: i1, %in_10: i1, %out: i1):
    %65 = arith.andi %in, %in_10 : i1
    linalg.yield %65 : i1
  } -> tensor<18xi1>
  %10 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> ()>, affine_map<(d0) -> (d0)>],
      iterator_types = ["parallel"]}
      ins(%3, %cst_6 : tensor<18xi32>, tensor<i32>)
      outs(%0 : tensor<18xi32>) {
  ^bb0(%in: i32, %in_10: i32, %out: i32):
    %65 = arith.subi %in, %in_10 : i32
    linalg.yield %65 : i32
  } -> tensor<18xi32>
  %11 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>],
      iterator_types = ["parallel"]}
      ins(%9, %10, %3 : tensor<18xi1>, tensor<18xi32>, tensor<18xi32>)
      outs(%0 : tensor<18xi32>) {
  ^bb0(%in: i1, %in_10: i32, %in_11: i32, %out: i32):
    %65 = arith.select %in, %in_10, %in_11 : i32
    linalg.yield %65 : i32
  } -> tensor<18xi32>
  %12 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> ()>, affine_map<(d0) -> (d0)>],
      iterator_types = ["parallel"]}
      ins(%11, %cst_5 : tensor<18xi32>, tensor<i32>)
      outs(%5 : tensor<18xi1>) {
  ^bb0(%in: i32, %in_10: i32, %out: i1):
    %65 = arith.cmpi slt, %in, %in_10 : i32
    linalg.yield %65 : i1
  } -> tensor<18xi1>
  %13 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> ()>, affine_map<(d0) -> (d0)>],
      iterator_types = ["parallel"]}
      ins(%11, %cst_4 : tensor<18xi32>, tensor<i32>)
      outs(%0 : tensor<18xi32>) {
  ^bb0(%in: i32, %in_10: i32, %out: i32):
    %65 = arith.addi %in, %in_10 : i32
    linalg.yield %65 : i32
  } -> tensor<18xi32>
  %14 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>],
      iterator_types = ["parallel"]}
      ins(%12, %13, %11 : tensor<18xi1>, tensor<18xi32>, tensor<18xi32>)
      outs(%0 : tensor<18xi32>) {
  ^bb0(%in: i1, %in_10: i32, %in_11: i32, %out: i32):
    %65 = arith.select %in, %in_10, %in_11 : i32
    linalg.yield %65 : i32
  } -> tensor<18xi32>
  %15 = tensor.empty() : tensor<18xi64>
  %16 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>],
      iterator_types = ["parallel"]}
      ins(%14 : tensor<18xi32>)
      outs(%15 : tensor<18xi64>) {
  ^bb0(%in: i32, %out: i64):
    %65 = arith.extsi %in : i32 to i64
    %66 = arith.maxsi %65, %c0_i64 : i64
    %67 = arith.minsi %66, %c8_i64 : i64
    linalg.yield %67 : i64
  } -> tensor<18xi64>
  %17 = hadal.gather %arg3, %16 axis 0 : (tensor<9x24xf32>, tensor<18xi64>) -> tensor<18x24xf32>
  %18 = linalg.generic {indexing_maps = [affine_map<(d0) -> ()>, affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>],
      iterator_types = ["parallel"]}
      ins(%cst_5, %collapsed : tensor<i32>, tensor<18xi32>)
      outs(%0 : tensor<18xi32>) {
  ^bb0(%in: i32, %in_10: i32, %out: i32):
    %65 = arith.maxsi %in, %in_10 : i32
    linalg.yield %65 : i32
  } -> tensor<18xi32>
  %19 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> ()>, affine_map<(d0) -> (d0)>],
      iterator_types = ["parallel"]}
      ins(%18, %cst_5 : tensor<18xi32>, tensor<i32>)
      outs(%5 : tensor<18xi1>) {
  ^bb0(%in: i32, %in_10: i32, %out: i1):
    %65 = arith.cmpi slt, %in, %in_10 : i32
    linalg.yield %65 : i1
  } -> tensor<18xi1>
  %20 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> ()>, affine_map<(d0) -> (d0)>],
      iterator_types = ["parallel"]}
      ins(%18, %cst_3 : tensor<18xi32>, tensor<i32>)
      outs(%0 : tensor<18xi32>) {
  ^bb0(%in: i32, %in_10: i32, %out: i32):
    %65 = arith.addi %in, %in_10 : i32
    linalg.yield %65 : i32
  } -> tensor<18xi32>
  %21 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>],
      iterator_types = ["parallel"]}
      ins(%19, %20, %18 : tensor<18xi1>, tensor<18xi32>, tensor<18xi32>)
      outs(%0 : tensor<18xi32>) {
  ^bb0(%in: i1, %in_10: i32, %in_11: i32, %out: i32):
    %65 = arith.select %in, %in_10, %in_11 : i32
    linalg.yield %65 : i32
  } -> tensor<18xi32>
  %22 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>],
      iterator_types = ["parallel"]}
      ins(%21 : tensor<18xi32>)
      outs(%15 : tensor<18xi64>) {
  ^bb0(%in: i32, %out: i64):
    %65 = arith.extsi %in : i32 to i64
    %66 = arith.cmpi ult, %65, %c6_i64 : i64
    %67 = arith.select %66, %65, %c6_i64 : i64
    linalg.yield %67 : i64
  } -> tensor<18xi64>
  %expanded = tensor.expand_shape %22 [[0, 1]] output_shape [18, 1] : tensor<18xi64> into tensor<18x1xi64>
  %23 = tensor.empty() : tensor<6xi32>
  %24 = linalg.fill ins(%c0_i32 : i32) outs(%23 : tensor<6xi32>) -> tensor<6xi32>
  %25 = linalg.fill ins(%c1_i32 : i32) outs(%0 : tensor<18xi32>) -> tensor<18xi32>
  %26 = hadal.scatter_nd %24, %expanded, %25 reduction add : (tensor<6xi32>, tensor<18x1xi64>, tensor<18xi32>) -> tensor<6xi32>
  %27 = hadal.cumsum %26 axis 0 : tensor<6xi32>
  %extracted_slice = tensor.extract_slice %27[0] [5] [1] : tensor<6xi32> to tensor<5xi32>
  %28 = tensor.empty() : tensor<1xi32>
  %29 = linalg.fill ins(%c0_i32 : i32) outs(%28 : tensor<1xi32>) -> tensor<1xi32>
  %concat = tensor.concat dim(0) %29, %extracted_slice : (tensor<1xi32>, tensor<5xi32>) -> tensor<6xi32>
  %30 = tensor.empty() : tensor<6x18x24xi1>
  %31 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0)>, affine_map<(d0, d1, d2) -> (d1)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>],
      iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%concat, %1 : tensor<6xi32>, tensor<18xi32>)
      outs(%30 : tensor<6x18x24xi1>) {
  ^bb0(%in: i32, %in_10: i32, %out: i1):
    %65 = arith.cmpi sle, %in, %in_10 : i32
    linalg.yield %65 : i1
  } -> tensor<6x18x24xi1>
  %32 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d1)>, affine_map<(d0, d1, d2) -> (d0)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>],
      iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%1, %27 : tensor<18xi32>, tensor<6xi32>)
      outs(%30 : tensor<6x18x24xi1>) {
  ^bb0(%in: i32, %in_10: i32, %out: i1):
    %65 = arith.cmpi slt, %in, %in_10 : i32
    linalg.yield %65 : i1
  } -> tensor<6x18x24xi1>
  %33 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>],
      iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%31, %32 : tensor<6x18x24xi1>, tensor<6x18x24xi1>)
      outs(%30 : tensor<6x18x24xi1>) {
  ^bb0(%in: i1, %in_10: i1, %out: i1):
    %65 = arith.andi %in, %in_10 : i1
    linalg.yield %65 : i1
  } -> tensor<6x18x24xi1>
  %34 = tensor.empty() : tensor<6x18x24xf32>
  %35 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d1, d2)>, affine_map<(d0, d1, d2) -> ()>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>],
      iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%33, %17, %cst_2 : tensor<6x18x24xi1>, tensor<18x24xf32>, tensor<f32>)
      outs(%34 : tensor<6x18x24xf32>) {
  ^bb0(%in: i1, %in_10: f32, %in_11: f32, %out: f32):
    %65 = arith.select %in, %in_10, %in_11 : f32
    linalg.yield %65 : f32
  } -> tensor<6x18x24xf32>
  %36 = tensor.empty() : tensor<18x20xf32>
  %37 = linalg.fill ins(%cst_1 : f32) outs(%36 : tensor<18x20xf32>) -> tensor<18x20xf32>
  %38 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (d3, d0, d2)>, affine_map<(d0, d1, d2, d3) -> (d3, d2, d1)>, affine_map<(d0, d1, d2, d3) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel", "reduction", "reduction"]}
      ins(%35, %arg0 : tensor<6x18x24xf32>, tensor<6x24x20xf32>)
      outs(%37 : tensor<18x20xf32>) {
  ^bb0(%in: f32, %in_10: f32, %out: f32):
    %65 = arith.mulf %in, %in_10 : f32
    %66 = arith.addf %out, %65 : f32
    linalg.yield %66 : f32
  } -> tensor<18x20xf32>
  %39 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel"]}
      ins(%38 : tensor<18x20xf32>)
      outs(%36 : tensor<18x20xf32>) {
  ^bb0(%in: f32, %out: f32):
    %65 = arith.negf %in : f32
    linalg.yield %65 : f32
  } -> tensor<18x20xf32>
  %40 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel"]}
      ins(%39 : tensor<18x20xf32>)
      outs(%36 : tensor<18x20xf32>) {
  ^bb0(%in: f32, %out: f32):
    %65 = math.exp %in : f32
    linalg.yield %65 : f32
  } -> tensor<18x20xf32>
  %41 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> ()>, affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel"]}
      ins(%cst_0, %40 : tensor<f32>, tensor<18x20xf32>)
      outs(%36 : tensor<18x20xf32>) {
  ^bb0(%in: f32, %in_10: f32, %out: f32):
    %65 = arith.addf %in, %in_10 : f32
    linalg.yield %65 : f32
  } -> tensor<18x20xf32>
  %42 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> ()>, affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel"]}
      ins(%cst_0, %41 : tensor<f32>, tensor<18x20xf32>)
      outs(%36 : tensor<18x20xf32>) {
  ^bb0(%in: f32, %in_10: f32, %out: f32):
    %65 = arith.divf %in, %in_10 : f32
    linalg.yield %65 : f32
  } -> tensor<18x20xf32>
  %43 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel"]}
      ins(%38, %42 : tensor<18x20xf32>, tensor<18x20xf32>)
      outs(%36 : tensor<18x20xf32>) {
  ^bb0(%in: f32, %in_10: f32, %out: f32):
    %65 = arith.mulf %in, %in_10 : f32
    linalg.yield %65 : f32
  } -> tensor<18x20xf32>
  %44 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (d3, d0, d2)>, affine_map<(d0, d1, d2, d3) -> (d3, d2, d1)>, affine_map<(d0, d1, d2, d3) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel", "reduction", "reduction"]}
      ins(%35, %arg2 : tensor<6x18x24xf32>, tensor<6x24x20xf32>)
      outs(%37 : tensor<18x20xf32>) {
  ^bb0(%in: f32, %in_10: f32, %out: f32):
    %65 = arith.mulf %in, %in_10 : f32
    %66 = arith.addf %out, %65 : f32
    linalg.yield %66 : f32
  } -> tensor<18x20xf32>
  %45 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel"]}
      ins(%43, %44 : tensor<18x20xf32>, tensor<18x20xf32>)
      outs(%36 : tensor<18x20xf32>) {
  ^bb0(%in: f32, %in_10: f32, %out: f32):
    %65 = arith.mulf %in, %in_10 : f32
    linalg.yield %65 : f32
  } -> tensor<18x20xf32>
  %46 = tensor.empty() : tensor<6x18x20xi1>
  %47 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0)>, affine_map<(d0, d1, d2) -> (d1)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>],
      iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%concat, %1 : tensor<6xi32>, tensor<18xi32>)
      outs(%46 : tensor<6x18x20xi1>) {
  ^bb0(%in: i32, %in_10: i32, %out: i1):
    %65 = arith.cmpi sle, %in, %in_10 : i32
    linalg.yield %65 : i1
  } -> tensor<6x18x20xi1>
  %48 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d1)>, affine_map<(d0, d1, d2) -> (d0)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>],
      iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%1, %27 : tensor<18xi32>, tensor<6xi32>)
      outs(%46 : tensor<6x18x20xi1>) {
  ^bb0(%in: i32, %in_10: i32, %out: i1):
    %65 = arith.cmpi slt, %in, %in_10 : i32
    linalg.yield %65 : i1
  } -> tensor<6x18x20xi1>
  %49 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>],
      iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%47, %48 : tensor<6x18x20xi1>, tensor<6x18x20xi1>)
      outs(%46 : tensor<6x18x20xi1>) {
  ^bb0(%in: i1, %in_10: i1, %out: i1):
    %65 = arith.andi %in, %in_10 : i1
    linalg.yield %65 : i1
  } -> tensor<6x18x20xi1>
  %50 = tensor.empty() : tensor<6x18x20xf32>
  %51 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d1, d2)>, affine_map<(d0, d1, d2) -> ()>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>],
      iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%49, %45, %cst_2 : tensor<6x18x20xi1>, tensor<18x20xf32>, tensor<f32>)
      outs(%50 : tensor<6x18x20xf32>) {
  ^bb0(%in: i1, %in_10: f32, %in_11: f32, %out: f32):
    %65 = arith.select %in, %in_10, %in_11 : f32
    linalg.yield %65 : f32
  } -> tensor<6x18x20xf32>
  %52 = tensor.empty() : tensor<18x24xf32>
  %53 = linalg.fill ins(%cst_1 : f32) outs(%52 : tensor<18x24xf32>) -> tensor<18x24xf32>
  %54 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (d3, d0, d2)>, affine_map<(d0, d1, d2, d3) -> (d3, d2, d1)>, affine_map<(d0, d1, d2, d3) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel", "reduction", "reduction"]}
      ins(%51, %arg1 : tensor<6x18x20xf32>, tensor<6x20x24xf32>)
      outs(%53 : tensor<18x24xf32>) {
  ^bb0(%in: f32, %in_10: f32, %out: f32):
    %65 = arith.mulf %in, %in_10 : f32
    %66 = arith.addf %out, %65 : f32
    linalg.yield %66 : f32
  } -> tensor<18x24xf32>
  %collapsed_8 = tensor.collapse_shape %arg4 [[0, 1]] : tensor<9x2xf32> into tensor<18xf32>
  %55 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> ()>, affine_map<(d0) -> (d0)>],
      iterator_types = ["parallel"]}
      ins(%2, %cst_5 : tensor<18xi32>, tensor<i32>)
      outs(%5 : tensor<18xi1>) {
  ^bb0(%in: i32, %in_10: i32, %out: i1):
    %65 = arith.cmpi slt, %in, %in_10 : i32
    linalg.yield %65 : i1
  } -> tensor<18xi1>
  %56 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> ()>, affine_map<(d0) -> (d0)>],
      iterator_types = ["parallel"]}
      ins(%2, %cst : tensor<18xi32>, tensor<i32>)
      outs(%0 : tensor<18xi32>) {
  ^bb0(%in: i32, %in_10: i32, %out: i32):
    %65 = arith.addi %in, %in_10 : i32
    linalg.yield %65 : i32
  } -> tensor<18xi32>
  %57 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>],
      iterator_types = ["parallel"]}
      ins(%55, %56, %2 : tensor<18xi1>, tensor<18xi32>, tensor<18xi32>)
      outs(%0 : tensor<18xi32>) {
  ^bb0(%in: i1, %in_10: i32, %in_11: i32, %out: i32):
    %65 = arith.select %in, %in_10, %in_11 : i32
    linalg.yield %65 : i32
  } -> tensor<18xi32>
  %58 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>],
      iterator_types = ["parallel"]}
      ins(%57 : tensor<18xi32>)
      outs(%15 : tensor<18xi64>) {
  ^bb0(%in: i32, %out: i64):
    %65 = arith.extsi %in : i32 to i64
    %66 = arith.maxsi %65, %c0_i64 : i64
    %67 = arith.minsi %66, %c17_i64 : i64
    linalg.yield %67 : i64
  } -> tensor<18xi64>
  %59 = hadal.gather_elements %collapsed_8, %58 axis 0 : (tensor<18xf32>, tensor<18xi64>) -> tensor<18xf32>
  %60 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0)>, affine_map<(d0, d1) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel"]}
      ins(%54, %59 : tensor<18x24xf32>, tensor<18xf32>)
      outs(%52 : tensor<18x24xf32>) {
  ^bb0(%in: f32, %in_10: f32, %out: f32):
    %65 = arith.mulf %in, %in_10 : f32
    linalg.yield %65 : f32
  } -> tensor<18x24xf32>
  %61 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>],
      iterator_types = ["parallel"]}
      ins(%14 : tensor<18xi32>)
      outs(%15 : tensor<18xi64>) {
  ^bb0(%in: i32, %out: i64):
    %65 = arith.extsi %in : i32 to i64
    %66 = arith.cmpi ult, %65, %c9_i64 : i64
    %67 = arith.select %66, %65, %c9_i64 : i64
    linalg.yield %67 : i64
  } -> tensor<18xi64>
  %expanded_9 = tensor.expand_shape %61 [[0, 1]] output_shape [18, 1] : tensor<18xi64> into tensor<18x1xi64>
  %62 = tensor.empty() : tensor<9x24xf32>
  %63 = linalg.fill ins(%cst_1 : f32) outs(%62 : tensor<9x24xf32>) -> tensor<9x24xf32>
  %64 = hadal.scatter_nd %63, %expanded_9, %60 reduction add : (tensor<9x24xf32>, tensor<18x1xi64>, tensor<18x24xf32>) -> tensor<9x24xf32>
  return %64 : tensor<9x24xf32>
}

// -----

// Sorted the other way round: the rows of an expert are not where they are sought.
// CHECK-LABEL: func.func @descending
// CHECK-NOT: hadal.moe
func.func @descending(%arg0: tensor<6x24x20xf32>, %arg1: tensor<6x20x24xf32>, %arg2: tensor<6x24x20xf32>,
    %arg3: tensor<9x24xf32>, %arg4: tensor<9x2xf32>,
    %arg5: tensor<9x2xi32>) -> tensor<9x24xf32> {
  %c9_i64 = arith.constant 9 : i64
  %c17_i64 = arith.constant 17 : i64
  %cst = arith.constant dense<18> : tensor<i32>
  %cst_0 = arith.constant dense<1.000000e+00> : tensor<f32>
  %cst_1 = arith.constant 0.000000e+00 : f32
  %cst_2 = arith.constant dense<0.000000e+00> : tensor<f32>
  %c0_i32 = arith.constant 0 : i32
  %c6_i64 = arith.constant 6 : i64
  %cst_3 = arith.constant dense<6> : tensor<i32>
  %c8_i64 = arith.constant 8 : i64
  %c0_i64 = arith.constant 0 : i64
  %cst_4 = arith.constant dense<9> : tensor<i32>
  %cst_5 = arith.constant dense<0> : tensor<i32>
  %cst_6 = arith.constant dense<1> : tensor<i32>
  %c-1_i32 = arith.constant -1 : i32
  %c1_i32 = arith.constant 1 : i32
  %c2_i32 = arith.constant 2 : i32
  %cst_7 = arith.constant dense<2> : tensor<i32>
  %c18 = arith.constant 18 : index
  %collapsed = tensor.collapse_shape %arg5 [[0, 1]] : tensor<9x2xi32> into tensor<18xi32>
  %0 = tensor.empty() : tensor<18xi32>
  %1 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>],
      iterator_types = ["parallel"]} outs(%0 : tensor<18xi32>) {
  ^bb0(%out: i32):
    %65 = linalg.index 0 : index
    %66 = arith.index_cast %65 : index to i32
    linalg.yield %66 : i32
  } -> tensor<18xi32>
  %values, %indices = hadal.topk %collapsed, %c18 largest : (tensor<18xi32>, index) -> (tensor<18xi32>, tensor<18xi64>)
  %2 = hadal.gather_elements %1, %indices axis 0 : (tensor<18xi32>, tensor<18xi64>) -> tensor<18xi32>
  %3 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> ()>, affine_map<(d0) -> (d0)>],
      iterator_types = ["parallel"]}
      ins(%2, %cst_7 : tensor<18xi32>, tensor<i32>)
      outs(%0 : tensor<18xi32>) {
  ^bb0(%in: i32, %in_10: i32, %out: i32):
    %65 = arith.divsi %in, %c2_i32 : i32
    linalg.yield %65 : i32
  } -> tensor<18xi32>
  %4 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>],
      iterator_types = ["parallel"]}
      ins(%2 : tensor<18xi32>)
      outs(%0 : tensor<18xi32>) {
  ^bb0(%in: i32, %out: i32):
    %65 = arith.minsi %in, %c1_i32 : i32
    %66 = arith.maxsi %65, %c-1_i32 : i32
    linalg.yield %66 : i32
  } -> tensor<18xi32>
  %5 = tensor.empty() : tensor<18xi1>
  %6 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> ()>, affine_map<(d0) -> (d0)>],
      iterator_types = ["parallel"]}
      ins(%4, %cst_6 : tensor<18xi32>, tensor<i32>)
      outs(%5 : tensor<18xi1>) {
  ^bb0(%in: i32, %in_10: i32, %out: i1):
    %65 = arith.cmpi ne, %in, %in_10 : i32
    linalg.yield %65 : i1
  } -> tensor<18xi1>
  %7 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> ()>, affine_map<(d0) -> (d0)>],
      iterator_types = ["parallel"]}
      ins(%2, %cst_7 : tensor<18xi32>, tensor<i32>)
      outs(%0 : tensor<18xi32>) {
  ^bb0(%in: i32, %in_10: i32, %out: i32):
    %65 = arith.remsi %in, %c2_i32 : i32
    linalg.yield %65 : i32
  } -> tensor<18xi32>
  %8 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> ()>, affine_map<(d0) -> (d0)>],
      iterator_types = ["parallel"]}
      ins(%7, %cst_5 : tensor<18xi32>, tensor<i32>)
      outs(%5 : tensor<18xi1>) {
  ^bb0(%in: i32, %in_10: i32, %out: i1):
    %65 = arith.cmpi ne, %in, %in_10 : i32
    linalg.yield %65 : i1
  } -> tensor<18xi1>
  %9 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>],
      iterator_types = ["parallel"]}
      ins(%6, %8 : tensor<18xi1>, tensor<18xi1>)
      outs(%5 : tensor<18xi1>) {
  ^bb0(%in: i1, %in_10: i1, %out: i1):
    %65 = arith.andi %in, %in_10 : i1
    linalg.yield %65 : i1
  } -> tensor<18xi1>
  %10 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> ()>, affine_map<(d0) -> (d0)>],
      iterator_types = ["parallel"]}
      ins(%3, %cst_6 : tensor<18xi32>, tensor<i32>)
      outs(%0 : tensor<18xi32>) {
  ^bb0(%in: i32, %in_10: i32, %out: i32):
    %65 = arith.subi %in, %in_10 : i32
    linalg.yield %65 : i32
  } -> tensor<18xi32>
  %11 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>],
      iterator_types = ["parallel"]}
      ins(%9, %10, %3 : tensor<18xi1>, tensor<18xi32>, tensor<18xi32>)
      outs(%0 : tensor<18xi32>) {
  ^bb0(%in: i1, %in_10: i32, %in_11: i32, %out: i32):
    %65 = arith.select %in, %in_10, %in_11 : i32
    linalg.yield %65 : i32
  } -> tensor<18xi32>
  %12 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> ()>, affine_map<(d0) -> (d0)>],
      iterator_types = ["parallel"]}
      ins(%11, %cst_5 : tensor<18xi32>, tensor<i32>)
      outs(%5 : tensor<18xi1>) {
  ^bb0(%in: i32, %in_10: i32, %out: i1):
    %65 = arith.cmpi slt, %in, %in_10 : i32
    linalg.yield %65 : i1
  } -> tensor<18xi1>
  %13 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> ()>, affine_map<(d0) -> (d0)>],
      iterator_types = ["parallel"]}
      ins(%11, %cst_4 : tensor<18xi32>, tensor<i32>)
      outs(%0 : tensor<18xi32>) {
  ^bb0(%in: i32, %in_10: i32, %out: i32):
    %65 = arith.addi %in, %in_10 : i32
    linalg.yield %65 : i32
  } -> tensor<18xi32>
  %14 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>],
      iterator_types = ["parallel"]}
      ins(%12, %13, %11 : tensor<18xi1>, tensor<18xi32>, tensor<18xi32>)
      outs(%0 : tensor<18xi32>) {
  ^bb0(%in: i1, %in_10: i32, %in_11: i32, %out: i32):
    %65 = arith.select %in, %in_10, %in_11 : i32
    linalg.yield %65 : i32
  } -> tensor<18xi32>
  %15 = tensor.empty() : tensor<18xi64>
  %16 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>],
      iterator_types = ["parallel"]}
      ins(%14 : tensor<18xi32>)
      outs(%15 : tensor<18xi64>) {
  ^bb0(%in: i32, %out: i64):
    %65 = arith.extsi %in : i32 to i64
    %66 = arith.maxsi %65, %c0_i64 : i64
    %67 = arith.minsi %66, %c8_i64 : i64
    linalg.yield %67 : i64
  } -> tensor<18xi64>
  %17 = hadal.gather %arg3, %16 axis 0 : (tensor<9x24xf32>, tensor<18xi64>) -> tensor<18x24xf32>
  %18 = linalg.generic {indexing_maps = [affine_map<(d0) -> ()>, affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>],
      iterator_types = ["parallel"]}
      ins(%cst_5, %collapsed : tensor<i32>, tensor<18xi32>)
      outs(%0 : tensor<18xi32>) {
  ^bb0(%in: i32, %in_10: i32, %out: i32):
    %65 = arith.maxsi %in, %in_10 : i32
    linalg.yield %65 : i32
  } -> tensor<18xi32>
  %19 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> ()>, affine_map<(d0) -> (d0)>],
      iterator_types = ["parallel"]}
      ins(%18, %cst_5 : tensor<18xi32>, tensor<i32>)
      outs(%5 : tensor<18xi1>) {
  ^bb0(%in: i32, %in_10: i32, %out: i1):
    %65 = arith.cmpi slt, %in, %in_10 : i32
    linalg.yield %65 : i1
  } -> tensor<18xi1>
  %20 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> ()>, affine_map<(d0) -> (d0)>],
      iterator_types = ["parallel"]}
      ins(%18, %cst_3 : tensor<18xi32>, tensor<i32>)
      outs(%0 : tensor<18xi32>) {
  ^bb0(%in: i32, %in_10: i32, %out: i32):
    %65 = arith.addi %in, %in_10 : i32
    linalg.yield %65 : i32
  } -> tensor<18xi32>
  %21 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>],
      iterator_types = ["parallel"]}
      ins(%19, %20, %18 : tensor<18xi1>, tensor<18xi32>, tensor<18xi32>)
      outs(%0 : tensor<18xi32>) {
  ^bb0(%in: i1, %in_10: i32, %in_11: i32, %out: i32):
    %65 = arith.select %in, %in_10, %in_11 : i32
    linalg.yield %65 : i32
  } -> tensor<18xi32>
  %22 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>],
      iterator_types = ["parallel"]}
      ins(%21 : tensor<18xi32>)
      outs(%15 : tensor<18xi64>) {
  ^bb0(%in: i32, %out: i64):
    %65 = arith.extsi %in : i32 to i64
    %66 = arith.cmpi ult, %65, %c6_i64 : i64
    %67 = arith.select %66, %65, %c6_i64 : i64
    linalg.yield %67 : i64
  } -> tensor<18xi64>
  %expanded = tensor.expand_shape %22 [[0, 1]] output_shape [18, 1] : tensor<18xi64> into tensor<18x1xi64>
  %23 = tensor.empty() : tensor<6xi32>
  %24 = linalg.fill ins(%c0_i32 : i32) outs(%23 : tensor<6xi32>) -> tensor<6xi32>
  %25 = linalg.fill ins(%c1_i32 : i32) outs(%0 : tensor<18xi32>) -> tensor<18xi32>
  %26 = hadal.scatter_nd %24, %expanded, %25 reduction add : (tensor<6xi32>, tensor<18x1xi64>, tensor<18xi32>) -> tensor<6xi32>
  %27 = hadal.cumsum %26 axis 0 : tensor<6xi32>
  %extracted_slice = tensor.extract_slice %27[0] [5] [1] : tensor<6xi32> to tensor<5xi32>
  %28 = tensor.empty() : tensor<1xi32>
  %29 = linalg.fill ins(%c0_i32 : i32) outs(%28 : tensor<1xi32>) -> tensor<1xi32>
  %concat = tensor.concat dim(0) %29, %extracted_slice : (tensor<1xi32>, tensor<5xi32>) -> tensor<6xi32>
  %30 = tensor.empty() : tensor<6x18x24xi1>
  %31 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0)>, affine_map<(d0, d1, d2) -> (d1)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>],
      iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%concat, %1 : tensor<6xi32>, tensor<18xi32>)
      outs(%30 : tensor<6x18x24xi1>) {
  ^bb0(%in: i32, %in_10: i32, %out: i1):
    %65 = arith.cmpi sle, %in, %in_10 : i32
    linalg.yield %65 : i1
  } -> tensor<6x18x24xi1>
  %32 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d1)>, affine_map<(d0, d1, d2) -> (d0)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>],
      iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%1, %27 : tensor<18xi32>, tensor<6xi32>)
      outs(%30 : tensor<6x18x24xi1>) {
  ^bb0(%in: i32, %in_10: i32, %out: i1):
    %65 = arith.cmpi slt, %in, %in_10 : i32
    linalg.yield %65 : i1
  } -> tensor<6x18x24xi1>
  %33 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>],
      iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%31, %32 : tensor<6x18x24xi1>, tensor<6x18x24xi1>)
      outs(%30 : tensor<6x18x24xi1>) {
  ^bb0(%in: i1, %in_10: i1, %out: i1):
    %65 = arith.andi %in, %in_10 : i1
    linalg.yield %65 : i1
  } -> tensor<6x18x24xi1>
  %34 = tensor.empty() : tensor<6x18x24xf32>
  %35 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d1, d2)>, affine_map<(d0, d1, d2) -> ()>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>],
      iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%33, %17, %cst_2 : tensor<6x18x24xi1>, tensor<18x24xf32>, tensor<f32>)
      outs(%34 : tensor<6x18x24xf32>) {
  ^bb0(%in: i1, %in_10: f32, %in_11: f32, %out: f32):
    %65 = arith.select %in, %in_10, %in_11 : f32
    linalg.yield %65 : f32
  } -> tensor<6x18x24xf32>
  %36 = tensor.empty() : tensor<18x20xf32>
  %37 = linalg.fill ins(%cst_1 : f32) outs(%36 : tensor<18x20xf32>) -> tensor<18x20xf32>
  %38 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (d3, d0, d2)>, affine_map<(d0, d1, d2, d3) -> (d3, d2, d1)>, affine_map<(d0, d1, d2, d3) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel", "reduction", "reduction"]}
      ins(%35, %arg0 : tensor<6x18x24xf32>, tensor<6x24x20xf32>)
      outs(%37 : tensor<18x20xf32>) {
  ^bb0(%in: f32, %in_10: f32, %out: f32):
    %65 = arith.mulf %in, %in_10 : f32
    %66 = arith.addf %out, %65 : f32
    linalg.yield %66 : f32
  } -> tensor<18x20xf32>
  %39 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel"]}
      ins(%38 : tensor<18x20xf32>)
      outs(%36 : tensor<18x20xf32>) {
  ^bb0(%in: f32, %out: f32):
    %65 = arith.negf %in : f32
    linalg.yield %65 : f32
  } -> tensor<18x20xf32>
  %40 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel"]}
      ins(%39 : tensor<18x20xf32>)
      outs(%36 : tensor<18x20xf32>) {
  ^bb0(%in: f32, %out: f32):
    %65 = math.exp %in : f32
    linalg.yield %65 : f32
  } -> tensor<18x20xf32>
  %41 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> ()>, affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel"]}
      ins(%cst_0, %40 : tensor<f32>, tensor<18x20xf32>)
      outs(%36 : tensor<18x20xf32>) {
  ^bb0(%in: f32, %in_10: f32, %out: f32):
    %65 = arith.addf %in, %in_10 : f32
    linalg.yield %65 : f32
  } -> tensor<18x20xf32>
  %42 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> ()>, affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel"]}
      ins(%cst_0, %41 : tensor<f32>, tensor<18x20xf32>)
      outs(%36 : tensor<18x20xf32>) {
  ^bb0(%in: f32, %in_10: f32, %out: f32):
    %65 = arith.divf %in, %in_10 : f32
    linalg.yield %65 : f32
  } -> tensor<18x20xf32>
  %43 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel"]}
      ins(%38, %42 : tensor<18x20xf32>, tensor<18x20xf32>)
      outs(%36 : tensor<18x20xf32>) {
  ^bb0(%in: f32, %in_10: f32, %out: f32):
    %65 = arith.mulf %in, %in_10 : f32
    linalg.yield %65 : f32
  } -> tensor<18x20xf32>
  %44 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (d3, d0, d2)>, affine_map<(d0, d1, d2, d3) -> (d3, d2, d1)>, affine_map<(d0, d1, d2, d3) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel", "reduction", "reduction"]}
      ins(%35, %arg2 : tensor<6x18x24xf32>, tensor<6x24x20xf32>)
      outs(%37 : tensor<18x20xf32>) {
  ^bb0(%in: f32, %in_10: f32, %out: f32):
    %65 = arith.mulf %in, %in_10 : f32
    %66 = arith.addf %out, %65 : f32
    linalg.yield %66 : f32
  } -> tensor<18x20xf32>
  %45 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel"]}
      ins(%43, %44 : tensor<18x20xf32>, tensor<18x20xf32>)
      outs(%36 : tensor<18x20xf32>) {
  ^bb0(%in: f32, %in_10: f32, %out: f32):
    %65 = arith.mulf %in, %in_10 : f32
    linalg.yield %65 : f32
  } -> tensor<18x20xf32>
  %46 = tensor.empty() : tensor<6x18x20xi1>
  %47 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0)>, affine_map<(d0, d1, d2) -> (d1)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>],
      iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%concat, %1 : tensor<6xi32>, tensor<18xi32>)
      outs(%46 : tensor<6x18x20xi1>) {
  ^bb0(%in: i32, %in_10: i32, %out: i1):
    %65 = arith.cmpi sle, %in, %in_10 : i32
    linalg.yield %65 : i1
  } -> tensor<6x18x20xi1>
  %48 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d1)>, affine_map<(d0, d1, d2) -> (d0)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>],
      iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%1, %27 : tensor<18xi32>, tensor<6xi32>)
      outs(%46 : tensor<6x18x20xi1>) {
  ^bb0(%in: i32, %in_10: i32, %out: i1):
    %65 = arith.cmpi slt, %in, %in_10 : i32
    linalg.yield %65 : i1
  } -> tensor<6x18x20xi1>
  %49 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>],
      iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%47, %48 : tensor<6x18x20xi1>, tensor<6x18x20xi1>)
      outs(%46 : tensor<6x18x20xi1>) {
  ^bb0(%in: i1, %in_10: i1, %out: i1):
    %65 = arith.andi %in, %in_10 : i1
    linalg.yield %65 : i1
  } -> tensor<6x18x20xi1>
  %50 = tensor.empty() : tensor<6x18x20xf32>
  %51 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d1, d2)>, affine_map<(d0, d1, d2) -> ()>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>],
      iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%49, %45, %cst_2 : tensor<6x18x20xi1>, tensor<18x20xf32>, tensor<f32>)
      outs(%50 : tensor<6x18x20xf32>) {
  ^bb0(%in: i1, %in_10: f32, %in_11: f32, %out: f32):
    %65 = arith.select %in, %in_10, %in_11 : f32
    linalg.yield %65 : f32
  } -> tensor<6x18x20xf32>
  %52 = tensor.empty() : tensor<18x24xf32>
  %53 = linalg.fill ins(%cst_1 : f32) outs(%52 : tensor<18x24xf32>) -> tensor<18x24xf32>
  %54 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (d3, d0, d2)>, affine_map<(d0, d1, d2, d3) -> (d3, d2, d1)>, affine_map<(d0, d1, d2, d3) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel", "reduction", "reduction"]}
      ins(%51, %arg1 : tensor<6x18x20xf32>, tensor<6x20x24xf32>)
      outs(%53 : tensor<18x24xf32>) {
  ^bb0(%in: f32, %in_10: f32, %out: f32):
    %65 = arith.mulf %in, %in_10 : f32
    %66 = arith.addf %out, %65 : f32
    linalg.yield %66 : f32
  } -> tensor<18x24xf32>
  %collapsed_8 = tensor.collapse_shape %arg4 [[0, 1]] : tensor<9x2xf32> into tensor<18xf32>
  %55 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> ()>, affine_map<(d0) -> (d0)>],
      iterator_types = ["parallel"]}
      ins(%2, %cst_5 : tensor<18xi32>, tensor<i32>)
      outs(%5 : tensor<18xi1>) {
  ^bb0(%in: i32, %in_10: i32, %out: i1):
    %65 = arith.cmpi slt, %in, %in_10 : i32
    linalg.yield %65 : i1
  } -> tensor<18xi1>
  %56 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> ()>, affine_map<(d0) -> (d0)>],
      iterator_types = ["parallel"]}
      ins(%2, %cst : tensor<18xi32>, tensor<i32>)
      outs(%0 : tensor<18xi32>) {
  ^bb0(%in: i32, %in_10: i32, %out: i32):
    %65 = arith.addi %in, %in_10 : i32
    linalg.yield %65 : i32
  } -> tensor<18xi32>
  %57 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>],
      iterator_types = ["parallel"]}
      ins(%55, %56, %2 : tensor<18xi1>, tensor<18xi32>, tensor<18xi32>)
      outs(%0 : tensor<18xi32>) {
  ^bb0(%in: i1, %in_10: i32, %in_11: i32, %out: i32):
    %65 = arith.select %in, %in_10, %in_11 : i32
    linalg.yield %65 : i32
  } -> tensor<18xi32>
  %58 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>],
      iterator_types = ["parallel"]}
      ins(%57 : tensor<18xi32>)
      outs(%15 : tensor<18xi64>) {
  ^bb0(%in: i32, %out: i64):
    %65 = arith.extsi %in : i32 to i64
    %66 = arith.maxsi %65, %c0_i64 : i64
    %67 = arith.minsi %66, %c17_i64 : i64
    linalg.yield %67 : i64
  } -> tensor<18xi64>
  %59 = hadal.gather_elements %collapsed_8, %58 axis 0 : (tensor<18xf32>, tensor<18xi64>) -> tensor<18xf32>
  %60 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0)>, affine_map<(d0, d1) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel"]}
      ins(%54, %59 : tensor<18x24xf32>, tensor<18xf32>)
      outs(%52 : tensor<18x24xf32>) {
  ^bb0(%in: f32, %in_10: f32, %out: f32):
    %65 = arith.mulf %in, %in_10 : f32
    linalg.yield %65 : f32
  } -> tensor<18x24xf32>
  %61 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>],
      iterator_types = ["parallel"]}
      ins(%14 : tensor<18xi32>)
      outs(%15 : tensor<18xi64>) {
  ^bb0(%in: i32, %out: i64):
    %65 = arith.extsi %in : i32 to i64
    %66 = arith.cmpi ult, %65, %c9_i64 : i64
    %67 = arith.select %66, %65, %c9_i64 : i64
    linalg.yield %67 : i64
  } -> tensor<18xi64>
  %expanded_9 = tensor.expand_shape %61 [[0, 1]] output_shape [18, 1] : tensor<18xi64> into tensor<18x1xi64>
  %62 = tensor.empty() : tensor<9x24xf32>
  %63 = linalg.fill ins(%cst_1 : f32) outs(%62 : tensor<9x24xf32>) -> tensor<9x24xf32>
  %64 = hadal.scatter_nd %63, %expanded_9, %60 reduction add : (tensor<9x24xf32>, tensor<18x1xi64>, tensor<18x24xf32>) -> tensor<9x24xf32>
  return %64 : tensor<9x24xf32>
}

// -----

// Sorted rows with gathered weights; the indices are clamped.
// CHECK-LABEL: func.func @sorted
// CHECK-SAME: %[[W1:[a-z0-9]+]]: tensor<6x24x20xf32>, %[[W2:[a-z0-9]+]]: tensor<6x20x24xf32>, %[[W3:[a-z0-9]+]]: tensor<6x24x20xf32>, %[[X:[a-z0-9]+]]: tensor<9x24xf32>, %[[W:[a-z0-9]+]]: tensor<9x2xf32>, %[[I:[a-z0-9]+]]: tensor<9x2xi32>
// CHECK: arith.minsi
// CHECK: %[[GU:.*]] = tensor.concat dim(2) %[[W1]], %[[W3]]
// CHECK: hadal.moe %[[X]], %[[W]], %{{.*}}, %[[GU]], %[[W2]] silu gate_first
// CHECK-NOT: hadal.topk
func.func @sorted(%arg0: tensor<6x24x20xf32>, %arg1: tensor<6x20x24xf32>, %arg2: tensor<6x24x20xf32>,
    %arg3: tensor<9x24xf32>, %arg4: tensor<9x2xf32>,
    %arg5: tensor<9x2xi32>) -> tensor<9x24xf32> {
  %c9_i64 = arith.constant 9 : i64
  %cst = arith.constant dense<1.000000e+00> : tensor<f32>
  %cst_0 = arith.constant 0.000000e+00 : f32
  %c5_i64 = arith.constant 5 : i64
  %cst_1 = arith.constant dense<6> : tensor<i32>
  %c17_i64 = arith.constant 17 : i64
  %cst_2 = arith.constant dense<18> : tensor<i32>
  %c8_i64 = arith.constant 8 : i64
  %c0_i64 = arith.constant 0 : i64
  %cst_3 = arith.constant dense<9> : tensor<i32>
  %cst_4 = arith.constant dense<0> : tensor<i32>
  %cst_5 = arith.constant dense<1> : tensor<i32>
  %c-1_i32 = arith.constant -1 : i32
  %c1_i32 = arith.constant 1 : i32
  %c2_i32 = arith.constant 2 : i32
  %cst_6 = arith.constant dense<2> : tensor<i32>
  %c18 = arith.constant 18 : index
  %collapsed = tensor.collapse_shape %arg5 [[0, 1]] : tensor<9x2xi32> into tensor<18xi32>
  %0 = tensor.empty() : tensor<18xi32>
  %1 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>],
      iterator_types = ["parallel"]} outs(%0 : tensor<18xi32>) {
  ^bb0(%out: i32):
    %49 = linalg.index 0 : index
    %50 = arith.index_cast %49 : index to i32
    linalg.yield %50 : i32
  } -> tensor<18xi32>
  %values, %indices = hadal.topk %collapsed, %c18 : (tensor<18xi32>, index) -> (tensor<18xi32>, tensor<18xi64>)
  %2 = hadal.gather_elements %1, %indices axis 0 : (tensor<18xi32>, tensor<18xi64>) -> tensor<18xi32>
  %3 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> ()>, affine_map<(d0) -> (d0)>],
      iterator_types = ["parallel"]}
      ins(%2, %cst_6 : tensor<18xi32>, tensor<i32>)
      outs(%0 : tensor<18xi32>) {
  ^bb0(%in: i32, %in_8: i32, %out: i32):
    %49 = arith.divsi %in, %c2_i32 : i32
    linalg.yield %49 : i32
  } -> tensor<18xi32>
  %4 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>],
      iterator_types = ["parallel"]}
      ins(%2 : tensor<18xi32>)
      outs(%0 : tensor<18xi32>) {
  ^bb0(%in: i32, %out: i32):
    %49 = arith.minsi %in, %c1_i32 : i32
    %50 = arith.maxsi %49, %c-1_i32 : i32
    linalg.yield %50 : i32
  } -> tensor<18xi32>
  %5 = tensor.empty() : tensor<18xi1>
  %6 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> ()>, affine_map<(d0) -> (d0)>],
      iterator_types = ["parallel"]}
      ins(%4, %cst_5 : tensor<18xi32>, tensor<i32>)
      outs(%5 : tensor<18xi1>) {
  ^bb0(%in: i32, %in_8: i32, %out: i1):
    %49 = arith.cmpi ne, %in, %in_8 : i32
    linalg.yield %49 : i1
  } -> tensor<18xi1>
  %7 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> ()>, affine_map<(d0) -> (d0)>],
      iterator_types = ["parallel"]}
      ins(%2, %cst_6 : tensor<18xi32>, tensor<i32>)
      outs(%0 : tensor<18xi32>) {
  ^bb0(%in: i32, %in_8: i32, %out: i32):
    %49 = arith.remsi %in, %c2_i32 : i32
    linalg.yield %49 : i32
  } -> tensor<18xi32>
  %8 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> ()>, affine_map<(d0) -> (d0)>],
      iterator_types = ["parallel"]}
      ins(%7, %cst_4 : tensor<18xi32>, tensor<i32>)
      outs(%5 : tensor<18xi1>) {
  ^bb0(%in: i32, %in_8: i32, %out: i1):
    %49 = arith.cmpi ne, %in, %in_8 : i32
    linalg.yield %49 : i1
  } -> tensor<18xi1>
  %9 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>],
      iterator_types = ["parallel"]}
      ins(%6, %8 : tensor<18xi1>, tensor<18xi1>)
      outs(%5 : tensor<18xi1>) {
  ^bb0(%in: i1, %in_8: i1, %out: i1):
    %49 = arith.andi %in, %in_8 : i1
    linalg.yield %49 : i1
  } -> tensor<18xi1>
  %10 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> ()>, affine_map<(d0) -> (d0)>],
      iterator_types = ["parallel"]}
      ins(%3, %cst_5 : tensor<18xi32>, tensor<i32>)
      outs(%0 : tensor<18xi32>) {
  ^bb0(%in: i32, %in_8: i32, %out: i32):
    %49 = arith.subi %in, %in_8 : i32
    linalg.yield %49 : i32
  } -> tensor<18xi32>
  %11 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>],
      iterator_types = ["parallel"]}
      ins(%9, %10, %3 : tensor<18xi1>, tensor<18xi32>, tensor<18xi32>)
      outs(%0 : tensor<18xi32>) {
  ^bb0(%in: i1, %in_8: i32, %in_9: i32, %out: i32):
    %49 = arith.select %in, %in_8, %in_9 : i32
    linalg.yield %49 : i32
  } -> tensor<18xi32>
  %12 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> ()>, affine_map<(d0) -> (d0)>],
      iterator_types = ["parallel"]}
      ins(%11, %cst_4 : tensor<18xi32>, tensor<i32>)
      outs(%5 : tensor<18xi1>) {
  ^bb0(%in: i32, %in_8: i32, %out: i1):
    %49 = arith.cmpi slt, %in, %in_8 : i32
    linalg.yield %49 : i1
  } -> tensor<18xi1>
  %13 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> ()>, affine_map<(d0) -> (d0)>],
      iterator_types = ["parallel"]}
      ins(%11, %cst_3 : tensor<18xi32>, tensor<i32>)
      outs(%0 : tensor<18xi32>) {
  ^bb0(%in: i32, %in_8: i32, %out: i32):
    %49 = arith.addi %in, %in_8 : i32
    linalg.yield %49 : i32
  } -> tensor<18xi32>
  %14 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>],
      iterator_types = ["parallel"]}
      ins(%12, %13, %11 : tensor<18xi1>, tensor<18xi32>, tensor<18xi32>)
      outs(%0 : tensor<18xi32>) {
  ^bb0(%in: i1, %in_8: i32, %in_9: i32, %out: i32):
    %49 = arith.select %in, %in_8, %in_9 : i32
    linalg.yield %49 : i32
  } -> tensor<18xi32>
  %15 = tensor.empty() : tensor<18xi64>
  %16 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>],
      iterator_types = ["parallel"]}
      ins(%14 : tensor<18xi32>)
      outs(%15 : tensor<18xi64>) {
  ^bb0(%in: i32, %out: i64):
    %49 = arith.extsi %in : i32 to i64
    %50 = arith.maxsi %49, %c0_i64 : i64
    %51 = arith.minsi %50, %c8_i64 : i64
    linalg.yield %51 : i64
  } -> tensor<18xi64>
  %17 = hadal.gather %arg3, %16 axis 0 : (tensor<9x24xf32>, tensor<18xi64>) -> tensor<18x24xf32>
  %18 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> ()>, affine_map<(d0) -> (d0)>],
      iterator_types = ["parallel"]}
      ins(%2, %cst_4 : tensor<18xi32>, tensor<i32>)
      outs(%5 : tensor<18xi1>) {
  ^bb0(%in: i32, %in_8: i32, %out: i1):
    %49 = arith.cmpi slt, %in, %in_8 : i32
    linalg.yield %49 : i1
  } -> tensor<18xi1>
  %19 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> ()>, affine_map<(d0) -> (d0)>],
      iterator_types = ["parallel"]}
      ins(%2, %cst_2 : tensor<18xi32>, tensor<i32>)
      outs(%0 : tensor<18xi32>) {
  ^bb0(%in: i32, %in_8: i32, %out: i32):
    %49 = arith.addi %in, %in_8 : i32
    linalg.yield %49 : i32
  } -> tensor<18xi32>
  %20 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>],
      iterator_types = ["parallel"]}
      ins(%18, %19, %2 : tensor<18xi1>, tensor<18xi32>, tensor<18xi32>)
      outs(%0 : tensor<18xi32>) {
  ^bb0(%in: i1, %in_8: i32, %in_9: i32, %out: i32):
    %49 = arith.select %in, %in_8, %in_9 : i32
    linalg.yield %49 : i32
  } -> tensor<18xi32>
  %21 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>],
      iterator_types = ["parallel"]}
      ins(%20 : tensor<18xi32>)
      outs(%15 : tensor<18xi64>) {
  ^bb0(%in: i32, %out: i64):
    %49 = arith.extsi %in : i32 to i64
    %50 = arith.maxsi %49, %c0_i64 : i64
    %51 = arith.minsi %50, %c17_i64 : i64
    linalg.yield %51 : i64
  } -> tensor<18xi64>
  %22 = hadal.gather_elements %collapsed, %21 axis 0 : (tensor<18xi32>, tensor<18xi64>) -> tensor<18xi32>
  %23 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> ()>, affine_map<(d0) -> (d0)>],
      iterator_types = ["parallel"]}
      ins(%22, %cst_4 : tensor<18xi32>, tensor<i32>)
      outs(%5 : tensor<18xi1>) {
  ^bb0(%in: i32, %in_8: i32, %out: i1):
    %49 = arith.cmpi slt, %in, %in_8 : i32
    linalg.yield %49 : i1
  } -> tensor<18xi1>
  %24 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> ()>, affine_map<(d0) -> (d0)>],
      iterator_types = ["parallel"]}
      ins(%22, %cst_1 : tensor<18xi32>, tensor<i32>)
      outs(%0 : tensor<18xi32>) {
  ^bb0(%in: i32, %in_8: i32, %out: i32):
    %49 = arith.addi %in, %in_8 : i32
    linalg.yield %49 : i32
  } -> tensor<18xi32>
  %25 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>],
      iterator_types = ["parallel"]}
      ins(%23, %24, %22 : tensor<18xi1>, tensor<18xi32>, tensor<18xi32>)
      outs(%0 : tensor<18xi32>) {
  ^bb0(%in: i1, %in_8: i32, %in_9: i32, %out: i32):
    %49 = arith.select %in, %in_8, %in_9 : i32
    linalg.yield %49 : i32
  } -> tensor<18xi32>
  %26 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>],
      iterator_types = ["parallel"]}
      ins(%25 : tensor<18xi32>)
      outs(%15 : tensor<18xi64>) {
  ^bb0(%in: i32, %out: i64):
    %49 = arith.extsi %in : i32 to i64
    %50 = arith.maxsi %49, %c0_i64 : i64
    %51 = arith.minsi %50, %c5_i64 : i64
    linalg.yield %51 : i64
  } -> tensor<18xi64>
  %27 = hadal.gather %arg0, %26 axis 0 : (tensor<6x24x20xf32>, tensor<18xi64>) -> tensor<18x24x20xf32>
  %28 = tensor.empty() : tensor<18x20xf32>
  %29 = linalg.fill ins(%cst_0 : f32) outs(%28 : tensor<18x20xf32>) -> tensor<18x20xf32>
  %30 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d2)>, affine_map<(d0, d1, d2) -> (d0, d2, d1)>, affine_map<(d0, d1, d2) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%17, %27 : tensor<18x24xf32>, tensor<18x24x20xf32>)
      outs(%29 : tensor<18x20xf32>) {
  ^bb0(%in: f32, %in_8: f32, %out: f32):
    %49 = arith.mulf %in, %in_8 : f32
    %50 = arith.addf %out, %49 : f32
    linalg.yield %50 : f32
  } -> tensor<18x20xf32>
  %31 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel"]}
      ins(%30 : tensor<18x20xf32>)
      outs(%28 : tensor<18x20xf32>) {
  ^bb0(%in: f32, %out: f32):
    %49 = arith.negf %in : f32
    linalg.yield %49 : f32
  } -> tensor<18x20xf32>
  %32 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel"]}
      ins(%31 : tensor<18x20xf32>)
      outs(%28 : tensor<18x20xf32>) {
  ^bb0(%in: f32, %out: f32):
    %49 = math.exp %in : f32
    linalg.yield %49 : f32
  } -> tensor<18x20xf32>
  %33 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> ()>, affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel"]}
      ins(%cst, %32 : tensor<f32>, tensor<18x20xf32>)
      outs(%28 : tensor<18x20xf32>) {
  ^bb0(%in: f32, %in_8: f32, %out: f32):
    %49 = arith.addf %in, %in_8 : f32
    linalg.yield %49 : f32
  } -> tensor<18x20xf32>
  %34 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> ()>, affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel"]}
      ins(%cst, %33 : tensor<f32>, tensor<18x20xf32>)
      outs(%28 : tensor<18x20xf32>) {
  ^bb0(%in: f32, %in_8: f32, %out: f32):
    %49 = arith.divf %in, %in_8 : f32
    linalg.yield %49 : f32
  } -> tensor<18x20xf32>
  %35 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel"]}
      ins(%30, %34 : tensor<18x20xf32>, tensor<18x20xf32>)
      outs(%28 : tensor<18x20xf32>) {
  ^bb0(%in: f32, %in_8: f32, %out: f32):
    %49 = arith.mulf %in, %in_8 : f32
    linalg.yield %49 : f32
  } -> tensor<18x20xf32>
  %36 = hadal.gather %arg2, %26 axis 0 : (tensor<6x24x20xf32>, tensor<18xi64>) -> tensor<18x24x20xf32>
  %37 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d2)>, affine_map<(d0, d1, d2) -> (d0, d2, d1)>, affine_map<(d0, d1, d2) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%17, %36 : tensor<18x24xf32>, tensor<18x24x20xf32>)
      outs(%29 : tensor<18x20xf32>) {
  ^bb0(%in: f32, %in_8: f32, %out: f32):
    %49 = arith.mulf %in, %in_8 : f32
    %50 = arith.addf %out, %49 : f32
    linalg.yield %50 : f32
  } -> tensor<18x20xf32>
  %38 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel"]}
      ins(%35, %37 : tensor<18x20xf32>, tensor<18x20xf32>)
      outs(%28 : tensor<18x20xf32>) {
  ^bb0(%in: f32, %in_8: f32, %out: f32):
    %49 = arith.mulf %in, %in_8 : f32
    linalg.yield %49 : f32
  } -> tensor<18x20xf32>
  %39 = hadal.gather %arg1, %26 axis 0 : (tensor<6x20x24xf32>, tensor<18xi64>) -> tensor<18x20x24xf32>
  %40 = tensor.empty() : tensor<18x24xf32>
  %41 = linalg.fill ins(%cst_0 : f32) outs(%40 : tensor<18x24xf32>) -> tensor<18x24xf32>
  %42 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d2)>, affine_map<(d0, d1, d2) -> (d0, d2, d1)>, affine_map<(d0, d1, d2) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%38, %39 : tensor<18x20xf32>, tensor<18x20x24xf32>)
      outs(%41 : tensor<18x24xf32>) {
  ^bb0(%in: f32, %in_8: f32, %out: f32):
    %49 = arith.mulf %in, %in_8 : f32
    %50 = arith.addf %out, %49 : f32
    linalg.yield %50 : f32
  } -> tensor<18x24xf32>
  %collapsed_7 = tensor.collapse_shape %arg4 [[0, 1]] : tensor<9x2xf32> into tensor<18xf32>
  %43 = hadal.gather_elements %collapsed_7, %21 axis 0 : (tensor<18xf32>, tensor<18xi64>) -> tensor<18xf32>
  %44 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0)>, affine_map<(d0, d1) -> (d0, d1)>],
      iterator_types = ["parallel", "parallel"]}
      ins(%42, %43 : tensor<18x24xf32>, tensor<18xf32>)
      outs(%40 : tensor<18x24xf32>) {
  ^bb0(%in: f32, %in_8: f32, %out: f32):
    %49 = arith.mulf %in, %in_8 : f32
    linalg.yield %49 : f32
  } -> tensor<18x24xf32>
  %45 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>],
      iterator_types = ["parallel"]}
      ins(%14 : tensor<18xi32>)
      outs(%15 : tensor<18xi64>) {
  ^bb0(%in: i32, %out: i64):
    %49 = arith.extsi %in : i32 to i64
    %50 = arith.cmpi ult, %49, %c9_i64 : i64
    %51 = arith.select %50, %49, %c9_i64 : i64
    linalg.yield %51 : i64
  } -> tensor<18xi64>
  %expanded = tensor.expand_shape %45 [[0, 1]] output_shape [18, 1] : tensor<18xi64> into tensor<18x1xi64>
  %46 = tensor.empty() : tensor<9x24xf32>
  %47 = linalg.fill ins(%cst_0 : f32) outs(%46 : tensor<9x24xf32>) -> tensor<9x24xf32>
  %48 = hadal.scatter_nd %47, %expanded, %44 reduction add : (tensor<9x24xf32>, tensor<18x1xi64>, tensor<18x24xf32>) -> tensor<9x24xf32>
  return %48 : tensor<9x24xf32>
}
