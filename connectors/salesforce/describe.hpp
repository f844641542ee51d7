// Reading describe answers: the org's objects, and one object's fields as a collection.
#pragma once

#include "engine/error.hpp"
#include "engine/model/catalog.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace millrace::salesforce {

/// One entry of the global describe (salesforce-api.md 2.2).
struct object_entry {
  std::string name;
  std::string label;
  bool custom = false;
  bool queryable = false;
  bool hidden = false;  ///< deprecatedAndHidden
};

/// What an org lists. Names go into statements and paths: an object whose name is not plain is not
/// among the entries.
struct object_list {
  std::vector<object_entry> entries;
  std::vector<std::string> left_out;  ///< as `shown_name` shows them
};

result<object_list> parse_global_describe(std::string_view body);

/// A letter, then letters, digits and `_`: can stand in a statement and in a path as it is (I17).
bool is_plain_name(std::string_view name);

/// A name that is not plain, for people: bounded, and never plain.
std::string shown_name(std::string_view name);

/// Fields, types, key and cursor of one object (2.3, 2.6). Compound, base64 and structured fields
/// are left out by name, and so is a field whose name is not plain; of the base64 fields those that
/// are named, in any case, become texts: a query answers the address of what they hold.
/// `collection_name` becomes the collection's name. Fails when the answer is not this object's
/// describe or shows no Id.
result<collection> parse_describe(std::string_view body, std::string_view object,
                                  std::string collection_name,
                                  const std::vector<std::string>& base64_fields = {});

/// Holds the address of a content: what the Bulk API refuses (2.3).
bool is_address_of_content(const field& f);

/// What a field of Salesforce becomes; none: it cannot be read as a cell.
std::optional<value_type> value_type_of(std::string_view salesforce_type, unsigned precision);

/// Objects that are listed as queryable and still refuse a plain query (2.8), or whose rows cannot
/// be kept in step: change events, platform events, big and external objects.
bool refuses_plain_query(std::string_view object);

}  // namespace millrace::salesforce
