// RUN: hadal-translate --import-stablehlo %s | hadal-opt --canonicalize --cse --hadal-raise 2>/dev/null | FileCheck %s --check-prefix=CHECK
// RUN: sed '/future/s/0xFF800000/0.0/' %s | hadal-translate --import-stablehlo | hadal-opt --canonicalize --cse --hadal-raise 2>/dev/null | FileCheck %s --check-prefix=FUTURE
// RUN: sed '/own/s/0x7F800000/0.0/' %s | hadal-translate --import-stablehlo | hadal-opt --canonicalize --cse --hadal-raise 2>/dev/null | FileCheck %s --check-prefix=OWN
// RUN: sed '/sum/s/stablehlo.add/stablehlo.maximum/; /init/s/0.000000e+00/0xFF800000/' %s | hadal-translate --import-stablehlo | hadal-opt --canonicalize --cse --hadal-raise 2>/dev/null | FileCheck %s --check-prefix=MAX
// RUN: sed '/causal/s/LE/GE/' %s | hadal-translate --import-stablehlo | hadal-opt --canonicalize --cse --hadal-raise 2>/dev/null | FileCheck %s --check-prefix=AHEAD

// One batch entry, head and channel; blocks of 2 with a short last one.

// CHECK: hadal.moba %{{.*}} block 2 top 2 scale 5.000000e-01 causal :

// Blocks behind the query compete:
// FUTURE: reason = "the scores of blocks behind the query are not provably
// FUTURE-NOT: hadal.moba %

// The own block is chosen by its score:
// OWN: reason = "the scores of the blocks that are always chosen are not provably above all others
// OWN-NOT: hadal.moba %

// The largest of the keys, not their mean:
// MAX: reason = "the score of a block is not taken from the sum or mean of all of its keys
// MAX-NOT: hadal.moba %

// Keys behind the query are seen:
// AHEAD: reason = "the keys of chosen blocks are not provably those at or before the query
// AHEAD-NOT: hadal.moba %

