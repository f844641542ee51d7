"""What runs cost in API calls, counted by the sandbox as an org counts: the tables of docs/api-calls.md.

  api_calls.py [ACCOUNTS]   prints the page, with a first load of so many accounts
"""

import sys

from harness import Project, Sandbox

CLOCK = "2026-03-01T08:00:00Z"
HOUR = 3600
DAY = 24 * HOUR
ACCOUNTS = 100_000
SMALL = 200  # records: small_reading_records in actors/first_pages.hpp

# Columns of a table and the kinds of requests they are made of, as far as they cost a call.
COLUMNS = {
    "catalog": ("global_describe", "describe", "record_count", "limits", "composite"),
    "queries": ("query", "query_more", "composite_query"),
    "Bulk jobs": ("bulk_create", "bulk_poll", "bulk_results", "bulk_result_pages", "bulk_delete", "bulk_abort", "bulk_list"),
    "deletions": ("deleted", "updated"),
}

PAGE = """# API calls

What a run costs of an org's daily allocation. The numbers are counted by the sandbox org as Salesforce counts: a login
and the list of versions cost nothing, a composite request one call, a batch one for each request in it. They are
written by a test: `MILLRACE_UPDATE_DOCS=1 ctest --test-dir build -R api_calls`.

## A cycle over the standard collections

{collections} collections, {records:,} records. Nothing is due but what the row says.

{cycles}

An idle cycle is {idle:,} calls:

| for | in one request | calls |
| --- | ---: | ---: |
| the list of the org's objects | 1 | 1 |
| the descriptions of {collections} objects, new fields among them | 25 | {describes} |
| how many records there are, of the collections that are read in full | all | 1 |
| the first page of {collections} queries: what has changed | 5 | {pages} |

A collection whose last reading had {small} records or fewer begins with such a shared page; what is on it goes the same way as a
page that came alone, and more pages follow as usual. The others ask for themselves: after the first load all do that had more.

A day of eight cycles without a change costs {day:,} calls: four times {idle:,}, three times {deletions:,} when the org is asked
what was deleted for good (`deletions_every`), and once {daily:,} when fields that change without a stamp are read again
as well (`refresh_every`). Once a week the Ids are compared (`census_every`): that cycle costs {weekly:,}. An org has 100,000
calls a day and more.

## Orgs differ

That a composite request costs one call is not in Salesforce's documentation for sure. millrace goes by what the org's own count
(`Sforce-Limit-Info`) shows, and takes one that shows nothing for the most that it can cost
([calls](decisions/calls.md)). An idle cycle with an org that ...

{orgs}

## The first load of {accounts:,} accounts

{loads}

A page of REST has 2,000 records at most, a result of a Bulk job 50,000: `auto` takes the one that costs less.
"""


def counted(org, work):
    """What the org counted while `work` ran: requests by column, and all that cost a call."""
    org.control("counters/reset", {})
    work()
    counters = org.counters()
    paid = counters["paid"]
    unknown = set(paid) - {kind for column in COLUMNS.values() for kind in column}
    assert not unknown, f"calls that no column explains: {unknown}"
    assert sum(paid.values()) == counters["calls"], counters
    return {**{name: sum(paid.get(kind, 0) for kind in column) for name, column in COLUMNS.items()}, "calls": counters["calls"]}


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

            def cycle(title=None, after=3 * HOUR):
                org.control("clock", {"advance_seconds": after})
                counts = counted(org, project.sync)
                if title:
                    rows[title] = counts

            cycle("the first after the load")
            cycle("idle, and deletions are asked for")
            cycle("idle")
            cycle()  # deletions again
            org.control("mutate", {"object": "*", "update": records // 100, "seed": 1})
            cycle("1% of all records changed")
            cycle("idle, deletions and silent fields", DAY)
            cycle("idle, deletions, silent fields and a census", 7 * DAY)
            return len(first["collections"]), records, rows


ORGS = {
    "counts each request in a composite": {"composite_counts_each": True},
    "takes no composite requests": {"composite_refuses": "all"},
    "takes no descriptions in them": {"composite_refuses": "describe"},
    "takes no queries in them": {"composite_refuses": "query"},
    "takes ten requests in one": {"composite_max": 10},
}


def measure_org(settings):
    """An idle cycle with an org that behaves so."""
    with Sandbox("--scale", "tiny", "--bulk-delay", 0, "--clock", CLOCK) as org:
        org.control("settings", settings)
        with Project(org, pipeline='collections = ["@standard"]') as project:
            for _ in range(2):
                project.sync()
                org.control("clock", {"advance_seconds": HOUR})
            return counted(org, project.sync)


def measure_load(accounts, api):
    """The calls of a first load, by one API or as the product chooses."""
    with Sandbox("--size", f"Account={accounts}", "--only", "Account", "--bulk-delay", 0, "--clock", CLOCK) as org:
        with Project(org, pipeline='collections = ["accounts"]', source=f'api = "{api}"') as project:
            return counted(org, lambda: project.sync(timeout=3600))


def page(accounts=ACCOUNTS):
    collections, records, cycles = measure_cycles()
    loads = {f'`api = "{api}"`': measure_load(accounts, api) for api in ("auto", "rest", "bulk")}
    orgs = {title: measure_org(settings) for title, settings in ORGS.items()}
    idle = cycles["idle"]["calls"]
    deletions = cycles["idle, and deletions are asked for"]["calls"]
    daily = cycles["idle, deletions and silent fields"]["calls"]
    # Cycles of 3 hours, deletions every 6, silent fields every 24.
    return PAGE.format(
        collections=collections, records=records, cycles=table("cycle", cycles), idle=idle, deletions=deletions, daily=daily,
        weekly=cycles["idle, deletions, silent fields and a census"]["calls"], day=4 * idle + 3 * deletions + daily,
        accounts=accounts, loads=table("way", loads), orgs=table(".. org", orgs), small=SMALL,
        describes=cycles["idle"]["catalog"] - 2, pages=cycles["idle"]["queries"],
    )


if __name__ == "__main__":
    print(page(int(sys.argv[1]) if len(sys.argv) > 1 else ACCOUNTS), end="")
