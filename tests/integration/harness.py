"""What the integration tests and the demo share: a sandbox org, a configuration, a sync, a comparison.

Every table in SQLite is compared with the sandbox's truth, every row and every column.
"""

import json
import os
import pathlib
import re
import shutil
import signal
import sqlite3
import subprocess
import tempfile
import time
import urllib.request
from decimal import Decimal

BUILD = pathlib.Path(os.environ.get("MILLRACE_BUILD", "build")).resolve()
START_SECONDS_MAX = 60


class Sandbox:
    """A started millrace-sandbox; use it as a context."""

    def __init__(self, *arguments):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="millrace-sandbox-"))
        ready = self.folder / "ready.json"
        self.process = subprocess.Popen(
            [BUILD / "millrace-sandbox", "--ready-file", ready, *map(str, arguments)],
            stdout=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + START_SECONDS_MAX
        while not ready.exists():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError("the sandbox did not start")
            # The ready file appears whole: asking again soon is all there is to do.
            select_briefly()
        facts = json.loads(ready.read_text())
        self.base_url = facts["base_url"]
        self.orgs = facts["orgs"]
        self.org = self.orgs[0]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(10)
        shutil.rmtree(self.folder, ignore_errors=True)

    def control(self, path, body=None, method=None, org=None):
        url = f"{self.base_url}/sandbox/orgs/{org or self.org['name']}/{path}"
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(url, data=data, method=method)
        with urllib.request.urlopen(request, timeout=120) as answer:
            return json.load(answer)

    def truth(self, name, org=None):
        """Records of an object as dictionaries, every value a text or None."""
        url = f"{self.base_url}/sandbox/orgs/{org or self.org['name']}/truth/{name}"
        with urllib.request.urlopen(url, timeout=300) as answer:
            for line in answer:
                yield json.loads(line)

    def objects(self):
        return self.control("objects")

    def counters(self):
        return self.control("counters")

    def fault(self, kind, action, **more):
        return self.control("faults", {"kind": kind, "action": action, **more})


def select_briefly():
    """Gives the processor away for a moment while another process starts."""
    import select

    select.select([], [], [], 0.02)


class Project:
    """A folder with a configuration and the databases that a sync fills."""

    def __init__(self, sandbox, source="", pipeline="", flow="client_credentials", schema="sfdc_prod", host="", warehouse=""):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="millrace-test-"))
        self.schema = schema
        self.databases = self.folder / "warehouse"
        self.databases.mkdir()
        self.config = self.folder / "millrace.toml"
        secret = 'client_secret = "sandbox-secret"'
        if flow == "refresh_token":
            secret += f', refresh_token = "{sandbox.org["refresh_token"]}"'
        self.write(
            f"""
[host]
{host}
[warehouse.main]
odbc = "Driver=SQLite3;Database={self.databases}/{{schema}}.db"
{warehouse}
[source.org]
login_url = "{sandbox.org['login_url']}"
auth = {{ flow = "{flow}", client_id = "sandbox-client", {secret} }}
{source}
[pipeline.org]
source = "org"
warehouse = "main"
schema = "{schema}"
{pipeline}
"""
        )

    def __enter__(self):
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.folder, ignore_errors=True)

    def write(self, text):
        self.config.write_text(text)

    @property
    def database(self):
        return self.databases / f"{self.schema}.db"

    def run(self, *arguments, environment=None, timeout=300):
        """Runs millrace; returns what subprocess.run does, with text."""
        return subprocess.run(
            [BUILD / "millrace", *map(str, arguments), "-c", self.config],
            capture_output=True,
            text=True,
            timeout=timeout,
            env={**os.environ, **(environment or {})},
        )

    def sync(self, *arguments, expect=0, timeout=300):
        """A sync; returns its summary's only run. Fails when the exit code is another than expected."""
        done = self.run("sync", "--format", "json", *arguments, timeout=timeout)
        if done.returncode != expect:
            raise AssertionError(f"exit {done.returncode}, expected {expect}\n{done.stdout}\n{done.stderr}")
        summary = json.loads(done.stdout)
        assert summary["exit_code"] == expect, summary
        return summary["runs"][0]

    def connect(self):
        return sqlite3.connect(f"file:{self.database}?mode=ro", uri=True)


def snake_case(name):
    """Segment's rule, written a second time: the judge must not share the accused's code."""
    words = re.findall(r"[A-Z0-9]+[a-z0-9]*|[a-z0-9]+", name)
    text = "_".join(words).lower()
    return "_" + text if text[:1].isdigit() else text


def same(expected, found):
    """A canonical text against a value of SQLite, which may hold a number for it."""
    if expected is None or found is None:
        return expected is None and found is None
    if isinstance(found, str):
        return expected == found
    if isinstance(found, int):
        return expected == str(found)
    return Decimal(expected) == Decimal(repr(found))


def compare(sandbox, project, names):
    """Compares every table with the truth. `names`: object -> (table, {field: column}). Returns rows."""
    total = 0
    with project.connect() as connection:
        for name, (table, renamed) in names.items():
            total += compare_table(sandbox, connection, name, table, renamed)
    return total


def compare_table(sandbox, connection, name, table, renamed):
    columns = {row[1]: row[2] for row in connection.execute(f'PRAGMA table_info("{table}")')}
    rows = None
    count = 0
    for record in sandbox.truth(name):
        count += 1
        if rows is None:
            # The truth lists the same fields for every record: columns are asked for in that order.
            order = [renamed.get(field, snake_case(field)) for field in record]
            for column in order:
                assert column in columns, f"{table}.{column} is missing"
            extra = columns.keys() - set(order) - {"received_at", "uuid_ts"}
            assert not extra, f"{table}: columns that no field explains: {extra}"
            numbers = [i for i, column in enumerate(order) if columns[column] != "TEXT"]
            wanted = ", ".join(f'"{column}"' for column in order)
            rows = {row[0]: row[1:] for row in connection.execute(f'SELECT id, {wanted} FROM "{table}"')}
        row = rows.get(record["Id"])
        assert row is not None, f"{table}: {record['Id']} is missing"
        truth = list(record.values())
        found = list(row)
        for i in numbers:
            if same(truth[i], found[i]):
                found[i] = truth[i]
        if truth != found:
            for column, expected, value in zip(order, truth, found):
                assert expected == value, f"{table}.{column} of {record['Id']}: {expected!r} is {value!r}"
    times = connection.execute(f'SELECT count(*) FROM "{table}" WHERE received_at IS NULL OR uuid_ts IS NULL').fetchone()[0]
    assert times == 0, f"{table}: {times} rows without their times"
    assert count == len(rows or {}), f"{table}: {len(rows or {})} rows, the org has {count}"
    return count


def table_names(sandbox, project):
    """object -> (table, {}) for all that can be queried, from `discover`, which tests may rely on."""
    done = project.run("discover", "org", "--format", "json")
    assert done.returncode == 0, done.stderr
    names = {}
    for entry in json.loads(done.stdout)["plans"][0]["collections"]:
        names[entry["object"]] = (entry["collection"], {f["field"]: f["column"] for f in entry["fields"]})
    return names
