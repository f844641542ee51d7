// Every fault of a configuration: where it is, what was found, what was expected, what was meant.
#include "engine/config/faults.hpp"

#include "tests/unit/engine/config/config_world.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

namespace millrace {
namespace {

using config_test::config_world;
using config_test::good_text;
using config_test::load_text;
using config_test::messages_of;
using config_test::only_fault;
using strings = std::vector<std::string>;

/// The one fault's message, without the file name.
std::string said(const std::string& text) {
  return only_fault(load_text(text)).message;
}

/// A good configuration with one text in it replaced.
std::string with(const std::string& old, const std::string& fresh) {
  std::string text = good_text();
  const std::size_t at = text.find(old);
  REQUIRE(at != std::string::npos);
  return text.replace(at, old.size(), fresh);
}

TEST_CASE("TOML that is none: file, line, column") {
  const error e = only_fault(load_text("[host]\nruns = = 3\n"));
  CHECK(e.code == errc::config_syntax);
  CHECK(e.message.starts_with("m.toml:2:8: "));
  CHECK_FALSE(e.advice.empty());
}

TEST_CASE("a table that stands twice in a file is not TOML") {
  const error e = only_fault(load_text(good_text("[source.acme]\nlogin_url = \"x\"\n")));
  CHECK(e.code == errc::config_syntax);
  CHECK(e.message.starts_with("m.toml:10:"));
}

TEST_CASE("I16: a parser's message shows no long number, which may be a secret without quotes") {
  const error e =
      only_fault(load_text("[source.a]\nauth = { client_secret = 99887766554433221100 }"));
  CHECK(e.code == errc::config_syntax);
  CHECK(e.message.find("998877") == std::string::npos);
}

TEST_CASE("a file that is not there") {
  const config_world world;
  const error e = only_fault(world.load({"nowhere.toml"}));
  CHECK(e.code == errc::config_unreadable);
  CHECK(e.message == "nowhere.toml cannot be read: no such file");
}

TEST_CASE("a folder without a file") {
  config_world world;
  world.folders["d"] = {};
  const error e = only_fault(world.load({"d"}));
  CHECK(e.code == errc::config_unreadable);
  CHECK(e.message == "the folder d holds no *.toml file");
}

TEST_CASE("unknown tables") {
  CHECK(said(good_text("[hots]\nruns = 3\n")) ==
        "m.toml:10:2: unknown table [hots]; expected [host], [tenant.NAME], [warehouse.NAME], "
        "[source.NAME] or [pipeline.NAME]; did you mean [host]?");
  CHECK(said("memory = \"1GiB\"\n" + good_text()).ends_with("did you mean memory in [host]?"));
  CHECK(said("host = 3\n" + good_text()) == "m.toml:1:1: host is no table; expected [host]");
  CHECK(said(good_text("[pipeline]\nx = 3\n")).find("pipeline.x is no table") != std::string::npos);
}

TEST_CASE("unknown keys") {
  CHECK(said(with("login_url", "login_ulr = \"\"\nlogin_url")) ==
        "m.toml:4:1: unknown key \"login_ulr\" in [source.acme]; expected one of connector, "
        "login_url, auth, api_version, api, overlap, concurrency, requests_at_once, "
        "requests_per_second, logins_per_hour, silent_fields, api_budget; did "
        "you mean "
        "login_url?");
  CHECK(said(good_text("Every = \"3h\"\n")).ends_with("did you mean every?"));
  CHECK(said(good_text("overlap = \"3h\"\n")).ends_with("did you mean overlap in [source.NAME]?"));
  const std::string strange = said(good_text("\"a\\u001bb\" = 1\n"));
  CHECK(strange.find("unknown key \"a?b\"") != std::string::npos);
  CHECK(strange.find("did you mean") == std::string::npos);
  CHECK(said(with("flow =", "flwo = 1, flow =")).ends_with("did you mean flow?"));
}

TEST_CASE("a budget is a number or a part") {
  CHECK(said(with("auth", "api_budget = { day = \"most\" }\nauth"))
            .find("a number of calls such as \"5000\", or a part such as \"60%\"") !=
        std::string::npos);
}

TEST_CASE("I16: the host is asked on loopback alone") {
  for (const char* good : {"127.0.0.1:9470", "[::1]:9470", "localhost:1", "off"})
    CHECK(messages_of(load_text(good_text(fmt::format("[host]\nhttp = \"{}\"\n", good)))).empty());
  for (const char* bad : {"0.0.0.0:9470", "9470", "127.0.0.1", "127.0.0.1:x", "127.0.0.1:70000",
                          "db.example.com:9470", "", "127.0.0.1:-1", ":9470"})
    CHECK(said(good_text(fmt::format("[host]\nhttp = \"{}\"\n", bad))).find("host.http is") !=
          std::string::npos);
}

TEST_CASE("a cadence is an interval or times of a calendar") {
  CHECK(said(good_text("at = \"30 6 * *\"\n")).find("pipeline.acme.at '30 6 * *' is no time") !=
        std::string::npos);
  CHECK(said(good_text("at = \"30 6 * * *\"\nevery = \"1h\"\n"))
            .find("pipeline.acme.at and `every` are both there") != std::string::npos);
  CHECK(said(good_text("time_zone = \"UTC\"\n")).find("goes with `at`") != std::string::npos);
  CHECK(said(good_text("at = \"30 6 * * *\"\ntime_zone = \"Mars/Olympus\"\n"))
            .find("there is no time zone 'Mars/Olympus'") != std::string::npos);
}

TEST_CASE("options of a collection") {
  const auto options = [](const std::string& text) {
    return good_text("[pipeline.acme.collection.leads]\n" + text);
  };
  const auto names = [&](const std::string& text, const char* what) {
    CAPTURE(text);
    CHECK(said(options(text)).find(what) != std::string::npos);
  };
  names("fields = []\n", "pipeline.acme.collection.leads.fields is empty");
  names("hash_fields = [\"Email\"]\n", "needs a salt, and pipeline.acme has none");
  names("table = \"Leads\"\n", "small letters, digits and '_'");
  names("table = \"_millrace_keys_contacts\"\n", "a name of millrace's own");
  names("priority = 101\n", "a whole number, from 0 to 100");
  names("filds = [\"Email\"]\n", "did you mean fields?");
  // A condition stands between parentheses of ours, and does not get out of them.
  names("where = \"A = 1) OR (B = 2\"\n", "closes a parenthesis that it has not opened");
  names("where = \"A = (1\"\n", "opens a parenthesis that it does not close");
  names("where = \"A = 'it\"\n", "has a text that does not end");
  names("where = \"A = 'it\\\\'\"\n", "has a text that does not end");
  names("where = \"A = 1\\nOR 1 = 1\"\n", "holds a control character");
  for (const char* good : {"Name = ')'", "Name = 'it\\\\'s ('", "(A = 1) AND (B IN (1, 2))"}) {
    CAPTURE(good);
    CHECK(messages_of(load_text(options(fmt::format("where = \"{}\"\n", good)))).empty());
  }
  CHECK(said(options("") + "[pipeline.acme.collection.LEADS]\n").find("twice, in other letters") !=
        std::string::npos);
}

TEST_CASE("types and bounds: what is there, and what should be") {
  CHECK(
      said(good_text("every = 3\n")) ==
      "m.toml:10:9: pipeline.acme.every is the number 3; expected a duration such as \"1h\", from "
      "1s to 30d");
  CHECK(said(good_text("every = \"3 hours\"\n")).find("is the text \"3 hours\"") !=
        std::string::npos);
  CHECK(said(good_text("every = \"31d\"\n")).find("from 1s to 30d") != std::string::npos);
  CHECK(said(good_text("[host]\nruns = 0\n")) ==
        "m.toml:11:8: host.runs is the number 0; expected a whole number, from 1 to 1000");
  CHECK(said(good_text("[host]\nruns = 2.5\n")).find("is the number 2.5") != std::string::npos);
  CHECK(said(good_text("[host]\nruns = \"4\"\n")).find("is the text \"4\"") != std::string::npos);
  CHECK(said(good_text("[host]\nmemory = \"512MB\"\n")) ==
        "m.toml:11:10: host.memory is the text \"512MB\"; expected a size such as \"512MiB\", from "
        "16MiB to 1024GiB");
  CHECK(said(good_text("[host]\nmemory = \"1MiB\"\n")).find("from 16MiB") != std::string::npos);
  CHECK(said(good_text("[host]\nca_file = false\n")) ==
        "m.toml:11:11: host.ca_file is false; expected a text");
  CHECK(said(good_text("collections = \"leads\"\n")).ends_with("expected a list of texts"));
  CHECK(said(good_text("collections = [\"leads\", 3]\n")) ==
        "m.toml:10:25: pipeline.acme.collections holds the number 3; expected a list of texts");
  CHECK(said(good_text("exclude = 2024-01-02\n")).find("is a date") != std::string::npos);
  CHECK(said(with("auth = {", "auth = 3 #{")).find("auth is the number 3; expected a table") !=
        std::string::npos);
  CHECK(said(with("source = \"acme\"", "source = [\"acme\"]")).find("is a list; expected a text") !=
        std::string::npos);
}

TEST_CASE("choices") {
  CHECK(said(with("auth =", "api = \"bluk\"\nauth =")) ==
        "m.toml:5:7: source.acme.api is \"bluk\"; expected \"auto\" or \"rest\" or \"bulk\"; did "
        "you mean \"bulk\"?");
  CHECK(said(with("auth =", "connector = \"hubspot\"\nauth =")).find("did you mean") ==
        std::string::npos);
  CHECK(said(with("auth =", "api_version = \"v62\"\nauth =")) ==
        "m.toml:5:15: source.acme.api_version is \"v62\"; expected \"auto\" or a version such as "
        "\"62.0\", from \"50.0\" on");
}

TEST_CASE("what is needed and absent") {
  CHECK(said(with("schema = \"sfdc_prod\"", "")) ==
        "m.toml:6:1: [pipeline.acme] lacks schema; expected a text, for example schema = "
        "\"sfdc_prod\"");
  CHECK(said(with("\"refresh_token\", client", "\"jwt\", username = \"u\", client"))
            .find("flow = \"jwt\" needs private_key; expected private_key, for example") !=
        std::string::npos);
  CHECK(said(with("\"refresh_token\", client", "\"password\", password = \"p\", client"))
            .find("flow = \"password\" needs username") != std::string::npos);
  CHECK(said(with("flow = \"refresh_token\"", "flow = \"client_credentials\""))
            .find("needs client_secret") != std::string::npos);
  CHECK(said(with("source = \"acme\"", "source = \"\"")).find("pipeline.acme.source is empty") !=
        std::string::npos);
}

TEST_CASE("references") {
  CHECK(said(with("source = \"acme\"", "source = \"amce\"")) ==
        "m.toml:7:10: pipeline.acme.source is \"amce\", and there is no [source.NAME] of this "
        "name; expected the name of a source; did you mean \"acme\"?");
  CHECK(said(with("warehouse = \"main\"", "warehouse = \"elsewhere\""))
            .ends_with("expected the name of a warehouse"));
  CHECK(said(with("odbc =", "dialect =")).find("lacks odbc") != std::string::npos);
}

TEST_CASE("where a file cannot be read, what it may hold is not called absent") {
  config_world world;
  world.files["a.toml"] = config_test::good_pipeline;
  world.files["b.toml"] = "[";
  const auto loaded = world.load({"a.toml", "b.toml", "c.toml"});
  REQUIRE(loaded.faults.size() == 2);
  CHECK(loaded.faults[0].code == errc::config_syntax);
  CHECK(loaded.faults[1].code == errc::config_unreadable);
}

TEST_CASE("names, schemas and groups") {
  CHECK(said(good_text("[source.\"a b\"]\nx = 1\n")) ==
        "m.toml:10:9: the name \"a b\" cannot be used; expected letters, digits, '_' and '-', 64 "
        "at most");
  for (const std::string schema : {"1a", "a-b", "a b", "a\\\"b", "ü"})
    CHECK(said(with("sfdc_prod", schema)).find("no digit first") != std::string::npos);
  CHECK(said(good_text("collections = [\"@standrad\"]\n"))
            .ends_with("expected \"@standard\" or \"@custom\"; did you mean \"@standard\"?"));
  CHECK(said(good_text("collections = []\n")).find("nothing would be loaded") != std::string::npos);
  CHECK(said(good_text("exclude = [\"\"]\n")).find("exclude is empty") != std::string::npos);
}

TEST_CASE("two sources cannot share a schema of a warehouse; two pipelines of one source can") {
  const std::string more =
      "[pipeline.b]\nsource = \"{}\"\nwarehouse = \"main\"\nschema = \"sfdc_prod\"\n"
      "[source.other]\nlogin_url = \"https://b.my.salesforce.com\"\n"
      "auth = {{ flow = \"refresh_token\", client_id = \"i\", refresh_token = \"t\" }}\n";
  CHECK(messages_of(load_text(good_text(fmt::format(fmt::runtime(more), "acme")))) == strings{});
  CHECK(said(good_text(fmt::format(fmt::runtime(more), "other"))) ==
        "m.toml:13:10: pipeline.b loads another source into the schema \"sfdc_prod\" of the "
        "warehouse \"main\" than pipeline.acme at m.toml:9:10; expected a schema of its own for "
        "each source");
}

/// Two pipelines, `a` with schema s1 of warehouse w1, `b` with `schema` of `warehouse`.
std::string two_pipelines(const std::string& odbc1, const std::string& odbc2,
                          const std::string& warehouse, const std::string& schema,
                          const std::string& source = "other") {
  return fmt::format(
      "{}[source.other]\nlogin_url = \"https://b.my.salesforce.com\"\n"
      "auth = {{ flow = \"refresh_token\", client_id = \"i\", refresh_token = \"t\" }}\n"
      "[warehouse.w1]\nodbc = \"{}\"\n[warehouse.w2]\nodbc = \"{}\"\n"
      "[pipeline.a]\nsource = \"acme\"\nwarehouse = \"w1\"\nschema = \"s1\"\n"
      "[pipeline.b]\nsource = \"{}\"\nwarehouse = \"{}\"\nschema = \"{}\"\n",
      config_test::good_source, odbc1, odbc2, source, warehouse, schema);
}

TEST_CASE("two sources cannot share tables by two names of one warehouse") {
  const std::string server = "Driver=P;Server=db;Database=bi;UID=u;PWD=hunter2";
  const std::string again = "driver=P;database=bi;server=db;UID=other;PWD=hunter3";
  CHECK(messages_of(load_text(two_pipelines(server, again, "w2", "s2"))) == strings{});
  CHECK(messages_of(load_text(two_pipelines(server, again, "w2", "s1", "acme"))) == strings{});
  CHECK(said(two_pipelines(server, again, "w2", "s1")) ==
        "m.toml:18:10: pipeline.b loads another source into the same tables, by the warehouse "
        "\"w2\", which leads to the same database as \"w1\", than pipeline.a at m.toml:14:10; "
        "expected a schema of its own for each source");
  const std::string file = "Driver=SQLite3;Database=/data/s1.db";
  const std::string each = "Driver=SQLite3;Database=/data/{schema}.db";
  CHECK(messages_of(load_text(two_pipelines(file, each, "w2", "s2"))) == strings{});
  CHECK(said(two_pipelines(file, each, "w2", "s1")).find("leads to the same database") !=
        std::string::npos);
  CHECK(said(two_pipelines(file, file, "w2", "s2")).find("names one file for every schema") !=
        std::string::npos);
}

TEST_CASE("a file has no schemas: two of them need {schema}, whatever their sources") {
  const std::string file = "Driver=SQLite3;Database=/data/one.db";
  const std::string each = "Driver=SQLite3;Database=/data/{schema}.db";
  CHECK(messages_of(load_text(two_pipelines(each, each, "w1", "s2"))) == strings{});
  CHECK(messages_of(load_text(two_pipelines(file, each, "w2", "s2"))) == strings{});
  CHECK(messages_of(load_text(two_pipelines(file, each, "w1", "s1", "acme"))) == strings{});
  CHECK(said(two_pipelines(file, each, "w1", "s2", "acme")) ==
        "m.toml:18:10: pipeline.b loads the schema \"s2\" into the same file as pipeline.a at "
        "m.toml:14:10 loads \"s1\", since the `odbc` of the warehouse \"w1\" names one file for "
        "every schema; expected `{schema}` in the file's name, or a warehouse of its own");
}

TEST_CASE("login addresses") {
  const auto fault_of = [](const std::string& url) {
    const auto loaded = load_text(with("https://acme.my.salesforce.com", url));
    return loaded.faults.empty() ? std::string() : only_fault(loaded).message;
  };
  for (const std::string good :
       {"https://login.salesforce.com", "https://acme.my.salesforce.com:8443/custom/path",
        "http://localhost:1", "http://127.0.0.1:8080/x", "http://127.1.2.3", "http://[::1]:80"})
    CHECK(fault_of(good).empty());
  for (const std::string bad :
       {"acme.my.salesforce.com", "ftp://acme.com", "https://", "https:///x", "https://a.com?x=1",
        "https://a.com#x", "http://a.com", "http://127.evil.com", "http://127.0.0.1.evil.com",
        "http://1270.0.0.1", "http://localhost.evil.com", "https://a.com:0", "https://a.com:70000",
        "https://a.com:x", "https://a b.com", "https://a.com\\\\@b.com", "http://[::1",
        "https://ä.com", "http://127.0.0.256"})
    CHECK_MESSAGE(fault_of(bad).find("source.acme.login_url cannot be used: ") != std::string::npos,
                  bad);
  const std::string message = fault_of("https://user:hunter2@a.com");
  CHECK(message.find("user name") != std::string::npos);
  CHECK(message.find("hunter2") == std::string::npos);
}

TEST_CASE("all faults at once, in order of place") {
  const auto loaded = load_text(
      "[source.a]\napi = \"x\"\nlogin_url = 3\n[pipeline.b]\nwarehouse = \"w\"\n[host]\nruns = "
      "-1\n");
  const auto messages = messages_of(loaded);
  REQUIRE(messages.size() == 7);
  CHECK(messages[0].starts_with("m.toml:1:1: [source.a] lacks auth"));
  CHECK(messages[1].starts_with("m.toml:2:7: source.a.api is"));
  CHECK(messages[2].starts_with("m.toml:3:13: source.a.login_url is the number 3"));
  CHECK(messages[3].starts_with("m.toml:4:1: [pipeline.b] lacks source"));
  CHECK(messages[4].starts_with("m.toml:4:1: [pipeline.b] lacks schema"));
  CHECK(messages[5].starts_with("m.toml:5:13: pipeline.b.warehouse is \"w\""));
  CHECK(messages[6].starts_with("m.toml:7:8: host.runs is the number -1"));
}

TEST_CASE("quoted: no control characters, long texts are cut between characters") {
  CHECK(quoted("a\n\x1b\x7f") == "\"a???\"");
  CHECK(quoted(std::string(79, 'x') + "äöü") == "\"" + std::string(79, 'x') + "…\"");
}

}  // namespace
}  // namespace millrace
