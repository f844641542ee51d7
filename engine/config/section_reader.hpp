// Reads one table of a configuration by the option table. Included by the configuration's own
// sources only: it shows toml++.
#pragma once

#include "engine/config/configuration.hpp"
#include "engine/config/faults.hpp"
#include "engine/config/load.hpp"
#include "engine/config/options.hpp"

#include <toml++/toml.h>

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace millrace {

/// What a reader needs beside its table. `file` is where the table stands.
struct reading_context {
  const config_environment& world;
  fault_list& faults;
  std::vector<std::string>& notices;
  std::string file;

  [[nodiscard]] config_place place_of(const toml::source_region& region) const {
    return {file, region.begin.line, region.begin.column};
  }
};

class section_reader {
 public:
  /// `pattern` is the option table's word for the section ("source.NAME"), `name` its real one.
  section_reader(const toml::table& table, std::string_view pattern, std::string name,
                 reading_context& context)
      : table_(table), pattern_(pattern), name_(std::move(name)), context_(context) {}

  // Each yields none when the key is absent or wrong; what is wrong, or needed and absent, is a
  // fault.
  std::optional<std::string> text(std::string_view key);
  std::optional<std::string> choice(std::string_view key);
  /// Without a slash at its end.
  std::optional<std::string> url(std::string_view key);
  std::optional<secret> secret_text(std::string_view key);
  std::optional<std::vector<std::string>> texts(std::string_view key);
  std::optional<std::uint32_t> number(std::string_view key);
  std::optional<std::uint64_t> size(std::string_view key);
  std::optional<milliseconds> duration(std::string_view key);
  const toml::table* table(std::string_view key);

  [[nodiscard]] bool has(std::string_view key) const { return table_.contains(key); }
  /// Where a key's value stands; the section's own place when it is absent.
  [[nodiscard]] config_place place_of(std::string_view key) const;
  /// A fault at a key's place; the message is "SECTION.KEY WHAT; ..".
  void fault(std::string_view key, fault_text text);
  /// Keys that nobody asked for are unknown.
  void finish();

 private:
  const toml::node* take(std::string_view key);
  [[nodiscard]] const option& option_of(std::string_view key) const;
  void fault_at(std::string_view key, const toml::node& node, fault_text text);
  void wrong(std::string_view key, const toml::node& node);
  void missing(std::string_view key, const toml::node& node, error why);
  std::optional<std::string> resolved(std::string_view key, const toml::node& node,
                                      const std::string& text);
  result<std::string> secret_from_table(std::string_view key, const toml::table& table);
  void note_if_shared(std::string_view key, const toml::node& node, const std::string& path);
  void unknown(const toml::key& key);

  const toml::table& table_;
  std::string_view pattern_;
  std::string name_;
  reading_context& context_;
  std::set<std::string, std::less<>> taken_;
};

}  // namespace millrace
