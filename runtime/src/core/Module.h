//===- Module.h - A loaded artifact and its functions -----------*- C++ -*-===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_RUNTIME_CORE_MODULE_H
#define HADAL_RUNTIME_CORE_MODULE_H

#include "Artifact.h"
#include "Context.h"
#include "Globals.h"
#include "Manifest.h"

#include <memory>
#include <vector>

namespace hadal::runtime {
class Module;
} // namespace hadal::runtime

/// A function of the manifest with its code, and the infos that the C ABI shows.
struct HadalFunction {
  const hadal::runtime::Module *module = nullptr;
  const hadal::runtime::FunctionDecl *decl = nullptr;
  const HadalArtifactFunction *code = nullptr;
  std::vector<HadalTensorInfo> inputs, outputs;
  std::vector<std::vector<const char *>> symbols; // what the infos point to
};

namespace hadal::runtime {
using Function = HadalFunction;

class Module : public std::enable_shared_from_this<Module> {
public:
  static Error load(std::shared_ptr<Context> context, const std::string &path, std::shared_ptr<Module> &out);

  Context &getContext() const { return *context; }
  const HadalArtifact &getTable() const { return artifact->get(); }
  const std::string &getPath() const { return artifact->getPath(); }
  const std::vector<Function> &getFunctions() const { return functions; }

  /// Memory and dimensions of one run, in the order of the artifact's tables.
  struct Arguments {
    void *const *inputs = nullptr;
    const int64_t *inDims = nullptr;
    void *const *outputs = nullptr;
    const int64_t *outDims = nullptr;
    void *workspace = nullptr;
  };
  Error run(const HadalArtifactFunction &function, const Arguments &arguments, RunScope &scope) const;

private:
  explicit Module(std::shared_ptr<Context> context)
      : context(std::move(context)), globals(this->context->getDevice()) {}
  Error checkTable() const;
  Error bindFunctions();
  Error runInit();

  std::shared_ptr<Context> context; // first in, last out: all below lives on its device
  std::unique_ptr<Artifact> artifact;
  Manifest manifest;
  Globals globals;
  std::unique_ptr<Kernels> kernels;
  std::vector<Function> functions;
};

} // namespace hadal::runtime

#endif // HADAL_RUNTIME_CORE_MODULE_H
