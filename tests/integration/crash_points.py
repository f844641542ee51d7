"""Where runs are killed: the points that runs were seen to reach, those that were tried, and what came of it.

A situation is what a run does ("first load by rest"). The points around its SQL statements have the names that
kill_driver.cpp gives them; those around its requests are a kind of request and a time.
"""

import collections
import threading

TIMES = ("before", "unanswered", "within", "after")
# How often a run ends so: around a statement, around a request, at any instant, or by what happens to a server.
WEIGHTS = {"sql": 45, "http": 27, "timer": 13, "network": 5, "warehouse": 5, "org": 5}
# Of a situation that was never seen.
FIRST_POINTS = range(1, 200)
FIRST_SECONDS = 0.3
WITHIN_BYTES = range(1, 600)
NETWORK_SECONDS_MAX = 0.3


class Ledger:
    """Shared by all lives of a soak, whatever their thread."""

    def __init__(self):
        self.mutex = threading.Lock()
        self.statements = collections.defaultdict(collections.Counter)  # situation -> point -> how many in a run
        self.requests = collections.defaultdict(collections.Counter)  # situation -> kind -> how many in a run
        self.seconds = {}  # situation -> of its last whole run
        self.tried = collections.Counter()
        self.ends = collections.Counter()  # (family, name) -> how often
        self.misses = 0
        self.runs = 0
        self.lives = 0
        self.comparisons = 0
        self.records = 0
        self.tokens_lost = 0

    def ended(self):
        """How many processes were killed: millrace, and the servers that it talks to."""
        with self.mutex:
            return sum(count for (family, _), count in self.ends.items() if family != "network")

    def end(self, family, name):
        with self.mutex:
            self.ends[family, name] += 1

    def add(self, **counts):
        with self.mutex:
            for name, count in counts.items():
                setattr(self, name, getattr(self, name) + count)

    def saw(self, situation, points, kinds, seconds=None):
        """What a run reached; `seconds` if it came to its end."""
        with self.mutex:
            for seen, found in ((self.statements, collections.Counter(points)), (self.requests, kinds)):
                for name, count in found.items():
                    seen[situation][name] = max(seen[situation][name], count)
            if seconds is not None:
                self.seconds[situation] = seconds

    # -- choosing --

    def choose(self, dice, situation, families):
        """The end of the next run, as a step's `end`."""
        family = dice.choices(families, [WEIGHTS[name] for name in families])[0]
        with self.mutex:
            seconds = dice.uniform(0, 1.1 * self.seconds.get(situation, FIRST_SECONDS))
            if family == "sql":
                return {"sql": self.statement(dice, situation)}
            if family == "http" and self.requests[situation]:
                return {"http": self.request(dice, situation)}
        if family == "warehouse":
            return {"warehouse": dice.choice(("stop", "kill")), "after": seconds}
        if family == "network":
            harm = {"harm": dice.choice(("drop", "delay", "swallow", "reset")), "for": dice.uniform(0.02, NETWORK_SECONDS_MAX)}
            return {"network": dice.choice(("org", "warehouse")), **harm, "after": seconds}
        return {"org" if family == "org" else "timer": "kill", "after": seconds}

    def least_tried(self, dice, situation, family, names):
        """A name that was tried least of all, of these one that this situation tried least; how often it did."""
        turns = {name: (self.tried[family, name], self.tried[situation, name]) for name in names}
        least = min(turns.values())
        name = dice.choice(sorted(name for name, turn in turns.items() if turn == least))
        self.tried[family, name] += 1
        self.tried[situation, name] += 1
        return name, least[1]

    def statement(self, dice, situation):
        seen = self.statements[situation]
        if not seen:
            return f"{dice.choice(FIRST_POINTS)} any"
        if dice.random() < 0.2:
            return f"{dice.randint(1, sum(seen.values()))} any"
        # The first of its name, then the second, and so on.
        name, turn = self.least_tried(dice, situation, "sql", seen)
        return f"{1 + turn % seen[name]} {name}"

    def request(self, dice, situation):
        seen = self.requests[situation]
        name, turn = self.least_tried(dice, situation, "http", [f"{kind} {when}" for kind in seen for when in TIMES])
        kind, when = name.rsplit(" ", 1)
        return {"kind": kind, "skip": turn % seen[kind], "when": when, "after_bytes": dice.choice(WITHIN_BYTES)}

    # -- telling --

    def report(self):
        lines = [f"{self.ended()} kills in {self.lives} lives of an org, {self.runs} runs, {self.misses} of them to their end before their point"]
        for family, title in (
            ("sql", "around a statement"),
            ("http", "around a request"),
            ("timer", "at any instant"),
            ("warehouse", "of the database server"),
            ("org", "of the org's server"),
            ("driver", "by the driver itself"),
            ("network", "the network, broken (no kills)"),
        ):
            found = sorted((name, count) for (one, name), count in self.ends.items() if one == family)
            lines.append(f"{sum(count for _, count in found):6} {title}")
            lines += [f"{count:10} {name}" for name, count in found]
        reached = {name for seen in self.statements.values() for name in seen}
        never = sorted(reached - {name for family, name in self.ends if family == "sql"})
        lines.append(f"kinds of points around statements: {len(reached)} reached, {len(never)} of them without a kill" + "".join(f"\n           {name}" for name in never))
        lines.append(f"{self.comparisons} comparisons of all tables, {self.records} records; {self.tokens_lost} refresh tokens that rotation lost, each told")
        return "\n".join(lines)
