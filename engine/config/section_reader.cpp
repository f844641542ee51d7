// One table's values: type, form and range of each, and where a secret comes from.
#include "engine/config/section_reader.hpp"

#include "engine/config/substitution.hpp"
#include "engine/config/suggest.hpp"
#include "engine/config/values.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <charconv>

namespace millrace {
namespace {

/// What stands there, for messages. Of a secret the kind alone (I16).
std::string found_of(const toml::node& node, bool hidden) {
  switch (node.type()) {
    case toml::node_type::string:
      return hidden ? "a text" : fmt::format("the text {}", quoted(node.as_string()->get()));
    case toml::node_type::integer:
      return hidden ? "a number" : fmt::format("the number {}", node.as_integer()->get());
    case toml::node_type::floating_point:
      return hidden ? "a number" : fmt::format("the number {}", node.as_floating_point()->get());
    case toml::node_type::boolean:
      return node.as_boolean()->get() ? "true" : "false";
    case toml::node_type::array:
      return "a list";
    case toml::node_type::table:
      return "a table";
    default:
      return "a date or time";
  }
}

std::int64_t number_of(std::string_view text) {
  std::int64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

/// As written, before variables are replaced: that is what may be shown.
std::string raw_of(const toml::node& node) {
  return quoted(node.as_string()->get());
}

}  // namespace

config_place section_reader::place_of(std::string_view key) const {
  const toml::node* node = table_.get(key);
  return context_.place_of(node != nullptr ? node->source() : table_.source());
}

const option& section_reader::option_of(std::string_view key) const {
  const option* found = find_option(pattern_, key);
  assert(found != nullptr);
  return *found;
}

void section_reader::fault(std::string_view key, fault_text text) {
  text.what = fmt::format("{}.{} {}", name_, key, text.what);
  context_.faults.add(place_of(key), text);
}

void section_reader::fault_at(std::string_view key, const toml::node& node, fault_text text) {
  text.what = fmt::format("{}.{} {}", name_, key, text.what);
  context_.faults.add(context_.place_of(node.source()), text);
}

void section_reader::wrong(std::string_view key, const toml::node& node) {
  const option& o = option_of(key);
  fault_at(
      key, node,
      {fmt::format("is {}", found_of(node, o.kind == option_kind::secret)), expectation_of(o)});
}

void section_reader::missing(std::string_view key, const toml::node& node, error why) {
  context_.faults.add(context_.place_of(node.source()), why.code,
                      {fmt::format("{}.{}: {}", name_, key, why.message)}, std::move(why.advice));
}

const toml::node* section_reader::take(std::string_view key) {
  taken_.emplace(key);
  const toml::node* node = table_.get(key);
  if (node != nullptr) return node;
  if (const option& o = option_of(key); o.needed)
    context_.faults.add(
        context_.place_of(table_.source()),
        {fmt::format("[{}] lacks {}", name_, key),
         fmt::format("{}, for example {} = {}", expectation_of(o), key, o.example)});
  return nullptr;
}

std::optional<std::string> section_reader::resolved(std::string_view key, const toml::node& node,
                                                    const std::string& text) {
  auto value = with_variables(text, context_.world);
  if (!value) {
    missing(key, node, std::move(value.error()));
    return {};
  }
  if (value->empty()) {
    fault_at(key, node, {"is empty", expectation_of(option_of(key))});
    return {};
  }
  return std::move(*value);
}

std::optional<std::string> section_reader::text(std::string_view key) {
  const toml::node* node = take(key);
  if (node == nullptr) return {};
  if (const auto* value = node->as_string()) return resolved(key, *node, value->get());
  wrong(key, *node);
  return {};
}

std::optional<std::string> section_reader::choice(std::string_view key) {
  auto value = text(key);
  if (!value) return {};
  const toml::node& node = *table_.get(key);
  const option& o = option_of(key);
  const std::vector<std::string> words = words_of(o.choices);
  if (std::find(words.begin(), words.end(), *value) != words.end()) return value;
  const std::string near = nearest_word(*value, words);
  fault_at(key, node,
           {fmt::format("is {}", raw_of(node)), expectation_of(o),
            near.empty() ? "" : fmt::format("\"{}\"", near)});
  return {};
}

std::optional<std::string> section_reader::url(std::string_view key) {
  auto value = text(key);
  if (!value) return {};
  const std::string why = login_url_fault(*value);
  if (why.empty()) {
    while (value->ends_with('/'))
      value->pop_back();
    return value;
  }
  // Not shown: what is wrong about it may be a password in it.
  fault(key, {fmt::format("cannot be used: {}", why), expectation_of(option_of(key))});
  return {};
}

std::optional<std::vector<std::string>> section_reader::texts(std::string_view key) {
  const toml::node* node = take(key);
  if (node == nullptr) return {};
  const toml::array* list = node->as_array();
  if (list == nullptr) {
    wrong(key, *node);
    return {};
  }
  std::vector<std::string> out;
  bool good = true;
  for (const toml::node& item : *list) {
    const auto* value = item.as_string();
    if (value == nullptr) {
      fault_at(key, item, {fmt::format("holds {}", found_of(item, false)), "a list of texts"});
      good = false;
      continue;
    }
    auto word = resolved(key, item, value->get());
    good = good && word.has_value();
    if (word) out.push_back(std::move(*word));
  }
  if (!good) return {};
  return out;
}

std::optional<std::uint32_t> section_reader::number(std::string_view key) {
  const toml::node* node = take(key);
  if (node == nullptr) return {};
  const option& o = option_of(key);
  const auto* value = node->as_integer();
  if (value == nullptr || value->get() < number_of(o.low) || value->get() > number_of(o.high)) {
    wrong(key, *node);
    return {};
  }
  return static_cast<std::uint32_t>(value->get());
}

std::optional<std::uint64_t> section_reader::size(std::string_view key) {
  const toml::node* node = take(key);
  if (node == nullptr) return {};
  const option& o = option_of(key);
  const auto* text = node->as_string();
  const auto value = text != nullptr ? parse_size(text->get()) : std::nullopt;
  if (value && *value >= parse_size(o.low) && *value <= parse_size(o.high)) return value;
  wrong(key, *node);
  return {};
}

std::optional<milliseconds> section_reader::duration(std::string_view key) {
  const toml::node* node = take(key);
  if (node == nullptr) return {};
  const option& o = option_of(key);
  const auto* text = node->as_string();
  const auto value = text != nullptr ? parse_duration(text->get()) : std::nullopt;
  if (value && *value >= parse_duration(o.low) && *value <= parse_duration(o.high)) return value;
  wrong(key, *node);
  return {};
}

const toml::table* section_reader::table(std::string_view key) {
  const toml::node* node = take(key);
  if (node == nullptr) return nullptr;
  if (const toml::table* found = node->as_table()) return found;
  wrong(key, *node);
  return nullptr;
}

std::optional<secret> section_reader::secret_text(std::string_view key) {
  const toml::node* node = take(key);
  if (node == nullptr) return {};
  result<std::string> value = failure(errc::config_invalid, "");
  if (const auto* plain = node->as_string()) {
    value = with_variables(plain->get(), context_.world);
  } else if (const toml::table* from = node->as_table()) {
    value = secret_from_table(key, *from);
  }
  if (!value && value.error().message.empty()) {
    wrong(key, *node);
    return {};
  }
  if (value && value->empty()) value = failure(errc::secret_missing, "is empty", "Give it a value");
  if (value && value->find('\0') != std::string::npos)
    value = failure(errc::secret_missing, "holds a NUL byte", "Give it as text");
  if (value) return secret(std::move(*value));
  missing(key, *node, std::move(value.error()));
  return {};
}

/// An error without a message: the table has none of the forms.
result<std::string> section_reader::secret_from_table(std::string_view secret_key,
                                                      const toml::table& table) {
  const auto no_form = [] { return failure(errc::config_invalid, ""); };
  if (table.size() != 1) return no_form();
  const auto entry = table.begin();  // kept: what it points to lives in it
  const toml::key& key = entry->first;
  const toml::node& node = entry->second;
  if (key.str() == "command" && node.is_array()) {
    std::vector<std::string> command;
    for (const toml::node& word : *node.as_array())
      if (word.is_string()) command.push_back(word.as_string()->get());
    if (command.empty() || command.front().empty() || command.size() != node.as_array()->size())
      return no_form();
    return secret_of_command(command, context_.world);
  }
  if (!node.is_string() || node.as_string()->get().empty()) return no_form();
  if (key.str() == "env") return secret_of_variable(node.as_string()->get(), context_.world);
  if (key.str() == "file") {
    note_if_shared(secret_key, node, node.as_string()->get());
    return secret_of_file(node.as_string()->get(), context_.world);
  }
  return no_form();
}

/// A notice and no fault: whoever mounts secrets into a container has no say in their rights.
void section_reader::note_if_shared(std::string_view key, const toml::node& node,
                                    const std::string& path) {
  if (!context_.world.is_shared || !context_.world.is_shared(path)) return;
  const config_place place = context_.place_of(node.source());
  context_.notices.push_back(
      fmt::format("{}:{}:{}: {}.{} is in {}, which others than its owner may read; expected a file "
                  "of mode 0600 or 0400",
                  place.file, place.line, place.column, name_, key, quoted(path)));
}

void section_reader::unknown(const toml::key& key) {
  const std::string name{key.str()};
  const config_place place = context_.place_of(key.source());
  std::vector<std::string> known;
  std::string words;
  std::string near;
  for (const option& o : option_table()) {
    if (o.section == pattern_) {
      known.emplace_back(o.key);
      words += fmt::format("{}{}", words.empty() ? "one of " : ", ", o.key);
    } else if (o.key == name) {
      near = fmt::format("{} in [{}]", name, o.section);
    }
  }
  if (std::string word = nearest_word(name, known); !word.empty()) near = std::move(word);
  context_.faults.add(
      place, {fmt::format("unknown key {} in [{}]", quoted(name), name_), words, std::move(near)});
}

void section_reader::finish() {
  for (const auto& [key, node] : table_)
    if (!taken_.contains(key.str())) unknown(key);
}

}  // namespace millrace
