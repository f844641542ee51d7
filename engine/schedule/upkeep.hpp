// What a table needs beside the changes that the cursor shows (I14, I15): a census of keys, the
// source's account of deletions, a refresh of fields that change silently; and when.
#pragma once

#include "engine/model/catalog.hpp"
#include "engine/model/table.hpp"
#include "engine/model/window.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace millrace {

/// What becomes of rows whose record is gone for good.
enum class deletes_policy : std::uint8_t {
  mark,    ///< kept, `is_deleted` and `_millrace_deleted_at` say so
  remove,  ///< deleted
  ignore,  ///< nobody looks for them
};

struct upkeep_rules {
  deletes_policy deletes = deletes_policy::mark;
  milliseconds deletions_every{std::chrono::hours{6}};    ///< 0: in each run
  milliseconds census_every{std::chrono::hours{24 * 7}};  ///< 0: never
  milliseconds refresh_every{std::chrono::hours{24}};     ///< 0: never
};

/// Kinds of passes with a checkpoint of their own: "leads/census".
inline constexpr std::string_view census_pass = "census";
inline constexpr std::string_view deletions_pass = "deletions";
inline constexpr std::string_view refresh_pass = "refresh";
inline constexpr std::string_view history_pass = "history";
/// No pass, but a checkpoint beside the collection's: which columns the last run filled.
inline constexpr std::string_view columns_note = "columns";
std::string pass_name(std::string_view collection, std::string_view pass);
/// The collection of a checkpoint's name, be it of a pass or its own.
std::string_view collection_of(std::string_view checkpoint_name);

/// How the changes of a collection are read in this run.
struct main_reading {
  bool everything = false;     ///< no window: all records come
  bool table_empty = false;    ///< there was no row before
  bool owes_history = false;   ///< columns lack values that rows from before should have (I11)
  bool hashed_before = false;  ///< its fields were hashed as they are now when it was read last
};

struct upkeep_plan {
  bool keys_with_pages = false;     ///< all records come anyway: their keys are the census
  bool census = false;              ///< keys are read for it
  std::optional<window> deletions;  ///< what to ask the source's account of deletions for
  bool refresh = false;
  std::vector<std::string> history;  ///< columns to fill ..
  window history_range;              ///< .. from where an earlier run came to
  /// The first comparison of keys since the options of the collection changed: rows that do not
  /// belong to it any more vanish, however many they are.
  bool first_of_choice = false;
  /// Rows whose record is gone, or does not belong to the collection, may hold plain values of
  /// fields that are hashed now: the same comparison finds them.
  bool conceal = false;
};

/// Whether anything of it is to be done.
bool is_due(const upkeep_plan& plan);

/// Whether only hashes of some fields are kept.
bool has_hashed_fields(const collection& what);

/// Whether the collection has fields that change without touching the cursor.
bool has_silent_fields(const collection& what);

/// The same collection with the key and some fields only, read whole, whatever was changed when:
/// what a census reads (which records are there and, where the bin shows, which of them are in it),
/// and what a refresh reads.
collection shown_by_a_census(const collection& what);
collection silent_part(const collection& what);
/// What fills columns with their history (I11): the key, the version and the fields of these
/// columns. `table`: that of the collection, its columns in the order of the fields.
collection history_part(const collection& what, const table_schema& table,
                        const std::vector<std::string>& columns);

/// What is due. A census whose checkpoint is not complete was not believed: it is made again.
/// `now`: the source's clock, or one that is near it. `overlap`: how far the account of deletions
/// is read back.
upkeep_plan plan_upkeep(const collection& what, const main_reading& reading,
                        const upkeep_rules& rules, const std::vector<checkpoint>& known,
                        time_point now, milliseconds overlap);

/// Whether all records of a collection may be read although its changes are known, so that it is
/// worth asking how many there are.
bool may_read_everything(std::string_view collection, const upkeep_rules& rules,
                         const std::vector<checkpoint>& known, time_point now);

/// Passes that are done, so to say, once a reading of everything is: every record came, whole.
std::vector<std::string_view> passes_done_by(const upkeep_rules& rules, const main_reading& reading,
                                             const collection& what);

/// Rows that vanish in numbers like these say that the user lost sight of records, not that they
/// are gone. `there`: records that the source showed.
bool is_too_many_to_believe(std::uint64_t vanished, std::uint64_t there);

/// Beyond this many, records that a census missed are not read one by one: the whole is.
inline constexpr std::uint64_t missing_read_max = 20'000;

}  // namespace millrace
