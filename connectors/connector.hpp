// The one interface of a source. A connector does no I/O: it says what should be asked next and
// what an answer means. It owns no socket, thread, actor or clock; time is passed in.
#pragma once

#include "connectors/exchange.hpp"
#include "engine/error.hpp"
#include "engine/model/batch.hpp"
#include "engine/model/catalog.hpp"
#include "engine/model/outcome.hpp"
#include "engine/model/window.hpp"
#include "engine/schedule/call_budget.hpp"
#include "engine/schedule/call_estimate.hpp"
#include "engine/schedule/reading_times.hpp"
#include "engine/schedule/standing_jobs.hpp"
#include "engine/time.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace millrace {

/// A logged-in session: who we are and where to ask. Immutable; a new login makes a new one.
/// Connectors derive their own; nobody else looks inside.
struct session {
  virtual ~session() = default;
  session() = default;
  session(const session&) = delete;
  session& operator=(const session&) = delete;
  /// Who is at the other end, the same after every login: what was read from another one belongs
  /// into other tables. Empty when the source did not say.
  [[nodiscard]] virtual std::string identity() const = 0;
};
using session_ptr = std::shared_ptr<const session>;

/// What to do with an answer's body.
enum class body_use : std::uint8_t {
  whole,  ///< collect it (bounded) and give it to `answered`
  page,   ///< if it is a page of records, stream it to the decoder of `open_page`
};

/// A request with the number that its answer comes back with.
struct ask {
  std::uint64_t id = 0;
  http_request request;
  body_use use = body_use::whole;
  std::string purpose;  ///< a word for logs and counters: "login", "describe", "query", "bulk_poll"
  /// How many requests it bundles: the source may count it as one call, or as each of them. When
  /// the budget has no room for the most, `gave_up` is told errc::request_limit and nothing is
  /// asked.
  std::uint64_t requests = 1;
};

/// Nothing to ask before this time (polling).
struct wait_until {
  time_point when;
};
/// Nothing to ask until an answer that is under way has come.
struct wait_for_answer {};
/// The conversation is over; its result can be taken.
struct finished {};

/// The conversation has failed for good.
struct give_up {
  error why;
};

using next_step = std::variant<ask, wait_until, wait_for_answer, finished, give_up>;

/// What an answer means to whoever drives the conversation.
struct proceed {};
/// Ask the same again, after a back-off; `why.again` tells whether after a login.
struct ask_again {
  error why;
};
using verdict = std::variant<proceed, ask_again, give_up>;

/// A dialogue with the source. Driven by one actor at a time: `next` until it yields no ask, then
/// one call per answer.
class conversation {
 public:
  conversation() = default;
  conversation(const conversation&) = delete;
  conversation& operator=(const conversation&) = delete;
  virtual ~conversation() = default;

  virtual next_step next(time_point now) = 0;
  /// A whole answer to ask `id`; also any answer to a page ask that `open_page` declined.
  virtual verdict answered(std::uint64_t id, const http_response& response, time_point now) = 0;
  /// Ask `id` failed for good although it was asked again by the policy. A conversation with
  /// another way to reach its goal takes it and returns `proceed`.
  virtual verdict gave_up(std::uint64_t id, const error& why, time_point now);
  /// The conversation was broken off, or what a reader handed out is committed, and `next` is not
  /// called any more: what shall still be asked so that nothing is left behind at the source.
  /// Called again after each answer, until it yields no ask. `wait_for_answer`: whole answers that
  /// are under way tell what to clean up; any other step lets them be cancelled. A courtesy: few
  /// asks are carried, none is repeated, and whether they succeed changes nothing.
  virtual next_step wind_up(time_point now);
  /// From now on ask with this session. Asks that were handed out before are asked again with
  /// `renewed`.
  virtual void use_session(session_ptr fresh) = 0;
  /// The same request under the session now in use.
  virtual http_request renewed(const ask& old) const = 0;
};

/// What a page said about itself and about what follows.
struct page_facts {
  std::uint64_t records = 0;              ///< in this page
  std::optional<std::uint64_t> total;     ///< of the whole result, when the page says so
  std::optional<std::string> next;        ///< where the next page is
  bool last = false;                      ///< the page says that nothing follows
  std::optional<time_point> version_min;  ///< lowest version (cursor) value among the records
  std::string first_key;                  ///< of the first record; empty where keys are not read
};

