// The table, and the page made from it.
#include "engine/config/options.hpp"

#include <fmt/format.h>

#include <array>

namespace millrace {
namespace {

using kind = option_kind;

constexpr std::string_view host = "host";
constexpr std::string_view warehouse = "warehouse.NAME";
constexpr std::string_view source = "source.NAME";
constexpr std::string_view auth = "source.NAME.auth";
constexpr std::string_view pipeline = "pipeline.NAME";

constexpr auto table = std::to_array<option>({
    {host, "memory", kind::size, false, "\"512MiB\"", "",
     "Bound on the bytes in flight between the sources and the warehouses, for the whole process.",
     "\"256MiB\"", false},
    {host, "runs", kind::number, false, "4", "", "How many pipelines run at once.", "8", false},
    {host, "ca_file", kind::text, false, "", "",
     "File with the certificate authorities to trust (PEM), instead of the system's.",
     "\"/etc/ssl/company.pem\"", false},
    {host, "http", kind::text, false, "", "", "Address for health, metrics and status.", "", true},

    {warehouse, "odbc", kind::secret, true, "", "",
     "ODBC connection string. `{schema}` is replaced by the pipeline's schema, for warehouses that "
     "keep "
     "one database per schema.",
     "\"Driver=SQLite3;Database=/var/lib/warehouse/{schema}.db\"", false},
    {warehouse, "dialect", kind::text, false, "", "",
     "Name of the dialect file; without it the dialect is recognised from the driver.",
     "\"sqlite\"", false},
    {warehouse, "dialects", kind::texts, false, "[]", "",
     "Folders with dialect files of your own; they win over those that come with millrace.",
     "[\"/etc/millrace/dialects\"]", false},
    {warehouse, "connections", kind::number, false, "", "", "Size of the lane.", "", true},

    {source, "connector", kind::choice, false, "\"salesforce\"", "salesforce",
     "Kind of the source.", "\"salesforce\"", false},
    {source, "login_url", kind::url, true, "", "",
     "Where to log in: the org's My Domain, or https://login.salesforce.com, or "
     "https://test.salesforce.com for a sandbox. Plain http only to loopback.",
     "\"https://acme.my.salesforce.com\"", false},
    {source, "api_version", kind::text, false, "\"auto\"", "",
     "Version of the org's API; `auto` takes the newest that both sides know.", "\"62.0\"", false},
    {source, "api", kind::choice, false, "\"auto\"", "auto|rest|bulk",
     "How records are read: `auto` chooses by their number, the others force one API.", "\"bulk\"",
     false},
    {source, "overlap", kind::duration, false, "\"15m\"", "",
     "How far each run reads back before the end of the one before: longer than the longest "
     "transaction in the org, whose records show up late.",
     "\"1h\"", false},
    {source, "concurrency", kind::number, false, "4", "", "How many collections are read at once.",
     "2", false},
    {source, "api_budget", kind::text, false, "", "", "API calls per run and day.", "", true},

    {auth, "flow", kind::choice, true, "", "refresh_token|client_credentials",
     "OAuth flow. `client_credentials` works only with the org's My Domain as login_url.",
     "\"client_credentials\"", false},
    {auth, "client_id", kind::secret, true, "", "",
     "Consumer Key of the connected or external client app.", "\"${ACME_CLIENT_ID}\"", false},
    {auth, "client_secret", kind::secret, false, "", "",
     "Consumer Secret; needed for client_credentials.", "{ env = \"ACME_CLIENT_SECRET\" }", false},
    {auth, "refresh_token", kind::secret, false, "", "", "Needed for the flow refresh_token.",
     "{ file = \"/run/secrets/acme.token\" }", false},
    {auth, "username", kind::text, false, "", "", "For the flow jwt.", "", true},
    {auth, "private_key", kind::secret, false, "", "", "For the flow jwt.", "", true},
    {auth, "password", kind::secret, false, "", "", "For the flow password.", "", true},

    {pipeline, "source", kind::text, true, "", "", "Name of a [source.NAME].", "\"acme\"", false},
    {pipeline, "warehouse", kind::text, true, "", "", "Name of a [warehouse.NAME].", "\"main\"",
     false},
    {pipeline, "schema", kind::text, true, "", "",
     "Schema in the warehouse: letters, digits and `_`, not a digit first.", "\"sfdc_prod\"",
     false},
    {pipeline, "every", kind::duration, false, "\"3h\"", "", "Cadence.", "\"1h\"", false},
    {pipeline, "collections", kind::texts, false, "[\"@standard\", \"@custom\"]", "",
     "Groups (`@standard`: the 48 collections, `@custom`: the org's own objects), names of "
     "collections "
     "or objects, patterns with `*`.",
     "[\"accounts\", \"Invoice__c\", \"ns__*\"]", false},
    {pipeline, "exclude", kind::texts, false, "[]", "", "The same words, for what is left out.",
     "[\"*_tags\"]", false},
    {pipeline, "deletes", kind::text, false, "", "", "What becomes of hard deletes.", "", true},
    {pipeline, "collection", kind::text, false, "", "", "Options of one collection.", "", true},
});

std::string_view word_of(kind k) {
  switch (k) {
    case kind::text:
      return "text";
    case kind::secret:
      return "text or secret";
    case kind::number:
      return "number";
    case kind::size:
      return "size";
    case kind::duration:
      return "duration";
    case kind::url:
      return "URL";
    case kind::texts:
      return "list of texts";
    case kind::choice:
      return "choice";
  }
  return "text";
}

}  // namespace

std::span<const option> option_table() {
  return table;
}

const option* find_option(std::string_view section, std::string_view key) {
  for (const option& o : table)
    if (o.section == section && o.key == key) return &o;
  return nullptr;
}

std::string expectation_of(const option& o) {
  switch (o.kind) {
    case kind::text:
      return "a text";
    case kind::secret:
      return "a text, { env = \"NAME\" }, { file = \"PATH\" } or { command = [..] }";
    case kind::number:
      return "a whole number from 1 to 1000";
    case kind::size:
      return "a size such as \"512MiB\"";
    case kind::duration:
      return "a duration such as \"15m\" or \"3h\"";
    case kind::url:
      return "a URL such as \"https://acme.my.salesforce.com\"";
    case kind::texts:
      return "a list of texts";
    case kind::choice: {
      std::string words;
      std::string_view rest = o.choices;
      while (!rest.empty()) {
        const std::size_t bar = rest.find('|');
        words += fmt::format("{}\"{}\"", words.empty() ? "" : " or ", rest.substr(0, bar));
        rest = bar == std::string_view::npos ? std::string_view() : rest.substr(bar + 1);
      }
      return words;
    }
  }
  return "a text";
}

std::string options_page() {
  std::string page =
      "<!-- Made from engine/config/options.cpp; `./dev docs` writes it anew. -->\n"
      "# Configuration reference\n\n"
      "TOML. `-c PATH` may be given several times and takes folders: every `*.toml` in them is "
      "read, so "
      "that each tenant can have a file of its own. Unknown keys are errors.\n\n"
      "A secret is written as a text with `${VARIABLE}` in it, or as `{ env = \"VARIABLE\" }`, "
      "`{ file = \"/path\" }` (one line break at the end is cut) or `{ command = [\"program\", "
      "\"argument\"] }` (no shell; its output is the secret). Sizes: `KiB`, `MiB`, `GiB`. "
      "Durations: "
      "`ms`, `s`, `m`, `h`, `d`.\n";
  std::string_view section;
  for (const option& o : table) {
    if (o.planned) continue;
    if (o.section != section) {
      section = o.section;
      page += fmt::format(
          "\n## [{}]\n\n| key | kind | default | meaning | example |\n"
          "| --- | --- | --- | --- | --- |\n",
          section);
    }
    const std::string fallback = o.needed             ? "needed"
                                 : o.fallback.empty() ? "none"
                                                      : fmt::format("`{}`", o.fallback);
    std::string what{word_of(o.kind)};
    if (o.kind == kind::choice) what = expectation_of(o);
    page +=
        fmt::format("| `{}` | {} | {} | {} | `{}` |\n", o.key, what, fallback, o.text, o.example);
  }
  return page;
}

}  // namespace millrace
