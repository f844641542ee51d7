"""Every statement of every dialect is parsed in the grammar of its warehouse.

What sqlglot does not understand it keeps as an opaque command, which proves nothing: only those that are
named here, with a reason, may be one.
"""

import logging
import pathlib
import re
import sys

import sqlglot
from sqlglot import exp
from sqlglot.errors import ErrorLevel, SqlglotError

from rendered import marks_of, render

logging.getLogger("sqlglot").setLevel(logging.CRITICAL)  # it announces each opaque command

ROOT = pathlib.Path(__file__).resolve().parents[2]

# sqlglot's name of the grammar; None: its general one, which is all there is.
GRAMMARS = {
    "bigquery": "bigquery",
    "clickhouse": "clickhouse",
    "databricks": "databricks",
    "db2": None,
    "duckdb": "duckdb",
    "mariadb": "mysql",
    "mysql": "mysql",
    "oracle": "oracle",
    "postgresql": "postgres",
    "redshift": "redshift",
    "snowflake": "snowflake",
    "sqlite": "sqlite",
    "sqlserver": "tsql",
    "trino": "trino",
    "vertica": "postgres",
}

# What a grammar lacks and the warehouse has, said in another way, so that the rest is parsed all the same:
# (dialect, a regular expression, what stands for it, why).
STAND_INS = [
    ("mariadb", r"\bVALUES\((?=`)", "VALUE_OF(", "VALUES() of ON DUPLICATE KEY UPDATE is taken for a table in parentheses"),
    ("oracle", r" MODIFY \((.*) (\S+)\)$", r" ALTER COLUMN \1 SET DATA TYPE \2", "MODIFY"),
    ("oracle", r"^CREATE PRIVATE TEMPORARY (.*) ON COMMIT PRESERVE DEFINITION$",
     r"CREATE GLOBAL TEMPORARY \1 ON COMMIT PRESERVE ROWS", "private temporary tables came with Oracle 18"),
    ("db2", r"^DECLARE GLOBAL TEMPORARY (.*) ON COMMIT PRESERVE ROWS NOT LOGGED WITH REPLACE$",
     r"CREATE TEMPORARY \1", "the general grammar knows no session tables of Db2"),
    ("vertica", r" ENABLED\)", ")", "PostgreSQL enforces keys without being asked"),
    ("vertica", r"long varchar\(\d+\)", "text", "PostgreSQL's name for it"),
    ("vertica", r"^CREATE LOCAL TEMPORARY (.*) ON COMMIT PRESERVE ROWS$", r"CREATE TEMPORARY \1",
     "PostgreSQL's temporary tables are local"),
]

# What is not parsed: (dialect, what, a regular expression, why).
OPAQUE = [
    ("databricks", "session", "^SET TIME ZONE ", "a setting"),
    ("db2", "session", "^SET CURRENT LOCK TIMEOUT ", "a setting"),
    ("oracle", "session", "^ALTER SESSION SET ", "settings"),
    ("vertica", "session", "^SET TIME ZONE ", "a setting"),
    ("oracle", "staging_drop", "^BEGIN EXECUTE IMMEDIATE ", "a block of PL/SQL"),
    ("snowflake", "staging_fill", "^REMOVE @~/millrace/0a1b/$", "the grammar does not know it"),
    ("mysql", "staging_fill", "^LOAD DATA LOCAL INFILE ", "the grammar knows Hive's LOAD DATA only"),
]


class Fault(Exception):
    pass


def allowed(s):
    return any(d == s.dialect and what == s.what and re.search(text, s.sql) for d, what, text, _ in OPAQUE)


def said_otherwise(s, used):
    sql = s.sql
    for stand_in in STAND_INS:
        dialect, text, other, _ = stand_in
        if dialect == s.dialect:
            sql, count = re.subn(text, other, sql)
            if count:
                used.add(stand_in)
    if GRAMMARS[s.dialect] == "postgres":
        # There a question mark is an operator, and the driver makes other marks of them.
        for number, at in reversed(list(enumerate(marks_of(sql, False), 1))):
            sql = f"{sql[:at]}:p{number}{sql[at + 1:]}"
    return sql


