// What makes Bulk give way to REST, and what does not.
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
  explicit reading(const collection& what = leads())
      : order(order_of(what)), pages(salesforce::make_adaptive_reader(session_of(), order)) {}
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

}  // namespace
}  // namespace millrace
