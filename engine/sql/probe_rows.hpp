// Rows that drivers and warehouses have been seen to spoil: a loader that brings them all back can
// be trusted with anything that an org holds.
#pragma once

#include "engine/model/table.hpp"
#include "engine/sql/dialect.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace millrace::sql {

/// Of Salesforce's longest field.
constexpr std::uint32_t long_text_characters = 131'072;

/// Cells in the order of `probe_table`'s columns, canonical texts; none for NULL.
using probe_row = std::vector<std::optional<std::string>>;

/// A table with a column of every type.
table_schema probe_table(std::string name);

/// Hostile rows, within what the dialect's types hold. The longest text has 131,072 characters, as
/// many as Salesforce's longest field, or as many as fit. `mark`: eight letters and digits that
/// begin the keys, so that two processes may probe side by side.
std::vector<probe_row> probe_rows(const dialect& d, const std::string& mark);

/// A row as most of an org's are, for measuring. `number` tells them apart.
probe_row plain_probe_row(const std::string& mark, std::size_t number);

}  // namespace millrace::sql
