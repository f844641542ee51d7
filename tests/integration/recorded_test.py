"""What runs leave in the warehouse, and `millrace history`: the same as the summary, whatever the run came to.

`python -m unittest recorded_test.postgresql` runs the suite of one warehouse.
"""

import datetime
import json
import signal
import subprocess
import unittest

from harness import BUILD, Project, Sandbox, canonical_number, select_briefly
from host import Host
from servers import MariaServer, PostgresServer

PATIENCE_SECONDS = 60
RUN_COLUMNS = ("id", "run", "pipeline", "collection", "outcome", "exit_code", "records", "rows_written", "deleted", "requests", "calls") + (
    "refused",
    "quarantined",
    "error_code",
    "collections",
    "notices_of",
)


def text(value):
    return None if value is None else canonical_number(value)


class Recorded:
    """Beside unittest.TestCase. `server`: one of servers.py that is the warehouse, or None for SQLite."""

    make = None
    server = None

    @classmethod
    def setUpClass(cls):
        if cls.make:
            cls.server = cls.enterClassContext(cls.make(settings=cls.make.hasty))

    def project(self, pipeline='collections = ["leads", "accounts"]', sandbox=("--scale", "tiny"), **more):
        self.org = self.enterContext(Sandbox(*sandbox))
        return self.enterContext(Project(self.org, pipeline=pipeline, warehouse_server=self.server, **more))

    def runs(self, project):
        """Rows of the table as dictionaries of texts, by key."""
        rows = project.rows("_millrace_runs", *RUN_COLUMNS)
        return {row[0]: dict(zip(RUN_COLUMNS, map(text, row))) for row in rows}

    def notices(self, project):
        columns = ("run", "collection", "code", "text", "record", "field")
        return [dict(zip(columns, row)) for row in project.rows("_millrace_notices", *columns)]

    def history(self, project, *words):
        done = project.run("history", "org", *words, "--format", "json")
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)["runs"]

    def agrees(self, project, summary, code):
        """The rows of a run are what its summary says, and so is the command's exit code."""
        name = "org-" + summary["started_at"].translate(str.maketrans("", "", "-:."))
        rows = {key: row for key, row in self.runs(project).items() if row["run"] == name}
        whole = rows.pop(name)
        self.assertEqual(whole["exit_code"], str(code))
        self.assertEqual(whole["outcome"], summary["outcome"])
        self.assertEqual(whole["error_code"], summary.get("error", {}).get("code"))
        self.assertEqual(whole["calls"], str(sum(summary["calls"].values())))
        self.assertEqual(whole["collections"], str(len(summary["collections"])))
        for key in ("records", "rows_written", "deleted", "requests", "refused", "quarantined"):
            self.assertEqual(whole[key], str(summary["totals"][key]), key)
        worth = {c["collection"]: c for c in summary["collections"] if c["outcome"] != "success" or c["rows_written"] or c["deleted"]}
        self.assertEqual({row["collection"] for row in rows.values()}, set(worth))
        for row in rows.values():
            told = worth[row["collection"]]
            self.assertEqual(row["outcome"], told["outcome"])
            self.assertEqual(row["error_code"], told.get("error", {}).get("code"))
            for key in ("records", "rows_written", "deleted", "requests", "refused", "quarantined"):
                self.assertEqual(row[key], str(told[key]), key)
        kept = [n for n in self.notices(project) if n["run"] == whole["notices_of"]]
        about = ("code", "text", "record", "field")
        told = [{"collection": n["collection"] or None, **{key: n.get(key) for key in about}} for n in summary["notices"]]
        for notice in kept:
            notice.pop("run")
        order = sorted(kept, key=str), sorted(told, key=str)
        self.assertEqual(*order)
        (shown,) = [r for r in self.history(project) if r["run"] == name]
        for key in ("outcome", "exit_code", "started_at", "ended_at", "duration_ms"):
            self.assertEqual(shown[key], summary[key], key)
        self.assertEqual(sorted(n["text"] for n in shown["notices"]), sorted(n["text"] for n in summary["notices"]))
        return whole

    def test_success_partial_throttled_and_failure_are_kept_as_they_are_told(self):
        project = self.project('collections = ["leads", "accounts", "account_tags", "names"]', source='api = "rest"')
        self.agrees(project, project.sync(), 0)
        self.org.control("mutate", {"object": "Lead", "update": 3, "seed": 1})
        self.org.fault("query", {"type": "error", "status": 400, "errorCode": "MALFORMED_QUERY", "message": "it's ü😀"}, object="Lead", count=2)
        self.agrees(project, project.sync(expect=3), 3)
        self.org.control("faults", method="DELETE")
        good = project.config.read_text()
        project.write(good.replace("[source.org]", '[source.org]\napi_budget = { run = "1" }'))
        throttled = project.run("sync", "--format", "json")
        self.assertEqual(throttled.returncode, 6, throttled.stdout)
        self.agrees(project, json.loads(throttled.stdout)["runs"][0], 6)
        project.write(good.replace("sandbox-secret", "wrong"))
        refused = project.run("sync", "--format", "json")
        self.assertEqual(refused.returncode, 5, refused.stdout)
        whole = self.agrees(project, json.loads(refused.stdout)["runs"][0], 5)
        self.assertEqual(whole["error_code"], "login_refused")
        project.write(good)
        self.agrees(project, project.sync(), 0)
        self.assertEqual([r["exit_code"] for r in self.history(project)], [0, 5, 6, 3, 0])
        self.assertEqual([r["exit_code"] for r in self.history(project, "--runs", 2)], [0, 5])
        said = project.run("history", "org").stdout
        self.assertIn("login_refused", said)
        self.assertIn("Notices\n", said)
        of_leads = self.history(project, "Lead")
        self.assertTrue(of_leads)
        self.assertEqual({r["collection"] for r in of_leads}, {"leads"})

    def forbid(self, project, column, value):
        """A rule of somebody else's: leads have no such value."""
        literal = "'" + value.replace("'", "''") + "'"
        if self.server is not None:
            return self.change(project, f"ALTER TABLE {project.table('leads')} ADD CONSTRAINT no_such CHECK ({column} <> {literal})")
        rule = "CREATE TRIGGER no_{0} BEFORE {0} ON leads WHEN NEW.{1} = {2} BEGIN SELECT RAISE(ABORT, 'no such value'); END;"
        self.change(project, "".join(rule.format(what, column, literal) for what in ("INSERT", "UPDATE")))

    def test_a_value_that_is_refused_is_told_alike_everywhere(self):
        """I9: with record, field and reason; a row that was not written makes the run partial (I4)."""
        project = self.project('collections = ["leads", "accounts"]')
        project.sync()
        before = dict(project.rows("leads", "id", "company"))
        self.org.control("mutate", {"object": "Lead", "update": 20, "seed": 1})
        changed = {r["Id"]: r["Company"] for r in self.org.truth("Lead") if r["Company"] and r["Company"] != before.get(r["Id"])}
        key = next(k for k, value in changed.items() if list(changed.values()).count(value) == 1 and value not in before.values())
        self.forbid(project, "company", changed[key])
        summary = project.sync()
        whole = self.agrees(project, summary, 0)
        self.assertEqual((summary["totals"]["rows_written"], whole["refused"], whole["quarantined"]), (20, "1", "0"))
        (told,) = [n for n in summary["notices"] if n["code"] == "value_refused"]
        self.assertEqual((told["collection"], told["record"], told["field"]), ("leads", key, "Company"))
        self.assertEqual(dict(project.rows("leads", "id", "company"))[key], None)
        kept = project.rows("_millrace_refused", "collection", "record", "field", "policy", "value")
        self.assertEqual(kept, [("leads", key, "Company", "keep_as_text", changed[key])])
        self.assertIn("1 value was refused by the warehouse", project.run("sync", "--full").stdout)
        project.write(project.config.read_text().replace("[warehouse.main]", '[warehouse.main]\nrefused_values = "quarantine"'))
        summary = project.sync("--full", expect=3)
        whole = self.agrees(project, summary, 3)
        self.assertEqual((whole["refused"], whole["quarantined"]), ("0", "1"))
        of_leads = {c["collection"]: c for c in summary["collections"]}["leads"]
        self.assertEqual((of_leads["outcome"], of_leads["error"]["code"]), ("partial", "rows_quarantined"))
        (record,) = [json.loads(value) for policy, value in project.rows("_millrace_refused", "policy", "value") if policy == "quarantine"]
        self.assertEqual((record["Id"], record["Company"]), (key, changed[key]))
        # What the overlap does not read again is left alone.
        self.assertEqual(len(project.rows("leads", "id")), len([r for r in self.org.truth("Lead")]))

    def test_status_and_log_of_a_host_tell_what_the_record_says(self):
        """I4: of success, partial, failure, throttled, and of a login that is refused."""
        project = self.project(
            'collections = ["leads", "accounts"]\nevery = "30d"', host='http = "127.0.0.1:0"', source='api = "rest"\napi_budget = { day = "100%" }'
        )
        error = {"type": "error", "status": 400, "errorCode": "MALFORMED_QUERY", "message": "no"}
        limit = {"type": "error", "status": 403, "errorCode": "REQUEST_LIMIT_EXCEEDED", "message": "TotalRequests Limit exceeded."}
        with Host(project, "--log-format", "json") as host:
            host.until(lambda: host.has_run())
            ends = [self.told_alike(project, host)]
            for kind, fault, about in (
                ("query", error, {"object": "Lead"}),
                ("any", error, {}),
                ("query", limit, {}),
                ("token", {"type": "token_error", "error": "invalid_grant", "error_description": "expired"}, {}),
            ):
                self.org.control("mutate", {"object": "Lead", "update": 3, "seed": 1})
                self.org.fault(kind, fault, count=-1, **about)
                before = host.status()["last"]["started_at"]
                self.assertIn(host.order("org", "sync"), (202, 409))
                host.until(lambda: host.status()["last"]["started_at"] != before)
                ends.append(self.told_alike(project, host))
                self.org.control("faults", method="DELETE")
            self.assertLessEqual({"success", "partial", "failure", "throttled"}, set(ends))
            self.assertEqual(host.ended_by(signal.SIGTERM), 143)

    def told_alike(self, project, host):
        """The outcome of the host's last run, which status, log and record tell alike."""
        status = host.status()
        last = status["last"]
        rows = {row["collection"]: row for row in self.runs(project).values() if row["run"] == last["run"]}
        whole = rows.pop(None)
        self.assertEqual((whole["outcome"], whole["exit_code"]), (last["outcome"], str(last["exit_code"])))
        self.assertEqual((whole["rows_written"], whole["calls"]), (str(last["rows_written"]), str(sum(last["calls"].values()))))
        told = {c["collection"]: c for c in status["collections"] if c["run"] == last["run"]}
        for name, row in rows.items():
            self.assertEqual((row["outcome"], row["rows_written"]), (told[name]["outcome"], str(told[name]["rows_written"])), name)
        said = [json.loads(line) for line in host.said().splitlines() if line.startswith("{")]
        (line,) = [one for one in said if one.get("run") == last["run"] and one.get("event") == "run" and "outcome" in one]
        self.assertEqual((line["outcome"], line["rows_written"]), (last["outcome"], last["rows_written"]))
        problems = {one["collection"]: one["outcome"] for one in said if one.get("run") == last["run"] and one.get("event") == "problem"}
        self.assertLessEqual(problems.items(), {name: row["outcome"] for name, row in rows.items()}.items())
        return last["outcome"]

    def test_an_idle_run_adds_one_row_and_its_notices_stand_where_they_were_told_first(self):
        project = self.project('collections = ["@standard"]')
        first = project.sync()
        self.assertIn("names", {n["collection"] for n in first["notices"]})
        project.sync()  # what the first load left to do
        before, told = self.runs(project), len(self.notices(project))
        for _ in range(2):
            idle = project.sync()
            self.assertEqual(idle["totals"]["rows_written"], 0)
            self.agrees(project, idle, 0)
        self.assertEqual(len(self.runs(project)), len(before) + 2)
        self.assertEqual(len(self.notices(project)), told)

    def test_what_only_looks_leaves_nothing(self):
        project = self.project()
        self.assertIn("no history yet", project.run("history", "org").stdout)
        self.assertEqual(self.history(project), [])
        self.assertEqual(project.run("history", "nobody").returncode, 2)
        project.sync()
        before = self.runs(project)
        for words in (["plan"], ["validate"], ["check"], ["discover", "org"], ["state", "show", "org"], ["history", "org"]):
            self.assertEqual(project.run(*words).returncode, 0, words)
        self.assertEqual(self.runs(project), before)

    def change(self, project, sql):
        """SQL of somebody else."""
        if self.server is not None:
            return self.server.execute(sql, admin=True)
        import contextlib
        import sqlite3

        with contextlib.closing(sqlite3.connect(project.database)) as link, link:
            link.executescript(sql)

    def yesterday(self, project):
        """The schema as if its last run had been the day before."""
        table = project.table("_millrace_checkpoints")
        then = (datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(days=1)).strftime("%Y-%m-%d %H:%M:%S.000")
        column = '"cursor"' if self.server is None or self.make is PostgresServer else "`cursor`"
        self.change(project, f"UPDATE {table} SET {column} = '{then}' WHERE collection = 'org/record'")

    def test_rows_older_than_is_wanted_go_once_a_day(self):
        project = self.project('collections = ["leads", "names"]\nkeep_runs = "30d"')
        project.sync()
        (old,) = {row["run"] for row in self.runs(project).values()}
        self.change(project, f"UPDATE {project.table('_millrace_runs')} SET started_at = '2020-01-01 00:00:00.000'")
        self.change(project, f"UPDATE {project.table('_millrace_notices')} SET told_at = '2020-01-01 00:00:00.000'")
        project.sync()
        self.assertIn(old, self.runs(project), "they were looked for today")
        self.yesterday(project)
        summary = project.sync()
        self.assertNotIn(old, self.runs(project))
        self.assertNotIn(old, {n["run"] for n in self.notices(project)})
        self.agrees(project, summary, 0)
        self.change(project, f"UPDATE {project.table('_millrace_runs')} SET started_at = '2020-01-01 00:00:00.000'")
        kept = self.runs(project)
        self.yesterday(project)
        project.write(project.config.read_text().replace('keep_runs = "30d"', 'keep_runs = "0s"'))
        project.sync()
        self.assertLess(set(kept), set(self.runs(project)))

    def test_a_record_that_cannot_be_kept_changes_nothing_and_is_told(self):
        project = self.project()
        project.sync()
        table = project.table("_millrace_runs")
        self.change(project, f"DROP TABLE {table}")
        self.change(project, f"CREATE VIEW {table} AS SELECT 1 AS id")
        self.org.control("mutate", {"object": "Lead", "update": 3, "seed": 1})
        summary = project.sync()
        self.assertEqual((summary["outcome"], summary["totals"]["rows_written"]), ("success", 3))
        (told,) = [n["text"] for n in summary["notices"] if n["code"] == "run_not_recorded"]
        self.assertIn("_millrace_runs is in the schema", told)
        self.assertIn("run_not_recorded", {n["code"] for n in project.sync()["notices"]})
        self.change(project, f"DROP VIEW {table}")
        self.agrees(project, project.sync(), 0)

    def slow(self, **more):
        return self.project(
            'collections = ["leads"]', ("--only", "Lead", "--size", "Lead=20000", "--page-rows", 200, "--latency", 20), source='api = "rest"', **more
        )

    def started(self, project):
        process = subprocess.Popen([BUILD / "millrace", "sync", "-q", "-c", project.config], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        while self.org.counters()["kinds"].get("query_more", 0) < 5:
            self.assertIsNone(process.poll())
            select_briefly()
        return process

    def test_a_run_that_a_signal_ends_is_kept_and_one_that_is_killed_costs_nothing(self):
        """I18: a killed run has no row, and the next one is right."""
        project = self.slow()
        process = self.started(project)
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=PATIENCE_SECONDS)
        self.assertEqual(process.returncode, 143)
        (whole,) = [row for row in self.runs(project).values() if row["collection"] is None]
        self.assertEqual(whole["error_code"], "interrupted")
        self.assertGreater(int(whole["rows_written"]), 0)
        self.org.control("counters/reset", {})
        process = self.started(project)
        process.kill()
        process.communicate(timeout=PATIENCE_SECONDS)
        self.assertEqual(len([row for row in self.runs(project).values() if row["collection"] is None]), 1)
        summary = project.sync()
        self.agrees(project, summary, 0)
        self.assertEqual(len(self.history(project)), 2)


