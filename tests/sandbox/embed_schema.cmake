# Writes a source file that holds the schema table: cmake -DOUT=... -DFILE=... -P embed_schema.cmake
file(READ ${FILE} text)
file(WRITE ${OUT} "// Made from schema/org.txt by the build.
#include \"schema.hpp\"

std::string_view sandbox::built_in_schema() { return R\"schema(${text})schema\"; }
")
