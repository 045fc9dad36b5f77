//===- Roots.cpp - Which values stand in memory ---------------------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Roots.h"
#include "Contraction.h"
#include "TileBuilder.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace hadal;

//===----------------------------------------------------------------------===//
// Kinds of operations
//===----------------------------------------------------------------------===//

/// Whether an element-wise op only moves elements.
static bool movesElements(linalg::LinalgOp op) {
  return llvm::all_of(op.getBlock()->without_terminator(), llvm::IsaPred<arith::ConstantOp>);
}

/// Whether a reshape only adds or drops dimensions of size 1.
static bool isUnitReshape(Operation *op) {
  bool expands = isa<tensor::ExpandShapeOp>(op);
  auto groups = expands ? cast<tensor::ExpandShapeOp>(op).getReassociationIndices()
                        : cast<tensor::CollapseShapeOp>(op).getReassociationIndices();
  auto wide = cast<RankedTensorType>(expands ? op->getResult(0).getType() : op->getOperand(0).getType());
  return llvm::all_of(groups, [&](const ReassociationIndices &group) {
    return llvm::count_if(group, [&](int64_t dim) { return wide.getDimSize(dim) != 1; }) <= 1;
  });
}

/// Whether the operation has only the clauses that kernels compute.
static bool isPlain(Operation *op) {
  return TypeSwitch<Operation *, bool>(op)
      .Case<RouteOp, GroupOp, GroupedMatmulOp, GatedActivationOp, CombineOp, RopeOp, RMSNormOp>(
          [](auto op) { return op.isPlain(); })
      .Default(true);
}

bool hadal::extractsElements(Operation *op) {
  auto linalgOp = dyn_cast<linalg::LinalgOp>(op);
  return linalgOp && !linalgOp.getBlock()->getOps<tensor::ExtractOp>().empty();
}

OpKind hadal::kindOf(Operation *op) {
  if (!isPlain(op))
    return OpKind::Unknown;
  return TypeSwitch<Operation *, OpKind>(op)
      .Case<linalg::SoftmaxOp, linalg::ReduceOp, RMSNormOp, AttentionOp, GroupedMatmulOp>(
          [](Operation *) { return OpKind::Anchor; })
      .Case([](linalg::LinalgOp op) {
        if (op.getNumReductionLoops())
          return OpKind::Anchor;
        return movesElements(op) ? OpKind::View : OpKind::Cheap;
      })
      .Case<tensor::ExtractSliceOp, tensor::ConcatOp, tensor::CastOp, tensor::CollapseShapeOp, tensor::ExpandShapeOp,
            CacheAppendOp>([](Operation *) { return OpKind::View; })
      .Case<tensor::FromElementsOp>([](Operation *) { return OpKind::View; })
      .Case<RopeOp, GatedActivationOp, CombineOp, GatherOp, GatherNDOp>([](Operation *) { return OpKind::Cheap; })
      .Case<RouteOp, GroupOp, TopKOp, CumSumOp, ScatterNDOp, GatherElementsOp, ScatterElementsOp>(
          [](Operation *) { return OpKind::Special; })
      .Case<tensor::EmptyOp, tensor::DimOp, arith::ConstantOp, affine::AffineApplyOp, func::ReturnOp>(
          [](Operation *) { return OpKind::Host; })
      .Default([](Operation *op) {
        bool scalars = llvm::none_of(op->getOperandTypes(), llvm::IsaPred<ShapedType>) &&
                       llvm::none_of(op->getResultTypes(), llvm::IsaPred<ShapedType>);
        return scalars && op->getNumRegions() == 0 ? OpKind::Host : OpKind::Unknown;
      });
}

