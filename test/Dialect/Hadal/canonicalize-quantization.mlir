// RUN: hadal-opt %s --canonicalize | FileCheck %s

// CHECK-LABEL: @fp4
// CHECK-SAME: (%[[X:.*]]: tensor<2x4xf4E2M1FN>, %[[B:.*]]: tensor<2x2xui8>, %[[C:.*]]: tensor<2x2xi8>)
// CHECK-NEXT: hadal.unpack_fp4 %[[C]]
// CHECK-NEXT: %[[P:.*]] = hadal.pack_fp4
// CHECK-NEXT: return %[[X]], %[[B]], %[[P]]
func.func @fp4(%x: tensor<2x4xf4E2M1FN>, %b: tensor<2x2xui8>, %c: tensor<2x2xi8>)
    -> (tensor<2x4xf4E2M1FN>, tensor<2x2xui8>, tensor<2x2xui8>) {
  %p = hadal.pack_fp4 %x : (tensor<2x4xf4E2M1FN>) -> tensor<2x2xui8>
  %x1 = hadal.unpack_fp4 %p : (tensor<2x2xui8>) -> tensor<2x4xf4E2M1FN>
  %u = hadal.unpack_fp4 %b : (tensor<2x2xui8>) -> tensor<2x4xf4E2M1FN>
  %b1 = hadal.pack_fp4 %u : (tensor<2x4xf4E2M1FN>) -> tensor<2x2xui8>
  // Bytes of another type are not the same value.
  %v = hadal.unpack_fp4 %c : (tensor<2x2xi8>) -> tensor<2x4xf4E2M1FN>
  %c1 = hadal.pack_fp4 %v : (tensor<2x4xf4E2M1FN>) -> tensor<2x2xui8>
  return %x1, %b1, %c1 : tensor<2x4xf4E2M1FN>, tensor<2x2xui8>, tensor<2x2xui8>
}
