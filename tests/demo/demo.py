"""The demo: a simulated org with a quarter of a million records, a sync into SQLite through ODBC, a day's
changes, a second sync, and the proof that the tables equal the org.

Everything it makes is in the folder demo/, which the next demo begins anew.
"""

import os
import pathlib
import shutil
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
BUILD = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "build").resolve()
os.environ["MILLRACE_BUILD"] = str(BUILD)
sys.path.insert(0, str(ROOT / "tests" / "integration"))

from harness import Project, Sandbox, compare, table_names  # noqa: E402

COLOR = sys.stdout.isatty() and not os.environ.get("NO_COLOR")


def say(text=""):
    print(f"\033[1m{text}\033[0m" if COLOR and text else text, flush=True)


class DemoProject(Project):
    """The same as in the tests, in a folder that stays."""

    def __init__(self, sandbox, folder):
        super().__init__(sandbox, flow="refresh_token")
        text = self.config.read_text().replace(str(self.folder), str(folder))
        shutil.rmtree(self.folder)
        shutil.rmtree(folder, ignore_errors=True)
        self.folder = folder
        self.databases = folder / "warehouse"
        self.databases.mkdir(parents=True)
        self.config = folder / "millrace.toml"
        self.write("# Made by ./dev demo.\n" + text.lstrip())

    def __exit__(self, *_):
        pass


def sync(project):
    """A sync as a person sees it: the progress display, then the summary. Returns seconds."""
    begin = time.monotonic()
    code = subprocess.call([BUILD / "millrace", "sync", "-c", project.config, "--summary", project.folder / "summary.json"])
    if code != 0:
        raise SystemExit(f"millrace ended with {code}")
    return time.monotonic() - begin


def written(project):
    import json

    run = json.loads((project.folder / "summary.json").read_text())["runs"][0]
    return run["totals"]["rows_written"], run["totals"]["records"]


def main():
    say("Starting a simulated Salesforce org on loopback")
    with Sandbox("--scale", "demo") as org, DemoProject(org, ROOT / "demo") as project:
        counts = [o for o in org.objects() if o["queryable"]]
        records = sum(o["records"] for o in counts)
        print(f"  {org.org['login_url']}: {len(counts)} objects, {records:,} records and a recycle bin")
        print(f"  configuration: {project.config.relative_to(ROOT)}")

        say("\nFirst sync: the 48 standard collections and the org's own objects into SQLite, through ODBC")
        seconds = sync(project)
        rows, read = written(project)
        print(f"  {rows:,} rows in {seconds:.1f} s")
        # The recycle bin's records are read too, so that deletes arrive as is_deleted.
        if read < records:
            raise SystemExit(f"{read:,} records were read, the org has {records:,}")

        say("\nA day in the org: records are changed, added and deleted")
        org.only_stamped_changes()
        changes = org.control("mutate", {"object": "*", "update": 300, "insert": 150, "delete": 100, "seed": int(time.time())})
        done = {kind: sum(len(change.get(kind, [])) for change in changes.values()) for kind in ("updated", "inserted", "deleted")}
        print("  " + ", ".join(f"{count} {kind}" for kind, count in done.items()))

        say("\nSecond sync: only those move")
        seconds = sync(project)
        rows, read = written(project)
        # A record may be met by two of the changes: it moves once.
        moved = sum(len({i for ids in change.values() for i in ids}) for change in changes.values())
        print(f"  {rows} rows written in {seconds:.1f} s; {moved} records had changed in the org")
        if rows != moved:
            raise SystemExit("that is not what changed")

        say("\nComparing every row and every column with the org")
        begin = time.monotonic()
        total = compare(org, project, table_names(org, project))
        print(f"  {total:,} rows are equal to the org's ({time.monotonic() - begin:.1f} s)")

    database = project.database.relative_to(pathlib.Path.cwd()) if project.database.is_relative_to(pathlib.Path.cwd()) else project.database
    say("\nTry it: three queries")
    for query in (
        "SELECT stage_name, count(*), sum(amount) FROM opportunities WHERE NOT is_deleted GROUP BY 1 ORDER BY 2 DESC LIMIT 5",
        "SELECT a.name, count(*) AS contacts FROM contacts c JOIN accounts a ON a.id = c.account_id GROUP BY a.id ORDER BY 2 DESC LIMIT 5",
        "SELECT collection, cursor, committed_at FROM _millrace_checkpoints ORDER BY committed_at DESC LIMIT 5",
    ):
        print(f'  sqlite3 -box {database} "{query}"')
    say("\nThe data is in " + str(database) + ", the configuration in demo/millrace.toml")


if __name__ == "__main__":
    main()
