// Resolving what a configuration asks for. What cannot be had becomes a notice with its reason, so
// that nobody waits for a table that never comes (I11).
#include "connectors/salesforce/selection.hpp"

#include "engine/config/suggest.hpp"
#include "engine/lower_case.hpp"
#include "engine/naming/collection_names.hpp"
#include "engine/naming/snake_case.hpp"
#include "engine/naming/standard_collections.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

namespace millrace::salesforce {
namespace {

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

constexpr std::size_t collection_bytes_max = 63;  // what every warehouse takes as a table's name

/// An object of the org with the names it answers to.
struct candidate {
  const object_entry* entry;
  std::string plain_name;  ///< the collection's, before anybody chose another
  std::string collection;
  const collection_choice* wanted;
  const collection_choice* wanted_too;  ///< a second one: a slip
  std::string shared_with;  ///< the object that has the plain name, when it is not this one
  bool standard;            ///< one of the 48
};

bool can_be_read(const object_entry& entry) {
  return entry.queryable && !entry.hidden && !refuses_plain_query(entry.name);
}

/// Only what can be read shares names: nothing else takes one away from it.
std::vector<candidate> candidates_of(const std::vector<object_entry>& org,
                                     const std::vector<collection_choice>& choices) {
  std::vector<std::string_view> readable;
  for (const object_entry& entry : org)
    if (can_be_read(entry)) readable.push_back(entry.name);
  std::vector<collection_name> names = name_collections(readable, collection_bytes_max);
  auto next = names.begin();
  std::vector<candidate> list;
  list.reserve(org.size());
  for (const object_entry& entry : org) {
    const auto known = standard_collection_of(entry.name);
    candidate c{&entry, {}, {}, nullptr, nullptr, {}, known.has_value()};
    if (can_be_read(entry)) {
      c.plain_name = std::move(next->name);
      c.shared_with = std::move(next->shared_with);
      ++next;
    } else {
      c.plain_name = known ? std::string(*known) : collection_name_of(entry.name);
    }
    c.collection = c.plain_name;
    for (const collection_choice& choice : choices)
      if (equal_without_case(choice.name, entry.name) || lowered(choice.name) == c.plain_name)
        (c.wanted == nullptr ? c.wanted : c.wanted_too) = &choice;
    if (c.wanted != nullptr && !c.wanted->table.empty()) c.collection = c.wanted->table;
    list.push_back(std::move(c));
  }
  return list;
}

bool fits(std::string_view wanted, const candidate& c) {
  if (wanted == "@standard") return c.standard;
  if (wanted == "@custom")
    return c.entry->custom && c.entry->name.ends_with("__c") && !refuses_plain_query(c.entry->name);
  const std::string pattern = lowered(wanted);
  return matches(pattern, lowered(c.entry->name)) || matches(pattern, c.plain_name) ||
         matches(pattern, c.collection);
}

std::string why_not(const candidate& c) {
  if (!c.entry->queryable)
    return fmt::format("{} cannot be queried through the API", c.entry->name);
  if (c.entry->hidden) return fmt::format("{} is deprecated and hidden in this org", c.entry->name);
  return fmt::format("{} refuses a query without a filter, so it cannot be copied", c.entry->name);
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

bool is_group(std::string_view wanted) {
  return wanted.starts_with('@') || wanted.find('*') != std::string_view::npos;
}

/// What a group or a pattern brought once and the org does not list any more: a name is told of
/// anyway, and so are the 48. An object that was renamed shows as this and as one that is new.
void note_gone(const selection& what, const std::vector<candidate>& org,
               const std::map<std::string, chosen_object>& chosen, choice& out) {
  std::set<std::string_view> listed;
  for (const candidate& c : org)
    listed.insert(c.entry->name);
  std::string fresh;
  for (const auto& [collection, object] : chosen)
    if (!what.loaded.contains(collection)) fresh += (fresh.empty() ? "" : ", ") + object.object;
  for (const auto& [collection, object] : what.loaded) {
    if (object.empty() || listed.contains(object)) continue;
    object_entry gone;
    gone.name = object;
    gone.custom = object.ends_with("__c");
    const candidate c{&gone, collection_name_of(object), collection, nullptr, nullptr, {}, false};
    const auto names = [&](const std::vector<std::string>& words) {
      return std::find_if(words.begin(), words.end(),
                          [&](const std::string& w) { return fits(w, c); });
    };
    const auto wanted = names(what.include);
    if (wanted == what.include.end() || !is_group(*wanted) || *wanted == "@standard") continue;
    if (names(what.exclude) != what.exclude.end()) continue;
    std::string text = fmt::format(
        "{} was loaded and is not in this org any more (removed, renamed, or hidden from this "
        "user): the table {} is kept as it is",
        object, collection);
    if (!fresh.empty()) text += fmt::format("; new in this run: {}", fresh);
    out.notices.push_back({collection, "object_absent", std::move(text)});
  }
}

using chosen_map = std::map<std::string, chosen_object>;  // by collection: in order, each once

std::string suggestion(const std::string& wanted, const chosen_map& chosen) {
  std::vector<std::string> collections;
  std::vector<std::string> objects;
  for (const auto& [collection, object] : chosen) {
    collections.push_back(collection);
    objects.push_back(object.object);
  }
  std::string near = nearest_word(wanted, collections);
  if (near.empty()) near = nearest_word(wanted, objects);
  return near.empty() ? "" : fmt::format("; did you mean '{}'?", near);
}

/// Why a word of a command names nothing that this pipeline loads.
error refusal(const std::string& wanted, const std::vector<candidate>& org,
              const chosen_map& chosen) {
  for (const candidate& c : org) {
    if (is_group(wanted) || !fits(wanted, c)) continue;
    if (!can_be_read(*c.entry))
      return {errc::object_missing, why_not(c), "Leave it out", retry::never, {}, {}};
    return {errc::usage,
            fmt::format("the configuration of this pipeline leaves {} out", c.collection),
            "Name it in `collections`, and see that `exclude` does not",
            retry::never,
            {},
            {}};
  }
  for (const standard_collection& s : standard_collections())
    if (lowered(wanted) == s.collection || equal_without_case(wanted, s.object))
      return {errc::object_missing,
              fmt::format("{} is not enabled in this org, or this user may not see it", s.object),
              "Leave it out, or give the integration user the right to see it",
              retry::never,
              {},
              {}};
  return {errc::usage,
          fmt::format("this pipeline has no collection '{}'{}", wanted, suggestion(wanted, chosen)),
          "`millrace discover PIPELINE` lists those that it has; what the integration user may not "
          "see is not among them",
          retry::never,
          {},
          {}};
}

/// All words are judged before one error is told. A word that is wrong whatever the org says comes
/// first.
std::optional<error> joined(std::vector<error> faults) {
  if (faults.empty()) return {};
  std::stable_partition(faults.begin(), faults.end(),
                        [](const error& e) { return e.code == errc::usage; });
  error first = faults.front();
  for (auto e = faults.begin() + 1; e != faults.end(); ++e)
    first.message += "; " + e->message;
  return first;
}

error two_of_one_table(const candidate& c, const std::string& other) {
  return {errc::config_invalid,
          fmt::format("{} and {} would both be loaded into the table {}", other, c.entry->name,
                      c.collection),
          "Give one of them another `table`",
          retry::never,
          {},
          {}};
}

error two_of_one_collection(const candidate& c) {
  return {errc::config_invalid,
          fmt::format("the options of {} are given twice, as {} and as {}", c.entry->name,
                      c.wanted->name, c.wanted_too->name),
          "Put them into one table",
          retry::never,
          {},
          {}};
}

/// Options of a collection that is not loaded are a slip, or of an object that went.
void note_unused(const std::vector<collection_choice>& choices, const chosen_map& chosen,
                 choice& out) {
  for (const collection_choice& one : choices) {
    const bool used = std::any_of(chosen.begin(), chosen.end(),
                                  [&](const auto& c) { return c.second.wanted == &one; });
    if (!used)
      out.notices.push_back(
          {{},
           "options_unused",
           fmt::format("the options of the collection {} are not used: nothing of that name is "
                       "loaded",
                       one.name)});
  }
}

/// Leaves of the choice what the words of `only` name.
void narrow(const std::vector<std::string>& only, const std::vector<candidate>& org,
            chosen_map& chosen, choice& out) {
  chosen_map left;
  std::vector<error> faults;
  for (const std::string& wanted : only) {
    bool any = false;
    for (const candidate& c : org) {
      const auto found = fits(wanted, c) ? chosen.find(c.collection) : chosen.end();
      if (found == chosen.end() || found->second.object != c.entry->name) continue;
      any = true;
      left.insert(*found);
    }
    if (!any) faults.push_back(refusal(wanted, org, chosen));
  }
  out.refused = joined(std::move(faults));
  chosen = std::move(left);
  // What concerns others is told when they are loaded.
  std::erase_if(out.notices, [&](const notice& n) { return !chosen.contains(n.collection); });
}

/// A run is never empty: where nothing is due, everything is read.
void keep_due(const reading_times& times, chosen_map& chosen, choice& out) {
  chosen_map due;
  for (const auto& [name, object] : chosen) {
    const bool now =
        times.is_due(name, object.wanted == nullptr ? std::nullopt : object.wanted->every);
    if (now) {
      due.emplace(name, object);
    } else {
      out.not_due.push_back(name);
    }
  }
  if (due.empty()) return out.not_due.clear();
  chosen = std::move(due);
}

}  // namespace

choice choose(const selection& what, const std::vector<object_entry>& org) {
  const std::vector<candidate> all = candidates_of(org, what.choices);
  choice out;
  chosen_map chosen;
  const auto excluded = [&](const candidate& c) {
    return std::any_of(what.exclude.begin(), what.exclude.end(),
                       [&](const std::string& e) { return fits(e, c); });
  };
  for (const std::string& wanted : what.include) {
    bool any = false;
    const bool group = is_group(wanted);
    for (const candidate& c : all) {
      if (!fits(wanted, c)) continue;
      any = true;
      if (excluded(c)) continue;
      if (!can_be_read(*c.entry)) {
        // A pattern is not a promise about each of its matches; a name, and the 48, are.
        if (!group || c.standard)
          out.notices.push_back({c.collection, "object_not_readable", why_not(c)});
        continue;
      }
      const auto [at, fresh] =
          chosen.emplace(c.collection, chosen_object{c.entry->name, c.collection, c.wanted});
      if (c.wanted_too != nullptr) {
        out.refused = two_of_one_collection(c);
        return out;
      }
      if (at->second.object != c.entry->name) {
        out.refused = two_of_one_table(c, at->second.object);
        return out;
      }
      if (fresh && !c.shared_with.empty() && c.collection == c.plain_name)
        out.notices.push_back({c.collection, "name_collision",
                               fmt::format("{} would have the table of {}; it is loaded as {}",
                                           c.entry->name, c.shared_with, c.collection)});
    }
    if (wanted == "@standard") note_absent_standard(all, out);
    if (!any && wanted != "@standard" && wanted != "@custom")
      out.notices.push_back(
          {wanted, "object_absent",
           fmt::format("nothing in this org is called {}: check the spelling, and "
                       "that the integration user may see it",
                       wanted)});
  }
  note_unused(what.choices, chosen, out);
  note_gone(what, all, chosen, out);
  if (!what.only.empty()) narrow(what.only, all, chosen, out);
  if (what.times) keep_due(*what.times, chosen, out);
  for (auto& [name, object] : chosen)
    out.objects.push_back(std::move(object));
  return out;
}

}  // namespace millrace::salesforce
