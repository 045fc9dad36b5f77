//===- Conv.cpp - Convolutions --------------------------------------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Models of the transformer family have short filters: each of their places is
// a product of a shifted view of the input with a slice of the filter, and the
// result is the sum of them.
//
//===----------------------------------------------------------------------===//

#include "MatMul.h"
#include "Reduce.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace llvm;
using namespace mlir;
using namespace hadal::onnx;

static constexpr int64_t kMostPlaces = 64;

namespace {
struct ConvForm {
  int64_t rank; // of the spatial dimensions
  SmallVector<int64_t> kernel, strides, dilations, before, after;
  int64_t group;
};
} // namespace

static FailureOr<SmallVector<int64_t>> readSizes(NodeContext &c, StringRef name, int64_t count, int64_t orElse) {
  SmallVector<int64_t> sizes = c.intsAttribute(name).value_or(SmallVector<int64_t>(count, orElse));
  int64_t least = name == "pads" ? 0 : 1;
  constexpr int64_t most = 1 << 20; // so that sums of products with sizes stay within 64 bits
  auto isOutside = [&](int64_t size) { return size < least || size > most; };
  if (static_cast<int64_t>(sizes.size()) != count || llvm::any_of(sizes, isOutside))
    return c.error("attribute '" + name + "' does not have " + std::to_string(count) + " sizes");
  return sizes;
}

/// Padding by which the result has the input's size divided by the stride.
static LogicalResult padToSame(NodeContext &c, Tensor &x, ConvForm &form, bool upper) {
  for (int64_t d = 0; d < form.rank; ++d) {
    std::optional<int64_t> size = c.sizes.normalize(x.dims[d + 2]).constant();
    if (!size)
      return c.error("auto_pad needs static sizes: " + c.shapeText(x));
    int64_t out = (*size + form.strides[d] - 1) / form.strides[d];
    int64_t whole = (form.kernel[d] - 1) * form.dilations[d] + 1;
    int64_t total = std::max<int64_t>(0, (out - 1) * form.strides[d] + whole - *size);
    form.before[d] = upper ? total / 2 : total - total / 2;
    form.after[d] = total - form.before[d];
  }
  return success();
}

static FailureOr<ConvForm> readForm(NodeContext &c, Tensor &x, Tensor &filter) {
  ConvForm form;
  form.rank = x.rank() - 2;
  if (form.rank < 1 || filter.rank() != x.rank())
    return c.error("input " + c.shapeText(x) + " and filter " + c.shapeText(filter) + " do not fit");
  for (const SizeExpr &dim : ArrayRef<SizeExpr>(filter.dims).drop_front(2)) {
    std::optional<int64_t> size = c.sizes.normalize(dim).constant();
    constexpr int64_t most = 1 << 20;
    if (!size || *size < 1 || *size > most)
      return c.error("its filter must have a static size of at most 2^20: " + c.shapeText(filter));
    form.kernel.push_back(*size);
  }
  FailureOr<SmallVector<int64_t>> strides = readSizes(c, "strides", form.rank, 1),
                                  dilations = readSizes(c, "dilations", form.rank, 1),
                                  pads = readSizes(c, "pads", 2 * form.rank, 0);
  if (failed(strides) || failed(dilations) || failed(pads))
    return failure();
  if (c.intsAttribute("kernel_shape").value_or(form.kernel) != form.kernel)
    return c.error("kernel_shape is not that of its filter " + c.shapeText(filter));
  form.strides = *strides;
  form.dilations = *dilations;
  form.before.assign(pads->begin(), pads->begin() + form.rank);
  form.after.assign(pads->begin() + form.rank, pads->end());
  form.group = c.intAttribute("group", 1);
  std::string automatic = c.stringAttribute("auto_pad", "NOTSET");
  if (!is_contained({"NOTSET", "VALID", "SAME_UPPER", "SAME_LOWER"}, automatic))
    return c.error("auto_pad '" + automatic + "' is unknown");
  if (StringRef(automatic).starts_with("SAME") && failed(padToSame(c, x, form, automatic == "SAME_UPPER")))
    return failure();
  int64_t places = 1;
  for (int64_t size : form.kernel)
    places *= std::min(size, kMostPlaces + 1);
  if (places > kMostPlaces)
    return c.error("a filter of more than " + std::to_string(kMostPlaces) + " places is not supported");
  return form;
}

static Tensor &padWithZeros(NodeContext &c, Tensor &given, const ConvForm &form) {
  Tensor *x = &given;
  for (int64_t d = 0; d < form.rank; ++d) {
    auto border = [&](int64_t count) {
      Dims dims = x->dims;
      dims[d + 2] = SizeExpr(count);
      Value zeros = emitFill(c, x->type, dims, 0);
      return &c.newTensor(x->type, std::move(dims), zeros);
    };
    SmallVector<Tensor *> parts{x};
    if (form.before[d] > 0)
      parts.insert(parts.begin(), border(form.before[d]));
    if (form.after[d] > 0)
      parts.push_back(border(form.after[d]));
    x = &emitConcat(c, parts, d + 2);
  }
  return *x;
}

