// From a SOQL text to the records and the renderer that answer it: what REST and Bulk have in
// common.
#pragma once

#include "api.hpp"
#include "soql.hpp"
#include <string>
#include <variant>
#include <vector>

namespace sandbox {

struct query_plan {
  const object_def* object = nullptr;
  statement soql;
  std::vector<std::size_t> fields;
};

/// The statement understood, or the error that the org answers.
std::variant<query_plan, soql_error> plan_query(org& o, std::string_view text);

}  // namespace sandbox
