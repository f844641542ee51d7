"""The command itself: what it takes, what it says on which stream, and the code that it ends with."""

import json
import os
import pty
import unittest

from harness import BUILD, Project, Sandbox


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


class results(unittest.TestCase):
    def test_json_is_json_whatever_the_verb(self):
        with Sandbox("--scale", "tiny") as org, Project(org, pipeline='collections = ["leads", "accounts"]') as project:
            project.sync()

            def said(*arguments, expect=0):
                done = project.run(*arguments, "--format", "json")
                self.assertEqual(done.returncode, expect, done.stdout + done.stderr)
                return json.loads(done.stdout)

            self.assertEqual(said("validate", "--offline")["pipelines"], 1)
            self.assertEqual([c["collection"] for c in said("state", "show", "org", "Lead")["checkpoints"]], ["leads"])
            self.assertEqual(said("state", "reset", "org", "Leads"), {"pipeline": "org", "forgotten": 1})
            self.assertEqual([c["collection"] for c in said("state", "show", "org")["checkpoints"]], ["accounts"])
            self.assertEqual(said("state", "reset", "org", "leads")["forgotten"], 0)
            self.assertIn("version", said("version"))
            project.write(project.config.read_text().replace("schema =", "shema ="))
            self.assertFalse(said("validate", "--offline", expect=2)["valid"])

    def test_a_word_that_state_does_not_know(self):
        with Sandbox("--scale", "tiny") as org, Project(org, pipeline='collections = ["leads"]') as project:
            project.sync()
            for verb in ("show", "reset"):
                done = project.run("state", verb, "org", "leeds")
                self.assertEqual(done.returncode, 2, done.stdout)
                self.assertIn("did you mean 'leads'?", done.stderr)
                self.assertEqual(done.stdout, "")
            self.assertEqual(len(json.loads(project.run("state", "show", "org", "--format", "json").stdout)["checkpoints"]), 1)

    def test_a_summary_that_cannot_be_written_costs_no_run(self):
        with Sandbox("--scale", "tiny") as org, Project(org, pipeline='collections = ["leads"]') as project:
            done = project.run("sync", "--summary", "/no/such/folder/run.json")
            self.assertEqual(done.returncode, 2)
            self.assertIn("/no/such/folder/run.json", done.stderr)
            self.assertEqual(org.counters()["total"], 0)
            self.assertEqual(list(project.databases.iterdir()), [])
            path = project.folder / "run.json"
            self.assertEqual(project.run("sync", "--summary", path).returncode, 0)
            self.assertEqual(json.loads(path.read_text())["exit_code"], 0)
            self.assertFalse(path.with_name("run.json.tmp").exists())

    def test_a_configuration_without_a_pipeline_is_a_fault_for_every_verb(self):
        with Sandbox("--scale", "tiny") as org, Project(org) as project:
            project.write("")
            for verb in (["validate", "--offline"], ["validate"], ["sync"], ["plan"]):
                done = project.run(*verb)
                self.assertEqual(done.returncode, 2, done.stdout)
                self.assertIn("no pipeline", done.stderr)
            self.assertEqual(org.counters()["total"], 0)

    def test_offline_validation_knows_the_pipelines(self):
        with Sandbox("--scale", "tiny") as org, Project(org) as project:
            self.assertEqual(project.run("validate", "--offline", "orgg").returncode, 2)
            self.assertEqual(project.run("validate", "--offline", "org").returncode, 0)


class terminals(unittest.TestCase):
    def on_a_terminal(self, project, **environment):
        """What a sync writes to a terminal, and its exit code."""
        process, terminal = pty.fork()
        if process == 0:
            os.environ.update(environment)
            os.execv(BUILD / "millrace", ["millrace", "sync", "-c", str(project.config)])
        output = b""
        try:
            while piece := os.read(terminal, 65536):
                output += piece
        except OSError:
            pass  # the other side is closed: this is how a terminal ends
        os.close(terminal)
        return output.decode(), os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])

    def test_a_terminal_that_only_prints_gets_lines_without_escapes(self):
        with Sandbox("--scale", "tiny") as org, Project(org, pipeline='collections = ["leads"]') as project:
            output, code = self.on_a_terminal(project, TERM="dumb")
            self.assertEqual(code, 0)
            self.assertNotIn("\x1b", output)
            self.assertIn("Z leads: success", output)

    def test_a_screen_shows_each_collection_with_its_state(self):
        with Sandbox("--size", "Contact=6000", "--only", "Contact,Account,Lead", "--page-rows", 500, "--latency", 60) as org:
            with Project(org, pipeline='collections = ["contacts", "accounts", "leads"]', source='api = "rest"\nconcurrency = 1') as project:
                output, code = self.on_a_terminal(project, TERM="xterm")
                self.assertEqual(code, 0)
                self.assertIn("\x1b[", output)
                for state in ("waiting", "reading", "success"):
                    self.assertRegex(output, rf"(contacts|accounts|leads) +{state} ")


if __name__ == "__main__":
    unittest.main()
