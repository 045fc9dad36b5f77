//===- KernelPrinter.cpp - The statements of a kernel ---------------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "KernelPrinter.h"

#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/Path.h"

using namespace mlir;
using namespace hadal;
using namespace hadal::cudacpp;

static constexpr unsigned kMaxInlined = 12; // operations in one expression
/// Words that C++ or the prelude has taken.
static constexpr StringLiteral kReserved[] = {
    "alignas",  "asm",     "auto",     "bool",     "break",    "case",      "char",    "class",  "const",
    "continue", "default", "delete",   "do",       "double",   "else",      "enum",    "extern", "false",
    "float",    "for",     "goto",     "if",       "inline",   "int",       "long",    "new",    "not",
    "or",       "and",     "operator", "return",   "short",    "signed",    "sizeof",  "static", "struct",
    "switch",   "this",    "true",     "typedef",  "union",    "unsigned",  "using",   "void",   "while",
    "volatile", "smem",    "gridDim",  "blockDim", "blockIdx", "threadIdx", "warpSize"};
static constexpr StringLiteral kLoopNames[] = {"i", "j", "k", "l", "m", "n", "p", "q", "r", "s"};

StringRef cudacpp::scalarType(Type type) {
  if (type.isIndex() || type.isInteger(64))
    return "long long";
  if (type.isInteger(1))
    return "bool";
  if (type.isInteger(8))
    return "signed char";
  if (type.isInteger(16))
    return "short";
  if (type.isInteger(32))
    return "int";
  if (type.isF32())
    return "float";
  if (type.isF64())
    return "double";
  if (type.isBF16())
    return "hd_bf16";
  if (type.isF16())
    return "hd_f16";
  return "";
}

std::string KernelPrinter::makeName(StringRef hint) {
  std::string name = hint.str();
  for (char &c : name)
    if (!llvm::isAlnum(c))
      c = '_';
  unsigned &count = taken[name];
  while (count++) {
    std::string numbered = name + std::to_string(count);
    if (!taken.contains(numbered)) {
      taken[numbered] = 1;
      return numbered;
    }
  }
  return name;
}

LogicalResult KernelPrinter::checkType(Operation *op, Type type) {
  if (!scalarType(type).empty())
    return success();
  failed = true;
  return op->emitOpError("has no CUDA C++ form: the type ") << type << " has none";
}

/// A name of the model, or a line of the source, if the location has one.
static std::string describe(Location loc) {
  if (auto name = dyn_cast<NameLoc>(loc))
    return "\"" + name.getName().str() + "\"";
  if (auto file = dyn_cast<FileLineColLoc>(loc))
    return (llvm::sys::path::filename(file.getFilename()) + ":" + Twine(file.getLine())).str();
  if (auto fused = dyn_cast<FusedLoc>(loc)) {
    for (Location part : fused.getLocations())
      if (std::string text = describe(part); !text.empty())
        return text;
  }
  if (auto call = dyn_cast<CallSiteLoc>(loc))
    return describe(call.getCallee());
  return "";
}

/// In a comment nothing may end the line or continue it.
static std::string commentText(StringRef text) {
  std::string result;
  for (char c : text)
    result += llvm::isPrint(c) && c != '\\' ? c : ' ';
  return result;
}

void KernelPrinter::printComment(cuda::CommentOp comment) {
  line() << "// " << commentText(comment.getText());
  if (std::string where = describe(comment.getLoc()); !where.empty())
    os << "  [" << commentText(where) << "]";
  os << '\n';
}

/// Ops that can be part of an expression.
static bool isExpression(Operation *op) {
  return isa<arith::ArithDialect, math::MathDialect>(op->getDialect()) ||
         isa<cuda::ThreadIdOp, cuda::BlockIdOp, cuda::GetOp, cuda::ToTF32Op, cuda::PackBF16Op>(op);
}

static bool writesBetween(Operation *from, Operation *to) {
  for (Operation *op = from->getNextNode(); op && op != to; op = op->getNextNode())
    if (op->getNumRegions() || isa<cuda::SetOp, cuda::AtomicAddOp, cuda::BarrierOp, cuda::MmaOp>(op))
      return true;
  return false;
}

