"""What the product is built to do, for tests that speak of more than that.

A test of something that is off here is skipped; a plan of random steps leaves its step out.
"""

import os
import unittest

ABILITIES = {
    # Rows whose record is gone are marked, removed or left, by `deletes`; a census finds what no log tells.
    "hard_deletes": True,
    # A record that goes to the recycle bin, or comes back, without a stamp that tells.
    "unstamped_deletes": False,
    # Calculated fields are read again for all rows every `refresh_every`.
    "formula_refresh": True,
    # A field that comes back, is renamed or gets another type is followed.
    "field_changes": True,
    # Numbers reach SQLite as the nearest that it can hold: its own reading of texts misses that now and then.
    "nearest_numbers": False,
    # A query that takes too long is asked again, a Bulk job that fails by REST.
    "smaller_windows": True,
    # Calls are bounded by `api_budget`, and a run that is cut off says so.
    "budget": True,
}
# Those that are on, and those that somebody wants to see fail: MILLRACE_ABILITIES="budget field_changes".
BUILT = {name for name, built in ABILITIES.items() if built} | set(os.environ.get("MILLRACE_ABILITIES", "").split())


def needs(*abilities):
    """Skips a test, or a class of them, until the product has these."""
    missing = [ability for ability in abilities if ability not in BUILT]
    return unittest.skipIf(missing, f"not built: {', '.join(missing)}")
