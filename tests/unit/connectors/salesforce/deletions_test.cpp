// Dialogues about what was deleted: the log, its limits, and looking for what it reports.
#include "connectors/salesforce/deletions.hpp"

#include "connectors/salesforce/keyed_reader.hpp"
#include "tests/unit/connectors/salesforce/dialogue.hpp"

namespace millrace {
namespace {

using namespace dialogues;

time_point at(std::string_view time_of_day) {
  return parse_timestamp(fmt::format("2024-05-01T{}Z", time_of_day)).value();
}

/// A day's log, from 9 to 12.
struct looking {
  std::unique_ptr<deletions_conversation> talk;
  looking() : looking("09:00:00", "12:00:00") {}
  looking(std::string_view from, std::string_view to)
      : talk(salesforce::make_deletions(session_of(), leads(), {at(from), at(to)})) {}

  verdict answer(const ask& a, const std::string& body) {
    return talk->answered(a.id, json_answer(body), noon);
  }
  [[nodiscard]] std::vector<std::string> gone() const {
    std::vector<std::string> out;
    for (const gone_record& g : talk->gone())
      out.push_back(g.key);
    return out;
  }
};

std::string log_page(const std::vector<std::string>& ids, std::string_view covered = "12:00:00",
                     std::string_view earliest = "01:00:00") {
  std::string list;
  for (const std::string& id : ids)
    list += fmt::format(R"({}{{"id":"{}","deletedDate":"2024-05-01T10:07:19.000+0000"}})",
                        list.empty() ? "" : ",", id);
  return fmt::format(R"({{"deletedRecords":[{}],"earliestDateAvailable":"2024-05-01T{}.000+0000",)"
                     R"("latestDateCovered":"2024-05-01T{}.000+0000"}})",
                     list, earliest, covered);
}

std::string found(const std::vector<std::string>& ids, std::size_t total) {
  std::string list;
  for (const std::string& id : ids)
    list += fmt::format(R"({}{{"attributes":{{"type":"Lead"}},"Id":"{}"}})",
                        list.empty() ? "" : ",", id);
  return fmt::format(R"({{"totalSize":{},"done":true,"records":[{}]}})", total, list);
}

TEST_CASE("nothing was deleted: one call") {
  looking l;
  const ask a = next_ask(*l.talk);
  CHECK(a.purpose == "deleted");
  CHECK(a.request.url == std::string(host) +
                             "/services/data/v62.0/sobjects/Lead/deleted/"
                             "?start=2024-05-01T09%3A00%3A00%2B00%3A00"
                             "&end=2024-05-01T12%3A00%3A00%2B00%3A00");
  CHECK(proceeds(l.answer(a, log_page({}))));
  CHECK(is_finished(*l.talk));
  CHECK(l.gone().empty());
  CHECK(l.talk->covered_until() == at("12:00:00"));
}

TEST_CASE("I14 what the log reports is believed only when it is not found") {
  looking l;
  CHECK(proceeds(l.answer(next_ask(*l.talk), log_page({"a", "b", "c", "a"}))));
  const ask look = next_ask(*l.talk);
  CHECK(statement_of(look) == "SELECT Id,IsDeleted FROM Lead WHERE Id IN ('a','b','c')");
  CHECK(look.request.url.find("/queryAll/") != std::string::npos);  // the recycle bin counts
  CHECK(proceeds(l.answer(look, found({"b"}, 1))));
  CHECK(is_finished(*l.talk));
  CHECK(l.gone() == std::vector<std::string>{"a", "c"});
  CHECK(l.talk->gone().front().deleted_at == at("10:07:19"));
}

TEST_CASE("I14 a record that the log reports and that is in the recycle bin is told apart") {
  looking l;
  CHECK(proceeds(l.answer(next_ask(*l.talk), log_page({"a", "b", "c"}))));
  CHECK(proceeds(l.answer(next_ask(*l.talk),
                          R"({"totalSize":2,"done":true,"records":[{"Id":"a","IsDeleted":true},)"
                          R"({"Id":"b","IsDeleted":false}]})")));
  CHECK(is_finished(*l.talk));
  CHECK(l.gone() == std::vector<std::string>{"c"});
  CHECK(l.talk->in_bin() == std::vector<std::string>{"a"});
}

TEST_CASE("I17 an answer that speaks of a recycle bin where there is none is not heard") {
  collection what = leads();
  std::erase_if(what.fields, [](const field& f) { return f.name == soft_delete_field; });
  what.has_deleted_rows = false;
  looking l;
  l.talk = salesforce::make_deletions(session_of(), what, {at("09:00:00"), at("12:00:00")});
  CHECK(proceeds(l.answer(next_ask(*l.talk), log_page({"a"}))));
  CHECK(
      proceeds(l.answer(next_ask(*l.talk),
                        R"({"totalSize":1,"done":true,"records":[{"Id":"a","IsDeleted":true}]})")));
  CHECK(l.talk->in_bin().empty());
}

TEST_CASE("I3 an answer that was cut says nothing about who is gone") {
  looking l;
  CHECK(proceeds(l.answer(next_ask(*l.talk), log_page({"a", "b"}))));
  const ask look = next_ask(*l.talk);
  CHECK(again(l.answer(look, found({"a"}, 2))).again == retry::later);
  CHECK(again(l.answer(look, R"({"records":[]})")).again == retry::later);
  CHECK(proceeds(l.answer(look, found({"a", "b"}, 2))));
  CHECK(l.gone().empty());
}

TEST_CASE("many are looked for 200 at a time") {
  std::vector<std::string> ids;
  ids.reserve(450);
  for (int i = 0; i < 450; ++i)
    ids.push_back(fmt::format("00Q{:015}", i));
  looking l;
  CHECK(proceeds(l.answer(next_ask(*l.talk), log_page(ids))));
  for (const std::size_t there : {200U, 200U, 50U}) {
    const ask look = next_ask(*l.talk);
    const std::string statement = statement_of(look);
    const std::string list = statement.substr(statement.find(" IN "));
    CHECK(static_cast<std::size_t>(std::count(list.begin(), list.end(), ',')) == there - 1);
    CHECK(proceeds(l.answer(look, found({}, 0))));
  }
  CHECK(is_finished(*l.talk));
  CHECK(l.gone() == ids);
}

TEST_CASE("a transaction that holds the log back: the rest is for the next time") {
  looking l;
  CHECK(proceeds(l.answer(next_ask(*l.talk), log_page({}, "10:30:40"))));
  CHECK(is_finished(*l.talk));
  CHECK(l.talk->covered_until() == at("10:30:00"));
}

TEST_CASE("too many for one answer: the window is halved") {
  looking l;
  CHECK(proceeds(l.talk->answered(next_ask(*l.talk).id, refusal(400, "EXCEEDED_ID_LIMIT"), noon)));
  std::vector<std::string> ends;
  for (int i = 0; i < 2; ++i) {
    const ask a = next_ask(*l.talk);
    ends.push_back(a.request.url.substr(a.request.url.find("&end=")));
    CHECK(proceeds(l.answer(a, log_page({}))));
  }
  CHECK(ends == std::vector<std::string>{"&end=2024-05-01T10%3A30%3A00%2B00%3A00",
                                         "&end=2024-05-01T12%3A00%3A00%2B00%3A00"});
  CHECK(is_finished(*l.talk));
  CHECK(l.talk->covered_until() == at("12:00:00"));
}

TEST_CASE("a minute that holds too many is left to a census, and so it ends") {
  looking l("09:00:00", "09:01:00");
  CHECK(proceeds(l.talk->answered(next_ask(*l.talk).id, refusal(400, "EXCEEDED_ID_LIMIT"), noon)));
  CHECK(is_finished(*l.talk));
  CHECK(!l.talk->covered_until());
}

TEST_CASE("a log that does not reach back, or is of no use, asks for a census") {
  SUBCASE("it was purged") {
    looking l;
    CHECK(proceeds(l.answer(next_ask(*l.talk), log_page({}, "12:00:00", "09:30:00"))));
    CHECK(is_finished(*l.talk));
    CHECK(!l.talk->covered_until());
  }
  for (const char* code : {"INVALID_REPLICATION_DATE", "INVALID_TYPE_FOR_OPERATION", "NOT_FOUND",
                           "INSUFFICIENT_ACCESS"}) {
    SUBCASE(code) {
      looking l;
      CHECK(proceeds(l.talk->answered(next_ask(*l.talk).id, refusal(400, code), noon)));
      CHECK(is_finished(*l.talk));
      CHECK(!l.talk->covered_until());
    }
  }
}

TEST_CASE("I13 an org without calls left is asked no more") {
  looking l;
  const error why = gives_up(l.talk->answered(
      next_ask(*l.talk).id, refusal(403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests"), noon));
  CHECK(why.code == errc::request_limit);
}

TEST_CASE("less than a minute has passed: nothing to ask") {
  looking l("09:00:10", "09:00:50");
  CHECK(is_finished(*l.talk));
  CHECK(l.talk->covered_until() == at("09:00:00"));
}

TEST_CASE("an answer that is no list, or holds what is no Id, is not taken") {
  for (const char* body : {"[]", "{}", R"({"deletedRecords":[{"id":"a' OR Id != '"}]})",
                           R"({"deletedRecords":[{"id":7}]})"}) {
    CAPTURE(body);
    looking l;
    CHECK(again(l.answer(next_ask(*l.talk), body)).code == errc::page_malformed);
  }
}

TEST_CASE("records are read by their Ids, 200 at a time, whole and whenever they were changed") {
  read_order order = order_of(leads(), {at("09:00:00"), {}});
  for (int i = 0; i < 201; ++i)
    order.keys.push_back(fmt::format("00Q{:015}", i));
  const auto pages = salesforce::make_keyed_reader(session_of(), order);
  const ask first = next_ask(*pages);
  CHECK(statement_of(first).find("WHERE Id IN ('00Q000000000000000','") != std::string::npos);
  CHECK(statement_of(first).find("SystemModstamp >=") == std::string::npos);
  CHECK(proceeds(give_page(*pages, order, first, json_head(), rest_page(1, {lead("a")}))));
  const ask second = next_ask(*pages);
  CHECK(statement_of(second).find("IN ('00Q000000000000200')") != std::string::npos);
  CHECK(proceeds(give_page(*pages, order, second, json_head(), rest_page(0, {}))));
  CHECK(is_finished(*pages));
  CHECK(pages->expected_records() == 1U);
  CHECK(!pages->progress());
}

}  // namespace
}  // namespace millrace
