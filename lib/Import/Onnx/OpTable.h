//===- OpTable.h - The import table ----------------------------*- C++ -*-===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// One entry per operator and range of operator sets. A new operator is a
// function and a line in the table of its family:
//
// ```c++
// static LogicalResult importFlatten(NodeContext &c) { ... c.setOutput(0, reshaped); return success(); }
//
// void hadal::onnx::registerShapeOps(OpTable &table) {
//   table.onOp("Flatten", {9}, {1, 1}, importFlatten);
// }
// ```
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_IMPORT_ONNX_OPTABLE_H
#define HADAL_IMPORT_ONNX_OPTABLE_H

#include "mlir/Support/LLVM.h"

#include "llvm/ADT/StringMap.h"

#include <functional>
#include <limits>

namespace hadal::onnx {

class NodeContext;

/// The newest standard operator set whose changes this table knows.
constexpr int64_t kNewestOpset = 27;

/// Operator sets `since` to `until`, both included.
struct OpsetRange {
  int64_t since;
  int64_t until = std::numeric_limits<int64_t>::max();
};

constexpr int kAnyNumber = std::numeric_limits<int>::max(); // none of them missing
constexpr int kAnyInputs = kAnyNumber - 1;                  // some of them may be missing

/// How many inputs a node may have; the first `required` must be there.
struct Arity {
  int required;
  int inputs;
};

using ImportFn = std::function<mlir::LogicalResult(NodeContext &)>;

struct OpEntry {
  OpsetRange opsets;
  Arity arity;
  ImportFn import;
};

class OpTable {
public:
  /// The table of all operators.
  static const OpTable &get();

  void onOp(llvm::StringRef domain, llvm::StringRef op, OpsetRange opsets, Arity arity, ImportFn import);
  void onOp(llvm::StringRef op, OpsetRange opsets, Arity arity, ImportFn import) {
    onOp("", op, opsets, arity, std::move(import));
  }

  /// The entry for `op`, or null if it is not supported.
  const OpEntry *find(llvm::StringRef domain, llvm::StringRef op, int64_t version) const;

private:
  llvm::StringMap<llvm::SmallVector<OpEntry, 1>> entries; // by "domain:op"
};

// The families.
void registerElementwiseOps(OpTable &table);
void registerComparisonOps(OpTable &table);
void registerActivationOps(OpTable &table);
void registerConstantOps(OpTable &table);
void registerShapeOps(OpTable &table);
void registerSliceOps(OpTable &table);
void registerIndexOps(OpTable &table);
void registerReduceOps(OpTable &table);
void registerMatMulOps(OpTable &table);
void registerEinsumOps(OpTable &table);
void registerLayoutOps(OpTable &table);
void registerRotaryOps(OpTable &table);
void registerNormalizationOps(OpTable &table);
void registerAttentionOps(OpTable &table);
void registerControlFlowOps(OpTable &table);
void registerQuantizeOps(OpTable &table);
void registerArrangeOps(OpTable &table);
void registerStatisticsOps(OpTable &table);
void registerLossOps(OpTable &table);
void registerContribOps(OpTable &table);
void registerContribAttentionOps(OpTable &table);
void registerContribExpertOps(OpTable &table);
void registerContribMultiHeadOps(OpTable &table);
void registerContribSparseAttentionOps(OpTable &table);
void registerSignalOps(OpTable &table);
void registerConvOps(OpTable &table);
void registerLinearAttentionOps(OpTable &table);
void registerWholeOps(OpTable &table);

} // namespace hadal::onnx

#endif // HADAL_IMPORT_ONNX_OPTABLE_H
