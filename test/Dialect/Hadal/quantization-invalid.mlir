// RUN: hadal-opt %s -split-input-file -verify-diagnostics
// One fault in each part, named by the constraint that it violates.

// quantize C1
func.func @f(%x: tensor<256xf32>) {
  // expected-error @+1 {{takes a tensor of rank 2 or more}}
  %q, %s = hadal.quantize %x block [1, 128] : (tensor<256xf32>) -> (tensor<256xf8E4M3FN>, tensor<2xf32>)
  return
}

// -----

// quantize C2
func.func @f(%x: tensor<4x256xf32>) {
  // expected-error @+1 {{the block must be two numbers of at least 1}}
  %q, %s = hadal.quantize %x block [1, 0] : (tensor<4x256xf32>) -> (tensor<4x256xf8E4M3FN>, tensor<4x2xf32>)
  return
}

// -----

// quantize C2
func.func @f(%x: tensor<4x256xf32>) {
  // expected-error @+1 {{the block must be two numbers of at least 1}}
  %q, %s = hadal.quantize %x block [128] : (tensor<4x256xf32>) -> (tensor<4x256xf8E4M3FN>, tensor<4x2xf32>)
  return
}

// -----

// quantize C3
func.func @f(%x: tensor<4x256xf32>) {
  // expected-error @+1 {{gives [4x3], not 'tensor<4x2xf32>'}}
  %q, %s = hadal.quantize %x block [1, 100] : (tensor<4x256xf32>) -> (tensor<4x256xf8E4M3FN>, tensor<4x2xf32>)
  return
}

// -----

// quantize C3
func.func @f(%x: tensor<4x256xf32>) {
  // expected-error @+1 {{gives [4x256], not 'tensor<4x128xf8E4M3FN>'}}
  %q, %s = hadal.quantize %x block [1, 128] : (tensor<4x256xf32>) -> (tensor<4x128xf8E4M3FN>, tensor<4x2xf32>)
  return
}

// -----

// quantize C4
func.func @f(%x: tensor<4x256xf32>) {
  // expected-error @+1 {{a floor says what it is of}}
  %q, %s = hadal.quantize %x block [1, 128] floor amax 0.0 : (tensor<4x256xf32>) -> (tensor<4x256xf8E4M3FN>, tensor<4x2xf32>)
  return
}

// -----

// quantize C4
func.func @f(%x: tensor<4x256xf32>) {
  // expected-error @+1 {{a floor says what it is of}}
  %q, %s = "hadal.quantize"(%x) {block = array<i64: 1, 128>, floor = 1.0 : f32} : (tensor<4x256xf32>) -> (tensor<4x256xf8E4M3FN>, tensor<4x2xf32>)
  return
}

// -----

// quantize C4
func.func @f(%x: tensor<4x256xf32>) {
  // expected-error @+1 {{a floor of the scale does not go with scale_rounding mx}}
  %q, %s = hadal.quantize %x block [1, 128] floor scale 1.0 scale_rounding mx : (tensor<4x256xf32>) -> (tensor<4x256xf8E4M3FN>, tensor<4x2xf32>)
  return
}

// -----

// quantize C5
func.func @f(%x: tensor<4x256xf32>) {
  // expected-error @+1 {{scales of f8E8M0FNU need scale_rounding}}
  %q, %s = hadal.quantize %x block [1, 128] : (tensor<4x256xf32>) -> (tensor<4x256xf8E4M3FN>, tensor<4x2xf8E8M0FNU>)
  return
}

// -----

// quantize C6
func.func @f(%x: tensor<4x256xf32>) {
  // expected-error @+1 {{scaling by amax takes no scale_rounding}}
  %q, %s = hadal.quantize %x block [1, 128] scale_rounding up by amax : (tensor<4x256xf32>) -> (tensor<4x256xf8E4M3FN>, tensor<4x2xf32>)
  return
}

// -----

// quantize C6
func.func @f(%x: tensor<4x256xf32>) {
  // expected-error @+1 {{scaling by amax takes no scale_rounding}}
  %q, %s = hadal.quantize %x block [1, 128] floor scale 1.0 by amax : (tensor<4x256xf32>) -> (tensor<4x256xf8E4M3FN>, tensor<4x2xf32>)
  return
}

// -----

// dequantize C1
func.func @f(%q: tensor<256xf8E4M3FN>, %s: tensor<2xf32>) {
  // expected-error @+1 {{takes a tensor of rank 2 or more}}
  %y = hadal.dequantize %q, %s block [1, 128] : (tensor<256xf8E4M3FN>, tensor<2xf32>) -> tensor<256xf32>
  return
}

