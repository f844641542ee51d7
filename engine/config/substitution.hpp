// Values that a configuration names instead of holding: variables, files, and what commands print.
#pragma once

#include "engine/config/load.hpp"
#include "engine/error.hpp"

#include <string>
#include <vector>

namespace millrace {

/// Replaces `${NAME}`; `$${` stands for `${`. errc::secret_missing when a variable is not set,
/// errc::config_invalid when the text is malformed. The message never shows a value.
result<std::string> with_variables(const std::string& text, const config_environment& world);

/// The secret of `{ env = .. }`, `{ file = .. }`, `{ command = .. }`, without one line break at its
/// end; errc::secret_missing.
result<std::string> secret_of_variable(const std::string& name, const config_environment& world);
result<std::string> secret_of_file(const std::string& path, const config_environment& world);
result<std::string> secret_of_command(const std::vector<std::string>& command,
                                      const config_environment& world);

}  // namespace millrace
