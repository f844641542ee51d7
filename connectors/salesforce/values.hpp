// One cell: from the text forms of REST and Bulk to the canonical text of its type (types.hpp), so
// that both give the same bytes (I8). No number passes through binary floating point (I9).
#pragma once

#include "engine/error.hpp"
#include "engine/model/batch.hpp"
#include "engine/model/catalog.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace millrace::salesforce {

/// Digits that an exponent may expand to: beyond, a number is malformed rather than huge.
inline constexpr int number_digits_max = 400;
/// Bytes of a value that an error shows.
inline constexpr std::size_t shown_bytes_max = 40;

/// `9.5E8` -> `950000000`, `3.0` -> `3`, `-0.0` -> `0`, `0.50` -> `0.5`. Appends to `out`; false,
/// and nothing appended, when `text` is not a number.
bool append_number(cell_bytes& out, std::string_view text);

/// As `append_number`, but only whole numbers of 64 bits: `39000.0` is one, `1.5` is not.
bool append_integer(cell_bytes& out, std::string_view text);

/// `2024-01-02`, of the years 1 to 9999.
bool append_date(cell_bytes& out, std::string_view text);

/// `2024-01-02T03:04:05.000+0000`, `...Z`, any offset -> `2024-01-02 03:04:05.000`.
bool append_timestamp(cell_bytes& out, std::string_view text);

/// `13:05:30.000Z`, `13:05:30` -> `13:05:30.000`.
bool append_time(cell_bytes& out, std::string_view text);

/// Closes the open cell of a text column: empty becomes NULL, NUL bytes go, invalid UTF-8 becomes
/// U+FFFD; both are counted by the builder (I9).
void close_text(column& cell, batch_builder& rows);

/// Appends a whole text by the same rules.
void append_text(column& cell, std::string_view text, batch_builder& rows);

/// Appends one value as the type wants it; an empty one is NULL. False, and nothing appended, when
/// the value is not one of this type (I10: types come from describe, never from values).
bool append_value(column& cell, value_type type, std::string_view text, batch_builder& rows);

/// Stands for a value that nobody is to see.
inline constexpr std::string_view hidden_value = "(a value that is hashed)";

/// Why `append_value` said no: "Account.AnnualRevenue is described as decimal and holds 'abc'".
error misfit(std::string_view object, std::string_view field, value_type type,
             std::string_view text);

/// The key's column when it is among those selected.
std::optional<std::size_t> key_among(const collection& what,
                                     const std::vector<std::uint32_t>& selected);

/// Whether the row that is about to end has a key of its own. Some setup objects give every row one
/// and the same Id (salesforce-api.md 2.6): merging them would leave one row of all (I3).
bool has_own_key(batch_builder& rows, std::size_t key);

/// The key of the row that is about to end; empty when keys are not read.
std::string first_key(batch_builder& rows, std::optional<std::size_t> key);

/// Why a page with a row without a key cannot be loaded.
error keyless(std::string_view object);

}  // namespace millrace::salesforce
