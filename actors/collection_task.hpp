// One collection on its way through a run: what it is, what will be read of it and how, what it has
// cost, how it ended. Values and rules only: who does the work is the pipeline's business.
#pragma once

#include "actors/host.hpp"
#include "connectors/connector.hpp"
#include "connectors/warehouse.hpp"
#include "engine/model/run_report.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace millrace {

struct collection_task {
  collection what;
  table_ptr table;
  std::optional<std::uint64_t> records;  ///< that the source holds, roughly
  std::optional<std::uint64_t> to_read;  ///< of the window, as far as it is known
  bool was_complete = false;
  std::optional<std::uint64_t> records_before;  ///< that the last reading of it yielded
  std::optional<time_point> read_since;  ///< the source's clock when it was last read to its end
  bool described_again = false;
  bool other_choice = false;   ///< its rows were read by other options: their checkpoints go ..
  bool hashed_before = false;  ///< .. and of hashed fields its rows hold nothing else, all of them
  bool hashes_anew = false;    ///< what was read before was hashed otherwise, or nobody knows
  bool changes_read = false;   ///< and committed; what follows is upkeep
  merge_mode mode = merge_mode::changed;
  table_change change;
  std::vector<std::string> owed = {};   ///< columns that rows from before have no value in (I11) ..
  std::optional<time_point> filled_to;  ///< .. but for records stamped before this
  bool owes_more = false;               ///< than the checkpoint says that the run began with
  window range;
  std::optional<time_point> reaches = {};  ///< the cursor that is committed with the last batch
  read_method method = read_method::rest;
  std::optional<copy_comparison> compared;  ///< by a check
  collection_counts spent;                  ///< by readings that are over
  collection_counts latest;                 ///< by the reading under way, as it told last
  collection_snapshot seen;
  std::optional<collection_outcome> outcome;

  [[nodiscard]] collection_counts counts() const;
};

/// A notice that stands there already is not told a second time.
void add_notice(std::vector<notice>& to, notice n);

/// What to ask the catalog for. Counts of records cost a call and help only where everything is to
/// be read: of collections that are not loaded yet or are due for upkeep, and of all when `full`.
selection catalog_order(const run_request& request, const std::vector<checkpoint>& checkpoints,
                        time_point now);

/// How tables are made.
struct table_rules {
  std::size_t identifier_bytes_max = 63;
  bool marks_deleted = true;
  type_change_policy on_type_change = type_change_policy::widen;
};

/// Takes a description, the first or a later one, and makes the table's schema of it.
void describe(collection_task& task, collection what, const table_rules& rules,
              std::vector<notice>& notices);

/// One for each collection of the catalog, the largest first, so that none of them is alone at the
/// end.
std::vector<collection_task> tasks_of(const catalog_conversation& read, const table_rules& rules,
                                      std::vector<notice>& notices);
/// Collections whose description could not be had have failed before they began.
std::vector<collection_outcome> undescribed_outcomes(const catalog& read);
/// The one object that was described anew.
result<collection> find_described(const catalog& read, const std::string& object);

/// None of the collections that are wanted is there.
error nothing_selected();

notice field_vanished(const collection_task& task);

/// I2: where the source's clock went on by less than millrace's own since the last run, it was
/// ahead then (or millrace's is now), and cursors may be past changes that came later. Beyond the
/// overlap, what was read in full is read so again.
void forget_cursors_ahead(std::vector<checkpoint>& checkpoints, time_point source_time,
                          time_point now, milliseconds overlap, std::vector<notice>& notices);

/// What was read by other options is not what is wanted now: its checkpoints do not count. A table
/// that holds another object's rows fails its collection.
void forget_other_choices(std::vector<collection_task>& tasks, std::vector<checkpoint>& checkpoints,
                          std::vector<notice>& notices);

/// Decides the window, everything or what changed since the checkpoint, and the way to read it.
void plan(collection_task& task, const table_change& change, bool table_is_empty,
          const run_request& request, const std::vector<checkpoint>& checkpoints);

/// The reading of what has changed.
read_order order_of(const collection_task& task);

/// How the changes of the collection are read.
main_reading reading_of(const collection_task& task);

/// What of the collection's upkeep is due in this run.
upkeep_plan upkeep_of(const collection_task& task, const run_request& request,
                      const std::vector<checkpoint>& checkpoints, time_point source_time);

/// What the collection's last batch commits: all of it is there up to the source's clock, less the
/// overlap (I2).
checkpoint final_position(const collection_task& task, const session& who, time_point source_time,
                          milliseconds overlap);

/// Rows of another account of the source are in these tables: its identity; none: they are not.
std::optional<std::string> other_account(const std::vector<checkpoint>& checkpoints,
                                         const session& who);

/// Rows that are older than this were read after they were written: where such a version is equal
/// the cells are, too. A second change within the second of a stamp would hide otherwise, and the
/// clocks of an org's hosts differ a little. None: nothing is proven.
std::optional<time_point> versions_proven_before(const collection_task& task);

/// A reading is over: what it cost stays counted, whatever comes after it.
void count(collection_task& task, const collection_counts& counts);

/// The collection's part of the run is over; success, when there is no `why`.
void conclude(collection_task& task, std::optional<error> why);

/// Moves all outcomes to the others, in order of collection. What has none ended with the run;
/// those of a whole run that only looked have none.
void conclude_all(std::vector<collection_task>& tasks, const std::optional<error>& why,
                  std::vector<collection_outcome>& to);

/// Why a warehouse that was tried cannot be loaded; none: it can. One loader that works is enough.
std::optional<error> unusable(const std::vector<warehouse_finding>& findings);

/// Why a signal ended something.
error interrupted();

/// What a run that only looks tells of it.
planned_collection planned(const collection_task& task);

}  // namespace millrace
