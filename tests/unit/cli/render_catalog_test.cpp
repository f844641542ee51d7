// The catalog in its forms. Labels are whatever an administrator wrote: none may leave its place.
#include "cli/render_catalog.hpp"

#include "cli/catalog_diagrams.hpp"
#include "cli/catalog_links.hpp"
#include "cli/catalog_page.hpp"

#include <doctest/doctest.h>

#include <memory>

namespace millrace {
namespace {

constexpr const char* hostile =
    "a\"b'c</script><!--{x}%%{init: {}}%%;#35;\\&amp;`|\n[pipeline.evil]\x1b\xff";

field field_of(std::string name, std::string label, std::vector<std::string> refers_to = {}) {
  field f;
  f.name = std::move(name);
  f.label = std::move(label);
  f.source_type = refers_to.empty() ? "string" : "reference";
  f.refers_to = std::move(refers_to);
  return f;
}

planned_collection planned_of(std::string name, std::string object, std::string label,
                              std::vector<field> fields) {
  planned_collection c;
  c.what.name = std::move(name);
  c.what.object = std::move(object);
  c.what.label = std::move(label);
  c.what.fields = std::move(fields);
  auto table = std::make_shared<table_schema>();
  for (const field& f : c.what.fields)
    table->columns.push_back({"c_" + f.name, f.name, f.label, value_type::text, 18, 0, 0});
  c.table = table;
  return c;
}

run_plan plan_of_two(const std::string& label = "Label") {
  run_plan plan;
  plan.pipeline = "acme";
  plan.collections = {
      planned_of("contacts", "Contact", label,
                 {field_of("id", label), field_of("account", label, {"Account", "Lead"}),
                  field_of("email", label)}),
      planned_of("accounts", "Account", label,
                 {field_of("id", label), field_of("parent", label, {"Account"})})};
  plan.collections[0].what.left_out = {"Address"};
  plan.notices = {{"tags", "object_absent", label}};
  return plan;
}

std::size_t count_of(const std::string& text, std::string_view part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1))
    ++count;
  return count;
}

TEST_CASE("a catalog is ready to paste, or shows the fields of its collections") {
  const run_plan plan = plan_of_two();
  const std::string all = render_catalog(plan, false, false);
  CHECK(all.find("none: read in full") != std::string::npos);
  CHECK(all.find("collections = [\n  \"contacts\",\n  \"accounts\",\n]\n") != std::string::npos);
  const std::string one = render_catalog(plan, true, false);
  CHECK(one.find("contacts (Contact)\n") == 0);
  CHECK(one.find("c_email    email    text  string      Label\n") != std::string::npos);
  CHECK(one.find("not read (compound, base64 or structured): Address\n") != std::string::npos);
}

TEST_CASE("links lead to tables of the catalog, and to no others") {
  const auto links = links_of(plan_of_two());
  REQUIRE(links.size() == 2);  // a contact's account may be a lead, which is not there
  CHECK(links[0].from == 0);
  CHECK(links[0].field == 1);
  CHECK(links[0].to == 1);
  CHECK(links[1].from == 1);
  CHECK(links[1].to == 1);
}

TEST_CASE("TOML keeps what the pipeline says otherwise") {
  pipeline_settings mine;
  mine.name = "acme";
  mine.source = "org";
  mine.warehouse = "main";
  mine.schema = "sfdc";
  mine.when.every = std::chrono::minutes{90};
  mine.upkeep.deletes = deletes_policy::remove;
  mine.upkeep.deletions_every = milliseconds{0};
  mine.upkeep.census_every = std::chrono::hours{48};
  mine.upkeep.refresh_every = milliseconds{1500};
  const std::string text = catalog_toml(plan_of_two(), mine, false);
  CHECK(text.find("\n[pipeline.acme]\nsource = \"org\"\nwarehouse = \"main\"\nschema = "
                  "\"sfdc\"\nevery = \"90m\"\ndeletes = \"remove\"\ndeletions_every = "
                  "\"0s\"\ncensus_every = \"2d\"\nrefresh_every = \"1500ms\"\ncollections = [\n") !=
        std::string::npos);
  CHECK(text.find("  \"accounts\",  # Account: 2 fields, cursor none: read in full, Label\n") !=
        std::string::npos);
}

