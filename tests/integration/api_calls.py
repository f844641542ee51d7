"""What runs cost in API calls, counted by the sandbox as an org counts: the tables of docs/api-calls.md.

  api_calls.py [ACCOUNTS]   prints the page, with a first load of so many accounts
"""

import sys

from harness import Project, Sandbox

CLOCK = "2026-03-01T08:00:00Z"
HOUR = 3600
DAY = 24 * HOUR
ACCOUNTS = 100_000

# Columns of a table and the kinds of requests they are made of; logins and lists of versions do not count in an org.
COLUMNS = {
    "catalog": ("global_describe", "describe", "record_count", "limits", "composite", "batch"),
    "queries": ("query", "query_more"),
    "Bulk jobs": ("bulk_create", "bulk_poll", "bulk_results", "bulk_result_pages", "bulk_delete", "bulk_abort", "bulk_list"),
    "deletions": ("deleted", "updated"),
}
FREE = ("token", "versions", "identity")

PAGE = """# API calls

What a run costs of an org's daily allocation. The numbers are counted by the sandbox org as Salesforce counts: a login
and the list of versions cost nothing, a composite request one call, a batch one for each request in it. They are
written by a test: `MILLRACE_UPDATE_DOCS=1 ctest --test-dir build -R api_calls`.

## A cycle over the standard collections

{collections} collections, {records:,} records. Nothing is due but what the row says.

{cycles}

A day of eight cycles without a change costs {day:,} calls: four times {idle:,}, three times {deletions:,} when the org is asked
what was deleted for good (`deletions_every`), and once {daily:,} when fields that change without a stamp are read again
as well (`refresh_every`). Once a week the Ids are compared (`census_every`): that cycle costs {weekly:,}. An org has 100,000
calls a day and more.

## The first load of {accounts:,} accounts

{loads}

A page of REST has 2,000 records at most, a result of a Bulk job 50,000: `auto` takes the one that costs less.
"""


def counted(org, work):
    """What the org counted while `work` ran: requests by column, and all that cost a call."""
    org.control("counters/reset", {})
    work()
    counters = org.counters()
    kinds = counters["kinds"]
    unknown = set(kinds) - {kind for column in COLUMNS.values() for kind in column} - set(FREE)
    assert not unknown, f"requests that no column explains: {unknown}"
    return {**{name: sum(kinds.get(kind, 0) for kind in column) for name, column in COLUMNS.items()}, "calls": counters["calls"]}


def table(first, rows):
    names = [*COLUMNS, "calls"]
    lines = [f"| {first} | {' | '.join(names)} |", f"| --- |{' ---: |' * len(names)}"]
    lines += [f"| {title} | {' | '.join(f'{counts[name]:,}' for name in names)} |" for title, counts in rows.items()]
    return "\n".join(lines)


def measure_cycles():
    """The 48 collections: first load, idle cycles, a cycle after 1% changed. Returns facts and rows."""
    rows = {}
    with Sandbox("--scale", "small", "--bulk-delay", 0, "--clock", CLOCK) as org:
        with Project(org, pipeline='collections = ["@standard"]') as project:
            first = project.sync()
            records = first["totals"]["records"]
            org.control("clock", {"advance_seconds": 3 * HOUR})
            rows["idle"] = counted(org, project.sync)
            org.control("clock", {"advance_seconds": 3 * HOUR})
            rows["idle, and deletions are asked for"] = counted(org, project.sync)
            org.control("clock", {"advance_seconds": 3 * HOUR})
            org.control("mutate", {"object": "*", "update": records // 100, "seed": 1})
            rows["1% of all records changed"] = counted(org, project.sync)
            org.control("clock", {"advance_seconds": DAY})
            rows["idle, deletions and silent fields"] = counted(org, project.sync)
            org.control("clock", {"advance_seconds": 7 * DAY})
            rows["idle, deletions, silent fields and a census"] = counted(org, project.sync)
            return len(first["collections"]), records, rows


def measure_load(accounts, api):
    """The calls of a first load, by one API or as the product chooses."""
    with Sandbox("--size", f"Account={accounts}", "--only", "Account", "--bulk-delay", 0, "--clock", CLOCK) as org:
        with Project(org, pipeline='collections = ["accounts"]', source=f'api = "{api}"') as project:
            return counted(org, lambda: project.sync(timeout=3600))


def page(accounts=ACCOUNTS):
    collections, records, cycles = measure_cycles()
    loads = {f'`api = "{api}"`': measure_load(accounts, api) for api in ("auto", "rest", "bulk")}
    idle = cycles["idle"]["calls"]
    deletions = cycles["idle, and deletions are asked for"]["calls"]
    daily = cycles["idle, deletions and silent fields"]["calls"]
    # Cycles of 3 hours, deletions every 6, silent fields every 24.
    return PAGE.format(
        collections=collections, records=records, cycles=table("cycle", cycles), idle=idle, deletions=deletions, daily=daily,
        weekly=cycles["idle, deletions, silent fields and a census"]["calls"], day=4 * idle + 3 * deletions + daily,
        accounts=accounts, loads=table("way", loads),
    )


if __name__ == "__main__":
    print(page(int(sys.argv[1]) if len(sys.argv) > 1 else ACCOUNTS), end="")
