// What a configuration means when it is good: every option, defaults, files and folders.
#include "engine/config/load.hpp"

#include "engine/config/options.hpp"
#include "engine/config/values.hpp"
#include "tests/unit/engine/config/config_world.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <chrono>
#include <fstream>
#include <sstream>

namespace millrace {
namespace {

using config_test::config_world;
using config_test::good_text;
using config_test::load_text;
using config_test::messages_of;
using config_test::only_fault;
using namespace std::chrono_literals;
using strings = std::vector<std::string>;

std::string_view fallback_of(std::string_view section, std::string_view key) {
  std::string_view text = find_option(section, key)->fallback;
  if (text.starts_with('"')) text = text.substr(1, text.size() - 2);
  return text;
}

TEST_CASE("the least that a configuration must say, and the defaults of the option table") {
  const auto loaded = load_text(good_text());
  REQUIRE(messages_of(loaded) == strings{});
  const configuration& c = loaded.config;
  CHECK(c.host.memory_bytes == parse_size(fallback_of("host", "memory")));
  CHECK(std::to_string(c.host.runs) == fallback_of("host", "runs"));
  CHECK(c.host.ca_file.empty());
  REQUIRE(c.sources.size() == 1);
  const source_settings& s = c.sources.front();
  CHECK(s.name == "acme");
  CHECK(s.connector == fallback_of("source.NAME", "connector"));
  CHECK(s.flow == source_settings::flow_kind::refresh_token);
  CHECK(s.client_id.reveal() == "id");
  CHECK(s.client_secret.empty());
  CHECK(s.refresh_token.reveal() == "token");
  CHECK(s.api_version.empty());
  CHECK(s.api == source_settings::api_kind::automatic);
  CHECK(s.overlap == parse_duration(fallback_of("source.NAME", "overlap")));
  CHECK(std::to_string(s.concurrency) == fallback_of("source.NAME", "concurrency"));
  REQUIRE(c.pipelines.size() == 1);
  const pipeline_settings& p = c.pipelines.front();
  CHECK(p.schema == "sfdc_prod");
  CHECK(p.when.every == parse_duration(fallback_of("pipeline.NAME", "every")));
  CHECK(p.keep_runs == parse_duration(fallback_of("pipeline.NAME", "keep_runs")));
  CHECK(p.collections == strings{"@standard", "@custom"});
  CHECK(p.exclude.empty());
  CHECK(p.place.file == "m.toml");
  CHECK(p.place.line == 6);
}

TEST_CASE("every option") {
  const auto loaded = load_text(R"(
[host]
memory = "64MiB"
runs = 12
ca_file = "/etc/ssl/company.pem"
state = "/var/lib/millrace"
http = "[::1]:9480"
[tenant.acme]
weight = 7
[warehouse.main]
odbc = "Driver=SQLite3;Database=/data/{schema}.db"
dialect = "sqlite"
dialects = ["/etc/a", "/etc/b"]
runs = 3
[source.acme-prod]
connector = "salesforce"
login_url = "https://acme.my.salesforce.com/"
auth = { flow = "client_credentials", client_id = "a", client_secret = "b" }
api_version = "62.0"
api = "bulk"
overlap = "90s"
concurrency = 25
[pipeline.p_1]
source = "acme-prod"
warehouse = "main"
schema = "_s1"
every = "1d"
collections = ["leads", "Invoice__c", "ns__*"]
exclude = ["@custom", "*_tags"]
[pipeline.p_2]
source = "acme-prod"
warehouse = "main"
schema = "_s1"
at = "30 6 * * Mon-Fri"
time_zone = "Europe/Berlin"
tenant = "acme"
)");
  REQUIRE(messages_of(loaded) == strings{});
  const configuration& c = loaded.config;
  CHECK(c.host.memory_bytes == std::uint64_t{64} << 20U);
  CHECK(c.host.runs == 12);
  CHECK(c.host.ca_file == "/etc/ssl/company.pem");
  const warehouse_settings& w = *c.find_warehouse("main");
  CHECK(w.odbc.reveal() == "Driver=SQLite3;Database=/data/{schema}.db");
  CHECK(w.dialect == "sqlite");
  CHECK(w.dialects == strings{"/etc/a", "/etc/b"});
  const source_settings& s = *c.find_source("acme-prod");
  CHECK(s.login_url == "https://acme.my.salesforce.com");
  CHECK(s.flow == source_settings::flow_kind::client_credentials);
  CHECK(s.client_secret.reveal() == "b");
  CHECK(s.api_version == "62.0");
  CHECK(s.api == source_settings::api_kind::bulk);
  CHECK(s.overlap == 90s);
  CHECK(s.concurrency == 25);
  const pipeline_settings& p = *c.find_pipeline("p_1");
  CHECK(p.when.every == 24h);
  CHECK(p.collections == strings{"leads", "Invoice__c", "ns__*"});
  CHECK(p.exclude == strings{"@custom", "*_tags"});
  CHECK(p.tenant == "acme-prod");
  CHECK(c.weight_of("acme-prod") == 1);
  const pipeline_settings& calendar = *c.find_pipeline("p_2");
  REQUIRE(calendar.when.at);
  CHECK(calendar.when.at->fields() == "30 6 * * Mon-Fri");
  CHECK(calendar.when.at->zone() == "Europe/Berlin");
  CHECK(calendar.tenant == "acme");
  CHECK(c.weight_of("acme") == 7);
  CHECK(w.runs == 3);
  CHECK(c.host.state == "/var/lib/millrace");
  CHECK(c.host.http == "[::1]:9480");
  CHECK(c.find_source("nobody") == nullptr);
  CHECK(c.find_warehouse("nobody") == nullptr);
  CHECK(c.find_pipeline("nobody") == nullptr);
}

TEST_CASE("auth as a table of its own") {
  const auto loaded = load_text(fmt::format(
      "{}{}[source.acme]\nlogin_url = \"https://a.my.salesforce.com\"\n[source.acme.auth]\nflow = "
      "\"refresh_token\"\nclient_id = \"id\"\nrefresh_token = \"token\"\n",
      config_test::good_warehouse, config_test::good_pipeline));
  CHECK(messages_of(loaded) == strings{});
  CHECK(loaded.config.find_source("acme")->refresh_token.reveal() == "token");
}

TEST_CASE("several files and folders; names are sorted") {
  config_world world;
  world.files["base.toml"] = config_test::good_warehouse;
  world.files["d/a.toml"] = config_test::good_source;
  world.files["d/b.toml"] =
      std::string(config_test::good_pipeline) +
      "[pipeline.aaa]\nsource = \"acme\"\nwarehouse = \"main\"\nschema = \"other\"\n";
  world.folders["d"] = {"d/a.toml", "d/b.toml"};
  const auto loaded = world.load({"base.toml", "d"});
  REQUIRE(messages_of(loaded) == strings{});
  REQUIRE(loaded.config.pipelines.size() == 2);
  CHECK(loaded.config.pipelines[0].name == "aaa");
  CHECK(loaded.config.pipelines[0].place.file == "d/b.toml");
  CHECK(messages_of(world.load({"base.toml", "d", "d/a.toml", "./base.toml"})) == strings{});
}

TEST_CASE("the same table in two files is an error that names both places") {
  config_world world;
  world.files["a.toml"] = good_text();
  world.files["b.toml"] = "\n[source.acme]\nlogin_url = \"https://b.my.salesforce.com\"\n";
  const error e = only_fault(world.load({"a.toml", "b.toml"}));
  CHECK(e.code == errc::config_invalid);
  CHECK(e.message ==
        "b.toml:2:9: [source.acme] is there already, at a.toml:3:9; expected each table in one "
        "file only");
}

TEST_CASE("the table [host] in two files") {
  config_world world;
  world.files["a.toml"] = good_text("[host]\nruns = 2\n");
  world.files["b.toml"] = "[host]\nruns = 3\n";
  const auto loaded = world.load({"a.toml", "b.toml"});
  CHECK(only_fault(loaded).message.find("[host] is there already, at a.toml:10:2") !=
        std::string::npos);
  CHECK(loaded.config.host.runs == 2);
}

TEST_CASE("10,000 pipelines load in seconds, also when every one of them is wrong") {
  std::string text = config_test::good_warehouse;
  for (int i = 0; i < 10'000; ++i)
    text += fmt::format(
        "[source.s{0}]\nlogin_url = \"https://s{0}.my.salesforce.com\"\nauth = {{ flow = "
        "\"refresh_token\", client_id = \"id\", refresh_token = \"token\" }}\n"
        "[pipeline.p{0}]\nsource = \"s{0}\"\nwarehouse = \"main\"\nschema = \"s{0}\"\n",
        i);
  const auto begin = std::chrono::steady_clock::now();
  const auto loaded = load_text(text);
  CHECK(messages_of(loaded) == strings{});
  CHECK(loaded.config.pipelines.size() == 10'000);
  CHECK(loaded.config.find_source("s777")->login_url == "https://s777.my.salesforce.com");
  for (std::size_t at = text.find("source = \"s"); at != std::string::npos;
       at = text.find("source = \"s", at + 1))
    text[at + 10] = 'x';
  CHECK(load_text(text).faults.size() == 10'000);
  const auto seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  MESSAGE("both took " << seconds << " s");
  CHECK(seconds < 60);  // sanitizers and a busy machine included
}

TEST_CASE("the example is a good configuration") {
  std::ifstream in(MILLRACE_SOURCE_DIR "/conf/millrace.example.toml");
  REQUIRE(in);
  std::stringstream text;
  text << in.rdbuf();
  config_world world;
  world.variables = {{"HOME", "/h"},
                     {"WAREHOUSE_PASSWORD", "w"},
                     {"ACME_CLIENT_ID", "i"},
                     {"ACME_CLIENT_SECRET", "s"}};
  world.files["/run/secrets/sandbox.token"] = "token\n";
  const auto loaded = load_text(text.str(), world);
  CHECK(messages_of(loaded) == strings{});
  CHECK(loaded.config.pipelines.size() == 2);
}

}  // namespace
}  // namespace millrace
