// Which objects of an org a pipeline wants: groups, names and patterns against the global describe.
#pragma once

#include "connectors/connector.hpp"
#include "connectors/salesforce/describe.hpp"

#include <optional>
#include <string>
#include <vector>

namespace millrace::salesforce {

struct chosen_object {
  std::string object;                         ///< "OpportunityLineItem"
  std::string collection;                     ///< "opportunity_product"
  const collection_choice* wanted = nullptr;  ///< of the selection; null: all of it
};

struct choice {
  std::vector<chosen_object> objects;  ///< in order of collection name, each once
  std::vector<notice> notices;         ///< what was asked for and cannot be had, and why (I11)
  std::optional<error> refused;        ///< words of `only` that name nothing, tables of two objects
  std::vector<std::string> not_due =
      {};  ///< collections that were selected and wait for their time
};

/// `@standard`: the 48 collections; `@custom`: the org's own queryable objects; a collection's or
/// an object's name; a pattern with `*` over both. Names are compared without case, as the org
/// does. `only` takes the same words, and narrows the choice.
choice choose(const selection& what, const std::vector<object_entry>& org);

}  // namespace millrace::salesforce
