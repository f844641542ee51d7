// Bulk API 2.0 query jobs.
#include <boost/json.hpp>

#include "api.hpp"
#include "ids.hpp"
#include "soql.hpp"
#include <algorithm>
#include <charconv>

namespace sandbox {
namespace {

namespace json = boost::json;

constexpr std::size_t result_records_default = 250'000;
constexpr std::size_t piece_bytes = std::size_t{256} << 10U;

std::string iso(stamp t) {
  std::string text = canonical_time(t);
  text[10] = 'T';
  return text + "+0000";
}

/// A queued job moves on by the time that has passed.
void settle(org& o, bulk_job& job) {
  if (job.state != "UploadComplete" && job.state != "InProgress") return;
  const std::int64_t left = job.ready_at - o.steady();
  if (left > o.options().bulk_delay_ms / 2) return;
  job.state = "InProgress";
  if (left > 0) return;
  job.state = job.message.empty() ? "JobComplete" : "Failed";
}

json::object job_json(const bulk_job& job, bool created) {
  json::object out{{"id", job.id},
                   {"operation", job.operation},
                   {"object", job.object},
                   {"createdById", "0055g000000000AAAA"},
                   {"createdDate", iso(job.created)},
                   {"systemModstamp", iso(job.created)},
                   {"state", job.state},
                   {"concurrencyMode", "Parallel"},
                   {"contentType", "CSV"},
                   {"apiVersion", std::atoi(job.version.c_str())},
                   {"lineEnding", "LF"},
                   {"columnDelimiter", "COMMA"}};
  if (created) return out;
  out["jobType"] = "V2Query";
  if (job.state == "JobComplete") {
    out["numberRecordsProcessed"] = job.records.size();
    out["retries"] = 0;
    out["totalProcessingTime"] = 10;
  }
  if (job.state == "Failed" && job.message != "-") out["errorMessage"] = job.message;
  return out;
}

response create(org& o, const request& r, const std::string& version) {
  json::error_code ec;
  const json::value body = json::parse(r.body, ec);
  if (ec || !body.is_object() || !body.get_object().contains("query"))
    return api_error(400, "INVALIDJOB", "Unable to parse Job");
  const std::string operation{json::value_to<std::string>(body.get_object().at("operation"))};
  auto parsed = parse_soql(json::value_to<std::string>(body.get_object().at("query")));
  if (const auto* fault = std::get_if<soql_error>(&parsed))
    return api_error(400, "API_ERROR", fault->message);
  statement& s = std::get<statement>(parsed);
  if (s.count || s.offset > 0)
    return api_error(400, "API_ERROR", "Aggregate Relationships not supported in Bulk Query");
  const object_def* object = o.find(s.object);
  if (object == nullptr)
    return api_error(400, "INVALID_TYPE", "sObject type '" + s.object + "' is not supported.");
  if (!object->queryable)
    return api_error(400, "API_ERROR", "entity type " + object->name + " does not support query");
  if (!object->bulk)
    return api_error(400, "INVALIDENTITY",
                     "Entity '" + object->name + "' is not supported by the Bulk API.");
  auto fields = resolve(s, *object);
  if (const auto* fault = std::get_if<soql_error>(&fields))
    return api_error(400, fault->code, fault->message);
  auto& list = std::get<std::vector<std::size_t>>(fields);
  for (const std::size_t f : list)
    if (!object->fields[f].plain())
      return api_error(400, "API_ERROR", "Selecting compound data not supported in Bulk Query");
  bulk_job job;
  job.id = make_id("750", o.next_number++);
  job.object = object->name;
  job.operation = operation;
  job.version = version;
  job.created = o.now();
  job.ready_at = o.steady() + o.options().bulk_delay_ms;
  const table& rows = o.records(*object);
  job.records = choose(s, rows, operation == "queryAll");
  job.rows = std::make_shared<renderer>(rows, std::move(list), form::csv, version);
  for (fault& f : o.faults) {
    if (f.type != "job_failed" || f.count == 0 ||
        (!f.object.empty() && !same_word(f.object, job.object)))
      continue;
    if (f.count > 0) --f.count;
    job.message = f.message.empty() ? "-" : f.message;
    break;
  }
  response out;
  out.body = json::serialize(job_json(job, true));
  o.jobs.emplace(job.id, std::move(job));
  return out;
}

response results(const bulk_job& job, const request& r) {
  if (job.state != "JobComplete")
    return api_error(400, "INVALIDJOBSTATE", "The job is not complete: " + job.state);
  std::size_t many = result_records_default;
  const std::string wanted = r.parameter("maxRecords");
  if (!wanted.empty()) std::from_chars(wanted.data(), wanted.data() + wanted.size(), many);
  std::size_t from = 0;
  const std::string locator = r.parameter("locator");
  if (!locator.empty() &&
      (!locator.starts_with("Mj") ||
       std::from_chars(locator.data() + 2, locator.data() + locator.size(), from).ec !=
           std::errc{}))
    return api_error(400, "INVALID_LOCATOR", "the locator is invalid");
  const std::size_t end = std::min(job.records.size(), from + std::max<std::size_t>(many, 1));
  response out;
  out.type = "text/csv; charset=UTF-8";
  out.headers.emplace_back("Sforce-NumberOfRecords", std::to_string(end - std::min(from, end)));
  out.headers.emplace_back("Sforce-Locator",
                           end < job.records.size() ? "Mj" + std::to_string(end) : "null");
  // The job may be deleted while its pages are still on the wire.
  out.produce = [rows = job.rows,
                 records = std::vector<std::uint32_t>(
                     job.records.begin() + static_cast<std::ptrdiff_t>(std::min(from, end)),
                     job.records.begin() + static_cast<std::ptrdiff_t>(end)),
                 next = std::size_t{0}, started = false](std::string& body) mutable {
    if (!started) body += rows->header();
    started = true;
    const std::size_t limit = body.size() + piece_bytes;
    while (next < records.size() && body.size() < limit)
      rows->append(body, records[next++]);
    return next < records.size();
  };
  return out;
}

response result_pages(const bulk_job& job, const std::string& version) {
  json::array pages;
  for (std::size_t at = 0; at < std::max<std::size_t>(job.records.size(), 1);
       at += result_records_default)
    pages.push_back(
        json::object{{"resultUrl", "/services/data/v" + version + "/jobs/query/" + job.id +
                                       "/results?locator=Mj" + std::to_string(at)}});
  response out;
  out.body = json::serialize(
      json::object{{"resultPages", pages}, {"nextRecordsUrl", nullptr}, {"done", true}});
  return out;
}

}  // namespace

response bulk(org& o, const request& r, const std::vector<std::string>& parts,
              const std::string& version) {
  if (parts.size() < 2 || parts[1] != "query")
    return api_error(404, "NOT_FOUND", "The requested resource does not exist");
  if (parts.size() == 2) {
    if (r.method == "POST") return create(o, r, version);
    json::array records;
    for (auto& [id, job] : o.jobs) {
      settle(o, job);
      records.push_back(job_json(job, false));
    }
    response out;
    out.body = json::serialize(
        json::object{{"done", true}, {"nextRecordsUrl", nullptr}, {"records", records}});
    return out;
  }
  const auto found = o.jobs.find(parts[2]);
  if (found == o.jobs.end())
    return api_error(404, "NOT_FOUND", "The requested resource does not exist");
  bulk_job& job = found->second;
  if (job.version != version)
    return api_error(409, "API_ERROR",
                     "the API version differs from the one that the job was created with");
  settle(o, job);
  response out;
  if (parts.size() > 3)
    return parts[3] == "resultPages" ? result_pages(job, version) : results(job, r);
  if (r.method == "DELETE") {
    if (job.state == "UploadComplete" || job.state == "InProgress")
      return api_error(400, "INVALIDJOBSTATE", "a job that runs cannot be deleted");
    o.jobs.erase(found);
    out.status = 204;
    out.type = "";
    return out;
  }
  if (r.method == "PATCH") job.state = "Aborted";
  out.body = json::serialize(job_json(job, false));
  return out;
}

}  // namespace sandbox
