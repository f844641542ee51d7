"""Snowflake's forms in fakesnow, which says them in DuckDB's words: an emulation, not Snowflake."""

import re
import sys
import warnings

import fakesnow
import snowflake.connector
from fakesnow.copy_into import ReadCSV
from sqlglot import exp

from scenario import Scenario, check_the_check


warnings.simplefilter("ignore")  # its own, about its engine

left_out = {"names with quotes"}  # what the emulation cannot do

read_csv = ReadCSV.read_expression


def read_texts(self, url):
    """Snowflake's files hold texts; the emulation guesses types."""
    call = read_csv(self, url)
    for name, value in (("all_varchar", "true"), ("escape", "''"), ("strict_mode", "false"), ("max_line_size", "16000000")):
        call.append("expressions", exp.EQ(this=exp.Var(this=name), expression=exp.Var(this=value)))
    return call


ReadCSV.read_expression = read_texts


class Warehouse:
    quote = '"'
    upper = True
    reading = ""
    hostile_names = False  # it does not escape them in its own catalog
    keys_table = "CREATE TABLE {table} ({key} varchar)"

    def __init__(self):
        snowflake.connector.paramstyle = "qmark"
        self.link = fakesnow.FakeSnow().connect("BI", "PUBLIC")

        self.link.cursor().execute("CREATE STAGE BI.PUBLIC.MILLRACE")

    def execute(self, sql, parameters):
        if sql.startswith("ALTER SESSION SET "):
            left_out.add("settings of the session")
            return
        if sql.startswith("REMOVE "):
            left_out.add("removing files from a stage")
            sql = "CREATE OR REPLACE STAGE BI.PUBLIC.MILLRACE"
        if "@~/millrace/" in sql:
            left_out.add("the user's own stage")
            sql = sql.replace("@~/millrace/", "@BI.PUBLIC.MILLRACE/").replace(" OVERWRITE = TRUE", "")
            # Columns of a file have names there, numbers of equal length.
            numbers = [int(number) for number in re.findall(r"\$(\d+)", sql)]
            digits = len(str(max(numbers, default=1) - 1))
            sql = re.sub(r"\$(\d+)", lambda number: f"column{int(number[1]) - 1:0{digits}}", sql)
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
