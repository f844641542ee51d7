// One table's values: type, form and range of each, and where a secret comes from.
#include "engine/config/section_reader.hpp"

#include "engine/config/suggest.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace millrace {
namespace {

constexpr std::uint32_t number_max = 1000;

bool is_loopback(std::string_view host) {
  return host == "localhost" || host.starts_with("127.") || host == "[::1]";
}

/// Why a text is no URL that a login may go to; empty: it is one.
std::string url_fault(std::string_view text) {
  const bool tls = text.starts_with("https://");
  if (!tls && !text.starts_with("http://")) return "it does not begin with https://";
  std::string_view rest = text.substr(tls ? 8 : 7);
  if (rest.find_first_of("?# \t\r\n@") != std::string_view::npos)
    return "it holds a query, a fragment, a user or blanks";
  std::string_view host = rest.substr(0, rest.find('/'));
  if (!host.starts_with('['))
    host = host.substr(0, host.find(':'));
  else
    host = host.substr(0, host.find(']') + 1);
  if (host.empty()) return "it names no host";
  if (!tls && !is_loopback(host)) return "plain http is for loopback only";
  return {};
}

}  // namespace

error fault_at(const config_place& place, std::string message) {
  return {errc::config_invalid,
          fmt::format("{}:{}:{}: {}", place.file, place.line, place.column, message),
          {},
          retry::never,
          {},
          {}};
}

config_place section_reader::place_of(const toml::source_region& region) const {
  return {file_, region.begin.line, region.begin.column};
}

void section_reader::fault(std::string_view key, std::string message) {
  const toml::node* node = table_.get(key);
  faults_.push_back(fault_at(place_of(node != nullptr ? node->source() : table_.source()),
                             fmt::format("{}.{}: {}", name_, key, message)));
}

const toml::node* section_reader::take(std::string_view key) {
  taken_.emplace(key);
  const toml::node* node = table_.get(key);
  const option* o = find_option(pattern_, key);
  if (node == nullptr && o != nullptr && o->needed)
    faults_.push_back(fault_at(place_of(table_.source()),
                               fmt::format("[{}] lacks {}; expected {}, for example {} = {}", name_,
                                           key, expectation_of(*o), key, o->example)));
  return node;
}

void section_reader::wrong_type(std::string_view key, const toml::node& node) {
  const option* o = find_option(pattern_, key);
  faults_.push_back(fault_at(place_of(node.source()),
                             fmt::format("{}.{} has the wrong type or form; expected {}", name_,
                                         key, o != nullptr ? expectation_of(*o) : "a table")));
}

std::optional<std::string> section_reader::text(std::string_view key) {
  const toml::node* node = take(key);
  if (node == nullptr) return {};
  const auto* value = node->as_string();
  if (value == nullptr) {
    wrong_type(key, *node);
    return {};
  }
  return with_variables(key, *node, value->get());
}

std::optional<std::string> section_reader::choice(std::string_view key) {
  const auto value = text(key);
  if (!value) return {};
  const option* o = find_option(pattern_, key);
  std::vector<std::string> words;
  std::string_view rest = o->choices;
  while (!rest.empty()) {
    const std::size_t bar = rest.find('|');
    words.emplace_back(rest.substr(0, bar));
    rest = bar == std::string_view::npos ? std::string_view() : rest.substr(bar + 1);
  }
  if (std::find(words.begin(), words.end(), *value) != words.end()) return value;
  if (key == "flow" && (*value == "jwt" || *value == "password")) {
    fault(key, fmt::format("the flow {} is not supported by this version yet; expected {}", *value,
                           expectation_of(*o)));
    return {};
  }
  const std::string near = nearest_word(*value, words);
  fault(key, fmt::format("'{}' is not known; expected {}{}", *value, expectation_of(*o),
                         near.empty() ? "" : fmt::format("; did you mean \"{}\"?", near)));
  return {};
}

