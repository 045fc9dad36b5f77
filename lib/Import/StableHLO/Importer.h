//===- Importer.h - Operations of StableHLO as linalg, tensor, arith --*- C++ -*-===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// One walk over the functions, from the public one on: each operation is imported by the function of its kind, calls
// are walked into, loops of a known number of rounds are walked round by round. What needs no operation makes none:
// repetitions (broadcasts) are kept as maps until something needs them in memory, and small tensors of integers that
// hold sizes are followed as sizes.
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_LIB_IMPORT_STABLEHLO_IMPORTER_H
#define HADAL_LIB_IMPORT_STABLEHLO_IMPORTER_H

#include "dialects/StableHLO/IR/StableHLO.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/IR/AffineMap.h"
#include "mlir/IR/Builders.h"

#include <deque>

namespace hadal {
struct WholeOp;
}

namespace hadal::stablehlo {

/// A size or an index: a constant, or a value of type index. Also an element of a tensor of integers that is followed.
using Size = mlir::OpFoldResult;
using Sizes = llvm::SmallVector<Size>;

/// A value of the model.
struct Tensor {
  mlir::Type element; ///< as in the model, unsigned integers too
  Sizes dims;
  mlir::Value value; ///< in the imported function; null until something needs it in memory
  /// If not null, the tensor repeats `base`: its element at d… is base[map(d…)].
  mlir::Value base;
  mlir::AffineMap map;
  /// The elements, of a tensor of integers of rank 0 or 1, where they are followed.
  std::optional<Sizes> elements;

  int64_t rank() const { return static_cast<int64_t>(dims.size()); }
  bool isUnsigned() const { return element.isUnsignedInteger() || element.isInteger(1); }
};

/// The type that stands for an element type in the imported function: without signedness.
mlir::Type storageType(mlir::Type element);

/// Makes the result element of an element-wise operation.
using ScalarBody = llvm::function_ref<mlir::Value(mlir::OpBuilder &, mlir::Location, mlir::ValueRange)>;

class Importer {
public:
  Importer(mlir::ModuleOp model, mlir::func::FuncOp target);

  /// Imports `source` as the target's body.
  mlir::LogicalResult run(mlir::func::FuncOp source);

  //===--------------------------------------------------------------------===//
  // Walking
  //===--------------------------------------------------------------------===//

  mlir::LogicalResult importOp(mlir::Operation *op);
  /// Imports a block with these arguments; `results` are what its terminator gives.
  mlir::LogicalResult importBlock(mlir::Block &block, llvm::ArrayRef<Tensor *> arguments,
                                  llvm::SmallVectorImpl<Tensor *> &results);
  mlir::LogicalResult importCall(mlir::Operation *op, llvm::StringRef callee);

  Tensor &operand(mlir::Operation *op, unsigned number) { return get(op->getOperand(number)); }
  Tensor &get(mlir::Value value) { return *tensors.lookup(value); }
  void set(mlir::Value value, Tensor &tensor) { tensors[value] = &tensor; }
  Tensor &make(mlir::Type element, Sizes dims, mlir::Value value = {});

  //===--------------------------------------------------------------------===//
  // Sizes (Sizes.cpp)
  //===--------------------------------------------------------------------===//

  Size constant(int64_t value) { return b.getIndexAttr(value); }
  Size add(Size x, Size y);
  Size sub(Size x, Size y);
  Size mul(Size x, Size y);
  Size ceilDiv(Size x, int64_t y);
  Size product(llvm::ArrayRef<Size> sizes);
  mlir::Value indexValue(Size size);
  bool areEqual(Size x, Size y);
  bool haveEqualProducts(llvm::ArrayRef<Size> xs, llvm::ArrayRef<Size> ys);
  /// The sizes of a value's type where it states them, else those given.
  Sizes refine(mlir::RankedTensorType type, Sizes sizes);
  /// Those of a type without dynamic ones.
  Sizes staticSizes(llvm::ArrayRef<int64_t> shape);
  llvm::SmallVector<int64_t> typeSizes(llvm::ArrayRef<Size> dims);
  mlir::RankedTensorType typeOf(mlir::Type element, llvm::ArrayRef<Size> dims);
  /// The elements of a tensor of sizes; an error if they are not followed.
  mlir::FailureOr<Sizes> sizesOf(mlir::Operation *op, Tensor &shape);
  /// Follows the elements of an element-wise operation's result where its operands' are followed.
  std::optional<Sizes> followElements(mlir::Operation *op, llvm::ArrayRef<Tensor *> operands);
  std::optional<int64_t> constantElement(Tensor &tensor);

  //===--------------------------------------------------------------------===//
  // Forms (Emit.cpp)
  //===--------------------------------------------------------------------===//

