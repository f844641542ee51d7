"""What millrace says and does when PostgreSQL and MariaDB fail it: each fault once, on both.

`python -m unittest failures_test.mariadb` runs the suite of one.

After every fault rows and checkpoint are both there or both not (I1), the error says what it is, whether trying again
can help and what to do; and where it can help, the same call again gives what it would have given at once.
"""

import itertools
import json
import os
import pathlib
import subprocess
import tempfile
import unittest

from meanwhile import Meanwhile
from servers import MariaServer, PostgresServer, ServerFailed, children_of, literal
from shell import Proxy, Session, Shell, until

DIALECTS = pathlib.Path(__file__).resolve().parents[2] / "conf" / "dialects"
SCHEMA = "sfdc_prod"
LABEL = 'Somebody\'s "leads", 100 %'
BATCH_ROWS = 2000
# The files of a log of PostgreSQL's have to fit. Half a page more, so that the last one is written in part.
FILE_BYTES_MAX = (1 << 20) + 4096


def table(**changed):
    """The table of the tests; `changed` replaces facts of columns by their names, None takes a column away."""
    columns = {
        "id": {"type": "text", "length": 18, "label": "Lead ID"},
        "name": {"type": "text", "length": 40, "label": LABEL},
        "amount": {"type": "decimal", "precision": 10, "scale": 2, "label": "Amount"},
        "employees": {"type": "integer"},
        "system_modstamp": {"type": "timestamp"},
    }
    for name, facts in changed.items():
        columns[name] = facts and {**columns.get(name, {}), **facts}
    return {
        "name": "leads",
        "label": LABEL,
        "version": "system_modstamp",
        "columns": [{"name": name, **facts} for name, facts in columns.items() if facts],
    }


def table_names():
    return [column["name"] for column in table()["columns"]]


def moment(second):
    return f"2024-01-01 00:{second // 60:02}:{second % 60:02}.000"


def row(key, name, second, amount="1.25", employees="7"):
    return [key, name, amount, employees, moment(second)]


def position(second):
    return {"cursor": moment(second), "complete": True}


OLD = [row("a", "one", 1), row("b", "two", 1), row("c", "six", 1)]
NEW = [row("a", "ten", 2), row("b", "tip", 2), row("d", "top", 2)]
WRITE = {"table": table(), "rows": NEW, "mode": "changed", "checkpoint": position(2)}
BEFORE = {"a": "one", "b": "two", "c": "six"}
AFTER = {"a": "ten", "b": "tip", "c": "six", "d": "top"}


