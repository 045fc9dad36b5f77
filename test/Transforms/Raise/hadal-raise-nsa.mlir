// RUN: hadal-translate --import-stablehlo %s | hadal-opt --canonicalize --cse --hadal-raise 2>/dev/null | FileCheck %s --check-prefix=CHECK
// RUN: sed '/end/s/dense<1>/dense<0>/' %s | hadal-translate --import-stablehlo | hadal-opt --canonicalize --cse --hadal-raise 2>/dev/null | FileCheck %s --check-prefix=LEAK
// RUN: sed '/overlap/s/1.000000e+00, 2.000000e+00, 1.0/1.000000e+00, 1.000000e+00, 1.0/' %s | hadal-translate --import-stablehlo | hadal-opt --canonicalize --cse --hadal-raise 2>/dev/null | FileCheck %s --check-prefix=OVERLAP
// RUN: sed '/ahead/s/dense<0>/dense<1>/' %s | hadal-translate --import-stablehlo | hadal-opt --canonicalize --cse --hadal-raise 2>/dev/null | FileCheck %s --check-prefix=AHEAD
// RUN: sed '/init/s/0.000000e+00/0xFF800000/; /group/s/stablehlo.add/stablehlo.maximum/' %s | hadal-translate --import-stablehlo | hadal-opt --canonicalize --cse --hadal-raise 2>/dev/null | FileCheck %s --check-prefix=GROUP

// Two heads of one kv head; blocks of means, chosen by a mask.

// CHECK: hadal.nsa %arg0, %arg1, %arg2, %arg3, %arg4, %arg5, %arg6 gates %{{.*}} compress mean length 2 stride 1 select block 2 count 2 first 1 local 1 window 3 scale 5.000000e-01 causal sigmoid :

// Compressed entries are seen before their end:
// LEAK: reason = "compressed entries are not seen exactly from the position on at which their tokens end
// LEAK-NOT: hadal.nsa %

// A weight of the importance is another:
// OVERLAP: reason = "the importance of blocks does not weigh compressed blocks by the tokens that they share
// OVERLAP-NOT: hadal.nsa %

// The window looks ahead:
// AHEAD: reason = "the window looks ahead
// AHEAD-NOT: hadal.nsa %

// The largest of a group of heads:
// GROUP: reason = "the importance of blocks is no sum of the probabilities
// GROUP-NOT: hadal.nsa %

