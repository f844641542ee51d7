"""A host with 10,000 pipelines of 10,000 sources, which all wait: what it takes to read, start and change their configuration.

Their warehouse is a port at which nobody listens: one run finds that out, and nobody asks an org for anything. Days of
their schedule are tested under virtual time (tests/unit/engine/schedule, tests/unit/actors/supervisor_test.cpp).
"""

import json
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time

from failing_orgs import free_address
from harness import BUILD
from host import Host
from tenants import forget_peak, org_names, org_section, processor_seconds_of, status_number


class Project:
    """What `Host` needs of one: a folder, and a configuration in files of a hundred tenants each."""

    def __init__(self, count):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="millrace-schedule-"))
        self.config = self.folder / "conf"
        self.config.mkdir()
        port = free_address().rsplit(":", 1)[1]
        (self.config / "host.toml").write_text(
            f'[host]\nstate = "{self.folder}/state"\nhttp = "127.0.0.1:0"\n'
            f'[warehouse.main]\nodbc = "Driver=PostgreSQL Unicode;Server=127.0.0.1;Port={port};Database=bi;Uid=a;Pwd=b"\n'
        )
        names = org_names(count)
        for at in range(0, count, 100):
            self.write_file(at, names[at : at + 100])

    def write_file(self, number, names, every="3h"):
        text = "".join(org_section({"name": name}, f"https://{name}.my.salesforce.com", pipeline=f'every = "{every}"') for name in names)
        (self.config / f"tenants_{number:05}.toml").write_text(text)


def bench_schedule(count=10_000):
    print(f"{count:,} pipelines of {count:,} sources, none of which can run", flush=True)
    project = Project(count)
    try:
        began = time.monotonic()
        subprocess.run([BUILD / "millrace", "validate", "--offline", "-c", project.config], check=True, stdout=subprocess.DEVNULL)
        print(f"  validate --offline          {time.monotonic() - began:6.2f} s", flush=True)
        began = time.monotonic()
        with Host(project) as host:
            pid = host.process.pid
            host.until(lambda: len(json.loads(host.get("/v1/status"))["pipelines"]) == count and host.get("/readyz") == "ready\n")
            print(f"  start until all are known   {time.monotonic() - began:6.2f} s  {status_number(pid, 'VmHWM') / 1024:5.0f} MB peak  {status_number(pid, 'Threads')} threads", flush=True)
            project.write_file(0, org_names(100)[:99] + ["another"], every="6h")
            forget_peak(pid)
            cpu = processor_seconds_of(pid)
            began = time.monotonic()
            host.process.send_signal(signal.SIGHUP)
            host.until(lambda: knows(host, "another"))
            print(
                f"  SIGHUP, 100 of them changed {time.monotonic() - began:6.2f} s  {processor_seconds_of(pid) - cpu:5.2f} s cpu  {status_number(pid, 'VmHWM') / 1024:5.0f} MB peak",
                flush=True,
            )
            began = time.monotonic()
            host.ended_by(signal.SIGTERM)
            print(f"  SIGTERM until the end       {time.monotonic() - began:6.2f} s", flush=True)
    finally:
        shutil.rmtree(project.folder, ignore_errors=True)


def knows(host, name):
    """It is looked for alone: the status of all is some megabytes."""
    try:
        return host.status(name)["pipeline"] == name
    except OSError:
        return False
