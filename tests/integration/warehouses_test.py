"""The main job again, in warehouses that are servers: PostgreSQL, MariaDB and H2, each started for its tests.

`python -m unittest warehouses_test.mariadb` runs the suite of one.
"""

import unittest

from harness import Project, Sandbox, compare, table_names
from servers import H2Server, MariaServer, PostgresServer, free_port


def written(run):
    return {c["collection"]: c["rows_written"] for c in run["collections"] if c["rows_written"]}


class Warehouse:
    """What must hold in each warehouse."""

    make = None

    @classmethod
    def setUpClass(cls):
        cls.server = cls.enterClassContext(cls.make(settings=cls.make.hasty))

    def project(self, org, **more):
        return Project(org, warehouse_server=self.server, **more)

    def test_rest_and_bulk_both_forced_give_the_truth_and_the_same_tables(self):
        """I3, I8, I9: REST and Bulk load every row and column of every collection, alike."""
        with Sandbox("--scale", "tiny", "--bulk-delay", 20) as org:
            tables = {}
            for api in ("rest", "bulk"):
                with self.project(org, source=f'api = "{api}"') as project:
                    run = project.sync()
                    self.assertEqual(run["outcome"], "success")
                    names = table_names(org, project)
                    self.assertGreaterEqual(len(names), 51)
                    total = compare(org, project, names)
                    self.assertGreater(total, 1000)
                    self.assertEqual(run["totals"]["rows_written"], total)
                    tables[api] = {table: sorted(project.rows(table, *columns.values()), key=repr) for table, columns in names.values()}
            self.assertEqual(tables["rest"].keys(), tables["bulk"].keys())
            for table, rows in tables["rest"].items():
                self.assertEqual(rows, tables["bulk"][table], table)

    def test_only_what_changed_moves_and_reading_again_moves_nothing(self):
        """I7, I14: a second sync writes nothing, a third what changed in the org, a full one nothing again."""
        with Sandbox("--scale", "tiny") as org, self.project(org) as project:
            project.sync()
            self.assertEqual(written(project.sync()), {})
            before = dict(project.rows("contacts", "id", "uuid_ts"))
            org.only_stamped_changes()
            changes = org.control("mutate", {"object": "*", "update": 120, "insert": 60, "delete": 40, "undelete": 20, "seed": 5})
            # A record may be met by two of the changes: it moves once.
            expected = sum(len({i for ids in change.values() for i in ids}) for change in changes.values())
            self.assertGreater(expected, 150)
            run = project.sync()
            self.assertEqual(run["totals"]["rows_written"], expected)
            names = table_names(org, project)
            total = compare(org, project, names)
            touched = {i for ids in changes["Contact"].values() for i in ids}
            after = dict(project.rows("contacts", "id", "uuid_ts"))
            for i, at in after.items():
                if i not in touched:
                    self.assertEqual(at, before[i], i)
            self.assertFalse({i for i in touched if after[i] == before.get(i)}, "a row was written and its time is the old one")
            again = project.sync("--full")
            self.assertEqual(again["totals"]["records"], total)
            self.assertEqual(written(again), {})
            self.assertEqual(compare(org, project, names), total)

    def test_two_changes_within_one_second_both_arrive(self):
        """I2, I5: the stamp does not tell two versions of one second apart; the cells do."""
        with Sandbox("--scale", "tiny") as org, self.project(org, pipeline='collections = ["contacts"]') as project:
            project.sync()
            for seed in (1, 2, 3):
                org.control("mutate", {"object": "Contact", "update": 5, "seed": seed})
                project.sync()
            compare(org, project, {"Contact": ("contacts", {})})

    def test_a_new_field_gets_its_column_and_its_history(self):
        """I11: a field that is added later is filled for records that did not change since; every type gets a column."""
        fields = {
            "Wish__c": {"type": "boolean"},
            "Note__c": {"type": "string", "length": 80},
            "Story__c": {"type": "textarea", "length": 32000},
            "Count__c": {"type": "int"},
            "Worth__c": {"type": "currency", "precision": 18, "scale": 2},
            "Seen__c": {"type": "datetime"},
            "Born__c": {"type": "date"},
            "Hour__c": {"type": "time"},
        }
        with Sandbox("--scale", "tiny") as org, self.project(org, pipeline='collections = ["leads"]') as project:
            project.sync()
            for name, field in fields.items():
                org.control("schema", {"object": "Lead", "add_field": {"name": name, **field}})
            project.sync()
            rows = compare(org, project, {"Lead": ("leads", {})})
            # The org gives records that were there before a value in such a field, and none in the others.
            self.assertEqual(int(project.scalar(f"SELECT count(wish_c) FROM {project.table('leads')}")), rows)
            org.control("mutate", {"object": "Lead", "update": 10, "insert": 10})
            project.sync()
            compare(org, project, {"Lead": ("leads", {})})
            self.assertEqual(written(project.sync("--full")), {})

    def test_an_object_with_many_fields_has_a_table(self):
        """Short texts by the hundred do not exceed what a row may hold."""
        with Sandbox("--scale", "tiny") as org, self.project(org, pipeline='collections = ["leads"]') as project:
            for i in range(250):
                org.control("schema", {"object": "Lead", "add_field": {"name": f"Short_{i}__c", "type": "string", "length": 60}})
            project.sync()
            compare(org, project, {"Lead": ("leads", {})})
            org.control("mutate", {"object": "Lead", "update": 10})
            project.sync()
            compare(org, project, {"Lead": ("leads", {})})

    def test_a_removed_field_keeps_its_column(self):
        """I11: what the org no longer shows stays in the table as it was."""
        with Sandbox("--scale", "tiny") as org, self.project(org, pipeline='collections = ["leads"]') as project:
            project.sync()
            before = dict(project.rows("leads", "id", "company"))
            org.control("schema", {"object": "Lead", "drop_field": "Company"})
            org.control("mutate", {"object": "Lead", "update": 3})
            self.assertEqual(written(project.sync()), {"leads": 3})
            self.assertEqual(before, dict(project.rows("leads", "id", "company")))

    def refused(self, odbc):
        """A sync that ends for the warehouse's sake: it says which, spends no API calls and tells no password."""
        with Sandbox("--scale", "tiny") as org, self.project(org) as project:
            good = project.config.read_text()
            self.assertIn(self.server.odbc(), good)
            renamed = good.replace("warehouse.main", "warehouse.cellar").replace('"main"', '"cellar"')
            project.write(renamed.replace(self.server.odbc(), odbc))
            done = project.run("sync")
            said = done.stdout + done.stderr
            self.assertEqual(done.returncode, 7, said)
            self.assertIn("cellar", said)
            self.assertNotIn(odbc.partition("Pwd=")[2], said)
            self.assertEqual(org.counters()["total"], 0, "API calls were spent on a run that could not load")

    def test_a_wrong_password_ends_with_7_and_names_the_warehouse(self):
        self.refused(self.server.odbc(password="not-the-password"))

    def test_a_server_that_is_not_there_ends_with_7_and_names_the_warehouse(self):
        self.refused(self.server.odbc(port=free_port()))


class postgresql(Warehouse, unittest.TestCase):
    make = PostgresServer


class mariadb(Warehouse, unittest.TestCase):
    make = MariaServer


class h2(Warehouse, unittest.TestCase):
    make = H2Server


if __name__ == "__main__":
    unittest.main()
