// SOQL text. `queryAll` semantics are chosen by the path, not by the statement.
#include "connectors/salesforce/soql.hpp"

#include "connectors/salesforce/request_book.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace millrace::salesforce {
namespace {

constexpr std::string_view query_path_head = "~/queryAll/?q=";

void add_condition(std::string& where, std::string_view condition) {
  where += where.empty() ? " WHERE " : " AND ";
  where += condition;
}

std::string where_of(const query_plan& plan) {
  std::string where;
  if (plan.what->version) {
    const std::string& cursor = plan.what->fields[*plan.what->version].name;
    if (plan.range.from)
      add_condition(where, fmt::format("{} >= {}", cursor, to_iso(*plan.range.from)));
    if (plan.range.to) add_condition(where, fmt::format("{} < {}", cursor, to_iso(*plan.range.to)));
  }
  if (plan.what->created && plan.created_before)
    add_condition(where, fmt::format("{} < {}", plan.what->fields[*plan.what->created].name,
                                     to_iso(*plan.created_before)));
  const std::string& key = plan.what->fields[plan.what->key].name;
  if (!plan.keys.above.empty())
    add_condition(where, fmt::format("{} > '{}'", key, plan.keys.above));
  if (!plan.keys.through.empty())
    add_condition(where, fmt::format("{} <= '{}'", key, plan.keys.through));
  if (!plan.only_keys.empty())
    add_condition(where,
                  fmt::format("{} IN ('{}')", key, fmt::join(plan.only_keys, std::string("','"))));
  if (!plan.what->where.empty()) add_condition(where, "(" + plan.what->where + ")");
  return where;
}

std::string order_of(const query_plan& plan) {
  const std::string& key = plan.what->fields[plan.what->key].name;
  switch (plan.order) {
    case record_order::any:
      return {};
    case record_order::by_key:
      return fmt::format(" ORDER BY {}", key);
    case record_order::by_version:
      if (can_order_by_version(*plan.what))
        return fmt::format(" ORDER BY {}, {}", plan.what->fields[*plan.what->version].name, key);
      return {};
  }
  return {};
}

}  // namespace

std::vector<std::uint32_t> all_fields(const collection& what) {
  std::vector<std::uint32_t> all(what.fields.size());
  for (std::uint32_t i = 0; i < all.size(); ++i)
    all[i] = i;
  return all;
}

bool can_order_by_version(const collection& what) {
  return what.version && what.fields[*what.version].sortable;
}

std::string soql_of(const query_plan& plan) {
  std::string soql = "SELECT ";
  for (std::size_t i = 0; i < plan.selected.size(); ++i) {
    if (i > 0) soql += ',';
    soql += plan.what->fields[plan.selected[i]].name;
  }
  soql += fmt::format(" FROM {}{}{}", plan.what->object, where_of(plan), order_of(plan));
  if (plan.limit > 0) soql += fmt::format(" LIMIT {}", plan.limit);
  return soql;
}

std::string query_path(std::string_view soql) {
  return std::string(query_path_head) + url_encoded(soql);
}

bool fits_url(const query_plan& plan, std::size_t url_bytes_max) {
  const std::string soql = soql_of(plan);
  return soql.size() <= statement_chars_max &&
         query_path_head.size() + url_encoded_size(soql) <= url_bytes_max;
}

std::string count_path(const query_plan& plan, bool in_bin) {
  std::string where = where_of(plan);
  // Not by the other path: it leaves archived activities out as well.
  if (!in_bin && plan.what->has_deleted_rows)
    add_condition(where, fmt::format("{} = false", soft_delete_field));
  return query_path(fmt::format("SELECT COUNT() FROM {}{}", plan.what->object, where));
}

std::vector<std::vector<std::uint32_t>> url_parts(const query_plan& plan,
                                                  std::size_t url_bytes_max) {
  if (fits_url(plan, url_bytes_max)) return {plan.selected};

  std::vector<std::uint32_t> head{static_cast<std::uint32_t>(plan.what->key)};
  if (plan.what->version) head.push_back(static_cast<std::uint32_t>(*plan.what->version));
  query_plan bare = plan;
  bare.selected = head;
  const std::size_t fixed = query_path(soql_of(bare)).size();

  std::vector<std::vector<std::uint32_t>> parts;
  std::vector<std::uint32_t> part = head;
  std::size_t bytes = fixed;
  for (const std::uint32_t index : plan.selected) {
    if (index == plan.what->key || plan.what->version == index) continue;
    const std::size_t more =
        1 + plan.what->fields[index].name.size();  // names are plain: not encoded
    if (bytes + more > url_bytes_max && part.size() > head.size()) {
      parts.push_back(std::move(part));
      part = head;
      bytes = fixed;
    }
    part.push_back(index);
    bytes += more;
  }
  parts.push_back(std::move(part));
  return parts;
}

}  // namespace millrace::salesforce
