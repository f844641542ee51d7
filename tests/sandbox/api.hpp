// The org's APIs and the control endpoints: from a request to a response. One thread.
#pragma once

#include "message.hpp"
#include "org.hpp"
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace sandbox {

class api {
 public:
  api(std::vector<std::unique_ptr<org>> orgs, std::string base_url)
      : orgs_(std::move(orgs)), base_url_(std::move(base_url)) {}
  response handle(const request& r);
  void set_base_url(std::string url) { base_url_ = std::move(url); }
  [[nodiscard]] const std::vector<std::unique_ptr<org>>& orgs() const { return orgs_; }
  /// The org of a request: by its path, its token, or the first one.
  [[nodiscard]] std::string login_url(const org& o) const {
    return base_url_ + "/org/" + o.options().name;
  }

 private:
  org* find_org(const std::string& name);
  response dispatch(org& o, const request& r, const std::string& path);
  response data(org& o, const request& r, std::vector<std::string> parts);

  std::vector<std::unique_ptr<org>> orgs_;
  std::string base_url_;
};

/// What a request is, for counters and faults.
struct request_kind {
  std::string kind;
  std::string object;
};

// Each family of endpoints, one file each. `parts`: the path below /services/data/vXX.0.
response handle_token(org& o, const request& r, const std::string& login_url);
response handle_soap_login(org& o, const request& r, const std::string& login_url);
response global_describe(org& o, const std::string& version);
response describe(org& o, const object_def& object, const request& r, const std::string& version);
response query(org& o, const request& r, const std::string& soql, bool with_deleted,
               const std::string& version);
response query_more(org& o, const std::string& locator, const std::string& version);
response bulk(org& o, const request& r, const std::vector<std::string>& parts,
              const std::string& version);
response record_endpoint(org& o, const request& r, const object_def& object,
                         const std::vector<std::string>& parts, const std::string& version);
response limits(org& o);
response record_count(org& o, const request& r);
response control(org& o, const request& r, const std::vector<std::string>& parts);

std::string json_string(std::string_view text);

}  // namespace sandbox
