// Writing JSON objects member by member, without a tree in between.
#pragma once

#include "render.hpp"
#include <concepts>
#include <string>
#include <string_view>

namespace sandbox {

class json_object {
 public:
  json_object& raw(std::string_view name, std::string_view json) {
    text_ += text_.empty() ? '{' : ',';
    text_ += '"';
    text_ += name;
    text_ += "\":";
    text_ += json;
    return *this;
  }
  json_object& null(std::string_view name) { return raw(name, "null"); }
  json_object& text(std::string_view name, std::string_view plain) {
    return raw(name, json_text(plain));
  }
  json_object& flag(std::string_view name, bool on) { return raw(name, on ? "true" : "false"); }
  template <std::integral Number>
  json_object& number(std::string_view name, Number n) {
    return raw(name, std::to_string(n));
  }
  [[nodiscard]] std::string done() const { return text_.empty() ? "{}" : text_ + "}"; }

 private:
  std::string text_;
};

/// "[a,b]" of texts that are JSON already.
template <class Range, class Text>
std::string json_list(const Range& range, Text text) {
  std::string out = "[";
  for (const auto& one : range) {
    if (out.size() > 1) out += ',';
    out += text(one);
  }
  return out + "]";
}

}  // namespace sandbox
