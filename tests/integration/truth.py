"""What makes a warehouse a true copy of an org: the same for SQLite and for every server.

The course of an org's life runs by REST and by Bulk: first load, changes of every collection, an increment, a full
refresh. After each stage every row and column of every collection is compared, and the org tells which API was used.
"""

import json

from harness import Project, Sandbox, compare, table_names

# Two orgs of one seed and one time stay alike under the same changes.
CLOCK = "2026-03-01T08:00:00Z"
# All that fields of the org can be but for compounds, which are represented by their parts, and base64, which is not read.
EVERY_TYPE = {
    "anyType", "boolean", "combobox", "currency", "date", "datetime", "double", "email", "encryptedstring", "id", "int",
    "long", "multipicklist", "percent", "phone", "picklist", "reference", "string", "textarea", "time", "url",
}  # fmt: skip
# Their changes show in a creation date alone, so that an increment finds nothing but new ones.
CREATED_ONLY = ("OpportunityFieldHistory",)
# No account of deletions tells of these, and there is no recycle bin: a census or a full refresh finds what is gone.
GONE_UNTOLD = ("CampaignShare", "Period", "UserLogin")
# No account of deletions either, but a recycle bin, whose records can be read.
WITHOUT_ACCOUNT = (*GONE_UNTOLD, "Dashboard")


def written(run):
    return {c["collection"]: c["rows_written"] for c in run["collections"] if c["rows_written"]}


def deleted(run):
    return {c["collection"]: c["deleted"] for c in run["collections"] if c["deleted"]}


def has_account(name):
    return name not in WITHOUT_ACCOUNT and not name.endswith("Tag")


def changes_an_increment_finds(name):
    if name in CREATED_ONLY:
        return {"insert": 2, "hard_delete": 1}
    changes = {"update": 3, "insert": 2}
    if name not in GONE_UNTOLD:
        changes |= {"delete": 2, "undelete": 1}
    return {**changes, "hard_delete": 1} if has_account(name) else changes


