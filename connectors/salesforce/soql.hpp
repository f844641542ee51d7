// Building SOQL and its URLs, within what an org accepts (salesforce-api.md 2.4, 2.5).
#pragma once

#include "engine/model/catalog.hpp"
#include "engine/model/window.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace millrace::salesforce {

/// URI and headers together may hold 16,384 bytes; tokens and proxies take their share of it.
inline constexpr std::size_t query_url_bytes_max = 14'000;
/// A statement may hold 100,000 characters (2.5).
inline constexpr std::size_t statement_chars_max = 100'000;

/// How the records are to come.
enum class record_order : std::uint8_t {
  any,         ///< as the org likes: quickest, and the only way for Bulk (3.1)
  by_version,  ///< cursor field, then Id, where it can be: pages prove progress (I2)
  by_key,      ///< Id: for reading a wide object in parts
};

/// A condition on the Id, for reading in slices: after `above` (exclusive) up to `through`
/// (inclusive).
struct key_range {
  std::string above;
  std::string through;
};

struct query_plan {
  const collection* what = nullptr;
  std::vector<std::uint32_t> selected;  ///< indexes into what->fields, in SELECT order
  window range;
  record_order order = record_order::any;
  key_range keys;
  std::optional<time_point> created_before = {};  ///< where the collection tells it
  std::span<const std::string> only_keys = {};    ///< plain Ids; empty: no condition
  unsigned limit = 0;                             ///< 0: none
};

/// Every field of the collection, in its order.
std::vector<std::uint32_t> all_fields(const collection& what);

/// Whether the org can order the records by their cursor field (2.5).
bool can_order_by_version(const collection& what);

/// The statement. Datetimes are written in UTC with `Z`; names come from describe, which leaves out
/// those that are not plain (`is_plain_name`), values are Ids and datetimes only: nothing else can
/// enter (I17), but for the configuration's own condition.
std::string soql_of(const query_plan& plan);

/// The path of a REST query: "~/queryAll?q=..." ('~' stands for the version, request_book.hpp).
std::string query_path(std::string_view soql);

/// The path of a REST query for how many records the conditions meet; `in_bin`: those in the
/// recycle bin, too.
std::string count_path(const query_plan& plan, bool in_bin);

/// Whether the statement of all that is selected fits a URL, and is no longer than one may be.
bool fits_url(const query_plan& plan, std::size_t url_bytes_max);

/// Splits the fields into parts whose queries fit a URL. Each part begins with the key and, when
/// there is one, the cursor field. One part: no split is needed.
std::vector<std::vector<std::uint32_t>> url_parts(const query_plan& plan,
                                                  std::size_t url_bytes_max);

}  // namespace millrace::salesforce
