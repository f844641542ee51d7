// A secret cannot be shown by accident, and leaves nothing behind (I16).
#include "engine/config/secret.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <fmt/ostream.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <new>
#include <ostream>
#include <string_view>
#include <type_traits>

namespace millrace {
namespace {

template <class T>
concept streams = requires(std::ostream& out, const T& value) {
  out << value;
};
template <class T>
concept compares = requires(const T& a, const T& b) {
  a == b;
};

static_assert(!streams<secret>);
static_assert(!compares<secret>);
static_assert(!fmt::is_formattable<secret>::value);
static_assert(!std::is_convertible_v<secret, std::string>);
static_assert(!std::is_convertible_v<secret, std::string_view>);
static_assert(!std::is_convertible_v<secret, bool>);
static_assert(!std::is_convertible_v<std::string, secret>);
static_assert(std::is_nothrow_move_constructible_v<secret>);

/// Whether the bytes of an object hold a text.
bool holds(const void* object, std::size_t size, std::string_view text) {
  const std::string_view bytes(static_cast<const char*>(object), size);
  return bytes.find(text) != std::string_view::npos;
}

TEST_CASE("I16: a secret gives its text to reveal alone") {
  const secret s(std::string("hunter2"));
  CHECK(s.reveal() == "hunter2");
  CHECK_FALSE(s.empty());
  CHECK(secret().empty());
}

TEST_CASE("I16: a short secret leaves nothing in the object that it was moved from") {
  secret a(std::string("hunter2"));
  REQUIRE(holds(&a, sizeof a, "hunter2"));
  const secret b(std::move(a));
  CHECK(b.reveal() == "hunter2");
  CHECK_FALSE(holds(&a, sizeof a, "unter2"));  // NOLINT(bugprone-use-after-move): that is the test
}

TEST_CASE("I16: assignment overwrites both sides") {
  secret a(std::string("hunter2"));
  secret b(std::string("swordfish"));
  a = std::move(b);
  CHECK(a.reveal() == "swordfish");
  CHECK_FALSE(holds(&b, sizeof b, "wordfish"));  // NOLINT(bugprone-use-after-move): the same
  a = secret(std::string("x"));
  CHECK_FALSE(holds(&a, sizeof a, "ordfish"));
  const secret c(a);
  a = c;
  CHECK(a.reveal() == "x");
  const secret& self = a;
  a = self;
  CHECK(a.reveal() == "x");
}

TEST_CASE("I16: destruction overwrites the text") {
  alignas(secret) std::array<std::byte, sizeof(secret)> room{};
  auto* s = new (room.data()) secret(std::string("hunter2"));
  REQUIRE(holds(room.data(), room.size(), "hunter2"));
  std::destroy_at(s);
  CHECK_FALSE(holds(room.data(), room.size(), "unter2"));
}

TEST_CASE("I16: the text that a secret is made from is wiped") {
  std::string text = "hunter2";
  const secret s(std::move(text));
  CHECK(s.reveal() == "hunter2");
  // NOLINTNEXTLINE(bugprone-use-after-move, bugprone-sizeof-container): the object itself is read
  CHECK_FALSE(holds(&text, sizeof text, "unter2"));
}

}  // namespace
}  // namespace millrace
