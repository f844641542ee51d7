// What a host's status says to people; and what a command that waits wants to know of it.
#pragma once

#include <string>

namespace millrace {

/// A line for each pipeline; of a single one its collections, too. `status`: as the host answered.
std::string render_status(const std::string& status);

struct last_run {
  std::string started_at;  ///< empty: there was none yet
  std::string outcome;
  int exit_code = 0;
};
/// Of the first pipeline in the status.
last_run last_run_of(const std::string& status);

}  // namespace millrace
