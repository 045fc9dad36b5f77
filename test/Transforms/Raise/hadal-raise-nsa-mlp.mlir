// RUN: hadal-translate --import-stablehlo %s | hadal-opt --canonicalize --cse --hadal-raise 2>/dev/null | FileCheck %s --check-prefix=CHECK

// Blocks compressed by two layers, with embeddings of the place.

// CHECK: hadal.nsa %arg0, %arg1, %arg2, %arg3, %arg4, %arg5, %arg6 gates %{{.*}} k_w1 %{{.*}} k_w2 %{{.*}} k_pe %{{.*}} v_w1 %{{.*}} v_w2 %{{.*}} v_pe %{{.*}} compress mlp length 2 stride 1 activation relu select block 2 count 2 first 1 local 1 window 3 scale 5.000000e-01 causal sigmoid :

module @jit__lambda attributes {mhlo.num_partitions = 1 : i32, mhlo.num_replicas = 1 : i32} {
  func.func public @main(%arg0: tensor<1x2x5x2xf32>, %arg1: tensor<1x1x5x2xf32>, %arg2: tensor<1x1x5x2xf32>, %arg3: tensor<1x1x5x2xf32>, %arg4: tensor<1x1x5x2xf32>, %arg5: tensor<1x1x5x2xf32>, %arg6: tensor<1x1x5x2xf32>, %arg7: tensor<1x5x6xf32>, %arg8: tensor<4x3xf32>, %arg9: tensor<3x2xf32>, %arg10: tensor<2x2xf32>) -> (tensor<1x2x5x2xf32> {jax.result_info = "result"}) {
    %cst = stablehlo.constant dense<[[2.000000e+00, 1.000000e+00, 0.000000e+00, 0.000000e+00], [0.000000e+00, 1.000000e+00, 2.000000e+00, 1.000000e+00], [0.000000e+00, 0.000000e+00, 0.000000e+00, 1.000000e+00]]> : tensor<3x4xf32>
    %0 = stablehlo.reshape %arg0 : (tensor<1x2x5x2xf32>) -> tensor<1x1x2x5x2xf32>
    %1 = stablehlo.iota dim = 0 : tensor<4xi32>
    %2 = stablehlo.broadcast_in_dim %1, dims = [0] : (tensor<4xi32>) -> tensor<4x1xi32>
    %c = stablehlo.constant dense<1> : tensor<i32>
    %3 = stablehlo.broadcast_in_dim %c, dims = [] : (tensor<i32>) -> tensor<4x1xi32>
    %4 = stablehlo.multiply %2, %3 : tensor<4x1xi32>
    %5 = stablehlo.iota dim = 0 : tensor<2xi32>
    %6 = stablehlo.broadcast_in_dim %5, dims = [1] : (tensor<2xi32>) -> tensor<1x2xi32>
    %7 = stablehlo.broadcast_in_dim %4, dims = [0, 1] : (tensor<4x1xi32>) -> tensor<4x2xi32>
    %8 = stablehlo.broadcast_in_dim %6, dims = [0, 1] : (tensor<1x2xi32>) -> tensor<4x2xi32>
    %9 = stablehlo.add %7, %8 : tensor<4x2xi32>
    %c_0 = stablehlo.constant dense<0> : tensor<i32>
    %10 = stablehlo.broadcast_in_dim %c_0, dims = [] : (tensor<i32>) -> tensor<4x2xi32>
    %11 = stablehlo.compare LT, %9, %10, SIGNED : (tensor<4x2xi32>, tensor<4x2xi32>) -> tensor<4x2xi1>
    %c_1 = stablehlo.constant dense<5> : tensor<i32>
    %12 = stablehlo.broadcast_in_dim %c_1, dims = [] : (tensor<i32>) -> tensor<4x2xi32>
    %13 = stablehlo.add %9, %12 : tensor<4x2xi32>
    %14 = stablehlo.select %11, %13, %9 : tensor<4x2xi1>, tensor<4x2xi32>
    %15 = stablehlo.broadcast_in_dim %14, dims = [0, 1] : (tensor<4x2xi32>) -> tensor<4x2x1xi32>
    %16 = "stablehlo.gather"(%arg1, %15) <{dimension_numbers = #stablehlo.gather<offset_dims = [0, 1, 4], collapsed_slice_dims = [2], start_index_map = [2], index_vector_dim = 2>, indices_are_sorted = false, slice_sizes = array<i64: 1, 1, 1, 2>}> : (tensor<1x1x5x2xf32>, tensor<4x2x1xi32>) -> tensor<1x1x4x2x2xf32>
    %17 = stablehlo.broadcast_in_dim %arg10, dims = [3, 4] : (tensor<2x2xf32>) -> tensor<1x1x1x2x2xf32>
    %18 = stablehlo.broadcast_in_dim %17, dims = [0, 1, 2, 3, 4] : (tensor<1x1x1x2x2xf32>) -> tensor<1x1x4x2x2xf32>
    %19 = stablehlo.add %16, %18 : tensor<1x1x4x2x2xf32>
    %20 = stablehlo.reshape %19 : (tensor<1x1x4x2x2xf32>) -> tensor<1x1x4x4xf32>
    %21 = stablehlo.dot_general %20, %arg8, contracting_dims = [3] x [0], precision = [DEFAULT, DEFAULT] : (tensor<1x1x4x4xf32>, tensor<4x3xf32>) -> tensor<1x1x4x3xf32>
    %22 = call @relu(%21) : (tensor<1x1x4x3xf32>) -> tensor<1x1x4x3xf32>
    %23 = stablehlo.dot_general %22, %arg9, contracting_dims = [3] x [0], precision = [DEFAULT, DEFAULT] : (tensor<1x1x4x3xf32>, tensor<3x2xf32>) -> tensor<1x1x4x2xf32>
    %c_2 = stablehlo.constant dense<0> : tensor<i32>
    %24 = stablehlo.broadcast_in_dim %c_2, dims = [] : (tensor<i32>) -> tensor<4x2xi32>
    %25 = stablehlo.compare LT, %9, %24, SIGNED : (tensor<4x2xi32>, tensor<4x2xi32>) -> tensor<4x2xi1>
    %c_3 = stablehlo.constant dense<5> : tensor<i32>
    %26 = stablehlo.broadcast_in_dim %c_3, dims = [] : (tensor<i32>) -> tensor<4x2xi32>
    %27 = stablehlo.add %9, %26 : tensor<4x2xi32>
    %28 = stablehlo.select %25, %27, %9 : tensor<4x2xi1>, tensor<4x2xi32>
    %29 = stablehlo.broadcast_in_dim %28, dims = [0, 1] : (tensor<4x2xi32>) -> tensor<4x2x1xi32>
    %30 = "stablehlo.gather"(%arg2, %29) <{dimension_numbers = #stablehlo.gather<offset_dims = [0, 1, 4], collapsed_slice_dims = [2], start_index_map = [2], index_vector_dim = 2>, indices_are_sorted = false, slice_sizes = array<i64: 1, 1, 1, 2>}> : (tensor<1x1x5x2xf32>, tensor<4x2x1xi32>) -> tensor<1x1x4x2x2xf32>
    %31 = stablehlo.broadcast_in_dim %arg10, dims = [3, 4] : (tensor<2x2xf32>) -> tensor<1x1x1x2x2xf32>
    %32 = stablehlo.broadcast_in_dim %31, dims = [0, 1, 2, 3, 4] : (tensor<1x1x1x2x2xf32>) -> tensor<1x1x4x2x2xf32>
    %33 = stablehlo.add %30, %32 : tensor<1x1x4x2x2xf32>
    %34 = stablehlo.reshape %33 : (tensor<1x1x4x2x2xf32>) -> tensor<1x1x4x4xf32>
    %35 = stablehlo.dot_general %34, %arg8, contracting_dims = [3] x [0], precision = [DEFAULT, DEFAULT] : (tensor<1x1x4x4xf32>, tensor<4x3xf32>) -> tensor<1x1x4x3xf32>
    %36 = call @relu(%35) : (tensor<1x1x4x3xf32>) -> tensor<1x1x4x3xf32>
    %37 = stablehlo.dot_general %36, %arg9, contracting_dims = [3] x [0], precision = [DEFAULT, DEFAULT] : (tensor<1x1x4x3xf32>, tensor<3x2xf32>) -> tensor<1x1x4x2xf32>
    %38 = stablehlo.iota dim = 0 : tensor<5xi32>
    %39 = stablehlo.iota dim = 0 : tensor<4xi32>
    %40 = stablehlo.broadcast_in_dim %39, dims = [1] : (tensor<4xi32>) -> tensor<1x4xi32>
    %c_4 = stablehlo.constant dense<1> : tensor<i32>
    %41 = stablehlo.broadcast_in_dim %c_4, dims = [] : (tensor<i32>) -> tensor<1x4xi32>
    %42 = stablehlo.multiply %40, %41 : tensor<1x4xi32>
    %c_5 = stablehlo.constant dense<1> : tensor<i32>
    %43 = stablehlo.broadcast_in_dim %c_5, dims = [] : (tensor<i32>) -> tensor<1x4xi32>
    %44 = stablehlo.add %42, %43 : tensor<1x4xi32>
    %45 = stablehlo.broadcast_in_dim %38, dims = [0] : (tensor<5xi32>) -> tensor<5x1xi32>
    %46 = stablehlo.broadcast_in_dim %44, dims = [0, 1] : (tensor<1x4xi32>) -> tensor<5x4xi32>
    %47 = stablehlo.broadcast_in_dim %45, dims = [0, 1] : (tensor<5x1xi32>) -> tensor<5x4xi32>
    %48 = stablehlo.compare LE, %46, %47, SIGNED : (tensor<5x4xi32>, tensor<5x4xi32>) -> tensor<5x4xi1>
    %49 = stablehlo.dot_general %0, %23, batching_dims = [0, 1] x [0, 1], contracting_dims = [4] x [3], precision = [DEFAULT, DEFAULT] : (tensor<1x1x2x5x2xf32>, tensor<1x1x4x2xf32>) -> tensor<1x1x2x5x4xf32>
    %cst_6 = stablehlo.constant dense<5.000000e-01> : tensor<f32>
    %50 = stablehlo.broadcast_in_dim %cst_6, dims = [] : (tensor<f32>) -> tensor<1x1x2x5x4xf32>
    %51 = stablehlo.multiply %49, %50 : tensor<1x1x2x5x4xf32>
    %cst_7 = stablehlo.constant dense<0xFF800000> : tensor<f32>
    %52 = call @_where(%48, %51, %cst_7) : (tensor<5x4xi1>, tensor<1x1x2x5x4xf32>, tensor<f32>) -> tensor<1x1x2x5x4xf32>
    %cst_8 = stablehlo.constant dense<0xFF800000> : tensor<f32>
    %53 = stablehlo.reduce(%52 init: %cst_8) applies stablehlo.maximum across dimensions = [4] : (tensor<1x1x2x5x4xf32>, tensor<f32>) -> tensor<1x1x2x5xf32>
    %54 = stablehlo.broadcast_in_dim %53, dims = [0, 1, 2, 3] : (tensor<1x1x2x5xf32>) -> tensor<1x1x2x5x1xf32>
    %cst_9 = stablehlo.constant dense<-1.000000e+30> : tensor<f32>
    %55 = stablehlo.broadcast_in_dim %cst_9, dims = [] : (tensor<f32>) -> tensor<1x1x2x5x1xf32>
    %56 = stablehlo.maximum %54, %55 : tensor<1x1x2x5x1xf32>
    %57 = stablehlo.broadcast_in_dim %56, dims = [0, 1, 2, 3, 4] : (tensor<1x1x2x5x1xf32>) -> tensor<1x1x2x5x4xf32>
    %58 = stablehlo.subtract %52, %57 : tensor<1x1x2x5x4xf32>
    %59 = stablehlo.exponential %58 : tensor<1x1x2x5x4xf32>
    %cst_10 = stablehlo.constant dense<0.000000e+00> : tensor<f32>
    %60 = stablehlo.reduce(%59 init: %cst_10) applies stablehlo.add across dimensions = [4] : (tensor<1x1x2x5x4xf32>, tensor<f32>) -> tensor<1x1x2x5xf32>
    %61 = stablehlo.broadcast_in_dim %60, dims = [0, 1, 2, 3] : (tensor<1x1x2x5xf32>) -> tensor<1x1x2x5x1xf32>
    %cst_11 = stablehlo.constant dense<1.000000e-30> : tensor<f32>
    %62 = stablehlo.broadcast_in_dim %cst_11, dims = [] : (tensor<f32>) -> tensor<1x1x2x5x1xf32>
    %63 = stablehlo.maximum %61, %62 : tensor<1x1x2x5x1xf32>
    %64 = stablehlo.broadcast_in_dim %63, dims = [0, 1, 2, 3, 4] : (tensor<1x1x2x5x1xf32>) -> tensor<1x1x2x5x4xf32>
    %65 = stablehlo.divide %59, %64 : tensor<1x1x2x5x4xf32>
    %66 = stablehlo.dot_general %65, %37, batching_dims = [0, 1] x [0, 1], contracting_dims = [4] x [2], precision = [DEFAULT, DEFAULT] : (tensor<1x1x2x5x4xf32>, tensor<1x1x4x2xf32>) -> tensor<1x1x2x5x2xf32>
    %67 = stablehlo.dot_general %65, %cst, contracting_dims = [4] x [1], precision = [DEFAULT, DEFAULT] : (tensor<1x1x2x5x4xf32>, tensor<3x4xf32>) -> tensor<1x1x2x5x3xf32>
    %cst_12 = stablehlo.constant dense<0.000000e+00> : tensor<f32>
    %68 = stablehlo.reduce(%67 init: %cst_12) applies stablehlo.add across dimensions = [2] : (tensor<1x1x2x5x3xf32>, tensor<f32>) -> tensor<1x1x5x3xf32>
    %c_13 = stablehlo.constant dense<2> : tensor<i32>
    %69 = call @floor_divide(%38, %c_13) : (tensor<5xi32>, tensor<i32>) -> tensor<5xi32>
    %70 = stablehlo.iota dim = 0 : tensor<3xi32>
    %71 = stablehlo.broadcast_in_dim %70, dims = [1] : (tensor<3xi32>) -> tensor<1x3xi32>
    %c_14 = stablehlo.constant dense<1> : tensor<i32>
    %72 = stablehlo.broadcast_in_dim %c_14, dims = [] : (tensor<i32>) -> tensor<1x3xi32>
    %73 = stablehlo.compare LT, %71, %72, SIGNED : (tensor<1x3xi32>, tensor<1x3xi32>) -> tensor<1x3xi1>
    %74 = stablehlo.broadcast_in_dim %70, dims = [1] : (tensor<3xi32>) -> tensor<1x3xi32>
    %75 = stablehlo.broadcast_in_dim %69, dims = [0] : (tensor<5xi32>) -> tensor<5x1xi32>
    %76 = stablehlo.broadcast_in_dim %74, dims = [0, 1] : (tensor<1x3xi32>) -> tensor<5x3xi32>
    %77 = stablehlo.broadcast_in_dim %75, dims = [0, 1] : (tensor<5x1xi32>) -> tensor<5x3xi32>
    %78 = stablehlo.compare LE, %76, %77, SIGNED : (tensor<5x3xi32>, tensor<5x3xi32>) -> tensor<5x3xi1>
    %79 = stablehlo.broadcast_in_dim %70, dims = [1] : (tensor<3xi32>) -> tensor<1x3xi32>
    %80 = stablehlo.broadcast_in_dim %69, dims = [0] : (tensor<5xi32>) -> tensor<5x1xi32>
    %c_15 = stablehlo.constant dense<1> : tensor<i32>
    %81 = stablehlo.broadcast_in_dim %c_15, dims = [] : (tensor<i32>) -> tensor<5x1xi32>
    %82 = stablehlo.subtract %80, %81 : tensor<5x1xi32>
    %83 = stablehlo.broadcast_in_dim %79, dims = [0, 1] : (tensor<1x3xi32>) -> tensor<5x3xi32>
    %84 = stablehlo.broadcast_in_dim %82, dims = [0, 1] : (tensor<5x1xi32>) -> tensor<5x3xi32>
    %85 = stablehlo.compare GT, %83, %84, SIGNED : (tensor<5x3xi32>, tensor<5x3xi32>) -> tensor<5x3xi1>
    %86 = stablehlo.and %78, %85 : tensor<5x3xi1>
    %87 = stablehlo.broadcast_in_dim %73, dims = [0, 1] : (tensor<1x3xi1>) -> tensor<5x3xi1>
    %88 = stablehlo.or %87, %86 : tensor<5x3xi1>
    %89 = stablehlo.convert %70 : (tensor<3xi32>) -> tensor<3xf32>
    %cst_16 = stablehlo.constant dense<1.000000e+04> : tensor<f32>
    %90 = stablehlo.broadcast_in_dim %cst_16, dims = [] : (tensor<f32>) -> tensor<3xf32>
    %91 = stablehlo.subtract %90, %89 : tensor<3xf32>
    %92 = call @_where_1(%88, %91, %68) : (tensor<5x3xi1>, tensor<3xf32>, tensor<1x1x5x3xf32>) -> tensor<1x1x5x3xf32>
    %93 = stablehlo.broadcast_in_dim %70, dims = [1] : (tensor<3xi32>) -> tensor<1x3xi32>
    %94 = stablehlo.broadcast_in_dim %69, dims = [0] : (tensor<5xi32>) -> tensor<5x1xi32>
    %95 = stablehlo.broadcast_in_dim %93, dims = [0, 1] : (tensor<1x3xi32>) -> tensor<5x3xi32>
    %96 = stablehlo.broadcast_in_dim %94, dims = [0, 1] : (tensor<5x1xi32>) -> tensor<5x3xi32>
    %97 = stablehlo.compare GT, %95, %96, SIGNED : (tensor<5x3xi32>, tensor<5x3xi32>) -> tensor<5x3xi1>
    %cst_17 = stablehlo.constant dense<0xFF800000> : tensor<f32>
    %98 = call @_where_2(%97, %cst_17, %92) : (tensor<5x3xi1>, tensor<f32>, tensor<1x1x5x3xf32>) -> tensor<1x1x5x3xf32>
    %values, %indices = chlo.top_k(%98, k = 2) : tensor<1x1x5x3xf32> -> (tensor<1x1x5x2xf32>, tensor<1x1x5x2xi32>)
    %99 = stablehlo.broadcast_in_dim %indices, dims = [0, 1, 2, 3] : (tensor<1x1x5x2xi32>) -> tensor<1x1x5x2x1xi32>
    %100 = stablehlo.broadcast_in_dim %70, dims = [4] : (tensor<3xi32>) -> tensor<1x1x1x1x3xi32>
    %101 = stablehlo.broadcast_in_dim %99, dims = [0, 1, 2, 3, 4] : (tensor<1x1x5x2x1xi32>) -> tensor<1x1x5x2x3xi32>
    %102 = stablehlo.broadcast_in_dim %100, dims = [0, 1, 2, 3, 4] : (tensor<1x1x1x1x3xi32>) -> tensor<1x1x5x2x3xi32>
    %103 = stablehlo.compare EQ, %101, %102, SIGNED : (tensor<1x1x5x2x3xi32>, tensor<1x1x5x2x3xi32>) -> tensor<1x1x5x2x3xi1>
    %c_18 = stablehlo.constant dense<false> : tensor<i1>
    %104 = stablehlo.reduce(%103 init: %c_18) applies stablehlo.or across dimensions = [3] : (tensor<1x1x5x2x3xi1>, tensor<i1>) -> tensor<1x1x5x3xi1>
    %105 = stablehlo.broadcast_in_dim %104, dims = [0, 1, 2, 3] : (tensor<1x1x5x3xi1>) -> tensor<1x1x5x3x2xi1>
    %106 = stablehlo.reshape %105 : (tensor<1x1x5x3x2xi1>) -> tensor<1x1x5x6xi1>
    %107 = stablehlo.slice %106 [0:1, 0:1, 0:5, 0:5] : (tensor<1x1x5x6xi1>) -> tensor<1x1x5x5xi1>
    %108 = stablehlo.broadcast_in_dim %38, dims = [1] : (tensor<5xi32>) -> tensor<1x5xi32>
    %109 = stablehlo.broadcast_in_dim %38, dims = [0] : (tensor<5xi32>) -> tensor<5x1xi32>
    %110 = stablehlo.broadcast_in_dim %108, dims = [0, 1] : (tensor<1x5xi32>) -> tensor<5x5xi32>
    %111 = stablehlo.broadcast_in_dim %109, dims = [0, 1] : (tensor<5x1xi32>) -> tensor<5x5xi32>
    %112 = stablehlo.compare LE, %110, %111, SIGNED : (tensor<5x5xi32>, tensor<5x5xi32>) -> tensor<5x5xi1>
    %113 = stablehlo.broadcast_in_dim %112, dims = [2, 3] : (tensor<5x5xi1>) -> tensor<1x1x5x5xi1>
    %114 = stablehlo.and %107, %113 : tensor<1x1x5x5xi1>
    %115 = stablehlo.dot_general %0, %arg3, batching_dims = [0, 1] x [0, 1], contracting_dims = [4] x [3], precision = [DEFAULT, DEFAULT] : (tensor<1x1x2x5x2xf32>, tensor<1x1x5x2xf32>) -> tensor<1x1x2x5x5xf32>
    %cst_19 = stablehlo.constant dense<5.000000e-01> : tensor<f32>
    %116 = stablehlo.broadcast_in_dim %cst_19, dims = [] : (tensor<f32>) -> tensor<1x1x2x5x5xf32>
    %117 = stablehlo.multiply %115, %116 : tensor<1x1x2x5x5xf32>
    %118 = stablehlo.broadcast_in_dim %114, dims = [0, 1, 3, 4] : (tensor<1x1x5x5xi1>) -> tensor<1x1x1x5x5xi1>
    %cst_20 = stablehlo.constant dense<0xFF800000> : tensor<f32>
    %119 = call @_where_3(%118, %117, %cst_20) : (tensor<1x1x1x5x5xi1>, tensor<1x1x2x5x5xf32>, tensor<f32>) -> tensor<1x1x2x5x5xf32>
    %cst_21 = stablehlo.constant dense<0xFF800000> : tensor<f32>
    %120 = stablehlo.reduce(%119 init: %cst_21) applies stablehlo.maximum across dimensions = [4] : (tensor<1x1x2x5x5xf32>, tensor<f32>) -> tensor<1x1x2x5xf32>
    %121 = stablehlo.broadcast_in_dim %120, dims = [0, 1, 2, 3] : (tensor<1x1x2x5xf32>) -> tensor<1x1x2x5x1xf32>
    %cst_22 = stablehlo.constant dense<-1.000000e+30> : tensor<f32>
    %122 = stablehlo.broadcast_in_dim %cst_22, dims = [] : (tensor<f32>) -> tensor<1x1x2x5x1xf32>
    %123 = stablehlo.maximum %121, %122 : tensor<1x1x2x5x1xf32>
    %124 = stablehlo.broadcast_in_dim %123, dims = [0, 1, 2, 3, 4] : (tensor<1x1x2x5x1xf32>) -> tensor<1x1x2x5x5xf32>
    %125 = stablehlo.subtract %119, %124 : tensor<1x1x2x5x5xf32>
    %126 = stablehlo.exponential %125 : tensor<1x1x2x5x5xf32>
    %cst_23 = stablehlo.constant dense<0.000000e+00> : tensor<f32>
    %127 = stablehlo.reduce(%126 init: %cst_23) applies stablehlo.add across dimensions = [4] : (tensor<1x1x2x5x5xf32>, tensor<f32>) -> tensor<1x1x2x5xf32>
    %128 = stablehlo.broadcast_in_dim %127, dims = [0, 1, 2, 3] : (tensor<1x1x2x5xf32>) -> tensor<1x1x2x5x1xf32>
    %cst_24 = stablehlo.constant dense<1.000000e-30> : tensor<f32>
    %129 = stablehlo.broadcast_in_dim %cst_24, dims = [] : (tensor<f32>) -> tensor<1x1x2x5x1xf32>
    %130 = stablehlo.maximum %128, %129 : tensor<1x1x2x5x1xf32>
    %131 = stablehlo.broadcast_in_dim %130, dims = [0, 1, 2, 3, 4] : (tensor<1x1x2x5x1xf32>) -> tensor<1x1x2x5x5xf32>
    %132 = stablehlo.divide %126, %131 : tensor<1x1x2x5x5xf32>
    %133 = stablehlo.dot_general %132, %arg4, batching_dims = [0, 1] x [0, 1], contracting_dims = [4] x [2], precision = [DEFAULT, DEFAULT] : (tensor<1x1x2x5x5xf32>, tensor<1x1x5x2xf32>) -> tensor<1x1x2x5x2xf32>
    %134 = stablehlo.broadcast_in_dim %38, dims = [1] : (tensor<5xi32>) -> tensor<1x5xi32>
    %135 = stablehlo.broadcast_in_dim %38, dims = [0] : (tensor<5xi32>) -> tensor<5x1xi32>
    %c_25 = stablehlo.constant dense<0> : tensor<i32>
    %136 = stablehlo.broadcast_in_dim %c_25, dims = [] : (tensor<i32>) -> tensor<5x1xi32>
    %137 = stablehlo.add %135, %136 : tensor<5x1xi32>
    %138 = stablehlo.broadcast_in_dim %134, dims = [0, 1] : (tensor<1x5xi32>) -> tensor<5x5xi32>
    %139 = stablehlo.broadcast_in_dim %137, dims = [0, 1] : (tensor<5x1xi32>) -> tensor<5x5xi32>
    %140 = stablehlo.compare LE, %138, %139, SIGNED : (tensor<5x5xi32>, tensor<5x5xi32>) -> tensor<5x5xi1>
    %141 = stablehlo.broadcast_in_dim %38, dims = [1] : (tensor<5xi32>) -> tensor<1x5xi32>
    %142 = stablehlo.broadcast_in_dim %38, dims = [0] : (tensor<5xi32>) -> tensor<5x1xi32>
    %c_26 = stablehlo.constant dense<3> : tensor<i32>
    %143 = stablehlo.broadcast_in_dim %c_26, dims = [] : (tensor<i32>) -> tensor<5x1xi32>
    %144 = stablehlo.subtract %142, %143 : tensor<5x1xi32>
    %145 = stablehlo.broadcast_in_dim %141, dims = [0, 1] : (tensor<1x5xi32>) -> tensor<5x5xi32>
    %146 = stablehlo.broadcast_in_dim %144, dims = [0, 1] : (tensor<5x1xi32>) -> tensor<5x5xi32>
    %147 = stablehlo.compare GT, %145, %146, SIGNED : (tensor<5x5xi32>, tensor<5x5xi32>) -> tensor<5x5xi1>
    %148 = stablehlo.and %140, %147 : tensor<5x5xi1>
    %149 = stablehlo.dot_general %0, %arg5, batching_dims = [0, 1] x [0, 1], contracting_dims = [4] x [3], precision = [DEFAULT, DEFAULT] : (tensor<1x1x2x5x2xf32>, tensor<1x1x5x2xf32>) -> tensor<1x1x2x5x5xf32>
    %cst_27 = stablehlo.constant dense<5.000000e-01> : tensor<f32>
    %150 = stablehlo.broadcast_in_dim %cst_27, dims = [] : (tensor<f32>) -> tensor<1x1x2x5x5xf32>
    %151 = stablehlo.multiply %149, %150 : tensor<1x1x2x5x5xf32>
    %cst_28 = stablehlo.constant dense<0xFF800000> : tensor<f32>
    %152 = call @_where_4(%148, %151, %cst_28) : (tensor<5x5xi1>, tensor<1x1x2x5x5xf32>, tensor<f32>) -> tensor<1x1x2x5x5xf32>
    %cst_29 = stablehlo.constant dense<0xFF800000> : tensor<f32>
    %153 = stablehlo.reduce(%152 init: %cst_29) applies stablehlo.maximum across dimensions = [4] : (tensor<1x1x2x5x5xf32>, tensor<f32>) -> tensor<1x1x2x5xf32>
    %154 = stablehlo.broadcast_in_dim %153, dims = [0, 1, 2, 3] : (tensor<1x1x2x5xf32>) -> tensor<1x1x2x5x1xf32>
    %cst_30 = stablehlo.constant dense<-1.000000e+30> : tensor<f32>
    %155 = stablehlo.broadcast_in_dim %cst_30, dims = [] : (tensor<f32>) -> tensor<1x1x2x5x1xf32>
    %156 = stablehlo.maximum %154, %155 : tensor<1x1x2x5x1xf32>
    %157 = stablehlo.broadcast_in_dim %156, dims = [0, 1, 2, 3, 4] : (tensor<1x1x2x5x1xf32>) -> tensor<1x1x2x5x5xf32>
    %158 = stablehlo.subtract %152, %157 : tensor<1x1x2x5x5xf32>
    %159 = stablehlo.exponential %158 : tensor<1x1x2x5x5xf32>
    %cst_31 = stablehlo.constant dense<0.000000e+00> : tensor<f32>
    %160 = stablehlo.reduce(%159 init: %cst_31) applies stablehlo.add across dimensions = [4] : (tensor<1x1x2x5x5xf32>, tensor<f32>) -> tensor<1x1x2x5xf32>
    %161 = stablehlo.broadcast_in_dim %160, dims = [0, 1, 2, 3] : (tensor<1x1x2x5xf32>) -> tensor<1x1x2x5x1xf32>
    %cst_32 = stablehlo.constant dense<1.000000e-30> : tensor<f32>
    %162 = stablehlo.broadcast_in_dim %cst_32, dims = [] : (tensor<f32>) -> tensor<1x1x2x5x1xf32>
    %163 = stablehlo.maximum %161, %162 : tensor<1x1x2x5x1xf32>
    %164 = stablehlo.broadcast_in_dim %163, dims = [0, 1, 2, 3, 4] : (tensor<1x1x2x5x1xf32>) -> tensor<1x1x2x5x5xf32>
    %165 = stablehlo.divide %159, %164 : tensor<1x1x2x5x5xf32>
    %166 = stablehlo.dot_general %165, %arg6, batching_dims = [0, 1] x [0, 1], contracting_dims = [4] x [2], precision = [DEFAULT, DEFAULT] : (tensor<1x1x2x5x5xf32>, tensor<1x1x5x2xf32>) -> tensor<1x1x2x5x2xf32>
    %167 = stablehlo.negate %arg7 : tensor<1x5x6xf32>
    %168 = stablehlo.exponential %167 : tensor<1x5x6xf32>
    %cst_33 = stablehlo.constant dense<1.000000e+00> : tensor<f32>
    %169 = stablehlo.broadcast_in_dim %cst_33, dims = [] : (tensor<f32>) -> tensor<1x5x6xf32>
    %170 = stablehlo.add %169, %168 : tensor<1x5x6xf32>
    %cst_34 = stablehlo.constant dense<1.000000e+00> : tensor<f32>
    %171 = stablehlo.broadcast_in_dim %cst_34, dims = [] : (tensor<f32>) -> tensor<1x5x6xf32>
    %172 = stablehlo.divide %171, %170 : tensor<1x5x6xf32>
    %173 = stablehlo.reshape %172 : (tensor<1x5x6xf32>) -> tensor<1x5x3x1x2xf32>
    %174 = stablehlo.transpose %173, dims = [2, 0, 3, 4, 1] : (tensor<1x5x3x1x2xf32>) -> tensor<3x1x1x2x5xf32>
    %175 = stablehlo.broadcast_in_dim %174, dims = [0, 1, 2, 3, 4] : (tensor<3x1x1x2x5xf32>) -> tensor<3x1x1x2x5x1xf32>
    %176 = stablehlo.slice %175 [0:1, 0:1, 0:1, 0:2, 0:5, 0:1] : (tensor<3x1x1x2x5x1xf32>) -> tensor<1x1x1x2x5x1xf32>
    %177 = stablehlo.reshape %176 : (tensor<1x1x1x2x5x1xf32>) -> tensor<1x1x2x5x1xf32>
    %178 = stablehlo.broadcast_in_dim %177, dims = [0, 1, 2, 3, 4] : (tensor<1x1x2x5x1xf32>) -> tensor<1x1x2x5x2xf32>
    %179 = stablehlo.multiply %178, %66 : tensor<1x1x2x5x2xf32>
    %180 = stablehlo.slice %175 [1:2, 0:1, 0:1, 0:2, 0:5, 0:1] : (tensor<3x1x1x2x5x1xf32>) -> tensor<1x1x1x2x5x1xf32>
    %181 = stablehlo.reshape %180 : (tensor<1x1x1x2x5x1xf32>) -> tensor<1x1x2x5x1xf32>
    %182 = stablehlo.broadcast_in_dim %181, dims = [0, 1, 2, 3, 4] : (tensor<1x1x2x5x1xf32>) -> tensor<1x1x2x5x2xf32>
    %183 = stablehlo.multiply %182, %133 : tensor<1x1x2x5x2xf32>
    %184 = stablehlo.add %179, %183 : tensor<1x1x2x5x2xf32>
    %185 = stablehlo.slice %175 [2:3, 0:1, 0:1, 0:2, 0:5, 0:1] : (tensor<3x1x1x2x5x1xf32>) -> tensor<1x1x1x2x5x1xf32>
    %186 = stablehlo.reshape %185 : (tensor<1x1x1x2x5x1xf32>) -> tensor<1x1x2x5x1xf32>
    %187 = stablehlo.broadcast_in_dim %186, dims = [0, 1, 2, 3, 4] : (tensor<1x1x2x5x1xf32>) -> tensor<1x1x2x5x2xf32>
    %188 = stablehlo.multiply %187, %166 : tensor<1x1x2x5x2xf32>
    %189 = stablehlo.add %184, %188 : tensor<1x1x2x5x2xf32>
    %190 = stablehlo.reshape %189 : (tensor<1x1x2x5x2xf32>) -> tensor<1x2x5x2xf32>
    return %190 : tensor<1x2x5x2xf32>
  }
  func.func private @relu(%arg0: tensor<1x1x4x3xf32>) -> tensor<1x1x4x3xf32> {
    %cst = stablehlo.constant dense<0.000000e+00> : tensor<f32>
    %0 = stablehlo.broadcast_in_dim %cst, dims = [] : (tensor<f32>) -> tensor<1x1x4x3xf32>
    %1 = stablehlo.maximum %arg0, %0 : tensor<1x1x4x3xf32>
    return %1 : tensor<1x1x4x3xf32>
  }
  func.func private @_where(%arg0: tensor<5x4xi1>, %arg1: tensor<1x1x2x5x4xf32>, %arg2: tensor<f32>) -> tensor<1x1x2x5x4xf32> {
    %0 = stablehlo.convert %arg2 : tensor<f32>
    %1 = stablehlo.broadcast_in_dim %arg0, dims = [3, 4] : (tensor<5x4xi1>) -> tensor<1x1x2x5x4xi1>
    %2 = stablehlo.broadcast_in_dim %0, dims = [] : (tensor<f32>) -> tensor<1x1x2x5x4xf32>
    %3 = stablehlo.select %1, %arg1, %2 : tensor<1x1x2x5x4xi1>, tensor<1x1x2x5x4xf32>
    return %3 : tensor<1x1x2x5x4xf32>
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
    %14 = call @_where_0(%11, %13, %2) : (tensor<5xi1>, tensor<5xi32>, tensor<5xi32>) -> tensor<5xi32>
    return %14 : tensor<5xi32>
  }
  func.func private @_where_0(%arg0: tensor<5xi1>, %arg1: tensor<5xi32>, %arg2: tensor<5xi32>) -> tensor<5xi32> {
    %0 = stablehlo.select %arg0, %arg1, %arg2 : tensor<5xi1>, tensor<5xi32>
    return %0 : tensor<5xi32>
  }
  func.func private @_where_1(%arg0: tensor<5x3xi1>, %arg1: tensor<3xf32>, %arg2: tensor<1x1x5x3xf32>) -> tensor<1x1x5x3xf32> {
    %0 = stablehlo.convert %arg1 : tensor<3xf32>
    %1 = stablehlo.broadcast_in_dim %arg0, dims = [2, 3] : (tensor<5x3xi1>) -> tensor<1x1x5x3xi1>
    %2 = stablehlo.broadcast_in_dim %0, dims = [3] : (tensor<3xf32>) -> tensor<1x1x5x3xf32>
    %3 = stablehlo.select %1, %2, %arg2 : tensor<1x1x5x3xi1>, tensor<1x1x5x3xf32>
    return %3 : tensor<1x1x5x3xf32>
  }
  func.func private @_where_2(%arg0: tensor<5x3xi1>, %arg1: tensor<f32>, %arg2: tensor<1x1x5x3xf32>) -> tensor<1x1x5x3xf32> {
    %0 = stablehlo.convert %arg1 : tensor<f32>
    %1 = stablehlo.broadcast_in_dim %arg0, dims = [2, 3] : (tensor<5x3xi1>) -> tensor<1x1x5x3xi1>
    %2 = stablehlo.broadcast_in_dim %0, dims = [] : (tensor<f32>) -> tensor<1x1x5x3xf32>
    %3 = stablehlo.select %1, %2, %arg2 : tensor<1x1x5x3xi1>, tensor<1x1x5x3xf32>
    return %3 : tensor<1x1x5x3xf32>
  }
  func.func private @_where_3(%arg0: tensor<1x1x1x5x5xi1>, %arg1: tensor<1x1x2x5x5xf32>, %arg2: tensor<f32>) -> tensor<1x1x2x5x5xf32> {
    %0 = stablehlo.convert %arg2 : tensor<f32>
    %1 = stablehlo.broadcast_in_dim %arg0, dims = [0, 1, 2, 3, 4] : (tensor<1x1x1x5x5xi1>) -> tensor<1x1x2x5x5xi1>
    %2 = stablehlo.broadcast_in_dim %0, dims = [] : (tensor<f32>) -> tensor<1x1x2x5x5xf32>
    %3 = stablehlo.select %1, %arg1, %2 : tensor<1x1x2x5x5xi1>, tensor<1x1x2x5x5xf32>
    return %3 : tensor<1x1x2x5x5xf32>
  }
  func.func private @_where_4(%arg0: tensor<5x5xi1>, %arg1: tensor<1x1x2x5x5xf32>, %arg2: tensor<f32>) -> tensor<1x1x2x5x5xf32> {
    %0 = stablehlo.convert %arg2 : tensor<f32>
    %1 = stablehlo.broadcast_in_dim %arg0, dims = [3, 4] : (tensor<5x5xi1>) -> tensor<1x1x2x5x5xi1>
    %2 = stablehlo.broadcast_in_dim %0, dims = [] : (tensor<f32>) -> tensor<1x1x2x5x5xf32>
    %3 = stablehlo.select %1, %arg1, %2 : tensor<1x1x2x5x5xi1>, tensor<1x1x2x5x5xf32>
    return %3 : tensor<1x1x2x5x5xf32>
  }
}
