//===- TileBuilder.h - Programs made by pulling regions of values -*- C++ -*-===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HADAL_LIB_CONVERSION_HADALTOTILE_TILEBUILDER_H
#define HADAL_LIB_CONVERSION_HADALTOTILE_TILEBUILDER_H

#include "HostDims.h"

#include "dialects/Hadal/IR/Hadal.h"
#include "dialects/Tile/IR/Tile.h"

namespace hadal {

/// One dimension of a region of a graph value. A point is a dimension that the
/// region's tile does not have; `rows` (a tile of indices, −1 for none) stands
/// for an offset where the elements are not evenly spaced.
struct RegionDim {
  mlir::OpFoldResult offset;
  int64_t size = 1;
  int64_t stride = 1;
  bool point = false;
  mlir::Value rows = {};

  bool operator==(const RegionDim &other) const {
    return offset == other.offset && size == other.size && stride == other.stride && point == other.point &&
           rows == other.rows;
  }
};
using TileRegion = llvm::SmallVector<RegionDim, 4>;

/// A tile (or scalar) of a program: dimension i of `value` is dimension
/// `dims[i]` of the region it was pulled at; it is the same along the others.
/// `dims` is increasing.
struct Tile {
  mlir::Value value;
  llvm::SmallVector<int64_t, 4> dims;
};
using MaybeTile = mlir::FailureOr<Tile>;

struct FormOptions {
  bool cuda = false;
  tile::Precision precision = tile::Precision::F32;
};

/// Whether elements are gathered (or scattered) within rows that a tile holds whole.
bool takesRows(GatherElementsOp op);
bool takesRows(ScatterElementsOp op);

/// What a program that computes a grouped matmul found out about its rows.
struct GroupedRows {
  GroupedMatmulOp op;
  mlir::OpFoldResult expert;
  RegionDim in; // the rows of x
};

/// Builds the body of one program. `pull` evaluates the graph backwards: it
/// emits what computes a region of a value, down to loads of values that stand
/// in memory, which become arguments.
class TileBuilder {
public:
  TileBuilder(tile::ProgramOp program, HostDims &host, const FormOptions &options);

  /// The tile of `value` at `region`. Fails with a diagnostic.
  MaybeTile pull(mlir::Value value, const TileRegion &region);
  /// The same, repeated along those dimensions that it lacks: its shape is the
  /// sizes of the region's dimensions that are no points.
  mlir::FailureOr<mlir::Value> pullFull(mlir::Value value, const TileRegion &region);
  mlir::Value full(const Tile &tile, const TileRegion &region);

  /// Whether a value stands in memory (or is a reshape of one that does).
  static bool isLeaf(mlir::Value value);
  /// Offsets below the size at which `dim` of the value falls into parts that
  /// must be pulled one by one.
  static llvm::SmallVector<int64_t> splits(mlir::Value value, int64_t dim);

  // Index arithmetic of the program, folded.
  mlir::Value index(mlir::OpFoldResult value);
  mlir::OpFoldResult constant(int64_t value) { return b.getIndexAttr(value); }
  mlir::OpFoldResult add(mlir::OpFoldResult x, mlir::OpFoldResult y);
  mlir::OpFoldResult sub(mlir::OpFoldResult x, mlir::OpFoldResult y);
  mlir::OpFoldResult mul(mlir::OpFoldResult x, mlir::OpFoldResult y);
  mlir::OpFoldResult div(mlir::OpFoldResult x, mlir::OpFoldResult y);
  mlir::OpFoldResult rem(mlir::OpFoldResult x, mlir::OpFoldResult y);
  mlir::OpFoldResult min(mlir::OpFoldResult x, mlir::OpFoldResult y);
  /// A size or index of the host program, as an argument of this one.
  mlir::OpFoldResult fromHost(mlir::OpFoldResult value);
  mlir::OpFoldResult dim(mlir::Value tensor, int64_t i) { return fromHost(host.dim(tensor, i)); }
  mlir::Value programId(int64_t dim);

  // Tiles. The operands of an operation are repeated to the dimensions of all.
  static RegionDim point(mlir::OpFoldResult offset) { return {offset, 1, 1, true}; }
  static RegionDim range(mlir::OpFoldResult offset, int64_t size) { return {offset, size}; }
  RegionDim whole(int64_t size) { return {constant(0), size}; }
  Tile scalar(mlir::TypedAttr value);
  Tile scalarF32(float value) { return scalar(b.getF32FloatAttr(value)); }
  /// offset + stride · (0, 1, …), as index values along dimension `dim`.
  Tile positions(const RegionDim &region, int64_t dim);
  Tile broadcast(const Tile &tile, llvm::ArrayRef<int64_t> dims, llvm::ArrayRef<int64_t> sizes);
  /// An element-wise operation; `element` is the result's element type.
  Tile apply(mlir::OperationName name, llvm::ArrayRef<Tile> operands, mlir::Type element,
             llvm::ArrayRef<mlir::NamedAttribute> attributes = {});
  template <typename Op> Tile make(llvm::ArrayRef<Tile> operands) {
    return apply(mlir::OperationName(Op::getOperationName(), b.getContext()), operands,
                 mlir::getElementTypeOrSelf(operands.back().value));
  }
  Tile compare(mlir::arith::CmpIPredicate predicate, const Tile &x, const Tile &y);
  Tile compare(mlir::arith::CmpFPredicate predicate, const Tile &x, const Tile &y);
  Tile convert(const Tile &tile, mlir::Type element);
  Tile reduce(tile::Reduction kind, const Tile &tile, int64_t dim);
  Tile wrapIndex(const Tile &raw, mlir::OpFoldResult size);
  /// Puts dimensions into increasing order.
  Tile inOrder(mlir::Value value, llvm::ArrayRef<int64_t> dims);

