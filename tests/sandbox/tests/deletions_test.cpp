// Deleting: what goes along, what a bin keeps and for how long, what getDeleted tells of it.
#include "tests/sandbox/tests/client.hpp"

#include <doctest/doctest.h>

#include <set>

using namespace sandbox;

namespace {

/// getDeleted of the hours before now.
boost::json::value deleted(test_client& c, const std::string& object, std::int64_t hours = 1) {
  const stamp now = c.where().now();
  const auto time = [](stamp t) {
    std::string text = rest_time(t);
    return text.substr(0, 19) + "Z";
  };
  return c.json("GET", test_client::data() + "sobjects/" + object + "/deleted/?start=" +
                           time(now - hours * hour_ms) + "&end=" + time(now + minute_ms));
}

std::set<std::string> ids_of(const boost::json::value& answer) {
  std::set<std::string> out;
  for (const auto& one : answer.at("deletedRecords").as_array())
    out.insert(text_of(one.at("id")));
  return out;
}

}  // namespace

TEST_CASE("children go with what they belong to, and come back with it") {
  test_client c;
  c.control("clock", R"({"advance_seconds":3600})");
  const auto before = c.truth("Contact");
  const std::string now = canonical_time(c.where().write_stamp());
  const auto done = c.control("mutate", R"({"object":"Account","delete":6,"seed":2})");
  const auto& contacts = done.at("Contact").at("cascaded").as_array();
  REQUIRE(!contacts.empty());
  auto after = c.truth("Contact");
  for (const auto& id : contacts) {
    CHECK(after.at(text_of(id)).at("IsDeleted") == "1");
    CHECK(after.at(text_of(id)).at("SystemModstamp") == now.c_str());
    CHECK(ids_of(deleted(c, "Contact")).contains(text_of(id)));
  }
  // Whose parent went because its own parent did.
  CHECK(done.as_object().contains("OpportunityLineItem"));
  CHECK(!done.as_object().contains("Case"));
  c.control("settings", R"({"undeletes_are_stamped":false})");
  c.control("mutate", R"({"object":"Account","undelete":200,"seed":2})");
  for (const auto& id : contacts) {
    const auto record = c.truth("Contact").at(text_of(id));
    CHECK(record.at("IsDeleted") == "0");
    CHECK(record.at("SystemModstamp") == now.c_str());
  }
  CHECK(ids_of(deleted(c, "Contact")).empty());
}

TEST_CASE("children may go without a stamp") {
  test_client c;
  const auto before = c.truth("Contact");
  c.control("settings", R"({"cascades_are_stamped":false})");
  const auto done = c.control("mutate", R"({"object":"Account","delete":6,"seed":2})");
  auto after = c.truth("Contact");
  for (const auto& id : done.at("Contact").at("cascaded").as_array()) {
    CHECK(after.at(text_of(id)).at("IsDeleted") == "1");
    CHECK(after.at(text_of(id)).at("SystemModstamp") ==
          before.at(text_of(id)).at("SystemModstamp"));
  }
}

TEST_CASE("an object without recycle bin loses what is deleted") {
  test_client c;
  const std::size_t before = c.truth("CampaignMember").size();
  const auto done = c.control("mutate", R"({"object":"CampaignMember","delete":3,"seed":2})");
  CHECK(c.truth("CampaignMember").size() == before - 3);
  CHECK(ids_of(deleted(c, "CampaignMember")).size() == 3);
  CHECK(c.control("mutate", R"({"object":"CampaignMember","undelete":1})").as_object().empty());
}

