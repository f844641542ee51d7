"""Warehouses that are silent, or away for a while: what hangs is given up, others go on, nothing is lost, and no call is
spent on an org whose warehouse cannot be had.
"""

import os
import signal
import subprocess
import time
import unittest

from harness import BUILD, Project, Sandbox, compare
from host import PATIENCE_SECONDS, Host, select_briefly
from servers import MariaServer, PostgresServer

LEADS = {"Lead": ("leads", {})}
PIPELINE = 'collections = ["leads"]\nevery = "1s"'
# A second org, whose warehouse is another one.
ELSEWHERE = """
[warehouse.elsewhere]
odbc = "Driver=SQLite3;Database={folder}/{{schema}}.db"
[source.other]
login_url = "{login_url}"
auth = {{ flow = "client_credentials", client_id = "sandbox-client", client_secret = "sandbox-secret" }}
[pipeline.other]
source = "other"
warehouse = "elsewhere"
schema = "other"
collections = ["leads"]
every = "1s"
"""


class Outages:
    """What holds for each server; `freeze` stops what serves the loader's sessions."""

    make = None

    @classmethod
    def setUpClass(cls):
        cls.server = cls.enterClassContext(cls.make(settings=cls.make.hasty))

    def project(self, warehouse="", host="", sandbox=("--latency", 100), pipeline=PIPELINE):
        self.org = self.enterContext(
            Sandbox("--org", "demo", "--org", "other", "--scale", "tiny", "--only", "Lead", "--size", "Lead=300", *sandbox)
        )
        host = f'http = "127.0.0.1:0"\n{host}'
        project = self.enterContext(Project(self.org, pipeline=pipeline, host=host, warehouse=warehouse, warehouse_server=self.server))
        text = project.config.read_text()
        project.write(text + ELSEWHERE.format(folder=project.folder, login_url=self.org.orgs[1]["login_url"]))
        return project

    def freeze_during_a_run(self, host):
        """Some session of the loader stands still in the middle of what it does."""
        host.until(lambda: host.status()["state"] == "running" and self.freeze())
        self.addCleanup(self.thaw)

    @staticmethod
    def was_given_up(host):
        return "the warehouse main has not answered for" in host.status().get("because", "")

    def begins_anew(self, host, pipeline):
        """Runs that began from now on."""
        before = host.status(pipeline)["last"]["started_at"]
        return lambda: host.status(pipeline)["last"]["started_at"] > before

    def test_a_silent_server_is_given_up_and_met_again(self):
        """I6: the run ends with what it waited for, other pipelines go on, and after that all is right."""
        project = self.project(warehouse='statement_timeout = "1s"')
        with Host(project) as host:
            host.until(lambda: host.has_run() and host.has_run(pipeline="other"))
            self.org.control("mutate", {"object": "Lead", "update": 20, "insert": 10, "seed": 3})
            self.freeze_during_a_run(host)
            host.until(lambda: self.was_given_up(host))
            host.until(self.begins_anew(host, "other"))
            self.assertTrue(host.has_run(pipeline="other"))
            self.thaw()
            host.until(host.has_run)
            host.until(lambda: project.scalar(f"SELECT count(*) FROM {project.table('leads')}") == "310")
            self.assertEqual(host.ended_by(signal.SIGTERM), 143, host.said())
        compare(self.org, project, LEADS)

    def run_by_order(self, host):
        began = self.begins_anew(host, "org")
        self.assertEqual(host.order("org", "sync"), 202)
        host.until(began)
        self.assertEqual(host.status()["last"]["outcome"], "success", host.said())

    def test_a_run_takes_up_the_connection_of_the_one_before(self):
        """One that works; where it was broken meanwhile a run makes its own, and nobody notices."""
        project = self.project(pipeline='collections = ["leads"]\nevery = "1h"')
        with Host(project) as host:
            host.until(host.has_run)
            left = self.session_ids()
            self.assertEqual(len(left), 1)
            self.org.control("mutate", {"object": "Lead", "update": 20, "insert": 10, "seed": 3})
            self.run_by_order(host)
            self.assertEqual(self.session_ids(), left)
            self.server.kill_sessions()
            self.org.control("mutate", {"object": "Lead", "update": 20, "insert": 10, "seed": 4})
            self.run_by_order(host)
            self.assertEqual(len(self.session_ids() - left), 1)
            self.assertEqual(host.status()["failures"], 0)
            self.assertEqual(host.ended_by(signal.SIGTERM), 143, host.said())
        while self.session_ids():  # a server may see the end a moment later
            select_briefly()
        compare(self.org, project, LEADS)

    def test_the_end_does_not_wait_for_a_connection_that_was_left(self):
        project = self.project(pipeline='collections = ["leads"]\nevery = "1h"')
        with Host(project) as host:
            host.until(lambda: host.has_run() and host.status()["state"] != "running")
            self.assertEqual(len(self.session_ids()), 1)
            self.assertTrue(self.freeze())
            self.addCleanup(self.thaw)
            self.assertEqual(host.ended_by(signal.SIGTERM), 143, host.said())

    def test_sigterm_does_not_wait_for_a_silent_server(self):
        project = self.project(host='drain = "1s"')
        with Host(project) as host:
            host.until(host.has_run)
            self.freeze_during_a_run(host)
            # No statement is late yet by its own limit, a quarter of an hour.
            self.assertEqual(host.ended_by(signal.SIGTERM), 143, host.said())
            self.assertIn("ended", host.said())
        self.thaw()
        project.sync("org")
        compare(self.org, project, LEADS)

    def test_the_end_does_not_wait_for_what_was_given_up(self):
        project = self.project(warehouse='statement_timeout = "1s"')
        with Host(project) as host:
            host.until(host.has_run)
            self.freeze_during_a_run(host)
            host.until(lambda: self.was_given_up(host))
            self.assertEqual(host.ended_by(signal.SIGTERM), 143, host.said())
        self.thaw()
        project.sync("org")
        compare(self.org, project, LEADS)