std::optional<SmallVector<int64_t>> hadal::dimsInResult(OpOperand &use) {
  auto type = dyn_cast<RankedTensorType>(use.get().getType());
  if (!type)
    return std::nullopt;
  SmallVector<int64_t> dims(type.getRank(), -1);
  Operation *op = use.getOwner();
  if (auto linalgOp = dyn_cast<linalg::LinalgOp>(op)) {
    if (linalgOp.getNumReductionLoops() || linalgOp.getNumDpsInits() != 1)
      return std::nullopt;
    AffineMap in = linalgOp.getMatchingIndexingMap(&use), out = linalgOp.getIndexingMapsArray().back();
    for (auto [i, expr] : llvm::enumerate(in.getResults()))
      if (isa<AffineDimExpr>(expr))
        dims[i] = out.getResultPosition(expr).value_or(-1);
    return dims;
  }
  if (isa<tensor::CastOp, GatedActivationOp>(op)) {
    std::iota(dims.begin(), dims.end(), 0);
    return dims;
  }
  if (isa<tensor::ExpandShapeOp, tensor::CollapseShapeOp>(op) && isUnitReshape(op)) {
    bool expands = isa<tensor::ExpandShapeOp>(op);
    auto groups = expands ? cast<tensor::ExpandShapeOp>(op).getReassociationIndices()
                          : cast<tensor::CollapseShapeOp>(op).getReassociationIndices();
    auto wide = cast<RankedTensorType>(expands ? op->getResult(0).getType() : type);
    for (auto [i, group] : llvm::enumerate(groups)) {
      int64_t kept = group.front();
      for (int64_t dim : group)
        if (wide.getDimSize(dim) != 1)
          kept = dim;
      dims[expands ? i : kept] = expands ? kept : i;
    }
    return dims;
  }
  return std::nullopt;
}

/// Whether each element of the operand serves one element of the result.
static bool isOneToOne(ArrayRef<int64_t> dims, RankedTensorType operand, RankedTensorType result) {
  llvm::SmallBitVector seen(result.getRank());
  for (auto [i, dim] : llvm::enumerate(dims)) {
    if (dim >= 0 && seen.test(dim))
      return false;
    if (dim >= 0)
      seen.set(dim);
    else if (operand.getDimSize(i) != 1)
      return false;
  }
  for (int64_t i = 0; i < result.getRank(); ++i)
    if (!seen.test(i) && result.getDimSize(i) != 1)
      return false;
  return true;
}

/// `without` are operations below which there is none: expressions meet them again and again.
static Anchor findAnchorBelow(Value value, SmallPtrSetImpl<Operation *> &without) {
  Operation *op = value.getDefiningOp();
  if (!op || TileBuilder::isLeaf(value) || without.contains(op))
    return {};
  auto rank = [](Value v) { return cast<RankedTensorType>(v.getType()).getRank(); };
  if (kindOf(op) == OpKind::Anchor)
    return {op, llvm::to_vector(llvm::seq<int64_t>(0, rank(value)))};
  for (OpOperand &use : op->getOpOperands()) {
    std::optional<SmallVector<int64_t>> dims = dimsInResult(use);
    if (!dims)
      continue;
    Anchor below = findAnchorBelow(use.get(), without);
    if (!below.op)
      continue;
    for (int64_t &dim : below.dims)
      dim = dim < 0 ? -1 : (*dims)[dim];
    return below;
  }
  without.insert(op);
  return {};
}

Anchor hadal::findAnchor(Value value) {
  SmallPtrSet<Operation *, 8> without;
  return findAnchorBelow(value, without);
}

//===----------------------------------------------------------------------===//
// The choice
//===----------------------------------------------------------------------===//

namespace {

/// How a use reads its operand.
enum class Access {
  Memory, // as a whole, or many times
  Views,  // many times: what moves elements may be fused, arithmetic not
  Pull,   // once or a few times
  Each    // element by element (dimsInResult)
};

/// That a value is computed within the program of a root.
struct Reach {
  unsigned root;
  std::optional<SmallVector<int64_t>> dims; // in the root's value, if one to one
};

class Chooser {
public:
  SmallVector<Root> run(func::FuncOp function);

private:
  void visitResult(OpResult value);
  unsigned makeRoot(Value value, int64_t part, const Twine &reason);
  void materialise(Value value, const Twine &reason);
  std::optional<std::string> mayShape(OpResult value, ArrayRef<Reach> reaches);
  int64_t cost(Value value);
  std::pair<Access, StringRef> accessOf(OpOperand &use);

