// The words for the model's enumerations, as they stand in logs, status and state.
#include "engine/model/merge_mode.hpp"
#include "engine/model/outcome.hpp"
#include "engine/model/pipeline_standing.hpp"
#include "engine/model/types.hpp"
#include "engine/model/value_policy.hpp"

namespace millrace {

std::string_view name_of(value_type type) {
  switch (type) {
    case value_type::text:
      return "text";
    case value_type::boolean:
      return "boolean";
    case value_type::integer:
      return "integer";
    case value_type::decimal:
      return "decimal";
    case value_type::floating:
      return "floating";
    case value_type::date:
      return "date";
    case value_type::timestamp:
      return "timestamp";
    case value_type::time:
      return "time";
  }
  return "unknown";
}

std::string_view name_of(standing_kind kind) {
  switch (kind) {
    case standing_kind::waiting:
      return "waiting";
    case standing_kind::queued:
      return "queued";
    case standing_kind::running:
      return "running";
    case standing_kind::paused:
      return "paused";
    case standing_kind::gone:
      return "gone";
  }
  return "unknown";
}

std::string_view name_of(merge_mode mode) {
  switch (mode) {
    case merge_mode::insert:
      return "insert";
    case merge_mode::first_load:
      return "first_load";
    case merge_mode::newer:
      return "newer";
    case merge_mode::changed:
      return "changed";
    case merge_mode::existing:
      return "existing";
  }
  return "unknown";
}

std::string_view name_of(outcome_kind kind) {
  switch (kind) {
    case outcome_kind::success:
      return "success";
    case outcome_kind::partial:
      return "partial";
    case outcome_kind::failure:
      return "failure";
    case outcome_kind::throttled:
      return "throttled";
    case outcome_kind::skipped:
      return "skipped";
  }
  return "unknown";
}

std::string_view name_of(read_method method) {
  switch (method) {
    case read_method::rest:
      return "rest";
    case read_method::bulk:
      return "bulk";
  }
  return "unknown";
}

std::string_view name_of(value_policy policy) {
  switch (policy) {
    case value_policy::keep_as_text:
      return "keep_as_text";
    case value_policy::null_with_notice:
      return "null_with_notice";
    case value_policy::quarantine:
      return "quarantine";
  }
  return {};
}

}  // namespace millrace
