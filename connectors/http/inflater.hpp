// Decompresses gzip in steps as small as the caller's room. curl could do it, but it inflates all
// that it has received before it pauses: one receive buffer of a gzip bomb is then megabytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

struct z_stream_s;

namespace millrace::http {

enum class inflate_step : std::uint8_t {
  progress,  ///< something was consumed or produced
  starved,   ///< needs more input
  blocked,   ///< needs more room
  ended,     ///< at the end of a gzip member and of the input
  corrupt,   ///< not gzip, or damaged
};

class inflater {
 public:
  inflater();
  /// Takes from the front of `in` and appends at most `room` bytes to `out`. With no room it still
  /// consumes what yields no output, such as the trailer.
  inflate_step step(std::string_view& in, std::string& out, std::size_t room);
  /// Nothing was fed, or the last member is complete.
  [[nodiscard]] bool at_boundary() const { return !in_member_; }

 private:
  struct closer {
    void operator()(z_stream_s* stream) const;
  };
  std::unique_ptr<z_stream_s, closer> stream_;
  bool in_member_ = false;
};

}  // namespace millrace::http