  /// scf.for over [lower, upper) with values carried; the body gives the next ones.
  mlir::FailureOr<llvm::SmallVector<mlir::Value>>
  forLoop(mlir::OpFoldResult lower, mlir::OpFoldResult upper, int64_t step, mlir::ValueRange inits,
          llvm::function_ref<mlir::FailureOr<llvm::SmallVector<mlir::Value>>(mlir::Value, mlir::ValueRange)> body);

  // Formation of special programs (Schedule.cpp, Routing.cpp) adds outputs.
  mlir::Value output(mlir::Value result);
  /// Orders the arguments (inputs, then outputs) and ends the program.
  void finish(llvm::SmallVectorImpl<mlir::Value> &inputs);

  mlir::OpBuilder &builder() { return b; }
  mlir::Location location() const { return loc; }
  const FormOptions &getOptions() const { return options; }
  HostDims &getHost() { return host; }
  /// The program's argument for a value in memory.
  mlir::Value argument(mlir::Value leaf);

  std::optional<GroupedRows> grouped;

private:
  friend class Scope;
  MaybeTile pullUncached(mlir::Value value, const TileRegion &region);
  MaybeTile pullLeaf(mlir::Value value, const TileRegion &region);
  MaybeTile pullElementwise(mlir::linalg::LinalgOp op, const TileRegion &region);
  MaybeTile pullFold(mlir::OpResult value, const TileRegion &region);
  mlir::FailureOr<llvm::SmallVector<Tile>> evaluateBody(mlir::linalg::LinalgOp op, const TileRegion &loops,
                                                        llvm::ArrayRef<Tile> accs);
  MaybeTile pullContraction(mlir::linalg::LinalgOp op, const TileRegion &region);
  MaybeTile pullReduce(mlir::linalg::ReduceOp op, const TileRegion &region);
  MaybeTile pullSoftmax(mlir::linalg::SoftmaxOp op, const TileRegion &region);
  MaybeTile pullSlice(mlir::tensor::ExtractSliceOp op, const TileRegion &region);
  MaybeTile pullConcat(mlir::Operation *op, mlir::ValueRange parts, int64_t dim, const TileRegion &region);
  MaybeTile pullReshape(mlir::Operation *op, const TileRegion &region);
  MaybeTile pullGather(GatherOp op, const TileRegion &region);
  MaybeTile pullGatherND(GatherNDOp op, const TileRegion &region);
  MaybeTile pullGatherElements(GatherElementsOp op, const TileRegion &region);
  MaybeTile pullScatterElements(ScatterElementsOp op, const TileRegion &region);
  MaybeTile pullFromElements(mlir::tensor::FromElementsOp op, const TileRegion &region);
  mlir::FailureOr<Tile> pullRows(mlir::Value value, const TileRegion &leading, const RegionDim &last);
  mlir::FailureOr<Tile> combine(ScatterReduction kind, const Tile &x, const Tile &y);
  mlir::Value argumentOrConstant(mlir::Value host);
  MaybeTile pullGated(GatedActivationOp op, const TileRegion &region);
  MaybeTile pullCombine(CombineOp op, const TileRegion &region);
  MaybeTile pullRope(RopeOp op, const TileRegion &region);
  MaybeTile pullRotated(RopeOp op, const TileRegion &region, int64_t first, int64_t count, bool second);
  MaybeTile pullNorm(RMSNormOp op, const TileRegion &region);
  MaybeTile pullAttention(AttentionOp op, const TileRegion &region);
  MaybeTile pullGroupedMatmul(GroupedMatmulOp op, const TileRegion &region);
  MaybeTile activation(Activation kind, const Tile &x);
  /// Drops the rows or columns (of which there is one) of a matrix.
  mlir::Value dropUnits(mlir::Value matrix, bool row, bool column);

  /// Σ over one dimension of products, split and blocked: `operand` gives the
  /// tiles [M, K] and [K, N] (or [N, K]) of a range of that dimension.
  struct DotOperands {
    mlir::Value a, b;
    bool transposeB;
  };
  mlir::FailureOr<mlir::Value> dotLoop(mlir::Value acc, mlir::OpFoldResult size, llvm::ArrayRef<int64_t> splits,
                                       bool exact, tile::Precision precision,
                                       llvm::function_ref<mlir::FailureOr<DotOperands>(const RegionDim &)> operands);
  Tile maskTail(const Tile &tile, const RegionDim &range, int64_t dim, mlir::OpFoldResult size);

public:
  /// Calls `body` with the insertion point in a nested block: what is pulled in
  /// there is forgotten behind it.
  template <typename Body> auto nested(mlir::Block *block, Body body) {
    mlir::OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToEnd(block);
    size_t mark = memo.size();
    auto result = body();
    memo.resize(mark);
    return result;
  }

private:
  tile::ProgramOp program;
  HostDims &host;
  FormOptions options;
  mlir::OpBuilder b;
  mlir::Location loc;
  llvm::DenseMap<mlir::Value, mlir::Value> leaves; // host tensor or index → argument
  llvm::SmallVector<mlir::Value> inputs;           // host values in order of their arguments
  llvm::SmallVector<mlir::Value> inputArguments, outputArguments;
  llvm::DenseMap<mlir::Attribute, mlir::Value> constants;
  mlir::Value ids[3];
  struct Pulled {
    mlir::Value value;
    TileRegion region;
    Tile tile;
  };
  std::vector<Pulled> memo;
};

} // namespace hadal

#endif // HADAL_LIB_CONVERSION_HADALTOTILE_TILEBUILDER_H