class Failures(Meanwhile):
    """What must hold in each warehouse."""

    make = None

    @classmethod
    def setUpClass(cls):
        cls.server = cls.enterClassContext(cls.make(settings={**cls.make.hasty, **cls.settings}))

    def setUp(self):
        self.name = self.server.table(SCHEMA, "leads")
        self.server.drop_schema(SCHEMA)
        self.shell = self.open()
        self.shell.ask("ensure", table=table())
        self.shell.ask("write", table=table(), rows=OLD, mode="changed", checkpoint=position(1))
        self.assert_holds(BEFORE, 1)

    # -- helpers --

    def open(self, odbc=None, *dialect):
        shell = self.enterContext(Shell(odbc or self.server.odbc(), SCHEMA, *dialect))
        self.assertNotIn("error", shell.opened)
        return shell

    def execute(self, sql, admin=True):
        self.server.execute(sql, admin=admin)

    def content(self):
        return dict(self.server.query(f"SELECT id, name FROM {self.name}"))

    def reached(self):
        """The second of the checkpoint, or None."""
        found = self.server.query(f"SELECT \"cursor\" FROM {self.server.table(SCHEMA, '_millrace_checkpoints')} WHERE collection = 'leads'")
        return int(found[0][0][17:19]) if found else None

    def owed(self):
        """The columns of leads that are to be filled, or None."""
        found = self.server.query(f"SELECT columns FROM {self.server.table(SCHEMA, '_millrace_checkpoints')} WHERE collection = 'leads/history'")
        return found[0][0] if found else None

    def assert_holds(self, rows, second):
        """I1: these rows and this checkpoint, and no others."""
        self.assertEqual((self.content(), self.reached()), (rows, second))

    def assert_error(self, error, code, retry, advice):
        self.assertEqual((error["code"], error["retry"]), (code, retry), error)
        self.assertIn(advice.lower(), error["advice"].lower(), error)
        self.assertGreater(len(error["message"]), 20, error)
        self.assertEqual(error["context"]["warehouse"], "shell")
        self.assertNotIn(self.server.password, str(error))

    def assert_nothing_changed(self, error, code, retry, advice):
        self.assert_error(error, code, retry, advice)
        self.assert_holds(BEFORE, 1)

    def assert_repeat_is_right(self, shell=None):
        """The write again: all of it arrives, once."""
        shell = shell or self.shell
        self.assertEqual(shell.ask("write", **WRITE)["rows_written"], 3)
        self.assert_holds(AFTER, 2)
        self.assertEqual(shell.ask("write", **WRITE)["rows_written"], 0)
        self.assert_holds(AFTER, 2)

    def lock(self, *keys):
        """A session that holds rows."""
        other = self.enterContext(self.session())
        other.execute("BEGIN")
        for key in keys:
            other.execute(f"UPDATE {self.name} SET employees = employees + 1 WHERE id = '{key}'")
        return other

    def begin_write_that_waits(self, shell=None):
        (shell or self.shell).send("write", **WRITE)
        until(lambda: self.waits() == 1, "millrace to wait for a lock")

    def with_dialect(self, *replacements):
        """A shell whose dialect says something else in places."""
        folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        text = (DIALECTS / f"{self.dialect}.toml").read_text()
        for old, new in replacements:
            self.assertIn(old, text)
            text = text.replace(old, new)
        (folder / f"{self.dialect}.toml").write_text(text)
        return self.open(None, self.dialect, folder)

    # -- locks --

    def test_a_deadlock_is_met_by_a_repeat(self):
        other = self.prepare_deadlock()
        self.assert_nothing_changed(self.shell.error(), "warehouse_busy", "later", "repeats the batch")
        other.end()
        other.execute("ROLLBACK")
        self.release_deadlock()
        self.assert_repeat_is_right()

    def test_a_lock_that_lasts_is_a_passing_fault(self):
        shell = self.with_dialect(self.short_lock_timeout)
        other = self.lock("b")
        self.assert_nothing_changed(shell.refused("write", **WRITE), "warehouse_busy", "later", "holds a lock")
        other.execute("ROLLBACK")
        self.assert_repeat_is_right(shell)

    def test_a_table_that_somebody_locks_is_a_passing_fault(self):
        shell = self.with_dialect(self.short_lock_timeout)
        other = self.enterContext(self.session())
        for statement in self.lock_table:
            other.execute(statement.format(table=self.name))
        # The server's own answer would have to wait as well.
        self.assert_error(shell.refused("write", **WRITE), "warehouse_busy", "later", "holds a lock")
        other.execute(self.unlock_table)
        self.assert_holds(BEFORE, 1)
        self.assert_repeat_is_right(shell)

    def test_a_reader_who_keeps_a_new_column_out_is_a_passing_fault(self):
        shell = self.with_dialect(self.short_lock_timeout)
        other = self.enterContext(self.session())
        other.execute("BEGIN")
        other.execute(f"SELECT count(*) FROM {self.name}")
        wider = table(region={"type": "text", "length": 20})
        error = shell.refused("ensure", table=wider)
        self.assert_error(error, "warehouse_busy", "later", "holds a lock")
        # The history may be owed before the column is there, and never after it.
        self.assertIn(self.owed(), self.owed_without_the_column)
        other.execute("ROLLBACK")
        self.assertEqual(shell.ask("ensure", table=wider)["add_columns"], ["region"])
        self.assert_holds(BEFORE, 1)
        self.assertEqual(self.owed(), "region")

    def test_rows_whose_checkpoint_cannot_be_written_are_taken_back(self):
        """I1: the rows are merged by then."""
        shell = self.with_dialect(self.short_lock_timeout)
        other = self.enterContext(self.session())
        other.execute("BEGIN")
        other.execute(f"UPDATE {self.server.table(SCHEMA, '_millrace_checkpoints')} SET \"rows\" = 9")
        self.assert_nothing_changed(shell.refused("write", **WRITE), "warehouse_busy", "later", "holds a lock")
        other.execute("ROLLBACK")
        self.assert_repeat_is_right(shell)

    def test_a_transaction_that_cannot_be_serialized_is_met_by_a_repeat(self):
        shell, error = self.meet_what_cannot_be_serialized()
        self.assert_nothing_changed(error, "warehouse_busy", "later", "repeats the batch")
        self.assert_repeat_is_right(shell)

    def test_a_statement_that_takes_too_long_is_a_passing_fault(self):
        shell = self.with_dialect(self.short_statement_timeout)
        other = self.lock("b")
        self.assert_nothing_changed(shell.refused("write", **WRITE), "warehouse_timeout", "later", "took longer")
        other.execute("ROLLBACK")
        self.assert_repeat_is_right(shell)

    def test_a_call_can_be_cancelled_from_another_thread(self):
        other = self.lock("b")
        self.begin_write_that_waits()
        self.shell.send("cancel")
        answers = {answer["do"]: answer for answer in (self.shell.answer(), self.shell.answer())}
        self.assertEqual(answers.keys(), {"cancel", "write"})
        self.assert_nothing_changed(answers["write"]["error"], "warehouse_timeout", "later", "cancelled")
        other.execute("ROLLBACK")
        # The connection goes on.
        self.assert_repeat_is_right()

    def test_a_cancel_when_nothing_runs_does_nothing(self):
        self.shell.ask("cancel")
        self.assert_repeat_is_right()

    # -- connections --

    def test_a_connection_that_was_killed_before_a_statement_is_made_anew(self):
        self.server.kill_sessions()
        self.assert_nothing_changed(self.shell.refused("write", **WRITE), "warehouse_unreachable", "later", "server")
        self.assert_repeat_is_right()

    def test_a_connection_that_is_killed_during_a_statement_is_made_anew(self):
        other = self.lock("b")
        self.begin_write_that_waits()
        self.server.kill_sessions()
        error = self.shell.error()
        other.execute("ROLLBACK")
        self.assert_nothing_changed(error, "warehouse_unreachable", "later", "server")
        self.assert_repeat_is_right()

    def through_proxy(self):
        proxy = self.enterContext(Proxy(self.server.port))
        shell = self.open(self.server.odbc(port=proxy.port))
        # The loader is chosen before the fault, not during it.
        shell.ask("write", table=table(), rows=OLD, mode="changed", checkpoint=position(1))
        return proxy, shell

    def test_a_connection_that_is_lost_before_the_commit_loses_the_batch_and_says_that_this_is_unknown(self):
        proxy, shell = self.through_proxy()
        proxy.lose_at(b"COMMIT", passes_on=False)
        error = shell.refused("write", **WRITE)
        self.assertTrue(proxy.lost.is_set())
        self.assert_nothing_changed(error, "warehouse_unreachable", "later", "a repeat changes nothing twice")
        self.assertEqual(error["context"]["committed"], "unknown")
        self.assert_repeat_is_right(shell)

    def test_a_commit_whose_answer_is_lost_holds_and_its_repeat_changes_nothing(self):
        proxy, shell = self.through_proxy()
        proxy.lose_at(b"COMMIT", passes_on=True)
        error = shell.refused("write", **WRITE)
        self.assertTrue(proxy.lost.is_set())
        self.assert_error(error, "warehouse_unreachable", "later", "a repeat changes nothing twice")
        self.assertEqual(error["context"]["committed"], "unknown")
        self.assert_holds(AFTER, 2)
        times = self.server.query(f"SELECT id, uuid_ts FROM {self.name} ORDER BY id")
        self.assertEqual(shell.ask("write", **WRITE, now="2025-01-01 00:00:00.000")["rows_written"], 0)
        self.assert_holds(AFTER, 2)
        self.assertEqual(times, self.server.query(f"SELECT id, uuid_ts FROM {self.name} ORDER BY id"))

    def test_a_connection_that_is_lost_at_a_rollback_is_made_anew(self):
        """Nobody hears of it then, and the driver may give no statement from there on."""
        proxy, shell = self.through_proxy()
        proxy.lose_at(b"ROLLBACK", passes_on=False)
        shell.ask("checkpoints")
        self.assertTrue(proxy.lost.is_set())
        # One that needs a new statement.
        self.assert_nothing_changed(shell.refused("ensure", table=table()), "warehouse_unreachable", "later", "can be reached")
        self.assert_repeat_is_right(shell)

    def test_a_server_without_a_free_connection_is_a_passing_fault(self):
        self.limit_connections(1)
        try:
            with Shell(self.server.odbc(), SCHEMA) as second:
                self.assert_error(second.opened["error"], "warehouse_busy", "later", "no connection left")
        finally:
            self.limit_connections(None)
        self.assert_repeat_is_right(self.open())

    def test_a_server_that_stops_and_starts_again_is_found_again(self):
        self.server.stop()
        try:
            for _ in range(2):
                error = self.shell.refused("write", **WRITE)
                self.assert_error(error, "warehouse_unreachable", "later", "server")
        finally:
            self.server.start()
        self.assert_holds(BEFORE, 1)
        self.assert_repeat_is_right()

    def test_a_server_that_crashes_during_a_statement_is_found_again(self):
        self.lock("b")
        self.begin_write_that_waits()
        self.server.kill()
        try:
            self.assert_error(self.shell.error(), "warehouse_unreachable", "later", "server")
        finally:
            self.server.start()
        self.assert_holds(BEFORE, 1)
        self.assert_repeat_is_right()

    # -- values --

    def test_a_text_that_is_too_long_for_a_column_is_kept_aside_and_the_rest_is_written(self):
        """I9: NULL in the column, the text in `_millrace_refused`, and rows, checkpoint and entry in one transaction."""
        self.execute(self.alter("name", "varchar(3)"))
        rows = [*NEW, row("e", "four", 2), row("f", "and", 2)]
        for written in (5, 0):
            done = self.shell.ask("write", **{**WRITE, "rows": rows})
            self.assert_refused(done, written, "e", "name", "too long")
            self.assert_holds({**AFTER, "e": None, "f": "and"}, 2)
            self.assertEqual(self.kept(), [("e", "name", "keep_as_text", "four")])

    def test_a_number_that_is_out_of_range_is_kept_aside_and_the_rest_is_written(self):
        self.execute(self.alter("amount", "numeric(3,2)"))
        rows = [*NEW, row("e", "five", 2, amount="10.5")]
        done = self.shell.ask("write", **{**WRITE, "rows": rows})
        self.assert_refused(done, 4, "e", "amount", "out of range" if self.dialect == "mariadb" else "overflow")
        self.assert_holds({**AFTER, "e": "five"}, 2)
        self.assertEqual(self.kept(), [("e", "amount", "keep_as_text", "10.5")])

    def test_each_policy_for_values_that_are_refused_does_what_it_says(self):
        self.execute(self.alter("name", "varchar(3)"))
        rows = [*NEW, row("c", "sixth", 3), row("e", "four", 2)]
        nulled = {**AFTER, "c": None, "e": None}
        for policy, holds, values in (
            ("quarantine", AFTER, [json.dumps(dict(zip(table_names(), one)), separators=(",", ":")) for one in rows[3:]]),
            ("null_with_notice", nulled, [None, None]),
            ("keep_as_text", nulled, ["sixth", "four"]),
        ):
            shell = self.open(None, self.dialect, DIALECTS, 60_000, policy)
            done = shell.ask("write", **{**WRITE, "rows": rows})
            counts = (0, 2) if policy == "quarantine" else (2, 0)
            self.assertEqual((done["refused"], done["quarantined"]), counts)
            self.assert_holds(holds, 2)
            self.assertEqual(self.kept(), [("c", "name", policy, values[0]), ("e", "name", policy, values[1])])

    def test_what_is_kept_aside_of_a_field_goes_when_it_is_hashed(self):
        hashing = table(name={"hashed": True})
        fresh = self.enterContext(Shell(self.server.odbc(), "never_seen", self.dialect))
        self.assertEqual(fresh.ask("remove_concealed", table=hashing), 0)  # of a schema that is not there
        self.execute(self.alter("name", "varchar(3)"))
        self.execute(self.alter("amount", "numeric(3,2)"))
        rows = [row("e", "four", 2), row("f", "and", 2, amount="10.5")]
        self.shell.ask("write", **{**WRITE, "rows": rows})
        self.assertEqual([kept[:2] for kept in self.kept()], [("e", "name"), ("f", "amount")])
        for gone in (1, 0):
            done = self.shell.ask("remove_concealed", table=hashing)
            self.assertEqual(done, gone)
            self.assertEqual([kept[:2] for kept in self.kept()], [("f", "amount")])

    def kept(self):
        return self.server.query(f"SELECT record, field, policy, value FROM {self.server.table(SCHEMA, '_millrace_refused')} ORDER BY id")

    def assert_refused(self, done, written, record, field, reason):
        """One value, told with its record, field and reason."""
        self.assertEqual((done["rows_written"], done["refused"], done["quarantined"]), (written, 1, 0))
        (notice,) = done["notices"]
        self.assertEqual(notice["code"], "value_refused")
        self.assertIn(f"record {record}, field {field}: ", notice["text"])
        self.assertIn(reason, notice["text"].lower())

    def test_numbers_and_times_that_a_column_rounds_are_counted_and_told(self):
        """I9: no warehouse says a word."""
        self.shell.ask("ensure", table=table())
        rows = [row("a", "ten", 2, amount="1.2345"), row("b", "tip", 2, amount="0.004"), row("d", "top", 2, amount="-7.5")]
        written = self.shell.ask("write", **{**WRITE, "rows": rows})
        self.assertEqual((written["rows_written"], written["rounded"]), (3, 2))
        (notice,) = written["notices"]
        self.assertEqual(notice["code"], "values_rounded")
        self.assertIn("leads.amount is", notice["text"])
        self.execute(self.alter("amount", "bigint"))
        self.execute(self.alter("system_modstamp", "date"))
        told = self.shell.ask("ensure", table=table())["notices"]
        self.assertEqual({notice["code"] for notice in told}, {"column_type_differs"})
        later = [row("a", "ten", 3, amount="8.5"), row("b", "tip", 3, amount="9")]
        # A half, and the time of day of both.
        self.assertEqual(self.shell.ask("write", **{**WRITE, "rows": later})["rounded"], 3)

    def test_one_bad_record_of_a_batch_never_stops_it(self):
        self.execute(self.alter("name", "varchar(3)"))
        for number, bad in enumerate((0, 1, 998, BATCH_ROWS - 1), 3):
            rows = [row(f"{i:05}", "long" if i == bad else f"l{number}", number) for i in range(BATCH_ROWS)]
            done = self.shell.ask("write", **{**WRITE, "rows": rows})
            self.assert_refused(done, BATCH_ROWS, f"{bad:05}", "name", "too long")
            self.assertEqual(self.content(), BEFORE | {one[0]: one[1] if one[1] != "long" else None for one in rows})
        rows = [row(f"{i:05}", "long", 9) for i in range(BATCH_ROWS)]
        error = self.shell.refused("write", **{**WRITE, "rows": rows})
        self.assert_error(error, "warehouse_value", "never", "look at the table")
        self.assertIn("too many rows of one batch", error["message"])

    # -- what the user may not --

    def test_a_user_who_may_only_read_is_told_which_rights_lack(self):
        guest = self.make_guest()
        shell = self.open(guest)
        error = shell.refused("write", **WRITE)
        self.assert_nothing_changed(error, "warehouse_rights", "never", "give the user")
        error = shell.refused("ensure", table=table(region={"type": "text", "length": 20}))
        self.assert_nothing_changed(error, "warehouse_rights", "never", "give the user")
        self.let_guest_write()
        self.assert_repeat_is_right(self.open(guest))

    def test_a_server_that_is_read_only_is_told_apart(self):
        self.make_read_only(True)
        try:
            shell = self.open()
            error = shell.refused("write", **WRITE)
            self.assert_nothing_changed(error, "warehouse_read_only", "never", "connect to the primary")
            error = shell.refused("ensure", table=table(region={"type": "text", "length": 20}))
            self.assert_nothing_changed(error, "warehouse_read_only", "never", "connect to the primary")
        finally:
            self.make_read_only(False)
        self.assert_repeat_is_right(self.open())

    def test_a_full_disk_is_a_passing_fault(self):
        self.fill_disk()
        rows = [row(f"{i:05}", "full of it, and of more of it", 2) for i in range(10 * BATCH_ROWS)]
        for _ in range(2):
            error = self.shell.refused("write", **{**WRITE, "rows": rows})
            self.assert_nothing_changed(error, "warehouse_full", "later", "free some space")
        self.free_disk()
        self.assertEqual(self.shell.ask("write", **{**WRITE, "rows": rows})["rows_written"], len(rows))
        self.assertEqual((len(self.content()), self.reached()), (len(rows) + len(OLD), 2))

    # -- tables that others change --

    def test_a_table_that_was_dropped_is_made_again_and_its_checkpoint_forgotten(self):
        self.execute(f"DROP TABLE {self.name}")
        error = self.shell.refused("write", **WRITE)
        self.assert_error(error, "table_conflict", "never", "the next run")
        self.assertEqual(self.reached(), 1)
        change = self.shell.ask("ensure", table=table())
        self.assertTrue(change["create"])
        self.assert_holds({}, None)
        self.shell.ask("write", **WRITE)
        self.assert_holds({"a": "ten", "b": "tip", "d": "top"}, 2)

    def test_a_column_that_was_dropped_is_added_again_and_its_history_owed(self):
        self.execute(f"ALTER TABLE {self.name} DROP COLUMN amount")
        error = self.shell.refused("write", **WRITE)
        self.assert_nothing_changed(error, "table_conflict", "never", "the next run")
        change = self.shell.ask("ensure", table=table())
        self.assertEqual((change["create"], change["add_columns"], change["owed"]), (False, ["amount"], ["amount"]))
        self.assert_holds(BEFORE, 1)
        self.assertEqual(self.owed(), "amount")
        self.assert_repeat_is_right()
        amounts = self.server.query(f"SELECT id, amount FROM {self.name} ORDER BY id")
        self.assertEqual(amounts, [("a", "1.25"), ("b", "1.25"), ("c", None), ("d", "1.25")])

    def test_a_number_that_somebody_made_a_text_of_is_refreshed_all_the_same(self):
        self.execute(self.alter("amount", "varchar(40)"))
        (notice,) = self.shell.ask("ensure", table=table())["notices"]
        self.assertEqual(notice["code"], "column_type_differs")
        some = table(name=None, employees=None, system_modstamp=None)
        del some["version"]
        for written in (1, 0):
            rows = [["a", "1.25"], ["b", "2.5"]]
            self.assertEqual(self.shell.ask("write", table=some, rows=rows, mode="existing")["rows_written"], written)
        self.assert_holds(BEFORE, 1)
        amounts = dict(self.server.query(f"SELECT id, amount FROM {self.name}"))
        self.assertEqual({key: float(amount) for key, amount in amounts.items()}, {"a": 1.25, "b": 2.5, "c": 1.25})

    def test_a_column_of_somebody_else_that_must_be_filled_is_named(self):
        self.execute(f"ALTER TABLE {self.name} ADD COLUMN extra int NOT NULL DEFAULT 5")
        self.execute(f"ALTER TABLE {self.name} ALTER COLUMN extra DROP DEFAULT")
        for command in (WRITE, {**WRITE, "rows": NEW[-1:]}):
            error = self.shell.refused("write", **command)
            self.assert_nothing_changed(error, "table_conflict", "never", "give it a default")
            self.assertIn("extra", error["message"])
            # No record is to blame.
            self.assertNotIn("record", error["context"])
        self.execute(f"ALTER TABLE {self.name} ALTER COLUMN extra SET DEFAULT 6")
        self.assert_repeat_is_right()

    def test_a_view_with_the_name_of_the_table_is_refused_before_anything_changes(self):
        self.execute(f"DROP TABLE {self.name}")
        self.execute(f"CREATE VIEW {self.name} AS SELECT 'a' AS id, 'one' AS name")
        error = self.shell.refused("ensure", table=table())
        self.assertEqual((error["code"], error["retry"]), ("table_conflict", "never"))
        self.assertIn("leads", error["message"])
        self.assertIn("exclude the collection leads", error["advice"])
        self.assert_holds({"a": "one"}, 1)
        self.execute(f"DROP VIEW {self.name}")
        self.assertTrue(self.shell.ask("ensure", table=table())["create"])

    def test_a_view_on_a_column_that_grows_does_not_stop_the_load(self):
        self.execute(self.alter("amount", "numeric(3,2)"))
        self.execute(f"CREATE VIEW {self.server.table(SCHEMA, 'seen')} AS SELECT amount FROM {self.name}")
        change = self.shell.ask("ensure", table=table())
        codes = [notice["code"] for notice in change["notices"]]
        if self.widens_under_a_view:
            self.assertEqual(codes, ["column_widened"])
        else:
            self.assertIn("column_not_widened", codes)
            self.assertIn("seen", " ".join(notice["text"] for notice in change["notices"]))
        self.assert_holds(BEFORE, 1)
        self.assert_repeat_is_right()

    def test_columns_grow_with_their_fields(self):
        wider = table(name={"length": 60}, amount={"precision": 14, "scale": 4})
        change = self.shell.ask("ensure", table=wider)
        self.assertEqual(change["widen_columns"], ["amount"])
        # What is there stays. Numbers that had more digits all the time were rounded: they are read again (I11).
        self.assert_holds(BEFORE, 1)
        self.assertEqual((change["owed"], self.owed()), (["amount"], "amount"))
        rows = [row("a", "a name that is longer than forty letters: fifty-five", 2, amount="1234567890.1234")]
        self.assertEqual(self.shell.ask("write", **{**WRITE, "table": wider, "rows": rows})["rows_written"], 1)
        found = self.server.query(f"SELECT id, name, amount FROM {self.name} WHERE id IN ('a', 'b') ORDER BY id")
        self.assertEqual(found, [("a", rows[0][1], "1234567890.1234"), ("b", "two", "1.2500")])
        again = self.shell.ask("ensure", table=wider)
        self.assertEqual((again["statements"], again["notices"]), ([], []))
        # A field that became narrower takes nothing away.
        self.assertEqual(self.shell.ask("ensure", table=table())["statements"], [])

    def test_texts_grow_without_an_end(self):
        """A length that no narrow type has, and a column that was wider all the time."""
        wider = table(name={"length": 131_072})
        change = self.shell.ask("ensure", table=wider)
        self.assertEqual(change["widen_columns"], self.widened_beyond)
        text = "long \U0001f600" * 20_000
        self.shell.ask("write", **{**WRITE, "table": wider, "rows": [row("a", text, 2)]})
        self.assertEqual(self.content()["a"], text)
        self.assertEqual(self.shell.ask("ensure", table=table())["statements"], [])
        self.assertEqual(self.content()["a"], text)

    def test_a_column_whose_type_somebody_chose_is_left_and_told(self):
        self.execute(self.alter("employees", "varchar(9)"))
        change = self.shell.ask("ensure", table=table())
        self.assertEqual([(n["collection"], n["code"]) for n in change["notices"]], [("leads", "column_type_differs")])
        self.assertIn("leads.employees", change["notices"][0]["text"])
        self.assert_holds(BEFORE, 1)

    def test_labels_become_comments(self):
        self.assertEqual(self.comments(), {"": LABEL, "id": "Lead ID", "name": LABEL, "amount": "Amount"})
        self.shell.ask("ensure", table=table(region={"type": "text", "length": 20, "label": "It's \\ the region"}))
        self.assertEqual(self.comments()["region"], "It's \\ the region")

    # -- what a merge does --

    def test_an_older_version_never_wins(self):
        """I5, in whatever order and by whatever mode the versions arrive."""
        versions = {1: "one", 2: "two", 3: "six"}
        keys = {}
        for number, (order, modes) in enumerate(
            itertools.product(itertools.permutations(versions), itertools.product(("first_load", "newer", "changed"), repeat=3))
        ):
            keys[f"k{number:03}"] = (order, modes)
        for step in range(3):
            for mode in ("first_load", "newer", "changed"):
                rows = [row(key, versions[order[step]], order[step]) for key, (order, modes) in keys.items() if modes[step] == mode]
                self.shell.ask("write", table=table(), rows=rows, mode=mode)
        found = self.server.query(f"SELECT id, name FROM {self.name} WHERE id LIKE 'k%' ORDER BY id")
        self.assertEqual(found, [(key, "six") for key in keys])

    def test_an_older_version_does_not_win_from_another_connection(self):
        """I5: two connections wait for the same row, in both orders."""
        for number, (mode, seconds) in enumerate(itertools.product(("first_load", "newer", "changed"), ((2, 3), (3, 2)))):
            key = f"w{number}"
            self.shell.ask("write", table=table(), rows=[row(key, "old", 1)])
            other = self.lock(key)
            shells = [self.open(), self.open()]
            for waiting, (shell, second) in enumerate(zip(shells, seconds), 1):
                shell.ask("write", table=table(), rows=OLD)
                shell.send("write", table=table(), rows=[row(key, f"{second}", second)], mode=mode)
                until(lambda: self.waits() == waiting, f"{waiting} connections to wait")
            other.execute("COMMIT")
            for shell in shells:
                shell.value()
                shell.close()
            self.assertEqual(self.content()[key], "3", (mode, seconds))

    def test_an_update_of_some_columns_keeps_texts_as_they_are(self):
        """I9, by the way that refreshes and marks go."""
        for text in ("trail  ", "  lead", " ", "Case", "case", "\u00e9\U0001f600 "):
            done = self.shell.ask("write", table=table(), rows=[row("a", text, 2), row("gone", text, 2)], mode="existing")
            self.assertEqual((self.content()["a"], done["rows_written"]), (text, 1))
        self.assertNotIn("gone", self.content())

    def test_the_last_version_of_a_batch_wins(self):
        rows = [row("a", "two", 3), row("a", "six", 4), row("a", "one", 2)]
        done = self.shell.ask("write", table=table(), rows=rows, mode="changed")
        self.assertEqual((done["rows"], done["rows_written"]), (1, 1))
        self.assertEqual(self.content()["a"], "six")

    def test_batches_of_any_number_of_rows_follow_each_other(self):
        """A driver may send one row, some and many in different ways, all by one prepared statement."""
        expected = dict(self.content())
        for number, count in enumerate((500, 1, 500, 3, 1, 3, 1200, 1, 1, 2, 501, 1, 2000, 1501)):
            rows = [row(f"{number:02}{i:05}", f"n{number} {i}", 2) for i in range(count)]
            self.assertEqual(self.shell.ask("write", table=table(), rows=rows)["rows_written"], count)
            expected |= {one[0]: one[1] for one in rows}
        self.assertEqual(self.content(), expected)

    def test_the_loader_that_stands_in_is_as_right(self):
        """What loads where the best loader of the dialect cannot."""
        _, best, _ = (DIALECTS / f"{self.dialect}.toml").read_text().split("[[loaders]]", 2)
        shell = self.with_dialect((f"[[loaders]]{best}", ""))
        expected = dict(self.content())
        for number, count in enumerate((250, 1, 3, 100, 1)):
            rows = [row(f"{number:02}{i:05}", f"n{number} {i}" if i % 3 else None, 2) for i in range(count)]
            for mode, written in (("newer", count), ("changed", 0)):
                self.assertEqual(shell.ask("write", table=table(), rows=rows, mode=mode)["rows_written"], written)
            expected |= {one[0]: one[1] for one in rows}
        self.assertEqual(self.content(), expected)
        rows = [row(f"x{i:05}", "lo" if i != 777 else "long" * 100, 2) for i in range(1000)]
        self.execute(self.alter("name", "varchar(99)"))
        done = shell.ask("write", table=table(), rows=rows, checkpoint=position(2))
        self.assert_refused(done, 1000, "x00777", "name", "too long")
        self.assert_holds(expected | {one[0]: one[1] if one[1] == "lo" else None for one in rows}, 2)

    def test_equal_versions_count_as_changed_where_a_cell_differs(self):
        rows = [row("a", "new", 1)]
        self.assertEqual(self.shell.ask("write", table=table(), rows=rows, mode="newer")["rows_written"], 0)
        self.assertEqual(self.content()["a"], "one")
        self.assertEqual(self.shell.ask("write", table=table(), rows=rows, mode="changed")["rows_written"], 1)
        self.assertEqual(self.content()["a"], "new")
        later = {"mode": "first_load", "now": "2025-01-01 00:00:00.000"}
        self.assertEqual(self.shell.ask("write", table=table(), rows=rows, **later)["rows_written"], 1)

    def test_some_columns_of_rows_that_are_there_are_changed_and_none_is_made(self):
        some = table(name=None, employees=None, system_modstamp=None)
        received = self.server.query(f"SELECT id, received_at FROM {self.name} ORDER BY id")
        rows = [["a", "9.5"], ["b", "1.25"], ["c", None], ["z", "3"]]
        write = {"table": some, "rows": rows, "mode": "existing", "now": "2025-01-01 00:00:00.000", "checkpoint": position(2)}
        self.assertEqual(self.shell.ask("write", **write)["rows_written"], 2)
        self.assert_holds(BEFORE, 2)
        found = self.server.query(f"SELECT id, name, amount, employees FROM {self.name} ORDER BY id")
        self.assertEqual(found, [("a", "one", "9.50", "7"), ("b", "two", "1.25", "7"), ("c", "six", None, "7")])
        self.assertEqual(self.server.query(f"SELECT id, received_at FROM {self.name} ORDER BY id"), received)
        written = dict(self.server.query(f"SELECT id, uuid_ts FROM {self.name}"))
        self.assertEqual({key: at[:4] for key, at in written.items()}, {"a": "2025", "b": "2024", "c": "2025"})
        self.assertEqual(self.shell.ask("write", **write)["rows_written"], 0)

    def test_some_columns_of_many_rows(self):
        rows = [row(f"{i:05}", "lo", 2) for i in range(BATCH_ROWS)]
        self.shell.ask("write", table=table(), rows=rows)
        some = table(name=None, employees=None, system_modstamp=None)
        rows = [[f"{i:05}", f"{i}.5"] for i in range(0, 2 * BATCH_ROWS, 2)]
        self.assertEqual(self.shell.ask("write", table=some, rows=rows, mode="existing")["rows_written"], BATCH_ROWS // 2)
        found = self.server.query(f"SELECT count(*), sum(amount) FROM {self.name} WHERE id LIKE '0%'")
        expected = sum(i + 0.5 if i % 2 == 0 else 1.25 for i in range(BATCH_ROWS))
        self.assertEqual((int(found[0][0]), float(found[0][1])), (BATCH_ROWS, expected))

    def test_rows_are_removed_by_their_keys(self):
        rows = [row(f"{i:05}", "lo", 2) for i in range(BATCH_ROWS)]
        self.shell.ask("write", table=table(), rows=rows)
        gone = [f"{i:05}" for i in range(0, 1300)] + ["nobody", "it's"]
        self.assertEqual(self.shell.ask("remove", table=table(), keys=gone), 1300)
        self.assertEqual(self.shell.ask("remove", table=table(), keys=gone), 0)
        self.assertEqual(self.shell.ask("remove", table=table(), keys=[]), 0)
        self.assertEqual(len(self.content()), BATCH_ROWS - 1300 + len(OLD))

    def test_a_removal_that_fails_removes_nothing(self):
        shell = self.with_dialect(self.short_lock_timeout)
        other = self.lock("b")
        # The lock is met by the second of two statements.
        keys = ["a", "c", *(f"{i:05}" for i in range(500)), "b"]
        error = shell.refused("remove", table=table(), keys=keys)
        self.assert_nothing_changed(error, "warehouse_busy", "later", "holds a lock")
        other.execute("ROLLBACK")
        self.assertEqual(shell.ask("remove", table=table(), keys=keys), 3)
        self.assert_holds({}, 1)

    def test_keys_that_vanished_are_told(self):
        keys = {"name": "_millrace_keys_leads", "columns": [{"name": "id", "type": "text", "length": 18}]}
        for _ in range(2):  # one that a broken run left behind is replaced
            self.shell.ask("begin_keys", keys=keys)
        self.shell.ask("write", table=keys, rows=[["a"], ["x"]], mode="first_load")
        compared = self.shell.ask("compare_keys", table=table(), keys=keys)
        self.assertEqual((sorted(compared["vanished"]), compared["missing"]), (["b", "c"], ["x"]))
        self.assert_holds(BEFORE, 1)

    def test_checkpoints_are_read_and_forgotten(self):
        self.shell.ask("write", **WRITE)
        (known,) = self.shell.ask("checkpoints")
        self.assertEqual((known["collection"], known["cursor"], known["complete"]), ("leads", moment(2), True))
        self.assertEqual(self.shell.ask("forget", collections=["contacts"]), 0)
        self.assertEqual(self.shell.ask("forget", collections=["leads"]), 1)
        self.assert_holds(AFTER, None)
        self.assertEqual(self.shell.ask("checkpoints"), [])

    def test_an_examination_finds_everything_good_and_leaves_nothing_behind(self):
        before = sorted(self.server.columns(SCHEMA))
        findings = self.shell.ask("examine")
        self.assertGreater(len(findings), 2)
        self.assertEqual([finding for finding in findings if not finding["good"]], [])
        self.assertEqual(sorted(self.server.columns(SCHEMA)), before)
        self.assert_holds(BEFORE, 1)


class SmallFiles(PostgresServer):
    """Its log is in files of 1 MiB: no file of a new server is larger."""

    initdb_options = ("--wal-segsize=1",)


class postgresql(Failures, unittest.TestCase):
    make = SmallFiles
    settings = {"deadlock_timeout": "50ms"}
    dialect = "postgresql"
    shows_what_may_not_be_read = True
    widens_under_a_view = False
    # A text has no length there.
    widened_beyond = []
    short_lock_timeout = ("'lock_timeout', '30s'", "'lock_timeout', '100ms'")
    lock_table = ("BEGIN", "LOCK TABLE {table}")
    unlock_table = "ROLLBACK"
    owed_without_the_column = (None,)
    short_statement_timeout = ("'statement_timeout', '10min'", "'statement_timeout', '200ms'")

    def session(self):
        command = [self.server.programs / "psql", "-X", "-q", "-A", "-t"]
        environment = {
            "PGHOST": "127.0.0.1",
            "PGPORT": str(self.server.port),
            "PGUSER": self.server.administrator,
            "PGPASSWORD": self.server.admin_password,
            "PGDATABASE": self.server.database,
        }
        return Session(command, environment, "\\echo done")

    def waiting(self, user):
        return len(self.server.query(f"SELECT 1 FROM pg_stat_activity WHERE usename = '{user}' AND wait_event_type = 'Lock'"))

    def waits(self):
        return self.waiting(self.server.user)

    def alter(self, column, type_name):
        return f"ALTER TABLE {self.name} ALTER COLUMN {column} TYPE {type_name}"

    def prepare_deadlock(self):
        """The server ends whoever looks first: only millrace looks, and the circle closes last on its side."""
        gate = self.enterContext(self.session())
        gate.execute("SELECT pg_advisory_lock(1)")
        self.execute(
            "CREATE FUNCTION public.wait_at_gate() RETURNS trigger LANGUAGE plpgsql AS"
            " $$ BEGIN IF NEW.id = 'a' THEN RETURN NEW; END IF; PERFORM pg_advisory_xact_lock(1); RETURN NEW; END $$;"
            f"CREATE TRIGGER gate BEFORE INSERT ON {self.name} FOR EACH ROW EXECUTE FUNCTION public.wait_at_gate()"
        )
        self.addCleanup(self.execute, "DROP FUNCTION IF EXISTS public.wait_at_gate CASCADE")
        other = self.lock("b")
        other.execute("SET deadlock_timeout = '1h'")
        # Millrace has the row a, and waits at the gate before the row b.
        self.begin_write_that_waits()
        other.begin(f"UPDATE {self.name} SET employees = 0 WHERE id = 'a'")
        until(lambda: self.waiting(self.server.administrator) == 1, "the other session to wait")
        gate.execute("SELECT pg_advisory_unlock(1)")
        return other

    def release_deadlock(self):
        self.execute(f"DROP TRIGGER gate ON {self.name}")

    def meet_what_cannot_be_serialized(self):
        self.execute(f"ALTER ROLE {self.server.user} SET default_transaction_isolation = 'serializable'")
        self.addCleanup(self.execute, f"ALTER ROLE {self.server.user} RESET default_transaction_isolation")
        shell = self.open()
        other = self.lock("b")
        self.begin_write_that_waits(shell)
        other.execute("COMMIT")
        return shell, shell.error()

    def test_a_schema_that_is_ready_serves_a_user_who_may_make_none(self):
        self.server.drop_schema(SCHEMA)
        self.execute(
            "CREATE ROLE guest LOGIN PASSWORD 'guest';"
            f'CREATE SCHEMA "{SCHEMA}"; GRANT USAGE, CREATE ON SCHEMA "{SCHEMA}" TO guest'
        )
        self.addCleanup(self.execute, f'DROP SCHEMA IF EXISTS "{SCHEMA}" CASCADE; DROP OWNED BY guest; DROP ROLE guest')
        guest = self.server.odbc(password="guest").replace(f"Uid={self.server.user}", "Uid=guest")
        shell = self.open(guest)
        found = shell.ask("examine")
        self.assertTrue(all(finding["good"] for finding in found), found)
        self.assertIn(f"{SCHEMA} is there; this user may make no other one", [finding["text"] for finding in found])
        self.assertTrue(shell.ask("ensure", table=table())["create"])
        self.assertEqual(shell.ask("write", **WRITE)["rows_written"], 3)
        # And one who finds none is told so, by both.
        self.execute(f'DROP SCHEMA "{SCHEMA}" CASCADE')
        shell = self.open(guest)
        bad = {finding["what"] for finding in shell.ask("examine") if not finding["good"]}
        self.assertIn("schema", bad)
        self.assert_error(shell.refused("ensure", table=table()), "warehouse_rights", "never", "create on the database")

    def test_a_schema_that_another_session_makes_at_the_same_moment_is_a_passing_fault(self):
        self.server.drop_schema(SCHEMA)
        shell = self.open()
        other = self.enterContext(self.session())
        other.execute("BEGIN")
        other.execute(f'CREATE SCHEMA "{SCHEMA}" AUTHORIZATION {self.server.user}')
        shell.send("ensure", table=table())
        until(lambda: self.waits() == 1, "millrace to wait for the other session")
        other.execute("COMMIT")
        self.addCleanup(self.execute, f'DROP SCHEMA IF EXISTS "{SCHEMA}" CASCADE')
        self.assert_error(shell.error(), "warehouse_busy", "later", "at the same moment")
        self.assertTrue(shell.ask("ensure", table=table())["create"])

    def make_guest(self):
        self.execute(
            "CREATE ROLE guest LOGIN PASSWORD 'guest';"
            f'GRANT USAGE ON SCHEMA "{SCHEMA}" TO guest; GRANT SELECT ON ALL TABLES IN SCHEMA "{SCHEMA}" TO guest'
        )
        self.addCleanup(self.execute, "DROP OWNED BY guest; DROP ROLE guest")
        return self.server.odbc(password="guest").replace(f"Uid={self.server.user}", "Uid=guest")

    def hide_checkpoints(self):
        self.execute(f"REVOKE SELECT ON {self.checkpoints} FROM guest")

    def let_guest_write(self):
        self.execute(f'GRANT CREATE ON SCHEMA "{SCHEMA}" TO guest; GRANT ALL ON ALL TABLES IN SCHEMA "{SCHEMA}" TO guest')

    def limit_connections(self, count):
        self.execute(f"ALTER ROLE {self.server.user} CONNECTION LIMIT {-1 if count is None else count}")

    def make_read_only(self, on):
        self.execute(f"ALTER ROLE {self.server.user} " + ("SET default_transaction_read_only = on" if on else "RESET ALL"))

    def fill_disk(self):
        """Files of the server cannot grow: the last page of one is written in part, as on a disk without space for more."""
        self.addCleanup(self.limit_files, "unlimited")
        limited = self.limit_files(FILE_BYTES_MAX)
        if limited.returncode != 0:
            self.skipTest(f"files of PostgreSQL cannot be limited here (prlimit): {limited.stderr.strip()}")
        with self.assertRaisesRegex(ServerFailed, "53100"):
            self.execute("CREATE TABLE public.filler AS SELECT repeat('x', 1000) FROM generate_series(1, 10000)")

    def free_disk(self):
        self.limit_files("unlimited")

    def limit_files(self, size):
        """Of the server, of the sessions that it has and of those to come; needs no rights but to be its user."""
        processes = [self.server.process.pid, *children_of(self.server.process.pid)]
        # A session may end in between.
        command = "for process; do prlimit --pid $process --fsize=$size: || [ ! -e /proc/$process ] || exit; done"
        arguments = self.server.as_account()
        arguments["env"]["size"] = str(size)
        return subprocess.run(["sh", "-c", command, "sh", *map(str, processes)], capture_output=True, text=True, **arguments)

    def comments(self):
        return dict(
            self.server.query(
                "SELECT coalesce(a.attname, ''), d.description FROM pg_description d"
                " LEFT JOIN pg_attribute a ON a.attrelid = d.objoid AND a.attnum = d.objsubid AND d.objsubid > 0"
                f" WHERE d.objoid = {literal(self.name)}::regclass"
            )
        )


class mariadb(Failures, unittest.TestCase):
    make = MariaServer
    settings = {}
    dialect = "mariadb"
    shows_what_may_not_be_read = False
    widens_under_a_view = True
    widened_beyond = ["name"]
    short_lock_timeout = ("lock_wait_timeout = 30", "lock_wait_timeout = 1")
    lock_table = ("LOCK TABLES {table} WRITE",)
    unlock_table = "UNLOCK TABLES"
    # A change of a table commits what was there before.
    owed_without_the_column = (None, "region")
    short_statement_timeout = ("max_statement_time = 600", "max_statement_time = 0.2")

    def session(self):
        command = ["mariadb", "--no-defaults", "--batch", "--skip-column-names", "--unbuffered", "--force"]
        command += ["--init-command=SET sql_mode = CONCAT(@@sql_mode, ',ANSI_QUOTES')"]
        command += [f"--socket={self.server.folder / 'socket'}", "--user=root"]
        return Session(command, {"PATH": os.environ["PATH"]}, "SELECT 'done';")

    def waits(self):
        # Not INNODB_TRX: who reads that often reads the same again and again.
        name = "INNODB_ROW_LOCK_CURRENT_WAITS"
        ((count,),) = self.server.query(f"SELECT variable_value FROM information_schema.global_status WHERE variable_name = '{name}'")
        return int(count)

    def alter(self, column, type_name):
        return f"ALTER TABLE {self.name} MODIFY COLUMN {column} {type_name}"

    def prepare_deadlock(self):
        """The server ends the session that has changed less."""
        other = self.enterContext(self.session())
        other.execute(f"CREATE TABLE {self.server.table(SCHEMA, 'work')} (i int)")
        other.execute("BEGIN")
        numbers = "WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 900) SELECT i FROM n"
        other.execute(f"INSERT INTO {self.server.table(SCHEMA, 'work')} {numbers}")
        other.execute(f"UPDATE {self.name} SET employees = 0 WHERE id = 'b'")
        self.begin_write_that_waits()
        other.begin(f"UPDATE {self.name} SET employees = 0 WHERE id = 'a'")
        return other

    def release_deadlock(self):
        pass

    def meet_what_cannot_be_serialized(self):
        """A merge reads what is newest, by locks. What reads first and then changes is the forgetting of checkpoints."""
        self.execute("SET GLOBAL innodb_snapshot_isolation = ON")
        self.addCleanup(self.execute, "SET GLOBAL innodb_snapshot_isolation = OFF")
        shell = self.open()
        other = self.enterContext(self.session())
        other.execute("BEGIN")
        other.execute(f"UPDATE {self.server.table(SCHEMA, '_millrace_checkpoints')} SET \"rows\" = 9")
        shell.send("forget", collections=["leads"])
        until(lambda: self.waits() == 1, "millrace to wait for a lock")
        other.execute("COMMIT")
        return shell, shell.error()

    def make_guest(self):
        self.execute("CREATE USER guest@127.0.0.1 IDENTIFIED BY 'guest'")
        self.addCleanup(self.execute, "DROP USER guest@127.0.0.1")
        self.execute(f'GRANT SELECT ON "{SCHEMA}".* TO guest@127.0.0.1')
        return self.server.odbc(password="guest").replace(f"Uid={self.server.user}", "Uid=guest")

    def hide_checkpoints(self):
        self.execute(f'REVOKE SELECT ON "{SCHEMA}".* FROM guest@127.0.0.1')
        self.execute(f"GRANT SELECT ON {self.name} TO guest@127.0.0.1")

    def let_guest_write(self):
        self.execute(f'GRANT ALL ON "{SCHEMA}".* TO guest@127.0.0.1')

    def test_the_driver_is_asked_for_columns_where_a_schema_is_its_catalog(self):
        text = (DIALECTS / "mariadb.toml").read_text()
        lines = [line for line in text.splitlines() if line.startswith(("list_columns", "list_key"))]
        self.assertEqual(len(lines), 2)
        shell = self.with_dialect(*((line + "\n", "") for line in lines))
        self.assertEqual(len(shell.ask("checkpoints")), 1)
        self.assertFalse(shell.ask("ensure", table=table())["create"])
        self.assert_repeat_is_right(shell)

    def test_validate_says_that_tables_cannot_be_dropped(self):
        self.execute("CREATE USER guest@127.0.0.1 IDENTIFIED BY 'guest'")
        self.addCleanup(self.execute, "DROP USER guest@127.0.0.1")
        self.execute(f'GRANT SELECT, INSERT, UPDATE, DELETE, CREATE, ALTER ON "{SCHEMA}".* TO guest@127.0.0.1')
        guest = self.server.odbc(password="guest").replace(f"Uid={self.server.user}", "Uid=guest")
        (bad,) = [finding for finding in self.open(guest).ask("examine") if not finding["good"]]
        self.assertEqual(bad["what"], "rights")
        self.assertIn("not dropped, which a census needs", bad["text"])
        self.assertIn("DROP", bad["text"])

    def test_a_user_who_may_drop_nothing_leaves_one_empty_scratch_table_and_uses_it_again(self):
        self.execute("CREATE USER guest@127.0.0.1 IDENTIFIED BY 'guest'")
        self.addCleanup(self.execute, "DROP USER guest@127.0.0.1")
        self.execute(f'GRANT SELECT, INSERT, UPDATE, DELETE, CREATE, ALTER ON "{SCHEMA}".* TO guest@127.0.0.1')
        guest = self.server.odbc(password="guest").replace(f"Uid={self.server.user}", "Uid=guest")
        for written in (3, 0, 0):
            answer = self.open(guest).ask("write", **WRITE)
            self.assertEqual((answer["rows_written"], answer["notices"]), (written, []))
            scratch = self.server.table(SCHEMA, "_millrace_probe_0")
            self.assertEqual(self.server.query(f"SELECT count(*) FROM {scratch}"), [("0",)])

    def limit_connections(self, count):
        self.execute(f"ALTER USER {self.server.user}@127.0.0.1 WITH MAX_USER_CONNECTIONS {count or 0}")
        # Connections that were there before are not counted.
        for _ in range(count or 0):
            self.open()

    def make_read_only(self, on):
        self.execute(f"SET GLOBAL read_only = {int(on)}")

    def fill_disk(self):
        """Another server, whose only file is of one size."""
        here = self.server
        settings = {"innodb_data_file_path": "ibdata1:12M;ibdata2:32M", "innodb_file_per_table": "0"}
        self.server = self.enterContext(MariaServer(settings={**MariaServer.hasty, **settings}))
        self.addCleanup(setattr, self, "server", here)
        self.shell.close()
        self.shell = self.open()
        self.shell.ask("ensure", table=table())
        self.shell.ask("write", table=table(), rows=OLD, mode="changed", checkpoint=position(1))
        filler = self.server.table(SCHEMA, "filler")
        self.execute(f"CREATE TABLE {filler} (t longtext)")
        with self.assertRaisesRegex(ServerFailed, "1114"):
            for _ in range(10_000):
                self.execute(f"INSERT INTO {filler} VALUES (repeat('x', 1 << 20))")

    def free_disk(self):
        # A statement that gives space back would need some first: the server gets another file.
        self.server.stop()
        self.server.settings["innodb_data_file_path"] += ";ibdata3:32M"
        self.server.start()
        self.shell = self.open()

    def comments(self):
        about = f"WHERE table_schema = '{SCHEMA}' AND table_name = 'leads'"
        (own,) = self.server.query(f"SELECT '', table_comment FROM information_schema.tables {about}")
        columns = self.server.query(f"SELECT column_name, column_comment FROM information_schema.columns {about} AND column_comment <> ''")
        return dict([own, *columns])


if __name__ == "__main__":
    unittest.main()
