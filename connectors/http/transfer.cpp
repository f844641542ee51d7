// A transfer's head, redirects, decisions and end. How its body flows: transfer_body.cpp.
#include "connectors/http/transfer.hpp"

#include "connectors/http/curl_errors.hpp"
#include "engine/lower_case.hpp"

#include <charconv>
#include <utility>

namespace millrace::http {

namespace {

constexpr int redirects_max = 5;
/// Of a redirect's own body, so that the connection can be used again; a longer one ends it.
constexpr std::size_t ignored_body_max = std::size_t{64} * 1024;

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t'))
    text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t'))
    text.remove_suffix(1);
  return text;
}

bool is_redirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

}  // namespace

transfer::transfer(transfer_id id, http_request request, body_use use,
                   std::shared_ptr<transfer_events> events, const http_limits& limits,
                   traffic& counts)
    : id_(id),
      request_(std::move(request)),
      use_(use),
      events_(std::move(events)),
      limits_(limits),
      counts_(counts) {}

void transfer::prepare() {
  touch();
  result<target> to = read_target(request_.url);
  if (!to) return fail(std::move(to.error()));
  to_ = std::move(*to);
  set_up_hop();
}

void transfer::set_up_hop() {
  auto ready = easy_.set_up(to_, request_, limits_, use_ == body_use::page, *this);
  if (!ready) return fail(std::move(ready.error()));
  uncounted_ = true;
}

void transfer::collect() {
  if (over() || mode_ != mode::deciding) return;
  mode_ = mode::collecting;
  settle();
}

void transfer::stream(std::uint64_t first_allowance) {
  if (over() || mode_ != mode::deciding) return;
  mode_ = mode::streaming;
  allowance_ = first_allowance;
  settle();
}

void transfer::grant(std::uint64_t bytes) {
  if (over() || mode_ != mode::streaming) return;
  allowance_ += bytes;
  settle();
}

void transfer::cancel() {
  if (!over()) fail(cancelled(to_.host.empty() ? "a source" : to_.host));
}

// Goes on after a word of the receiver: first with what is held here, then with what curl holds.
void transfer::settle() {
  touch();
  pump_held();
  if (!over() && paused_ && held_.empty()) unpause();
}

void transfer::unpause() {
  paused_ = false;
  if (const int code = easy_.resume(); code != 0 && !over())
    fail(curl_failure(code, to_.host, easy_.failure_text()));
}

bool transfer::header_line(std::string_view line) {
  counts_.wire_bytes_in += line.size() + 2;
  if (over()) return false;
  if (in_trailer_) return true;
  head_bytes_ += line.size() + 2;
  if (head_bytes_ > limits_.head_bytes_max) {
    fail(too_large(to_.host, "head", limits_.head_bytes_max));
    return false;
  }
  if (line.starts_with("HTTP/")) {
    status_line(line);
    return true;
  }
  if (line.empty()) return head_.status < 200 || head_complete();
  const std::size_t colon = line.find(':');
  if (colon != std::string_view::npos)
    head_.headers.push_back(
        {std::string(trim(line.substr(0, colon))), std::string(trim(line.substr(colon + 1)))});
  return true;
}

// Each status line begins a head of its own: an interim answer (1xx) comes before the real one.
void transfer::status_line(std::string_view line) {
  head_ = {};
  const std::size_t space = line.find(' ');
  if (space == std::string_view::npos) return;
  const std::string_view digits = line.substr(space + 1, 3);
  std::from_chars(digits.data(), digits.data() + digits.size(), head_.status);
}

bool transfer::head_complete() {
  touch();
  in_trailer_ = true;
  if (wants_to_follow()) {
    mode_ = mode::following;
    return true;
  }
  if (!read_encoding()) return false;
  mode_ = use_ == body_use::page ? mode::deciding : mode::collecting;
  if (mode_ == mode::deciding) events_->on_head(id_, head_);
  return true;
}

