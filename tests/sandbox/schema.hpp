// The objects and fields of a sandbox org, from the table in schema/org.txt (built into the
// program).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sandbox {

struct field_def {
  std::string name;
  std::string type;
  unsigned length = 0;
  unsigned precision = 0;
  unsigned scale = 0;
  bool nillable = false;
  bool filterable = true;
  bool calculated = false;
  bool auto_number = false;
  bool cascades = false;  ///< deleting the record it refers to deletes this one
  std::string formula;    ///< of a calculated field that shows another record's: "Account__c.Name"
  std::string part_of;    ///< the compound field that this is a part of
  std::vector<std::string> refers_to;
  bool hidden = false;         ///< dropped, or not for this user; keeps its place
  std::uint64_t added_at = 0;  ///< the write after which it appeared: older rows have no value
  std::string label;           ///< empty: made from the name
  std::shared_ptr<const field_def> made_as;  ///< before it was renamed or retyped: values stay

  /// Can be the column of a Bulk query and holds one value.
  [[nodiscard]] bool plain() const {
    return type != "address" && type != "location" && type != "base64";
  }
  [[nodiscard]] bool compound() const { return type == "address" || type == "location"; }
  [[nodiscard]] bool decimal() const {
    return type == "double" || type == "currency" || type == "percent";
  }
  /// Changes without a stamp: calculated, or a standard field that behaves so.
  [[nodiscard]] bool unstamped(std::string_view object) const {
    return calculated || (object == "Contract" && name == "Status");
  }
  [[nodiscard]] bool custom() const { return name.ends_with("__c") || name.ends_with("__s"); }
};

struct object_def {
  std::string name;
  std::string prefix;
  std::string label;
  std::size_t demo_records = 0;
  std::size_t records = 0;  ///< that an org begins with
  bool queryable = false;
  bool replicateable = false;
  bool bulk = false;
  bool updateable = false;
  bool custom = false;
  bool tag = false;
  bool hard_deletes = false;  ///< without a recycle bin: what is deleted is gone
  bool listed_only = false;   ///< without records of its own
  std::vector<field_def> fields;

  [[nodiscard]] std::optional<std::size_t> find(std::string_view field) const;  ///< without case
  /// A field that is dropped or hidden; the youngest of that name.
  [[nodiscard]] std::optional<std::size_t> find_hidden(std::string_view field) const;
};

struct schema {
  std::vector<object_def> objects;
};

schema parse_schema(std::string_view text);
/// The table that is built in.
std::string_view built_in_schema();

bool same_word(std::string_view a, std::string_view b);  ///< without case

}  // namespace sandbox
