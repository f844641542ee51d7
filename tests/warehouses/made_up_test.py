"""The main job in a warehouse that exists only as dialects/odd.toml: brackets around names, which are upper case and 30
bytes long at most, no schemas, no catalog and no merge. No line of millrace's code knows it.
"""

import json
import os
import pathlib
import re
import tempfile
import unittest
from unittest import mock

import drivers
from harness import Project, Sandbox, SqliteTables, compare, table_names
from shell import Shell

DIALECTS = pathlib.Path(__file__).resolve().parent / "dialects"
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
