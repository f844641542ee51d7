"""`millrace check` tells whether tables are what the org has, and changes nothing."""

import contextlib
import json
import re
import sqlite3
import unittest

from harness import Project, Sandbox

CLOCK = "2026-03-01T08:00:00Z"
HOUR = 3600
# Tasks are archived some day, which is no deletion; history has a bin and no stamp; users have no bin.
OBJECTS = ("Account", "Lead", "CampaignMember", "OpportunityFieldHistory", "Task", "User")


class CheckTest(unittest.TestCase):
    def start(self, *arguments, **options):
        arguments = arguments or ("--scale", "tiny", "--only", ",".join(OBJECTS))
        self.org = Sandbox("--clock", CLOCK, "--bulk-delay", 0, *arguments)
        self.addCleanup(self.org.__exit__)
        self.org.only_stamped_changes()
        options.setdefault("pipeline", f"collections = {json.dumps(OBJECTS)}")
        self.project = Project(self.org, **options)
        self.addCleanup(self.project.__exit__)
        self.project.sync()
        self.later()

    def later(self, seconds=HOUR):
        self.org.control("clock", {"advance_seconds": seconds})

    def by_hand(self, sql):
        with contextlib.closing(sqlite3.connect(self.project.database)) as connection, connection:
            connection.execute(sql)

    def check(self, *arguments, expect=0):
        """Results by collection."""
        done = self.project.run("check", "--format", "json", *arguments)
        self.assertEqual(done.returncode, expect, done.stdout + done.stderr)
        (check,) = json.loads(done.stdout)["checks"]
        return {c["collection"]: c for c in check["collections"]}

    def odd(self, results):
        return {name for name, c in results.items() if c["result"] != "equal"}

    def dump(self):
        with contextlib.closing(self.project.connect()) as connection:
            return list(connection.iterdump())

    def scalar(self, sql):
        return self.project.scalar(sql)

    def test_after_a_sync_all_is_equal(self):
        for options in ({}, {"source": 'api = "bulk"'}, {"pipeline": f'collections = {json.dumps(OBJECTS)}\ndeletes = "remove"'}):
            self.start(**options)
            for deep in ((), ("--deep",)):
                before = self.dump()
                results = self.check(*deep)
                self.assertEqual(self.odd(results), set())
                self.assertEqual(len(results), len(OBJECTS))
                self.assertTrue(all(c["records"] == c["rows"] > 0 for c in results.values()))
                self.assertEqual(self.dump(), before)
            # The recycle bin's records have rows, which do not count, and are compared as well.
            self.assertGreater(results["leads"]["deep"]["compared"], results["leads"]["records"])

    def test_calls_are_announced_before_they_are_made(self):
        self.start()
        self.org.control("counters/reset", {})
        done = self.project.run("check", "--deep")
        self.assertEqual(done.returncode, 0, done.stderr)
        announced = [int(n) for n in re.findall(r"(?:counting|comparing) .*records: (?:at least )?(\d+) API calls", done.stderr)]
        self.assertEqual(announced, [len(OBJECTS), len(OBJECTS)])
        kinds = self.org.counters()["kinds"]
        self.assertEqual(kinds["query"], sum(announced))
        self.assertNotIn("record_count", kinds)

    def test_a_row_removed_by_hand_is_reported(self):
        self.start()
        live = "SELECT min(id) FROM leads WHERE is_deleted = 0"
        key = self.scalar(live)
        self.by_hand(f"DELETE FROM leads WHERE id = '{key}'")
        results = self.check(expect=3)
        self.assertEqual(self.odd(results), {"leads"})
        self.assertEqual(results["leads"]["records"] - results["leads"]["rows"], 1)
        done = self.project.run("check")
        self.assertEqual(done.returncode, 3)
        self.assertRegex(done.stdout, r"(?m)^differs +leads +Lead +\d+ +\d+ +-1 ")
        self.assertIn("1 table is not equal", done.stdout)
        self.assertIn("may be what changed in the org since the last run", done.stdout)
        self.assertIn("millrace sync --full org/leads", done.stderr)
        self.assertEqual(self.check("--deep", expect=3)["leads"]["deep"]["missing"], {"count": 1, "ids": [key]})
        self.project.sync("--full", "org/leads")
        self.assertEqual(self.odd(self.check("--deep")), set())

    def test_a_row_changed_by_hand_is_found_by_a_deep_check_only(self):
        self.start()
        key, other = (row[0] for row in self.project.query("SELECT id FROM leads ORDER BY id LIMIT 2"))
        self.by_hand(f"UPDATE leads SET system_modstamp = '2019-01-01 00:00:00.000' WHERE id = '{key}'")
        self.assertEqual(self.odd(self.check()), set())
        results = self.check("--deep", expect=3)
        self.assertEqual(self.odd(results), {"leads"})
        self.assertEqual(results["leads"]["deep"]["differing"], {"count": 1, "ids": [key]})
        # Another column is compared when it is named, by its name here or there.
        self.by_hand(f"UPDATE leads SET last_name = 'somebody' WHERE id = '{other}'")
        self.assertEqual(self.check("--deep", expect=3)["leads"]["deep"]["differing"]["ids"], [key])
        for name in ("last_name", "LastName", "email,last_name"):
            found = self.check("org/leads", "--deep", "--columns", name, expect=3)["leads"]["deep"]
            self.assertEqual(sorted(found["differing"]["ids"]), [key, other])
            self.assertIn("last_name", found["columns"])

    def test_rows_without_a_record_are_named(self):
        self.start()
        self.by_hand("INSERT INTO leads (id, is_deleted, created_date) VALUES ('00Q999999999999ZZZ', 0, '2020-01-01 00:00:00.000')")
        results = self.check(expect=3)
        self.assertEqual(results["leads"]["rows"] - results["leads"]["records"], 1)
        self.assertEqual(self.check("--deep", expect=3)["leads"]["deep"]["surplus"], {"count": 1, "ids": ["00Q999999999999ZZZ"]})

    def test_a_row_that_is_marked_though_its_record_is_there(self):
        self.start()
        key = self.scalar("SELECT min(id) FROM leads WHERE is_deleted = 0")
        self.by_hand(f"UPDATE leads SET is_deleted = 1, _millrace_deleted_at = '2026-01-01 00:00:00.000' WHERE id = '{key}'")
        results = self.check("--deep", expect=3)
        self.assertEqual(results["leads"]["records"] - results["leads"]["rows"], 1)
        self.assertEqual(results["leads"]["deep"]["differing"], {"count": 1, "ids": [key]})

    def test_what_happened_in_the_org_since_the_last_run(self):
        self.start()
        changed = self.org.control("mutate", {"object": "Lead", "insert": 5, "update": 4, "seed": 2})["Lead"]
        self.later()
        # New and changed records are told apart from differences by their stamps.
        results = self.check("--deep")
        self.assertEqual(results["leads"]["deep"]["changed_since"], len(changed["inserted"]) + len(changed["updated"]))
        # Records that were deleted cannot be: the answer says so, and a sync mends it.
        self.org.control("mutate", {"object": "Lead", "delete": 2, "seed": 3})
        results = self.check(expect=3)
        self.assertEqual(results["leads"]["rows"] - results["leads"]["records"], 2)
        self.assertIn("changed in the source since the last run", results["leads"]["error"]["advice"])
        self.later()
        self.project.sync()
        self.later()
        self.assertEqual(self.odd(self.check("--deep")), set())

    def test_rows_of_records_that_are_gone_for_good(self):
        for policy, result in (("mark", "differs"), ("remove", "differs"), ("ignore", "equal")):
            with self.subTest(policy):
                self.start(pipeline=f'collections = {json.dumps(OBJECTS)}\ndeletes = "{policy}"\ndeletions_every = "1h"')
                # Of an object without a recycle bin, too.
                for name, collection in (("Lead", "leads"), ("User", "users")):
                    gone = self.org.control("mutate", {"object": name, "hard_delete": 2, "seed": 7})[name]["hard_deleted"]
                    found = self.check("--deep", expect=0 if result == "equal" else 3)[collection]
                    self.assertEqual(found["result"], result)
                    self.assertEqual(sorted(found["deep"]["surplus"]["ids"]), sorted(gone))
                    self.later(2 * HOUR)
                    self.project.sync("--full")
                    self.later()
                    after = self.check("--deep")[collection]
                    self.assertEqual(after["deep"]["surplus"]["count"], 2 if policy == "ignore" else 0)

    def test_a_collection_that_was_not_loaded_differs(self):
        self.start(pipeline='collections = ["leads"]')
        self.project.write(self.project.config.read_text().replace('["leads"]', '["leads", "accounts"]'))
        results = self.check(expect=3)
        self.assertEqual(self.odd(results), {"accounts"})
        self.assertIn("was not loaded", results["accounts"]["error"]["message"])

    def test_a_check_before_any_sync_makes_nothing(self):
        with Sandbox("--scale", "tiny", "--only", "Lead") as org, Project(org, pipeline='collections = ["leads"]') as project:
            self.assertEqual(project.run("check", "--deep").returncode, 3)
            self.assertEqual(list(project.databases.iterdir()), [])

    def test_ids_are_listed_within_a_bound(self):
        self.start("--size", "Lead=3000", "--only", "Lead", pipeline='collections = ["leads"]')
        self.by_hand("DELETE FROM leads WHERE id IN (SELECT id FROM leads ORDER BY id LIMIT 700)")
        self.by_hand("UPDATE leads SET system_modstamp = NULL WHERE id IN (SELECT id FROM leads ORDER BY id LIMIT 300)")
        deep = self.check("--deep", expect=3)["leads"]["deep"]
        self.assertEqual((deep["missing"]["count"], deep["differing"]["count"]), (700, 300))
        self.assertEqual((len(deep["missing"]["ids"]), len(deep["differing"]["ids"])), (20, 20))

    def test_a_collection_that_cannot_be_counted_is_that_collections_failure(self):
        self.start()
        self.org.fault("query", {"type": "error", "status": 400, "errorCode": "MALFORMED_QUERY", "message": "no"}, object="Lead", count=-1)
        results = self.check(expect=3)
        self.assertEqual({name: c["result"] for name, c in results.items() if c["result"] != "equal"}, {"leads": "failure"})

    def test_what_a_deep_check_met_is_told(self):
        self.start("--scale", "tiny", "--only", "Lead", pipeline='collections = ["leads"]', source='api = "bulk"')
        self.org.fault("bulk_create", {"type": "job_failed", "message": "InternalServerError: try later"}, object="Lead", count=1)
        done = self.project.run("check", "--deep", "--format", "json")
        self.assertEqual(done.returncode, 0, done.stderr)
        (check,) = json.loads(done.stdout)["checks"]
        self.assertIn(("leads", "bulk_failed"), [(n["collection"], n["code"]) for n in check["notices"]])

    def test_a_word_that_is_no_column(self):
        self.start()
        done = self.project.run("check", "--deep", "--columns", "nonsense")
        self.assertEqual(done.returncode, 2)
        self.assertIn("'nonsense'", done.stderr)
        self.assertEqual(self.project.run("check", "--columns", "email").returncode, 2)
        self.assertEqual(self.project.run("check", "org/leeds").returncode, 2)


if __name__ == "__main__":
    unittest.main()
