"""I13: no call beyond the budget, and what is cut off goes on where it ended."""

import datetime
import unittest

from harness import Project, Sandbox, compare, table_names


class BudgetTest(unittest.TestCase):
    def test_a_run_that_may_not_ask_on_is_throttled_and_goes_on_later(self):
        with Sandbox("--scale", "tiny", "--bulk-delay", 10) as org:
            limited = 'api_budget = { run = "40" }'
            with Project(org, source=limited, pipeline='collections = ["@standard"]') as project:
                runs = [project.sync(expect=3)]
                self.assertEqual(runs[0]["outcome"], "partial")
                self.assertLessEqual(sum(runs[0]["calls"].values()), 40)
                waiting = [c for c in runs[0]["collections"] if c["outcome"] == "throttled"]
                self.assertTrue(waiting)
                self.assertIn("the run's budget of 40 is spent", waiting[0]["error"]["message"])
                # The next run is due three hours after this one began, and what waited is first then.
                throttled = runs[0]["throttled"]
                self.assertEqual(throttled["waiting"], [c["collection"] for c in waiting])
                begun = datetime.datetime.fromisoformat(runs[0]["started_at"])
                self.assertEqual(datetime.datetime.fromisoformat(throttled["continues"]) - begun, datetime.timedelta(hours=3))
                self.assertTrue(throttled["with_next_run"])
                # What was read has little that is new, which costs few calls: the same budget is enough now.
                runs.append(project.sync())
                self.assertLessEqual(sum(runs[1]["calls"].values()), 40)
                project.write(project.config.read_text().replace(limited, ""))
                project.sync()
                compare(org, project, {o: t for o, t in table_names(org, project).items() if o in ("Account", "Lead", "Contact")})

    def test_a_priority_decides_who_gets_the_calls(self):
        with Sandbox("--scale", "tiny") as org:
            few = 'api_budget = { run = "30" }'
            options = """collections = ["@standard"]
[pipeline.org.collection.price_books]
priority = 90
[pipeline.org.collection.lead_tags]
priority = 80"""
            with Project(org, source=few, pipeline=options) as project:
                run = project.sync(expect=3)
                done = [c["collection"] for c in run["collections"] if c["outcome"] == "success"]
                self.assertEqual(set(done) & {"price_books", "lead_tags"}, {"price_books", "lead_tags"}, "the smallest ones")
                self.assertLess(len(done), 30)
                # It is no choice of what is read: nothing is read anew because of it.
                project.write(project.config.read_text().replace(few, "").replace("priority = 90", "priority = 10"))
                again = project.sync()
                self.assertNotIn("options_changed", {n["code"] for n in again["notices"]})

    def test_the_day_is_shared_by_all_clients_of_the_org(self):
        with Sandbox("--scale", "tiny") as org:
            with Project(org, source='api_budget = { day = "10" }', pipeline='collections = ["leads", "accounts"]') as project:
                org.control("counters/reset", {})
                for _ in range(3):
                    run = project.run("sync", "--format", "json")
                self.assertEqual(run.returncode, 6, run.stdout)
                self.assertIn("the day's budget of 10 is spent", run.stdout)
                # The first answer of data: that is where a run learns it.
                self.assertLessEqual(org.counters()["calls"], 10 + 3)

    def test_calls_are_told_by_purpose(self):
        with Sandbox("--scale", "tiny") as org, Project(org, pipeline='collections = ["leads"]') as project:
            org.control("counters/reset", {})
            run = project.sync()
            self.assertEqual(sum(run["calls"].values()), org.counters()["total"])
            self.assertEqual(run["calls"]["describe"], 1)
            self.assertGreater(run["day"]["allowed"], run["day"]["used"])


if __name__ == "__main__":
    unittest.main()
