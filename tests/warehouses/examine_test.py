"""What `millrace validate` finds of a session's time zone: the servers' own is another one, and each dialect says UTC."""

import pathlib
import tempfile
import unittest

from servers import H2Server, MariaServer, PostgresServer
from shell import Shell

ROOT = pathlib.Path(__file__).resolve().parents[2]
SHIPPED = ROOT / "conf" / "dialects"
SCHEMA = "sfdc_prod"


class TimeZone:
    """What must hold in each warehouse."""

    make = None
    folder = SHIPPED
    says_utc = None
    offset = "+05:30"

    def place(self):
        return self.enterContext(self.make(settings=self.make.hasty)).odbc()

    def time_zone(self, odbc, *replacements):
        text = (self.folder / f"{self.dialect}.toml").read_text()
        for old, new in replacements:
            self.assertIn(old, text)
            text = text.replace(old, new)
        changed = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        (changed / f"{self.dialect}.toml").write_text(text)
        with Shell(odbc, SCHEMA, self.dialect, changed) as shell:
            found = [finding for finding in shell.ask("examine") if finding["what"] == "time zone"]
        return [(finding["good"], finding["text"]) for finding in found]

    def test_utc_is_told_from_the_servers_own_zone(self):
        odbc = self.place()
        good = "the session is in UTC, and so are timestamps that go and come back"
        self.assertEqual(self.time_zone(odbc), [(True, good)])
        ((fine, text),) = self.time_zone(odbc, self.says_utc)
        self.assertFalse(fine, text)
        self.assertIn(f"at {self.offset} from UTC", text)


class postgresql(TimeZone, unittest.TestCase):
    make = PostgresServer
    dialect = "postgresql"
    says_utc = ("set_config('TimeZone', 'UTC', false), ", "")

    def test_the_driver_leaves_no_log_behind(self):
        """As registered by Debian it does, and only the registry can tell it not to."""
        there = set(pathlib.Path("/tmp").glob("psqlodbc_*.log"))
        with Shell(self.place(), SCHEMA) as shell:
            shell.ask("examine")
        left = set(pathlib.Path("/tmp").glob(f"psqlodbc_*[!0-9]{shell.process.pid}.log"))
        self.assertEqual(left - there, set())


class mariadb(TimeZone, unittest.TestCase):
    make = MariaServer
    dialect = "mariadb"
    says_utc = ("time_zone = '+00:00', ", "")


    def test_a_schema_that_is_not_there_is_made_and_everything_tried(self):
        """Its DDL cannot be taken back: what could not be tried would be called good without a reason."""
        server = self.enterContext(MariaServer(settings=MariaServer.hasty))
        with Shell(server.odbc(), SCHEMA) as shell:
            found = shell.ask("examine")
        self.assertTrue(all(finding["good"] for finding in found), found)
        self.assertIn(("schema", f"{SCHEMA} is there now, if it was not before"), [(f["what"], f["text"]) for f in found])
        self.assertTrue({"loader", "rights", "texts"} <= {finding["what"] for finding in found}, found)
        tables = server.query(f"SELECT table_name FROM information_schema.tables WHERE table_schema = '{SCHEMA}'")
        self.assertEqual(tables, [])


class h2(TimeZone, unittest.TestCase):
    make = H2Server
    dialect = "h2"
    folder = ROOT / "tests" / "integration" / "dialects"
    says_utc = ("statements = [\"SET TIME ZONE 'UTC'\"]", "")


class sqlite(TimeZone, unittest.TestCase):
    """Its sessions have no zone: what lies elsewhere is the question."""

    dialect = "sqlite"
    says_utc = ("'now')", "'now', '-03:30')")
    offset = "-03:30"

    def place(self):
        folder = self.enterContext(tempfile.TemporaryDirectory())
        return f"Driver=SQLite3;Database={folder}/warehouse.db"

    def test_what_is_no_time_is_said(self):
        odbc = self.place()
        self.assertEqual(
            self.time_zone(odbc, ("strftime('%Y-%m-%d %H:%M:%f', 'now')", "'noon'")),
            [(False, "'noon' is not a time that millrace understands")],
        )
        # A clock that is wrong is no time zone.
        ((fine, text),) = self.time_zone(odbc, ("'now')", "'now', '+5 minutes')"))
        self.assertTrue(fine)
        self.assertRegex(text, r"; the warehouse's clock is \d+ s ahead of this machine's$")


if __name__ == "__main__":
    unittest.main()
