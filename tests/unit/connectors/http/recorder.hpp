// What a receiver of a transfer heard, and waiting for it without looking at the clock.
#pragma once

#include "connectors/http/http_loop.hpp"
#include "tests/unit/connectors/http/scripted_server.hpp"

#include <doctest/doctest.h>
#include <zlib.h>

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace millrace::testing {

class recorder final : public transfer_events {
 public:
  explicit recorder(bool keep_body = true) : keep_body_(keep_body) {}
  void on_head(transfer_id, const http_head& head) override {
    change([&] { head_ = head; });
  }
  void on_chunk(transfer_id, std::string chunk) override {
    change([&] {
      bytes_ += chunk.size();
      chunk_max_ = std::max(chunk_max_, chunk.size());
      if (keep_body_) body_ += chunk;
      after_done_ = after_done_ || outcome_.has_value();
    });
  }
  void on_done(transfer_id, result<http_response> outcome) override {
    change([&] {
      after_done_ = after_done_ || outcome_.has_value();
      outcome_ = std::move(outcome);
    });
  }

  http_head wait_head() {
    std::unique_lock lock(mutex_);
    REQUIRE(wait(lock, [this] { return head_.has_value() || outcome_.has_value(); }));
    REQUIRE(head_.has_value());
    return *head_;
  }
  void wait_bytes(std::size_t bytes) {
    std::unique_lock lock(mutex_);
    REQUIRE(wait(lock, [&] { return bytes_ >= bytes || outcome_.has_value(); }));
  }
  result<http_response> wait_done() {
    std::unique_lock lock(mutex_);
    REQUIRE(wait(lock, [this] { return outcome_.has_value(); }));
    return *outcome_;
  }
  errc wait_error() {
    const auto outcome = wait_done();
    return outcome ? errc::ok : outcome.error().code;
  }
  std::size_t bytes() {
    const std::lock_guard lock(mutex_);
    return bytes_;
  }
  std::size_t chunk_max() {
    const std::lock_guard lock(mutex_);
    return chunk_max_;
  }
  std::string body() {
    const std::lock_guard lock(mutex_);
    return body_;
  }
  bool done() {
    const std::lock_guard lock(mutex_);
    return outcome_.has_value();
  }
  /// Something came after the end, which must not be.
  bool heard_after_done() {
    const std::lock_guard lock(mutex_);
    return after_done_;
  }

 private:
  template <class Change>
  void change(Change what) {
    const std::lock_guard lock(mutex_);
    what();
    changed_.notify_all();
  }
  template <class Until>
  bool wait(std::unique_lock<std::mutex>& lock, Until until) {
    return changed_.wait_for(lock, std::chrono::seconds(60), until);
  }
  const bool keep_body_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<http_head> head_;
  std::size_t bytes_ = 0;
  std::size_t chunk_max_ = 0;
  std::string body_;
  std::optional<result<http_response>> outcome_;
  bool after_done_ = false;
};

inline std::unique_ptr<http_loop> open_loop(http_limits limits = {}) {
  auto loop = http_loop::open(std::move(limits));
  REQUIRE(loop.has_value());
  return std::move(*loop);
}

inline http_request get(std::string url) {
  http_request request;
  request.url = std::move(url);
  return request;
}

/// One request whose body is collected without asking.
inline result<http_response> fetch(http_loop& loop, http_request request) {
  const auto heard = std::make_shared<recorder>();
  loop.start(std::move(request), body_use::whole, heard);
  return heard->wait_done();
}

inline errc fetch_error(http_loop& loop, http_request request) {
  const auto outcome = fetch(loop, std::move(request));
  return outcome ? errc::ok : outcome.error().code;
}

inline std::string gzip(std::string_view plain, int level = 6) {
  z_stream stream{};
  deflateInit2(&stream, level, Z_DEFLATED, MAX_WBITS + 16, 8, Z_DEFAULT_STRATEGY);
  std::string out(deflateBound(&stream, plain.size()) + 64, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(plain.data()));
  stream.avail_in = static_cast<uInt>(plain.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

/// Text that does not compress to nothing, the same every time.
inline std::string text_of(std::size_t size) {
  std::string out;
  out.reserve(size + 32);
  std::uint32_t seed = 1;
  while (out.size() < size) {
    seed = seed * 1664525U + 1013904223U;
    out += "row " + std::to_string(seed) + ",";
  }
  out.resize(size);
  return out;
}

}  // namespace millrace::testing
