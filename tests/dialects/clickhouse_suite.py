"""ClickHouse's forms in ClickHouse itself, as the module chdb brings it. Parameters become literals here:
clickhouse-odbc binds them as texts that may be NULL."""

import csv
import io
import sys

import chdb
from chdb import session

from rendered import marks_of
from scenario import Scenario, check_the_check


class Warehouse:
    quote = '"'
    upper = False
    reading = " FINAL"
    hostile_names = True
    keys_table = "CREATE TABLE {table} ({key} String) ENGINE = ReplacingMergeTree ORDER BY {key}"
    link = session.Session()

    def __init__(self):
        for schema in ("crm", "user"):
            self.link.query(f'DROP DATABASE IF EXISTS "{schema}"')

    def bound(self, sql, parameters):
        marks = marks_of(sql, True)
        if len(marks) != len(parameters):
            raise ValueError(f"{len(marks)} marks, {len(parameters)} parameters: {sql}")
        for at, value in reversed(list(zip(marks, parameters))):
            text = "NULL"
            if value is not None:
                text = "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"
            sql = f"{sql[:at]}CAST({text} AS Nullable(String)){sql[at + 1:]}"
        return sql

    def execute(self, sql, parameters):
        self.link.query(self.bound(sql, parameters))

    def query(self, sql, parameters):
        text = str(self.link.query(self.bound(sql, parameters), "CSV"))
        # NULL is \N without quotes, which a reader of CSV does not tell from a text in quotes.
        return [tuple(None if c == "\\N" else c for c in r) for r in csv.reader(io.StringIO(text))]

    def text_of(self, column):
        return f"CAST({column} AS Nullable(String))"

    def begin(self):
        pass

    def commit(self):
        pass

    def undo(self):
        pass

    def widening(self, run):
        run()


STAMP = '"system_modstamp"'
check_the_check(sys.argv[1], "clickhouse", Warehouse, [
    (f"s.{STAMP}>t.{STAMP}", f"s.{STAMP}<>t.{STAMP}"),
    (", isNull(t.", ", NULL <> isNull(t."),
    ("LEFT ANTI JOIN", "LEFT SEMI JOIN"),
    ('"cases" FINAL', '"cases"'),
])
loaders = Scenario(sys.argv[1], "clickhouse", Warehouse()).everything()
print(f"ClickHouse {Warehouse.link.query('SELECT version()')} of chdb {chdb.__version__}: {', '.join(loaders)}".replace("\n", ""))
