// Any bytes as the body of an answer that is an error, or of one of the token endpoint: what is
// said of it is clean, and no token is in it (I16). The same as the list of a Bulk job's result
// pages, of which nothing may change the path that is asked, and as the list of API versions.
#include "connectors/salesforce/answers.hpp"
#include "connectors/salesforce/api_versions.hpp"
#include "connectors/salesforce/bulk_job.hpp"
#include "connectors/salesforce/login.hpp"
#include "connectors/salesforce/result_pages.hpp"
#include "tests/fuzz/checks.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <array>

namespace {

using namespace millrace;
using fuzz::require;

/// Access tokens have a `!`, and no sentence of ours does: others may be a part of one by chance.
constexpr char mark_of_a_token = '!';
constexpr std::size_t token_bytes_min = 12;

/// What the body gives as tokens.
std::vector<std::string> tokens_in(const std::string& body) {
  std::vector<std::string> out;
  boost::json::error_code failed;
  const boost::json::value value = boost::json::parse(body, failed);
  const boost::json::object* object = failed ? nullptr : value.if_object();
  if (object == nullptr) return out;
  for (const char* key : {"access_token", "refresh_token"}) {
    const boost::json::value* token = object->if_contains(key);
    if (token != nullptr && token->is_string() && token->get_string().size() >= token_bytes_min &&
        token->get_string().find(mark_of_a_token) != boost::json::string::npos)
      out.emplace_back(token->get_string());
  }
  return out;
}

void check(const error& why, const std::vector<std::string>& tokens) {
  const std::string said = to_string(why);
  require(is_clean_text(said), "a clean message");
  require(std::none_of(said.begin(), said.end(), [](char c) { return c >= 0 && c < ' '; }),
          "nothing that a terminal would obey");
  for (const std::string& token : tokens)
    require(said.find(token) == std::string::npos, "no token in a message");
}

void check_job(const std::string& body) {
  const auto job = salesforce::parse_job(body);
  require(!job || !job->id.empty(), "a job has a name");
  require(!job || is_clean_text(job->message), "a clean word about a job");
  const auto list = salesforce::parse_result_pages(body, "750A");
  if (!list) return;
  std::vector<std::string> queries = list->pages;
  if (list->next) queries.push_back(*list->next);
  for (const std::string& query : queries) {
    require(query.empty() || query.front() == '?', "only a query follows the path");
    require(query.find_first_of("/# \r\n\t") == std::string::npos, "nothing ends the path");
  }
}

void check_versions(const std::string& body) {
  const std::vector<int> offered = salesforce::offered_versions(body);
  require(std::is_sorted(offered.begin(), offered.end()), "versions in their order");
  if (!offered.empty()) check(salesforce::not_offered("62.0", offered), {});
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {  // NOLINT
  const std::string body(reinterpret_cast<const char*>(data), size);
  const std::vector<std::string> tokens = tokens_in(body);
  salesforce::settings how;
  how.source = "acme";
  how.login_url = "https://acme.my.salesforce.com";
  for (const int status : {200, 300, 400, 401, 403, 404, 414, 420, 431, 500, 503}) {
    for (const char* type : {"application/json;charset=UTF-8", "text/csv", "text/html", ""}) {
      const http_response response{{status, {{"Content-Type", type}, {"Retry-After", body}}}, body};
      if (const auto why = salesforce::fault_of(response)) check(*why, tokens);
      if (const auto why = salesforce::login_fault_of(response, how)) check(*why, tokens);
      require(is_clean_text(salesforce::oauth_word_of(response)), "a clean word");
      require(is_clean_text(salesforce::error_code_of(response)), "a clean code");
    }
  }
  static_cast<void>(salesforce::api_usage_of({200, {{"Sforce-Limit-Info", body}}}));
  check_job(body);
  check_versions(body);
  const auto answer = salesforce::read_token_answer(body, how.login_url);
  if (!answer) {
    check(answer.error(), tokens);
  } else {
    const std::string& host = answer->session->instance_url;
    require(host.starts_with("https://") || host.starts_with("http://"), "a place to ask");
    require(!answer->session->access_token.empty(), "a session has a token");
  }
  return 0;
}
