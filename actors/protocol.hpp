// Every message and actor interface of millrace, on one page.
//
//   supervisor --due--> pipeline --collection--> fetcher --page--> transformer --batch--> writer
//                                                  |  ^                                     |
//                                                 http, pool        receipts <--------------+
//
// Data goes one way; receipts and credits come back. What is sent is an immutable value behind a
// shared pointer, never copied. Errors travel inside the values as `millrace::error`, which says
// more than an error code of the actor library can.
#pragma once

#include "actors/run_request.hpp"
#include "connectors/connector.hpp"
#include "connectors/exchange.hpp"
#include "connectors/warehouse.hpp"
#include "engine/error.hpp"
#include "engine/model/host_use.hpp"
#include "engine/model/outcome.hpp"
#include "engine/model/pipeline_standing.hpp"
#include "engine/model/run_report.hpp"

#include <caf/all.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace millrace {

template <class T>
using shared = std::shared_ptr<const T>;

// -- what is sent
// -----------------------------------------------------------------------------------

/// fetcher -> http: carry this request. The number names the exchange in all that follows.
struct transfer_order {
  std::uint64_t exchange = 0;
  http_request request;
  body_use use = body_use::whole;
};
/// http -> fetcher: how it ended, without a streamed body; transformer -> fetcher: why it must end.
struct transfer_end {
  std::uint64_t exchange = 0;
  result<http_response> response;
};
/// http -> fetcher: the head of a page answer; the transfer waits for `collect` or `stream`.
struct transfer_head {
  std::uint64_t exchange = 0;
  http_head head;
};
/// http -> fetcher -> transformer: a piece of a page's body.
struct body_piece {
  std::uint64_t exchange = 0;
  std::string bytes;
};

/// fetcher -> transformer: a page begins, beside others perhaps. Pages that are done prove
/// completeness up to `progress`.
struct page_begin {
  std::uint64_t exchange = 0;
  std::shared_ptr<page_decoder> decoder;
  time_point received_at{};
  std::optional<checkpoint> progress;
};
/// transformer -> fetcher: what the page held.
struct page_end {
  result<page_facts> facts;
};
/// transformer -> writer: merge these rows and commit, with the checkpoint if there is one.
struct write_order {
  batch_ptr rows;
  merge_mode mode = merge_mode::changed;
  std::optional<checkpoint> position;
};
/// writer -> transformer -> fetcher: the warehouse's word.
struct write_end {
  result<receipt> done;
};
/// transformer -> fetcher: a batch is committed (or not), and the bytes of pages it held are free.
struct batch_end {
  result<receipt> done;
  std::uint64_t rows = 0;    ///< in the batch, before duplicates were dropped
  std::uint64_t credit = 0;  ///< bytes to give back to the pool
  bool last = false;         ///< the batch that carried the final checkpoint
  std::uint64_t adjusted = 0;
};

/// writer: what the warehouse holds already.
struct warehouse_state {
  driver_facts facts;
  std::vector<checkpoint> checkpoints;
};
struct warehouse_opened {
  result<warehouse_state> state;
};
/// writer: what was found when everything that a sync needs was tried.
struct warehouse_examined {
  result<std::vector<warehouse_finding>> findings;
};
/// writer: what was (or would be) done to a table, and whether it holds rows.
struct table_report {
  table_change change;
  bool empty = false;
};
struct table_ready {
  result<table_report> report;
};
/// writer: a statement about a whole table is done.
struct table_done {
  result<std::uint64_t> rows;  ///< that it concerned
};
/// writer: what the run came to is kept, or why not.
struct record_end {
  result<void> done;
};
/// writer: rows that a check asked for by name.
struct keys_found {
  result<std::vector<std::string>> keys;
};
/// writer: how the table differs from the keys that came.
struct keys_compared {
  result<key_difference> difference;
};

