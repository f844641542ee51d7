// The loop: commands come in under a mutex, everything else happens on its own thread.
#include "connectors/http/http_loop.hpp"

#include "connectors/http/curl_errors.hpp"
#include "connectors/http/signal_mask.hpp"
#include "connectors/http/traffic.hpp"
#include "connectors/http/transfer.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <atomic>
#include <fstream>
#include <mutex>
#include <thread>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

namespace millrace {

namespace {

using http::steady_time;
using http::transfer;

/// The loop looks at the clock at least this often; nothing depends on it.
constexpr std::chrono::milliseconds idle_max{60'000};

struct multi_closer {
  // Says goodbye on TLS connections that may be gone, on whatever thread ends the loop.
  void operator()(CURLM* multi) const {
    const http::without_sigpipe quiet;
    curl_multi_cleanup(multi);
  }
};

/// Once per process, before the first handle. Never undone: a look-up may outlive its transfer.
bool curl_is_ready() {
  static const bool ready = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
  return ready;
}

struct begin_command {
  std::unique_ptr<transfer> fresh;
};
struct collect_command {
  transfer_id id;
};
struct grant_command {
  transfer_id id;
  std::uint64_t bytes;
  bool first;
};
struct cancel_command {
  transfer_id id;
};
using command = std::variant<begin_command, collect_command, grant_command, cancel_command>;

template <class... F>
struct overloaded : F... {
  using F::operator()...;
};
template <class... F>
overloaded(F...) -> overloaded<F...>;

}  // namespace

class http_loop::core {
 public:
  core(http_limits limits, CURLM* multi) : limits_(std::move(limits)), multi_(multi) {
    curl_multi_setopt(multi, CURLMOPT_PIPELINING, static_cast<long>(CURLPIPE_MULTIPLEX));
    curl_multi_setopt(multi, CURLMOPT_MAX_HOST_CONNECTIONS, limits_.connections_per_host);
    curl_multi_setopt(multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, limits_.connections_total);
    curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, limits_.connections_total);
    thread_ = std::thread([this] { run(); });
  }

  transfer_id start(http_request request, body_use use, std::shared_ptr<transfer_events> events) {
    const transfer_id id = next_id_++;
    auto fresh = std::make_unique<transfer>(id, std::move(request), use, std::move(events), limits_,
                                            counts_);
    ++counts_.transfers_open;
    if (!push(begin_command{std::move(fresh)}, fresh)) end(*fresh);
    return id;
  }

  bool push(command what) {
    std::unique_ptr<transfer> none;
    return push(std::move(what), none);
  }

  void stop() {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    curl_multi_wakeup(multi_.get());
    const std::lock_guard lock(join_mutex_);
    if (thread_.joinable()) thread_.join();
  }

  [[nodiscard]] http_counters counters() const {
    return {counts_.requests,           counts_.redirects,     counts_.failures,
            counts_.connections_opened, counts_.wire_bytes_in, counts_.body_bytes_in,
            counts_.transfers_open};
  }

 private:
  /// Queues the command; after `stop` it gives a new transfer back instead.
  bool push(command what, std::unique_ptr<transfer>& given_back) {
    {
      const std::lock_guard lock(mutex_);
      if (stopping_) {
        if (auto* begin = std::get_if<begin_command>(&what)) given_back = std::move(begin->fresh);
        return false;
      }
      queue_.push_back(std::move(what));
    }
    curl_multi_wakeup(multi_.get());
    return true;
  }

  void run() {
    http::block_signals_of_this_thread();
    while (take_commands()) {
      int running = 0;
      curl_multi_perform(multi_.get(), &running);
      take_endings();
      const auto wait = look_for_stalls();
      curl_multi_poll(multi_.get(), nullptr, 0, static_cast<int>(wait.count()), nullptr);
    }
    while (!open_.empty())
      drop(*open_.begin()->second);
  }

  /// False when the loop shall end.
  bool take_commands() {
    std::vector<command> taken;
    bool stopping = false;
    {
      const std::lock_guard lock(mutex_);
      taken.swap(queue_);
      stopping = stopping_;
    }
    for (command& next : taken) {
      std::visit(overloaded{
                     [&](begin_command& c) { begin(std::move(c.fresh)); },
                     [&](collect_command& c) { tell(c.id, [](transfer& t) { t.collect(); }); },
                     [&](grant_command& c) {
                       tell(c.id,
                            [&](transfer& t) { c.first ? t.stream(c.bytes) : t.grant(c.bytes); });
                     },
                     [&](cancel_command& c) { tell(c.id, [](transfer& t) { t.cancel(); }); },
                 },
                 next);
    }
    return !stopping;
  }

