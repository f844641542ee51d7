// The ways to read a collection, one after the other. What a way has handed out before it came to
// its end is read again by the next one, from where its pages prove that nothing is missing.
#include "connectors/salesforce/adaptive_reader.hpp"

#include "connectors/salesforce/bulk_reader.hpp"
#include "connectors/salesforce/rest_reader.hpp"
#include "connectors/salesforce/wide_reader.hpp"

#include <fmt/format.h>

#include <cstdint>
#include <optional>
#include <utility>

namespace millrace::salesforce {
namespace {

enum class way : std::uint8_t { bulk, rest, slices };

class adaptive_reader final : public reader {
 public:
  adaptive_reader(session_ptr session, const read_order& order)
      : session_(std::move(session)),
        order_(order),
        now_(order.method == read_method::bulk ? way::bulk : way::rest) {
    now_reading_ = reader_of(now_);
  }

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
    return or_another_way(now_reading_->answered(id, response, now));
  }
  verdict gave_up(std::uint64_t id, const error& why, time_point now) override {
    if (leaving_) return leaving_->gave_up(id, why, now);
    return or_another_way(now_reading_->gave_up(id, why, now));
  }
  next_step wind_up(time_point now) override {
    return leaving_ ? leaving_->wind_up(now) : now_reading_->wind_up(now);
  }
  std::unique_ptr<page_decoder> open_page(std::uint64_t id, const http_head& head) override {
    return now_reading_->open_page(id, head);
  }
  verdict page_done(std::uint64_t id, const http_head& head, const page_facts& facts,
                    time_point now) override {
    return or_another_way(now_reading_->page_done(id, head, facts, now));
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
  std::optional<standing_job> job() const override { return now_reading_->job(); }
  void leave_job(bool wanted) override { now_reading_->leave_job(wanted); }
  std::vector<notice> take_notices() override {
    keep_notices();
    return std::exchange(notices_, {});
  }

 private:
  void keep_notices() {
    for (notice& n : now_reading_->take_notices())
      notices_.push_back(std::move(n));
  }

  [[nodiscard]] std::unique_ptr<reader> reader_of(way which) const {
    switch (which) {
      case way::bulk:
        return make_bulk_reader(session_, order_);
      case way::rest:
        return make_rest_or_wide_reader(session_, order_);
      case way::slices:
        break;
    }
    return make_sliced_reader(session_, order_);
  }

  /// The way after one that ended so, and what to tell; none: it is the end.
  [[nodiscard]] std::optional<std::pair<way, notice>> after(const error& why) const {
    const std::string& object = order_.what.object;
    const auto told = [&](const char* code, std::string text) {
      return notice{order_.what.name, code, std::move(text)};
    };
    if (now_ == way::bulk) {
      // A job that has failed has no results.
      if (why.code == errc::job_failed)
        return std::pair(way::rest, told("bulk_failed", fmt::format("{}; {} is read by REST",
                                                                    why.message, object)));
      if (why.code == errc::bulk_refused || why.code == errc::permission)
        return std::pair(way::rest,
                         told("bulk_refused",
                              fmt::format("the org does not offer {} through the Bulk API ({}); it "
                                          "is read by REST",
                                          object, why.message)));
      return {};
    }
    // Who reads in parts reads slices already.
    if (now_ == way::slices || !fits_one_url(order_.what, order_.range, order_.keys)) return {};
    if (!is_too_much(why) && why.code != errc::locator_lost) return {};
    return std::pair(way::slices,
                     told("read_in_slices",
                          fmt::format("{}; {} is read in slices of its Ids, which takes more calls",
                                      why.message, object)));
  }

  verdict or_another_way(verdict v) {
    const auto* end = std::get_if<give_up>(&v);
    if (end == nullptr) return v;
    auto next = after(end->why);
    if (!next) return v;
    keep_notices();
    notices_.push_back(std::move(next->second));
    now_ = next->first;
    // I2: what is proven to be whole need not come again.
    if (const auto proven = now_reading_->progress()) order_.range.from = proven;
    leaving_ = std::exchange(now_reading_, reader_of(now_));
    return proceed{};
  }

  session_ptr session_;
  read_order order_;
  way now_;
  std::unique_ptr<reader> now_reading_;
  std::unique_ptr<reader> leaving_;  ///< the one before, while it cleans up behind itself
  std::vector<notice> notices_;
};

}  // namespace

std::unique_ptr<reader> make_adaptive_reader(session_ptr session, const read_order& order) {
  return std::make_unique<adaptive_reader>(std::move(session), order);
}

}  // namespace millrace::salesforce
