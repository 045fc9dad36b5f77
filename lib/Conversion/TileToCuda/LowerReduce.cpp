//===- LowerReduce.cpp - Reductions over registers, lanes and warps -------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "KernelLowering.h"

using namespace mlir;
using namespace hadal;
using namespace hadal::tilecuda;
using cuda::Digit;

static arith::AtomicRMWKind getKind(tile::Reduction kind, bool isFloat) {
  switch (kind) {
  case tile::Reduction::Add:
    return isFloat ? arith::AtomicRMWKind::addf : arith::AtomicRMWKind::addi;
  case tile::Reduction::Mul:
    return isFloat ? arith::AtomicRMWKind::mulf : arith::AtomicRMWKind::muli;
  case tile::Reduction::Max:
    return isFloat ? arith::AtomicRMWKind::maximumf : arith::AtomicRMWKind::maxs;
  case tile::Reduction::Min:
    return isFloat ? arith::AtomicRMWKind::minimumf : arith::AtomicRMWKind::mins;
  }
  llvm_unreachable("all reductions are listed");
}

Value tilecuda::combine(OpBuilder &builder, Location loc, tile::Reduction kind, Value left, Value right) {
  bool isFloat = isa<FloatType>(left.getType());
  switch (kind) {
  case tile::Reduction::Add:
    if (isFloat)
      return arith::AddFOp::create(builder, loc, left, right);
    return arith::AddIOp::create(builder, loc, left, right);
  case tile::Reduction::Mul:
    if (isFloat)
      return arith::MulFOp::create(builder, loc, left, right);
    return arith::MulIOp::create(builder, loc, left, right);
  case tile::Reduction::Max:
    if (isFloat)
      return arith::MaximumFOp::create(builder, loc, left, right);
    return arith::MaxSIOp::create(builder, loc, left, right);
  case tile::Reduction::Min:
    if (isFloat)
      return arith::MinimumFOp::create(builder, loc, left, right);
    return arith::MinSIOp::create(builder, loc, left, right);
  }
  llvm_unreachable("all reductions are listed");
}

LogicalResult KernelLowering::lowerReduce(tile::ReduceOp reduce) {
  Location loc = reduce.getLoc();
  comment(reduce);
  RankedTensorType source = tileType(reduce.getSource());
  Type element = source.getElementType();
  if (element.isIndex())
    return reduce.emitError("a reduction of index elements has no CUDA form");
  auto layout = reduce->getAttrOfType<LayoutAttr>(cuda::kLayoutAttr);
  LayoutAttr kept = layout.slice(reduce.getAxis(), source.getRank());
  int64_t count = kept.getNumRegisters();
  Value partial;
  if (isTile(reduce.getResult())) {
    makeArrays(reduce.getResult());
    partial = arrays[reduce.getResult()].registers;
  } else {
    partial = local(loc, "reduce", 1, element);
  }
  Value neutral = arith::ConstantOp::create(
      builder, loc,
      arith::getIdentityValueAttr(getKind(reduce.getKind(), isa<FloatType>(element)), element, builder, loc));
  {
    OpBuilder::InsertionGuard guard(builder);
    scf::ForOp loop = makeLoop(loc, 0, count, 1, 0);
    builder.setInsertionPointToStart(loop.getBody());
    cuda::SetOp::create(builder, loc, neutral, partial, loop.getInductionVar());
  }
  bool idempotent = reduce.getKind() == tile::Reduction::Max || reduce.getKind() == tile::Reduction::Min;
  forEach(loc, layout, source.getShape(), Tail::Clamp, count > 1 || readsRegisters(reduce.getSource()),
          [&](ArrayRef<Coord> coords, const ElementLoop &loop, Value valid) {
            Value value = evaluate(reduce.getSource(), coords, loop);
            if (valid && !idempotent)
              value = arith::SelectOp::create(builder, loc, valid, value, neutral);
            Coords outer(coords);
            outer.erase(outer.begin() + reduce.getAxis());
            // The slice's registers are the loop's without the reduced dimension.
            Value index = registerIndex(loc, kept, outer, loop);
            Value sum = combine(builder, loc, reduce.getKind(), get(loc, partial, index), value);
            cuda::SetOp::create(builder, loc, sum, partial, index);
          });
  reduceAcrossThreads(reduce, partial, count, layout);
  if (!isTile(reduce.getResult())) {
    Value value = get(loc, partial, i32Constant(builder, loc, 0));
    scalars.map(reduce.getResult(), value);
    return success();
  }
  copyToShared(reduce.getResult());
  return success();
}

/// Combines the partial results of the threads that differ along the reduced
/// axis: lanes of a warp by shuffles, warps through shared memory. All end with the result.
void KernelLowering::reduceAcrossThreads(tile::ReduceOp reduce, Value partial, int64_t count, LayoutAttr layout) {
  Location loc = reduce.getLoc();
  Type element = cast<cuda::ArrayType>(partial.getType()).getElement();
  auto forPartials = [&](function_ref<void(Value)> body) {
    OpBuilder::InsertionGuard guard(builder);
    scf::ForOp loop = makeLoop(loc, 0, count, 1, 0);
    builder.setInsertionPointToStart(loop.getBody());
    body(loop.getInductionVar());
  };
  int64_t below = 1;
  for (const Digit &digit : layout.getThreads()) {
    int64_t first = below;
    below *= digit.count;
    if (digit.dim != static_cast<int64_t>(reduce.getAxis()))
      continue;
    int64_t inWarp = first < 32 ? std::min<int64_t>(digit.count, 32 / first) : 1;
    if (inWarp > 1)
      forPartials([&](Value index) {
        Value value = get(loc, partial, index);
        for (int64_t mask = first * inWarp / 2; mask >= first; mask /= 2)
          value = combine(builder, loc, reduce.getKind(), value,
                          cuda::ShuffleXorOp::create(builder, loc, value, builder.getI32IntegerAttr(mask)));
        cuda::SetOp::create(builder, loc, value, partial, index);
      });
    int64_t peers = digit.count / inWarp, distance = first * inWarp;
    if (peers == 1)
      continue;
    auto type = cuda::ArrayType::get(builder.getContext(), cuda::Space::Shared, count * threads, element);
    Value scratch = cuda::SharedOp::create(builder, loc, type, "partials", IntegerAttr());
    auto slot = [&](Value index, Value of) {
      Value row = builder.createOrFold<arith::MulIOp>(loc, index, i32Constant(builder, loc, threads));
      return builder.createOrFold<arith::AddIOp>(loc, row, of);
    };
    forPartials([&](Value index) {
      cuda::SetOp::create(builder, loc, get(loc, partial, index), scratch, slot(index, thread));
    });
    forPartials([&](Value index) {
      Value size = i32Constant(builder, loc, distance), number = i32Constant(builder, loc, peers);
      Value own = arith::RemSIOp::create(builder, loc, arith::DivSIOp::create(builder, loc, thread, size), number);
      Value base = arith::SubIOp::create(builder, loc, thread, arith::MulIOp::create(builder, loc, own, size));
      Value sum = get(loc, scratch, slot(index, base));
      for (int64_t peer = 1; peer < peers; ++peer) {
        Value other = arith::AddIOp::create(builder, loc, base, i32Constant(builder, loc, peer * distance));
        sum = combine(builder, loc, reduce.getKind(), sum, get(loc, scratch, slot(index, other)));
      }
      cuda::SetOp::create(builder, loc, sum, partial, index);
    });
  }
}
