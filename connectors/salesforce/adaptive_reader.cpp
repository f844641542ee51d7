// Bulk first, REST when Bulk refuses, or its job fails, before any record has come.
#include "connectors/salesforce/adaptive_reader.hpp"

#include "connectors/salesforce/bulk_reader.hpp"
#include "connectors/salesforce/rest_reader.hpp"
#include "connectors/salesforce/wide_reader.hpp"

#include <fmt/format.h>

#include <utility>

namespace millrace::salesforce {
namespace {

class adaptive_reader final : public reader {
 public:
  adaptive_reader(session_ptr session, const read_order& order)
      : session_(session),
        order_(order),
        now_reading_(make_bulk_reader(std::move(session), order)) {}

  next_step next(time_point now) override {
    if (leaving_) {
      next_step step = leaving_->wind_up(now);
      if (std::holds_alternative<ask>(step) || std::holds_alternative<wait_for_answer>(step))
        return step;
      leaving_.reset();
    }
    return now_reading_->next(now);
  }

  verdict answered(std::uint64_t id, const http_response& response, time_point now) override {
    if (leaving_) {
      // A courtesy: whether it succeeds changes nothing.
      leaving_->answered(id, response, now);
      return proceed{};
    }
    return or_by_rest(now_reading_->answered(id, response, now));
  }
  verdict gave_up(std::uint64_t id, const error& why, time_point now) override {
    if (leaving_) return leaving_->gave_up(id, why, now);
    return or_by_rest(now_reading_->gave_up(id, why, now));
  }
  next_step wind_up(time_point now) override {
    return leaving_ ? leaving_->wind_up(now) : now_reading_->wind_up(now);
  }
  std::unique_ptr<page_decoder> open_page(std::uint64_t id, const http_head& head) override {
    return now_reading_->open_page(id, head);
  }
  verdict page_done(std::uint64_t id, const http_head& head, const page_facts& facts,
                    time_point now) override {
    return now_reading_->page_done(id, head, facts, now);
  }
  void use_session(session_ptr fresh) override {
    session_ = fresh;
    if (leaving_) leaving_->use_session(fresh);
    now_reading_->use_session(std::move(fresh));
  }
  http_request renewed(const ask& old) const override {
    return leaving_ ? leaving_->renewed(old) : now_reading_->renewed(old);
  }
  std::optional<time_point> progress() const override { return now_reading_->progress(); }
  std::optional<std::uint64_t> expected_records() const override {
    return now_reading_->expected_records();
  }
  read_method method() const override { return now_reading_->method(); }
  std::vector<notice> take_notices() override {
    keep_notices();
    return std::exchange(notices_, {});
  }

 private:
  void keep_notices() {
    for (notice& n : now_reading_->take_notices())
      notices_.push_back(std::move(n));
  }

  verdict or_by_rest(verdict v) {
    const auto* end = std::get_if<give_up>(&v);
    if (end == nullptr || now_reading_->method() == read_method::rest) return v;
    const errc code = end->why.code;
    const bool failed = code == errc::job_failed;  // a job that has failed has no results
    if (!failed && code != errc::bulk_refused && code != errc::permission) return v;
    keep_notices();
    notices_.push_back(
        {order_.what.name, failed ? "bulk_failed" : "bulk_refused",
         failed ? fmt::format("{}; {} is read by REST", end->why.message, order_.what.object)
                : fmt::format("the org does not offer {} through the Bulk API ({}); it is read "
                              "by REST",
                              order_.what.object, end->why.message)});
    leaving_ = std::exchange(now_reading_, make_rest_or_wide_reader(session_, order_));
    return proceed{};
  }

  session_ptr session_;
  read_order order_;
  std::unique_ptr<reader> now_reading_;
  std::unique_ptr<reader> leaving_;  ///< the Bulk reader, while it cleans up behind itself
  std::vector<notice> notices_;
};

}  // namespace

std::unique_ptr<reader> make_adaptive_reader(session_ptr session, const read_order& order) {
  return std::make_unique<adaptive_reader>(std::move(session), order);
}

}  // namespace millrace::salesforce
