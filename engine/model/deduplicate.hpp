// One row for each key: what a writer merges of a batch.
#pragma once

#include "engine/model/batch.hpp"

#include <cstdint>
#include <vector>

namespace millrace {

/// Indexes of the rows that stand, in order of key: of rows with the same key the one with the
/// highest version; among equal versions, and without versions, the last (I5). By the order,
/// connections side by side lock rows one after the other instead of deadlocking, and an index
/// takes neighbours more cheaply.
std::vector<std::uint32_t> rows_to_merge(const batch& rows);

}  // namespace millrace