  /// The tensor in memory.
  mlir::Value materialize(Tensor &tensor);
  mlir::Value empty(mlir::Type element, llvm::ArrayRef<Size> dims);
  mlir::Value scalarConstant(mlir::Attribute value);
  /// A tensor full of one number.
  Tensor &splat(mlir::Type element, Sizes dims, mlir::TypedAttr value);
  /// The attribute of every element, where that is known.
  mlir::TypedAttr splatValue(Tensor &tensor);
  Tensor &elementwise(mlir::Type element, Sizes dims, llvm::ArrayRef<Tensor *> operands, ScalarBody body);
  /// `tensor` repeated: the element at d… is tensor[map(d…)].
  Tensor &repeat(Tensor &tensor, Sizes dims, mlir::AffineMap map);
  mlir::FailureOr<Tensor *> reshape(mlir::Operation *op, Tensor &tensor, Sizes dims);
  Tensor &transpose(Tensor &tensor, llvm::ArrayRef<int64_t> permutation);
  Tensor &slice(Tensor &tensor, llvm::ArrayRef<Size> offsets, llvm::ArrayRef<Size> sizes,
                llvm::ArrayRef<int64_t> strides);
  Tensor &concat(llvm::ArrayRef<Tensor *> parts, int64_t dim);
  /// 0, 1, 2, … of an integer type.
  Tensor &iota(mlir::Type element, Size size);
  /// Slices along one dimension by a tensor of indices that are all valid.
  Tensor &gatherAlong(Tensor &tensor, int64_t axis, Tensor &indices);
  Tensor &convert(Tensor &tensor, mlir::Type element);
  Tensor &select(Tensor &pred, Tensor &onTrue, Tensor &onFalse);

  /// The operation's element, made of scalars (Elements.cpp).
  mlir::FailureOr<mlir::Value> scalarOp(mlir::OpBuilder &at, mlir::Operation *op, mlir::ValueRange operands);
  /// The values that a region of scalars gives.
  mlir::LogicalResult scalarBlock(mlir::OpBuilder &at, mlir::Block &block, mlir::ValueRange arguments,
                                  llvm::SmallVectorImpl<mlir::Value> &results);

  mlir::ModuleOp model;
  mlir::func::FuncOp target;
  mlir::OpBuilder b;
  mlir::Location loc; ///< of the operation that is being imported
  mlir::SymbolTable symbols;

private:
  mlir::LogicalResult makeArguments(mlir::func::FuncOp source, llvm::SmallVectorImpl<Tensor *> &arguments);
  mlir::LogicalResult makeResults(mlir::func::FuncOp source, llvm::ArrayRef<Tensor *> results);

  std::deque<Tensor> storage;
  llvm::DenseMap<mlir::Value, Tensor *> tensors;
  llvm::SmallVector<llvm::StringRef> callStack;
  llvm::DenseMap<mlir::Value, std::string> symbolOf; // of sizes of arguments
  int64_t rounds = 0;                                // of loops, walked so far

  friend struct LoopImport;
};

/// One function for each kind of operation.
mlir::LogicalResult importElementwise(Importer &importer, mlir::Operation *op);
bool isElementwise(mlir::Operation *op);
mlir::LogicalResult importLayout(Importer &importer, mlir::Operation *op);
mlir::LogicalResult importSlices(Importer &importer, mlir::Operation *op);
mlir::LogicalResult importGather(Importer &importer, mlir::Operation *op);
mlir::LogicalResult importScatter(Importer &importer, ScatterOp op);
mlir::LogicalResult importProduct(Importer &importer, mlir::Operation *op);
mlir::LogicalResult importReduction(Importer &importer, mlir::Operation *op);
mlir::LogicalResult importSort(Importer &importer, SortOp op);
mlir::LogicalResult importTopK(Importer &importer, mlir::Operation *op, int64_t k);
mlir::LogicalResult importControl(Importer &importer, mlir::Operation *op);
mlir::LogicalResult importCustom(Importer &importer, mlir::Operation *op);
/// A custom call or composite that is an operation of ours.
mlir::LogicalResult importWholeOp(Importer &importer, mlir::Operation *op, const WholeOp &whole);
/// Why an operation cannot be imported, as far as that can be told without importing; empty if it can.
std::string whyUnsupported(mlir::Operation *op);

/// Replaces operations of vhlo by those of stablehlo. `producer` is what the file says of who wrote it.
mlir::LogicalResult convertVhlo(mlir::ModuleOp module, mlir::Location file, llvm::StringRef producer);
/// An error at `loc`, or at `file` where that is no place in a file.
mlir::InFlightDiagnostic errorAt(mlir::Location loc, mlir::Location file);

} // namespace hadal::stablehlo

#endif // HADAL_LIB_IMPORT_STABLEHLO_IMPORTER_H
