//===- Einsum.cpp - Einstein summation ------------------------------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "MatMul.h"
#include "Reduce.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"

#include "llvm/ADT/StringExtras.h"

using namespace llvm;
using namespace mlir;
using namespace hadal::onnx;

namespace {
/// "ij,jk->ik". The dimensions of an ellipsis are the characters '0', '1', ...,
/// numbered from the right, so that they align as in broadcasting.
struct Equation {
  SmallVector<std::string> inputs;
  std::string output;
};
} // namespace

/// `labels` with its ellipsis written out for a tensor of `rank`.
static FailureOr<std::string> expandEllipsis(NodeContext &c, StringRef labels, int64_t rank) {
  auto [before, after] = labels.split("...");
  bool hasEllipsis = labels.contains("...");
  std::string names = (before + after).str();
  if (!llvm::all_of(names, isAlpha))
    return c.error("equation '" + labels + "' is not understood");
  int64_t extra = rank - static_cast<int64_t>(names.size());
  if (extra < 0 || extra > 9 || (extra > 0 && !hasEllipsis))
    return c.error("'" + labels + "' does not name the dimensions of an operand of rank " + std::to_string(rank));
  std::string result = before.str();
  for (int64_t i = extra - 1; i >= 0; --i)
    result += static_cast<char>('0' + i);
  return result + after.str();
}

static FailureOr<Equation> readEquation(NodeContext &c, std::string text, ArrayRef<Tensor *> operands) {
  llvm::erase(text, ' ');
  auto [left, right] = StringRef(text).split("->");
  SmallVector<StringRef> terms;
  left.split(terms, ',');
  if (terms.size() != operands.size())
    return c.error("equation '" + text + "' is not for " + std::to_string(operands.size()) + " operands");
  Equation equation;
  int64_t widest = 0;
  for (auto [i, term] : llvm::enumerate(terms)) {
    FailureOr<std::string> labels = expandEllipsis(c, term, operands[i]->rank());
    if (failed(labels))
      return failure();
    widest = std::max<int64_t>(widest, llvm::count_if(*labels, isDigit));
    equation.inputs.push_back(*labels);
  }
  if (StringRef(text).contains("->")) {
    int64_t named = llvm::count_if(right, isAlpha);
    FailureOr<std::string> labels = expandEllipsis(c, right, named + (right.contains("...") ? widest : 0));
    if (failed(labels))
      return failure();
    equation.output = *labels;
    return equation;
  }
  // Without an output: the ellipsis, then what stands once, in alphabetic order.
  for (int64_t i = widest - 1; i >= 0; --i)
    equation.output += static_cast<char>('0' + i);
  std::string all = llvm::join(equation.inputs, "");
  std::string names = all;
  llvm::sort(names);
  for (char label : names)
    if (isAlpha(label) && llvm::count(all, label) == 1)
      equation.output += label;
  return equation;
}

/// A product with a matrix of weights, in the form that MatMul has: the left
/// operand's last label is summed over, the right one's other label is new.
static bool isMatrixProduct(const Equation &e, bool &transposed) {
  if (e.inputs.size() != 2 || e.inputs[0].size() < 2 || e.inputs[1].size() != 2)
    return false;
  StringRef a = e.inputs[0], b = e.inputs[1];
  char k = a.back();
  transposed = b[1] == k;
  char n = transposed ? b[0] : b[1];
  return (b[0] == k || b[1] == k) && n != k && !isDigit(n) && !isDigit(k) && !a.contains(n) && a.count(k) == 1 &&
         e.output == (a.drop_back() + Twine(n)).str();
}

