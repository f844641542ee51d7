// Which rows of a batch replace rows that are there already.
#pragma once

#include <cstdint>
#include <string_view>

namespace millrace {

/// An older version never replaces a newer one (I5).
enum class merge_mode : std::uint8_t {
  insert,      ///< keys that are believed not to be there: one that is there fails the batch
  first_load,  ///< the table was empty when the run began: insert, and replace on a key met again
  newer,       ///< replace when the version is newer: equal versions are known to hold equal cells
  changed,     ///< replace when the version is newer, or equal (or unknown) and any cell differs
  existing,    ///< some columns of rows that are there, and are not newer; others are left out.
             ///< A version that comes along decides and is not stored: other columns are not of it
};

std::string_view name_of(merge_mode mode);

}  // namespace millrace
