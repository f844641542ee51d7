"""How fast ready batches are loaded, as a ratio to the database's own bulk loader doing the same work in the same run.

The limit: PostgreSQL `\\copy` CSV into an unlogged staging table, then INSERT .. ON CONFLICT (with the version test where
rows are unchanged); MariaDB LOAD DATA LOCAL INFILE into a staging table, then INSERT .. ON DUPLICATE KEY UPDATE; SQLite
prepared upserts by its C API in one transaction. Rows of 60 columns and about a kilobyte (lab_rows.cpp). Each round
measures the limit and each way of ours on the same state of the table; the figure is the median of the rounds.

Then rows of 400 columns against those of 60, as many cells of the same kinds: what a cell costs.
"""

import json
import pathlib
import statistics
import subprocess
import tempfile
import time

from harness import BUILD
from measuring import processor_seconds
from servers import MariaServer, PostgresServer

SCHEMA = "sfdc_prod"
LOADER = BUILD / "bench_load"
SCENARIOS = ((0, "initial"), (100, "100 % changed"), (10, "10 %"), (1, "1 %"))
USUAL, WIDE = 60, 400
STAMP = "'2024-01-02 03:04:05.678'"


def columns():
    lines = subprocess.check_output([LOADER, "columns"], text=True).split("\n")
    return [tuple(line.split()) for line in lines if line]


def csv_file(folder, rows, percent):
    path = folder / f"rows_{percent}.csv"
    if not path.exists():
        with open(path, "wb") as out:
            subprocess.check_call([LOADER, "csv", str(rows), str(percent)], stdout=out)
        path.chmod(0o644)
    return path


class Side:
    """One database: how its limit is run and its table is brought back to a known state."""

    connections = (1, 2)

    def __init__(self, server, folder, rows):
        self.server = server
        self.folder = folder
        self.rows = rows
        self.names = [name for name, _ in columns()]

    def ours(self, percent, connections):
        return self.load(SCHEMA, self.rows, percent, connections, USUAL)

    def load(self, schema, rows, percent, connections, columns):
        numbers = map(str, (rows, percent, connections, columns))
        begin = processor_seconds(self.server.process.pid)
        told = subprocess.check_output([LOADER, "load", self.server.odbc(), schema, *numbers])
        answer = json.loads(told)
        answer["server_seconds"] = processor_seconds(self.server.process.pid) - begin
        return answer

    def begin_anew(self, schema):
        self.server.drop_schema(schema)

    def timed(self, *statements):
        begin = time.monotonic()
        for statement in statements:
            self.server.execute(statement)
        return self.rows / (time.monotonic() - begin)


class Postgres(Side):
    name = "PostgreSQL"

    def prepare(self):
        self.ours(0, 1)
        self.server.execute(
            f"CREATE UNLOGGED TABLE {SCHEMA}.stage AS SELECT {', '.join(self.names)} FROM {SCHEMA}.lab WHERE false;"
            f"CREATE TABLE {SCHEMA}.base AS SELECT * FROM {SCHEMA}.lab"
        )

    def reset(self, percent):
        refill = "" if percent == 0 else f"INSERT INTO {SCHEMA}.lab SELECT * FROM {SCHEMA}.base"
        self.server.execute(f"TRUNCATE {SCHEMA}.lab; TRUNCATE {SCHEMA}.stage; {refill}")
        self.server.execute(f"VACUUM ANALYZE {SCHEMA}.lab")
        self.server.execute("CHECKPOINT", admin=True)

    def limit(self, percent):
        names = ", ".join(self.names)
        updates = ", ".join(f"{n} = excluded.{n}" for n in self.names[1:] + ["received_at", "uuid_ts"])
        test = " WHERE t.system_modstamp IS DISTINCT FROM excluded.system_modstamp" if percent in (1, 10) else ""
        return self.timed(
            f"\\copy {SCHEMA}.stage FROM '{csv_file(self.folder, self.rows, percent)}' CSV",
            f"INSERT INTO {SCHEMA}.lab AS t ({names}, received_at, uuid_ts) SELECT *, {STAMP}, {STAMP} FROM {SCHEMA}.stage"
            f" ON CONFLICT (id) DO UPDATE SET {updates}{test}",
        )


class Maria(Side):
    name = "MariaDB"

    def prepare(self):
        self.ours(0, 1)
        self.server.execute(
            f"CREATE TABLE {SCHEMA}.stage AS SELECT {', '.join(self.names)} FROM {SCHEMA}.lab WHERE false;"
            f"CREATE TABLE {SCHEMA}.base AS SELECT * FROM {SCHEMA}.lab"
        )

    def reset(self, percent):
        refill = "" if percent == 0 else f"INSERT INTO {SCHEMA}.lab SELECT * FROM {SCHEMA}.base"
        self.server.execute(f"TRUNCATE {SCHEMA}.lab; TRUNCATE {SCHEMA}.stage; {refill}")

    def limit(self, percent):
        names = ", ".join(self.names)
        variables = ", ".join(f"@{n}" for n in self.names)
        sets = ", ".join(f"{n} = NULLIF(@{n}, '')" for n in self.names)
        updates = ", ".join(f"{n} = VALUES({n})" for n in self.names[1:] + ["received_at", "uuid_ts"])
        return self.timed(
            f"LOAD DATA LOCAL INFILE '{csv_file(self.folder, self.rows, percent)}' INTO TABLE {SCHEMA}.stage CHARACTER SET utf8mb4"
            f" FIELDS TERMINATED BY ',' OPTIONALLY ENCLOSED BY '\"' ESCAPED BY '' ({variables}) SET {sets}",
            f"INSERT INTO {SCHEMA}.lab ({names}, received_at, uuid_ts) SELECT *, {STAMP}, {STAMP} FROM {SCHEMA}.stage"
            f" ON DUPLICATE KEY UPDATE {updates}",
        )


