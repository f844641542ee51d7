// What a run is called in logs, in the warehouse and in the status.
#pragma once

#include "engine/time.hpp"

#include <string>
#include <string_view>

namespace millrace {

/// "acme-20261130T131032123Z". No two runs of a pipeline go on at once, so its name and the moment
/// of the begin name a run; ids of one pipeline sort as they began.
std::string run_id(std::string_view pipeline, time_point started);

}  // namespace millrace
