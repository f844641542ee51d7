"""Records that are gone for good, and values that change without a trace (I14, I15)."""

import contextlib
import sqlite3
import unittest

from harness import Project, Sandbox, compare, table_names

DAY = 24 * 3600
OBJECTS = ("Account", "Lead", "CampaignMember", "CampaignShare", "Project__c")
COLLECTIONS = "collections = [" + ", ".join(f'"{name}"' for name in OBJECTS) + "]\n"


class DeletesTest(unittest.TestCase):
    def setUp(self):
        self.org = Sandbox("--scale", "tiny", "--bulk-delay", 10, "--only", ",".join(OBJECTS))
        self.addCleanup(self.org.__exit__)
        self.org.only_stamped_changes()

    def project(self, **options):
        options.setdefault("pipeline", COLLECTIONS)
        project = Project(self.org, **options)
        self.addCleanup(project.__exit__)
        return project

    def gone(self, name, count=2):
        """Deletes records for good; returns their Ids."""
        return self.org.control("mutate", {"object": name, "hard_delete": count, "seed": 7})[name]["hard_deleted"]

    def later(self, seconds):
        self.org.control("clock", {"advance_seconds": seconds})

    def change(self, project, sql):
        """By hand, behind millrace's back."""
        with contextlib.closing(sqlite3.connect(project.database)) as connection, connection:
            connection.execute(sql)

    def assert_true_copy(self, project):
        compare(self.org, project, {name: entry for name, entry in table_names(self.org, project).items() if name in OBJECTS})

    def calls(self):
        return self.org.counters()["kinds"]

    def test_deletions_are_asked_for_and_marked(self):
        project = self.project(pipeline=COLLECTIONS + 'deletions_every = "0s"')
        project.sync()
        ids = {name: self.gone(name) for name in ("Account", "CampaignMember")}
        self.later(120)
        run = project.sync()
        self.assert_true_copy(project)
        for name, table in (("Account", "accounts"), ("CampaignMember", "campaign_members")):
            marked = project.query(f"SELECT id FROM {table} WHERE _millrace_deleted_at IS NOT NULL AND is_deleted = 1 ORDER BY id")
            self.assertEqual([row[0] for row in marked], sorted(ids[name]))
        self.assertEqual({c["collection"]: c["deleted"] for c in run["collections"] if c["deleted"]}, {"accounts": 2, "campaign_members": 2})
        # They are marked once.
        self.later(120)
        self.assertEqual(sum(c["deleted"] for c in project.sync()["collections"]), 0)

    def test_a_soft_delete_is_no_deletion_for_good(self):
        project = self.project(pipeline=COLLECTIONS + 'deletions_every = "0s"')
        project.sync()
        self.org.control("mutate", {"object": "Lead", "delete": 3, "seed": 3})
        self.later(120)
        run = project.sync()
        self.assert_true_copy(project)
        # Members of campaigns go with their lead, and have no recycle bin.
        self.assertEqual({c["collection"] for c in run["collections"] if c["deleted"]} - {"campaign_members"}, set())
        self.org.control("mutate", {"object": "Lead", "undelete": 3, "seed": 3})
        self.later(120)
        project.sync()
        self.assert_true_copy(project)

    def test_a_census_finds_what_no_account_tells(self):
        """A deletion log that was emptied, a row that somebody deleted in the warehouse, one that was marked in error."""
        project = self.project(pipeline=COLLECTIONS + 'census_every = "2d"')
        project.sync()
        self.gone("Lead", 3)
        self.change(project, "DELETE FROM accounts WHERE id = (SELECT min(id) FROM accounts)")
        self.change(project, "UPDATE accounts SET is_deleted = 1, _millrace_deleted_at = 'x' WHERE id = (SELECT max(id) FROM accounts)")
        self.org.fault("deleted", {"type": "error", "status": 400, "errorCode": "INVALID_REPLICATION_DATE", "message": "no"}, count=-1)
        self.later(3 * DAY)
        run = project.sync()
        self.assert_true_copy(project)
        self.assertIn("records_found", [n["code"] for n in run["notices"]])
        self.assertEqual({c["collection"]: c["deleted"] for c in run["collections"] if c["deleted"]}, {"leads": 3})
        self.assertEqual(project.query("SELECT name FROM sqlite_master WHERE name LIKE '_millrace_keys%'"), [])

    def test_what_a_census_met_is_told(self):
        """Its Bulk job fails and REST takes over, as for changes, after which it comes."""
        project = self.project(pipeline='collections = ["Lead"]\ncensus_every = "2d"', source='api = "bulk"')
        project.sync()
        self.later(3 * DAY)
        self.org.fault("bulk_create", {"type": "job_failed", "message": "InternalServerError: try later"}, object="Lead", count=1, skip=1)
        run = project.sync()
        self.assert_true_copy(project)
        told = [(n["collection"], n["code"]) for n in run["notices"]]
        self.assertIn(("leads", "bulk_failed"), told)

    def test_into_the_recycle_bin_without_a_stamp_is_told_by_the_account(self):
        """History has a creation date alone; its rows go to the bin with the record they tell of."""
        self.org.__exit__()
        self.org = Sandbox("--scale", "tiny", "--only", "Opportunity,OpportunityFieldHistory")
        self.addCleanup(self.org.__exit__)
        project = self.project(pipeline='collections = ["Opportunity", "OpportunityFieldHistory"]\ndeletions_every = "0s"')
        project.sync()
        history = "opportunity_field_history"
        before = project.query(f"SELECT count(*) FROM {history} WHERE is_deleted = 1")
        self.org.control("settings", {"cascades": True, "cascades_are_stamped": False})
        self.org.control("mutate", {"object": "Opportunity", "delete": 6, "seed": 5})
        self.later(120)
        project.sync()
        self.assertGreater(project.query(f"SELECT count(*) FROM {history} WHERE is_deleted = 1"), before)
        compare(self.org, project, table_names(self.org, project))

    def test_a_census_that_finds_nothing_writes_no_row(self):
        """Neither of records with a recycle bin nor of users, who have none."""
        self.org.__exit__()
        self.org = Sandbox("--scale", "tiny", "--only", "Lead,User")
        self.addCleanup(self.org.__exit__)
        project = self.project(pipeline='collections = ["Lead", "User"]\ncensus_every = "2d"\nrefresh_every = "30d"')
        project.sync()
        self.later(3 * DAY)
        before = self.calls().get("query", 0)
        run = project.sync()
        self.assertEqual(self.calls().get("query", 0) - before, 4)  # changes and a census of each
        self.assertEqual({c["collection"]: c["rows_written"] for c in run["collections"]}, {"leads": 0, "users": 0})

    def test_out_of_the_recycle_bin_without_a_stamp_is_told_by_the_census(self):
        project = self.project(pipeline=COLLECTIONS + 'census_every = "2d"')
        project.sync()
        self.org.control("mutate", {"object": "Lead", "delete": 3, "seed": 3})
        self.later(120)
        project.sync()
        in_bin = "SELECT count(*) FROM leads WHERE is_deleted = 1"
        before = project.query(in_bin)
        self.org.control("settings", {"undeletes_are_stamped": False})
        self.org.control("mutate", {"object": "Lead", "undelete": 3, "seed": 3})
        self.later(120)
        project.sync()
        self.assertEqual(project.query(in_bin), before)  # no stamp tells
        self.later(3 * DAY)
        project.sync()
        self.assertLess(project.query(in_bin), before)
        self.assert_true_copy(project)

    def test_where_the_account_does_not_reach_back_a_census_is_made(self):
        project = self.project(pipeline=COLLECTIONS + 'deletions_every = "0s"')
        project.sync()
        self.gone("Lead", 1)
        self.org.fault("deleted", {"type": "error", "status": 400, "errorCode": "INVALID_REPLICATION_DATE", "message": "no"}, count=-1)
        self.later(120)
        project.sync()
        self.assert_true_copy(project)

    def test_rows_may_be_removed_instead(self):
        for api in ("rest", "bulk"):
            project = self.project(pipeline=COLLECTIONS + 'deletes = "remove"\ndeletions_every = "0s"', source=f'api = "{api}"')
            project.sync()
            self.assertNotIn("_millrace_deleted_at", [row[1] for row in project.query("PRAGMA table_info(leads)")])
            before = project.scalar("SELECT count(*) FROM leads")
            self.gone("Lead", 2)
            self.later(120)
            project.sync()
            self.assertEqual(project.scalar("SELECT count(*) FROM leads"), before - 2)
            self.assert_true_copy(project)

    def test_who_ignores_them_pays_nothing(self):
        project = self.project(pipeline=COLLECTIONS + 'deletes = "ignore"\ndeletions_every = "0s"')
        project.sync()
        before = self.calls().get("deleted", 0)
        rows = project.scalar("SELECT count(*) FROM leads")
        self.gone("Lead", 1)
        self.later(30 * DAY)
        project.sync()
        self.assertEqual(project.scalar("SELECT count(*) FROM leads"), rows)
        self.assertEqual(self.calls().get("deleted", 0), before)

    def test_what_is_read_whole_each_time_needs_no_census(self):
        project = self.project()
        project.sync()
        self.gone("CampaignShare", 1)
        project.sync("--full")
        self.assert_true_copy(project)

    def test_a_user_who_lost_sight_of_records_deletes_nothing(self):
        """More rows vanish at once than are left: nothing is marked, and a notice says why."""
        with Sandbox("--size", "Lead=3000", "--bulk-delay", 10, "--only", "Lead") as org:
            with Project(org, pipeline='collections = ["leads"]\ncensus_every = "1d"') as project:
                project.sync()
                org.control("mutate", {"object": "Lead", "hard_delete": 2500, "seed": 1})
                org.fault("deleted", {"type": "error", "status": 400, "errorCode": "INVALID_REPLICATION_DATE", "message": "no"}, count=-1)
                org.control("clock", {"advance_seconds": 2 * DAY})
                run = project.sync()
                self.assertIn("deletions_not_believed", [n["code"] for n in run["notices"]])
                marked = "SELECT count(*) FROM leads WHERE _millrace_deleted_at IS NOT NULL"
                self.assertEqual(project.scalar(marked), 0)
                # It does not count as made: the next run looks again, and believes what it is shown then.
                self.assertIn("deletions_not_believed", [n["code"] for n in project.sync()["notices"]])
                self.assertEqual(project.scalar(marked), 0)
                project.sync("--full")
                self.assertEqual(project.scalar(marked), 0)
                org.control("mutate", {"object": "Lead", "insert": 2500, "seed": 2})
                run = project.sync()
                self.assertNotIn("deletions_not_believed", [n["code"] for n in run["notices"]])
                self.assertEqual(project.scalar(marked), 2500)
                org.control("counters/reset", {})
                project.sync()
                self.assertEqual(org.counters()["kinds"]["query"], 1, "changes, and no census")

    def test_formula_fields_are_refreshed_on_their_own_cadence(self):
        project = self.project(pipeline=COLLECTIONS + 'refresh_every = "1d"', source='silent_fields = ["Lead.Rating", "Lead.Title"]')
        project.sync()
        self.change(project, "UPDATE leads SET rating = 'stale', title = 'stale'")
        project.sync()
        self.assertEqual(project.scalar("SELECT count(*) FROM leads WHERE title = 'stale'"), project.scalar("SELECT count(*) FROM leads"))
        self.later(2 * DAY)
        project.sync()
        self.assert_true_copy(project)

    def test_a_failing_census_leaves_the_changes_and_says_partial(self):
        project = self.project(pipeline=COLLECTIONS + 'census_every = "1d"', source='api = "rest"')
        project.sync()
        self.later(2 * DAY)
        self.org.control("mutate", {"object": "Lead", "update": 2, "seed": 5})
        self.org.fault("query", {"type": "error", "status": 400, "errorCode": "MALFORMED_QUERY", "message": "no"}, object="Lead", count=-1, skip=1)
        run = project.sync(expect=3)
        (leads,) = [c for c in run["collections"] if c["collection"] == "leads"]
        self.assertEqual(leads["outcome"], "partial")
        self.org.control("faults", method="DELETE")
        project.sync()
        self.assert_true_copy(project)


if __name__ == "__main__":
    unittest.main()
