"""I11: columns that are new get their history, by reading them alone, whatever becomes of a run meanwhile."""

import contextlib
import json
import re
import sqlite3
import subprocess
import unittest

from harness import BUILD, Project, Sandbox, compare, select_briefly

DAY = 24 * 3600
SIZE = 5000
PAGE = 500
LEADS = {"Lead": ("leads", {})}
HIDDEN = ("Title", "AnnualRevenue", "Company")


class History(unittest.TestCase):
    def start(self, api="rest", *words, pipeline="", size=SIZE, hidden=HIDDEN, page=PAGE):
        """An org that does not show some fields, synced; then it shows them."""
        self.org = self.enterContext(
            Sandbox("--scale", "tiny", "--only", "Lead", "--size", f"Lead={size}", "--page-rows", page, "--bulk-delay", 10, *words)
        )
        self.org.only_stamped_changes()
        for name in hidden:
            self.schema(hide_field=name)
        project = self.enterContext(Project(self.org, source=f'api = "{api}"', pipeline='collections = ["leads"]\n' + pipeline))
        project.sync()
        self.show(hidden)
        return project

    def schema(self, **change):
        self.org.control("schema", {"object": "Lead", **change})

    def show(self, names):
        for name in names:
            self.schema(show_field=name)
        self.later(3600)  # the window of the next run is empty

    def later(self, seconds):
        self.org.control("clock", {"advance_seconds": seconds})

    def break_off_after_six_pages(self):
        no = {"type": "error", "status": 400, "errorCode": "MALFORMED_QUERY", "message": "no"}
        self.org.fault("query_more", no, count=-1, skip=6)

    def kinds(self):
        return self.org.counters()["kinds"]

    def to_fill(self, project):
        shown = json.loads(project.run("state", "show", "org", "--format", "json").stdout)
        return shown["checkpoints"][0].get("to_fill", [])

    def assert_true_copy(self, project):
        self.assertEqual(compare(self.org, project, LEADS), len(list(self.org.truth("Lead"))))

    def test_a_new_column_is_filled_by_reading_it_alone(self):
        """Every row's value comes, though no record changed; what is read is small, and nothing else is written."""
        for api in ("rest", "bulk"):
            with self.subTest(api):
                project = self.start(api)
                received = dict(project.query("SELECT id, received_at FROM leads"))
                self.org.control("counters/reset", {})
                run = project.sync()
                self.assert_true_copy(project)
                self.assertEqual(run["totals"]["records"], 0, "the window is empty, and nothing else was read whole")
                self.assertEqual(run["totals"]["rows_written"], SIZE)
                if api == "rest":
                    self.assertEqual((self.kinds()["query"], self.kinds()["query_more"]), (2, SIZE // PAGE - 1))
                self.assertEqual(dict(project.query("SELECT id, received_at FROM leads")), received)
                self.assertEqual(self.to_fill(project), [])
                whole = project.sync("--full")
                self.assertEqual(whole["totals"]["rows_written"], 0)
                self.assertLess(run["totals"]["bytes"], whole["totals"]["bytes"] / 3)

    def test_records_that_change_bring_the_new_columns_along(self):
        """I5: those of the window first, and the history of the others after them."""
        project = self.start()
        self.org.control("mutate", {"object": "Lead", "update": 700, "insert": 50, "delete": 20, "undelete": 3, "seed": 4})
        run = project.sync()
        self.assertGreaterEqual(run["totals"]["records"], 750)
        self.assertLess(run["totals"]["records"], SIZE)
        self.assert_true_copy(project)

    def test_a_run_that_breaks_off_owes_the_rest_and_the_next_one_goes_on_there(self):
        """I18, I13: progress is kept; the state tells what is owed."""
        project = self.start()
        self.break_off_after_six_pages()
        run = project.sync(expect=3)
        self.assertEqual(run["collections"][0]["outcome"], "partial")
        self.assertEqual(set(self.to_fill(project)), {"title", "annual_revenue", "company"})
        self.assertIn("to be filled: ", project.run("state", "show", "org").stdout)
        filled = project.scalar("SELECT count(company) FROM leads")
        self.assertGreater(filled, 0)
        self.org.control("faults", method="DELETE")
        self.org.control("counters/reset", {})
        self.assertEqual(project.sync()["outcome"], "success")
        self.assertLess(self.kinds()["query_more"], SIZE // PAGE - 3)
        self.assertEqual(self.to_fill(project), [])
        self.assert_true_copy(project)
        self.assertEqual(project.sync()["totals"]["rows_written"], 0)

    def test_a_field_that_comes_while_others_are_owed_is_filled_whole(self):
        project = self.start(hidden=("Title",))
        self.break_off_after_six_pages()
        project.sync(expect=3)
        self.org.control("faults", method="DELETE")
        self.schema(add_field={"name": "Wish__c", "type": "boolean"})
        self.later(3600)
        project.sync()
        self.assert_true_copy(project)

    def test_a_budget_that_is_short_lets_the_history_come_in_parts(self):
        """I13: throttled, and what was filled stays."""
        project = self.start()
        project.write(project.config.read_text().replace('api = "rest"', 'api = "rest"\napi_budget = { run = "9" }'))
        outcomes = []
        while not outcomes or (outcomes[-1] == "throttled" and len(outcomes) < 8):
            outcomes.append(json.loads(project.run("sync", "--format", "json").stdout)["runs"][0]["outcome"])
        self.assertEqual((outcomes[0], outcomes[-1]), ("throttled", "success"))
        self.assert_true_copy(project)

    def test_a_kill_at_any_instant_is_made_good_by_the_next_run(self):
        """I18."""
        for api, seen, counts in (("rest", "query_more", (1, 4, 8)), ("rest", "describe", (1,)), ("bulk", "bulk_results", (1,))):
            with self.subTest(api, seen=seen):
                project = self.start(api, "--latency", 5)
                for count in counts:
                    self.org.control("counters/reset", {})
                    process = subprocess.Popen(
                        [BUILD / "millrace", "sync", "-c", project.config, "-q"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
                    )
                    while process.poll() is None and self.kinds().get(seen, 0) < count:
                        select_briefly()
                    process.kill()
                    process.wait()
                project.sync()
                self.assert_true_copy(project)
                self.assertEqual(self.to_fill(project), [])

    def test_columns_that_somebody_dropped_are_filled_again(self):
        project = self.start(hidden=())
        for column in ("title", "is_deleted"):
            self.change(project, f"ALTER TABLE leads DROP COLUMN {column}")
        run = project.sync()
        self.assertEqual(run["totals"]["records"], 0)
        self.assert_true_copy(project)
        # By the stamp rows are told apart: without it all of them are read.
        self.change(project, "ALTER TABLE leads DROP COLUMN system_modstamp")
        self.assertEqual(project.sync()["totals"]["records"], SIZE)
        self.assert_true_copy(project)
        self.assertEqual(self.to_fill(project), [])

    def test_a_field_that_was_hidden_for_a_while_gets_what_it_missed(self):
        """Its column is there, with what it held; what changed meanwhile no stamp of later tells."""
        project = self.start(hidden=())
        self.schema(hide_field="Title")
        self.org.control("mutate", {"object": "Lead", "update": 900, "seed": 3})
        self.later(3600)
        project.sync()
        self.show(("Title",))
        run = project.sync()
        self.assertEqual(run["totals"]["records"], 0)
        self.assertGreater(run["totals"]["rows_written"], 100)
        self.assert_true_copy(project)

    def test_a_field_that_is_renamed_shows_as_one_that_is_new_and_one_that_is_kept(self):
        """The notice names both columns; the new one has all values."""
        project = self.start(hidden=())
        before = dict(project.query("SELECT id, title FROM leads"))
        self.schema(rename_field="Title", rename_to="Position__c")
        self.later(3600)
        run = project.sync()
        told = {n["code"]: n["text"] for n in run["notices"]}
        self.assertIn("leads.position_c", told["column_added"])
        self.assertIn("title has no field any more and is kept", told["column_added"])
        self.assertIn("leads.title", told["column_kept"])
        self.assertEqual(dict(project.query("SELECT id, title FROM leads")), before)
        compare(self.org, project, LEADS, dropped=("title",))
        self.assertNotIn("column_added", {n["code"] for n in project.sync()["notices"]})

    def test_an_object_that_a_group_brought_and_that_is_gone_is_told(self):
        org = self.enterContext(Sandbox("--scale", "tiny"))
        project = self.enterContext(Project(org, pipeline='collections = ["@custom"]'))
        project.sync()
        rows = project.scalar("SELECT count(*) FROM project_c")
        org.control("schema", {"object": "Project__c", "hide": True})
        for _ in range(2):
            run = project.sync()
            (told,) = [n for n in run["notices"] if n["collection"] == "project_c"]
            self.assertEqual(told["code"], "object_absent")
            self.assertIn("Project__c was loaded and is not in this org any more", told["text"])
        self.assertEqual(project.scalar("SELECT count(*) FROM project_c"), rows)
        self.assertIn("Project__c was loaded", project.run("plan").stdout)

    def test_a_mark_that_no_field_fills_is_filled_as_well(self):
        """Users have no recycle bin: their table gets `is_deleted` from millrace."""
        org = self.enterContext(Sandbox("--scale", "tiny", "--only", "User", "--size", "User=3000"))
        project = self.enterContext(Project(org, source='api = "rest"', pipeline='collections = ["users"]'))
        project.sync()
        self.change(project, "ALTER TABLE users DROP COLUMN is_deleted")
        self.assertLess(project.sync()["totals"]["records"], 3000)
        self.assertEqual(project.query("SELECT is_deleted, count(*) FROM users GROUP BY 1"), [(0, 3000)])

    def test_what_one_call_reads_whole_is_read_whole(self):
        """Cheaper than the window and the history."""
        project = self.start(size=200)
        self.org.control("counters/reset", {})
        run = project.sync()
        self.assertEqual((run["totals"]["records"], self.kinds()["query"]), (200, 1))
        self.assert_true_copy(project)
        self.assertEqual(self.to_fill(project), [])
        self.assertEqual(project.sync()["totals"]["records"], 0)

    def test_a_first_load_that_broke_off_goes_on_where_it_was(self):
        project = self.start()
        project.run("state", "reset", "org", "leads")
        self.schema(hide_field="Title")
        self.break_off_after_six_pages()
        project.sync(expect=4)
        self.org.control("faults", method="DELETE")
        self.schema(add_field={"name": "Wish__c", "type": "boolean"})
        self.later(3600)
        project.sync()
        self.schema(show_field="Title")
        project.sync()
        compare(self.org, project, LEADS)

    def test_the_plan_shows_it_and_what_it_costs(self):
        project = self.start(page=2000)
        said = project.run("plan").stdout
        self.assertRegex(said, r"leads +Lead +\d+ +add 3 columns +from [-0-9:. ]+ rest +\? +history +at least 4\b")
        self.assertIn("3 for the history of new columns", said)
        plan = json.loads(project.run("plan", "--format", "json").stdout)["plans"][0]
        self.assertEqual(plan["calls"]["history"], {"least": 3, "most": 3, "open": False})
        self.org.control("counters/reset", {})
        project.sync()
        asked = self.kinds()
        self.assertEqual(asked["query"] + asked["query_more"], 4)
        self.assertNotIn("history", re.findall(r"\w+", project.run("plan").stdout))

    def change(self, project, sql):
        """By hand, behind millrace's back."""
        with contextlib.closing(sqlite3.connect(project.database)) as connection, connection:
            connection.execute(sql)


if __name__ == "__main__":
    unittest.main()
