# Compile and link flags that every target of ours shares.
add_library(millrace_options INTERFACE)
target_compile_features(millrace_options INTERFACE cxx_std_20)
target_compile_options(
  millrace_options
  INTERFACE -Wall
            -Wextra
            -Wpedantic
            -Wshadow
            -Wconversion
            -Wnon-virtual-dtor
            # GCC 12 sees overlapping copies in std::string's own operator+ (GCC bug 105651).
            $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>
            $<$<BOOL:${MILLRACE_WERROR}>:-Werror>)

# Hardening of what is shipped. Sanitizers bring their own checks and do not mix with it.
if(CMAKE_BUILD_TYPE STREQUAL "Release" AND NOT MILLRACE_SANITIZE)
  target_compile_options(millrace_options INTERFACE -fstack-protector-strong -U_FORTIFY_SOURCE
                                                    -D_FORTIFY_SOURCE=2)
  target_link_options(millrace_options INTERFACE -Wl,-z,relro,-z,now)
endif()

if(MILLRACE_SANITIZE)
  # -fno-sanitize=null: CAF 0.17.6 dereferences a null shared_ptr on purpose (docs/decisions/caf.md).
  target_compile_options(millrace_options INTERFACE -fsanitize=${MILLRACE_SANITIZE} -fno-sanitize=null
                                                    -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(millrace_options INTERFACE -fsanitize=${MILLRACE_SANITIZE})
endif()

find_program(LLD_PROGRAM ld.lld)
if(LLD_PROGRAM)
  target_link_options(millrace_options INTERFACE -fuse-ld=lld)
endif()
find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE_PROGRAM})
endif()