void KernelPrinter::findInlined(Block &block) {
  DenseMap<Operation *, Operation *> statement; // in which an inlined op is printed
  DenseMap<Operation *, unsigned> size;         // operations of a statement's expression
  for (Operation &op : llvm::reverse(block)) {
    statement[&op] = &op;
    if (!isExpression(&op) || isa<arith::ConstantOp>(op) || !op.hasOneUse() || op.hasAttr(cuda::kNameAttr))
      continue;
    Operation *user = *op.getUsers().begin();
    if (user->getBlock() != &block)
      continue;
    Operation *at = statement[user];
    if ((isa<cuda::GetOp>(op) && writesBetween(&op, at)) || size[at] >= kMaxInlined)
      continue;
    inlined.insert(&op);
    statement[&op] = at;
    ++size[at];
  }
}

LogicalResult KernelPrinter::print() {
  for (StringRef name : kReserved)
    taken[name] = 1;
  os << "// " << kernel.getProgram();
  if (std::string where = describe(kernel.getLoc()); !where.empty())
    os << "  [" << commentText(where) << "]";
  os << "\nextern \"C\" __global__ void __launch_bounds__(" << kernel.getThreads() << ") " << kernel.getProgram()
     << '(';
  llvm::interleaveComma(llvm::zip(kernel.getBody().getArguments(), kernel.getArgNames()), os, [&](auto pair) {
    Value argument = std::get<0>(pair);
    std::string name = names[argument] = makeName(cast<StringAttr>(std::get<1>(pair)).getValue());
    if (auto array = dyn_cast<cuda::ArrayType>(argument.getType())) {
      (void)checkType(kernel, array.getElement());
      bool written = llvm::any_of(argument.getUsers(), [](Operation *user) { return !isa<cuda::GetOp>(user); });
      os << (written ? "" : "const ") << scalarType(array.getElement()) << " *" << name;
    } else {
      (void)checkType(kernel, argument.getType());
      os << scalarType(argument.getType()) << ' ' << name;
    }
  });
  os << ") {\n";
  for (StringRef name : kLoopNames) // what the arguments have left
    if (taken.try_emplace(name, 1).second)
      loopNames.push_back(name);
  if (kernel.getShared())
    line() << "HD_SHARED_MEMORY(smem);\n";
  if (mlir::failed(printBlock(kernel.getBody().front())) || failed)
    return failure();
  os << "}\n";
  return success();
}

LogicalResult KernelPrinter::printBlock(Block &block) {
  findInlined(block);
  for (Operation &op : block) {
    if (inlined.contains(&op) || isa<arith::ConstantOp, scf::YieldOp, cuda::ReturnOp>(op))
      continue;
    if (mlir::failed(printOp(&op)) || failed)
      return failure();
  }
  return success();
}

LogicalResult KernelPrinter::printOp(Operation *op) {
  for (Type type : op->getResultTypes())
    if (auto array = dyn_cast<cuda::ArrayType>(type); mlir::failed(checkType(op, array ? array.getElement() : type)))
      return failure();
  return TypeSwitch<Operation *, LogicalResult>(op)
      .Case([&](scf::ForOp loop) { return printFor(loop); })
      .Case([&](scf::IfOp branch) { return printIf(branch); })
      .Case([&](cuda::CommentOp comment) {
        printComment(comment);
        return success();
      })
      .Case([&](cuda::BarrierOp) {
        line() << "__syncthreads();\n";
        return success();
      })
      .Case([&](cuda::SharedOp shared) {
        std::string name = names[shared] = makeName(shared.getName());
        StringRef type = scalarType(shared.getType().getElement());
        if (!shared.getOffset())
          return LogicalResult(shared.emitOpError("has no offset: run --hadal-cuda-allocate-shared first"));
        line() << type << " *const " << name << " = reinterpret_cast<" << type << " *>(smem + " << *shared.getOffset()
               << "); // [" << shared.getType().getSize() << "]\n";
        return success();
      })
      .Case([&](cuda::LocalOp local) {
        std::string name = names[local] = makeName(local.getName());
        line() << scalarType(local.getType().getElement()) << ' ' << name << '[' << local.getType().getSize() << "];\n";
        return success();
      })
      .Case([&](cuda::SetOp set) {
        line() << element(set.getArray(), set.getSubscript()) << " = " << use(set.getValue()).text << ";\n";
        return success();
      })
      .Case([&](cuda::AtomicAddOp add) {
        line() << "hd_atomic_add(&" << element(add.getArray(), add.getSubscript()) << ", " << use(add.getValue()).text
               << ");\n";
        return success();
      })
      .Case([&](cuda::MmaOp mma) {
        line() << "hd_mma_" << cuda::stringifyMmaKind(mma.getKind()) << '(';
        for (Value subscript : {mma.getI0(), mma.getI1(), mma.getI2(), mma.getI3()})
          os << element(mma.getAcc(), subscript) << ", ";
        llvm::interleaveComma(mma->getOperands().drop_front(5), os, [&](Value operand) { os << use(operand).text; });
        os << ");\n";
        return success();
      })
      .Default([&](Operation *other) {
        if (other->getNumResults() != 1) {
          unsupported(other);
          return failure();
        }
        Expression value = express(other);
        auto hint = other->getAttrOfType<StringAttr>(cuda::kNameAttr);
        std::string name = names[other->getResult(0)] = makeName(hint ? hint.getValue() : "v");
        line() << "const " << scalarType(other->getResult(0).getType()) << ' ' << name << " = " << value.text << ";\n";
        return success();
      });
}

