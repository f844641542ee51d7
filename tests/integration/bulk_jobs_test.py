"""Bulk jobs outlive the process that asked for them: taken over by the next run, or removed; their pages side by side."""

import json
import signal
import subprocess
import unittest
import urllib.parse
import urllib.request

from harness import BUILD, Project, Sandbox, compare, select_briefly

CONTACTS = {"Contact": ("contacts", {})}
PATIENCE_SECONDS = 60


class Client:
    """Another program that uses the org, with the same login."""

    def __init__(self, org):
        self.base = org.org["login_url"]
        form = {"grant_type": "client_credentials", "client_id": "sandbox-client", "client_secret": "sandbox-secret"}
        with urllib.request.urlopen(f"{self.base}/services/oauth2/token", urllib.parse.urlencode(form).encode()) as answer:
            self.token = json.load(answer)["access_token"]

    def ask(self, path, body=None):
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        data = None if body is None else json.dumps(body).encode()
        with urllib.request.urlopen(urllib.request.Request(f"{self.base}/services/data/v60.0/{path}", data, headers)) as answer:
            return json.load(answer)

    def jobs(self):
        return {job["id"]: job["state"] for job in self.ask("jobs/query")["records"]}

    def begin_job(self, statement):
        return self.ask("jobs/query", {"operation": "queryAll", "query": statement})["id"]


