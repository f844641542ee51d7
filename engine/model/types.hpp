// The value types of the data path and the one canonical text form of each (docs/decisions).
#pragma once

#include <cstdint>
#include <string_view>

namespace millrace {

/// Every cell travels as canonical text, so that REST and Bulk agree byte for byte (I8), decimals
/// stay exact (I9), and every loader copies bytes.
enum class value_type : std::uint8_t {
  text,     ///< valid UTF-8 without NUL; never empty (an empty text is NULL, salesforce-api.md 3.3)
  boolean,  ///< "1" or "0"
  integer,  ///< "-12": no leading zeros, no plus sign, fits 64 bits
  decimal,  ///< "0.5", "-12.25", "1200": plain, no exponent, no trailing fractional zeros, no "-0"
  floating,   ///< the same text as decimal; the warehouse column is a double
  date,       ///< "2024-01-02"
  timestamp,  ///< "2024-01-02 03:04:05.678", UTC
  time,       ///< "03:04:05.678"
};

std::string_view name_of(value_type type);

}  // namespace millrace
