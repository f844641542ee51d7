// FETCHER: drives one conversation of a connector: a login, a catalog, or the reading of a
// collection. Asks what the conversation wants asked, repeats by policy, logs in again when the
// session ended, and for a collection streams pages to its transformer within the credit it holds.
// In: events from http, freed bytes and batch ends from the transformer. Out: requests to http,
// pages to the transformer, progress and the end to its pipeline. Ends after its report; stopped
// early by `drain`.
#pragma once

#include "actors/page_credit.hpp"
#include "actors/protocol.hpp"
#include "engine/schedule/call_budget.hpp"
#include "engine/schedule/retry.hpp"
#include "engine/schedule/shared_slots.hpp"
#include "engine/schedule/source_limits.hpp"

#include <functional>
#include <memory>

namespace millrace {

/// What becomes of a job that the source begins for a reading.
struct job_keeping {
  remembered_job record;           ///< without the job
  std::string known;               ///< the Id of a job that is remembered already; empty: of none
  bool next_run_takes_it = false;  ///< what is remembered stays at the source when this breaks off
};

/// What only the reading of a collection needs.
struct collection_work {
  std::shared_ptr<reader> pages;  ///< the same object as `talk`
  checkpoint final_position;      ///< committed with the last batch; rows and time are filled in
  bool has_position = true;       ///< false: no checkpoint is committed; the name in it serves
  bool was_complete = false;      ///< whether a first load had been completed before
  std::optional<time_point> read_since;  ///< the `source_time` of checkpoints on the way
  std::vector<std::string> owed = {};    ///< columns that are, by checkpoints on the way
  /// Answers what the reader asks first, if that is what it asks; else it is dropped.
  std::optional<known_answer> first_page;
  std::optional<job_keeping> jobs;  ///< none: nobody remembers them
  std::size_t pages_at_once = 1;    ///< as far as there are slots; of one result
  std::function<transformer_actor(fetcher_actor)> make_transformer;
};

struct fetcher_config {
  std::shared_ptr<conversation> talk;
  std::optional<collection_work> work;
  std::string tenant;
  session_ptr session;  ///< the one `talk` was made with
  http_actor http;
  pool_actor pool;
  pipeline_actor owner;
  retry_policy retries;
  credit_limits credits;
  std::shared_ptr<run_budget> budget;   ///< none: no bound on calls
  std::shared_ptr<source_limits> pace;  ///< none: nothing waits for its turn
  std::shared_ptr<shared_slots> slots;  ///< for pages beside the first; none: there are always some
  std::function<std::optional<call_usage>(const http_head&)> usage_of;
  std::function<time_point()> now;  ///< the wall clock
  std::function<double()> chance;   ///< in [0, 1), for jitter
};

fetcher_actor spawn_fetcher(caf::actor_system& system, fetcher_config config);

}  // namespace millrace
