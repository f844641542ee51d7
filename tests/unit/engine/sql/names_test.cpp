// Names and texts never end before they do (I17).
#include "engine/sql/names.hpp"

#include "tests/unit/engine/sql/samples.hpp"

#include <doctest/doctest.h>

namespace {

using namespace millrace::sql;

TEST_CASE("I17: what closes a name is doubled") {
  dialect d;
  CHECK(quoted(d, "order") == "\"order\"");
  CHECK(quoted(d, "a\"b\\c") == "\"a\"\"b\\c\"");
  d.quote_open = "[";
  d.quote_close = "]";
  CHECK(quoted(d, "a[b]c") == "[a[b]]c]");
}

TEST_CASE("I17: or it stands behind a backslash, and so do backslashes") {
  dialect d;
  d.quote_open = d.quote_close = "`";
  d.in_names = quote_escape::backslash;
  CHECK(quoted(d, "a`b") == "`a\\`b`");
  CHECK(quoted(d, "a\\") == "`a\\\\`");
  CHECK(quoted(d, "a\\`b") == "`a\\\\\\`b`");
}

TEST_CASE("I17: texts") {
  dialect d;
  CHECK(literal(d, "it's \\") == "'it''s \\'");
  d.backslash_escapes = true;
  CHECK(literal(d, "it's \\") == "'it''s \\\\'");
  CHECK(literal(d, "\\'; DROP TABLE x --") == "'\\\\''; DROP TABLE x --'");
  d.in_texts = quote_escape::backslash;
  CHECK(literal(d, "it's \\") == "'it\\'s \\\\'");
  CHECK(literal(d, "\\'; DROP TABLE x --") == "'\\\\\\'; DROP TABLE x --'");
  // Control characters have no place in names and labels.
  CHECK(literal(d, std::string_view("a\0b\n\x7F", 5)) == "'ab'");
}

TEST_CASE("GoogleSQL ends a text at a doubled quote, and Spark takes two texts for it") {
  for (const char* name : {"bigquery", "databricks", "clickhouse"}) {
    CAPTURE(name);
    const dialect d = shipped(name);
    CHECK(d.backslash_escapes);
    CHECK(literal(d, "it's") == "'it\\'s'");
  }
  CHECK(quoted(shipped("bigquery"), "a`b") == "`a\\`b`");
  CHECK(quoted(shipped("databricks"), "a`b") == "`a``b`");
}

TEST_CASE("names are those that people write without quotes") {
  dialect d;
  CHECK(table_name(d, "crm", "leads") == "\"crm\".\"leads\"");
  d.folding = name_case::upper;
  CHECK(table_name(d, "crm", "leads") == "\"CRM\".\"LEADS\"");
  CHECK(catalog_name(d, "crm", "leads") == "LEADS");
}

TEST_CASE("where there are no schemas") {
  dialect d;
  d.style = schema_style::file;
  CHECK(table_name(d, "crm", "leads") == "\"leads\"");
  d.style = schema_style::prefix;
  CHECK(table_name(d, "crm", "leads") == "\"crm__leads\"");
  d.identifier_bytes_max = 12;
  const std::string cut = catalog_name(d, "crm", "opportunity_products");
  CHECK(cut.size() <= 12);
  CHECK(cut != catalog_name(d, "crm", "opportunity_products_2"));
}

}  // namespace
