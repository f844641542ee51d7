// What a check found: for people, and for machines.
#pragma once

#include "engine/model/run_report.hpp"

#include <string>
#include <vector>

namespace millrace {

/// Counts and differences of each collection, what a difference may mean, and what to do.
std::string render_check(const run_plan& checked, bool color);
/// {"checks": [...]}, on one line.
std::string check_json(const std::vector<run_plan>& checked);

}  // namespace millrace
