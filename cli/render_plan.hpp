// What a run would do and what it would cost: for people, and for machines.
#pragma once

#include "engine/model/run_report.hpp"

#include <string>
#include <vector>

namespace millrace {

/// Tables, windows, ways to read, calls; what is not there; whether the org's limits and the budget
/// have room for it. `verbose`: every statement; otherwise those that change a table that is there.
std::string render_plan(const run_plan& plan, bool color, bool verbose);
std::string plan_json(const std::vector<run_plan>& plans);

}  // namespace millrace
