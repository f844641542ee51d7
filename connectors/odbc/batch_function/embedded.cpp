// The extension's bytes come from the linker (embedded.S); a sealed memfd makes a file of them.
#include "connectors/odbc/batch_function/embedded.hpp"

#include <fmt/format.h>

#include <sys/mman.h>
#include <unistd.h>

extern "C" {
extern const char millrace_batch_function_begin[];
extern const char millrace_batch_function_end[];
}

namespace millrace::odbc {
namespace {

std::string make_file() {
  const int file = ::memfd_create("millrace_batch", MFD_CLOEXEC);
  if (file < 0) return {};
  const char* at = millrace_batch_function_begin;
  while (at != millrace_batch_function_end) {
    const auto wrote =
        ::write(file, at, static_cast<std::size_t>(millrace_batch_function_end - at));
    if (wrote <= 0) {
      ::close(file);
      return {};
    }
    at += wrote;
  }
  return fmt::format("/proc/self/fd/{}", file);
}

}  // namespace

const std::string& batch_function_path() {
  static const std::string path = make_file();
  return path;
}

}  // namespace millrace::odbc
