"""What somebody else does to a warehouse while millrace is connected; for failures_test.Failures, on each server."""


class Meanwhile:
    def write(self, rows, second):
        return {"table": self.leads, "rows": rows, "mode": "changed", "checkpoint": {"cursor": f"2024-01-01 00:00:0{second}.000", "complete": True}}

    @property
    def leads(self):
        columns = [("id", "text"), ("name", "text"), ("amount", "decimal"), ("employees", "integer"), ("system_modstamp", "timestamp")]
        facts = {"id": {"length": 18}, "name": {"length": 40}, "amount": {"precision": 10, "scale": 2}}
        return {
            "name": "leads",
            "version": "system_modstamp",
            "columns": [{"name": name, "type": kind, **facts.get(name, {})} for name, kind in columns],
        }

    @property
    def checkpoints(self):
        return self.server.table("sfdc_prod", "_millrace_checkpoints")

    def before(self):
        return self.content(), self.reached()

    def test_a_unique_index_of_somebody_else_costs_the_value_and_not_the_row(self):
        """I9: of rows that are alike in another column the value of one is refused, and told."""
        content, _ = self.before()
        self.execute(f"CREATE UNIQUE INDEX only_once ON {self.name} (name)")
        rows = [[key, name, "1.25", "7", "2024-01-01 00:00:02.000"] for key, name in (("d", "new"), ("e", "six"))]
        done = self.shell.ask("write", **self.write(rows, 2))
        self.assertEqual((done["rows_written"], done["refused"]), (2, 1))
        self.assertIn("record e, field name: ", done["notices"][0]["text"])
        self.assertEqual(self.before(), ({**content, "d": "new", "e": None}, 2))
        rows[1][1] = "other"
        self.assertEqual(self.shell.ask("write", **self.write(rows, 2))["rows_written"], 1)

    def test_checkpoints_that_were_dropped_are_made_again_and_no_row_goes_without(self):
        """I1: rows whose position cannot be written are taken back."""
        rows, _ = self.before()
        self.execute(f"DROP TABLE {self.checkpoints}")
        new = [["d", "new", "1.25", "7", "2024-01-01 00:00:02.000"]]
        error = self.shell.refused("write", **self.write(new, 2))
        self.assert_error(error, "table_conflict", "never", "the next run")
        self.assertEqual(self.content(), rows)
        shell = self.open()
        self.assertEqual(shell.ask("checkpoints"), [])
        shell.ask("ensure", table=self.leads)
        self.assertEqual(shell.ask("write", **self.write(new, 2))["rows_written"], 1)
        self.assertEqual((self.content(), self.reached()), ({**rows, "d": "new"}, 2))

    def test_checkpoints_that_may_not_be_read_are_not_taken_for_none(self):
        """Without them everything would be read anew, each time. MariaDB does not show what may not be read: there it is."""
        shell = self.open(self.make_guest())
        self.hide_checkpoints()
        if not self.shows_what_may_not_be_read:
            self.assertEqual(shell.ask("checkpoints"), [])
            return
        error = shell.refused("checkpoints")
        self.assert_error(error, "warehouse_rights", "never", "give the user")
