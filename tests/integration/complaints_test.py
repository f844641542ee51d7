"""What users of other tools lost data, trust or calls over: one test each, named after the complaint."""

import json
import unittest

from harness import Project, Sandbox, compare, table_names

CLOCK = "2026-03-01T08:00:00Z"
DAY = 24 * 3600


class Complaint(unittest.TestCase):
    def org(self, objects, *arguments, **options):
        """A small org of some objects, and a project that copies them."""
        self.objects = objects
        org = Sandbox("--scale", "tiny", "--only", ",".join(objects), "--bulk-delay", 10, "--clock", CLOCK, *arguments)
        self.addCleanup(org.__exit__)
        collections = ", ".join(f'"{name}"' for name in objects)
        options["pipeline"] = f'collections = [{collections}]\n{options.get("pipeline", "")}'
        project = Project(org, **options)
        self.addCleanup(project.__exit__)
        return org, project

    def assert_true_copy(self, org, project, **more):
        names = {name: entry for name, entry in table_names(org, project).items() if name in self.objects}
        self.assertEqual(len(names), len(self.objects))
        return compare(org, project, names, **more)

    def later(self, org, seconds):
        org.control("clock", {"advance_seconds": seconds})

    def notices(self, run):
        return {notice["code"] for notice in run["notices"]}

    def outcomes(self, run):
        return {one["collection"]: one for one in run["collections"]}


class changes(Complaint):
    def test_01_rows_committed_late_are_lost_for_ever(self):
        """I2: stamped before a sync, seen after it, by either API."""
        for api in ("rest", "bulk"):
            with self.subTest(api):
                org, project = self.org(["Lead"], source=f'api = "{api}"')
                project.sync()
                org.control("mutate", {"object": "Lead", "update": 5, "insert": 3, "delete": 1, "late_seconds": 800, "seed": 1})
                self.later(org, 700)
                project.sync()
                self.later(org, 100)
                project.sync()
                self.assert_true_copy(org, project)

    def test_02_the_boundary_loses_or_doubles_rows_of_one_second(self):
        """I2, I5: changes before, between and after syncs, all stamped with the same second."""
        org, project = self.org(["Lead"], source='api = "rest"')
        for seed in range(4):
            org.control("mutate", {"object": "Lead", "update": 20, "insert": 5, "seed": seed})
            project.sync()
        self.assert_true_copy(org, project)

    def test_03_hard_deletes_never_arrive(self):
        """I14: what getDeleted lists, and what it keeps to itself; an object without recycle bin as well."""
        for listed in (True, False):
            with self.subTest(listed=listed):
                org, project = self.org(["Lead", "CampaignMember", "UserLogin"], pipeline='census_every = "7d"')
                org.control("settings", {"hard_deletes_are_listed": listed})
                project.sync()
                for name in self.objects:
                    org.control("mutate", {"object": name, "hard_delete": 3, "seed": 1})
                self.later(org, 8 * DAY)
                run = project.sync()
                self.assertEqual([c["deleted"] for c in run["collections"]], [3, 3, 3])
                self.assert_true_copy(org, project)

    def test_03_deleted_rows_that_left_the_recycle_bin_unseen(self):
        """I14: deleted and purged between two syncs, weeks apart."""
        org, project = self.org(["Lead"])
        project.sync()
        org.control("mutate", {"object": "Lead", "delete": 4, "seed": 1})
        self.later(org, 40 * DAY)
        project.sync()
        self.assert_true_copy(org, project)

    def test_04_formula_values_go_stale(self):
        """I15: calculated fields, one that shows another record's, and one that is not marked as calculated."""
        org, project = self.org(["Account", "Contract", "Project__c"])
        project.sync()
        for name in ("Contract", "Project__c"):
            org.control("mutate", {"object": name, "recalculate": 5, "seed": 1})
        org.control("mutate", {"object": "Account", "update": 10, "seed": 1})
        self.later(org, 2 * DAY)
        project.sync()
        self.assert_true_copy(org, project)

    def test_05_new_fields_are_missing_and_never_filled(self):
        """I11: the next sync has the column, and the values of records that did not change since."""
        org, project = self.org(["Lead"])
        project.sync()
        org.control("schema", {"object": "Lead", "add_field": {"name": "Wish__c", "type": "boolean"}})
        self.later(org, 60)
        run = project.sync()
        self.assertNotIn("failure", {c["outcome"] for c in run["collections"]})
        self.assert_true_copy(org, project)
        self.assertGreater(project.scalar("SELECT count(wish_c) FROM leads"), 0)

    def test_06_a_silent_start_date_leaves_old_rows_out(self):
        """The org's oldest records are six years old: all are there after the first sync."""
        org, project = self.org(["Account", "Contact"])
        project.sync()
        oldest = min(record["CreatedDate"] for record in org.truth("Contact"))
        self.assertTrue(oldest.startswith("2020-01-01"), oldest)
        self.assert_true_copy(org, project)


