//===- Structured.cpp - Running linalg's structured ops -------------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Structured.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"

using namespace mlir;
using namespace hadal;
using llvm::Error;
using llvm::Expected;

namespace {
/// How the loops reach the elements of one operand.
struct Access {
  Datum datum;
  AffineMap map;
  SmallVector<int64_t, 4> dimStrides; // of the tensor, in cells
  bool isLinear = true;
  int64_t base = 0;                // if linear
  SmallVector<int64_t, 6> strides; // by loop, if linear
};

class StructuredRun {
public:
  StructuredRun(Machine &machine, Frame &frame, const Instr &instr)
      : machine(machine), frame(frame), instr(instr), op(llvm::cast<linalg::LinalgOp>(instr.op)),
        program(static_cast<LaneProgram *>(instr.cache.get())), numInputs(op.getNumDpsInputs()) {}

  Error run();

private:
  static constexpr int64_t kChunk = 256;

  Error bindOperands();
  Error findLoops();
  Error bindAccess(Access &access, unsigned number);
  void orderLoops();
  Expected<int64_t> offsetAt(const Access &access);
  Error runChunk(int64_t count);
  Error runBody();

  Machine &machine;
  Frame &frame;
  const Instr &instr;
  linalg::LinalgOp op;
  const LaneProgram *program;
  unsigned numInputs;
  std::vector<Access> accesses;
  SmallVector<int64_t, 6> sizes, point;
  SmallVector<unsigned, 6> order; // outermost first
  int inner = -1;                 // the loop that runs in chunks, or -1
  std::vector<Lane> registers;
  std::vector<Cell> temporaries, loopCells;
};
} // namespace

Error StructuredRun::bindOperands() {
  SmallVector<AffineMap> maps = op.getIndexingMapsArray();
  if (maps.size() != instr.operands.size())
    return failAt(op, "has operands without an indexing map");
  for (unsigned index = 0; index < instr.operands.size(); ++index) {
    if (llvm::isa<MemRefType>(op->getOperand(index).getType()))
      return failAt(op, "on memrefs is not supported by the reference");
    Access access;
    // Inputs first: an init may be the same value, and is then not moved but copied.
    access.datum = index < numInputs ? Machine::operand(frame, instr, index) : Machine::take(frame, instr, index);
    access.map = maps[index];
    if (access.datum.isScalar() && access.map.getNumResults() != 0)
      access.map = AffineMap::get(access.map.getNumDims(), 0, op->getContext());
    accesses.push_back(std::move(access));
  }
  for (unsigned index = numInputs; index < accesses.size(); ++index)
    if (Error error = Machine::unshare(op, accesses[index].datum))
      return error;
  return Error::success();
}

Error StructuredRun::findLoops() {
  sizes.assign(op.getNumLoops(), -1);
  for (auto [number, access] : llvm::enumerate(accesses))
    for (auto [dim, expr] : llvm::enumerate(access.map.getResults())) {
      auto loop = llvm::dyn_cast<AffineDimExpr>(expr);
      if (!loop)
        continue;
      int64_t &size = sizes[loop.getPosition()], own = access.datum.shape[dim];
      if (size != -1 && size != own)
        return failAt(op, "dimension " + Twine(dim) + " of operand " + Twine(number) + " has the size " + Twine(own) +
                              " where another operand has " + Twine(size));
      size = own;
    }
  if (llvm::is_contained(sizes, -1))
    return failAt(op, "has a loop whose size no operand gives");
  return Error::success();
}

/// Adds `factor · expr` to base and strides by loop; false if it is not linear.
static bool addLinear(AffineExpr expr, int64_t factor, int64_t &base, MutableArrayRef<int64_t> strides) {
  if (auto constant = llvm::dyn_cast<AffineConstantExpr>(expr)) {
    base += factor * constant.getValue();
    return true;
  }
  if (auto dim = llvm::dyn_cast<AffineDimExpr>(expr)) {
    strides[dim.getPosition()] += factor;
    return true;
  }
  auto binary = llvm::dyn_cast<AffineBinaryOpExpr>(expr);
  if (!binary)
    return false;
  if (binary.getKind() == AffineExprKind::Add)
    return addLinear(binary.getLHS(), factor, base, strides) && addLinear(binary.getRHS(), factor, base, strides);
  auto constant = llvm::dyn_cast<AffineConstantExpr>(binary.getRHS());
  return binary.getKind() == AffineExprKind::Mul && constant &&
         addLinear(binary.getLHS(), factor * constant.getValue(), base, strides);
}

Error StructuredRun::bindAccess(Access &access, unsigned number) {
  access.dimStrides = rowMajorStrides(access.datum.shape);
  access.strides.assign(sizes.size(), 0);
  for (auto [dim, expr] : llvm::enumerate(access.map.getResults())) {
    int64_t low = 0;
    SmallVector<int64_t, 6> steps(sizes.size(), 0);
    if (!addLinear(expr, 1, low, steps)) {
      access.isLinear = false;
      return Error::success();
    }
    access.base += low * access.dimStrides[dim];
    int64_t high = low;
    for (auto [loop, step] : llvm::enumerate(steps)) {
      access.strides[loop] += step * access.dimStrides[dim];
      (step < 0 ? low : high) += step * (sizes[loop] - 1);
    }
    if (low < 0 || high >= access.datum.shape[dim])
      return failAt(op, "reads dimension " + Twine(dim) + " of operand " + Twine(number) + " from " + Twine(low) +
                            " to " + Twine(high) + ", outside its size " + Twine(access.datum.shape[dim]));
  }
  return Error::success();
}

