"""Objects with hundreds of fields in PostgreSQL: their rows stay in one piece."""

import random
import string
import unittest

from servers import PostgresServer
from shell import Shell

SCHEMA = "sfdc_prod"
TEXTS = 300
TEXT = "some twenty bytes; "  # six kilobytes a row: a page holds one


class Wide(unittest.TestCase):
    def test_a_row_that_fits_a_page_is_not_taken_apart(self):
        """Compressing and moving texts of twenty bytes one by one costs four times what the row costs."""
        names = [f"text_{i}" for i in range(TEXTS)]
        columns = [{"name": "id", "type": "text", "length": 18}, {"name": "stamp", "type": "timestamp"}]
        columns += [{"name": name, "type": "text", "length": 80} for name in names]
        table = {"name": "wide", "version": "stamp", "columns": columns}
        rows = [[f"a{i:017}", "2024-01-01 00:00:00.000", *(f"{TEXT}{i * j}" for j in range(TEXTS))] for i in range(40)]
        # Longer than a page: that one has to go elsewhere.
        long = ["long", "2024-01-01 00:00:00.000", "".join(random.Random(1).choices(string.printable, k=100_000)), *rows[0][3:]]
        with PostgresServer(settings=PostgresServer.hasty) as server, Shell(server.odbc(), SCHEMA) as shell:

            def bytes_elsewhere():
                ((size,),) = server.query("SELECT pg_relation_size(reltoastrelid) FROM pg_class WHERE relname = 'wide'")
                return int(size)

            shell.ask("ensure", table=table)
            self.assertEqual(shell.ask("write", table=table, rows=rows, mode="first_load")["rows_written"], len(rows))
            self.assertEqual(bytes_elsewhere(), 0)
            self.assertEqual(shell.ask("write", table=table, rows=[long], mode="changed")["rows_written"], 1)
            self.assertGreater(bytes_elsewhere(), 0)
            found = server.query(f"SELECT id, {', '.join(names)} FROM {server.table(SCHEMA, 'wide')} ORDER BY id")
            self.assertEqual([list(r) for r in found], [[r[0], *r[2:]] for r in [*rows, long]])


if __name__ == "__main__":
    unittest.main()
