// Any bytes as what an org says of its objects: understood or refused, and what is understood can
// be put into a statement.
#include "connectors/salesforce/describe.hpp"
#include "engine/naming/table_schema.hpp"
#include "tests/fuzz/checks.hpp"

#include <set>

namespace {

using namespace millrace;
using fuzz::require;
using salesforce::is_plain_name;

void check_list(std::string_view body) {
  const auto list = salesforce::parse_global_describe(body);
  if (!list) return require(is_clean_text(list.error().message), "a clean message");
  for (const auto& entry : list->entries)
    require(is_plain_name(entry.name), "names of objects are plain");
  for (const std::string& name : list->left_out)
    require(is_clean_text(name), "what is told of other names is clean");
}

void check_object(std::string_view body) {
  const auto found = salesforce::parse_describe(body, "Lead", "leads");
  if (!found) return require(is_clean_text(found.error().message), "a clean message");
  require(found->key < found->fields.size() && found->fields[found->key].name == "Id",
          "the key is Id");
  if (found->version)
    require(found->fields.at(*found->version).type == value_type::timestamp,
            "the cursor is a time");
  for (const field& f : found->fields)
    require(is_plain_name(f.name), "names of fields are plain");
  for (const std::size_t bytes_max : {30U, 63U}) {
    const named_table named = make_table_schema(*found, bytes_max, true);
    std::set<std::string> names;
    for (const table_column& c : named.table.columns) {
      require(names.insert(c.name).second, "each column has a name of its own");
      require(!c.name.empty() && c.name.size() <= bytes_max, "a name that the warehouse takes");
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {  // NOLINT
  const std::string_view body(reinterpret_cast<const char*>(data), size);
  check_list(body);
  check_object(body);
  return 0;
}
