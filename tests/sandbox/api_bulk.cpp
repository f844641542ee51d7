// Bulk 2.0 query jobs: states by the clock, results as of the moment when the job was made.
#include "json_out.hpp"
#include "query_plan.hpp"
#include <algorithm>
#include <array>
#include <charconv>

namespace sandbox {
namespace {

constexpr std::size_t piece_bytes = std::size_t{256} * 1024;
constexpr std::size_t most_rows = 250'000;
constexpr std::size_t pages_at_once = 5;

struct named_delimiter {
  std::string_view name;
  char sign;
};
constexpr std::array delimiters{
    named_delimiter{"COMMA", ','},     named_delimiter{"TAB", '\t'},
    named_delimiter{"SEMICOLON", ';'}, named_delimiter{"PIPE", '|'},
    named_delimiter{"CARET", '^'},     named_delimiter{"BACKQUOTE", '`'}};

std::string state_of(const org& o, const bulk_job& job) {
  if (!job.state.empty()) return job.state;
  const std::int64_t passed = o.steady() - job.started_at;
  const int delay = o.options().bulk_delay_ms;
  return passed >= delay ? "JobComplete" : passed >= delay / 2 ? "InProgress" : "UploadComplete";
}

bool is_over(const std::string& state) {
  return state == "JobComplete" || state == "Failed" || state == "Aborted";
}

std::string job_json(const org& o, const bulk_job& job, bool fresh) {
  const std::string state = fresh ? "UploadComplete" : state_of(o, job);
  json_object out;
  out.text("id", job.id).text("operation", job.operation).text("object", job.object);
  out.text("createdById", o.user_id()).text("createdDate", rest_time(job.created));
  out.text("systemModstamp", rest_time(fresh ? job.created : o.now())).text("state", state);
  out.text("concurrencyMode", "Parallel").text("contentType", "CSV").raw("apiVersion", job.version);
  if (!fresh) out.text("jobType", "V2Query");
  out.text("lineEnding", job.line_ending).text("columnDelimiter", job.delimiter);
  if (!fresh) {
    if (state == "JobComplete") out.number("numberRecordsProcessed", job.records.size());
    if (state == "Failed") out.number("numberRecordsProcessed", 0);
    if (state == "Failed" && !job.message.empty()) out.text("errorMessage", job.message);
    out.number("retries", 0).number("totalProcessingTime", o.steady() - job.started_at);
    out.flag("isPkChunkingSupported", true);
  }
  return out.done();
}

std::string text_member(const call& c, std::string_view name, std::string otherwise) {
  const auto* found = c.body.if_contains(name);
  return found != nullptr && found->is_string() ? std::string(found->get_string())
                                                : std::move(otherwise);
}

std::optional<soql_error> refusal(const query_plan& plan) {
  const object_def& o = *plan.object;
  if (!o.bulk)
    return soql_error{"INVALIDENTITY", "Entity '" + o.name + "' is not supported by the Bulk API."};
  if (plan.soql.count || plan.soql.offset > 0)
    return soql_error{"API_ERROR",
                      "Aggregate Relationships and OFFSET not supported in Bulk Query"};
  for (const std::size_t f : plan.fields) {
    if (o.fields[f].compound())
      return soql_error{"API_ERROR", "Selecting compound data not supported in Bulk Query"};
    if (o.fields[f].type == "base64")
      return soql_error{"API_ERROR",
                        "Binary fields not supported in Bulk Query: " + o.fields[f].name};
  }
  return {};
}

std::string locator_of(std::size_t from) {
  constexpr std::string_view letters =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  std::string out;
  unsigned bits = 0;
  unsigned have = 0;
  for (const char c : std::to_string(from)) {
    bits = (bits << 8U) | static_cast<unsigned char>(c);
    for (have += 8; have >= 6; have -= 6)
      out += letters[(bits >> (have - 6)) & 63U];
  }
  if (have > 0) out += letters[(bits << (6 - have)) & 63U];
  return out;
}

/// A locator is opaque to clients; here it is one of few, so that it is found by making it.
std::optional<std::size_t> from_locator(std::string_view locator, std::size_t rows) {
  if (locator.empty()) return 0;
  constexpr std::string_view letters =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  std::string digits;
  unsigned bits = 0;
  unsigned have = 0;
  for (const char c : locator) {
    const std::size_t at = letters.find(c);
    if (at == std::string_view::npos) return {};
    bits = (bits << 6U) | static_cast<unsigned>(at);
    have += 6;
    if (have < 8) continue;
    have -= 8;
    digits += static_cast<char>((bits >> have) & 0xFFU);
  }
  std::size_t from = 0;
  const char* const end = digits.data() + digits.size();
  if (digits.empty() || std::from_chars(digits.data(), end, from).ptr != end || from > rows)
    return {};
  return from;
}

bulk_job* job_of(const call& c) {
  const auto found = c.where->jobs.find(c.parts[2]);
  return found == c.where->jobs.end() ? nullptr : &found->second;
}

response no_job() {
  return api_error(404, "NOT_FOUND", "The requested resource does not exist");
}

response wrong_version(const bulk_job& job) {
  return api_error(409, "API_ERROR", "The job was created with API version " + job.version);
}

std::optional<response> unready(const call& c, const bulk_job* job) {
  if (job == nullptr) return no_job();
  if (job->version != c.version) return wrong_version(*job);
  if (state_of(*c.where, *job) != "JobComplete")
    return api_error(400, "INVALIDJOBSTATE",
                     "Results are available for jobs in state JobComplete only");
  return {};
}

}  // namespace

response serve_bulk_create(const call& c) {
  org& o = *c.where;
  const std::string operation = text_member(c, "operation", "");
  if (operation != "query" && operation != "queryAll")
    return api_error(400, "INVALIDJOB", "Unable to parse Job: operation must be query or queryAll");
  if (text_member(c, "contentType", "CSV") != "CSV")
    return api_error(400, "INVALIDJOB", "Only contentType CSV is supported");
  const std::string delimiter = text_member(c, "columnDelimiter", "COMMA");
  const auto* sign = std::find_if(delimiters.begin(), delimiters.end(),
                                  [&](const named_delimiter& d) { return d.name == delimiter; });
  if (sign == delimiters.end())
    return api_error(400, "INVALIDJOB", "Unknown columnDelimiter " + delimiter);
  auto planned = plan_query(o, text_member(c, "query", ""));
  if (const auto* fault = std::get_if<soql_error>(&planned))
    return api_error(400, fault->code, fault->message);
  auto& plan = std::get<query_plan>(planned);
  if (const auto fault = refusal(plan)) return api_error(400, fault->code, fault->message);

  bulk_job job;
  job.id = o.new_id("750");
  job.object = plan.object->name;
  job.operation = operation;
  job.query = text_member(c, "query", "");
  job.version = c.version;
  job.delimiter = delimiter;
  job.line_ending = text_member(c, "lineEnding", "LF");
  job.created = o.now();
  job.started_at = o.steady();
  job.as_of = o.this_moment();
  job.records = choose(plan.soql, o.records(*plan.object), operation == "queryAll");
  job.rows = o.rows_of(*plan.object, plan.fields,
                       {form::csv, c.version, sign->sign, job.line_ending == "CRLF"});
  job.state = c.job_ends;
  job.message = c.job_message;
  const std::string body = job_json(o, job, true);
  o.jobs.emplace(job.id, std::move(job));
  return json_response(body);
}

response serve_bulk_list(const call& c) {
  const auto one = [&](const auto& job) { return job_json(*c.where, job.second, false); };
  return json_response(json_object()
                           .flag("done", true)
                           .null("nextRecordsUrl")
                           .raw("records", json_list(c.where->jobs, one))
                           .done());
}

response serve_bulk_job(const call& c, const request& r) {
  org& o = *c.where;
  bulk_job* job = job_of(c);
  if (job == nullptr) return no_job();
  if (job->version != c.version) return wrong_version(*job);
  const std::string state = state_of(o, *job);
  if (r.method == "PATCH") {
    if (text_member(c, "state", "") != "Aborted")
      return api_error(400, "INVALIDJOBSTATE", "A query job can be aborted only");
    if (is_over(state))
      return api_error(400, "INVALIDJOBSTATE", "Aborting a job that is over: " + state);
    job->state = "Aborted";
  } else if (r.method == "DELETE") {
    if (!is_over(state))
      return api_error(400, "INVALIDJOBSTATE", "Deleting a job in state " + state);
    o.jobs.erase(job->id);
    response gone;
    gone.status = 204;
    gone.type.clear();
    return gone;
  } else if (!c.job_ends.empty()) {
    job->state = c.job_ends;
    job->message = c.job_message;
  }
  return json_response(job_json(o, *job, false));
}

response serve_bulk_results(const call& c, const request& r) {
  bulk_job* job = job_of(c);
  if (auto fault = unready(c, job)) return std::move(*fault);
  const std::size_t total = job->records.size();
  const auto from = from_locator(r.parameter("locator"), total);
  if (!from) return api_error(400, "INVALID_QUERY_LOCATOR", "invalid locator");
  const std::size_t page_rows = std::max<std::size_t>(c.where->settings.result_page_rows, 1);
  std::size_t most = page_rows;
  const std::string wanted = r.parameter("maxRecords");
  if (!wanted.empty()) {
    const auto read = std::from_chars(wanted.data(), wanted.data() + wanted.size(), most);
    if (read.ec != std::errc{} || most == 0)
      return api_error(400, "INVALIDJOB", "invalid maxRecords " + wanted);
    if (page_rows < org_settings().result_page_rows) most = std::min(most, page_rows);
  }
  const std::size_t end = std::min(*from + std::min(most, most_rows), total);
  response out;
  out.type = "text/csv; charset=UTF-8";
  out.headers.emplace_back("Sforce-NumberOfRecords", std::to_string(end - *from));
  out.headers.emplace_back("Sforce-Locator", end < total ? locator_of(end) : "null");
  out.body = job->rows->header();
  const numbers mine(job->records.begin() + static_cast<std::ptrdiff_t>(*from),
                     job->records.begin() + static_cast<std::ptrdiff_t>(end));
  out.produce = [rows = job->rows, mine, as_of = job->as_of,
                 next = std::size_t{0}](std::string& to) mutable {
    const std::size_t begin = to.size();
    while (next < mine.size() && to.size() - begin < piece_bytes)
      rows->append(to, rows->rows().at(mine[next++], as_of));
    return next < mine.size();
  };
  return out;
}

response serve_bulk_result_pages(const call& c, const request& r) {
  bulk_job* job = job_of(c);
  if (auto fault = unready(c, job)) return std::move(*fault);
  const std::size_t total = job->records.size();
  const auto first = from_locator(r.parameter("locator"), total);
  if (!first) return api_error(400, "INVALID_QUERY_LOCATOR", "invalid locator");
  const std::string base = "/services/data/v" + c.version + "/jobs/query/" + job->id;
  std::vector<std::size_t> pages;
  std::size_t next = *first;
  do {
    pages.push_back(next);
    next += std::max<std::size_t>(c.where->settings.result_page_rows, 1);
  } while (next < total && pages.size() < pages_at_once);
  const auto one = [&](std::size_t from) {
    return json_object().text("resultUrl", base + "/results?locator=" + locator_of(from)).done();
  };
  json_object out;
  out.raw("resultPages", json_list(pages, one));
  if (next < total)
    out.text(c.where->settings.guide_spelling ? "nextRecordUrl" : "nextRecordsUrl",
             base + "/resultPages?locator=" + locator_of(next));
  return json_response(out.flag("done", next >= total).done());
}

}  // namespace sandbox
