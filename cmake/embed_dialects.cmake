# Writes a source file that holds the dialect files: cmake -DOUT=... -DFILES=a;b -P embed_dialects.cmake
set(entries "")
foreach(file IN LISTS FILES)
  get_filename_component(name ${file} NAME_WE)
  file(READ ${file} text)
  string(APPEND entries "      {\"${name}\", R\"dialect(${text})dialect\"},\n")
endforeach()
file(WRITE ${OUT}
"// Made from conf/dialects by the build.
#include \"engine/sql/dialect_file.hpp\"

namespace millrace::sql {

std::vector<shipped_dialect> shipped_dialects() {
  return {
${entries}  };
}

}  // namespace millrace::sql
")
