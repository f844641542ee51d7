// Names, sentences and exit codes of the error table, generated so that none can be forgotten.
#include "engine/error.hpp"

#include <fmt/format.h>

namespace millrace {

std::string_view name_of(errc code) {
  switch (code) {
    case errc::ok:
      return "ok";
#define MILLRACE_ERROR(number, name, exit_code, text) \
  case errc::name:                                    \
    return #name;
#include "engine/error_codes.def"
#undef MILLRACE_ERROR
  }
  return "unknown";
}

std::string_view sentence_of(errc code) {
  switch (code) {
    case errc::ok:
      return "No error.";
#define MILLRACE_ERROR(number, name, exit_code, text) \
  case errc::name:                                    \
    return text;
#include "engine/error_codes.def"
#undef MILLRACE_ERROR
  }
  return "An error that this version does not know.";
}

int exit_code_of(errc code) {
  switch (code) {
    case errc::ok:
      return 0;
#define MILLRACE_ERROR(number, name, exit_code, text) \
  case errc::name:                                    \
    return exit_code;
#include "engine/error_codes.def"
#undef MILLRACE_ERROR
  }
  return 1;
}

std::string to_string(const error& e) {
  std::string text = fmt::format("{}: {}", name_of(e.code), e.message);
  if (!e.context.empty()) {
    text += " (";
    bool first = true;
    for (const auto& [key, value] : e.context) {
      if (!first) text += ", ";
      first = false;
      text += fmt::format("{} {}", key, value);
    }
    text += ')';
  }
  if (!e.advice.empty()) text += fmt::format(". {}", e.advice);
  return text;
}

}  // namespace millrace
