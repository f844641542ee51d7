// What `history` says: the last runs of a pipeline as its warehouse has them.
#pragma once

#include "engine/model/run_history.hpp"

#include <string>

namespace millrace {

/// A line for each run, then the collections that were no success, and the notices, each once.
/// `asked`: what the history was read by; of one collection its lines alone.
std::string render_history(const history_order& asked, const run_history& history, bool color);
/// {"pipeline": .., "runs": [..]}, each with its collections and notices.
std::string history_json(const history_order& asked, const run_history& history);

}  // namespace millrace
