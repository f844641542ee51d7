"""Bad input: each gets a message that says what, where and what to do, the right exit code, and leaves
nothing half written."""

import json
import os
import pathlib
import unittest

from harness import Project, Sandbox, compare


class wrong_configuration(unittest.TestCase):
    def refused(self, project, *words, code=2, verb=("sync",), environment=None):
        done = project.run(*verb, environment=environment)
        self.assertEqual(done.returncode, code, done.stderr)
        for word in words:
            self.assertIn(word, done.stderr)
        self.assertEqual(list(project.databases.iterdir()), [], "something was written")
        return done.stderr

    def test_every_fault_has_file_line_column_and_what_was_expected(self):
        with Sandbox("--scale", "tiny") as org, Project(org) as project:
            good = project.config.read_text()
            for change, words in {
                ('schema = "sfdc_prod"', 'shema = "sfdc_prod"'): ["shema", "schema"],
                ('source = "org"\nwarehouse', 'source = "orgg"\nwarehouse'): ["orgg", "org"],
                ('flow = "client_credentials"', 'flow = "client_credential"'): ["client_credentials"],
                ('schema = "sfdc_prod"', "schema = 7"): ["text"],
                ("[host]", "[hosts]"): ["hosts", "host"],
                ("[host]", '[host]\nmemory = "lots"'): ["512MiB"],
                ('login_url = "http://127.0.0.1', 'login_url = "http://example.com'): ["loopback"],
            }.items():
                with self.subTest(change[1]):
                    project.write(good.replace(*change))
                    said = self.refused(project, *words)
                    self.assertRegex(said, r"millrace\.toml:\d+:\d+: ")

    def test_all_faults_are_told_at_once(self):
        with Sandbox("--scale", "tiny") as org, Project(org) as project:
            project.write(project.config.read_text().replace("schema =", "shema =").replace("[host]", '[host]\nmemory = "lots"'))
            said = self.refused(project, "shema", "memory")
            self.assertGreaterEqual(said.count("millrace.toml:"), 2)

    def test_broken_toml(self):
        with Sandbox("--scale", "tiny") as org, Project(org) as project:
            project.write("[host\n")
            self.refused(project, "millrace.toml:1:")

    def test_a_missing_file_and_a_missing_secret(self):
        with Sandbox("--scale", "tiny") as org, Project(org) as project:
            good = project.config.read_text()
            project.write(good.replace('"sandbox-secret"', '"${NO_SUCH_VARIABLE}"'))
            self.refused(project, "NO_SUCH_VARIABLE")
            project.write(good.replace('"sandbox-secret"', '{ file = "/no/such/file" }'))
            self.refused(project, "/no/such/file")
            project.config.unlink()
            self.refused(project, "millrace.toml")

    def test_two_orgs_in_one_set_of_tables(self):
        with Sandbox("--scale", "tiny", "--org", "a", "--org", "b") as orgs, Project(orgs) as project:
            def configure(first, second, schema="s2", warehouse="w2"):
                text = f'[warehouse.w1]\nodbc = "Driver=SQLite3;Database={first}"\n'
                text += f'[warehouse.w2]\nodbc = "Driver=SQLite3;Database={second}"\n'
                for org in orgs.orgs:
                    text += f'[source.{org["name"]}]\nlogin_url = "{org["login_url"]}"\n'
                    text += 'auth = { flow = "client_credentials", client_id = "sandbox-client", client_secret = "sandbox-secret" }\n'
                text += '[pipeline.a]\nsource = "a"\nwarehouse = "w1"\nschema = "s1"\ncollections = ["leads"]\n'
                text += f'[pipeline.b]\nsource = "b"\nwarehouse = "{warehouse}"\nschema = "{schema}"\ncollections = ["leads"]\n'
                project.write(text)

            one = project.databases / "one.db"
            configure(one, one)
            self.refused(project, "pipeline.b", "pipeline.a", "{schema}")
            configure(one, project.databases / "two.db", warehouse="w1")
            self.refused(project, "pipeline.b", "pipeline.a", "{schema}")
            each = project.databases / "{schema}.db"
            configure(each, each, schema="s1")
            self.refused(project, "pipeline.b", "pipeline.a", "same database")
            configure(each, each)
            self.assertEqual(project.run("sync").returncode, 0)

    def test_an_unknown_pipeline_is_met_with_a_suggestion(self):
        with Sandbox("--scale", "tiny") as org, Project(org) as project:
            self.refused(project, "'orgg'", "'org'", verb=("sync", "orgg"))


