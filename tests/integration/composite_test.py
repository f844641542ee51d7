"""I13: what goes in composite requests, and that nothing is lost with an org that takes none, fewer, or counts each."""

import json
import unittest

from harness import Project, Sandbox, compare, table_names

CLOCK = "2026-03-01T08:00:00Z"
HOUR = 3600


class CompositeTest(unittest.TestCase):
    def start(self, settings=None, source="", collections='collections = ["@standard"]'):
        org = Sandbox("--scale", "tiny", "--clock", CLOCK)
        self.addCleanup(org.__exit__)
        if settings:
            org.control("settings", settings)
        project = Project(org, source=source, pipeline=collections)
        self.addCleanup(project.__exit__)
        return org, project

    def paid(self, org, work):
        org.control("counters/reset", {})
        out = work()
        counters = org.counters()
        return counters["paid"], counters, out

    def assert_whole(self, org, project):
        compare(org, project, {o: t for o, t in table_names(org, project).items() if o in ("Account", "Lead", "Contact", "Task")})

    def test_descriptions_of_twenty_five_objects_are_one_call(self):
        org, project = self.start()
        paid, counters, run = self.paid(org, project.sync)
        self.assertEqual(counters["kinds"]["describe"], 47)
        self.assertNotIn("describe", paid)
        self.assertEqual(paid["composite"], 2)
        self.assertEqual(run["calls"]["describe"], 2)
        self.assert_whole(org, project)

    def test_an_org_that_counts_each_never_exceeds_the_budget(self):
        """Before it is known how the org counts, a composite is taken for the most that it can cost."""
        org, project = self.start({"composite_counts_each": True}, source='api_budget = { run = "80" }')
        paid, counters, run = self.paid(org, lambda: project.sync(expect=3))
        self.assertLessEqual(counters["calls"], 80)
        self.assertEqual(run["calls"]["describe"], 47)
        waiting = [c for c in run["collections"] if c["outcome"] == "throttled"]
        self.assertTrue(waiting)
        # With so few calls that no composite has room, there is none.
        project.write(project.config.read_text().replace('run = "80"', 'run = "4"'))
        paid, counters, run = self.paid(org, lambda: project.sync(expect=6))
        self.assertLessEqual(counters["calls"], 4)
        project.write(project.config.read_text().replace('api_budget = { run = "4" }', ""))
        project.sync()
        self.assert_whole(org, project)

    def test_an_org_that_refuses_gets_single_requests(self):
        for settings, refused in (
            ({"composite_refuses": "all"}, 1),
            ({"composite_refuses": "describe"}, 1),
            ({"composite_max": 1}, 4),
        ):
            with self.subTest(settings):
                org, project = self.start(settings)
                paid, counters, run = self.paid(org, project.sync)
                self.assertEqual(paid["describe"], 47)
                self.assertEqual(paid["composite"], refused)
                self.assertEqual([c["collection"] for c in run["collections"] if c["outcome"] != "success"], [])
                self.assert_whole(org, project)

    def test_an_org_that_takes_fewer_gets_fewer(self):
        org, project = self.start({"composite_max": 7})
        paid, counters, run = self.paid(org, project.sync)
        self.assertNotIn("describe", paid)
        self.assertEqual(paid["composite"], 2 + 10)  # of 25 and of 10, which are refused; of 5
        self.assert_whole(org, project)

    def test_what_a_part_meets_is_its_collections_alone(self):
        """I6: the object is asked for alone, and only what that says counts."""
        org, project = self.start()
        org.fault("describe", {"type": "error", "status": 404, "errorCode": "NOT_FOUND"}, object="Lead", count=1)
        org.fault("describe", {"type": "error", "status": 403, "errorCode": "INSUFFICIENT_ACCESS"}, object="Contact", count=-1)
        paid, counters, run = self.paid(org, lambda: project.sync(expect=3))
        self.assertEqual([c["collection"] for c in run["collections"] if c["outcome"] != "success"], ["contacts"])
        self.assertEqual((paid["composite"], paid["describe"]), (2, 2))

    def test_a_plan_tells_what_composites_cost(self):
        for settings in ({}, {"composite_counts_each": True}, {"composite_max": 7}, {"composite_refuses": "all"}):
            with self.subTest(settings):
                org, project = self.start(settings)
                plan = self.plan(project)
                paid, counters, run = self.paid(org, project.sync)
                self.assertEqual((plan["least"], plan["most"], plan["open"]), (counters["calls"], counters["calls"], False))

    # -- first pages

    def idle(self, settings=None, **options):
        """An org and a project whose collections have few changes: loaded, and synced once more."""
        org, project = self.start(settings, **options)
        for _ in range(2):
            project.sync()
            org.control("clock", {"advance_seconds": HOUR})
        return org, project

    def test_first_pages_of_five_collections_are_one_call(self):
        org, project = self.idle()
        org.only_stamped_changes()
        org.control("mutate", {"object": "Lead", "update": 7, "insert": 3, "delete": 2, "seed": 1})
        org.control("mutate", {"object": "Account", "update": 5, "seed": 1})
        org.control("clock", {"advance_seconds": HOUR})
        plan = self.plan(project)
        paid, counters, run = self.paid(org, project.sync)
        self.assertEqual(paid["composite_query"], 10)
        self.assertEqual(counters["kinds"]["query"], 47)
        self.assertNotIn("query", paid)
        self.assertEqual(run["calls"]["query"], 10)
        self.assertEqual(plan["first_pages"], {"least": 10, "most": 10, "open": False})
        self.assertEqual(plan["least"], counters["calls"])
        leads = next(c for c in run["collections"] if c["collection"] == "leads")
        self.assertEqual((leads["rows_written"], leads["requests"]), (12, 0))
        self.assert_whole(org, project)

    def test_a_shared_page_with_more_pages_goes_on_as_usual(self):
        """I3, I8: and so does one whose count is wrong."""
        with Sandbox("--size", "Lead=300", "--size", "Account=20", "--only", "Lead,Account", "--page-rows", 100, "--clock", CLOCK) as org:
            with Project(org, pipeline='collections = ["leads", "accounts"]') as project:
                for _ in range(2):
                    project.sync()
                    org.control("clock", {"advance_seconds": HOUR})
                org.control("mutate", {"object": "Lead", "update": 250, "seed": 1})
                paid, counters, run = self.paid(org, project.sync)
                self.assertEqual(paid["composite_query"], 1)
                self.assertEqual(paid["query_more"], 2)
                compare(org, project, table_names(org, project))
                for _ in range(2):  # what had many is alone the next time, and has them in its overlap
                    org.control("clock", {"advance_seconds": HOUR})
                    paid, counters, run = self.paid(org, project.sync)
                    self.assertNotIn("composite_query", paid)
                org.control("clock", {"advance_seconds": HOUR})
                org.control("mutate", {"object": "Lead", "update": 5, "seed": 2})
                org.fault("query", {"type": "wrong_count"}, object="Lead")
                paid, counters, run = self.paid(org, lambda: project.sync(expect=3))
                self.assertEqual(paid["composite_query"], 1)
                (leads,) = [c for c in run["collections"] if c["collection"] == "leads"]
                self.assertEqual(leads["error"]["code"], "count_mismatch")
                project.sync()
                compare(org, project, table_names(org, project))

    def test_what_a_query_meets_is_its_collections_alone(self):
        """I6: what is refused among others is asked for alone."""
        org, project = self.idle()
        org.fault("query", {"type": "error", "status": 400, "errorCode": "QUERY_TIMEOUT"}, object="Lead", count=1)
        org.fault("query", {"type": "error", "status": 403, "errorCode": "INSUFFICIENT_ACCESS"}, object="Contact", count=-1)
        org.fault("query", {"type": "maintenance", "status": 200}, object="Account", count=1)
        org.fault("query", {"type": "expire_session"}, object="Task", count=1)
        paid, counters, run = self.paid(org, lambda: project.sync(expect=3))
        self.assertEqual([c["collection"] for c in run["collections"] if c["outcome"] != "success"], ["contacts"])
        org.control("faults", method="DELETE")
        project.sync()
        self.assert_whole(org, project)

    def test_a_field_that_vanishes_after_it_was_described(self):
        org, project = self.idle()
        org.control("schema", {"object": "Lead", "drop_field": "Fax", "after_describe": True})
        run = project.sync()
        self.assertIn("field_vanished", {n["code"] for n in run["notices"]})

    def test_orgs_that_refuse_queries_or_count_each_get_single_ones(self):
        for settings, composites, queries in (
            ({"composite_refuses": "query"}, 1, 47),
            ({"composite_counts_each": True}, 0, 47),
            ({"composite_refuses": "all"}, 0, 47),
            ({"composite_queries_max": 2}, 1 + 23, 1),
            ({"composite_queries_max": 1}, 2, 47),
        ):
            with self.subTest(settings):
                org, project = self.idle(settings)
                org.control("mutate", {"object": "Lead", "update": 7, "seed": 1})
                paid, counters, run = self.paid(org, project.sync)
                self.assertEqual((paid.get("composite_query", 0), paid.get("query", 0)), (composites, queries))
                self.assert_whole(org, project)

    def test_first_pages_never_exceed_the_budget(self):
        for settings in ({}, {"composite_counts_each": True}):
            for budget in (3, 5, 8, 12):
                with self.subTest(settings=settings, budget=budget):
                    org, project = self.idle(settings)
                    project.write(project.config.read_text().replace("[pipeline.org]", f'api_budget = {{ run = "{budget}" }}\n[pipeline.org]'))
                    org.control("counters/reset", {})
                    done = project.run("sync", "--format", "json")
                    self.assertIn(done.returncode, (0, 3, 6), done.stderr)
                    self.assertLessEqual(org.counters()["calls"], budget)

    def plan(self, project, *arguments):
        done = project.run("plan", "--format", "json", *arguments)
        self.assertEqual(done.returncode, 0, done.stderr)
        (plan,) = json.loads(done.stdout)["plans"]
        return plan["calls"]


if __name__ == "__main__":
    unittest.main()
