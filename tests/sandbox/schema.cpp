// Parsing the schema table. The table is ours: a fault in it ends the program.
#include "schema.hpp"

#include <algorithm>
#include <sstream>
#include <stdexcept>

namespace sandbox {

bool same_word(std::string_view a, std::string_view b) {
  const auto lower = [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [&](char x, char y) { return lower(x) == lower(y); });
}

std::optional<std::size_t> object_def::find(std::string_view field) const {
  for (std::size_t i = 0; i < fields.size(); ++i)
    if (same_word(fields[i].name, field)) return i;
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
      out.objects.push_back(std::move(o));
    } else if (first == "other") {
      listed_object o;
      std::string flags;
      words >> o.name >> flags;
      o.queryable = flags == "q";
      out.others.push_back(std::move(o));
    } else {
      field_def f;
      f.name = first;
      std::string flags;
      std::string refers;
      if (!(words >> f.type >> f.length >> f.precision >> f.scale >> flags >> refers) ||
          out.objects.empty())
        throw std::runtime_error("schema: " + line);
      const std::size_t part = flags.find('<');
      if (part != std::string::npos) f.part_of = flags.substr(part + 1);
      flags = flags.substr(0, part);
      f.nillable = flags.find('n') != std::string::npos;
      f.filterable = flags.find('f') == std::string::npos;
      f.calculated = flags.find('C') != std::string::npos;
      std::istringstream names(refers);
      for (std::string name; refers != "-" && std::getline(names, name, '|');)
        f.refers_to.push_back(name);
      out.objects.back().fields.push_back(std::move(f));
    }
  }
  return out;
}

}  // namespace sandbox
