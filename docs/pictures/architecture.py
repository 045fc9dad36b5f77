#!/usr/bin/env python3
"""Draws docs/pictures/architecture.svg: the levels of the compiler.

    docs/pictures/architecture.py > docs/pictures/architecture.svg
"""
from xml.sax.saxutils import escape

# (x, y, width, title, what it is, folder)
BOXES = [
    (20, 20, 200, "ONNX model", "nodes, weights on disk", ""),
    (20, 120, 420, "graph", "hadal + linalg, tensor, arith, math: tensors of any shape", "dialects/Hadal, lib/Import"),
    (20, 220, 420, "raised graph", "latent attention, experts, routers, norms found", "lib/Transforms"),
    (20, 320, 420, "kernels", "one tile program per fused kernel; launches", "dialects/Tile, lib/Conversion/HadalToTile"),
    (20, 420, 420, "host program", "sizes, one arena, launches on memory", "lib/Conversion/HadalToTile"),
    (20, 520, 200, "vector, llvm", "loops over 16-wide vectors", "lib/Conversion/TileToVector"),
    (240, 520, 200, "cuda", "threads, shared memory", "lib/Conversion/TileTo{Vector,Cuda}"),
    (20, 620, 200, "object code", "for this CPU", "lib/Target/Cpu"),
    (240, 620, 200, "CUDA C++", "readable text, a prelude", "lib/Target/{Cpu,CudaCpp}"),
    (20, 720, 420, "artifact: one shared object", "host program, kernels, weights by reference", "runtime/include/hadal"),
    (20, 820, 130, "CPU", "thread pool", "runtime/src/cpu"),
    (165, 820, 130, "emulator", "threads as fibers", "runtime/src/emulator"),
    (310, 820, 130, "GPU", "NVRTC, driver", "runtime/src/{cpu,emulator,cuda}"),
]
HEIGHT = 66
# (from x, from y, to x, to y, label)
ARROWS = [
    (120, 86, 120, 120, "import"), (230, 186, 230, 220, "raise"), (230, 286, 230, 320, "decompose, form kernels"),
    (230, 386, 230, 420, "allocate"), (120, 486, 120, 520, ""), (340, 486, 340, 520, ""), (120, 586, 120, 620, ""),
    (340, 586, 340, 620, "print"), (120, 686, 120, 720, ""), (340, 686, 340, 720, ""), (85, 786, 85, 820, ""),
    (230, 786, 230, 820, ""), (375, 786, 375, 820, ""),
]


def main():
    print('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 860 900" font-family="sans-serif" font-size="13">')
    print('<defs><marker id="a" markerWidth="8" markerHeight="8" refX="6" refY="4" orient="auto">'
          '<path d="M0,0 L8,4 L0,8 z" fill="#445"/></marker></defs><rect width="860" height="900" fill="white"/>')
    for x, y, width, title, text, folder in BOXES:
        print(f'<rect x="{x}" y="{y}" width="{width}" height="{HEIGHT}" rx="6" fill="#e8eef7" stroke="#445"/>')
        print(f'<text x="{x + 10}" y="{y + 24}" font-weight="bold">{escape(title)}</text>')
        print(f'<text x="{x + 10}" y="{y + 44}" font-size="{12 if width > 150 else 11}">{escape(text)}</text>')
        if folder and x + width == 440:
            print(f'<text x="460" y="{y + 36}" font-family="monospace" fill="#557">{escape(folder)}</text>')
    for x0, y0, x1, y1, label in ARROWS:
        print(f'<line x1="{x0}" y1="{y0}" x2="{x1}" y2="{y1}" stroke="#445" marker-end="url(#a)"/>')
        if label:
            print(f'<text x="{x0 + 10}" y="{(y0 + y1) // 2 + 5}" font-size="11" fill="#445">{escape(label)}</text>')
    print('<line x1="838" y1="120" x2="838" y2="486" stroke="#a55" stroke-width="3"/>')
    print('<text x="826" y="310" text-anchor="middle" fill="#a55" transform="rotate(-90 826 310)">'
          'the reference interprets each of these levels</text>')
    print("</svg>")


if __name__ == "__main__":
    main()
