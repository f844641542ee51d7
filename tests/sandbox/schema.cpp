// Parsing the schema table. The table is ours: a fault in it ends the program.
#include "schema.hpp"

#include <algorithm>
#include <sstream>
#include <stdexcept>
#include <utility>

namespace sandbox {
namespace {

object_def parse_object(std::istringstream& words) {
  object_def o;
  std::string flags;
  words >> o.name >> o.prefix >> o.demo_records >> flags;
  std::getline(words >> std::ws, o.label);
  const auto has = [&](char c) { return flags.find(c) != std::string::npos; };
  o.queryable = has('q');
  o.replicateable = has('r');
  o.bulk = has('b');
  o.updateable = has('u');
  o.custom = has('c');
  o.tag = has('t');
  o.hard_deletes = has('h');
  return o;
}

field_def parse_field(const std::string& name, std::istringstream& words) {
  field_def f;
  f.name = name;
  std::string flags;
  std::string refers;
  if (!(words >> f.type >> f.length >> f.precision >> f.scale >> flags >> refers))
    throw std::runtime_error("schema: field " + name);
  const std::size_t part = flags.find('<');
  if (part != std::string::npos) f.part_of = flags.substr(part + 1);
  flags = flags.substr(0, part);
  f.nillable = flags.find('n') != std::string::npos;
  f.filterable = flags.find('f') == std::string::npos;
  f.calculated = flags.find('C') != std::string::npos;
  f.auto_number = flags.find('A') != std::string::npos;
  f.cascades = flags.find('k') != std::string::npos;
  if (f.calculated && refers != "-") f.formula = std::exchange(refers, "-");
  std::istringstream names(refers);
  for (std::string one; refers != "-" && std::getline(names, one, '|');)
    f.refers_to.push_back(one);
  return f;
}

/// An object that the org lists and that holds no records: the fields that every object has.
object_def parse_listed(std::istringstream& words) {
  object_def o;
  std::string flags;
  words >> o.name >> flags;
  o.prefix = "0Zz";
  o.label = o.name;
  o.listed_only = true;
  o.queryable = flags.find('q') != std::string::npos;
  o.bulk = o.queryable && flags.find('x') == std::string::npos;
  o.replicateable = o.queryable && !o.name.ends_with("Share");
  for (const auto& [name, type] : {std::pair{"Id", "id"},
                                   {"IsDeleted", "boolean"},
                                   {"CreatedDate", "datetime"},
                                   {"SystemModstamp", "datetime"}}) {
    field_def f;
    f.name = name;
    f.type = type;
    f.length = f.type == "id" ? 18 : 0;
    o.fields.push_back(std::move(f));
  }
  return o;
}

}  // namespace

bool same_word(std::string_view a, std::string_view b) {
  const auto lower = [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [&](char x, char y) { return lower(x) == lower(y); });
}

std::optional<std::size_t> object_def::find(std::string_view field) const {
  for (std::size_t i = 0; i < fields.size(); ++i)
    if (!fields[i].hidden && same_word(fields[i].name, field)) return i;
  return {};
}

std::optional<std::size_t> object_def::find_hidden(std::string_view field) const {
  for (std::size_t i = fields.size(); i-- > 0;)
    if (fields[i].hidden && same_word(fields[i].name, field)) return i;
  return {};
}

schema parse_schema(std::string_view text) {
  schema out;
  std::istringstream lines{std::string(text)};
  for (std::string line; std::getline(lines, line);) {
    if (line.empty() || line.front() == '#') continue;
    std::istringstream words(line);
    std::string first;
    words >> first;
    if (first == "object") {
      out.objects.push_back(parse_object(words));
    } else if (first == "other") {
      out.objects.push_back(parse_listed(words));
    } else {
      if (out.objects.empty()) throw std::runtime_error("schema: " + line);
      out.objects.back().fields.push_back(parse_field(first, words));
    }
  }
  return out;
}

}  // namespace sandbox
