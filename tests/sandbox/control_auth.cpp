// What tests say about logging in to an org, and what they ask.
#include "control.hpp"
#include "json_out.hpp"

namespace sandbox {

response auth_of(const org& o) {
  return json_response(json_object()
                           .text("refresh_token", o.auth.current())
                           .number("rotations", o.auth.rotations)
                           .number("reuses", o.auth.reuses)
                           .done());
}

response change_auth(org& o, const control_body& body) {
  const auto set = [&](std::string_view name, bool& to) {
    if (body.has(name)) to = body.flag(name);
  };
  set("rotation", o.auth.rotation);
  set("approved", o.auth.approved);
  set("user_refuses", o.auth.user_refuses);
  set("login_host", o.auth.login_host);
  set("view_all_data", o.view_all_data);
  set("view_setup", o.view_setup);
  if (body.has("view_all")) o.view_all_records.insert(body.text("view_all"));
  if (body.has("public_key")) o.auth.public_key = body.text("public_key");
  o.session_ms = body.number("session_seconds", o.session_ms / 1000) * 1000;
  if (body.flag("revoke"))
    if (const auto dead = o.auth.revoke("")) o.end_sessions(*dead);
  if (body.flag("move")) o.move();
  return auth_of(o);
}

}  // namespace sandbox
