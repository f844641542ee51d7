// What is asked of a job and what is told of one. A deletion comes first: most jobs that are left
// behind are over, and then it is the only call.
#include "connectors/salesforce/bulk_job.hpp"

#include "connectors/salesforce/answers.hpp"
#include "connectors/salesforce/digests.hpp"
#include "connectors/salesforce/ids.hpp"
#include "connectors/salesforce/json_members.hpp"
#include "connectors/salesforce/request_book.hpp"
#include "connectors/salesforce/soql.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace millrace::salesforce {
namespace {

namespace json = boost::json;

/// Of the digest: a job's Id, the version and this much of it fit into a checkpoint.
constexpr std::size_t digest_digits = 38;
/// An Id in its short form, in which both forms agree.
constexpr std::size_t short_id = 15;

bool is_version(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(),
                                      [](char c) { return (c >= '0' && c <= '9') || c == '.'; });
}

class job_removal final : public conversation {
 public:
  job_removal(session_ptr session, std::vector<standing_job> jobs)
      : book_(std::move(session)), jobs_(std::move(jobs)) {}

  next_step next(time_point) override {
    if (book_.open() > 0) return wait_for_answer{};
    while (at_ < jobs_.size() && path_of(jobs_[at_]).empty())
      ++at_;
    if (at_ == jobs_.size()) return finished{};
    std::string path = path_of(jobs_[at_]);
    if (step_ == step::abort)
      return book_.make({http_method::patch, std::move(path), R"({"state":"Aborted"})", false},
                        body_use::whole, "bulk_abort");
    return book_.make({http_method::del, std::move(path), {}, false}, body_use::whole,
                      "bulk_delete");
  }

  verdict answered(std::uint64_t id, const http_response& response, time_point) override {
    const auto fault = fault_of(response);
    if (fault && fault->again != retry::never) return ask_again{*fault};
    book_.close(id);
    if (fault && fault->code == errc::request_limit) return give_up{*fault};
    // A job that still runs cannot be deleted (3.5).
    if (step_ == step::remove && fault && response.head.status == 400) {
      step_ = step::abort;
    } else if (step_ == step::abort) {
      step_ = step::remove_aborted;
    } else {
      step_ = step::remove;
      ++at_;
    }
    return proceed{};
  }

  void use_session(session_ptr fresh) override { book_.use(std::move(fresh)); }
  http_request renewed(const ask& old) const override { return book_.renewed(old.id); }

 private:
  enum class step : std::uint8_t { remove, abort, remove_aborted };
  request_book book_;
  std::vector<standing_job> jobs_;
  std::size_t at_ = 0;
  step step_ = step::remove;
};

}  // namespace

std::optional<job_facts> parse_job(std::string_view body) {
  json::error_code failed;
  const json::value value = json::parse(body, failed);
  if (failed || !value.is_object()) return {};
  const json::object& job = value.get_object();
  job_facts out{
      text_of(job, "id"),     text_of(job, "state"),       quotation(text_of(job, "errorMessage")),
      text_of(job, "object"), text_of(job, "createdById"), {}};
  if (const json::value* n = job.if_contains("numberRecordsProcessed"))
    if (n->is_int64() && n->get_int64() >= 0)
      out.records = static_cast<std::uint64_t>(n->get_int64());
  if (out.id.empty()) return {};
  return out;
}

std::string job_statement(const read_order& order) {
  query_plan plan;
  plan.what = &order.what;
  plan.selected = all_fields(order.what);
  plan.range = order.range;
  plan.order = record_order::any;  // ORDER BY would switch the org's own chunking off (3.5)
  return soql_of(plan);
}

std::string question_of(const org_session& who, const read_order& order) {
  if (who.user_id.size() < short_id || who.org_id.empty()) return {};
  const std::string all = fmt::format("{}\n{}\n{}\nqueryAll {}", who.api_version, who.org_id,
                                      who.user_id.substr(0, short_id), job_statement(order));
  return fmt::format("{} {}", who.api_version, fingerprint(all).substr(0, digest_digits));
}

std::string path_of(const standing_job& job) {
  const std::string_view version = std::string_view(job.question).substr(0, job.question.find(' '));
  if (!is_version(version) || !is_plain_id(job.id)) return {};
  return fmt::format("/services/data/v{}/jobs/query/{}", version, job.id);
}

std::unique_ptr<conversation> make_job_removal(session_ptr session,
                                               std::vector<standing_job> jobs) {
  return std::make_unique<job_removal>(std::move(session), std::move(jobs));
}

}  // namespace millrace::salesforce