class warehouse_out_of_reach(unittest.TestCase):
    def refused(self, project, *words, code=7, under=()):
        done = project.run("sync", under=under)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        for word in words:
            self.assertIn(word, done.stdout + done.stderr)

    def test_a_missing_driver(self):
        with Sandbox("--scale", "tiny") as org, Project(org) as project:
            project.write(project.config.read_text().replace("Driver=SQLite3", "Driver=NoSuchDriver"))
            self.refused(project, "driver_missing", "NoSuchDriver", "SQLite3", "What to do")
            self.assertEqual(org.counters()["total"], 0, "API calls were spent on a run that could not load")

    def test_a_missing_folder(self):
        with Sandbox("--scale", "tiny") as org, Project(org) as project:
            project.write(project.config.read_text().replace("/warehouse/", "/no-such-folder/"))
            self.refused(project, "no-such-folder", "does not exist")

    def test_an_unwritable_folder(self):
        # Root may write everywhere, but not without the right to. Its files stay readable to it wherever they are,
        # which is not so for another user. setpriv is part of every Debian (util-linux).
        under = ["setpriv", "--bounding-set", "-dac_override,-dac_read_search"] if os.geteuid() == 0 else []
        with Sandbox("--scale", "tiny") as org, Project(org) as project:
            project.databases.chmod(0o500)
            self.refused(project, "not writable", under=under)
            project.databases.chmod(0o700)
            self.assertEqual(list(project.databases.iterdir()), [])

    def test_a_folder_where_the_file_should_be(self):
        with Sandbox("--scale", "tiny") as org, Project(org) as project:
            project.database.mkdir()
            self.refused(project, "is a folder")

    def test_a_file_that_is_no_database(self):
        with Sandbox("--scale", "tiny") as org, Project(org) as project:
            project.database.write_text("this is not a database, and it is long enough to be looked at\n" * 100)
            before = project.database.read_bytes()
            self.refused(project, "not an SQLite database")
            self.assertEqual(project.database.read_bytes(), before)


class org_says_no(unittest.TestCase):
    def refused(self, project, code, *words, verb=("sync",), empty=True):
        done = project.run(*verb)
        said = done.stdout + done.stderr
        self.assertEqual(done.returncode, code, said)
        for word in words:
            self.assertIn(word, said)
        if empty:
            self.assertEqual(list(project.databases.iterdir()), [], "something was written")
        self.assertNotIn("sandbox-secret", said)
        return said

    def test_wrong_credentials(self):
        with Sandbox("--scale", "tiny") as org, Project(org) as project:
            project.write(project.config.read_text().replace("sandbox-secret", "wrong-password"))
            said = self.refused(project, 5, "login_refused", "client_secret", "What to do")
            self.assertNotIn("wrong-password", said)

    def test_a_refresh_token_that_is_revoked(self):
        with Sandbox("--scale", "tiny") as org, Project(org, flow="refresh_token") as project:
            project.write(project.config.read_text().replace("sandbox-refresh-demo", "revoked"))
            self.refused(project, 5, "expired access/refresh token", "millrace connect org")

    def test_api_access_is_off_for_the_org(self):
        with Sandbox("--scale", "tiny") as org, Project(org) as project:
            org.fault("any", {"type": "error", "status": 403, "errorCode": "API_DISABLED_FOR_ORG", "message": "API is disabled for this org"}, count=-1)
            # The token endpoint still answers: an org without API access lets its users log in.
            self.refused(project, 5, "API is disabled for this org", "API Enabled")

    def test_the_api_is_switched_off_for_the_moment(self):
        with Sandbox("--scale", "tiny") as org, Project(org) as project:
            org.fault("global_describe", {"type": "error", "status": 503, "errorCode": "API_CURRENTLY_DISABLED", "message": "API is currently disabled"}, count=-1)
            self.refused(project, 4, "API_CURRENTLY_DISABLED", "run again later")

    def test_a_version_that_the_org_has_retired(self):
        """I11: told with the versions that it offers, and what to write; that works."""
        for status, named in ((404, True), (410, True), (404, False)):
            with self.subTest(status, named=named), Sandbox("--scale", "tiny") as org, Project(org, source='api_version = "60.0"') as project:
                org.control("settings", {"oldest_version": 62, "retired_status": status, "retired_is_named": named})
                said = self.refused(project, 4, "version_unsupported", "60.0", "62.0 to 65.0", 'api_version = "auto"', 'api_version = "65.0"')
                self.assertNotIn("object_missing", said)
                project.write(project.config.read_text().replace('"60.0"', '"65.0"'))
                self.assertEqual(project.sync("org/leads")["outcome"], "success")

    def test_an_object_that_does_not_exist(self):
        with Sandbox("--scale", "tiny") as org, Project(org, pipeline='collections = ["Nope__c"]') as project:
            self.refused(project, 4, "Nope__c", "check the spelling")

    def test_an_object_that_does_not_exist_beside_one_that_does(self):
        with Sandbox("--scale", "tiny") as org, Project(org, pipeline='collections = ["leads", "Nope__c"]') as project:
            run = project.sync()
            self.assertTrue(any(n["collection"] == "Nope__c" and n["code"] == "object_absent" for n in run["notices"]))

    def test_a_field_that_vanishes_between_describe_and_query(self):
        """The object is described again and read without the field; the notice says so."""
        with Sandbox("--scale", "tiny") as org, Project(org, pipeline='collections = ["leads"]') as project:
            org.control("schema", {"object": "Lead", "drop_field": "Company", "after_describe": True})
            run = project.sync()
            self.assertTrue(any(n["code"] == "field_vanished" for n in run["notices"]))
            self.assertGreater(run["totals"]["rows_written"], 0)

    def test_fields_of_several_objects_that_vanish_at_once(self):
        """Each object is described again; what both attempts cost is counted."""
        with Sandbox("--scale", "tiny") as org, Project(org, pipeline='collections = ["leads", "contacts", "accounts"]') as project:
            org.control("schema", {"object": "Lead", "drop_field": "Company", "after_describe": True})
            org.control("schema", {"object": "Contact", "drop_field": "Department", "after_describe": True})
            run = project.sync()
            vanished = {n["collection"] for n in run["notices"] if n["code"] == "field_vanished"}
            self.assertEqual(vanished, {"leads", "contacts"})
            paid = {purpose: calls for purpose, calls in run["calls"].items() if purpose not in ("login", "versions")}
            self.assertEqual(sum(paid.values()), org.counters()["calls"], run["calls"])

    def test_a_vanished_field_does_not_repeat_the_notices_of_others(self):
        with Sandbox("--scale", "tiny") as org, Project(org, pipeline='collections = ["leads"]') as project:
            for name in ("MyField__c", "My_Field__c"):
                org.control("schema", {"object": "Lead", "add_field": {"name": name, "type": "string", "length": 30}})
            org.control("schema", {"object": "Lead", "drop_field": "Company", "after_describe": True})
            codes = [n["code"] for n in project.sync()["notices"]]
            self.assertEqual(codes.count("column_renamed"), 1)
            self.assertIn("field_vanished", codes)

    def test_a_web_page_where_json_should_be(self):
        with Sandbox("--scale", "tiny") as org, Project(org, pipeline='collections = ["leads", "accounts"]') as project:
            org.fault("query", {"type": "html", "status": 200}, object="Lead", count=-1)
            said = self.refused(project, 3, "web page", "login_url", empty=False)
            self.assertIn("leads", said)
            compare(org, project, {"Account": ("accounts", {})})
            with project.connect() as connection:
                self.assertEqual(connection.execute("SELECT count(*) FROM leads").fetchone()[0], 0)

    def test_an_answer_in_parts_that_holds_fewer_records_than_it_says(self):
        """I3: an object that is read in parts is counted as any other."""
        with Sandbox("--scale", "tiny") as org, Project(org, pipeline='collections = ["profile"]', source='api = "rest"') as project:
            for i in range(330):
                field = {"name": f"A_rather_long_name_of_a_custom_field_{i}__c", "type": "boolean"}
                org.control("schema", {"object": "Profile", "add_field": field})
            self.assertEqual(project.run("sync").returncode, 0)
            compare(org, project, {"Profile": ("profile", {})})
            org.fault("query", {"type": "wrong_count"}, count=-1)
            self.refused(project, 4, "count_mismatch", "announced", verb=("sync", "--full"), empty=False)

    def test_nobody_listens(self):
        with Sandbox("--scale", "tiny") as org, Project(org) as project:
            project.write(project.config.read_text().replace(org.org["login_url"], "http://127.0.0.1:9/org/demo"))
            self.refused(project, 4, "http_connect", "127.0.0.1")


