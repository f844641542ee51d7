"""Plans of random steps for an org and the syncs between them: the same for the same seed.

A step is a dictionary that says all there is to do, so that a plan can be printed and read.
"""

import random


# One of each kind: merged and cascading ones, without recycle bin, without SystemModstamp, without IsDeleted, with a
# creation date alone, with a value that changes without a stamp, with archived records, with every type of field.
OBJECTS = (
    "Account",
    "Contact",
    "Lead",
    "Opportunity",
    "OpportunityFieldHistory",
    "CampaignMember",
    "CampaignShare",
    "UserLogin",
    "Contract",
    "Task",
    "Project__c",
)
WITH_MASTER = ("Account", "Contact", "Lead")
WITH_FORMULAS = ("Project__c", "Contract")
# Fields that may go, for each object whose fields change.
DISPENSABLE = {
    "Lead": ("Fax", "Company", "AnnualRevenue", "Title"),
    "Contact": ("Department", "Birthdate", "AssistantName"),
    "Project__c": ("Score__c", "Due__c", "Skills__c", "Notes__c", "Active__c"),
}
# Those whose values are the same texts when the field becomes one.
RETYPED = ("Fax", "Company", "AnnualRevenue", "Title", "Department", "AssistantName", "Score__c")
TYPES = (
    {"type": "string", "length": 80},
    {"type": "boolean"},
    {"type": "currency", "precision": 18, "scale": 2},
    {"type": "datetime"},
    {"type": "textarea", "length": 32000},
    {"type": "int"},
)
# What goes by: a sync overcomes each of them.
FAULTS = (
    ("query", {"type": "empty", "status": 503}),
    ("query", {"type": "truncate", "after_bytes": 300}),
    ("query", {"type": "maintenance", "status": 200}),
    ("describe", {"type": "expire_session"}),
    ("query", {"type": "expire_session"}),
    ("bulk_create", {"type": "empty", "status": 503}),
    ("bulk_poll", {"type": "maintenance"}),
    ("bulk_results", {"type": "reset", "after_bytes": 100}),
    ("deleted", {"type": "empty", "status": 503}),
)
MINUTE = 60
DAY = 24 * 3600
# Below the overlap of 15 minutes: who takes longer is found by no window.
LATE_SECONDS_MAX = 14 * MINUTE
STEPS = range(14, 30)

# Verb: how often, and whether only one who looks for deletes can follow it.
WEIGHTS = {
    "update": (10, False),
    "insert": (6, False),
    "delete": (5, True),  # with what is deleted along, of which some leave nothing to read
    "delete_alone": (4, False),
    "undelete": (4, False),
    "late": (6, False),
    "advance": (8, False),
    "sync": (12, False),
    "full": (2, False),
    "fault": (3, False),
    "add_field": (2, False),
    "drop_field": (2, False),
    "merge": (3, False),
    "hard_delete": (4, True),
    "purge": (2, True),
    "conceal": (2, True),
    "reveal": (2, True),
    "list_as_deleted": (1, True),
    "recalculate": (4, False),
    "rename_field": (1, False),
    "hide_field": (1, False),
    "show_field": (2, False),
    "retype_field": (1, False),
}


