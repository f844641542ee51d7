// Values only: nothing is read or opened before the first login.
#include "cli/make_source.hpp"

#include "connectors/files/kept_file.hpp"
#include "connectors/salesforce/connector.hpp"

#include <fmt/format.h>

namespace millrace {
namespace {

using salesforce::settings;

settings::login_flow flow_of(source_settings::flow_kind kind) {
  switch (kind) {
    case source_settings::flow_kind::refresh_token:
      return settings::login_flow::refresh_token;
    case source_settings::flow_kind::jwt:
      return settings::login_flow::jwt;
    case source_settings::flow_kind::client_credentials:
      return settings::login_flow::client_credentials;
    case source_settings::flow_kind::password:
      return settings::login_flow::password;
  }
  return settings::login_flow::refresh_token;
}

settings::api_choice api_of(source_settings::api_kind kind) {
  switch (kind) {
    case source_settings::api_kind::automatic:
      return settings::api_choice::automatic;
    case source_settings::api_kind::rest:
      return settings::api_choice::rest;
    case source_settings::api_kind::bulk:
      return settings::api_choice::bulk;
  }
  return settings::api_choice::automatic;
}

}  // namespace

settings make_settings(const source_settings& source) {
  settings out;
  out.source = source.name;
  out.login_url = source.login_url;
  out.flow = flow_of(source.flow);
  out.client_id = source.client_id.reveal();
  out.client_secret = source.client_secret.reveal();
  out.refresh_token = source.refresh_token.reveal();
  out.username = source.username;
  out.private_key = source.private_key.reveal();
  out.audience = source.audience;
  out.password = source.password.reveal();
  out.security_token = source.security_token.reveal();
  out.api_version = source.api_version;
  out.api = api_of(source.api);
  return out;
}

std::shared_ptr<kept_text> make_token_store(const source_settings& source) {
  if (source.flow != source_settings::flow_kind::refresh_token) return nullptr;
  return files::make_kept_file(source.token_store);
}

result<std::shared_ptr<const connector>> make_source(const source_settings& source) {
  auto made = salesforce::make_connector(make_settings(source), make_token_store(source));
  if (made) return made;
  error why = std::move(made.error());
  why.message = fmt::format("{}:{}:{}: source.{}.auth.private_key {}", source.place.file,
                            source.place.line, source.place.column, source.name, why.message);
  return failure(std::move(why));
}

}  // namespace millrace
