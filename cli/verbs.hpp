// The verbs of the command.
#pragma once

#include "cli/command_line.hpp"

namespace millrace {

/// Does what was asked; results on stdout, everything else on stderr. Returns the exit code.
int run_command(const command& asked);

}  // namespace millrace
