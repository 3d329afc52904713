# What ships as data (content/) becomes part of the binary: each file by .incbin, and one table of name and bytes
# (src/base/content.h). Listed at configure time; an edited file rebuilds the object. So does the console, as console/NAME, if scripts/build-console
# has made it.
file(GLOB_RECURSE TOCSIN_CONTENT CONFIGURE_DEPENDS RELATIVE ${CMAKE_SOURCE_DIR}/content ${CMAKE_SOURCE_DIR}/content/*)
list(FILTER TOCSIN_CONTENT EXCLUDE REGEX "README\\.md$")
list(SORT TOCSIN_CONTENT)
set(asm "  .section .rodata\n")
set(table "")
set(declarations "")
set(paths "")
set(n 0)
file(GLOB console CONFIGURE_DEPENDS RELATIVE ${CMAKE_SOURCE_DIR}/build/web ${CMAKE_SOURCE_DIR}/build/web/*)
list(TRANSFORM console PREPEND console/)
foreach(file ${console} ${TOCSIN_CONTENT})
  set(path ${CMAKE_SOURCE_DIR}/content/${file})
  if(file MATCHES "^console/(.*)")
    set(path ${CMAKE_SOURCE_DIR}/build/web/${CMAKE_MATCH_1})
  endif()
  string(APPEND asm "  .global tocsin_content_${n}\n  .global tocsin_content_end_${n}\ntocsin_content_${n}:\n  .incbin \"${path}\"\ntocsin_content_end_${n}:\n  .byte 0\n")
  string(APPEND declarations "extern const char tocsin_content_${n}[];\nextern const char tocsin_content_end_${n}[];\n")
  string(APPEND table "    {\"${file}\", {tocsin_content_${n}, static_cast<std::size_t>(tocsin_content_end_${n} - tocsin_content_${n})}},\n")
  list(APPEND paths ${path})
  math(EXPR n "${n} + 1")
endforeach()
string(APPEND asm "  .section .note.GNU-stack,\"\",%progbits\n")
file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/content.S CONTENT "${asm}" @ONLY)
file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/content.cc CONTENT "#include \"base/content.h\"
extern \"C\" {
${declarations}}
namespace tocsin {
const std::vector<ContentFile>& content_files() {
  static const std::vector<ContentFile> files = {
${table}  };
  return files;
}
}  // namespace tocsin
" @ONLY)
set_source_files_properties(${CMAKE_BINARY_DIR}/content.S PROPERTIES OBJECT_DEPENDS "${paths}")
add_library(tocsin_content STATIC ${CMAKE_BINARY_DIR}/content.cc ${CMAKE_BINARY_DIR}/content.S)
target_link_libraries(tocsin_content PUBLIC tocsin_base)
