//===- Shapes.cpp - The checks of the shapes that a caller gives ----------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Shapes.h"
#include "DimExpression.h"

using namespace hadal::runtime;

namespace {
/// A symbol's value, and the input that gave it.
struct SymbolValue {
  std::string_view symbol;
  int64_t value;
  const TensorDecl *input;
};
struct SymbolTable {
  std::vector<SymbolValue> values;
  const SymbolValue *find(std::string_view symbol) const {
    for (const SymbolValue &entry : values)
      if (entry.symbol == symbol)
        return &entry;
    return nullptr;
  }
};
} // namespace

/// "[batch, seq, 256]"
static std::string shapeText(const TensorDecl &decl) {
  std::string text = "[";
  for (size_t i = 0; i < decl.dims.size(); ++i)
    text += (i ? ", " : "") + (decl.dims[i] >= 0 ? str(decl.dims[i]) : decl.symbols[i]);
  return text + "]";
}

static Error checkDims(const TensorDecl &decl, const DLTensor &tensor, SymbolTable &symbols) {
  for (size_t d = 0; d < decl.dims.size(); ++d) {
    int64_t given = tensor.shape[d];
    if (given < 0)
      return Error(HADAL_SHAPE_MISMATCH, "input '", decl.name, "': dimension ", d, " is ", given);
    if (decl.dims[d] >= 0) {
      if (given != decl.dims[d])
        return Error(HADAL_SHAPE_MISMATCH, "input '", decl.name, "': dimension ", d, " is ", given, ", but must be ",
                     decl.dims[d], " in ", shapeText(decl));
      continue;
    }
    if (const SymbolValue *known = symbols.find(decl.symbols[d]); !known)
      symbols.values.push_back({decl.symbols[d], given, &decl});
    else if (known->value != given)
      return Error(HADAL_SHAPE_MISMATCH, "input '", decl.name, "': ", decl.symbols[d], " is ", given, ", but input '",
                   known->input->name, "' has ", decl.symbols[d], " ", known->value);
  }
  return Error::success();
}

/// Dimensions like "past + 1" against the symbols of all inputs. What cannot be computed was compared as a symbol of
/// its own.
static Error checkExpressions(const TensorDecl &decl, const DLTensor &tensor, const SymbolTable &symbols) {
  for (size_t d = 0; d < decl.dims.size(); ++d) {
    if (decl.dims[d] >= 0 || isDimName(decl.symbols[d]))
      continue;
    std::string where;
    std::optional<int64_t> expected =
        evaluateDim(decl.symbols[d], [&](std::string_view name) -> std::optional<int64_t> {
          const SymbolValue *known = symbols.find(name);
          if (!known)
            return {};
          where += str(where.empty() ? "" : ", ", "input '", known->input->name, "' has ", name, " ", known->value);
          return known->value;
        });
    if (expected && *expected != tensor.shape[d])
      return Error(HADAL_SHAPE_MISMATCH, "input '", decl.name, "': ", decl.symbols[d], " is ", tensor.shape[d],
                   ", but ", where);
  }
  return Error::success();
}

Error hadal::runtime::checkInputs(const FunctionDecl &function, const DLTensor *inputs, int32_t numInputs,
                                  std::vector<int64_t> &dims) {
  if (numInputs != static_cast<int32_t>(function.inputs.size()))
    return Error(HADAL_SHAPE_MISMATCH, "function '", function.name, "' takes ", function.inputs.size(), " inputs, not ",
                 numInputs);
  SymbolTable symbols;
  for (int32_t i = 0; i < numInputs; ++i) {
    const TensorDecl &decl = function.inputs[i];
    const DLTensor &tensor = inputs[i];
    if (!sameType(decl.dtype, tensor.dtype))
      return Error(HADAL_SHAPE_MISMATCH, "input '", decl.name, "' has type ", typeName(tensor.dtype), ", but must be ",
                   typeName(decl.dtype));
    if (tensor.ndim != static_cast<int>(decl.dims.size()))
      return Error(HADAL_SHAPE_MISMATCH, "input '", decl.name, "' has rank ", tensor.ndim, ", but must have rank ",
                   decl.dims.size(), ": ", shapeText(decl));
    if (tensor.ndim > 0 && !tensor.shape)
      return Error(HADAL_INVALID_ARGUMENT, "input '", decl.name, "' has no shape");
    if (Error error = checkDims(decl, tensor, symbols))
      return error;
    dims.insert(dims.end(), tensor.shape, tensor.shape + tensor.ndim);
  }
  for (int32_t i = 0; i < numInputs; ++i)
    if (Error error = checkExpressions(function.inputs[i], inputs[i], symbols))
      return error;
  return Error::success();
}

bool hadal::runtime::isContiguous(const DLTensor &tensor) {
  if (!tensor.strides)
    return true;
  int64_t expected = 1;
  for (int d = tensor.ndim; d-- > 0;) {
    if (tensor.shape[d] == 0)
      return true;
    if (tensor.shape[d] != 1 && tensor.strides[d] != expected)
      return false;
    expected *= tensor.shape[d];
  }
  return true;
}
