//===- Table.cpp - What whole operations have -----------------------------===//
//
// Part of the Hadal project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Names and their order are those of the operations' definitions, which
// test/Import/whole-ops.test checks; docs/onnx-domain.md shows the table.
//
//===----------------------------------------------------------------------===//

#include "Table.h"

using namespace hadal;

static constexpr WholeOpRow kRows[] = {
    {"attention", "Attention",
     "q[B,H,S,D] k[B,G,T,D] v[B,G,T,V] mask[_,_,_,_]? sink[H]? q_lengths[B]? kv_lengths[B]? offsets[B]?",
     "scale:float! causal:flag offset:int window:int softcap:float", //
     "result[B,H,S,V] lse[B,H,S]?"},

    {"latent_attention", "LatentAttention",
     "q_nope[B,H,S,N] q_pe[B,H,S,R] latent[B,T,L] k_pe[B,T,R] w_kv[L,H,W] mask[_,_,_,_]? sink[H]? q_lengths[B]? "
     "kv_lengths[B]? offsets[B]?",
     "scale:float! causal:flag offset:int window:int softcap:float form:latent_form", //
     "result[B,H,S,W-N] lse[B,H,S]?"},

    {"nsa", "NSA",
     "q[B,H,S,D] k_cmp[B,G,T,D] v_cmp[B,G,T,V] k_slc[B,G,T,D] v_slc[B,G,T,V] k_win[B,G,T,D] v_win[B,G,T,V] "
     "gates[B,H,S,3] k_weight? k_w1? k_bias1? k_w2? k_bias2? k_pe? v_weight? v_w1? v_bias1? v_w2? v_bias2? v_pe? "
     "q_lengths[B]? kv_lengths[B]? offsets[B]?",
     "kind:compression! length:int! stride:int! activation:activation block:int! count:int! first:int local:int "
     "window:int! scale:float! sigmoid:flag causal:flag offset:int", //
     "result[B,H,S,V]"},

    {"dsa", "DSA",
     "q[B,H,S,Q] k[B,G,T,K] v[B,G,T,V] index_q[B,I,S,J] index_k[B,T,J] index_w[B,S,I] w_kv[V,H,W]? "
     "index_q_scales[B,I,S]? index_k_scales[B,T]? sink[H]? q_lengths[B]? kv_lengths[B]? offsets[B]?",
     "top:int! index_scale:float! scale:float! softcap:float causal:flag offset:int", //
     "result[B,H,S,W-Q+K-V|V] lse[B,H,S]?"},

    {"moba", "MoBA", "q[B,H,S,D] k[B,G,T,D] v[B,G,T,V] sink[H]? q_lengths[B]? kv_lengths[B]? offsets[B]?",
     "block:int! top:int! scale:float! softcap:float causal:flag offset:int", //
     "result[B,H,S,V] lse[B,H,S]?"},

    {"csa", "CSA",
     "q[B,H,S,D] kv[B,G,T,D] c[B,G,_,_] index_q[B,I,S,J] index_c[B,_,_] index_w[B,S,I] gates[B,G,T,_]? "
     "index_gates[B,T,_]? bias[compress,_]? index_bias[compress,_]? norm[D]? index_norm[J]? cos[_,_,_]? sin[_,_,_]? "
     "sink[H]? q_lengths[B]? kv_lengths[B]? offsets[B]?",
     "epsilon:float layout:rope_layout compress:int! top:int! window:int! index_scale:float! scale:float! causal:flag "
     "offset:int", //
     "result[B,H,S,D] lse[B,H,S]?"},

    {"hca", "HCA",
     "q[B,H,S,D] kv[B,G,T,D] c[B,G,_,D] gates[B,G,T,D]? bias[compress,D]? norm[D]? cos[_,_,_]? sin[_,_,_]? sink[H]? "
     "q_lengths[B]? kv_lengths[B]? offsets[B]?",
     "epsilon:float layout:rope_layout compress:int! window:int! scale:float! causal:flag offset:int", //
     "result[B,H,S,D] lse[B,H,S]?"},

    {"route", "Route", "logits[T,E] bias[E]? valid[T]? given[T,k]?",
     "score:score! rank:route_rank groups:int kept_groups:int group_score:group_score group_fill:float k:int! "
     "scale:float "
     "normalize:flag epsilon:float floor:flag", //
     "weights[T,k] indices[T,k]:index"},

    {"moe", "MoE",
     "x[T,H] weights[T,K] indices[T,K] w_gate_up[E,_,_] w_down[E,_,_] gate_up_bias[E,_]? down_bias[E,H]? "
     "shared_gate_up[_,_]? shared_down[_,_]? shared_gate[H]? shared_logits[T]?",
     "activation:activation! gate_order:gate_order! transposed:flag limit:float shared_limit:float alpha:float "
     "up_offset:float", //
     "result[T,H]"},
};

llvm::ArrayRef<WholeOpRow> hadal::wholeOpRows() { return kRows; }