class sqlite(Recorded, unittest.TestCase):
    def test_a_schema_that_was_made_before_there_was_a_history(self):
        project = self.project()
        project.sync()
        self.change(project, "DROP TABLE _millrace_runs; DROP TABLE _millrace_notices; DELETE FROM _millrace_checkpoints WHERE collection = 'org/record'")
        self.assertEqual(self.history(project), [])
        self.assertEqual(project.run("state", "show", "org").returncode, 0)
        self.agrees(project, project.sync(), 0)


class postgresql(Recorded, unittest.TestCase):
    make = PostgresServer

    def test_a_drain_does_not_wait_for_a_lock_on_the_record(self):
        """Whoever ends a run waits for the warehouse as long as `drain` says, and learns what was not kept."""
        project = self.slow(host='drain = "1s"')
        project.sync("org/leads")
        self.org.control("mutate", {"object": "Lead", "update": 10000, "seed": 1})
        self.org.control("counters/reset", {})
        locks = subprocess.Popen(["isql", "-k", "-b", "-v", self.server.odbc()], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.addCleanup(locks.communicate)
        self.addCleanup(locks.kill)
        self.addCleanup(self.server.kill_sessions)
        locks.stdin.write(f"DO $$ BEGIN LOCK TABLE {project.table('_millrace_runs')}; PERFORM pg_sleep(600); END $$\n".encode())
        locks.stdin.flush()
        held = "SELECT count(*) FROM pg_locks l JOIN pg_class c ON c.oid = l.relation WHERE c.relname = '_millrace_runs' AND mode = 'AccessExclusiveLock'"
        while int(project.scalar(held)) == 0:
            select_briefly()
        process = self.started(project)
        process.send_signal(signal.SIGTERM)
        said, _ = process.communicate(timeout=PATIENCE_SECONDS)
        self.assertEqual(process.returncode, 143)
        self.assertIn("is not kept in the warehouse", said)


class mariadb(Recorded, unittest.TestCase):
    make = MariaServer


if __name__ == "__main__":
    unittest.main()