def parse(sql, grammar, parameters):
    """The parsed statement; raises Fault."""
    try:
        found = [t for t in sqlglot.parse(sql, dialect=grammar, error_level=ErrorLevel.RAISE) if t is not None]
    except SqlglotError as e:
        raise Fault(str(e).split("\n")[0]) from e
    if not found:
        raise Fault("nothing was parsed")
    for tree in found:
        if tree.find(exp.Command):
            raise Fault("kept as an opaque command")
    marks = sum(1 for tree in found for _ in tree.find_all(exp.Placeholder))
    if marks != parameters:
        raise Fault(f"{marks} parameters were parsed, {parameters} are bound")
    return found


def check_the_check():
    """A checker that cannot fail proves nothing."""
    parse("MERGE INTO t USING (SELECT ? AS a) AS s ON t.a = s.a WHEN MATCHED THEN UPDATE SET b = s.a", "snowflake", 1)
    for sql, marks in [
        ("MERGE INTO t USING (SELECT ? AS a) AS s ON t.a = s.a WHEN MATCHED THEN UPDATE SETT b = s.a", 1),
        ("SELECT (1 FROM t", 0),
        ("INSERT INTO t (a, b VALUES (?, ?)", 2),
        ("SELECT a FROM t WHERE a IN (?, '?')", 2),
        ("EXPLAIN SELECT 1", 0),
        ("", 0),
    ]:
        try:
            parse(sql, "snowflake", marks)
        except Fault:
            continue
        raise SystemExit(f"the check lets this pass: {sql}")


def check_the_reference():
    """Every key that a dialect file may have is explained."""
    code = (ROOT / "engine/sql/dialect_file.cpp").read_text()
    keys = set(re.findall(r'\b(?:text|text_or|number|number_or|flag_or|texts|texts_or_none|table|table_or_none|'
                          r'tables_or_none|take)\("(\w+)"', code))
    keys |= set(re.findall(r'read_(?:type|escape)\(\w+, "(\w+)"\)', code))
    if len(keys) < 70:
        raise SystemExit(f"only {len(keys)} keys were found in dialect_file.cpp: this check looks for them wrongly")
    page = (ROOT / "docs/dialects.md").read_text()
    missing = sorted(k for k in keys if f"`{k}`" not in page)
    if missing:
        raise SystemExit("docs/dialects.md does not explain: " + ", ".join(missing))
    for file in sorted((ROOT / "conf/dialects").glob("*.toml")):
        if f"`{file.stem}`" not in page:
            raise SystemExit(f"docs/dialects.md does not list the dialect {file.stem}")
    print(f"docs/dialects.md explains all {len(keys)} keys")


def main():
    check_the_check()
    statements = render(sys.argv[1])
    faults, parsed, opaque, used = [], {}, {}, set()
    for s in statements:
        if s.dialect not in GRAMMARS:
            raise SystemExit(f"{s.dialect} has no grammar in this test")
        # A parser for one statement at a time: what a trailing semicolon ends is one.
        try:
            parse(said_otherwise(s, used), GRAMMARS[s.dialect], s.parameters)
            parsed[s.dialect] = parsed.get(s.dialect, 0) + 1
        except Fault as fault:
            if allowed(s):
                opaque[s.dialect] = opaque.get(s.dialect, 0) + 1
                used |= {o for o in OPAQUE if o[0] == s.dialect and o[1] == s.what and re.search(o[2], s.sql)}
            else:
                faults.append(f"{fault}\n    {s}")
    for fault in faults[:20]:
        print(fault[:1500])
    for dialect in sorted(GRAMMARS):
        print(f"{dialect:12} {parsed.get(dialect, 0):5} parsed, {opaque.get(dialect, 0)} opaque by permission, "
              f"grammar {GRAMMARS[dialect] or 'general'}")
    for o in OPAQUE + STAND_INS:
        if o not in used:
            faults.append("")
            print(f"there is no need for: {o}")
    if faults:
        raise SystemExit(f"{len(faults)} faults")
    check_the_reference()


if __name__ == "__main__":
    main()
