"""What must hold of a dialect's statements, whatever engine runs them.

A warehouse is an object with `execute(sql, parameters)` and `query(sql, parameters)`, which yields rows of
texts or None, `text_of(column)`, an expression that makes a text of it, and what begins and ends transactions.
Every way of loading goes through the same steps.
"""

import datetime
import os

from rendered import probe_rows, render

COLUMNS = ["id", "name", "notes", "unknown_length", "is_deleted", "employees", "amount", "unknown_digits", "ratio",
           "birth_date", "preferred_time", "system_modstamp"]
RECEIVED = "2024-05-01 00:00:00.000"
HOSTILE = "it's \"quoted\" `back` \\ \\n \\N \t\r\n ? {d 1} %s -- ; ü \U0001F600 NA"
LONG = "aü€'\n" * 20000


class Failure(Exception):
    pass


def expect(what, got, wanted):
    if got != wanted:
        raise Failure(f"{what}: {shown(got)} instead of {shown(wanted)}")


def shown(value):
    text = repr(value)
    return text if len(text) < 600 else text[:600] + ".."


def plain(value):
    """Engines write the same value in more than one way."""
    if value is None:
        return None
    text = str(value)
    if text in ("true", "True"):
        return "1"
    if text in ("false", "False"):
        return "0"
    for offset in (" Z", "+00:00", "+00", " +0000"):
        if text.endswith(offset) and text[:4].isdigit():
            text = text[:-len(offset)]
    head, dot, fraction = text.rpartition(".")
    if dot and fraction.isdigit() and head[-1:].isdigit():
        text = (head + dot + fraction.rstrip("0")).rstrip(".")
    if len(text) == 19 and text[10] == "T":
        text = text.replace("T", " ")
    return text


def row(key, stamp, **cells):
    out = dict.fromkeys(COLUMNS)
    out.update(cells, id=key, system_modstamp=stamp)
    return out


def identifier(w, name):
    return w.quote + (name.upper() if w.upper else name) + w.quote


