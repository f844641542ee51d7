// What `state` and `validate --offline` say.
#include "cli/render_state.hpp"

#include "cli/text.hpp"
#include "engine/config/suggest.hpp"
#include "engine/lower_case.hpp"
#include "engine/model/utf8.hpp"
#include "engine/naming/standard_collections.hpp"
#include "engine/schedule/upkeep.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>

namespace millrace {
namespace {

namespace json = boost::json;

/// Of a census and its like, not of the collection itself.
bool is_pass(const checkpoint& c) {
  return collection_of(c.collection) != c.collection;
}

/// Columns that have to be filled with their history yet.
std::vector<std::string> owed_by(const checkpoint& c, const std::vector<checkpoint>& checkpoints) {
  for (const checkpoint& p : checkpoints)
    if (p.collection == pass_name(c.collection, history_pass) && !p.complete) return p.columns;
  return {};
}

std::string state_of(const checkpoint& c, const std::vector<checkpoint>& checkpoints) {
  if (!c.complete) return "first load under way";
  const std::vector<std::string> owed = owed_by(c, checkpoints);
  if (owed.empty()) return "loaded";
  return fmt::format("loaded, to be filled: {}", fmt::join(owed, ", "));
}

}  // namespace

result<std::vector<std::string>> named_collections(const std::vector<std::string>& words,
                                                   const std::vector<checkpoint>& checkpoints,
                                                   const pipeline_settings& pipeline) {
  std::map<std::string, std::string> known;  // a lower case name -> the collection
  for (const checkpoint& c : checkpoints)
    if (!is_pass(c)) known.emplace(lowered(c.collection), c.collection);
  for (const checkpoint& c : checkpoints)
    if (!is_pass(c)) known.emplace(lowered(c.object), c.collection);
  for (const standard_collection& s : standard_collections()) {
    known.emplace(s.collection, s.collection);
    known.emplace(lowered(s.object), s.collection);
  }
  for (const std::string& name : pipeline.collections)
    if (!name.starts_with('@') && name.find('*') == std::string::npos)
      known.emplace(lowered(name), name);

  std::vector<std::string> found;
  const auto add = [&](const std::string& name) {
    if (std::find(found.begin(), found.end(), name) == found.end()) found.push_back(name);
  };
  if (words.empty())
    for (const checkpoint& c : checkpoints)
      if (!is_pass(c)) add(c.collection);
  for (const std::string& word : words) {
    const auto at = known.find(lowered(word));
    if (at == known.end()) {
      std::vector<std::string> names;
      names.reserve(known.size());
      for (const auto& [name, collection] : known)
        names.push_back(collection);
      const std::string near = nearest_word(word, names);
      return failure(
          errc::usage,
          fmt::format("{} has no collection '{}'{}", pipeline.name, word,
                      near.empty() ? "" : fmt::format("; did you mean '{}'?", near)),
          fmt::format("`millrace state show {}` lists those that were loaded", pipeline.name));
    }
    add(at->second);
  }
  return found;
}

std::string render_checkpoints(const std::vector<checkpoint>& checkpoints, bool color) {
  std::vector<std::vector<std::string>> rows{
      {"collection", "object", "complete to", "state", "committed at"}};
  for (const checkpoint& c : checkpoints)
    if (!is_pass(c))
      rows.push_back({c.collection, c.object,
                      c.cursor ? to_canonical(*c.cursor) : "read in full each time",
                      state_of(c, checkpoints), to_canonical(c.committed_at)});
  return table_of(rows, {false, false, false, false, false}, color);
}

std::string checkpoints_json(const std::string& pipeline,
                             const std::vector<checkpoint>& checkpoints) {
  json::array out;
  for (const checkpoint& c : checkpoints) {
    if (is_pass(c)) continue;
    json::object entry{{"collection", c.collection},
                       {"object", c.object},
                       {"complete", c.complete},
                       {"committed_at", to_iso(c.committed_at)},
                       {"rows", c.rows}};
    if (c.cursor) entry["cursor"] = to_iso(*c.cursor);
    for (const std::string_view pass : {census_pass, deletions_pass, refresh_pass})
      for (const checkpoint& p : checkpoints)
        if (p.collection == pass_name(c.collection, pass) && p.cursor && p.complete)
          entry[pass] = to_iso(*p.cursor);
    if (const auto owed = owed_by(c, checkpoints); !owed.empty())
      entry["to_fill"] = json::value_from(owed);
    out.push_back(std::move(entry));
  }
  return json::serialize(json::object{{"pipeline", pipeline}, {"checkpoints", out}});
}

std::string render_forgotten(const std::string& pipeline, std::uint64_t count) {
  return fmt::format("{} forgotten; the next sync of {} reads {} in full\n",
                     counted(count, "checkpoint", "checkpoints"), pipeline,
                     count == 1 ? "its collection" : "their collections");
}

std::string forgotten_json(const std::string& pipeline, std::uint64_t count) {
  return json::serialize(json::object{{"pipeline", pipeline}, {"forgotten", count}});
}

std::string render_configuration(const configuration& config) {
  return fmt::format("The configuration is good: {}, {}, {}\n",
                     counted(config.sources.size(), "source", "sources"),
                     counted(config.warehouses.size(), "warehouse", "warehouses"),
                     counted(config.pipelines.size(), "pipeline", "pipelines"));
}

std::string configuration_json(const loaded_configuration& loaded) {
  json::array faults;
  for (const error& e : loaded.faults)
    faults.push_back(json::object{{"code", name_of(e.code)},
                                  {"message", mended_text(e.message)},
                                  {"advice", mended_text(e.advice)}});
  json::array notices;
  for (const std::string& n : loaded.notices)
    notices.emplace_back(mended_text(n));
  return json::serialize(json::object{{"valid", faults.empty()},
                                      {"sources", loaded.config.sources.size()},
                                      {"warehouses", loaded.config.warehouses.size()},
                                      {"pipelines", loaded.config.pipelines.size()},
                                      {"faults", faults},
                                      {"notices", notices}});
}

}  // namespace millrace
