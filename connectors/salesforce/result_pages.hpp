// The list of a Bulk job's result pages, which lets them be read side by side
// (salesforce-api.md 3.4).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace millrace::salesforce {

/// One answer of `resultPages`: what follows the job's own path, with its question mark.
struct result_page_list {
  std::vector<std::string> pages;   ///< after ".../results": "?locator=AAAA"; empty: the first page
  std::optional<std::string> next;  ///< after ".../resultPages"; none: there are no more
};

/// None: the body is no such list, or leads to something else than results of this job. `job`: its
/// plain Id. Hosts and versions in the answer are not gone by: tokens stay where they belong (I16).
std::optional<result_page_list> parse_result_pages(std::string_view body, std::string_view job);

}  // namespace millrace::salesforce
