"""A host with many tenants: what a first sync of all, an idle cycle and a cycle with some changes cost.

One sandbox process with all orgs, one PostgreSQL with a schema for each, one `millrace run`; all share the machine. A cycle
is ordered: each pipeline is told to run, and over when each has. Processor seconds are those of the whole cycle, orders and
looks at the metrics included. Calls are counted by the orgs, statements and transactions by the server, which sees what the
driver asks for itself as well.
"""

import time

from api_calls import CLOCK, HOUR
from harness import Sandbox
from host import Host
from measuring import processor_seconds
from servers import PostgresServer
from tenants import Tenants, forget_peak, org_names, orgs_arguments, processor_seconds_of, runs_ended, status_number

LOOK_SECONDS = 2.0
PATIENCE_SECONDS = 7200
SETTINGS = {
    "fsync": "off",  # the machine's disk is not what is measured
    "shared_preload_libraries": "pg_stat_statements",
    "pg_stat_statements.max": "400000",
    "shared_buffers": "1GB",
    "max_connections": "200",
}


class Fleet:
    """The world of a measurement, and the meters of its processes."""

    def __init__(self, org, server, host):
        self.org, self.server, self.host = org, server, host
        self.names = [o["name"] for o in org.orgs]

    def statements(self):
        ((calls, lost),) = self.server.query("SELECT coalesce(sum(calls), 0), (SELECT dealloc FROM pg_stat_statements_info) FROM pg_stat_statements")
        ((transactions,),) = self.server.query(f"SELECT xact_commit + xact_rollback FROM pg_stat_database WHERE datname = '{self.server.database}'")
        return int(calls), int(lost), int(transactions)

    def ended(self):
        return sum(sum(outcomes.values()) for outcomes in runs_ended(self.host).values())

    def await_runs(self, count):
        deadline = time.monotonic() + PATIENCE_SECONDS
        while self.ended() < count:
            if time.monotonic() > deadline or self.host.process.poll() is not None:
                raise SystemExit(f"the cycle did not end: exit {self.host.process.poll()}")
            time.sleep(LOOK_SECONDS)

    def measured(self, title, work):
        """One stage: its line, and its figures."""
        pid = self.host.process.pid
        self.server.execute("SELECT pg_stat_statements_reset()", admin=True)
        for name in self.names:
            self.org.control("counters/reset", {}, org=name)
        forget_peak(pid)
        before = self.statements()
        cpu = [processor_seconds_of(pid), processor_seconds(self.server.process.pid), processor_seconds_of(self.org.process.pid)]
        began = time.monotonic()
        work()
        wall = time.monotonic() - began
        spent = [
            now - then
            for now, then in zip(
                [processor_seconds_of(pid), processor_seconds(self.server.process.pid), processor_seconds_of(self.org.process.pid)], cpu, strict=True
            )
        ]
        peak = status_number(pid, "VmHWM") / 1024
        after = self.statements()
        calls = sum(self.org.control("counters", org=name)["calls"] for name in self.names)
        tenants = len(self.names)
        at_least = ">= " if after[1] > 0 else ""
        print(
            f"  {title:28} {wall:7.1f} s  cpu millrace {spent[0]:7.1f} s, server {spent[1]:7.1f} s, orgs {spent[2]:6.1f} s  {peak:5.0f} MB peak  "
            f"{calls / tenants:6.1f} calls, {at_least}{after[0] / tenants:6.1f} statements, {(after[2] - before[2]) / tenants:6.1f} transactions a tenant",
            flush=True,
        )

    def cycle(self):
        """Each pipeline is told to run, and has."""
        before = self.ended()
        for name in self.names:
            if self.host.order(name, "sync") != 202:
                raise SystemExit(f"{name} cannot be told to run")
        self.await_runs(before + len(self.names))

    def advance(self, hours=3):
        for name in self.names:
            self.org.control("clock", {"advance_seconds": hours * HOUR}, org=name)

    def change(self, percent, seed):
        """So many of each org's records, at least one."""
        for name in self.names:
            self.org.control("mutate", {"object": "*", "update": max(1, self.records * percent // 100), "seed": seed}, org=name)

    def check_outcomes(self):
        bad = {name: outcomes for name, outcomes in runs_ended(self.host).items() if set(outcomes) != {"success"}}
        if bad or len(runs_ended(self.host)) != len(self.names):
            raise SystemExit(f"not all runs succeeded: {dict(list(bad.items())[:5])}")

    @property
    def records(self):
        return sum(o["records"] for o in self.org.objects())


def bench_tenants(count, runs):
    names = org_names(count)
    print(f"{count:,} tenants, the 48 standard collections each, {runs} runs at once, PostgreSQL", flush=True)
    began = time.monotonic()
    with (
        Sandbox("--scale", "few", "--bulk-delay", 0, "--clock", CLOCK, *orgs_arguments(names)) as org,
        PostgresServer(settings=SETTINGS) as server,
        Tenants(org, host=f"runs = {runs}", pipeline='collections = ["@standard"]\nevery = "30d"', warehouse_server=server) as project,
    ):
        server.execute("CREATE EXTENSION pg_stat_statements", admin=True)
        print(f"  (orgs, server and configuration are there after {time.monotonic() - began:.1f} s)", flush=True)
        with Host(project) as host:
            fleet = Fleet(org, server, host)
            fleet.measured("first sync of all", lambda: fleet.await_runs(count))
            print(f"  ({fleet.records:,} records in each org; orgs' process {status_number(org.process.pid, 'VmRSS') / 1024:,.0f} MB)", flush=True)
            # The first cycle after a load is not that of every day: what a load could not tell is learned then.
            fleet.advance()
            fleet.cycle()
            fleet.advance()
            fleet.measured("idle, deletions asked for", fleet.cycle)
            fleet.advance()
            fleet.measured("idle cycle", fleet.cycle)
            # At the same hour: deletions are not due again.
            fleet.change(1, seed=1)
            fleet.measured("cycle with 1% changed", fleet.cycle)
            fleet.check_outcomes()