  std::vector<Root> roots;
  DenseMap<Value, SmallVector<Reach>> reached; // how the values that are fused are reached
  DenseMap<Value, SmallVector<unsigned>> made; // the roots of a value that stands in memory
  DenseMap<unsigned, std::pair<Operation *, SmallVector<int64_t>>> anchors; // of each root
  DenseMap<Value, std::string> inMemory;      // reshapes whose source must stand in memory
  DenseMap<Value, std::string> readManyTimes; // fused views, and why
  DenseMap<Value, int64_t> costs;
};

} // namespace

/// Why what is gathered from along `axis` (−1: some dimension) must stand in memory, if it must: a load gathers along
/// one dimension, of one tensor.
static StringRef whyGatheredFromMemory(Value value, int64_t axis, DenseSet<std::pair<Value, int64_t>> &seen) {
  Operation *op = value.getDefiningOp();
  if (!seen.insert({value, axis}).second)
    return "";
  if (auto gather = dyn_cast_or_null<GatherOp>(op))
    return static_cast<int64_t>(gather.getAxis()) != axis ? "it is gathered from along another dimension"
                                                          : whyGatheredFromMemory(gather.getData(), axis, seen);
  if (auto concat = dyn_cast_or_null<tensor::ConcatOp>(op); concat && static_cast<int64_t>(concat.getDim()) == axis)
    return "rows of its parts are gathered";
  if (isa_and_nonnull<tensor::ExtractSliceOp>(op))
    return "rows of a slice are gathered";
  OpKind kind = op ? kindOf(op) : OpKind::Host;
  if (kind != OpKind::View && kind != OpKind::Cheap)
    return "";
  auto linalgOp = dyn_cast<linalg::LinalgOp>(op);
  for (OpOperand &operand : op->getOpOperands()) {
    if (!isa<RankedTensorType>(operand.get().getType()))
      continue;
    bool same = linalgOp && linalgOp.getMatchingIndexingMap(&operand).isIdentity();
    if (StringRef reason = whyGatheredFromMemory(operand.get(), same ? axis : -1, seen); !reason.empty())
      return reason;
  }
  return "";
}

/// How `use` reads its operand, and why if from memory.
std::pair<Access, StringRef> Chooser::accessOf(OpOperand &use) {
  using Result = std::pair<Access, StringRef>;
  unsigned number = use.getOperandNumber();
  return TypeSwitch<Operation *, Result>(use.getOwner())
      .Case([](func::ReturnOp) { return Result(Access::Memory, "it is a result"); })
      .Case([](tensor::ExtractOp) { return Result(Access::Memory, "elements of it are taken by index"); })
      .Case<tensor::ExpandShapeOp, tensor::CollapseShapeOp>([&](Operation *op) {
        if (auto it = inMemory.find(op->getResult(0)); it != inMemory.end())
          return Result(Access::Memory, it->second);
        return isUnitReshape(op) ? Result(Access::Each, "") : Result(Access::Memory, "it is reshaped");
      })
      .Case([](GroupOp) { return Result(Access::Memory, "a permutation is made of it"); })
      .Case([&](GatherOp op) {
        DenseSet<std::pair<Value, int64_t>> seen;
        StringRef reason = number == 0 ? whyGatheredFromMemory(op.getData(), op.getAxis(), seen) : "";
        return reason.empty() ? Result(Access::Pull, "") : Result(Access::Memory, reason);
      })
      .Case([&](GatherNDOp) {
        return number == 0 ? Result(Access::Memory, "it is gathered from") : Result(Access::Pull, "");
      })
      .Case([&](AttentionOp) {
        return number == 1 || number == 2 ? Result(Access::Views, "attention reads it for each block of queries")
                                          : Result(Access::Pull, "");
      })
      .Case([&](GroupedMatmulOp) {
        return number < 2 ? Result(Access::Views, "a product reads it many times")
                          : Result(Access::Memory, "it steers a grouped product");
      })
      .Case<linalg::ReduceOp, linalg::SoftmaxOp>([](Operation *) { return Result(Access::Pull, ""); })
      .Case([&](linalg::LinalgOp op) {
        if (op.getNumReductionLoops() == 0)
          return Result(Access::Each, "");
        return op.isDpsInput(&use) ? Result(Access::Views, "a product reads it many times") : Result(Access::Pull, "");
      })
      .Case<tensor::CastOp, GatedActivationOp>([](Operation *) { return Result(Access::Each, ""); })
      .Default([](Operation *) { return Result(Access::Pull, ""); });
}