class Sqlite:
    name = "SQLite"
    connections = (1,)

    def __init__(self, folder, rows):
        self.folder = folder
        self.rows = rows
        self.base = folder / "base.db"

    def load_file(self, path, percent, rows, columns):
        numbers = map(str, (rows, percent, 1, columns))
        told = subprocess.check_output([LOADER, "load", f"Driver=SQLite3;Database={path}", SCHEMA, *numbers])
        return json.loads(told) | {"server_seconds": 0.0}

    def load(self, schema, rows, percent, connections, columns):
        return self.load_file(self.folder / f"{schema}.db", percent, rows, columns)

    def begin_anew(self, schema):
        for path in self.folder.glob(f"{schema}.db*"):
            path.unlink()

    def prepare(self):
        self.load_file(self.base, 0, self.rows, USUAL)

    def reset(self, percent):
        for path in self.folder.glob("now.db*"):
            path.unlink()
        if percent > 0:
            (self.folder / "now.db").write_bytes(self.base.read_bytes())

    def ours(self, percent, connections):
        return self.load_file(self.folder / "now.db", percent, self.rows, USUAL)

    def limit(self, percent):
        told = subprocess.check_output([LOADER, "sqlite_limit", self.folder / "now.db", str(self.rows), str(percent)])
        return json.loads(told)["rows_per_second"]


def measure(side, rounds):
    side.prepare()
    print(f"{side.name}: {side.rows:,} rows of 60 columns, medians of {rounds} rounds")
    for percent, title in SCENARIOS:
        limits = []
        ours = {n: [] for n in side.connections}
        for _ in range(rounds):
            side.reset(percent)
            limits.append(side.limit(percent))
            for n in side.connections:
                side.reset(percent)
                ours[n].append(side.ours(percent, n))
        limit = statistics.median(limits)
        print(f"  {title:14}  limit {limit:8,.0f} rows/s", end="")
        for n, runs in ours.items():
            speed = statistics.median(r["rows_per_second"] for r in runs)
            ratio = statistics.median(r["rows_per_second"] / l for r, l in zip(runs, limits))
            cpu = statistics.median(r["cpu_seconds"] for r in runs) * 1e6 / side.rows
            server = statistics.median(r["server_seconds"] for r in runs) * 1e6 / side.rows
            print(f"  |  {n} connection{'s' if n > 1 else ' '} {speed:8,.0f} rows/s  ratio {ratio:.2f}  cpu/row {cpu:4.1f} + {server:4.1f} us", end="")
        print(flush=True)


def measure_wide(side, rounds):
    """What a cell costs in a wide table, against one in a usual table; the ratio that matters is the last number."""
    print(f"{side.name}: {WIDE} columns against {USUAL}, {side.rows * USUAL:,} cells each, medians of {rounds} rounds")
    costs = {}
    for _ in range(rounds):
        for columns in (USUAL, WIDE):
            schema = f"sfdc_wide_{columns}"
            side.begin_anew(schema)
            rows = side.rows * USUAL // columns
            for percent, title in SCENARIOS:
                told = side.load(schema, rows, percent, 1, columns)
                cells = rows * columns / 1e9
                cost = [told[key] / cells for key in ("seconds", "cpu_seconds", "server_seconds")]
                costs.setdefault(title, {}).setdefault(columns, []).append(cost)
    for title, by_columns in costs.items():
        print(f"  {title:14}", end="")
        for columns, runs in by_columns.items():
            wall, cpu, server = (statistics.median(values) for values in zip(*runs))
            print(f"  {columns:3} columns {wall:5.0f} ns a cell, processors {cpu:4.0f} + {server:4.0f}  |", end="")
        ratio = statistics.median(wide[0] / usual[0] for usual, wide in zip(by_columns[USUAL], by_columns[WIDE]))
        print(f"  ratio {ratio:.2f}", flush=True)


def bench_load(rows, rounds, only):
    with tempfile.TemporaryDirectory(prefix="millrace-bench-") as name:
        folder = pathlib.Path(name)
        folder.chmod(0o755)
        if not only or "sqlite" in only:
            measure(Sqlite(folder, rows), rounds)
            measure_wide(Sqlite(folder, rows), rounds)
        for server, side in ((PostgresServer, Postgres), (MariaServer, Maria)):
            if only and side.name.lower() not in only:
                continue
            with server() as running:
                measure(side(running, folder, rows), rounds)
                measure_wide(side(running, folder, rows), rounds)
