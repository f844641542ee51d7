"""`millrace run`: the host that keeps pipelines on their cadence, what it tells, and how it ends."""

import json
import os
import re
import signal
import subprocess
import time
import unittest
import urllib.error
import urllib.request

from harness import BUILD, Project, Sandbox, compare, select_briefly

PATIENCE_SECONDS = 60
LEADS = {"Lead": ("leads", {})}


class Host:
    """A host that runs; use it as a context. It is ended by its pid, if it has not ended by itself."""

    def __init__(self, project, *arguments, environment=None, under=()):
        self.project = project
        self.log = project.folder / f"host-{time.monotonic_ns()}.log"
        with open(self.log, "w") as log:
            self.process = subprocess.Popen(
                [*under, BUILD / "millrace", "run", "-c", project.config, *arguments],
                stdout=subprocess.DEVNULL,
                stderr=log,
                env={**os.environ, **(environment or {})},
            )
        self.address = None

    def __enter__(self):
        self.until(lambda: self.served() is not None)
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait(PATIENCE_SECONDS)

    def said(self):
        return self.log.read_text()

    def served(self):
        found = re.search(r"http://([0-9.:]+)/v1/status", self.said())
        self.address = found.group(1) if found else None
        return self.address

    def until(self, holds):
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not holds():
            if time.monotonic() > deadline or self.process.poll() is not None:
                raise AssertionError(f"it did not come to that; exit {self.process.poll()}\n{self.said()}")
            select_briefly()

    def get(self, path, **headers):
        request = urllib.request.Request(f"http://{self.address}{path}", headers=headers)
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.read().decode()

    def order(self, pipeline, what, **headers):
        headers = headers or {"Content-Type": "application/json"}
        request = urllib.request.Request(f"http://{self.address}/v1/pipelines/{pipeline}/{what}", b"{}", headers)
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return answer.status
        except urllib.error.HTTPError as error:
            return error.code

    def status(self, pipeline="org"):
        return json.loads(self.get(f"/v1/status?pipeline={pipeline}"))["pipelines"][0]

    def has_run(self, outcome="success", pipeline="org"):
        """False as well for one that it does not know yet."""
        known = {p["pipeline"]: p for p in json.loads(self.get("/v1/status"))["pipelines"]}
        return known.get(pipeline, {}).get("last", {}).get("outcome") == outcome

    def ended_by(self, number):
        self.process.send_signal(number)
        return self.process.wait(PATIENCE_SECONDS)


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
            host.until(lambda: "anew" in host.said())
            text = project.config.read_text()
            self.assertEqual(host.order("org", "sync") in (202, 409), True, text)
            host.until(host.has_run)
            self.assertEqual(host.status()["failures"], 0)

    def test_configurations_that_cannot_run(self):
        project = self.project('collections = ["leads"]\nat = "0 25 * * *"')
        said = project.run("run")
        self.assertEqual(said.returncode, 2)
        self.assertIn("'25' is no hour", said.stderr)
        project.write(project.config.read_text().replace('at = "0 25 * * *"', 'at = "0 5 * * *"\ntime_zone = "Mars/Olympus"'))
        self.assertIn("there is no time zone 'Mars/Olympus'", project.run("run").stderr)
        project.write(project.config.read_text().replace("127.0.0.1:0", "0.0.0.0:9470").replace("Mars/Olympus", "UTC"))
        self.assertIn("a loopback address and a port", project.run("run").stderr)


if __name__ == "__main__":
    unittest.main()
