"""Snowflake's forms in fakesnow, which says them in DuckDB's words: an emulation, not Snowflake."""

import sys
import warnings

import fakesnow
import snowflake.connector

from scenario import Scenario, check_the_check


warnings.simplefilter("ignore")  # its own, about its engine

left_out = {"names with quotes"}  # what the emulation cannot do


class Warehouse:
    quote = '"'
    upper = True
    reading = ""
    hostile_names = False  # it does not escape them in its own catalog
    keys_table = "CREATE TABLE {table} ({key} varchar)"

    def __init__(self):
        snowflake.connector.paramstyle = "qmark"
        self.link = fakesnow.FakeSnow().connect("BI", "PUBLIC")

    def execute(self, sql, parameters):
        if sql.startswith("ALTER SESSION SET "):
            left_out.add("settings of the session")
            return
        if "TEMPORARY TABLE" in sql:
            left_out.add("temporary tables in a schema")
            sql = sql.replace("TEMPORARY TABLE", "TABLE", 1)
        self.link.cursor().execute(sql, parameters or None)

    def query(self, sql, parameters):
        if "datetime_precision" in sql:
            left_out.add("the catalog's precision of times")
            sql = sql.replace("datetime_precision", "3")
        return self.link.cursor().execute(sql, parameters or None).fetchall()

    def text_of(self, column):
        return f"CAST({column} AS varchar)"

    def begin(self):
        left_out.add("transactions around tables that are made")

    def commit(self):
        pass

    def undo(self):
        pass

    def widening(self, run):
        run()


check_the_check(sys.argv[1], "snowflake", Warehouse, [
    ('s."SYSTEM_MODSTAMP">t.', 's."SYSTEM_MODSTAMP"<>t.'),
    ("IS DISTINCT FROM s.", "<> s."),
])
loaders = Scenario(sys.argv[1], "snowflake", Warehouse()).everything()
print(f"fakesnow: {', '.join(loaders)}; left out: {', '.join(sorted(left_out))}")