class TrueCopy:
    """Beside unittest.TestCase. `server`: one of servers.py that is the warehouse, or None for SQLite."""

    server = None

    def project(self, org, **more):
        return Project(org, warehouse_server=self.server, **more)

    def sync_by(self, api, org, project, *arguments):
        """A sync; fails unless the org gave records of every collection by this API, where it offers it."""
        org.control("counters/reset", {})
        run = project.sync(*arguments)
        read = {c["object"] for c in run["collections"]}
        by_bulk = {o["name"] for o in org.objects() if o["bulk"]} & read if api == "bulk" else set()
        methods = {c["object"]: c["method"] for c in run["collections"]}
        self.assertEqual(methods, {name: "bulk" if name in by_bulk else "rest" for name in read})
        given_by_bulk = {name for name, kinds in org.counters()["objects"].items() if kinds.get("bulk_results")}
        self.assertEqual(given_by_bulk, by_bulk)
        return run

    def assert_all_types(self, project):
        offered = {f["source_type"] for c in project.catalog() for f in c["fields"]}
        self.assertEqual(offered, EVERY_TYPE)

    def change_everything(self, org, names):
        """Changes in every collection; returns Ids by collection: rows that have to move, and those that have to be marked."""
        moved, gone = {}, {}
        for name, (table, _) in names.items():
            changes = org.control("mutate", {"object": name, "seed": 5, **changes_an_increment_finds(name)})
            touched = {i for ids in changes[name].values() for i in ids}
            there = {record["Id"] for record in org.truth(name)}
            moved[table] = touched & there
            gone[table] = touched - there
        return moved, gone

    def course(self, api):
        """An org's life, by one API; returns the tables after each stage."""
        stages = [{}, {}, {}]
        with (
            Sandbox("--scale", "tiny", "--bulk-delay", 0, "--clock", CLOCK) as org,
            self.project(org, source=f'api = "{api}"', pipeline='deletions_every = "0s"') as project,
        ):
            org.only_stamped_changes()
            run = self.sync_by(api, org, project)
            names = table_names(org, project)
            self.assertGreaterEqual(len(names), 51)
            self.assert_all_types(project)
            total = compare(org, project, names, seen=stages[0])
            self.assertGreater(total, 1000)
            self.assertEqual(run["totals"]["rows_written"], total)

            before = dict(project.rows("contacts", "id", "uuid_ts"))
            moved, gone = self.change_everything(org, names)
            self.assertTrue(all(moved.values()), moved)
            # The account of deletions is complete only for the time before the last whole second.
            org.control("clock", {"advance_seconds": 120})
            run = self.sync_by(api, org, project)
            self.assertEqual(written(run), {table: len(ids) for table, ids in moved.items()})
            self.assertEqual(deleted(run), {table: len(ids) for table, ids in gone.items() if ids})
            compare(org, project, names, seen=stages[1])
            after = dict(project.rows("contacts", "id", "uuid_ts"))
            touched = moved["contacts"] | gone["contacts"]
            self.assertEqual({i for i, at in after.items() if at != before.get(i)}, touched)

            for name in names:
                org.control("mutate", {"object": name, "hard_delete": 1, "seed": 7})
            org.control("clock", {"advance_seconds": 120})
            run = self.sync_by(api, org, project, "--full")
            self.assertEqual(written(run), {})
            self.assertEqual(deleted(run), {table: 1 for table, _ in names.values()})
            self.assertEqual(run["totals"]["records"], compare(org, project, names, seen=stages[2]))
        return stages

    def test_rest_and_bulk_keep_every_collection_true_by_every_kind_of_sync(self):
        """I3, I7, I8, I9, I14: only what changed moves, and both APIs give the same tables, cell by cell."""
        by_rest, by_bulk = self.course("rest"), self.course("bulk")
        for stage, rest, bulk in zip(("first load", "increment", "full refresh"), by_rest, by_bulk, strict=True):
            self.assertEqual(rest.keys(), bulk.keys())
            for table, rows in rest.items():
                self.assertEqual(rows, bulk[table], f"{table} after the {stage}")

    def test_two_changes_within_one_second_both_arrive(self):
        """I2, I5: the stamp does not tell two versions of one second apart; the cells do."""
        with Sandbox("--scale", "tiny") as org, self.project(org, pipeline='collections = ["contacts"]') as project:
            project.sync()
            for seed in (1, 2, 3):
                org.control("mutate", {"object": "Contact", "update": 5, "seed": seed})
                project.sync()
            compare(org, project, {"Contact": ("contacts", {})})

    def test_a_new_field_gets_its_column_and_its_history(self):
        """I11: a field that is added later is filled for records that did not change since; every type gets a column."""
        fields = {
            "Wish__c": {"type": "boolean"},
            "Note__c": {"type": "string", "length": 80},
            "Story__c": {"type": "textarea", "length": 32000},
            "Count__c": {"type": "int"},
            "Worth__c": {"type": "currency", "precision": 18, "scale": 2},
            "Seen__c": {"type": "datetime"},
            "Born__c": {"type": "date"},
            "Hour__c": {"type": "time"},
        }
        with Sandbox("--scale", "tiny") as org, self.project(org, pipeline='collections = ["leads"]') as project:
            project.sync()
            for name, field in fields.items():
                org.control("schema", {"object": "Lead", "add_field": {"name": name, **field}})
            project.sync()
            rows = compare(org, project, {"Lead": ("leads", {})})
            # The org gives records that were there before a value in such a field, and none in the others.
            self.assertEqual(int(project.scalar(f"SELECT count(wish_c) FROM {project.table('leads')}")), rows)
            org.control("mutate", {"object": "Lead", "update": 10, "insert": 10})
            project.sync()
            compare(org, project, {"Lead": ("leads", {})})
            self.assertEqual(written(project.sync("--full")), {})

    def test_an_object_with_many_fields_has_a_table(self):
        """Short texts by the hundred do not exceed what a row may hold."""
        with Sandbox("--scale", "tiny") as org, self.project(org, pipeline='collections = ["leads"]') as project:
            for i in range(250):
                org.control("schema", {"object": "Lead", "add_field": {"name": f"Short_{i}__c", "type": "string", "length": 60}})
            project.sync()
            compare(org, project, {"Lead": ("leads", {})})
            org.control("mutate", {"object": "Lead", "update": 10})
            project.sync()
            compare(org, project, {"Lead": ("leads", {})})

    def test_a_removed_field_keeps_its_column(self):
        """I11: what the org no longer shows stays in the table as it was."""
        with Sandbox("--scale", "tiny") as org, self.project(org, pipeline='collections = ["leads"]') as project:
            project.sync()
            before = dict(project.rows("leads", "id", "company"))
            org.control("schema", {"object": "Lead", "drop_field": "Company"})
            org.control("mutate", {"object": "Lead", "update": 3})
            self.assertEqual(written(project.sync()), {"leads": 3})
            self.assertEqual(before, dict(project.rows("leads", "id", "company")))

    # -- fields whose type changes --

    TYPES_BEFORE = {
        "Was_money__c": {"type": "currency", "precision": 10, "scale": 2},
        "Was_text__c": {"type": "string", "length": 80},
        "Was_day__c": {"type": "date"},
        "Was_moment__c": {"type": "datetime"},
        "Was_count__c": {"type": "int"},
        "Was_flag__c": {"type": "boolean"},
    }
    TYPES_AFTER = {
        "Was_money__c": {"type": "textarea", "length": 32000},
        "Was_text__c": {"type": "double", "precision": 10, "scale": 3},
        "Was_day__c": {"type": "datetime"},
        "Was_moment__c": {"type": "boolean"},
        "Was_count__c": {"type": "double", "precision": 12, "scale": 2},
        "Was_flag__c": {"type": "date"},
    }

    def org_with_types(self):
        org = self.enterContext(Sandbox("--scale", "tiny", "--only", "Lead", "--size", "Lead=2500"))
        for name, field in self.TYPES_BEFORE.items():
            org.control("schema", {"object": "Lead", "add_field": {"name": name, **field}})
        org.control("mutate", {"object": "Lead", "update": 2000, "seed": 1})
        org.control("clock", {"advance_seconds": 3600})
        return org

    def retype(self, org, types):
        """Some records get values of the new type; no stamp tells of the others that theirs went or were converted."""
        for name, field in types.items():
            org.control("schema", {"object": "Lead", "retype_field": {"name": name, **field}})
        org.control("mutate", {"object": "Lead", "update": 300, "seed": 2})

    def by_policy(self, org, policy):
        # A census would read what a window missed.
        return self.enterContext(self.project(org, pipeline=f'collections = ["leads"]\ncensus_every = "0s"\non_type_change = "{policy}"'))

    def columns_now(self, project):
        """Field -> column, as a sync would load them."""
        (leads,) = json.loads(project.run("plan", "--format", "json").stdout)["plans"][0]["collections"]
        return {f["field"]: f["column"] for f in leads["fields"]}

    def codes(self, run):
        return sorted({n["code"] for n in run["notices"]})

    def test_a_field_that_changes_its_type_makes_its_column_hold_both(self):
        """I11, by default: nothing is lost, nothing waits, and what was converted in the org is converted here."""
        org = self.org_with_types()
        project = self.by_policy(org, "widen")
        project.sync()
        compare(org, project, {"Lead": ("leads", {})})
        with project.tables() as tables:
            columns = set(tables.columns("leads"))
        for types in (self.TYPES_AFTER, self.TYPES_BEFORE):
            self.retype(org, types)
            run = project.sync()
            self.assertEqual(run["outcome"], "success")
            self.assertIn("column_retyped", self.codes(run))
            self.assertNotIn("column_not_widened", self.codes(run))
            compare(org, project, {"Lead": ("leads", {})})
            with project.tables() as tables:
                self.assertEqual(set(tables.columns("leads")), columns)
            # It is told once, and the same again is no news.
            org.control("clock", {"advance_seconds": 3600})
            again = project.sync()
            self.assertEqual((self.codes(again), again["totals"]["rows_written"]), ([], 0))
            org.control("mutate", {"object": "Lead", "update": 40, "insert": 10, "seed": 3})
            project.sync()
            compare(org, project, {"Lead": ("leads", {})})
            self.assertEqual(project.sync("--full")["totals"]["rows_written"], 0)
            words = [word for name in types for word in ("--columns", name)]
            self.assertEqual(project.run("check", "org/leads", "--deep", *words).returncode, 0)

    def test_a_field_that_changes_its_type_gets_a_column_of_its_own(self):
        """I11: the old one stays as it is, until the field is of its type again."""
        org = self.org_with_types()
        project = self.by_policy(org, "new_column")
        project.sync()
        plain = self.columns_now(project)
        self.retype(org, self.TYPES_AFTER)
        now = self.columns_now(project)
        moved = {field for field in now if now[field] != plain[field]}
        self.assertTrue({"Was_flag__c"} <= moved <= set(self.TYPES_AFTER), moved)
        before = {field: dict(project.rows("leads", "id", plain[field])) for field in moved}
        run = project.sync()
        self.assertIn("column_replaced", self.codes(run))
        self.assertEqual(now, self.columns_now(project))
        compare(org, project, {"Lead": ("leads", now)}, dropped=[plain[field] for field in moved])
        for field in moved:
            kept = dict(project.rows("leads", "id", plain[field]))
            self.assertEqual({key: kept[key] for key in before[field]}, before[field])
        self.assertNotIn("column_replaced", self.codes(project.sync()))
        # Back again: what the old columns missed is read for them.
        self.retype(org, self.TYPES_BEFORE)
        project.sync()
        self.assertEqual(plain, self.columns_now(project))
        compare(org, project, {"Lead": ("leads", plain)}, dropped=[now[field] for field in moved])

    def test_a_field_that_changes_its_type_may_fail_its_collection(self):
        """I11: for who wants to decide each time; nothing has changed until then."""
        org = self.org_with_types()
        project = self.by_policy(org, "fail")
        project.sync()
        types = {"Was_flag__c": self.TYPES_AFTER["Was_flag__c"]}
        before = sorted(project.rows("leads", "id", "was_flag_c"))
        self.retype(org, types)
        for _ in range(2):
            (leads,) = project.sync(expect=4)["collections"]
            self.assertEqual(leads["error"]["code"], "table_conflict")
            self.assertIn("the field Was_flag__c is date in the org now and was boolean", leads["error"]["message"])
            self.assertIn("on_type_change", leads["error"]["advice"])
            self.assertEqual(sorted(project.rows("leads", "id", "was_flag_c")), before)
        options = '[pipeline.org.collection.leads]\non_type_change = "widen"\n'
        project.write(project.config.read_text() + options)
        self.assertEqual(project.sync()["outcome"], "success")
        compare(org, project, {"Lead": ("leads", {})})
