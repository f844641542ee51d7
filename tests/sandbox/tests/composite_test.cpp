// Composite requests: what they cost, what they take, and what an org may do otherwise (2.9).
#include <doctest/doctest.h>

#include "client.hpp"

namespace sandbox {
namespace {

std::string composite_of(const std::vector<std::string>& paths) {
  std::string out = R"({"allOrNone":false,"compositeRequest":[)";
  for (std::size_t i = 0; i < paths.size(); ++i)
    out += (i > 0 ? "," : "") + std::string(R"({"method":"GET","url":"/services/data/v62.0/)") +
           paths[i] + R"(","referenceId":"r)" + std::to_string(i) + "\"}";
  return out + "]}";
}

struct composites : test_client {
  boost::json::array ask(const std::vector<std::string>& paths) {
    const auto answer = json("POST", data() + "composite", composite_of(paths));
    return answer.is_object() ? answer.at("compositeResponse").as_array() : boost::json::array();
  }
  std::uint64_t cost(const std::vector<std::string>& paths) {
    const std::uint64_t before = where().used();
    ask(paths);
    return where().used() - before;
  }
  int status(const std::vector<std::string>& paths) {
    return send("POST", data() + "composite", composite_of(paths)).status;
  }
};

const std::string lead = "sobjects/Lead/describe";
const std::string nothing = "sobjects/Nope__c/describe";
const std::string a_query = "query?q=SELECT+Id+FROM+Lead";

TEST_CASE_FIXTURE(composites,
                  "a composite is one call, whatever is in it, and each part stands for itself") {
  CHECK(cost({lead, a_query, nothing}) == 1);
  const auto answers = ask({lead, nothing, a_query});
  REQUIRE(answers.size() == 3);
  CHECK(answers[0].at("httpStatusCode").as_int64() == 200);
  CHECK(text_of(answers[0].at("body").at("name")) == "Lead");
  CHECK(answers[0].at("httpHeaders").as_object().contains("Last-Modified"));
  CHECK(answers[1].at("httpStatusCode").as_int64() == 404);
  CHECK(text_of(answers[1].at("referenceId")) == "r1");
  CHECK(answers[2].at("body").at("records").is_array());
  CHECK(where().paid.at("composite_query") == 2);
}

TEST_CASE_FIXTURE(composites, "an org may count each, as it does in a batch") {
  control("settings", R"({"composite_counts_each":true})");
  CHECK(cost({lead, a_query, nothing}) == 3);
  CHECK(where().paid.at("describe") == 2);
  CHECK(where().paid.count("composite") == 0);
}

TEST_CASE_FIXTURE(composites, "there are at most 25 requests in one, and five queries") {
  CHECK(status(std::vector(25, lead)) == 200);
  CHECK(status(std::vector(26, lead)) == 400);
  CHECK(status(std::vector(5, a_query)) == 200);
  CHECK(status(std::vector(6, a_query)) == 400);
  control("settings", R"({"composite_max":3,"composite_queries_max":1})");
  CHECK(status(std::vector(4, lead)) == 400);
  CHECK(status(std::vector(2, a_query)) == 400);
  CHECK(status({a_query, lead, lead}) == 200);
}

TEST_CASE_FIXTURE(composites, "an org may refuse some of it, or all") {
  control("settings", R"({"composite_refuses":"describe"})");
  CHECK(ask({lead})[0].at("httpStatusCode").as_int64() == 400);
  CHECK(ask({a_query})[0].at("httpStatusCode").as_int64() == 200);
  control("settings", R"({"composite_refuses":"query"})");
  CHECK(ask({lead})[0].at("httpStatusCode").as_int64() == 200);
  CHECK(ask({a_query})[0].at("httpStatusCode").as_int64() == 400);
  control("settings", R"({"composite_refuses":"all"})");
  CHECK(status({lead}) == 404);
  control("settings", R"({"composite_refuses":""})");
  CHECK(status({lead}) == 200);
}

}  // namespace
}  // namespace sandbox
