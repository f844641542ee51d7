// Dialogues of the REST reader: windows, counts, and what its pages prove.
#include "connectors/salesforce/rest_reader.hpp"

#include "tests/unit/connectors/salesforce/dialogue.hpp"

namespace millrace {
namespace {

using namespace dialogues;

constexpr const char* second = "/services/data/v62.0/query/01g-2";
constexpr const char* third = "/services/data/v62.0/query/01g-4";

/// A reader and its order.
struct reading {
  explicit reading(const collection& what = leads(), window range = {})
      : order(order_of(what, range)), pages(salesforce::make_rest_reader(session_of(), order)) {}
  page_end page(const std::string& body, const http_head& head = json_head()) {
    return give_page(*pages, order, next_ask(*pages), head, body);
  }
  read_order order;
  std::unique_ptr<reader> pages;
};

time_point at(std::string_view time_of_day) {
  return parse_timestamp(fmt::format("2024-05-01T{}Z", time_of_day)).value();
}

TEST_CASE("a window in two pages") {
  window range;
  range.from = parse_timestamp("2024-05-01T09:00:00Z");
  range.to = parse_timestamp("2024-05-01T12:00:00.5Z");
  reading r(leads(), range);
  const ask first = next_ask(*r.pages);
  CHECK(first.purpose == "query");
  CHECK(first.request.url.starts_with(std::string(host) + "/services/data/v62.0/queryAll/?q="));
  CHECK(statement_of(first) ==
        "SELECT Id,Name,IsDeleted,SystemModstamp FROM Lead WHERE SystemModstamp >= "
        "2024-05-01T09:00:00.000Z AND SystemModstamp < 2024-05-01T12:00:00.500Z ORDER BY "
        "SystemModstamp, Id");
  CHECK(header_of(first.request, "Authorization") == "Bearer token-1");
  CHECK(waits(*r.pages));
  const page_end one =
      give_page(*r.pages, r.order, first, json_head(),
                rest_page(3, {lead("a", "10:00:00"), lead("b", "10:00:01")}, second));
  CHECK(proceeds(one));
  CHECK(one.rows == "[a|n|0|2024-05-01 10:00:00.000][b|n|0|2024-05-01 10:00:01.000]");
  CHECK(r.pages->expected_records() == 3U);
  const ask more = next_ask(*r.pages);
  CHECK(more.request.url == std::string(host) + second);
  CHECK(proceeds(
      give_page(*r.pages, r.order, more, json_head(), rest_page(3, {lead("c", "11:00:00")}))));
  CHECK(is_finished(*r.pages));
}

TEST_CASE("an empty window, with and without what an empty result may lack") {
  for (const char* body : {R"({"totalSize":0,"done":true,"records":[]})",
                           R"({"totalSize":0,"records":[]})", R"({"records":[]})"}) {
    CAPTURE(body);
    reading r;
    CHECK(proceeds(r.page(body)));
    CHECK(is_finished(*r.pages));
  }
}

TEST_CASE("I3 what arrived is counted against what was announced") {
  const std::vector<std::string> two{lead("a"), lead("b")};
  SUBCASE("fewer") {
    reading r;
    const error why = gives_up(r.page(rest_page(3, two)));
    CHECK(why.code == errc::count_mismatch);
    CHECK(why.message == "Lead announced 3 records and sent 2");
  }
  SUBCASE("none of them") {
    reading r;
    CHECK(gives_up(r.page(rest_page(1, {}))).code == errc::count_mismatch);
  }
  SUBCASE("more, before the last page") {
    reading r;
    CHECK(gives_up(r.page(rest_page(1, two, second))).code == errc::count_mismatch);
  }
  SUBCASE("not announced at all") {
    reading r;
    CHECK(gives_up(r.page(rest_page({}, two))).code == errc::count_mismatch);
  }
  SUBCASE("a later page that announces fewer than have come") {
    reading r;
    CHECK(proceeds(r.page(rest_page(4, two, second))));
    CHECK(gives_up(r.page(rest_page(1, {lead("c")}))).code == errc::count_mismatch);
  }
  SUBCASE("a page that is done although it names another") {
    reading r;
    CHECK(gives_up(r.page(R"({"totalSize":2,"done":true,"nextRecordsUrl":")" + std::string(second) +
                          R"(","records":[)" + lead("a") + "]}"))
              .code == errc::count_mismatch);
  }
}

TEST_CASE("I2 a page proves that what is before its lowest stamp has come") {
  reading r;
  CHECK_FALSE(r.pages->progress());
  CHECK(proceeds(r.page(rest_page(6, {lead("a", "10:00:00"), lead("b", "10:00:09")}, second))));
  CHECK(r.pages->progress() == at("10:00:00"));
  // Changed while the query's pages were fetched: where it stands it bears a stamp of now.
  CHECK(proceeds(r.page(rest_page(6, {lead("c", "10:01:00"), lead("d", "23:59:59")}, third))));
  CHECK(r.pages->progress() == at("10:01:00"));
  CHECK(proceeds(r.page(rest_page(6, {lead("e", "10:00:30"), lead("f", "10:02:00")}))));
  CHECK(r.pages->progress() == at("10:01:00"));  // never back
}

TEST_CASE("I2 a page whose every record was changed proves nothing, nor one without a clock") {
  const std::string may = "Wed, 01 May 2024 12:00:00 GMT";
  const auto progress_with = [](const std::string& stamp, const std::string& date,
                                const collection& what = leads()) {
    reading r(what);
    CHECK(proceeds(r.page(rest_page(2, {lead("a", stamp)}, second), json_head(date))));
    return r.pages->progress();
  };
  CHECK(progress_with("11:00:00", may) == at("11:00:00"));
  CHECK_FALSE(progress_with("12:00:05", may));
  CHECK_FALSE(progress_with("11:51:00", may));  // the query may have run that long
  CHECK_FALSE(progress_with("11:00:00", ""));
  collection unsorted = leads();
  unsorted.fields.back().sortable = false;
  CHECK_FALSE(progress_with("11:00:00", may, unsorted));
}

TEST_CASE("I2 the clock of the first page counts: pages that come later are of the same query") {
  reading r;
  CHECK(proceeds(r.page(rest_page(4, {lead("a", "10:00:00")}, second),
                        json_head("Wed, 01 May 2024 12:00:00 GMT"))));
  CHECK(proceeds(r.page(rest_page(4, {lead("b", "13:00:00")}, third),
                        json_head("Wed, 01 May 2024 14:00:00 GMT"))));
  CHECK(r.pages->progress() == at("10:00:00"));
}

TEST_CASE("a field that cannot be sorted by is not sorted by; without a cursor field all is read") {
  collection unsorted = leads();
  unsorted.fields.back().sortable = false;
  CHECK(statement_of(next_ask(*reading(unsorted).pages)).find("ORDER BY") == std::string::npos);
  collection plain = leads();
  plain.version.reset();
  window range;
  range.from = noon;
  CHECK(statement_of(next_ask(*reading(plain, range).pages)) ==
        "SELECT Id,Name,IsDeleted,SystemModstamp FROM Lead");
}

TEST_CASE("I2 a lost position begins the window anew where the pages prove it complete") {
  reading r;
  CHECK(proceeds(r.page(rest_page(9, {lead("a", "10:00:00"), lead("b", "10:00:05")}, second))));
  ask more = next_ask(*r.pages);
  CHECK(proceeds(r.pages->answered(more.id, refusal(400, "INVALID_QUERY_LOCATOR"), noon)));
  const ask anew = next_ask(*r.pages);
  CHECK(statement_of(anew).find("WHERE SystemModstamp >= 2024-05-01T10:00:00.000Z ORDER") !=
        std::string::npos);
  // I3: it is a new result with a count of its own.
  CHECK(proceeds(give_page(*r.pages, r.order, anew, json_head(),
                           rest_page(3, {lead("a", "10:00:00"), lead("b", "10:00:05")}, second))));
  CHECK(proceeds(r.page(rest_page(3, {lead("c", "10:00:06")}))));
  CHECK(is_finished(*r.pages));
}

TEST_CASE("a position that is lost again and again ends the read") {
  reading r;
  for (int i = 0; i < 3; ++i) {
    CHECK(proceeds(r.page(rest_page(9, {lead("a")}, second))));
    CHECK(proceeds(
        r.pages->answered(next_ask(*r.pages).id, refusal(400, "INVALID_QUERY_LOCATOR"), noon)));
  }
  CHECK(proceeds(r.page(rest_page(9, {lead("a")}, second))));
  CHECK(gives_up(
            r.pages->answered(next_ask(*r.pages).id, refusal(400, "INVALID_QUERY_LOCATOR"), noon))
            .code == errc::locator_lost);
}

TEST_CASE("pages that lead nowhere, or elsewhere") {
  const auto code_of = [](const std::string& next, const std::vector<std::string>& records) {
    reading r;
    CHECK(proceeds(r.page(rest_page(9, {lead("a")}, second))));
    return gives_up(r.page(rest_page(9, records, next))).code;
  };
  CHECK(code_of(second, {lead("b")}) == errc::page_malformed);
  CHECK(code_of(third, {}) == errc::page_malformed);
  for (const char* elsewhere : {"https://evil.example/x", "@evil.example/x", ".evil.example/x"})
    CHECK(code_of(elsewhere, {lead("b")}) == errc::page_malformed);
}

TEST_CASE("I3 a page that comes again in place of another one is asked for again") {
  reading r;
  CHECK(proceeds(r.page(rest_page(4, {lead("a"), lead("b")}, second))));
  const ask more = next_ask(*r.pages);
  const page_end repeated =
      give_page(*r.pages, r.order, more, json_head(), rest_page(4, {lead("a"), lead("b")}));
  REQUIRE(repeated.then);
  const error why = again(*repeated.then);
  CHECK(why.code == errc::page_malformed);
  CHECK(why.again == retry::later);
  CHECK(proceeds(
      give_page(*r.pages, r.order, more, json_head(), rest_page(4, {lead("c"), lead("d")}))));
  CHECK(is_finished(*r.pages));
}

TEST_CASE("I4 a page that was cut is no page, and can be asked for again") {
  reading r;
  const ask first = next_ask(*r.pages);
  const std::string body = rest_page(1, {lead("a")});
  const page_end cut = give_page(*r.pages, r.order, first, json_head(), body.substr(0, 90));
  REQUIRE(cut.undecoded);
  CHECK(cut.undecoded->again == retry::later);
  CHECK(cut.rows.empty());
  CHECK(waits(*r.pages));
  CHECK(r.pages->renewed(first).url == first.request.url);
  CHECK(proceeds(give_page(*r.pages, r.order, first, json_head(), body)));
  CHECK(is_finished(*r.pages));
}

TEST_CASE("answers that are no page") {
  reading r;
  const ask first = next_ask(*r.pages);
  CHECK(r.pages->open_page(first.id, head_of(200, "text/html")) == nullptr);
  CHECK(r.pages->open_page(first.id, head_of(500, "application/json")) == nullptr);
  CHECK(r.pages->open_page(first.id, {200, {}}) == nullptr);
  const auto answer = [&](const http_response& with) {
    return r.pages->answered(first.id, with, noon);
  };
  CHECK(again(answer({head_of(200, "text/html"), "<html>"})).code == errc::http_content);
  CHECK(again(answer({{200, {}}, "x"})).code == errc::http_content);
  CHECK(again(answer(refusal(503, "SERVER_UNAVAILABLE"))).again == retry::later);
  CHECK(again(answer(refusal(401, "INVALID_SESSION_ID"))).again == retry::after_login);
  CHECK(gives_up(answer(refusal(400, "INVALID_FIELD"))).code == errc::field_missing);
}

TEST_CASE("a new session: its token and its host for what is under way and for what follows") {
  reading r;
  const ask first = next_ask(*r.pages);
  r.pages->use_session(session_of("token-2", "https://moved.my.salesforce.com"));
  const http_request renewed = r.pages->renewed(first);
  CHECK(renewed.url == "https://moved.my.salesforce.com" +
                           first.request.url.substr(std::string_view(host).size()));
  CHECK(header_of(renewed, "Authorization") == "Bearer token-2");
  CHECK(proceeds(
      give_page(*r.pages, r.order, first, json_head(), rest_page(2, {lead("a")}, second))));
  CHECK(next_ask(*r.pages).request.url == std::string("https://moved.my.salesforce.com") + second);
}

}  // namespace
}  // namespace millrace
