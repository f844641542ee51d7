// One row for each key: what a writer merges of a batch.
#pragma once

#include "engine/model/batch.hpp"

#include <cstdint>
#include <vector>

namespace millrace {

/// Indexes of the rows that stand, in their order: of rows with the same key the one with the
/// highest version; among equal versions, and without versions, the last (I5).
std::vector<std::uint32_t> rows_to_merge(const batch& rows);

}  // namespace millrace
