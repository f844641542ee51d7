#!/usr/bin/env python3
"""The checks of `./dev lint`: format, layering, house rules, clang-tidy.

Usage: lint.py BUILD_FOLDER, a configured one, for its compile_commands.json. What clang-tidy found
nothing in is remembered by the content that it saw, so that a second run takes seconds.
"""

import concurrent.futures
import hashlib
import json
import os
import pathlib
import re
import shlex
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
TIDY = "clang-tidy-14"
TIDIED = ("engine/", "connectors/", "actors/", "cli/", "tests/")
JOBS = max(2, os.cpu_count() or 1)
LINES_WISHED_MAX = 500
# Written so that this file does not match itself.
MARKER = re.compile(r"\b(?:TO" r"DO|FIX" r"ME|XX" r"X)\b")
MACHINE_PATH = re.compile(r"(?<![\w.])/(?:work|root|farm)/")
INCLUDE = re.compile(rb'^[ \t]*#[ \t]*include[ \t]*"([^"]+)"', re.MULTILINE)


def tracked(*patterns):
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--", *patterns], cwd=ROOT, check=True, capture_output=True
    )
    names = [name for name in listed.stdout.decode().split("\0") if name]
    return [name for name in names if (ROOT / name).is_file()]


def check_format(sources):
    done = subprocess.run(["clang-format-14", "--dry-run", "-Werror", *sources], cwd=ROOT)
    return [] if done.returncode == 0 else ["format: run ./dev format"]


def check_layering():
    done = subprocess.run(
        ["cmake", "-P", "tests/lint/layering.cmake"], cwd=ROOT, capture_output=True, text=True
    )
    return [] if done.returncode == 0 else ["layering: " + done.stderr.strip()]


def check_house_rules(names):
    findings = []
    for name in names:
        content = (ROOT / name).read_bytes()
        if b"\0" in content[:8000]:
            continue
        lines = content.decode("utf-8", "replace").splitlines()
        for number, line in enumerate(lines, 1):
            if MARKER.search(line):
                findings.append(f"{name}:{number}: a marker of unfinished work")
            if MACHINE_PATH.search(line):
                findings.append(f"{name}:{number}: a path of one machine")
        if name.endswith((".cpp", ".hpp")) and len(lines) > LINES_WISHED_MAX:
            print(f"warning: {name} has {len(lines)} lines; one subject per file?")
    return findings


class Includes:
    """The project's own files that a file includes, directly or not."""

    def __init__(self, build):
        self.build = build
        self.direct = {}

    def of(self, path):
        seen = {path}
        waiting = [path]
        while waiting:
            for found in self.directly(waiting.pop()):
                if found not in seen:
                    seen.add(found)
                    waiting.append(found)
        return sorted(seen)

    def directly(self, path):
        if path not in self.direct:
            found = []
            for name in INCLUDE.findall(path.read_bytes()):
                for base in (path.parent, ROOT, self.build):
                    candidate = (base / name.decode()).resolve()
                    if candidate.is_file():
                        found.append(candidate)
                        break
            self.direct[path] = found
        return self.direct[path]


def for_clang(entry):
    """The compile command without what only gcc understands: its precompiled headers, its warnings."""
    words = shlex.split(entry["command"])
    while words and os.path.basename(words[0]) == "ccache":
        words.pop(0)
    kept = []
    skip = False
    for position, word in enumerate(words):
        if skip:
            skip = False
        elif word == "-include" and "cmake_pch" in words[position + 1]:
            skip = True
        elif not word.startswith(("-W", "-fpch", "-fsanitize", "-fno-sanitize")) or word.startswith("-Wl,"):
            kept.append(word)
    return {"directory": entry["directory"], "file": entry["file"], "arguments": kept}


def cache_folder():
    base = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    folder = pathlib.Path(base) / "millrace" / "tidy"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def key_of(entry, includes, tool):
    digest = hashlib.sha256(tool)
    digest.update((ROOT / ".clang-tidy").read_bytes())
    digest.update(" ".join(entry["arguments"]).replace(str(ROOT), "").encode())
    for path in includes.of(pathlib.Path(entry["file"]).resolve()):
        digest.update(str(path).replace(str(ROOT), "").encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def tidy_one(entry, commands_folder):
    done = subprocess.run(
        [TIDY, "--quiet", "-p", str(commands_folder), entry["file"]],
        cwd=ROOT, capture_output=True, text=True,
    )
    return done.returncode == 0, done.stdout.strip() or done.stderr.strip()


def check_tidy(build, sources):
    entries = {}
    for entry in json.loads((build / "compile_commands.json").read_text()):
        entries[pathlib.Path(entry["file"]).resolve()] = for_clang(entry)
    wanted = [name for name in sources if name.endswith(".cpp") and name.startswith(TIDIED)]
    unknown = [name for name in wanted if (ROOT / name).resolve() not in entries]
    commands_folder = build / "lint"
    commands_folder.mkdir(exist_ok=True)
    (commands_folder / "compile_commands.json").write_text(json.dumps(list(entries.values())))

    tool = subprocess.run([TIDY, "--version"], check=True, capture_output=True).stdout
    includes = Includes(build)
    cache = cache_folder()
    waiting = []
    for name in wanted:
        entry = entries.get((ROOT / name).resolve())
        if entry is None:
            continue
        mark = cache / key_of(entry, includes, tool)
        if not mark.exists():
            waiting.append((name, entry, mark))
    print(f"clang-tidy: {len(wanted)} files, {len(waiting)} to look at")
    if unknown:
        print(f"clang-tidy: not built by this preset, so not looked at: {' '.join(unknown)}")

    findings = []
    with concurrent.futures.ThreadPoolExecutor(JOBS) as pool:
        results = pool.map(lambda job: tidy_one(job[1], commands_folder), waiting)
        for (name, _, mark), (fine, output) in zip(waiting, results):
            if fine:
                mark.touch()
            else:
                print(output, flush=True)
                findings.append(f"clang-tidy: {name}")
    return findings


def main():
    build = pathlib.Path(sys.argv[1]).resolve()
    sources = tracked("*.cpp", "*.hpp")
    findings = check_format(sources)
    findings += check_layering()
    findings += check_house_rules(tracked())
    findings += check_tidy(build, sources)
    for finding in findings:
        print(finding)
    print("lint: fine" if not findings else f"lint: {len(findings)} findings")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
