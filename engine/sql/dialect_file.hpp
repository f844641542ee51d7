// Reading dialect files: every key is checked, every fault has a file, a line and a column.
#pragma once

#include "engine/error.hpp"
#include "engine/sql/dialect.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace millrace::sql {

/// Parses a dialect file's text. `path` is only for messages. Fails with errc::dialect_invalid.
result<dialect> parse_dialect(std::string_view text, const std::string& path);

/// The dialects that are part of the program, and with them those of the folders, which win by
/// name.
result<std::vector<dialect>> load_dialects(const std::vector<std::string>& folders);

/// One file of conf/dialects, built into the program.
struct shipped_dialect {
  std::string_view name;
  std::string_view text;
};
std::vector<shipped_dialect> shipped_dialects();

}  // namespace millrace::sql
