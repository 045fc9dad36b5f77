# Everything the project uses from outside. Versions are pinned in cmake/packages.txt.
list(APPEND CMAKE_PREFIX_PATH /usr/lib/llvm-22)
find_package(MLIR 22.1 REQUIRED CONFIG)
list(APPEND CMAKE_MODULE_PATH ${MLIR_CMAKE_DIR} ${LLVM_CMAKE_DIR})
include(TableGen)
include(AddLLVM)
include(AddMLIR)
set(MLIR_LINK_MLIR_DYLIB ON) # tools link the two shared libraries, never the static MLIR* targets
separate_arguments(HADAL_LLVM_DEFINITIONS UNIX_COMMAND "${LLVM_DEFINITIONS}")

find_package(Protobuf REQUIRED)
find_package(nlohmann_json 3.11 REQUIRED)
find_package(GTest REQUIRED)
find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(LIBZIP REQUIRED IMPORTED_TARGET libzip)

find_program(HADAL_CLANG NAMES clang++-22 REQUIRED) # the emulator compiles kernels with it
find_program(HADAL_LLD NAMES ld.lld-22 REQUIRED)    # links artifacts