// -----

// dequantize C2
func.func @f(%q: tensor<4x256xf8E4M3FN>, %s: tensor<4x2xf32>) {
  // expected-error @+1 {{the block must be two numbers of at least 1}}
  %y = hadal.dequantize %q, %s block [-1, 128] : (tensor<4x256xf8E4M3FN>, tensor<4x2xf32>) -> tensor<4x256xf32>
  return
}

// -----

// dequantize C3
func.func @f(%q: tensor<4x256xf8E4M3FN>, %s: tensor<4x2xf32>) {
  // expected-error @+1 {{must be one for each block}}
  %y = hadal.dequantize %q, %s block [2, 128] : (tensor<4x256xf8E4M3FN>, tensor<4x2xf32>) -> tensor<4x256xf32>
  return
}

// -----

// dequantize C4
func.func @f(%q: tensor<4x256xf8E4M3FN>, %s: tensor<4x2xf32>) {
  // expected-error @+1 {{gives [4x256], not 'tensor<4x255xf32>'}}
  %y = hadal.dequantize %q, %s block [1, 128] : (tensor<4x256xf8E4M3FN>, tensor<4x2xf32>) -> tensor<4x255xf32>
  return
}

// -----

// scaled_matmul C1
func.func @f(%a: tensor<256xf32>, %b: tensor<256x128xf32>) {
  // expected-error @+1 {{takes a of rank 2 or more}}
  %d = hadal.scaled_matmul %a, %b  : (tensor<256xf32>, tensor<256x128xf32>) -> tensor<128xf32>
  return
}

// -----

// scaled_matmul C2
func.func @f(%a: tensor<4x256xf8E4M3FN>, %b: tensor<256x128xf8E4M3FN>) {
  // expected-error @+1 {{a and b differ in K}}
  %d = hadal.scaled_matmul %a, %b transposed : (tensor<4x256xf8E4M3FN>, tensor<256x128xf8E4M3FN>) -> tensor<4x256xf32>
  return
}

// -----

// scaled_matmul C2
func.func @f(%a: tensor<2x4x256xf32>, %b: tensor<3x256x128xf32>) {
  // expected-error @+1 {{a and b differ in their batch dimensions}}
  %d = hadal.scaled_matmul %a, %b  : (tensor<2x4x256xf32>, tensor<3x256x128xf32>) -> tensor<2x4x128xf32>
  return
}

// -----

// scaled_matmul C3
func.func @f(%a: tensor<4x256xf8E4M3FN>, %b: tensor<256x128xf8E4M3FN>, %s: tensor<4x2xf32>) {
  // expected-error @+1 {{scales come with their block}}
  %d = hadal.scaled_matmul %a, %b a_scales %s block [0, 128] : (tensor<4x256xf8E4M3FN>, tensor<256x128xf8E4M3FN>, tensor<4x2xf32>) -> tensor<4x128xf32>
  return
}

// -----

// scaled_matmul C3
func.func @f(%a: tensor<4x256xf8E4M3FN>, %b: tensor<256x128xf8E4M3FN>) {
  // expected-error @+1 {{scales come with their block}}
  %d = "hadal.scaled_matmul"(%a, %b) {a_block = array<i64: 1, 128>, operandSegmentSizes = array<i32: 1, 1, 0, 0, 0, 0>} : (tensor<4x256xf8E4M3FN>, tensor<256x128xf8E4M3FN>) -> tensor<4x128xf32>
  return
}

// -----

// scaled_matmul C4
func.func @f(%a: tensor<4x256xf8E4M3FN>, %b: tensor<256x128xf8E4M3FN>, %s: tensor<4x2xf32>) {
  // expected-error @+1 {{must be one for each block of 'tensor<256x128xf8E4M3FN>'}}
  %d = hadal.scaled_matmul %a, %b b_scales %s block [128, 128] : (tensor<4x256xf8E4M3FN>, tensor<256x128xf8E4M3FN>, tensor<4x2xf32>) -> tensor<4x128xf32>
  return
}

// -----

// scaled_matmul C5
func.func @f(%a: tensor<4x256xf8E4M3FN>, %b: tensor<256x128xf8E4M3FN>) {
  // expected-error @+1 {{gives [4x128], not 'tensor<4x127xf32>'}}
  %d = hadal.scaled_matmul %a, %b  : (tensor<4x256xf8E4M3FN>, tensor<256x128xf8E4M3FN>) -> tensor<4x127xf32>
  return
}

