"""Measurements, each as a ratio to the limit measured in the same run.

  bench.py [sqlite] [decode] [--records N]

sqlite: a sandbox org's accounts into SQLite through ODBC, by Bulk and by REST: wall time, rows/s, peak
memory, and the ratio to the sqlite3 C API inserting the same rows from memory. Download, parsing, merge and
commit are in the time; sandbox, millrace and SQLite share the machine.
decode: how fast pages are parsed, without a network.
"""

import argparse
import os
import pathlib
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "integration"))

from harness import BUILD, Project, Sandbox  # noqa: E402


def timed(command):
    """Wall seconds, processor seconds and peak resident memory in MB of a command."""
    begin = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise SystemExit(f"{command[0]} ended with {process.returncode}")
    return time.monotonic() - begin, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


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


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", nargs="*", choices=["sqlite", "decode", []], default=[])
    parser.add_argument("--records", type=int, default=1_000_000)
    asked = parser.parse_args()
    if not asked.what or "decode" in asked.what:
        subprocess.check_call([BUILD / "bench_decode"])
    if not asked.what or "sqlite" in asked.what:
        bench_sqlite(asked.records)


if __name__ == "__main__":
    main()
