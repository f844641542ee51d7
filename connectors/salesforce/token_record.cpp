// JSON, so that a person can read whose token it is.
#include "connectors/salesforce/token_record.hpp"

#include "connectors/salesforce/digests.hpp"
#include "connectors/salesforce/json_members.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <algorithm>

namespace millrace::salesforce {
namespace {

namespace json = boost::json;

/// A configuration whose token is given anew every day is remembered for a month.
constexpr std::size_t seeds_max = 32;

bool knows(const token_record& record, const std::string& seed) {
  return std::find(record.seeds.begin(), record.seeds.end(), seed) != record.seeds.end();
}

}  // namespace

std::string to_text(const token_record& record) {
  json::object out{{"login_url", record.login_url}, {"client", record.client},
                   {"org_id", record.org_id},       {"refresh_token", record.refresh_token},
                   {"asked", record.asked},         {"spent", record.spent}};
  json::array seeds;
  for (const std::string& seed : record.seeds)
    seeds.emplace_back(seed);
  out.emplace("seeds", std::move(seeds));
  return json::serialize(out) + '\n';
}

result<token_record> parse_token_record(const std::string& text, const std::string& place) {
  json::error_code failed;
  const json::value parsed = json::parse(text, failed);
  const json::object* object = failed ? nullptr : parsed.if_object();
  if (object == nullptr)
    return failure(errc::storage, fmt::format("{} does not hold what millrace kept there", place),
                   "Give token_store another path, or remove the file and run `millrace connect`");
  token_record record;
  record.refresh_token = text_of(*object, "refresh_token");
  record.login_url = text_of(*object, "login_url");
  record.client = text_of(*object, "client");
  record.org_id = text_of(*object, "org_id");
  record.asked = flag_of(*object, "asked");
  record.spent = flag_of(*object, "spent");
  const json::value* seeds = object->if_contains("seeds");
  if (seeds != nullptr && seeds->is_array())
    for (const json::value& seed : seeds->get_array())
      if (seed.is_string()) record.seeds.emplace_back(seed.get_string());
  return record;
}

token_record record_for(const settings& how, std::string token) {
  token_record record;
  record.refresh_token = std::move(token);
  record.login_url = how.login_url;
  record.client = fingerprint(how.client_id);
  if (!how.refresh_token.empty()) record.seeds.push_back(fingerprint(how.refresh_token));
  return record;
}

result<token_record> choose_token(const std::optional<token_record>& kept, const settings& how,
                                  const std::string& place) {
  const std::string connect = fmt::format("Run `millrace connect {}`", how.source);
  if (!kept) {
    if (how.refresh_token.empty())
      return failure(errc::reconnect,
                     fmt::format("there is no refresh token of the source {} yet", how.source),
                     connect + ", or give auth.refresh_token");
    return record_for(how, how.refresh_token);
  }
  if (kept->login_url != how.login_url || kept->client != fingerprint(how.client_id))
    return failure(
        errc::config_invalid,
        fmt::format("{} keeps the refresh token of another login ({}, or another client_id)", place,
                    kept->login_url),
        fmt::format("Give token_store a path of its own; if login_url or client_id of this source "
                    "changed, run `millrace connect {} --force`",
                    how.source));
  const std::string seed = how.refresh_token.empty() ? "" : fingerprint(how.refresh_token);
  if (!seed.empty() && !knows(*kept, seed) && how.refresh_token != kept->refresh_token) {
    token_record fresh = record_for(how, how.refresh_token);
    fresh.org_id = kept->org_id;
    fresh.seeds = kept->seeds;
    fresh.seeds.push_back(seed);
    if (fresh.seeds.size() > seeds_max) fresh.seeds.erase(fresh.seeds.begin());
    return fresh;
  }
  if (kept->spent)
    return failure(errc::reconnect,
                   fmt::format("the refresh token of the source {} is no longer valid: the org "
                               "refused it, and it is not sent again",
                               how.source),
                   connect);
  return *kept;
}

}  // namespace millrace::salesforce
