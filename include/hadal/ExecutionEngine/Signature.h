//===- Signature.h - What a function takes and gives -*- C++ -*-===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_EXECUTIONENGINE_SIGNATURE_H
#define HADAL_EXECUTIONENGINE_SIGNATURE_H

#include "hadal/Support/Npz.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace hadal {

/// An input or output as the model declares it.
struct TensorSpec {
  std::string name;
  DType dtype = DType::F32;
  /// -1 where not static.
  std::vector<int64_t> dims;
  /// The symbol or expression of each dimension that is not static; otherwise "".
  std::vector<std::string> symbols;
};

struct Signature {
  std::string function;
  std::vector<TensorSpec> inputs, outputs;
};

/// "float32[batch, seq, 256]".
std::string describe(const TensorSpec &spec);

/// The signature of a function on tensors or of a host program, with the names of `hadal.name` and the symbols of
/// `hadal.dims`; arg0, out0, … where there are none.
llvm::Expected<Signature> signatureOf(mlir::func::FuncOp function);

/// Checks that `inputs` are what `signature` takes: count, type, rank, static dimensions, and one value of each symbol
/// over all inputs. The error names the input.
llvm::Error checkInputs(const Signature &signature, llvm::ArrayRef<Array> inputs);

/// The inputs by name, in the signature's order. An error names each that is missing, and those that are not inputs.
/// uint16 and uint8 bits stand for bf16 and fp8, as in files.
llvm::Expected<std::vector<Array>> bindInputs(const Signature &signature, std::vector<NamedArray> named);

/// Inputs drawn from `seed`: floats normal, integers below 256 and not negative, booleans even. `sizes` gives a value
/// to every symbol.
llvm::Expected<std::vector<Array>> drawInputs(const Signature &signature, uint64_t seed,
                                              llvm::ArrayRef<std::pair<std::string, int64_t>> sizes);

} // namespace hadal

#endif // HADAL_EXECUTIONENGINE_SIGNATURE_H
