//===- Importer.h - From the nodes of a model to operations ----*- C++ -*-===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_IMPORT_ONNX_IMPORTER_H
#define HADAL_IMPORT_ONNX_IMPORTER_H

#include "Model.h"
#include "OpTable.h"
#include "Sizes.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/Diagnostics.h"

#include <deque>

namespace hadal::onnx {

using Dims = llvm::SmallVector<SizeExpr, 4>;

/// A value of the graph. What is known of it (the elements of a shape tensor,
/// the bytes of a constant) is used as such; it gets an SSA value only when an
/// operation needs one.
struct Tensor {
  DType type;
  Dims dims;
  std::optional<Dims> elements;     // of a small tensor of integers (in any type) and static shape, row-major
  const TensorData *data = nullptr; // of a constant
  mlir::Value value;
  mlir::Location loc;

  int64_t rank() const { return dims.size(); }
};

/// The state of one import.
class Importer {
public:
  Importer(const Model &model, mlir::func::FuncOp func, mlir::OpBuilder &builder);

  mlir::LogicalResult run();
  /// Imports the nodes of a graph in a node here, its inputs being `inputs`;
  /// its outputs. What is defined in it is forgotten after.
  mlir::FailureOr<llvm::SmallVector<Tensor *>> importBody(const Graph &body, llvm::ArrayRef<Tensor *> inputs);

  const Model &model;
  mlir::func::FuncOp func;
  mlir::OpBuilder &builder;
  Sizes sizes;

  Tensor &newTensor(DType type, Dims dims, mlir::Location loc);
  /// A constant whose data is loaded and stays where it is.
  Tensor &constant(const TensorData &data);
  Tensor &ownConstant(TensorData data) { return constant(ownData.emplace_back(std::move(data))); }
  /// The SSA value of `tensor`, made now if there is none yet.
  mlir::Value materialize(Tensor &tensor);
  mlir::LogicalResult error(const llvm::Twine &what);

private:
  mlir::LogicalResult makeArguments();
  mlir::LogicalResult importNode(const Node &node);
  mlir::LogicalResult makeResults();
  void define(llvm::StringRef name, Tensor &tensor);
  mlir::FailureOr<Tensor *> lookup(llvm::StringRef name);
  mlir::Value materializeElements(Tensor &tensor);

  llvm::StringMap<Tensor *> values;         // by name
  llvm::StringMap<std::string> unsupported; // why there is no value, by name
  std::vector<std::string> scope;           // the names in `values`, in order of definition
  std::deque<Tensor> tensors;               // all of them; addresses stay
  std::deque<TensorData> ownData;
};

/// What an import function sees of its node. An attribute of the wrong kind
/// reads as its default and fails the node in the end.
class NodeContext {
public:
  NodeContext(Importer &importer, const Node &node, llvm::ArrayRef<Tensor *> inputs);

  Importer &importer;
  mlir::OpBuilder &builder;
  Sizes &sizes;
  mlir::Location loc;
  const Node &node;
  int64_t version; // of the node's operator set

  // Inputs and outputs.
  size_t numInputs() const { return inputs.size(); }
  bool hasInput(size_t i) const { return i < inputs.size() && inputs[i]; }
  Tensor &input(size_t i) const { return *inputs[i]; }
  bool wantsOutput(size_t i) const { return i < node.outputs.size() && !node.outputs[i].empty(); }
  size_t numOutputs() const { return node.outputs.size(); }
  void setOutput(size_t i, Tensor &tensor);
  llvm::ArrayRef<Tensor *> outputs() const { return results; }

  // Attributes. One that nobody asks for is an error.
  bool hasAttribute(llvm::StringRef name);
  int64_t intAttribute(llvm::StringRef name, int64_t orElse);
  float floatAttribute(llvm::StringRef name, float orElse);
  std::string stringAttribute(llvm::StringRef name, llvm::StringRef orElse);
  std::optional<llvm::SmallVector<int64_t>> intsAttribute(llvm::StringRef name);
  const TensorData *tensorAttribute(llvm::StringRef name);
  /// Null if the node lacks it.
  const Graph *graphAttribute(llvm::StringRef name);
  /// For attributes that change nothing here.
  void ignoreAttribute(llvm::StringRef name) { find(name, NodeAttribute::Kind::Unknown); }
  mlir::LogicalResult checkAttributes();
  /// Whether the results have sizes that exist.
  mlir::LogicalResult checkOutputs();

  // Conversions of inputs.
  mlir::Value value(Tensor &tensor) { return importer.materialize(tensor); }
  mlir::Value value(size_t i) { return value(input(i)); }
  /// The elements of an integer input of static shape: known ones, or read at run time.
  mlir::FailureOr<Dims> elements(Tensor &tensor);
  /// The elements of an integer input that must be constants.
  mlir::FailureOr<llvm::SmallVector<int64_t>> constants(size_t i);
  /// The value of a constant of one element.
  std::optional<double> constantScalar(Tensor &tensor);
  /// `axis` counted from 0, if it is within `rank`.
  mlir::FailureOr<int64_t> normalizeAxis(int64_t axis, int64_t rank);

  Tensor &newTensor(DType type, Dims dims) { return importer.newTensor(type, std::move(dims), loc); }
  Tensor &newTensor(DType type, Dims dims, mlir::Value value);
  Tensor &newElements(DType type, Dims dims, Dims elements);
  /// The dimensions as numbers, if all are.
  std::optional<llvm::SmallVector<int64_t>> staticShape(llvm::ArrayRef<SizeExpr> dims);

  mlir::Type elementType(DType type) const;
  mlir::RankedTensorType tensorType(DType type, llvm::ArrayRef<SizeExpr> dims);

  /// Requires that a = b holds or may be assumed (which is then reported).
  mlir::LogicalResult requireEqual(const SizeExpr &a, const SizeExpr &b, const llvm::Twine &what);
  mlir::LogicalResult requireType(Tensor &tensor, DType type, const llvm::Twine &what);
  std::string shapeText(const Tensor &tensor) const;

  /// Reports that the node cannot be imported, and why: once.
  mlir::LogicalResult error(const llvm::Twine &what);

private:
  const NodeAttribute *find(llvm::StringRef name, NodeAttribute::Kind kind);

  llvm::SmallVector<Tensor *> inputs;
  llvm::SmallVector<Tensor *> results;
  llvm::SmallVector<llvm::StringRef> asked;
  bool hasFailed = false;
};

} // namespace hadal::onnx

#endif // HADAL_IMPORT_ONNX_IMPORTER_H
