//===- HadalInterfaces.td - What passes ask of operations -----*- tablegen -*-===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Passes ask these instead of switching on the names of operations.
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_DIALECTS_HADAL_IR_HADALINTERFACES_TD
#define HADAL_DIALECTS_HADAL_IR_HADALINTERFACES_TD

include "mlir/IR/OpBase.td"

def Hadal_ResultSizesInterface : OpInterface<"ResultSizesOpInterface"> {
  let cppNamespace = "::hadal";
  let description = [{
    The sizes of the results, described once: verification, `reifyResultShapes`
    and `--hadal-infer-shapes` all read this description.
  }];
  let methods = [InterfaceMethod<[{
    Calls `sizes.set(result, {…})` for each tensor result, with sizes that
    `sizes` makes of those of the operands. Called on operations whose ranks
    have been verified.
  }], "void", "describeResults", (ins "::hadal::ResultSizes &":$sizes)>];
}

def Hadal_CostInterface : OpInterface<"CostOpInterface"> {
  let cppNamespace = "::hadal";
  let description = [{
    What an operation costs at least, for cost models and for the floors of
    benchmarks. Nothing is known where a size that matters is dynamic. What
    depends on the data (how much is visible or selected) counts as the most
    that the types allow.
  }];
  let methods = [
    InterfaceMethod<[{
      Floating-point operations; a multiply-add counts as two, an exponential
      as one. 0 for operations that only move data.
    }], "std::optional<int64_t>", "getFlops">,
    InterfaceMethod<[{
      Bytes that must be moved: every operand read once, every result written
      once.
    }], "std::optional<int64_t>", "getBytes", (ins), [{}], [{
      return ::hadal::detail::bytesOf($_op.getOperation());
    }]>
  ];
}

def Hadal_VisibilityInterface : OpInterface<"VisibilityOpInterface"> {
  let cppNamespace = "::hadal";
  let description = [{
    Which keys a query may see, by ragged lengths, causality and a window
    (docs/spec.md, "Visibility"). Masks and selections come on top.
  }];
  let methods = [
    InterfaceMethod<"The valid queries of each batch entry [B]; null where all are.", "::mlir::Value",
                    "getQueryLengths", (ins), [{}], [{ return $_op.getQLengths(); }]>,
    InterfaceMethod<"The valid keys of each batch entry [B]; null where all are.", "::mlir::Value", "getKeyLengths",
                    (ins), [{}], [{ return $_op.getKvLengths(); }]>,
    InterfaceMethod<"The position of each batch entry's first query [B]; null if not given.", "::mlir::Value",
                    "getQueryOffsets", (ins), [{}], [{ return $_op.getOffsets(); }]>,
    InterfaceMethod<"The position of the first query, the same for all batch entries; none if not given.",
                    "std::optional<int64_t>", "getQueryOffset", (ins), [{}], [{
      return $_op.getOffset() ? std::optional<int64_t>(*$_op.getOffset()) : std::nullopt;
    }]>,
    InterfaceMethod<"Whether a query sees only keys up to its own position.", "bool", "isCausal", (ins), [{}],
                    [{ return $_op.getCausal(); }]>,
    InterfaceMethod<"How many keys a query sees at most, its own included; none without a window.",
                    "std::optional<int64_t>", "getWindowSize", (ins), [{}], [{ return std::nullopt; }]>
  ];
}

def Hadal_AttentionLikeInterface : OpInterface<"AttentionLikeOpInterface"> {
  let cppNamespace = "::hadal";
  let description = [{
    Softmax attention: queries, keys and values [B, H, S, D], dense or over a
    selection.
  }];
  let methods = [
    InterfaceMethod<"The queries.", "::mlir::Value", "getQueries", (ins), [{}], [{ return $_op.getQ(); }]>,
    InterfaceMethod<"The keys.", "::mlir::Value", "getKeys", (ins), [{}], [{ return $_op.getK(); }]>,
    InterfaceMethod<"The values.", "::mlir::Value", "getValues", (ins), [{}], [{ return $_op.getV(); }]>,
    InterfaceMethod<"The factor of the scores.", "double", "getScoreScale", (ins), [{}],
                    [{ return $_op.getScale().convertToDouble(); }]>,
    InterfaceMethod<"The indices of what is attended to; null where all keys are.", "::mlir::Value", "getSelection",
                    (ins), [{}], [{ return ::mlir::Value(); }]>
  ];
}

def Hadal_CacheUpdateInterface : OpInterface<"CacheUpdateOpInterface"> {
  let cppNamespace = "::hadal";
  let description = [{
    The result is the cache with entries written. On tensors a cache is a value
    like any other; where nothing reads the old one afterwards, the result may
    take its memory (bufferisation, runtimes).
  }];
  let methods = [
    InterfaceMethod<"The cache as it was: the operand whose memory the result may take.", "::mlir::OpOperand &",
                    "getCacheOperand", (ins), [{}], [{ return $_op->getOpOperand(0); }]>,
    InterfaceMethod<"The cache as it is afterwards.", "::mlir::OpResult", "getUpdatedCache", (ins), [{}],
                    [{ return $_op->getOpResult(0); }]>,
    InterfaceMethod<"What is written.", "::mlir::Value", "getEntries", (ins), [{}],
                    [{ return $_op->getOperand(1); }]>,
    InterfaceMethod<"Whether the result is larger than the cache was: its memory must have room left.", "bool",
                    "growsCache", (ins), [{}], [{ return false; }]>
  ];
}

def Hadal_SelectionInterface : OpInterface<"SelectionOpInterface"> {
  let cppNamespace = "::hadal";
  let description = [{
    Chooses the best of scored candidates: score → forced set → top-k. Experts
    of a token, blocks or keys of a query. Absent entries are −1.
  }];
  let methods = [
    InterfaceMethod<"What is ranked.", "::mlir::Value", "getCandidates">,
    InterfaceMethod<"The chosen indices.", "::mlir::Value", "getChosen">,
    InterfaceMethod<"How many are chosen.", "int64_t", "getNumChosen">,
    InterfaceMethod<"How many of them are chosen whatever their score.", "int64_t", "getNumForced", (ins), [{}],
                    [{ return 0; }]>
  ];
}

def Hadal_RouterLikeInterface : OpInterface<"RouterLikeOpInterface"> {
  let cppNamespace = "::hadal";
  let description = "Gives each token its experts and their weights.";
  let methods = [
    InterfaceMethod<"The weights [T, k].", "::mlir::Value", "getRouteWeights">,
    InterfaceMethod<"The experts [T, k].", "::mlir::Value", "getRouteIndices">,
    InterfaceMethod<"How many experts there are.", "int64_t", "getNumExperts">
  ];
}

#endif // HADAL_DIALECTS_HADAL_IR_HADALINTERFACES_TD
