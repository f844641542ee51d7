// How runs ended: for people, and for machines.
#pragma once

#include "engine/model/run_report.hpp"

#include <string>
#include <vector>

namespace millrace {

/// An error over some lines: what happened, where, what it means, what to do.
std::string render_error(const error& e, bool color);
/// What happened to each collection, the errors with what to do, notices, and one line of totals.
/// Collections without a change are only counted unless `verbose`.
std::string render_summary(const run_summary& summary, bool color, bool verbose);
/// {"exit_code": n, "runs": [...]}, on one line.
std::string summary_json(const std::vector<run_summary>& summaries, int exit_code);

/// Notices under a heading; nothing when there are none.
std::string render_notices(const std::vector<notice>& notices, bool color);

}  // namespace millrace
