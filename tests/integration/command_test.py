"""The command itself: what it takes, what it says on which stream, and the code that it ends with."""

import json
import unittest

from harness import Project, Sandbox


class targets(unittest.TestCase):
    def refused(self, project, *arguments, code=2, words=()):
        done = project.run(*arguments)
        said = done.stdout + done.stderr
        self.assertEqual(done.returncode, code, said)
        for word in words:
            self.assertIn(word, said)
        return said

    def test_a_collection_that_does_not_exist_stops_all_before_anything_is_loaded(self):
        with Sandbox("--scale", "tiny") as org, Project(org) as project:
            self.refused(project, "sync", "org/leads", "org/leeds", words=["'leeds'", "did you mean 'leads'?"])
            self.refused(project, "sync", "org/nope", words=["'nope'", "millrace discover"])
            self.refused(project, "discover", "org", "leeds", words=["did you mean 'leads'?"])
            self.refused(project, "plan", "org/leeds", words=["did you mean 'leads'?"])
            self.assertEqual(list(project.databases.iterdir()), [], "something was written")
            self.assertNotIn("describe", org.counters()["kinds"])

    def test_what_the_org_lacks_and_what_the_configuration_leaves_out_are_told_apart(self):
        with Sandbox("--scale", "tiny") as org, Project(org, pipeline='exclude = ["Contact"]') as project:
            self.refused(project, "sync", "org/names", code=4, words=["Name cannot be queried"])
            self.refused(project, "sync", "org/contacts", words=["leaves contacts out", "exclude"])

    def test_case_does_not_matter_and_one_collection_costs_one_describe(self):
        with Sandbox("--scale", "tiny") as org, Project(org) as project:
            for word in ("leads", "Leads", "lead", "Lead"):
                org.control("counters/reset", {})
                run = project.sync(f"org/{word}")
                self.assertEqual([c["collection"] for c in run["collections"]], ["leads"])
                self.assertEqual(run["notices"], [])
                self.assertEqual(org.counters()["kinds"]["describe"], 1)
            found = project.run("discover", "org", "Leads", "--format", "json")
            self.assertEqual([c["collection"] for c in json.loads(found.stdout)["plans"][0]["collections"]], ["leads"])


class looking(unittest.TestCase):
    def test_plan_validate_and_discover_tell_of_no_success(self):
        """I4: nothing was committed, so nothing succeeded."""
        with Sandbox("--scale", "tiny") as org, Project(org) as project:
            for verb in (["plan"], ["validate"], ["discover", "org"]):
                with self.subTest(verb[0]):
                    done = project.run(*verb, "--log-format", "json")
                    self.assertEqual(done.returncode, 0, done.stderr)
                    self.assertNotIn("success", done.stderr)
                    events = {json.loads(line)["event"] for line in done.stderr.splitlines()}
                    self.assertEqual(events, {"stage"})


if __name__ == "__main__":
    unittest.main()