TEST_CASE("the recycle bin keeps 15 days, or until somebody empties it") {
  test_client c;
  const auto done = c.control("mutate", R"({"object":"Lead","delete":3,"seed":2})");
  const std::string kept = text_of(done.at("Lead").at("deleted").at(0));
  const auto purged = c.control("mutate", R"({"object":"Lead","purge":1,"seed":2})");
  const std::string emptied = text_of(purged.at("Lead").at("purged").at(0));
  CHECK(!c.truth("Lead").contains(emptied));
  c.control("clock", R"({"advance_seconds":1295999})");
  CHECK((c.truth("Lead").contains(kept) || emptied == kept));
  c.control("clock", R"({"advance_seconds":1})");
  for (const auto& id : done.at("Lead").at("deleted").as_array())
    CHECK((!c.truth("Lead").contains(text_of(id)) || text_of(id) == emptied));
}

TEST_CASE("getDeleted: whole minutes, limits, and what holds it back") {
  test_client c;
  c.control("clock", R"({"advance_seconds":7})");
  c.control("mutate", R"({"object":"Lead","delete":2,"hard_delete":2,"seed":5})");
  auto answer = deleted(c, "Lead");
  CHECK(ids_of(answer).size() == 4);
  CHECK(text_of(answer.at("latestDateCovered")).substr(16) == ":00.000+0000");
  CHECK(text_of(answer.at("deletedRecords").at(0).at("deletedDate")).ends_with(":07.000+0000"));

  c.control("settings", R"({"long_transaction_seconds":3600})");
  const std::string held = rest_time(c.where().now() - hour_ms).substr(0, 16);
  CHECK(text_of(deleted(c, "Lead").at("latestDateCovered")).starts_with(held));
  c.control("settings", R"({"long_transaction_seconds":0,"id_limit":3})");
  CHECK(deleted(c, "Lead").at(0).at("errorCode") == "EXCEEDED_ID_LIMIT");
  CHECK(deleted(c, "Lead", 400).at(0).at("errorCode") == "INVALID_REPLICATION_DATE");
  CHECK(deleted(c, "CampaignShare").at(0).at("errorCode") == "INVALID_TYPE_FOR_OPERATION");
}

TEST_CASE("a transaction that is not committed holds getDeleted back") {
  test_client c;
  const std::string began = rest_time(c.where().now()).substr(0, 16);
  c.control("mutate", R"({"object":"Lead","delete":1,"late_seconds":1200,"seed":5})");
  c.control("clock", R"({"advance_seconds":1199})");
  CHECK(ids_of(deleted(c, "Lead")).empty());
  CHECK(text_of(deleted(c, "Lead").at("latestDateCovered")).starts_with(began));
  c.control("clock", R"({"advance_seconds":60})");
  CHECK(ids_of(deleted(c, "Lead")).size() == 1);
}

TEST_CASE("the log of deletions loses its oldest when it is too large") {
  test_client c;
  c.control("settings", R"({"delete_log_limit":2})");
  c.control("mutate", R"({"object":"Product2","delete":4,"seed":5})");
  CHECK(ids_of(deleted(c, "Product2")).size() == 4);
  c.control("clock", R"({"advance_seconds":10800})");
  auto answer = deleted(c, "Product2", 4);
  CHECK(ids_of(answer).size() == 2);
  const std::string gone = rest_time(c.where().now() - 3 * hour_ms + minute_ms).substr(0, 16);
  CHECK(text_of(answer.at("earliestDateAvailable")).starts_with(gone));
  c.control("settings", R"({"purged_log_is_an_error":true})");
  CHECK(deleted(c, "Product2", 4).at(0).at("errorCode") == "INVALID_REPLICATION_DATE");
}

TEST_CASE("getDeleted may keep hard deletes to itself, and tell of records that live") {
  test_client c;
  c.control("settings", R"({"hard_deletes_are_listed":false})");
  const auto done =
      c.control("mutate", R"({"object":"Lead","hard_delete":2,"list_as_deleted":1,"seed":5})");
  const std::string alive = text_of(done.at("Lead").at("listed_as_deleted").at(0));
  CHECK(ids_of(deleted(c, "Lead")) == std::set<std::string>{alive});
  CHECK(c.truth("Lead").at(alive).at("IsDeleted") == "0");
}
