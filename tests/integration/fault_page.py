"""The section `## Faults` of docs/reliability.md, made of the lists of faults, and the place where it stands on the page."""

import re

import fault_warehouse
from fault_matrix import PHASES, ROOT, ROWS

PAGE = ROOT / "docs" / "reliability.md"
SECTION = re.compile(r"## Faults\n.*?(?=\n## |\Z)", re.DOTALL)

TEXT = """## Faults

What follows from every fault in every phase of a run. Each cell is a test: it makes the fault happen, looks at the outcome, its code and
its exit code ([errors](errors.md)), and at the table, which holds what the org has after a success, and after anything else no row that
is neither as it was before nor as the org has it now. The run after the fault brings everything right.
`MILLRACE_UPDATE_DOCS=1 ctest --test-dir build -R fault_matrix` writes these tables.

### Of the source

| a cell says | when the fault happens once | when it lasts |
| --- | --- | --- |
| `code` | the collection, or the run where nothing was read yet, fails with this error at once | the same |
| again, then `code` | it is asked again, after a pause or a new login, and the run is a success | the run fails with this error |
| good | success: the fault is one of form only, or there is another way to the same | the same |
| good, `notice` | success, and the notice says what was done instead | the same |
| - | there is no such thing | |

`*`: that no record of the page has the field is known at its end, when rows of it may be written; the next run writes them as they are.

{source}

An answer that comes too slowly (fewer than 8 KiB in two minutes) or not at all is broken off as `http_stalled` in every phase, and
goes the way of a reset. A text that holds bytes which are no UTF-8 is mended and counted. An org's clock that was ahead, or a clock of
the host that was set, leads to a reading in full (`clock_changed`) where a cursor may have passed a change. A redirect is never followed with
a token: a new login says where the org is now.

{proofs}

### Of the warehouse

A batch that met what passes is repeated by its writer for up to half a minute; "then" is what its collection fails with when the fault
lasts. Rows and checkpoint are both there or both not.

{warehouse}
"""

# What takes minutes, or a rule that every phase shares, is shown where time and bytes are the test's own.
UNITS = "tests/unit/"
SHARED = {
    "silence": UNITS + "connectors/http/faults_test.cpp::silence is a stall",
    "an answer that drips": UNITS + "connectors/http/faults_test.cpp::an answer that drips is a stall",
    "an upload that nobody takes": UNITS + "connectors/http/faults_test.cpp::an upload that nobody takes is a stall",
    "a head without an end": UNITS + "connectors/http/whole_body_test.cpp::a head is bounded",
    "a page without an end": UNITS + "connectors/salesforce/json_page_test.cpp::I12 a page without an end",
    "a redirect with a token": UNITS + "connectors/http/redirects_test.cpp::a redirect to a host that is not named is an answer",
    "pauses of minutes": UNITS + "actors/fetcher_test.cpp::a passing fault is asked again after each wait, then no more",
    "a `Retry-After`": UNITS + "actors/fetcher_test.cpp::a wait that the source asks for is not shortened",
    "this host's clock is set back": UNITS + "actors/fetcher_test.cpp::a clock that is set back makes no wait longer",
    "the org's clock was ahead": UNITS + "actors/collection_task_test.cpp::I2: a cursor that a clock ahead has led too far",
    "a job that never ends": UNITS + "connectors/salesforce/adaptive_reader_test.cpp::a job that nothing new is heard of",
    "bytes that are no UTF-8": UNITS + "connectors/salesforce/values_test.cpp::I9 what no warehouse stores is mended",
    "a page that repeats another one": UNITS + "connectors/salesforce/bulk_reader_test.cpp::I3 a page that comes again",
    "a log of deletions that does not reach back": UNITS + "connectors/salesforce/deletions_test.cpp::a log that does not reach back",
    "a certificate that proves nothing": UNITS + "connectors/http/tls_test.cpp::I16: who cannot is told nothing",
    "the run is out of calls": "tests/integration/budget_test.py::",
}


def proof_text(proof):
    """A file, and what in it."""
    file, _, name = proof.partition("::")
    return f"`{file.rsplit('/', 1)[-1]}`" + (f", {name.replace('_', ' ').removeprefix('test ')}" if name else "")


def table(first, columns, rows):
    lines = [f"| {first} | {' | '.join(columns)} |", f"| --- |{' --- |' * len(columns)}"]
    lines += [f"| {name} | {' | '.join(cells.get(column, '-') for column in columns)} |" for name, cells in rows]
    return "\n".join(lines)


def section():
    source = table("fault", list(PHASES), [(row.name, {phase: cell.text for phase, cell in row.cells.items()}) for row in ROWS])
    warehouse = table(
        "fault",
        list(fault_warehouse.PHASES),
        [(name, {phase: text for phase, (text, _) in cells.items()}) for name, cells in fault_warehouse.ROWS.items()],
    )
    proofs = "\n".join(
        ["Shown by tests of their own, with time and bytes that are the test's:", "", "| what | by |", "| --- | --- |"]
        + [f"| {what} | {proof_text(proof)} |" for what, proof in SHARED.items()]
    )
    return TEXT.format(source=source, warehouse=warehouse, proofs=proofs)


def page(text):
    """The page with this section in the place of the one that it has."""
    return SECTION.sub(lambda _: section(), text)
