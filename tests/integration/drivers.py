"""The ODBC drivers of this machine, registered once more in a folder of the tests' own.

Debian registers psqlODBC with CommLog=1, which no connection string takes back: each process leaves a file of one line
in /tmp.
"""

import atexit
import os
import pathlib
import re
import shutil
import subprocess
import tempfile


def register(folder, more=""):
    """Writes the registry, with `more` at its end, into a folder for ODBCSYSINI."""
    places = subprocess.check_output(["odbcinst", "-j"], text=True)
    known = pathlib.Path(re.search(r"(?m)^DRIVERS\.*: (.*)$", places)[1])
    text = known.read_text() if known.exists() else ""
    (pathlib.Path(folder) / "odbcinst.ini").write_text(re.sub(r"(?im)^commlog\s*=.*$", "CommLog=0", text) + "\n" + more)


def use_own_registry():
    """For this process and those that it starts from now on."""
    folder = tempfile.mkdtemp(prefix="millrace-drivers-")
    # A process that was forked off and ends is not the one that made it.
    owner = os.getpid()
    atexit.register(lambda: os.getpid() == owner and shutil.rmtree(folder, ignore_errors=True))
    register(folder)
    os.environ["ODBCSYSINI"] = folder

