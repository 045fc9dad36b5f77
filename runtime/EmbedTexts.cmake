# cmake -DOUTPUT=Texts.cpp -DEMULATOR=… -DBUILTINS=… -DPRELUDE=a.h,b.h -P EmbedTexts.cmake
# Writes files as string literals, see src/core/Texts.h.
function(literal file out)
  file(READ ${file} text)
  # A literal of 64 KiB is all that compilers must accept.
  string(LENGTH "${text}" length)
  if(length GREATER 60000)
    message(FATAL_ERROR "${file} is too long to embed: split it")
  endif()
  set(${out} "R\"HADAL(${text})HADAL\"" PARENT_SCOPE)
endfunction()

literal(${EMULATOR} emulator)
literal(${BUILTINS} builtins)
set(list "")
string(REPLACE "," ";" PRELUDE "${PRELUDE}")
foreach(file IN LISTS PRELUDE)
  literal(${file} text)
  get_filename_component(name ${file} NAME)
  string(APPEND list "    {\"${name}\", ${text}},\n")
endforeach()
file(WRITE ${OUTPUT} "// Written by EmbedTexts.cmake.
#include \"src/core/Texts.h\"

namespace hadal::runtime::texts {
const char *const emulator = ${emulator};
const char *const builtins = ${builtins};
const Text prelude[] = {
${list}    {nullptr, nullptr}};
} // namespace hadal::runtime::texts
")