class validate(unittest.TestCase):
    def test_validate_says_what_can_be_read_and_writes_nothing(self):
        with Sandbox("--scale", "tiny") as org, Project(org) as project:
            done = project.run("validate")
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertIn("51 collections", done.stdout)
            self.assertIn("SQLite", done.stdout)
            self.assertEqual(list(project.databases.iterdir()), [])

    def test_what_was_found_of_the_warehouse_is_told_when_the_org_refuses(self):
        with Sandbox("--scale", "tiny") as org, Project(org) as project:
            project.write(project.config.read_text().replace(org.org["login_url"], "http://127.0.0.1:9/org/demo"))
            done = project.run("validate")
            self.assertEqual(done.returncode, 4)
            self.assertIn("the org was not looked at", done.stdout)
            self.assertIn("texts of 131072 characters too", done.stdout)
            self.assertIn("good rights", done.stdout)
            self.assertNotIn("login good", done.stdout)
            (plan,) = json.loads(project.run("validate", "--format", "json").stdout)["plans"]
            self.assertIn("loader", {finding["what"] for finding in plan["warehouse"]})

    def test_offline_needs_no_org(self):
        with Sandbox("--scale", "tiny") as org, Project(org) as project:
            done = project.run("validate", "--offline")
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual(org.counters()["total"], 0)

    def test_plan_shows_tables_windows_and_apis_and_writes_nothing(self):
        with Sandbox("--scale", "tiny", "--size", "Contact=30000") as org, Project(org) as project:
            done = project.run("plan")
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertRegex(done.stdout, r"contacts +Contact +\d+ +create +everything +bulk")
            self.assertRegex(done.stdout, r"leads +Lead +\d+ +create +everything +rest")
            self.assertEqual(list(project.databases.iterdir()), [])


if __name__ == "__main__":
    unittest.main()
