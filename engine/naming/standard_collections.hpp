// The 48 collections of the classic Salesforce source: a literal table, for their names follow no
// rule.
#pragma once

#include <optional>
#include <span>
#include <string_view>

namespace millrace {

struct standard_collection {
  std::string_view object;      ///< "OpportunityLineItem"
  std::string_view collection;  ///< "opportunity_product"
};

/// All 48, in order of object name.
std::span<const standard_collection> standard_collections();
/// The collection of an object, when it is one of them.
std::optional<std::string_view> standard_collection_of(std::string_view object);

}  // namespace millrace
