"""Compiles CUDA text with NVRTC for several architectures; needs no GPU.

    nvrtc.py [--prelude FILE] [--arch sm_80,sm_90a] kernels.cu ...   (- or nothing: standard input)

Prints a line for each kernel and architecture: registers, spills (bytes), stack (bytes). Exits 1 if the text does not
compile, a kernel spills, or it has a stack (an array that is not in registers). Without NVRTC: exits 77.
"""
import argparse, ctypes, glob, os, re, sys, time

def find_nvrtc():
    names = [os.environ.get("HADAL_NVRTC", ""), "libnvrtc.so.13", "libnvrtc.so.12", "libnvrtc.so"]
    names += sorted(glob.glob(os.path.join(sys.prefix, "lib", "python3*", "site-packages", "nvidia", "*", "lib", "libnvrtc.so*")))
    names += sorted(glob.glob("/usr/local/cuda*/lib*/libnvrtc.so*"))
    for name in filter(None, names):
        try:
            return ctypes.CDLL(name)
        except OSError:
            continue
    return None

def compile_text(nvrtc, text, arch, name):
    program = ctypes.c_void_p()
    check = lambda status: status and sys.exit(f"nvrtc: error {status}")
    check(nvrtc.nvrtcCreateProgram(ctypes.byref(program), text.encode(), name.encode(), 0, None, None))
    options = [f"--gpu-architecture={arch}".encode(), b"--ptxas-options=-v", b"--std=c++17", b"-default-device"]
    status = nvrtc.nvrtcCompileProgram(program, len(options), (ctypes.c_char_p * len(options))(*options))
    size = ctypes.c_size_t()
    check(nvrtc.nvrtcGetProgramLogSize(program, ctypes.byref(size)))
    log = ctypes.create_string_buffer(size.value)
    check(nvrtc.nvrtcGetProgramLog(program, log))
    nvrtc.nvrtcDestroyProgram(ctypes.byref(program))
    return status, log.value.decode()

def compile_file(nvrtc, file, prelude, archs):
    """Prints a line for each kernel and architecture; whether one is bad."""
    bad = False
    name = "kernels.cu" if file == "-" else os.path.basename(file)
    text = prelude + f'\n#line 1 "{name}"\n' + (sys.stdin if file == "-" else open(file)).read()
    for arch in archs:
        start = time.time()
        status, log = compile_text(nvrtc, text, arch, name)
        seconds = time.time() - start
        if status:
            print(f"{arch}: does not compile\n{log}")
            bad = True
            continue
        for part in re.split(r"Compiling entry function '", log)[1:]:
            kernel = part.split("'")[0]
            number = lambda pattern: int((re.search(pattern, part) or [0, 0])[1])
            registers, stack = number(r"Used (\d+) registers"), number(r"(\d+) bytes stack frame")
            spills = number(r"(\d+) bytes spill stores")
            bad |= spills > 0 or stack > 0
            print(f"{kernel} {arch}: {registers} registers, {spills} bytes spilled, {stack} bytes of stack, "
                  f"{1000 * seconds:.0f} ms")
    return bad

def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("files", nargs="*", default=["-"])
    parser.add_argument("--probe", action="store_true", help="only say by the exit status whether NVRTC is there")
    parser.add_argument("--prelude")
    parser.add_argument("--arch", default="sm_80,sm_90a,sm_100a,sm_120a")
    args = parser.parse_args()
    nvrtc = find_nvrtc()
    if not nvrtc:
        print("no NVRTC")
        sys.exit(77)
    if args.probe:
        sys.exit(0)
    bad = False
    for file in args.files:
        bad |= compile_file(nvrtc, file, open(args.prelude).read() if args.prelude else "", args.arch.split(","))
    sys.exit(1 if bad else 0)

main()
