// RUN: hadal-opt %s --hadal-form-kernels | FileCheck %s
// RUN: hadal-run --target=cpu %s --random-inputs=1 --dim=arg0.0=3 --dim=arg0.1=7 --dim=arg1.0=7 \
// RUN:   --output-dir=%t.dir
// RUN: hadal-run --target=reference %s --random-inputs=1 --dim=arg0.0=3 --dim=arg0.1=7 \
// RUN:   --dim=arg1.0=7 --expected=%t.dir/outputs.npz --tolerance=0
// RUN: hadal-run --target=emulator %s --random-inputs=1 --dim=arg0.0=3 --dim=arg0.1=7 \
// RUN:   --dim=arg1.0=7 --expected=%t.dir/outputs.npz --tolerance=0

// A fold that is no sum of products: point by point along what it folds.
// CHECK: tile.program @{{.*}}contraction{{.*}}(
// CHECK: scf.for
// CHECK: arith.maximumf
// CHECK: arith.select
func.func @masked_maximum(%x: tensor<?x?x5xf32>, %w: tensor<?xi32>) -> tensor<?x5xf32> {
  %c0 = arith.constant 0 : index
  %z = arith.constant -1.0 : f32
  %b = tensor.dim %x, %c0 : tensor<?x?x5xf32>
  %e = tensor.empty(%b) : tensor<?x5xf32>
  %i = linalg.fill ins(%z : f32) outs(%e : tensor<?x5xf32>) -> tensor<?x5xf32>
  %r = linalg.generic {
      indexing_maps = [affine_map<(b, d, t) -> (b, t, d)>, affine_map<(b, d, t) -> (t)>, affine_map<(b, d, t) -> (b, d)>],
      iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x, %w : tensor<?x?x5xf32>, tensor<?xi32>) outs(%i : tensor<?x5xf32>) {
  ^bb0(%a: f32, %v: i32, %acc: f32):
    %t = linalg.index 2 : index
    %ti = arith.index_cast %t : index to i32
    %c = arith.cmpi slt, %ti, %v : i32
    %m = arith.maximumf %a, %acc : f32
    %s = arith.select %c, %m, %acc : f32
    linalg.yield %s : f32
  } -> tensor<?x5xf32>
  return %r : tensor<?x5xf32>
}
