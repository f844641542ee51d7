"""The main job in a warehouse that exists only as dialects/odd.toml: brackets around names, which are upper case and 30
bytes long at most, no schemas, no catalog and no merge. No line of millrace's code knows it.
"""

import json
import os
import pathlib
import re
import sqlite3
import tempfile
import unittest
from unittest import mock

import drivers
from harness import Project, Sandbox, SqliteTables, compare, table_names
from shell import Shell

DIALECTS = pathlib.Path(__file__).resolve().parent / "dialects"
SHIPPED = DIALECTS.parents[2] / "conf" / "dialects"
NAME_BYTES_MAX = 30


def fnv(text):
    """FNV-1a, written a second time."""
    value = 2166136261
    for byte in text.encode():
        value = (value ^ byte) * 16777619 & 0xFFFFFFFF
    return value


def cut(name, original):
    """What becomes of a name that is too long: a part of it, and a hash of what it was."""
    return name if len(name) <= NAME_BYTES_MAX else f"{name[:NAME_BYTES_MAX - 7]}_{fnv(original) & 0xFFFFFF:06x}"


class OddTables(SqliteTables):
    """The tables of the odd warehouse, by the names of collections and of columns."""

    def __init__(self, project):
        super().__init__(project)
        self.schema = project.schema

    def physical(self, table):
        name = f"{self.schema}__{table}"
        return cut(name, name).upper()

    def types(self, table):
        found = super().types(self.physical(table))
        assert all(name == name.upper() and len(name) <= NAME_BYTES_MAX for name in found), found
        return {name.lower(): kind for name, kind in found.items()}

    def rows(self, table, columns):
        return super().rows(self.physical(table), [column.upper() for column in columns])

    def count(self, table):
        return super().count(self.physical(table))


class OddProject(Project):
    def __init__(self, org, dialects=DIALECTS, **more):
        super().__init__(org, warehouse=f'dialect = "odd"\ndialects = ["{dialects}"]', **more)

    def tables(self):
        return OddTables(self)

    def names(self, org):
        """As table_names, with the columns as this warehouse has them."""
        found = table_names(org, self)
        return {
            name: (table, {field: cut(column, field) for field, column in columns.items()})
            for name, (table, columns) in found.items()
        }


