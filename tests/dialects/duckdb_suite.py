"""DuckDB's forms in DuckDB itself: every way of loading, end to end."""

import sys

import duckdb

from scenario import Scenario, check_the_check


class Warehouse:
    quote = '"'
    upper = False
    reading = ""
    hostile_names = True
    keys_table = "CREATE TABLE {table} ({key} varchar)"

    def __init__(self):
        self.link = duckdb.connect()

    def execute(self, sql, parameters):
        self.link.execute(sql, parameters)

    def query(self, sql, parameters):
        return self.link.execute(sql, parameters).fetchall()

    def text_of(self, column):
        return f"CAST({column} AS varchar)"

    def begin(self):
        self.link.execute("BEGIN")

    def commit(self):
        self.link.execute("COMMIT")

    def undo(self):
        self.link.execute("ROLLBACK")

    def widening(self, run):
        run()


STAMP = '"system_modstamp"'
check_the_check(sys.argv[1], "duckdb", Warehouse, [
    (f"excluded.{STAMP}>t.{STAMP}", f"excluded.{STAMP}<>t.{STAMP}"),
    ("IS DISTINCT FROM excluded.", "<> excluded."),
    ("IS DISTINCT FROM s.", "<> s."),
    ("WHERE NOT EXISTS", "WHERE EXISTS"),
])
loaders = Scenario(sys.argv[1], "duckdb", Warehouse()).everything()
print(f"DuckDB {duckdb.__version__}: {', '.join(loaders)}")
