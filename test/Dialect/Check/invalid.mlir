// RUN: hadal-opt %s --split-input-file --verify-diagnostics

// check.expect_eq C1
func.func @f(%a: tensor<2xf32>, %b: tensor<3xf32>) {
  // expected-error@+1 {{cannot compare 'tensor<2xf32>' with 'tensor<3xf32>'}}
  check.expect_eq %a, %b : tensor<2xf32>, tensor<3xf32>
  return
}

// -----

// check.expect_eq C1
func.func @f(%a: tensor<2xf32>, %b: tensor<2xf64>) {
  // expected-error@+1 {{cannot compare 'tensor<2xf32>' with 'tensor<2xf64>'}}
  check.expect_eq %a, %b : tensor<2xf32>, tensor<2xf64>
  return
}

// -----

// check.expect_close C1
func.func @f(%a: tensor<2xf32>, %b: f32) {
  // expected-error@+1 {{cannot compare 'tensor<2xf32>' with 'f32'}}
  check.expect_close %a, %b tolerance 0.0 : tensor<2xf32>, f32
  return
}

// -----

// check.expect_close C2
func.func @f(%a: tensor<2xi32>) {
  // expected-error@+1 {{compares floats, not 'tensor<2xi32>'}}
  check.expect_close %a, %a tolerance 0.0 : tensor<2xi32>, tensor<2xi32>
  return
}

// -----

// check.expect_close C3
func.func @f(%a: f32) {
  // expected-error@+1 {{the tolerance must be finite and not negative}}
  check.expect_close %a, %a tolerance -1.0 : f32, f32
  return
}
