// Records as REST JSON, as Bulk CSV and as canonical truth. What variants have in common is
// rendered once for each list of fields; a record then is copies with its own pieces between them.
#pragma once

#include "table.hpp"
#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sandbox {

enum class form : std::uint8_t { json, csv };

class renderer {
 public:
  /// `version`: "62.0", for the url in `attributes`.
  renderer(const table& rows, std::vector<std::size_t> fields, form how, std::string version);
  /// Appends one record: a JSON object without a comma, or a CSV line.
  void append(std::string& out, std::uint32_t record);
  [[nodiscard]] std::string header() const;  ///< the CSV header line

 private:
  struct piece {
    std::string before;  ///< fixed text
    special hole = special::none;
  };
  const std::vector<piece>& pieces_of(std::uint32_t variant);
  void append_own(std::string& out, std::uint32_t record) const;
  const std::string& time_text(stamp t);
  std::string field_text(const field_def& f, const value& v) const;

  const table& rows_;
  std::vector<std::size_t> fields_;
  form form_;
  std::string attributes_;
  std::vector<std::vector<piece>> cache_;
  stamp last_stamp_ = 0;
  std::string last_text_;
};

/// One line of truth: every plain field, each value a text or null.
void append_truth(std::string& out, const table& rows, std::uint32_t record);

std::string json_text(std::string_view text);  ///< with quotes
/// "950000000" -> "9.5E8", "3" -> "3.0": numbers as REST writes doubles.
std::string json_double(std::string_view canonical);

}  // namespace sandbox
