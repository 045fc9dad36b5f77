// RUN: hadal-translate --import-stablehlo %s | hadal-opt --canonicalize --cse --hadal-raise 2>/dev/null | FileCheck %s --check-prefix=CHECK

// Everything of size 1: batch, heads, channels, blocks, window.

// CHECK: hadal.nsa %arg0, %{{.*}}, %{{.*}}, %arg3, %arg4, %arg5, %arg6 gates %{{.*}} compress mean length 1 stride 1 select block 1 count 2 first 1 local 1 window 1 scale 5.000000e-01 causal sigmoid :

module @jit_nsa attributes {mhlo.num_partitions = 1 : i32, mhlo.num_replicas = 1 : i32} {
  func.func public @main(%arg0: tensor<1x1x3x1xf32>, %arg1: tensor<1x1x3x1xf32>, %arg2: tensor<1x1x3x1xf32>, %arg3: tensor<1x1x3x1xf32>, %arg4: tensor<1x1x3x1xf32>, %arg5: tensor<1x1x3x1xf32>, %arg6: tensor<1x1x3x1xf32>, %arg7: tensor<1x3x3xf32>) -> (tensor<1x1x3x1xf32> {jax.result_info = "result"}) {
    %cst = stablehlo.constant dense<[[1.000000e+00, 0.000000e+00, 0.000000e+00], [0.000000e+00, 1.000000e+00, 0.000000e+00], [0.000000e+00, 0.000000e+00, 1.000000e+00]]> : tensor<3x3xf32>
    %0 = stablehlo.reshape %arg0 : (tensor<1x1x3x1xf32>) -> tensor<1x1x1x3x1xf32>
    %1 = stablehlo.iota dim = 0 : tensor<3xi32>
    %2 = stablehlo.broadcast_in_dim %1, dims = [0] : (tensor<3xi32>) -> tensor<3x1xi32>
    %c = stablehlo.constant dense<1> : tensor<i32>
    %3 = stablehlo.broadcast_in_dim %c, dims = [] : (tensor<i32>) -> tensor<3x1xi32>
    %4 = stablehlo.multiply %2, %3 : tensor<3x1xi32>
    %5 = stablehlo.iota dim = 0 : tensor<1xi32>
    %6 = stablehlo.broadcast_in_dim %5, dims = [1] : (tensor<1xi32>) -> tensor<1x1xi32>
    %7 = stablehlo.broadcast_in_dim %6, dims = [0, 1] : (tensor<1x1xi32>) -> tensor<3x1xi32>
    %8 = stablehlo.add %4, %7 : tensor<3x1xi32>
    %c_0 = stablehlo.constant dense<0> : tensor<i32>
    %9 = stablehlo.broadcast_in_dim %c_0, dims = [] : (tensor<i32>) -> tensor<3x1xi32>
    %10 = stablehlo.compare LT, %8, %9, SIGNED : (tensor<3x1xi32>, tensor<3x1xi32>) -> tensor<3x1xi1>
    %c_1 = stablehlo.constant dense<3> : tensor<i32>
    %11 = stablehlo.broadcast_in_dim %c_1, dims = [] : (tensor<i32>) -> tensor<3x1xi32>
    %12 = stablehlo.add %8, %11 : tensor<3x1xi32>
    %13 = stablehlo.select %10, %12, %8 : tensor<3x1xi1>, tensor<3x1xi32>
    %14 = stablehlo.broadcast_in_dim %13, dims = [0, 1] : (tensor<3x1xi32>) -> tensor<3x1x1xi32>
    %15 = "stablehlo.gather"(%arg1, %14) <{dimension_numbers = #stablehlo.gather<offset_dims = [0, 1, 4], collapsed_slice_dims = [2], start_index_map = [2], index_vector_dim = 2>, indices_are_sorted = false, slice_sizes = array<i64: 1, 1, 1, 1>}> : (tensor<1x1x3x1xf32>, tensor<3x1x1xi32>) -> tensor<1x1x3x1x1xf32>
    %cst_2 = stablehlo.constant dense<0.000000e+00> : tensor<f32>
    %16 = stablehlo.reduce(%15 init: %cst_2) applies stablehlo.add across dimensions = [3] : (tensor<1x1x3x1x1xf32>, tensor<f32>) -> tensor<1x1x3x1xf32>
    %cst_3 = stablehlo.constant dense<1.000000e+00> : tensor<f32>
    %17 = stablehlo.broadcast_in_dim %cst_3, dims = [] : (tensor<f32>) -> tensor<1x1x3x1xf32>
    %18 = stablehlo.divide %16, %17 : tensor<1x1x3x1xf32>
    %c_4 = stablehlo.constant dense<0> : tensor<i32>
    %19 = stablehlo.broadcast_in_dim %c_4, dims = [] : (tensor<i32>) -> tensor<3x1xi32>
    %20 = stablehlo.compare LT, %8, %19, SIGNED : (tensor<3x1xi32>, tensor<3x1xi32>) -> tensor<3x1xi1>
    %c_5 = stablehlo.constant dense<3> : tensor<i32>
    %21 = stablehlo.broadcast_in_dim %c_5, dims = [] : (tensor<i32>) -> tensor<3x1xi32>
    %22 = stablehlo.add %8, %21 : tensor<3x1xi32>
    %23 = stablehlo.select %20, %22, %8 : tensor<3x1xi1>, tensor<3x1xi32>
    %24 = stablehlo.broadcast_in_dim %23, dims = [0, 1] : (tensor<3x1xi32>) -> tensor<3x1x1xi32>
    %25 = "stablehlo.gather"(%arg2, %24) <{dimension_numbers = #stablehlo.gather<offset_dims = [0, 1, 4], collapsed_slice_dims = [2], start_index_map = [2], index_vector_dim = 2>, indices_are_sorted = false, slice_sizes = array<i64: 1, 1, 1, 1>}> : (tensor<1x1x3x1xf32>, tensor<3x1x1xi32>) -> tensor<1x1x3x1x1xf32>
    %cst_6 = stablehlo.constant dense<0.000000e+00> : tensor<f32>
    %26 = stablehlo.reduce(%25 init: %cst_6) applies stablehlo.add across dimensions = [3] : (tensor<1x1x3x1x1xf32>, tensor<f32>) -> tensor<1x1x3x1xf32>
    %cst_7 = stablehlo.constant dense<1.000000e+00> : tensor<f32>
    %27 = stablehlo.broadcast_in_dim %cst_7, dims = [] : (tensor<f32>) -> tensor<1x1x3x1xf32>
    %28 = stablehlo.divide %26, %27 : tensor<1x1x3x1xf32>
    %29 = stablehlo.iota dim = 0 : tensor<3xi32>
    %30 = stablehlo.iota dim = 0 : tensor<3xi32>
    %31 = stablehlo.broadcast_in_dim %30, dims = [1] : (tensor<3xi32>) -> tensor<1x3xi32>
    %c_8 = stablehlo.constant dense<1> : tensor<i32>
    %32 = stablehlo.broadcast_in_dim %c_8, dims = [] : (tensor<i32>) -> tensor<1x3xi32>
    %33 = stablehlo.multiply %31, %32 : tensor<1x3xi32>
    %c_9 = stablehlo.constant dense<0> : tensor<i32>
    %34 = stablehlo.broadcast_in_dim %c_9, dims = [] : (tensor<i32>) -> tensor<1x3xi32>
    %35 = stablehlo.add %33, %34 : tensor<1x3xi32>
    %36 = stablehlo.broadcast_in_dim %29, dims = [0] : (tensor<3xi32>) -> tensor<3x1xi32>
    %37 = stablehlo.broadcast_in_dim %35, dims = [0, 1] : (tensor<1x3xi32>) -> tensor<3x3xi32>
    %38 = stablehlo.broadcast_in_dim %36, dims = [0, 1] : (tensor<3x1xi32>) -> tensor<3x3xi32>
    %39 = stablehlo.compare LE, %37, %38, SIGNED : (tensor<3x3xi32>, tensor<3x3xi32>) -> tensor<3x3xi1>
    %40 = stablehlo.dot_general %0, %18, batching_dims = [0, 1] x [0, 1], contracting_dims = [4] x [3], precision = [DEFAULT, DEFAULT] : (tensor<1x1x1x3x1xf32>, tensor<1x1x3x1xf32>) -> tensor<1x1x1x3x3xf32>
    %cst_10 = stablehlo.constant dense<5.000000e-01> : tensor<f32>
    %41 = stablehlo.broadcast_in_dim %cst_10, dims = [] : (tensor<f32>) -> tensor<1x1x1x3x3xf32>
    %42 = stablehlo.multiply %40, %41 : tensor<1x1x1x3x3xf32>
    %cst_11 = stablehlo.constant dense<0xFF800000> : tensor<f32>
    %43 = call @_where(%39, %42, %cst_11) : (tensor<3x3xi1>, tensor<1x1x1x3x3xf32>, tensor<f32>) -> tensor<1x1x1x3x3xf32>
    %cst_12 = stablehlo.constant dense<0xFF800000> : tensor<f32>
    %44 = stablehlo.reduce(%43 init: %cst_12) applies stablehlo.maximum across dimensions = [4] : (tensor<1x1x1x3x3xf32>, tensor<f32>) -> tensor<1x1x1x3xf32>
    %45 = stablehlo.broadcast_in_dim %44, dims = [0, 1, 2, 3] : (tensor<1x1x1x3xf32>) -> tensor<1x1x1x3x1xf32>
    %cst_13 = stablehlo.constant dense<-1.000000e+30> : tensor<f32>
    %46 = stablehlo.broadcast_in_dim %cst_13, dims = [] : (tensor<f32>) -> tensor<1x1x1x3x1xf32>
    %47 = stablehlo.maximum %45, %46 : tensor<1x1x1x3x1xf32>
    %48 = stablehlo.broadcast_in_dim %47, dims = [0, 1, 2, 3, 4] : (tensor<1x1x1x3x1xf32>) -> tensor<1x1x1x3x3xf32>
    %49 = stablehlo.subtract %43, %48 : tensor<1x1x1x3x3xf32>
    %50 = stablehlo.exponential %49 : tensor<1x1x1x3x3xf32>
    %cst_14 = stablehlo.constant dense<0.000000e+00> : tensor<f32>
    %51 = stablehlo.reduce(%50 init: %cst_14) applies stablehlo.add across dimensions = [4] : (tensor<1x1x1x3x3xf32>, tensor<f32>) -> tensor<1x1x1x3xf32>
    %52 = stablehlo.broadcast_in_dim %51, dims = [0, 1, 2, 3] : (tensor<1x1x1x3xf32>) -> tensor<1x1x1x3x1xf32>
    %cst_15 = stablehlo.constant dense<1.000000e-30> : tensor<f32>
    %53 = stablehlo.broadcast_in_dim %cst_15, dims = [] : (tensor<f32>) -> tensor<1x1x1x3x1xf32>
    %54 = stablehlo.maximum %52, %53 : tensor<1x1x1x3x1xf32>
    %55 = stablehlo.broadcast_in_dim %54, dims = [0, 1, 2, 3, 4] : (tensor<1x1x1x3x1xf32>) -> tensor<1x1x1x3x3xf32>
    %56 = stablehlo.divide %50, %55 : tensor<1x1x1x3x3xf32>
    %57 = stablehlo.dot_general %56, %28, batching_dims = [0, 1] x [0, 1], contracting_dims = [4] x [2], precision = [DEFAULT, DEFAULT] : (tensor<1x1x1x3x3xf32>, tensor<1x1x3x1xf32>) -> tensor<1x1x1x3x1xf32>
    %58 = stablehlo.dot_general %56, %cst, contracting_dims = [4] x [1], precision = [DEFAULT, DEFAULT] : (tensor<1x1x1x3x3xf32>, tensor<3x3xf32>) -> tensor<1x1x1x3x3xf32>
    %cst_16 = stablehlo.constant dense<0.000000e+00> : tensor<f32>
    %59 = stablehlo.reduce(%58 init: %cst_16) applies stablehlo.add across dimensions = [2] : (tensor<1x1x1x3x3xf32>, tensor<f32>) -> tensor<1x1x3x3xf32>
    %c_17 = stablehlo.constant dense<1> : tensor<i32>
    %60 = call @floor_divide(%29, %c_17) : (tensor<3xi32>, tensor<i32>) -> tensor<3xi32>
    %61 = stablehlo.iota dim = 0 : tensor<3xi32>
    %62 = stablehlo.broadcast_in_dim %61, dims = [1] : (tensor<3xi32>) -> tensor<1x3xi32>
    %c_18 = stablehlo.constant dense<1> : tensor<i32>
    %63 = stablehlo.broadcast_in_dim %c_18, dims = [] : (tensor<i32>) -> tensor<1x3xi32>
    %64 = stablehlo.compare LT, %62, %63, SIGNED : (tensor<1x3xi32>, tensor<1x3xi32>) -> tensor<1x3xi1>
    %65 = stablehlo.broadcast_in_dim %61, dims = [1] : (tensor<3xi32>) -> tensor<1x3xi32>
    %66 = stablehlo.broadcast_in_dim %60, dims = [0] : (tensor<3xi32>) -> tensor<3x1xi32>
    %67 = stablehlo.broadcast_in_dim %65, dims = [0, 1] : (tensor<1x3xi32>) -> tensor<3x3xi32>
    %68 = stablehlo.broadcast_in_dim %66, dims = [0, 1] : (tensor<3x1xi32>) -> tensor<3x3xi32>
    %69 = stablehlo.compare LE, %67, %68, SIGNED : (tensor<3x3xi32>, tensor<3x3xi32>) -> tensor<3x3xi1>
    %70 = stablehlo.broadcast_in_dim %61, dims = [1] : (tensor<3xi32>) -> tensor<1x3xi32>
    %71 = stablehlo.broadcast_in_dim %60, dims = [0] : (tensor<3xi32>) -> tensor<3x1xi32>
    %c_19 = stablehlo.constant dense<1> : tensor<i32>
    %72 = stablehlo.broadcast_in_dim %c_19, dims = [] : (tensor<i32>) -> tensor<3x1xi32>
    %73 = stablehlo.subtract %71, %72 : tensor<3x1xi32>
    %74 = stablehlo.broadcast_in_dim %70, dims = [0, 1] : (tensor<1x3xi32>) -> tensor<3x3xi32>
    %75 = stablehlo.broadcast_in_dim %73, dims = [0, 1] : (tensor<3x1xi32>) -> tensor<3x3xi32>
    %76 = stablehlo.compare GT, %74, %75, SIGNED : (tensor<3x3xi32>, tensor<3x3xi32>) -> tensor<3x3xi1>
    %77 = stablehlo.and %69, %76 : tensor<3x3xi1>
    %78 = stablehlo.broadcast_in_dim %64, dims = [0, 1] : (tensor<1x3xi1>) -> tensor<3x3xi1>
    %79 = stablehlo.or %78, %77 : tensor<3x3xi1>
    %80 = stablehlo.convert %61 : (tensor<3xi32>) -> tensor<3xf32>
    %cst_20 = stablehlo.constant dense<1.000000e+04> : tensor<f32>
    %81 = stablehlo.broadcast_in_dim %cst_20, dims = [] : (tensor<f32>) -> tensor<3xf32>
    %82 = stablehlo.subtract %81, %80 : tensor<3xf32>
    %83 = call @_where_1(%79, %82, %59) : (tensor<3x3xi1>, tensor<3xf32>, tensor<1x1x3x3xf32>) -> tensor<1x1x3x3xf32>
    %84 = stablehlo.broadcast_in_dim %61, dims = [1] : (tensor<3xi32>) -> tensor<1x3xi32>
    %85 = stablehlo.broadcast_in_dim %60, dims = [0] : (tensor<3xi32>) -> tensor<3x1xi32>
    %86 = stablehlo.broadcast_in_dim %84, dims = [0, 1] : (tensor<1x3xi32>) -> tensor<3x3xi32>
    %87 = stablehlo.broadcast_in_dim %85, dims = [0, 1] : (tensor<3x1xi32>) -> tensor<3x3xi32>
    %88 = stablehlo.compare GT, %86, %87, SIGNED : (tensor<3x3xi32>, tensor<3x3xi32>) -> tensor<3x3xi1>
    %cst_21 = stablehlo.constant dense<0xFF800000> : tensor<f32>
    %89 = call @_where_2(%88, %cst_21, %83) : (tensor<3x3xi1>, tensor<f32>, tensor<1x1x3x3xf32>) -> tensor<1x1x3x3xf32>
    %values, %indices = chlo.top_k(%89, k = 2) : tensor<1x1x3x3xf32> -> (tensor<1x1x3x2xf32>, tensor<1x1x3x2xi32>)
    %90 = stablehlo.broadcast_in_dim %indices, dims = [0, 1, 2, 3] : (tensor<1x1x3x2xi32>) -> tensor<1x1x3x2x1xi32>
    %91 = stablehlo.broadcast_in_dim %61, dims = [4] : (tensor<3xi32>) -> tensor<1x1x1x1x3xi32>
    %92 = stablehlo.broadcast_in_dim %90, dims = [0, 1, 2, 3, 4] : (tensor<1x1x3x2x1xi32>) -> tensor<1x1x3x2x3xi32>
    %93 = stablehlo.broadcast_in_dim %91, dims = [0, 1, 2, 3, 4] : (tensor<1x1x1x1x3xi32>) -> tensor<1x1x3x2x3xi32>
    %94 = stablehlo.compare EQ, %92, %93, SIGNED : (tensor<1x1x3x2x3xi32>, tensor<1x1x3x2x3xi32>) -> tensor<1x1x3x2x3xi1>
    %c_22 = stablehlo.constant dense<false> : tensor<i1>
    %95 = stablehlo.reduce(%94 init: %c_22) applies stablehlo.or across dimensions = [3] : (tensor<1x1x3x2x3xi1>, tensor<i1>) -> tensor<1x1x3x3xi1>
    %96 = stablehlo.broadcast_in_dim %95, dims = [0, 1, 2, 3] : (tensor<1x1x3x3xi1>) -> tensor<1x1x3x3x1xi1>
    %97 = stablehlo.reshape %96 : (tensor<1x1x3x3x1xi1>) -> tensor<1x1x3x3xi1>
    %98 = stablehlo.broadcast_in_dim %29, dims = [1] : (tensor<3xi32>) -> tensor<1x3xi32>
    %99 = stablehlo.broadcast_in_dim %29, dims = [0] : (tensor<3xi32>) -> tensor<3x1xi32>
    %100 = stablehlo.broadcast_in_dim %98, dims = [0, 1] : (tensor<1x3xi32>) -> tensor<3x3xi32>
    %101 = stablehlo.broadcast_in_dim %99, dims = [0, 1] : (tensor<3x1xi32>) -> tensor<3x3xi32>
    %102 = stablehlo.compare LE, %100, %101, SIGNED : (tensor<3x3xi32>, tensor<3x3xi32>) -> tensor<3x3xi1>
    %103 = stablehlo.broadcast_in_dim %102, dims = [2, 3] : (tensor<3x3xi1>) -> tensor<1x1x3x3xi1>
    %104 = stablehlo.and %97, %103 : tensor<1x1x3x3xi1>
    %105 = stablehlo.dot_general %0, %arg3, batching_dims = [0, 1] x [0, 1], contracting_dims = [4] x [3], precision = [DEFAULT, DEFAULT] : (tensor<1x1x1x3x1xf32>, tensor<1x1x3x1xf32>) -> tensor<1x1x1x3x3xf32>
    %cst_23 = stablehlo.constant dense<5.000000e-01> : tensor<f32>
    %106 = stablehlo.broadcast_in_dim %cst_23, dims = [] : (tensor<f32>) -> tensor<1x1x1x3x3xf32>
    %107 = stablehlo.multiply %105, %106 : tensor<1x1x1x3x3xf32>
    %108 = stablehlo.broadcast_in_dim %104, dims = [0, 1, 3, 4] : (tensor<1x1x3x3xi1>) -> tensor<1x1x1x3x3xi1>
    %cst_24 = stablehlo.constant dense<0xFF800000> : tensor<f32>
    %109 = call @_where_3(%108, %107, %cst_24) : (tensor<1x1x1x3x3xi1>, tensor<1x1x1x3x3xf32>, tensor<f32>) -> tensor<1x1x1x3x3xf32>
    %cst_25 = stablehlo.constant dense<0xFF800000> : tensor<f32>
    %110 = stablehlo.reduce(%109 init: %cst_25) applies stablehlo.maximum across dimensions = [4] : (tensor<1x1x1x3x3xf32>, tensor<f32>) -> tensor<1x1x1x3xf32>
    %111 = stablehlo.broadcast_in_dim %110, dims = [0, 1, 2, 3] : (tensor<1x1x1x3xf32>) -> tensor<1x1x1x3x1xf32>
    %cst_26 = stablehlo.constant dense<-1.000000e+30> : tensor<f32>
    %112 = stablehlo.broadcast_in_dim %cst_26, dims = [] : (tensor<f32>) -> tensor<1x1x1x3x1xf32>
    %113 = stablehlo.maximum %111, %112 : tensor<1x1x1x3x1xf32>
    %114 = stablehlo.broadcast_in_dim %113, dims = [0, 1, 2, 3, 4] : (tensor<1x1x1x3x1xf32>) -> tensor<1x1x1x3x3xf32>
    %115 = stablehlo.subtract %109, %114 : tensor<1x1x1x3x3xf32>
    %116 = stablehlo.exponential %115 : tensor<1x1x1x3x3xf32>
    %cst_27 = stablehlo.constant dense<0.000000e+00> : tensor<f32>
    %117 = stablehlo.reduce(%116 init: %cst_27) applies stablehlo.add across dimensions = [4] : (tensor<1x1x1x3x3xf32>, tensor<f32>) -> tensor<1x1x1x3xf32>
    %118 = stablehlo.broadcast_in_dim %117, dims = [0, 1, 2, 3] : (tensor<1x1x1x3xf32>) -> tensor<1x1x1x3x1xf32>
    %cst_28 = stablehlo.constant dense<1.000000e-30> : tensor<f32>
    %119 = stablehlo.broadcast_in_dim %cst_28, dims = [] : (tensor<f32>) -> tensor<1x1x1x3x1xf32>
    %120 = stablehlo.maximum %118, %119 : tensor<1x1x1x3x1xf32>
    %121 = stablehlo.broadcast_in_dim %120, dims = [0, 1, 2, 3, 4] : (tensor<1x1x1x3x1xf32>) -> tensor<1x1x1x3x3xf32>
    %122 = stablehlo.divide %116, %121 : tensor<1x1x1x3x3xf32>
    %123 = stablehlo.dot_general %122, %arg4, batching_dims = [0, 1] x [0, 1], contracting_dims = [4] x [2], precision = [DEFAULT, DEFAULT] : (tensor<1x1x1x3x3xf32>, tensor<1x1x3x1xf32>) -> tensor<1x1x1x3x1xf32>
    %124 = stablehlo.broadcast_in_dim %29, dims = [1] : (tensor<3xi32>) -> tensor<1x3xi32>
    %125 = stablehlo.broadcast_in_dim %29, dims = [0] : (tensor<3xi32>) -> tensor<3x1xi32>
    %c_29 = stablehlo.constant dense<0> : tensor<i32>
    %126 = stablehlo.broadcast_in_dim %c_29, dims = [] : (tensor<i32>) -> tensor<3x1xi32>
    %127 = stablehlo.add %125, %126 : tensor<3x1xi32>
    %128 = stablehlo.broadcast_in_dim %124, dims = [0, 1] : (tensor<1x3xi32>) -> tensor<3x3xi32>
    %129 = stablehlo.broadcast_in_dim %127, dims = [0, 1] : (tensor<3x1xi32>) -> tensor<3x3xi32>
    %130 = stablehlo.compare LE, %128, %129, SIGNED : (tensor<3x3xi32>, tensor<3x3xi32>) -> tensor<3x3xi1>
    %131 = stablehlo.broadcast_in_dim %29, dims = [1] : (tensor<3xi32>) -> tensor<1x3xi32>
    %132 = stablehlo.broadcast_in_dim %29, dims = [0] : (tensor<3xi32>) -> tensor<3x1xi32>
    %c_30 = stablehlo.constant dense<1> : tensor<i32>
    %133 = stablehlo.broadcast_in_dim %c_30, dims = [] : (tensor<i32>) -> tensor<3x1xi32>
    %134 = stablehlo.subtract %132, %133 : tensor<3x1xi32>
    %135 = stablehlo.broadcast_in_dim %131, dims = [0, 1] : (tensor<1x3xi32>) -> tensor<3x3xi32>
    %136 = stablehlo.broadcast_in_dim %134, dims = [0, 1] : (tensor<3x1xi32>) -> tensor<3x3xi32>
    %137 = stablehlo.compare GT, %135, %136, SIGNED : (tensor<3x3xi32>, tensor<3x3xi32>) -> tensor<3x3xi1>
    %138 = stablehlo.and %130, %137 : tensor<3x3xi1>
    %139 = stablehlo.dot_general %0, %arg5, batching_dims = [0, 1] x [0, 1], contracting_dims = [4] x [3], precision = [DEFAULT, DEFAULT] : (tensor<1x1x1x3x1xf32>, tensor<1x1x3x1xf32>) -> tensor<1x1x1x3x3xf32>
    %cst_31 = stablehlo.constant dense<5.000000e-01> : tensor<f32>
    %140 = stablehlo.broadcast_in_dim %cst_31, dims = [] : (tensor<f32>) -> tensor<1x1x1x3x3xf32>
    %141 = stablehlo.multiply %139, %140 : tensor<1x1x1x3x3xf32>
    %cst_32 = stablehlo.constant dense<0xFF800000> : tensor<f32>
    %142 = call @_where(%138, %141, %cst_32) : (tensor<3x3xi1>, tensor<1x1x1x3x3xf32>, tensor<f32>) -> tensor<1x1x1x3x3xf32>
    %cst_33 = stablehlo.constant dense<0xFF800000> : tensor<f32>
    %143 = stablehlo.reduce(%142 init: %cst_33) applies stablehlo.maximum across dimensions = [4] : (tensor<1x1x1x3x3xf32>, tensor<f32>) -> tensor<1x1x1x3xf32>
    %144 = stablehlo.broadcast_in_dim %143, dims = [0, 1, 2, 3] : (tensor<1x1x1x3xf32>) -> tensor<1x1x1x3x1xf32>
    %cst_34 = stablehlo.constant dense<-1.000000e+30> : tensor<f32>
    %145 = stablehlo.broadcast_in_dim %cst_34, dims = [] : (tensor<f32>) -> tensor<1x1x1x3x1xf32>
    %146 = stablehlo.maximum %144, %145 : tensor<1x1x1x3x1xf32>
    %147 = stablehlo.broadcast_in_dim %146, dims = [0, 1, 2, 3, 4] : (tensor<1x1x1x3x1xf32>) -> tensor<1x1x1x3x3xf32>
    %148 = stablehlo.subtract %142, %147 : tensor<1x1x1x3x3xf32>
    %149 = stablehlo.exponential %148 : tensor<1x1x1x3x3xf32>
    %cst_35 = stablehlo.constant dense<0.000000e+00> : tensor<f32>
    %150 = stablehlo.reduce(%149 init: %cst_35) applies stablehlo.add across dimensions = [4] : (tensor<1x1x1x3x3xf32>, tensor<f32>) -> tensor<1x1x1x3xf32>
    %151 = stablehlo.broadcast_in_dim %150, dims = [0, 1, 2, 3] : (tensor<1x1x1x3xf32>) -> tensor<1x1x1x3x1xf32>
    %cst_36 = stablehlo.constant dense<1.000000e-30> : tensor<f32>
    %152 = stablehlo.broadcast_in_dim %cst_36, dims = [] : (tensor<f32>) -> tensor<1x1x1x3x1xf32>
    %153 = stablehlo.maximum %151, %152 : tensor<1x1x1x3x1xf32>
    %154 = stablehlo.broadcast_in_dim %153, dims = [0, 1, 2, 3, 4] : (tensor<1x1x1x3x1xf32>) -> tensor<1x1x1x3x3xf32>
    %155 = stablehlo.divide %149, %154 : tensor<1x1x1x3x3xf32>
    %156 = stablehlo.dot_general %155, %arg6, batching_dims = [0, 1] x [0, 1], contracting_dims = [4] x [2], precision = [DEFAULT, DEFAULT] : (tensor<1x1x1x3x3xf32>, tensor<1x1x3x1xf32>) -> tensor<1x1x1x3x1xf32>
    %157 = stablehlo.negate %arg7 : tensor<1x3x3xf32>
    %158 = stablehlo.exponential %157 : tensor<1x3x3xf32>
    %cst_37 = stablehlo.constant dense<1.000000e+00> : tensor<f32>
    %159 = stablehlo.broadcast_in_dim %cst_37, dims = [] : (tensor<f32>) -> tensor<1x3x3xf32>
    %160 = stablehlo.add %159, %158 : tensor<1x3x3xf32>
    %cst_38 = stablehlo.constant dense<1.000000e+00> : tensor<f32>
    %161 = stablehlo.broadcast_in_dim %cst_38, dims = [] : (tensor<f32>) -> tensor<1x3x3xf32>
    %162 = stablehlo.divide %161, %160 : tensor<1x3x3xf32>
    %163 = stablehlo.reshape %162 : (tensor<1x3x3xf32>) -> tensor<1x3x3x1x1xf32>
    %164 = stablehlo.transpose %163, dims = [2, 0, 3, 4, 1] : (tensor<1x3x3x1x1xf32>) -> tensor<3x1x1x1x3xf32>
    %165 = stablehlo.broadcast_in_dim %164, dims = [0, 1, 2, 3, 4] : (tensor<3x1x1x1x3xf32>) -> tensor<3x1x1x1x3x1xf32>
    %166 = stablehlo.slice %165 [0:1, 0:1, 0:1, 0:1, 0:3, 0:1] : (tensor<3x1x1x1x3x1xf32>) -> tensor<1x1x1x1x3x1xf32>
    %167 = stablehlo.reshape %166 : (tensor<1x1x1x1x3x1xf32>) -> tensor<1x1x1x3x1xf32>
    %168 = stablehlo.multiply %167, %57 : tensor<1x1x1x3x1xf32>
    %169 = stablehlo.slice %165 [1:2, 0:1, 0:1, 0:1, 0:3, 0:1] : (tensor<3x1x1x1x3x1xf32>) -> tensor<1x1x1x1x3x1xf32>
    %170 = stablehlo.reshape %169 : (tensor<1x1x1x1x3x1xf32>) -> tensor<1x1x1x3x1xf32>
    %171 = stablehlo.multiply %170, %123 : tensor<1x1x1x3x1xf32>
    %172 = stablehlo.add %168, %171 : tensor<1x1x1x3x1xf32>
    %173 = stablehlo.slice %165 [2:3, 0:1, 0:1, 0:1, 0:3, 0:1] : (tensor<3x1x1x1x3x1xf32>) -> tensor<1x1x1x1x3x1xf32>
    %174 = stablehlo.reshape %173 : (tensor<1x1x1x1x3x1xf32>) -> tensor<1x1x1x3x1xf32>
    %175 = stablehlo.multiply %174, %156 : tensor<1x1x1x3x1xf32>
    %176 = stablehlo.add %172, %175 : tensor<1x1x1x3x1xf32>
    %177 = stablehlo.reshape %176 : (tensor<1x1x1x3x1xf32>) -> tensor<1x1x3x1xf32>
    return %177 : tensor<1x1x3x1xf32>
  }
  func.func private @_where(%arg0: tensor<3x3xi1>, %arg1: tensor<1x1x1x3x3xf32>, %arg2: tensor<f32>) -> tensor<1x1x1x3x3xf32> {
    %0 = stablehlo.convert %arg2 : tensor<f32>
    %1 = stablehlo.broadcast_in_dim %arg0, dims = [3, 4] : (tensor<3x3xi1>) -> tensor<1x1x1x3x3xi1>
    %2 = stablehlo.broadcast_in_dim %0, dims = [] : (tensor<f32>) -> tensor<1x1x1x3x3xf32>
    %3 = stablehlo.select %1, %arg1, %2 : tensor<1x1x1x3x3xi1>, tensor<1x1x1x3x3xf32>
    return %3 : tensor<1x1x1x3x3xf32>
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
    %14 = call @_where_0(%11, %13, %2) : (tensor<3xi1>, tensor<3xi32>, tensor<3xi32>) -> tensor<3xi32>
    return %14 : tensor<3xi32>
  }
  func.func private @_where_0(%arg0: tensor<3xi1>, %arg1: tensor<3xi32>, %arg2: tensor<3xi32>) -> tensor<3xi32> {
    %0 = stablehlo.select %arg0, %arg1, %arg2 : tensor<3xi1>, tensor<3xi32>
    return %0 : tensor<3xi32>
  }
  func.func private @_where_1(%arg0: tensor<3x3xi1>, %arg1: tensor<3xf32>, %arg2: tensor<1x1x3x3xf32>) -> tensor<1x1x3x3xf32> {
    %0 = stablehlo.convert %arg1 : tensor<3xf32>
    %1 = stablehlo.broadcast_in_dim %arg0, dims = [2, 3] : (tensor<3x3xi1>) -> tensor<1x1x3x3xi1>
    %2 = stablehlo.broadcast_in_dim %0, dims = [3] : (tensor<3xf32>) -> tensor<1x1x3x3xf32>
    %3 = stablehlo.select %1, %2, %arg2 : tensor<1x1x3x3xi1>, tensor<1x1x3x3xf32>
    return %3 : tensor<1x1x3x3xf32>
  }
  func.func private @_where_2(%arg0: tensor<3x3xi1>, %arg1: tensor<f32>, %arg2: tensor<1x1x3x3xf32>) -> tensor<1x1x3x3xf32> {
    %0 = stablehlo.convert %arg1 : tensor<f32>
    %1 = stablehlo.broadcast_in_dim %arg0, dims = [2, 3] : (tensor<3x3xi1>) -> tensor<1x1x3x3xi1>
    %2 = stablehlo.broadcast_in_dim %0, dims = [] : (tensor<f32>) -> tensor<1x1x3x3xf32>
    %3 = stablehlo.select %1, %2, %arg2 : tensor<1x1x3x3xi1>, tensor<1x1x3x3xf32>
    return %3 : tensor<1x1x3x3xf32>
  }
  func.func private @_where_3(%arg0: tensor<1x1x1x3x3xi1>, %arg1: tensor<1x1x1x3x3xf32>, %arg2: tensor<f32>) -> tensor<1x1x1x3x3xf32> {
    %0 = stablehlo.convert %arg2 : tensor<f32>
    %1 = stablehlo.broadcast_in_dim %0, dims = [] : (tensor<f32>) -> tensor<1x1x1x3x3xf32>
    %2 = stablehlo.select %arg0, %arg1, %1 : tensor<1x1x1x3x3xi1>, tensor<1x1x1x3x3xf32>
    return %2 : tensor<1x1x1x3x3xf32>
  }
}