/// The longest parallel loop runs innermost, in chunks; reductions run around
/// it in their order, the other loops outside. Each element of an output meets
/// the reduction's elements in the order of the op.
void StructuredRun::orderLoops() {
  SmallVector<utils::IteratorType> iterators = op.getIteratorTypesArray();
  bool linear = llvm::all_of(accesses, [](const Access &access) { return access.isLinear; });
  for (unsigned loop = 0; program && linear && loop < sizes.size(); ++loop) {
    bool distinct = true; // one output element for each point
    for (const Access &access : ArrayRef(accesses).drop_front(numInputs))
      distinct &= access.strides[loop] != 0;
    if (iterators[loop] == utils::IteratorType::parallel && distinct && (inner < 0 || sizes[loop] > sizes[inner]))
      inner = loop;
  }
  for (utils::IteratorType type : {utils::IteratorType::parallel, utils::IteratorType::reduction})
    for (unsigned loop = 0; loop < sizes.size(); ++loop)
      if (iterators[loop] == type && static_cast<int>(loop) != inner)
        order.push_back(loop);
}

Expected<int64_t> StructuredRun::offsetAt(const Access &access) {
  int64_t offset = access.base;
  if (access.isLinear) {
    for (auto [index, stride] : llvm::zip_equal(point, access.strides))
      offset += index * stride;
    return offset;
  }
  SmallVector<int64_t> indices = access.map.compose(point);
  offset = 0;
  for (auto [dim, index] : llvm::enumerate(indices)) {
    if (index < 0 || index >= access.datum.shape[dim])
      return failAt(op, "reads index " + Twine(index) + " of a dimension of size " + Twine(access.datum.shape[dim]));
    offset += index * access.dimStrides[dim];
  }
  return offset;
}

/// out[n] += a[n] · b[n]
static void multiplyAdd(Cell *out, int64_t outStride, Lane a, Lane b, int64_t count) {
  if (outStride == 1 && a.stride == 0 && b.stride == 1) {
    double factor = a.data->f;
    for (int64_t n = 0; n < count; ++n)
      out[n].f += factor * b.data[n].f;
    return;
  }
  for (int64_t n = 0; n < count; ++n)
    out[n * outStride].f += a.f(n) * b.f(n);
}

/// Runs the body on `count` points from `point` on, along the inner loop.
Error StructuredRun::runChunk(int64_t count) {
  SmallVector<Cell *, 4> data;
  for (unsigned index = 0; index < accesses.size(); ++index) {
    Expected<int64_t> offset = offsetAt(accesses[index]);
    if (!offset)
      return offset.takeError();
    data.push_back(accesses[index].datum.data() + *offset);
    int64_t stride = inner < 0 ? 0 : accesses[index].strides[inner];
    if (index < program->numArguments)
      registers[index] = {data.back(), stride};
  }
  auto outStride = [&](unsigned index) { return inner < 0 ? 1 : accesses[index].strides[inner]; };
  if (program->isContraction && accesses.size() == program->numArguments) {
    multiplyAdd(data.back(), outStride(accesses.size() - 1), registers[program->factors[0]],
                registers[program->factors[1]], count);
    return Error::success();
  }
  for (auto [index, loop] : llvm::enumerate(program->loops)) {
    Cell *cells = loopCells.data() + index * kChunk;
    bool runs = static_cast<int>(loop) == inner;
    for (int64_t n = 0; n < (runs ? count : 1); ++n)
      cells[n].i = point[loop] + n;
    registers[program->firstLoop() + index] = {cells, runs};
  }
  for (auto [index, step] : llvm::enumerate(program->steps)) {
    SmallVector<Lane, 3> inputs;
    for (unsigned input : step.inputs)
      inputs.push_back(registers[input]);
    Cell *result = temporaries.data() + index * kChunk;
    if (!step.lane.fn(step.lane, inputs.data(), result, count))
      return failAt(step.op, "division by zero");
    registers[program->firstStep() + index] = {result, 1};
  }
  // All results are read before one is written: a body may yield another output's old value.
  for (unsigned pass = program->results.size() > 1 ? 0 : 1; pass < 2; ++pass)
    for (auto [index, result] : llvm::enumerate(program->results)) {
      Cell *copy = temporaries.data() + (program->steps.size() + index) * kChunk;
      Lane lane = pass == 0 || program->results.size() == 1 ? registers[result] : Lane{copy, 1};
      unsigned output = numInputs + index;
      Cell *out = pass == 0 ? copy : data[output];
      int64_t stride = pass == 0 ? 1 : outStride(output);
      for (int64_t n = 0; n < count; ++n)
        out[n * stride] = lane.data[n * lane.stride];
    }
  return Error::success();
}

