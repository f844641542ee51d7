// What makes one way of reading give way to the next, and what does not.
#include "connectors/salesforce/adaptive_reader.hpp"

#include "tests/unit/connectors/salesforce/dialogue.hpp"

namespace millrace {
namespace {

using namespace dialogues;

collection wide_leads() {
  collection what = leads();
  for (int i = 0; i < 400; ++i) {
    field f;
    f.name = fmt::format("A_rather_long_name_of_a_custom_field_{:03}__c", i);
    what.fields.push_back(f);
  }
  return what;
}

struct reading {
  explicit reading(const collection& what = leads(), read_method method = read_method::bulk)
      : order{what, decoding::table_of(what), {}, method},
        pages(salesforce::make_adaptive_reader(session_of(), order)) {}
  read_order order;
  std::unique_ptr<reader> pages;
};

std::vector<std::string> codes_of(const std::vector<notice>& notices) {
  std::vector<std::string> out;
  out.reserve(notices.size());
  for (const notice& n : notices)
    out.push_back(n.code);
  return out;
}

using codes = std::vector<std::string>;

TEST_CASE("an object that Bulk refuses is read by REST, with the session that is in use then") {
  reading r;
  const ask create = next_ask(*r.pages);
  CHECK(r.pages->method() == read_method::bulk);
  r.pages->use_session(session_of("token-2"));
  CHECK(proceeds(r.pages->answered(
      create.id, refusal(400, "INVALIDENTITY", "Entity 'Lead' is not supported by the Bulk API."),
      noon)));
  CHECK(r.pages->method() == read_method::rest);
  const ask first = next_ask(*r.pages);
  CHECK(first.purpose == "query");
  CHECK(header_of(first.request, "Authorization") == "Bearer token-2");
  CHECK(proceeds(give_page(*r.pages, r.order, first, json_head(), rest_page(1, {lead("a")}))));
  CHECK(is_finished(*r.pages));
  CHECK(r.pages->expected_records() == 1U);
  CHECK(codes_of(r.pages->take_notices()) == codes{"bulk_refused"});
  CHECK(r.pages->take_notices().empty());
}

TEST_CASE("the notices of the reader that takes over are kept") {
  reading r(wide_leads());
  CHECK(proceeds(r.pages->answered(next_ask(*r.pages).id, refusal(400, "INVALIDENTITY"), noon)));
  CHECK(codes_of(r.pages->take_notices()) == codes{"bulk_refused", "read_in_parts"});
  CHECK(r.pages->take_notices().empty());
}

TEST_CASE("other faults of Bulk stand") {
  for (const char* code : {"INVALID_FIELD", "MALFORMED_QUERY", "REQUEST_LIMIT_EXCEEDED"}) {
    reading r;
    gives_up(r.pages->answered(next_ask(*r.pages).id, refusal(400, code), noon));
    CHECK(r.pages->method() == read_method::bulk);
  }
}

http_response job(std::string_view state) {
  return json_answer(fmt::format(R"({{"id":"7505g00000AAAAAAA4","state":"{}"}})", state));
}

TEST_CASE("a job that failed is deleted, whatever the answer, and REST takes over") {
  for (const int status : {204, 500, 404}) {
    CAPTURE(status);
    reading r;
    CHECK(proceeds(r.pages->answered(next_ask(*r.pages).id, job("Failed"), noon)));
    const ask removal = next_ask(*r.pages);
    CHECK(removal.purpose == "bulk_delete");
    CHECK(waits(*r.pages));
    CHECK(r.pages->renewed(removal).url == removal.request.url);
    CHECK(proceeds(r.pages->answered(removal.id, json_answer("", status), noon)));
    const ask first = next_ask(*r.pages);
    CHECK(first.purpose == "query");
    CHECK(proceeds(give_page(*r.pages, r.order, first, json_head(), rest_page(1, {lead("a")}))));
    CHECK(is_finished(*r.pages));
    CHECK(codes_of(r.pages->take_notices()) == codes{"bulk_failed"});
  }
}

TEST_CASE("who aborts a job does not want its records to be asked for in another way") {
  reading r;
  const error why = gives_up(r.pages->answered(next_ask(*r.pages).id, job("Aborted"), noon));
  CHECK(why.code == errc::job_aborted);
  CHECK(r.pages->method() == read_method::bulk);
}

TEST_CASE("REST does not give way to itself") {
  reading r;
  CHECK(proceeds(r.pages->answered(next_ask(*r.pages).id, refusal(400, "INVALIDENTITY"), noon)));
  CHECK(
      gives_up(r.pages->answered(next_ask(*r.pages).id, refusal(403, "INSUFFICIENT_ACCESS"), noon))
          .code == errc::permission);
}

std::string statement_of(const ask& a) {
  return a.request.url.substr(a.request.url.find("?q=") + 3);
}

TEST_CASE("a query that takes the org too long is asked for in slices, and those in smaller ones") {
  reading r(leads(), read_method::rest);
  const ask whole = next_ask(*r.pages);
  const error slow{errc::query_timeout, "too slow", "Wait", retry::later, {}, {}};
  CHECK(proceeds(r.pages->gave_up(whole.id, slow, noon)));
  CHECK(codes_of(r.pages->take_notices()) == codes{"read_in_slices"});
  // What leads on comes first, then the records.
  ask keys = next_ask(*r.pages);
  CHECK(statement_of(keys).find("LIMIT+500") != std::string::npos);
  CHECK(proceeds(r.pages->gave_up(keys.id, slow, noon)));
  keys = next_ask(*r.pages);
  CHECK(statement_of(keys).find("LIMIT+125") != std::string::npos);
  const std::string page = rest_page(1, {lead("a")});
  CHECK(proceeds(r.pages->answered(keys.id, json_answer(page), noon)));
  const ask records = next_ask(*r.pages);
  CHECK(statement_of(records).find("Name") != std::string::npos);
  CHECK(proceeds(give_page(*r.pages, r.order, records, json_head(), page)));
  CHECK(is_finished(*r.pages));
  CHECK(r.pages->expected_records() == 1U);
  CHECK(r.pages->take_notices().empty());
}

TEST_CASE("slices that are too slow at their smallest are the end, with the org's own words") {
  reading r(leads(), read_method::rest);
  const error slow{errc::query_timeout, "too slow", "Wait", retry::later, {}, {}};
  int asked = 0;
  verdict v = proceed{};
  for (; std::holds_alternative<proceed>(v); ++asked)
    v = r.pages->gave_up(next_ask(*r.pages).id, slow, noon);
  CHECK(asked == 5);  // all, 500, 125, 31, 25
  CHECK(gives_up(v).message == "too slow");
}

TEST_CASE("too much for the org, and a position that is lost again and again, are read in slices") {
  for (const char* code : {"OPERATION_TOO_LARGE", "INVALID_QUERY_LOCATOR"}) {
    CAPTURE(code);
    reading r(leads(), read_method::rest);
    codes told;
    for (int i = 0; i < 5 && told.empty(); ++i) {
      CHECK(proceeds(r.pages->answered(next_ask(*r.pages).id, refusal(400, code), noon)));
      told = codes_of(r.pages->take_notices());
    }
    CHECK(told == codes{"read_in_slices"});
  }
}

TEST_CASE("a job that nothing new is heard of is aborted after hours, and REST takes over") {
  reading r;
  CHECK(proceeds(r.pages->answered(next_ask(*r.pages).id, job("InProgress"), noon)));
  time_point now = noon;
  int polls = 0;
  for (; r.pages->method() == read_method::bulk && polls < 10'000; ++polls) {
    now += std::chrono::minutes(1);
    const next_step step = r.pages->next(now);
    CHECK(proceeds(r.pages->answered(std::get<ask>(step).id, job("InProgress"), now)));
  }
  CHECK(polls == 121);
  CHECK(codes_of(r.pages->take_notices()) == codes{"bulk_failed"});
  const ask abort = std::get<ask>(r.pages->next(now));
  CHECK(abort.purpose == "bulk_abort");
}

}  // namespace
}  // namespace millrace
