// Records as REST JSON, as Bulk CSV and as canonical truth. What a variant fixes is rendered once
// for each list of fields; a record then is that text with its own Id and stamps in between.
#pragma once

#include "table.hpp"
#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace sandbox {

enum class form : std::uint8_t { json, csv, truth };

struct shape {
  form how = form::json;
  std::string version;  ///< "62.0", for the url in `attributes`
  char delimiter = ',';
  bool crlf = false;
};

class renderer {
 public:
  renderer(const table& rows, std::vector<std::size_t> fields, shape how);
  /// Appends one record: a JSON object without a comma, a CSV line, or a line of truth.
  void append(std::string& out, const row& r);
  [[nodiscard]] std::string header() const;  ///< the CSV header line
  [[nodiscard]] const table& rows() const { return rows_; }

 private:
  struct hole {
    std::size_t at = 0;
    special what = special::none;
  };
  struct body {
    std::string text;
    std::vector<hole> holes;
  };
  [[nodiscard]] body make(const row& r) const;
  void add_field(body& b, const row& r, std::size_t field) const;
  void add_address(std::string& out, const row& r, const field_def& whole) const;
  void splice(std::string& out, const body& b, const row& r);
  void add_time(std::string& out, stamp t) const;
  [[nodiscard]] std::size_t epoch_of(const row& r) const;

  const table& rows_;
  std::vector<std::size_t> fields_;
  shape shape_;
  std::vector<moment> added_;  ///< when the youngest fields came: older rows lack them
  std::unordered_map<std::size_t, body> cache_;  ///< few of the variants in a small org
};

/// All fields of an object that truth tells, in the order of the description.
std::vector<std::size_t> truth_fields(const object_def& object);

std::string json_text(std::string_view text);  ///< with quotes
/// "950000000" -> "9.5E8", "3" -> "3.0": numbers as REST writes doubles.
std::string json_double(std::string_view canonical);

}  // namespace sandbox
