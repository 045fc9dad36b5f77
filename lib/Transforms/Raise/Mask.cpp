//===- Mask.cpp - Prove that a mask is causal or hides nothing ------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Exporters build masks from positions: ranges, comparisons, gathers of a vmap,
// a test for packed sequences. Rather than knowing those forms, this asks when
// the mask's element at (b, h, s, t) lets a score be, as a condition on indices
// and sizes, and reads off it
//
//   s + offset − t ≥ 0           causal, with an offset (or the default one, T − S)
//   t − s − offset + W − 1 ≥ 0   a window of W
//
// What is left of the mask after that (a bias, a test of other data) stays a
// mask, as small as it can be.
//
//===----------------------------------------------------------------------===//

#include "AttentionParts.h"

using namespace mlir;
using namespace hadal;
using namespace hadal::raise;

/// The steps that make up a mask.
static void decompose(Elements &elements, const Term &mask, std::vector<MaskPart> &parts) {
  if (getElementTypeOrSelf(mask.value.getType()).isInteger(1)) {
    parts.push_back({mask});
    return;
  }
  bool isFinite = false;
  if (elements.additiveMask(mask, isFinite)) {
    parts.push_back({mask});
    return;
  }
  if (auto select = elements.operands<arith::SelectOp>(mask))
    for (int kept : {1, 2}) {
      std::optional<double> fill = elements.constant((*select)[3 - kept]);
      if (!fill || !(*fill <= -1e4))
        continue;
      decompose(elements, (*select)[kept], parts);
      parts.push_back({(*select)[0], kept == 2, 1, *fill});
      return;
    }
  if (auto sum = elements.operands<arith::AddFOp>(mask)) {
    decompose(elements, (*sum)[0], parts);
    decompose(elements, (*sum)[1], parts);
    return;
  }
  if (!elements.isConstant(mask, 0.0))
    parts.push_back({mask});
}

namespace {
/// What a mask says of positions.
struct Positions {
  std::optional<Poly> offset; // causal, where there is one
  std::optional<int64_t> window;
};

class MaskSimplifier {
public:
  MaskSimplifier(AttentionOp attention, Context &context) : attention(attention), context(context) {}
  LogicalResult run();

private:
  bool isFree(const Poly &poly);
  bool takeOffset(const Poly &poly);
  bool takeWindow(const Poly &poly);
  bool follows(const Poly &poly);
  bool seesKey();
  bool isGivenMask(const Term &term);
  bool reduce(const MaskPart &part, const Condition &condition, std::vector<MaskPart> &rest);
  Value offsets(const Poly &offset);
  LogicalResult keep();

  AttentionOp attention;
  Context &context;
  Elements elements;
  Indices point;
  Poly queryCount, keyCount;
  Positions positions;
};
} // namespace

LogicalResult MaskSimplifier::keep() {
  attention.emitRemark("the mask is kept: it is neither provably causal nor provably without effect");
  return failure();
}

/// Whether a number is the same for all heads, queries and keys.
bool MaskSimplifier::isFree(const Poly &poly) {
  return llvm::none_of(ArrayRef(point).drop_front(), [&](const Poly &index) {
    std::optional<unsigned> atom = index.asAtom();
    return atom && elements.atoms.dependsOn(poly, *atom);
  });
}

bool MaskSimplifier::takeOffset(const Poly &poly) {
  Poly offset = poly - point[2] + point[3];
  if (positions.offset || !isFree(offset))
    return false;
  bool isKnown = offset == keyCount - queryCount || offset.constant() || !elements.atoms.isPlain(offset);
  if (!isKnown)
    return false;
  positions.offset = offset;
  return true;
}

bool MaskSimplifier::takeWindow(const Poly &poly) {
  if (positions.window || !positions.offset)
    return false;
  std::optional<int64_t> window = (poly + point[2] - point[3] + *positions.offset + 1).constant();
  if (!window || *window < 1)
    return false;
  positions.window = window;
  return true;
}

/// Whether `poly` ≥ 0 follows from what is known of positions.
bool MaskSimplifier::follows(const Poly &poly) {
  if (!positions.offset)
    return false;
  Poly causal = point[2] + *positions.offset - point[3];
  return elements.atoms.isNonNegative(poly - causal) ||
         (positions.window && elements.atoms.isNonNegative(poly + causal - *positions.window + 1));
}

