// Any bytes as answers about what was deleted, of the log and of the look for what it reports: it
// ends, and what is believed to be gone has a plain Id.
#include "connectors/salesforce/deletions.hpp"
#include "connectors/salesforce/ids.hpp"
#include "connectors/salesforce/session.hpp"
#include "tests/fuzz/checks.hpp"

#include <memory>

namespace {

using namespace millrace;
using fuzz::require;

/// Bodies follow each other, ended by a NUL.
class bodies {
 public:
  explicit bodies(std::string text) : text_(std::move(text)) {}
  std::string next() {
    const std::size_t end = std::min(text_.find('\0', at_), text_.size());
    std::string out = text_.substr(at_, end - at_);
    at_ = std::min(end + 1, text_.size());
    return out;
  }

 private:
  std::string text_;
  std::size_t at_ = 0;
};

session_ptr session_of_the_org() {
  auto s = std::make_shared<salesforce::org_session>();
  s->access_token = "token";
  s->instance_url = "https://acme.my.salesforce.com";
  s->api_version = "62.0";
  return s;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {  // NOLINT
  bodies answers(std::string(reinterpret_cast<const char*>(data), size));
  const collection what = decoding::collection_of({{"Id", value_type::text}});
  const time_point from = parse_timestamp("2024-05-01T09:00:00Z").value();
  const time_point to = parse_timestamp("2024-05-01T12:00:00Z").value();
  const auto talk = salesforce::make_deletions(session_of_the_org(), what, {from, to});
  for (int asked = 0;; ++asked) {
    require(asked < 10'000, "it ends");
    const next_step step = talk->next(to);
    const ask* question = std::get_if<ask>(&step);
    if (question == nullptr) break;
    const http_response answer{{200, {{"Content-Type", "application/json"}}}, answers.next()};
    const verdict said = talk->answered(question->id, answer, to);
    if (!std::holds_alternative<proceed>(said)) break;
  }
  for (const gone_record& record : talk->gone())
    require(salesforce::is_plain_id(record.key), "a plain Id");
  return 0;
}
