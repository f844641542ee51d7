// What a configuration says, checked and with secrets resolved.
#pragma once

#include "engine/config/secret.hpp"
#include "engine/model/catalog.hpp"
#include "engine/model/value_policy.hpp"
#include "engine/schedule/cadence.hpp"
#include "engine/schedule/call_budget.hpp"
#include "engine/schedule/source_limits.hpp"
#include "engine/schedule/upkeep.hpp"
#include "engine/time.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace millrace {

/// Where something is said, for messages.
struct config_place {
  std::string file;
  std::uint32_t line = 0;
  std::uint32_t column = 0;
};

struct host_settings_config {
  std::uint64_t memory_bytes = std::uint64_t{512} << 20U;
  std::uint32_t runs = 4;  ///< pipelines at once
  milliseconds drain{5'000};
  milliseconds stall_timeout{120'000};  ///< of an answer
  std::string ca_file;                  ///< empty: the system's
  std::string state;  ///< folder of what millrace keeps itself; empty: there is no place
  std::string http = "127.0.0.1:9470";  ///< where status is told; empty: nowhere
};

/// Who pipelines belong to.
struct tenant_settings {
  std::string name;
  std::uint32_t weight = 1;
};

struct warehouse_settings {
  std::string name;
  secret odbc;                          ///< connection string; `{schema}` not yet replaced
  std::string dialect;                  ///< empty: recognised from the driver
  std::vector<std::string> dialects;    ///< folders with further dialect files
  std::uint32_t connections = 2;        ///< that load one schema side by side
  std::uint32_t connections_total = 0;  ///< of all runs together; 0: no bound
  std::uint32_t runs = 0;               ///< that load it at once; 0: as many as the host makes
  milliseconds statement_timeout{std::chrono::minutes(15)};
  value_policy refused_values = value_policy::keep_as_text;
  config_place place;
};

struct source_settings {
  enum class flow_kind : std::uint8_t { refresh_token, jwt, client_credentials, password };
  enum class api_kind : std::uint8_t { automatic, rest, bulk };
  std::string name;
  std::string connector = "salesforce";
  std::string login_url;
  flow_kind flow = flow_kind::refresh_token;
  secret client_id;
  secret client_secret;
  secret refresh_token;     ///< where the kept one begins; empty: by `millrace connect`
  std::string token_store;  ///< the file of the kept one; empty for other flows
  std::string username;
  secret private_key;
  std::string audience;  ///< empty: by the login_url
  secret password;
  secret security_token;
  std::string api_version;  ///< empty: automatic
  api_kind api = api_kind::automatic;
  milliseconds overlap{15 * 60 * 1000};
  std::uint32_t concurrency = 4;  ///< collections at once
  std::vector<std::string> silent_fields{"Contract.Status", "ContractLineItem.Status",
                                         "ServiceContract.Status"};
  budget_rules budget;
  source_limit_rules limits;
  config_place place;
};

struct pipeline_settings {
  std::string name;
  std::string source;
  std::string warehouse;
  std::string schema;
  std::string tenant;  ///< never empty: the source, unless another is named
  cadence when;
  std::vector<std::string> collections{"@standard", "@custom"};
  std::vector<std::string> exclude;
  upkeep_rules upkeep;
  milliseconds keep_runs{std::chrono::hours(24 * 30)};  ///< what they came to; 0: for ever
  type_change_policy on_type_change = type_change_policy::widen;
  secret hash_salt;                        ///< before each value that is hashed
  std::vector<collection_choice> choices;  ///< fingerprints not yet made
  config_place place;

  /// Some collection is due at other times than the pipeline.
  [[nodiscard]] bool has_own_cadences() const;
  /// When something of the pipeline is due.
  [[nodiscard]] cadence shortest() const;
};

/// Sorted by name, each name once; pipelines refer to sources and warehouses that are there.
struct configuration {
  host_settings_config host;
  std::vector<tenant_settings> tenants;
  std::vector<warehouse_settings> warehouses;
  std::vector<source_settings> sources;
  std::vector<pipeline_settings> pipelines;

  /// Of a tenant without a table of its own.
  [[nodiscard]] std::uint32_t weight_of(const std::string& tenant) const;
  [[nodiscard]] const warehouse_settings* find_warehouse(const std::string& name) const;
  [[nodiscard]] const source_settings* find_source(const std::string& name) const;
  [[nodiscard]] const pipeline_settings* find_pipeline(const std::string& name) const;
};

}  // namespace millrace