/// Whether each row sees a key for certain: key 0, or its own.
bool MaskSimplifier::seesKey() {
  if (!positions.offset)
    return elements.atoms.isNonNegative(keyCount - 1);
  bool hasOwn = elements.atoms.isNonNegative(keyCount - queryCount - *positions.offset);
  return elements.atoms.isNonNegative(*positions.offset) && (!positions.window || hasOwn) &&
         (hasOwn || elements.atoms.isNonNegative(keyCount - 1));
}

/// Whether what is added is an argument for each key, which may hide by −∞ too, rather than a bias.
bool MaskSimplifier::isGivenMask(const Term &term) {
  Term root = elements.normal(term);
  return root.isElement() && isa<BlockArgument>(root.value) && llvm::is_contained(root.index, point[3]);
}

/// What is left of a step when positions are known; false if that is all of it.
bool MaskSimplifier::reduce(const MaskPart &part, const Condition &condition, std::vector<MaskPart> &rest) {
  if (condition.never || !llvm::all_of(condition.atLeastZero, [&](const Poly &poly) { return follows(poly); })) {
    rest.push_back(part);
    return true;
  }
  std::vector<MaskPart> literals;
  for (const Literal &literal : condition.literals) {
    MaskPart other{literal.term, literal.negated, 1, part.isCondition() ? part.fill : MaskPart().fill};
    if (literal.negated && !other.isCondition()) {
      rest.push_back(part);
      return true;
    }
    literals.push_back(other);
  }
  // A test that is not understood is often the whole step.
  if (condition.atLeastZero.empty() && !literals.empty())
    rest.push_back(part);
  else
    llvm::append_range(rest, literals);
  return false;
}

/// An offset for each batch entry: Σ of integers of the graph.
Value MaskSimplifier::offsets(const Poly &offset) {
  RewriterBase &rewriter = context.rewriter;
  rewriter.setInsertionPoint(attention);
  Location loc = attention.getLoc();
  Type type = rewriter.getI64Type();
  SmallVector<Value> operands;
  SmallVector<AffineMap> maps;
  std::vector<int64_t> slopes;
  Poly known;
  for (const auto &[monomial, coefficient] : offset.getTerms()) {
    Poly one(coefficient);
    for (unsigned atom : monomial)
      one = one * Poly::atom(atom);
    auto origin = monomial.size() == 1 ? elements.atoms.origin(Poly::atom(monomial.front())) : std::nullopt;
    if (!origin) {
      known = known + one;
      continue;
    }
    Term term{origin->first, origin->second};
    Type elementType = getElementTypeOrSelf(term.value.getType());
    if (!elementType.isInteger(32) && !elementType.isInteger(64))
      return nullptr;
    bool perBatch = elements.dependsOn(term, point[0]);
    Value operand = materialize(context, elements, term, perBatch ? Indices{point[0]} : Indices());
    if (!operand)
      return nullptr;
    operands.push_back(operand);
    maps.push_back(perBatch ? rewriter.getMultiDimIdentityMap(1) : AffineMap::get(1, 0, {}, rewriter.getContext()));
    slopes.push_back(coefficient);
  }
  if (!elements.atoms.isPlain(known) || !variablesOf(elements, {known}).empty())
    return nullptr;
  rewriter.setInsertionPoint(attention);
  OpFoldResult size = tensor::getMixedSize(rewriter, loc, attention.getQ(), 0);
  OpFoldResult base = elements.sizeValue(rewriter, loc, known);
  if (!base)
    return nullptr;
  Value start = getValueOrCreateConstantIndexOp(rewriter, loc, base);
  start = arith::IndexCastOp::create(rewriter, loc, type, start);
  Value init = tensor::EmptyOp::create(rewriter, loc, ArrayRef(size), type);
  maps.push_back(rewriter.getMultiDimIdentityMap(1));
  utils::IteratorType parallel = utils::IteratorType::parallel;
  return linalg::GenericOp::create(rewriter, loc, init.getType(), operands, init, maps, parallel,
                                   [&](OpBuilder &builder, Location loc, ValueRange arguments) {
                                     Value sum = start;
                                     for (auto [slope, value] : llvm::zip(slopes, arguments)) {
                                       if (value.getType() != type)
                                         value = arith::ExtSIOp::create(builder, loc, type, value);
                                       Value factor =
                                           arith::ConstantOp::create(builder, loc, builder.getI64IntegerAttr(slope));
                                       value = arith::MulIOp::create(builder, loc, value, factor);
                                       sum = arith::AddIOp::create(builder, loc, sum, value);
                                     }
                                     linalg::YieldOp::create(builder, loc, sum);
                                   })
      ->getResult(0);
}

