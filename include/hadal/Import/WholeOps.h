//===- WholeOps.h - Operations that a model may state by name ---*- C++ -*-===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A model may state hadal.nsa, hadal.moe, … as such: in ONNX as the node NSA,
// MoE, … of the domain ai.hadal, in StableHLO as a custom call or composite
// `hadal.nsa`, `hadal.moe`, … One table (lib/Import/WholeOps/Table.cpp) says
// for both what operands, attributes and results each has; their names are
// those of the operation itself.
//
// ```c++
// const WholeOp *moba = findWholeOp("hadal.moba");
// NamedAttrList attributes;
// std::string why;
// if (failed(moba->addAttribute(attributes, "block", builder.getI64IntegerAttr(64), why)))
//   return error(why);
// FailureOr<Operation *> op = moba->create(builder, loc, {q, k, v, sink}, attributes, resultTypes, why);
// ```
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_IMPORT_WHOLEOPS_H
#define HADAL_IMPORT_WHOLEOPS_H

#include "mlir/IR/Builders.h"
#include "mlir/IR/Operation.h"

#include <optional>
#include <string>
#include <vector>

namespace hadal {

struct WholeOp {
  /// An operand or a result.
  struct Part {
    std::string name;
    bool isOptional = false;
    bool isIndex = false; // a result of indices
    /// The name of each size: parts that share one agree in it. "_" is any size; none: any rank. Results may have sums
    /// and differences of names, and alternatives behind "|", of which the first holds whose names are known.
    std::optional<llvm::SmallVector<std::string>> shape;
  };

  struct Field {
    std::string name;
    std::string kind; // int, float, flag, or the name of an enumeration of the dialect
    bool isRequired = false;
  };

  std::string name; // of the operation, "hadal.nsa"
  std::string node; // of the ONNX node, "NSA"
  std::vector<Part> operands, results;
  std::vector<Field> fields;

  size_t numRequired() const;
  const Field *findField(llvm::StringRef name) const;

  /// Adds an attribute that a model gives as an integer, a float, a boolean or a string; else says why it cannot be.
  mlir::LogicalResult addAttribute(mlir::NamedAttrList &attributes, llvm::StringRef name, mlir::Attribute given,
                                   std::string &why) const;
  /// Makes the operation, whose operands are null where they are missing, or says what is wrong with it.
  mlir::FailureOr<mlir::Operation *> create(mlir::OpBuilder &builder, mlir::Location loc,
                                            llvm::ArrayRef<mlir::Value> operands, const mlir::NamedAttrList &attributes,
                                            mlir::TypeRange results, std::string &why) const;
};

/// All of them.
llvm::ArrayRef<WholeOp> wholeOps();
/// The one of this operation ("hadal.nsa"), or null.
const WholeOp *findWholeOp(llvm::StringRef name);

} // namespace hadal

#endif // HADAL_IMPORT_WHOLEOPS_H
