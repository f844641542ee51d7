"""Measurements, each as a ratio to the limit measured in the same run.

  bench.py [calls] [decode] [load] [sqlite] [postgresql] [link] [tenants] [--records N] [--rows N] [--rounds N] [--only DATABASE]
           [--orgs N] [--runs N] [--schedule]
  bench.py change --before FOLDER [--records N] [--rounds N]

sqlite: a sandbox org's accounts into SQLite through ODBC, by Bulk and by REST: wall time, rows/s, peak
memory, and the ratio to the sqlite3 C API inserting the same rows from memory. Download, parsing, merge and
commit are in the time; sandbox, millrace and SQLite share the machine.
postgresql: the same into PostgreSQL over one and two connections; the limit is psql's copy of a ready CSV file into a
staging table and one INSERT .. ON CONFLICT, on one connection.
load: ready batches into SQLite, PostgreSQL and MariaDB, without an org (load_bench.py).
link: accounts by Bulk from an org that takes 100 ms to answer, over connections of 20 MB/s each; with one page of the
result at a time, and with several side by side.
calls: API calls of a first load of a million accounts, by each API, as an org counts them.
decode: how fast pages are parsed, without a network.
tenants: one host with a pipeline for each of many orgs: first sync, idle cycle, changes (tenants_bench.py). By name only.
With --schedule: configuration, start and SIGHUP of 10,000 pipelines instead (schedule_bench.py).
change: first loads by this build's millrace and by that of an earlier state's build folder, in turn (change_bench.py). By name only.
"""

import argparse
import pathlib
import statistics
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "integration"))

from api_calls import measure_load  # noqa: E402
from harness import BUILD, Project, Sandbox  # noqa: E402
from change_bench import bench_change  # noqa: E402
from load_bench import bench_load  # noqa: E402
from measuring import processor_seconds, timed  # noqa: E402
from servers import PostgresServer  # noqa: E402
from schedule_bench import bench_schedule  # noqa: E402
from tenants_bench import bench_tenants  # noqa: E402


def bench_sqlite(records):
    print(f"accounts into SQLite: {records:,} records")
    with Sandbox("--size", f"Account={records}", "--bulk-delay", 10) as org:
        for api in ("bulk", "rest"):
            with Project(org, source=f'api = "{api}"', pipeline='collections = ["accounts"]') as project:
                wall, cpu, memory = timed([BUILD / "millrace", "sync", "-q", "-c", project.config])
                with project.connect() as connection:
                    rows = connection.execute("SELECT count(*) FROM accounts").fetchone()[0]
                    columns = len(connection.execute("PRAGMA table_info(accounts)").fetchall())
                if rows != records:
                    raise SystemExit(f"{rows} rows arrived")
                limit = float(
                    subprocess.check_output([BUILD / "bench_sqlite_limit", project.database, "accounts", project.folder / "limit.db"])
                )
                print(
                    f"  {api:4}  {columns} columns  {wall:6.1f} s  {rows / wall:8,.0f} rows/s  "
                    f"{cpu:6.1f} s cpu  {memory:5.0f} MB peak  limit {limit:8,.0f} rows/s  ratio {rows / wall / limit:.2f}",
                    flush=True,
                )


def bench_link(records, latency_ms=100, bytes_of_connection=20_000_000):
    print(f"accounts by Bulk, {latency_ms} ms to an answer, {bytes_of_connection // 1_000_000} MB/s a connection: {records:,} records")
    slow = ("--latency", latency_ms, "--link", bytes_of_connection, "--gzip", "off")
    with Sandbox("--size", f"Account={records}", "--bulk-delay", 10, *slow) as org:
        for pages in (1, 2, 4):
            with Project(org, source=f'api = "bulk"\nconcurrency = {pages}', pipeline='collections = ["accounts"]') as project:
                wall, cpu, memory = timed([BUILD / "millrace", "sync", "-q", "-c", project.config])
                rows = project.scalar("SELECT count(*) FROM accounts")
            if rows != records:
                raise SystemExit(f"{rows} rows arrived")
            print(f"  {pages} at a time  {wall:6.1f} s  {rows / wall:8,.0f} rows/s  {cpu:6.1f} s cpu  {memory:5.0f} MB peak", flush=True)


def bench_calls(records=1_000_000):
    print(f"API calls of a first load of {records:,} accounts")
    for api in ("rest", "bulk"):
        print(f"  {api:4}  {measure_load(records, api)['calls']:,}", flush=True)


