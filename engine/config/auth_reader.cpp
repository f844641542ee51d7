// One table says what each flow needs; the places of tokens are settled when all sources are known.
#include "engine/config/auth_reader.hpp"

#include <fmt/format.h>

#include <array>
#include <filesystem>
#include <map>

namespace millrace {
namespace {

using flow_kind = source_settings::flow_kind;

struct flow_rule {
  std::string_view word;
  flow_kind kind;
  std::array<std::string_view, 2> needs;
};

constexpr std::array<flow_rule, 4> flows{{
    {"refresh_token", flow_kind::refresh_token, {}},
    {"jwt", flow_kind::jwt, {"username", "private_key"}},
    {"client_credentials", flow_kind::client_credentials, {"client_secret"}},
    {"password", flow_kind::password, {"username", "password"}},
}};

void read_flow(section_reader& s, source_settings& source) {
  const auto word = s.choice("flow");
  if (!word) return;
  for (const flow_rule& rule : flows) {
    if (rule.word != *word) continue;
    source.flow = rule.kind;
    for (const std::string_view needed : rule.needs)
      if (!needed.empty() && !s.has(needed))
        s.fault("flow", {fmt::format("= \"{}\" needs {}", *word, needed),
                         fmt::format("{}, for example {} = {}", needed, needed,
                                     find_option("source.NAME.auth", needed)->example)});
  }
}

/// `$XDG_STATE_HOME/millrace`, or `~/.local/state/millrace`; empty when the process has no home.
std::string usual_state_folder(const config_environment& world) {
  if (const auto set = world.variable("XDG_STATE_HOME"); set && set->starts_with('/'))
    return *set + "/millrace";
  if (const auto home = world.variable("HOME"); home && home->starts_with('/'))
    return *home + "/.local/state/millrace";
  return {};
}

}  // namespace

void read_auth(const toml::table& table, source_settings& source, reading_context& context) {
  section_reader s(table, "source.NAME.auth", "source." + source.name + ".auth", context);
  read_flow(s, source);
  const std::array secrets{std::pair{"client_id", &source.client_id},
                           std::pair{"client_secret", &source.client_secret},
                           std::pair{"refresh_token", &source.refresh_token},
                           std::pair{"private_key", &source.private_key},
                           std::pair{"password", &source.password},
                           std::pair{"security_token", &source.security_token}};
  for (const auto& [key, to] : secrets)
    if (auto v = s.secret_text(key)) *to = std::move(*v);
  if (auto v = s.text("token_store")) source.token_store = std::move(*v);
  if (auto v = s.text("username")) source.username = std::move(*v);
  if (auto v = s.url("audience")) source.audience = std::move(*v);
  if (source.flow == flow_kind::password) {
    const config_place place = s.place_of("flow");
    context.notices.push_back(fmt::format(
        "{}:{}:{}: source.{}.auth.flow = \"password\" is discouraged: Salesforce advises orgs to "
        "block it, and a changed password or security token ends it; prefer \"jwt\" or "
        "\"client_credentials\"",
        place.file, place.line, place.column, source.name));
  }
  s.finish();
}

void place_tokens(configuration& config, reading_context& context) {
  std::string& folder = config.host.state;
  if (folder.empty()) folder = usual_state_folder(context.world);
  std::map<std::string, const source_settings*> taken;
  for (source_settings& source : config.sources) {
    if (source.flow != flow_kind::refresh_token) continue;
    if (source.token_store.empty() && folder.empty()) {
      context.faults.add(
          source.place,
          {fmt::format("source.{} has no place for its refresh token: neither XDG_STATE_HOME nor "
                       "HOME is set",
                       source.name),
           "state = \"/var/lib/millrace\" in [host], or token_store in [source.NAME.auth]"});
      continue;
    }
    if (source.token_store.empty())
      source.token_store = fmt::format("{}/{}.token", folder, source.name);
    const std::string place = std::filesystem::path(source.token_store).lexically_normal().string();
    const auto [at, fresh] = taken.emplace(place, &source);
    if (fresh) continue;
    context.faults.add(source.place,
                       {fmt::format("source.{} keeps its refresh token where source.{} does, in {}",
                                    source.name, at->second->name, millrace::quoted(place)),
                        "a token_store of its own for each source"});
  }
}

}  // namespace millrace
