// Parsing by hand: no locale, no exception, the same answer on every machine.
#include "engine/config/values.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace millrace {
namespace {

constexpr std::size_t name_bytes_max = 64;
constexpr std::size_t schema_bytes_max = 63;  // PostgreSQL cuts longer names silently
constexpr int api_version_oldest = 50;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/// The number in front, and what follows it.
template <class Number>
std::optional<std::pair<Number, std::string_view>> number_and_unit(std::string_view text) {
  if (text.empty() || !is_digit(text.front())) return {};
  Number number{};
  const char* end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, number);
  if (read.ec != std::errc{}) return {};
  return std::pair(number, std::string_view(read.ptr, static_cast<std::size_t>(end - read.ptr)));
}

/// "127.0.0.1" and its whole network. A name such as "127.example.com" is none.
bool is_loopback_v4(std::string_view host) {
  int parts = 0;
  int first = -1;
  while (true) {
    const std::size_t dot = host.find('.');
    const auto part = number_and_unit<int>(host.substr(0, dot));
    if (!part || !part->second.empty() || part->first > 255) return false;
    if (parts++ == 0) first = part->first;
    if (dot == std::string_view::npos) break;
    host.remove_prefix(dot + 1);
  }
  return parts == 4 && first == 127;
}

/// By the address itself, never by looking it up: a name may resolve to anything.
bool is_loopback(std::string_view host) {
  return host == "localhost" || host == "[::1]" || is_loopback_v4(host);
}

/// The host of "host:port"; none when the port is no port.
std::optional<std::string_view> host_of(std::string_view authority) {
  const std::size_t name_end = authority.starts_with('[') ? authority.find(']') : 0;
  if (name_end == std::string_view::npos) return {};
  const std::size_t colon = authority.find(':', name_end);
  if (colon == std::string_view::npos) return authority;
  const auto port = number_and_unit<std::uint32_t>(authority.substr(colon + 1));
  if (!port || !port->second.empty() || port->first == 0 || port->first > 65535) return {};
  return authority.substr(0, colon);
}

bool is_host(std::string_view host) {
  if (host == "[::1]") return true;
  return !host.empty() && host.front() != '.' && host.front() != '-' &&
         std::all_of(host.begin(), host.end(), [](char c) {
           return is_letter(c) || is_digit(c) || c == '.' || c == '-' || c == '_';
         });
}

}  // namespace

std::optional<milliseconds> parse_duration(std::string_view text) {
  constexpr std::int64_t number_max = 1'000'000;
  const auto read = number_and_unit<std::int64_t>(text);
  if (!read || read->first > number_max) return {};
  constexpr auto units = std::to_array<std::pair<std::string_view, std::int64_t>>(
      {{"ms", 1}, {"s", 1000}, {"m", 60'000}, {"h", 3'600'000}, {"d", 86'400'000}});
  for (const auto& [unit, factor] : units)
    if (read->second == unit) return milliseconds{read->first * factor};
  return {};
}

std::optional<std::uint64_t> parse_size(std::string_view text) {
  constexpr std::uint64_t bytes_max = std::uint64_t{1} << 50U;
  const auto read = number_and_unit<std::uint64_t>(text);
  if (!read) return {};
  constexpr auto units = std::to_array<std::pair<std::string_view, unsigned>>(
      {{"", 0}, {"KiB", 10}, {"MiB", 20}, {"GiB", 30}});
  for (const auto& [unit, shift] : units)
    if (read->second == unit && read->first <= (bytes_max >> shift)) return read->first << shift;
  return {};
}

bool is_config_name(std::string_view text) {
  return !text.empty() && text.size() <= name_bytes_max &&
         std::all_of(text.begin(), text.end(),
                     [](char c) { return is_letter(c) || is_digit(c) || c == '_' || c == '-'; });
}

bool is_loopback_address(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return false;
  const std::string_view host = text.substr(0, colon);
  const std::string_view port = text.substr(colon + 1);
  if (host != "127.0.0.1" && host != "[::1]" && host != "localhost") return false;
  constexpr std::uint64_t port_max = 65'535;
  const auto read = number_and_unit<std::uint64_t>(port);
  return read && read->second.empty() && read->first <= port_max;
}

bool is_schema_name(std::string_view text) {
  return !text.empty() && text.size() <= schema_bytes_max && !is_digit(text.front()) &&
         std::all_of(text.begin(), text.end(),
                     [](char c) { return is_letter(c) || is_digit(c) || c == '_'; });
}

bool is_api_version(std::string_view text) {
  const auto read = number_and_unit<int>(text);
  return read && text.size() == 4 && read->second == ".0" && read->first >= api_version_oldest;
}

std::string login_url_fault(std::string_view text) {
  const bool tls = text.starts_with("https://");
  if (!tls && !text.starts_with("http://")) return "it does not begin with https://";
  const std::string_view rest = text.substr(tls ? 8 : 7);
  if (std::any_of(rest.begin(), rest.end(),
                  [](char c) { return c <= ' ' || c > '~' || c == '\\'; }))
    return "it holds blanks or letters that an address cannot have";
  if (rest.find_first_of("?#") != std::string_view::npos) return "it holds a query or a fragment";
  if (rest.find('@') != std::string_view::npos)
    return "it holds a user name; the login is given in auth";
  const auto host = host_of(rest.substr(0, rest.find('/')));
  if (!host) return "its port is no number from 1 to 65535";
  if (!is_host(*host)) return "it names no host";
  if (!tls && !is_loopback(*host)) return "plain http is for loopback only, which is this machine";
  return {};
}

}  // namespace millrace
