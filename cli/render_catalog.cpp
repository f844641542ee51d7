// Collections and fields as tables, or as a table of the configuration. Labels are foreign text: in
// TOML they stand in comments, where only a line's end could do harm, and `printable` has none.
#include "cli/render_catalog.hpp"

#include "cli/render_summary.hpp"
#include "cli/text.hpp"

#include <fmt/format.h>

#include <array>
#include <utility>

namespace millrace {
namespace {

/// As the configuration reads it: the longest unit that leaves nothing over.
std::string duration_text(milliseconds duration) {
  using namespace std::chrono;
  constexpr std::array<std::pair<milliseconds, const char*>, 4> units{
      {{hours{24}, "d"}, {hours{1}, "h"}, {minutes{1}, "m"}, {seconds{1}, "s"}}};
  if (duration.count() == 0) return "0s";
  for (const auto& [unit, letter] : units)
    if (duration.count() % unit.count() == 0)
      return fmt::format("{}{}", duration.count() / unit.count(), letter);
  return fmt::format("{}ms", duration.count());
}

std::string cursor_text(const collection& what) {
  return what.version ? what.fields[*what.version].name : "none: read in full";
}

std::string word_of(deletes_policy policy) {
  switch (policy) {
    case deletes_policy::mark:
      return "mark";
    case deletes_policy::remove:
      return "remove";
    case deletes_policy::ignore:
      return "ignore";
  }
  return {};
}

/// Settings that are not what they would be anyway.
std::string other_settings(const pipeline_settings& mine) {
  const pipeline_settings usual;
  std::string out;
  const auto duration = [&](const char* key, milliseconds is, milliseconds otherwise) {
    if (is != otherwise) out += fmt::format("{} = \"{}\"\n", key, duration_text(is));
  };
  duration("every", mine.when.every, usual.when.every);
  if (mine.upkeep.deletes != usual.upkeep.deletes)
    out += fmt::format("deletes = \"{}\"\n", word_of(mine.upkeep.deletes));
  duration("deletions_every", mine.upkeep.deletions_every, usual.upkeep.deletions_every);
  duration("census_every", mine.upkeep.census_every, usual.upkeep.census_every);
  duration("refresh_every", mine.upkeep.refresh_every, usual.upkeep.refresh_every);
  if (!mine.hash_salt.empty()) out += "# `hash_salt` stays as it is: a secret is not shown here\n";
  if (!mine.choices.empty())
    out += fmt::format("# [pipeline.{}.collection.NAME] stay as they are\n", mine.name);
  return out;
}

std::string field_comments(const planned_collection& c) {
  std::string out = fmt::format("\n# {} ({})\n", printable(c.what.name), printable(c.what.object));
  for (std::size_t i = 0; i < c.what.fields.size(); ++i) {
    const field& f = c.what.fields[i];
    std::string more;
    for (const std::string& object : f.refers_to)
      more += (more.empty() ? " -> " : ", ") + printable(object);
    out += fmt::format("#   {}: {}, {}{}, {}{}\n", printable(c.table->columns[i].name),
                       printable(f.name), printable(f.source_type), f.calculated ? ", formula" : "",
                       printable(f.label), more);
  }
  return out;
}

}  // namespace

std::string render_catalog(const run_plan& plan, bool fields, bool color) {
  std::string out;
  if (!fields) {
    std::vector<std::vector<std::string>> rows{
        {"collection", "object", "fields", "cursor", "label"}};
    for (const planned_collection& c : plan.collections)
      rows.push_back({c.what.name, c.what.object, std::to_string(c.what.fields.size()),
                      cursor_text(c.what), c.what.label});
    out += table_of(rows, {false, false, true, false, false}, color);
    out += "\n# ready to paste into [pipeline." + plan.pipeline + "]\ncollections = [\n";
    for (const planned_collection& c : plan.collections)
      out += fmt::format("  \"{}\",\n", c.what.name);
    out += "]\n";
    out += render_notices(plan.notices, color);
    return out;
  }
  for (const planned_collection& c : plan.collections) {
    std::vector<std::vector<std::string>> rows{{"column", "field", "type", "in the org", "label"}};
    for (std::size_t i = 0; i < c.what.fields.size(); ++i) {
      const field& f = c.what.fields[i];
      rows.push_back({c.table->columns[i].name, f.name, std::string(name_of(f.type)),
                      f.source_type + (f.calculated ? ", formula" : ""), f.label});
    }
    out += toned(fmt::format("{} ({})", c.what.name, c.what.object), tone::strong, color) + '\n';
    out += table_of(rows, {false, false, false, false, false}, color);
    if (!c.what.left_out.empty()) {
      out += "not read (compound, base64 or structured):";
      for (const std::string& name : c.what.left_out)
        out += " " + name;
      out += '\n';
    }
  }
  return out;
}

std::string catalog_toml(const run_plan& plan, const pipeline_settings& pipeline, bool fields) {
  std::string out = fmt::format(
      "# {} of the source {}. This stands in place of the table [pipeline.{}].\n"
      "[pipeline.{}]\nsource = {}\nwarehouse = {}\nschema = {}\n{}collections = [\n",
      counted(plan.collections.size(), "collection", "collections"), pipeline.source, pipeline.name,
      pipeline.name, quoted_line(pipeline.source), quoted_line(pipeline.warehouse),
      quoted_line(pipeline.schema), other_settings(pipeline));
  for (const planned_collection& c : plan.collections)
    out += fmt::format("  {},  # {}: {}, cursor {}, {}\n", quoted_line(c.what.name),
                       printable(c.what.object), counted(c.what.fields.size(), "field", "fields"),
                       cursor_text(c.what), printable(c.what.label));
  out += "]\n";
  for (const notice& n : plan.notices)
    out += fmt::format("# {}{}\n", n.collection.empty() ? "" : printable(n.collection) + ": ",
                       printable(n.text));
  if (fields)
    for (const planned_collection& c : plan.collections)
      out += field_comments(c);
  return out;
}

}  // namespace millrace
