// The table in which a schema keeps what its tables could not take (I9). It is made when the first
// such value comes, and merged as any other table.
#pragma once

#include "engine/model/table.hpp"
#include "engine/sql/dialect.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace millrace::sql {

/// Columns of `_millrace_refused`, in their order.
enum class refused_column : std::size_t {
  id,  ///< of record, field, version and part
  collection,
  record,
  field,    ///< the source's name; NULL: no single field is to blame
  version,  ///< the record's, where it has one: an entry of another one than the row's is of the
            ///< past
  policy,
  reason,
  part,    ///< from 1 on: what is too long for one text is cut
  value,   ///< the value, or the record as JSON, by the policy
  hashed,  ///< fields of which hashes stand there, a JSON list
};
const table_schema& refused_table();

/// SELECT of id, field, policy and hashed of the collection's entries; it is the parameter.
std::string read_entries(const dialect& d, std::string_view schema);
/// SELECT of the records that are kept from the table of the collection that is the parameter.
std::string read_quarantined(const dialect& d, std::string_view schema);

}  // namespace millrace::sql
