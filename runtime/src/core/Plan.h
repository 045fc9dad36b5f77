//===- Plan.h - A function for given shapes ---------------------*- C++ -*-===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_RUNTIME_CORE_PLAN_H
#define HADAL_RUNTIME_CORE_PLAN_H

#include "Module.h"

#include <memory>
#include <vector>

namespace hadal::runtime {

class Plan {
public:
  static Error create(const Function &function, const DLTensor *inputs, int32_t numInputs, std::unique_ptr<Plan> &out);

  int64_t getWorkspaceBytes() const { return workspaceBytes; }
  const std::vector<DLTensor> &getOutputs() const { return outputs; }

  Error run(const DLTensor *inputs, DLTensor *outputs, void *workspace);

private:
  /// The device's memory of a tensor during a run.
  struct Binding {
    void *address = nullptr;
    size_t bytes = 0;
    bool owned = false;
  };

  explicit Plan(const Function &function) : function(function), module(function.module->shared_from_this()) {}
  Error makeOutputs();
  Error checkTensor(const char *role, const TensorDecl &decl, const DLTensor &tensor, const int64_t *dims) const;
  Error bind(const char *role, const TensorDecl &decl, const DLTensor &tensor, bool isInput, Binding &out) const;
  Error bindAll(const DLTensor *inputs, const DLTensor *outputs, std::vector<Binding> &bindings) const;
  Error runBound(const std::vector<Binding> &bindings, void *workspace) const;

  const Function &function;
  std::shared_ptr<const Module> module;
  std::vector<int64_t> inDims;
  std::vector<int64_t> outDims;
  int64_t workspaceBytes = 0;
  std::vector<DLTensor> outputs; // shapes in outDims
};

} // namespace hadal::runtime

#endif // HADAL_RUNTIME_CORE_PLAN_H
