#!/usr/bin/env python3
"""Draws the pictures of docs/sparse-attention-and-experts.md.

    docs/pictures/attention-and-experts.py docs/pictures      # writes nsa.svg, dsa.svg, … into that folder

The small examples in them (32 keys, one query) are computed here, not drawn by hand.
"""
import math
import pathlib
import sys
from xml.sax.saxutils import escape

KEYS, QUERY, CELL, LEFT, WIDTH = 32, 27, 19, 120, 900
LINE, BOX, LIGHT, STRONG, ACCENT, GREY = "#445", "#e8eef7", "#c9d8ee", "#5b84c4", "#c05a4a", "#f3f3f3"


class Picture:
    """Boxes, texts and arrows; y grows downwards."""

    def __init__(self, height):
        self.height, self.parts = height, []

    def box(self, x, y, width, height, fill=BOX, rounded=4, stroke=LINE, dashed=False):
        dash = ' stroke-dasharray="4 3"' if dashed else ""
        self.parts.append(f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" rx="{rounded}" '
                          f'fill="{fill}" stroke="{stroke}"{dash}/>')

    def text(self, x, y, text, size=12, anchor="start", bold=False, fill="#223", mono=False):
        style = (' font-weight="bold"' if bold else "") + (' font-family="monospace"' if mono else "")
        self.parts.append(f'<text x="{x:g}" y="{y:g}" font-size="{size}" text-anchor="{anchor}" fill="{fill}"{style}>'
                          f'{escape(text)}</text>')

    def arrow(self, *points, colour=LINE, head=True):
        path = " ".join(f"{x:g},{y:g}" for x, y in points)
        end = ' marker-end="url(#a)"' if head else ""
        self.parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}"{end}/>')

    def step(self, x, y, width, title, text="", fill=BOX, height=46):
        """A box with a title and a line below it, both centred."""
        self.box(x, y, width, height, fill)
        self.text(x + width / 2, y + (19 if text else height / 2 + 4), title, 12, "middle", bold=True)
        if text:
            self.text(x + width / 2, y + 36, text, 11, "middle")

    def label(self, y, title, *lines):
        self.text(10, y, title, 12, bold=True)
        for number, line in enumerate(lines):
            self.text(10, y + 15 * (number + 1), line, 11)

    def keys(self, y, fill, numbers=False):
        """The row of keys; `fill(t)` is the colour of key t."""
        for t in range(KEYS):
            self.box(x_of(t), y, CELL, CELL, fill(t), 0, "#99a")
            if numbers and t % 4 == 0:
                self.text(x_of(t) + CELL / 2, y - 5, str(t), 10, "middle", fill="#667")

    def bar(self, x, y, width, height, value, fill):
        """A bar of `value` in [0, 1] that stands on y + height."""
        self.box(x, y + height * (1 - value), width, height * value, fill, 0)

    def svg(self):
        head = (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {self.height}" '
                'font-family="sans-serif" font-size="12">\n'
                '<defs><marker id="a" markerWidth="8" markerHeight="8" refX="6" refY="4" orient="auto">'
                f'<path d="M0,0 L8,4 L0,8 z" fill="{LINE}"/></marker></defs>\n'
                f'<rect width="{WIDTH}" height="{self.height}" fill="white"/>\n')
        return head + "\n".join(self.parts) + "\n</svg>\n"


def x_of(t):
    return LEFT + CELL * t


def score(i):
    """Scores that look like any: fixed, so that the picture never changes."""
    return 0.5 + 0.5 * math.sin(2.4 * i * i + 1.7 * i + 0.4)


def best(candidates, count, value):
    return sorted(sorted(candidates, key=lambda i: (-value(i), i))[:count])


def seen_keys(p, y, numbers=True):
    p.label(y + 14, "keys", f"query at {QUERY}")
    p.keys(y, lambda t: BOX if t <= QUERY else "white", numbers)
    p.box(x_of(QUERY), y, CELL, CELL, "none", 0, ACCENT)
    p.text(x_of(KEYS) + 12, y + 14, "white: hidden, the future", 11, fill="#667")


