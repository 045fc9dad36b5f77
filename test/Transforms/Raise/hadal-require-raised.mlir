// RUN: hadal-opt %s --hadal-require-raised=ops=rms_norm,moe --split-input-file --verify-diagnostics
// RUN: not hadal-opt %s --hadal-require-raised=ops=rms_nrom --split-input-file 2>&1 | FileCheck %s --check-prefix=UNKNOWN
// UNKNOWN: unknown kind 'rms_nrom'; known are: dsa, nsa, moba,

module attributes {hadal.raised = {rms_norm = 2 : i64, moe = 1 : i64}} {
}

// -----

// expected-error @+1 {{required moe not raised: nothing in the graph resembles it}}
module attributes {hadal.raised = {rms_norm = 2 : i64}} {
}

// -----

// A near-miss is an error even where others were raised; that of a kind that is not required is none.

// expected-error @unknown {{required rms_norm not raised: node n: the weight is no vector}}
module attributes {
  hadal.missed = [{kind = "rms_norm", loc = loc(unknown), reason = "node n: the weight is no vector"},
                  {kind = "rope", loc = loc(unknown), reason = "node r: the angles"}],
  hadal.raised = {rms_norm = 2 : i64, moe = 1 : i64}} {
}

// -----

// expected-error @+1 {{--hadal-raise has not run}}
module {
}
