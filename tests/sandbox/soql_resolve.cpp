// Names and literals of a statement against an object, with the org's words for what is wrong.
#include "ids.hpp"
#include "soql.hpp"
#include <algorithm>
#include <cctype>

namespace sandbox {
namespace {

constexpr std::size_t largest_offset = 2000;

soql_error no_such_column(const std::string& field, const object_def& object) {
  return {
      "INVALID_FIELD",
      "\nNo such column '" + field + "' on entity '" + object.name +
          "'. If you are attempting to use a custom field, be sure to append the '__c' after the "
          "custom field name. Please reference your WSDL or the describe call for the appropriate "
          "names."};
}

soql_error wrong_literal(const field_def& f, std::string_view type, bool quotes) {
  return {"INVALID_FIELD", "\nvalue of filter criterion for field '" + f.name +
                               "' must be of type " + std::string(type) + " and should " +
                               (quotes ? "" : "not ") + "be enclosed in quotes"};
}

bool is_number(const std::string& text) {
  return text.find_first_of("0123456789") != std::string::npos &&
         text.find_first_not_of("0123456789+-.eE") == std::string::npos;
}

std::optional<soql_error> resolve_literal(literal& l, const field_def& f) {
  if (!l.text) return {};
  if (f.type == "datetime") {
    const auto at = l.quoted ? std::nullopt : parse_datetime(*l.text);
    if (!at) return wrong_literal(f, "dateTime", false);
    l.at = *at;
    l.text = canonical_time(*at);
  } else if (f.type == "date") {
    if (l.quoted || !is_date(*l.text)) return wrong_literal(f, "date", false);
  } else if (f.type == "time") {
    if (l.quoted) return wrong_literal(f, "time", false);
    if (l.text->ends_with('Z')) l.text->pop_back();
  } else if (f.type == "boolean") {
    if (l.quoted || (*l.text != "1" && *l.text != "0")) return wrong_literal(f, "boolean", false);
  } else if (f.decimal() || f.type == "int" || f.type == "long") {
    if (l.quoted || !is_number(*l.text))
      return wrong_literal(f, f.decimal() ? "double" : "int", false);
  } else {
    if (!l.quoted) return wrong_literal(f, "string", true);
    if (f.type != "id" && f.type != "reference") return {};
    const bool plain = std::all_of(l.text->begin(), l.text->end(), [](char c) {
      return std::isalnum(static_cast<unsigned char>(c)) != 0;
    });
    if (!plain || (l.text->size() != 15 && l.text->size() != 18))
      return soql_error{"INVALID_QUERY_FILTER_OPERATOR", "\ninvalid ID field: " + *l.text};
    if (l.text->size() == 15) *l.text += check_characters(*l.text);
  }
  return {};
}

std::optional<soql_error> resolve_condition(condition& c, const object_def& object) {
  for (condition& part : c.parts)
    if (auto fault = resolve_condition(part, object)) return fault;
  if (c.what != condition::kind::compare) return {};
  const auto index = object.find(c.field);
  if (!index) return no_such_column(c.field, object);
  c.index = *index;
  const field_def& f = object.fields[*index];
  if (!f.filterable || f.compound() || f.type == "base64")
    return soql_error{"INVALID_FIELD",
                      "\nfield '" + f.name + "' can not be filtered in a query call"};
  for (literal& l : c.values)
    if (auto fault = resolve_literal(l, f)) return fault;
  return {};
}

}  // namespace

std::variant<std::vector<std::size_t>, soql_error> resolve(statement& s, const object_def& object) {
  std::vector<std::size_t> fields;
  std::vector<bool> seen(object.fields.size(), false);
  for (const std::string& name : s.fields) {
    const auto index = object.find(name);
    if (!index) return no_such_column(name, object);
    if (seen[*index]) return soql_error{"INVALID_FIELD", "duplicate field selected: " + name};
    seen[*index] = true;
    fields.push_back(*index);
  }
  if (s.where)
    if (auto fault = resolve_condition(*s.where, object)) return *fault;
  for (ordering& o : s.order) {
    const auto index = object.find(o.field);
    if (!index) return no_such_column(o.field, object);
    o.index = *index;
    const field_def& f = object.fields[*index];
    if (!f.filterable || f.type == "multipicklist" || !f.plain())
      return soql_error{"MALFORMED_QUERY",
                        "\nfield '" + f.name + "' can not be sorted in a query call"};
  }
  if (s.offset > largest_offset)
    return soql_error{"NUMBER_OUTSIDE_VALID_RANGE", "SOQL offset should be between 0 to 2000"};
  return fields;
}

}  // namespace sandbox