/// fetcher -> pipeline: how far a collection is.
struct collection_progress_report {
  std::string collection;
  collection_counts counts;
  std::optional<std::uint64_t> expected;
};
/// fetcher -> pipeline: the conversation is over.
struct conversation_end {
  std::shared_ptr<conversation> what;
  std::optional<error> why;  ///< none: it reached its end
  collection_counts counts;
  std::vector<notice> notices;
};
/// supervisor: what was asked for is done, or why not.
struct control_end {
  result<void> done;
};
/// pipeline -> fetcher: a session to go on with.
struct login_end {
  result<session_ptr> session;
};

}  // namespace millrace

// -- types that may be sent (in this process only)
// --------------------------------------------------

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(millrace::shared<millrace::transfer_order>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(millrace::shared<millrace::transfer_head>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(millrace::shared<millrace::transfer_end>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(millrace::shared<millrace::body_piece>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(millrace::shared<millrace::page_begin>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(millrace::shared<millrace::page_end>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(millrace::shared<millrace::write_order>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(millrace::shared<millrace::write_end>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(millrace::shared<millrace::batch_end>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(millrace::shared<millrace::checkpoint>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(millrace::shared<millrace::warehouse_opened>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(millrace::shared<millrace::warehouse_examined>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(millrace::shared<millrace::table_ready>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(millrace::shared<millrace::table_done>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(millrace::shared<millrace::keys_compared>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(millrace::shared<millrace::keys_found>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(millrace::shared<millrace::run_history>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(millrace::shared<millrace::record_end>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(millrace::shared<millrace::live_rows>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(millrace::shared<millrace::key_filter>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(millrace::shared<std::vector<std::string>>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(millrace::shared<millrace::collection_progress_report>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(millrace::shared<millrace::conversation_end>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(millrace::shared<millrace::login_end>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(millrace::shared<millrace::remembered_job>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(millrace::shared<millrace::run_snapshot>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(millrace::shared<millrace::run_plan>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(millrace::shared<millrace::run_summary>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(millrace::shared<millrace::pipeline_standing>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(millrace::shared<millrace::host_plan>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(millrace::shared<millrace::control_end>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(millrace::shared<millrace::run_places>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(millrace::shared<millrace::pool_use>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(millrace::session_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(millrace::table_ptr)

CAF_BEGIN_TYPE_ID_BLOCK(millrace, caf::first_custom_type_id)
  CAF_ADD_ATOM(millrace, millrace::atom, go, "go")
  CAF_ADD_ATOM(millrace, millrace::atom, drain, "drain")
  CAF_ADD_ATOM(millrace, millrace::atom, tick, "tick")
  CAF_ADD_ATOM(millrace, millrace::atom, start, "start")
  CAF_ADD_ATOM(millrace, millrace::atom, collect, "collect")
  CAF_ADD_ATOM(millrace, millrace::atom, stream, "stream")
  CAF_ADD_ATOM(millrace, millrace::atom, cancel, "cancel")
  CAF_ADD_ATOM(millrace, millrace::atom, reserve, "reserve")
  CAF_ADD_ATOM(millrace, millrace::atom, release, "release")
  CAF_ADD_ATOM(millrace, millrace::atom, abandon, "abandon")
  CAF_ADD_ATOM(millrace, millrace::atom, flush, "flush")
  CAF_ADD_ATOM(millrace, millrace::atom, finish, "finish")
  CAF_ADD_ATOM(millrace, millrace::atom, open, "open")
  CAF_ADD_ATOM(millrace, millrace::atom, examine, "examine")
  CAF_ADD_ATOM(millrace, millrace::atom, prepare, "prepare")
  CAF_ADD_ATOM(millrace, millrace::atom, write, "write")
  CAF_ADD_ATOM(millrace, millrace::atom, commit, "commit")
  CAF_ADD_ATOM(millrace, millrace::atom, gather, "gather")
  CAF_ADD_ATOM(millrace, millrace::atom, compare, "compare")
  CAF_ADD_ATOM(millrace, millrace::atom, count, "count")
  CAF_ADD_ATOM(millrace, millrace::atom, search, "search")
  CAF_ADD_ATOM(millrace, millrace::atom, remove, "remove")
  CAF_ADD_ATOM(millrace, millrace::atom, forget, "forget")
  CAF_ADD_ATOM(millrace, millrace::atom, conceal, "conceal")
  CAF_ADD_ATOM(millrace, millrace::atom, record, "record")
  CAF_ADD_ATOM(millrace, millrace::atom, relogin, "relogin")
  CAF_ADD_ATOM(millrace, millrace::atom, report, "report")
  CAF_ADD_ATOM(millrace, millrace::atom, remember, "remember")
  CAF_ADD_ATOM(millrace, millrace::atom, sync, "sync")
  CAF_ADD_ATOM(millrace, millrace::atom, pause, "pause")
  CAF_ADD_ATOM(millrace, millrace::atom, resume, "resume")
CAF_END_TYPE_ID_BLOCK(millrace)

namespace millrace {

// -- interfaces
// -------------------------------------------------------------------------------------

/// FETCHER: drives one conversation with a source; for a collection, its pages too.
using fetcher_actor = caf::typed_actor<
    /// pipeline: begin.
    caf::reacts_to<atom::go>,
    /// pipeline: no new requests; end when what is in flight has come to rest.
    caf::reacts_to<atom::drain>,
    /// its own timer; the number tells which one.
    caf::reacts_to<atom::tick, std::uint64_t>,
    /// http: events of an exchange, in this order: head (pages only), pieces, end.
    caf::reacts_to<shared<transfer_head>>, caf::reacts_to<shared<body_piece>>,
    caf::reacts_to<shared<transfer_end>>,
    /// transformer: these bytes of a page are parsed and free.
    caf::reacts_to<atom::release, std::uint64_t>,
    /// pool: what was asked for is not there yet; let go of what can be spared.
    caf::reacts_to<atom::flush>,
    /// transformer: a batch is committed, or failed.
    caf::reacts_to<shared<batch_end>>>;

/// HTTP: the process's one libcurl loop.
using http_actor = caf::typed_actor<
    /// fetcher: carry this request; its events go back to the sender.
    caf::reacts_to<atom::start, shared<transfer_order>>,
    /// after a head: collect the body whole, or stream this many bytes (again later, for more).
    caf::reacts_to<atom::collect, std::uint64_t>,
    caf::reacts_to<atom::stream, std::uint64_t, std::uint64_t>,
    caf::reacts_to<atom::cancel, std::uint64_t>,
    /// the loop's thread: this exchange has ended.
    caf::reacts_to<atom::finish, std::uint64_t>>;

/// POOL: the bound on bytes in flight. A reservation is answered when the bytes are there; who has
/// to wait for them is told so by `flush`.
using pool_actor = caf::typed_actor<
    caf::replies_to<atom::reserve, std::string, std::uint64_t>::with<std::uint64_t>,
    caf::reacts_to<atom::release, std::string, std::uint64_t>,
    /// whoever runs the host: how much of it is taken.
    caf::replies_to<atom::report>::with<shared<pool_use>>>;

/// WRITER: owns one connection to one warehouse schema, and a thread of its own. Others know it by
/// its watch, which passes their orders on and answers in its place when it does not.
using writer_actor = caf::typed_actor<
    /// pipeline: connect; changes nothing.
    caf::replies_to<atom::open>::with<shared<warehouse_opened>>,
    /// pipeline: try rights, values and loaders; leaves nothing behind.
    caf::replies_to<atom::examine>::with<shared<warehouse_examined>>,
    /// pipeline: create the schema, then the table or its new columns; with `true` only say what
    /// would be done.
    caf::replies_to<atom::prepare, table_ptr, bool>::with<shared<table_ready>>,
    /// transformer: merge, commit, acknowledge.
    caf::replies_to<atom::write, shared<write_order>>::with<shared<write_end>>,
    /// pipeline: an empty table for keys; then, when they are there, against the rows of a table.
    caf::replies_to<atom::gather, table_ptr>::with<shared<table_done>>,
    caf::replies_to<atom::compare, table_ptr, table_ptr>::with<shared<keys_compared>>,
    /// pipeline, for a check: count rows; name rows that are not of the known keys.
    caf::replies_to<atom::count, table_ptr, shared<live_rows>>::with<shared<table_done>>,
    caf::replies_to<atom::search, table_ptr, shared<live_rows>,
                    shared<key_filter>>::with<shared<keys_found>>,
    /// pipeline: delete the rows with these keys.
    caf::replies_to<atom::remove, table_ptr,
                    shared<std::vector<std::string>>>::with<shared<table_done>>,
    /// pipeline: the next run reads this collection in full.
    caf::replies_to<atom::forget, std::string>::with<shared<table_done>>,
    /// pipeline: drop what was kept aside of this table's hashed fields; it may be plain.
    caf::replies_to<atom::conceal, table_ptr>::with<shared<table_done>>,
    /// pipeline, at the end of a load: keep what it came to.
    caf::replies_to<atom::record, shared<run_history>>::with<shared<record_end>>>;
using writer_thread_actor = writer_actor::extend<
    /// itself: what was ordered until now is one transaction.
    caf::reacts_to<atom::commit>>;
using writer_watch_actor = writer_actor::extend<
    /// its own timer.
    caf::reacts_to<atom::tick>,
    /// pipeline: nobody waits for it any longer.
    caf::reacts_to<atom::abandon>>;

/// TRANSFORMER: parses the pages of one collection into batches.
using transformer_actor = caf::typed_actor<
    caf::reacts_to<atom::start, shared<page_begin>>, caf::reacts_to<shared<body_piece>>,
    /// the body of this exchange's page is complete: parse to its end and say what it held.
    caf::replies_to<atom::report, std::uint64_t>::with<shared<page_end>>,
    /// the page broke off: drop its unfinished row.
    caf::reacts_to<atom::abandon, std::uint64_t>,
    /// credit is short: write the rows that have ended, however few.
    caf::reacts_to<atom::flush>,
    /// no page follows: write what is left, with the final checkpoint. Null: the run broke off,
    /// what is left is written without one. Answered by a batch_end that is marked last.
    caf::reacts_to<atom::finish, shared<checkpoint>>>;

/// PIPELINE: one run of one pipeline.
using pipeline_actor =
    caf::typed_actor<caf::reacts_to<atom::go>, caf::reacts_to<atom::drain>,
                     caf::reacts_to<atom::tick, std::uint64_t>,
                     /// fetcher: progress, and the end.
                     caf::reacts_to<shared<collection_progress_report>>,
                     caf::reacts_to<shared<conversation_end>>,
                     /// fetcher: this session has ended; answered with another one.
                     caf::replies_to<atom::relogin, session_ptr>::with<shared<login_end>>,
                     /// fetcher: the source has begun a job for it; true: it is remembered.
                     caf::replies_to<atom::remember, shared<remembered_job>>::with<bool>>;

/// Whoever is told of a run.
using run_watcher_actor =
    caf::typed_actor<caf::reacts_to<shared<run_snapshot>>, caf::reacts_to<shared<run_plan>>,
                     caf::reacts_to<shared<run_summary>>>;

/// WATCHER: is told of runs. The command's display is one.
using watcher_actor =
    caf::typed_actor<caf::reacts_to<shared<run_snapshot>>, caf::reacts_to<shared<run_plan>>,
                     caf::reacts_to<shared<run_summary>>,
                     caf::reacts_to<shared<pipeline_standing>>>;

/// SUPERVISOR: starts pipelines when they are due, bounds how many run at once, drains.
using supervisor_actor = caf::typed_actor<
    caf::reacts_to<atom::go>, caf::reacts_to<atom::drain>,
    /// its own timer; the number tells which one.
    caf::reacts_to<atom::tick, std::uint64_t>,
    /// pipeline: what the run tells.
    caf::reacts_to<shared<run_snapshot>>, caf::reacts_to<shared<run_plan>>,
    caf::reacts_to<shared<run_summary>>,
    /// whoever runs the host: other pipelines; this one runs now, waits, waits no more.
    caf::reacts_to<shared<host_plan>>,
    caf::replies_to<atom::sync, std::string>::with<shared<control_end>>,
    caf::replies_to<atom::pause, std::string>::with<shared<control_end>>,
    caf::replies_to<atom::resume, std::string>::with<shared<control_end>>,
    /// whoever runs the host: how many runs there are; the answer shows that it lives.
    caf::replies_to<atom::report>::with<shared<run_places>>>;

}  // namespace millrace