std::optional<std::string> section_reader::url(std::string_view key) {
  auto value = text(key);
  if (!value) return {};
  const std::string why = url_fault(*value);
  if (why.empty()) return value;
  fault(key, fmt::format("'{}' cannot be used: {}; expected {}", *value, why,
                         expectation_of(*find_option(pattern_, key))));
  return {};
}

std::optional<std::vector<std::string>> section_reader::texts(std::string_view key) {
  const toml::node* node = take(key);
  if (node == nullptr) return {};
  const toml::array* list = node->as_array();
  if (list == nullptr) {
    wrong_type(key, *node);
    return {};
  }
  std::vector<std::string> out;
  for (const toml::node& item : *list) {
    const auto* value = item.as_string();
    if (value == nullptr || value->get().empty()) {
      wrong_type(key, item);
      return {};
    }
    out.push_back(value->get());
  }
  return out;
}

std::optional<std::uint32_t> section_reader::number(std::string_view key) {
  const toml::node* node = take(key);
  if (node == nullptr) return {};
  const auto* value = node->as_integer();
  if (value == nullptr || value->get() < 1 || value->get() > number_max) {
    wrong_type(key, *node);
    return {};
  }
  return static_cast<std::uint32_t>(value->get());
}

std::optional<std::uint64_t> section_reader::size(std::string_view key) {
  const toml::node* node = take(key);
  if (node == nullptr) return {};
  const auto* value = node->as_string();
  const auto bytes = value != nullptr ? parse_size(value->get()) : std::nullopt;
  // Less than this holds neither a page nor a batch.
  constexpr std::uint64_t bytes_min = std::uint64_t{16} << 20U;
  if (bytes && *bytes >= bytes_min) return bytes;
  if (bytes) {
    fault(key, "too little; expected \"16MiB\" or more");
  } else {
    wrong_type(key, *node);
  }
  return {};
}

std::optional<milliseconds> section_reader::duration(std::string_view key) {
  const toml::node* node = take(key);
  if (node == nullptr) return {};
  const auto* value = node->as_string();
  const auto time = value != nullptr ? parse_duration(value->get()) : std::nullopt;
  if (!time) wrong_type(key, *node);
  return time;
}

const toml::table* section_reader::table(std::string_view key, std::string_view example) {
  taken_.emplace(key);
  const toml::node* node = table_.get(key);
  const toml::table* found = node != nullptr ? node->as_table() : nullptr;
  if (found == nullptr)
    faults_.push_back(
        fault_at(place_of(node != nullptr ? node->source() : table_.source()),
                 fmt::format("[{}] {}; expected {}", name_,
                             node == nullptr ? fmt::format("lacks {}", key)
                                             : fmt::format("has a {} that is no table", key),
                             example)));
  return found;
}

void section_reader::secret_fault(const toml::node& node, std::string message, std::string advice) {
  error e = fault_at(place_of(node.source()), std::move(message));
  e.code = errc::secret_missing;
  e.advice = std::move(advice);
  faults_.push_back(std::move(e));
}

std::optional<std::string> section_reader::with_variables(std::string_view key,
                                                          const toml::node& node,
                                                          const std::string& text) {
  std::string out;
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t open = text.find("${", at);
    if (open == std::string::npos) break;
    const std::size_t close = text.find('}', open);
    if (close == std::string::npos) {
      fault(key, "a ${ is not closed; expected ${VARIABLE}");
      return {};
    }
    const std::string name = text.substr(open + 2, close - open - 2);
    const auto value = world_.variable(name);
    if (!value) {
      secret_fault(node,
                   fmt::format("{}.{}: the environment variable {} is not set", name_, key, name),
                   fmt::format("Set {} for this process, or give the value in another way", name));
      return {};
    }
    out.append(text, at, open - at);
    out += *value;
    at = close + 1;
  }
  out.append(text, at);
  return out;
}

std::optional<secret> section_reader::secret_text(std::string_view key) {
  const toml::node* node = take(key);
  if (node == nullptr) return {};
  std::optional<std::string> value;
  if (const auto* plain = node->as_string()) {
    value = with_variables(key, *node, plain->get());
  } else if (const toml::table* from = node->as_table()) {
    value = secret_from_table(key, *from);
  } else {
    wrong_type(key, *node);
  }
  if (!value) return {};
  if (value->empty()) {
    secret_fault(*node, fmt::format("{}.{} is empty", name_, key), "Give it a value");
    return {};
  }
  return secret(std::move(*value));
}

