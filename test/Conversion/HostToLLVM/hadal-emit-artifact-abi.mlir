// RUN: hadal-opt %s --hadal-emit-artifact-abi | FileCheck %s
// RUN: hadal-opt %s --hadal-host-to-llvm | FileCheck %s --check-prefix=LLVM

// All of the module is in the llvm dialect.
// LLVM-NOT: {{(func|arith|memref|scf|vector|tile|builtin\.unrealized)[._]}}

module attributes {hadal.manifest = "{\"abi\":1}"} {
  // The entry function gets the host and the status of the launches so far.
  // CHECK-LABEL: func.func private @f(%{{.*}}: !llvm.ptr, %{{.*}}: !llvm.ptr, %{{.*}}: memref<?x4xf32>, %{{.*}}: memref<?x4xf32> {hadal.output}, %{{.*}}: memref<?xi8>)
  // CHECK: %[[SLOTS:.*]] = llvm.alloca %{{.*}} x i64
  // CHECK: llvm.getelementptr %{{.*}}[2]
  // CHECK: memref.extract_aligned_pointer_as_index
  // CHECK: llvm.store %{{.*}}, %[[SLOTS]] : i64, !llvm.ptr
  // CHECK: memref.dim
  // CHECK: llvm.getelementptr %[[SLOTS]][1]
  // CHECK: arith.bitcast %{{.*}} : f32 to i32
  // CHECK: llvm.call @hadal.launch(%{{.*}}, %{{.*}}, %{{.*}}, %[[SLOTS]], %{{.*}})
  // CHECK: %[[VIEW:.*]] = memref.view
  // CHECK: memref.dim %[[VIEW]]
  // CHECK: memref.extract_aligned_pointer_as_index %[[VIEW]]
  // CHECK: llvm.inttoptr
  // CHECK: llvm.call @hadal.launch
  tile.program @k(%x: memref<?x4xf32>, %w: memref<4xf32>, %s: f32, %y: memref<?x4xf32>)
      attributes {hadal.source = "__global__ void k() {}", hadal.threads = 128 : i64, hadal.shared_bytes = 64 : i64} {
    tile.return
  }
  tile.global @w : tensor<4xf32> = dense<[1.0, 2.0, 3.0, 4.0]> : tensor<4xf32>
  tile.global @e : tensor<4xf32> = dense<0.0> : tensor<4xf32> {hadal.external = #hadal.external<"weights.bin", 4096, 16>}
  tile.global @flags : tensor<2xi1> = dense<[true, false]> : tensor<2xi1>
  tile.global @d : tensor<8xf32>
  func.func @f(%x: memref<?x4xf32>, %y: memref<?x4xf32> {hadal.output}, %ws: memref<?xi8>) attributes {hadal.entry} {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %one = arith.constant 1.0 : f32
    %n = memref.dim %x, %c0 : memref<?x4xf32>
    %w = tile.get_global @w : memref<4xf32>
    tile.launch @k grid[%n, %c1, %c1] ins(%x, %w, %one : memref<?x4xf32>, memref<4xf32>, f32) outs(%y : memref<?x4xf32>)
    // A reshape is the same address with other sizes.
    %v = memref.view %ws[%c0][%n] : memref<?xi8> to memref<?x2x2xf32>
    %z = memref.collapse_shape %v [[0], [1, 2]] : memref<?x2x2xf32> into memref<?x4xf32>
    tile.launch @k grid[%n, %c1, %c1] ins(%z, %w, %one : memref<?x4xf32>, memref<4xf32>, f32) outs(%y : memref<?x4xf32>)
    return
  }
  // CHECK-LABEL: func.func private @f.plan
  func.func @f.plan(%n: index, %four: index) -> (index, index, index) attributes {hadal.plan} {
    %c64 = arith.constant 64 : index
    return %c64, %n, %four : index, index, index
  }
  // CHECK-LABEL: llvm.func internal @f.run(
  // CHECK-SAME: -> i32
  // CHECK: call @f(
  // CHECK: llvm.return
  // CHECK-LABEL: llvm.func internal @f.plan.run(
  // CHECK-LABEL: llvm.func internal @hadal.launch(
  // CHECK: llvm.icmp "eq"
  // CHECK: llvm.cond_br
  // CHECK: llvm.mlir.global internal constant @[[SOURCE:.*]]("__global__ void k() {}\00")
  // Slots: x and its size, w, s, y and its size.
  // CHECK: llvm.mlir.global internal constant @[[KINDS:.*]]("\00\01\00\02\00\01\00")
  // CHECK: llvm.mlir.global internal constant @{{.*}}(dense<[1.000000e+00, 2.000000e+00, 3.000000e+00, 4.000000e+00]> : tensor<4xf32>)
  // CHECK: llvm.mlir.global internal constant @{{.*}}("weights.bin\00")
  // CHECK: llvm.mlir.global internal constant @{{.*}}(dense<[1, 0]> : tensor<2xi8>)
  // CHECK: llvm.mlir.global internal constant @hadal.functions
  // CHECK: llvm.mlir.addressof @f.run
  // CHECK: llvm.mlir.global internal constant @hadal.kernels
  // CHECK: llvm.mlir.addressof @[[SOURCE]]
  // CHECK: llvm.mlir.constant(128 : i32)
  // CHECK: llvm.mlir.constant(64 : i32)
  // CHECK: llvm.mlir.addressof @[[KINDS]]
  // CHECK: llvm.mlir.global internal constant @hadal.globals
  // CHECK: llvm.mlir.global external constant @hadal_artifact
}
