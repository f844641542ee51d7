"""I13: no call beyond the budget, and what is cut off goes on where it ended."""

import unittest

from harness import Project, Sandbox, compare, table_names


class BudgetTest(unittest.TestCase):
    def test_a_run_that_may_not_ask_on_is_throttled_and_goes_on_later(self):
        with Sandbox("--scale", "tiny", "--bulk-delay", 10) as org:
            limited = 'api_budget = { run = "80" }'
            with Project(org, source=limited, pipeline='collections = ["@standard"]') as project:
                runs = [project.sync(expect=3)]
                self.assertEqual(runs[0]["outcome"], "partial")
                self.assertLessEqual(sum(runs[0]["calls"].values()), 80)
                waiting = [c for c in runs[0]["collections"] if c["outcome"] == "throttled"]
                self.assertTrue(waiting)
                self.assertIn("the run's budget of 80 is spent", waiting[0]["error"]["message"])
                project.write(project.config.read_text().replace(limited, ""))
                project.sync()
                compare(org, project, {o: t for o, t in table_names(org, project).items() if o in ("Account", "Lead", "Contact")})

    def test_the_day_is_shared_by_all_clients_of_the_org(self):
        with Sandbox("--scale", "tiny") as org:
            with Project(org, source='api_budget = { day = "10" }', pipeline='collections = ["leads", "accounts"]') as project:
                org.control("counters/reset", {})
                for _ in range(3):
                    run = project.run("sync", "--format", "json")
                self.assertEqual(run.returncode, 6, run.stdout)
                self.assertIn("the day's budget of 10 is spent", run.stdout)
                # Token, versions and the first answer of data: that is where a run learns it.
                self.assertLessEqual(org.counters()["total"], 10 + 3 * 3)

    def test_calls_are_told_by_purpose(self):
        with Sandbox("--scale", "tiny") as org, Project(org, pipeline='collections = ["leads"]') as project:
            org.control("counters/reset", {})
            run = project.sync()
            self.assertEqual(sum(run["calls"].values()), org.counters()["total"])
            self.assertEqual(run["calls"]["describe"], 1)
            self.assertGreater(run["day"]["allowed"], run["day"]["used"])


if __name__ == "__main__":
    unittest.main()
