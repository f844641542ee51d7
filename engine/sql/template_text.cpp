// One pass, left to right.
#include "engine/sql/template_text.hpp"

#include <algorithm>

namespace millrace::sql {

std::string filled(std::string_view text, std::initializer_list<replacement> values) {
  std::string out;
  while (!text.empty()) {
    const std::size_t brace = text.find('{');
    out.append(text.substr(0, brace));
    if (brace == std::string_view::npos) break;
    text.remove_prefix(brace);
    const auto* const found = std::find_if(values.begin(), values.end(), [&](const replacement& r) {
      return text.size() >= r.first.size() + 2 && text.substr(1, r.first.size()) == r.first &&
             text[r.first.size() + 1] == '}';
    });
    if (found == values.end()) {
      out += '{';
      text.remove_prefix(1);
    } else {
      out.append(found->second);
      text.remove_prefix(found->first.size() + 2);
    }
  }
  return out;
}

void add_to_list(std::string& list, std::string_view more, std::string_view separator) {
  if (!list.empty()) list += separator;
  list += more;
}

}  // namespace millrace::sql
