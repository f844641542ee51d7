// How a request is put to curl. Every option that matters for safety is here.
#include "connectors/http/easy_handle.hpp"

#include <curl/curl.h>

#include <algorithm>

namespace millrace::http {

namespace {

static_assert(CURL_ERROR_SIZE <= 512, "failure_ is too small");

/// Larger than curl's 16 KiB for speed. It also bounds what curl holds back while paused.
constexpr long receive_buffer_bytes = 128L * 1024;

std::size_t on_header(char* data, std::size_t size, std::size_t count, void* context) noexcept {
  std::string_view line(data, size * count);
  while (!line.empty() && (line.back() == '\n' || line.back() == '\r'))
    line.remove_suffix(1);
  return static_cast<easy_sink*>(context)->header_line(line) ? size * count : 0;
}

std::size_t on_body(char* data, std::size_t size, std::size_t count, void* context) noexcept {
  switch (static_cast<easy_sink*>(context)->body(std::string_view(data, size * count))) {
    case intake::taken:
      return size * count;
    case intake::later:
      return CURL_WRITEFUNC_PAUSE;
    case intake::abort:
      break;
  }
  return 0;
}

bool has_break(std::string_view text) {
  return text.find_first_of(std::string_view("\r\n\0", 3)) != std::string_view::npos;
}

bool append(curl_slist*& list, const std::string& line) {
  curl_slist* longer = curl_slist_append(list, line.c_str());
  if (longer != nullptr) list = longer;
  return longer != nullptr;
}

void restrict_protocols(CURL* easy) {
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(easy, CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
  curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
  curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
  curl_easy_setopt(easy, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
}

}  // namespace

void easy_handle::handle_closer::operator()(void* handle) const {
  curl_easy_cleanup(handle);
}
void easy_handle::list_closer::operator()(curl_slist* list) const {
  curl_slist_free_all(list);
}

easy_handle::easy_handle() : handle_(curl_easy_init()) {}

result<void> easy_handle::set_headers(const http_request& request) {
  curl_slist* list = nullptr;
  bool whole = true;
  for (const http_header& header : request.headers) {
    if (has_break(header.name) || has_break(header.value)) {
      headers_.reset(list);
      return failure(errc::internal, "a request header holds a line break");
    }
    // A header without a value is written with a semicolon for curl.
    const std::string separator = header.value.empty() ? ";" : ": ";
    const std::string line = header.name + separator + header.value;
    whole = append(list, line) && whole;
  }
  // Decompression is ours (inflater.hpp), so the wish for it is too. No `Expect`: it costs a wait.
  whole = append(list, "Accept-Encoding: gzip") && append(list, "Expect:") && whole;
  headers_.reset(list);
  if (!whole) return failure(errc::internal, "no memory for request headers");
  curl_easy_setopt(handle_.get(), CURLOPT_HTTPHEADER, list);
  return {};
}

void easy_handle::set_method(const http_request& request) {
  CURL* easy = handle_.get();
  const bool has_body = request.method == http_method::post ||
                        request.method == http_method::patch || !request.body.empty();
  if (has_body) {
    curl_easy_setopt(easy, CURLOPT_POST, 1L);
    // Not copied: the request outlives the handle's use of it.
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE,
                     static_cast<curl_off_t>(request.body.size()));
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request.body.data());
  } else {
    curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L);
  }
  const bool plain = request.method == (has_body ? http_method::post : http_method::get);
  if (!plain)
    curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, std::string(name_of(request.method)).c_str());
}

// curl 7.88 keeps an HTTP/2 window of 32 MiB per stream open and buffers all of it while the stream
// is paused (I12). A transfer that may pause therefore speaks HTTP/1.1: docs/decisions/http.md.
result<void> easy_handle::set_up(const target& to, const http_request& request,
                                 const http_limits& limits, bool may_pause, easy_sink& sink) {
  CURL* easy = handle_.get();
  if (easy == nullptr) return failure(errc::internal, "no memory for a request");
  curl_easy_reset(easy);
  failure_.front() = '\0';
  restrict_protocols(easy);
  set_method(request);
  MILLRACE_CHECK(set_headers(request));
  curl_easy_setopt(easy, CURLOPT_URL, to.url.c_str());
  curl_easy_setopt(easy, CURLOPT_HTTP_VERSION,
                   static_cast<long>(may_pause ? CURL_HTTP_VERSION_1_1 : CURL_HTTP_VERSION_2TLS));
  // Never CURLOPT_PIPEWAIT: curl 7.88 waits for ever for a connection that was lost before its
  // first answer (docs/decisions/http.md).
  curl_easy_setopt(easy, CURLOPT_USERAGENT, limits.user_agent.c_str());
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS,
                   std::max(1L, static_cast<long>(limits.connect_timeout.count())));
  curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, receive_buffer_bytes);
  curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  // A name look-up that hangs must not hold up the loop when its transfer ends: let it run out.
  curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
  // A proxy cannot reach this machine's loopback, and a secret must not leave it.
  if (to.loopback) curl_easy_setopt(easy, CURLOPT_PROXY, "");
  if (!limits.ca_file.empty()) curl_easy_setopt(easy, CURLOPT_CAINFO, limits.ca_file.c_str());
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, failure_.data());
  curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, &on_header);
  curl_easy_setopt(easy, CURLOPT_HEADERDATA, &sink);
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &on_body);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, &sink);
  return {};
}

int easy_handle::resume() {
  return curl_easy_pause(handle_.get(), CURLPAUSE_CONT);
}

bool easy_handle::connected() const {
  curl_off_t microseconds = 0;
  curl_easy_getinfo(handle_.get(), CURLINFO_PRETRANSFER_TIME_T, &microseconds);
  return microseconds > 0;
}

std::int64_t easy_handle::bytes_moved() const {
  curl_off_t up = 0;
  curl_off_t down = 0;
  curl_easy_getinfo(handle_.get(), CURLINFO_SIZE_UPLOAD_T, &up);
  curl_easy_getinfo(handle_.get(), CURLINFO_SIZE_DOWNLOAD_T, &down);
  return up + down;
}

std::uint64_t easy_handle::connections_opened() const {
  long opened = 0;
  curl_easy_getinfo(handle_.get(), CURLINFO_NUM_CONNECTS, &opened);
  return static_cast<std::uint64_t>(std::max(0L, opened));
}

std::string easy_handle::failure_text() const {
  std::string text(failure_.data());
  return text.empty() ? "no reason was given" : text;
}

}  // namespace millrace::http
