"""What no driver here does when it is asked to, and some driver somewhere does: a row of an array that is refused without
an error, or told only in a later answer; a commit that fails; a statement that never ends. SQLite's driver behind
one that does these things (fault_driver.cpp).
"""

import os
import pathlib
import re
import signal
import sqlite3
import subprocess
import tempfile
import unittest
from unittest import mock

from failures_test import AFTER, BEFORE, OLD, WRITE, position, table
from harness import BUILD, Project, Sandbox
from shell import Shell, until

ROOT = pathlib.Path(__file__).resolve().parents[2]
BATCH_FUNCTION = """name   = "batch_function"
source = "SELECT {cells} FROM millrace_batch(?) WHERE true"
cell   = "c{index}"
"""
ARRAYS = """name = "parameter_arrays"
rows = 100
"""


class DriverFaults(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.order = self.folder / "fault"
        self.enterContext(mock.patch.dict(os.environ, MILLRACE_FAULT=str(self.order)))
        self.file = self.folder / "warehouse.db"
        text = (ROOT / "conf" / "dialects" / "sqlite.toml").read_text()
        for old, new in ((BATCH_FUNCTION, ARRAYS), ('rows_written = "SELECT changes()"\n', "")):
            self.assertIn(old, text)
            text = text.replace(old, new)
        (self.folder / "sqlite.toml").write_text(text)
        self.shell = self.open(60_000)
        self.shell.ask("ensure", table=table())
        written = self.shell.ask("write", table=table(), rows=OLD, mode="changed", checkpoint=position(1))
        self.assertEqual(written["notices"], [], "arrays are used")
        self.assert_holds(BEFORE, 1)

    def open(self, milliseconds):
        odbc = f"Driver={BUILD}/tests/warehouses/libfault_driver.so;Database={self.file}"
        self.opening = (odbc, "sfdc_prod", "sqlite", self.folder, milliseconds)
        return self.enterContext(Shell(*self.opening))

    def assert_holds(self, rows, second):
        """I1: these rows and this checkpoint, and no others."""
        with sqlite3.connect(self.file) as link:
            content = dict(link.execute("SELECT id, name FROM leads"))
            ((reached,),) = link.execute('SELECT "cursor" FROM _millrace_checkpoints WHERE collection = \'leads\'')
        link.close()
        self.assertEqual((content, int(reached[17:19])), (rows, second))

    def refused(self, fault, shell=None):
        self.order.write_text(fault)
        error = (shell or self.shell).refused("write", **WRITE)
        self.assertFalse(self.order.exists(), "the fault happened")
        self.assert_holds(BEFORE, 1)
        return error

    def assert_repeat_is_right(self, shell=None):
        (shell or self.shell).ask("write", **WRITE)
        self.assert_holds(AFTER, 2)

    def test_a_row_of_an_array_that_was_not_taken_fails_the_batch_and_is_named(self):
        error = self.refused("row")
        self.assertEqual((error["code"], error["retry"]), ("warehouse_value", "never"), error)
        self.assertIn("of 3 rows 1 were not taken", error["message"])
        self.assertEqual(error["context"]["record"], "b")
        self.assert_repeat_is_right()

    def test_a_row_that_is_refused_in_a_later_answer_fails_the_batch(self):
        error = self.refused("later_answer")
        self.assertEqual((error["code"], error["retry"]), ("warehouse_value", "never"), error)
        self.assert_repeat_is_right()

    def test_a_later_answer_is_heard_whatever_carries_the_rows(self):
        (self.folder / "sqlite.toml").write_text((ROOT / "conf" / "dialects" / "sqlite.toml").read_text())
        for rows in (WRITE["rows"], WRITE["rows"][:1]):
            shell = self.open(60_000)
            shell.ask("write", table=table(), rows=OLD, mode="changed", checkpoint=position(1))
            self.order.write_text("later_answer")
            error = shell.refused("write", **{**WRITE, "rows": rows})
            self.assertEqual((error["code"], error["retry"]), ("warehouse_value", "never"), error)
            self.assert_holds(BEFORE, 1)

    def test_a_commit_that_fails_leaves_nothing_and_is_met_by_a_repeat(self):
        error = self.refused("commit")
        self.assertEqual((error["code"], error["retry"]), ("warehouse_busy", "later"), error)
        self.assertIn("committing", error["message"])
        self.assert_repeat_is_right()

    def test_a_statement_that_never_ends_is_cancelled_and_met_by_a_repeat(self):
        shell = self.open(100)
        # The loader is chosen before the fault, not during it.
        shell.ask("write", table=table(), rows=OLD, mode="changed", checkpoint=position(1))
        error = self.refused("hang", shell)
        self.assertEqual((error["code"], error["retry"]), ("warehouse_timeout", "later"), error)
        self.assertIn("millrace cancelled the statement after 0 s", error["message"])
        self.assertIn("statement_timeout", error["advice"])
        self.assert_repeat_is_right(shell)

    def test_a_driver_that_throws_fails_the_batch_and_a_fresh_connection_meets_the_repeat(self):
        """I6: the exception comes through the driver manager, and ends there."""
        for fault, doing in (("throw", "leads"), ("throw_commit", "committing")):
            error = self.refused(fault)
            self.assertEqual((error["code"], error["retry"]), ("internal", "never"), error)
            self.assertIn("threw an exception while", error["message"])
            self.assertIn(doing, error["message"])
            self.assertIn("a fault of the driver's own", error["message"])
        self.assert_repeat_is_right()

    def sweep(self, state, step, work):
        """Does `work(shell)` again and again, each time with a later call of the driver that fails, `step` calls after the one before.

        `work` gets a shell that has not connected before, and the tables as they were.
        """
        self.shell.close()
        pristine = self.file.read_bytes()
        met = []
        while True:
            for left in self.folder.glob("warehouse.db-*"):
                left.unlink()
            self.file.write_bytes(pristine)
            self.order.write_text(f"call {1 + step * len(met)} {state}")
            with Shell(*self.opening) as shell:
                work(shell)
                if not self.order.exists():
                    break
                met.append(self.order.read_text())
                self.order.unlink()
                # What the fault has left behind hinders nobody.
                with self.subTest(state=state, number=len(met), call=met[-1]), Shell(*self.opening) as fresh:
                    self.assertNotIn("error", fresh.opened)
                    fresh.ask("ensure", table=table())
                    self.assert_repeat_is_right(fresh)
        self.file.write_bytes(pristine)
        return met

    def test_whichever_call_fails_rows_and_checkpoint_agree_and_a_repeat_is_right(self):
        """I1, I4: connecting, reading checkpoints, preparing tables, staging, merging and committing."""

        def load(shell):
            answers = [shell.opened]
            if "error" not in shell.opened:
                for do, more in (("checkpoints", {}), ("ensure", {"table": table()}), ("write", WRITE)):
                    shell.send(do, **more)
                    answers.append(shell.answer())
                    if "error" in answers[-1]:
                        break
            error = answers[-1].get("error")
            with sqlite3.connect(self.file) as link:
                rows = dict(link.execute("SELECT id, name FROM leads"))
            link.close()
            self.assertIn(rows, (BEFORE, AFTER))
            self.assert_holds(rows, 2 if rows == AFTER else 1)
            if error is None:
                self.assertEqual(rows, AFTER, "a success is committed")
            else:
                self.assertIn("the driver refuses", error["message"])
                if rows == AFTER:
                    self.assertEqual(error["context"].get("committed"), "unknown", error)

        # All four hundred calls take minutes; MILLRACE_SWEEP=1 does them.
        every = int(os.environ.get("MILLRACE_SWEEP", "0"))
        met = self.sweep("HY000", every or 2, load) + self.sweep("08S01", every or 3, load)
        self.assertLessEqual({"SQLExecDirect", "SQLExecute", "SQLPrepare", "SQLEndTran", "SQLFetch", "SQLNumResultCols"}, set(met))

    def project_with_faults(self, host="", more=""):
        odbc = f"Driver={BUILD}/tests/warehouses/libfault_driver.so;Database={self.folder}/sync.db"
        more = f'dialect = "sqlite"\ndialects = ["{self.folder}"]\n{more}'
        org = self.enterContext(Sandbox("--scale", "tiny"))
        project = self.enterContext(Project(org, pipeline='collections = ["leads"]', host=host, warehouse=more))
        project.write(re.sub("odbc = .*", f'odbc = "{odbc}"', project.config.read_text()))
        return project

    def test_a_call_that_never_comes_back_is_given_up_and_the_process_ends(self):
        project = self.project_with_faults(more='statement_timeout = "1s"')
        project.sync()
        self.order.write_text("deaf")
        run = project.sync(expect=7, timeout=120)
        self.assertEqual(run["error"]["code"], "warehouse_unreachable")
        self.assertIn("the warehouse main has not answered for", run["error"]["message"])
        self.assertEqual(project.sync()["outcome"], "success")

    def test_a_run_that_is_ended_does_not_wait_for_a_statement_that_never_ends(self):
        project = self.project_with_faults('drain = "0s"')
        project.sync()
        for fault in ("hang", "deaf"):
            self.order.write_text(fault)
            run = subprocess.Popen([BUILD / "millrace", "sync", "-c", project.config], stderr=subprocess.PIPE, text=True)
            until(lambda: not self.order.exists(), "the statement to hang")
            run.send_signal(signal.SIGTERM)
            said = run.communicate(timeout=120)[1]
            self.assertEqual(run.returncode, 128 + signal.SIGTERM, said)
            self.assertEqual(project.sync()["outcome"], "success")


if __name__ == "__main__":
    unittest.main()
