// Turn by turn between tenants, in order within one.
#include "engine/schedule/credit_pool.hpp"

#include <algorithm>

namespace millrace {

credit_pool::ticket credit_pool::request(const std::string& tenant, std::uint64_t bytes) {
  const ticket id = next_++;
  tenants_[tenant].waiting.push_back({id, bytes});
  return id;
}

void credit_pool::withdraw(ticket which) {
  for (auto& [name, tenant] : tenants_)
    std::erase_if(tenant.waiting, [&](const wish& w) { return w.id == which; });
}

void credit_pool::release(const std::string& tenant, std::uint64_t bytes) {
  const auto found = tenants_.find(tenant);
  if (found == tenants_.end()) return;
  const std::uint64_t back = std::min(bytes, found->second.in_use);
  found->second.in_use -= back;
  in_use_ -= back;
  if (found->second.in_use == 0 && found->second.waiting.empty()) tenants_.erase(found);
}

std::uint64_t credit_pool::waiting() const {
  std::uint64_t all = 0;
  for (const auto& [name, tenant] : tenants_)
    all += tenant.waiting.size();
  return all;
}

bool credit_pool::can_have(const tenant_state& tenant, std::uint64_t bytes) const {
  if (in_use_ == 0) return true;  // alone in the pool: even a request beyond all bounds may run
  if (in_use_ + bytes > capacity_) return false;
  return share_ == 0 || tenant.in_use == 0 || tenant.in_use + bytes <= share_;
}

std::vector<credit_pool::ticket> credit_pool::take_granted() {
  std::vector<ticket> granted;
  bool any = true;
  while (any && !tenants_.empty()) {
    any = false;
    // One round: begin after the tenant that was served last, each tenant gets at most one wish.
    auto at = tenants_.upper_bound(turn_);
    for (std::size_t i = 0; i < tenants_.size(); ++i, ++at) {
      if (at == tenants_.end()) at = tenants_.begin();
      tenant_state& tenant = at->second;
      if (tenant.waiting.empty() || !can_have(tenant, tenant.waiting.front().bytes)) continue;
      const wish w = tenant.waiting.front();
      tenant.waiting.pop_front();
      tenant.in_use += w.bytes;
      in_use_ += w.bytes;
      granted.push_back(w.id);
      turn_ = at->first;
      any = true;
    }
  }
  return granted;
}

}  // namespace millrace