def nsa():
    length, stride, block, count, first, local, window = 8, 4, 8, 3, 1, 1, 6
    p = Picture(470)
    seen_keys(p, 24)
    blocks = [i for i in range((KEYS - length) // stride + 1) if i * stride + length - 1 <= QUERY]
    total = sum(math.exp(3 * score(i)) for i in blocks)
    weight = {i: math.exp(3 * score(i)) / total for i in blocks}
    right = x_of(KEYS) + 12

    p.label(88, "compressed", "length 8, stride 4:", "each bar one key")
    for i in range((KEYS - length) // stride + 1):
        x, y = x_of(i * stride) + 2, 74 + 26 * (i % 2)
        visible = i in weight
        p.box(x, y, length * CELL - 4, 20, LIGHT if visible else "white", 3, LINE if visible else "#99a", not visible)
        p.text(x + length * CELL / 2 - 2, y + 14, f"p = {weight[i]:.2f}" if visible else "reaches into the future", 10,
               "middle", fill="#223" if visible else "#667")
    p.step(right, 74, 150, "attention", "o_cmp", LIGHT)

    p.label(160, "importance", "Σ p · overlap,", "blocks of 8")
    importance = {}
    for j in range(KEYS // block):
        importance[j] = sum(weight[i] * max(0, min(i * stride + length, (j + 1) * block) - max(i * stride, j * block))
                            / stride for i in blocks)
    highest = max(importance.values())
    for j in range(KEYS // block):
        p.bar(x_of(j * block) + 60, 148, block * CELL - 120, 46, importance[j] / highest, STRONG)
        p.text(x_of(j * block) + block * CELL / 2, 208, f"{importance[j]:.2f}", 10, "middle")
    own = QUERY // block
    forced = {j for j in range(own + 1) if j < first or j > own - local}
    rest = [j for j in range(own + 1) if j not in forced]
    chosen = forced | set(best(rest, count - len(forced), importance.get))
    p.text(right, 168, "summed over the", 11)
    p.text(right, 183, "heads of a group", 11)

    p.label(240, "selected", "count 3: first 1,", "local 1, best 1")
    p.keys(228, lambda t: STRONG if t // block in chosen and t <= QUERY else "white")
    for j in sorted(chosen):
        why = "first" if j < first else "local, causal" if j > own - local else "best"
        p.text(x_of(j * block) + block * CELL / 2, 262, why, 10, "middle")
    p.step(right, 222, 150, "attention", "o_slc", LIGHT)

    p.label(308, "window", "the last 6")
    p.keys(296, lambda t: STRONG if QUERY - window < t <= QUERY else "white")
    p.step(right, 290, 150, "attention", "o_win", LIGHT)

    for y in (97, 245, 313):
        p.arrow((right + 150, y), (right + 157, y), (right + 157, 382), (right + 75, 382), (right + 75, 398),
                head=y == 313)
    p.step(LEFT, 400, 200, "gates", "sigmoid, one each branch")
    p.step(right - 180, 400, 330, "out = g_cmp·o_cmp + g_slc·o_slc + g_win·o_win", "a branch that sees nothing gives 0")
    p.arrow((LEFT + 200, 423), (right - 182, 423))
    return p


def dsa():
    count = 8
    p = Picture(390)
    seen_keys(p, 24)
    visible = range(QUERY + 1)
    chosen = best(visible, count, score)
    right = x_of(KEYS) + 12
    p.label(92, "index keys", "one head, small")
    p.keys(80, lambda t: LIGHT if t <= QUERY else "white")
    p.step(right, 66, 150, "index queries", "64 small heads")
    p.label(140, "scores", "Σ w · ReLU(q·k)", "each key visible")
    for t in visible:
        p.bar(x_of(t) + 3, 118, CELL - 6, 64, max(score(t), 0.02), STRONG if t in chosen else "#dde")
    p.arrow((right + 75, 112), (right + 75, 150), (right + 2, 150))
    p.arrow((LEFT, 182), (x_of(KEYS), 182), head=False)
    p.label(214, "top 8", "by score, then", "lowest index")
    p.keys(202, lambda t: STRONG if t in chosen else "white")
    p.text(right, 216, "one choice for", 11)
    p.text(right, 231, "all query heads", 11)

    x0 = LEFT + 60
    for n, t in enumerate(chosen):
        x = x0 + n * 34
        p.arrow((x_of(t) + CELL / 2, 221), (x + 15, 266))
        p.box(x, 268, 30, 44, LIGHT, 2)
        p.text(x + 15, 294, str(t), 11, "middle")
    p.label(288, "gathered", "latent and k_pe")
    p.step(x0 + 330, 267, 190, "attention", "all heads over 8 keys", LIGHT)
    p.arrow((x0 + 272, 290), (x0 + 328, 290))
    p.step(right, 267, 150, "out", "through W_UV (MLA)")
    p.arrow((x0 + 520, 290), (right - 2, 290))
    p.text(LEFT, 352, "Scoring reads every index key, attention only the 8 chosen ones: the cost that grows with the context is"
           " the small one.", 12)
    p.text(LEFT, 371, "With fewer visible keys than the top counts, all of them are chosen and the rest of the list is −1.", 12)
    return p


def moba():
    block, count = 8, 2
    p = Picture(330)
    seen_keys(p, 24)
    right = x_of(KEYS) + 12
    own = QUERY // block
    chosen = sorted({own} | set(best(range(own), count - 1, lambda j: score(j + 3))))
    p.label(96, "block means", "of the keys")
    for j in range(KEYS // block):
        x = x_of(j * block) + 30
        p.box(x, 80, block * CELL - 60, 30, LIGHT if j < own else "white", 3, LINE if j < own else "#99a", j >= own)
        p.text(x + block * CELL / 2 - 30, 99, f"mean of {8 * j}…{8 * j + 7}" if j < own else "not ranked", 10, "middle",
               fill="#223" if j < own else "#667")
    p.label(142, "scores", "q · mean, unscaled")
    for j in range(own):
        p.bar(x_of(j * block) + 60, 122, block * CELL - 120, 44, score(j + 3), STRONG if j in chosen else "#dde")
    p.arrow((LEFT, 166), (x_of(KEYS), 166), head=False)
    p.text(right, 138, "each query head", 11)
    p.text(right, 153, "for itself", 11)
    p.label(200, "top 2", "own block always")
    p.keys(188, lambda t: STRONG if t // block in chosen and t <= QUERY else "white")
    for j in chosen:
        p.text(x_of(j * block) + block * CELL / 2, 222, "own block, causal inside" if j == own else "best past block", 10,
               "middle")
    p.step(LEFT + 200, 250, 330, "one softmax over the union", "keys and values as they are")
    p.step(right, 250, 150, "out", "")
    p.arrow((LEFT + 365, 228), (LEFT + 365, 248))
    p.arrow((LEFT + 530, 273), (right - 2, 273))
    return p


def compressed():
    m, count, window = 4, 3, 6
    p = Picture(480)
    seen_keys(p, 24)
    right = x_of(KEYS) + 12
    entries = KEYS // m
    past = [c for c in range(entries) if (c + 1) * m - 1 <= QUERY]
    chosen = best(past, count, lambda c: score(c + 3))
    p.label(92, "CSA entries", "of 4 + 4 tokens")
    for c in range(entries):
        x = x_of(c * m) + 8
        first = x_of(max(0, c - 1) * m) + 2
        last = x_of((c + 1) * m) - 2
        if c in (2, 5):
            p.arrow((first, 47), (x, 79), head=False, colour="#99a")
            p.arrow((last, 47), (x + m * CELL - 16, 79), head=False, colour="#99a")
        p.box(x, 80, m * CELL - 16, 24, LIGHT if c in past else "white", 3, LINE if c in past else "#99a", c not in past)
        p.text(x + m * CELL / 2 - 8, 96, f"entry {c}" if c in past else "future", 10, "middle",
               fill="#223" if c in past else "#667")
    p.text(right, 88, "softmax of the gates,", 11)
    p.text(right, 103, "in each column", 11)
    p.label(136, "index scores", "as DSA's")
    for c in past:
        p.bar(x_of(c * m) + 20, 114, m * CELL - 40, 44, max(score(c + 3), 0.03), STRONG if c in chosen else "#dde")
    p.arrow((LEFT, 158), (x_of(KEYS), 158), head=False)
    p.label(188, "top 3")
    for c in past:
        x = x_of(c * m) + 8
        p.box(x, 172, m * CELL - 16, 24, STRONG if c in chosen else "white", 3, LINE if c in chosen else "#99a")
    p.label(232, "window", "the last 6 tokens")
    p.keys(218, lambda t: STRONG if QUERY - window < t <= QUERY else "white")
    p.step(right, 190, 150, "one softmax", "entries, window, sink", LIGHT)
    p.arrow((x_of(KEYS) - 76, 184), (right - 30, 184), (right - 30, 213), (right - 2, 213))
    p.arrow((x_of(KEYS) + 1, 227), (right - 2, 227))

    big = 8
    p.arrow((10, 274), (WIDTH - 10, 274), head=False, colour="#bbc")
    seen_keys(p, 306)
    p.label(370, "HCA entries", "here of 8 tokens", "(128 in V4)")
    for c in range(KEYS // big):
        visible = (c + 1) * big - 1 <= QUERY
        x = x_of(c * big) + 8
        p.box(x, 358, big * CELL - 16, 24, STRONG if visible else "white", 3, LINE if visible else "#99a", not visible)
        p.text(x + big * CELL / 2 - 8, 374, f"entry {c}" if visible else "not yet whole", 10, "middle",
               fill="white" if visible else "#667")
    p.label(432, "window", "the last 6 tokens")
    p.keys(418, lambda t: STRONG if QUERY - window < t <= QUERY else "white")
    p.step(right, 390, 150, "one softmax", "entries, window, sink", LIGHT)
    p.arrow((x_of(24) - 76, 384), (x_of(24) - 76, 402), (right - 2, 402))
    p.arrow((x_of(KEYS) + 1, 427), (right - 2, 427))
    p.text(LEFT, 462, "All past entries are seen: no index, no choice.", 11)
    return p


def mla():
    p = Picture(430)
    p.step(20, 30, 130, "token x", "7168 numbers")
    p.step(210, 30, 150, "W_DKV", "c ‖ k, 512 + 64")
    p.step(420, 10, 150, "RMSNorm(c)", "512")
    p.step(420, 66, 150, "RoPE(k)", "64")
    p.arrow((150, 53), (208, 53))
    p.arrow((360, 53), (390, 53), (390, 33), (418, 33))
    p.arrow((390, 53), (390, 89), (418, 89))
    p.step(640, 30, 240, "cache", "576 numbers a token, all heads", LIGHT)
    p.arrow((570, 33), (605, 33), (605, 53), (638, 53))
    p.arrow((570, 89), (605, 89), (605, 53), head=False)
    p.arrow((10, 132), (WIDTH - 10, 132), head=False, colour="#bbc")

    p.text(20, 158, "expanded", 13, bold=True)
    p.text(110, 158, "keys and values of every head are made: for many queries", 12)
    p.step(20, 176, 130, "cache", "latent, k_pe", LIGHT)
    p.step(210, 176, 190, "W_UK, W_UV", "k_h and v_h of each head")
    p.step(460, 176, 230, "attention, 128 kv heads", "scores over 192, values of 128")
    p.step(750, 176, 130, "out", "128 a head")
    p.arrow((150, 199), (208, 199))
    p.arrow((400, 199), (458, 199))
    p.arrow((690, 199), (748, 199))
    p.text(575, 240, "q_h = q_nope ‖ q_pe", 11, "middle")

    p.text(20, 284, "absorbed", 13, bold=True)
    p.text(110, 284, "the query goes to the latents instead: for one query over a long cache", 12)
    p.step(20, 302, 130, "q_nope", "128 a head")
    p.step(210, 302, 190, "W_UK", "q̃_h = q_nope · W_UK,h")
    p.step(460, 302, 230, "attention, 1 kv head", "scores over 576, values of 512")
    p.step(750, 302, 130, "W_UV", "128 a head")
    p.step(460, 376, 230, "cache", "key latent ‖ k_pe, value latent", LIGHT)
    p.arrow((150, 325), (208, 325))
    p.arrow((400, 325), (458, 325))
    p.arrow((690, 325), (748, 325))
    p.arrow((575, 376), (575, 350))
    p.text(20, 392, "the same function:", 12)
    p.text(20, 410, "q_nope · (W_UK c) = (q_nope W_UK) · c", 12)
    return p


def moe():
    p = Picture(430)
    experts, groups = 8, 4
    logits = [0.62, 0.3, 0.9, 0.2, 0.75, 0.12, 0.55, 0.8]
    size = experts // groups
    group_score = [sum(logits[g * size:(g + 1) * size]) for g in range(groups)]
    kept = best(range(groups), 2, group_score.__getitem__)
    allowed = [e for e in range(experts) if e // size in kept]
    chosen = best(allowed, 2, logits.__getitem__)

    p.text(20, 24, "route", 13, bold=True)
    p.text(74, 24, "one token: sigmoid of the logits, 8 experts in 4 groups, 2 groups kept, top 2", 12)
    for e in range(experts):
        x = 30 + e * 54 + (e // size) * 14
        if e % size == 0:
            inside = e // size in kept
            p.box(x - 8, 40, size * 54 + 4, 112, GREY if inside else "white", 6, "#99a", not inside)
            p.text(x - 4 + size * 27, 170, "kept" if inside else "group hidden", 11, "middle")
        p.bar(x, 50, 42, 80, logits[e], STRONG if e in chosen else "#dde")
        p.text(x + 21, 146, str(e), 11, "middle")
    total = sum(logits[e] for e in chosen)
    p.step(560, 40, 300, "indices", ", ".join(str(e) for e in sorted(chosen, key=lambda e: (-logits[e], e))) +
           " (best first)", LIGHT)
    p.step(560, 104, 300, "weights", "score / Σ of the chosen · scale: " + ", ".join(
        f"{logits[e] / total:.2f}" for e in sorted(chosen, key=lambda e: (-logits[e], e))), LIGHT)
    p.text(560, 170, "The bias moves the choice, never the weight.", 11)
    p.arrow((10, 190), (WIDTH - 10, 190), head=False, colour="#bbc")

    p.text(20, 214, "moe", 13, bold=True)
    p.text(74, 214, "all tokens: rows go to their experts and come back", 12)
    steps = [(20, "tokens x", "[T, H], k slots each"), (190, "group", "slots sorted by expert"),
             (360, "grouped matmul", "W_gate ‖ W_up of each"), (530, "activation", "silu(gate) · up"),
             (700, "grouped matmul", "W_down of each")]
    for x, title, text in steps:
        p.step(x, 240, 150, title, text)
        if x > 20:
            p.arrow((x - 20, 263), (x - 2, 263))
    p.step(530, 330, 320, "combine", "Σ_j weight_j · y_j, in the order of j", LIGHT)
    p.arrow((775, 286), (775, 328))
    p.step(190, 330, 290, "shared experts", "every token, weight 1")
    p.arrow((95, 286), (95, 353), (188, 353))
    p.arrow((335, 376), (335, 400), (690, 400), (690, 378))
    p.text(500, 416, "added once", 11, "middle")
    return p


PICTURES = {"nsa": nsa, "dsa": dsa, "moba": moba, "csa-hca": compressed, "mla": mla, "moe": moe}


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__.strip())
    for name, draw in PICTURES.items():
        (pathlib.Path(sys.argv[1]) / f"{name}.svg").write_text(draw().svg())


if __name__ == "__main__":
    main()
