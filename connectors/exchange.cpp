// Small helpers on requests and answers.
#include "connectors/exchange.hpp"

#include "connectors/connector.hpp"

#include <algorithm>

namespace millrace {

std::string_view name_of(http_method method) {
  switch (method) {
    case http_method::get:
      return "GET";
    case http_method::post:
      return "POST";
    case http_method::patch:
      return "PATCH";
    case http_method::del:
      return "DELETE";
  }
  return "GET";
}

std::optional<std::string_view> http_head::find(std::string_view name) const {
  const auto lower = [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  };
  const auto same = [&](char a, char b) { return lower(a) == lower(b); };
  for (const http_header& h : headers)
    if (std::equal(h.name.begin(), h.name.end(), name.begin(), name.end(), same)) return h.value;
  return {};
}

verdict conversation::gave_up(std::uint64_t, const error& why, time_point) {
  return give_up{why};
}

next_step conversation::wind_up(time_point) {
  return finished{};
}

}  // namespace millrace
