// Bodies in gzip, at the level that costs least.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace sandbox {

class gzip_stream {
 public:
  gzip_stream();
  ~gzip_stream();
  gzip_stream(gzip_stream&&) noexcept;
  gzip_stream& operator=(gzip_stream&&) noexcept;

  /// Appends what is ready of the encoded form.
  void add(std::string_view plain, std::string& to);
  void finish(std::string& to);

 private:
  struct state;
  void run(std::string_view plain, std::string& to, int flush);
  std::unique_ptr<state> state_;
};

std::string gzipped(std::string_view plain);

}  // namespace sandbox