/// Assigns what a loop or condition yields; through temporaries where one value is another's target.
void KernelPrinter::printYield(ValueRange values, ArrayRef<std::string> targets) {
  SmallVector<std::string> sources;
  for (auto [value, target] : llvm::zip(values, targets)) {
    std::string text = use(value).text;
    if (targets.size() > 1 && text != target && !value.getDefiningOp<arith::ConstantOp>()) {
      std::string name = makeName("next_" + target);
      line() << "const " << scalarType(value.getType()) << ' ' << name << " = " << text << ";\n";
      text = name;
    }
    sources.push_back(text);
  }
  for (auto [source, target] : llvm::zip(sources, targets))
    if (source != target)
      line() << target << " = " << source << ";\n";
}

LogicalResult KernelPrinter::printFor(scf::ForOp loop) {
  SmallVector<std::string> carried;
  for (auto [init, argument, result] : llvm::zip(loop.getInitArgs(), loop.getRegionIterArgs(), loop.getResults())) {
    std::string name = makeName("carried");
    line() << scalarType(argument.getType()) << ' ' << name << " = " << use(init).text << ";\n";
    names[argument] = name;
    names[result] = name;
    carried.push_back(name);
  }
  Value iv = loop.getInductionVar();
  std::string name = loops < loopNames.size() ? loopNames[loops].str() : makeName("i");
  names[iv] = name;
  if (auto unroll = loop->getAttrOfType<IntegerAttr>(cuda::kUnrollAttr)) {
    line() << "#pragma unroll";
    if (unroll.getInt())
      os << ' ' << unroll.getInt();
    os << '\n';
  }
  line() << "for (" << scalarType(iv.getType()) << ' ' << name << " = " << use(loop.getLowerBound()).text << "; "
         << name << " < " << use(loop.getUpperBound()).in(Additive) << "; ";
  if (matchPattern(loop.getStep(), m_One()))
    os << "++" << name;
  else
    os << name << " += " << use(loop.getStep()).text;
  os << ") {\n";
  ++depth, ++loops;
  LogicalResult result = printBlock(*loop.getBody());
  printYield(loop.getYieldedValues(), carried);
  --depth, --loops;
  line() << "}\n";
  return result;
}

LogicalResult KernelPrinter::printIf(scf::IfOp branch) {
  SmallVector<std::string> results;
  for (Value result : branch.getResults()) {
    results.push_back(names[result] = makeName("chosen"));
    line() << scalarType(result.getType()) << ' ' << results.back() << ";\n";
  }
  line() << "if (" << use(branch.getCondition()).text << ") {\n";
  for (Region &region : branch->getRegions()) {
    if (region.empty())
      continue;
    if (&region == &branch.getElseRegion())
      line() << "} else {\n";
    ++depth;
    LogicalResult printed = printBlock(region.front());
    printYield(region.front().getTerminator()->getOperands(), results);
    --depth;
    if (mlir::failed(printed))
      return failure();
  }
  line() << "}\n";
  return success();
}