module @jit_moba attributes {mhlo.num_partitions = 1 : i32, mhlo.num_replicas = 1 : i32} {
  func.func public @main(%arg0: tensor<1x1x3x1xf32>, %arg1: tensor<1x1x3x1xf32>, %arg2: tensor<1x1x3x1xf32>) -> (tensor<1x1x3x1xf32> {jax.result_info = "result"}) {
    %0 = stablehlo.broadcast_in_dim %arg1, dims = [0, 1, 3, 4] : (tensor<1x1x3x1xf32>) -> tensor<1x1x1x3x1xf32>
    %1 = stablehlo.reshape %0 : (tensor<1x1x1x3x1xf32>) -> tensor<1x1x3x1xf32>
    %2 = stablehlo.broadcast_in_dim %arg2, dims = [0, 1, 3, 4] : (tensor<1x1x3x1xf32>) -> tensor<1x1x1x3x1xf32>
    %3 = stablehlo.reshape %2 : (tensor<1x1x1x3x1xf32>) -> tensor<1x1x3x1xf32>
    %c = stablehlo.constant dense<0> : tensor<i32>
    %4 = call @_pad(%1, %c) : (tensor<1x1x3x1xf32>, tensor<i32>) -> tensor<1x1x4x1xf32>
    %5 = stablehlo.iota dim = 0 : tensor<2xi32>
    %c_0 = stablehlo.constant dense<2> : tensor<i32>
    %6 = stablehlo.broadcast_in_dim %c_0, dims = [] : (tensor<i32>) -> tensor<2xi32>
    %7 = stablehlo.multiply %5, %6 : tensor<2xi32>
    %c_1 = stablehlo.constant dense<3> : tensor<i32>
    %8 = stablehlo.broadcast_in_dim %c_1, dims = [] : (tensor<i32>) -> tensor<2xi32>
    %9 = stablehlo.subtract %8, %7 : tensor<2xi32>
    %c_2 = stablehlo.constant dense<2> : tensor<i32>
    %10 = stablehlo.broadcast_in_dim %c_2, dims = [] : (tensor<i32>) -> tensor<2xi32>
    %11 = stablehlo.minimum %10, %9 : tensor<2xi32>
    %12 = stablehlo.convert %11 : (tensor<2xi32>) -> tensor<2xf32>
    %13 = stablehlo.reshape %4 : (tensor<1x1x4x1xf32>) -> tensor<1x1x2x2x1xf32>
    %cst = stablehlo.constant dense<0.000000e+00> : tensor<f32> // init
    %14 = stablehlo.reduce(%13 init: %cst) applies stablehlo.add across dimensions = [3] : (tensor<1x1x2x2x1xf32>, tensor<f32>) -> tensor<1x1x2x1xf32> // sum
    %15 = stablehlo.broadcast_in_dim %12, dims = [0] : (tensor<2xf32>) -> tensor<2x1xf32>
    %16 = stablehlo.broadcast_in_dim %15, dims = [2, 3] : (tensor<2x1xf32>) -> tensor<1x1x2x1xf32>
    %17 = stablehlo.divide %14, %16 : tensor<1x1x2x1xf32>
    %18 = stablehlo.dot_general %arg0, %17, batching_dims = [0, 1] x [0, 1], contracting_dims = [3] x [3], precision = [DEFAULT, DEFAULT] : (tensor<1x1x3x1xf32>, tensor<1x1x2x1xf32>) -> tensor<1x1x3x2xf32>
    %19 = stablehlo.iota dim = 0 : tensor<3xi32>
    %20 = stablehlo.iota dim = 0 : tensor<2xi32>
    %c_3 = stablehlo.constant dense<2> : tensor<i32>
    %21 = call @floor_divide(%19, %c_3) : (tensor<3xi32>, tensor<i32>) -> tensor<3xi32>
    %22 = stablehlo.broadcast_in_dim %20, dims = [1] : (tensor<2xi32>) -> tensor<1x2xi32>
    %23 = stablehlo.broadcast_in_dim %21, dims = [0] : (tensor<3xi32>) -> tensor<3x1xi32>
    %24 = stablehlo.broadcast_in_dim %22, dims = [0, 1] : (tensor<1x2xi32>) -> tensor<3x2xi32>
    %25 = stablehlo.broadcast_in_dim %23, dims = [0, 1] : (tensor<3x1xi32>) -> tensor<3x2xi32>
    %26 = stablehlo.compare GT, %24, %25, SIGNED : (tensor<3x2xi32>, tensor<3x2xi32>) -> tensor<3x2xi1>
    %cst_4 = stablehlo.constant dense<0xFF800000> : tensor<f32> // future
    %27 = call @_where_0(%26, %cst_4, %18) : (tensor<3x2xi1>, tensor<f32>, tensor<1x1x3x2xf32>) -> tensor<1x1x3x2xf32>
    %28 = stablehlo.broadcast_in_dim %20, dims = [1] : (tensor<2xi32>) -> tensor<1x2xi32>
    %29 = stablehlo.broadcast_in_dim %21, dims = [0] : (tensor<3xi32>) -> tensor<3x1xi32>
    %30 = stablehlo.broadcast_in_dim %28, dims = [0, 1] : (tensor<1x2xi32>) -> tensor<3x2xi32>
    %31 = stablehlo.broadcast_in_dim %29, dims = [0, 1] : (tensor<3x1xi32>) -> tensor<3x2xi32>
    %32 = stablehlo.compare EQ, %30, %31, SIGNED : (tensor<3x2xi32>, tensor<3x2xi32>) -> tensor<3x2xi1>
    %cst_5 = stablehlo.constant dense<0x7F800000> : tensor<f32> // own
    %33 = call @_where_0(%32, %cst_5, %27) : (tensor<3x2xi1>, tensor<f32>, tensor<1x1x3x2xf32>) -> tensor<1x1x3x2xf32>
    %values, %indices = chlo.top_k(%33, k = 2) : tensor<1x1x3x2xf32> -> (tensor<1x1x3x2xf32>, tensor<1x1x3x2xi32>)
    %34 = stablehlo.broadcast_in_dim %indices, dims = [0, 1, 2, 3] : (tensor<1x1x3x2xi32>) -> tensor<1x1x3x2x1xi32>
    %35 = stablehlo.broadcast_in_dim %20, dims = [4] : (tensor<2xi32>) -> tensor<1x1x1x1x2xi32>
    %36 = stablehlo.broadcast_in_dim %34, dims = [0, 1, 2, 3, 4] : (tensor<1x1x3x2x1xi32>) -> tensor<1x1x3x2x2xi32>
    %37 = stablehlo.broadcast_in_dim %35, dims = [0, 1, 2, 3, 4] : (tensor<1x1x1x1x2xi32>) -> tensor<1x1x3x2x2xi32>
    %38 = stablehlo.compare EQ, %36, %37, SIGNED : (tensor<1x1x3x2x2xi32>, tensor<1x1x3x2x2xi32>) -> tensor<1x1x3x2x2xi1>
    %c_6 = stablehlo.constant dense<false> : tensor<i1>
    %39 = stablehlo.reduce(%38 init: %c_6) applies stablehlo.or across dimensions = [3] : (tensor<1x1x3x2x2xi1>, tensor<i1>) -> tensor<1x1x3x2xi1>
    %40 = stablehlo.broadcast_in_dim %20, dims = [1] : (tensor<2xi32>) -> tensor<1x2xi32>
    %41 = stablehlo.broadcast_in_dim %21, dims = [0] : (tensor<3xi32>) -> tensor<3x1xi32>
    %42 = stablehlo.broadcast_in_dim %40, dims = [0, 1] : (tensor<1x2xi32>) -> tensor<3x2xi32>
    %43 = stablehlo.broadcast_in_dim %41, dims = [0, 1] : (tensor<3x1xi32>) -> tensor<3x2xi32>
    %44 = stablehlo.compare LE, %42, %43, SIGNED : (tensor<3x2xi32>, tensor<3x2xi32>) -> tensor<3x2xi1>
    %45 = stablehlo.broadcast_in_dim %44, dims = [2, 3] : (tensor<3x2xi1>) -> tensor<1x1x3x2xi1>
    %46 = stablehlo.and %39, %45 : tensor<1x1x3x2xi1>
    %47 = stablehlo.broadcast_in_dim %46, dims = [0, 1, 2, 3] : (tensor<1x1x3x2xi1>) -> tensor<1x1x3x2x2xi1>
    %48 = stablehlo.reshape %47 : (tensor<1x1x3x2x2xi1>) -> tensor<1x1x3x4xi1>
    %49 = stablehlo.slice %48 [0:1, 0:1, 0:3, 0:3] : (tensor<1x1x3x4xi1>) -> tensor<1x1x3x3xi1>
    %50 = stablehlo.broadcast_in_dim %19, dims = [1] : (tensor<3xi32>) -> tensor<1x3xi32>
    %51 = stablehlo.broadcast_in_dim %19, dims = [0] : (tensor<3xi32>) -> tensor<3x1xi32>
    %52 = stablehlo.broadcast_in_dim %50, dims = [0, 1] : (tensor<1x3xi32>) -> tensor<3x3xi32>
    %53 = stablehlo.broadcast_in_dim %51, dims = [0, 1] : (tensor<3x1xi32>) -> tensor<3x3xi32>
    %54 = stablehlo.compare LE, %52, %53, SIGNED : (tensor<3x3xi32>, tensor<3x3xi32>) -> tensor<3x3xi1> // causal
    %55 = stablehlo.broadcast_in_dim %54, dims = [2, 3] : (tensor<3x3xi1>) -> tensor<1x1x3x3xi1>
    %56 = stablehlo.and %49, %55 : tensor<1x1x3x3xi1>
    %57 = stablehlo.dot_general %arg0, %1, batching_dims = [0, 1] x [0, 1], contracting_dims = [3] x [3], precision = [DEFAULT, DEFAULT] : (tensor<1x1x3x1xf32>, tensor<1x1x3x1xf32>) -> tensor<1x1x3x3xf32>
    %cst_7 = stablehlo.constant dense<5.000000e-01> : tensor<f32>
    %58 = stablehlo.broadcast_in_dim %cst_7, dims = [] : (tensor<f32>) -> tensor<1x1x3x3xf32>
    %59 = stablehlo.multiply %57, %58 : tensor<1x1x3x3xf32>
    %cst_8 = stablehlo.constant dense<0xFF800000> : tensor<f32>
    %60 = call @_where_1(%56, %59, %cst_8) : (tensor<1x1x3x3xi1>, tensor<1x1x3x3xf32>, tensor<f32>) -> tensor<1x1x3x3xf32>
    %cst_9 = stablehlo.constant dense<0xFF800000> : tensor<f32>
    %61 = stablehlo.reduce(%60 init: %cst_9) applies stablehlo.maximum across dimensions = [3] : (tensor<1x1x3x3xf32>, tensor<f32>) -> tensor<1x1x3xf32>
    %cst_10 = stablehlo.constant dense<0xFF800000> : tensor<f32>
    %62 = stablehlo.broadcast_in_dim %cst_10, dims = [] : (tensor<f32>) -> tensor<1x1x3xf32>
    %63 = stablehlo.maximum %62, %61 : tensor<1x1x3xf32>
    %64 = stablehlo.broadcast_in_dim %63, dims = [0, 1, 2] : (tensor<1x1x3xf32>) -> tensor<1x1x3x1xf32>
    %65 = stablehlo.broadcast_in_dim %64, dims = [0, 1, 2, 3] : (tensor<1x1x3x1xf32>) -> tensor<1x1x3x3xf32>
    %66 = stablehlo.subtract %60, %65 : tensor<1x1x3x3xf32>
    %67 = stablehlo.exponential %66 : tensor<1x1x3x3xf32>
    %cst_11 = stablehlo.constant dense<0.000000e+00> : tensor<f32>
    %68 = stablehlo.reduce(%67 init: %cst_11) applies stablehlo.add across dimensions = [3] : (tensor<1x1x3x3xf32>, tensor<f32>) -> tensor<1x1x3xf32>
    %69 = stablehlo.broadcast_in_dim %68, dims = [0, 1, 2] : (tensor<1x1x3xf32>) -> tensor<1x1x3x1xf32>
    %70 = stablehlo.broadcast_in_dim %69, dims = [0, 1, 2, 3] : (tensor<1x1x3x1xf32>) -> tensor<1x1x3x3xf32>
    %71 = stablehlo.divide %67, %70 : tensor<1x1x3x3xf32>
    %72 = stablehlo.dot_general %71, %3, batching_dims = [0, 1] x [0, 1], contracting_dims = [3] x [2], precision = [DEFAULT, DEFAULT] : (tensor<1x1x3x3xf32>, tensor<1x1x3x1xf32>) -> tensor<1x1x3x1xf32>
    return %72 : tensor<1x1x3x1xf32>
  }
  func.func private @_pad(%arg0: tensor<1x1x3x1xf32>, %arg1: tensor<i32>) -> tensor<1x1x4x1xf32> {
    %0 = stablehlo.convert %arg1 : (tensor<i32>) -> tensor<f32>
    %1 = stablehlo.pad %arg0, %0, low = [0, 0, 0, 0], high = [0, 0, 1, 0], interior = [0, 0, 0, 0] : (tensor<1x1x3x1xf32>, tensor<f32>) -> tensor<1x1x4x1xf32>
    return %1 : tensor<1x1x4x1xf32>
  }
  func.func private @floor_divide(%arg0: tensor<3xi32>, %arg1: tensor<i32>) -> tensor<3xi32> {
    %0 = stablehlo.convert %arg1 : tensor<i32>
    %1 = stablehlo.broadcast_in_dim %0, dims = [] : (tensor<i32>) -> tensor<3xi32>
    %2 = stablehlo.divide %arg0, %1 : tensor<3xi32>
    %3 = stablehlo.sign %arg0 : tensor<3xi32>
    %4 = stablehlo.sign %0 : tensor<i32>
    %5 = stablehlo.broadcast_in_dim %4, dims = [] : (tensor<i32>) -> tensor<3xi32>
    %6 = stablehlo.compare NE, %3, %5, SIGNED : (tensor<3xi32>, tensor<3xi32>) -> tensor<3xi1>
    %7 = stablehlo.broadcast_in_dim %0, dims = [] : (tensor<i32>) -> tensor<3xi32>
    %8 = stablehlo.remainder %arg0, %7 : tensor<3xi32>
    %c = stablehlo.constant dense<0> : tensor<i32>
    %9 = stablehlo.broadcast_in_dim %c, dims = [] : (tensor<i32>) -> tensor<3xi32>
    %10 = stablehlo.compare NE, %8, %9, SIGNED : (tensor<3xi32>, tensor<3xi32>) -> tensor<3xi1>
    %11 = stablehlo.and %6, %10 : tensor<3xi1>
    %c_0 = stablehlo.constant dense<1> : tensor<i32>
    %12 = stablehlo.broadcast_in_dim %c_0, dims = [] : (tensor<i32>) -> tensor<3xi32>
    %13 = stablehlo.subtract %2, %12 : tensor<3xi32>
    %14 = call @_where(%11, %13, %2) : (tensor<3xi1>, tensor<3xi32>, tensor<3xi32>) -> tensor<3xi32>
    return %14 : tensor<3xi32>
  }
  func.func private @_where(%arg0: tensor<3xi1>, %arg1: tensor<3xi32>, %arg2: tensor<3xi32>) -> tensor<3xi32> {
    %0 = stablehlo.select %arg0, %arg1, %arg2 : tensor<3xi1>, tensor<3xi32>
    return %0 : tensor<3xi32>
  }
  func.func private @_where_0(%arg0: tensor<3x2xi1>, %arg1: tensor<f32>, %arg2: tensor<1x1x3x2xf32>) -> tensor<1x1x3x2xf32> {
    %0 = stablehlo.convert %arg1 : tensor<f32>
    %1 = stablehlo.broadcast_in_dim %arg0, dims = [2, 3] : (tensor<3x2xi1>) -> tensor<1x1x3x2xi1>
    %2 = stablehlo.broadcast_in_dim %0, dims = [] : (tensor<f32>) -> tensor<1x1x3x2xf32>
    %3 = stablehlo.select %1, %2, %arg2 : tensor<1x1x3x2xi1>, tensor<1x1x3x2xf32>
    return %3 : tensor<1x1x3x2xf32>
  }
  func.func private @_where_1(%arg0: tensor<1x1x3x3xi1>, %arg1: tensor<1x1x3x3xf32>, %arg2: tensor<f32>) -> tensor<1x1x3x3xf32> {
    %0 = stablehlo.convert %arg2 : tensor<f32>
    %1 = stablehlo.broadcast_in_dim %0, dims = [] : (tensor<f32>) -> tensor<1x1x3x3xf32>
    %2 = stablehlo.select %arg0, %arg1, %1 : tensor<1x1x3x3xi1>, tensor<1x1x3x3xf32>
    return %2 : tensor<1x1x3x3xf32>
  }
}
