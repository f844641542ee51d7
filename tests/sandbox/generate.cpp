// One function for each family of types.
#include "generate.hpp"

#include "ids.hpp"
#include <algorithm>
#include <array>
#include <cstdio>

namespace sandbox {
namespace {

constexpr std::array words{"Acme",   "Blue",   "Delta",  "Energie", "Fjord",  "Grün",   "Hotel",
                           "Île",    "Jürgen", "Köln",   "Łódź",    "Müller", "Nordic", "Über",
                           "Paris",  "東京",   "Привет", "São",     "Trade",  "União",  "Vega",
                           "Wasser", "Xenon",  "Yacht",  "Zebra",   "and",    "of"};
/// Texts that readers of other tools lost or mangled.
const std::array<std::string, 20> nasty{
    "NA",        "null",       "N/A",      "None",     "#N/A",
    "  lead",    "trail  ",    "a\"b",     "a'b;--",   "back\\slash",
    "tab\there", "two\nlines", "cr\r\nlf", "emoji 😀🚀", "comma, and \"quote\"",
    "{d '1'}",   "?",          "%_",       "true",     "1e5"};

struct chance {
  std::uint64_t state;
  std::uint64_t next() { return state = mixed(state, 0x9E3779B97F4A7C15U); }
  std::uint64_t below(std::uint64_t n) { return next() % n; }
};

/// The first `units` UTF-16 units of a text: an org counts a text's length so.
std::string cut(std::string text, std::size_t units) {
  std::size_t count = 0;
  std::size_t i = 0;
  for (; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if ((byte & 0xC0U) == 0x80U) continue;
    count += byte >= 0xF0U ? 2 : 1;
    if (count > units) break;
  }
  text.resize(i);
  return text;
}

std::string filled(std::string_view with, std::size_t bytes) {
  std::string text;
  while (text.size() < bytes)
    text += with;
  return text;
}

std::string make_text(chance& c, const field_def& f, std::uint64_t variant) {
  const std::size_t limit = f.length > 0 ? f.length : 255;
  if (limit >= 32'000 && variant == 17)  // one of them as long as the field allows
    return cut(filled("0123456789 lorem ipsum dolor sit amet, ", limit - 1), limit - 1) + ".";
  if (limit <= 4000 && c.below(80) == 0) return cut(filled("東京都😀", limit * 4), limit);
  if (c.below(12) == 0) return cut(nasty[c.below(nasty.size())], limit);
  std::string text;
  const std::uint64_t count = 1 + c.below(f.type == "textarea" ? 14 : 4);
  for (std::uint64_t i = 0; i < count; ++i) {
    if (i > 0) text += f.type == "textarea" && c.below(6) == 0 ? "\r\n" : " ";
    text += words[c.below(words.size())];
  }
  return cut(text, limit);
}

std::string make_digits(chance& c, std::uint64_t count) {
  std::string text;
  for (std::uint64_t i = 0; i < count; ++i)
    text += static_cast<char>('0' + c.below(10));
  return text;
}

/// A plain decimal without needless zeros.
std::string make_decimal(chance& c, const field_def& f) {
  const unsigned scale = f.precision == 0 ? 3 : f.scale;
  unsigned whole_digits = std::min(f.precision == 0 ? 6U : std::max(1U, f.precision - scale), 9U);
  if (f.name.find("itude") != std::string::npos) whole_digits = 2;  // degrees
  if (f.precision == 0 && c.below(30) == 0) return "0.00001234";
  if (f.precision == 0 && c.below(30) == 0) return "950000000";
  if (f.precision == 18 && scale == 2 && c.below(40) == 0) return "9999999999999999.99";
  if (scale > 0 && c.below(40) == 0) return "0." + std::string(scale - 1, '0') + "1";
  std::string whole = make_digits(c, 1 + c.below(whole_digits));
  whole.erase(0, std::min(whole.find_first_not_of('0'), whole.size() - 1));
  std::string part = scale > 0 ? make_digits(c, c.below(scale + 1ULL)) : "";
  while (!part.empty() && part.back() == '0')
    part.pop_back();
  std::string text = part.empty() ? whole : whole + "." + part;
  if (c.below(5) == 0 && text != "0") text.insert(0, 1, '-');
  return text;
}

/// The old or new value of a history row: any type, as text.
std::string make_any(chance& c, const field_def& f, std::uint64_t variant) {
  switch (c.below(4)) {
    case 0:
      return c.below(2) == 0 ? "true" : "false";
    case 1:
      return std::to_string(c.below(1'000'000));
    default:
      return make_text(c, f, variant);
  }
}

std::string make_choices(chance& c) {
  std::string text = c.below(2) == 0 ? "red" : "Grün & Blau";
  for (std::uint64_t i = c.below(3); i > 0; --i)
    text += ";choice " + std::to_string(i);
  return text;
}

std::string make_date(chance& c) {
  const std::uint64_t pick = c.below(60);
  if (pick == 0) return "1700-01-01";
  if (pick == 1) return "4000-12-31";
  if (pick == 2) return "2024-02-29";
  std::array<char, 16> text{};
  std::snprintf(text.data(), text.size(), "%04d-%02d-%02d", static_cast<int>(1990 + c.below(40)),
                static_cast<int>(1 + c.below(12)), static_cast<int>(1 + c.below(28)));
  return text.data();
}

std::string make_clock(chance& c, bool with_milliseconds) {
  std::array<char, 16> text{};
  std::snprintf(text.data(), text.size(), "%02d:%02d:%02d.%03d", static_cast<int>(c.below(24)),
                static_cast<int>(c.below(60)), static_cast<int>(c.below(60)),
                with_milliseconds ? static_cast<int>(c.below(1000)) : 0);
  return text.data();
}

std::string make_reference(chance& c, const field_def& f, const schema& all) {
  const std::string to = f.refers_to.empty() ? "User" : f.refers_to[c.below(f.refers_to.size())];
  for (const object_def& o : all.objects)
    if (o.name == to) return make_id(o.prefix, c.below(std::max<std::size_t>(o.records, 1)));
  return make_id("012", c.below(20));
}

}  // namespace

std::uint64_t mixed(std::uint64_t a, std::uint64_t b) {
  std::uint64_t z = a + b + 0x9E3779B97F4A7C15U;
  z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9U;
  z = (z ^ (z >> 27U)) * 0x94D049BB133111EBU;
  return z ^ (z >> 31U);
}

std::uint64_t hashed(std::string_view text) {
  std::uint64_t h = 14695981039346656037U;
  for (const char c : text)
    h = (h ^ static_cast<unsigned char>(c)) * 1099511628211U;
  return h;
}

value make_value(std::uint64_t seed, const object_def& object, const field_def& f,
                 std::uint64_t variant, const schema& all) {
  chance c{mixed(mixed(seed, hashed(object.name)), mixed(hashed(f.name), variant))};
  if (!f.plain() || f.name == "MasterRecordId") return {};  // merges alone write that
  if (f.type == "boolean") return c.below(3) == 0 ? "1" : "0";
  if (f.nillable && c.below(4) == 0) return {};
  if (f.type == "reference") return make_reference(c, f, all);
  if (f.type == "int")
    return std::to_string(c.below(f.name.find("Month") != std::string::npos ? 12 : 100'000));
  if (f.type == "long")
    return std::to_string(static_cast<std::int64_t>(c.next() >> 2U) * (c.below(2) == 0 ? 1 : -1));
  if (f.type == "double" || f.type == "currency" || f.type == "percent") return make_decimal(c, f);
  if (f.type == "date") return make_date(c);
  if (f.type == "datetime") return make_date(c) + " " + make_clock(c, c.below(2) == 0);
  if (f.type == "time") return make_clock(c, true);
  if (f.type == "email") return "user" + std::to_string(c.below(100'000)) + "@example.com";
  if (f.type == "phone") return "+49 221 " + make_digits(c, 7);
  if (f.type == "url") return "https://example.com/" + make_digits(c, 6) + "?a=1&b=%20";
  if (f.type == "multipicklist") return make_choices(c);
  if (f.type == "anyType") return make_any(c, f, variant);
  if (f.auto_number) return cut("A-" + std::to_string(100'000 + variant), std::max(f.length, 8U));
  return make_text(c, f, variant);
}

}  // namespace sandbox
