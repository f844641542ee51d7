// Names of drivers, types and columns are compared without case.
#pragma once

#include <string>
#include <string_view>

namespace millrace::odbc {

/// ASCII only: no locale is asked.
inline std::string lowered(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

}  // namespace millrace::odbc
