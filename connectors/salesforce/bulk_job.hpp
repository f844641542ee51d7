// A Bulk query job: what it is asked, what the org tells of it, and how one that an earlier run
// asked for is known again (salesforce-api.md 3).
#pragma once

#include "connectors/connector.hpp"
#include "connectors/salesforce/session.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace millrace::salesforce {

/// What an answer tells of a job.
struct job_facts {
  std::string id;
  std::string state;
  std::string message;
  std::string object;      ///< empty: not told
  std::string created_by;  ///< empty: not told
  std::optional<std::uint64_t> records;
};
/// None: the answer is about no job.
std::optional<job_facts> parse_job(std::string_view body);

/// The statement of the job that reads what is ordered.
std::string job_statement(const read_order& order);

/// What that job answers, and for whom: API version and a digest of version, org, user and
/// statement, which holds object, fields, condition and window. The same question is the same
/// answer, as far as the org's clock then. Empty: the org does not tell who the user is, so that
/// nothing is proven.
std::string question_of(const org_session& who, const read_order& order);

/// Below the API version that it was made with: the org answers no other one (3.5). Empty: the
/// record is no job's.
std::string path_of(const standing_job& job);

/// Aborts and deletes these jobs, whose Ids the org gave to us alone. One that is not there any
/// more is as good. Ends with an error only when the org cannot be asked.
std::unique_ptr<conversation> make_job_removal(session_ptr session, std::vector<standing_job> jobs);

}  // namespace millrace::salesforce
