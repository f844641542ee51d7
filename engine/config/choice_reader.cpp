// What can be judged without the org is: whether fields and conditions exist is the org's to say.
#include "engine/config/choice_reader.hpp"

#include "engine/config/values.hpp"
#include "engine/lower_case.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

namespace millrace {
namespace {

/// Why a condition could not stand between parentheses of ours; empty: it can.
std::string why_not_alone(std::string_view where) {
  int depth = 0;
  for (std::size_t i = 0; i < where.size(); ++i) {
    const char c = where[i];
    if (static_cast<unsigned char>(c) < ' ') return "holds a control character";
    if (c == '\'') {
      // A quote inside of a text stands behind a backslash.
      for (++i; i < where.size() && where[i] != '\''; ++i)
        if (where[i] == '\\') ++i;
      if (i >= where.size()) return "has a text that does not end";
    }
    if (c == '(') ++depth;
    if (c == ')' && --depth < 0) return "closes a parenthesis that it has not opened";
  }
  if (depth > 0) return "opens a parenthesis that it does not close";
  return {};
}

void read_choice(const std::string& name, const toml::table& table, pipeline_settings& p,
                 reading_context& context) {
  section_reader s(table, "pipeline.NAME.collection.NAME",
                   fmt::format("pipeline.{}.collection.{}", p.name, name), context);
  collection_choice choice;
  choice.name = name;
  if (auto v = s.texts("fields")) {
    choice.fields = std::move(*v);
    if (choice.fields.empty())
      s.fault("fields", {"is empty: no field would be read", "at least one field"});
  }
  if (auto v = s.texts("exclude_fields")) choice.exclude_fields = std::move(*v);
  if (auto v = s.texts("hash_fields")) {
    choice.hash_fields = std::move(*v);
    if (!choice.hash_fields.empty() && p.hash_salt.empty())
      s.fault("hash_fields", {fmt::format("needs a salt, and pipeline.{} has none: short values "
                                          "would be guessed from their hashes",
                                          p.name),
                              "`hash_salt` in the pipeline"});
  }
  if (auto v = s.texts("base64_fields")) choice.base64_fields = std::move(*v);
  if (auto v = s.text("where")) {
    choice.where = std::move(*v);
    if (const std::string why = why_not_alone(choice.where); !why.empty())
      s.fault("where", {why, "a condition of SOQL without WHERE"});
  }
  if (auto v = s.text("table")) {
    choice.table = std::move(*v);
    if (choice.table.starts_with("_millrace"))
      s.fault("table", {fmt::format("is {}, a name of millrace's own", quoted(choice.table)),
                        "a name that does not begin with _millrace"});
    if (!is_schema_name(choice.table) || choice.table != lowered(choice.table))
      s.fault("table", {fmt::format("is {}", quoted(choice.table)),
                        "small letters, digits and '_', no digit first, 63 at most"});
  }
  if (const auto v = s.number("priority")) choice.priority = *v;
  choice.every = s.duration("every");
  if (const auto v = s.choice("on_type_change")) choice.on_type_change = type_change_of(*v);
  s.finish();
  p.choices.push_back(std::move(choice));
}

}  // namespace

type_change_policy type_change_of(std::string_view word) {
  return word == "new_column" ? type_change_policy::new_column
         : word == "fail"     ? type_change_policy::fail
                              : type_change_policy::widen;
}

value_policy value_policy_of(std::string_view word) {
  for (const value_policy policy : {value_policy::null_with_notice, value_policy::quarantine})
    if (word == name_of(policy)) return policy;
  return value_policy::keep_as_text;
}

void read_choices(const toml::table& choices, pipeline_settings& p, section_reader& pipeline,
                  reading_context& context) {
  for (const auto& [key, node] : choices) {
    const std::string name{key.str()};
    const toml::table* table = node.as_table();
    const bool again = std::any_of(p.choices.begin(), p.choices.end(), [&](const auto& other) {
      return equal_without_case(other.name, name);
    });
    if (table == nullptr) {
      pipeline.fault("collection", {fmt::format("holds {}, which is no table", quoted(name)),
                                    fmt::format("[pipeline.{}.collection.NAME]", p.name)});
    } else if (again) {
      pipeline.fault("collection", {fmt::format("has {} twice, in other letters", quoted(name)),
                                    "each collection once"});
    } else {
      read_choice(name, *table, p, context);
    }
  }
}

}  // namespace millrace
