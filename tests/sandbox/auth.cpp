// Grants. A replaced token that shows up again ends its whole grant, as the real one does.
#include "auth.hpp"

#include "generate.hpp"
#include <algorithm>

namespace sandbox {
namespace {

constexpr std::ptrdiff_t grants_max = 5;

}  // namespace

org_auth::org_auth(std::string first_token) {
  grants_.push_back({std::move(first_token), {}, {}, true});
}

std::string org_auth::new_token(std::string_view prefix) {
  const std::uint64_t number = next_number_++;
  return std::string(prefix) + std::to_string(mixed(hashed(grants_.front().current), number)) +
         "x" + std::to_string(number);
}

refresh_end org_auth::refresh(const std::string& token) {
  refresh_end out;
  for (grant& g : grants_) {
    if (g.replaced.contains(token)) {
      ++reuses;
      g.alive = false;
      out.dead = std::move(g.sessions);
      g.sessions.clear();
      return out;
    }
    if (g.current != token || !g.alive) continue;
    out.good = true;
    if (!rotation) return out;
    ++rotations;
    g.replaced.insert(g.current);
    g.current = out.rotated = new_token("5Aep861");
    return out;
  }
  return out;
}

std::string org_auth::open_grant() {
  const auto alive = [](const grant& g) { return g.alive; };
  if (std::count_if(grants_.begin(), grants_.end(), alive) >= grants_max)
    std::find_if(grants_.begin(), grants_.end(), alive)->alive = false;
  grants_.push_back({new_token("5Aep861"), {}, {}, true});
  return grants_.back().current;
}

void org_auth::note_session(const std::string& refresh_token, const std::string& session) {
  for (grant& g : grants_)
    if (g.current == refresh_token) g.sessions.insert(session);
}

std::optional<std::set<std::string>> org_auth::revoke(const std::string& token) {
  std::optional<std::set<std::string>> dead;
  for (grant& g : grants_) {
    if (!token.empty() && g.current != token) continue;
    if (!dead) dead.emplace();
    dead->merge(g.sessions);
    g.alive = false;
  }
  return dead;
}

std::string org_auth::current() const {
  const auto youngest =
      std::find_if(grants_.rbegin(), grants_.rend(), [](const grant& g) { return g.alive; });
  return youngest == grants_.rend() ? std::string() : youngest->current;
}

std::string org_auth::open_code(authorization_code code) {
  // The real ones end in two signs that have to be encoded in a URL.
  std::string name = new_token("aPrxSMAD") + "==";
  codes_.emplace(name, std::move(code));
  return name;
}

authorization_code* org_auth::find_code(const std::string& code) {
  const auto found = codes_.find(code);
  return found == codes_.end() ? nullptr : &found->second;
}

}  // namespace sandbox