class reading(Complaint):
    def test_07_wide_objects_and_html_where_json_is_expected(self):
        for api in ("rest", "bulk"):
            with self.subTest(api):
                org, project = self.org(["Profile"], source=f'api = "{api}"')
                for i in range(330):
                    name = f"A_rather_long_name_of_a_custom_field_{i}__c"
                    org.control("schema", {"object": "Profile", "add_field": {"name": name, "type": "boolean"}})
                org.fault("query" if api == "rest" else "bulk_poll", {"type": "maintenance", "status": 200})
                project.sync()
                self.assert_true_copy(org, project)

    def test_10_csv_line_breaks_texts_that_look_like_null_and_two_forms_of_times(self):
        """I8, I9: every nasty text of the sandbox, by Bulk; the row counts are the org's."""
        org, project = self.org(["Account", "Lead", "Project__c"], "--size", "Lead=2000", source='api = "bulk"')
        project.sync()
        texts = {value for record in org.truth("Lead") for value in record.values() if value}
        for nasty in ("NA", "null", "N/A", "#N/A", "two\nlines", 'comma, and "quote"'):
            self.assertIn(nasty, texts)
        self.assert_true_copy(org, project)

    def test_11_bulk_refuses_some_objects_and_jobs_fail_without_a_message(self):
        org, project = self.org(["AccountTag", "Lead"], source='api = "bulk"')
        run = project.sync()
        self.assertEqual(self.outcomes(run)["account_tags"]["method"], "rest")
        self.assertIn("bulk_refused", self.notices(run))
        org.fault("bulk_create", {"type": "job_failed"}, object="Lead", count=-1)
        org.control("mutate", {"object": "Lead", "update": 2, "seed": 1})
        run = project.sync("--full")
        self.assertEqual(self.outcomes(run)["leads"]["method"], "rest")
        self.assertIn("bulk_failed", self.notices(run))
        self.assert_true_copy(org, project)
        org.control("faults", method="DELETE")
        project.sync()
        self.assert_true_copy(org, project)

    def test_12_query_timeouts_of_big_tables(self):
        """A query that takes too long is asked again, then in slices; a Bulk job that does is read by REST."""
        for api, kind, action in (
            ("rest", "query", {"type": "error", "status": 400, "errorCode": "QUERY_TIMEOUT", "message": "Your query request was running for too long."}),
            ("bulk", "bulk_create", {"type": "job_failed", "message": "QUERY_TIMEOUT: Your query request was running for too long."}),
        ):
            with self.subTest(api):
                org, project = self.org(["Lead"], source=f'api = "{api}"')
                org.fault(kind, action, object="Lead", count=2)
                project.sync()
                self.assert_true_copy(org, project)
        with self.subTest("for ever, unless for less"):
            org, project = self.org(["Lead", "Contact"], source='api = "rest"')
            action = {"type": "too_many", "rows": 30, "status": 400, "errorCode": "OPERATION_TOO_LARGE", "message": "exceeded 100000"}
            org.fault("query", action, object="Lead", count=-1)
            run = project.sync()
            self.assertIn("read_in_slices", self.notices(run))
            self.assert_true_copy(org, project)
            # Also of an object that Bulk fails at.
            org.fault("bulk_create", {"type": "job_failed", "message": "QUERY_TIMEOUT: too slow"}, object="Lead", count=-1)
            project.write(project.config.read_text().replace('"rest"', '"bulk"'))
            run = project.sync("--full")
            self.assertLessEqual({"bulk_failed", "read_in_slices"}, set(self.notices(run)))
            self.assert_true_copy(org, project)


