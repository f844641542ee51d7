// Counting records: what is asked, and whose a refusal is.
#include "connectors/salesforce/counts.hpp"

#include "tests/unit/connectors/salesforce/dialogue.hpp"

namespace millrace {
namespace {

using namespace dialogues;

http_response total(int number) {
  return json_answer(fmt::format(R"({{"totalSize":{},"done":true,"records":[]}})", number));
}

ask next_ask(conversation& talk) {
  const next_step step = talk.next(noon);
  REQUIRE(std::holds_alternative<ask>(step));
  return std::get<ask>(step);
}

TEST_CASE("each question is one call with its conditions") {
  collection what = leads();
  field made;
  made.name = "CreatedDate";
  what.created = what.fields.size();
  what.fields.push_back(made);
  const auto talk = salesforce::make_counts(
      session_of(),
      {{what, {noon, {}}, true, {}}, {what, {}, false, noon}, {leads(), {}, false, noon}});
  const ask window = next_ask(*talk);
  CHECK(window.request.url.find("/queryAll/?q=SELECT+COUNT()+FROM+Lead+WHERE+SystemModstamp+") !=
        std::string::npos);
  const ask made_before = next_ask(*talk);
  CHECK(made_before.request.url.find(
            "/queryAll/?q=SELECT+COUNT()+FROM+Lead+WHERE+CreatedDate+%3C+") != std::string::npos);
  // Not by a path that leaves more out than the bin.
  CHECK(made_before.request.url.ends_with("+AND+IsDeleted+%3D+false"));
  // A collection that does not tell when a record was made is counted whole.
  const ask all = next_ask(*talk);
  CHECK(
      all.request.url.ends_with("/queryAll/?q=SELECT+COUNT()+FROM+Lead+WHERE+IsDeleted+%3D+false"));
  CHECK(std::holds_alternative<wait_for_answer>(talk->next(noon)));
  talk->answered(all.id, total(3), noon);
  talk->answered(window.id, total(1), noon);
  talk->answered(made_before.id, total(2), noon);
  CHECK(std::holds_alternative<finished>(talk->next(noon)));
  for (std::size_t i = 0; i < 3; ++i)
    CHECK(talk->results().at(i).value() == i + 1);
}

TEST_CASE(
    "I6: a refusal is that question's alone; the end of the session or of the calls is for all") {
  const auto talk = salesforce::make_counts(
      session_of(), {{leads(), {}, true, {}}, {leads(), {}, true, {}}, {leads(), {}, true, {}}});
  const ask first = next_ask(*talk);
  const ask second = next_ask(*talk);
  const ask third = next_ask(*talk);
  CHECK(std::holds_alternative<proceed>(
      talk->answered(first.id, refusal(400, "MALFORMED_QUERY"), noon)));
  CHECK(std::holds_alternative<proceed>(talk->answered(second.id, total(7), noon)));
  CHECK(!talk->results().at(0));
  CHECK(talk->results().at(1).value() == 7);
  CHECK(std::holds_alternative<ask_again>(
      talk->answered(third.id, json_answer(R"({"done":true})"), noon)));
  CHECK(std::holds_alternative<give_up>(
      talk->answered(third.id, refusal(403, "REQUEST_LIMIT_EXCEEDED"), noon)));
}

}  // namespace
}  // namespace millrace