LogicalResult MaskSimplifier::run() {
  Value mask = attention.getMask();
  queryCount = elements.sizeOf(attention.getQ(), 2);
  keyCount = elements.sizeOf(attention.getK(), 2);
  Poly full[] = {elements.sizeOf(attention.getQ(), 0), elements.sizeOf(attention.getQ(), 1), queryCount, keyCount};
  Indices index;
  for (auto [dim, extent] : llvm::enumerate(full)) {
    point.push_back(elements.atoms.var(extent));
    index.push_back(elements.sizeOf(mask, dim).isConstant(1) ? Poly() : point.back());
  }
  bool wasCausal = attention.getCausal();
  if (wasCausal)
    positions.offset = keyCount - queryCount;

  std::vector<MaskPart> parts;
  decompose(elements, {mask, index}, parts);
  std::vector<std::optional<Condition>> conditions;
  bool isFinite = false, isOpen = false; // whether a step hides by a finite number; whether some test is not understood
  for (const MaskPart &part : parts) {
    bool finite = part.isCondition() && std::isfinite(part.fill);
    conditions.push_back(part.isCondition() ? visible(elements, part) : elements.additiveMask(part.term, finite));
    isOpen |= conditions.back() && !conditions.back()->isKnown();
    isFinite |= conditions.back() && finite;
  }
  for (bool ofWindow : {false, true})
    for (const auto &condition : conditions)
      for (const Poly &poly : condition ? condition->atLeastZero : std::vector<Poly>())
        if (!follows(poly))
          ofWindow ? takeWindow(poly) : takeOffset(poly);

  std::vector<MaskPart> rest;
  bool isReduced = false, isWhole = true;
  for (auto [part, condition] : llvm::zip_equal(parts, conditions)) {
    if (!condition) {
      rest.push_back(part);
      isOpen |= isGivenMask(part.term);
      continue;
    }
    size_t before = rest.size();
    isWhole &= !reduce(part, *condition, rest);
    isReduced |= rest.size() == before || !(rest.back().term == part.term);
  }
  // A row that sees nothing means the mean of all values if a finite number hides them, and that is lost.
  if (isFinite && (isOpen || !isWhole || !seesKey()))
    return keep();
  if (!isReduced)
    return keep();
  Value left;
  if (!rest.empty()) {
    std::vector<Poly> dims[4];
    for (auto [dim, variable] : llvm::zip_equal(dims, point))
      if (variable.asAtom())
        dim.push_back(variable);
    left = buildMask(context, elements, attention, rest, dims);
    if (!left)
      return keep();
  }
  Value perBatch;
  std::optional<int64_t> constant;
  if (positions.offset && *positions.offset != keyCount - queryCount) {
    constant = positions.offset->constant();
    if (!constant)
      perBatch = offsets(*positions.offset);
    if (!constant && !perBatch)
      return keep();
  }
  context.rewriter.modifyOpInPlace(attention, [&] {
    attention.getMaskMutable().clear();
    if (left)
      attention.getMaskMutable().assign(left);
    if (perBatch)
      attention.getOffsetsMutable().assign(perBatch);
    attention.setCausal(positions.offset.has_value());
    if (constant)
      attention.setOffset(*constant);
    if (positions.window)
      attention.setWindow(*positions.window);
  });
  return success();
}

LogicalResult hadal::raise::simplifyMask(Operation *op, Context &context) {
  auto attention = dyn_cast<AttentionOp>(op);
  if (!attention || !attention.getMask() || attention.getQLengths() || attention.getKvLengths() ||
      attention.getOffsets() || attention.getOffset() || attention.getWindow())
    return failure();
  return MaskSimplifier(attention, context).run();
}
