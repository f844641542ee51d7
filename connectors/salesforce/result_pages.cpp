// Only the query part of each address is taken, and only if it is made of harmless characters.
#include "connectors/salesforce/result_pages.hpp"

#include "connectors/salesforce/json_members.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace millrace::salesforce {
namespace {

namespace json = boost::json;

constexpr std::size_t query_bytes_max = 2'000;

bool is_harmless(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
         std::string_view("-._~%=&").find(c) != std::string_view::npos;
}

/// What follows the resource in an address; none: the address is another one's.
std::optional<std::string> query_of(std::string_view address, std::string_view job,
                                    std::string_view resource) {
  const std::string path = fmt::format("/jobs/query/{}/{}", job, resource);
  const std::size_t at = address.find(path);
  if (at == std::string_view::npos) return {};
  const std::string_view query = address.substr(at + path.size());
  if (query.empty()) return std::string();
  if (query.size() > query_bytes_max || query.front() != '?' ||
      !std::all_of(query.begin() + 1, query.end(), is_harmless))
    return {};
  return std::string(query);
}

}  // namespace

std::optional<result_page_list> parse_result_pages(std::string_view body, std::string_view job) {
  json::error_code failed;
  const json::value value = json::parse(body, failed);
  const json::object* list = failed ? nullptr : value.if_object();
  const json::value* pages = list != nullptr ? list->if_contains("resultPages") : nullptr;
  if (pages == nullptr || !pages->is_array()) return {};
  result_page_list out;
  for (const json::value& page : pages->get_array()) {
    if (!page.is_object()) return {};
    auto query = query_of(text_of(page.get_object(), "resultUrl"), job, "results");
    if (!query) return {};
    out.pages.push_back(std::move(*query));
  }
  if (flag_of(*list, "done")) return out;
  // The guide spells it in one way and shows it in another (3.4).
  std::string next = text_of(*list, "nextRecordsUrl");
  if (next.empty()) next = text_of(*list, "nextRecordUrl");
  // Without either the list would end nowhere: more pages there are, and nobody says which.
  if (next.empty() && list->if_contains("done") != nullptr) return {};
  if (next.empty()) return out;
  out.next = query_of(next, job, "resultPages");
  if (!out.next) return {};
  return out;
}

}  // namespace millrace::salesforce
