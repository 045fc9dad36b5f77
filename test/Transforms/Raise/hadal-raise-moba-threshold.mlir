// RUN: hadal-translate --import-stablehlo %s | hadal-opt --canonicalize --cse --hadal-raise 2>/dev/null | FileCheck %s --check-prefix=CHECK

// Two heads of one kv head; the choice is what reaches the second best score, the own block is forced by 1e9.

// CHECK: hadal.moba %{{.*}} block 2 top 2 scale 5.000000e-01 causal :

module @jit_moba attributes {mhlo.num_partitions = 1 : i32, mhlo.num_replicas = 1 : i32} {
  func.func public @main(%arg0: tensor<1x2x5x2xf32>, %arg1: tensor<1x1x5x2xf32>, %arg2: tensor<1x1x5x2xf32>) -> (tensor<1x2x5x2xf32> {jax.result_info = "result"}) {
    %0 = stablehlo.broadcast_in_dim %arg1, dims = [0, 1, 3, 4] : (tensor<1x1x5x2xf32>) -> tensor<1x1x2x5x2xf32>
    %1 = stablehlo.reshape %0 : (tensor<1x1x2x5x2xf32>) -> tensor<1x2x5x2xf32>
    %2 = stablehlo.broadcast_in_dim %arg2, dims = [0, 1, 3, 4] : (tensor<1x1x5x2xf32>) -> tensor<1x1x2x5x2xf32>
    %3 = stablehlo.reshape %2 : (tensor<1x1x2x5x2xf32>) -> tensor<1x2x5x2xf32>
    %c = stablehlo.constant dense<0> : tensor<i32>
    %4 = call @_pad(%1, %c) : (tensor<1x2x5x2xf32>, tensor<i32>) -> tensor<1x2x6x2xf32>
    %5 = stablehlo.iota dim = 0 : tensor<3xi32>
    %c_0 = stablehlo.constant dense<2> : tensor<i32>
    %6 = stablehlo.broadcast_in_dim %c_0, dims = [] : (tensor<i32>) -> tensor<3xi32>
    %7 = stablehlo.multiply %5, %6 : tensor<3xi32>
    %c_1 = stablehlo.constant dense<5> : tensor<i32>
    %8 = stablehlo.broadcast_in_dim %c_1, dims = [] : (tensor<i32>) -> tensor<3xi32>
    %9 = stablehlo.subtract %8, %7 : tensor<3xi32>
    %c_2 = stablehlo.constant dense<2> : tensor<i32>
    %10 = stablehlo.broadcast_in_dim %c_2, dims = [] : (tensor<i32>) -> tensor<3xi32>
    %11 = stablehlo.minimum %10, %9 : tensor<3xi32>
    %12 = stablehlo.convert %11 : (tensor<3xi32>) -> tensor<3xf32>
    %13 = stablehlo.reshape %4 : (tensor<1x2x6x2xf32>) -> tensor<1x2x3x2x2xf32>
    %cst = stablehlo.constant dense<0.000000e+00> : tensor<f32>
    %14 = stablehlo.reduce(%13 init: %cst) applies stablehlo.add across dimensions = [3] : (tensor<1x2x3x2x2xf32>, tensor<f32>) -> tensor<1x2x3x2xf32>
    %15 = stablehlo.broadcast_in_dim %12, dims = [0] : (tensor<3xf32>) -> tensor<3x1xf32>
    %16 = stablehlo.broadcast_in_dim %15, dims = [2, 3] : (tensor<3x1xf32>) -> tensor<1x1x3x1xf32>
    %17 = stablehlo.broadcast_in_dim %16, dims = [0, 1, 2, 3] : (tensor<1x1x3x1xf32>) -> tensor<1x2x3x2xf32>
    %18 = stablehlo.divide %14, %17 : tensor<1x2x3x2xf32>
    %19 = stablehlo.dot_general %arg0, %18, batching_dims = [0, 1] x [0, 1], contracting_dims = [3] x [3], precision = [DEFAULT, DEFAULT] : (tensor<1x2x5x2xf32>, tensor<1x2x3x2xf32>) -> tensor<1x2x5x3xf32>
    %20 = stablehlo.iota dim = 0 : tensor<5xi32>
    %21 = stablehlo.iota dim = 0 : tensor<3xi32>
    %c_3 = stablehlo.constant dense<2> : tensor<i32>
    %22 = call @floor_divide(%20, %c_3) : (tensor<5xi32>, tensor<i32>) -> tensor<5xi32>
    %23 = stablehlo.broadcast_in_dim %21, dims = [1] : (tensor<3xi32>) -> tensor<1x3xi32>
    %24 = stablehlo.broadcast_in_dim %22, dims = [0] : (tensor<5xi32>) -> tensor<5x1xi32>
    %25 = stablehlo.broadcast_in_dim %23, dims = [0, 1] : (tensor<1x3xi32>) -> tensor<5x3xi32>
    %26 = stablehlo.broadcast_in_dim %24, dims = [0, 1] : (tensor<5x1xi32>) -> tensor<5x3xi32>
    %27 = stablehlo.compare GT, %25, %26, SIGNED : (tensor<5x3xi32>, tensor<5x3xi32>) -> tensor<5x3xi1>
    %cst_4 = stablehlo.constant dense<0xFF800000> : tensor<f32>
    %28 = call @_where_0(%27, %cst_4, %19) : (tensor<5x3xi1>, tensor<f32>, tensor<1x2x5x3xf32>) -> tensor<1x2x5x3xf32>
    %29 = stablehlo.broadcast_in_dim %21, dims = [1] : (tensor<3xi32>) -> tensor<1x3xi32>
    %30 = stablehlo.broadcast_in_dim %22, dims = [0] : (tensor<5xi32>) -> tensor<5x1xi32>
    %31 = stablehlo.broadcast_in_dim %29, dims = [0, 1] : (tensor<1x3xi32>) -> tensor<5x3xi32>
    %32 = stablehlo.broadcast_in_dim %30, dims = [0, 1] : (tensor<5x1xi32>) -> tensor<5x3xi32>
    %33 = stablehlo.compare EQ, %31, %32, SIGNED : (tensor<5x3xi32>, tensor<5x3xi32>) -> tensor<5x3xi1>
    %cst_5 = stablehlo.constant dense<1.000000e+09> : tensor<f32>
    %34 = call @_where_0(%33, %cst_5, %28) : (tensor<5x3xi1>, tensor<f32>, tensor<1x2x5x3xf32>) -> tensor<1x2x5x3xf32>
    %values, %indices = chlo.top_k(%34, k = 2) : tensor<1x2x5x3xf32> -> (tensor<1x2x5x2xf32>, tensor<1x2x5x2xi32>)
    %35 = stablehlo.slice %values [0:1, 0:2, 0:5, 1:2] : (tensor<1x2x5x2xf32>) -> tensor<1x2x5x1xf32>
    %36 = stablehlo.broadcast_in_dim %35, dims = [0, 1, 2, 3] : (tensor<1x2x5x1xf32>) -> tensor<1x2x5x3xf32>
    %37 = stablehlo.compare GE, %34, %36, FLOAT : (tensor<1x2x5x3xf32>, tensor<1x2x5x3xf32>) -> tensor<1x2x5x3xi1>
    %38 = stablehlo.broadcast_in_dim %21, dims = [1] : (tensor<3xi32>) -> tensor<1x3xi32>
    %39 = stablehlo.broadcast_in_dim %22, dims = [0] : (tensor<5xi32>) -> tensor<5x1xi32>
    %40 = stablehlo.broadcast_in_dim %38, dims = [0, 1] : (tensor<1x3xi32>) -> tensor<5x3xi32>
    %41 = stablehlo.broadcast_in_dim %39, dims = [0, 1] : (tensor<5x1xi32>) -> tensor<5x3xi32>
    %42 = stablehlo.compare LE, %40, %41, SIGNED : (tensor<5x3xi32>, tensor<5x3xi32>) -> tensor<5x3xi1>
    %43 = stablehlo.broadcast_in_dim %42, dims = [2, 3] : (tensor<5x3xi1>) -> tensor<1x1x5x3xi1>
    %44 = stablehlo.broadcast_in_dim %43, dims = [0, 1, 2, 3] : (tensor<1x1x5x3xi1>) -> tensor<1x2x5x3xi1>
    %45 = stablehlo.and %37, %44 : tensor<1x2x5x3xi1>
    %46 = stablehlo.broadcast_in_dim %45, dims = [0, 1, 2, 3] : (tensor<1x2x5x3xi1>) -> tensor<1x2x5x3x2xi1>
    %47 = stablehlo.reshape %46 : (tensor<1x2x5x3x2xi1>) -> tensor<1x2x5x6xi1>
    %48 = stablehlo.slice %47 [0:1, 0:2, 0:5, 0:5] : (tensor<1x2x5x6xi1>) -> tensor<1x2x5x5xi1>
    %49 = stablehlo.broadcast_in_dim %20, dims = [1] : (tensor<5xi32>) -> tensor<1x5xi32>
    %50 = stablehlo.broadcast_in_dim %20, dims = [0] : (tensor<5xi32>) -> tensor<5x1xi32>
    %51 = stablehlo.broadcast_in_dim %49, dims = [0, 1] : (tensor<1x5xi32>) -> tensor<5x5xi32>
    %52 = stablehlo.broadcast_in_dim %50, dims = [0, 1] : (tensor<5x1xi32>) -> tensor<5x5xi32>
    %53 = stablehlo.compare LE, %51, %52, SIGNED : (tensor<5x5xi32>, tensor<5x5xi32>) -> tensor<5x5xi1>
    %54 = stablehlo.broadcast_in_dim %53, dims = [2, 3] : (tensor<5x5xi1>) -> tensor<1x1x5x5xi1>
    %55 = stablehlo.broadcast_in_dim %54, dims = [0, 1, 2, 3] : (tensor<1x1x5x5xi1>) -> tensor<1x2x5x5xi1>
    %56 = stablehlo.and %48, %55 : tensor<1x2x5x5xi1>
    %57 = stablehlo.dot_general %arg0, %1, batching_dims = [0, 1] x [0, 1], contracting_dims = [3] x [3], precision = [DEFAULT, DEFAULT] : (tensor<1x2x5x2xf32>, tensor<1x2x5x2xf32>) -> tensor<1x2x5x5xf32>
    %cst_6 = stablehlo.constant dense<5.000000e-01> : tensor<f32>
    %58 = stablehlo.broadcast_in_dim %cst_6, dims = [] : (tensor<f32>) -> tensor<1x2x5x5xf32>
    %59 = stablehlo.multiply %57, %58 : tensor<1x2x5x5xf32>
    %cst_7 = stablehlo.constant dense<0xFF800000> : tensor<f32>
    %60 = call @_where_1(%56, %59, %cst_7) : (tensor<1x2x5x5xi1>, tensor<1x2x5x5xf32>, tensor<f32>) -> tensor<1x2x5x5xf32>
    %cst_8 = stablehlo.constant dense<0xFF800000> : tensor<f32>
    %61 = stablehlo.reduce(%60 init: %cst_8) applies stablehlo.maximum across dimensions = [3] : (tensor<1x2x5x5xf32>, tensor<f32>) -> tensor<1x2x5xf32>
    %cst_9 = stablehlo.constant dense<0xFF800000> : tensor<f32>
    %62 = stablehlo.broadcast_in_dim %cst_9, dims = [] : (tensor<f32>) -> tensor<1x2x5xf32>
    %63 = stablehlo.maximum %62, %61 : tensor<1x2x5xf32>
    %64 = stablehlo.broadcast_in_dim %63, dims = [0, 1, 2] : (tensor<1x2x5xf32>) -> tensor<1x2x5x1xf32>
    %65 = stablehlo.broadcast_in_dim %64, dims = [0, 1, 2, 3] : (tensor<1x2x5x1xf32>) -> tensor<1x2x5x5xf32>
    %66 = stablehlo.subtract %60, %65 : tensor<1x2x5x5xf32>
    %67 = stablehlo.exponential %66 : tensor<1x2x5x5xf32>
    %cst_10 = stablehlo.constant dense<0.000000e+00> : tensor<f32>
    %68 = stablehlo.reduce(%67 init: %cst_10) applies stablehlo.add across dimensions = [3] : (tensor<1x2x5x5xf32>, tensor<f32>) -> tensor<1x2x5xf32>
    %69 = stablehlo.broadcast_in_dim %68, dims = [0, 1, 2] : (tensor<1x2x5xf32>) -> tensor<1x2x5x1xf32>
    %70 = stablehlo.broadcast_in_dim %69, dims = [0, 1, 2, 3] : (tensor<1x2x5x1xf32>) -> tensor<1x2x5x5xf32>
    %71 = stablehlo.divide %67, %70 : tensor<1x2x5x5xf32>
    %72 = stablehlo.dot_general %71, %3, batching_dims = [0, 1] x [0, 1], contracting_dims = [3] x [2], precision = [DEFAULT, DEFAULT] : (tensor<1x2x5x5xf32>, tensor<1x2x5x2xf32>) -> tensor<1x2x5x2xf32>
    return %72 : tensor<1x2x5x2xf32>
  }
  func.func private @_pad(%arg0: tensor<1x2x5x2xf32>, %arg1: tensor<i32>) -> tensor<1x2x6x2xf32> {
    %0 = stablehlo.convert %arg1 : (tensor<i32>) -> tensor<f32>
    %1 = stablehlo.pad %arg0, %0, low = [0, 0, 0, 0], high = [0, 0, 1, 0], interior = [0, 0, 0, 0] : (tensor<1x2x5x2xf32>, tensor<f32>) -> tensor<1x2x6x2xf32>
    return %1 : tensor<1x2x6x2xf32>
  }
  func.func private @floor_divide(%arg0: tensor<5xi32>, %arg1: tensor<i32>) -> tensor<5xi32> {
    %0 = stablehlo.convert %arg1 : tensor<i32>
    %1 = stablehlo.broadcast_in_dim %0, dims = [] : (tensor<i32>) -> tensor<5xi32>
    %2 = stablehlo.divide %arg0, %1 : tensor<5xi32>
    %3 = stablehlo.sign %arg0 : tensor<5xi32>
    %4 = stablehlo.sign %0 : tensor<i32>
    %5 = stablehlo.broadcast_in_dim %4, dims = [] : (tensor<i32>) -> tensor<5xi32>
    %6 = stablehlo.compare NE, %3, %5, SIGNED : (tensor<5xi32>, tensor<5xi32>) -> tensor<5xi1>
    %7 = stablehlo.broadcast_in_dim %0, dims = [] : (tensor<i32>) -> tensor<5xi32>
    %8 = stablehlo.remainder %arg0, %7 : tensor<5xi32>
    %c = stablehlo.constant dense<0> : tensor<i32>
    %9 = stablehlo.broadcast_in_dim %c, dims = [] : (tensor<i32>) -> tensor<5xi32>
    %10 = stablehlo.compare NE, %8, %9, SIGNED : (tensor<5xi32>, tensor<5xi32>) -> tensor<5xi1>
    %11 = stablehlo.and %6, %10 : tensor<5xi1>
    %c_0 = stablehlo.constant dense<1> : tensor<i32>
    %12 = stablehlo.broadcast_in_dim %c_0, dims = [] : (tensor<i32>) -> tensor<5xi32>
    %13 = stablehlo.subtract %2, %12 : tensor<5xi32>
    %14 = call @_where(%11, %13, %2) : (tensor<5xi1>, tensor<5xi32>, tensor<5xi32>) -> tensor<5xi32>
    return %14 : tensor<5xi32>
  }
  func.func private @_where(%arg0: tensor<5xi1>, %arg1: tensor<5xi32>, %arg2: tensor<5xi32>) -> tensor<5xi32> {
    %0 = stablehlo.select %arg0, %arg1, %arg2 : tensor<5xi1>, tensor<5xi32>
    return %0 : tensor<5xi32>
  }
  func.func private @_where_0(%arg0: tensor<5x3xi1>, %arg1: tensor<f32>, %arg2: tensor<1x2x5x3xf32>) -> tensor<1x2x5x3xf32> {
    %0 = stablehlo.convert %arg1 : tensor<f32>
    %1 = stablehlo.broadcast_in_dim %arg0, dims = [2, 3] : (tensor<5x3xi1>) -> tensor<1x2x5x3xi1>
    %2 = stablehlo.broadcast_in_dim %0, dims = [] : (tensor<f32>) -> tensor<1x2x5x3xf32>
    %3 = stablehlo.select %1, %2, %arg2 : tensor<1x2x5x3xi1>, tensor<1x2x5x3xf32>
    return %3 : tensor<1x2x5x3xf32>
  }
  func.func private @_where_1(%arg0: tensor<1x2x5x5xi1>, %arg1: tensor<1x2x5x5xf32>, %arg2: tensor<f32>) -> tensor<1x2x5x5xf32> {
    %0 = stablehlo.convert %arg2 : tensor<f32>
    %1 = stablehlo.broadcast_in_dim %0, dims = [] : (tensor<f32>) -> tensor<1x2x5x5xf32>
    %2 = stablehlo.select %arg0, %arg1, %1 : tensor<1x2x5x5xi1>, tensor<1x2x5x5xf32>
    return %2 : tensor<1x2x5x5xf32>
  }
}