class MadeUp(unittest.TestCase):
    def test_every_collection_arrives_and_changes_are_followed(self):
        with Sandbox("--scale", "tiny") as org, OddProject(org) as project:
            run = project.sync()
            self.assertEqual(run["outcome"], "success")
            names = project.names(org)
            self.assertGreaterEqual(len(names), 51)
            total = compare(org, project, names)
            self.assertGreater(total, 1000)
            self.assertEqual(run["totals"]["rows_written"], total)

            # Names were cut, of tables and of columns, or this warehouse is not as odd as it should be.
            tables = {name for (name,) in project.query("SELECT name FROM sqlite_master WHERE type = 'table'")}
            self.assertTrue(all(name == name.upper() and len(name) <= NAME_BYTES_MAX for name in tables), tables)
            self.assertIn("SFDC_PROD__LEADS", tables)
            self.assertTrue(any(len(table) > NAME_BYTES_MAX - len("sfdc_prod__") for table, _ in names.values()))
            self.assertTrue(any(len(column) == NAME_BYTES_MAX for _, columns in names.values() for column in columns.values()))

            self.assertEqual(project.sync()["totals"]["rows_written"], 0)
            org.only_stamped_changes()
            changes = org.control("mutate", {"object": "*", "update": 120, "insert": 60, "delete": 40, "undelete": 20, "seed": 5})
            moved = sum(len({i for ids in change.values() for i in ids}) for change in changes.values())
            self.assertEqual(project.sync()["totals"]["rows_written"], moved)
            total = compare(org, project, names)
            again = project.sync("--full")
            self.assertEqual((again["totals"]["records"], again["totals"]["rows_written"]), (total, 0))
            compare(org, project, names)

    def test_row_by_row_gives_the_same(self):
        """The loader that every driver can do."""
        begin, many, end = (DIALECTS / "odd.toml").read_text().partition('[[loaders]]\nname       = "multi_row"')
        self.assertTrue(many)
        folder = self.enterContext(tempfile.TemporaryDirectory())
        (pathlib.Path(folder) / "odd.toml").write_text(begin + end[end.index("[[loaders]]") :])
        with Sandbox("--scale", "tiny") as org, OddProject(org, folder, pipeline='collections = ["leads", "contacts"]') as project:
            project.sync()
            names = {name: entry for name, entry in project.names(org).items() if name in ("Lead", "Contact")}
            self.assertGreater(compare(org, project, names), 0)
            self.assertEqual(project.sync("--full")["totals"]["rows_written"], 0)

    def test_a_new_field_gets_its_column_and_its_history(self):
        with Sandbox("--scale", "tiny") as org, OddProject(org, pipeline='collections = ["leads"]') as project:
            project.sync()
            org.control("schema", {"object": "Lead", "add_field": {"name": "Wish__c", "type": "boolean"}})
            project.sync()
            self.assertGreater(compare(org, project, {"Lead": project.names(org)["Lead"]}), 0)
            with project.tables() as tables:
                self.assertIn("wish_c", tables.columns("leads"))

    def test_discover_cuts_names_as_a_sync_does(self):
        with Sandbox("--scale", "tiny") as org, OddProject(org, pipeline='collections = ["leads"]') as project:
            org.control("schema", {"object": "Lead", "add_field": {"name": "A_wish_of_more_than_thirty_bytes__c", "type": "boolean"}})
            found = project.run("discover", "org", "leads", "--format", "json")
            (collection,) = json.loads(found.stdout)["plans"][0]["collections"]
            project.sync()
            with project.tables() as tables:
                made = set(tables.columns("leads")) - {"received_at", "uuid_ts", "_millrace_deleted_at"}
            self.assertEqual({field["column"] for field in collection["fields"]}, made)
            self.assertTrue(any(name.startswith("a_wish_of_more_than_thi_") for name in made), made)

    def test_a_catalog_that_is_missing_with_its_schema_is_no_table(self):
        """Where each schema has a catalog of its own, asking before there is one is an error; the dialect says which."""
        columns = [{"name": "id", "type": "text", "length": 18}, {"name": "stamp", "type": "timestamp"}]
        table = {"name": "leads", "version": "stamp", "columns": columns}
        catalog = """[statements]
create_schema = "CREATE TABLE IF NOT EXISTS {schema} (made INTEGER)"
list_columns  = "SELECT name, type FROM pragma_table_info({table_text}) WHERE (SELECT count(*) FROM {schema}) >= 0"
"""
        meaning = '[[errors]]\ntext = "no such table: CRM"\nmeaning = "table_missing"\n\n[[errors]]\nnative  = 5\n'
        given = (DIALECTS / "odd.toml").read_text()
        without = given.replace("[statements]\n", catalog)
        folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        odbc = f"Driver=SQLite3;Database={folder / 'odd.db'}"
        for text, known in ((without, False), (without.replace("[[errors]]\nnative  = 5\n", meaning), True)):
            (folder / "odd.toml").write_text(text)
            with Shell(odbc, "crm", "odd", folder) as shell:
                if not known:
                    self.assertIn("no such table", shell.refused("checkpoints")["message"])
                    continue
                self.assertEqual(shell.ask("checkpoints"), [])
                self.assertTrue(all(finding["good"] for finding in shell.ask("examine")))
                self.assertTrue(shell.ask("ensure", table=table)["create"])
                self.assertFalse(shell.ask("ensure", table=table)["create"])

    def test_a_look_at_a_table_ends_no_transaction_and_a_lock_is_no_missing_table(self):
        """Without a catalog in the dialect the driver is asked. A table that only seems to be missing would be read anew."""
        columns = [{"name": "id", "type": "text", "length": 18}, {"name": "stamp", "type": "timestamp"}]
        table = {"name": "leads", "version": "stamp", "columns": columns}
        folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        text = (DIALECTS / "odd.toml").read_text()
        statement = '[statements]\ncreate_schema = "CREATE TABLE IF NOT EXISTS {schema} (made INTEGER)"\n'
        (folder / "odd.toml").write_text(text.replace("[statements]\n", statement))
        database = folder / "odd.db"
        with Shell(f"Driver=SQLite3;Database={database};Timeout=50", "crm", "odd", folder) as shell:
            self.assertTrue(shell.ask("ensure", table=table)["create"])
            other = sqlite3.connect(database)
            try:
                self.assertEqual(other.execute("SELECT count(*) FROM CRM").fetchall(), [(0,)])
                rows = [["a", "2024-01-01 00:00:01.000"]]
                shell.ask("write", table=table, rows=rows, mode="changed", checkpoint={"cursor": rows[0][1], "complete": True})
                other.execute("BEGIN EXCLUSIVE")
                error = shell.refused("ensure", table=table)
                self.assertEqual((error["code"], error["retry"]), ("warehouse_busy", "later"), error)
                self.assertEqual(shell.refused("checkpoints")["code"], "warehouse_busy")
                other.rollback()
            finally:
                other.close()
            self.assertFalse(shell.ask("ensure", table=table)["create"])
            self.assertEqual(len(shell.ask("checkpoints")), 1)

    def test_a_loader_that_spoils_values_carries_not_even_a_single_row(self):
        """A batch of one row goes by the first loader without a staging table: it is tried as well."""
        columns = [{"name": "id", "type": "text", "length": 18}, {"name": "notes", "type": "text"}]
        table = {"name": "leads", "columns": columns}
        folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        text = (SHIPPED / "sqlite.toml").read_text()
        before, found, after = text.partition('[[loaders]]\nname   = "batch_function"')
        self.assertTrue(found)
        loaders = """[staging]
create = "CREATE TABLE {staging} ({columns})"
clear  = "DELETE FROM {staging}"
drop   = "DROP TABLE IF EXISTS {staging}"
source = "SELECT {columns} FROM {staging} WHERE true"

[[loaders]]
name = "multi_row"
rows = 20

[[loaders]]
name   = "multi_row"
direct = true
item   = "substr({value}, 1, 20)"
rows   = 20

[[loaders]]
name   = "single_row"
direct = true

"""
        (folder / "sqlite.toml").write_text(before + loaders + after[after.index("[[errors]]") :])
        with Shell(f"Driver=SQLite3;Database={folder / 'file.db'}", "crm", "sqlite", folder) as shell:
            shell.ask("ensure", table=table)
            long = "a text of more than twenty characters"
            self.assertEqual(shell.ask("write", table=table, rows=[["a", long], ["b", long]], mode="changed")["notices"], [])
            answer = shell.ask("write", table=table, rows=[["c", long]], mode="changed")
            self.assertEqual([notice["code"] for notice in answer["notices"]], ["loader_not_used"])
            self.assertIn("came back as another value", answer["notices"][0]["text"])
            link = sqlite3.connect(folder / "file.db")
            self.assertEqual(link.execute("SELECT id, notes FROM leads ORDER BY 1").fetchall(), [(key, long) for key in "abc"])
            link.close()

    def test_a_value_that_a_type_cannot_hold_is_kept_aside_with_its_record_and_field(self):
        columns = [{"name": "id", "type": "text", "length": 18}, {"name": "notes", "type": "text"}, {"name": "day", "type": "date"}]
        table = {"name": "leads", "columns": columns}
        folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        text = (DIALECTS / "odd.toml").read_text()
        for old, new in (
            ('text      = "TEXT"', 'text      = { name = "TEXT", bytes_max = 100 }'),
            ('date      = "TEXT"', 'date      = { name = "TEXT", earliest = "1900-01-01", latest = "2299-12-31" }'),
        ):
            self.assertIn(old, text)
            text = text.replace(old, new)
        (folder / "odd.toml").write_text(text)
        fits = ["a", "ü" * 50, "1900-01-01"]
        with Shell(f"Driver=SQLite3;Database={folder / 'odd.db'}", "crm", "odd", folder) as shell:
            shell.ask("ensure", table=table)
            for bad, field, said in (
                (["b", "ü" * 51, None], "notes", "a text of 102 bytes, and TEXT holds 100"),
                (["b", None, "1899-12-31"], "day", "1899-12-31, and TEXT holds days from 1900-01-01 to 2299-12-31"),
                (["b", None, "2300-01-01"], "day", "2300-01-01, and TEXT holds days from 1900-01-01 to 2299-12-31"),
            ):
                done = shell.ask("write", table=table, rows=[fits, bad], mode="changed")
                self.assertEqual(done["refused"], 1)
                self.assertIn(f"record b, field {field}: {said}", done["notices"][0]["text"])
            link = sqlite3.connect(folder / "odd.db")
            self.assertEqual(link.execute("SELECT id, notes, day FROM crm__leads ORDER BY 1").fetchall(), [tuple(fits), ("b", None, None)])
            kept = link.execute("SELECT field, part, value FROM crm___millrace_refused ORDER BY field, value").fetchall()
            # A text is cut to what the type holds here, too.
            self.assertEqual([one[0] for one in kept], ["day", "notes", "notes"])
            self.assertEqual("".join(value for _, _, value in sorted(kept[1:], key=lambda one: int(one[1]))), "ü" * 51)
            link.close()
            last = ["b", None, "2299-12-31"]
            self.assertEqual(shell.ask("write", table=table, rows=[fits, last], mode="changed")["rows_written"], 1)

    def test_a_statement_is_never_longer_than_the_warehouse_takes(self):
        columns = [{"name": "id", "type": "text", "length": 18}, *({"name": f"c{i}", "type": "text"} for i in range(30))]
        table = {"name": "leads", "columns": columns}
        folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        text = (DIALECTS / "odd.toml").read_text()
        (folder / "odd.toml").write_text(text.replace("rows       = 20\n", "rows       = 20\nstatement_bytes = 2000\nmark_bytes = 4\n"))
        trace = folder / "trace"
        drivers.register(folder, f"[ODBC]\nTrace=Yes\nTraceFile={trace}\n")
        rows = [[f"{i:03}", *(str(i + c) for c in range(30))] for i in range(50)]
        with mock.patch.dict(os.environ, ODBCSYSINI=str(folder)):
            with Shell(f"Driver=SQLite3;Database={folder / 'odd.db'}", "crm", "odd", folder) as shell:
                shell.ask("ensure", table=table)
                self.assertEqual(shell.ask("write", table=table, rows=rows, mode="changed")["rows_written"], 50)
        said = trace.read_text(errors="replace")
        lengths = [int(n) for n in re.findall(r"SQLPrepare\.c\]\[\d+\]\s+Entry:\s+Statement = \w+\s+SQL = \[INSERT .*\]\[length = (\d+)", said)]
        inserts = [n for n in lengths if n > 500]
        self.assertTrue(inserts, lengths)
        # With what the driver writes for 33 marks, nine rows would be too long; the twenty that are allowed have 1,600.
        self.assertLess(max(inserts), 1000)
        self.assertGreater(max(inserts), 600, "more than one row in a statement")

    def test_what_takes_no_parameters_is_never_prepared(self):
        """A staging table that a prepared statement makes is gone with it in some warehouses. The driver manager tells."""
        columns = [{"name": "id", "type": "text", "length": 18}, {"name": "stamp", "type": "timestamp"}]
        table = {"name": "leads", "version": "stamp", "columns": columns}
        folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        trace = folder / "trace"
        drivers.register(folder, f"[ODBC]\nTrace=Yes\nTraceFile={trace}\n")
        with mock.patch.dict(os.environ, ODBCSYSINI=str(folder)):
            with Shell(f"Driver=SQLite3;Database={folder / 'odd.db'}", "crm", "odd", DIALECTS) as shell:
                shell.ask("ensure", table=table)
                for second in (1, 2):
                    rows = [[key, f"2024-01-01 00:00:0{second}.000"] for key in "abc"]
                    self.assertEqual(shell.ask("write", table=table, rows=rows, mode="changed")["rows_written"], 3)
        said = trace.read_text(errors="replace")
        calls = re.findall(r"\[(\w+)\.c\]\[\d+\]\s+Entry:\s+Statement = \w+\s+SQL = \[(\w+) .*\[CRM___MILLRACE_STAGE_0_LEADS\]", said)
        made = [("SQLExecDirect", "DROP"), ("SQLExecDirect", "CREATE"), ("SQLPrepare", "INSERT"), ("SQLExecDirect", "DELETE")]
        self.assertEqual(calls[: len(made)], made)


if __name__ == "__main__":
    unittest.main()