class Planner:
    def __init__(self, seed):
        self.dice = random.Random(seed)
        self.fields = {name: list(fields) for name, fields in DISPENSABLE.items()}
        self.hidden = []
        self.added = 0
        # Every other seed makes no census: what it finds would hide that a window missed it.
        self.looks_for_deletes = self.dice.random() < 0.5
        self.verbs = [verb for verb, (_, needs_census) in WEIGHTS.items() if self.looks_for_deletes or not needs_census]
        self.weights = [WEIGHTS[verb][0] for verb in self.verbs]

    @property
    def cadences(self):
        """Of the pipeline."""
        if not self.looks_for_deletes:
            return 'deletes = "ignore"\nrefresh_every = "1d"'
        return 'deletions_every = "0s"\ncensus_every = "7d"\nrefresh_every = "1d"'

    def plan(self):
        """All steps, the first a sync of everything, the last when all that is due on a cadence is due."""
        yield {"settings": self.settings()}
        yield self.sync()
        for _ in range(self.dice.choice(STEPS)):
            verb = self.dice.choices(self.verbs, self.weights)[0]
            step = getattr(self, verb, self.mutation)(*([] if hasattr(self, verb) else [verb]))
            if step:
                yield step
        yield {"advance": 8 * DAY}
        yield self.sync()

    def settings(self):
        """How this org behaves where nobody knows for sure."""
        return {
            "cascades": False,
            "cascades_are_stamped": not self.looks_for_deletes or self.dice.random() < 0.5,
            "undeletes_are_stamped": not self.looks_for_deletes or self.dice.random() < 0.5,
            "formulas_follow": True,
            "hard_deletes_are_listed": self.dice.random() < 0.7,
            "purged_log_is_an_error": self.dice.random() < 0.5,
            "delete_log_limit": self.dice.choice((0, 3, 15000)),
            "long_transaction_seconds": self.dice.choice((0, 0, 1800)),
        }

    def mutation(self, verb):
        return {"mutate": {"object": self.dice.choice(OBJECTS), verb: self.dice.randint(1, 4), "seed": self.dice.getrandbits(30)}}

    def delete(self):
        return {"settings": {"cascades": True}, **self.mutation("delete")}

    def delete_alone(self):
        # An object without recycle bin would lose the records for good, which is another step.
        step = self.mutation("delete")
        if step["mutate"]["object"] in ("CampaignMember", "CampaignShare", "UserLogin", "OpportunityFieldHistory"):
            return None
        return {"settings": {"cascades": False}, **step}

    def undelete(self):
        step = self.mutation("undelete")
        return step if step["mutate"]["object"] != "OpportunityFieldHistory" else None

    def late(self):
        step = self.mutation("update")
        step["mutate"]["insert"] = self.dice.randint(0, 2)
        step["mutate"]["late_seconds"] = self.dice.randint(1, LATE_SECONDS_MAX)
        return step

    def merge(self):
        return {"mutate": {"object": self.dice.choice(WITH_MASTER), "merge": 1, "seed": self.dice.getrandbits(30)}}

    def recalculate(self):
        return {"mutate": {"object": self.dice.choice(WITH_FORMULAS), "recalculate": 3, "seed": self.dice.getrandbits(30)}}

    def advance(self):
        longest = self.dice.choice((1, MINUTE, 20 * MINUTE, 4 * 3600, 2 * DAY))
        return {"advance": self.dice.randint(1, longest)}

    def sync(self):
        return {"sync": self.dice.choice(("auto", "rest", "bulk"))}

    def full(self):
        return {**self.sync(), "full": True}

    def fault(self):
        kind, action = self.dice.choice(FAULTS)
        return {"fault": {"kind": kind, "action": action}}

    def schema(self, name, change):
        # An org that is described and changed within one second is told apart by nobody.
        return {"advance": 1, "schema": {"object": name, **change}}

    def add_field(self):
        name = self.dice.choice(sorted(self.fields))
        self.added += 1
        field = f"Added_{self.added}__c"
        self.fields[name].append(field)
        return self.schema(name, {"add_field": {"name": field, **self.dice.choice(TYPES)}})

    def taken_field(self):
        """An object and a field of it that may go; it does."""
        name = self.dice.choice(sorted(name for name, fields in self.fields.items() if fields) or [None])
        return (name, self.fields[name].pop(self.dice.randrange(len(self.fields[name])))) if name else None

    def drop_field(self):
        taken = self.taken_field()
        return taken and self.schema(taken[0], {"drop_field": taken[1]})

    def hide_field(self):
        taken = self.taken_field()
        if taken:
            self.hidden.append(taken)
        return taken and self.schema(taken[0], {"hide_field": taken[1]})

    def show_field(self):
        if not self.hidden:
            return None
        name, field = self.hidden.pop()
        self.fields[name].append(field)
        return self.schema(name, {"show_field": field})

    def rename_field(self):
        taken = self.taken_field()
        self.added += 1
        return taken and self.schema(taken[0], {"rename_field": taken[1], "rename_to": f"Renamed_{self.added}__c"})

    def retype_field(self):
        taken = self.taken_field()
        if not taken:
            return None
        name, field = taken
        # What became a text may have texts that no later type would have.
        if field in RETYPED and self.dice.random() < 0.5:
            return self.schema(name, {"retype_field": {"name": field, "type": "textarea", "length": 32000}})
        self.fields[name].append(field)
        return self.schema(name, {"retype_field": {"name": field, **self.dice.choice([t for t in TYPES if "length" not in t])}})
