// RUN: hadal-opt %s --split-input-file --verify-diagnostics

// layout C1
// expected-error @+1 {{a digit's count and step must be positive}}
module attributes {test.a = #cuda.layout<threads [d0 x 0 by 1] registers []>} {}

// -----

// layout C1
// expected-error @+1 {{digits of registers must belong to dimensions and be ordered by them}}
module attributes {test.a = #cuda.layout<threads [] registers [d1 x 2 by 1, d0 x 2 by 1]>} {}

// -----

// layout, syntax
// expected-error @+1 {{a digit belongs to a dimension (d0, d1, ...) or to none (_)}}
module attributes {test.a = #cuda.layout<threads [x x 2 by 1] registers []>} {}

// -----

// home C1
// expected-error @+1 {{a layout comes with registers, and only with them}}
module attributes {test.a = #cuda.home<registers>} {}

// -----

// home C1
// expected-error @+1 {{a pitch comes with shared memory}}
module attributes {test.a = #cuda.home<shared>} {}

// -----

// array C1
// expected-error @+1 {{elements of an array are scalars, not 'vector<4xf32>'}}
func.func private @f(!cuda.array<global, vector<4xf32>>)

// -----

// array C2
// expected-error @+1 {{a global array has no size, the others a positive one}}
func.func private @f(!cuda.array<shared, f32>)

// -----

// array, syntax
// expected-error @+1 {{an array is global, shared or local, not constant}}
func.func private @f(!cuda.array<constant, f32>)

// -----

// kernel C1
// expected-error @+1 {{arguments are global arrays and scalars, not '!cuda.array<shared, 4 x f32>'}}
cuda.kernel @k(%x as "x": !cuda.array<shared, 4 x f32>) threads 32 {
  cuda.return
}

// -----

// kernel C1, names
// expected-error @+1 {{names 0 of its 1 arguments}}
"cuda.kernel"() <{program = @k, arg_names = [], threads = 32 : i32, shared = 0 : i64}> ({
^bb0(%x: f32):
  "cuda.return"() : () -> ()
}) : () -> ()

// -----

// kernel C2
// expected-error @+1 {{a block has a multiple of 32 threads, at most 1024, not 48}}
cuda.kernel @k() threads 48 {
  cuda.return
}

// -----

// kernel C3
// expected-error @+1 {{must end with cuda.return}}
cuda.kernel @k() threads 32 {
  cuda.barrier
}

// -----

// block_id C1
cuda.kernel @k() threads 32 {
  // expected-error @+1 {{attribute 'dim' failed to satisfy constraint}}
  %i = cuda.block_id 3
  cuda.return
}

// -----

// shared C1
cuda.kernel @k() threads 32 {
  // expected-error @+1 {{makes a shared array, not '!cuda.array<local, 4 x f32>'}}
  %s = cuda.shared "s" : <local, 4 x f32>
  cuda.return
}

// -----

// local C1
cuda.kernel @k() threads 32 {
  // expected-error @+1 {{makes a local array, not '!cuda.array<shared, 4 x f32>'}}
  %s = cuda.local "s" : <shared, 4 x f32>
  cuda.return
}

// -----

// get C1
cuda.kernel @k(%x as "x": !cuda.array<global, f32>, %i as "i": i32) threads 32 {
  // expected-error @+1 {{reads 'f32' from '!cuda.array<global, f32>'}}
  %v = "cuda.get"(%x, %i) <{operandSegmentSizes = array<i32: 1, 1, 0, 0>}> : (!cuda.array<global, f32>, i32) -> i32
  cuda.return
}

// -----

// get C2
cuda.kernel @k(%x as "x": !cuda.array<global, f32>, %i as "i": i32, %c as "c": i1) threads 32 {
  // expected-error @+1 {{has a condition without its alternative, or the reverse}}
  %v = "cuda.get"(%x, %i, %c) <{operandSegmentSizes = array<i32: 1, 1, 1, 0>}> : (!cuda.array<global, f32>, i32, i1) -> f32
  cuda.return
}

// -----

// set C1
cuda.kernel @k(%x as "x": !cuda.array<global, f32>, %i as "i": i32) threads 32 {
  // expected-error @+1 {{stores 'i32' in '!cuda.array<global, f32>'}}
  "cuda.set"(%i, %x, %i) : (i32, !cuda.array<global, f32>, i32) -> ()
  cuda.return
}

// -----

// atomic_add C1
cuda.kernel @k(%x as "x": !cuda.array<global, f64>, %i as "i": i32, %v as "v": f64) threads 32 {
  // expected-error @+1 {{there are atomics for f32, i32 and i64}}
  cuda.atomic_add %v, %x[%i] : !cuda.array<global, f64>
  cuda.return
}

// -----

// barrier C1
cuda.kernel @k(%c as "c": i1) threads 32 {
  scf.if %c {
    // expected-error @+1 {{stands where not all threads may come: scf.if around it is not uniform}}
    cuda.barrier
  }
  cuda.return
}

// -----

// shuffle_xor C1
cuda.kernel @k(%v as "v": f32) threads 32 {
  // expected-error @+1 {{the mask is 1, 2, 4, 8 or 16, not 3}}
  %w = cuda.shuffle_xor %v by 3 : f32
  cuda.return
}

// -----

// mma C1
cuda.kernel @k(%i as "i": i32) threads 32 {
  %acc = cuda.local "acc" : <local, 4 x i32>
  // expected-error @+1 {{accumulates in a local array of f32, not '!cuda.array<local, 4 x i32>'}}
  cuda.mma tf32 %acc[%i, %i, %i, %i] a %i, %i, %i, %i b %i, %i : !cuda.array<local, 4 x i32>
  cuda.return
}