class bulk_jobs(unittest.TestCase):
    def remembered(self, project, place="contacts/job"):
        """The job that the warehouse remembers at this place; None: there is none."""
        if not project.database.exists():
            return None
        try:
            rows = project.query("SELECT chosen FROM _millrace_checkpoints WHERE collection = '{place}'".format(place=place))
        except Exception:  # the table is not there yet, or being made
            return None
        return rows[0][0].split(" ")[0] if rows and rows[0][0] else None

    def killed(self, org, project, seen, number=signal.SIGKILL, place="contacts/job"):
        """Ends a sync once its job is remembered and the org has seen so many requests of each kind."""
        process = subprocess.Popen(
            [BUILD / "millrace", "sync", "-c", project.config, "-q"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        while self.remembered(project, place) is None or any(org.counters()["kinds"].get(kind, 0) < n for kind, n in seen.items()):
            self.assertIsNone(process.poll(), "the sync ended before it could be killed")
            select_briefly()
        process.send_signal(number)
        process.wait(PATIENCE_SECONDS)
        return self.remembered(project, place)

    def kinds(self, org):
        return org.counters()["kinds"]

    def codes(self, run):
        return [notice["code"] for notice in run["notices"]]

    def changed(self, org):
        """Changes of every kind after the job's time."""
        org.control("clock", {"advance_seconds": 3600})
        org.control("mutate", {"object": "Contact", "seed": 7, "update": 30, "insert": 20, "delete": 10})

    def test_killed_while_the_job_runs(self):
        """I18, I2: the next run waits for the same job, and then reads what has changed since."""
        with Sandbox("--scale", "tiny", "--size", "Contact=3000", "--bulk-delay", 4000) as org:
            with Project(org, source='api = "bulk"', pipeline='collections = ["contacts"]') as project:
                job = self.killed(org, project, {"bulk_poll": 1})
                self.changed(org)
                org.control("counters/reset", {})
                run = project.sync()
                # The job that was taken over, and one for the changes since.
                self.assertEqual(self.kinds(org)["bulk_create"], 1)
                self.assertEqual(self.kinds(org)["bulk_delete"], 2)
                self.assertEqual(compare(org, project, CONTACTS), 3020)
                self.assertEqual(Client(org).jobs(), {})
                self.assertIsNone(self.remembered(project))
                self.assertNotIn("job_not_taken_over", self.codes(run))
                self.assertIsNotNone(job)
                # And the run after that begins where this one ended.
                org.control("counters/reset", {})
                self.assertLess(project.sync()["totals"]["records"], 200)

    def test_killed_while_the_results_come(self):
        """I18, I3: rows that were committed already come again and change nothing."""
        with Sandbox("--scale", "tiny", "--size", "Contact=12000", "--bulk-delay", 20, "--latency", 30) as org:
            org.control("settings", {"result_page_rows": 1000})
            with Project(org, pipeline='collections = ["contacts"]', source='api = "bulk"') as project:
                self.killed(org, project, {"bulk_results": 3})
                project.write(project.config.read_text().replace('api = "bulk"', ""))
                self.changed(org)
                org.control("counters/reset", {})
                run = project.sync()
                self.assertNotIn("bulk_create", self.kinds(org))
                self.assertGreaterEqual(self.kinds(org)["bulk_results"], 12)
                # The changes since are few: they are asked for by REST.
                self.assertGreaterEqual(self.kinds(org)["query"], 1)
                self.assertEqual(compare(org, project, CONTACTS), 12020)
                self.assertEqual(run["collections"][0]["outcome"], "success")
                self.assertEqual(Client(org).jobs(), {})

    def test_killed_again_and_again(self):
        """I18: one job serves as many runs as it takes."""
        with Sandbox("--scale", "tiny", "--size", "Contact=8000", "--bulk-delay", 20, "--latency", 20) as org:
            org.control("settings", {"result_page_rows": 500})
            with Project(org, pipeline='collections = ["contacts"]', source='api = "bulk"') as project:
                jobs = set()
                for pages in (2, 5, 9):
                    jobs.add(self.killed(org, project, {"bulk_results": pages}))
                    org.control("counters/reset", {})
                self.assertEqual(len(jobs), 1)
                project.sync()
                compare(org, project, CONTACTS)

    def test_a_run_that_is_drained_leaves_its_job_to_the_next(self):
        with Sandbox("--scale", "tiny", "--size", "Contact=3000", "--bulk-delay", 3000) as org:
            with Project(org, source='api = "bulk"', pipeline='collections = ["contacts"]') as project:
                self.killed(org, project, {"bulk_poll": 1}, signal.SIGTERM)
                self.assertEqual(len(Client(org).jobs()), 1)
                self.assertNotIn("bulk_abort", self.kinds(org))
                project.sync()
                compare(org, project, CONTACTS)
                self.assertEqual(Client(org).jobs(), {})

    def test_a_budget_that_ends_within_the_results_goes_on_with_the_job(self):
        """I13: a load that one run's calls do not suffice for is not asked for twice."""
        with Sandbox("--scale", "tiny", "--size", "Contact=6000", "--bulk-delay", 20) as org:
            org.control("settings", {"result_page_rows": 1000})
            budget = 'api = "bulk"\napi_budget = { run = "8" }'
            with Project(org, source=budget, pipeline='collections = ["contacts"]') as project:
                self.assertEqual(project.sync(expect=6)["collections"][0]["outcome"], "throttled")
                project.write(project.config.read_text().replace('"8"', '"100"'))
                org.control("counters/reset", {})
                project.sync()
                self.assertEqual(self.kinds(org)["bulk_create"], 1, "for the changes since")
                compare(org, project, CONTACTS)

    def test_other_options_ask_another_question(self):
        """What nobody takes over is removed at the org; jobs of other clients are not touched."""
        with Sandbox("--scale", "tiny", "--size", "Contact=3000", "--bulk-delay", 60000) as org:
            with Project(org, pipeline='collections = ["contacts"]', source='api = "bulk"') as project:
                stranger = Client(org).begin_job("SELECT Id FROM Contact")
                twin = Client(org).begin_job("SELECT Id, Name FROM Contact")
                mine = self.killed(org, project, {"bulk_poll": 1})
                self.assertIn(mine, Client(org).jobs())
                text = project.config.read_text().replace('api = "bulk"', 'api = "rest"')
                project.write(text + '[pipeline.org.collection.contacts]\nexclude_fields = ["Fax"]\n')
                project.sync()
                self.assertEqual(self.kinds(org)["bulk_abort"], 1)
                self.assertEqual(set(Client(org).jobs()), {stranger, twin})
                self.assertIsNone(self.remembered(project))
                # Nothing is left to do for the next run.
                org.control("counters/reset", {})
                project.sync()
                self.assertNotIn("bulk_delete", self.kinds(org))

    def test_a_collection_that_is_not_wanted_any_more(self):
        with Sandbox("--scale", "tiny", "--size", "Contact=3000", "--bulk-delay", 60000) as org:
            with Project(org, pipeline='collections = ["contacts", "leads"]') as project:
                bulk = project.config.read_text().replace("auth =", 'api = "bulk"\nauth =')
                rest = project.config.read_text().replace("auth =", 'api = "rest"\nauth =')
                project.write(bulk)
                mine = self.killed(org, project, {"bulk_poll": 2})
                self.assertEqual(len(Client(org).jobs()), 2)
                project.write(rest)
                # A run that was told to read something else leaves it alone.
                project.sync("org/leads")
                self.assertEqual(set(Client(org).jobs()), {mine})
                project.write(rest.replace('["contacts", "leads"]', '["leads"]'))
                project.sync()
                self.assertEqual(Client(org).jobs(), {})

    def test_a_job_of_a_census(self):
        """I14: what a census asked for before cannot tell what is gone now: it is removed and asked for anew."""
        with Sandbox("--scale", "tiny", "--size", "Contact=3000", "--bulk-delay", 1500) as org:
            with Project(org, source='api = "bulk"', pipeline='collections = ["contacts"]\ncensus_every = "1h"') as project:
                project.sync()
                org.control("clock", {"advance_seconds": 7200})
                census = "contacts/upkeep_job"
                job = self.killed(org, project, {}, place=census)
                self.assertIn(job, Client(org).jobs())
                org.control("mutate", {"object": "Contact", "seed": 3, "hard_delete": 25, "insert": 15})
                project.sync()
                self.assertEqual(Client(org).jobs(), {})
                self.assertIsNone(self.remembered(project, census))
                compare(org, project, CONTACTS)

    def test_a_job_of_a_new_column(self):
        """I11, I18: the history of a column that was left half read is asked for anew, and no job stays at the org."""
        with Sandbox("--scale", "tiny", "--size", "Contact=3000", "--bulk-delay", 1500) as org:
            with Project(org, source='api = "bulk"', pipeline='collections = ["contacts"]') as project:
                org.control("schema", {"object": "Contact", "hide_field": "Title"})
                project.sync()
                org.control("schema", {"object": "Contact", "show_field": "Title"})
                org.control("clock", {"advance_seconds": 3600})
                history = "contacts/upkeep_job"
                job = self.killed(org, project, {}, place=history)
                self.assertIn(job, Client(org).jobs())
                project.sync()
                self.assertEqual(Client(org).jobs(), {})
                self.assertIsNone(self.remembered(project, history))
                compare(org, project, CONTACTS)

    def test_a_full_run_reads_everything_as_it_is_now(self):
        with Sandbox("--scale", "tiny", "--size", "Contact=3000", "--bulk-delay", 1500) as org:
            with Project(org, source='api = "bulk"', pipeline='collections = ["contacts"]') as project:
                self.killed(org, project, {"bulk_poll": 1})
                org.control("counters/reset", {})
                project.sync("--full")
                self.assertEqual(self.kinds(org)["bulk_create"], 1)
                self.assertEqual(self.kinds(org)["bulk_delete"], 2 + self.kinds(org).get("bulk_abort", 0))
                compare(org, project, CONTACTS)

    def test_a_job_that_the_org_has_deleted(self):
        """After seven days a job and its results are gone: the window is read anew."""
        with Sandbox("--scale", "tiny", "--size", "Contact=3000", "--bulk-delay", 1500) as org:
            with Project(org, source='api = "bulk"', pipeline='collections = ["contacts"]') as project:
                self.killed(org, project, {"bulk_poll": 1})
                org.control("clock", {"advance_seconds": 8 * 24 * 3600})
                org.control("counters/reset", {})
                run = project.sync()
                self.assertIn("job_not_taken_over", self.codes(run))
                self.assertEqual(self.kinds(org)["bulk_create"], 1)
                compare(org, project, CONTACTS)
                self.assertIsNone(self.remembered(project))

    def test_a_job_that_failed_meanwhile(self):
        with Sandbox("--scale", "tiny", "--size", "Contact=3000", "--bulk-delay", 1500) as org:
            with Project(org, source='api = "bulk"', pipeline='collections = ["contacts"]') as project:
                self.killed(org, project, {"bulk_poll": 1})
                org.fault("bulk_poll", {"type": "job_failed", "message": "QUERY_TIMEOUT"})
                run = project.sync()
                self.assertIn("job_not_taken_over", self.codes(run))
                self.assertEqual(run["collections"][0]["outcome"], "success")
                compare(org, project, CONTACTS)
                self.assertEqual(Client(org).jobs(), {})

    def test_rows_that_went_while_the_job_was_left(self):
        """I14: a record that was purged between the job and its taking over is found by the next look."""
        with Sandbox("--scale", "tiny", "--size", "Contact=3000", "--bulk-delay", 20, "--latency", 20) as org:
            org.control("settings", {"result_page_rows": 500})
            with Project(org, source='api = "bulk"', pipeline='collections = ["contacts"]\ndeletions_every = "0s"') as project:
                self.killed(org, project, {"bulk_results": 2})
                org.control("clock", {"advance_seconds": 3600})
                org.control("mutate", {"object": "Contact", "seed": 3, "hard_delete": 25})
                project.sync()
                org.control("clock", {"advance_seconds": 600})
                project.sync()
                compare(org, project, CONTACTS)


class result_pages(unittest.TestCase):
    """Pages of a large result, side by side; the table equals the org whatever the org says of them."""

    records = 200_000

    def loaded(self, prepare=lambda org: None, source=""):
        sizes = ["--only", "UserRole,Group", "--size", f"UserRole={self.records}"]
        with Sandbox("--scale", "tiny", *sizes, "--bulk-delay", 20) as org:
            org.control("settings", {"result_page_rows": 6000})
            prepare(org)
            with Project(org, pipeline='collections = ["UserRole"]', source=source) as project:
                run = project.sync()
                self.assertEqual(run["totals"]["records"] % self.records, 0)
                self.assertEqual(compare(org, project, {"UserRole": ("role", {})}), self.records)
                return org.counters()["kinds"], [notice["code"] for notice in run["notices"]]

    def test_side_by_side(self):
        kinds, _ = self.loaded()
        self.assertEqual(kinds["bulk_result_pages"], 7)
        self.assertEqual(kinds["bulk_results"], 34)

    def test_the_guides_other_spelling(self):
        kinds, _ = self.loaded(lambda org: org.control("settings", {"guide_spelling": True}))
        self.assertEqual(kinds["bulk_result_pages"], 7)
        self.assertEqual(kinds["bulk_results"], 34)

    def test_an_org_without_the_list(self):
        missing = {"type": "error", "status": 404, "errorCode": "NOT_FOUND", "message": "no"}
        kinds, codes = self.loaded(lambda org: org.fault("bulk_result_pages", missing, count=-1))
        self.assertEqual(kinds["bulk_result_pages"], 1)
        self.assertEqual(kinds["bulk_results"], 34)
        self.assertNotIn("result_pages_read_again", codes)

    def test_pages_that_are_cut_on_the_way(self):
        """I3: each page is counted; a page that was cut comes again."""

        def prepare(org):
            for skip in (1, 3, 5):
                org.fault("bulk_results", {"type": "truncate", "after_bytes": 30_000}, skip=skip)
            org.fault("bulk_results", {"type": "wrong_count"}, skip=9)

        kinds, _ = self.loaded(prepare)
        self.assertEqual(kinds["bulk_results"], 38)

    def test_a_session_that_ends_within_the_pages(self):
        kinds, _ = self.loaded(lambda org: org.fault("bulk_results", {"type": "expire_session"}, skip=12))
        self.assertLessEqual(kinds["token"], 2)

    def test_one_at_a_time_when_the_source_is_to_be_spared(self):
        """`concurrency` bounds collections and pages together."""
        kinds, _ = self.loaded(source="concurrency = 1")
        self.assertEqual(kinds["bulk_results"], 34)


if __name__ == "__main__":
    unittest.main()