FailureOr<Tensor *> hadal::onnx::emitEinsum(NodeContext &c, StringRef text, ArrayRef<Tensor *> operands) {
  FailureOr<Equation> equation = readEquation(c, text.str(), operands);
  if (failed(equation) || failed(requireTypes(c, operands, kFloats | kInts)))
    return failure();
  bool transposed = false;
  if (isMatrixProduct(*equation, transposed))
    return emitMatMul(c, *operands[0], transposed ? emitTranspose(c, *operands[1], {1, 0}) : *operands[1]);

  // Loops: the output's labels, then those that are summed over.
  std::string loops = equation->output;
  for (char label : llvm::join(equation->inputs, ""))
    if (!StringRef(loops).contains(label))
      loops += label;
  Dims sizes(loops.size(), SizeExpr(1));
  SmallVector<bool> named(loops.size(), false);
  for (auto [labels, operand] : llvm::zip(equation->inputs, operands)) {
    for (auto [label, dim] : llvm::zip(labels, operand->dims)) {
      size_t at = loops.find(label);
      named[at] = true;
      if (sizes[at].isConstant(1))
        sizes[at] = c.sizes.normalize(dim);
      else if (!c.sizes.normalize(dim).isConstant(1) &&
               failed(c.requireEqual(sizes[at], dim, "dimensions '" + Twine(label) + "' of the operands")))
        return failure();
    }
  }
  if (!llvm::all_of(named, [](bool is) { return is; }))
    return c.error("a label of the output stands in no operand");
  MLIRContext *context = c.builder.getContext();
  SmallVector<AffineMap> maps;
  for (auto [labels, operand] : llvm::zip(equation->inputs, operands)) {
    SmallVector<AffineExpr> exprs;
    for (auto [label, dim] : llvm::zip(labels, operand->dims)) {
      size_t at = loops.find(label);
      bool repeats = c.sizes.normalize(dim).isConstant(1) && !sizes[at].isConstant(1);
      exprs.push_back(repeats ? getAffineConstantExpr(0, context) : getAffineDimExpr(at, context));
    }
    maps.push_back(AffineMap::get(loops.size(), 0, exprs, context));
  }
  size_t kept = equation->output.size();
  SmallVector<AffineExpr> out;
  for (size_t i = 0; i < kept; ++i)
    out.push_back(getAffineDimExpr(i, context));
  maps.push_back(AffineMap::get(loops.size(), 0, out, context));
  SmallVector<utils::IteratorType> iterators(kept, utils::IteratorType::parallel);
  iterators.append(loops.size() - kept, utils::IteratorType::reduction);

  DType type = operands[0]->type;
  Dims dims(ArrayRef<SizeExpr>(sizes).take_front(kept));
  Value init = kept < loops.size() ? emitFill(c, type, dims, 0) : emitEmpty(c, type, dims);
  SmallVector<Value> values(llvm::map_range(operands, [&](Tensor *operand) { return c.value(*operand); }));
  auto op = linalg::GenericOp::create(
      c.builder, c.loc, init.getType(), values, init, maps, iterators, [&](OpBuilder &b, Location loc, ValueRange in) {
        Element e{b, loc, type};
        Value value = in[0];
        for (Value factor : in.drop_front().drop_back())
          value = isFloat(type) ? e.make<arith::MulFOp>({value, factor}) : e.make<arith::MulIOp>({value, factor});
        if (kept < loops.size())
          value = isFloat(type) ? e.make<arith::AddFOp>({in.back(), value}) : e.make<arith::AddIOp>({in.back(), value});
        linalg::YieldOp::create(b, loc, value);
      });
  return &c.newTensor(type, std::move(dims), op.getResult(0));
}

static LogicalResult importEinsum(NodeContext &c) {
  SmallVector<Tensor *> operands;
  for (size_t i = 0; i < c.numInputs(); ++i)
    operands.push_back(&c.input(i));
  FailureOr<Tensor *> result = emitEinsum(c, c.stringAttribute("equation", ""), operands);
  if (failed(result))
    return failure();
  c.setOutput(0, **result);
  return success();
}

void hadal::onnx::registerEinsumOps(OpTable &table) { table.onOp("Einsum", {12}, {1, kAnyNumber}, importEinsum); }
