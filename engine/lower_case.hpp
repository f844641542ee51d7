// Names of objects, fields, types, drivers and headers are compared without case. ASCII only: no
// locale is asked.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

namespace millrace {

constexpr char lowered(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

inline std::string lowered(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    c = lowered(c);
  return out;
}

inline bool equal_without_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return lowered(x) == lowered(y); });
}

template <class Names>
bool holds_without_case(const Names& names, std::string_view name) {
  return std::any_of(names.begin(), names.end(),
                     [&](const auto& n) { return equal_without_case(n, name); });
}

}  // namespace millrace
