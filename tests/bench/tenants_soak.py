"""Many orgs at a cadence of seconds, under random changes and faults, for as long as is asked: `./dev soak tenants`.

  tenants_soak.py [--minutes M] [--orgs N] [--seed S]

Prints what millrace holds each minute (more often in short soaks). In the end the faults stop, every pipeline has a run
that began after the last change, and every table is compared with its org. Ends with 1 when a table differs, or when memory,
descriptors or threads grew: the median of the last third of the samples may be 1.15 times that of the second third.
"""

import argparse
import json
import pathlib
import random
import signal
import statistics
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "integration"))

from harness import Sandbox, compare  # noqa: E402
from host import Host  # noqa: E402
from servers import PostgresServer  # noqa: E402
from tenants import Tenants, descriptors_of, org_names, orgs_arguments, runs_ended, sandbox_of, status_number  # noqa: E402

SAMPLES_MIN = 12
GROWTH_MAX = 1.15
SETTLE_SECONDS_MAX = 900
CENSUS_MINUTES = 10
TABLES = {
    "Account": "accounts", "Campaign": "campaigns", "Contact": "contacts", "Lead": "leads", "Opportunity": "opportunities", "Task": "tasks",
}  # fmt: skip
FAULTS = (
    ("any", {"type": "error", "status": 500, "errorCode": "UNKNOWN_EXCEPTION", "message": "soak"}),
    ("any", {"type": "error", "status": 503, "errorCode": "SERVER_UNAVAILABLE", "message": "soak"}),
    ("any", {"type": "reset", "after_bytes": 40}),
    ("any", {"type": "truncate", "after_bytes": 100}),
    ("any", {"type": "maintenance", "status": 200}),
    ("any", {"type": "delay", "ms": 3000}),
    ("any", {"type": "stall", "after_bytes": 10}),
    ("any", {"type": "expire_session"}),
    ("query", {"type": "wrong_count"}),
    ("query", {"type": "corrupt_gzip"}),
    ("token", {"type": "token_error", "error": "invalid_grant", "error_description": "soak"}),
)


class Series:
    """What the process held, sample by sample."""

    NAMES = ("resident MB", "descriptors", "threads")

    def __init__(self, host):
        self.host = host
        self.rows = []

    def sample(self, minute):
        pid = self.host.process.pid
        row = (status_number(pid, "VmRSS") / 1024, descriptors_of(pid), status_number(pid, "Threads"))
        self.rows.append(row)
        ended = [outcomes for outcomes in runs_ended(self.host).values()]
        runs = sum(sum(outcomes.values()) for outcomes in ended)
        good = sum(outcomes.get("success", 0) for outcomes in ended)
        print(f"  {minute:6.1f} min  {row[0]:6.1f} MB  {row[1]:4} descriptors  {row[2]:3} threads  {runs:7,} runs, {runs - good:6,} of them failed", flush=True)

    def grown(self):
        """Names of what is not flat, with the medians."""
        third = len(self.rows) // 3
        out = []
        for i, name in enumerate(self.NAMES):
            second, last = (statistics.median(row[i] for row in part) for part in (self.rows[third : 2 * third], self.rows[2 * third :]))
            print(f"  {name}: median of the second third {second:.1f}, of the last {last:.1f}", flush=True)
            if last > GROWTH_MAX * second:
                out.append(name)
        return out


def shake(org, dice):
    """A change in one org, and now and then a fault in another."""
    name = dice.choice(org.orgs)["name"]
    change = {"object": dice.choice(list(TABLES)), "seed": dice.randrange(1 << 30), "update": dice.randrange(4), "insert": dice.randrange(3)}
    if dice.random() < 0.3:
        change["delete"] = 1
    if dice.random() < 0.1:
        change["hard_delete"] = 1
    org.control("mutate", change, org=name)
    # Few enough that an org is rid of them before it meets the next: who fails again and again is left alone for longer and longer.
    if dice.random() < 0.03:
        kind, action = dice.choice(FAULTS)
        org.control("faults", {"kind": kind, "action": action, "count": dice.randrange(1, 5)}, org=dice.choice(org.orgs)["name"])


def settle(org, host, names):
    """Faults end; returns when each pipeline has had a good run that began after that."""
    for name in names:
        org.control("faults", method="DELETE", org=name)
        # Until the next census: what went from the recycle bin is in no account of deletions.
        org.control("clock", {"advance_seconds": 60 * (CENSUS_MINUTES + 1)}, org=name)
    host.process.send_signal(signal.SIGHUP)  # what had failed too often is tried again
    now = json.loads(host.get("/v1/status?pipeline=" + names[0]))["now"]
    waiting = set(names)
    deadline = time.monotonic() + SETTLE_SECONDS_MAX
    while waiting:
        for name in list(waiting):
            last = host.status(name).get("last", {})
            if last.get("started_at", "") > now and last["outcome"] == "success":
                waiting.remove(name)
            elif last.get("outcome") != "success":
                host.order(name, "sync")  # it need not wait for its next attempt
        if time.monotonic() > deadline:
            raise SystemExit(f"{len(waiting)} pipelines did not succeed: {sorted(waiting)[:5]}: {host.status(min(waiting))}")
        time.sleep(0.5)


def soak(options):
    dice = random.Random(options.seed)
    names = org_names(options.orgs)
    pipeline = f'collections = {list(TABLES)}\nevery = "{options.every}"\ndeletions_every = "0s"\ncensus_every = "{CENSUS_MINUTES}m"'.replace("'", '"')
    arguments = ("--scale", "tiny", "--seed", options.seed, "--only", ",".join(TABLES), "--bulk-delay", 50)
    bad = 0
    with (
        Sandbox(*arguments, *orgs_arguments(names)) as org,
        PostgresServer(settings=PostgresServer.hasty) as server,
        Tenants(org, host='runs = 8\nstall_timeout = "5s"', pipeline=pipeline, warehouse_server=server) as project,
    ):
        for name in names:
            sandbox_of(org, name).only_stamped_changes()
        with Host(project) as host:
            series = Series(host)
            began = time.monotonic()
            every = min(60.0, options.minutes * 60 / SAMPLES_MIN)
            for number in range(1, int(options.minutes * 60 / every) + 1):
                while time.monotonic() < began + number * every:
                    shake(org, dice)
                    time.sleep(0.05)
                series.sample((time.monotonic() - began) / 60)
            settle(org, host, names)
            if grown := series.grown():
                print(f"not flat: {', '.join(grown)}")
                bad += 1
            host.ended_by(15)
        for name in names:
            try:
                compare(sandbox_of(org, name), project.of(name), {one: (table, {}) for one, table in TABLES.items()})
            except AssertionError as fault:
                bad += 1
                print(f"{name}: {fault}", flush=True)
    print(f"seed {options.seed}: {len(names) * len(TABLES)} tables compared, {bad} faults", flush=True)
    return bad


def main():
    parser = argparse.ArgumentParser(prog="./dev soak tenants")
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--orgs", type=int, default=100)
    parser.add_argument("--every", default="10s", help="cadence of each pipeline (10s)")
    parser.add_argument("--seed", type=int, default=1)
    return 1 if soak(parser.parse_args()) else 0


if __name__ == "__main__":
    sys.exit(main())
