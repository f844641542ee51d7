// Reads one table of a configuration by the option table. Included by the configuration's own
// sources only: it shows toml++.
#pragma once

#include "engine/config/configuration.hpp"
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

error fault_at(const config_place& place, std::string message);

class section_reader {
 public:
  /// `pattern` is the option table's word for the section ("source.NAME"), `name` its real one.
  section_reader(const toml::table& table, std::string pattern, std::string name, std::string file,
                 const config_environment& world, std::vector<error>& faults)
      : table_(table),
        pattern_(std::move(pattern)),
        name_(std::move(name)),
        file_(std::move(file)),
        world_(world),
        faults_(faults) {}

  // Each yields none when the key is absent or wrong; what is wrong, or needed and absent, is a
  // fault.
  std::optional<std::string> text(std::string_view key);
  std::optional<std::string> choice(std::string_view key);
  std::optional<std::string> url(std::string_view key);
  std::optional<secret> secret_text(std::string_view key);
  std::optional<std::vector<std::string>> texts(std::string_view key);
  std::optional<std::uint32_t> number(std::string_view key);
  std::optional<std::uint64_t> size(std::string_view key);
  std::optional<milliseconds> duration(std::string_view key);
  const toml::table* table(std::string_view key, std::string_view example);

  [[nodiscard]] bool has(std::string_view key) const { return table_.contains(key); }
  /// A fault at a key's place.
  void fault(std::string_view key, std::string message);
  /// Keys that nobody asked for are unknown.
  void finish();

 private:
  const toml::node* take(std::string_view key);
  void wrong_type(std::string_view key, const toml::node& node);
  [[nodiscard]] config_place place_of(const toml::source_region& region) const;
  std::optional<std::string> with_variables(std::string_view key, const toml::node& node,
                                            const std::string& text);
  std::optional<std::string> secret_from_table(std::string_view key, const toml::table& table);
  void secret_fault(const toml::node& node, std::string message, std::string advice);

  const toml::table& table_;
  std::string pattern_;
  std::string name_;
  std::string file_;
  const config_environment& world_;
  std::vector<error>& faults_;
  std::set<std::string, std::less<>> taken_;
};

}  // namespace millrace
