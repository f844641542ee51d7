# millrace_layer(name SOURCES ... USES ... PRIVATE_USES ...): one static library of one layer.
function(millrace_layer name)
  cmake_parse_arguments(layer "" "" "SOURCES;USES;PRIVATE_USES" ${ARGN})
  add_library(millrace_${name} STATIC ${layer_SOURCES})
  target_include_directories(millrace_${name} PUBLIC ${PROJECT_SOURCE_DIR})
  target_link_libraries(
    millrace_${name}
    PUBLIC ${layer_USES}
    PRIVATE millrace_options ${layer_PRIVATE_USES})
endfunction()

# millrace_test(name SOURCES ... LIBRARIES ... [TIMEOUT seconds]): a doctest program, run by ctest.
# doctest's main is compiled once. Each program finds `MILLRACE_SOURCE_DIR` and `MILLRACE_SHARED_DATA`.
function(millrace_test name)
  cmake_parse_arguments(test "" "TIMEOUT" "SOURCES;LIBRARIES" ${ARGN})
  if(NOT test_TIMEOUT)
    set(test_TIMEOUT 300)  # as much as a sanitizer takes on a busy machine
  endif()
  if(NOT TARGET millrace_doctest_main)
    add_library(millrace_doctest_main OBJECT ${PROJECT_SOURCE_DIR}/cmake/doctest_main.cpp)
    target_link_libraries(millrace_doctest_main PUBLIC doctest::doctest PRIVATE millrace_options)
  endif()
  add_executable(${name} ${test_SOURCES})
  target_compile_definitions(
    ${name} PRIVATE MILLRACE_SOURCE_DIR="${PROJECT_SOURCE_DIR}"
                    MILLRACE_SHARED_DATA="${PROJECT_SOURCE_DIR}/../shared/data")
  target_link_libraries(${name} PRIVATE ${test_LIBRARIES} millrace_doctest_main doctest::doctest
                                        millrace_options)
  add_test(NAME ${name} COMMAND ${name} WORKING_DIRECTORY ${CMAKE_BINARY_DIR})
  set_tests_properties(${name} PROPERTIES TIMEOUT ${test_TIMEOUT})
  # The actor library is not instrumented: ThreadSanitizer's word counts for the others only.
  if(NOT test_LIBRARIES MATCHES "millrace_(actors|cli|caf)")
    set_tests_properties(${name} PROPERTIES LABELS tsan)
  endif()
endfunction()