TEST_CASE("a label cannot leave its comment in TOML") {
  pipeline_settings mine;
  mine.name = "acme";
  for (const bool fields : {false, true}) {
    const std::string text = catalog_toml(plan_of_two(hostile), mine, fields);
    CHECK(count_of(text, "\n[") == 1);
    CHECK(text.find('\x1b') == std::string::npos);
    CHECK(text.find('\xff') == std::string::npos);
  }
}

TEST_CASE("Mermaid shows keys and references, or everything") {
  CHECK(catalog_mermaid(plan_of_two(), false) ==
        "erDiagram\n"
        "  \"contacts\" {\n"
        "    text c_id PK \"Label\"\n"
        "    text c_account FK \"Label\"\n"
        "  }\n"
        "  \"accounts\" {\n"
        "    text c_id PK \"Label\"\n"
        "    text c_parent FK \"Label\"\n"
        "  }\n"
        "  \"contacts\" }o--o| \"accounts\" : \"c_account\"\n"
        "  \"accounts\" }o--o| \"accounts\" : \"c_parent\"\n");
  CHECK(catalog_mermaid(plan_of_two(), true).find("    text c_email \"Label\"\n") !=
        std::string::npos);
}

TEST_CASE("a label is only text to Mermaid") {
  const std::string text = catalog_mermaid(plan_of_two(hostile), true);
  for (const char* sign : {"%", ";", "#", "&", "<", ">", "\\", "`"}) {
    CAPTURE(sign);
    CHECK(text.find(sign) == std::string::npos);
  }
  CHECK(count_of(text, "\"") % 2 == 0);
  CHECK(count_of(text, "{") == 2);
  CHECK(count_of(text, "}") == 2 + 2);  // and the ends of two links
}

TEST_CASE("Graphviz links column to column, and a label is only text to it") {
  const std::string text = catalog_dot(plan_of_two(), false);
  CHECK(text.starts_with("digraph \"acme\" {\n"));
  CHECK(text.find("  \"contacts\":\"f_c_account\" -> \"accounts\":\"f_c_id\";\n") !=
        std::string::npos);
  CHECK(text.find("c_email") == std::string::npos);
  const std::string bad = catalog_dot(plan_of_two(hostile), true);
  CHECK(bad.find("</script>") == std::string::npos);
  CHECK(bad.find("&lt;/script&gt;") != std::string::npos);
  CHECK(count_of(bad, "<TABLE") == 2);
  CHECK(count_of(bad, "\n") == count_of(catalog_dot(plan_of_two(), true), "\n"));
}

TEST_CASE("the page has each table and field once, links both ways, and no foreign markup") {
  const std::string page = catalog_page(plan_of_two(hostile));
  CHECK(count_of(page, "<script>") == 1);
  CHECK(count_of(page, "</script>") == 1);
  CHECK(count_of(page, "<!--") == 0);
  CHECK(page.find("a&quot;b&#39;c&lt;/script&gt;") != std::string::npos);
  for (const char* once : {"<section id=\"t-contacts\">", "<section id=\"t-accounts\">",
                           "<tr id=\"f-contacts-c_account\">", "<li id=\"n-t-accounts\">"})
    CHECK(count_of(page, once) == 1);
  CHECK(page.find("<td><a href=\"#t-accounts\">accounts</a>, Lead</td>") != std::string::npos);
  CHECK(page.find("referred to by 2 columns</summary><a href=\"#f-contacts-c_account\">") !=
        std::string::npos);
  CHECK(page.find("http:") == std::string::npos);
  CHECK(page.find("https:") == std::string::npos);
}

}  // namespace
}  // namespace millrace
