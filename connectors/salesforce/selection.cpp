// Resolving what a configuration asks for. What cannot be had becomes a notice with its reason, so
// that nobody waits for a table that never comes (I11).
#include "connectors/salesforce/selection.hpp"

#include "engine/naming/snake_case.hpp"
#include "engine/naming/standard_collections.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

namespace millrace::salesforce {
namespace {

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

std::string lowered(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), lower);
  return out;
}

/// `*` stands for any run of characters; both sides are lower case already.
bool matches(std::string_view pattern, std::string_view text) {
  std::size_t p = 0;
  std::size_t t = 0;
  std::size_t star = std::string_view::npos;
  std::size_t retry_at = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      retry_at = t;
    } else if (p < pattern.size() && pattern[p] == text[t]) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++retry_at;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*')
    ++p;
  return p == pattern.size();
}

/// An object of the org with the names it answers to.
struct candidate {
  const object_entry* entry;
  std::string collection;
  bool standard;  ///< one of the 48
};

std::vector<candidate> candidates_of(const std::vector<object_entry>& org) {
  std::vector<candidate> list;
  list.reserve(org.size());
  for (const object_entry& entry : org) {
    const auto known = standard_collection_of(entry.name);
    list.push_back(
        {&entry, known ? std::string(*known) : collection_name_of(entry.name), known.has_value()});
  }
  return list;
}

bool fits(std::string_view wanted, const candidate& c) {
  if (wanted == "@standard") return c.standard;
  if (wanted == "@custom")
    return c.entry->custom && c.entry->name.ends_with("__c") && !refuses_plain_query(c.entry->name);
  const std::string pattern = lowered(wanted);
  return matches(pattern, lowered(c.entry->name)) || matches(pattern, c.collection);
}

std::string why_not(const candidate& c) {
  if (!c.entry->queryable)
    return fmt::format("{} cannot be queried through the API", c.entry->name);
  if (c.entry->hidden) return fmt::format("{} is deprecated and hidden in this org", c.entry->name);
  return fmt::format("{} refuses a query without a filter, so it cannot be copied", c.entry->name);
}

bool can_be_read(const candidate& c) {
  return c.entry->queryable && !c.entry->hidden && !refuses_plain_query(c.entry->name);
}

/// Standard collections whose object the org does not list: the normal case of a feature that is
/// off.
void note_absent_standard(const std::vector<candidate>& org, choice& out) {
  std::set<std::string_view> listed;
  for (const candidate& c : org)
    listed.insert(c.entry->name);
  for (const standard_collection& s : standard_collections())
    if (!listed.contains(s.object))
      out.notices.push_back(
          {std::string(s.collection), "object_absent",
           fmt::format("{} is not enabled in this org, or this user may not see it", s.object)});
}

}  // namespace

choice choose(const selection& what, const std::vector<object_entry>& org) {
  const std::vector<candidate> all = candidates_of(org);
  choice out;
  std::map<std::string, chosen_object> chosen;  // by collection: in order, each once
  const auto excluded = [&](const candidate& c) {
    return std::any_of(what.exclude.begin(), what.exclude.end(),
                       [&](const std::string& e) { return fits(e, c); });
  };
  for (const std::string& wanted : what.include) {
    bool any = false;
    const bool group = wanted.starts_with('@') || wanted.find('*') != std::string::npos;
    for (const candidate& c : all) {
      if (!fits(wanted, c)) continue;
      any = true;
      if (excluded(c)) continue;
      if (!can_be_read(c)) {
        // A pattern is not a promise about each of its matches; a name, and the 48, are.
        if (!group || c.standard)
          out.notices.push_back({c.collection, "object_not_readable", why_not(c)});
        continue;
      }
      const auto [at, fresh] =
          chosen.emplace(c.collection, chosen_object{c.entry->name, c.collection});
      if (!fresh && at->second.object != c.entry->name) {
        // Two objects with one name: the one that sorts later gets a suffix that does not change
        // (I10).
        const std::string other = with_suffix(c.collection, c.entry->name, 63);
        chosen.emplace(other, chosen_object{c.entry->name, other});
        out.notices.push_back(
            {other, "name_collision",
             fmt::format("{} and {} share the name {}; {} is loaded as {}", at->second.object,
                         c.entry->name, c.collection, c.entry->name, other)});
      }
    }
    if (wanted == "@standard") note_absent_standard(all, out);
    if (!any && wanted != "@standard" && wanted != "@custom")
      out.notices.push_back(
          {wanted, "object_absent",
           fmt::format("nothing in this org is called {}: check the spelling, and "
                       "that the integration user may see it",
                       wanted)});
  }
  for (auto& [name, object] : chosen)
    out.objects.push_back(std::move(object));
  return out;
}

}  // namespace millrace::salesforce
