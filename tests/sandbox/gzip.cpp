// zlib's deflate with a gzip head.
#include "gzip.hpp"

#include <zlib.h>

#include <array>
#include <stdexcept>

namespace sandbox {

struct gzip_stream::state {
  z_stream z{};
  state() {
    constexpr int with_gzip_head = 15 + 16;
    if (deflateInit2(&z, 1, Z_DEFLATED, with_gzip_head, 8, Z_DEFAULT_STRATEGY) != Z_OK)
      throw std::runtime_error("zlib does not start");
  }
  ~state() { deflateEnd(&z); }
  state(const state&) = delete;
  state& operator=(const state&) = delete;
};

gzip_stream::gzip_stream() : state_(std::make_unique<state>()) {}
gzip_stream::~gzip_stream() = default;
gzip_stream::gzip_stream(gzip_stream&&) noexcept = default;
gzip_stream& gzip_stream::operator=(gzip_stream&&) noexcept = default;

void gzip_stream::run(std::string_view plain, std::string& to, int flush) {
  std::array<char, 65536> part{};
  z_stream& z = state_->z;
  z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(plain.data()));
  z.avail_in = static_cast<uInt>(plain.size());
  do {
    z.next_out = reinterpret_cast<Bytef*>(part.data());
    z.avail_out = static_cast<uInt>(part.size());
    deflate(&z, flush);
    to.append(part.data(), part.size() - z.avail_out);
  } while (z.avail_out == 0);
}

void gzip_stream::add(std::string_view plain, std::string& to) {
  run(plain, to, Z_NO_FLUSH);
}
void gzip_stream::finish(std::string& to) {
  run({}, to, Z_FINISH);
}

std::string gzipped(std::string_view plain) {
  std::string out;
  gzip_stream stream;
  stream.add(plain, out);
  stream.finish(out);
  return out;
}

}  // namespace sandbox
