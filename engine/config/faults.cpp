// Ordering and wording of faults.
#include "engine/config/faults.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <tuple>

namespace millrace {

void fault_list::add(const config_place& place, errc code, const fault_text& text,
                     std::string advice) {
  std::string message =
      fmt::format("{}:{}:{}: {}", place.file, place.line, place.column, text.what);
  if (!text.expected.empty()) message += "; expected " + text.expected;
  if (!text.near.empty()) message += fmt::format("; did you mean {}?", text.near);
  const auto rank = ranks_.find(place.file);
  faults_.push_back({rank == ranks_.end() ? ranks_.size() : rank->second,
                     place,
                     {code, std::move(message), std::move(advice), retry::never, {}, {}}});
}

void fault_list::add(error what) {
  faults_.push_back({ranks_.size(), {}, std::move(what)});
}

std::vector<error> fault_list::take() {
  std::stable_sort(faults_.begin(), faults_.end(), [](const placed& a, const placed& b) {
    return std::tuple(a.rank, a.place.line, a.place.column) <
           std::tuple(b.rank, b.place.line, b.place.column);
  });
  std::vector<error> out;
  out.reserve(faults_.size());
  for (placed& fault : faults_)
    out.push_back(std::move(fault.what));
  faults_.clear();
  return out;
}

std::string quoted(std::string_view text) {
  constexpr std::size_t bytes_max = 80;
  const bool cut = text.size() > bytes_max;
  std::size_t length = cut ? bytes_max : text.size();
  // Not within a character of UTF-8.
  while (cut && length > 0 && (static_cast<unsigned char>(text[length]) & 0xC0U) == 0x80U)
    --length;
  std::string out = "\"";
  std::transform(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(length),
                 std::back_inserter(out), [](char c) {
                   const auto byte = static_cast<unsigned char>(c);
                   return byte < 0x20U || byte == 0x7FU ? '?' : c;
                 });
  return out + (cut ? "…\"" : "\"");
}

}  // namespace millrace