// -----

// scaled_matmul C6
func.func @f(%a: tensor<4x256xf8E4M3FN>, %b: tensor<256x128xf8E4M3FN>, %s: tensor<4xf32>) {
  // expected-error @+1 {{the bias must be [N]}}
  %d = hadal.scaled_matmul %a, %b bias %s : (tensor<4x256xf8E4M3FN>, tensor<256x128xf8E4M3FN>, tensor<4xf32>) -> tensor<4x128xf32>
  return
}

// -----

// scaled_matmul C6
func.func @f(%a: tensor<4x256xf8E4M3FN>, %b: tensor<256x128xf8E4M3FN>, %s: tensor<4xf32>) {
  // expected-error @+1 {{the accumulator must have the result's shape}}
  %d = hadal.scaled_matmul %a, %b accumulate %s : (tensor<4x256xf8E4M3FN>, tensor<256x128xf8E4M3FN>, tensor<4xf32>) -> tensor<4x128xf32>
  return
}

// -----

// scaled_matmul C7
func.func @f(%a: tensor<4x256xf8E4M3FN>, %b: tensor<256x128xf8E4M3FN>) {
  // expected-error @+1 {{the promotion interval must be at least 1}}
  %d = hadal.scaled_matmul %a, %b promote 0 : (tensor<4x256xf8E4M3FN>, tensor<256x128xf8E4M3FN>) -> tensor<4x128xf32>
  return
}

// -----

// pack_fp4 C1
func.func @f(%x: tensor<4x3xf4E2M1FN>) {
  // expected-error @+1 {{whose last dimension is even}}
  %p = hadal.pack_fp4 %x : (tensor<4x3xf4E2M1FN>) -> tensor<4x1xi8>
  return
}

// -----

// pack_fp4 C2
func.func @f(%x: tensor<4x4xf4E2M1FN>) {
  // expected-error @+1 {{gives [4x2], not 'tensor<4x4xi8>'}}
  %p = hadal.pack_fp4 %x : (tensor<4x4xf4E2M1FN>) -> tensor<4x4xi8>
  return
}

// -----

// unpack_fp4 C1
func.func @f(%x: tensor<ui8>) {
  // expected-error @+1 {{takes a tensor of rank 1 or more}}
  %p = hadal.unpack_fp4 %x : (tensor<ui8>) -> tensor<2xf4E2M1FN>
  return
}

// -----

// unpack_fp4 C2
func.func @f(%x: tensor<4x4xui8>) {
  // expected-error @+1 {{gives [4x8], not 'tensor<4x4xf4E2M1FN>'}}
  %p = hadal.unpack_fp4 %x : (tensor<4x4xui8>) -> tensor<4x4xf4E2M1FN>
  return
}

// -----

// pack_cache C1
func.func @f(%l: tensor<3x512xf32>, %k: tensor<3x64xbf16>) {
  // expected-error @+1 {{takes latent and k_pe of one float type}}
  %c = hadal.pack_cache %l, %k layout v32 : (tensor<3x512xf32>, tensor<3x64xbf16>) -> tensor<3x656xui8>
  return
}

// -----

// pack_cache C1
func.func @f(%l: tensor<3x512xf32>, %k: tensor<4x64xf32>) {
  // expected-error @+1 {{takes latent and k_pe of one float type}}
  %c = hadal.pack_cache %l, %k layout v32 : (tensor<3x512xf32>, tensor<4x64xf32>) -> tensor<3x656xui8>
  return
}

// -----

// pack_cache C2
func.func @f(%l: tensor<3x448xf32>, %k: tensor<3x64xf32>) {
  // expected-error @+1 {{the latent's size must be a positive multiple of 128}}
  %c = hadal.pack_cache %l, %k layout v32 : (tensor<3x448xf32>, tensor<3x64xf32>) -> tensor<3x592xui8>
  return
}

// -----

// pack_cache C2
func.func @f(%l: tensor<3x448xf32>, %k: tensor<3x0xf32>) {
  // expected-error @+1 {{the latent's size must be a positive multiple of 64}}
  %c = hadal.pack_cache %l, %k layout v4 : (tensor<3x448xf32>, tensor<3x0xf32>) -> tensor<456xui8>
  return
}

// -----

