"""A life of an org: loads, changes and refreshes, each with runs that are killed, until a run is left alone; then every
table equals the org.

A step is a dictionary that says all there is to do, so that a life can be printed, and lived again.
"""

import calendar
import json
import os
import pathlib
import random
import re
import select
import shutil
import signal
import subprocess
import time

from harness import BUILD, Project, Sandbox, compare, table_names
from login_test import Connecting, visit
from network import Network
from run_test import Host

ROOT = pathlib.Path(__file__).resolve().parents[2]
CLOCK = "2026-03-01T08:00:00Z"
# Of each kind one: merged, without recycle bin, without IsDeleted, of every type of field.
OBJECTS = ("Account", "Contact", "Lead", "CampaignMember", "UserLogin", "Project__c")
SIZES = {"Contact": 260, "Lead": 150, "Project__c": 60}
PAGE_ROWS = 60
BATCH_ROWS = 40
OVERLAP_SECONDS = 15 * 60
DAY = 24 * 3600
PATIENCE_SECONDS = 120
# A host does not end by itself: one that has not come to its point by then is killed.
HOST_SECONDS = 2
# What an org forgets when its server dies is told to it again.
LASTING = ("mutate", "clock", "schema", "settings", "auth")
# Ends of a run beside which something broke for a while: success, partial, failure, warehouse unreachable.
BROKEN = (0, 3, 4, 7)
AUTHENTICATION = 5


class LastingOrg(Sandbox):
    """A sandbox behind a network, which comes back as it was when it was killed: the same seed, and the same orders."""

    def __init__(self, seed, network):
        sizes = [word for name, size in SIZES.items() for word in ("--size", f"{name}={size}")]
        self.arguments = ["--scale", "tiny", "--seed", seed, "--only", ",".join(OBJECTS), *sizes, "--page-rows", PAGE_ROWS]
        self.arguments += ["--bulk-delay", 0, "--clock", CLOCK, "--base-url", f"http://127.0.0.1:{network.port}"]
        self.network = network
        self.orders = []
        self.begun = 0
        self.begin()
        self.network.target = self.address

    def begin(self):
        # Nobody gets the name of a session, a cursor or a job that somebody else had before.
        super().__init__(*self.arguments, "--first-number", 1 + 100_000 * self.begun)
        self.begun += 1
        self.address = json.loads((self.folder / "ready.json").read_text())["port"]
        self.base_url = f"http://127.0.0.1:{self.address}"  # orders do not take the network

    def control(self, path, body=None, method=None, org=None):
        if body is not None and path in LASTING:
            self.orders.append((path, body))
        return super().control(path, body, method, org)

    def crash(self):
        # Nobody may see it before it is what it was.
        self.network.target = None
        self.process.kill()
        self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)
        self.begin()
        for path, body in self.orders:
            super().control(path, body)
        self.network.target = self.address


