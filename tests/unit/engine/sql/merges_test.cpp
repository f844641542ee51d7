// Merges: which rows replace which (I5), in the words of each dialect.
#include "engine/sql/merges.hpp"

#include "engine/sql/statements.hpp"
#include "tests/unit/engine/sql/samples.hpp"

#include <doctest/doctest.h>

#include <array>

namespace {

using namespace millrace;
using namespace millrace::sql;

std::string condition_of(merge_mode mode, const table_schema& table) {
  dialect d = parsed(with(
      shortest, "MERGE {table} {source} {key} {condition} {assignments} {values}", "{condition}"));
  d.merge.update = {"{condition}"};
  return merge_statements(d, "crm", table, mode, "SOURCE").at(0);
}

TEST_CASE("a first load inserts where a key that is there fails the statement") {
  const dialect d = shipped("postgresql");
  const auto inserts = merge_statements(d, "crm", small(), merge_mode::insert, "S");
  REQUIRE(inserts.size() == 1);
  CHECK(inserts.front().find(" S") != std::string::npos);
  CHECK(inserts.front().find("CONFLICT") == std::string::npos);
  // Where it is not faster, or keys are not enforced, the upsert does it.
  CHECK(merge_statements(shipped("snowflake"), "crm", small(), merge_mode::insert, "S").empty());
}

TEST_CASE("I5: when an incoming row replaces the stored one") {
  const std::string newer = R"(s."system_modstamp">t."system_modstamp")";
  const std::string equal = R"(s."system_modstamp"=t."system_modstamp")";
  const std::string differs = R"(t."amount"<>s."amount")";
  CHECK(condition_of(merge_mode::newer, small()) == newer);
  CHECK(condition_of(merge_mode::first_load, small()) == newer + " OR " + equal);
  CHECK(condition_of(merge_mode::changed, small()) ==
        newer + " OR (" + equal + " AND (" + differs + "))");
  CHECK(condition_of(merge_mode::existing, small()) ==
        "(" + newer + " OR " + equal + ") AND (" + differs + ")");

  table_schema unversioned = small();
  unversioned.version.reset();
  const std::string either = differs + R"( OR t."system_modstamp"<>s."system_modstamp")";
  CHECK(condition_of(merge_mode::newer, unversioned) == either);
  CHECK(condition_of(merge_mode::changed, unversioned) == either);
  CHECK(condition_of(merge_mode::first_load, unversioned) == "1=1");

  table_schema bare = small();
  bare.columns.erase(bare.columns.begin() + 1);
  bare.version = 1;
  CHECK(condition_of(merge_mode::changed, bare) == newer);
}

TEST_CASE("LOBs are compared in their own way, other texts are not") {
  const dialect d = shipped("oracle");
  table_schema t = small();
  t.columns.push_back({"name", "Name", "", value_type::text, 80, 0, 0});
  t.columns.push_back({"notes", "Notes", "", value_type::text, 131'072, 0, 0});
  const std::string sql = merge_statements(d, "crm", t, merge_mode::changed, "S").at(0);
  CHECK(sql.find(R"(DECODE(t."NAME", s."NAME", 0, 1) = 1)") != std::string::npos);
  CHECK(sql.find(R"(DBMS_LOB.COMPARE(t."NOTES", s."NOTES") <> 0)") != std::string::npos);
  CHECK(sql.find(R"(DECODE(t."NOTES")") == std::string::npos);
}

TEST_CASE("statements for SQLite") {
  const dialect d = shipped("sqlite");
  CHECK(
      create_table(d, "crm", small()).at(0) ==
      R"(CREATE TABLE "leads" ("id" TEXT NOT NULL, "amount" TEXT, "system_modstamp" TEXT, "received_at" TEXT, "uuid_ts" TEXT, PRIMARY KEY ("id")))");
  const loader_rule& rows = d.loaders.at(1);
  REQUIRE(rows.kind == loader_kind::multi_row);
  const std::string source =
      source_of(d, rows, physical_columns(d, small()), 2, {2, "", "", "", "", "", 0});
  CHECK(source == "VALUES (?,?,?,?,?),(?,?,?,?,?)");
  CHECK(
      merge_statements(d, "crm", small(), merge_mode::first_load, source).at(0) ==
      R"(INSERT INTO "leads" AS t ("id","amount","system_modstamp","received_at","uuid_ts") VALUES (?,?,?,?,?),(?,?,?,?,?) )"
      R"(ON CONFLICT ("id") DO UPDATE SET "amount"=excluded."amount","system_modstamp"=excluded."system_modstamp",)"
      R"("received_at"=excluded."received_at","uuid_ts"=excluded."uuid_ts" WHERE t."system_modstamp" IS NULL OR )"
      R"(excluded."system_modstamp">t."system_modstamp" OR excluded."system_modstamp"=t."system_modstamp")");
  CHECK(
      merge_statements(d, "crm", small(), merge_mode::changed, source)
          .at(0)
          .ends_with(
              R"(OR (excluded."system_modstamp"=t."system_modstamp" AND (t."amount" IS NOT excluded."amount")))"));
}

TEST_CASE("sources: rows of parameters, a text to split, a file") {
  const dialect d = shipped("duckdb");
  const auto columns = physical_columns(d, small());
  const auto source = [&](loader_kind kind) {
    for (const loader_rule& rule : d.loaders)
      if (rule.kind == kind)
        return source_of(d, rule, columns, 2, {1, "1e", "1f", "1d", "/proc/self/fd/7", "x1", 0});
    return std::string();
  };
  const std::string split = source(loader_kind::split_text);
  CHECK(split.find("CAST(NULLIF(a[2], n) AS decimal(18,2))") != std::string::npos);
  // The constants of a batch are parameters, then the text.
  CHECK(
      split.find("CAST(? AS timestamp with time zone),CAST(? AS timestamp with time zone) FROM") !=
      std::string::npos);
  CHECK(split.find(R"(string_split(?, E'\x1e'))") != std::string::npos);
  const std::string file = source(loader_kind::local_file);
  CHECK(file.find("read_csv('/proc/self/fd/7'") != std::string::npos);
  CHECK(file.find('?') == std::string::npos);
  CHECK(source(loader_kind::multi_row) ==
        "VALUES (CAST(? AS varchar),CAST(? AS decimal(18,2)),CAST(? AS timestamp with time zone),"
        "CAST(? AS timestamp with time zone),CAST(? AS timestamp with time zone))");
}

TEST_CASE("a file that is put somewhere, copied and removed") {
  const dialect d = shipped("snowflake");
  for (const loader_rule& rule : d.loaders) {
    if (rule.kind != loader_kind::local_file) continue;
    REQUIRE(rule.into_staging.size() == 3);
    source_shape shape;
    shape.file = "/proc/self/fd/7";
    shape.token = "0a1b";
    const auto next = [&] {
      std::string sql = fill_staging(d, "crm", small(), 0, merge_mode::changed, rule, shape);
      ++shape.step;
      return sql;
    };
    CHECK(next().starts_with("PUT 'file:///proc/self/fd/7' @~/millrace/0a1b/ "));
    const std::string copy = next();
    CHECK(copy.starts_with(R"(COPY INTO "CRM"."_MILLRACE_STAGE_0_LEADS" ("ID","AMOUNT",)"));
    // Cells by their numbers, the constants of the batch among them.
    CHECK(copy.find("REPLACE($5, ") != std::string::npos);
    CHECK(copy.find("$6") == std::string::npos);
    CHECK(copy.find("FROM @~/millrace/0a1b/)") != std::string::npos);
    CHECK(next() == "REMOVE @~/millrace/0a1b/");
    return;
  }
  FAIL("Snowflake has no loader of files");
}

TEST_CASE("an update touches the columns of the batch and uuid_ts") {
  const dialect d = shipped("postgresql");
  table_schema t = small();
  t.version.reset();
  t.columns.pop_back();
  CHECK(
      merge_statements(d, "crm", t, merge_mode::existing, "S").at(0) ==
      R"(UPDATE "crm"."leads" AS t SET "amount"=s."amount","uuid_ts"=s."uuid_ts" FROM (S) AS s ("id","amount","uuid_ts") )"
      R"(WHERE t."id" = s."id" AND (t."amount"::numeric(18,2) IS DISTINCT FROM s."amount"))");
  // A version that comes along decides, and stays where it is.
  CHECK(
      merge_statements(d, "crm", small(), merge_mode::existing, "S").at(0) ==
      R"(UPDATE "crm"."leads" AS t SET "amount"=s."amount","uuid_ts"=s."uuid_ts" FROM (S) AS s ("id","amount","system_modstamp","uuid_ts") )"
      R"(WHERE t."id" = s."id" AND ((t."system_modstamp" IS NULL OR s."system_modstamp">t."system_modstamp" OR s."system_modstamp"=t."system_modstamp") )"
      R"(AND (t."amount"::numeric(18,2) IS DISTINCT FROM s."amount")))");
  CHECK(constants_of(merge_mode::existing) == 1);
  CHECK(constants_of(merge_mode::changed) == 2);
}

TEST_CASE("MariaDB decides with the first assignment and counts with the last") {
  const dialect d = shipped("mariadb");
  const std::string sql = merge_statements(d, "crm", small(), merge_mode::newer, "S").at(0);
  CHECK(sql.find("`amount`=IF(@millrace_write:=(`system_modstamp` IS NULL OR "
                 "VALUES(`system_modstamp`)>`system_modstamp`)") != std::string::npos);
  CHECK(
      sql.ends_with("`uuid_ts`=IF(@millrace_write AND "
                    "(@millrace_updates:=@millrace_updates+1),VALUES(`uuid_ts`),`uuid_ts`)"));
}

TEST_CASE("every mode of every dialect has each source once, so that parameters are bound once") {
  for (const shipped_dialect& s : shipped_dialects()) {
    CAPTURE(std::string(s.name));
    const dialect d = shipped(s.name);
    for (const merge_mode mode : {merge_mode::insert, merge_mode::first_load, merge_mode::newer,
                                  merge_mode::changed, merge_mode::existing})
      for (const std::string& sql : merge_statements(d, "crm", small(), mode, "THE_SOURCE")) {
        const auto at = sql.find("THE_SOURCE");
        CHECK(at != std::string::npos);
        CHECK(sql.find("THE_SOURCE", at + 1) == std::string::npos);
        for (const char* left : {"{table}", "{columns}", "{key}", "{version}", "{condition}",
                                 "{column}", "{assignments}", "{values}", "{where}", "{type}"})
          CHECK(sql.find(left) == std::string::npos);
      }
  }
}

TEST_CASE("I17: what is filled in is not looked at again") {
  const dialect d = shipped("sqlite");
  table_schema t = small();
  t.collection = "{columns}";
  CHECK(create_table(d, "", t).at(0).starts_with("CREATE TABLE \"{columns}\" (\"id\""));
}

TEST_CASE("wide tables take fewer rows a statement than the warehouse has parameters for") {
  loader_rule rule;
  rule.rows = 50;
  rule.parameters = 32'000;
  CHECK(rows_per_statement(rule, 5) == 50);
  CHECK(rows_per_statement(rule, 2000) == 16);
  CHECK(rows_per_statement(rule, 40'000) == 1);
  rule.parameters = 0;
  CHECK(rows_per_statement(rule, 40'000) == 50);
}

TEST_CASE("staging tables are where the warehouse wants its session's own") {
  const auto name = [](const char* dialect_name, const char* schema = "crm") {
    return staging_name(shipped(dialect_name), schema, small(), 3);
  };
  CHECK(name("mysql") == "`crm`.`_millrace_stage_3_leads`");
  CHECK(name("redshift") == "\"_millrace_stage_3_leads\"");
  CHECK(name("db2") == "SESSION.\"_MILLRACE_STAGE_3_LEADS\"");
  CHECK(name("oracle") == "\"ORA$PTT__MILLRACE_STAGE_3_LEADS\"");
  CHECK(name("snowflake", "a\"b") == "\"A\"\"B\".\"_MILLRACE_STAGE_3_LEADS\"");
}

TEST_CASE("a staging table of texts is cast when it is merged") {
  const dialect d = shipped("mysql");
  CHECK(create_staging(d, "crm", small(), 0).find("`amount` longtext") != std::string::npos);
  CHECK(staged_source(d, "crm", small(), 0, merge_mode::changed)
            .starts_with("SELECT `id`,CAST(`amount` AS DECIMAL(65,30)) AS `amount`,"));
  CHECK(fill_staging(d, "crm", small(), 0, merge_mode::existing, d.loaders.at(0),
                     {1, "", "", "", "/proc/self/fd/9", "", 0}) ==
        "LOAD DATA LOCAL INFILE '/proc/self/fd/9' INTO TABLE `crm`.`_millrace_stage_0_leads` "
        "CHARACTER SET utf8mb4 FIELDS TERMINATED BY '\\t' ESCAPED BY '\\\\' LINES TERMINATED BY "
        "'\\n' (`id`,`amount`,`system_modstamp`,`uuid_ts`)");
  CHECK(insert_staging(d, "crm", small(), 0, merge_mode::existing, "VALUES (?)") ==
        "INSERT INTO `crm`.`_millrace_stage_0_leads` (`id`,`amount`,`system_modstamp`,`uuid_ts`) "
        "VALUES (?)");
  // A name as a text of a text: quotes of both kinds.
  const dialect oracle = shipped("oracle");
  table_schema odd = small();
  odd.collection = "it's";
  CHECK(staging_statement(oracle, "crm", odd, 0, oracle.staging->drop)
            .find(R"('DROP TABLE ' || '"ORA$PTT__MILLRACE_STAGE_0_IT''S"')") != std::string::npos);
}

}  // namespace
