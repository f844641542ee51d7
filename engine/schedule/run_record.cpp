// Words in pairs, a name and its value, in any order; unknown names are passed over.
#include "engine/schedule/run_record.hpp"

#include <fmt/format.h>

#include <charconv>
#include <map>

namespace millrace {
namespace {

std::optional<outcome_kind> outcome_of(std::string_view name) {
  using enum outcome_kind;
  for (const outcome_kind kind : {success, partial, failure, throttled, skipped})
    if (name_of(kind) == name) return kind;
  return {};
}

std::map<std::string_view, std::string_view> pairs_in(std::string_view text) {
  std::map<std::string_view, std::string_view> out;
  std::string_view name;
  while (!text.empty()) {
    const std::size_t end = text.find_first_of(" \n");
    const std::string_view word = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (word.empty()) continue;
    if (name.empty()) {
      name = word;
    } else {
      out[name] = word;
      name = {};
    }
  }
  return out;
}

}  // namespace

std::string text_of(const run_record& record) {
  return fmt::format("begun {} ended {} outcome {} failures {}\n", to_iso(record.begun),
                     to_iso(record.ended), name_of(record.outcome), record.failures);
}

std::optional<run_record> parse_run_record(std::string_view text) {
  const auto pairs = pairs_in(text);
  const auto word = [&](std::string_view name) {
    const auto found = pairs.find(name);
    return found == pairs.end() ? std::string_view() : found->second;
  };
  const auto begun = parse_timestamp(word("begun"));
  const auto ended = parse_timestamp(word("ended"));
  const auto outcome = outcome_of(word("outcome"));
  if (!begun || !ended || !outcome || *ended < *begun) return {};
  run_record out{*begun, *ended, *outcome, 0};
  const std::string_view failures = word("failures");
  std::from_chars(failures.data(), failures.data() + failures.size(), out.failures);
  return out;
}

}  // namespace millrace
