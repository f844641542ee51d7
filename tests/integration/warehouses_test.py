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


class mariadb(Warehouse, unittest.TestCase):
    make = MariaServer


class h2(Warehouse, unittest.TestCase):
    make = H2Server


if __name__ == "__main__":
    unittest.main()
