// Cells as LOAD DATA and COPY understand them: tab-separated, escaped by backslashes, NULL as \N.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace millrace::odbc {

/// Any bytes may be in a cell: none of them ends it, or its row.
void add_tab_cell(std::string& out, std::optional<std::string_view> value);

}  // namespace millrace::odbc
