// PIPELINE: one run of one pipeline: connect to the warehouse, log in, read the catalog, prepare
// the tables, read the collections (a bounded number at once), collect the outcomes. Owns the
// writer and every fetcher of the run, and sees their deaths: a crash ends one collection, not the
// run (I6). Out: snapshots while it runs and one summary to its watcher. Ends after the summary;
// `drain` ends it early with what is committed kept.
#pragma once

#include "actors/fetcher.hpp"
#include "actors/host.hpp"
#include "actors/protocol.hpp"
#include "actors/writer.hpp"

#include <functional>

namespace millrace {

struct pipeline_run {
  run_request request;
  writer_config warehouse;  ///< without `connect`, which is the request's
  std::function<writer_actor(caf::actor_system&, writer_config)> spawn_writer =
      millrace::spawn_writer;
  std::shared_ptr<writer_threads> threads;  ///< of the process
  retry_policy retries;
  credit_limits credits;
  std::function<time_point()> now;
  std::function<double()> chance;
};

pipeline_actor spawn_pipeline(caf::actor_system& system, pipeline_run run, http_actor http,
                              pool_actor pool, run_watcher_actor watcher);

}  // namespace millrace
