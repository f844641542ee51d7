// Makes the requests of a session and remembers those under way, so that they can be asked again
// with a fresh session.
#pragma once

#include "connectors/connector.hpp"
#include "connectors/salesforce/session.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace millrace::salesforce {

/// How a request is made; the session adds host, version and token.
struct recipe {
  http_method method = http_method::get;
  std::string
      path;  ///< "/services/data/v62.0/query?q=..." or, with a leading '~', below the version
  std::string body;                      ///< JSON, for POST and PATCH
  bool csv = false;                      ///< the answer is CSV
  std::vector<std::string> bundle = {};  ///< paths like `path`, for a composite request
};

class request_book {
 public:
  explicit request_book(session_ptr session);
  /// An ask with a number of its own.
  ask make(recipe what, body_use use, std::string purpose);
  /// An ask for GETs of all these paths in one composite request (2.9).
  ask make_composite(std::vector<std::string> paths, std::string purpose);
  /// The ask is answered for good.
  void close(std::uint64_t id) { open_.erase(id); }
  /// Nothing that was asked will be answered any more.
  void close_all() { open_.clear(); }
  void use(session_ptr session);
  [[nodiscard]] http_request renewed(std::uint64_t id) const;
  /// Where a request for this path goes, as in `recipe::path`.
  [[nodiscard]] std::string url_of(const std::string& path) const;
  [[nodiscard]] std::size_t open() const { return open_.size(); }
  [[nodiscard]] const org_session& session() const { return *session_; }

 private:
  [[nodiscard]] http_request build(const recipe& what) const;
  [[nodiscard]] std::string below_version(const std::string& path) const;
  std::shared_ptr<const org_session> session_;
  std::map<std::uint64_t, recipe> open_;
  std::uint64_t next_id_ = 1;
};

/// Percent-encodes for a query component; commas and parentheses stay, blanks become '+'.
std::string url_encoded(std::string_view text);
/// How long that would be.
std::size_t url_encoded_size(std::string_view text);

}  // namespace millrace::salesforce
