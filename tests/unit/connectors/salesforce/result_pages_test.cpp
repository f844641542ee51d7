// The list of a Bulk job's result pages (salesforce-api.md 3.4).
#include "connectors/salesforce/result_pages.hpp"

#include <doctest/doctest.h>

namespace {

using namespace millrace::salesforce;

constexpr const char* job = "7505g00000AAAAAAA4";

TEST_CASE("a list with more to follow, in both spellings of where") {
  for (const char* spelling : {"nextRecordsUrl", "nextRecordUrl"}) {
    const auto list = parse_result_pages(
        R"({"resultPages":[)"
        R"({"resultUrl":"/services/data/v62.0/jobs/query/7505g00000AAAAAAA4/results?locator=AAAA"},)"
        R"({"resultUrl":"/services/data/v62.0/jobs/query/7505g00000AAAAAAA4/results?locator=B-_%3D"}],")" +
            std::string(spelling) +
            R"(":"/services/data/v62.0/jobs/query/7505g00000AAAAAAA4/resultPages?locator=CCCC","done":false})",
        job);
    REQUIRE(list);
    CHECK(list->pages == std::vector<std::string>{"?locator=AAAA", "?locator=B-_%3D"});
    CHECK(list->next == "?locator=CCCC");
  }
}

TEST_CASE("the last list, and a first page without a locator") {
  const auto page =
      R"({"resultPages":[{"resultUrl":"https://elsewhere.example/jobs/query/7505g00000AAAAAAA4/results"}])";
  for (const char* end : {R"(,"done":true})", R"(,"done":true,"nextRecordsUrl":null})",
                          R"(,"done":true,"nextRecordsUrl":"/x"})", "}"}) {
    const auto list = parse_result_pages(std::string(page) + end, job);
    REQUIRE(list);
    // Whose host it is does not matter: only what follows the path is used.
    CHECK(list->pages == std::vector<std::string>{""});
    CHECK_FALSE(list->next);
  }
}

TEST_CASE("I16: what leads elsewhere, or is no list, is none") {
  for (
      const char* body :
      {"", "[]", "{}", R"({"resultPages":{}})", R"({"resultPages":[1]})",
       R"({"resultPages":[{"resultUrl":"/services/data/v62.0/jobs/query/750OTHER/results?locator=A"}]})",
       R"({"resultPages":[{"resultUrl":"/jobs/query/7505g00000AAAAAAA4/results/../x"}]})",
       R"({"resultPages":[{"resultUrl":"/jobs/query/7505g00000AAAAAAA4/results?locator=A B"}]})",
       R"({"resultPages":[{"resultUrl":"/jobs/query/7505g00000AAAAAAA4/results?a#b"}]})",
       R"({"resultPages":[],"done":false})",
       R"({"resultPages":[],"nextRecordsUrl":"/jobs/query/750OTHER/resultPages?locator=A"})"})
    CHECK_FALSE(parse_result_pages(body, job));
}

}  // namespace