class Scenario:
    def __init__(self, program, dialect, warehouse, sabotage=lambda sql: sql):
        self.statements = render(program, dialect)
        self.probe_rows = probe_rows(program, dialect)
        for s in self.statements:
            s.sql = sabotage(s.sql)
        self.w = warehouse

    def find(self, table, what, **more):
        return [s for s in self.statements
                if s.table == table and s.what == what and all(getattr(s, k) == v for k, v in more.items())]

    def run(self, table, what, **more):
        found = self.find(table, what, **more)
        for s in found:
            self.w.execute(s.sql, [])
        return len(found)

    # -- loading, as the loaders of connectors/odbc do it --

    def load(self, loader, *arguments, **more):
        """In one transaction, where there are any."""
        self.w.begin()
        self.merge(loader, *arguments, **more)
        self.w.commit()

    def merge(self, loader, mode, rows, table="leads", columns=None, written="2024-06-01 00:00:00.000"):
        columns = columns or COLUMNS
        constants = [written] if mode == "existing" else [RECEIVED, written]
        cells = [[r.get(c) for c in columns] + constants for r in rows]
        merges = self.find(table, "merge", mode=mode, loader=loader)
        staged = any(not s.direct for s in merges)
        if staged:
            self.run(table, "staging_drop")
            self.run(table, "staging_create")
            self.run(table, "staging_clear")
            self.send(loader, self.find(table, "staging_insert", mode=mode, loader=loader) or
                      self.find(table, "staging_fill", mode=mode, loader=loader), cells, constants)
            for s in merges[:len(merges) // (2 if loader == "multi_row" else 1)]:
                self.w.execute(s.sql, [])
            return
        # Statements of one form follow each other: a merge may take several.
        steps = len([s for s in merges if s.rows == 1])
        for step in range(steps):
            self.send(loader, [[s for s in merges if s.rows == n][step] for n in sorted({s.rows for s in merges})],
                      cells, constants)

    def send(self, loader, forms, cells, constants):
        by_rows = {s.rows: s.sql for s in forms}
        if loader in ("multi_row", "single_row", "parameter_arrays"):
            at = 0
            while at < len(cells):
                count = 3 if len(cells) - at >= 3 and 3 in by_rows else 1
                self.w.execute(by_rows[count], [c for r in cells[at:at + count] for c in r])
                at += count
        elif loader == "split_text":
            # "\\x04" stands for NULL, alone in its cell.
            text = "\x02".join("\x03".join("\x04" if c is None else c for c in r[:-len(constants)]) for r in cells)
            self.w.execute(by_rows[1], constants + [text])
        elif loader == "local_file":
            # One statement, or several that follow each other.
            escapes = {"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"}
            text = "".join("\t".join("\\N" if c is None else "".join(escapes.get(x, x) for x in c) for c in r) + "\n"
                           for r in cells)
            descriptor = os.memfd_create("rows")
            try:
                os.write(descriptor, text.encode())
                for s in forms:
                    self.w.execute(s.sql.replace("/proc/self/fd/0", f"/proc/self/fd/{descriptor}"), [])
            finally:
                os.close(descriptor)
        else:
            raise Failure(f"this test does not know the loader {loader}")

    def stored(self, key, columns=None, table="leads"):
        names = columns or COLUMNS
        cells = ", ".join(self.w.text_of(identifier(self.w, c)) for c in names)
        found = self.w.query(f"SELECT {cells} FROM {self.name(table)} WHERE {identifier(self.w, 'id')} = '{key}'", [])
        if len(found) > 1:
            raise Failure(f"{len(found)} rows of {key}")
        return dict(zip(names, map(plain, found[0]))) if found else None

    def name(self, table):
        return f"{identifier(self.w, 'crm')}.{identifier(self.w, table)}{self.w.reading}"

    # -- the steps --

    def time_zone(self):
        """The session is in UTC, and its clock tells."""
        ((text,),) = self.w.query(self.find("leads", "session_time")[0].sql, [])
        there = datetime.datetime.fromisoformat(str(text))
        apart = abs(there - datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None))
        expect("minutes between the session's clock and UTC", round(apart.total_seconds() / 60), 0)

    def everything(self):
        self.run("leads", "session")
        self.time_zone()
        self.run("leads", "create_schema")
        self.run("leads", "create_schema")  # again: it is there
        loaders = list(dict.fromkeys(s.loader for s in self.find("leads", "merge", mode="changed")))
        for loader in loaders:
            self.probe(loader)
            self.create()
            self.first_load(loader)
            self.versions(loader)
            self.known_equal(loader)
            self.updates(loader)
            self.removal(loader)
            self.marks(loader)
            self.w.execute(f"DROP TABLE {identifier(self.w, 'crm')}.{identifier(self.w, 'leads')}", [])
        self.columns()
        self.checkpoints(loaders[0] if len(loaders) == 1 else loaders[-1])
        self.history(loaders[0] if len(loaders) == 1 else loaders[-1])
        self.refused(loaders[0] if len(loaders) == 1 else loaders[-1])
        self.unversioned(loaders[0])
        self.hostile_names()
        return loaders

    def probe(self, loader):
        """What a loader must bring back before it is used comes back."""
        table = "_millrace_probe_0"
        columns = ["id", "short_text", "long_text", "flag", "whole", "amount", "ratio", "day", "moment", "clock"]
        self.run(table, "create_table")
        self.load(loader, "changed", [dict(zip(columns, cells)) for cells in self.probe_rows], table, columns)
        expect("rows of the probe", len(self.probe_rows), 3)
        for cells in self.probe_rows:
            expect(f"{loader}: the probe's row {cells[0]}", self.stored(cells[0], columns, table),
                   {c: plain(v) for c, v in zip(columns, cells)})
        self.w.execute(f"DROP TABLE {identifier(self.w, 'crm')}.{identifier(self.w, table)}", [])

    def create(self):
        expect("a table that is missing has columns", self.w.query(self.find("leads", "list_columns")[0].sql, []), [])
        self.run("leads", "create_table")
        listed = {r[0].lower(): r[1] for r in self.w.query(self.find("leads", "list_columns")[0].sql, [])}
        for s in self.find("leads", "add_column"):
            if not s.sql.startswith("ALTER"):
                continue
            expect(f"the type of {s.column} in the catalog", spelled(listed.get(s.column, "")), spelled(s.type))
        for s in self.find("leads", "list_key"):
            expect("the key", [r[0].lower() for r in self.w.query(s.sql, [])], ["id"])
        expect("is_empty", self.w.query(self.find("leads", "is_empty")[0].sql, []), [])

    def first_load(self, loader):
        sent = [
            row("a1", "2024-01-01 00:00:00.001", name=HOSTILE, notes=LONG, unknown_length=" blanks ", is_deleted="1",
                employees="9007199254740993", amount="9999999999999999.99", unknown_digits="-0.01", ratio="0.5",
                birth_date="1970-01-02", preferred_time="23:59:59.999"),
            row("A1", "2024-01-01 00:00:00.002", is_deleted="0", employees="-1", amount="-1200", ratio="-1200.25",
                birth_date="2024-02-29", preferred_time="00:00:00.001", name="NA", notes="null"),
            row("a2", "2024-01-01 00:00:00.003"),
        ]
        self.load(loader, "first_load", sent)
        expect("is_empty of three rows", len(self.w.query(self.find("leads", "is_empty")[0].sql, [])), 1)
        for r in sent:
            expect(f"{loader}: the row {r['id']}", self.stored(r["id"]), {c: plain(v) for c, v in r.items()})
        # A key that is met again: the newer one, in whatever order (I5).
        self.load(loader, "first_load", [row("a2", "2024-01-01 00:00:00.005", name="newer")])
        self.load(loader, "first_load", [row("a2", "2024-01-01 00:00:00.004", name="older")])
        expect("I5: first_load", self.stored("a2")["name"], "newer")
        # The same one again, as after a crash: as if it were new, so that the last one stands.
        self.load(loader, "first_load", [row("a2", "2024-01-01 00:00:00.005", name="again")])
        expect("an equal version in first_load", self.stored("a2")["name"], "again")

    def versions(self, loader):
        stamp = "2024-01-01 00:00:00.005"
        written = ["id", "name", "employees", "uuid_ts"]
        self.load(loader, "changed", [row("b1", stamp, name="one", employees="1"),
                                      row("b2", stamp, name="two"), row("b3", stamp, employees="3")],
                  written="2024-06-01 00:00:01.000")
        # The first is older, the second newer, the third equal with other cells, from and to NULL.
        again = [row("b1", "2024-01-01 00:00:00.004", name="old"), row("b2", "2024-01-01 00:00:00.006", name="new"),
                 row("b3", stamp, name="three")]
        self.load(loader, "changed", again, written="2024-06-01 00:00:02.000")
        expect("I5: an older version", self.stored("b1", written),
               {"id": "b1", "name": "one", "employees": "1", "uuid_ts": plain("2024-06-01 00:00:01.000")})
        expect("a newer version", self.stored("b2", written),
               {"id": "b2", "name": "new", "employees": None, "uuid_ts": plain("2024-06-01 00:00:02.000")})
        expect("an equal version with other cells", self.stored("b3", written),
               {"id": "b3", "name": "three", "employees": None, "uuid_ts": plain("2024-06-01 00:00:02.000")})
        self.load(loader, "changed", again, written="2024-06-01 00:00:03.000")
        for key in ("b2", "b3"):
            expect(f"a repeat writes nothing ({key})", self.stored(key, ["uuid_ts"])["uuid_ts"],
                   plain("2024-06-01 00:00:02.000"))
        # Case and blanks at the end are differences.
        self.load(loader, "changed", [row("b3", stamp, name="Three ")], written="2024-06-01 00:00:04.000")
        expect("case and blanks", self.stored("b3", ["name"])["name"], "Three ")
        # Duplicates inside one statement do not come: the client drops them. If one did, one row or an error.
        try:
            self.load(loader, "changed", [row("b4", stamp, name="x"), row("b4", stamp, name="y"), row("b5", stamp)])
        except Failure:
            raise
        except Exception:  # the engine's own, whatever its type
            self.w.undo()
        self.stored("b4")

    def known_equal(self, loader):
        stamp = "2024-01-01 00:00:00.005"
        self.load(loader, "newer", [row("b1", stamp, name="equal"), row("b2", "2024-01-01 00:00:00.009", name="newest"),
                                    row("c1", stamp, name="fresh")])
        expect("newer: an equal version stays", self.stored("b1")["name"], "one")
        expect("newer: a newer version", self.stored("b2")["name"], "newest")
        expect("newer: a key that was not there", self.stored("c1")["name"], "fresh")
        self.load(loader, "newer", [row("b2", "2024-01-01 00:00:00.007", name="older")])
        expect("I5: newer", self.stored("b2")["name"], "newest")

    def updates(self, loader):
        received = self.stored("b1", ["received_at"])
        self.load(loader, "existing", [row("b1", "2024-01-01 00:00:00.005", name="formula"),
                                       row("b3", "2024-01-01 00:00:00.005", name="Three "),
                                       row("c1", "2024-01-01 00:00:00.005", name="fresh", employees="5"),
                                       row("nobody", "2024-01-01 00:00:00.005", name="ghost")],
                  written="2024-06-01 00:00:09.000")
        expect("existing: a cell", self.stored("b1", ["name", "uuid_ts"]),
               {"name": "formula", "uuid_ts": plain("2024-06-01 00:00:09.000")})
        expect("existing: from NULL", self.stored("c1", ["employees"])["employees"], "5")
        expect("existing: received_at stays", self.stored("b1", ["received_at"]), received)
        expect("existing: equal cells stay", self.stored("b3", ["uuid_ts"])["uuid_ts"], plain("2024-06-01 00:00:04.000"))
        expect("existing: a key that is not there", self.stored("nobody"), None)

    def removal(self, loader):
        one, three = sorted(self.find("leads", "remove_rows"), key=lambda s: s.parameters)
        self.w.execute(three.sql, ["b2", "b3", "nobody"])
        self.w.execute(one.sql, ["c1"])
        expect("removed", [self.stored(k) for k in ("b2", "b3", "c1")], [None] * 3)
        key = identifier(self.w, "id")
        keys = f"{identifier(self.w, 'crm')}.{identifier(self.w, '_millrace_keys')}"
        self.w.execute(self.w.keys_table.format(table=keys, key=key), [])
        for k in ("a1", "A1", "b1", "other"):
            self.w.execute(f"INSERT INTO {keys} ({key}) VALUES (?)", [k])
        gone = sorted(r[0] for r in self.w.query(self.find("leads", "vanished")[0].sql, []))
        present = sorted(r[0] for r in self.w.query(f"SELECT {key} FROM {self.name('leads')}", []))
        expect("vanished", gone, [k for k in present if k not in ("a1", "A1", "b1")])
        if "a2" not in gone:
            raise Failure(f"vanished: {gone}")
        self.w.execute(f"DROP TABLE {keys}", [])

    def marks(self, loader):
        """A census of rows that are marked, of which an older copy may still be there (I14)."""
        columns = ["id", "system_modstamp", "is_deleted", "_millrace_deleted_at"]
        self.run("cases", "create_table")

        def load(*rows):
            self.load(loader, "changed", [dict(zip(columns, r)) for r in rows], table="cases", columns=columns)

        def found(what, *parameters):
            return sorted(self.w.query(self.find("cases", what)[0].sql, list(parameters)))

        stamp = "2024-01-01 00:00:00.00"
        load(*([k, stamp + "1", "0", None] for k in "abc"))
        load(["b", stamp + "2", "1", stamp + "9"])
        key = identifier(self.w, "id")
        keys = f"{identifier(self.w, 'crm')}.{identifier(self.w, '_millrace_keys')}"
        self.w.execute(self.w.keys_table.format(table=keys, key=key), [])
        for k in ("a", "b", "d"):
            self.w.execute(f"INSERT INTO {keys} ({key}) VALUES (?)", [k])
        expect("rows without a key: not the marked one", [r[0] for r in found("vanished_marked")], ["c"])
        expect("keys without a live row", [r[0] for r in found("missing")], ["b", "d"])
        expect("live rows", [str(r[0]) for r in found("count_live_rows", stamp + "5")], ["2"])
        expect("rows by their mark", [(plain(r[0]), str(r[1])) for r in found("count_by_mark")], [("0", "2")])
        expect("keys of rows that are not marked", [r[0] for r in found("keys_of_live_rows", stamp + "5")], ["a", "c"])
        expect("rows by their keys", [(r[0], plain(r[2])) for r in found("rows_by_key", "b", "c", "nobody")], [("b", "1"), ("c", "0")])
        for name in ("cases", "_millrace_keys"):
            self.w.execute(f"DROP TABLE {identifier(self.w, 'crm')}.{identifier(self.w, name)}", [])

    def columns(self):
        """A column that was not there, and one that becomes wider, with their rows kept."""
        self.run("leads", "create_table")
        loader = self.find("leads", "merge", mode="changed")[0].loader
        self.load(loader, "changed", [row("w1", "2024-01-01 00:00:00.001", amount="12.25", name="kept")])
        self.w.execute(f"ALTER TABLE {identifier(self.w, 'crm')}.{identifier(self.w, 'leads')} "
                       f"DROP COLUMN {identifier(self.w, 'notes')}", [])
        added = self.run("leads", "add_column", column="notes")
        if not added:
            raise Failure("no statement adds a column")
        expect("a column that was added", self.stored("w1", ["name", "notes"]), {"name": "kept", "notes": None})
        if self.find("leads", "widen_column", column="amount"):
            self.w.widening(lambda: self.run("leads", "widen_column", column="amount"))
            expect("a column that was widened", self.stored("w1", ["amount"]), {"amount": "12.25"})
        self.load(loader, "changed", [row("w1", "2024-01-01 00:00:00.002", amount="12.5", notes="now")])
        expect("after that", self.stored("w1", ["amount", "notes"]), {"amount": "12.5", "notes": "now"})

    def checkpoints(self, loader):
        table = "_millrace_checkpoints"
        columns = ["collection", "object", "cursor", "complete", "committed_at", "rows", "source_time", "source_id", "chosen", "columns"]
        self.run(table, "create_table")
        for rows, complete in (("1", "0"), ("2", "1")):
            for collection in ("leads", "accounts"):
                self.load(loader, "first_load", [dict(zip(columns, [
                    collection, "Lead", "2024-01-01 00:00:00.001", complete, "2024-06-01 00:00:00.000", rows, None, "00D", "0a1b", "email:text"]))],
                    table=table, columns=columns)
        full = self.find(table, "read_checkpoints")[0]
        expect("the checkpoints", [[plain(c) for c in (r[0], r[3], r[5], r[6])] for r in self.w.query(full.sql, [])],
               [["accounts", "1", "2", None], ["leads", "1", "2", None]])
        self.w.execute(self.find(table, "remove_rows", parameters=1)[0].sql, ["leads"])
        expect("a checkpoint that was forgotten", len(self.w.query(full.sql, [])), 1)

    def history(self, loader):
        """Runs and notices: written twice they are there once, the latest runs come first, old rows are found."""
        table = "_millrace_runs"
        columns = ["id", "run", "pipeline", "collection", "object", "started_at", "ended_at", "outcome", "exit_code", "records", "rows_written",
                   "deleted", "requests", "calls", "error_code", "error", "collections", "skipped_ticks", "notices_of",
                   "refused", "quarantined"]

        def run(name, pipeline, started):
            return dict.fromkeys(columns, None) | {
                "id": name, "run": name, "pipeline": pipeline, "started_at": started, "ended_at": started, "outcome": "partial",
                "exit_code": "3", "records": "9007199254740993", "error": HOSTILE, "notices_of": "r1"}

        self.run(table, "create_table")
        rows = [run("r1", "acme", "2024-01-01 00:00:00.001"), run("r2", "acme", "2024-01-02 00:00:00.002"), run("o1", "beta", "2023-01-01 00:00:00.000")]
        for _ in range(2):
            self.load(loader, "first_load", rows, table=table, columns=columns)
        for what in ("read_history", "read_older_history"):
            found = self.w.query(self.find(table, what)[0].sql, ["acme"])
            expect(what, [[plain(r[i]) for i in (0, 3, 5, 8, 9, 15)] for r in found],
                   [["r2", None, plain("2024-01-02 00:00:00.002"), "3", "9007199254740993", plain(HOSTILE)],
                    ["r1", None, plain("2024-01-01 00:00:00.001"), "3", "9007199254740993", plain(HOSTILE)]])
        outdated = self.find(table, "outdated_rows")[0].sql
        expect("old rows", [r[0] for r in self.w.query(outdated, ["acme", "2024-01-02 00:00:00.002"])], ["r1"])
        self.w.execute(self.find(table, "remove_rows", parameters=1)[0].sql, ["r1"])
        expect("old rows that went", self.w.query(outdated, ["acme", "2024-01-02 00:00:00.002"]), [])

        table = "_millrace_notices"
        columns = ["id", "run", "pipeline", "collection", "told_at", "code", "text", "record", "field"]
        self.run(table, "create_table")
        rows = [dict(zip(columns, [f"{name}/0001", name, "acme", "leads", "2024-01-01 00:00:00.001", "odd", HOSTILE, None, None]))
                for name in ("r1", "r2", "r3", "r4")]
        for _ in range(2):
            self.load(loader, "first_load", rows, table=table, columns=columns)
        found = self.w.query(self.find(table, "read_history")[0].sql, ["r3", "r1", "none"])
        expect("notices", [[plain(r[i]) for i in (0, 6, 7)] for r in found], [[f"{name}/0001", plain(HOSTILE), None] for name in ("r1", "r3")])

    def refused(self, loader):
        """What a table could not take: an entry that is written again is there once, and records in quarantine are found."""
        table = "_millrace_refused"
        columns = ["id", "collection", "record", "field", "version", "policy", "reason", "part", "value", "hashed"]
        self.run(table, "create_table")
        rows = [dict(zip(columns, cells)) for cells in (
            ["a/1", "leads", "a", "Name", "2024-01-01 00:00:00.001", "keep_as_text", HOSTILE, "1", HOSTILE, '["Name"]'],
            ["b/1", "leads", "b", None, None, "quarantine", "no place", "1", "{", None],
            ["b/2", "leads", "b", None, None, "quarantine", "no place", "2", "}", None],
            ["c/1", "cases", "c", None, None, "quarantine", "no place", "1", "{}", None])]
        for _ in range(2):
            self.load(loader, "first_load", rows, table=table, columns=columns)
        expect("a value that is kept", self.stored("a/1", ["reason", "part", "value"], table),
               {"reason": plain(HOSTILE), "part": "1", "value": plain(HOSTILE)})
        found = self.w.query(self.find(table, "read_quarantined")[0].sql, ["leads"])
        expect("records in quarantine", [r[0] for r in found], ["b"])
        found = self.w.query(self.find(table, "read_entries")[0].sql, ["leads"])
        expect("what is kept of a collection", sorted([plain(cell) for cell in r] for r in found),
               [["a/1", "Name", "keep_as_text", '["Name"]'], ["b/1", None, "quarantine", None], ["b/2", None, "quarantine", None]])

    def unversioned(self, loader):
        columns = ["id", "name", "active"]
        self.run("pricebooks", "create_table")
        for name in ("one", None, "two"):
            self.load(loader, "changed", [{"id": "p", "name": name, "active": "1"}], table="pricebooks", columns=columns)
            expect("without a version", self.stored("p", ["name"], "pricebooks")["name"], name)

    def hostile_names(self):
        """Reserved words and quotes as names: whatever is made is found again."""
        if not self.w.hostile_names:
            return
        self.run("order", "create_schema")
        self.run("order", "create_table")
        listed = [r[0] for r in self.w.query(self.find("order", "list_columns")[0].sql, [])]
        for name in ("group", "q\"u`o]t'e", "{table}", "x" * 63):
            if (name.upper() if self.w.upper else name) not in listed:
                raise Failure(f"the column {name} is not in {listed}")
        loader = self.find("order", "merge", mode="changed")[0].loader
        columns = ["id", "group", "select", "q\"u`o]t'e", "{table}", "x" * 63, "where"]
        for stamp, text in (("2024-01-01 00:00:00.002", "new"), ("2024-01-01 00:00:00.001", "old")):
            self.load(loader, "changed", [dict(zip(columns, ["k", text, "1", text, "1.5", "2024-01-01", stamp]))],
                      table="order", columns=columns)
        name = f"{identifier(self.w, 'user')}.{identifier(self.w, 'order')}{self.w.reading}"
        expect("I5 with hostile names", self.w.query(f"SELECT {identifier(self.w, 'group')} FROM {name}", []), [("new",)])


def check_the_check(program, dialect, make_warehouse, sabotages):
    """A scenario that cannot fail proves nothing: each sabotage of the statements must be found."""
    for text, other in sabotages:
        used = []

        def sabotage(sql, text=text, other=other, used=used):
            if text in sql:
                used.append(sql)
            return sql.replace(text, other)

        try:
            Scenario(program, dialect, make_warehouse(), sabotage).everything()
        except Failure as failure:
            print(f"as it should: {str(failure)[:200]}")
            continue
        raise SystemExit(f"{text} may become {other}, and nobody notices" if used else f"no statement has {text}")


def spelled(type_name):
    return type_name.lower().replace(", ", ",")
