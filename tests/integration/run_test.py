"""`millrace run`: the host that keeps pipelines on their cadence, what it tells, and how it ends."""

import json
import os
import re
import signal
import subprocess
import unittest
import urllib.error

from harness import BUILD, Project, Sandbox, compare, select_briefly
from host import PATIENCE_SECONDS, Host

LEADS = {"Lead": ("leads", {})}


def catches_signals(pid):
    """Whether SIGINT waits for whoever looks after it: the program's first act."""
    (blocked,) = re.findall(r"SigBlk:\s+([0-9a-f]+)", open(f"/proc/{pid}/status").read())
    return int(blocked, 16) >> (signal.SIGINT - 1) & 1 == 1


class Run(unittest.TestCase):
    def project(self, pipeline='collections = ["leads"]', host="", size=300, sandbox=(), **more):
        self.org = self.enterContext(Sandbox("--scale", "tiny", "--only", "Lead", "--size", f"Lead={size}", *sandbox))
        return self.enterContext(Project(self.org, pipeline=pipeline, host=f'http = "127.0.0.1:0"\n{host}', **more))

    def test_it_loads_at_once_and_again_at_each_tick(self):
        project = self.project('collections = ["leads"]\nevery = "1s"')
        with Host(project) as host:
            host.until(host.has_run)
            compare(self.org, project, LEADS)
            first = host.status()["last"]["started_at"]
            self.org.control("mutate", {"object": "Lead", "update": 20, "insert": 10, "seed": 3})
            host.until(lambda: host.status().get("last", {}).get("started_at", first) > first and project.scalar("SELECT count(*) FROM leads") == 310)
            self.assertEqual(host.get("/healthz"), "ok\n")
            self.assertEqual(host.get("/readyz"), "ready\n")
            self.assertEqual(host.ended_by(signal.SIGTERM), 143)
        compare(self.org, project, LEADS)

    def test_a_host_that_was_killed_goes_on_and_one_that_ended_keeps_its_cadence(self):
        """I18: what was under way is due at once; what was done is not done again before its time."""
        project = self.project('collections = ["leads"]\nevery = "30d"', size=3000, sandbox=("--latency", 50))
        with Host(project) as host:
            host.until(lambda: host.status()["state"] == "running")
            host.ended_by(signal.SIGKILL)
        with Host(project) as host:
            host.until(host.has_run)
            compare(self.org, project, LEADS)
            self.assertEqual(host.ended_by(signal.SIGTERM), 143)
        with Host(project) as host:
            host.until(lambda: "next_due" in host.status())
            self.assertNotIn("last", host.status())
            self.assertEqual(host.status()["state"], "waiting")
            self.assertEqual(host.ended_by(signal.SIGINT), 130)

    def test_sigterm_under_load_commits_what_is_in_flight_and_ends(self):
        project = self.project(size=40000, sandbox=("--page-rows", 500, "--latency", 20), source='api = "rest"')
        with Host(project) as host:
            host.until(lambda: host.status().get("run", {}).get("rows_written", 0) > 1000)
            self.assertEqual(host.ended_by(signal.SIGTERM), 143)
        rows = project.scalar("SELECT count(*) FROM leads")
        self.assertTrue(0 < rows < 40000)
        project.sync()
        compare(self.org, project, LEADS)

    def test_two_hosts_with_one_state_and_a_sync_beside_a_host(self):
        """One of them runs a pipeline, the other says so and ends with 8."""
        project = self.project('collections = ["leads"]\nevery = "30d"', size=20000, sandbox=("--page-rows", 200, "--latency", 40), source='api = "rest"')
        with Host(project) as host:
            host.until(lambda: host.status()["state"] == "running")
            second = project.run("run")
            self.assertEqual(second.returncode, 8)
            self.assertIn("another host runs with the state in", second.stderr)
            beside = project.run("sync")
            self.assertEqual(beside.returncode, 8, beside.stderr)
            self.assertIn("another process runs org now", beside.stdout + beside.stderr)
            # What only looks does not disturb.
            self.assertEqual(project.run("plan").returncode, 0)

    def test_orders(self):
        project = self.project('collections = ["leads"]\nevery = "30d"')
        with Host(project) as host:
            host.until(host.has_run)
            config = project.config.read_text()
            project.write(config.replace("127.0.0.1:0", host.address))
            self.org.control("mutate", {"object": "Lead", "insert": 7, "seed": 1})
            waited = project.run("sync", "--wait")
            self.assertEqual((waited.returncode, waited.stdout), (0, "org: success\n"), waited.stderr)
            self.assertEqual(project.scalar("SELECT count(*) FROM leads"), 307)
            self.assertEqual(project.run("pause", "org").returncode, 0)
            self.assertEqual(host.status()["state"], "paused")
            self.assertEqual(host.ended_by(signal.SIGTERM), 143)
            project.write(config)
        # A pause outlives the host; without one it can be taken back, too.
        with Host(project) as host:
            host.until(lambda: host.status()["state"] == "paused")
            host.ended_by(signal.SIGTERM)
        self.assertEqual(project.run("resume", "org").returncode, 0)
        with Host(project) as host:
            host.until(lambda: host.status()["state"] != "paused")
            text = project.config.read_text().replace("127.0.0.1:0", host.address)
            project.write(text)
            said = project.run("status")
            self.assertIn("org ", said.stdout)
            self.assertEqual(json.loads(project.run("status", "org", "--format", "json").stdout)["pipelines"][0]["pipeline"], "org")
            self.assertEqual(project.run("status", "nobody").returncode, 2)
            self.assertEqual(project.run("status", "no body").returncode, 2)
            self.assertEqual(project.run("pause", "nobody").returncode, 2)
            self.assertEqual(host.order("nobody", "sync"), 404)
        gone = project.run("status")
        self.assertEqual(gone.returncode, 4)
        self.assertIn("no host answers", gone.stderr)

    def test_a_run_by_the_host_ends_with_the_code_of_a_sync(self):
        project = self.project('collections = ["leads"]\nevery = "30d"')
        more = '\n[pipeline.bad]\nsource = "away"\nwarehouse = "main"\nschema = "bad"\nevery = "30d"\n[source.away]\nlogin_url = "http://127.0.0.1:9"\n'
        more += 'auth = { flow = "client_credentials", client_id = "a", client_secret = "b" }\n'
        project.write(project.config.read_text() + more)
        with Host(project) as host:
            host.until(lambda: host.has_run() and host.has_run("failure", "bad"))
            project.write(project.config.read_text().replace("127.0.0.1:0", host.address))
            # What waits for its org to be there again is not waited for here.
            good = project.run("sync", "--wait", "org")
            self.assertEqual((good.returncode, good.stdout), (0, "org: success\n"))
            self.assertEqual(project.run("sync", "--wait", "nobody").returncode, 2)
            self.assertEqual(project.run("sync", "--wait", "--full", "org").returncode, 2)
            self.org.fault("describe", {"type": "error", "status": 400, "errorCode": "INVALID_TYPE", "message": "no"}, count=-1)
            self.org.fault("composite", {"type": "error", "status": 400, "errorCode": "INVALID_TYPE", "message": "no"}, count=-1)
            self.assertEqual(project.run("sync", "--wait", "org").returncode, 4)

    def test_who_waits_for_the_host_can_stop_waiting(self):
        """The host's run goes on."""
        project = self.project('collections = ["leads"]\nevery = "30d"', size=20000, sandbox=("--page-rows", 200, "--latency", 40), source='api = "rest"')
        with Host(project) as host:
            host.until(lambda: host.status()["state"] == "running")
            project.write(project.config.read_text().replace("127.0.0.1:0", host.address))
            waiting = subprocess.Popen([BUILD / "millrace", "sync", "--wait", "org", "-c", project.config], stdout=subprocess.DEVNULL)
            host.until(lambda: catches_signals(waiting.pid))
            waiting.send_signal(signal.SIGINT)
            self.assertEqual(waiting.wait(PATIENCE_SECONDS), 130)
            self.assertEqual(host.status()["state"], "running")

    def test_a_sync_of_a_part_of_the_collections_serves_no_tick(self):
        project = self.project('collections = ["leads"]\nevery = "30d"')
        project.sync("org/leads")
        with Host(project) as host:
            host.until(host.has_run)

    def test_nohup_keeps_a_sync_from_the_terminals_end(self):
        project = self.project(size=20000, sandbox=("--page-rows", 200, "--latency", 5), source='api = "rest"')
        process = subprocess.Popen(["nohup", BUILD / "millrace", "sync", "-q", "-c", project.config], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while self.org.counters()["kinds"].get("query_more", 0) < 3:
            select_briefly()
        process.send_signal(signal.SIGHUP)
        self.assertEqual(process.wait(PATIENCE_SECONDS), 0)

    def test_only_whoever_may_orders(self):
        """A page of the web can neither order nor read, by whatever name it reaches the host."""
        project = self.project('collections = ["leads"]\nevery = "30d"')
        with Host(project) as host:
            host.until(host.has_run)
            self.assertEqual(host.order("org", "sync", **{"Content-Type": "text/plain"}), 415)
            for path in ("/v1/status", "/metrics"):
                with self.assertRaises(urllib.error.HTTPError) as refused:
                    host.get(path, Host="evil.example:9470")
                self.assertEqual(refused.exception.code, 403)
            self.assertEqual(host.order("org", "sync", **{"Content-Type": "application/json", "Host": "evil.example"}), 403)
            for path in ("/", "/v1/pipelines/org/sync", "/v1/statuses", "/../../etc/passwd"):
                with self.assertRaises(urllib.error.HTTPError):
                    host.get(path)

    def test_another_configuration_is_taken_by_sighup_and_a_broken_one_is_not(self):
        project = self.project('collections = ["leads"]\nevery = "30d"')
        with Host(project) as host:
            host.until(host.has_run)
            good = project.config.read_text()
            project.write(good.replace("[pipeline.org]", "[pipeline.org]\nnonsense = 1"))
            host.process.send_signal(signal.SIGHUP)
            host.until(lambda: "goes on as before" in host.said())
            self.assertIn("nonsense", host.said())
            self.assertEqual(host.status()["state"], "waiting")
            more = '\n[pipeline.more]\nsource = "org"\nwarehouse = "main"\nschema = "more"\ncollections = ["leads"]\n'
            project.write(good + more)
            host.process.send_signal(signal.SIGHUP)
            host.until(lambda: "keeps 2 pipelines" in host.said() and host.has_run(pipeline="more"))
            project.write(good)
            host.process.send_signal(signal.SIGHUP)
            host.until(lambda: len(json.loads(host.get("/v1/status"))["pipelines"]) == 1)
            self.assertEqual(host.ended_by(signal.SIGTERM), 143)

    def test_metrics_for_prometheus(self):
        project = self.project('collections = ["leads"]\nevery = "30d"')
        with Host(project) as host:
            host.until(host.has_run)
            metrics = host.get("/metrics")
            self.assertIn('millrace_runs_total{pipeline="org",outcome="success"} 1', metrics)
            self.assertIn('millrace_rows_written_total{pipeline="org"} 300', metrics)
            for line in metrics.splitlines():
                self.assertRegex(line, r"^(# (HELP|TYPE) \w+ .+|\w+\{[^}]*\} [0-9.e+-]+)$")

    def test_a_service_manager_is_told(self):
        """`Type=notify`: ready, reloading, stopping, and a watchdog that is fed."""
        import socket

        project = self.project('collections = ["leads"]\nevery = "30d"')
        path = project.folder / "notify"
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
            manager.bind(str(path))
            manager.settimeout(PATIENCE_SECONDS)
            environment = {"NOTIFY_SOCKET": str(path), "WATCHDOG_USEC": "300000"}
            with Host(project, environment=environment) as host:
                heard = set()
                while not {"READY=1", "WATCHDOG=1"} <= heard:
                    heard.add(manager.recv(1000).decode())
                host.process.send_signal(signal.SIGTERM)
                while "STOPPING=1" not in heard:
                    heard.add(manager.recv(1000).decode())
                self.assertEqual(host.process.wait(PATIENCE_SECONDS), 143)

    def test_an_org_that_is_away_is_told_and_found_again(self):
        project = self.project('collections = ["leads"]\nevery = "30d"')
        good = project.config.read_text()
        project.write(good.replace(self.org.org["login_url"], "http://127.0.0.1:9"))
        with Host(project) as host:
            host.until(lambda: host.status()["failures"] > 0)
            self.assertIn("cannot", host.status()["because"])
            project.write(good)
            host.process.send_signal(signal.SIGHUP)
            # It says so once it began, and again when another plan counts.
            host.until(lambda: host.said().count("keeps 1 pipelines") == 2)
            self.assertIn(host.order("org", "sync"), (202, 409))
            # The run's end is told before what it teaches of the pipeline.
            host.until(lambda: host.has_run() and host.status()["failures"] == 0)

    def test_configurations_that_cannot_run(self):
        project = self.project('collections = ["leads"]\nat = "0 25 * * *"')
        said = project.run("run")
        self.assertEqual(said.returncode, 2)
        self.assertIn("'25' is no hour", said.stderr)
        project.write(project.config.read_text().replace('at = "0 25 * * *"', 'at = "0 5 * * *"\ntime_zone = "Mars/Olympus"'))
        self.assertIn("there is no time zone 'Mars/Olympus'", project.run("run").stderr)
        project.write(project.config.read_text().replace("127.0.0.1:0", "0.0.0.0:9470").replace("Mars/Olympus", "UTC"))
        self.assertIn("a loopback address and a port", project.run("run").stderr)

    def test_collections_with_a_cadence_of_their_own(self):
        """Leads at each tick, accounts at theirs; a run that somebody asks for reads both."""
        org = self.enterContext(Sandbox("--scale", "tiny", "--only", "Lead,Account", "--size", "Lead=50", "--size", "Account=20"))
        pipeline = 'collections = ["leads", "accounts"]\nevery = "30d"\n[pipeline.org.collection.leads]\nevery = "1s"'
        project = self.enterContext(Project(org, pipeline=pipeline, host='http = "127.0.0.1:0"'))
        with Host(project) as host:
            host.until(host.has_run)
            both = {"Lead": ("leads", {}), "Account": ("accounts", {})}
            compare(org, project, both)
            read_first = {c["collection"]: c["run"] for c in host.status()["collections"]}
            self.assertEqual(len(read_first), 2)
            org.control("mutate", {"object": "Lead", "insert": 7, "seed": 3})
            org.control("mutate", {"object": "Account", "insert": 5, "seed": 3})
            host.until(lambda: project.scalar("SELECT count(*) FROM leads") == 57)
            self.assertEqual(project.scalar("SELECT count(*) FROM accounts"), 20)
            # The rows are there before the run has told of its end.
            host.until(lambda: {c["collection"]: c["run"] for c in host.status()["collections"]}["leads"] > read_first["leads"])
            later = {c["collection"]: c for c in host.status()["collections"]}
            self.assertEqual(later["accounts"]["run"], read_first["accounts"])
            self.assertLess(later["leads"]["lag_ms"], later["accounts"]["lag_ms"])
            # Until it is taken: the cadence may have a run under way.
            host.until(lambda: host.order("org", "sync") == 202)
            host.until(lambda: project.scalar("SELECT count(*) FROM accounts") == 25)
            self.assertEqual(host.ended_by(signal.SIGTERM), 143)

    def test_files_that_change_are_applied(self):
        """`--watch`: as SIGHUP would; with a fault nothing changes, and the log says so."""
        project = self.project('collections = ["leads"]\nevery = "30d"')
        with Host(project, "--watch") as host:
            host.until(host.has_run)
            text = project.config.read_text()
            project.config.write_text(text + "\n[pipeline.broken")
            host.until(lambda: "the configuration has faults" in host.said())
            self.assertTrue(host.has_run())
            second = text.replace("[pipeline.org]", "[pipeline.other]").replace('schema = "sfdc"', 'schema = "other"')
            beside = project.config.with_suffix(".new")
            beside.write_text(text + second[second.index("[pipeline.other]") :])
            os.replace(beside, project.config)
            host.until(lambda: host.has_run(pipeline="other"))
            project.config.write_text(text)
            host.until(lambda: "other" not in host.get("/v1/status"))
            self.assertEqual(host.ended_by(signal.SIGTERM), 143)

    def test_each_line_of_the_log_names_its_run(self):
        project = self.project('collections = ["leads"]\nevery = "30d"')
        with Host(project, "--log-format", "json", "-v") as host:
            host.until(lambda: "127.0.0.1" in host.said() and host.served() and host.has_run())
            run = host.status()["last"]["run"]
            self.assertRegex(run, r"^org-\d{8}T\d{9}Z$")
            self.assertEqual(host.ended_by(signal.SIGTERM), 143)
            lines = [json.loads(line) for line in host.said().splitlines()]
        of_run = [line for line in lines if line["pipeline"] == "org"]
        self.assertEqual({line["run"] for line in of_run}, {run})
        self.assertLessEqual({"stage", "collection", "run"}, {line["event"] for line in of_run})

    def test_it_tells_what_is_taken_of_it(self):
        project = self.project('collections = ["leads"]\nevery = "30d"', host='runs = 3\nmemory = "64MiB"')
        with Host(project) as host:
            host.until(host.has_run)
            told = json.loads(host.get("/v1/status"))
            self.assertEqual(told["runs"]["at_once"], 3)
            self.assertEqual(told["memory"]["bound"], 64 << 20)
            self.assertIn('millrace_memory_bytes{kind="bound"} 67108864', host.get("/metrics"))
            self.assertNotIn("collections", json.loads(host.get("/v1/status?detail=brief"))["pipelines"][0])

    def test_top_shows_the_host_in_a_terminal(self):
        project = self.project('collections = ["leads"]\nevery = "30d"')
        beside = project.run("top")
        self.assertEqual(beside.returncode, 2)
        self.assertIn("needs a terminal", beside.stderr)
        with Host(project) as host:
            host.until(host.has_run)
            config = project.config.read_text().replace('"127.0.0.1:0"', f'"{host.address}"')
            there = project.folder / "there.toml"
            there.write_text(config)
            keyboard, terminal = os.openpty()
            top = subprocess.Popen(
                [BUILD / "millrace", "top", "-c", there],
                stdin=terminal,
                stdout=terminal,
                stderr=terminal,
                env={**os.environ, "TERM": "xterm"},
            )
            os.close(terminal)
            screen = b""
            while b"rows written in" not in screen:
                screen += os.read(keyboard, 65536)
            self.assertIn(b"1 pipeline, 1 waiting", screen)
            os.write(keyboard, b"q")
            while b"\x1b[?1049l" not in screen:
                screen += os.read(keyboard, 65536)
            self.assertEqual(top.wait(PATIENCE_SECONDS), 0)
            os.close(keyboard)


if __name__ == "__main__":
    unittest.main()
