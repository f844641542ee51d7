// Forms, urls and the error answer.
#include "message.hpp"

#include "render.hpp"
#include <algorithm>
#include <charconv>

namespace sandbox {

std::string url_decoded(std::string_view text, bool plus_is_blank) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned byte = 0;
    if (text[i] == '+' && plus_is_blank) {
      out += ' ';
    } else if (text[i] == '%' && i + 2 < text.size() &&
               std::from_chars(text.data() + i + 1, text.data() + i + 3, byte, 16).ptr ==
                   text.data() + i + 3) {
      out += static_cast<char>(byte);
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

std::vector<std::string> split(std::string_view text, char at) {
  std::vector<std::string> out;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find(at, begin), text.size());
    if (end > begin) out.emplace_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return out;
}

std::map<std::string, std::string> parse_form(std::string_view text) {
  std::map<std::string, std::string> out;
  for (const std::string& pair : split(text, '&')) {
    const std::size_t at = std::min(pair.find('='), pair.size());
    const std::string_view all = pair;
    out[url_decoded(all.substr(0, at), true)] =
        url_decoded(all.substr(std::min(at + 1, all.size())), true);
  }
  return out;
}

response json_response(std::string body, int status) {
  response r;
  r.status = status;
  r.body = std::move(body);
  return r;
}

response api_error(int status, const std::string& code, const std::string& message) {
  return json_response(
      "[{\"message\":" + json_text(message) + ",\"errorCode\":" + json_text(code) + "}]", status);
}

}  // namespace sandbox
