// From a collection of a source to the table it is loaded into: column names and their order.
#pragma once

#include "engine/model/catalog.hpp"
#include "engine/model/table.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace millrace {

struct named_table {
  table_schema table;  ///< columns in the order of the collection's fields
  std::vector<notice> notices;
};

/// Names every column by the rules of design section 6 (I10): deterministic, whatever order
/// describe lists the fields in. `identifier_bytes_max`: the warehouse's limit. `marks_deleted`:
/// with columns at the end that mark rows whose record is gone.
named_table make_table_schema(const collection& what, std::size_t identifier_bytes_max,
                              bool marks_deleted = false);

/// Tables of some columns of another one, for statements that concern only these.
/// The key and the two marks.
table_schema marks_of(const table_schema& table);
/// The key and the columns that hold hashes.
table_schema hashes_of(const table_schema& table);
/// A table of its own, with the keys that the source holds now.
table_schema keys_of(const table_schema& table, std::size_t identifier_bytes_max);
/// The key, the version if the part has one, and the columns of these fields of the source.
table_schema part_of(const table_schema& table, const collection& part);
/// The same, and at the end those of `columns` that no field fills: every row gets their fallback.
table_schema filled_part_of(const table_schema& table, const collection& part,
                            const std::vector<std::string>& columns);

}  // namespace millrace
