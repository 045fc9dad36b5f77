//===- ABIBuilder.cpp - Pieces of the artifact's C ABI in IR --------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lib/Conversion/HostToLLVM/ABIBuilder.h"

#include "mlir/Conversion/LLVMCommon/MemRefBuilder.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace hadal;
using namespace hadal::abi;

FailureOr<SmallVector<ArgKind>> abi::slotsOf(Operation *op, TypeRange arguments) {
  SmallVector<ArgKind> slots;
  for (auto [index, type] : llvm::enumerate(arguments)) {
    if (auto memref = dyn_cast<MemRefType>(type)) {
      slots.push_back(ArgKind::Pointer);
      slots.append(memref.getNumDynamicDims(), ArgKind::Int64);
    } else if (type.isIndex() || type.isInteger(64)) {
      slots.push_back(ArgKind::Int64);
    } else if (type.isF32()) {
      slots.push_back(ArgKind::Float32);
    } else if (type.isInteger() && type.getIntOrFloatBitWidth() <= 32) {
      slots.push_back(ArgKind::Int32);
    } else {
      return op->emitOpError("argument ") << index << " is a scalar of " << type << ", which has no slot in a launch";
    }
  }
  return slots;
}

Value ABIBuilder::constant(Type type, int64_t value) {
  return LLVM::ConstantOp::create(*this, type, getIntegerAttr(type, value));
}

Value ABIBuilder::element(Type type, Value base, int64_t index) {
  return index == 0 ? base : LLVM::GEPOp::create(*this, ptr, type, base, ArrayRef<LLVM::GEPArg>{index}).getResult();
}

Value ABIBuilder::load(Type type, Value base, int64_t index) {
  return LLVM::LoadOp::create(*this, type, element(type, base, index));
}

void ABIBuilder::store(Value value, Value base, int64_t index) {
  LLVM::StoreOp::create(*this, value, element(value.getType(), base, index));
}

Value ABIBuilder::toIndex(Value integer) { return arith::IndexCastOp::create(*this, getIndexType(), integer); }

Value ABIBuilder::toI64(Value index) { return arith::IndexCastOp::create(*this, getI64Type(), index); }

Value ABIBuilder::memref(MemRefType type, Value address, ValueRange dynamicSizes) {
  auto descriptor = MemRefDescriptor::poison(*this, getLoc(), converter.convertType(type));
  descriptor.setAllocatedPtr(*this, getLoc(), address);
  descriptor.setAlignedPtr(*this, getLoc(), address);
  descriptor.setConstantOffset(*this, getLoc(), 0);
  Value stride = constant(getI64Type(), 1);
  size_t dynamic = dynamicSizes.size();
  for (int64_t dim = type.getRank(); dim-- > 0;) {
    Value size = type.isDynamicDim(dim) ? toI64(dynamicSizes[--dynamic]) : constant(getI64Type(), type.getDimSize(dim));
    descriptor.setSize(*this, getLoc(), dim, size);
    descriptor.setStride(*this, getLoc(), dim, stride);
    if (dim)
      stride = arith::MulIOp::create(*this, stride, size);
  }
  return UnrealizedConversionCastOp::create(*this, TypeRange(type), ValueRange(Value(descriptor))).getResult(0);
}

LLVM::LLVMFuncOp ABIBuilder::beginFunction(StringRef name, Type result, ArrayRef<Type> arguments) {
  auto type = LLVM::LLVMFunctionType::get(result, arguments);
  auto function = LLVM::LLVMFuncOp::create(*this, name, type, LLVM::Linkage::Internal);
  setInsertionPointToStart(function.addEntryBlock(*this));
  return function;
}
