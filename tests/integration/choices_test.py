"""Options of one collection: fewer fields, hashes in place of values, fewer records, another name."""

import contextlib
import hashlib
import sqlite3
import unittest

from harness import Project, Sandbox

BOTH = ("rest", "bulk")


def options(collection="leads", **chosen):
    lines = "\n".join(f"{key} = {value}" for key, value in chosen.items())
    return f'collections = ["leads", "contacts"]\nhash_salt = "pepper"\n[pipeline.org.collection.{collection}]\n{lines}\n'


def hashed(value, salt="pepper"):
    return value and hashlib.sha256((salt + value).encode()).hexdigest()


class Choices(unittest.TestCase):
    def project(self, pipeline, api="auto"):
        self.org = self.enterContext(Sandbox("--scale", "tiny", "--size", "Lead=300"))
        return self.enterContext(Project(self.org, source=f'api = "{api}"', pipeline=pipeline))

    def change(self, project, old, new):
        text = project.config.read_text()
        self.assertIn(old, text)
        project.write(text.replace(old, new))

    def truth(self, name="Lead"):
        return {record["Id"]: record for record in self.org.truth(name)}

    def notices(self, run):
        return {notice["code"] for notice in run["notices"]}

    def test_only_the_fields_that_are_chosen_and_those_that_are_needed_are_read(self):
        for chosen, columns in (
            ({"fields": '["Email", "lastname"]'}, {"email", "last_name"}),
            ({"fields": '["Email", "LastName", "Fax"]', "exclude_fields": '["FAX", "Id"]'}, {"email", "last_name"}),
        ):
            project = self.project(options(**chosen))
            run = project.sync()
            needed = {"id", "is_deleted", "system_modstamp"}
            with project.tables() as tables:
                found = set(tables.columns("leads")) - {"received_at", "uuid_ts", "_millrace_deleted_at"}
            self.assertEqual(found, columns | needed)
            self.assertEqual("field_needed" in self.notices(run), "exclude_fields" in chosen)
            rows = dict(project.query("SELECT id, last_name FROM leads"))
            self.assertEqual(rows, {key: record["LastName"] for key, record in self.truth().items()})

    def test_of_a_hashed_field_nothing_else_reaches_the_warehouse(self):
        """By every way of reading: pages of JSON, of CSV, and an object that is read in parts."""
        wide = [f"Question_number_{i:03}_of_a_very_long_questionnaire__c" for i in range(400)]
        for api in (*BOTH, "parts"):
            project = self.project(options(hash_fields='["Email", "CreatedDate"]', exclude_fields='["Gone__c"]'), "bulk" if api == "bulk" else "rest")
            if api == "parts":
                for name in wide:
                    self.org.control("schema", {"object": "Lead", "add_field": {"name": name, "type": "boolean"}})
            run = project.sync()
            self.assertIn("field_absent", self.notices(run))
            self.assertEqual("read_in_parts" in self.notices(run), api == "parts")
            rows = {key: (email, created) for key, email, created in project.query("SELECT id, email, created_date FROM leads")}
            truth = self.truth()
            self.assertEqual({key: email for key, (email, _) in rows.items()}, {key: hashed(r["Email"]) for key, r in truth.items()})
            self.assertTrue(any(email is None for email, _ in rows.values()), "NULL is no value")
            # I8: of the canonical value, however an API spells it.
            canonical = {key: r["CreatedDate"][:23].replace("T", " ") for key, r in truth.items()}
            self.assertEqual({key: created for key, (_, created) in rows.items()}, {key: hashed(value) for key, value in canonical.items()})
            self.assertEqual(project.sync("--full")["totals"]["rows_written"], 0)
            mail = next(record["Email"] for record in truth.values() if record["Email"])
            for file in project.databases.iterdir():
                self.assertNotIn(mail.encode(), file.read_bytes())

    def test_another_salt_or_another_choice_reads_all_of_that_collection_again(self):
        project = self.project(options(hash_fields='["Email"]'))
        project.sync()
        self.assertEqual(project.sync()["totals"]["rows_written"], 0)
        self.change(project, '"pepper"', '"salt"')
        run = project.sync()
        self.assertIn("options_changed", self.notices(run))
        mails = {key: record["Email"] for key, record in self.truth().items()}
        self.assertEqual(run["totals"]["rows_written"], sum(1 for mail in mails.values() if mail))
        self.assertEqual(dict(project.query("SELECT id, email FROM leads")), {key: hashed(mail, "salt") for key, mail in mails.items()})
        again = project.sync()
        self.assertNotIn("options_changed", self.notices(again))
        self.assertEqual(again["totals"]["rows_written"], 0)
        self.change(project, 'hash_fields = ["Email"]', "")
        project.sync()
        self.assertEqual(dict(project.query("SELECT id, email FROM leads")), mails)

    def test_a_condition_leaves_records_out_and_one_that_changes_is_followed(self):
        for api in BOTH:
            project = self.project(options(where="\"LastName < 'M' OR LastName = 'it\\\\'s ('\""), api)
            run = project.sync()
            self.assertEqual(run["outcome"], "success")
            all_of_them = self.truth()

            def live():
                return {key for (key,) in project.query("SELECT id FROM leads WHERE _millrace_deleted_at IS NULL")}

            # The org compares without case.
            few = {key for key, record in all_of_them.items() if record["LastName"].lower() < "m"}
            self.assertTrue(0 < len(few) < len(all_of_them))
            self.assertEqual(live(), few)
            self.assertEqual(len(project.query("SELECT id FROM contacts")), len(self.truth("Contact")))
            # Wider: those that were left out come, though nothing about them has changed.
            self.change(project, "LastName < 'M'", "LastName < 'T'")
            self.assertEqual(project.sync()["outcome"], "success")
            more = {key for key, record in all_of_them.items() if record["LastName"].lower() < "t"}
            self.assertTrue(len(few) < len(more) < len(all_of_them))
            self.assertEqual(live(), more)
            # Narrower: those that do not fit any more are as deleted ones.
            self.change(project, "LastName < 'T'", "LastName < 'C'")
            self.assertEqual(project.sync()["outcome"], "success")
            self.assertEqual(live(), {key for key, record in all_of_them.items() if record["LastName"].lower() < "c"})

    def test_a_condition_that_the_org_refuses_fails_that_collection_alone(self):
        project = self.project(options(where='"No_such_field__c = 1"'), "rest")
        run = project.sync(expect=3)
        outcomes = {c["collection"]: c["outcome"] for c in run["collections"]}
        self.assertEqual(outcomes, {"leads": "failure", "contacts": "success"})

    def test_a_condition_that_leaves_few_of_thousands_is_followed_also_by_a_run_that_broke_off(self):
        self.org = self.enterContext(Sandbox("--scale", "tiny", "--size", "Lead=5000"))
        project = self.enterContext(Project(self.org, source='api = "rest"', pipeline='census_every = "0s"\n' + options(where="\"LastName < 'Z'\"")))
        project.sync()
        self.change(project, "LastName < 'Z'", "LastName < 'T'")
        self.org.fault("query_more", {"type": "error", "status": 400, "errorCode": "MALFORMED_QUERY", "message": "no"}, object="Lead", count=1, skip=0)
        project.sync(expect=3)
        self.assertEqual(project.sync()["outcome"], "success")
        truth = {key: record["LastName"].lower() for key, record in self.truth().items()}
        live = "SELECT id FROM leads WHERE _millrace_deleted_at IS NULL"
        self.assertEqual({key for (key,) in project.query(live)}, {key for key, name in truth.items() if name < "t"})
        # Fewer than ever vanish when nobody has changed an option.
        self.change(project, "LastName < 'T'", "LastName < 'B'")
        project.sync()
        few = {key for key, name in truth.items() if name < "b"}
        self.assertLess(len(few), len(truth) / 5)
        self.assertEqual({key for (key,) in project.query(live)}, few)

    def test_options_that_change_back_after_a_run_that_broke_off_are_followed(self):
        self.org = self.enterContext(Sandbox("--scale", "tiny", "--size", "Lead=5000"))
        project = self.enterContext(Project(self.org, source='api = "rest"', pipeline=options(hash_fields='["Email"]')))
        project.sync()
        self.change(project, 'hash_fields = ["Email"]', "")
        self.org.fault("query_more", {"type": "error", "status": 400, "errorCode": "MALFORMED_QUERY", "message": "no"}, object="Lead", count=1)
        project.sync(expect=3)
        self.assertGreater(project.query("SELECT count(*) FROM leads WHERE email LIKE '%@%'")[0][0], 0)
        self.change(project, "[pipeline.org.collection.leads]", '[pipeline.org.collection.leads]\nhash_fields = ["Email"]')
        self.assertEqual(project.sync()["outcome"], "success")
        mails = {key: hashed(record["Email"]) for key, record in self.truth().items()}
        self.assertEqual(dict(project.query("SELECT id, email FROM leads")), mails)

    def test_of_rows_whose_record_is_gone_no_plain_value_stays(self):
        """Neither of those that were marked before, nor of those that are found with the new options, nor in a run that broke off."""
        for deletes, broken in (("mark", False), ("mark", True), ("remove", False), ("ignore", False), ("ignore", True)):
            with self.subTest(deletes, broken=broken):
                self.org = self.enterContext(Sandbox("--scale", "tiny", "--size", "Lead=5000"))
                lines = f'deletes = "{deletes}"\ndeletions_every = "0s"\n' + options(where="\"LastName != 'Nobody'\"")
                project = self.enterContext(Project(self.org, source='api = "rest"', pipeline=lines))
                project.sync()
                gone = {}
                for seed in (1, 2):
                    before = self.truth()
                    ids = self.org.control("mutate", {"object": "Lead", "hard_delete": 40, "seed": seed})["Lead"]["hard_deleted"]
                    gone |= {key: before[key]["Email"] for key in ids}
                    self.org.control("clock", {"advance_seconds": 120})
                    if seed == 1:
                        project.sync()
                self.assertTrue(any(gone.values()))
                self.change(project, "[pipeline.org.collection.leads]", '[pipeline.org.collection.leads]\nhash_fields = ["Email"]')
                if broken:
                    no = {"type": "error", "status": 400, "errorCode": "MALFORMED_QUERY", "message": "no"}
                    self.org.fault("query_more", no, object="Lead", count=1, skip=0)
                    project.sync(expect=3)
                run = project.sync()
                self.assertEqual("options_changed" in self.notices(run), not broken)
                rows = dict(project.query("SELECT id, email FROM leads"))
                mails = {key: hashed(record["Email"]) for key, record in self.truth().items()}
                self.assertEqual({key: rows[key] for key in mails}, mails)
                left = rows.keys() - mails.keys()
                self.assertEqual(left, {"mark": gone.keys(), "ignore": gone.keys(), "remove": set()}[deletes])
                self.assertEqual({rows[key] for key in left} - {None}, set())
                marked = project.scalar("SELECT count(*) FROM leads WHERE is_deleted = 1") if deletes == "mark" else len(gone)
                self.assertGreaterEqual(marked, len(gone))
                # Once: a census of Ids is none of each run.
                self.org.control("counters/reset", {})
                self.assertEqual(project.sync()["totals"]["rows_written"], 0)
                self.assertNotIn("query_more", self.org.counters()["objects"]["Lead"])

    def refuse_insert(self, project, column, values):
        """The table is emptied, and does not take these values any more."""
        with contextlib.closing(sqlite3.connect(project.database)) as connection, connection:
            connection.execute("DELETE FROM leads")
            connection.execute("DROP TRIGGER IF EXISTS t")
            listed = ", ".join(repr(value) for value in values)
            connection.execute(f"CREATE TRIGGER t BEFORE INSERT ON leads WHEN NEW.{column} IN ({listed}) BEGIN SELECT RAISE(ABORT, 'no'); END")

    def kept_aside(self, project):
        return sorted(value for (value,) in project.query("SELECT value FROM _millrace_refused"))

    def some_mails(self):
        return sorted(record["Email"] for record in self.truth().values() if record["Email"])[:5]

    def test_what_was_kept_aside_of_a_field_goes_when_it_is_hashed(self):
        """Also when it was left out for a while, and not read meanwhile."""
        for left_out in (False, True):
            with self.subTest(left_out=left_out):
                project = self.project(options(exclude_fields='["Fax"]'))
                project.sync()
                mails = self.some_mails()
                self.refuse_insert(project, "email", mails)
                self.assertEqual(project.sync("--full")["totals"]["refused"], len(mails))
                self.assertEqual(self.kept_aside(project), mails)
                self.change(project, "exclude_fields", 'hash_fields = ["Email"]\nexclude_fields')
                if left_out:
                    self.change(project, '["Fax"]', '["Fax", "email"]')
                    self.assertNotIn("kept_aside_removed", self.notices(project.sync()))
                    self.assertEqual(self.kept_aside(project), mails)
                    self.change(project, '["Fax", "email"]', '["Fax"]')
                run = project.sync()
                self.assertEqual(run["outcome"], "success")
                self.assertIn("kept_aside_removed", self.notices(run))
                self.assertEqual(self.kept_aside(project), [])
                self.assertEqual(dict(project.query("SELECT id, email FROM leads")), {key: hashed(record["Email"]) for key, record in self.truth().items()})

    def test_hashes_that_were_kept_aside_stay_when_the_state_is_reset(self):
        """I9: what is in them may be of records that are gone."""
        project = self.project(options(hash_fields='["Email"]'))
        project.sync()
        hashes = sorted(hashed(mail) for mail in self.some_mails())
        self.refuse_insert(project, "email", hashes)
        project.sync("--full")
        self.assertEqual(self.kept_aside(project), hashes)
        self.assertEqual(project.run("state", "reset", "org", "leads").returncode, 0)
        with contextlib.closing(sqlite3.connect(project.database)) as connection, connection:
            connection.execute("DROP TRIGGER t")
        run = project.sync()
        self.assertGreaterEqual(run["totals"]["records"], len(self.truth()), "all of it is read again")
        self.assertNotIn("kept_aside_removed", self.notices(run))
        self.assertEqual(self.kept_aside(project), hashes)

    def test_hashes_of_rows_whose_record_is_gone_stay_when_other_options_change(self):
        project = self.project('deletions_every = "0s"\n' + options(hash_fields='["Email"]'), "rest")
        project.sync()
        ids = self.org.control("mutate", {"object": "Lead", "hard_delete": 20, "seed": 1})["Lead"]["hard_deleted"]
        self.org.control("clock", {"advance_seconds": 120})
        project.sync()
        of_gone = f"SELECT count(email) FROM leads WHERE id IN ({', '.join(repr(key) for key in ids)})"
        before = project.scalar(of_gone)
        self.assertGreater(before, 0)
        self.change(project, "hash_fields", "exclude_fields = [\"Fax\"]\nhash_fields")
        self.assertIn("options_changed", self.notices(project.sync()))
        self.assertEqual(project.scalar(of_gone), before)
        # Another salt makes other hashes; the old ones would be worth nothing but to guess at.
        self.change(project, '"pepper"', '"salt"')
        project.sync()
        self.assertEqual(project.scalar(of_gone), 0)

    def test_what_is_to_be_hashed_and_is_not_there_fails_its_collection(self):
        project = self.project(options("contacts", hash_fields='["MailingAddress"]'))
        run = project.sync(expect=3)
        outcomes = {c["collection"]: c["outcome"] for c in run["collections"]}
        self.assertEqual(outcomes, {"leads": "success", "contacts": "failure"})
        (bad,) = [c for c in run["collections"] if c["collection"] == "contacts"]
        self.assertEqual(bad["error"]["code"], "config_invalid")

    def test_of_a_content_the_address_is_loaded_where_it_is_wanted(self):
        """By REST, whatever `api` says: the Bulk API refuses such a field."""
        wanted = 'collections = ["Document"]\n[pipeline.org.collection.document]\nbase64_fields = ["body", "Name", "Nothing"]\n'
        for api in ("auto", *BOTH):
            project = self.project('collections = ["Document"]', api)
            project.sync()
            with project.tables() as tables:
                self.assertNotIn("body", tables.columns("documents"))
            self.change(project, 'collections = ["Document"]', wanted)
            run = project.sync()
            self.assertEqual(run["collections"][0]["method"], "rest")
            self.assertLessEqual({"field_not_base64", "field_absent"}, self.notices(run))
            addresses = dict(project.query("SELECT id, body FROM documents"))
            keys = set(self.truth("Document"))
            self.assertEqual(addresses.keys(), keys)
            for key, address in addresses.items():
                self.assertRegex(address, rf"^/services/data/v[0-9.]+/sobjects/Document/{key}/Body$")
            self.assertEqual(project.sync("--full")["totals"]["rows_written"], 0)
            self.assertEqual(project.run("check", "org/documents", "--deep", "--columns", "body").returncode, 0)

    def test_options_that_are_given_twice_are_refused(self):
        project = self.project(options("leads", exclude_fields='["Fax"]') + '[pipeline.org.collection.Lead]\nhash_fields = ["Email"]\n')
        done = project.run("sync")
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertIn("given twice", done.stderr)

    def test_tables_that_change_their_names_never_hold_the_rows_of_two_objects(self):
        tags = 'collections = ["LeadTag", "AccountTag"]\n[pipeline.org.collection.LeadTag]\ntable = "{}"\n[pipeline.org.collection.AccountTag]\ntable = "{}"\n'
        project = self.project(tags.format("one", "two"))
        project.sync()
        self.change(project, tags.format("one", "two"), tags.format("two", "one"))
        run = project.sync(expect=4)
        self.assertEqual({c["error"]["code"] for c in run["collections"]}, {"table_conflict"})

    def test_another_table_name(self):
        project = self.project(options("Lead", table='"prospects"'))
        project.sync()
        self.assertEqual(len(project.query("SELECT id FROM prospects")), len(self.truth()))
        self.assertEqual(project.sync("org/leads")["totals"]["rows_written"], 0)
        self.assertEqual(project.run("state", "show", "org", "prospects").returncode, 0)


if __name__ == "__main__":
    unittest.main()
