// What a warehouse's configuration wants done with a value that a column cannot hold (I9).
#pragma once

#include <cstdint>
#include <string_view>

namespace millrace {

enum class value_policy : std::uint8_t {
  keep_as_text,      ///< the cell is NULL, and the value is kept as text in `_millrace_refused`
  null_with_notice,  ///< the cell is NULL
  quarantine,        ///< the row is not written; all of it is kept in `_millrace_refused`
};
/// The configuration's word.
std::string_view name_of(value_policy policy);

}  // namespace millrace
