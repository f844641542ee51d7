// What is no version in the list is passed over.
#include "connectors/salesforce/api_versions.hpp"

#include "connectors/salesforce/session.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace millrace::salesforce {

std::vector<int> offered_versions(std::string_view body) {
  namespace json = boost::json;
  std::vector<int> out;
  json::error_code failed;
  const json::value list = json::parse(json::string_view(body.data(), body.size()), failed);
  if (failed || !list.is_array()) return out;
  for (const json::value& entry : list.get_array()) {
    const json::object* object = entry.if_object();
    const json::value* version = object != nullptr ? object->if_contains("version") : nullptr;
    if (version == nullptr || !version->is_string()) continue;
    const json::string& text = version->get_string();
    int number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    if (number > 0) out.push_back(number);
  }
  std::sort(out.begin(), out.end());
  return out;
}

error not_offered(const std::string& version, const std::vector<int>& offered) {
  int best = 0;
  for (const int number : offered)
    if (number >= api_version_oldest && number <= api_version_newest) best = number;
  const std::string range = offered.front() == offered.back()
                                ? fmt::format("{}.0 only", offered.front())
                                : fmt::format("{}.0 to {}.0", offered.front(), offered.back());
  return {
      errc::version_unsupported,
      fmt::format("the org does not offer the API version {} that api_version names (any more): "
                  "it offers {}",
                  version, range),
      best == 0 ? fmt::format("It takes a millrace that knows one of these; this one knows {}.0 "
                              "to {}.0",
                              api_version_oldest, api_version_newest)
                : fmt::format("Write api_version = \"auto\" in the source's section, or "
                              "api_version = \"{}.0\"",
                              best),
      retry::never,
      {},
      {}};
}

}  // namespace millrace::salesforce
