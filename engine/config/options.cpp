// The table itself.
#include "engine/config/options.hpp"

#include <fmt/format.h>

#include <array>

namespace millrace {
namespace {

using kind = option_kind;

constexpr std::string_view host = "host";
constexpr std::string_view tenant = "tenant.NAME";
constexpr std::string_view warehouse = "warehouse.NAME";
constexpr std::string_view source = "source.NAME";
constexpr std::string_view auth = "source.NAME.auth";
constexpr std::string_view budget = "source.NAME.api_budget";
constexpr std::string_view pipeline = "pipeline.NAME";
constexpr std::string_view one_collection = "pipeline.NAME.collection.NAME";

constexpr auto table = std::to_array<option>({
    {.section = host,
     .key = "memory",
     .kind = kind::size,
     .fallback = "\"512MiB\"",
     .low = "16MiB",
     .high = "1024GiB",
     .text = "Bound on the bytes in flight between the sources and the warehouses, for the whole "
             "process.",
     .example = "\"512MiB\""},
    {.section = host,
     .key = "runs",
     .kind = kind::number,
     .fallback = "4",
     .unit = "pipelines",
     .low = "1",
     .high = "1000",
     .text = "How many pipelines run at once.",
     .example = "8"},
    {.section = host,
     .key = "drain",
     .kind = kind::duration,
     .fallback = "\"5s\"",
     .low = "0s",
     .high = "1h",
     .text = "How long a run that a signal ends waits for statements of the warehouse before it "
             "cancels them; what is cancelled is loaded again by the next run. A second signal "
             "ends the process at once; nothing is lost by that.",
     .example = "\"1m\""},
    {.section = host,
     .key = "stall_timeout",
     .kind = kind::duration,
     .fallback = "\"2m\"",
     .low = "1s",
     .high = "1h",
     .text = "How long an org may be silent, or send next to nothing, before an answer of it is "
             "given up and asked for again.",
     .example = "\"5m\""},
    {.section = host,
     .key = "ca_file",
     .text = "File with the certificate authorities to trust (PEM), instead of the system's.",
     .example = "\"/etc/ssl/company.pem\""},
    {.section = host,
     .key = "state",
     .text = "Folder for what millrace itself keeps between runs: refresh tokens, and when each "
             "pipeline ran. Without it "
             "`$XDG_STATE_HOME/millrace`, or `~/.local/state/millrace`.",
     .example = "\"/var/lib/millrace\""},
    {.section = host,
     .key = "http",
     .fallback = "\"127.0.0.1:9470\"",
     .text = "Where `millrace run` tells health, metrics and status, and takes orders: a loopback "
             "address and a port, or `off`.",
     .example = "\"127.0.0.1:9480\""},

    {.section = tenant,
     .key = "weight",
     .kind = kind::number,
     .fallback = "1",
     .low = "1",
     .high = "100",
     .text = "How many turns its pipelines get while those of a tenant of weight 1 get one, when "
             "more are due than run at once.",
     .example = "4"},

    {.section = warehouse,
     .key = "odbc",
     .kind = kind::secret,
     .needed = true,
     .text = "ODBC connection string. `{schema}` is replaced by the pipeline's schema, for "
             "warehouses that keep one database per schema.",
     .example =
         "\"Driver=PostgreSQL Unicode;Server=db;Database=bi;UID=loader;PWD=${DB_PASSWORD}\""},
    {.section = warehouse,
     .key = "dialect",
     .text = "Name of the dialect; without it the dialect is recognised from the driver.",
     .example = "\"sqlite\""},
    {.section = warehouse,
     .key = "dialects",
     .kind = kind::texts,
     .fallback = "[]",
     .text = "Folders with dialect files of your own; they win over those that come with millrace.",
     .example = "[\"/etc/millrace/dialects\"]"},
    {.section = warehouse,
     .key = "connections",
     .kind = kind::number,
     .fallback = "2",
     .unit = "connections",
     .low = "1",
     .high = "16",
     .text = "How many connections load a schema side by side, where the warehouse gains from it: "
             "a large collection is spread over them.",
     .example = "4"},
    {.section = warehouse,
     .key = "connections_total",
     .kind = kind::number,
     .unit = "connections",
     .low = "1",
     .high = "1000",
     .text =
         "How many connections all pipelines that load it have together, at most. A run begins "
         "when one is free and takes more, up to `connections`, as far as there are. Without it "
         "there is no bound but `runs` times `connections`.",
     .example = "20"},
    {.section = warehouse,
     .key = "runs",
     .kind = kind::number,
     .unit = "pipelines",
     .low = "1",
     .high = "1000",
     .text = "How many pipelines load it at once, each over as many connections as `connections` "
             "says. Without it as many as the host runs.",
     .example = "4"},
    {.section = warehouse,
     .key = "statement_timeout",
     .kind = kind::duration,
     .fallback = "\"15m\"",
     .low = "1s",
     .high = "1d",
     .text = "How long one statement may run before millrace cancels it. The batch is tried again, "
             "as after a lock. A dialect's session may set a shorter limit of the server's own.",
     .example = "\"1h\""},
    {.section = warehouse,
     .key = "refused_values",
     .kind = kind::choice,
     .fallback = "\"keep_as_text\"",
     .choices = "keep_as_text|null_with_notice|quarantine",
     .text = "What becomes of a value that a column of the warehouse cannot hold: `keep_as_text` "
             "writes NULL and keeps the value in `_millrace_refused`, `null_with_notice` writes "
             "NULL, `quarantine` leaves the row as it is in the table and keeps the new one in "
             "`_millrace_refused`. Each is counted and told.",
     .example = "\"quarantine\""},

    {.section = source,
     .key = "connector",
     .kind = kind::choice,
     .fallback = "\"salesforce\"",
     .choices = "salesforce",
     .text = "Kind of the source.",
     .example = "\"salesforce\""},
    {.section = source,
     .key = "login_url",
     .kind = kind::url,
     .needed = true,
     .text = "Where to log in: the org's My Domain, or https://login.salesforce.com, or "
             "https://test.salesforce.com for a sandbox. Plain http only to loopback.",
     .example = "\"https://acme.my.salesforce.com\""},
    {.section = source,
     .key = "auth",
     .kind = kind::table,
     .needed = true,
     .text = "How to log in: see [source.NAME.auth].",
     .example = "{ flow = \"client_credentials\", client_id = \"${ACME_ID}\", client_secret = "
                "\"${ACME_SECRET}\" }"},
    {.section = source,
     .key = "api_version",
     .fallback = "\"auto\"",
     .text = "Version of the org's API, from \"50.0\" on; `auto` takes the newest that both sides "
             "know.",
     .example = "\"62.0\""},
    {.section = source,
     .key = "api",
     .kind = kind::choice,
     .fallback = "\"auto\"",
     .choices = "auto|rest|bulk",
     .text = "How records are read: `auto` chooses by their number, the others force one API.",
     .example = "\"bulk\""},
    {.section = source,
     .key = "overlap",
     .kind = kind::duration,
     .fallback = "\"15m\"",
     .low = "0s",
     .high = "7d",
     .text = "How far each run reads back before the end of the one before: longer than the "
             "longest transaction in the org, whose records show up late.",
     .example = "\"1h\""},
    {.section = source,
     .key = "concurrency",
     .kind = kind::number,
     .fallback = "4",
     .unit = "collections",
     .low = "1",
     .high = "100",
     .text =
         "How many collections are read at once, and pages of a large Bulk result beside them. An "
         "org serves 25 requests of 20 seconds or more at a time, of all its clients together.",
     .example = "2"},
    {.section = source,
     .key = "requests_at_once",
     .kind = kind::number,
     .fallback = "20",
     .unit = "requests",
     .low = "1",
     .high = "100",
     .text = "How many requests are under way to it at a time, at most, of all its pipelines. Of "
             "those that take 20 seconds or more an org serves 25 at a time, a developer or trial "
             "org 5, of all its clients together.",
     .example = "5"},
    {.section = source,
     .key = "requests_per_second",
     .kind = kind::number,
     .unit = "requests",
     .low = "1",
     .high = "1000",
     .text = "How many requests are begun in a second, at most, evenly. Without it as many as "
             "`requests_at_once` lets through.",
     .example = "10"},
    {.section = source,
     .key = "logins_per_hour",
     .kind = kind::number,
     .fallback = "600",
     .unit = "logins",
     .low = "30",
     .high = "3600",
     .text = "How many logins are made in an hour, at most: those of a minute may come together. "
             "An org refuses a user who logs in more than 3,600 times in an hour.",
     .example = "120"},
    {.section = source,
     .key = "silent_fields",
     .kind = kind::texts,
     .fallback = "[\"Contract.Status\", \"ContractLineItem.Status\", \"ServiceContract.Status\"]",
     .text = "Fields that change without a trace though the org does not call them calculated; "
             "they are refreshed as formulas are. This list takes the place of the default.",
     .example = "[\"Contract.Status\", \"Invoice__c.Balance__c\"]"},
    {.section = source,
     .key = "api_budget",
     .kind = kind::table,
     .text = "How many API calls may be made: see [source.NAME.api_budget].",
     .example = "{ day = \"60%\", run = \"20%\" }"},

    {.section = budget,
     .key = "day",
     .fallback = "\"90%\"",
     .text =
         "No call is made when all clients of the org together have used so many within 24 "
         "hours: a number, or a part of what the org allows. Runs are then `throttled`: what is "
         "committed stays, and the next run goes on there.",
     .example = "\"60%\""},
    {.section = budget,
     .key = "run",
     .text = "How many calls one run of a pipeline may make, in the same words; none: as many as "
             "it takes.",
     .example = "\"20%\""},

    {.section = auth,
     .key = "flow",
     .kind = kind::choice,
     .needed = true,
     .choices = "refresh_token|jwt|client_credentials|password",
     .text = "OAuth flow. `client_credentials` works only with the org's My Domain as login_url; "
             "`password` is discouraged.",
     .example = "\"jwt\""},
    {.section = auth,
     .key = "client_id",
     .kind = kind::secret,
     .needed = true,
     .text = "Consumer Key of the connected or external client app.",
     .example = "\"${ACME_CLIENT_ID}\""},
    {.section = auth,
     .key = "client_secret",
     .kind = kind::secret,
     .text = "Consumer Secret. Needed for client_credentials, and for refresh_token and password "
             "where the app asks for it.",
     .example = "{ env = \"ACME_CLIENT_SECRET\" }"},
    {.section = auth,
     .key = "refresh_token",
     .kind = kind::secret,
     .text = "For the flow refresh_token: the token to begin with, where `millrace connect` has "
             "not stored one. What the org replaces it with is kept in token_store.",
     .example = "{ file = \"/run/secrets/acme.token\" }"},
    {.section = auth,
     .key = "token_store",
     .text = "For the flow refresh_token: the file in which millrace keeps the token that is good "
             "now, for its owner alone. Without it `NAME.token` in the folder [host] `state`.",
     .example = "\"/var/lib/millrace/acme.token\""},
    {.section = auth,
     .key = "username",
     .text = "For the flows jwt and password.",
     .example = "\"sync@acme.com\""},
    {.section = auth,
     .key = "private_key",
     .kind = kind::secret,
     .text = "For the flow jwt: the RSA key, in PEM form, whose certificate the app has.",
     .example = "{ file = \"/run/secrets/acme.pem\" }"},
    {.section = auth,
     .key = "audience",
     .kind = kind::url,
     .text = "For the flow jwt: for whom assertions are. Without it https://login.salesforce.com, "
             "https://test.salesforce.com for a sandbox, or a login_url that is neither's.",
     .example = "\"https://login.salesforce.com\""},
    {.section = auth,
     .key = "password",
     .kind = kind::secret,
     .text = "For the flow password.",
     .example = "{ env = \"ACME_PASSWORD\" }"},
    {.section = auth,
     .key = "security_token",
     .kind = kind::secret,
     .text = "For the flow password, where the org asks for it.",
     .example = "{ env = \"ACME_SECURITY_TOKEN\" }"},

    {.section = pipeline,
     .key = "source",
     .needed = true,
     .text = "Name of a [source.NAME].",
     .example = "\"acme\""},
    {.section = pipeline,
     .key = "warehouse",
     .needed = true,
     .text = "Name of a [warehouse.NAME].",
     .example = "\"main\""},
    {.section = pipeline,
     .key = "schema",
     .needed = true,
     .text = "Schema in the warehouse: letters, digits and `_`, no digit first, 63 at most. Two "
             "sources cannot share one.",
     .example = "\"sfdc_prod\""},
    {.section = pipeline,
     .key = "every",
     .kind = kind::duration,
     .fallback = "\"3h\"",
     .low = "1s",
     .high = "30d",
     .text = "How often `millrace run` runs the pipeline. Pipelines are spread evenly over the "
             "interval, each at a place of its own that it keeps.",
     .example = "\"1h\""},
    {.section = pipeline,
     .key = "at",
     .text = "When it runs, instead of `every`: minute, hour, day of the month, month and day of "
             "the week, as cron has them.",
     .example = "\"30 6 * * mon-fri\""},
    {.section = pipeline,
     .key = "time_zone",
     .fallback = "\"UTC\"",
     .text = "The clock that `at` goes by, a name of the time zone database.",
     .example = "\"Europe/Berlin\""},
    {.section = pipeline,
     .key = "tenant",
     .text = "Who it belongs to: tenants take turns when more pipelines are due than run at once. "
             "Without it the source is its own tenant.",
     .example = "\"acme\""},
    {.section = pipeline,
     .key = "collections",
     .kind = kind::texts,
     .fallback = "[\"@standard\", \"@custom\"]",
     .text = "Groups (`@standard`: the 48 collections, `@custom`: the org's own objects), names of "
             "collections or objects, patterns with `*`.",
     .example = "[\"accounts\", \"Invoice__c\", \"ns__*\"]"},
    {.section = pipeline,
     .key = "exclude",
     .kind = kind::texts,
     .fallback = "[]",
     .text = "The same words, for what is left out.",
     .example = "[\"*_tags\"]"},
    {.section = pipeline,
     .key = "deletes",
     .kind = kind::choice,
     .fallback = "\"mark\"",
     .choices = "mark|remove|ignore",
     .text = "What becomes of rows whose record was deleted for good: `mark` keeps them with "
             "`is_deleted` true and the time in `_millrace_deleted_at`, `remove` deletes them, "
             "`ignore` does not look for them. Records in the recycle bin are rows with "
             "`is_deleted` true in any case.",
     .example = "\"remove\""},
    {.section = pipeline,
     .key = "deletions_every",
     .kind = kind::duration,
     .fallback = "\"6h\"",
     .low = "0s",
     .high = "10d",
     .text = "How often the org is asked what was deleted for good; 0 is in each run. It costs a "
             "call for each collection that the org keeps account of.",
     .example = "\"0s\""},
    {.section = pipeline,
     .key = "census_every",
     .kind = kind::duration,
     .fallback = "\"7d\"",
     .low = "0s",
     .high = "365d",
     .text =
         "How often the Ids of a collection are compared with its rows, which finds every "
         "deletion and every record that was missed; 0 is never. It costs a call for each 2,000 "
         "records, or some for a Bulk job.",
     .example = "\"1d\""},
    {.section = pipeline,
     .key = "refresh_every",
     .kind = kind::duration,
     .fallback = "\"1d\"",
     .low = "0s",
     .high = "365d",
     .text =
         "How often formula and roll-up fields, which change without a trace, are read again of "
         "all records; 0 is never.",
     .example = "\"6h\""},
    {.section = pipeline,
     .key = "on_type_change",
     .kind = kind::choice,
     .fallback = "\"widen\"",
     .choices = "widen|new_column|fail",
     .text =
         "What becomes of a column whose field got a type in the org that it cannot hold: with "
         "`widen` it becomes one that holds both, a text as a rule; with `new_column` the field "
         "is loaded into a column with a suffix, and the old one stays as it is; with `fail` "
         "the collection fails.",
     .example = "\"new_column\""},
    {.section = pipeline,
     .key = "keep_runs",
     .kind = kind::duration,
     .fallback = "\"30d\"",
     .low = "0s",
     .high = "3650d",
     .text = "How long the schema's tables `_millrace_runs` and `_millrace_notices` keep what runs "
             "came to; 0 is for ever. Older rows go with the first run of a day (UTC).",
     .example = "\"365d\""},
    {.section = pipeline,
     .key = "hash_salt",
     .kind = kind::secret,
     .text =
         "Stands before each value of `hash_fields` when its SHA-256 is made. Another one makes "
         "other hashes: the collections are read in full again.",
     .example = "\"${HASH_SALT}\""},
    {.section = pipeline,
     .key = "collection",
     .kind = kind::table,
     .text =
         "Options of one collection: see [pipeline.NAME.collection.NAME]. NAME is that of the "
         "collection or of its object. A collection whose options change is read in full again.",
     .example = "{ leads = { exclude_fields = [\"Fax\"] } }"},

    {.section = one_collection,
     .key = "fields",
     .kind = kind::texts,
     .text = "Only these fields are read, and those that rows are kept in step by. Without it all.",
     .example = "[\"Name\", \"Email\"]"},
    {.section = one_collection,
     .key = "exclude_fields",
     .kind = kind::texts,
     .text = "Fields that are not read. A column that is there already stays, with what is in it.",
     .example = "[\"Fax\"]"},
    {.section = one_collection,
     .key = "hash_fields",
     .kind = kind::texts,
     .text = "Fields of which the warehouse gets a hash: 64 hexadecimal digits, equal for equal "
             "values. Needs the pipeline's `hash_salt`.",
     .example = "[\"Email\"]"},
    {.section = one_collection,
     .key = "base64_fields",
     .kind = kind::texts,
     .text = "Fields of type base64, the contents of files, of which the column gets the address "
             "that the org answers, such as `/services/data/v62.0/sobjects/Document/015.../Body`: "
             "whoever has a session reads the content there. Without it they are not read. The "
             "collection is then read by REST, whatever `api` says.",
     .example = "[\"Body\"]"},
    {.section = one_collection,
     .key = "where",
     .text =
         "Which records are read, in SOQL. One that changes so that it does not fit any more is "
         "found by the next census, and is then as one that was deleted.",
     .example = "\"Country = 'DE'\""},
    {.section = one_collection,
     .key = "table",
     .text = "Name of the collection and of its table, in place of the usual one: letters, digits "
             "and `_`, no digit first, 63 at most.",
     .example = "\"prospects\""},
    {.section = one_collection,
     .key = "priority",
     .kind = kind::number,
     .fallback = "50",
     .low = "0",
     .high = "100",
     .text = "Which collections are read first, and so get the calls when `api_budget` is short: "
             "those of the highest number, and of the same number those that have waited longest.",
     .example = "90"},
    {.section = one_collection,
     .key = "every",
     .kind = kind::duration,
     .low = "1s",
     .high = "30d",
     .text = "How often `millrace run` reads this collection, more often or less than the "
             "pipeline's others. The pipeline runs as often as the shortest `every` of all, each "
             "time for what is due; one that has `at` runs then, and reads this collection at "
             "most so often.",
     .example = "\"15m\""},
    {.section = one_collection,
     .key = "on_type_change",
     .kind = kind::choice,
     .choices = "widen|new_column|fail",
     .text = "As the pipeline's, for this collection. Nothing is read again when it changes.",
     .example = "\"fail\""},
});

std::string bounds_of(const option& o) {
  if (o.low.empty()) return {};
  return fmt::format(", from {} to {}", o.low, o.high);
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

std::vector<std::string> words_of(std::string_view choices) {
  std::vector<std::string> words;
  while (!choices.empty()) {
    const std::size_t bar = choices.find('|');
    words.emplace_back(choices.substr(0, bar));
    choices = bar == std::string_view::npos ? std::string_view() : choices.substr(bar + 1);
  }
  return words;
}

std::string expectation_of(const option& o) {
  switch (o.kind) {
    case kind::text:
      return "a text";
    case kind::secret:
      return "a text, { env = \"NAME\" }, { file = \"PATH\" } or { command = [\"PROGRAM\", ..] }";
    case kind::number:
      return "a whole number" + bounds_of(o);
    case kind::size:
      return fmt::format("a size such as {}{}", o.example, bounds_of(o));
    case kind::duration:
      return fmt::format("a duration such as {}{}", o.example, bounds_of(o));
    case kind::url:
      return fmt::format("an address such as {}", o.example);
    case kind::texts:
      return "a list of texts";
    case kind::choice: {
      std::string all;
      for (const std::string& word : words_of(o.choices))
        all += fmt::format("{}\"{}\"", all.empty() ? "" : " or ", word);
      return all;
    }
    case kind::table:
      return fmt::format("a table, such as {} = {}", o.key, o.example);
  }
  return "a text";
}

}  // namespace millrace
