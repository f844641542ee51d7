"""What the product is built to do, for tests that speak of more than that.

A test of something that is off here is skipped; a plan of random steps leaves its step out.
"""

import unittest

ABILITIES = {
    # Rows whose record is gone are marked, removed or left, by `deletes`; a census finds what no log tells.
    "hard_deletes": False,
    # Calculated fields are read again for all rows every `refresh_every`.
    "formula_refresh": False,
    # A field that comes back, is renamed or gets another type is followed.
    "field_changes": False,
    # Calls are bounded by `api_budget`, and a run that is cut off says so.
    "budget": False,
    # `validate` names what the user of a source cannot see.
    "permission_audit": False,
    # A refresh token that rotates is stored before it is used.
    "token_rotation": False,
}
BUILT = {name for name, built in ABILITIES.items() if built}


def needs(*abilities):
    """Skips a test, or a class of them, until the product has these."""
    missing = [ability for ability in abilities if not ABILITIES[ability]]
    return unittest.skipIf(missing, f"not built: {', '.join(missing)}")
