//===- KernelPrinter.h - One kernel as text ------------------*- C++ -*-===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_TARGET_CUDACPP_KERNELPRINTER_H
#define HADAL_TARGET_CUDACPP_KERNELPRINTER_H

#include "dialects/Cuda/IR/Cuda.h"

#include "llvm/ADT/StringSet.h"
#include "llvm/Support/raw_ostream.h"

#include <string>

namespace hadal::cudacpp {

/// How tightly an expression's outermost operator binds; lower binds tighter.
enum Precedence {
  Primary,
  Unary = 3,
  Multiplicative = 5,
  Additive,
  Shift,
  Relational = 9,
  Equality,
  BitAnd,
  BitXor,
  BitOr,
  LogicalAnd,
  LogicalOr,
  Conditional
};

struct Expression {
  std::string text;
  Precedence precedence = Primary;

  /// As an operand of an operator that binds like `outer`.
  std::string in(Precedence outer) const { return precedence <= outer ? text : "(" + text + ")"; }
  /// As the right operand of a left-associative one.
  std::string right(Precedence outer) const { return precedence < outer ? text : "(" + text + ")"; }
};

/// The C++ type of a scalar; empty if there is none.
llvm::StringRef scalarType(mlir::Type type);

/// Prints a kernel statement by statement. Values that are used once, nearby and
/// without a write in between become part of their user's expression; others
/// become constants with a name.
class KernelPrinter {
public:
  KernelPrinter(cuda::KernelOp kernel, llvm::raw_ostream &os) : kernel(kernel), os(os) {}
  llvm::LogicalResult print();

private:
  // KernelPrinter.cpp: statements.
  void findInlined(mlir::Block &block);
  llvm::LogicalResult printBlock(mlir::Block &block);
  llvm::LogicalResult printOp(mlir::Operation *op);
  llvm::LogicalResult printFor(mlir::scf::ForOp loop);
  llvm::LogicalResult printIf(mlir::scf::IfOp branch);
  void printYield(mlir::ValueRange values, llvm::ArrayRef<std::string> targets);
  void printComment(cuda::CommentOp comment);
  llvm::raw_ostream &line() { return os.indent(2 * depth); }
  std::string makeName(llvm::StringRef hint);
  llvm::LogicalResult checkType(mlir::Operation *op, mlir::Type type);

  // Expressions.cpp
  Expression use(mlir::Value value);
  Expression express(mlir::Operation *op);
  Expression expressConstant(mlir::arith::ConstantOp op);
  Expression expressCompare(mlir::Operation *op);
  Expression expressGet(cuda::GetOp get);
  Expression expressCast(mlir::Operation *op);
  Expression expressCall(llvm::StringRef function, mlir::ValueRange operands);
  std::string element(mlir::Value array, mlir::Value subscript);
  void unsupported(mlir::Operation *op, const llvm::Twine &why = "");

  cuda::KernelOp kernel;
  llvm::raw_ostream &os;
  unsigned depth = 1, loops = 0;
  bool failed = false;
  llvm::DenseMap<mlir::Value, std::string> names;
  llvm::DenseSet<mlir::Operation *> inlined;
  llvm::StringMap<unsigned> taken;
  llvm::SmallVector<llvm::StringRef> loopNames; // of nested loops, outermost first
};

} // namespace hadal::cudacpp

#endif // HADAL_TARGET_CUDACPP_KERNELPRINTER_H