std::optional<std::string> section_reader::secret_from_table(std::string_view key,
                                                             const toml::table& table) {
  const auto text_at = [&](const char* name) -> std::optional<std::string> {
    const toml::node* node = table.get(name);
    if (node == nullptr || !node->is_string()) return {};
    return node->as_string()->get();
  };
  result<std::string> found = failure(errc::config_invalid, "");
  if (table.size() != 1) {
    wrong_type(key, table);
    return {};
  }
  if (const auto name = text_at("env")) {
    const auto value = world_.variable(*name);
    if (value) return value;
    secret_fault(table,
                 fmt::format("{}.{}: the environment variable {} is not set", name_, key, *name),
                 fmt::format("Set {} for this process, or give the value in another way", *name));
    return {};
  }
  if (const auto path = text_at("file")) {
    found = world_.read_file(*path);
  } else if (const toml::node* node = table.get("command"); node != nullptr && node->is_array()) {
    std::vector<std::string> command;
    for (const toml::node& word : *node->as_array())
      if (word.is_string()) command.push_back(word.as_string()->get());
    if (command.empty() || command.size() != node->as_array()->size()) {
      wrong_type(key, table);
      return {};
    }
    found = world_.run_command(command);
  } else {
    wrong_type(key, table);
    return {};
  }
  if (!found) {
    secret_fault(table, fmt::format("{}.{}: {}", name_, key, found.error().message),
                 found.error().advice);
    return {};
  }
  if (found->ends_with('\n')) found->pop_back();
  if (found->ends_with('\r')) found->pop_back();
  return std::move(*found);
}

void section_reader::finish() {
  std::vector<std::string> known;
  for (const option& o : option_table())
    if (o.section == pattern_ && !o.planned) known.emplace_back(o.key);
  if (pattern_ == "source.NAME") known.emplace_back("auth");
  for (const auto& [key, node] : table_) {
    const std::string name{key.str()};
    if (taken_.contains(name)) continue;
    const option* o = find_option(pattern_, name);
    const config_place place = place_of(key.source());
    if (o != nullptr && o->planned) {
      faults_.push_back(fault_at(
          place,
          fmt::format("{}.{} is not supported by this version yet: remove it", name_, name)));
      continue;
    }
    const std::string near = nearest_word(name, known);
    std::string words;
    for (const std::string& k : known)
      words += (words.empty() ? "" : ", ") + k;
    faults_.push_back(fault_at(
        place, fmt::format("unknown key {} in [{}]; expected one of {}{}", name, name_, words,
                           near.empty() ? "" : fmt::format("; did you mean {}?", near))));
  }
}

std::optional<milliseconds> parse_duration(std::string_view text) {
  std::int64_t number = 0;
  const char* end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, number);
  if (read.ec != std::errc{} || number < 0 || number > 1'000'000) return {};
  const std::string_view unit(read.ptr, static_cast<std::size_t>(end - read.ptr));
  if (unit == "ms") return milliseconds{number};
  if (unit == "s") return milliseconds{number * 1000};
  if (unit == "m") return milliseconds{number * 60'000};
  if (unit == "h") return milliseconds{number * 3'600'000};
  if (unit == "d") return milliseconds{number * 86'400'000};
  return {};
}

std::optional<std::uint64_t> parse_size(std::string_view text) {
  std::uint64_t number = 0;
  const char* end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, number);
  if (read.ec != std::errc{} || number > (std::uint64_t{1} << 40U)) return {};
  const std::string_view unit(read.ptr, static_cast<std::size_t>(end - read.ptr));
  if (unit.empty()) return number;
  if (unit == "KiB") return number << 10U;
  if (unit == "MiB") return number << 20U;
  if (unit == "GiB" && number < (1U << 20U)) return number << 30U;
  return {};
}

}  // namespace millrace