/// Parses one page, piece by piece, into rows of a builder. Runs on a transformer; CPU only.
class page_decoder {
 public:
  page_decoder() = default;
  page_decoder(const page_decoder&) = delete;
  page_decoder& operator=(const page_decoder&) = delete;
  virtual ~page_decoder() = default;
  /// The next bytes of the body. An error ends the page: rows not ended are dropped by the caller.
  virtual result<void> feed(std::string_view bytes, batch_builder& rows) = 0;
  /// The body is complete. Fails when the page is not.
  virtual result<page_facts> finish(batch_builder& rows) = 0;
};

/// What a reader shall read.
struct read_order {
  collection what;
  table_ptr table;  ///< columns in the order of `what.fields`
  window range;
  read_method method = read_method::rest;
  std::vector<std::string> keys = {};  ///< these records only; empty: all of the window
  /// The result of this job, which another run asked for, and nothing else. Ends with
  /// errc::job_gone where the job or its result is not there any more, or no good.
  std::optional<standing_job> taken_over = {};
};

/// Reads one collection within a window.
class reader : public conversation {
 public:
  /// The head of a page ask's answer. A decoder: stream the body there. Null: collect the body and
  /// give it to `answered`.
  virtual std::unique_ptr<page_decoder> open_page(std::uint64_t id, const http_head& head) = 0;
  /// The page of ask `id` was decoded whole.
  virtual verdict page_done(std::uint64_t id, const http_head& head, const page_facts& facts,
                            time_point now) = 0;
  /// Every change stamped before this has been handed out in pages that are done; none when the
  /// order of pages proves nothing. A batch made of these pages may carry it as progress.
  [[nodiscard]] virtual std::optional<time_point> progress() const = 0;
  /// What the source announced for the whole window, once known (I3).
  [[nodiscard]] virtual std::optional<std::uint64_t> expected_records() const = 0;
  [[nodiscard]] virtual read_method method() const = 0;
  /// Things the user should know, such as a fall-back to the other API.
  [[nodiscard]] virtual std::vector<notice> take_notices() = 0;
  /// What the source keeps for this reading, and would go on to keep if this process died; none:
  /// nothing, or nothing that another run could tell to be the answer to the same question.
  [[nodiscard]] virtual std::optional<standing_job> job() const;
  /// Whether winding up leaves that where it is: it is remembered, and the next run takes it over.
  virtual void leave_job(bool wanted);
};

/// The answer to a request that nobody has made yet.
struct known_answer {
  std::string url;  ///< of the request
  http_response response;
  bool whole =
      false;  ///< the reading ends with this page, as far as can be seen without parsing it
};

/// Asks for the first pages of several readings, several in one request.
class first_pages_conversation : public conversation {
 public:
  /// In the order of the readings; none: the reading has to ask for itself. To be taken once, also
  /// from a conversation that failed.
  [[nodiscard]] virtual std::vector<std::optional<known_answer>> take_pages() = 0;
};

/// Logs in. The result is there when `next` said `finished`. Logins of one source wait for one
/// another: a session that another one has just got is taken over.
class login_conversation : public conversation {
 public:
  [[nodiscard]] virtual session_ptr result_session() const = 0;
};

/// Reads the catalog, and how many records collections hold when `want_counts`.
class catalog_conversation : public conversation {
 public:
  [[nodiscard]] virtual const catalog& result_catalog() const = 0;
  /// The source's own clock, not later than when this conversation read the catalog (I2). When the
  /// source does not tell it, no collection of the catalog has a `version`, and this means nothing.
  [[nodiscard]] virtual time_point source_time() const = 0;
  /// Records per object as far as the source told; approximate.
  [[nodiscard]] virtual std::optional<std::uint64_t> record_count(
      std::string_view object) const = 0;
  /// Requests that it took, which another reading of the same takes again.
  [[nodiscard]] virtual request_tally questions() const = 0;
};

/// A question how many records there are.
struct count_order {
  collection what;
  window range;        ///< of the cursor field
  bool in_bin = true;  ///< those in the recycle bin, too
  /// Only records that were made before, where the collection tells.
  std::optional<time_point> created_before = {};
};

/// Counts records, a call for each question. Fails only with what concerns the whole source.
class count_conversation : public conversation {
 public:
  /// In the order of the questions.
  [[nodiscard]] virtual const std::vector<result<std::uint64_t>>& results() const = 0;
};

/// A record that is not there any more, and when it was deleted, as far as anybody knows.
struct gone_record {
  std::string key;
  time_point deleted_at{};
};

/// Finds records that are gone for good, by the source's own account of what was deleted (I14).
class deletions_conversation : public conversation {
 public:
  /// Keys of records of which the source says that they were deleted, and that are not there.
  [[nodiscard]] virtual const std::vector<gone_record>& gone() const = 0;
  /// Keys of records of which it says so, and that are in the recycle bin.
  [[nodiscard]] virtual const std::vector<std::string>& in_bin() const = 0;
  /// Every deletion before this is accounted for; none: the account does not reach back as far as
  /// it was asked, and only a census can tell.
  [[nodiscard]] virtual std::optional<time_point> covered_until() const = 0;
};

