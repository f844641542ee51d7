"""docs/api-calls.md says what runs cost. MILLRACE_UPDATE_DOCS=1 writes it anew."""

import os
import pathlib
import unittest

from api_calls import page

PAGE = pathlib.Path(__file__).resolve().parents[2] / "docs" / "api-calls.md"


class api_calls(unittest.TestCase):
    def test_the_page_tells_what_is_counted(self):
        text = page()
        if "MILLRACE_UPDATE_DOCS" in os.environ:
            PAGE.write_text(text)
        self.assertEqual(PAGE.read_text(), text, "docs/api-calls.md is out of date: run with MILLRACE_UPDATE_DOCS=1")


if __name__ == "__main__":
    unittest.main()
