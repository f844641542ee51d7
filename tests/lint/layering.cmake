# Fails when a layer includes what it must not know. The linker does not notice such an include.
#   cmake -P layering.cmake            judges the project, and that it can fail at all
cmake_minimum_required(VERSION 3.25)
get_filename_component(project "${CMAKE_CURRENT_LIST_DIR}/../.." ABSOLUTE)

# forbid(root folder pattern [EXCEPT folder]): adds to `findings` each include in root/folder that
# begins with the pattern.
function(forbid root folder pattern)
  cmake_parse_arguments(rule "" "EXCEPT" "" ${ARGN})
  file(GLOB_RECURSE files "${root}/${folder}/*.hpp" "${root}/${folder}/*.cpp")
  foreach(file IN LISTS files)
    file(RELATIVE_PATH name "${root}" "${file}")
    if(rule_EXCEPT AND name MATCHES "^${rule_EXCEPT}/")
      continue()
    endif()
    file(STRINGS "${file}" hits REGEX "^[ \t]*#[ \t]*include[ \t]*[<\"](${pattern})")
    foreach(hit IN LISTS hits)
      list(APPEND findings "${name}: ${hit}")
    endforeach()
  endforeach()
  set(findings "${findings}" PARENT_SCOPE)
endfunction()

function(judge root result)
  set(findings "")
  set(odbc "sql\\.h|sqlext\\.h|sqltypes\\.h|sqlucode\\.h|odbcinst\\.h")
  forbid("${root}" engine "connectors/|actors/|cli/|tests/|caf/|curl/|sql|boost/")
  forbid("${root}" connectors "actors/|cli/|tests/|caf/")
  forbid("${root}" connectors "curl/" EXCEPT connectors/http)
  forbid("${root}" connectors "${odbc}" EXCEPT connectors/odbc)
  forbid("${root}" actors "cli/|tests/|curl/|${odbc}")
  forbid("${root}" cli "tests/|curl/|${odbc}")
  # Not even within its folder does curl show in a header.
  file(GLOB headers "${root}/connectors/http/*.hpp")
  foreach(header IN LISTS headers)
    file(STRINGS "${header}" hits REGEX "#include <(curl|zlib)")
    if(hits)
      list(APPEND findings "${header}: ${hits}")
    endif()
  endforeach()
  set(${result} "${findings}" PARENT_SCOPE)
endfunction()

# The self test: each of these must be found, and nothing else.
set(scratch "$ENV{TMPDIR}")
if(NOT scratch)
  set(scratch /tmp)
endif()
string(RANDOM LENGTH 12 suffix)
set(scratch "${scratch}/millrace-layering-${suffix}")
set(expected 0)
foreach(
  wrong IN
  ITEMS "engine/a.cpp|<caf/all.hpp>" "engine/deep/b.hpp|\"connectors/exchange.hpp\""
        "engine/c.cpp|<boost/json.hpp>" "engine/d.cpp|<sql.h>" "connectors/e.hpp|\"actors/x.hpp\""
        "connectors/salesforce/f.cpp|<curl/curl.h>" "connectors/http/g.cpp|<sqlext.h>"
        "connectors/http/h.hpp|<curl/curl.h>" "actors/i.cpp|<curl/curl.h>" "actors/j.cpp|<sql.h>"
        "connectors/odbc/k.cpp|<caf/all.hpp>" "cli/l.cpp|<curl/curl.h>")
  string(REPLACE "|" ";" wrong "${wrong}")
  list(GET wrong 0 name)
  list(GET wrong 1 include)
  file(WRITE "${scratch}/${name}" "#include ${include}\n")
  math(EXPR expected "${expected} + 1")
endforeach()
file(WRITE "${scratch}/connectors/http/fine.cpp" "#include <curl/curl.h>\n#include \"engine/a.hpp\"\n")
file(WRITE "${scratch}/connectors/odbc/fine.cpp" "#include <sql.h>\n")
file(WRITE "${scratch}/actors/fine.cpp" "#include <caf/all.hpp>\n#include \"engine/sql/a.hpp\"\n")
judge("${scratch}" found)
file(REMOVE_RECURSE "${scratch}")
list(LENGTH found count)
if(NOT count EQUAL expected)
  list(JOIN found "\n  " shown)
  message(FATAL_ERROR "the layering test finds ${count} of ${expected} wrong includes:\n  ${shown}")
endif()

judge("${project}" findings)
if(findings)
  list(JOIN findings "\n  " shown)
  message(FATAL_ERROR "a layer includes what it must not know (docs: the house):\n  ${shown}")
endif()
message(STATUS "layering: fine")
