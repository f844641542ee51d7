// Gzip by zlib, one bounded step at a time.
#include "connectors/http/inflater.hpp"

#include <zlib.h>

#include <algorithm>

namespace millrace::http {

namespace {
constexpr int gzip_only = 16;
/// Output of one step: enough to be fast, little enough to zero-fill.
constexpr std::size_t step_bytes = std::size_t{64} * 1024;
}  // namespace

void inflater::closer::operator()(z_stream_s* stream) const {
  inflateEnd(stream);
  delete stream;
}

inflater::inflater() : stream_(new z_stream_s{}) {
  // Fails only for want of memory; `step` then finds the state missing and reports corruption.
  inflateInit2(stream_.get(), MAX_WBITS + gzip_only);
}

inflate_step inflater::step(std::string_view& in, std::string& out, std::size_t room) {
  if (!in_member_) {
    if (in.empty()) return inflate_step::ended;
    // A body may be several members one after the other.
    if (inflateReset(stream_.get()) != Z_OK) return inflate_step::corrupt;
    in_member_ = true;
  }
  const std::size_t before = out.size();
  const std::size_t slice = std::min(room, step_bytes);
  out.resize(before + slice);
  Bytef nowhere = 0;
  // zlib reads through a pointer to non-const but does not write.
  stream_->next_in = reinterpret_cast<Bytef*>(const_cast<char*>(in.data()));
  stream_->avail_in = static_cast<uInt>(in.size());
  stream_->next_out = slice > 0 ? reinterpret_cast<Bytef*>(out.data() + before) : &nowhere;
  stream_->avail_out = static_cast<uInt>(slice);
  const int status = ::inflate(stream_.get(), Z_NO_FLUSH);
  const std::size_t consumed = in.size() - stream_->avail_in;
  const std::size_t produced = slice - stream_->avail_out;
  in.remove_prefix(consumed);
  out.resize(before + produced);
  if (status == Z_STREAM_END) {
    in_member_ = false;
    return inflate_step::progress;
  }
  if (status != Z_OK && status != Z_BUF_ERROR) return inflate_step::corrupt;
  if (consumed > 0 || produced > 0) return inflate_step::progress;
  return slice == 0 ? inflate_step::blocked : inflate_step::starved;
}

}  // namespace millrace::http
