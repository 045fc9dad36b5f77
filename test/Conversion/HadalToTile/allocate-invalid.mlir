// RUN: hadal-opt %s --hadal-allocate --split-input-file --verify-diagnostics

func.func @aliases(%x: tensor<4xf32>) -> tensor<4xf32> { // expected-error {{result 0 needs memory of its own}}
  return %x : tensor<4xf32>
}

// -----

func.func @graph(%x: tensor<?x4xf32>) -> tensor<?x4xf32> {
  // expected-error @+1 {{no place in a host program}}
  %s = hadal.cumsum %x axis 0 : tensor<?x4xf32>
  return %s : tensor<?x4xf32>
}
