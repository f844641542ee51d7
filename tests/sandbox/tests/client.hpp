// A client of the simulation without a network, with clocks that the test moves.
#pragma once

#include "tests/sandbox/api.hpp"

#include <algorithm>
#include <map>
#include <memory>
#include <string>

namespace sandbox {

class test_client {
 public:
  explicit test_client(org_options options = tiny())
      : now_(std::make_shared<std::int64_t>(1'800'000'000'000)) {
    const auto now = [n = now_] { return *n; };
    api_ = std::make_unique<api>(std::vector{std::move(options)}, clocks{now, now});
    token_ = where().open_session();
  }

  static org_options tiny() {
    org_options o;
    o.scale = "tiny";
    return o;
  }

  [[nodiscard]] org& where() const { return *api_->orgs().front(); }
  /// From now on with this session.
  void use(std::string token) { token_ = std::move(token); }
  void pass(std::int64_t ms) { *now_ += ms; }

  response send(const std::string& method, const std::string& target,
                const std::string& body = "") {
    request r;
    r.method = method;
    r.target_bytes = target.size();
    const std::size_t mark = std::min(target.find('?'), target.size());
    r.path = url_decoded(std::string_view(target).substr(0, mark), false);
    if (mark < target.size()) r.query = parse_form(std::string_view(target).substr(mark + 1));
    r.headers["authorization"] = "Bearer " + token_;
    r.body = body;
    return api_->answer(r);
  }

  boost::json::value json(const std::string& method, const std::string& target,
                          const std::string& body = "") {
    return boost::json::parse(send(method, target, body).text());
  }
  boost::json::value query(const std::string& soql, const std::string& kind = "query") {
    return json("GET", data() + kind + "?q=" + soql);
  }
  boost::json::value control(const std::string& what, const std::string& body) {
    return json("POST", "/sandbox/orgs/demo/" + what, body);
  }
  /// Every record that the org has, by Id.
  std::map<std::string, boost::json::object> truth(const std::string& object) {
    std::map<std::string, boost::json::object> out;
    for (const std::string& line :
         split(send("GET", "/sandbox/orgs/demo/truth/" + object).text(), '\n')) {
      auto record = boost::json::parse(line).as_object();
      out.emplace(std::string(record.at("Id").as_string()), std::move(record));
    }
    return out;
  }
  static std::string data() { return "/services/data/v62.0/"; }

 private:
  std::shared_ptr<std::int64_t> now_;
  std::unique_ptr<api> api_;
  std::string token_;
};

inline std::string text_of(const boost::json::value& v) {
  return std::string(v.as_string());
}

}  // namespace sandbox
