// The table function for SQLite as a file that the driver can load. It is part of the program, so
// that the program works wherever it is copied.
#pragma once

#include <string>

namespace millrace::odbc {

/// The path of a file in memory that holds the extension, good until the process ends; the same for
/// every call. Empty when the system has no such files: then other loaders serve. Thread-safe.
const std::string& batch_function_path();

}  // namespace millrace::odbc
