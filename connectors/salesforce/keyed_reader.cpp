// Each part of the keys has a reader of its own, one after the other.
#include "connectors/salesforce/keyed_reader.hpp"

#include "connectors/salesforce/adaptive_reader.hpp"

#include <algorithm>
#include <utility>

namespace millrace::salesforce {
namespace {

/// Ids of a query: five kilobytes of its URL.
constexpr std::size_t keys_at_once = 200;

class keyed_reader final : public reader {
 public:
  keyed_reader(session_ptr session, const read_order& order)
      : session_(std::move(session)), order_(order), keys_(std::exchange(order_.keys, {})) {
    // The whole of each record, whenever it was changed.
    order_.range = {};
    begin();
  }

  next_step next(time_point now) override {
    next_step step = now_reading_->next(now);
    if (!std::holds_alternative<finished>(step) || at_ == keys_.size()) return step;
    expected_ += now_reading_->expected_records().value_or(0);
    begin();
    return now_reading_->next(now);
  }

  verdict answered(std::uint64_t id, const http_response& response, time_point now) override {
    return now_reading_->answered(id, response, now);
  }
  verdict gave_up(std::uint64_t id, const error& why, time_point now) override {
    return now_reading_->gave_up(id, why, now);
  }
  next_step wind_up(time_point now) override { return now_reading_->wind_up(now); }
  std::unique_ptr<page_decoder> open_page(std::uint64_t id, const http_head& head) override {
    return now_reading_->open_page(id, head);
  }
  verdict page_done(std::uint64_t id, const http_head& head, const page_facts& facts,
                    time_point now) override {
    return now_reading_->page_done(id, head, facts, now);
  }
  void use_session(session_ptr fresh) override {
    session_ = fresh;
    now_reading_->use_session(std::move(fresh));
  }
  http_request renewed(const ask& old) const override { return now_reading_->renewed(old); }
  /// Some records out of all prove nothing about the others.
  std::optional<time_point> progress() const override { return {}; }
  std::optional<std::uint64_t> expected_records() const override {
    return expected_ + now_reading_->expected_records().value_or(0);
  }
  read_method method() const override { return read_method::rest; }
  std::vector<notice> take_notices() override {
    keep_notices();
    return std::exchange(notices_, {});
  }

 private:
  void keep_notices() {
    for (notice& n : now_reading_->take_notices())
      notices_.push_back(std::move(n));
  }

  void begin() {
    const std::size_t end = std::min(keys_.size(), at_ + keys_at_once);
    order_.keys.assign(keys_.begin() + static_cast<std::ptrdiff_t>(at_),
                       keys_.begin() + static_cast<std::ptrdiff_t>(end));
    at_ = end;
    if (now_reading_) keep_notices();
    order_.method = read_method::rest;
    now_reading_ = make_adaptive_reader(session_, order_);
  }

  session_ptr session_;
  read_order order_;
  std::vector<std::string> keys_;
  std::size_t at_ = 0;
  std::uint64_t expected_ = 0;
  std::vector<notice> notices_;
  std::unique_ptr<reader> now_reading_;
};

}  // namespace

std::unique_ptr<reader> make_keyed_reader(session_ptr session, const read_order& order) {
  return std::make_unique<keyed_reader>(std::move(session), order);
}

}  // namespace millrace::salesforce