/// Whether the value moves elements of constants alone.
static bool isFixedView(Value value) {
  Operation *op = value.getDefiningOp();
  if (!op || isa<arith::ConstantOp>(op))
    return op;
  if (kindOf(op) != OpKind::View && !isa<tensor::EmptyOp>(op))
    return false;
  return llvm::all_of(op->getOperands(), isFixedView);
}

/// Arithmetic that making the value anew costs, per element.
int64_t Chooser::cost(Value value) {
  Operation *op = value.getDefiningOp();
  if (!op || (kindOf(op) != OpKind::Cheap && kindOf(op) != OpKind::View))
    return 0;
  if (auto it = costs.find(value); it != costs.end())
    return it->second;
  int64_t sum = 0;
  for (Value operand : op->getOperands())
    if (isa<RankedTensorType>(operand.getType()))
      sum += cost(operand);
  if (auto linalgOp = dyn_cast<linalg::LinalgOp>(op)) {
    for (Operation &inner : linalgOp.getBlock()->without_terminator())
      sum +=
          isa<math::MathDialect>(inner.getDialect()) || isa<arith::DivFOp>(inner) ? 8 : !isa<arith::ConstantOp>(inner);
  } else if (kindOf(op) == OpKind::Cheap) {
    sum += 8;
  }
  return costs[value] = sum;
}

unsigned Chooser::makeRoot(Value value, int64_t part, const Twine &reason) {
  roots.push_back({value, part, reason.str()});
  return roots.size() - 1;
}

void Chooser::materialise(Value value, const Twine &reason) {
  Operation *op = value.getDefiningOp();
  int64_t parts = isa<CacheAppendOp>(op) ? 2 : isa<tensor::ConcatOp>(op) ? op->getNumOperands() : 0;
  for (int64_t part = 0; part < parts; ++part)
    made[value].push_back(makeRoot(value, part, reason));
  if (!parts)
    made[value].push_back(makeRoot(value, -1, reason));
}

/// Why the anchor cannot be computed within the one program that reads it.
std::optional<std::string> Chooser::mayShape(OpResult value, ArrayRef<Reach> reaches) {
  Operation *op = value.getOwner();
  const Reach &first = reaches.front();
  for (const Reach &reach : reaches) {
    if (reach.root != first.root)
      return "several programs read it";
    if (!reach.dims)
      return "it is not read element by element";
    if (reach.dims != first.dims)
      return "it is read in two orders";
  }
  auto it = anchors.find(first.root);
  if (it == anchors.end())
    return std::nullopt;
  auto [other, dims] = it->second;
  auto a = dyn_cast<linalg::LinalgOp>(op), b = dyn_cast<linalg::LinalgOp>(other);
  std::optional<Contraction> ca = a ? Contraction::match(a) : std::nullopt,
                             cb = b ? Contraction::match(b) : std::nullopt;
  if (ca && cb && dims == *first.dims && Contraction::resultDim(a, ca->row) == Contraction::resultDim(b, cb->row) &&
      Contraction::resultDim(a, ca->column) == Contraction::resultDim(b, cb->column))
    return std::nullopt;
  return "its reader computes " + other->getName().getStringRef().str() + " already";
}

