// The bound on bytes in flight (I12): one pool for the process, a share for each tenant.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <vector>

namespace millrace {

/// Grants bytes first come, first served within a tenant, and turn by turn between tenants. A
/// tenant holds at most its share while others wait; the pool is never exceeded, except that one
/// request larger than the whole pool is granted alone, so that nothing waits for ever.
class credit_pool {
 public:
  using ticket = std::uint64_t;

  /// `capacity` bytes in all; `share` bytes for one tenant (0: no limit of its own).
  credit_pool(std::uint64_t capacity, std::uint64_t share) : capacity_(capacity), share_(share) {}

  /// Asks for bytes; the ticket comes back from `take_granted` when they are there.
  ticket request(const std::string& tenant, std::uint64_t bytes);
  /// A requester that is gone no longer waits. What was granted to it must be released.
  void withdraw(ticket which);
  void release(const std::string& tenant, std::uint64_t bytes);
  /// Tickets that can have their bytes now; each is returned once.
  std::vector<ticket> take_granted();

  [[nodiscard]] std::uint64_t in_use() const { return in_use_; }
  /// Requests that are not granted yet.
  [[nodiscard]] std::uint64_t waiting() const;
  [[nodiscard]] std::uint64_t capacity() const { return capacity_; }

 private:
  struct wish {
    ticket id;
    std::uint64_t bytes;
  };
  struct tenant_state {
    std::uint64_t in_use = 0;
    std::deque<wish> waiting;
  };
  [[nodiscard]] bool can_have(const tenant_state& tenant, std::uint64_t bytes) const;

  std::uint64_t capacity_;
  std::uint64_t share_;
  std::uint64_t in_use_ = 0;
  ticket next_ = 1;
  std::map<std::string, tenant_state> tenants_;
  std::string turn_;  ///< the tenant that was served last
};

}  // namespace millrace
