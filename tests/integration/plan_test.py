"""`millrace plan` tells what a run costs: what it announces is what the org counts in the run that follows."""

import json
import unittest

from harness import Project, Sandbox

CLOCK = "2026-03-01T08:00:00Z"
HOUR = 3600
DAY = 24 * HOUR


class PlanTest(unittest.TestCase):
    def start(self, *arguments, **options):
        org = Sandbox("--clock", CLOCK, *arguments)
        self.addCleanup(org.__exit__)
        project = Project(org, **options)
        self.addCleanup(project.__exit__)
        org.only_stamped_changes()
        return org, project

    def plan(self, project, *arguments):
        done = project.run("plan", "--format", "json", *arguments)
        self.assertEqual(done.returncode, 0, done.stderr)
        (plan,) = json.loads(done.stdout)["plans"]
        return plan

    def spent(self, org, work):
        """Calls that the org counted while `work` ran."""
        org.control("counters/reset", {})
        work()
        return org.counters()["calls"]

    def of(self, plan, collection):
        (found,) = [c for c in plan["collections"] if c["collection"] == collection]
        return found

    def assert_exact(self, announced, spent):
        self.assertEqual((announced["least"], announced["most"], announced["open"]), (spent, spent, False))

    def test_a_first_load_and_runs_without_upkeep_cost_what_was_announced(self):
        org, project = self.start("--scale", "tiny", pipeline='collections = ["@standard"]')
        first = self.plan(project)
        self.assertEqual({c["table"] for c in first["collections"]}, {"create"})
        self.assert_exact(first["calls"], self.spent(org, project.sync))
        self.assert_exact(first["calls"]["catalog"], 1 + 2 + 1)

        org.control("clock", {"advance_seconds": 3 * HOUR})
        idle = self.plan(project)
        self.assertTrue(idle["calls"]["open"])
        self.assertEqual(self.spent(org, project.sync), idle["calls"]["least"])
        self.assert_exact(self.plan(project, "--count")["calls"], self.spent(org, project.sync))
        # All of it again, with counts of records for every collection.
        self.assert_exact(self.plan(project, "--full")["calls"], self.spent(org, lambda: project.sync("--full")))

    def test_upkeep_that_is_due_is_announced(self):
        org, project = self.start("--scale", "tiny", pipeline='collections = ["@standard"]')
        project.sync()
        for advance, due in ((9 * HOUR, {"deletions"}), (DAY, {"deletions", "refresh"}), (8 * DAY, {"census", "refresh"})):
            org.control("clock", {"advance_seconds": advance})
            calls = self.plan(project, "--count")["calls"]
            self.assertEqual({kind for kind in ("deletions", "census", "refresh") if calls[kind]["least"] > 0}, due)
            # Nothing was deleted and nothing is missing, so that nothing has to be looked for.
            self.assertEqual(calls["least"], calls["most"])
            self.assertEqual(self.spent(org, project.sync), calls["least"], due)

    def test_changes_of_several_pages_are_announced_when_they_are_counted(self):
        org, project = self.start("--size", "Lead=9000", "--only", "Lead,User", pipeline='collections = ["leads", "users"]', source='api = "rest"')
        first = self.plan(project)
        self.assertEqual(self.of(first, "leads")["calls"]["least"], 5)
        self.assertEqual(self.spent(org, project.sync), first["calls"]["least"])
        org.control("clock", {"advance_seconds": HOUR})
        org.control("mutate", {"object": "Lead", "update": 4500, "seed": 1})
        org.control("clock", {"advance_seconds": HOUR})
        self.assertEqual(self.of(self.plan(project), "leads")["calls"], {"least": 1, "most": 1, "open": True, "changes": {"least": 1, "most": 1, "open": True}})
        counted = self.plan(project, "--count")
        self.assertEqual(self.of(counted, "leads")["to_read"], 4500)
        self.assertEqual(self.of(counted, "leads")["calls"]["least"], 3)
        self.assertEqual(self.spent(org, project.sync), counted["calls"]["least"])

    def test_a_bulk_job_costs_between_its_least_and_its_most(self):
        """Only the looks at the job are not known before: from one to those of ten minutes."""
        org, project = self.start(
            "--size", "Lead=60000", "--only", "Lead", "--bulk-delay", 1500, pipeline='collections = ["leads"]')
        plan = self.plan(project)
        leads = self.of(plan, "leads")
        self.assertEqual(leads["method"], "bulk")
        # Creation, one look, two results, deletion; and 25 more looks within ten minutes.
        self.assertEqual((leads["calls"]["least"], leads["calls"]["most"]), (5, 30))
        spent = self.spent(org, project.sync)
        polls = org.counters()["kinds"]["bulk_poll"]
        self.assertGreaterEqual(spent, plan["calls"]["least"])
        self.assertLessEqual(spent, plan["calls"]["most"])
        self.assertEqual(spent - (polls - 1), plan["calls"]["least"])

    def test_calls_are_held_against_what_is_left(self):
        org, project = self.start("--scale", "tiny", pipeline='collections = ["@standard"]', source='api_budget = { run = "40" }')
        org.control("settings", {"daily_limit": 5000})
        org.control("settings", {"spend": 1200})
        plan = self.plan(project)
        limits = plan["calls"]["limits"]
        self.assertGreater(limits["used"], 1200)
        self.assertEqual((limits["used"], limits["allowed"]), (org.counters()["calls"], 5000))
        self.assertEqual(limits["org_left"], 5000 - limits["used"])
        self.assertEqual(limits["day_budget_left"], 4500 - limits["used"])
        self.assertEqual(limits["run_budget_left"], 40 - plan["calls"]["login"])
        self.assertEqual(plan["calls"]["fits"], "no")
        said = project.run("plan").stdout
        self.assertIn("That is not enough: the run would be throttled", said)
        self.assertIn("the run's budget of 40 leaves 38", said)
        run = project.sync(expect=3)
        self.assertIn("throttled", {c["outcome"] for c in run["collections"]})
        project.write(project.config.read_text().replace('api_budget = { run = "40" }', ""))
        self.assertIn(self.plan(project)["calls"]["fits"], ("yes", "likely"))

    def test_what_is_missing_and_what_will_change_are_shown(self):
        org, project = self.start("--scale", "tiny", pipeline='collections = ["leads", "Nothing__c", "names"]')
        plan = self.plan(project)
        self.assertEqual({m["collection"] for m in plan["missing"]}, {"Nothing__c", "names"})
        said = project.run("plan")
        self.assertRegex(said.stdout, r"Not in this org, or not to be read\n  Nothing__c: nothing in this org is called Nothing__c")
        self.assertIn("1 table is created (-v shows them)", said.stdout)
        self.assertIn('CREATE TABLE "leads" (', project.run("plan", "-v").stdout)
        project.sync()
        org.control("schema", {"object": "Lead", "add_field": {"name": "New__c", "type": "string", "length": 20}})
        said = project.run("plan").stdout
        self.assertIn('  ALTER TABLE "leads" ADD COLUMN "new_c" TEXT\n', said)
        self.assertRegex(said, r"leads +Lead +\d+ +add 1 columns +everything +rest ")
        self.assertNotIn("New__c", json.dumps(project.rows("leads", "id")))


if __name__ == "__main__":
    unittest.main()
