"""Passing faults of the org are overcome; lasting ones end in a named failure; signals leave a state that
the next sync goes on from."""

import json
import signal
import subprocess
import time
import unittest

from harness import BUILD, Project, Sandbox, compare, select_briefly, table_names


class passing_faults(unittest.TestCase):
    def overcome(self, kind, action, source="", size=3000, **more):
        page = 500
        with Sandbox("--size", f"Contact={size}", "--page-rows", page, "--bulk-delay", 20) as org:
            with Project(org, pipeline='collections = ["contacts"]', source=source) as project:
                org.fault(kind, action, **more)
                run = project.sync()
                # A window that is begun anew reads its last page twice, and the records of one stamp; never fewer.
                self.assertGreaterEqual(run["totals"]["records"], size)
                self.assertLess(run["totals"]["records"], size + page + 100)
                self.assertEqual(compare(org, project, {"Contact": ("contacts", {})}), size)
                return run

    def test_rest_pages(self):
        """I3, I18: a page that broke off is read again, and nothing is missing or doubled."""
        for action in (
            {"type": "empty", "status": 503},
            {"type": "truncate", "after_bytes": 40000},
            {"type": "reset", "after_bytes": 40000},
            {"type": "html", "status": 200},
            {"type": "corrupt_gzip"},
            {"type": "error", "status": 500, "errorCode": "UNKNOWN_EXCEPTION", "message": "An unexpected error occurred."},
            {"type": "error", "status": 403, "errorCode": "REQUEST_LIMIT_EXCEEDED", "message": "ConcurrentRequests (Concurrent API Requests) Limit exceeded."},
            {"type": "error", "status": 400, "errorCode": "INVALID_QUERY_LOCATOR", "message": "invalid query locator"},
            {"type": "expire_session"},
        ):
            with self.subTest(action["type"] + action.get("errorCode", "")):
                self.overcome("query_more", action, source='api = "rest"', skip=2)

    def test_records_that_change_while_pages_are_fetched(self):
        """I2: a record whose stamp moved to now does not take the position past the pages that are left."""
        size, page = 3000, 500
        with Sandbox("--size", f"Contact={size}", "--page-rows", page, "--latency", 150) as org:
            with Project(org, pipeline='collections = ["contacts"]', source='api = "rest"') as project:
                lost = {"type": "error", "status": 400, "errorCode": "INVALID_QUERY_LOCATOR", "message": "invalid query locator"}
                org.fault("query_more", lost, skip=2)
                syncing = subprocess.Popen(
                    [BUILD / "millrace", "sync", "-c", project.config], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
                )
                while org.counters()["kinds"].get("query", 0) == 0:
                    select_briefly()
                org.control("mutate", {"object": "Contact", "update": size // 2, "seed": 7})
                self.assertEqual(syncing.wait(60), 0)
                # What changed while it was read is the next run's; nothing is missing.
                project.sync()
                compare(org, project, {"Contact": ("contacts", {})})

    def test_bulk_jobs(self):
        for kind, action in (
            ("bulk_create", {"type": "empty", "status": 503}),
            ("bulk_poll", {"type": "empty", "status": 500}),
            ("bulk_results", {"type": "truncate", "after_bytes": 100000}),
            ("bulk_results", {"type": "reset", "after_bytes": 1000}),
            ("bulk_results", {"type": "wrong_count"}),
            ("bulk_results", {"type": "expire_session"}),
            ("bulk_delete", {"type": "error", "status": 400, "errorCode": "INVALIDJOBSTATE", "message": "no"}),
        ):
            with self.subTest(kind + action["type"]):
                self.overcome(kind, action, source='api = "bulk"')

    def test_login_and_catalog(self):
        for kind in ("token", "versions", "global_describe", "describe"):
            with self.subTest(kind):
                self.overcome(kind, {"type": "empty", "status": 503})


class lasting_faults(unittest.TestCase):
    def test_a_collection_whose_job_fails_is_read_by_rest(self):
        """And where that fails as well, the run is partial, says why, and the other collection is whole (I4, I6)."""
        with Sandbox("--scale", "tiny", "--bulk-delay", 20) as org:
            with Project(org, pipeline='collections = ["contacts", "leads"]', source='api = "bulk"') as project:
                org.fault("bulk_create", {"type": "job_failed", "message": "QUERY_TIMEOUT: too slow"}, object="Contact", count=-1)
                run = project.sync()
                self.assertEqual({c["collection"]: c["method"] for c in run["collections"]}, {"contacts": "rest", "leads": "bulk"})
                self.assertIn("QUERY_TIMEOUT", next(n["text"] for n in run["notices"] if n["code"] == "bulk_failed"))
                compare(org, project, {"Contact": ("contacts", {})})
                org.fault("query", {"type": "error", "status": 400, "errorCode": "MALFORMED_QUERY", "message": "no"}, object="Contact", count=-1)
                run = project.sync("--full", expect=3)
                outcomes = {c["collection"]: c["outcome"] for c in run["collections"]}
                self.assertEqual(outcomes, {"contacts": "failure", "leads": "success"})
                compare(org, project, {"Lead": ("leads", {})})

    def test_a_wrong_count_is_never_a_success(self):
        """I3: fewer records than announced is a failure, and no checkpoint moves."""
        with Sandbox("--scale", "tiny") as org:
            with Project(org, pipeline='collections = ["contacts"]', source='api = "rest"') as project:
                org.fault("query", {"type": "wrong_count"}, count=-1)
                run = project.sync(expect=4)
                self.assertEqual(run["collections"][0]["error"]["code"], "count_mismatch")
                shown = json.loads(project.run("state", "show", "org", "--format", "json").stdout)
                self.assertFalse(any(c["complete"] for c in shown["checkpoints"]))
                org.control("faults", method="DELETE")
                self.assertEqual(project.sync()["outcome"], "success")
                compare(org, project, {"Contact": ("contacts", {})})

    def test_an_org_whose_allocation_is_used_up_is_throttled(self):
        with Sandbox("--scale", "tiny") as org:
            with Project(org, pipeline='collections = ["contacts"]') as project:
                org.fault("query", {"type": "error", "status": 403, "errorCode": "REQUEST_LIMIT_EXCEEDED", "message": "TotalRequests Limit exceeded."}, count=-1)
                run = project.sync(expect=6)
                self.assertEqual(run["outcome"], "throttled")


class bulk_jobs_left_behind(unittest.TestCase):
    """A job that nobody reads is deleted: it counts against the org's storage and shows in its lists."""

    def kinds_of(self, org):
        kinds = org.counters()["kinds"]
        return [kinds.get(kind, 0) for kind in ("bulk_create", "bulk_abort", "bulk_delete")]

    def test_results_that_cannot_be_read(self):
        for kind, aborted in (("bulk_results", 0), ("bulk_poll", 1)):
            with self.subTest(kind), Sandbox("--scale", "tiny", "--bulk-delay", 200) as org:
                with Project(org, pipeline='collections = ["contacts"]', source='api = "bulk"') as project:
                    org.fault(kind, {"type": "empty", "status": 400}, count=-1)
                    self.assertEqual(project.sync(expect=4)["collections"][0]["outcome"], "failure")
                    self.assertEqual(self.kinds_of(org), [1, aborted, 1])

    def test_a_job_that_failed(self):
        with Sandbox("--scale", "tiny", "--bulk-delay", 20) as org:
            with Project(org, pipeline='collections = ["contacts"]', source='api = "bulk"') as project:
                org.fault("bulk_create", {"type": "job_failed", "message": "QUERY_TIMEOUT: too slow"}, count=-1)
                project.sync()
                self.assertEqual(self.kinds_of(org), [1, 0, 1])

    def test_what_cleaning_up_yields_changes_nothing(self):
        with Sandbox("--scale", "tiny", "--bulk-delay", 20) as org:
            with Project(org, pipeline='collections = ["contacts"]', source='api = "bulk"') as project:
                org.fault("bulk_results", {"type": "empty", "status": 400}, count=-1)
                org.fault("bulk_delete", {"type": "empty", "status": 503}, count=-1)
                self.assertEqual(project.sync(expect=4)["collections"][0]["error"]["code"], "http_status")
                self.assertEqual(self.kinds_of(org), [1, 0, 1], "one attempt, no repetition")

    def test_an_org_that_does_not_answer_does_not_hold_the_end(self):
        with Sandbox("--scale", "tiny", "--bulk-delay", 20) as org:
            with Project(org, pipeline='collections = ["contacts"]', source='api = "bulk"') as project:
                org.fault("bulk_results", {"type": "empty", "status": 400}, count=-1)
                org.fault("bulk_delete", {"type": "delay", "ms": 60000}, count=-1)
                start = time.monotonic()
                project.sync(expect=4)
                self.assertLess(time.monotonic() - start, 15)
                self.assertEqual(self.kinds_of(org), [1, 0, 1])


class memory(unittest.TestCase):
    def test_many_collections_share_little_memory(self):
        """I12: collections whose open batches hold all the memory there is do not wait for one another."""
        objects = "Account,Contact,Lead,Opportunity,Case,Order,Contract,Campaign,Event,Task,User,Asset".split(",")
        sizes = [word for name in objects for word in ("--size", f"{name}=4000")]
        for api in ("rest", "bulk"):
            with self.subTest(api), Sandbox("--scale", "tiny", "--only", ",".join(objects), *sizes) as org:
                source = f'api = "{api}"\nconcurrency = {len(objects)}'
                with Project(org, source=source, host='memory = "16MiB"', pipeline='collections = ["*"]') as project:
                    run = project.sync(timeout=60)
                    self.assertEqual(run["totals"]["records"], 4000 * len(objects))
                    compare(org, project, table_names(org, project))


class signals(unittest.TestCase):
    def drained(self, number, code):
        with Sandbox("--size", "Contact=20000", "--page-rows", 200, "--latency", 5) as org:
            with Project(org, pipeline='collections = ["contacts", "accounts"]', source='api = "rest"') as project:
                process = subprocess.Popen(
                    [BUILD / "millrace", "sync", "-c", project.config, "--format", "json"],
                    stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
                )
                while org.counters()["kinds"].get("query_more", 0) < 10:
                    self.assertIsNone(process.poll())
                    select_briefly()
                process.send_signal(number)
                output, _ = process.communicate(timeout=60)
                self.assertEqual(process.returncode, code)
                run = json.loads(output)["runs"][0]
                contacts = next(c for c in run["collections"] if c["collection"] == "contacts")
                self.assertEqual(contacts["error"]["code"], "interrupted")
                self.assertGreater(contacts["rows_written"], 0)
                again = project.sync()
                records = {c["collection"]: c["records"] for c in again["collections"]}
                self.assertLess(records["contacts"], 20000, "what was committed is not read again")
                compare(org, project, {"Contact": ("contacts", {}), "Account": ("accounts", {})})

    def test_sigterm_drains_and_the_next_sync_goes_on(self):
        self.drained(signal.SIGTERM, 143)

    def test_sigint_drains_too(self):
        self.drained(signal.SIGINT, 130)

    def test_sigkill_costs_only_repeated_work(self):
        """I18: killed at any instant, started again, the table equals the org."""
        with Sandbox("--size", "Contact=8000", "--page-rows", 200, "--latency", 5) as org:
            with Project(org, pipeline='collections = ["contacts"]', source='api = "rest"') as project:
                for pages in (3, 9, 17):
                    org.control("counters/reset", {})
                    process = subprocess.Popen(
                        [BUILD / "millrace", "sync", "-c", project.config, "-q"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
                    )
                    while process.poll() is None and org.counters()["kinds"].get("query_more", 0) < pages:
                        select_briefly()
                    process.kill()
                    process.wait()
                project.sync()
                self.assertEqual(compare(org, project, {"Contact": ("contacts", {})}), 8000)


if __name__ == "__main__":
    unittest.main()
