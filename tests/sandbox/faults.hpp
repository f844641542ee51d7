// What shall go wrong, for which requests and how often.
#pragma once

#include "message.hpp"
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace sandbox {

struct fault {
  std::string kind;    ///< of request: "describe", "query", ... or "any"
  std::string object;  ///< empty: any
  int count = 1;       ///< -1: for ever
  int skip = 0;        ///< requests that pass before
  std::string type;
  int status = 500;
  std::string code;
  std::string message;
  std::vector<std::pair<std::string, std::string>> headers;
  std::size_t after_bytes = 0;
  std::size_t rows = 0;
  int ms = 0;
  int pid = 0;            ///< of the client that a kill ends
  std::string when;       ///< of a kill: "before", "unanswered", "within" or "after"
  bool unframed = false;  ///< only the end of the connection tells where the body ends
  std::optional<std::string> body;
  std::string content_type;
  std::string find;  ///< in the body, in whose place `with` is put
  std::string with;
};

class fault_list {
 public:
  void add(fault f) { faults_.push_back(std::move(f)); }
  void clear() { faults_.clear(); }
  [[nodiscard]] std::size_t size() const { return faults_.size(); }
  /// The fault that this request meets, if any; it counts as used.
  std::optional<fault> take(const std::string& kind, const std::string& object);
  /// Pages come by here, as long as a fault waits that gives one in place of another.
  void note_page(const std::string& kind, response& r);
  /// What a fault does to a real answer.
  void spoil(const fault& f, response& r) const;

 private:
  std::vector<fault> faults_;
  std::string page_before_;  ///< of the query or the Bulk result that is being read
  std::string first_place_;  ///< where the first page said that the second one is
};

bool is_fault_type(const std::string& type);
bool is_kill_time(const std::string& when);
/// Ends the client when a kill comes before the request is served.
void before_serving(const fault& f);
/// The answer that takes the place of the real one; none: the request is served first.
std::optional<response> instead_of(const fault& f);
}  // namespace sandbox
