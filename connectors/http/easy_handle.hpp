// One curl easy handle: owned, set up from plain values, and its callbacks as an interface.
#pragma once

#include "connectors/exchange.hpp"
#include "connectors/http/http_loop.hpp"
#include "connectors/http/url_rules.hpp"

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

struct curl_slist;

namespace millrace::http {

/// What became of a piece of a body.
enum class intake : std::uint8_t {
  taken,
  later,  ///< nothing was taken: pause, and offer it again after `resume`
  abort,  ///< end the transfer
};

/// Hears what arrives, within `curl_multi_perform` or `resume`. Must not throw.
class easy_sink {
 public:
  easy_sink() = default;
  easy_sink(const easy_sink&) = delete;
  easy_sink& operator=(const easy_sink&) = delete;
  virtual ~easy_sink() = default;
  /// A line of a head or a trailer, without its line end. False ends the transfer.
  virtual bool header_line(std::string_view line) = 0;
  virtual intake body(std::string_view bytes) = 0;
};

class easy_handle {
 public:
  easy_handle();
  /// Prepares one hop. `request` and `sink` must outlive it. `may_pause`: see the definition.
  result<void> set_up(const target& to, const http_request& request, const http_limits& limits,
                      bool may_pause, easy_sink& sink);
  /// For the multi handle: an opaque pointer, curl's own type for it.
  [[nodiscard]] void* native() const { return handle_.get(); }
  /// Offers again what was answered with `later`. Calls the sink. Curl's code; 0 is fine.
  int resume();
  /// The request is on its way: no longer waiting for a name, a connection or a free slot.
  [[nodiscard]] bool connected() const;
  /// Both directions, for the watchdog.
  [[nodiscard]] std::int64_t bytes_moved() const;
  /// By this hop.
  [[nodiscard]] std::uint64_t connections_opened() const;
  /// Curl's own words on what failed.
  [[nodiscard]] std::string failure_text() const;

 private:
  struct handle_closer {
    void operator()(void* handle) const;
  };
  struct list_closer {
    void operator()(curl_slist* list) const;
  };
  result<void> set_headers(const http_request& request);
  void set_method(const http_request& request);

  std::unique_ptr<curl_slist, list_closer> headers_;
  std::array<char, 512> failure_{};
  /// After what it points to, so that it goes first.
  std::unique_ptr<void, handle_closer> handle_;
};

}  // namespace millrace::http
