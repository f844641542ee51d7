// Waits for the one answer that the browser brings back: over loopback, or as a line that somebody
// pastes.
#pragma once

#include "engine/error.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace millrace {

/// What was asked or pasted -> the code in it; none: that was something else. An error ends the
/// waiting.
using callback_reader = std::function<result<std::optional<std::string>>(std::string_view target)>;

class callback_listener {
 public:
  /// Listens on 127.0.0.1 only. Port 0: any that is free.
  static result<std::unique_ptr<callback_listener>> open(std::uint16_t port);
  callback_listener(const callback_listener&) = delete;
  callback_listener& operator=(const callback_listener&) = delete;
  ~callback_listener();

  [[nodiscard]] std::uint16_t port() const;
  /// The code. `with_stdin`: lines of the standard input are looked at as well. errc::interrupted
  /// after `interrupt`, errc::login_refused when nothing came in time.
  result<std::string> wait(const callback_reader& read, bool with_stdin,
                           std::chrono::milliseconds longest);
  /// Ends the waiting; from any thread.
  void interrupt();

 private:
  class core;
  explicit callback_listener(std::unique_ptr<core> inner);
  std::unique_ptr<core> core_;
};

}  // namespace millrace