class Life:
    """Use it as a context. `on`: sqlite, postgresql or mariadb; `server`: of servers.py, None for SQLite."""

    def __init__(self, seed, on, server, ledger, schema="sfdc_crash"):
        self.seed, self.on, self.server, self.ledger = seed, on, server, ledger
        dice = random.Random(seed)
        self.dice = dice
        self.api = dice.choice(("rest", "bulk"))
        self.rotates = dice.random() < 0.3
        self.by_host = dice.random() < 0.25
        self.removes = dice.random() < 0.2
        self.steps = []
        self.names = None
        self.token_asked = False
        self.network = Network(seed)
        self.org = LastingOrg(seed, self.network)
        self.house = Network(seed)
        if server is not None:
            self.house.target = server.port
        self.project = self.make_project(schema)
        self.points = self.project.folder / "points"
        self.said = self.project.folder / "said"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for one in (self.project, self.org, self.network, self.house):
            one.__exit__(None, None, None)

    def make_project(self, schema):
        folder = self.org.folder.parent / f"{self.org.folder.name}-dialects"
        folder.mkdir()
        # Small batches, so that there are several, with checkpoints between them.
        text = (ROOT / "conf" / "dialects" / f"{self.on}.toml").read_text()
        assert "[batch]" not in text
        (folder / f"{self.on}.toml").write_text(f"{text}\n[batch]\nrows = {BATCH_ROWS}\n")
        names = ", ".join(f'"{name}"' for name in OBJECTS)
        pipeline = f'collections = [{names}]\nevery = "1s"\ndeletions_every = "0s"\ncensus_every = "7d"\nrefresh_every = "1d"\n'
        pipeline += f'deletes = "{"remove" if self.removes else "mark"}"'
        project = Project(
            self.org,
            source=f'api = "{self.api}"',
            pipeline=pipeline,
            flow="refresh_token" if self.rotates else "client_credentials",
            schema=schema,
            host='http = "127.0.0.1:0"',
            warehouse=f'dialects = ["{folder}"]\ndialect = "{self.on}"',
            warehouse_server=self.server,
        )
        shutil.copytree(folder, project.folder / "dialects")
        shutil.rmtree(folder)
        text = project.config.read_text().replace(str(folder), str(project.folder / "dialects"))
        text = re.sub(r"Driver=[^;]*", f"Driver={BUILD}/tests/warehouses/libkill_driver_{self.on}.so", text)
        if self.server is not None:
            text = text.replace(f"Port={self.server.port}", f"Port={self.house.port}")
        project.write(text)
        return project

    # -- the course --

    def live(self, kills):
        """Lives until its end, with about so many kills."""
        for step in self.plan(kills):
            self.perform(step)
        self.ledger.add(lives=1)

    def live_again(self, steps):
        for step in steps:
            self.perform(step)

    def plan(self, kills):
        yield {"settings": {"cascades": False, "formulas_follow": False, "result_page_rows": PAGE_ROWS}}
        if self.rotates:
            yield {"auth": {"rotation": True}}
        yield from self.past()
        stages = ["increment", "increment", "new field", "full refresh", "reset"]
        self.dice.shuffle(stages)
        stages = ["first load", *stages, "census"]
        for number, stage in enumerate(stages):
            yield from self.before(stage, number)
            situation = f"{stage} by {self.api}"
            words = ["sync", "--full"] if stage == "full refresh" else ["run"] if self.by_host and stage != "reset" else ["sync"]
            if stage == "reset":
                yield {"run": ["state", "reset", "org"], "as": stage, "end": self.ledger.choose(self.dice, stage, ["sql"])}
                # Whether that one came to its end or not.
                yield {"run": ["state", "reset", "org"], "as": stage}
            for _ in range(max(1, kills // len(stages) + self.dice.randint(-1, 1))):
                step = {"run": words, "as": situation, "end": self.ledger.choose(self.dice, situation, self.families())}
                if self.dice.random() < 0.2:
                    step["meanwhile"] = self.change()["mutate"]
                yield step
                if self.dice.random() < 0.4:
                    yield self.change()
            yield {"advance": 1200 if stage != "census" else 8 * DAY}
            if words == ["run"]:
                yield {"host": situation}
            yield {"run": ["sync"], "as": f"last {situation}"}
            if self.api == "bulk":
                # What was deleted for good while a job waited for the next run is found by the look after it.
                yield {"advance": 600}
                yield {"run": ["sync"], "as": f"next {situation}"}
            yield {"compare": stage}

    def families(self):
        families = ["sql", "http", "timer", "network"]
        if self.server is not None:
            families.append("warehouse")
        # An org whose server dies forgets who may log in.
        if not self.rotates:
            families.append("org")
        return families

    def past(self):
        """Stamps of many days: only where they differ does a page prove how far a reading is, and leave a checkpoint."""
        for _ in range(6):
            for name in ("Contact", "Lead"):
                yield {"mutate": {"object": name, "update": 30, "seed": self.dice.getrandbits(30)}}
            yield {"advance": DAY}

    def before(self, stage, number):
        """What makes a stage have something to do."""
        if stage == "first load":
            return
        for _ in range(self.dice.randint(2, 4)):
            yield self.change()
            yield {"advance": self.dice.choice((1, 60, 7200, DAY))}
        if stage == "new field":
            field = {"name": f"Added_{number}__c", **self.dice.choice(({"type": "boolean"}, {"type": "string", "length": 80}, {"type": "datetime"}))}
            yield {"advance": 3600}
            yield {"schema": {"object": self.dice.choice(("Lead", "Contact", "Project__c")), "add_field": field}}
        if stage == "census":
            for name in OBJECTS:
                yield {"mutate": {"object": name, "hard_delete": 2, "seed": self.dice.getrandbits(30)}}
            yield {"advance": 8 * DAY}

    def change(self):
        name = self.dice.choice(OBJECTS)
        changes = {"object": name, "seed": self.dice.getrandbits(30)}
        # Only a census finds what vanishes without an account, or out of the recycle bin.
        verbs = {"UserLogin": ("update", "insert"), "CampaignMember": ("update", "insert", "hard_delete")}
        for verb in self.dice.sample(verbs.get(name, ("update", "insert", "delete", "undelete")), 2):
            changes[verb] = self.dice.randint(1, 12)
        return {"mutate": changes}

    # -- steps --

    def perform(self, step):
        self.steps.append(step)
        for what in ("settings", "auth", "schema", "mutate"):
            if what in step:
                self.org.control(what, step[what])
        if "advance" in step:
            self.org.control("clock", {"advance_seconds": step["advance"]})
        if "run" in step:
            self.run(step)
        if "host" in step:
            self.come_to_an_end_by_itself()
        if "compare" in step:
            self.judge(step["compare"])

    def run(self, step):
        end = step.get("end", {})
        self.points.unlink(missing_ok=True)
        self.org.control("faults", method="DELETE")
        self.org.control("counters/reset", {})
        environment = {"MILLRACE_KILL_LOG": str(self.points)}
        if "sql" in end:
            environment["MILLRACE_KILL_AT"] = end["sql"]
        began = time.monotonic()
        process = self.launch(step["run"], environment)
        if "http" in end:
            where = end["http"]
            action = {"type": "kill", "pid": process.pid, "when": where["when"], "after_bytes": where["after_bytes"]}
            self.org.fault(where["kind"], action, skip=where["skip"])
        with process:
            process.stdin.write(b"go\n")
            process.stdin.close()
            if "meanwhile" in step:
                self.org.control("mutate", step["meanwhile"])
            by_time = self.watch(process, step["run"], end)
        self.conclude(step, process.returncode, by_time, time.monotonic() - began)

    def launch(self, words, environment):
        """Begins a command, which waits for a line: its pid is known before it does anything."""
        with open(self.said, "wb") as said:
            return subprocess.Popen(
                ["sh", "-c", 'read -r go; exec "$@"', "sh", BUILD / "millrace", *words, "-c", self.project.config],
                stdin=subprocess.PIPE,
                stdout=said,
                stderr=subprocess.STDOUT,
                env={**os.environ, **environment},
            )

    def watch(self, process, words, end):
        """Waits for the end, and does what it says. Returns whether the process was killed here."""
        patience = HOST_SECONDS if words == ["run"] else PATIENCE_SECONDS
        if "after" in end and not ended(process, end["after"]):
            if "timer" in end:
                process.kill()
                return True
            self.harm(end)
        if ended(process, patience):
            return False
        process.kill()
        if words != ["run"]:
            raise AssertionError(f"a run hangs:\n{self.last_words()}")
        return True

    def harm(self, end):
        if "network" in end:
            where = self.house if end["network"] == "warehouse" and self.server is not None else self.network
            where.harm(end["harm"])
            # How long it lasts, not what is waited for.
            time.sleep(end["for"])
            where.heal()
            self.ledger.end("network", f"{end['harm']}, to the {'warehouse' if where is self.house else 'org'}")
        if "org" in end:
            self.org.crash()
            self.ledger.end("org", "killed")
        if "warehouse" in end:
            immediate = end["warehouse"] == "stop" and "immediate" in self.server.stop_signals
            self.server.stop("immediate") if immediate else self.server.kill()
            self.server.start()
            self.ledger.end("warehouse", "stopped at once" if immediate else "killed")

    def conclude(self, step, code, by_time, seconds):
        end = step.get("end", {})
        situation = step.get("as", "")
        points = self.points.read_text().splitlines() if self.points.exists() else []
        kinds = self.org.counters()["kinds"]
        self.ledger.add(runs=1)
        if code == -signal.SIGKILL:
            self.ledger.saw(situation, points, kinds)
            if by_time:
                self.ledger.end("timer", step["run"][0])
            elif "sql" in end:
                assert end["sql"].split(" ", 1)[1] in (points[-1], "any"), (end, points[-3:])
                self.ledger.end("sql", points[-1])
            else:
                self.ledger.end("http", f"{end['http']['kind']} {end['http']['when']}")
            self.note_token()
            return
        harmed = bool({"network", "org", "warehouse"} & end.keys())
        if self.rotates and code == AUTHENTICATION:
            self.reconnect(harmed)
            if not end:
                self.run(step)
            return
        if harmed and self.on == "mariadb" and code == -signal.SIGSEGV:
            # Connector/ODBC 3.1.15 does not survive an answer that is cut off in its description: one more kill.
            self.ledger.end("driver", "answer cut off")
            self.note_token()
            return
        allowed = BROKEN if harmed else (0,)
        assert code in allowed, f"exit {code}:\n{self.last_words()}"
        if code == 0 and not harmed:
            self.ledger.saw(situation, points, kinds, seconds)
        if end and not harmed:
            self.ledger.add(misses=1)
        self.note_token()

    def last_words(self):
        return self.said.read_text(errors="replace")[-6000:]

    # -- the token --

    def note_token(self):
        """Whether the run ended between its request for a token and the answer: the org may replace the token unheard, now
        or when the request arrives."""
        if not self.rotates:
            return
        store = self.project.state / "org.token"
        kept = json.loads(store.read_text()) if store.exists() else {}
        self.token_asked = kept.get("asked", False)

    def reconnect(self, harmed):
        """What a person does whose token was lost; it is lost only if the answer with the new one was."""
        assert self.token_asked or harmed, f"a token was lost without need:\n{self.last_words()}"
        assert "connect org" in self.last_words(), self.last_words()
        with Connecting(self.project, "--print-url") as talk:
            talk.get(visit(talk.url))
            code, _, errors = talk.end()
        assert code == 0, errors
        self.token_asked = False
        self.ledger.add(tokens_lost=1)

    # -- the end --

    def come_to_an_end_by_itself(self):
        """A host that is left alone has a run that succeeds, whatever was before."""
        if self.rotates and self.token_asked:
            return
        with Host(self.project) as host:
            host.until(host.has_run)
            code = host.ended_by(signal.SIGTERM)
            assert code == 143, f"exit {code}:\n{host.said()}"
        self.note_token()

    def judge(self, stage):
        if self.names is None:
            self.names = {name: entry for name, entry in table_names(self.org, self.project).items() if name in OBJECTS}
            assert len(self.names) == len(OBJECTS), f"collections are {sorted(self.names)}"
        records = compare(self.org, self.project, self.names, gone="absent" if self.removes else "marked")
        self.judge_checkpoints()
        self.judge_tables(stage)
        self.ledger.add(comparisons=1, records=records)

    def judge_checkpoints(self):
        """I2: each collection was read to its end, and none past the org's clock minus the overlap; no job is waited for."""
        with self.project.tables() as tables:
            rows = list(tables.rows("_millrace_checkpoints", ["collection", "cursor", "complete", "chosen"]))
        now = self.org.control("clock")["now"]
        reached = {row[0]: row[1:] for row in rows}
        for table, _ in self.names.values():
            assert table in reached, f"{table} has no checkpoint"
            cursor, complete, _ = reached[table]
            assert str(complete).lower() in ("1", "t", "true"), f"{table} is not complete"
            latest = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(seconds_of(now) - OVERLAP_SECONDS))
            assert cursor[:19] <= latest, f"{table}: the checkpoint is {cursor}, and the org's time is {now}"
        for name, (_, _, chosen) in reached.items():
            assert not (name.endswith("job") and chosen), f"{name} still waits for {chosen}"

    def judge_tables(self, stage):
        """Nothing is left beside the collections. Keys stay until the next census at most; where a table is made for good
        at once, that of a probe until its connection is probed again."""
        if self.server is None:
            there = {name for (name,) in self.project.query("SELECT name FROM sqlite_master WHERE type = 'table'")}
        else:
            there = set(self.server.columns(self.project.schema))
        own = {"_millrace_checkpoints", "_millrace_runs", "_millrace_notices"}
        extra = there - {table for table, _ in self.names.values()} - own
        if stage != "census":
            extra = {name for name in extra if not name.startswith("_millrace_keys_")}
        if self.on == "mariadb":
            extra = {name for name in extra if not name.startswith("_millrace_probe_")}
        assert not extra, f"tables that nobody needs: {extra}"


def seconds_of(rest_time):
    return calendar.timegm(time.strptime(rest_time[:19], "%Y-%m-%dT%H:%M:%S"))


def ended(process, seconds):
    """Waits for a process so long; whether it has ended. Tells at once, which Popen.wait with a limit does not."""
    descriptor = os.pidfd_open(process.pid)
    try:
        ready, _, _ = select.select([descriptor], [], [], seconds)
    finally:
        os.close(descriptor)
    return bool(ready)
