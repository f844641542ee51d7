// What a pipeline asks for, against what an org lists.
#include "connectors/salesforce/selection.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <random>

namespace millrace::salesforce {
namespace {

object_entry entry_of(std::string name, bool queryable = true) {
  object_entry e;
  e.custom = name.find("__") != std::string::npos;
  e.name = std::move(name);
  e.queryable = queryable;
  return e;
}

selection asking(std::vector<std::string> include, std::vector<std::string> exclude = {}) {
  selection what;
  what.include = std::move(include);
  what.exclude = std::move(exclude);
  return what;
}

std::map<std::string, std::string> chosen(const choice& c) {
  std::map<std::string, std::string> out;
  for (const chosen_object& o : c.objects)
    CHECK(out.emplace(o.object, o.collection).second);
  return out;
}

std::size_t notices_with(const choice& c, std::string_view code) {
  return static_cast<std::size_t>(std::count_if(c.notices.begin(), c.notices.end(),
                                                [&](const notice& n) { return n.code == code; }));
}

TEST_CASE("groups, names and patterns, without case") {
  const std::vector<object_entry> org{entry_of("Lead"), entry_of("Account"), entry_of("Invoice__c"),
                                      entry_of("AccountHistory"), entry_of("ns__Thing__c")};
  CHECK(chosen(choose(asking({"@standard"}), org)).size() == 2);
  CHECK(chosen(choose(asking({"@custom"}), org)).size() == 2);
  CHECK(chosen(choose(asking({"LEADS"}), org)).at("Lead") == "leads");
  CHECK(chosen(choose(asking({"lead"}), org)).at("Lead") == "leads");
  CHECK(chosen(choose(asking({"ns__*"}), org)).at("ns__Thing__c") == "ns_thing_c");
  CHECK(chosen(choose(asking({"account*"}, {"*history"}), org)).size() == 1);
}

TEST_CASE("a run of the cadence reads the collections that are due") {
  const std::vector<object_entry> org{entry_of("Lead"), entry_of("Account"), entry_of("Case")};
  const time_point now{milliseconds{1'700'000'000'000}};
  const milliseconds hour{3'600'000};
  selection what = asking({"@standard"});
  collection_choice leads;
  leads.name = "Lead";
  leads.every = hour;
  what.choices = {leads};
  what.times = reading_times{"acme", cadence{100 * hour, {}}, now, {}};
  // What was never read is due, whatever its cadence.
  CHECK(choose(what, org).objects.size() == 3);
  for (const char* name : {"leads", "accounts", "cases"})
    what.times->read_at[name] = now - hour;
  choice part = choose(what, org);
  CHECK(chosen(part) == std::map<std::string, std::string>{{"Lead", "leads"}});
  CHECK(part.not_due == std::vector<std::string>{"accounts", "cases"});
  // Were nothing due, all of it is read: no run is empty.
  what.times->read_at["leads"] = now;
  part = choose(what, org);
  CHECK(part.objects.size() == 3);
  CHECK(part.not_due.empty());
}

TEST_CASE("I11: what a group brought and is gone is told, with what is new") {
  const std::vector<object_entry> org{entry_of("Lead"), entry_of("Deal__c"), entry_of("Old__c")};
  const auto told = [&](std::vector<std::string> include, std::vector<std::string> exclude = {}) {
    selection what = asking(std::move(include), std::move(exclude));
    what.loaded = {{"leads", "Lead"}, {"bargain_c", "Bargain__c"}, {"old_c", "Old__c"}};
    std::string out;
    for (const notice& n : choose(what, org).notices)
      if (n.collection == "bargain_c" && n.code == "object_absent") out = n.text;
    return out;
  };
  const std::string text = told({"@custom", "Lead"});
  CHECK(text.find("Bargain__c was loaded") == 0);
  CHECK(text.find("the table bargain_c is kept") != std::string::npos);
  CHECK(text.find("new in this run: Deal__c") != std::string::npos);
  CHECK(text.find("Old__c") == std::string::npos);
  CHECK(!told({"bar*"}).empty());
  // Nobody wants it any more.
  CHECK(told({"Lead"}).empty());
  CHECK(told({"@standard"}).empty());
  CHECK(told({"@custom"}, {"bargain*"}).empty());
}

collection_choice choice_of(std::string name, std::string table) {
  collection_choice out;
  out.name = std::move(name);
  out.table = std::move(table);
  return out;
}

TEST_CASE("options belong to a collection by its name or its object's, and may rename it") {
  const std::vector<object_entry> org{entry_of("Lead"), entry_of("Account"), entry_of("Contact")};
  selection what = asking({"leads", "Account", "contacts"});
  what.choices.push_back(choice_of("LEADS", "prospects"));
  what.choices.push_back(choice_of("account", {}));
  what.choices.push_back(choice_of("cases", {}));
  const choice out = choose(what, org);
  CHECK(chosen(out) == std::map<std::string, std::string>{{"Lead", "prospects"},
                                                          {"Account", "accounts"},
                                                          {"Contact", "contacts"}});
  for (const chosen_object& o : out.objects)
    CHECK((o.wanted == nullptr) == (o.object == "Contact"));
  REQUIRE(notices_with(out, "options_unused") == 1);
  CHECK(out.notices.back().text.find("cases") != std::string::npos);
  // By either name on the command line.
  for (const char* word : {"prospects", "leads", "Lead"}) {
    what.only = {word};
    CHECK(chosen(choose(what, org)) == std::map<std::string, std::string>{{"Lead", "prospects"}});
  }
}

TEST_CASE("two objects are never loaded into one table") {
  const std::vector<object_entry> org{entry_of("Lead"), entry_of("Account")};
  selection what = asking({"leads", "accounts"});
  what.choices.push_back(choice_of("leads", "accounts"));
  const choice out = choose(what, org);
  REQUIRE(out.refused.has_value());
  CHECK(out.refused->code == errc::config_invalid);
  CHECK(out.refused->message == "Lead and Account would both be loaded into the table accounts");
}

TEST_CASE("I11: what cannot be had is a notice") {
  const std::vector<object_entry> org{entry_of("Lead"), entry_of("Name", false)};
  const choice all = choose(asking({"@standard"}), org);
  CHECK(chosen(all).size() == 1);
  CHECK(notices_with(all, "object_absent") == 46);
  CHECK(notices_with(all, "object_not_readable") == 1);
  CHECK(notices_with(choose(asking({"Typo__c"}), org), "object_absent") == 1);
}

TEST_CASE("I10: objects that share a name are told apart whatever the order and the wish") {
  std::vector<object_entry> org{entry_of("Foo_Bar__c"), entry_of("FooBar__c"), entry_of("Lead")};
  const auto expected = chosen(choose(asking({"@custom"}), org));
  REQUIRE(expected.size() == 2);
  CHECK(expected.at("FooBar__c") == "foo_bar_c");
  CHECK(expected.at("Foo_Bar__c").starts_with("foo_bar_c_"));
  std::reverse(org.begin(), org.end());
  CHECK(chosen(choose(asking({"@custom"}), org)) == expected);
  // Asked for twice, and alone.
  const choice twice = choose(asking({"@custom", "Foo_Bar__c", "foo*"}), org);
  CHECK(chosen(twice) == expected);
  CHECK(notices_with(twice, "name_collision") == 1);
  CHECK(chosen(choose(asking({"Foo_Bar__c"}), org)).at("Foo_Bar__c") == expected.at("Foo_Bar__c"));
}

TEST_CASE("a command narrows what the configuration selects") {
  const std::vector<object_entry> org{entry_of("Lead"), entry_of("Account"),
                                      entry_of("Name", false), entry_of("Contact")};
  const auto narrowed = [&](std::vector<std::string> only, std::vector<std::string> include,
                            std::vector<std::string> exclude = {}) {
    selection what = asking(std::move(include), std::move(exclude));
    what.only = std::move(only);
    return choose(what, org);
  };
  for (const char* word : {"leads", "Leads", "LEAD", "lea*"}) {
    const choice one = narrowed({word}, {"@standard"});
    CHECK_FALSE(one.refused);
    CHECK(chosen(one) == std::map<std::string, std::string>{{"Lead", "leads"}});
    CHECK(one.notices.empty());  // what other collections lack is nothing to one that was named
  }
  CHECK(chosen(narrowed({"leads", "Account", "lead"}, {"@standard"})).size() == 2);

  const auto refused = [&](const choice& c, errc code, std::string_view words) {
    REQUIRE(c.refused);
    CHECK(c.refused->code == code);
    CHECK(c.refused->message.find(words) != std::string::npos);
    CHECK_FALSE(c.refused->advice.empty());
  };
  refused(narrowed({"leeds"}, {"@standard"}), errc::usage, "did you mean 'leads'?");
  refused(narrowed({"leads", "xyzzy"}, {"@standard"}), errc::usage, "no collection 'xyzzy'");
  refused(narrowed({"leads"}, {"accounts"}), errc::usage, "leaves leads out");
  refused(narrowed({"leads"}, {"@standard"}, {"Lead"}), errc::usage, "leaves leads out");
  refused(narrowed({"names"}, {"@standard"}), errc::object_missing, "cannot be queried");
  refused(narrowed({"cases"}, {"@standard"}), errc::object_missing, "Case is not enabled");
  refused(narrowed({"@custom"}, {"@standard"}), errc::usage, "'@custom'");
  // All of them are told, and the command's own fault decides.
  const choice both = narrowed({"cases", "leeds"}, {"@standard"});
  refused(both, errc::usage, "Case is not enabled");
  refused(both, errc::usage, "'leeds'");
}

}  // namespace
}  // namespace millrace::salesforce
