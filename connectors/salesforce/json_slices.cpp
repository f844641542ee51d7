// Brackets are counted outside of texts; nothing is copied and nothing recurses.
#include "connectors/salesforce/json_slices.hpp"

namespace millrace::salesforce {
namespace {

bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

}  // namespace

std::optional<std::string_view> json_slicer::value() {
  skip_blanks();
  const std::size_t begin = at_;
  std::size_t depth = 0;
  while (at_ < text_.size()) {
    const char c = text_[at_];
    if (c == '"') {
      if (!skip_text()) return {};
    } else if (depth == 0 && (c == ',' || c == '}' || c == ']' || c == ':' || is_blank(c))) {
      break;
    } else {
      ++at_;
      if (c == '{' || c == '[') ++depth;
      if (c == '}' || c == ']') --depth;
      if (depth > 0) continue;
    }
    // A text or a structure is whole here; a number or a word goes on to what ends it.
    if (depth == 0 && (c == '"' || c == '}' || c == ']')) break;
  }
  if (depth > 0 || at_ == begin) return {};
  return text_.substr(begin, at_ - begin);
}

bool json_slicer::at_end() {
  skip_blanks();
  return at_ == text_.size();
}

void json_slicer::skip_blanks() {
  while (at_ < text_.size() && is_blank(text_[at_]))
    ++at_;
}

bool json_slicer::take(char wanted) {
  skip_blanks();
  if (at_ == text_.size() || text_[at_] != wanted) return false;
  ++at_;
  return true;
}

std::optional<std::string_view> json_slicer::text() {
  skip_blanks();
  const std::size_t begin = at_;
  if (!skip_text()) return {};
  return text_.substr(begin, at_ - begin);
}

bool json_slicer::skip_text() {
  if (at_ == text_.size() || text_[at_] != '"') return false;
  const std::size_t begin = at_ + 1;
  for (std::size_t end = text_.find('"', begin); end != std::string_view::npos;
       end = text_.find('"', end + 1)) {
    std::size_t slashes = 0;
    while (end - slashes > begin && text_[end - slashes - 1] == '\\')
      ++slashes;
    if (slashes % 2 == 1) continue;  // the last one is before the quote
    at_ = end + 1;
    return true;
  }
  return false;
}

}  // namespace millrace::salesforce
