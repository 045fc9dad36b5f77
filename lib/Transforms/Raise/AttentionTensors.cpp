//===- AttentionTensors.cpp - The operands of an attention ----------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "AttentionParts.h"

using namespace mlir;
using namespace hadal;
using namespace hadal::raise;

Poly hadal::raise::composite(Elements &elements, ArrayRef<Poly> variables) {
  Poly index;
  for (const Poly &variable : variables)
    index = index * *elements.atoms.extent(variable) + variable;
  return index;
}

std::vector<Poly> hadal::raise::variablesOf(Elements &elements, const Indices &index) {
  std::vector<Poly> result;
  for (const Poly &poly : index)
    for (const auto &[monomial, coefficient] : poly.getTerms())
      for (unsigned atom : monomial)
        if (elements.atoms.isVariable(atom) && !llvm::is_contained(result, Poly::atom(atom)))
          result.push_back(Poly::atom(atom));
  return result;
}

static Indices compositeOf(Elements &elements, ArrayRef<std::vector<Poly>> dims) {
  Indices index;
  for (const std::vector<Poly> &dim : dims)
    index.push_back(composite(elements, dim));
  return index;
}

/// `term` at 0 of the variables that it does not change with.
static Term withoutUnused(Elements &elements, Term term) {
  for (const Poly &variable : variablesOf(elements, term.index))
    if (!elements.dependsOn(term, variable))
      term = elements.substitute(term, variable, 0);
  return term;
}

namespace {
/// An element-wise operation over variables whose operands depend on some of them.
struct Combination {
  std::vector<Poly> variables;
  SmallVector<Value> operands;
  SmallVector<AffineMap> maps;

  bool add(Context &context, Elements &elements, const Term &term, Type type);
  Value build(Context &context, Elements &elements, Operation *root, Type type,
              llvm::function_ref<Value(OpBuilder &, Location, ValueRange)> body);
};
} // namespace

bool Combination::add(Context &context, Elements &elements, const Term &term, Type type) {
  Indices index;
  SmallVector<AffineExpr> exprs;
  for (auto [place, variable] : llvm::enumerate(variables))
    if (elements.dependsOn(term, variable)) {
      index.push_back(variable);
      exprs.push_back(getAffineDimExpr(place, context.rewriter.getContext()));
    }
  Value tensor = materialize(context, elements, withoutUnused(elements, term), index, type);
  if (!tensor)
    return false;
  operands.push_back(tensor);
  maps.push_back(AffineMap::get(variables.size(), 0, exprs, context.rewriter.getContext()));
  return true;
}

Value Combination::build(Context &context, Elements &elements, Operation *root, Type type,
                         llvm::function_ref<Value(OpBuilder &, Location, ValueRange)> body) {
  RewriterBase &rewriter = context.rewriter;
  OpBuilder::InsertionGuard guard(rewriter);
  rewriter.setInsertionPoint(root);
  Location loc = root->getLoc();
  SmallVector<OpFoldResult> sizes;
  for (const Poly &variable : variables) {
    sizes.push_back(elements.sizeValue(rewriter, loc, *elements.atoms.extent(variable)));
    if (!sizes.back())
      return nullptr;
  }
  Value init = tensor::EmptyOp::create(rewriter, loc, sizes, type);
  SmallVector<AffineMap> allMaps = maps;
  allMaps.push_back(rewriter.getMultiDimIdentityMap(variables.size()));
  SmallVector<utils::IteratorType> iterators(variables.size(), utils::IteratorType::parallel);
  return linalg::GenericOp::create(rewriter, loc, init.getType(), operands, init, allMaps, iterators,
                                   [&](OpBuilder &builder, Location loc, ValueRange arguments) {
                                     linalg::YieldOp::create(builder, loc, body(builder, loc, arguments));
                                   })
      ->getResult(0);
}

