"""One host and many tenants: an org that fails concerns nobody else, and a signal under load loses nothing."""

import json
import signal
import time
import unittest

from failing_orgs import RedirectingHost, SilentHost, drip, free_address
from harness import Sandbox, compare
from host import Host
from servers import PostgresServer
from tenants import Tenants, org_names, org_section, orgs_arguments, runs_ended, sandbox_of

HEALTHY = 100
CYCLES = 2
LEADS = {"Lead": ("leads", {})}
ACCOUNTS = {"Account": ("accounts", {})}


class OneFailsAmongMany(unittest.TestCase):
    """I6: what one org does stays with its pipeline."""

    SERVED = ("errors", "busy", "expired")
    # What the status says of each, beside its name.
    TOLD = {
        "nobody": "cannot be reached",
        "silent": "silent",
        "drip": "silent",
        "redirects": "status 302",
        "errors": "UNKNOWN_EXCEPTION",
        "busy": "status 429",
        "expired": "invalid_grant",
    }

    def break_orgs(self, org):
        """Each way to fail as an org of its own; returns login urls by name."""
        org = sandbox_of(org, "errors")
        org.fault("any", {"type": "error", "status": 500, "errorCode": "UNKNOWN_EXCEPTION", "message": "it fell over"}, count=-1)
        sandbox_of(org, "busy").fault("any", {"type": "error", "status": 429, "errorCode": "TOO_MANY", "message": "slow down"}, count=-1)
        expired = {"type": "token_error", "error": "invalid_grant", "error_description": "expired access/refresh token"}
        sandbox_of(org, "expired").fault("token", expired, count=-1)
        return {
            "nobody": free_address(),
            "silent": self.enterContext(SilentHost()).base_url,
            "drip": self.enterContext(SilentHost(drip)).base_url,
            "redirects": self.enterContext(RedirectingHost()).base_url,
            **{name: sandbox_of(org, name).org["login_url"] for name in self.SERVED},
        }

    def test_all_others_run_on_while_an_org_fails_in_any_way(self):
        """A dead host, a silent one, a drip, endless redirects, 500s, 429s and a grant that has ended, each in turn and
        then all of them, beside a hundred healthy orgs and with four places: each healthy one goes on, cycle after
        cycle, and ends as its org; the status of who fails says why."""
        healthy = org_names(HEALTHY)
        org = self.enterContext(Sandbox("--scale", "few", "--only", "Account", *orgs_arguments([*healthy, *self.SERVED])))
        once = 'collections = ["accounts"]\nevery = "3s"'
        project = self.enterContext(Tenants(org, host='runs = 4\nstall_timeout = "2s"', pipeline=once))
        urls = self.break_orgs(org)
        well = project.head + "".join(org_section(o, pipeline=once) for o in org.orgs if o["name"] in healthy)
        project.write(well)
        with Host(project) as host:
            host.until(lambda: min(self.runs(host).get(name, 0) for name in healthy) >= 1)
            took = {"nobody fails": self.cycles(host, healthy)}
            for name in healthy:
                org.control("mutate", {"object": "Account", "update": 1, "insert": 1, "seed": 4}, org=name)
            for failing in [*([name] for name in urls), list(urls)]:
                project.write(well + "".join(org_section({"name": name}, urls[name], pipeline=once) for name in failing))
                host.process.send_signal(signal.SIGHUP)
                took[", ".join(failing)] = self.cycles(host, healthy)
                host.until(lambda: all(self.says_why(host, name) for name in failing))
                for name, outcomes in runs_ended(host).items():
                    self.assertEqual(set(outcomes), {"failure"} if name in urls else {"success"}, name)
            self.assertEqual(host.ended_by(signal.SIGTERM), 143)
        print("(seconds a cycle: " + "; ".join(f"{who} {seconds:.1f}" for who, seconds in took.items()) + ") ", end="", flush=True)
        for name in healthy:
            compare(sandbox_of(org, name), project.of(name), ACCOUNTS)

    @staticmethod
    def runs(host):
        return {name: sum(outcomes.values()) for name, outcomes in runs_ended(host).items()}

    def cycles(self, host, names):
        """Waits for some of every one's; returns how long one took."""
        reached = self.runs(host)
        began = time.monotonic()
        host.until(lambda: all(self.runs(host).get(name, 0) >= reached[name] + CYCLES for name in names))
        return (time.monotonic() - began) / CYCLES

    def says_why(self, host, name):
        known = {p["pipeline"]: p for p in json.loads(host.get("/v1/status"))["pipelines"]}
        status = known.get(name, {"failures": 0})
        return status["failures"] > 0 and self.TOLD[name] in json.dumps(status.get("last", {}))


class SignalUnderLoad(unittest.TestCase):
    TENANTS = 20
    RECORDS = 6000

    def test_sigterm_under_full_load_loses_nothing(self):
        """I1, I18: rows and the checkpoint that covers them agree, whatever was under way, and the next run ends as the orgs."""
        names = org_names(self.TENANTS)
        org = self.enterContext(Sandbox("--scale", "few", "--only", "Lead", "--size", f"Lead={self.RECORDS}", "--page-rows", 100, "--latency", 60, *orgs_arguments(names)))
        server = self.enterContext(PostgresServer(settings=PostgresServer.hasty))
        load = 'collections = ["leads"]\nevery = "30d"'
        project = self.enterContext(Tenants(org, host=f"runs = {self.TENANTS}", pipeline=load, warehouse_server=server))
        text = project.config.read_text().replace("\n\n[pipeline.", '\napi = "rest"\n\n[pipeline.')
        project.write(text)
        with Host(project) as host:
            host.until(lambda: self.loading(host) > self.TENANTS // 2)
            began = time.monotonic()
            self.assertEqual(host.ended_by(signal.SIGTERM), 143)
            print(f"(drained in {time.monotonic() - began:.1f} s) ", end="", flush=True)
        cut_off = sum(self.rows_agree(org, project.of(name)) for name in names)
        self.assertGreater(cut_off, 0)
        done = project.run("sync", "-q")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        for name in names:
            compare(sandbox_of(org, name), project.of(name), LEADS)

    @staticmethod
    def loading(host):
        """How many load, and have rows."""
        pipelines = json.loads(host.get("/v1/status"))["pipelines"]
        return sum(p.get("run", {}).get("rows_written", 0) > 0 for p in pipelines)

    def rows_agree(self, org, project):
        """What the checkpoint covers is there; whether the load was cut off."""
        with project.tables() as tables:
            if "_millrace_checkpoints" not in tables.known or "leads" not in tables.known:
                return True
        found = project.rows("_millrace_checkpoints", "collection", "cursor", "complete")
        here = {key for key, in project.rows("leads", "id")}
        own = [(cursor, complete) for collection, cursor, complete in found if collection == "leads"]
        if not own:
            # A batch commits the checkpoint where pages are done, and rows of a page under way may be there before.
            return True
        ((cursor, complete),) = own
        covered = [r["Id"] for r in sandbox_of(org, project.schema).truth("Lead") if cursor is not None and r["SystemModstamp"] < cursor]
        missing = [key for key in covered if key not in here]
        self.assertEqual(missing[:3], [], f"{project.schema}: the checkpoint at {cursor} covers what is not there")
        self.assertLessEqual(len(here), self.RECORDS)
        return complete != "1"


if __name__ == "__main__":
    unittest.main()