module @jit_nsa attributes {mhlo.num_partitions = 1 : i32, mhlo.num_replicas = 1 : i32} {
  func.func public @main(%arg0: tensor<1x2x5x2xf32>, %arg1: tensor<1x1x5x2xf32>, %arg2: tensor<1x1x5x2xf32>, %arg3: tensor<1x1x5x2xf32>, %arg4: tensor<1x1x5x2xf32>, %arg5: tensor<1x1x5x2xf32>, %arg6: tensor<1x1x5x2xf32>, %arg7: tensor<1x5x6xf32>) -> (tensor<1x2x5x2xf32> {jax.result_info = "result"}) {
    %cst = stablehlo.constant dense<[[2.000000e+00, 1.000000e+00, 0.000000e+00, 0.000000e+00], [0.000000e+00, 1.000000e+00, 2.000000e+00, 1.000000e+00], [0.000000e+00, 0.000000e+00, 0.000000e+00, 1.000000e+00]]> : tensor<3x4xf32> // overlap
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
    %cst_2 = stablehlo.constant dense<0.000000e+00> : tensor<f32>
    %17 = stablehlo.reduce(%16 init: %cst_2) applies stablehlo.add across dimensions = [3] : (tensor<1x1x4x2x2xf32>, tensor<f32>) -> tensor<1x1x4x2xf32>
    %cst_3 = stablehlo.constant dense<2.000000e+00> : tensor<f32>
    %18 = stablehlo.broadcast_in_dim %cst_3, dims = [] : (tensor<f32>) -> tensor<1x1x4x2xf32>
    %19 = stablehlo.divide %17, %18 : tensor<1x1x4x2xf32>
    %c_4 = stablehlo.constant dense<0> : tensor<i32>
    %20 = stablehlo.broadcast_in_dim %c_4, dims = [] : (tensor<i32>) -> tensor<4x2xi32>
    %21 = stablehlo.compare LT, %9, %20, SIGNED : (tensor<4x2xi32>, tensor<4x2xi32>) -> tensor<4x2xi1>
    %c_5 = stablehlo.constant dense<5> : tensor<i32>
    %22 = stablehlo.broadcast_in_dim %c_5, dims = [] : (tensor<i32>) -> tensor<4x2xi32>
    %23 = stablehlo.add %9, %22 : tensor<4x2xi32>
    %24 = stablehlo.select %21, %23, %9 : tensor<4x2xi1>, tensor<4x2xi32>
    %25 = stablehlo.broadcast_in_dim %24, dims = [0, 1] : (tensor<4x2xi32>) -> tensor<4x2x1xi32>
    %26 = "stablehlo.gather"(%arg2, %25) <{dimension_numbers = #stablehlo.gather<offset_dims = [0, 1, 4], collapsed_slice_dims = [2], start_index_map = [2], index_vector_dim = 2>, indices_are_sorted = false, slice_sizes = array<i64: 1, 1, 1, 2>}> : (tensor<1x1x5x2xf32>, tensor<4x2x1xi32>) -> tensor<1x1x4x2x2xf32>
    %cst_6 = stablehlo.constant dense<0.000000e+00> : tensor<f32>
    %27 = stablehlo.reduce(%26 init: %cst_6) applies stablehlo.add across dimensions = [3] : (tensor<1x1x4x2x2xf32>, tensor<f32>) -> tensor<1x1x4x2xf32>
    %cst_7 = stablehlo.constant dense<2.000000e+00> : tensor<f32>
    %28 = stablehlo.broadcast_in_dim %cst_7, dims = [] : (tensor<f32>) -> tensor<1x1x4x2xf32>
    %29 = stablehlo.divide %27, %28 : tensor<1x1x4x2xf32>
    %30 = stablehlo.iota dim = 0 : tensor<5xi32>
    %31 = stablehlo.iota dim = 0 : tensor<4xi32>
    %32 = stablehlo.broadcast_in_dim %31, dims = [1] : (tensor<4xi32>) -> tensor<1x4xi32>
    %c_8 = stablehlo.constant dense<1> : tensor<i32>
    %33 = stablehlo.broadcast_in_dim %c_8, dims = [] : (tensor<i32>) -> tensor<1x4xi32>
    %34 = stablehlo.multiply %32, %33 : tensor<1x4xi32>
    %c_9 = stablehlo.constant dense<1> : tensor<i32> // end
    %35 = stablehlo.broadcast_in_dim %c_9, dims = [] : (tensor<i32>) -> tensor<1x4xi32>
    %36 = stablehlo.add %34, %35 : tensor<1x4xi32>
    %37 = stablehlo.broadcast_in_dim %30, dims = [0] : (tensor<5xi32>) -> tensor<5x1xi32>
    %38 = stablehlo.broadcast_in_dim %36, dims = [0, 1] : (tensor<1x4xi32>) -> tensor<5x4xi32>
    %39 = stablehlo.broadcast_in_dim %37, dims = [0, 1] : (tensor<5x1xi32>) -> tensor<5x4xi32>
    %40 = stablehlo.compare LE, %38, %39, SIGNED : (tensor<5x4xi32>, tensor<5x4xi32>) -> tensor<5x4xi1>
    %41 = stablehlo.dot_general %0, %19, batching_dims = [0, 1] x [0, 1], contracting_dims = [4] x [3], precision = [DEFAULT, DEFAULT] : (tensor<1x1x2x5x2xf32>, tensor<1x1x4x2xf32>) -> tensor<1x1x2x5x4xf32>
    %cst_10 = stablehlo.constant dense<5.000000e-01> : tensor<f32>
    %42 = stablehlo.broadcast_in_dim %cst_10, dims = [] : (tensor<f32>) -> tensor<1x1x2x5x4xf32>
    %43 = stablehlo.multiply %41, %42 : tensor<1x1x2x5x4xf32>
    %cst_11 = stablehlo.constant dense<0xFF800000> : tensor<f32>
    %44 = call @_where(%40, %43, %cst_11) : (tensor<5x4xi1>, tensor<1x1x2x5x4xf32>, tensor<f32>) -> tensor<1x1x2x5x4xf32>
    %cst_12 = stablehlo.constant dense<0xFF800000> : tensor<f32>
    %45 = stablehlo.reduce(%44 init: %cst_12) applies stablehlo.maximum across dimensions = [4] : (tensor<1x1x2x5x4xf32>, tensor<f32>) -> tensor<1x1x2x5xf32>
    %46 = stablehlo.broadcast_in_dim %45, dims = [0, 1, 2, 3] : (tensor<1x1x2x5xf32>) -> tensor<1x1x2x5x1xf32>
    %cst_13 = stablehlo.constant dense<-1.000000e+30> : tensor<f32>
    %47 = stablehlo.broadcast_in_dim %cst_13, dims = [] : (tensor<f32>) -> tensor<1x1x2x5x1xf32>
    %48 = stablehlo.maximum %46, %47 : tensor<1x1x2x5x1xf32>
    %49 = stablehlo.broadcast_in_dim %48, dims = [0, 1, 2, 3, 4] : (tensor<1x1x2x5x1xf32>) -> tensor<1x1x2x5x4xf32>
    %50 = stablehlo.subtract %44, %49 : tensor<1x1x2x5x4xf32>
    %51 = stablehlo.exponential %50 : tensor<1x1x2x5x4xf32>
    %cst_14 = stablehlo.constant dense<0.000000e+00> : tensor<f32>
    %52 = stablehlo.reduce(%51 init: %cst_14) applies stablehlo.add across dimensions = [4] : (tensor<1x1x2x5x4xf32>, tensor<f32>) -> tensor<1x1x2x5xf32>
    %53 = stablehlo.broadcast_in_dim %52, dims = [0, 1, 2, 3] : (tensor<1x1x2x5xf32>) -> tensor<1x1x2x5x1xf32>
    %cst_15 = stablehlo.constant dense<1.000000e-30> : tensor<f32>
    %54 = stablehlo.broadcast_in_dim %cst_15, dims = [] : (tensor<f32>) -> tensor<1x1x2x5x1xf32>
    %55 = stablehlo.maximum %53, %54 : tensor<1x1x2x5x1xf32>
    %56 = stablehlo.broadcast_in_dim %55, dims = [0, 1, 2, 3, 4] : (tensor<1x1x2x5x1xf32>) -> tensor<1x1x2x5x4xf32>
    %57 = stablehlo.divide %51, %56 : tensor<1x1x2x5x4xf32>
    %58 = stablehlo.dot_general %57, %29, batching_dims = [0, 1] x [0, 1], contracting_dims = [4] x [2], precision = [DEFAULT, DEFAULT] : (tensor<1x1x2x5x4xf32>, tensor<1x1x4x2xf32>) -> tensor<1x1x2x5x2xf32>
    %59 = stablehlo.dot_general %57, %cst, contracting_dims = [4] x [1], precision = [DEFAULT, DEFAULT] : (tensor<1x1x2x5x4xf32>, tensor<3x4xf32>) -> tensor<1x1x2x5x3xf32>
    %cst_16 = stablehlo.constant dense<0.000000e+00> : tensor<f32> // init
    %60 = stablehlo.reduce(%59 init: %cst_16) applies stablehlo.add across dimensions = [2] : (tensor<1x1x2x5x3xf32>, tensor<f32>) -> tensor<1x1x5x3xf32> // group
    %c_17 = stablehlo.constant dense<2> : tensor<i32>
    %61 = call @floor_divide(%30, %c_17) : (tensor<5xi32>, tensor<i32>) -> tensor<5xi32>
    %62 = stablehlo.iota dim = 0 : tensor<3xi32>
    %63 = stablehlo.broadcast_in_dim %62, dims = [1] : (tensor<3xi32>) -> tensor<1x3xi32>
    %c_18 = stablehlo.constant dense<1> : tensor<i32>
    %64 = stablehlo.broadcast_in_dim %c_18, dims = [] : (tensor<i32>) -> tensor<1x3xi32>
    %65 = stablehlo.compare LT, %63, %64, SIGNED : (tensor<1x3xi32>, tensor<1x3xi32>) -> tensor<1x3xi1>
    %66 = stablehlo.broadcast_in_dim %62, dims = [1] : (tensor<3xi32>) -> tensor<1x3xi32>
    %67 = stablehlo.broadcast_in_dim %61, dims = [0] : (tensor<5xi32>) -> tensor<5x1xi32>
    %68 = stablehlo.broadcast_in_dim %66, dims = [0, 1] : (tensor<1x3xi32>) -> tensor<5x3xi32>
    %69 = stablehlo.broadcast_in_dim %67, dims = [0, 1] : (tensor<5x1xi32>) -> tensor<5x3xi32>
    %70 = stablehlo.compare LE, %68, %69, SIGNED : (tensor<5x3xi32>, tensor<5x3xi32>) -> tensor<5x3xi1>
    %71 = stablehlo.broadcast_in_dim %62, dims = [1] : (tensor<3xi32>) -> tensor<1x3xi32>
    %72 = stablehlo.broadcast_in_dim %61, dims = [0] : (tensor<5xi32>) -> tensor<5x1xi32>
    %c_19 = stablehlo.constant dense<1> : tensor<i32>
    %73 = stablehlo.broadcast_in_dim %c_19, dims = [] : (tensor<i32>) -> tensor<5x1xi32>
    %74 = stablehlo.subtract %72, %73 : tensor<5x1xi32>
    %75 = stablehlo.broadcast_in_dim %71, dims = [0, 1] : (tensor<1x3xi32>) -> tensor<5x3xi32>
    %76 = stablehlo.broadcast_in_dim %74, dims = [0, 1] : (tensor<5x1xi32>) -> tensor<5x3xi32>
    %77 = stablehlo.compare GT, %75, %76, SIGNED : (tensor<5x3xi32>, tensor<5x3xi32>) -> tensor<5x3xi1>
    %78 = stablehlo.and %70, %77 : tensor<5x3xi1>
    %79 = stablehlo.broadcast_in_dim %65, dims = [0, 1] : (tensor<1x3xi1>) -> tensor<5x3xi1>
    %80 = stablehlo.or %79, %78 : tensor<5x3xi1>
    %81 = stablehlo.convert %62 : (tensor<3xi32>) -> tensor<3xf32>
    %cst_20 = stablehlo.constant dense<1.000000e+04> : tensor<f32>
    %82 = stablehlo.broadcast_in_dim %cst_20, dims = [] : (tensor<f32>) -> tensor<3xf32>
    %83 = stablehlo.subtract %82, %81 : tensor<3xf32>
    %84 = call @_where_1(%80, %83, %60) : (tensor<5x3xi1>, tensor<3xf32>, tensor<1x1x5x3xf32>) -> tensor<1x1x5x3xf32>
    %85 = stablehlo.broadcast_in_dim %62, dims = [1] : (tensor<3xi32>) -> tensor<1x3xi32>
    %86 = stablehlo.broadcast_in_dim %61, dims = [0] : (tensor<5xi32>) -> tensor<5x1xi32>
    %87 = stablehlo.broadcast_in_dim %85, dims = [0, 1] : (tensor<1x3xi32>) -> tensor<5x3xi32>
    %88 = stablehlo.broadcast_in_dim %86, dims = [0, 1] : (tensor<5x1xi32>) -> tensor<5x3xi32>
    %89 = stablehlo.compare GT, %87, %88, SIGNED : (tensor<5x3xi32>, tensor<5x3xi32>) -> tensor<5x3xi1>
    %cst_21 = stablehlo.constant dense<0xFF800000> : tensor<f32>
    %90 = call @_where_2(%89, %cst_21, %84) : (tensor<5x3xi1>, tensor<f32>, tensor<1x1x5x3xf32>) -> tensor<1x1x5x3xf32>
    %values, %indices = chlo.top_k(%90, k = 2) : tensor<1x1x5x3xf32> -> (tensor<1x1x5x2xf32>, tensor<1x1x5x2xi32>)
    %91 = stablehlo.broadcast_in_dim %indices, dims = [0, 1, 2, 3] : (tensor<1x1x5x2xi32>) -> tensor<1x1x5x2x1xi32>
    %92 = stablehlo.broadcast_in_dim %62, dims = [4] : (tensor<3xi32>) -> tensor<1x1x1x1x3xi32>
    %93 = stablehlo.broadcast_in_dim %91, dims = [0, 1, 2, 3, 4] : (tensor<1x1x5x2x1xi32>) -> tensor<1x1x5x2x3xi32>
    %94 = stablehlo.broadcast_in_dim %92, dims = [0, 1, 2, 3, 4] : (tensor<1x1x1x1x3xi32>) -> tensor<1x1x5x2x3xi32>
    %95 = stablehlo.compare EQ, %93, %94, SIGNED : (tensor<1x1x5x2x3xi32>, tensor<1x1x5x2x3xi32>) -> tensor<1x1x5x2x3xi1>
    %c_22 = stablehlo.constant dense<false> : tensor<i1>
    %96 = stablehlo.reduce(%95 init: %c_22) applies stablehlo.or across dimensions = [3] : (tensor<1x1x5x2x3xi1>, tensor<i1>) -> tensor<1x1x5x3xi1>
    %97 = stablehlo.broadcast_in_dim %96, dims = [0, 1, 2, 3] : (tensor<1x1x5x3xi1>) -> tensor<1x1x5x3x2xi1>
    %98 = stablehlo.reshape %97 : (tensor<1x1x5x3x2xi1>) -> tensor<1x1x5x6xi1>
    %99 = stablehlo.slice %98 [0:1, 0:1, 0:5, 0:5] : (tensor<1x1x5x6xi1>) -> tensor<1x1x5x5xi1>
    %100 = stablehlo.broadcast_in_dim %30, dims = [1] : (tensor<5xi32>) -> tensor<1x5xi32>
    %101 = stablehlo.broadcast_in_dim %30, dims = [0] : (tensor<5xi32>) -> tensor<5x1xi32>
    %102 = stablehlo.broadcast_in_dim %100, dims = [0, 1] : (tensor<1x5xi32>) -> tensor<5x5xi32>
    %103 = stablehlo.broadcast_in_dim %101, dims = [0, 1] : (tensor<5x1xi32>) -> tensor<5x5xi32>
    %104 = stablehlo.compare LE, %102, %103, SIGNED : (tensor<5x5xi32>, tensor<5x5xi32>) -> tensor<5x5xi1>
    %105 = stablehlo.broadcast_in_dim %104, dims = [2, 3] : (tensor<5x5xi1>) -> tensor<1x1x5x5xi1>
    %106 = stablehlo.and %99, %105 : tensor<1x1x5x5xi1>
    %107 = stablehlo.dot_general %0, %arg3, batching_dims = [0, 1] x [0, 1], contracting_dims = [4] x [3], precision = [DEFAULT, DEFAULT] : (tensor<1x1x2x5x2xf32>, tensor<1x1x5x2xf32>) -> tensor<1x1x2x5x5xf32>
    %cst_23 = stablehlo.constant dense<5.000000e-01> : tensor<f32>
    %108 = stablehlo.broadcast_in_dim %cst_23, dims = [] : (tensor<f32>) -> tensor<1x1x2x5x5xf32>
    %109 = stablehlo.multiply %107, %108 : tensor<1x1x2x5x5xf32>
    %110 = stablehlo.broadcast_in_dim %106, dims = [0, 1, 3, 4] : (tensor<1x1x5x5xi1>) -> tensor<1x1x1x5x5xi1>
    %cst_24 = stablehlo.constant dense<0xFF800000> : tensor<f32>
    %111 = call @_where_3(%110, %109, %cst_24) : (tensor<1x1x1x5x5xi1>, tensor<1x1x2x5x5xf32>, tensor<f32>) -> tensor<1x1x2x5x5xf32>
    %cst_25 = stablehlo.constant dense<0xFF800000> : tensor<f32>
    %112 = stablehlo.reduce(%111 init: %cst_25) applies stablehlo.maximum across dimensions = [4] : (tensor<1x1x2x5x5xf32>, tensor<f32>) -> tensor<1x1x2x5xf32>
    %113 = stablehlo.broadcast_in_dim %112, dims = [0, 1, 2, 3] : (tensor<1x1x2x5xf32>) -> tensor<1x1x2x5x1xf32>
    %cst_26 = stablehlo.constant dense<-1.000000e+30> : tensor<f32>
    %114 = stablehlo.broadcast_in_dim %cst_26, dims = [] : (tensor<f32>) -> tensor<1x1x2x5x1xf32>
    %115 = stablehlo.maximum %113, %114 : tensor<1x1x2x5x1xf32>
    %116 = stablehlo.broadcast_in_dim %115, dims = [0, 1, 2, 3, 4] : (tensor<1x1x2x5x1xf32>) -> tensor<1x1x2x5x5xf32>
    %117 = stablehlo.subtract %111, %116 : tensor<1x1x2x5x5xf32>
    %118 = stablehlo.exponential %117 : tensor<1x1x2x5x5xf32>
    %cst_27 = stablehlo.constant dense<0.000000e+00> : tensor<f32>
    %119 = stablehlo.reduce(%118 init: %cst_27) applies stablehlo.add across dimensions = [4] : (tensor<1x1x2x5x5xf32>, tensor<f32>) -> tensor<1x1x2x5xf32>
    %120 = stablehlo.broadcast_in_dim %119, dims = [0, 1, 2, 3] : (tensor<1x1x2x5xf32>) -> tensor<1x1x2x5x1xf32>
    %cst_28 = stablehlo.constant dense<1.000000e-30> : tensor<f32>
    %121 = stablehlo.broadcast_in_dim %cst_28, dims = [] : (tensor<f32>) -> tensor<1x1x2x5x1xf32>
    %122 = stablehlo.maximum %120, %121 : tensor<1x1x2x5x1xf32>
    %123 = stablehlo.broadcast_in_dim %122, dims = [0, 1, 2, 3, 4] : (tensor<1x1x2x5x1xf32>) -> tensor<1x1x2x5x5xf32>
    %124 = stablehlo.divide %118, %123 : tensor<1x1x2x5x5xf32>
    %125 = stablehlo.dot_general %124, %arg4, batching_dims = [0, 1] x [0, 1], contracting_dims = [4] x [2], precision = [DEFAULT, DEFAULT] : (tensor<1x1x2x5x5xf32>, tensor<1x1x5x2xf32>) -> tensor<1x1x2x5x2xf32>
    %126 = stablehlo.broadcast_in_dim %30, dims = [1] : (tensor<5xi32>) -> tensor<1x5xi32>
    %127 = stablehlo.broadcast_in_dim %30, dims = [0] : (tensor<5xi32>) -> tensor<5x1xi32>
    %c_29 = stablehlo.constant dense<0> : tensor<i32> // ahead
    %128 = stablehlo.broadcast_in_dim %c_29, dims = [] : (tensor<i32>) -> tensor<5x1xi32>
    %129 = stablehlo.add %127, %128 : tensor<5x1xi32>
    %130 = stablehlo.broadcast_in_dim %126, dims = [0, 1] : (tensor<1x5xi32>) -> tensor<5x5xi32>
    %131 = stablehlo.broadcast_in_dim %129, dims = [0, 1] : (tensor<5x1xi32>) -> tensor<5x5xi32>
    %132 = stablehlo.compare LE, %130, %131, SIGNED : (tensor<5x5xi32>, tensor<5x5xi32>) -> tensor<5x5xi1>
    %133 = stablehlo.broadcast_in_dim %30, dims = [1] : (tensor<5xi32>) -> tensor<1x5xi32>
    %134 = stablehlo.broadcast_in_dim %30, dims = [0] : (tensor<5xi32>) -> tensor<5x1xi32>
    %c_30 = stablehlo.constant dense<3> : tensor<i32>
    %135 = stablehlo.broadcast_in_dim %c_30, dims = [] : (tensor<i32>) -> tensor<5x1xi32>
    %136 = stablehlo.subtract %134, %135 : tensor<5x1xi32>
    %137 = stablehlo.broadcast_in_dim %133, dims = [0, 1] : (tensor<1x5xi32>) -> tensor<5x5xi32>
    %138 = stablehlo.broadcast_in_dim %136, dims = [0, 1] : (tensor<5x1xi32>) -> tensor<5x5xi32>
    %139 = stablehlo.compare GT, %137, %138, SIGNED : (tensor<5x5xi32>, tensor<5x5xi32>) -> tensor<5x5xi1>
    %140 = stablehlo.and %132, %139 : tensor<5x5xi1>
    %141 = stablehlo.dot_general %0, %arg5, batching_dims = [0, 1] x [0, 1], contracting_dims = [4] x [3], precision = [DEFAULT, DEFAULT] : (tensor<1x1x2x5x2xf32>, tensor<1x1x5x2xf32>) -> tensor<1x1x2x5x5xf32>
    %cst_31 = stablehlo.constant dense<5.000000e-01> : tensor<f32>
    %142 = stablehlo.broadcast_in_dim %cst_31, dims = [] : (tensor<f32>) -> tensor<1x1x2x5x5xf32>
    %143 = stablehlo.multiply %141, %142 : tensor<1x1x2x5x5xf32>
    %cst_32 = stablehlo.constant dense<0xFF800000> : tensor<f32>
    %144 = call @_where_4(%140, %143, %cst_32) : (tensor<5x5xi1>, tensor<1x1x2x5x5xf32>, tensor<f32>) -> tensor<1x1x2x5x5xf32>
    %cst_33 = stablehlo.constant dense<0xFF800000> : tensor<f32>
    %145 = stablehlo.reduce(%144 init: %cst_33) applies stablehlo.maximum across dimensions = [4] : (tensor<1x1x2x5x5xf32>, tensor<f32>) -> tensor<1x1x2x5xf32>
    %146 = stablehlo.broadcast_in_dim %145, dims = [0, 1, 2, 3] : (tensor<1x1x2x5xf32>) -> tensor<1x1x2x5x1xf32>
    %cst_34 = stablehlo.constant dense<-1.000000e+30> : tensor<f32>
    %147 = stablehlo.broadcast_in_dim %cst_34, dims = [] : (tensor<f32>) -> tensor<1x1x2x5x1xf32>
    %148 = stablehlo.maximum %146, %147 : tensor<1x1x2x5x1xf32>
    %149 = stablehlo.broadcast_in_dim %148, dims = [0, 1, 2, 3, 4] : (tensor<1x1x2x5x1xf32>) -> tensor<1x1x2x5x5xf32>
    %150 = stablehlo.subtract %144, %149 : tensor<1x1x2x5x5xf32>
    %151 = stablehlo.exponential %150 : tensor<1x1x2x5x5xf32>
    %cst_35 = stablehlo.constant dense<0.000000e+00> : tensor<f32>
    %152 = stablehlo.reduce(%151 init: %cst_35) applies stablehlo.add across dimensions = [4] : (tensor<1x1x2x5x5xf32>, tensor<f32>) -> tensor<1x1x2x5xf32>
    %153 = stablehlo.broadcast_in_dim %152, dims = [0, 1, 2, 3] : (tensor<1x1x2x5xf32>) -> tensor<1x1x2x5x1xf32>
    %cst_36 = stablehlo.constant dense<1.000000e-30> : tensor<f32>
    %154 = stablehlo.broadcast_in_dim %cst_36, dims = [] : (tensor<f32>) -> tensor<1x1x2x5x1xf32>
    %155 = stablehlo.maximum %153, %154 : tensor<1x1x2x5x1xf32>
    %156 = stablehlo.broadcast_in_dim %155, dims = [0, 1, 2, 3, 4] : (tensor<1x1x2x5x1xf32>) -> tensor<1x1x2x5x5xf32>
    %157 = stablehlo.divide %151, %156 : tensor<1x1x2x5x5xf32>
    %158 = stablehlo.dot_general %157, %arg6, batching_dims = [0, 1] x [0, 1], contracting_dims = [4] x [2], precision = [DEFAULT, DEFAULT] : (tensor<1x1x2x5x5xf32>, tensor<1x1x5x2xf32>) -> tensor<1x1x2x5x2xf32>
    %159 = stablehlo.negate %arg7 : tensor<1x5x6xf32>
    %160 = stablehlo.exponential %159 : tensor<1x5x6xf32>
    %cst_37 = stablehlo.constant dense<1.000000e+00> : tensor<f32>
    %161 = stablehlo.broadcast_in_dim %cst_37, dims = [] : (tensor<f32>) -> tensor<1x5x6xf32>
    %162 = stablehlo.add %161, %160 : tensor<1x5x6xf32>
    %cst_38 = stablehlo.constant dense<1.000000e+00> : tensor<f32>
    %163 = stablehlo.broadcast_in_dim %cst_38, dims = [] : (tensor<f32>) -> tensor<1x5x6xf32>
    %164 = stablehlo.divide %163, %162 : tensor<1x5x6xf32>
    %165 = stablehlo.reshape %164 : (tensor<1x5x6xf32>) -> tensor<1x5x3x1x2xf32>
    %166 = stablehlo.transpose %165, dims = [2, 0, 3, 4, 1] : (tensor<1x5x3x1x2xf32>) -> tensor<3x1x1x2x5xf32>
    %167 = stablehlo.broadcast_in_dim %166, dims = [0, 1, 2, 3, 4] : (tensor<3x1x1x2x5xf32>) -> tensor<3x1x1x2x5x1xf32>
    %168 = stablehlo.slice %167 [0:1, 0:1, 0:1, 0:2, 0:5, 0:1] : (tensor<3x1x1x2x5x1xf32>) -> tensor<1x1x1x2x5x1xf32>
    %169 = stablehlo.reshape %168 : (tensor<1x1x1x2x5x1xf32>) -> tensor<1x1x2x5x1xf32>
    %170 = stablehlo.broadcast_in_dim %169, dims = [0, 1, 2, 3, 4] : (tensor<1x1x2x5x1xf32>) -> tensor<1x1x2x5x2xf32>
    %171 = stablehlo.multiply %170, %58 : tensor<1x1x2x5x2xf32>
    %172 = stablehlo.slice %167 [1:2, 0:1, 0:1, 0:2, 0:5, 0:1] : (tensor<3x1x1x2x5x1xf32>) -> tensor<1x1x1x2x5x1xf32>
    %173 = stablehlo.reshape %172 : (tensor<1x1x1x2x5x1xf32>) -> tensor<1x1x2x5x1xf32>
    %174 = stablehlo.broadcast_in_dim %173, dims = [0, 1, 2, 3, 4] : (tensor<1x1x2x5x1xf32>) -> tensor<1x1x2x5x2xf32>
    %175 = stablehlo.multiply %174, %125 : tensor<1x1x2x5x2xf32>
    %176 = stablehlo.add %171, %175 : tensor<1x1x2x5x2xf32>
    %177 = stablehlo.slice %167 [2:3, 0:1, 0:1, 0:2, 0:5, 0:1] : (tensor<3x1x1x2x5x1xf32>) -> tensor<1x1x1x2x5x1xf32>
    %178 = stablehlo.reshape %177 : (tensor<1x1x1x2x5x1xf32>) -> tensor<1x1x2x5x1xf32>
    %179 = stablehlo.broadcast_in_dim %178, dims = [0, 1, 2, 3, 4] : (tensor<1x1x2x5x1xf32>) -> tensor<1x1x2x5x2xf32>
    %180 = stablehlo.multiply %179, %158 : tensor<1x1x2x5x2xf32>
    %181 = stablehlo.add %176, %180 : tensor<1x1x2x5x2xf32>
    %182 = stablehlo.reshape %181 : (tensor<1x1x2x5x2xf32>) -> tensor<1x2x5x2xf32>
    return %182 : tensor<1x2x5x2xf32>
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
