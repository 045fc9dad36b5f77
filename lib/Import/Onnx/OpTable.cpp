//===- OpTable.cpp - The import table -------------------------------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "OpTable.h"

using namespace llvm;
using namespace hadal::onnx;

static std::string key(StringRef domain, StringRef op) { return (domain + ":" + op).str(); }

const OpTable &OpTable::get() {
  static const OpTable table = [] {
    OpTable table;
    registerElementwiseOps(table);
    registerComparisonOps(table);
    registerActivationOps(table);
    registerConstantOps(table);
    registerShapeOps(table);
    registerSliceOps(table);
    registerIndexOps(table);
    registerReduceOps(table);
    registerMatMulOps(table);
    registerEinsumOps(table);
    registerLayoutOps(table);
    registerRotaryOps(table);
    registerNormalizationOps(table);
    registerAttentionOps(table);
    registerControlFlowOps(table);
    registerQuantizeOps(table);
    registerArrangeOps(table);
    registerStatisticsOps(table);
    registerLossOps(table);
    registerContribOps(table);
    registerContribAttentionOps(table);
    registerContribExpertOps(table);
    registerContribMultiHeadOps(table);
    registerContribSparseAttentionOps(table);
    registerSignalOps(table);
    registerConvOps(table);
    registerLinearAttentionOps(table);
    registerWholeOps(table);
    return table;
  }();
  return table;
}

void OpTable::onOp(StringRef domain, StringRef op, OpsetRange opsets, Arity arity, ImportFn import) {
  entries[key(domain, op)].push_back({opsets, arity, std::move(import)});
}

const OpEntry *OpTable::find(StringRef domain, StringRef op, int64_t version) const {
  auto found = entries.find(key(domain, op));
  if (found == entries.end())
    return nullptr;
  for (const OpEntry &entry : found->second)
    if (entry.opsets.since <= version && version <= entry.opsets.until)
      return &entry;
  return nullptr;
}
