//===- Vhlo.h - Reading portable artifacts of StableHLO ------------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A portable artifact is MLIR bytecode of the versioned dialect `vhlo`. Its types and attributes are read as what they
// stand for, builtin ones and those of stablehlo; its operations stay unregistered, named with their version, and
// lib/Import/StableHLO makes operations of stablehlo of them. Nothing of this dialect is ever written.
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_DIALECTS_VHLO_IR_VHLO_H
#define HADAL_DIALECTS_VHLO_IR_VHLO_H

#include "mlir/IR/Dialect.h"

namespace hadal {

class VhloDialect : public mlir::Dialect {
public:
  explicit VhloDialect(mlir::MLIRContext *context);
  static llvm::StringRef getDialectNamespace() { return "vhlo"; }

private:
  template <size_t... Numbers> void addVersionedOps(std::index_sequence<Numbers...>);
};

/// The newest version that is read of the operation of that name (without its version).
unsigned newestVhloVersion(llvm::StringRef name);
/// The newest release of StableHLO whose operations were looked at.
inline constexpr llvm::StringLiteral kNewestStableHLO = "1.20.0";

/// Dialects whose attributes annotate models (shardings, layouts) and change no result: read as text.
class MhloDialect : public mlir::Dialect {
public:
  explicit MhloDialect(mlir::MLIRContext *context);
  static llvm::StringRef getDialectNamespace() { return "mhlo"; }
  mlir::Attribute parseAttribute(mlir::DialectAsmParser &parser, mlir::Type type) const override;
};
class SdyDialect : public mlir::Dialect {
public:
  explicit SdyDialect(mlir::MLIRContext *context);
  static llvm::StringRef getDialectNamespace() { return "sdy"; }
  mlir::Attribute parseAttribute(mlir::DialectAsmParser &parser, mlir::Type type) const override;
};

} // namespace hadal

#endif // HADAL_DIALECTS_VHLO_IR_VHLO_H
