"""I18: kill -9 at any instant, then start again: the warehouse ends equal to the source.

  crash_test.py [--kills N] [--on sqlite|postgresql|mariadb] [--seed N] [--jobs N] [--again FILE]

Orgs live, runs are killed around each statement and each request and at any instant, servers are killed, the network
breaks; after each stage a run is left alone, and every row of every table is compared. A difference names its seed,
its steps, and the command that lives that life again.
"""

import argparse
import concurrent.futures
import contextlib
import json
import os
import pathlib
import sys
import tempfile
import threading
import time
import traceback
import unittest

import servers
from crash_life import Life
from crash_points import Ledger

SERVERS = {"postgresql": servers.PostgresServer, "mariadb": servers.MariaServer}
KILLS_OF_A_LIFE = 40


class LifeFailed(AssertionError):
    """What went wrong, with all that is needed to see it again."""


def live(seed, on, server, ledger, kills=KILLS_OF_A_LIFE, again=None):
    """Raises LifeFailed when the warehouse is not the org."""
    life = Life(seed, on, server, ledger)
    with life:
        try:
            life.live(kills) if again is None else life.live_again(again)
        except Exception as fault:
            raise LifeFailed(told(life, fault)) from None


def told(life, fault):
    shown = "\n".join(f"  {n:3} {json.dumps(step)}" for n, step in enumerate(life.steps, 1))
    kept = pathlib.Path(tempfile.gettempdir()) / f"crash-{life.on}-{life.seed}.json"
    kept.write_text(json.dumps({"seed": life.seed, "on": life.on, "steps": life.steps}))
    where = "" if isinstance(fault, AssertionError) else traceback.format_exc()
    again = f"./dev soak crash --again {kept}"
    return f"seed {life.seed}, step {len(life.steps)}: {type(fault).__name__}: {fault}\n{where}Its steps:\n{shown}\nAgain: {again}"


class crashes(unittest.TestCase):
    """A bounded part of the soak, on each warehouse."""

    def lived(self, on, seed, kills):
        ledger = Ledger()
        make = SERVERS.get(on)
        with make(settings=make.hasty) if make else contextlib.nullcontext() as server:
            while ledger.ended() < kills:
                live(seed, on, server, ledger, kills)
                seed += 1
        print(ledger.report(), file=sys.stderr)

    def test_sqlite(self):
        self.lived("sqlite", 1, 40)

    def test_postgresql(self):
        self.lived("postgresql", 3, 20)

    def test_mariadb(self):
        self.lived("mariadb", 4, 20)


def soak(options):
    """Lives side by side, each job with a server of its own. Returns how many failed."""
    ledger = Ledger()
    seeds = iter(range(options.seed, sys.maxsize))
    mutex = threading.Lock()
    faults = []

    def job(server):
        while ledger.ended() < options.kills and len(faults) < options.faults:
            with mutex:
                seed = next(seeds)
            try:
                live(seed, options.on, server, ledger)
            except Exception as fault:
                faults.append(fault)
                print(fault, flush=True)
            print(f"seed {seed} has lived, {ledger.ended()} kills so far", file=sys.stderr, flush=True)

    began = time.monotonic()
    with contextlib.ExitStack() as stack:
        make = SERVERS.get(options.on)
        # On the main thread: a server ends with the thread that started it.
        given = [stack.enter_context(make(settings=make.hasty)) if make else None for _ in range(options.jobs)]
        with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
            for done in [pool.submit(job, server) for server in given]:
                done.result()
    print(ledger.report())
    spent = os.times()
    print(
        f"{options.on}, seeds from {options.seed} on: {len(faults)} differences; {time.monotonic() - began:.0f} s,"
        f" of the processors {spent.user + spent.system + spent.children_user + spent.children_system:.0f} s",
        flush=True,
    )
    return len(faults)


def again(path):
    kept = json.loads(pathlib.Path(path).read_text())
    make = SERVERS.get(kept["on"])
    with make(settings=make.hasty) if make else contextlib.nullcontext() as server:
        try:
            live(kept["seed"], kept["on"], server, Ledger(), again=kept["steps"])
        except LifeFailed as fault:
            print(fault)
            return 1
    print("no difference this time")
    return 0


def main():
    parser = argparse.ArgumentParser(prog="./dev soak crash")
    parser.add_argument("--kills", type=int, default=1000, help="at least so many (1000)")
    parser.add_argument("--on", default="sqlite", choices=["sqlite", *SERVERS])
    parser.add_argument("--seed", type=int, default=1, help="of the first life (1)")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="how many lives at once")
    parser.add_argument("--faults", type=int, default=1, help="end after so many differences (1)")
    parser.add_argument("--again", metavar="FILE", help="the steps of a life that failed")
    options = parser.parse_args()
    if options.again:
        return again(options.again)
    return 1 if soak(options) else 0


if __name__ == "__main__":
    sys.exit(main())