  void begin(std::unique_ptr<transfer> fresh) {
    transfer& t = *fresh;
    open_.emplace(t.id(), std::move(fresh));
    t.prepare();
    if (t.over()) return drop(t);
    send(t);
  }

  void send(transfer& t) {
    ++counts_.requests;
    curl_easy_setopt(t.native(), CURLOPT_PRIVATE, &t);
    curl_multi_add_handle(multi_.get(), t.native());
  }

  /// Gives a word of the receiver to a transfer that is still open.
  template <class Word>
  void tell(transfer_id id, Word word) {
    const auto found = open_.find(id);
    if (found == open_.end()) return;
    word(*found->second);
    if (found->second->over()) drop(*found->second);
  }

  void take_endings() {
    int left = 0;
    while (const CURLMsg* message = curl_multi_info_read(multi_.get(), &left)) {
      if (message->msg != CURLMSG_DONE) continue;
      const int code = static_cast<int>(message->data.result);
      void* context = nullptr;
      CURL* easy = message->easy_handle;
      curl_easy_getinfo(easy, CURLINFO_PRIVATE, &context);
      curl_multi_remove_handle(multi_.get(), easy);
      auto& t = *static_cast<transfer*>(context);
      if (t.hop_ended(code)) send(t);
      if (t.over()) drop(t);
    }
  }

  /// How long the loop may sleep.
  std::chrono::milliseconds look_for_stalls() {
    const steady_time now = std::chrono::steady_clock::now();
    std::chrono::milliseconds wait = idle_max;
    std::vector<transfer*> ended;
    const auto served = [this](const std::string& host) {
      long connected = 0;
      for (const auto& [id, t] : open_) {
        if (!t->is_connected()) continue;
        if (t->host() == host || ++connected >= limits_.connections_total) return true;
      }
      return false;
    };
    for (auto& [id, t] : open_) {
      if (const auto due = t->watch(now, served))
        wait = std::min(wait, std::chrono::ceil<std::chrono::milliseconds>(*due - now));
      if (t->over()) ended.push_back(t.get());
    }
    for (transfer* t : ended)
      drop(*t);
    return std::max(wait, std::chrono::milliseconds{0});
  }

  /// The transfer's last moment. One that is not over is cancelled.
  void drop(transfer& t) {
    const auto owned = std::move(open_.at(t.id()));
    open_.erase(owned->id());
    // Without effect if curl has ended it before.
    if (owned->native() != nullptr) curl_multi_remove_handle(multi_.get(), owned->native());
    owned->count_connections();
    end(*owned);
  }

  void end(transfer& t) {
    t.cancel();
    --counts_.transfers_open;
    t.tell_outcome();
  }

  const http_limits limits_;
  http::traffic counts_;
  std::unique_ptr<CURLM, multi_closer> multi_;
  std::unordered_map<transfer_id, std::unique_ptr<transfer>> open_;  ///< the loop's thread only
  std::atomic<transfer_id> next_id_{1};
  std::mutex mutex_;
  std::vector<command> queue_;  ///< under mutex_
  bool stopping_ = false;       ///< under mutex_
  std::mutex join_mutex_;
  std::thread thread_;
};

http_loop::http_loop(std::unique_ptr<core> made) : core_(std::move(made)) {}
http_loop::~http_loop() {
  stop();
}

result<std::unique_ptr<http_loop>> http_loop::open(http_limits limits) {
  if (!limits.ca_file.empty() && !std::ifstream(limits.ca_file).good())
    return failure(errc::config_unreadable, "the CA file " + limits.ca_file + " cannot be read",
                   "Name a PEM file that this user may read.");
  CURLM* multi = curl_is_ready() ? curl_multi_init() : nullptr;
  if (multi == nullptr) return failure(errc::internal, "the HTTP client cannot be set up");
  return std::unique_ptr<http_loop>(
      new http_loop(std::make_unique<core>(std::move(limits), multi)));
}

transfer_id http_loop::start(http_request request, body_use use,
                             std::shared_ptr<transfer_events> events) {
  return core_->start(std::move(request), use, std::move(events));
}
void http_loop::collect(transfer_id id) {
  core_->push(collect_command{id});
}
void http_loop::stream(transfer_id id, std::uint64_t first_allowance) {
  core_->push(grant_command{id, first_allowance, true});
}
void http_loop::grant(transfer_id id, std::uint64_t bytes) {
  core_->push(grant_command{id, bytes, false});
}
void http_loop::cancel(transfer_id id) {
  core_->push(cancel_command{id});
}
void http_loop::stop() {
  core_->stop();
}
http_counters http_loop::counters() const {
  return core_->counters();
}

}  // namespace millrace
