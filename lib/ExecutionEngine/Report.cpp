//===- Report.cpp - A run as a page to open ------------------------------- ---===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Report.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/ToolOutputFile.h"
#include "llvm/Support/raw_ostream.h"

using namespace hadal;
using llvm::formatv;
using llvm::raw_ostream;
using llvm::StringRef;

static constexpr StringRef kHead = R"(<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>Hadal: a run</title><style>
body { font-family: sans-serif; max-width: 60em; margin: 2em auto; color: #223; }
table { border-collapse: collapse; margin: 0.5em 0 1.5em; }
td, th { padding: 0.2em 0.8em; border-bottom: 1px solid #ccd; text-align: left; }
td.n { text-align: right; font-variant-numeric: tabular-nums; }
.wrong { color: #a22; font-weight: bold; }
.bar { background: #68a; height: 0.8em; display: inline-block; }
</style></head><body>
)";

namespace {
/// A table that rows are added to; text is escaped.
class Table {
public:
  Table(raw_ostream &os, StringRef title, llvm::ArrayRef<StringRef> columns) : os(os) {
    os << "<h2>" << title << "</h2>\n<table><tr>";
    for (StringRef column : columns)
      os << "<th>" << column << "</th>";
    os << "</tr>\n";
  }
  ~Table() { os << "</table>\n"; }

  Table &row() {
    os << "<tr>";
    return *this;
  }
  Table &text(StringRef value) {
    os << "<td>";
    llvm::printHTMLEscaped(value, os);
    os << "</td>";
    return *this;
  }
  Table &number(const std::string &value) {
    os << "<td class=n>" << value << "</td>";
    return *this;
  }
  /// A bar as long as `part` of `whole`.
  Table &bar(double part, double whole) {
    os << formatv("<td><span class=bar style=\"width:{0:f1}em\"></span></td>", whole > 0 ? 20 * part / whole : 0.0);
    return *this;
  }
  void end() { os << "</tr>\n"; }

private:
  raw_ostream &os;
};
} // namespace

static void printSummary(const CompileSummary &summary, raw_ostream &os) {
  if (summary.seconds.empty())
    return;
  {
    Table table(os, "What was found", {"operation", "times"});
    for (auto &[name, count] : summary.raised)
      table.row().text(name).number(std::to_string(count)).end();
  }
  {
    double slowest = 0;
    for (auto &[name, seconds] : summary.seconds)
      slowest = std::max(slowest, seconds);
    Table table(os, "Compilation", {"phase", "ms", ""});
    for (auto &[name, seconds] : summary.seconds)
      table.row().text(name).number(formatv("{0:f1}", 1e3 * seconds)).bar(seconds, slowest).end();
  }
  if (summary.kernelUses.empty())
    return;
  Table table(os, formatv("{0} kernels, {1} launches", summary.kernels, summary.launches).str(),
              {"kernel", "launches", "first formed from"});
  for (const CompileSummary::Kernel &kernel : summary.kernelUses)
    table.row().text(kernel.name).number(std::to_string(kernel.launches)).text(kernel.origin).end();
}

static void printTensors(StringRef title, llvm::ArrayRef<TensorSpec> specs, llvm::ArrayRef<Array> arrays,
                         raw_ostream &os) {
  Table table(os, title, {"name", "declared", "given"});
  for (auto [spec, array] : llvm::zip(specs, arrays))
    table.row().text(spec.name).text(describe(spec)).text(describe(array)).end();
}

static void printDifferences(const llvm::json::Object &report, raw_ostream &os) {
  const llvm::json::Array *outputs = report.getArray("outputs");
  if (!outputs)
    return;
  Table table(os, "Against what is expected", {"output", "", "relative L2", "largest difference", "unequal"});
  for (const llvm::json::Value &value : *outputs) {
    const llvm::json::Object &output = *value.getAsObject();
    table.row()
        .text(output.getString("output").value_or(""))
        .text(output.getBoolean("right").value_or(false) ? "right" : "WRONG")
        .number(formatv("{0:e2}", output.getNumber("relative_l2").value_or(0)))
        .number(formatv("{0:e2}", output.getNumber("largest").value_or(0)))
        .number(formatv("{0}", output.getInteger("unequal").value_or(0)))
        .end();
  }
}

static void printTimes(const llvm::json::Object &report, raw_ostream &os) {
  const llvm::json::Array *times = report.getArray("milliseconds");
  if (!times)
    return;
  double slowest = 0;
  for (const llvm::json::Value &time : *times)
    slowest = std::max(slowest, time.getAsNumber().value_or(0));
  Table table(os, "Runs", {"run", "ms", ""});
  for (auto [index, time] : llvm::enumerate(*times)) {
    double milliseconds = time.getAsNumber().value_or(0);
    table.row()
        .number(std::to_string(index + 1))
        .number(formatv("{0:f3}", milliseconds))
        .bar(milliseconds, slowest)
        .end();
  }
}

llvm::Error hadal::writeReport(const RunFileOptions &options, const CompileSummary &summary, const Signature &signature,
                               llvm::ArrayRef<Array> inputs, llvm::ArrayRef<Array> outputs,
                               const llvm::json::Object &report) {
  std::error_code code;
  llvm::ToolOutputFile file(options.report, code, llvm::sys::fs::OF_Text);
  if (code)
    return llvm::createStringError(code, "cannot write " + options.report + ": " + code.message());
  raw_ostream &os = file.os();
  os << kHead << "<h1>";
  llvm::printHTMLEscaped(llvm::sys::path::filename(options.input), os);
  os << "</h1>\n<p>Function <b>";
  llvm::printHTMLEscaped(signature.function, os);
  os << "</b> on <b>" << options.target << "</b>, matmul operands in " << options.precision << ".</p>\n";
  printDifferences(report, os);
  printTimes(report, os);
  printTensors("Inputs", signature.inputs, inputs, os);
  printTensors("Outputs", signature.outputs, outputs, os);
  printSummary(summary, os);
  os << "</body></html>\n";
  file.keep();
  return llvm::Error::success();
}
