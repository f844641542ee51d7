"""The program as it is shipped: what the compiler and the linker were to do for it was done."""

import subprocess
import unittest

from harness import BUILD


def read_elf(*what):
    return subprocess.run(["readelf", "--wide", *what, BUILD / "millrace"], capture_output=True, text=True, check=True).stdout


class hardening(unittest.TestCase):
    def setUp(self):
        if BUILD.name != "build":
            self.skipTest("only the release build is shipped")

    def test_it_is_position_independent(self):
        self.assertRegex(read_elf("--file-header"), r"Type:\s+DYN")

    def test_relocations_are_read_only_from_the_start(self):
        self.assertIn("GNU_RELRO", read_elf("--program-headers"))
        self.assertRegex(read_elf("--dynamic"), r"BIND_NOW|FLAGS_1\).*NOW")

    def test_the_stack_is_not_executable(self):
        (line,) = [text for text in read_elf("--program-headers").splitlines() if "GNU_STACK" in text]
        self.assertNotIn("E", line.split()[-2])

    def test_stacks_and_copies_are_checked(self):
        symbols = read_elf("--dyn-syms")
        self.assertIn("__stack_chk_fail", symbols)
        self.assertRegex(symbols, r"__\w+_chk@")


if __name__ == "__main__":
    unittest.main()