Value hadal::raise::materializeRepeated(Context &context, Elements &elements, Operation *root, const Term &term,
                                        ArrayRef<std::vector<Poly>> dims, Type type) {
  Combination repeated;
  bool isRepeated = false;
  for (const std::vector<Poly> &dim : dims)
    for (const Poly &variable : dim) {
      repeated.variables.push_back(variable);
      isRepeated |= !elements.dependsOn(term, variable);
    }
  Indices index = compositeOf(elements, dims);
  if (!isRepeated)
    return materialize(context, elements, term, index, type);
  if (!repeated.add(context, elements, term, type))
    return nullptr;
  Value all = repeated.build(context, elements, root, type,
                             [](OpBuilder &, Location, ValueRange arguments) { return arguments[0]; });
  return all ? materialize(context, elements, {all, repeated.variables}, index, type) : nullptr;
}

/// Converts between float types.
static Value convert(OpBuilder &builder, Location loc, Value value, Type type) {
  unsigned from = value.getType().getIntOrFloatBitWidth(), to = type.getIntOrFloatBitWidth();
  if (from == to)
    return value;
  return from < to ? arith::ExtFOp::create(builder, loc, type, value).getResult()
                   : arith::TruncFOp::create(builder, loc, type, value).getResult();
}

Value hadal::raise::buildMask(Context &context, Elements &elements, Operation *root, ArrayRef<MaskPart> parts,
                              ArrayRef<std::vector<Poly>> dims) {
  bool isBoolean =
      llvm::all_of(parts, [](const MaskPart &part) { return part.isCondition() && std::isinf(part.fill); });
  // Dimensions along which nothing changes have size 1; the others are whole.
  Combination mask;
  SmallVector<std::vector<Poly>> kept;
  for (const std::vector<Poly> &dim : dims) {
    bool isUsed = llvm::any_of(dim, [&](const Poly &variable) {
      return llvm::any_of(parts, [&](const MaskPart &part) { return elements.dependsOn(part.term, variable); });
    });
    kept.push_back(isUsed ? dim : std::vector<Poly>());
    if (isUsed)
      llvm::append_range(mask.variables, dim);
  }
  Indices index = compositeOf(elements, kept);
  bool isOne = parts.size() == 1 && !parts[0].negated && parts[0].factor == 1;
  if (isOne && isBoolean == parts[0].isCondition())
    if (Value value = materialize(context, elements, withoutUnused(elements, parts[0].term), index))
      return value;

  Type type = isBoolean ? Type(context.rewriter.getI1Type()) : Type(context.rewriter.getF32Type());
  for (const MaskPart &part : parts)
    if (!mask.add(context, elements, part.term, getElementTypeOrSelf(part.term.value.getType())))
      return nullptr;
  auto number = [&](OpBuilder &builder, Location loc, double value) -> Value {
    return arith::ConstantOp::create(builder, loc, builder.getFloatAttr(type, value));
  };
  auto body = [&](OpBuilder &builder, Location loc, ValueRange arguments) -> Value {
    Value result;
    for (auto [part, value] : llvm::zip_equal(parts, arguments.take_front(parts.size()))) {
      if (isBoolean) {
        Value kept = value;
        if (part.negated)
          kept = arith::XOrIOp::create(builder, loc, value,
                                       arith::ConstantOp::create(builder, loc, builder.getBoolAttr(true)));
        result = result ? arith::AndIOp::create(builder, loc, result, kept).getResult() : kept;
      } else if (part.isCondition()) {
        // A finite number hides by so much that a row of them has equal scores, whatever they were.
        Value before = result ? result : number(builder, loc, 0);
        Value fill = number(builder, loc, std::isinf(part.fill) ? part.fill : std::min(part.fill, -1e30));
        result =
            arith::SelectOp::create(builder, loc, value, part.negated ? fill : before, part.negated ? before : fill);
      } else {
        Value added = convert(builder, loc, value, type);
        if (part.factor != 1)
          added = arith::MulFOp::create(builder, loc, added, number(builder, loc, part.factor));
        result = result ? arith::AddFOp::create(builder, loc, result, added).getResult() : added;
      }
    }
    return result;
  };
  Value all = mask.build(context, elements, root, type, body);
  return all ? materialize(context, elements, {all, mask.variables}, index) : nullptr;
}