// pack_cache C3
func.func @f(%l: tensor<3x512xf32>, %k: tensor<3x64xf32>) {
  // expected-error @+1 {{gives [3x656], not 'tensor<3x657xui8>'}}
  %c = hadal.pack_cache %l, %k layout v32 : (tensor<3x512xf32>, tensor<3x64xf32>) -> tensor<3x657xui8>
  return
}

// -----

// pack_cache C3
func.func @f(%l: tensor<64x448xf32>, %k: tensor<64x64xf32>) {
  // expected-error @+1 {{gives [37440], not 'tensor<37376xui8>'}}
  %c = hadal.pack_cache %l, %k layout v4 align 576 : (tensor<64x448xf32>, tensor<64x64xf32>) -> tensor<37376xui8>
  return
}

// -----

// pack_cache C4
func.func @f(%l: tensor<3x512xf32>, %k: tensor<3x64xf32>) {
  // expected-error @+1 {{align goes with layout v4}}
  %c = hadal.pack_cache %l, %k layout v32 align 576 : (tensor<3x512xf32>, tensor<3x64xf32>) -> tensor<3x656xui8>
  return
}

// -----

// unpack_cache C1
func.func @f(%x: tensor<3x656xui8>) {
  // expected-error @+1 {{gives latent and k_pe of one float type}}
  %l, %k = hadal.unpack_cache %x layout v32 : (tensor<3x656xui8>) -> (tensor<3x512xf32>, tensor<3x64xbf16>)
  return
}

// -----

// unpack_cache C2
func.func @f(%x: tensor<3x656xui8>) {
  // expected-error @+1 {{the latent's size must be a positive multiple of 128}}
  %l, %k = hadal.unpack_cache %x layout v32 : (tensor<3x656xui8>) -> (tensor<3x?xf32>, tensor<3x64xf32>)
  return
}

// -----

// unpack_cache C3
func.func @f(%x: tensor<3x584xui8>) {
  // expected-error @+1 {{layout v4 has a page of at least 1 token}}
  %l, %k = hadal.unpack_cache %x layout v4 : (tensor<3x584xui8>) -> (tensor<3x1x448xf32>, tensor<3x1x64xf32>)
  return
}

// -----

// unpack_cache C3
func.func @f(%x: tensor<3x656xui8>) {
  // expected-error @+1 {{layout v4 has a page of at least 1 token, v32 none}}
  %l, %k = hadal.unpack_cache %x layout v32 page 3 : (tensor<3x656xui8>) -> (tensor<3x512xf32>, tensor<3x64xf32>)
  return
}

// -----

// unpack_cache C4
func.func @f(%x: tensor<3x584xui8>) {
  // expected-error @+1 {{takes rows of 656 bytes}}
  %l, %k = hadal.unpack_cache %x layout v32 : (tensor<3x584xui8>) -> (tensor<3x512xf32>, tensor<3x64xf32>)
  return
}

// -----

// unpack_cache C4
func.func @f(%x: tensor<3x1168xui8>) {
  // expected-error @+1 {{takes rows of 1168 bytes}}
  %l, %k = hadal.unpack_cache %x layout v4 page 2 : (tensor<3x1168xui8>) -> (tensor<6x448xf32>, tensor<6x64xf32>)
  return
}

// -----

// unpack_cache C4
func.func @f(%x: tensor<3x1168xui8>) {
  // expected-error @+1 {{gives [3x2x448], not 'tensor<3x3x448xf32>'}}
  %l, %k = hadal.unpack_cache %x layout v4 page 2 : (tensor<3x1168xui8>) -> (tensor<3x3x448xf32>, tensor<3x3x64xf32>)
  return
}

// -----

// unpack_cache C5
func.func @f(%x: tensor<3x584xui8>) {
  // expected-error @+1 {{align goes with layout v4}}
  %l, %k = hadal.unpack_cache %x layout v4 page 1 align 0 : (tensor<3x584xui8>) -> (tensor<3x1x448xf32>, tensor<3x1x64xf32>)
  return
}

// -----

// hadamard C1
func.func @f(%x: tensor<4x96xf32>) {
  // expected-error @+1 {{static and a power of two}}
  %y = hadal.hadamard %x scale 1.0 : tensor<4x96xf32>
  return
}

// -----

// hadamard C2
func.func @f(%x: tensor<4x64xf32>) {
  // expected-error @+1 {{the scale must be finite}}
  %y = hadal.hadamard %x scale 0x7F800000 : tensor<4x64xf32>
  return
}
