// Base 62 in the order 0-9, A-Z, a-z, which is also the order of bytes.
#include "ids.hpp"

#include <algorithm>

namespace sandbox {
namespace {

constexpr std::string_view digits =
    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
constexpr std::string_view instance = "5g0000";  // an org's part of its Ids
constexpr std::size_t number_at = 9;
constexpr std::size_t checks_at = 15;

void write_checks(const char* id15, char* to) {
  constexpr std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345";
  for (std::size_t block = 0; block < 3; ++block) {
    unsigned bits = 0;
    for (std::size_t i = 0; i < 5; ++i) {
      const char c = id15[block * 5 + i];
      if (c >= 'A' && c <= 'Z') bits |= 1U << i;
    }
    to[block] = letters[bits];
  }
}

}  // namespace

std::string check_characters(std::string_view id15) {
  std::string out(3, ' ');
  write_checks(id15.data(), out.data());
  return out;
}

id_text id_of(std::string_view prefix, std::uint64_t number) {
  id_text id{};
  std::copy(prefix.begin(), prefix.end(), id.begin());
  std::copy(instance.begin(), instance.end(), id.begin() + 3);
  for (std::size_t i = checks_at; i-- > number_at;) {
    id[i] = digits[number % 62];
    number /= 62;
  }
  write_checks(id.data(), id.data() + checks_at);
  return id;
}

std::string make_id(std::string_view prefix, std::uint64_t number) {
  const id_text id = id_of(prefix, number);
  return {id.data(), id.size()};
}

std::optional<std::uint64_t> number_of(std::string_view prefix, std::string_view id) {
  if ((id.size() != 15 && id.size() != 18) || !id.starts_with(prefix)) return {};
  if (id.substr(3, instance.size()) != instance) return {};
  if (id.size() == 18 && check_characters(id.substr(0, checks_at)) != id.substr(checks_at))
    return {};
  std::uint64_t number = 0;
  for (const char c : id.substr(number_at, checks_at - number_at)) {
    const std::size_t at = digits.find(c);
    if (at == std::string_view::npos) return {};
    number = number * 62 + at;
  }
  return number;
}

}  // namespace sandbox
