"""Deliberate defects in what decides whether rows are lost: each must make a test fail.

(area, file, text, what it becomes, program that must notice)
A text stands once in its file.
"""

FETCHER = "actors/fetcher.cpp"
TASK = "actors/collection_task.cpp"
WAREHOUSE = "connectors/odbc/odbc_warehouse.cpp"
MERGES = "engine/sql/merges.cpp"
REFUSALS = "engine/model/refusals.cpp"
DEDUPLICATE = "engine/model/deduplicate.cpp"
REST = "connectors/salesforce/rest_reader.cpp"
BULK = "connectors/salesforce/bulk_reader.cpp"
WIDE = "connectors/salesforce/wide_reader.cpp"
ANSWERS = "connectors/salesforce/answers.cpp"
RETRY = "engine/schedule/retry.cpp"
BUDGET = "engine/schedule/call_budget.cpp"
WATCH = "actors/writer_watch.cpp"
WRITER = "actors/writer.cpp"
RECORDS = "engine/model/run_history.cpp"

MUTATIONS = [
    # -- the checkpoint
    ("checkpoint", FETCHER, "std::min(*reached, *last.cursor);", "*reached;", "unit_actors"),
    ("checkpoint", FETCHER, "c.complete = config.work->was_complete;", "c.complete = true;", "unit_actors"),
    ("checkpoint", FETCHER, "if (why || !config.work->has_position) {", "if (!config.work->has_position) {", "unit_actors"),
    ("checkpoint", FETCHER, "if (config.work && !why && counts.rows_merged < counts.records)", "if (false)", "unit_actors"),
    ("checkpoint", TASK, "last.cursor = source_time - overlap;", "last.cursor = source_time - 0 * overlap;", "unit_actors"),
    ("checkpoint", TASK, "return *task.read_since - stamp_doubt;", "return *task.read_since;", "unit_actors"),
    ("checkpoint", TASK, "if (!task.was_complete || !task.read_since) return {};", "if (!task.read_since) return {};", "unit_actors"),
    ("checkpoint", TASK, "!change.create && !request.full &&", "!request.full &&", "unit_actors"),
    ("checkpoint", TASK, "if (found->chosen == task.what.chosen) continue;", "continue;", "unit_actors"),
    ("checkpoint", TASK, "if (!c.source_id.empty() && c.source_id != mine) return c.source_id;", "static_cast<void>(c.source_id != mine);", "unit_actors"),
    ("checkpoint", WAREHOUSE, "if (batches[i].position != nullptr)\n        reached", "if (false)\n        reached", "unit_odbc"),
    ("checkpoint", "connectors/odbc/transaction.hpp", "if (!done_) link_.roll_back();", "if (!done_) (void)link_.commit();", "unit_odbc"),
    # -- values that are refused
    ("values", WAREHOUSE, "    if (one.position != nullptr)\n      MILLRACE_CHECK(save_checkpoint", "    if (false)\n      MILLRACE_CHECK(save_checkpoint", "unit_odbc"),
    ("values", WAREHOUSE, "MILLRACE_CHECK(refused_.save(*link_, merger_, what, only_ascii, now));", "static_cast<void>(what.refused.size() + (only_ascii ? 1U : 0U));", "unit_odbc"),
    ("values", REFUSALS, "return !one.column || policy == value_policy::quarantine;", "return !one.column || policy == value_policy::null_with_notice;", "unit_engine_model"),
    ("values", REFUSALS, "return c != table.key && c != table.version &&", "return c != table.key &&", "unit_engine_model"),
    ("values", REFUSALS, "if (still) cells.clear();", "", "unit_engine_model"),
    ("values", TASK, "if (!why) why = quarantined(task.counts().quarantined);", "if (!why) why = quarantined(0 * task.counts().quarantined);", "unit_actors"),
    ("values", FETCHER, "counts.quarantined += ended.done->quarantined;", "", "unit_actors"),
    ("values", TASK, "(found == checkpoints.end() || hashing_of", "(found != checkpoints.end() && hashing_of", "unit_actors"),
    ("values", "actors/collection_course.cpp", "if (!task_.hashes_anew) return good();", "if (!task_.hashes_anew || true) return good();", "unit_actors"),
    ("values", "connectors/odbc/refused_values.cpp", "(whole || equal_without_case(*field, name))", "(!whole && equal_without_case(*field, name))", "unit_odbc"),
    ("values", "connectors/odbc/refused_values.cpp", "return !holds_without_case(were, name) && (whole", "return (whole", "unit_odbc"),
    ("values", "actors/collection_course.cpp", "if (around_.only_looks) return prepare_table(then);", "", "unit_actors"),
    ("values", "actors/upkeep_course.cpp", "if (done.quarantined > 0) all_concealed_ = false;", "", "unit_actors"),
    ("values", TASK, "return c.collection == compared && c.complete;", "return c.collection != compared || c.complete;", "unit_actors"),
    # -- the merge
    ("merge", MERGES, "std::string newer = filled(m.version_newer,", "std::string newer = filled(m.version_equal,", "unit_sql"),
    ("merge", MERGES, 'newer + " OR (" + equal + " AND (" + differs + "))"', "newer", "unit_sql"),
    ("merge", MERGES, 'return newer + " OR " + equal;', "return newer;", "unit_sql"),
    ("merge", DEDUPLICATE, "order > 0;", "order < 0;", "unit_engine_model"),
    ("merge", DEDUPLICATE, "return a > b;", "return a < b;", "unit_engine_model"),
    ("merge", DEDUPLICATE, "keys.value(a) >= keys.value(b)", "keys.value(a) > keys.value(b)", "unit_engine_model"),
    ("merge", WAREHOUSE, "if (!written && first_try != one.mode &&", "if (false && !written && first_try != one.mode &&", "unit_odbc"),
    ("merge", "engine/sql/names.cpp", "} else if (c == d.quote_close.front()) {\n      out += c;\n    }", "}", "unit_sql"),
    ("merge", "engine/sql/names.cpp", "if (c == '\\\\' && d.backslash_escapes) out += c;", "", "unit_sql"),
    # -- what is seen in one look
    ("survey", "connectors/odbc/schema_survey.cpp", "seen_.erase(found);", "", "unit_odbc"),
    ("survey", "connectors/odbc/schema_survey.cpp", "empty_.erase(found);", "", "unit_odbc"),
    ("survey", "actors/pipeline.cpp", "const bool asks = !done && asks_the_source(place);", "const bool asks = !done;", "unit_actors"),
    ("survey", "connectors/http/transfer.cpp", "moved - moved_before_ >= limits_.drip_bytes", "moved != moved_before_", "unit_http"),
    # -- windows
    ("windows", "connectors/salesforce/soql.cpp", '"{} >= {}", cursor', '"{} > {}", cursor', "unit_salesforce"),
    ("windows", "connectors/salesforce/soql.cpp", '"{} < {}", cursor', '"{} <= {}", cursor', "unit_salesforce"),
    ("windows", "connectors/salesforce/catalog.cpp", "if (t && (!source_time_ || *t < *source_time_)) source_time_ = t;", "if (t) source_time_ = t;", "unit_salesforce"),
    ("windows", REST, "if (*facts.version_min >= *began_after_) return;", "", "unit_salesforce"),
    ("windows", REST, "*facts.version_min > *progress_) progress_", "true) progress_", "unit_salesforce"),
    ("windows", REST, "if (progress_) order_.range.from = progress_;", "order_.range.from = began_after_;", "unit_salesforce"),
    # -- counts
    ("counts", REST, "if (records_ != expected_.value_or(0)) return give_up{count_fault()};", "", "unit_salesforce"),
    ("counts", REST, "if (records_ > expected_.value_or(0)) return give_up{count_fault()};", "", "unit_salesforce"),
    ("counts", REST, "if (facts.records == 0 || *facts.next == next_) return give_up{loop_fault()};", "", "unit_salesforce"),
    ("counts", BULK, "if (announced && *announced != facts.records)", "if (false)", "unit_salesforce"),
    ("counts", BULK, "if (expected_ && records_ > *expected_) return refused(count_fault());", "", "unit_salesforce"),
    ("counts", BULK, "if (*locator == locator_)", "if (false)", "unit_salesforce"),
    ("counts", WIDE, "if (facts.last ? facts.records == total : facts.records > 0 && facts.records < total) return {};", "return {};", "unit_salesforce"),
    ("counts", "connectors/salesforce/deletions.cpp", "total->get_int64() != static_cast<std::int64_t>(found->size()))", "false)", "unit_salesforce"),
    # -- retry classes
    ("retries", RETRY, "why.again == retry::never || attempts", "attempts", "unit_schedule"),
    ("retries", RETRY, "attempts >= policy.attempts_max", "attempts > policy.attempts_max", "unit_schedule"),
    ("retries", RETRY, "wait = std::max(wait, milliseconds{*why.retry_after});", "wait = std::min(wait, milliseconds{*why.retry_after});", "unit_schedule"),
    ("retries", RETRY, "if (elapsed + wait > policy.total_longest) return {};", "if (elapsed + wait > 1000 * policy.total_longest) return {};", "unit_schedule"),
    ("retries", ANSWERS, '"QUERY_TIMEOUT", errc::query_timeout, retry::later,', '"QUERY_TIMEOUT", errc::query_timeout, retry::never,', "unit_salesforce"),
    ("retries", ANSWERS, 'fault_rule{"SERVER_UNAVAILABLE", errc::api_unavailable, retry::later', 'fault_rule{"SERVER_UNAVAILABLE", errc::api_unavailable, retry::never', "unit_salesforce"),
    ("retries", BUDGET, "total_ + calls <= *limit) return {};", "total_ + 0 * calls <= *limit) return {};", "unit_schedule"),
    ("retries", BUDGET, "said_.used + reserved_ + calls <= *limit", "said_.used + calls <= *limit", "unit_schedule"),
    # -- outcomes and addresses
    ("outcomes", "engine/model/run_summary.cpp", "any(outcome_kind::partial, outcome_kind::failure, outcome_kind::throttled);", "any(outcome_kind::failure, outcome_kind::throttled);", "unit_engine_model"),
    ("outcomes", "engine/model/run_summary.cpp", "if (!summary.why && !any_bad) {", "if (!any_bad) {", "unit_engine_model"),
    ("outcomes", TASK, ": task.changes_read                   ? outcome_kind::partial", ": task.changes_read                ? outcome_kind::success", "unit_actors"),
    ("outcomes", "connectors/http/url_rules.cpp", "|| !is_allowed(*to, allowed)) return {};", "|| (!is_allowed(*to, allowed) && allowed.empty())) return {};", "unit_http"),
    ("outcomes", "connectors/http/url_rules.cpp", "(from.secure && !to->secure) ||", "", "unit_http"),
    # -- what hangs, what crashes, what is shared
    ("bounds", WATCH, "if (silent >= config.silence_longest) return give_up(unanswered(silent));", "", "unit_actors"),
    ("bounds", WATCH, "if (thread->signs_of_life() != signs) alive();", "", "unit_actors"),
    ("bounds", WATCH, "if (config.threads->stuck(config.warehouse) >= writer_threads::stuck_max) {", "if (false) {", "unit_actors"),
    ("bounds", WRITER, 'if (!config.thread->goes_on(house ? "using the connection" : "connecting"))', "if (false)", "unit_actors"),
    ("bounds", WRITER, "    house.reset();\n", "", "unit_actors"),
    ("bounds", "actors/pipeline.cpp", "if (since >= run.request.drain_patience + cancel_patience) lane.abandon();", "", "unit_actors"),
    ("bounds", FETCHER, "    return admitted.wait;", "    return {};", "unit_actors"),
    ("bounds", FETCHER, "    x->place.reset();\n", "", "unit_actors"),
    ("bounds", "engine/schedule/source_limits.cpp", "  if (!place) return {until_next_look};", "", "unit_schedule"),
    ("bounds", "engine/schedule/source_limits.cpp", "    if (is_login) logins_.take_back();", "", "unit_schedule"),
    ("bounds", "engine/schedule/run_queue.hpp", "      if (!connections->any_free()) return false;\n", "", "unit_schedule"),
    # -- connections that go from run to run
    ("connections", "connectors/odbc/idle_connections.cpp", "|| out.front().until < now_()", "", "unit_odbc"),
    ("connections", "connectors/odbc/idle_connections.cpp", "if (out.front().text != text ||", "if (", "unit_odbc"),
    ("connections", "connectors/odbc/connection.cpp", "left_ = good(guarded([this] { return SQLEndTran(SQL_HANDLE_DBC, link_.get(), SQL_ROLLBACK); }));", "left_ = good(guarded([this] { return SQLEndTran(SQL_HANDLE_DBC, link_.get(), SQL_COMMIT); }));", "unit_odbc"),
    ("connections", "connectors/http/transfer.cpp", "(served(to_.host) || !std::exchange(without_turn_, true))", "(served(to_.host) || std::exchange(without_turn_, true) || true)", "unit_http"),
    ("connections", "connectors/odbc/schema_survey.cpp", "unclear.insert(table);", "(void)unclear;", "unit_odbc"),
    ("connections", "connectors/odbc/type_changes.cpp", "return known < note.size();", "return known > note.size();", "unit_odbc"),
    # -- what is kept of runs
    ("records", RECORDS, "if (!is_worth_a_row(c)) continue;", "if (!is_worth_a_row(c) && c.object.empty()) continue;", "unit_engine_model"),
    ("records", RECORDS, "if (of_today && before->chosen == note.chosen)", "if (of_today && before->chosen.empty())", "unit_engine_model"),
    ("records", RECORDS, "if (!of_today && keep.count() > 0)", "if (keep.count() > 0)", "unit_engine_model"),
]
