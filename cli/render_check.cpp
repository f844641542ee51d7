// A check's table. Which records differ is told with the errors; here is how many.
#include "cli/render_check.hpp"

#include "cli/json_parts.hpp"
#include "cli/text.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace millrace {
namespace {

namespace json = boost::json;

bool was_counted(const planned_collection& c) {
  return c.compared && (!c.why_not || c.why_not->code == errc::copy_differs);
}

std::string_view verdict_of(const planned_collection& c) {
  if (!was_counted(c))
    return c.why_not && c.why_not->code == errc::copy_differs ? "differs" : "failure";
  return differs(*c.compared) ? "differs" : "equal";
}

std::string difference_text(const copy_comparison& found) {
  if (found.rows == found.records) return "0";
  return found.rows > found.records ? "+" + grouped(found.rows - found.records)
                                    : "-" + grouped(found.records - found.rows);
}

std::string cells_text(const planned_collection& c) {
  const cell_comparison& cells = *c.compared->cells;
  std::string out =
      fmt::format("  {}: {} compared by {}", c.what.name,
                  counted(cells.compared, "record", "records"), fmt::join(cells.columns, ", "));
  const auto add = [&](std::uint64_t count, const char* what) {
    if (count > 0) out += fmt::format("; {} {}", grouped(count), what);
  };
  add(cells.changed_since, "changed since the last run, not judged");
  add(cells.missing.count, "without a row");
  add(cells.differing.count, "with another value");
  add(cells.surplus.count, "rows without a record");
  return out + '\n';
}

json::object odd_json(const odd_ones& odd) {
  return {{"count", odd.count}, {"ids", json::value_from(odd.keys)}};
}

json::object comparison_json(const copy_comparison& found) {
  json::object out{{"records", found.records}, {"rows", found.rows}};
  if (found.moment) out["made_before"] = to_iso(*found.moment);
  if (!found.cells) return out;
  const cell_comparison& cells = *found.cells;
  out["deep"] = json::object{
      {"columns", json::value_from(cells.columns)}, {"compared", cells.compared},
      {"changed_since", cells.changed_since},       {"missing", odd_json(cells.missing)},
      {"differing", odd_json(cells.differing)},     {"surplus", odd_json(cells.surplus)}};
  return out;
}

}  // namespace

std::string render_check(const run_plan& checked, bool color) {
  std::vector<std::vector<std::string>> rows{
      {"result", "table", "object", "records", "rows", "difference", "of what was made before"}};
  std::size_t odd = 0;
  for (const planned_collection& c : checked.collections) {
    const std::string_view verdict = verdict_of(c);
    odd += verdict == "equal" ? 0 : 1;
    const bool known = was_counted(c);
    rows.push_back({std::string(verdict), c.what.name, c.what.object,
                    known ? grouped(c.compared->records) : "?",
                    known ? grouped(c.compared->rows) : "?",
                    known ? difference_text(*c.compared) : "?",
                    !known               ? "?"
                    : c.compared->moment ? to_canonical(*c.compared->moment)
                                         : "everything"});
  }
  std::string out = toned(fmt::format("{} and schema {}", checked.pipeline, checked.schema),
                          tone::strong, color) +
                    '\n' + table_of(rows, {false, false, false, true, true, true, false}, color);
  for (const planned_collection& c : checked.collections)
    if (c.compared && c.compared->cells) out += cells_text(c);
  if (odd == 0)
    return out + toned(fmt::format("{}: equal", checked.pipeline), tone::good, color) + '\n';
  out += toned(fmt::format("{}: {} not equal", checked.pipeline,
                           counted(odd, "table is", "tables are")),
               tone::bad, color) +
         '\n';
  return out + fmt::format(
                   "A difference may be what changed in the org since the last run. Run `millrace "
                   "sync {0}` and check again;\none that stays is mended by `millrace sync "
                   "--full {0}/COLLECTION`.\n",
                   checked.pipeline);
}

std::string check_json(const std::vector<run_plan>& checked) {
  json::array out;
  for (const run_plan& one : checked) {
    json::array collections;
    for (const planned_collection& c : one.collections) {
      json::object entry{
          {"collection", c.what.name}, {"object", c.what.object}, {"result", verdict_of(c)}};
      if (was_counted(c))
        for (auto& [key, value] : comparison_json(*c.compared))
          entry[key] = value;
      if (c.why_not) entry["error"] = error_json(*c.why_not);
      collections.push_back(std::move(entry));
    }
    out.push_back(json::object{{"pipeline", one.pipeline},
                               {"schema", one.schema},
                               {"collections", collections},
                               {"notices", notices_json(one.notices)}});
  }
  return json::serialize(json::object{{"checks", out}});
}

}  // namespace millrace
