// TRANSFORMER: parses the pages of one collection into batches and hands them to the writer. CPU
// only. Owns the batch under construction and the decoder of the page that is arriving. In: a
// page's begin, pieces and end from its fetcher. Out: batches to the writer; to the fetcher freed
// bytes, the page's facts and each batch's end. Ends with its fetcher, which stops it.
#pragma once

#include "actors/protocol.hpp"

namespace millrace {

struct transformer_config {
  table_ptr table;
  merge_mode mode = merge_mode::changed;
  batch_limits limits;
};

transformer_actor spawn_transformer(caf::actor_system& system, transformer_config config,
                                    writer_actor writer, fetcher_actor owner);

}  // namespace millrace