class behaviour(Complaint):
    def test_08_one_login_serves_a_run(self):
        """A refresh token is used once, however many collections there are; the next use is another run's."""
        org, project = self.org(["Account", "Contact", "Lead", "Case", "Task"], flow="refresh_token")
        project.sync()
        self.assertEqual(org.counters()["kinds"]["token"], 1)

    def test_09_parallel_refreshes_fail_now_and_then(self):
        """Sessions that end while collections are read side by side: there is one refresh, not one for each."""
        org, project = self.org(
            ["Account", "Contact", "Lead", "Case", "Task", "Opportunity"], flow="refresh_token", source='api = "rest"\nconcurrency = 6'
        )
        org.fault("query", {"type": "expire_session"})
        project.sync()
        self.assertEqual(org.counters()["kinds"]["token"], 2)
        self.assert_true_copy(org, project)

    def test_13_discovery_costs_more_calls_than_the_data(self):
        """Only what is copied is described; an org of 130 objects costs no more than its collections."""
        with Sandbox("--scale", "tiny", "--clock", CLOCK) as org:
            with Project(org, pipeline='collections = ["accounts", "leads"]') as project:
                project.sync()
                self.assertLessEqual(org.counters()["kinds"]["describe"], 2)
                self.later(org, 3600)
                org.control("counters/reset", {})
                project.sync()
                self.assertLessEqual(org.counters()["calls"], 6)

    def test_13_an_org_whose_calls_others_spent_is_left_alone(self):
        """I13: the run says that it was throttled, and stops asking."""
        org, project = self.org(["Account", "Lead"])
        project.sync()
        org.control("settings", {"daily_limit": 1000, "spend": 1000})
        org.control("counters/reset", {})
        self.assertEqual(project.sync(expect=6)["outcome"], "throttled")
        self.assertLess(org.counters()["total"], 10)
        self.later(org, DAY)
        project.sync()
        self.assert_true_copy(org, project)

    def test_13_the_budget_is_a_share_of_the_orgs_calls(self):
        """I13: what all clients together spent counts; progress is kept for the next run."""
        org, project = self.org(["Account", "Lead"], source='api_budget = { day = "60%" }')
        org.control("settings", {"daily_limit": 1000, "spend": 700})
        self.assertEqual(project.sync(expect=6)["outcome"], "throttled")
        self.later(org, DAY)
        project.sync()
        self.assert_true_copy(org, project)

    def test_14_an_object_that_the_user_cannot_see_is_named(self):
        """I11: it is a notice, and the others arrive."""
        org, project = self.org(["Account", "Lead"])
        org.control("schema", {"object": "Lead", "hide": True})
        run = project.sync()
        self.assertEqual(run["outcome"], "success")
        self.assertTrue(any("Lead" in json.dumps(notice) or "leads" in json.dumps(notice) for notice in run["notices"]))

    def test_14_records_that_come_into_sight_arrive_though_no_stamp_tells(self):
        """Sharing changes: what vanishes is marked, what appears is read, years old as it is."""
        org, project = self.org(["Case"])
        org.control("mutate", {"object": "Case", "conceal": 5, "seed": 1})
        project.sync()
        org.control("mutate", {"object": "Case", "reveal": 5, "conceal": 3, "seed": 1})
        self.later(org, 8 * DAY)
        project.sync()
        self.assert_true_copy(org, project)

    def test_14_validate_names_what_the_user_does_not_see(self):
        org, project = self.org(["Account", "Lead"])
        org.control("schema", {"object": "Lead", "hide": True})
        done = project.run("validate", "--format", "json")
        self.assertIn("Lead", done.stdout)

    def test_15_a_job_that_was_aborted_is_waited_for_for_ever(self):
        """Every end of a job ends its collection; the state goes on from there."""
        org, project = self.org(["Lead", "Account"], source='api = "bulk"')
        org.fault("bulk_poll", {"type": "job_aborted"}, object="Lead", count=-1)
        run = project.sync(expect=3, timeout=60)
        self.assertEqual(self.outcomes(run)["leads"]["outcome"], "failure")
        self.assertEqual(self.outcomes(run)["accounts"]["outcome"], "success")
        org.control("faults", method="DELETE")
        project.sync()
        self.assert_true_copy(org, project)

    def test_16_get_deleted_lies_for_some_objects(self):
        """What it lists and the org still has is not marked."""
        org, project = self.org(["Lead"], pipeline='deletions_every = "0s"')
        project.sync()
        org.control("mutate", {"object": "Lead", "list_as_deleted": 3, "seed": 1})
        self.later(org, 120)
        run = project.sync()
        self.assertGreaterEqual(org.counters()["kinds"]["deleted"], 1)
        self.assertEqual(run["collections"][0]["deleted"], 0)
        self.assert_true_copy(org, project)

    def test_17_tables_without_a_cursor_are_written_anew_each_time(self):
        """They are read each time; rows that did not change are not written."""
        org, project = self.org(["AccountTag", "CampaignShare"])
        project.sync()
        run = project.sync("--full")
        self.assertGreater(run["totals"]["records"], 0)
        self.assertEqual(run["totals"]["rows_written"], 0)


if __name__ == "__main__":
    unittest.main()
