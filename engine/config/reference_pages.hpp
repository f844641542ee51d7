// The reference pages that are made from tables: docs/configuration.md and docs/errors.md. A test
// compares them with the files.
#pragma once

#include <string>

namespace millrace {

/// From the option table.
std::string options_page();
/// From engine/error_codes.def.
std::string errors_page();

}  // namespace millrace
