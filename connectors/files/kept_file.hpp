// A kept text in a file that only its owner may read.
#pragma once

#include "connectors/storage.hpp"

#include <memory>
#include <string>

namespace millrace::files {

/// Nothing is opened or created before the first `try_hold`; then folders that are missing are.
std::shared_ptr<kept_text> make_kept_file(std::string path);

}  // namespace millrace::files
