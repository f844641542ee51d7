"""The loader of local files, for real: MySQL's dialect in MariaDB, which takes LOAD DATA LOCAL INFILE as well."""

import pathlib
import re
import tempfile
import unittest

from servers import MariaServer
from shell import Shell

DIALECTS = pathlib.Path(__file__).resolve().parents[2] / "conf" / "dialects"
SCHEMA = "sfdc_prod"
COLUMNS = {
    "id": {"type": "text", "length": 18},
    "name": {"type": "text", "length": 80},
    "story": {"type": "text", "length": 131072},
    "flag": {"type": "boolean"},
    "whole": {"type": "integer"},
    "amount": {"type": "decimal", "precision": 18, "scale": 2},
    "ratio": {"type": "floating"},
    "day": {"type": "date"},
    "clock": {"type": "time"},
    "system_modstamp": {"type": "timestamp"},
}
TABLE = {"name": "leads", "version": "system_modstamp", "columns": [{"name": name, **facts} for name, facts in COLUMNS.items()]}
HOSTILE = [
    "it's \"quoted\" `back`",
    "\\ \\\\ \\n \\t \\0 \\N",
    "\\N",
    "NULL",
    "\\",
    "tab\tin, line\nends\r\nand\r",
    " blanks ",
    "? {d 1} %s -- ; /* # */",
    "".join(map(chr, range(1, 32))),
    "\0 and \x7f",
    "ü€\U0001F600 \u202e \ufeff",
    "{file} {staging} {cells}",
]
LONG = "aü€'\\\n\t" * (131072 // 7)
SPOILT = {
    "whole": "abc",
    "day": "2024-02-30",
    "name": "x" * 81,
    "amount": "99999999999999999.99",
    "clock": "25 o'clock",
}


def row(number, second=1, **cells):
    given = {"id": f"a{number:017}", "system_modstamp": f"2024-01-01 00:00:{second:02}.000", **cells}
    return [given.get(name) for name in COLUMNS]


class LocalFile(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = cls.enterClassContext(MariaServer(settings=MariaServer.hasty))

    def setUp(self):
        self.server.drop_schema(SCHEMA)
        self.name = self.server.table(SCHEMA, "leads")

    def open(self, *replacements):
        """A shell whose dialect has no other loader; `replacements` of its words."""
        text = (DIALECTS / "mysql.toml").read_text()
        # The binary collations of the two have different names; the types of their catalogs, too.
        replacements += (("utf8mb4_0900_bin", "utf8mb4_nopad_bin"), ('name = "bigint"', 'name = "bigint(20)"'))
        for old, new in replacements:
            self.assertIn(old, text)
            text = text.replace(old, new)
        parts = re.split(r"(?m)^(?=\[\[loaders\]\]$|\[\[errors\]\]$)", text)
        kept = [part for part in parts if not part.startswith("[[loaders]]") or '"local_file"' in part]
        folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        (folder / "mysql.toml").write_text("".join(kept))
        shell = self.enterContext(Shell(self.server.odbc(), SCHEMA, "mysql", folder))
        self.assertNotIn("error", shell.opened)
        self.assertEqual(shell.ask("ensure", table=TABLE)["notices"], [])
        return shell

    def write(self, shell, rows, **more):
        answer = shell.ask("write", table=TABLE, rows=rows, **{"mode": "changed", **more})
        self.assertEqual(answer["notices"], [])
        return answer["rows_written"]

    def stored(self, *columns):
        return self.server.query(f"SELECT {', '.join(columns)} FROM {self.name} ORDER BY id")

    def test_every_value_arrives_as_it_was_sent(self):
        """I9: whatever a file, a server and its escapes could make of texts; NULL is NULL and nothing else is."""
        shell = self.open()
        rows = [row(i, name=text, story=text * 2) for i, text in enumerate(HOSTILE)]
        rows += [
            row(90, story=LONG, flag="1", whole="9223372036854775807", amount="-9999999999999999.99", ratio="0.5", day="1700-01-01", clock="23:59:59.999"),
            row(91, flag="0", whole="-1", amount="0.01", ratio="-1200", day="9999-12-31", clock="00:00:00.000"),
            row(92),
        ]
        self.assertEqual(self.write(shell, rows), len(rows))
        found = self.stored(*COLUMNS)
        self.assertEqual([list(r) for r in found], rows)
        self.assertEqual(self.write(shell, rows), 0)

    def test_versions_and_updates_go_the_same_way(self):
        """I5: an older version changes nothing, a newer one all."""
        shell = self.open()
        checkpoint = {"cursor": "2024-01-01 00:00:05.000", "complete": True}
        self.write(shell, [row(i, 5, name="five") for i in range(3)], mode="first_load", checkpoint=checkpoint)
        self.assertEqual(self.write(shell, [row(0, 4, name="four"), row(1, 6, name="six"), row(2, 5, name="five"), row(3, 1, name="one")]), 2)
        self.assertEqual([name for (name,) in self.stored("name")], ["five", "six", "five", "one"])
        self.assertEqual([c["cursor"] for c in shell.ask("checkpoints")], ["2024-01-01 00:00:05.000"])

    def test_what_the_server_would_change_on_its_way_is_kept_aside(self):
        """LOAD DATA LOCAL cuts, rounds and stores zeros, even in strict mode, and only warns."""
        typed = ('column = "{column} longtext"', 'column = "{column} {type}"'), ('source = "SELECT {cells}', 'source = "SELECT {columns}')
        texts_of_length = ('"text", up_to = 16000, beyond', '"varchar({length})", up_to = 255, beyond')
        shell = self.open(*typed, texts_of_length)
        good = [row(i, name="good") for i in range(4)]
        self.assertEqual(self.write(shell, good), 4)
        for column, value in SPOILT.items():
            bad = row(7, name="fine") if column != "name" else row(7)
            bad[list(COLUMNS).index(column)] = value
            done = shell.ask("write", table=TABLE, rows=[*good, bad, row(8)], mode="changed")
            (told,) = done["notices"]
            self.assertEqual(done["refused"], 1, column)
            self.assertIn(f"record {'a' + '7'.rjust(17, '0')}, field {column}: ", told["text"])
            self.assertIn("warnings, the first: Warning", told["text"], column)
            self.assertEqual([value for (value,) in self.stored(column)][4], None, column)
        # The same without a look at the warnings: the value is another one, and nobody says so.
        silent = self.open(*typed, texts_of_length, ('warnings     = "SHOW WARNINGS"\n', ""))
        self.write(silent, [row(9, whole="abc")])
        self.assertEqual(self.stored("whole")[-1], ("0",))


if __name__ == "__main__":
    unittest.main()
