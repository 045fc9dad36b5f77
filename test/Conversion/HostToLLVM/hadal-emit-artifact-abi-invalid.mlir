// RUN: hadal-opt %s --hadal-emit-artifact-abi --split-input-file --verify-diagnostics

// expected-error @+1 {{has been lowered for no target}}
tile.program @k(%x: memref<4xf32>) {
  tile.return
}

// -----

// expected-error @+1 {{argument 1 is a scalar of 'f64', which has no slot in a launch}}
tile.program @k(%x: memref<4xf32>, %s: f64) attributes {hadal.source = ""} {
  tile.return
}

// -----

// expected-error @+1 {{names the function @k.cpu, which is not there}}
tile.program @k(%x: memref<4xf32>) attributes {hadal.cpu = @k.cpu} {
  tile.return
}

// -----

// expected-error @+1 {{has no function @f.plan beside it}}
func.func @f(%ws: memref<?xi8>) attributes {hadal.entry} {
  return
}

// -----

tile.program @k(%x: memref<4xf32>) attributes {hadal.source = "k"} {
  tile.return
}
func.func @f(%x: memref<4xf32>) {
  %c1 = arith.constant 1 : index
  // expected-error @+1 {{stands outside an entry function}}
  tile.launch @k grid[%c1, %c1, %c1] outs(%x : memref<4xf32>)
  return
}
