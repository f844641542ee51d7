// Any bytes as the answer to a composite request: taken apart whole or refused, and each part is a
// piece of what came.
#include "connectors/salesforce/composite.hpp"
#include "connectors/salesforce/json_slices.hpp"
#include "tests/fuzz/checks.hpp"

#include <functional>

namespace {

using namespace millrace;
using fuzz::require;

bool is_within(std::string_view part, std::string_view whole) {
  const std::less_equal<> before;
  return before(whole.data(), part.data()) &&
         before(part.data() + part.size(), whole.data() + whole.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {  // NOLINT
  const std::string_view body(reinterpret_cast<const char*>(data), size);
  salesforce::json_slicer members(body);
  (void)members.members([&](std::string_view name) {
    const auto value = members.value();
    if (value)
      require(is_within(name, body) && is_within(*value, body) && !value->empty(),
              "members are pieces of the text");
    return value.has_value();
  });
  salesforce::json_slicer elements(body);
  (void)elements.elements([&] {
    const auto value = elements.value();
    if (value)
      require(is_within(*value, body) && !value->empty(), "elements are pieces of the text");
    return value.has_value();
  });
  const http_response whole{{200, {{"Date", "Sat, 01 Jun 2024 12:00:00 GMT"}}}, std::string(body)};
  for (const std::size_t count : {1U, 2U, 3U}) {
    const auto answers = salesforce::composite_answers(whole, count);
    if (!answers) {
      require(is_clean_text(answers.error().message), "a clean message");
      continue;
    }
    require(answers->size() == count, "an answer for each request");
    std::size_t bytes = 0;
    for (const http_response& answer : *answers) {
      require(answer.head.status >= 100 && answer.head.status < 600, "a status");
      require(!answer.body.empty(), "a body");
      bytes += answer.body.size();
    }
    require(bytes <= size, "bodies are pieces of what came");
  }
  return 0;
}
