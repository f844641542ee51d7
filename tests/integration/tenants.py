"""Many orgs in one sandbox, and one configuration with a pipeline for each: what one host keeps for many tenants."""

import copy
import os
import pathlib
import re

from harness import Project, Sandbox

TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")


def org_names(count):
    return [f"t{i:04}" for i in range(count)]


def orgs_arguments(names):
    return [word for name in names for word in ("--org", name)]


def org_section(org, login_url=None, source="", pipeline=""):
    """A source and a pipeline of its own, both and the schema named as the org."""
    name = org["name"]
    return f"""
[source.{name}]
login_url = "{login_url or org['login_url']}"
auth = {{ flow = "client_credentials", client_id = "sandbox-client", client_secret = "sandbox-secret" }}
{source}
[pipeline.{name}]
source = "{name}"
warehouse = "main"
schema = "{name}"
{pipeline}
"""


class Tenants(Project):
    """A project with a pipeline for each org of the sandbox."""

    def __init__(self, sandbox, host="", pipeline="", warehouse="", warehouse_server=None):
        first, *others = sandbox.orgs
        super().__init__(
            sandbox, schema=first["name"], host=f'http = "127.0.0.1:0"\n{host}', warehouse=warehouse, warehouse_server=warehouse_server
        )
        text = self.config.read_text()
        self.head = text[: text.index("[source.org]")]
        self.sandbox = sandbox
        self.write(self.head + "".join(org_section(org, pipeline=pipeline) for org in sandbox.orgs))

    def of(self, name):
        """The same with another tenant's schema, for comparisons."""
        other = copy.copy(self)
        other.schema = name
        return other


def sandbox_of(sandbox, name):
    """The same sandbox with another of its orgs as the one that is spoken of."""
    other = copy.copy(sandbox)
    (other.org,) = [org for org in sandbox.orgs if org["name"] == name]
    return other


def runs_ended(host):
    """Pipeline -> outcome -> how many of its runs ended so, by the host's metrics."""
    found = {}
    for name, outcome, count in re.findall(r'^millrace_runs_total\{pipeline="([^"]+)",outcome="([^"]+)"\} (\S+)$', host.get("/metrics"), re.M):
        found.setdefault(name, {})[outcome] = int(float(count))
    return found


# -- what a process uses --


def processor_seconds_of(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS_A_SECOND


def status_number(pid, name):
    """VmHWM and VmRSS in kB, Threads."""
    return int(re.search(rf"^{name}:\s+(\d+)", pathlib.Path(f"/proc/{pid}/status").read_text(), re.M).group(1))


def descriptors_of(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))


def forget_peak(pid):
    """VmHWM begins anew."""
    pathlib.Path(f"/proc/{pid}/clear_refs").write_text("5")
