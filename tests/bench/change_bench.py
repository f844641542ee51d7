"""What a change costs: first loads by this millrace and by that of another build folder, in turn.

The same simulated org and the same database for both, who comes first changes from round to round, and the figure is the
median of what the pairs of a round differ by: what the machine does meanwhile meets both.
"""

import contextlib
import pathlib
import statistics

from harness import BUILD, Project, Sandbox
from measuring import processor_seconds, timed
from servers import PostgresServer


def first_load(program, org, records, server):
    """Wall seconds, processor seconds, those of the server, peak memory in MB."""
    with Project(org, source='api = "bulk"', pipeline='collections = ["accounts"]', warehouse_server=server) as project:
        before = processor_seconds(server.process.pid) if server else 0.0
        wall, cpu, memory = timed([program, "sync", "-q", "-c", project.config])
        served = processor_seconds(server.process.pid) - before if server else 0.0
        if server:
            rows = int(server.query("SELECT count(*) FROM sfdc_prod.accounts")[0][0])
            server.drop_schema("sfdc_prod")
        else:
            rows = project.scalar("SELECT count(*) FROM accounts")
        if rows != records:
            raise SystemExit(f"{program} loaded {rows} rows")
    return wall, cpu, served, memory


def report(title, before, after):
    print(f"  {title}")
    for name, measured in (("before", before), ("now", after)):
        wall, cpu, served, memory = (statistics.median(column) for column in zip(*measured, strict=True))
        print(f"    {name:6}  {wall:6.2f} s  cpu {cpu:6.2f} s + server {served:6.2f} s  {memory:5.0f} MB peak")
    pairs = list(zip(before, after, strict=True))
    wall = statistics.median(now[0] / then[0] for then, now in pairs)
    cpu = statistics.median(now[1] / then[1] for then, now in pairs)
    print(f"    now / before: time {wall:.3f}, processor {cpu:.3f}", flush=True)


def bench_change(before, records, rounds):
    programs = (pathlib.Path(before).resolve() / "millrace", BUILD / "millrace")
    if not programs[0].exists():
        raise SystemExit(f"there is no {programs[0]}: --before names the build folder of an earlier state")
    print(f"first loads of {records:,} accounts by Bulk, {rounds} rounds of both")
    with Sandbox("--size", f"Account={records}", "--bulk-delay", 10) as org:
        for title, database in (("SQLite", contextlib.nullcontext), ("PostgreSQL", PostgresServer)):
            measured = {program: [] for program in programs}
            with database() as server:
                for round_number in range(rounds):
                    for program in programs if round_number % 2 == 0 else reversed(programs):
                        measured[program].append(first_load(program, org, records, server))
            report(title, *(measured[program] for program in programs))
