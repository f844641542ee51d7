"""What the documentation shows works as it stands there: configurations are valid, commands exist, links lead somewhere."""

import os
import pathlib
import re
import subprocess
import tempfile
import unittest

from harness import BUILD

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("**/*.md"))]


def blocks(page, language):
    return re.findall(rf"^```{language}\n(.*?)^```", page.read_text(), re.MULTILINE | re.DOTALL)


class docs(unittest.TestCase):
    def test_configurations_are_valid(self):
        found = 0
        for page in PAGES:
            for text in blocks(page, "toml"):
                if "[pipeline." not in text:
                    continue
                found += 1
                with self.subTest(page.name), tempfile.TemporaryDirectory() as folder:
                    config = pathlib.Path(folder) / "millrace.toml"
                    config.write_text(text)
                    variables = {name: "x" for name in re.findall(r"\$\{(\w+)\}", text)}
                    done = subprocess.run(
                        [BUILD / "millrace", "validate", "--offline", "-c", config],
                        capture_output=True, text=True, env={**os.environ, **variables},
                    )
                    self.assertEqual(done.returncode, 0, done.stderr)
        self.assertGreater(found, 0)

    def test_commands_exist(self):
        verbs = set()
        for page in PAGES:
            for text in blocks(page, "sh"):
                verbs |= set(re.findall(r"^(?:build/|.*\*  )?millrace +([a-z]+)", text, re.MULTILINE))
        self.assertIn("sync", verbs)
        for verb in sorted(verbs):
            with self.subTest(verb):
                done = subprocess.run([BUILD / "millrace", "help", verb], capture_output=True, text=True)
                self.assertEqual(done.returncode, 0, done.stderr)

    def test_links_lead_somewhere(self):
        for page in PAGES:
            for target in re.findall(r"\]\(([^)#]+)\)", page.read_text()):
                if "://" not in target:
                    with self.subTest(f"{page.name}: {target}"):
                        self.assertTrue((page.parent / target).exists())

    def test_the_commands_of_dev_exist(self):
        shown = subprocess.run([ROOT / "dev", "help"], capture_output=True, text=True, check=True).stdout
        for page in PAGES:
            for verb in re.findall(r"\./dev ([a-z]+)", page.read_text()):
                if verb != "help":
                    self.assertRegex(shown, rf"(?m)^  {verb} ", f"{page.name}: ./dev {verb}")


if __name__ == "__main__":
    unittest.main()