void Chooser::visitResult(OpResult value) {
  Operation *op = value.getOwner();
  OpKind kind = kindOf(op);
  SmallVector<Reach> reaches;
  std::string memory, many;
  for (OpOperand &use : value.getUses()) {
    Operation *user = use.getOwner();
    if (isa<tensor::DimOp>(user) || (user->getNumResults() && user->use_empty() && kindOf(user) != OpKind::Host))
      continue;
    auto [access, reason] = accessOf(use);
    if (access == Access::Memory && memory.empty())
      memory = reason.str();
    if (access == Access::Views && many.empty())
      many = reason.str();
    if (access == Access::Memory)
      continue;
    // What a fused view moves is read as the view is.
    if (many.empty() && kindOf(user) == OpKind::View)
      for (Value result : user->getResults())
        many = readManyTimes.lookup(result);
    std::optional<SmallVector<int64_t>> dims = access == Access::Each ? dimsInResult(use) : std::nullopt;
    for (Value result : user->getResults()) {
      auto resultType = cast<RankedTensorType>(result.getType());
      if (dims && !isOneToOne(*dims, cast<RankedTensorType>(value.getType()), resultType))
        dims.reset();
      if (auto it = made.find(result); it != made.end()) {
        bool parts = it->second.size() > 1 || roots[it->second.front()].part >= 0;
        if (!parts) {
          reaches.push_back({it->second.front(), dims});
          continue;
        }
        // A part of a concatenation is the whole of its own program.
        SmallVector<int64_t> identity(llvm::to_vector(llvm::seq<int64_t>(0, resultType.getRank())));
        reaches.push_back({it->second[use.getOperandNumber()], identity});
      } else if (auto it = reached.find(result); it != reached.end()) {
        for (const Reach &outer : it->second) {
          Reach reach{outer.root, std::nullopt};
          if (dims && outer.dims) {
            reach.dims = *dims;
            for (int64_t &dim : *reach.dims)
              dim = dim < 0 ? -1 : (*outer.dims)[dim];
          }
          reaches.push_back(std::move(reach));
        }
      }
    }
  }
  // Values meet again and again on the way to a root: each way counts once.
  SmallVector<Reach> distinct;
  for (Reach &reach : reaches)
    if (llvm::none_of(distinct,
                      [&](const Reach &known) { return known.root == reach.root && known.dims == reach.dims; }))
      distinct.push_back(std::move(reach));
  reaches = std::move(distinct);
  if (reaches.empty() && memory.empty() && many.empty())
    return; // Nothing reads it.

  if (memory.empty() && !many.empty() && kind == OpKind::View && isFixedView(value))
    memory = "a constant is laid out once, at load";
  if (memory.empty() && kind == OpKind::Special)
    memory = "it has a program of its own";
  if (memory.empty() && extractsElements(op))
    memory = "it takes elements by index, one at a time";
  if (memory.empty() && kind != OpKind::View)
    memory = many;
  if (memory.empty() && kind == OpKind::Cheap && cost(value) >= 8) {
    bool one = llvm::all_of(reaches, [&](const Reach &reach) { return reach.root == reaches.front().root; });
    bool repeated = llvm::any_of(reaches, [](const Reach &reach) { return !reach.dims; });
    if (!one)
      memory = "several programs read it";
    else if (repeated && !isa<RopeOp, CombineOp, GatherOp, GatherNDOp, GatedActivationOp>(op))
      memory = "its reader would make it many times";
  }
  if (isa<tensor::ExpandShapeOp, tensor::CollapseShapeOp>(op) && !memory.empty()) {
    inMemory[value] = memory; // A reshape of what stands in memory costs nothing.
    return;
  }
  if (memory.empty() && kind == OpKind::Anchor)
    memory = mayShape(value, reaches).value_or("");
  if (!memory.empty()) {
    materialise(value, memory);
    reaches.clear();
    for (unsigned root : made[value])
      reaches.push_back(
          {root, llvm::to_vector(llvm::seq<int64_t>(0, cast<RankedTensorType>(value.getType()).getRank()))});
  } else {
    reached[value] = reaches;
    if (!many.empty())
      readManyTimes[value] = many;
  }
  if (kind == OpKind::Anchor)
    anchors[reaches.front().root] = {op, *reaches.front().dims};
}

SmallVector<Root> Chooser::run(func::FuncOp function) {
  for (Operation &op : llvm::reverse(function.getBody().front()))
    if (kindOf(&op) != OpKind::Host)
      for (OpResult result : op.getResults())
        visitResult(result);
  // Found from the end: program order is the reverse, parts of one value in their own order.
  SmallVector<Root> ordered;
  for (size_t end = roots.size(); end > 0;) {
    size_t begin = end - 1;
    while (begin > 0 && roots[begin - 1].value == roots[end - 1].value)
      --begin;
    for (size_t i = begin; i < end; ++i)
      ordered.push_back(roots[i]);
    end = begin;
  }
  return ordered;
}

SmallVector<Root> hadal::chooseRoots(func::FuncOp function) { return Chooser().run(function); }
