#map = affine_map<(d0, d1) -> (d0, d1)>
#map1 = affine_map<(d0, d1) -> (d1)>
#map2 = affine_map<(d0) -> ()>
#map3 = affine_map<(d0) -> (d0)>
#map4 = affine_map<(d0, d1) -> (d0)>
#map5 = affine_map<(d0, d1) -> ()>
#map6 = affine_map<() -> ()>
module @jit_fn {
  func.func @main(%arg0: tensor<4x32x20xf32> {hadal.dims = ["", "", ""], hadal.name = "arg0"}, %arg1: tensor<4x20x32xf32> {hadal.dims = ["", "", ""], hadal.name = "arg1"}, %arg2: tensor<4x32x20xf32> {hadal.dims = ["", "", ""], hadal.name = "arg2"}, %arg3: tensor<4xf32> {hadal.dims = [""], hadal.name = "arg3"}, %arg4: tensor<32x4xf32> {hadal.dims = ["", ""], hadal.name = "arg4"}, %arg5: tensor<2x5x32xf32> {hadal.dims = ["", "", ""], hadal.name = "arg5"}) -> (tensor<2x5x32xf32> {hadal.dims = ["", "", ""], hadal.name = "out0"}) {
    %collapsed = tensor.collapse_shape %arg5 [[0, 1], [2]] : tensor<2x5x32xf32> into tensor<10x32xf32>
    %cst = arith.constant 0.000000e+00 : f32
    %0 = tensor.empty() : tensor<10x4xf32>
    %1 = linalg.fill ins(%cst : f32) outs(%0 : tensor<10x4xf32>) -> tensor<10x4xf32>
    %2 = linalg.matmul ins(%collapsed, %arg4 : tensor<10x32xf32>, tensor<32x4xf32>) outs(%1 : tensor<10x4xf32>) -> tensor<10x4xf32>
    %3 = tensor.empty() : tensor<10x4xf32>
    %4 = linalg.generic {indexing_maps = [#map, #map1, #map], iterator_types = ["parallel", "parallel"]} ins(%2, %arg3 : tensor<10x4xf32>, tensor<4xf32>) outs(%3 : tensor<10x4xf32>) {
    ^bb0(%in: f32, %in_60: f32, %out: f32):
      %117 = arith.addf %in, %in_60 : f32
      linalg.yield %117 : f32
    } -> tensor<10x4xf32>
    %c2 = arith.constant 2 : index
    %values, %indices = hadal.topk %4, %c2 largest : (tensor<10x4xf32>, index) -> (tensor<10x2xf32>, tensor<10x2xi32>)
    %cst_0 = arith.constant 0xFF800000 : f32
    %5 = tensor.empty() : tensor<10xf32>
    %6 = linalg.fill ins(%cst_0 : f32) outs(%5 : tensor<10xf32>) -> tensor<10xf32>
    %reduced = linalg.reduce { arith.maximumf } ins(%values : tensor<10x2xf32>) outs(%6 : tensor<10xf32>) dimensions = [1] 
    %cst_1 = arith.constant dense<0xFF800000> : tensor<f32>
    %7 = tensor.empty() : tensor<10xf32>
    %8 = linalg.generic {indexing_maps = [#map2, #map3, #map3], iterator_types = ["parallel"]} ins(%cst_1, %reduced : tensor<f32>, tensor<10xf32>) outs(%7 : tensor<10xf32>) {
    ^bb0(%in: f32, %in_60: f32, %out: f32):
      %117 = arith.maximumf %in, %in_60 : f32
      linalg.yield %117 : f32
    } -> tensor<10xf32>
    %9 = tensor.empty() : tensor<10x2xf32>
    %10 = linalg.generic {indexing_maps = [#map, #map4, #map], iterator_types = ["parallel", "parallel"]} ins(%values, %8 : tensor<10x2xf32>, tensor<10xf32>) outs(%9 : tensor<10x2xf32>) {
    ^bb0(%in: f32, %in_60: f32, %out: f32):
      %117 = arith.subf %in, %in_60 : f32
      linalg.yield %117 : f32
    } -> tensor<10x2xf32>
    %11 = tensor.empty() : tensor<10x2xf32>
    %12 = linalg.generic {indexing_maps = [#map, #map], iterator_types = ["parallel", "parallel"]} ins(%10 : tensor<10x2xf32>) outs(%11 : tensor<10x2xf32>) {
    ^bb0(%in: f32, %out: f32):
      %117 = math.exp %in : f32
      linalg.yield %117 : f32
    } -> tensor<10x2xf32>
    %cst_2 = arith.constant 0.000000e+00 : f32
    %13 = tensor.empty() : tensor<10xf32>
    %14 = linalg.fill ins(%cst_2 : f32) outs(%13 : tensor<10xf32>) -> tensor<10xf32>
    %reduced_3 = linalg.reduce { arith.addf } ins(%12 : tensor<10x2xf32>) outs(%14 : tensor<10xf32>) dimensions = [1] 
    %15 = tensor.empty() : tensor<10x2xf32>
    %16 = linalg.generic {indexing_maps = [#map, #map4, #map], iterator_types = ["parallel", "parallel"]} ins(%12, %reduced_3 : tensor<10x2xf32>, tensor<10xf32>) outs(%15 : tensor<10x2xf32>) {
    ^bb0(%in: f32, %in_60: f32, %out: f32):
      %117 = arith.divf %in, %in_60 : f32
      linalg.yield %117 : f32
    } -> tensor<10x2xf32>
    %cst_4 = arith.constant dense<0.000000e+00> : tensor<f32>
    %extracted_slice = tensor.extract_slice %arg0[0, 0, 0] [1, 32, 20] [1, 1, 1] : tensor<4x32x20xf32> to tensor<1x32x20xf32>
    %collapsed_5 = tensor.collapse_shape %extracted_slice [[0, 1], [2]] : tensor<1x32x20xf32> into tensor<32x20xf32>
    %extracted_slice_6 = tensor.extract_slice %arg2[0, 0, 0] [1, 32, 20] [1, 1, 1] : tensor<4x32x20xf32> to tensor<1x32x20xf32>
    %collapsed_7 = tensor.collapse_shape %extracted_slice_6 [[0, 1], [2]] : tensor<1x32x20xf32> into tensor<32x20xf32>
    %extracted_slice_8 = tensor.extract_slice %arg1[0, 0, 0] [1, 20, 32] [1, 1, 1] : tensor<4x20x32xf32> to tensor<1x20x32xf32>
    %collapsed_9 = tensor.collapse_shape %extracted_slice_8 [[0, 1], [2]] : tensor<1x20x32xf32> into tensor<20x32xf32>
    %cst_10 = arith.constant 0.000000e+00 : f32
    %17 = tensor.empty() : tensor<10x20xf32>
    %18 = linalg.fill ins(%cst_10 : f32) outs(%17 : tensor<10x20xf32>) -> tensor<10x20xf32>
    %19 = linalg.matmul ins(%collapsed, %collapsed_5 : tensor<10x32xf32>, tensor<32x20xf32>) outs(%18 : tensor<10x20xf32>) -> tensor<10x20xf32>
    %cst_11 = arith.constant dense<0.000000e+00> : tensor<f32>
    %20 = tensor.empty() : tensor<10x20xf32>
    %21 = linalg.generic {indexing_maps = [#map, #map5, #map], iterator_types = ["parallel", "parallel"]} ins(%19, %cst_11 : tensor<10x20xf32>, tensor<f32>) outs(%20 : tensor<10x20xf32>) {
    ^bb0(%in: f32, %in_60: f32, %out: f32):
      %117 = arith.maximumf %in, %in_60 : f32
      linalg.yield %117 : f32
    } -> tensor<10x20xf32>
    %cst_12 = arith.constant 0.000000e+00 : f32
    %22 = tensor.empty() : tensor<10x20xf32>
    %23 = linalg.fill ins(%cst_12 : f32) outs(%22 : tensor<10x20xf32>) -> tensor<10x20xf32>
    %24 = linalg.matmul ins(%collapsed, %collapsed_7 : tensor<10x32xf32>, tensor<32x20xf32>) outs(%23 : tensor<10x20xf32>) -> tensor<10x20xf32>
    %25 = tensor.empty() : tensor<10x20xf32>
    %26 = linalg.generic {indexing_maps = [#map, #map, #map], iterator_types = ["parallel", "parallel"]} ins(%21, %24 : tensor<10x20xf32>, tensor<10x20xf32>) outs(%25 : tensor<10x20xf32>) {
    ^bb0(%in: f32, %in_60: f32, %out: f32):
      %117 = arith.mulf %in, %in_60 : f32
      linalg.yield %117 : f32
    } -> tensor<10x20xf32>
    %cst_13 = arith.constant 0.000000e+00 : f32
    %27 = tensor.empty() : tensor<10x32xf32>
    %28 = linalg.fill ins(%cst_13 : f32) outs(%27 : tensor<10x32xf32>) -> tensor<10x32xf32>
    %29 = linalg.matmul ins(%26, %collapsed_9 : tensor<10x20xf32>, tensor<20x32xf32>) outs(%28 : tensor<10x32xf32>) -> tensor<10x32xf32>
    %cst_14 = arith.constant dense<0> : tensor<i32>
    %30 = tensor.empty() : tensor<10x2xi1>
    %31 = linalg.generic {indexing_maps = [#map, #map5, #map], iterator_types = ["parallel", "parallel"]} ins(%indices, %cst_14 : tensor<10x2xi32>, tensor<i32>) outs(%30 : tensor<10x2xi1>) {
    ^bb0(%in: i32, %in_60: i32, %out: i1):
      %117 = arith.cmpi eq, %in, %in_60 : i32
      linalg.yield %117 : i1
    } -> tensor<10x2xi1>
    %cst_15 = arith.constant dense<0> : tensor<i32>
    %32 = tensor.empty() : tensor<f32>
    %33 = linalg.generic {indexing_maps = [#map6, #map6], iterator_types = []} ins(%cst_15 : tensor<i32>) outs(%32 : tensor<f32>) {
    ^bb0(%in: i32, %out: f32):
      %117 = arith.sitofp %in : i32 to f32
      linalg.yield %117 : f32
    } -> tensor<f32>
    %34 = tensor.empty() : tensor<10x2xf32>
    %35 = linalg.generic {indexing_maps = [#map, #map, #map5, #map], iterator_types = ["parallel", "parallel"]} ins(%31, %16, %33 : tensor<10x2xi1>, tensor<10x2xf32>, tensor<f32>) outs(%34 : tensor<10x2xf32>) {
    ^bb0(%in: i1, %in_60: f32, %in_61: f32, %out: f32):
      %117 = arith.select %in, %in_60, %in_61 : f32
      linalg.yield %117 : f32
    } -> tensor<10x2xf32>
    %cst_16 = arith.constant 0.000000e+00 : f32
    %36 = tensor.empty() : tensor<10xf32>
    %37 = linalg.fill ins(%cst_16 : f32) outs(%36 : tensor<10xf32>) -> tensor<10xf32>
    %reduced_17 = linalg.reduce { arith.addf } ins(%35 : tensor<10x2xf32>) outs(%37 : tensor<10xf32>) dimensions = [1] 
    %38 = tensor.empty() : tensor<10x32xf32>
    %39 = linalg.generic {indexing_maps = [#map, #map4, #map], iterator_types = ["parallel", "parallel"]} ins(%29, %reduced_17 : tensor<10x32xf32>, tensor<10xf32>) outs(%38 : tensor<10x32xf32>) {
    ^bb0(%in: f32, %in_60: f32, %out: f32):
      %117 = arith.mulf %in, %in_60 : f32
      linalg.yield %117 : f32
    } -> tensor<10x32xf32>
    %40 = tensor.empty() : tensor<10x32xf32>
    %41 = linalg.generic {indexing_maps = [#map5, #map, #map], iterator_types = ["parallel", "parallel"]} ins(%cst_4, %39 : tensor<f32>, tensor<10x32xf32>) outs(%40 : tensor<10x32xf32>) {
    ^bb0(%in: f32, %in_60: f32, %out: f32):
      %117 = arith.addf %in, %in_60 : f32
      linalg.yield %117 : f32
    } -> tensor<10x32xf32>
    %extracted_slice_18 = tensor.extract_slice %arg0[1, 0, 0] [1, 32, 20] [1, 1, 1] : tensor<4x32x20xf32> to tensor<1x32x20xf32>
    %collapsed_19 = tensor.collapse_shape %extracted_slice_18 [[0, 1], [2]] : tensor<1x32x20xf32> into tensor<32x20xf32>
    %extracted_slice_20 = tensor.extract_slice %arg2[1, 0, 0] [1, 32, 20] [1, 1, 1] : tensor<4x32x20xf32> to tensor<1x32x20xf32>
    %collapsed_21 = tensor.collapse_shape %extracted_slice_20 [[0, 1], [2]] : tensor<1x32x20xf32> into tensor<32x20xf32>
    %extracted_slice_22 = tensor.extract_slice %arg1[1, 0, 0] [1, 20, 32] [1, 1, 1] : tensor<4x20x32xf32> to tensor<1x20x32xf32>
    %collapsed_23 = tensor.collapse_shape %extracted_slice_22 [[0, 1], [2]] : tensor<1x20x32xf32> into tensor<20x32xf32>
    %cst_24 = arith.constant 0.000000e+00 : f32
    %42 = tensor.empty() : tensor<10x20xf32>
    %43 = linalg.fill ins(%cst_24 : f32) outs(%42 : tensor<10x20xf32>) -> tensor<10x20xf32>
    %44 = linalg.matmul ins(%collapsed, %collapsed_19 : tensor<10x32xf32>, tensor<32x20xf32>) outs(%43 : tensor<10x20xf32>) -> tensor<10x20xf32>
    %cst_25 = arith.constant dense<0.000000e+00> : tensor<f32>
    %45 = tensor.empty() : tensor<10x20xf32>
    %46 = linalg.generic {indexing_maps = [#map, #map5, #map], iterator_types = ["parallel", "parallel"]} ins(%44, %cst_25 : tensor<10x20xf32>, tensor<f32>) outs(%45 : tensor<10x20xf32>) {
    ^bb0(%in: f32, %in_60: f32, %out: f32):
      %117 = arith.maximumf %in, %in_60 : f32
      linalg.yield %117 : f32
    } -> tensor<10x20xf32>
    %cst_26 = arith.constant 0.000000e+00 : f32
    %47 = tensor.empty() : tensor<10x20xf32>
    %48 = linalg.fill ins(%cst_26 : f32) outs(%47 : tensor<10x20xf32>) -> tensor<10x20xf32>
    %49 = linalg.matmul ins(%collapsed, %collapsed_21 : tensor<10x32xf32>, tensor<32x20xf32>) outs(%48 : tensor<10x20xf32>) -> tensor<10x20xf32>
    %50 = tensor.empty() : tensor<10x20xf32>
    %51 = linalg.generic {indexing_maps = [#map, #map, #map], iterator_types = ["parallel", "parallel"]} ins(%46, %49 : tensor<10x20xf32>, tensor<10x20xf32>) outs(%50 : tensor<10x20xf32>) {
    ^bb0(%in: f32, %in_60: f32, %out: f32):
      %117 = arith.mulf %in, %in_60 : f32
      linalg.yield %117 : f32
    } -> tensor<10x20xf32>
    %cst_27 = arith.constant 0.000000e+00 : f32
    %52 = tensor.empty() : tensor<10x32xf32>
    %53 = linalg.fill ins(%cst_27 : f32) outs(%52 : tensor<10x32xf32>) -> tensor<10x32xf32>
    %54 = linalg.matmul ins(%51, %collapsed_23 : tensor<10x20xf32>, tensor<20x32xf32>) outs(%53 : tensor<10x32xf32>) -> tensor<10x32xf32>
    %cst_28 = arith.constant dense<1> : tensor<i32>
    %55 = tensor.empty() : tensor<10x2xi1>
    %56 = linalg.generic {indexing_maps = [#map, #map5, #map], iterator_types = ["parallel", "parallel"]} ins(%indices, %cst_28 : tensor<10x2xi32>, tensor<i32>) outs(%55 : tensor<10x2xi1>) {
    ^bb0(%in: i32, %in_60: i32, %out: i1):
      %117 = arith.cmpi eq, %in, %in_60 : i32
      linalg.yield %117 : i1
    } -> tensor<10x2xi1>
    %cst_29 = arith.constant dense<0> : tensor<i32>
    %57 = tensor.empty() : tensor<f32>
    %58 = linalg.generic {indexing_maps = [#map6, #map6], iterator_types = []} ins(%cst_29 : tensor<i32>) outs(%57 : tensor<f32>) {
    ^bb0(%in: i32, %out: f32):
      %117 = arith.sitofp %in : i32 to f32
      linalg.yield %117 : f32
    } -> tensor<f32>
    %59 = tensor.empty() : tensor<10x2xf32>
    %60 = linalg.generic {indexing_maps = [#map, #map, #map5, #map], iterator_types = ["parallel", "parallel"]} ins(%56, %16, %58 : tensor<10x2xi1>, tensor<10x2xf32>, tensor<f32>) outs(%59 : tensor<10x2xf32>) {
    ^bb0(%in: i1, %in_60: f32, %in_61: f32, %out: f32):
      %117 = arith.select %in, %in_60, %in_61 : f32
      linalg.yield %117 : f32
    } -> tensor<10x2xf32>
    %cst_30 = arith.constant 0.000000e+00 : f32
    %61 = tensor.empty() : tensor<10xf32>
    %62 = linalg.fill ins(%cst_30 : f32) outs(%61 : tensor<10xf32>) -> tensor<10xf32>
    %reduced_31 = linalg.reduce { arith.addf } ins(%60 : tensor<10x2xf32>) outs(%62 : tensor<10xf32>) dimensions = [1] 
    %63 = tensor.empty() : tensor<10x32xf32>
    %64 = linalg.generic {indexing_maps = [#map, #map4, #map], iterator_types = ["parallel", "parallel"]} ins(%54, %reduced_31 : tensor<10x32xf32>, tensor<10xf32>) outs(%63 : tensor<10x32xf32>) {
    ^bb0(%in: f32, %in_60: f32, %out: f32):
      %117 = arith.mulf %in, %in_60 : f32
      linalg.yield %117 : f32
    } -> tensor<10x32xf32>
    %65 = tensor.empty() : tensor<10x32xf32>
    %66 = linalg.generic {indexing_maps = [#map, #map, #map], iterator_types = ["parallel", "parallel"]} ins(%41, %64 : tensor<10x32xf32>, tensor<10x32xf32>) outs(%65 : tensor<10x32xf32>) {
    ^bb0(%in: f32, %in_60: f32, %out: f32):
      %117 = arith.addf %in, %in_60 : f32
      linalg.yield %117 : f32
    } -> tensor<10x32xf32>
    %extracted_slice_32 = tensor.extract_slice %arg0[2, 0, 0] [1, 32, 20] [1, 1, 1] : tensor<4x32x20xf32> to tensor<1x32x20xf32>
    %collapsed_33 = tensor.collapse_shape %extracted_slice_32 [[0, 1], [2]] : tensor<1x32x20xf32> into tensor<32x20xf32>
    %extracted_slice_34 = tensor.extract_slice %arg2[2, 0, 0] [1, 32, 20] [1, 1, 1] : tensor<4x32x20xf32> to tensor<1x32x20xf32>
    %collapsed_35 = tensor.collapse_shape %extracted_slice_34 [[0, 1], [2]] : tensor<1x32x20xf32> into tensor<32x20xf32>
    %extracted_slice_36 = tensor.extract_slice %arg1[2, 0, 0] [1, 20, 32] [1, 1, 1] : tensor<4x20x32xf32> to tensor<1x20x32xf32>
    %collapsed_37 = tensor.collapse_shape %extracted_slice_36 [[0, 1], [2]] : tensor<1x20x32xf32> into tensor<20x32xf32>
    %cst_38 = arith.constant 0.000000e+00 : f32
    %67 = tensor.empty() : tensor<10x20xf32>
    %68 = linalg.fill ins(%cst_38 : f32) outs(%67 : tensor<10x20xf32>) -> tensor<10x20xf32>
    %69 = linalg.matmul ins(%collapsed, %collapsed_33 : tensor<10x32xf32>, tensor<32x20xf32>) outs(%68 : tensor<10x20xf32>) -> tensor<10x20xf32>
    %cst_39 = arith.constant dense<0.000000e+00> : tensor<f32>
    %70 = tensor.empty() : tensor<10x20xf32>
    %71 = linalg.generic {indexing_maps = [#map, #map5, #map], iterator_types = ["parallel", "parallel"]} ins(%69, %cst_39 : tensor<10x20xf32>, tensor<f32>) outs(%70 : tensor<10x20xf32>) {
    ^bb0(%in: f32, %in_60: f32, %out: f32):
      %117 = arith.maximumf %in, %in_60 : f32
      linalg.yield %117 : f32
    } -> tensor<10x20xf32>
    %cst_40 = arith.constant 0.000000e+00 : f32
    %72 = tensor.empty() : tensor<10x20xf32>
    %73 = linalg.fill ins(%cst_40 : f32) outs(%72 : tensor<10x20xf32>) -> tensor<10x20xf32>
    %74 = linalg.matmul ins(%collapsed, %collapsed_35 : tensor<10x32xf32>, tensor<32x20xf32>) outs(%73 : tensor<10x20xf32>) -> tensor<10x20xf32>
    %75 = tensor.empty() : tensor<10x20xf32>
    %76 = linalg.generic {indexing_maps = [#map, #map, #map], iterator_types = ["parallel", "parallel"]} ins(%71, %74 : tensor<10x20xf32>, tensor<10x20xf32>) outs(%75 : tensor<10x20xf32>) {
    ^bb0(%in: f32, %in_60: f32, %out: f32):
      %117 = arith.mulf %in, %in_60 : f32
      linalg.yield %117 : f32
    } -> tensor<10x20xf32>
    %cst_41 = arith.constant 0.000000e+00 : f32
    %77 = tensor.empty() : tensor<10x32xf32>
    %78 = linalg.fill ins(%cst_41 : f32) outs(%77 : tensor<10x32xf32>) -> tensor<10x32xf32>
    %79 = linalg.matmul ins(%76, %collapsed_37 : tensor<10x20xf32>, tensor<20x32xf32>) outs(%78 : tensor<10x32xf32>) -> tensor<10x32xf32>
    %cst_42 = arith.constant dense<2> : tensor<i32>
    %80 = tensor.empty() : tensor<10x2xi1>
    %81 = linalg.generic {indexing_maps = [#map, #map5, #map], iterator_types = ["parallel", "parallel"]} ins(%indices, %cst_42 : tensor<10x2xi32>, tensor<i32>) outs(%80 : tensor<10x2xi1>) {
    ^bb0(%in: i32, %in_60: i32, %out: i1):
      %117 = arith.cmpi eq, %in, %in_60 : i32
      linalg.yield %117 : i1
    } -> tensor<10x2xi1>
    %cst_43 = arith.constant dense<0> : tensor<i32>
    %82 = tensor.empty() : tensor<f32>
    %83 = linalg.generic {indexing_maps = [#map6, #map6], iterator_types = []} ins(%cst_43 : tensor<i32>) outs(%82 : tensor<f32>) {
    ^bb0(%in: i32, %out: f32):
      %117 = arith.sitofp %in : i32 to f32
      linalg.yield %117 : f32
    } -> tensor<f32>
    %84 = tensor.empty() : tensor<10x2xf32>
    %85 = linalg.generic {indexing_maps = [#map, #map, #map5, #map], iterator_types = ["parallel", "parallel"]} ins(%81, %16, %83 : tensor<10x2xi1>, tensor<10x2xf32>, tensor<f32>) outs(%84 : tensor<10x2xf32>) {
    ^bb0(%in: i1, %in_60: f32, %in_61: f32, %out: f32):
      %117 = arith.select %in, %in_60, %in_61 : f32
      linalg.yield %117 : f32
    } -> tensor<10x2xf32>
    %cst_44 = arith.constant 0.000000e+00 : f32
    %86 = tensor.empty() : tensor<10xf32>
    %87 = linalg.fill ins(%cst_44 : f32) outs(%86 : tensor<10xf32>) -> tensor<10xf32>
    %reduced_45 = linalg.reduce { arith.addf } ins(%85 : tensor<10x2xf32>) outs(%87 : tensor<10xf32>) dimensions = [1] 
    %88 = tensor.empty() : tensor<10x32xf32>
    %89 = linalg.generic {indexing_maps = [#map, #map4, #map], iterator_types = ["parallel", "parallel"]} ins(%79, %reduced_45 : tensor<10x32xf32>, tensor<10xf32>) outs(%88 : tensor<10x32xf32>) {
    ^bb0(%in: f32, %in_60: f32, %out: f32):
      %117 = arith.mulf %in, %in_60 : f32
      linalg.yield %117 : f32
    } -> tensor<10x32xf32>
    %90 = tensor.empty() : tensor<10x32xf32>
    %91 = linalg.generic {indexing_maps = [#map, #map, #map], iterator_types = ["parallel", "parallel"]} ins(%66, %89 : tensor<10x32xf32>, tensor<10x32xf32>) outs(%90 : tensor<10x32xf32>) {
    ^bb0(%in: f32, %in_60: f32, %out: f32):
      %117 = arith.addf %in, %in_60 : f32
      linalg.yield %117 : f32
    } -> tensor<10x32xf32>
    %extracted_slice_46 = tensor.extract_slice %arg0[3, 0, 0] [1, 32, 20] [1, 1, 1] : tensor<4x32x20xf32> to tensor<1x32x20xf32>
    %collapsed_47 = tensor.collapse_shape %extracted_slice_46 [[0, 1], [2]] : tensor<1x32x20xf32> into tensor<32x20xf32>
    %extracted_slice_48 = tensor.extract_slice %arg2[3, 0, 0] [1, 32, 20] [1, 1, 1] : tensor<4x32x20xf32> to tensor<1x32x20xf32>
    %collapsed_49 = tensor.collapse_shape %extracted_slice_48 [[0, 1], [2]] : tensor<1x32x20xf32> into tensor<32x20xf32>
    %extracted_slice_50 = tensor.extract_slice %arg1[3, 0, 0] [1, 20, 32] [1, 1, 1] : tensor<4x20x32xf32> to tensor<1x20x32xf32>
    %collapsed_51 = tensor.collapse_shape %extracted_slice_50 [[0, 1], [2]] : tensor<1x20x32xf32> into tensor<20x32xf32>
    %cst_52 = arith.constant 0.000000e+00 : f32
    %92 = tensor.empty() : tensor<10x20xf32>
    %93 = linalg.fill ins(%cst_52 : f32) outs(%92 : tensor<10x20xf32>) -> tensor<10x20xf32>
    %94 = linalg.matmul ins(%collapsed, %collapsed_47 : tensor<10x32xf32>, tensor<32x20xf32>) outs(%93 : tensor<10x20xf32>) -> tensor<10x20xf32>
    %cst_53 = arith.constant dense<0.000000e+00> : tensor<f32>
    %95 = tensor.empty() : tensor<10x20xf32>
    %96 = linalg.generic {indexing_maps = [#map, #map5, #map], iterator_types = ["parallel", "parallel"]} ins(%94, %cst_53 : tensor<10x20xf32>, tensor<f32>) outs(%95 : tensor<10x20xf32>) {
    ^bb0(%in: f32, %in_60: f32, %out: f32):
      %117 = arith.maximumf %in, %in_60 : f32
      linalg.yield %117 : f32
    } -> tensor<10x20xf32>
    %cst_54 = arith.constant 0.000000e+00 : f32
    %97 = tensor.empty() : tensor<10x20xf32>
    %98 = linalg.fill ins(%cst_54 : f32) outs(%97 : tensor<10x20xf32>) -> tensor<10x20xf32>
    %99 = linalg.matmul ins(%collapsed, %collapsed_49 : tensor<10x32xf32>, tensor<32x20xf32>) outs(%98 : tensor<10x20xf32>) -> tensor<10x20xf32>
    %100 = tensor.empty() : tensor<10x20xf32>
    %101 = linalg.generic {indexing_maps = [#map, #map, #map], iterator_types = ["parallel", "parallel"]} ins(%96, %99 : tensor<10x20xf32>, tensor<10x20xf32>) outs(%100 : tensor<10x20xf32>) {
    ^bb0(%in: f32, %in_60: f32, %out: f32):
      %117 = arith.mulf %in, %in_60 : f32
      linalg.yield %117 : f32
    } -> tensor<10x20xf32>
    %cst_55 = arith.constant 0.000000e+00 : f32
    %102 = tensor.empty() : tensor<10x32xf32>
    %103 = linalg.fill ins(%cst_55 : f32) outs(%102 : tensor<10x32xf32>) -> tensor<10x32xf32>
    %104 = linalg.matmul ins(%101, %collapsed_51 : tensor<10x20xf32>, tensor<20x32xf32>) outs(%103 : tensor<10x32xf32>) -> tensor<10x32xf32>
    %cst_56 = arith.constant dense<3> : tensor<i32>
    %105 = tensor.empty() : tensor<10x2xi1>
    %106 = linalg.generic {indexing_maps = [#map, #map5, #map], iterator_types = ["parallel", "parallel"]} ins(%indices, %cst_56 : tensor<10x2xi32>, tensor<i32>) outs(%105 : tensor<10x2xi1>) {
    ^bb0(%in: i32, %in_60: i32, %out: i1):
      %117 = arith.cmpi eq, %in, %in_60 : i32
      linalg.yield %117 : i1
    } -> tensor<10x2xi1>
    %cst_57 = arith.constant dense<0> : tensor<i32>
    %107 = tensor.empty() : tensor<f32>
    %108 = linalg.generic {indexing_maps = [#map6, #map6], iterator_types = []} ins(%cst_57 : tensor<i32>) outs(%107 : tensor<f32>) {
    ^bb0(%in: i32, %out: f32):
      %117 = arith.sitofp %in : i32 to f32
      linalg.yield %117 : f32
    } -> tensor<f32>
    %109 = tensor.empty() : tensor<10x2xf32>
    %110 = linalg.generic {indexing_maps = [#map, #map, #map5, #map], iterator_types = ["parallel", "parallel"]} ins(%106, %16, %108 : tensor<10x2xi1>, tensor<10x2xf32>, tensor<f32>) outs(%109 : tensor<10x2xf32>) {
    ^bb0(%in: i1, %in_60: f32, %in_61: f32, %out: f32):
      %117 = arith.select %in, %in_60, %in_61 : f32
      linalg.yield %117 : f32
    } -> tensor<10x2xf32>
    %cst_58 = arith.constant 0.000000e+00 : f32
    %111 = tensor.empty() : tensor<10xf32>
    %112 = linalg.fill ins(%cst_58 : f32) outs(%111 : tensor<10xf32>) -> tensor<10xf32>
    %reduced_59 = linalg.reduce { arith.addf } ins(%110 : tensor<10x2xf32>) outs(%112 : tensor<10xf32>) dimensions = [1] 
    %113 = tensor.empty() : tensor<10x32xf32>
    %114 = linalg.generic {indexing_maps = [#map, #map4, #map], iterator_types = ["parallel", "parallel"]} ins(%104, %reduced_59 : tensor<10x32xf32>, tensor<10xf32>) outs(%113 : tensor<10x32xf32>) {
    ^bb0(%in: f32, %in_60: f32, %out: f32):
      %117 = arith.mulf %in, %in_60 : f32
      linalg.yield %117 : f32
    } -> tensor<10x32xf32>
    %115 = tensor.empty() : tensor<10x32xf32>
    %116 = linalg.generic {indexing_maps = [#map, #map, #map], iterator_types = ["parallel", "parallel"]} ins(%91, %114 : tensor<10x32xf32>, tensor<10x32xf32>) outs(%115 : tensor<10x32xf32>) {
    ^bb0(%in: f32, %in_60: f32, %out: f32):
      %117 = arith.addf %in, %in_60 : f32
      linalg.yield %117 : f32
    } -> tensor<10x32xf32>
    %expanded = tensor.expand_shape %116 [[0, 1], [2]] output_shape [2, 5, 32] : tensor<10x32xf32> into tensor<2x5x32xf32>
    return %expanded : tensor<2x5x32xf32>
  }
}
