// Which rows of a batch replace rows that are there already.
#pragma once

#include <cstdint>

namespace millrace {

/// An older version never replaces a newer one (I5).
enum class merge_mode : std::uint8_t {
  first_load,  ///< the table was empty when the run began: insert, and replace on a key met again
  changed,     ///< replace when the version is newer, or equal (or unknown) and any cell differs
};

}  // namespace millrace