def postgresql_limit(server, records):
    """Rows/s of a ready CSV file of the same rows: staging table, then the merge."""
    path = server.new_file()
    columns = [name for name, in server.query("SELECT column_name FROM information_schema.columns WHERE table_schema='sfdc_prod' AND table_name='accounts' ORDER BY ordinal_position")]
    names = ", ".join(f'"{c}"' for c in columns)
    updates = ", ".join(f'"{c}"=excluded."{c}"' for c in columns if c != "id")
    server.execute(f"\\copy sfdc_prod.accounts TO '{path}' CSV")
    server.execute("CREATE UNLOGGED TABLE sfdc_prod.stage AS SELECT * FROM sfdc_prod.accounts WHERE false; TRUNCATE sfdc_prod.accounts; VACUUM sfdc_prod.accounts")
    begin = time.monotonic()
    server.execute(f"\\copy sfdc_prod.stage FROM '{path}' CSV")
    server.execute(f"INSERT INTO sfdc_prod.accounts ({names}) SELECT * FROM sfdc_prod.stage ON CONFLICT (id) DO UPDATE SET {updates}")
    took = time.monotonic() - begin
    path.unlink()
    return records / took


def bench_postgresql(records, rounds):
    """Medians: machines are not the same from one minute to the next."""
    print(f"accounts into PostgreSQL: {records:,} records, medians of {rounds} rounds")
    limits, syncs = [], {1: [], 2: []}
    with Sandbox("--size", f"Account={records}", "--bulk-delay", 10) as org, PostgresServer() as server:
        for _ in range(rounds):
            for connections, measured in syncs.items():
                with Project(org, pipeline='collections = ["accounts"]', warehouse=f"connections = {connections}", warehouse_server=server) as project:
                    before = processor_seconds(server.process.pid)
                    wall, cpu, memory = timed([BUILD / "millrace", "sync", "-q", "-c", project.config])
                    measured.append((wall, cpu, processor_seconds(server.process.pid) - before, memory))
                rows = server.query("SELECT count(*) FROM sfdc_prod.accounts")[0][0]
                if int(rows) != records:
                    raise SystemExit(f"{rows} rows arrived")
                if connections == 1:
                    limits.append(postgresql_limit(server, records))
                server.drop_schema("sfdc_prod")
    limit = statistics.median(limits)
    for connections, measured in syncs.items():
        wall, cpu, served, memory = (statistics.median(column) for column in zip(*measured, strict=True))
        print(
            f"  {connections} connections  {wall:6.1f} s  {records / wall:8,.0f} rows/s  cpu {cpu:6.1f} s + server {served:6.1f} s  "
            f"{memory:5.0f} MB peak  limit {limit:8,.0f} rows/s  ratio {records / wall / limit:.2f}"
            f"  ({min(records / wall_of[0] for wall_of in measured) / limit:.2f} to {max(records / wall_of[0] for wall_of in measured) / limit:.2f})",
            flush=True,
        )


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", nargs="*", choices=["calls", "decode", "load", "sqlite", "postgresql", "link", "tenants", "change", []], default=[])
    parser.add_argument("--records", type=int, default=1_000_000)
    parser.add_argument("--rows", type=int, default=200_000, help="of load")
    parser.add_argument("--rounds", type=int, default=5, help="of load and of postgresql")
    parser.add_argument("--only", nargs="*", choices=["sqlite", "postgresql", "mariadb"], help="databases of load")
    parser.add_argument("--before", metavar="FOLDER", help="of change: a build folder of an earlier state")
    parser.add_argument("--orgs", type=int, default=1000, help="of tenants")
    parser.add_argument("--runs", type=int, default=4, help="at once, of tenants (4, as `runs`)")
    parser.add_argument("--schedule", action="store_true", help="of tenants: 10,000 pipelines that wait")
    asked = parser.parse_args()
    if not asked.what or "calls" in asked.what:
        bench_calls()
    if not asked.what or "decode" in asked.what:
        subprocess.check_call([BUILD / "bench_decode"])
    if not asked.what or "load" in asked.what:
        bench_load(asked.rows, asked.rounds, asked.only)
    if not asked.what or "sqlite" in asked.what:
        bench_sqlite(asked.records)
    if not asked.what or "postgresql" in asked.what:
        bench_postgresql(asked.records, asked.rounds)
    if not asked.what or "link" in asked.what:
        bench_link(asked.records)
    if "change" in asked.what:
        if not asked.before:
            parser.error("change wants --before FOLDER")
        bench_change(asked.before, asked.records, asked.rounds)
    if "tenants" in asked.what:
        bench_schedule() if asked.schedule else bench_tenants(asked.orgs, asked.runs)


if __name__ == "__main__":
    main()
