// How a source logs in: what each flow needs, and where its refresh token is kept. Included by the
// configuration's own sources only: it shows toml++.
#pragma once

#include "engine/config/section_reader.hpp"

#include <vector>

namespace millrace {

/// Reads [source.NAME.auth].
void read_auth(const toml::table& table, source_settings& source, reading_context& context);

/// Gives the host its folder where none was named, and each source that needs one the place of its
/// refresh token. One that two sources would
/// share is a fault: the login of one would end the other's.
void place_tokens(configuration& config, reading_context& context);

}  // namespace millrace
