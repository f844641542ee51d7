"""The product does what docs/reliability.md says of each fault. MILLRACE_UPDATE_DOCS=1 writes the tables anew."""

import email.utils
import os
import re
import time
import unittest

import fault_warehouse
from fault_fleet import Fleet
from fault_matrix import PHASES, ROOT, ROWS, SUCCESS
from fault_page import PAGE, SHARED, page

ERRORS = re.findall(r"^\| \d+ \| `(\w+)` \| (\d+) \|", (ROOT / "docs" / "errors.md").read_text(), re.MULTILINE)
EXIT_CODES = {code: int(exit_code) for code, exit_code in ERRORS}


def seen(run, usual):
    """The outcome of a run in the words of a Cell. `usual`: the notices that it has anyway."""
    if run["outcome"] == SUCCESS:
        told = sorted({notice["code"] for notice in run["notices"]} - usual)
        return " ".join([SUCCESS, *told])
    (error,) = [c["error"] for c in run["collections"] if "error" in c] or [run["error"]]
    throttled = error["code"] == "request_limit"
    assert run["outcome"] == ("throttled" if throttled else "failure"), run
    assert run["exit_code"] == EXIT_CODES[error["code"]], run
    assert error["message"] and error["advice"], error
    return error["code"]


class source(unittest.TestCase):
    """I3, I4, I6, I7: one org and one pipeline for each cell, all synced at once."""

    @classmethod
    def setUpClass(cls):
        cls.cells = {}
        for row in ROWS:
            for phase, cell in row.cells.items():
                cls.cells[f"c{len(cls.cells)}"] = (row, phase, cell)
        cls.fleet = cls.enterClassContext(Fleet({name: PHASES[phase].api for name, (_, phase, _) in cls.cells.items()}))
        first = cls.fleet.sync()
        cls.usual = {name: {notice["code"] for notice in run["notices"]} for name, run in first.items()}
        # In one go each: what comes after the fault, and after that.
        cls.once = cls.meet(1, list(cls.cells))
        cls.lasting = cls.meet(-1, [name for name, (_, _, cell) in cls.cells.items() if cell.once != cell.lasting or cell.once == SUCCESS])
        cls.after = cls.fleet.sync()

    @classmethod
    def meet(cls, count, names):
        """A sync of some pipelines, each of which meets its fault: name -> run, rows before it, faults that were not met."""
        cls.fleet.change(seed=10 + count)
        before = {name: cls.fleet.members[name].rows() for name in names}
        for name in names:
            row, phase, cell = cls.cells[name]
            fault = {"kind": PHASES[phase].kind, "skip": PHASES[phase].skip, "count": count}
            cls.fleet.members[name].control("faults", {**fault, "action": cell.action or row.action})
        runs = cls.fleet.sync(names)
        met = {}
        for name in names:
            member = cls.fleet.members[name]
            left = member.control("faults", method="DELETE")["left"]
            met[name] = (runs[name], before[name], left if count > 0 else 0, cls.judged(name, runs[name], before[name]))
        return met

    @classmethod
    def judged(cls, name, run, before):
        """What is wrong with the rows, as long as they are those of this run; none: nothing."""
        member = cls.fleet.members[name]
        _, phase, cell = cls.cells[name]
        try:
            if run["outcome"] == SUCCESS:
                member.assert_true_copy()
            elif cell.marked:
                assert member.rows().keys() == before.keys(), "rows came or went"
            elif cell.reads or PHASES[phase].reads:
                member.assert_old_or_new(before)
            else:
                assert member.rows() == before, "nothing was read, and rows changed"
        except AssertionError as wrong:
            return str(wrong)

    def check(self, met, expected):
        for name, (run, _, left, wrong) in met.items():
            row, phase, cell = self.cells[name]
            with self.subTest(fault=row.name, phase=phase):
                self.assertEqual(seen(run, self.usual[name]), expected(cell), run)
                self.assertEqual(left, 0, "the fault was not met")
                self.assertIsNone(wrong)

    def test_a_fault_that_happens_once(self):
        self.check(self.once, lambda cell: cell.once)

    def test_a_fault_that_lasts(self):
        self.check(self.lasting, lambda cell: cell.lasting)

    def test_whoever_tells_of_a_run_says_the_same(self):
        """I4: its exit code, the summary, the log, and what the warehouse keeps of it."""
        self.assertEqual(self.fleet.disagreements, [])

    def test_the_run_after_the_fault_brings_everything_right(self):
        for name, run in self.after.items():
            row, phase, _ = self.cells[name]
            with self.subTest(fault=row.name, phase=phase):
                self.assertEqual(run["outcome"], SUCCESS, run)
                self.fleet.members[name].assert_true_copy()


class clocks(unittest.TestCase):
    """I2: an org's answers tell a wrong time for a while, and no change is lost."""

    def test_answers_that_tell_a_wrong_time(self):
        for hours, told in ((2, "clock_changed"), (-2, None)):
            for api in ("rest", "bulk"):
                with self.subTest(hours=hours, api=api), Fleet({"org": api}) as fleet:
                    org = fleet.members["org"]
                    fleet.sync()
                    date = email.utils.formatdate(time.time() + hours * 3600, usegmt=True)
                    org.control("faults", {"kind": "any", "count": -1, "action": {"type": "edit", "headers": {"Date": date}}})
                    for seed in (1, 2):
                        fleet.change(seed)
                        run = fleet.sync()["org"]
                        self.assertEqual(run["outcome"], SUCCESS)
                        org.assert_true_copy()
                        org.control("faults", method="DELETE")
                    codes = [notice["code"] for notice in run["notices"]]
                    self.assertEqual("clock_changed" in codes, told is not None, codes)


class proofs(unittest.TestCase):
    """What is shown elsewhere is shown there."""

    def test_every_test_that_is_named_is_there(self):
        named = [proof for cells in fault_warehouse.ROWS.values() for _, proof in cells.values()] + list(SHARED.values())
        for proof in set(named):
            with self.subTest(proof):
                file, _, name = proof.partition("::")
                text = (ROOT / file).read_text()
                if file.endswith(".py"):
                    self.assertIn("def test_", text)
                    self.assertTrue(not name or f"def {name}(self" in text)
                else:
                    # A long title is written in parts.
                    joined = re.sub(r'"\s*\n\s*"', "", text)
                    self.assertRegex(joined, r"TEST_CASE(_FIXTURE)?\([^\"]*\"" + re.escape(name))

    def test_codes_are_those_that_there_are(self):
        for code in {cell.lasting for row in ROWS for cell in row.cells.values() if not cell.lasting.startswith(SUCCESS)}:
            self.assertIn(code, EXIT_CODES)

    def test_the_page_says_what_the_lists_say(self):
        text = page(PAGE.read_text())
        if "MILLRACE_UPDATE_DOCS" in os.environ:
            PAGE.write_text(text)
        self.assertEqual(PAGE.read_text(), text, "docs/reliability.md is out of date: run with MILLRACE_UPDATE_DOCS=1")


if __name__ == "__main__":
    unittest.main()
