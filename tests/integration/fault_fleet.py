"""Many orgs in one sandbox and a pipeline for each, so that hundreds of faults are met in a few syncs.

Each org has what `Cell`s need: three pages of contacts, of which most change between two syncs. That a fault in one org
leaves the other pipelines alone is seen on the way (I6).
"""

import contextlib
import json
import pathlib
import sqlite3
import subprocess
import tempfile

from harness import BUILD, Sandbox, SqliteTables, compare_table, snake_case

RECORDS = 50
PAGE = 20
CHANGED = 45


class Member:
    """An org of the fleet, with the table that its pipeline fills."""

    def __init__(self, fleet, name):
        self.fleet = fleet
        self.name = name

    def control(self, path, body=None, method=None):
        return self.fleet.org.control(path, body, method, org=self.name)

    def truth(self, name):
        return self.fleet.org.truth(name, org=self.name)

    def connect(self):
        return sqlite3.connect(f"file:{self.fleet.folder}/{self.name}.db?mode=ro", uri=True)

    @contextlib.contextmanager
    def tables(self):
        with SqliteTables(self) as tables:
            yield tables

    def rows(self):
        """Id -> the row's cells by column."""
        with contextlib.closing(self.connect()) as connection:
            found = connection.execute("SELECT * FROM contacts")
            names = [column[0] for column in found.description]
            return {row[names.index("id")]: dict(zip(names, row)) for row in found}

    def assert_true_copy(self):
        with self.tables() as tables:
            assert compare_table(self, tables, "Contact", "contacts", {}) == RECORDS

    def assert_old_or_new(self, before):
        """I4, I7: no row is lost, and each is what it was or what the org has now."""
        now = self.rows()
        assert now.keys() == before.keys(), f"rows came or went: {now.keys() ^ before.keys()}"
        with self.tables() as tables:
            for record in self.truth("Contact"):
                row = now[record["Id"]]
                if row == before[record["Id"]]:
                    continue
                for field, value in record.items():
                    found = row[snake_case(field)]
                    assert value == found or tables.same(value, found), f"{record['Id']}.{field}: {value!r} is {found!r}"


class Fleet:
    """Use it as a context. `apis`: name -> the API that the pipeline reads by."""

    def __init__(self, apis):
        self.names = list(apis)
        self.disagreements = []
        orgs = [word for name in self.names for word in ("--org", name)]
        options = ["--only", "Contact", "--size", f"Contact={RECORDS}", "--page-rows", PAGE, "--bulk-delay", 0]
        self.org = Sandbox(*orgs, *options)
        self.temporary = tempfile.TemporaryDirectory(prefix="millrace-fleet-")
        self.folder = pathlib.Path(self.temporary.name)
        self.config = self.folder / "millrace.toml"
        text = [f'[host]\nstate = "{self.folder}/state"\nruns = 64\n']
        text.append(f'[warehouse.main]\nodbc = "Driver=SQLite3;Database={self.folder}/{{schema}}.db"\n')
        for facts in self.org.orgs:
            name = facts["name"]
            secret = 'client_id = "sandbox-client", client_secret = "sandbox-secret"'
            text.append(f'[source.{name}]\nlogin_url = "{facts["login_url"]}"\napi = "{apis[name]}"')
            text.append(f'auth = {{ flow = "client_credentials", {secret} }}\n[pipeline.{name}]\nsource = "{name}"')
            text.append(f'warehouse = "main"\nschema = "{name}"\ncollections = ["contacts"]\ndeletes = "ignore"\n')
        self.config.write_text("\n".join(text))
        self.members = {name: Member(self, name) for name in self.names}
        for member in self.members.values():
            member.control("settings", {"result_page_rows": PAGE, "cascades": False, "formulas_follow": False})

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.org.__exit__()
        self.temporary.cleanup()

    def change(self, seed):
        for member in self.members.values():
            member.control("mutate", {"object": "Contact", "update": CHANGED, "seed": seed})

    def sync(self, names=()):
        """One sync of some pipelines, or of all; name -> its run."""
        command = [BUILD / "millrace", "sync", *names, "-c", self.config, "--format", "json", "--log-format", "json"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=280)
        assert done.stdout, done.stderr
        summary = json.loads(done.stdout)
        self.note_disagreements(summary, done)
        return {run["pipeline"]: run for run in summary["runs"]}

    def note_disagreements(self, summary, done):
        """I4: exit code, summary, log and the warehouse's own record of a run say the same."""
        if summary["exit_code"] != done.returncode:
            self.disagreements.append(f"{summary['exit_code']} in the summary, {done.returncode} of the process")
        lines = [json.loads(line) for line in done.stderr.splitlines()]
        logged = {line["pipeline"]: line for line in lines if line["event"] == "run"}
        for run in summary["runs"]:
            name = run["pipeline"]
            said = (run["outcome"], run["exit_code"])
            with contextlib.closing(self.members[name].connect()) as connection:
                kept = connection.execute(
                    "SELECT outcome, exit_code FROM _millrace_runs WHERE run = ? AND collection IS NULL", [logged[name]["run"]]
                ).fetchall()
            if kept != [said] or (logged[name]["outcome"], logged[name]["exit_code"]) != said:
                self.disagreements.append(f"{name}: summary {said}, log {logged[name]}, record {kept}")
            written = {c["outcome"] for c in run["collections"]}
            if run["outcome"] == "success" and written != {"success"}:
                self.disagreements.append(f"{name}: a success with {written}")
