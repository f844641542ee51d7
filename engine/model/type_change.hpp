// What becomes of a column whose field has another type in the source than before (I11).
#pragma once

#include <cstdint>

namespace millrace {

enum class type_change_policy : std::uint8_t {
  widen,       ///< the column becomes one that holds both: a text, if nothing else does
  new_column,  ///< a column of another name takes the new type, the old one stays as it is
  fail,        ///< the collection fails
};

}  // namespace millrace
