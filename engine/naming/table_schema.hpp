// From a collection of a source to the table it is loaded into: column names and their order.
#pragma once

#include "engine/model/catalog.hpp"
#include "engine/model/table.hpp"

#include <cstddef>
#include <vector>

namespace millrace {

struct named_table {
  table_schema table;  ///< columns in the order of the collection's fields
  std::vector<notice> notices;
};

/// Names every column by the rules of design section 6 (I10): deterministic, whatever order
/// describe lists the fields in. `identifier_bytes_max`: the warehouse's limit.
named_table make_table_schema(const collection& what, std::size_t identifier_bytes_max);

}  // namespace millrace
