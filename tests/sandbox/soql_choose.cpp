// Evaluating a statement over a table.
#include "ids.hpp"
#include "soql.hpp"
#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <functional>
#include <numeric>

namespace sandbox {
namespace {

std::string lowered(std::string text) {
  for (char& c : text)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return text;
}

/// "2024-01-02T03:04:05.000Z", or with an offset; none: it is no datetime literal.
std::optional<stamp> parse_datetime(const std::string& literal) {
  if (literal.size() < 20 || literal[10] != 'T') return {};
  const auto number = [&](std::size_t at, std::size_t count) {
    return std::atoi(literal.substr(at, count).c_str());
  };
  std::size_t at = 19;
  int fraction = 0;
  if (literal[at] == '.') {
    fraction = number(at + 1, 3);
    at = literal.find_first_of("Z+-", at);
    if (at == std::string::npos) return {};
  }
  std::string zone = literal.substr(at);
  std::erase(zone, ':');
  int minutes_off = 0;
  if (zone != "Z") {
    if (zone.size() != 5) return {};
    minutes_off = std::atoi(zone.substr(1, 2).c_str()) * 60 + std::atoi(zone.substr(3, 2).c_str());
    if (zone[0] == '-') minutes_off = -minutes_off;
  }
  using namespace std::chrono;
  const year_month_day date{year{number(0, 4)}, month{static_cast<unsigned>(number(5, 2))},
                            day{static_cast<unsigned>(number(8, 2))}};
  if (!date.ok()) return {};
  const auto point = sys_days{date} + hours{number(11, 2)} + minutes{number(14, 2)} +
                     seconds{number(17, 2)} + milliseconds{fraction} - minutes{minutes_off};
  return duration_cast<milliseconds>(point.time_since_epoch()).count();
}

std::optional<soql_error> resolve_condition(condition& c, const object_def& object) {
  for (condition& part : c.parts)
    if (auto fault = resolve_condition(part, object)) return fault;
  if (c.what != condition::kind::compare) return {};
  const auto index = object.find(c.field);
  if (!index)
    return soql_error{
        "INVALID_FIELD",
        "\nNo such column '" + c.field + "' on entity '" + object.name +
            "'. If you are attempting to use a custom field, be sure to append the '__c' after "
            "the custom field name."};
  c.index = *index;
  const field_def& f = object.fields[*index];
  if (!f.filterable)
    return soql_error{"INVALID_FIELD",
                      "\nfield '" + f.name + "' can not be filtered in a query call"};
  for (value& v : c.values) {
    if (!v) continue;
    if (f.type == "datetime") {
      c.at = parse_datetime(*v);
      if (c.at) *v = canonical_time(*c.at);
      if (!c.at || c.quoted)
        return soql_error{"INVALID_FIELD",
                          "\nvalue of filter criterion for field '" + f.name +
                              "' must be of type dateTime and should not be enclosed in quotes"};
    }
    if ((f.type == "id" || f.type == "reference") && v->size() == 15) *v += check_characters(*v);
  }
  return {};
}

bool like(std::string_view pattern, std::string_view text) {
  if (pattern.empty()) return text.empty();
  if (pattern.front() == '%')
    return like(pattern.substr(1), text) || (!text.empty() && like(pattern, text.substr(1)));
  return !text.empty() && (pattern.front() == '_' || pattern.front() == text.front()) &&
         like(pattern.substr(1), text.substr(1));
}

int compare_values(const field_def& f, const std::string& a, const std::string& b) {
  if (f.type == "double" || f.type == "currency" || f.type == "percent" || f.type == "int" ||
      f.type == "long") {
    const long double x = std::strtold(a.c_str(), nullptr);
    const long double y = std::strtold(b.c_str(), nullptr);
    return x < y ? -1 : x > y ? 1 : 0;
  }
  if (f.type == "datetime" || f.type == "date" || f.type == "id" || f.type == "reference" ||
      f.type == "boolean")
    return a.compare(b);
  return lowered(a).compare(lowered(b));
}

bool holds(const condition& c, const table& rows, std::uint32_t record) {
  switch (c.what) {
    case condition::kind::all_of:
      return std::all_of(c.parts.begin(), c.parts.end(),
                         [&](const condition& p) { return holds(p, rows, record); });
    case condition::kind::any_of:
      return std::any_of(c.parts.begin(), c.parts.end(),
                         [&](const condition& p) { return holds(p, rows, record); });
    case condition::kind::not_:
      return !holds(c.parts.front(), rows, record);
    case condition::kind::compare:
      break;
  }
  const field_def& f = rows.def().fields[c.index];
  const value have = rows.get(record, c.index);
  const auto equals = [&](const value& wanted) {
    if (!have || !wanted) return !have && !wanted;
    return compare_values(f, *have, *wanted) == 0;
  };
  if (c.op == "in") return std::any_of(c.values.begin(), c.values.end(), equals);
  if (c.op == "not in") return std::none_of(c.values.begin(), c.values.end(), equals);
  if (c.op == "=") return equals(c.values.front());
  if (c.op == "!=") return !equals(c.values.front());
  if (!have || !c.values.front()) return false;
  if (c.op == "like") return like(lowered(*c.values.front()), lowered(*have));
  const int order = compare_values(f, *have, *c.values.front());
  return c.op == "<" ? order < 0 : c.op == "<=" ? order <= 0 : c.op == ">" ? order > 0 : order >= 0;
}

/// Windows over the stamp are what a copying client asks for most: they need no text of each
/// record.
bool matches(const condition& c, const table& rows, std::uint32_t record) {
  if (c.what == condition::kind::all_of)
    return std::all_of(c.parts.begin(), c.parts.end(),
                       [&](const condition& p) { return matches(p, rows, record); });
  if (c.what == condition::kind::compare && c.at && rows.kind_of(c.index) == special::modified) {
    if (c.op == ">=") return rows.modified(record) >= *c.at;
    if (c.op == "<") return rows.modified(record) < *c.at;
  }
  return holds(c, rows, record);
}

void sort_by(const std::vector<ordering>& order, const table& rows,
             std::vector<std::uint32_t>& records) {
  const auto before = [&](std::uint32_t a, std::uint32_t b) {
    for (const ordering& o : order) {
      int result = 0;
      const special kind = rows.kind_of(o.index);
      if (kind == special::id) {
        result = a < b ? -1 : a > b ? 1 : 0;  // Ids sort as their numbers do
      } else if (kind == special::modified || kind == special::created) {
        const stamp x = kind == special::modified ? rows.modified(a) : rows.created(a);
        const stamp y = kind == special::modified ? rows.modified(b) : rows.created(b);
        result = x < y ? -1 : x > y ? 1 : 0;
      } else {
        const value x = rows.get(a, o.index);
        const value y = rows.get(b, o.index);
        if (!x || !y)
          result = x ? 1 : y ? -1 : 0;
        else
          result = compare_values(rows.def().fields[o.index], *x, *y);
      }
      if (result != 0) return o.descending ? result > 0 : result < 0;
    }
    return a < b;
  };
  if (!std::is_sorted(records.begin(), records.end(), before))
    std::sort(records.begin(), records.end(), before);
}

}  // namespace

std::variant<std::vector<std::size_t>, soql_error> resolve(statement& s, const object_def& object) {
  std::vector<std::size_t> fields;
  for (const std::string& name : s.fields) {
    const auto index = object.find(name);
    if (!index)
      return soql_error{"INVALID_FIELD",
                        "\nSELECT " + name + " FROM " + object.name +
                            "\n       ^\nERROR at Row:1:Column:8\nNo such column '" + name +
                            "' on entity '" + object.name +
                            "'. If you are attempting to use a custom field, be sure to append the "
                            "'__c' after the "
                            "custom field name. Please reference your WSDL or the describe call "
                            "for the appropriate names."};
    if (std::find(fields.begin(), fields.end(), *index) != fields.end())
      return soql_error{"INVALID_FIELD", "duplicate field selected: " + name};
    fields.push_back(*index);
  }
  if (s.where)
    if (auto fault = resolve_condition(*s.where, object)) return *fault;
  for (ordering& o : s.order) {
    const auto index = object.find(o.field);
    if (!index)
      return soql_error{"INVALID_FIELD",
                        "\nNo such column '" + o.field + "' on entity '" + object.name + "'."};
    o.index = *index;
  }
  if (s.offset > 2000)
    return soql_error{"NUMBER_OUTSIDE_VALID_RANGE", "SOQL offset should be between 0 to 2000"};
  return fields;
}

std::vector<std::uint32_t> choose(const statement& s, const table& rows, bool with_deleted) {
  std::vector<std::uint32_t> out;
  for (std::uint32_t r = 0; r < rows.size(); ++r) {
    if (!rows.exists(r) || (!with_deleted && rows.deleted(r))) continue;
    if (!s.where || matches(*s.where, rows, r)) out.push_back(r);
  }
  if (!s.order.empty()) sort_by(s.order, rows, out);
  if (s.offset > 0)
    out.erase(out.begin(),
              out.begin() + static_cast<std::ptrdiff_t>(std::min(s.offset, out.size())));
  if (s.limit && out.size() > *s.limit) out.resize(*s.limit);
  return out;
}

}  // namespace sandbox
