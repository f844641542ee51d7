"""The main job again, in warehouses that are servers: PostgreSQL, MariaDB and H2, each started for its tests.

`python -m unittest warehouses_test.mariadb` runs the suite of one.
"""

import unittest

from harness import Sandbox
from servers import H2Server, MariaServer, PostgresServer, free_port
from truth import TrueCopy


class Warehouse(TrueCopy):
    """What must hold in each server."""

    make = None

    @classmethod
    def setUpClass(cls):
        cls.server = cls.enterClassContext(cls.make(settings=cls.make.hasty))

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

    def test_rounded_numbers_are_counted_whichever_connection_they_go_by(self):
        """I9: a collection is spread over two connections, and only one of them has looked at the table."""
        with Sandbox("--size", "Lead=12000", "--only", "Lead") as org, self.project(org, pipeline='collections = ["leads"]') as project:
            project.sync()
            self.server.execute(f"ALTER TABLE {project.table('leads')} ALTER COLUMN latitude TYPE bigint")
            run = project.sync("--full")
            rounded = sum(float(record["Latitude"] or 0) % 1 != 0 for record in org.truth("Lead"))
            self.assertGreater(rounded, 0)
            self.assertEqual(run["totals"]["adjusted"], rounded)
            told = [notice["code"] for notice in run["notices"]]
            self.assertEqual(told.count("values_rounded"), 1, told)


class mariadb(Warehouse, unittest.TestCase):
    make = MariaServer


class h2(Warehouse, unittest.TestCase):
    make = H2Server


if __name__ == "__main__":
    unittest.main()
