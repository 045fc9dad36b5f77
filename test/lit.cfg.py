"""lit configuration: every .mlir, .test and .sh file below test/ with RUN lines is a test."""
import ctypes.util
import glob
import os
import lit.formats

config.name = "hadal"
config.test_format = lit.formats.ShTest(execute_external=False)
config.suffixes = [".mlir", ".test"]
config.excludes = ["Inputs", "fuzz", "unit"]
config.test_source_root = os.path.dirname(__file__)
config.test_exec_root = os.path.join(config.hadal_build_dir, "test")

bin_dirs = [os.path.join(config.hadal_build_dir, "bin"), config.llvm_tools_dir]
config.environment["PATH"] = os.pathsep.join(bin_dirs + [config.environment.get("PATH", os.environ["PATH"])])
for name in ("HADAL_SHARED", "HOME", "TMPDIR"):
    if name in os.environ:
        config.environment[name] = os.environ[name]

config.substitutions.append(("%build", config.hadal_build_dir))
config.substitutions.append(("%src", config.hadal_source_dir))
config.substitutions.append(("%python", config.python))
config.substitutions.append(("%shared", os.environ.get("HADAL_SHARED", "")))

# Tests that use the corpus outside the repository say `REQUIRES: corpus`; set HADAL_SHARED to its folder.
if os.path.isdir(os.path.join(os.environ.get("HADAL_SHARED", ""), "corpus")):
    config.available_features.add("corpus")

# Tests that compile CUDA text say `REQUIRES: nvrtc`; without the toolkit (or PyPI's package) they are skipped.
packages = os.path.join(os.path.dirname(config.python), "..", "lib", "python3*", "site-packages", "nvidia", "*", "lib")
libraries = [name for folder in ("/usr/local/cuda*/lib*", packages) for name in glob.glob(folder + "/libnvrtc.so*")]
if ctypes.util.find_library("nvrtc") or libraries:
    config.available_features.add("nvrtc")

# The fuzzers of the importers are built with -DHADAL_FUZZ=ON only.
if os.path.exists(os.path.join(config.hadal_build_dir, "bin", "FuzzOnnx")):
    config.available_features.add("fuzz")
