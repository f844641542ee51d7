// TRANSFORMER: parses the pages of one collection into batches and hands them to the writers of its
// pipeline's lane. CPU only. Owns the batches under construction and the decoders of the pages that
// are arriving. In: a page's begin, pieces and end from its fetcher. Out: batches to the writers,
// with checkpoints that pass nothing uncommitted; to the fetcher freed bytes, the page's facts and
// each batch's end. After a batch failed no other one is sent. Ends with its fetcher, which stops
// it.
#pragma once

#include "actors/protocol.hpp"

#include <optional>
#include <vector>

namespace millrace {

struct transformer_config {
  table_ptr table;
  merge_mode mode = merge_mode::changed;
  batch_limits limits;
  /// Rows with an older version were read after it: equal versions prove equal cells.
  std::optional<time_point> versions_proven_before = {};
  /// A table that the key of each row is written to as well: all records are read, and what has no
  /// key there is gone. None: nobody wants to know.
  table_ptr keys = {};
  batch_builder::hash_function hash = {};  ///< of hashed columns
};

transformer_actor spawn_transformer(caf::actor_system& system, transformer_config config,
                                    std::vector<writer_actor> writers, fetcher_actor owner);

}  // namespace millrace
