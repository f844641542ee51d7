// The simulated Salesforce: from a request to a response, whichever org it belongs to.
#pragma once

#include <boost/json.hpp>

#include "message.hpp"
#include "org.hpp"
#include <memory>
#include <string>
#include <vector>

namespace sandbox {

/// What a request asks for, before anybody serves it.
struct call {
  org* where = nullptr;
  std::string path;     ///< without the org's prefix
  std::string version;  ///< "62.0"; empty: no data call
  std::string kind;     ///< "query", "describe", ...; empty: nothing is there
  std::string object;
  std::vector<std::string> parts;  ///< of the path behind the version
  boost::json::object body;
  bool bad_body = false;
  bool free = false;        ///< another call pays
  std::string paid_as;      ///< in the counters of calls that cost; empty: by its kind
  std::string job_ends;     ///< a fault: the Bulk job's last state; empty: none
  std::string job_message;  ///< of that fault
};

class api {
 public:
  explicit api(std::vector<org_options> orgs, const clocks& time = real_clocks());

  response answer(const request& r);

  /// Where clients reach this server; known when it listens.
  void set_base_url(std::string url) { base_url_ = std::move(url); }
  [[nodiscard]] const std::string& base_url() const { return base_url_; }
  [[nodiscard]] const std::vector<std::unique_ptr<org>>& orgs() const { return orgs_; }
  [[nodiscard]] org* find(std::string_view name) const;
  [[nodiscard]] std::string login_url(const org& o) const { return base_url_ + "/org/" + o.name(); }
  [[nodiscard]] std::string identity_url(const org& o) const {
    return login_url(o) + "/id/" + o.org_id() + "/" + o.user_id();
  }
  /// Where its data are; another address after it moved.
  [[nodiscard]] std::string instance_url(const org& o) const {
    return base_url_ + "/org/" + o.address();
  }
  /// The orgs and their credentials, as JSON.
  [[nodiscard]] std::string describe_orgs() const;

  /// A data call whose sender is known: counted, met by faults, served.
  response serve(call& c, const request& r);

 private:
  std::string base_url_;
  std::vector<std::unique_ptr<org>> orgs_;
};

constexpr std::string_view client_id = "sandbox-client";
constexpr std::string_view client_secret = "sandbox-secret";
constexpr std::string_view password = "sandbox-password";
constexpr std::string_view security_token = "SANDBOXTOKEN";

call find_call(const api& all, const request& r);
/// Kind and object by the path behind the version: for requests within a batch, too.
void classify(call& c, const request& r);
/// The word behind FROM.
std::string object_of(std::string_view soql);
bool is_supported(const std::string& version);

response serve_token(const api& all, org& o, const request& r);
response serve_authorize(org& o, const request& r);
response serve_revoke(org& o, const request& r);
std::string user_name(const org& o);
/// OAuth's form of an error.
response token_error(const std::string& error, const std::string& description);
response serve_soap_login(const api& all, org& o, const request& r);
response serve_identity(const api& all, org& o);
bool tells_of_rights(const std::string& object);
response serve_rights(const org& o, const std::string& soql);
response serve_versions(const org& o);
response serve_resources(const call& c);
response serve_global_describe(const call& c, const request& r);
response serve_describe(const call& c, const request& r);
response serve_object(const call& c);
response serve_query(const call& c, const request& r);
response serve_query_more(const call& c);
response serve_bulk_create(const call& c);
response serve_bulk_list(const call& c);
response serve_bulk_job(const call& c, const request& r);
response serve_bulk_results(const call& c, const request& r);
response serve_bulk_result_pages(const call& c, const request& r);
response serve_record(const call& c, const request& r);
response serve_record_create(const call& c);
response serve_changed(const call& c, const request& r);
response serve_limits(const call& c);
response serve_record_count(const call& c, const request& r);
response serve_batch(api& all, const call& c);
response serve_composite(api& all, const call& c);
response serve_control(api& all, const request& r);

response not_found();

}  // namespace sandbox
