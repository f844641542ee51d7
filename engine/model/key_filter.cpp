// Seven places for each key, made of two hashes.
#include "engine/model/key_filter.hpp"

#include <array>

namespace millrace {
namespace {

constexpr std::size_t words = std::size_t{1} << 20U;
constexpr std::uint64_t bits = words * 64;
constexpr std::size_t places_of_a_key = 7;

/// FNV-1a, then mixed, for its upper bits know little of the last letters.
std::uint64_t hash_of(std::string_view key, std::uint64_t seed) {
  std::uint64_t h = 14695981039346656037ULL ^ seed;
  for (const char c : key) {
    h ^= static_cast<unsigned char>(c);
    h *= 1099511628211ULL;
  }
  h ^= h >> 33U;
  h *= 0xff51afd7ed558ccdULL;
  h ^= h >> 33U;
  return h;
}

std::array<std::uint64_t, places_of_a_key> places_of(std::string_view key) {
  const std::uint64_t first = hash_of(key, 0);
  const std::uint64_t step = hash_of(key, 0x9e3779b97f4a7c15ULL) | 1U;
  std::array<std::uint64_t, places_of_a_key> places{};
  for (std::size_t i = 0; i < places.size(); ++i)
    places[i] = (first + i * step) % bits;
  return places;
}

}  // namespace

key_filter::key_filter() : bits_(words, 0) {}

void key_filter::add(std::string_view key) {
  for (const std::uint64_t place : places_of(key))
    bits_[place / 64] |= std::uint64_t{1} << (place % 64);
}

bool key_filter::may_have(std::string_view key) const {
  for (const std::uint64_t place : places_of(key))
    if ((bits_[place / 64] >> (place % 64) & 1U) == 0) return false;
  return true;
}

}  // namespace millrace
