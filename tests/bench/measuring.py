"""Time and memory of programs that are measured."""

import os
import pathlib
import subprocess
import time


def timed(command):
    """Wall seconds, processor seconds and peak resident memory in MB of a command."""
    begin = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise SystemExit(f"{command[0]} ended with {process.returncode}")
    return time.monotonic() - begin, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def processor_seconds(pid):
    """Of a server and of the children it has had."""
    total = 0.0
    ticks = os.sysconf("SC_CLK_TCK")
    for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        if int(stat.parent.name) == pid:
            total += sum(int(fields[i]) for i in (11, 12, 13, 14))
        elif int(fields[1]) == pid:
            total += int(fields[11]) + int(fields[12])
    return total / ticks
