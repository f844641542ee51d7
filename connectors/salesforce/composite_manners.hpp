// What an org takes in one composite request. Nobody documents it for sure, so it is learned: what
// was refused once is not asked for again, by any conversation of this source in this process.
#pragma once

#include "connectors/salesforce/composite.hpp"

#include <atomic>
#include <cstddef>

namespace millrace::salesforce {

/// From any thread. One: not at all, each goes alone.
class composite_manners {
 public:
  [[nodiscard]] std::size_t describes() const { return describes_; }
  [[nodiscard]] std::size_t queries() const { return queries_; }
  /// A composite of so many was refused as a whole: fewer are tried, whatever is in them.
  void refused(std::size_t requests);
  /// The same where queries were in it, of which fewer may go than of other requests.
  void refused_queries(std::size_t queries);
  /// The org serves composites, but not with these in them.
  void refuses_describes() { describes_ = 1; }
  void refuses_queries() { queries_ = 1; }
  /// It does not serve composites.
  void refuses_all();

 private:
  std::atomic<std::size_t> describes_{composite_requests_max};
  std::atomic<std::size_t> queries_{composite_queries_max};
};

/// The next lower number to try after one that was too many.
std::size_t fewer_than(std::size_t requests);

}  // namespace millrace::salesforce
