// Whether what a driver reads back is the value that was sent, however it is written.
#pragma once

#include "engine/model/types.hpp"

#include <string>

namespace millrace::odbc {

/// `sent` is a canonical text. Numbers are compared as numbers, exactly where they are exact ones;
/// booleans, dates and times in every spelling that drivers were seen to use.
bool same_value(value_type type, const std::string& sent, const std::string& got);

}  // namespace millrace::odbc
