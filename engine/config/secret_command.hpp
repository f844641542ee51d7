// A program whose output is a secret.
#pragma once

#include "engine/error.hpp"
#include "engine/time.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace millrace {

struct command_limits {
  milliseconds time{30'000};
  std::size_t output_bytes = std::size_t{64} << 10U;
};

/// Runs a program, found by PATH, without a shell and without input, and gives what it prints. What
/// it says on its standard error is shown nowhere (I16).
/// errc::secret_missing when it cannot be started, does not end in time, prints too much or ends
/// with another status than 0; it and what it started are then ended.
result<std::string> run_secret_command(const std::vector<std::string>& command,
                                       command_limits limits = {});

}  // namespace millrace
