//===- Schedule.h - Grids and tiles of programs, and their launches -*- C++ -*-===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_LIB_CONVERSION_HADALTOTILE_SCHEDULE_H
#define HADAL_LIB_CONVERSION_HADALTOTILE_SCHEDULE_H

#include "Roots.h"
#include "TileBuilder.h"

#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/StringMap.h"

namespace hadal {

/// How a value is cut into tiles: the size of the range along each dimension,
/// 0 for a point. A variant serves a range of sizes of its row dimension.
struct Schedule {
  llvm::SmallVector<int64_t> blocks;
  int64_t row = -1, column = -1; // the dimensions cut by grid x and y
  int64_t minRows = 0, maxRows = std::numeric_limits<int64_t>::max();
};
llvm::SmallVector<Schedule> schedulesFor(mlir::Value value, const FormOptions &options);

/// Makes the programs and launches of one function.
class Former {
public:
  Former(mlir::ModuleOp module, mlir::OpBuilder &builder, const FormOptions &options,
         llvm::StringMap<std::string> &programs)
      : module(module), b(builder), host(builder), options(options), programs(programs) {}

  /// Forms the root and replaces the value by the launch's result.
  mlir::LogicalResult form(const Root &root);
  /// A launch that copies a leaf into memory of its own.
  mlir::FailureOr<mlir::Value> copy(mlir::Value leaf);
  HostDims &getHost() { return host; }
  int64_t getLaunches() const { return launches; }

private:
  mlir::LogicalResult formPulled(const Root &root);
  mlir::FailureOr<mlir::Value> launchPulled(mlir::Value value, mlir::Value dest, mlir::OpFoldResult partOffset,
                                            int64_t partDim, llvm::StringRef name, const Schedule &schedule);
  mlir::LogicalResult formGrouped(mlir::Value value, GroupedMatmulOp op);
  mlir::FailureOr<mlir::Value> launchGrouped(mlir::Value value, GroupedMatmulOp op, mlir::Value dest, int64_t rows,
                                             int64_t minRows, int64_t maxRows);
  mlir::Value fillZero(mlir::Value dest);
  mlir::LogicalResult formRoute(RouteOp op);
  mlir::LogicalResult formGroup(GroupOp op);
  mlir::LogicalResult formTopK(TopKOp op);
  mlir::LogicalResult formTopKByRank(TopKOp op);
  mlir::LogicalResult formCumSum(CumSumOp op);
  mlir::LogicalResult formScatterElements(ScatterElementsOp op);
  mlir::LogicalResult formScatterND(ScatterNDOp op);

  tile::ProgramOp createProgram(mlir::Location loc, llvm::StringRef name);
  mlir::Value empty(mlir::Value value);
  /// Ends the program, merges it with an equal one, launches it.
  llvm::SmallVector<mlir::Value> launch(TileBuilder &builder, tile::ProgramOp program,
                                        llvm::ArrayRef<mlir::OpFoldResult> grid, mlir::ValueRange outputs);
  mlir::OpFoldResult onlyIf(mlir::OpFoldResult rows, int64_t min, int64_t max, mlir::OpFoldResult size);

  mlir::ModuleOp module;
  mlir::OpBuilder &b;
  HostDims host;
  FormOptions options;
  llvm::StringMap<std::string> &programs; // text without name → name
  llvm::SmallPtrSet<mlir::Operation *, 4> formed;
  llvm::DenseMap<mlir::Value, mlir::Value> concatenations; // what is written so far of a root
  llvm::DenseSet<mlir::Value> complete;                    // indices without −1, and permutations of such
  int64_t launches = 0;
};

/// A name for the program of a value, from what it computes.
std::string nameOf(mlir::Value value);
/// Shares what is computed twice and fuses loops that run side by side.
void simplify(tile::ProgramOp program);

} // namespace hadal

#endif // HADAL_LIB_CONVERSION_HADALTOTILE_SCHEDULE_H
