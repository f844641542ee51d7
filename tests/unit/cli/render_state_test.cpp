// What `state` and `validate --offline` say, and which collections a word names.
#include "cli/render_state.hpp"

#include <boost/json.hpp>
#include <doctest/doctest.h>

namespace millrace {
namespace {

checkpoint checkpoint_of(std::string collection, std::string object) {
  checkpoint c;
  c.collection = std::move(collection);
  c.object = std::move(object);
  c.complete = true;
  return c;
}

TEST_CASE("a word names a collection by any of its names") {
  pipeline_settings pipeline;
  pipeline.name = "acme";
  pipeline.collections = {"@standard", "Wish__c"};
  const std::vector<checkpoint> loaded{checkpoint_of("leads", "Lead"),
                                       checkpoint_of("invoice_c", "Invoice__c")};
  const auto named = [&](const std::vector<std::string>& words) {
    return named_collections(words, loaded, pipeline);
  };
  CHECK(*named({}) == std::vector<std::string>{"leads", "invoice_c"});
  CHECK(*named({"Leads", "lead", "LEAD"}) == std::vector<std::string>{"leads"});
  CHECK(*named({"Invoice__c"}) == std::vector<std::string>{"invoice_c"});
  // Not loaded yet, and no mistake.
  CHECK(*named({"contacts", "Account"}) == std::vector<std::string>{"contacts", "accounts"});
  CHECK(*named({"wish__c"}) == std::vector<std::string>{"Wish__c"});
  const auto wrong = named({"leads", "invoise_c"});
  REQUIRE_FALSE(wrong);
  CHECK(wrong.error().code == errc::usage);
  CHECK(wrong.error().message == "acme has no collection 'invoise_c'; did you mean 'invoice_c'?");
  CHECK(wrong.error().advice.find("state show acme") != std::string::npos);
}

TEST_CASE("I11: columns that are to be filled are named, until they are") {
  checkpoint history = checkpoint_of("leads/history", "");
  history.columns = {"wish_c", "hope_c"};
  for (const bool done : {false, true}) {
    checkpoint leads = checkpoint_of("leads", "Lead");
    leads.complete = true;
    history.complete = done;
    const std::vector<checkpoint> known{leads, history};
    const bool told =
        render_checkpoints(known, false).find("to be filled: wish_c, hope_c") != std::string::npos;
    CHECK(told == !done);
    const auto root = boost::json::parse(checkpoints_json("acme", known)).as_object();
    REQUIRE(root.at("checkpoints").as_array().size() == 1);
    CHECK(root.at("checkpoints").at(0).as_object().contains("to_fill") == !done);
  }
}

TEST_CASE("checkpoints for machines") {
  checkpoint with;
  with.collection = "leads";
  with.object = "Lead";
  with.cursor = time_point{};
  with.complete = true;
  with.rows = 3;
  checkpoint without;
  without.collection = "profile";
  const auto root = boost::json::parse(checkpoints_json("acme", {with, without})).as_object();
  CHECK(root.at("pipeline") == "acme");
  CHECK(root.at("checkpoints").at(0).at("cursor") == "1970-01-01T00:00:00.000Z");
  CHECK(root.at("checkpoints").at(0).at("complete") == true);
  CHECK_FALSE(root.at("checkpoints").at(1).as_object().contains("cursor"));
}

TEST_CASE("what was forgotten") {
  CHECK(render_forgotten("acme", 1) ==
        "1 checkpoint forgotten; the next sync of acme reads its collection in full\n");
  CHECK(render_forgotten("acme", 3).find("3 checkpoints forgotten") == 0);
  CHECK(boost::json::parse(forgotten_json("acme", 3)).at("forgotten").to_number<int>() == 3);
}

TEST_CASE("a configuration for machines") {
  loaded_configuration loaded;
  loaded.config.pipelines.emplace_back();
  CHECK(render_configuration(loaded.config) ==
        "The configuration is good: 0 sources, 0 warehouses, 1 pipeline\n");
  auto root = boost::json::parse(configuration_json(loaded)).as_object();
  CHECK(root.at("valid") == true);
  CHECK(root.at("pipelines").to_number<int>() == 1);
  loaded.faults.push_back({errc::config_syntax, "a.toml:1:1: caf\xE9", "x", retry::never, {}, {}});
  root = boost::json::parse(configuration_json(loaded)).as_object();
  CHECK(root.at("valid") == false);
  CHECK(root.at("faults").at(0).at("code") == "config_syntax");
}

}  // namespace
}  // namespace millrace
