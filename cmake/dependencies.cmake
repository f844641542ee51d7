# Everything that is not ours; all of it comes from Debian's packages. Each is marked SYSTEM.
find_package(Threads REQUIRED)
find_package(Boost 1.81 REQUIRED COMPONENTS json)
find_package(fmt REQUIRED)
find_package(tl-expected REQUIRED)
find_package(simdjson REQUIRED)
find_package(CLI11 REQUIRED)
find_package(doctest REQUIRED)
find_package(CURL 7.88 REQUIRED)
find_package(ZLIB REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(date REQUIRED) # time zones: the compiler's library has none yet
find_package(prometheus-cpp REQUIRED)
find_package(SQLite3 REQUIRED) # tests and bench only: the product speaks ODBC

# Boost.JSON under a name of our own, so that nobody needs to know how Boost was found.
add_library(millrace_boost_json INTERFACE)
target_link_libraries(millrace_boost_json INTERFACE Boost::json)

# toml++: the packaged library holds the compiled parser; the header-only form costs seconds a file.
find_path(TOMLPLUSPLUS_INCLUDE_DIR toml++/toml.h REQUIRED)
find_library(TOMLPLUSPLUS_LIBRARY tomlplusplus REQUIRED)
add_library(millrace_tomlplusplus INTERFACE)
target_include_directories(millrace_tomlplusplus SYSTEM INTERFACE ${TOMLPLUSPLUS_INCLUDE_DIR})
target_compile_definitions(millrace_tomlplusplus INTERFACE TOML_HEADER_ONLY=0 TOML_SHARED_LIB=1)
target_link_libraries(millrace_tomlplusplus INTERFACE ${TOMLPLUSPLUS_LIBRARY})

# cpp-httplib and libsystemd: pkg-config alone.
find_package(PkgConfig REQUIRED)
pkg_check_modules(HTTPLIB REQUIRED cpp-httplib)
pkg_check_modules(SYSTEMD REQUIRED libsystemd)
add_library(millrace_httplib INTERFACE)
target_compile_options(millrace_httplib INTERFACE ${HTTPLIB_CFLAGS_OTHER})
target_link_libraries(millrace_httplib INTERFACE ${HTTPLIB_LINK_LIBRARIES} OpenSSL::SSL Threads::Threads)
add_library(millrace_systemd INTERFACE)
target_link_libraries(millrace_systemd INTERFACE ${SYSTEMD_LINK_LIBRARIES})

# The program's allocator (docs/decisions/packages.md); sanitizers bring one of their own.
if(NOT MILLRACE_SANITIZE)
  find_library(JEMALLOC_LIBRARY jemalloc REQUIRED)
endif()

# unixODBC: the package brings no CMake configuration.
find_path(ODBC_INCLUDE_DIR sql.h REQUIRED)
find_library(ODBC_LIBRARY odbc REQUIRED)
add_library(millrace_unixodbc INTERFACE)
target_include_directories(millrace_unixodbc SYSTEM INTERFACE ${ODBC_INCLUDE_DIR})
target_link_libraries(millrace_unixodbc INTERFACE ${ODBC_LIBRARY})

# CAF 0.17.6: neither a CMake configuration nor pkg-config; the API differs from 0.18 and later.
find_path(CAF_INCLUDE_DIR caf/all.hpp REQUIRED)
find_library(CAF_CORE_LIBRARY caf_core REQUIRED)
file(STRINGS "${CAF_INCLUDE_DIR}/caf/config.hpp" caf_version REGEX "^#define CAF_VERSION [0-9]+$")
if(NOT caf_version MATCHES "CAF_VERSION 1706$")
  message(FATAL_ERROR "millrace needs CAF 0.17.6, found: ${caf_version}")
endif()
add_library(millrace_caf INTERFACE)
target_include_directories(millrace_caf SYSTEM INTERFACE ${CAF_INCLUDE_DIR})
target_compile_definitions(millrace_caf INTERFACE CAF_ENABLE_TYPE_ID_CHECKS)
target_link_libraries(millrace_caf INTERFACE ${CAF_CORE_LIBRARY} Threads::Threads)
