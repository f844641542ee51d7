"""What the product is built to do: a plan of random steps leaves out what is off here."""

import os

ABILITIES = {
    # Rows whose record is gone are marked, removed or left, by `deletes`; a census finds what no log tells.
    "hard_deletes": True,
    # A record that goes to the recycle bin, or comes back, without a stamp that tells.
    "unstamped_deletes": True,
    # Calculated fields are read again for all rows every `refresh_every`.
    "formula_refresh": True,
    # A field that comes back, is renamed or gets another type is followed.
    "field_changes": True,
}
# Those that are on, and those that somebody wants to see fail: MILLRACE_ABILITIES="unstamped_deletes".
BUILT = {name for name, built in ABILITIES.items() if built} | set(os.environ.get("MILLRACE_ABILITIES", "").split())
