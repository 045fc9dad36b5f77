//===- Manifest.cpp - What an artifact says of itself -------------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Manifest.h"

#include "dialects/Hadal/IR/Hadal.h"
#include "dialects/Tile/IR/Tile.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/Path.h"

using namespace mlir;
using namespace hadal;

/// numpy's name of an element type; empty if a tensor of it cannot cross the C ABI.
static StringRef dtypeName(Type type, bool isUnsigned) {
  if (type.isF32())
    return "float32";
  if (type.isF64())
    return "float64";
  if (type.isF16())
    return "float16";
  if (type.isBF16())
    return "bfloat16";
  if (isa<Float8E4M3FNType>(type))
    return "float8_e4m3fn";
  if (isa<Float8E5M2Type>(type))
    return "float8_e5m2";
  if (isa<Float8E8M0FNUType>(type))
    return "float8_e8m0fnu";
  if (type.isInteger(1))
    return "bool";
  for (auto [width, withSign, without] :
       {std::tuple(8, "int8", "uint8"), {16, "int16", "uint16"}, {32, "int32", "uint32"}, {64, "int64", "uint64"}})
    if (type.isInteger(width))
      return isUnsigned ? without : withSign;
  return "";
}

/// {"name": …, "dtype": …, "dims": ["batch", 1, …]} of an argument of an entry function, the `number`th of its kind.
static FailureOr<llvm::json::Object> describeArgument(func::FuncOp function, unsigned index, bool output,
                                                      size_t number) {
  auto type = cast<MemRefType>(function.getArgumentTypes()[index]);
  // Integers of the IR have no sign; what the caller sees may.
  bool isUnsigned = static_cast<bool>(function.getArgAttr(index, "hadal.unsigned"));
  StringRef dtype = dtypeName(type.getElementType(), isUnsigned);
  if (dtype.empty())
    return function.emitError("argument ")
           << index << " has elements of " << type.getElementType() << ", which cannot cross the C ABI";
  auto name = function.getArgAttrOfType<StringAttr>(index, "hadal.name");
  std::string called = name ? name.str() : (output ? "out" : "arg") + std::to_string(number);
  auto symbols = function.getArgAttrOfType<ArrayAttr>(index, "hadal.dims");
  llvm::json::Array dims;
  for (auto [dim, size] : llvm::enumerate(type.getShape())) {
    if (!ShapedType::isDynamic(size)) {
      dims.push_back(size);
      continue;
    }
    auto symbol = symbols && dim < symbols.size() ? dyn_cast<StringAttr>(symbols[dim]) : StringAttr();
    // One without a symbol is like no other.
    dims.push_back(symbol && !symbol.empty() ? symbol.str() : called + "." + std::to_string(dim));
  }
  return llvm::json::Object{{"name", called}, {"dtype", dtype}, {"dims", std::move(dims)}};
}

static StringRef targetName(TargetKind target) {
  switch (target) {
  case TargetKind::CPU:
    return "cpu";
  case TargetKind::CUDA:
    return "cuda";
  case TargetKind::Emulator:
    return "emulator";
  }
  llvm_unreachable("unknown target");
}

/// `file`, stated relative to the model, as an absolute path.
static std::string resolve(StringRef file, StringRef model) {
  SmallString<256> path(file);
  if (!llvm::sys::path::is_absolute(path)) {
    path = llvm::sys::path::parent_path(model);
    llvm::sys::path::append(path, file);
  }
  llvm::sys::fs::make_absolute(path);
  llvm::sys::path::remove_dots(path, /*remove_dot_dot=*/true);
  return path.str().str();
}

LogicalResult hadal::describeArtifact(ModuleOp module, StringRef model, const PipelineOptions &options) {
  llvm::json::Array functions;
  for (auto function : module.getOps<func::FuncOp>()) {
    if (!function->hasAttr("hadal.entry") || function.getName() == "hadal.init")
      continue;
    llvm::json::Array inputs, outputs;
    // The last argument is the workspace.
    for (unsigned index = 0, end = function.getNumArguments() - 1; index < end; ++index) {
      bool output = static_cast<bool>(function.getArgAttr(index, "hadal.output"));
      llvm::json::Array &kind = output ? outputs : inputs;
      FailureOr<llvm::json::Object> argument = describeArgument(function, index, output, kind.size());
      if (failed(argument))
        return failure();
      kind.push_back(std::move(*argument));
    }
    functions.push_back(llvm::json::Object{
        {"name", function.getName()}, {"inputs", std::move(inputs)}, {"outputs", std::move(outputs)}});
  }
  for (auto global : module.getOps<tile::GlobalOp>())
    if (auto external = global->getAttrOfType<ExternalAttr>("hadal.external"))
      global->setAttr("hadal.external", ExternalAttr::get(module.getContext(), resolve(external.getFile(), model),
                                                          external.getOffset(), external.getLength()));

  int64_t kernels = 0, launches = 0;
  module.walk([&](tile::LaunchOp) { ++launches; });
  module.walk([&](tile::ProgramOp) { ++kernels; });
  llvm::json::Value manifest = llvm::json::Object{{"abi", 1},
                                                  {"target", targetName(options.target)},
                                                  {"model", llvm::sys::path::filename(model)},
                                                  {"precision", options.precision},
                                                  {"functions", std::move(functions)},
                                                  {"kernels", kernels},
                                                  {"launches", launches}};
  std::string text;
  llvm::raw_string_ostream(text) << manifest;
  module->setAttr("hadal.manifest", StringAttr::get(module.getContext(), text));
  return success();
}