/// Runs a body that is more than element-wise operations, at one point.
Error StructuredRun::runBody() {
  const Body &body = instr.regions[0];
  SmallVector<Cell *, 4> data;
  for (unsigned index = 0; index < accesses.size(); ++index) {
    Expected<int64_t> offset = offsetAt(accesses[index]);
    if (!offset)
      return offset.takeError();
    data.push_back(accesses[index].datum.data() + *offset);
    if (index < body.arguments.size()) {
      Datum &argument = frame.slots[body.arguments[index]];
      argument = Datum();
      argument.scalar = *data.back();
    }
  }
  ArrayRef<int64_t> outer = frame.point;
  frame.point = point;
  Error error = machine.run(body, frame);
  frame.point = outer;
  if (error)
    return error;
  SmallVector<Datum, 2> results;
  Machine::takeYields(body, frame, results);
  for (auto [index, result] : llvm::enumerate(results))
    *data[numInputs + index] = result.scalar;
  return Error::success();
}

Error StructuredRun::run() {
  if (Error error = bindOperands())
    return error;
  if (Error error = findLoops())
    return error;
  bool empty = llvm::is_contained(sizes, 0);
  for (unsigned index = 0; index < accesses.size() && !empty; ++index)
    if (Error error = bindAccess(accesses[index], index))
      return error;
  if (!empty) {
    orderLoops();
    point.assign(sizes.size(), 0);
    if (program) {
      registers.resize(program->firstStep() + program->steps.size());
      temporaries.resize((program->steps.size() + program->results.size()) * kChunk);
      loopCells.resize(program->loops.size() * kChunk);
      for (auto [index, slot] : llvm::enumerate(program->captures))
        registers[program->numArguments + index] = {&frame.slots[slot].scalar, 0};
      for (auto [index, cell] : llvm::enumerate(program->constants))
        registers[program->firstConstant() + index] = {&cell, 0};
    }
    SmallVector<int64_t, 6> outerSizes, outerPoint(order.size(), 0);
    for (unsigned loop : order)
      outerSizes.push_back(sizes[loop]);
    int64_t innerSize = inner < 0 ? 1 : sizes[inner];
    do {
      for (auto [loop, index] : llvm::zip_equal(order, outerPoint))
        point[loop] = index;
      for (int64_t start = 0; start < innerSize; start += kChunk) {
        if (inner >= 0)
          point[inner] = start;
        if (Error error = program ? runChunk(std::min(kChunk, innerSize - start)) : runBody())
          return error;
      }
    } while (nextPoint(outerPoint, outerSizes));
  }
  for (unsigned index = 0; index < instr.results.size(); ++index)
    Machine::setResult(frame, instr, index, std::move(accesses[numInputs + index].datum));
  return Error::success();
}

Error hadal::runStructuredOp(Machine &machine, Frame &frame, const Instr &instr) {
  return StructuredRun(machine, frame, instr).run();
}

//===----------------------------------------------------------------------===//
// linalg ops that are not structured ops with a body
//===----------------------------------------------------------------------===//

static Error runIndex(Machine &, Frame &frame, const Instr &instr) {
  uint64_t dim = llvm::cast<linalg::IndexOp>(instr.op).getDim();
  if (dim >= frame.point.size())
    return failAt(instr.op, "stands outside a structured op");
  Machine::setResult(frame, instr, 0, Datum::ofInt(frame.point[dim]));
  return Error::success();
}

static Error runSoftmax(Machine &, Frame &frame, const Instr &instr) {
  auto op = llvm::cast<linalg::SoftmaxOp>(instr.op);
  Datum input = Machine::operand(frame, instr, 0);
  Expected<Datum> result = Machine::allocate(op, input.shape);
  if (!result)
    return result.takeError();
  uint64_t dim = op.getDimension();
  SmallVector<int64_t, 4> strides = rowMajorStrides(input.shape), outer(input.shape), point(input.rank(), 0);
  int64_t size = outer[dim], stride = strides[dim];
  outer[dim] = 1;
  if (input.numElements() == 0) {
    Machine::setResult(frame, instr, 0, std::move(*result));
    return Error::success();
  }
  do {
    int64_t base = 0;
    for (auto [index, step] : llvm::zip_equal(point, strides))
      base += index * step;
    double maximum = -std::numeric_limits<double>::infinity(), sum = 0;
    for (int64_t n = 0; n < size; ++n)
      maximum = std::max(maximum, input.f(base + n * stride));
    for (int64_t n = 0; n < size; ++n)
      sum += result->at(base + n * stride).f = std::exp(input.f(base + n * stride) - maximum);
    for (int64_t n = 0; n < size; ++n)
      result->at(base + n * stride).f /= sum;
  } while (nextPoint(point, outer));
  Machine::setResult(frame, instr, 0, std::move(*result));
  return Error::success();
}

void hadal::registerLinalgHandlers(HandlerTable &table) {
  table["linalg.index"] = runIndex;
  table["linalg.softmax"] = runSoftmax;
}