class postgresql(Outages, unittest.TestCase):
    make = PostgresServer

    def setUp(self):
        self.frozen = []

    def freeze(self):
        self.frozen = [int(pid) for pid in self.session_ids()]
        for pid in self.frozen:
            os.kill(pid, signal.SIGSTOP)
        return self.frozen

    def thaw(self):
        for pid in self.frozen:
            try:
                os.kill(pid, signal.SIGCONT)
            except ProcessLookupError:
                pass
        self.frozen = []

    def session_ids(self):
        listed = "SELECT pid FROM pg_stat_activity WHERE usename = 'loader' AND backend_type = 'client backend';"
        return set(self.server.psql(listed, admin=True).split())

    def test_a_server_that_is_down_costs_no_call_and_all_is_caught_up(self):
        """I13: the warehouse is opened before the login. I18: after it nothing is missing."""
        project = self.project(sandbox=())
        with Host(project) as host:
            host.until(host.has_run)
            self.server.stop()
            self.addCleanup(lambda: self.server.process or self.server.start())
            host.until(lambda: host.status()["failures"] > 0)
            host.until(lambda: host.status()["state"] != "running")
            calls = self.org.counters()["calls"]
            self.org.control("mutate", {"object": "Lead", "update": 20, "insert": 10, "seed": 3})
            failures = host.status()["failures"]
            host.until(lambda: host.status()["failures"] > failures)
            self.assertEqual(self.org.counters()["calls"], calls)
            self.server.start()
            # The next probe comes a minute after the one before, at most.
            host.until(host.has_run, 2 * PATIENCE_SECONDS)
            host.until(lambda: project.scalar(f"SELECT count(*) FROM {project.table('leads')}") == "310")
            self.assertGreater(host.status()["skipped_ticks"], 0)
            self.assertEqual(host.ended_by(signal.SIGTERM), 143)
        compare(self.org, project, LEADS)

    def test_connections_of_all_pipelines_together_are_bounded(self):
        orgs = [f"org{i}" for i in range(4)]
        names = [word for name in orgs for word in ("--org", name)]
        sandbox = self.enterContext(Sandbox(*names, "--only", "Lead", "--size", "Lead=9000", "--latency", 50))
        bound = 3
        project = self.enterContext(
            Project(sandbox, source='api = "rest"', warehouse=f"connections = 2\nconnections_total = {bound}", warehouse_server=self.server)
        )
        text = project.config.read_text()
        for org in sandbox.orgs[1:]:
            name = org["name"]
            self.server.drop_schema(name)
            text += f"""
[source.{name}]
login_url = "{org['login_url']}"
api = "rest"
auth = {{ flow = "client_credentials", client_id = "sandbox-client", client_secret = "sandbox-secret" }}
[pipeline.{name}]
source = "{name}"
warehouse = "main"
schema = "{name}"
"""
        project.write(text)
        run = subprocess.Popen([BUILD / "millrace", "sync", "-q", "-c", project.config], stderr=subprocess.PIPE, text=True)
        seen = []
        while run.poll() is None:
            seen.append(len(self.session_ids()))
        self.assertEqual(run.returncode, 0, run.stderr.read())
        run.stderr.close()
        self.assertLessEqual(max(seen), bound)
        self.assertEqual(max(seen), bound, "they are used")
        for org in sandbox.orgs:
            schema = project.schema if org is sandbox.org else org["name"]
            self.assertEqual(self.server.query(f'SELECT count(*) FROM "{schema}".leads'), [("9000",)])


class mariadb(Outages, unittest.TestCase):
    make = MariaServer

    def session_ids(self):
        return {i for (i,) in self.server.query("SELECT id FROM information_schema.processlist WHERE user = 'loader'")}

    def freeze(self):
        """All of it: its sessions are threads."""
        if not self.session_ids():
            return False
        self.server.process.send_signal(signal.SIGSTOP)
        return True

    def thaw(self):
        self.server.process.send_signal(signal.SIGCONT)


class Pace(unittest.TestCase):
    def test_requests_in_a_second_are_bounded(self):
        a_second = 10
        with Sandbox("--scale", "tiny") as org, Project(org, source=f"requests_per_second = {a_second}") as project:
            began = time.monotonic()
            project.sync()
            seconds = time.monotonic() - began
            requests = org.counters()["calls"]  # a composite is one
            self.assertGreater(requests, 2 * a_second, "there was something to bound")
            self.assertLessEqual(requests - 1, a_second * seconds)


if __name__ == "__main__":
    unittest.main()
