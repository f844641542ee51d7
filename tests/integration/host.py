"""A host that runs (`millrace run`): started, asked over its port, given orders, and ended."""

import json
import os
import re
import subprocess
import time
import urllib.error
import urllib.request

from harness import BUILD, select_briefly

PATIENCE_SECONDS = 60


class Host:
    """A host that runs; use it as a context. It is ended by its pid, if it has not ended by itself."""

    def __init__(self, project, *arguments, environment=None, under=()):
        self.project = project
        self.log = project.folder / f"host-{time.monotonic_ns()}.log"
        with open(self.log, "w") as log:
            self.process = subprocess.Popen(
                [*under, BUILD / "millrace", "run", "-c", project.config, *arguments],
                stdout=subprocess.DEVNULL,
                stderr=log,
                env={**os.environ, **(environment or {})},
            )
        self.address = None

    def __enter__(self):
        self.until(lambda: self.served() is not None)
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait(PATIENCE_SECONDS)

    def said(self):
        return self.log.read_text()

    def served(self):
        found = re.search(r"http://([0-9.:]+)/v1/status", self.said())
        self.address = found.group(1) if found else None
        return self.address

    def until(self, holds, seconds=PATIENCE_SECONDS):
        deadline = time.monotonic() + seconds
        while not holds():
            if time.monotonic() > deadline or self.process.poll() is not None:
                raise AssertionError(f"it did not come to that; exit {self.process.poll()}\n{self.said()}")
            select_briefly()

    def get(self, path, **headers):
        request = urllib.request.Request(f"http://{self.address}{path}", headers=headers)
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.read().decode()

    def order(self, pipeline, what, **headers):
        headers = headers or {"Content-Type": "application/json"}
        request = urllib.request.Request(f"http://{self.address}/v1/pipelines/{pipeline}/{what}", b"{}", headers)
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return answer.status
        except urllib.error.HTTPError as error:
            return error.code

    def status(self, pipeline="org"):
        return json.loads(self.get(f"/v1/status?pipeline={pipeline}"))["pipelines"][0]

    def has_run(self, outcome="success", pipeline="org"):
        """False as well for one that it does not know yet."""
        known = {p["pipeline"]: p for p in json.loads(self.get("/v1/status"))["pipelines"]}
        return known.get(pipeline, {}).get("last", {}).get("outcome") == outcome

    def ended_by(self, number):
        self.process.send_signal(number)
        return self.process.wait(PATIENCE_SECONDS)
