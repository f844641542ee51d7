// Base 62 in the order 0-9, A-Z, a-z, which is also the order of bytes.
#include "ids.hpp"

namespace sandbox {
namespace {
constexpr std::string_view digits =
    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
constexpr std::string_view instance = "5g0000";  // an org's part of its Ids
constexpr int number_digits = 6;
}  // namespace

std::string check_characters(std::string_view id15) {
  constexpr std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345";
  std::string out;
  for (std::size_t block = 0; block < 3; ++block) {
    unsigned bits = 0;
    for (std::size_t i = 0; i < 5; ++i) {
      const char c = id15[block * 5 + i];
      if (c >= 'A' && c <= 'Z') bits |= 1U << i;
    }
    out += letters[bits];
  }
  return out;
}

std::string make_id(std::string_view prefix, std::uint64_t number) {
  std::string id{prefix};
  id += instance;
  std::string tail(number_digits, '0');
  for (int i = number_digits - 1; i >= 0; --i) {
    tail[static_cast<std::size_t>(i)] = digits[number % 62];
    number /= 62;
  }
  id += tail;
  return id + check_characters(id);
}

std::optional<std::uint64_t> number_of(std::string_view prefix, std::string_view id) {
  if ((id.size() != 15 && id.size() != 18) || !id.starts_with(prefix)) return {};
  if (id.substr(3, instance.size()) != instance) return {};
  std::uint64_t number = 0;
  for (const char c : id.substr(9, number_digits)) {
    const std::size_t at = digits.find(c);
    if (at == std::string_view::npos) return {};
    number = number * 62 + at;
  }
  return number;
}

}  // namespace sandbox
