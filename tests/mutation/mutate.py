"""Applies deliberate defects one at a time to a copy of the source and shows that a test fails for each.

  mutate.py [--area NAME] [--list]

Builds in a folder of its own. Ends with 1 when a defect is not
noticed, and names it.
"""

import argparse
import pathlib
import shutil
import subprocess
import sys

from mutations import MUTATIONS

ROOT = pathlib.Path(__file__).resolve().parents[2]
COPY = ROOT / "build-mutation"
SOURCE = COPY / "source"
SECONDS_MAX = 300  # a defect that makes a test hang is noticed, too


def copy_source():
    """Only what changed, so that a second time little is built."""
    SOURCE.mkdir(parents=True, exist_ok=True)
    tracked = subprocess.check_output(["git", "-C", ROOT, "ls-files", "-z"], text=True).split("\0")
    wanted = {name for name in tracked if name and (ROOT / name).exists()}
    for name in wanted:
        source, target = ROOT / name, SOURCE / name
        if target.exists() and target.read_bytes() == source.read_bytes():
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, target)
    for path in SOURCE.rglob("*"):
        name = str(path.relative_to(SOURCE))
        if path.is_file() and not name.startswith("build") and name not in wanted:
            path.unlink()


def build(target):
    done = subprocess.run(["ninja", "-C", SOURCE / "build", target], capture_output=True, text=True)
    return done.returncode == 0, done.stdout[-2000:]


def passes(program):
    try:
        done = subprocess.run([SOURCE / "build" / program, "--abort-after=1"], capture_output=True, cwd=SOURCE / "build", timeout=SECONDS_MAX)
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0


def prepare(programs):
    copy_source()
    subprocess.run(["cmake", "--preset", "release"], cwd=SOURCE, check=True, stdout=subprocess.DEVNULL)
    for program in sorted(programs):
        good, said = build(program)
        if not good:
            raise SystemExit(f"{program} does not build:\n{said}")
        if not passes(program):
            raise SystemExit(f"{program} fails without a defect")


def try_one(file, text, defect, program):
    """"noticed", or why not."""
    path = SOURCE / file
    good = path.read_text()
    if good.count(text) != 1:
        return f"the text stands {good.count(text)} times in {file}"
    path.write_text(good.replace(text, defect))
    try:
        built, said = build(program)
        if not built:
            return f"does not compile: {said}"
        return "SURVIVED" if passes(program) else "noticed"
    finally:
        path.write_text(good)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--area")
    parser.add_argument("--list", action="store_true")
    asked = parser.parse_args()
    chosen = [m for m in MUTATIONS if asked.area in (None, m[0])]
    if not chosen:
        raise SystemExit(f"no area '{asked.area}'; there are {', '.join(sorted({m[0] for m in MUTATIONS}))}")
    if asked.list:
        for area, file, text, defect, program in chosen:
            print(f"{area:11} {program:18} {file}: {text!r} -> {defect!r}")
        return 0
    prepare({m[4] for m in chosen})
    bad = []
    for number, (area, file, text, defect, program) in enumerate(chosen, 1):
        verdict = try_one(file, text, defect, program)
        print(f"{number:3}/{len(chosen)} {area:11} {file}: {text.splitlines()[0][:70]}  {verdict}", flush=True)
        if verdict != "noticed":
            bad.append((file, text, verdict))
    print(f"{len(chosen) - len(bad)} of {len(chosen)} defects were noticed")
    for file, text, verdict in bad:
        print(f"  {file}: {text!r}: {verdict}")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