/// Finds out what the user of this session may not see whole. Fails only with the session.
class audit_conversation : public conversation {
 public:
  [[nodiscard]] virtual const std::vector<notice>& result_notices() const = 0;
};

/// What of the catalog is wanted: the configuration's words, resolved by the connector, which knows
/// what "@standard" means.
struct selection {
  std::vector<std::string>
      include;  ///< "@standard", "@custom", collection or object names, patterns
  std::vector<std::string> exclude;
  /// Of what the configuration selects, only this; empty: all. The words of a command: one that
  /// names nothing ends the dialogue with errc::usage or errc::object_missing before anything is
  /// described.
  std::vector<std::string> only;
  bool want_counts = false;
  std::vector<std::string> known;  ///< collections that no count is needed of, whatever is wanted
  /// "Object.Field": fields that change without touching the cursor, though describe does not say
  /// so (I15).
  std::vector<std::string> silent_fields = {};
  std::vector<collection_choice> choices = {};  ///< each of another collection
  /// What was loaded before: collections, with the objects that they are of. What is not there any
  /// more is told.
  std::map<std::string, std::string> loaded = {};
  /// Of what is selected, only what is due; none, or where nothing is: all.
  std::optional<reading_times> times = {};
};

/// One source. Thread-safe: holds configuration, and what its logins share.
class connector {
 public:
  connector() = default;
  connector(const connector&) = delete;
  connector& operator=(const connector&) = delete;
  virtual ~connector() = default;
  /// `ended`: the session that a new one is wanted for; null at a run's beginning.
  [[nodiscard]] virtual std::unique_ptr<login_conversation> log_in(session_ptr ended) const = 0;
  /// What an answer says of the calls that the source's clients have made; none: nothing.
  [[nodiscard]] virtual std::optional<call_usage> usage_of(const http_head& head) const = 0;
  [[nodiscard]] virtual std::unique_ptr<catalog_conversation> read_catalog(
      session_ptr session, const selection& what) const = 0;
  /// Null: this kind of source tells nothing of rights.
  [[nodiscard]] virtual std::unique_ptr<audit_conversation> audit(session_ptr session,
                                                                  const catalog& what) const = 0;
  /// How a collection is best asked for: what it will cost, and what the configuration forces.
  /// `records`: how many it holds, if known.
  [[nodiscard]] virtual read_method choose_method(const collection& what, const window& range,
                                                  std::optional<std::uint64_t> records) const = 0;
  [[nodiscard]] virtual std::unique_ptr<reader> read(session_ptr session,
                                                     const read_order& order) const = 0;
  /// How many readings like this one may begin with pages of one request, which costs less than
  /// each by itself where the source counts a bundle once; 1: it has to begin alone.
  [[nodiscard]] virtual std::size_t first_pages_together(const read_order& order) const = 0;
  /// For orders of which the above is more than 1.
  [[nodiscard]] virtual std::unique_ptr<first_pages_conversation> read_first_pages(
      session_ptr session, const std::vector<read_order>& orders) const = 0;
  [[nodiscard]] virtual std::unique_ptr<count_conversation> count(
      session_ptr session, const std::vector<count_order>& questions) const = 0;
  /// What `read` will cost of the source's calls. `records`: that it will yield, if known.
  [[nodiscard]] virtual call_estimate cost_of(const read_order& order,
                                              std::optional<std::uint64_t> records) const = 0;
  /// The same for `read_deletions`.
  [[nodiscard]] virtual call_estimate cost_of_deletions(const collection& what,
                                                        const window& range) const = 0;
  /// Whether this job's result is just what the order asks for, up to the time of the job.
  [[nodiscard]] virtual bool can_take_over(const session& who, const read_order& order,
                                           const standing_job& job) const;
  /// Ends and deletes jobs that nobody will take over, all of them remembered as this source's.
  /// Ends with an error only when the source cannot be asked. Null: this kind of source has none.
  [[nodiscard]] virtual std::unique_ptr<conversation> remove_jobs(
      const session_ptr& session, const std::vector<standing_job>& jobs) const;
  /// For a collection that `has_deletion_log`: what was deleted within the window, both ends given.
  [[nodiscard]] virtual std::unique_ptr<deletions_conversation> read_deletions(
      session_ptr session, const collection& what, const window& range) const = 0;
};

}  // namespace millrace