/// What one place of the filter meets: [batch, channels, sizes…].
static Tensor &viewAt(NodeContext &c, Tensor &padded, const ConvForm &form, ArrayRef<int64_t> place,
                      ArrayRef<SizeExpr> dims) {
  SmallVector<OpFoldResult> offsets(2, c.builder.getIndexAttr(0)), steps(2, c.builder.getIndexAttr(1));
  for (int64_t d = 0; d < form.rank; ++d) {
    offsets.push_back(c.builder.getIndexAttr(place[d] * form.dilations[d]));
    steps.push_back(c.builder.getIndexAttr(form.strides[d]));
  }
  Value value = tensor::ExtractSliceOp::create(c.builder, c.loc, c.tensorType(padded.type, dims), c.value(padded),
                                               offsets, c.sizes.fold(dims), steps);
  return c.newTensor(padded.type, Dims(dims), value);
}

static LogicalResult importConv(NodeContext &c) {
  Tensor &x = c.input(0), &filter = c.input(1);
  FailureOr<ConvForm> form = readForm(c, x, filter);
  if (failed(form) || failed(requireTypes(c, {&x, &filter}, kFloats)))
    return failure();
  SizeExpr group(form->group), out = filter.dims[0];
  std::optional<SizeExpr> channels = x.dims[1].dividedBy(group), outs = out.dividedBy(group);
  if (form->group < 1 || !channels || !outs)
    return c.error("channels do not fall into " + std::to_string(form->group) + " groups");
  if (failed(c.requireEqual(filter.dims[1], *channels, "channels of filter and input")))
    return failure();
  Tensor &padded = padWithZeros(c, x, *form);
  Dims view(ArrayRef<SizeExpr>(x.dims).take_front(2)), sizes;
  for (int64_t d = 0; d < form->rank; ++d) {
    int64_t whole = (form->kernel[d] - 1) * form->dilations[d] + 1;
    SizeExpr room = padded.dims[d + 2] - SizeExpr(whole);
    if (!c.sizes.assumeNonNegative(room))
      room = c.sizes.max(room, SizeExpr(0));
    sizes.push_back(c.sizes.floorDiv(room, form->strides[d]) + SizeExpr(1));
    view.push_back(sizes.back());
  }
  SizeExpr points = product(sizes);
  bool isDepthwise = channels->isConstant(1) && outs->isConstant(1);
  Tensor *sum = nullptr;
  SmallVector<int64_t> place(form->rank, 0);
  for (bool more = true; more;) {
    Tensor &rows = viewAt(c, padded, *form, place, view);
    Tensor *slice = &filter;
    for (int64_t d = 0; d < form->rank; ++d)
      slice = &emitPart(c, *slice, d + 2, place[d], 1);
    FailureOr<Tensor *> product;
    if (isDepthwise) {
      product =
          &emitBinary(c, emitReshape(c, rows, {x.dims[0], group, points}), emitReshape(c, *slice, {group, SizeExpr(1)}),
                      {x.dims[0], group, points}, [](Element e, ValueRange in) { return e.make<arith::MulFOp>(in); });
    } else {
      Tensor &wide = emitReshape(c, rows, {x.dims[0], group, *channels, points});
      product = emitEinsum(c, "ngcp,gmc->ngmp", {&wide, &emitReshape(c, *slice, {group, *outs, *channels})});
    }
    if (failed(product))
      return failure();
    sum = sum ? &emitBinary(c, *sum, **product, sum->dims,
                            [](Element e, ValueRange in) { return e.make<arith::AddFOp>(in); })
              : *product;
    more = false;
    for (int64_t d = form->rank - 1; d >= 0 && !more; --d) {
      more = ++place[d] < form->kernel[d];
      if (!more)
        place[d] = 0;
    }
  }
  Dims result{x.dims[0], out};
  result.append(sizes);
  Tensor *y = &emitReshape(c, *sum, result);
  if (c.hasInput(2)) {
    if (c.input(2).rank() != 1 || failed(requireTypes(c, {&x, &c.input(2)}, kFloats)) ||
        failed(c.requireEqual(c.input(2).dims[0], out, "the size of the bias and the channels")))
      return failure();
    Dims dims(form->rank + 1, SizeExpr(1));
    dims[0] = out;
    y = &emitBinary(c, *y, emitReshape(c, c.input(2), dims), y->dims,
                    [](Element e, ValueRange in) { return e.make<arith::AddFOp>(in); });
  }
  c.setOutput(0, *y);
  return success();
}

void hadal::onnx::registerConvOps(OpTable &table) { table.onOp("Conv", {1}, {2, 3}, importConv); }