bool transfer::wants_to_follow() {
  if (request_.method != http_method::get || !is_redirect(head_.status) || hops_ >= redirects_max)
    return false;
  const auto location = head_.find("location");
  if (location) next_ = redirect_target(to_, *location, request_.redirect_hosts);
  return next_.has_value();
}

bool transfer::read_encoding() {
  inflater_.reset();
  const auto named = head_.find("content-encoding");
  const std::string encoding = lowered(named.value_or("identity"));
  if (encoding == "gzip" || encoding == "x-gzip") {
    inflater_.emplace();
  } else if (encoding != "identity" && !encoding.empty()) {
    fail({errc::http_content,
          to_.host + " compressed its answer in a way that was not offered",
          "Check that the address is the source's API.",
          retry::later,
          {},
          {}});
    return false;
  }
  return true;
}

bool transfer::hop_ended(int code) {
  count_connections();
  if (over()) return false;
  if (mode_ == mode::following) return follow();
  if (code != 0) {
    fail(curl_failure(code, to_.host, easy_.failure_text()));
    return false;
  }
  input_ended_ = true;
  paused_ = false;
  pump_held();
  return false;
}

// The whole request goes again, its bearer token too: the rules let it lead to named hosts only.
bool transfer::follow() {
  ++hops_;
  ++counts_.redirects;
  to_ = std::move(*next_);
  next_.reset();
  mode_ = mode::head;
  head_ = {};
  head_bytes_ = 0;
  in_trailer_ = false;
  ignored_bytes_ = 0;
  set_up_hop();
  touch();
  return !over();
}

std::optional<steady_time> transfer::watch(steady_time now,
                                           const std::function<bool(const std::string&)>& served) {
  const bool ours_to_wait = paused_ || input_ended_ || mode_ == mode::deciding;
  if (over() || ours_to_wait) return {};
  // Uploads pass without a call of ours.
  const std::int64_t moved = easy_.bytes_moved();
  const bool connected = easy_.connected();
  if (moved < moved_before_ || moved - moved_before_ >= limits_.drip_bytes ||
      connected != connected_before_) {
    moved_before_ = moved;
    connected_before_ = connected;
    without_turn_ = false;
    last_progress_ = now;
  }
  const steady_time due = last_progress_ + limits_.stall_timeout;
  if (now < due) return due;
  // A turn comes when others have ended, and who has got it a moment ago is connecting: who is
  // found twice without either was forgotten, and would wait for ever.
  if (!connected && (served(to_.host) || !std::exchange(without_turn_, true))) {
    last_progress_ = now;
    return now + limits_.stall_timeout;
  }
  fail(stalled(to_.host, limits_.stall_timeout));
  return {};
}

intake transfer::body(std::string_view bytes) {
  if (over()) return intake::abort;
  if (mode_ == mode::following) {
    ignored_bytes_ += bytes.size();
    return ignored_bytes_ > ignored_body_max ? intake::abort : intake::taken;
  }
  if (mode_ == mode::deciding || !held_.empty()) {
    paused_ = true;
    return intake::later;
  }
  counts_.wire_bytes_in += bytes.size();
  std::string_view rest = bytes;
  pump(rest);
  if (over()) return intake::abort;
  held_.assign(rest);
  return intake::taken;
}

void transfer::count_connections() {
  if (std::exchange(uncounted_, false)) counts_.connections_opened += easy_.connections_opened();
}

void transfer::touch() {
  last_progress_ = std::chrono::steady_clock::now();
  moved_before_ = native() != nullptr ? easy_.bytes_moved() : 0;
  connected_before_ = native() != nullptr && easy_.connected();
}

void transfer::fail(error why) {
  if (over()) return;
  ++counts_.failures;
  outcome_ = failure(std::move(why));
}

void transfer::tell_outcome() {
  const auto events = std::exchange(events_, nullptr);
  if (events) events->on_done(id_, std::move(*outcome_));
}

}  // namespace millrace::http
