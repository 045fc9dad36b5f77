//===- KernelTable.cpp - What each kernel needs of a GPU ------------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hadal/Compiler/Compile.h"

#include "dialects/Tile/IR/Tile.h"
#include "hadal/Target/CudaCpp/EmitCuda.h"
#include "runtime/src/cuda/Nvrtc.h"

#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/raw_ostream.h"

#include <atomic>
#include <chrono>
#include <thread>

using namespace mlir;
using namespace hadal;

namespace {

/// The architectures that kernels are compiled for; the features of sm_80 are enough for all kernels.
constexpr llvm::StringLiteral kArchs[] = {"sm_80", "sm_90a", "sm_100a", "sm_120a"};

struct Cell {
  runtime::CompiledKernel kernel;
  double milliseconds = 0;
  std::string error;
};

/// A kernel and, for each architecture, what NVRTC made of it.
struct Row {
  std::string name, source;
  int64_t threads, dynamicShared;
  Cell cells[std::size(kArchs)];
};

} // namespace

static std::vector<Row> collectKernels(ModuleOp module) {
  std::vector<Row> rows;
  auto integer = [](tile::ProgramOp program, StringRef name) {
    auto attribute = program->getAttrOfType<IntegerAttr>(name);
    return attribute ? attribute.getInt() : 0;
  };
  for (auto program : module.getOps<tile::ProgramOp>())
    if (auto source = program->getAttrOfType<StringAttr>(kSourceAttr))
      rows.push_back({program.getSymName().str(),
                      source.str(),
                      integer(program, kBlockThreadsAttr),
                      integer(program, kSharedBytesAttr),
                      {}});
  return rows;
}

/// Compiles every cell; NVRTC takes two threads well.
static void compileAll(const runtime::Nvrtc &nvrtc, std::vector<Row> &rows) {
  constexpr size_t numArchs = std::size(kArchs);
  std::atomic<size_t> next = 0;
  auto work = [&] {
    for (size_t i; (i = next++) < rows.size() * numArchs;) {
      Row &row = rows[i / numArchs];
      Cell &cell = row.cells[i % numArchs];
      auto start = std::chrono::steady_clock::now();
      if (runtime::Error error = nvrtc.compile(row.source, row.name, kArchs[i % numArchs].str(), cell.kernel))
        cell.error = error.getMessage();
      std::chrono::duration<double, std::milli> elapsed = std::chrono::steady_clock::now() - start;
      cell.milliseconds = elapsed.count();
    }
  };
  std::thread other(work);
  work();
  other.join();
}

LogicalResult hadal::printKernelTable(ModuleOp module, llvm::raw_ostream &os) {
  std::shared_ptr<runtime::Nvrtc> nvrtc;
  if (runtime::Error error = runtime::Nvrtc::load(nvrtc))
    return module.emitError(error.getMessage());
  std::vector<Row> rows = collectKernels(module);
  compileAll(*nvrtc, rows);

  os << "NVRTC " << nvrtc->getVersion() << "; of each architecture: registers, spilled bytes, NVRTC milliseconds\n";
  os << llvm::formatv("{0,-32}{1,8}{2,10}", "kernel", "threads", "shared, B");
  for (StringRef arch : kArchs)
    os << llvm::formatv("{0,18}", arch);
  os << '\n';
  int64_t spilling = 0, failed = 0;
  double total = 0, slowest = 0;
  for (const Row &row : rows) {
    int64_t shared = row.dynamicShared + row.cells[0].kernel.resources.staticSharedBytes;
    os << llvm::formatv("{0,-32}{1,8}{2,10}", row.name, row.threads, shared);
    for (const Cell &cell : row.cells) {
      const runtime::KernelResources &resources = cell.kernel.resources;
      int spilled = resources.spillStoreBytes + resources.spillLoadBytes;
      spilling += spilled > 0;
      failed += !cell.error.empty();
      total += cell.milliseconds;
      slowest = std::max(slowest, cell.milliseconds);
      std::string text = cell.error.empty()
                             ? llvm::formatv("{0} {1} {2:f0}", resources.registers, spilled, cell.milliseconds).str()
                             : "failed";
      os << llvm::formatv("{0,18}", text);
    }
    os << '\n';
  }
  int64_t cells = rows.size() * std::size(kArchs);
  os << llvm::formatv("{0} kernels, {1} spill, {2} failed; NVRTC {3:f0} ms each on average, {4:f0} ms at most\n",
                      rows.size(), spilling, failed, cells ? total / cells : 0.0, slowest);
  for (const Row &row : rows)
    for (const Cell &cell : row.cells)
      if (!cell.error.empty())
        return module.emitError("kernel ") << row.name << ": " << cell.error;
  return success();
}
