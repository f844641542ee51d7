"""Logging in, flow by flow; refresh tokens that change with each use; connecting through a browser."""

import contextlib
import json
import os
import pathlib
import re
import resource
import signal
import socket
import stat
import subprocess
import threading
import time
import unittest
import urllib.error
import urllib.parse
import urllib.request

from harness import BUILD, Project, Sandbox, compare, select_briefly

TINY = ("--scale", "tiny", "--only", "Contact,Lead,User")
CONTACTS = 'collections = ["contacts"]'


def pem(*arguments):
    return subprocess.run(["openssl", *arguments], capture_output=True, text=True, check=True).stdout


class Org(Project):
    """A project whose source logs in as `auth` says; tokens are kept in its folder."""

    def __init__(self, sandbox, auth, **more):
        super().__init__(sandbox, pipeline=CONTACTS, **more)
        text = self.config.read_text()
        self.write(re.sub(r"(?m)^auth = .*$", lambda _: "auth = { " + auth + " }", text))

    @property
    def store(self):
        return self.state / "org.token"

    def kept(self):
        return json.loads(self.store.read_text())


def refreshing(sandbox, **more):
    token = sandbox.org["refresh_token"]
    return Org(sandbox, f'flow = "refresh_token", client_id = "sandbox-client", client_secret = "sandbox-secret", refresh_token = "{token}"', **more)


def tokens(sandbox):
    return sandbox.counters()["kinds"].get("token", 0)


class flows(unittest.TestCase):
    def test_jwt(self):
        key = pem("genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048")
        with Sandbox(*TINY) as org:
            with Org(org, f'flow = "jwt", client_id = "sandbox-client", username = "{org.org["username"]}", private_key = {{ file = "KEY" }}') as project:
                file = project.folder / "key.pem"
                file.write_text(key)
                project.write(project.config.read_text().replace("KEY", str(file)))
                done = project.run("sync")
                self.assertEqual(done.returncode, 5)
                self.assertIn("certificate", done.stdout)
                org.control("auth", {"public_key": pem("pkey", "-in", str(file), "-pubout")})
                self.assertEqual(project.sync()["outcome"], "success")
                compare(org, project, {"Contact": ("contacts", {})})
                org.control("auth", {"approved": False})
                done = project.run("sync")
                self.assertEqual(done.returncode, 5)
                self.assertIn("Pre-authorize", done.stdout)

                asked = tokens(org)
                file.write_text(key.replace("A", "!"))
                for verb in (["sync"], ["validate", "--offline"]):
                    done = project.run(*verb)
                    self.assertEqual(done.returncode, 2)
                    self.assertRegex(done.stderr, r"millrace.toml:\d+:\d+: source.org.auth.private_key is no private key in PEM form")
                    self.assertNotIn(key[60:90], done.stdout + done.stderr)
                self.assertEqual(tokens(org), asked, "before any I/O")

    def test_password(self):
        password = 'flow = "password", client_id = "sandbox-client", client_secret = "sandbox-secret", username = "user@demo.sandbox"'
        with Sandbox(*TINY) as org:
            with Org(org, password + ', password = "sandbox-password", security_token = "SANDBOXTOKEN"') as project:
                self.assertEqual(project.sync()["outcome"], "success")
                self.assertIn('flow = "password" is discouraged', project.run("sync").stderr)
                compare(org, project, {"Contact": ("contacts", {})})
            with Org(org, password + ', password = "sandbox-password", security_token = "OTHER"') as project:
                before = tokens(org)
                done = project.run("sync")
                self.assertEqual(done.returncode, 5)
                self.assertIn("security_token", done.stdout)
                self.assertEqual(tokens(org), before + 1, "a refused password is not sent twice")

    def test_client_credentials_need_the_my_domain(self):
        with Sandbox(*TINY) as org, Project(org, pipeline=CONTACTS) as project:
            self.assertEqual(project.sync()["outcome"], "success")
            org.control("auth", {"login_host": True})
            done = project.run("sync")
            self.assertEqual(done.returncode, 5)
            self.assertIn("My Domain", done.stdout)

    def test_pipelines_of_one_source_share_a_login(self):
        with Sandbox(*TINY) as org, Project(org, pipeline=CONTACTS) as project:
            more = '[pipeline.second]\nsource = "org"\nwarehouse = "main"\nschema = "second"\ncollections = ["leads"]\n'
            project.write(project.config.read_text() + more)
            self.assertEqual(project.run("sync").returncode, 0)
            self.assertEqual(tokens(org), 1)
            org.control("faults", {"kind": "token", "count": -1, "action": {"type": "token_error", "error": "inactive_user"}})
            self.assertEqual(project.run("sync").returncode, 5)
            self.assertEqual(tokens(org), 2, "the refusal of one is the other's as well")


class sessions(unittest.TestCase):
    def test_an_org_that_moves_in_the_middle(self):
        """instance_url changes with a new login: what is left of a result is read at the new address."""
        with Sandbox("--size", "Contact=3000", "--page-rows", 500, "--latency", 20, "--only", "Contact") as org:
            with Project(org, pipeline=CONTACTS, source='api = "rest"') as project:
                process = subprocess.Popen([BUILD / "millrace", "sync", "-q", "-c", project.config])
                while org.counters()["kinds"].get("query_more", 0) < 2:
                    self.assertIsNone(process.poll())
                    select_briefly()
                org.control("auth", {"move": True})
                self.assertEqual(process.wait(60), 0)
                self.assertEqual(tokens(org), 2)
                self.assertEqual(compare(org, project, {"Contact": ("contacts", {})}), 3000)

    def test_texts_that_a_new_login_does_not_help(self):
        for text in ("This session is not valid for use with the REST API", "Connected app is not attached to Agent"):
            with self.subTest(text), Sandbox(*TINY) as org, Project(org, pipeline=CONTACTS) as project:
                org.fault("query", {"type": "error", "status": 401, "errorCode": "INVALID_SESSION_ID", "message": text}, count=-1)
                run = project.sync("--full", expect=5)
                self.assertIn(text, run["collections"][0]["error"]["message"])
                self.assertEqual(tokens(org), 1)

    def test_a_session_that_always_ends_ends_the_collection(self):
        with Sandbox(*TINY) as org, Project(org, pipeline=CONTACTS) as project:
            org.fault("query", {"type": "expire_session"}, count=-1)
            run = project.sync(expect=5)
            self.assertEqual(run["collections"][0]["error"]["code"], "session_expired")
            self.assertEqual(tokens(org), 2)


class rotation(unittest.TestCase):
    @contextlib.contextmanager
    def rotating(self, *arguments):
        with Sandbox(*(arguments or TINY)) as org:
            org.control("auth", {"rotation": True})
            with refreshing(org) as project:
                yield org, project

    def test_several_syncs(self):
        with self.rotating() as (org, project):
            for n in range(1, 5):
                self.assertEqual(project.sync()["outcome"], "success")
                facts = org.control("auth")
                self.assertEqual((facts["rotations"], facts["reuses"]), (n, 0))
                self.assertEqual(project.kept()["refresh_token"], facts["refresh_token"])
                self.assertEqual(stat.S_IMODE(project.store.stat().st_mode), 0o600)
                self.assertEqual(stat.S_IMODE(project.state.stat().st_mode), 0o700)
                self.assertEqual(sorted(p.name for p in project.state.iterdir()), ["org.token", "org.token.lock", "runs"])

    def test_sessions_that_end_in_the_middle(self):
        """However many collections meet the end of the session, the token is used once."""
        with self.rotating("--scale", "tiny", "--page-rows", 10) as (org, project):
            project.write(project.config.read_text().replace(CONTACTS, 'collections = ["@standard"]'))
            org.fault("query", {"type": "expire_session"}, skip=5)
            self.assertIn(project.run("sync", "-q").returncode, (0, 3))
            facts = org.control("auth")
            self.assertEqual((facts["rotations"], facts["reuses"]), (2, 0))

    def test_two_processes_at_once(self):
        with self.rotating("--size", "Contact=2000", "--only", "Contact,Lead") as (org, project):
            org.fault("token", {"type": "delay", "ms": 500}, count=-1)
            text = project.config.read_text()
            configs = []
            for name in ("sfdc_prod", "second", "third", "fourth"):
                configs.append(project.folder / f"{name}.toml")
                configs[-1].write_text(text.replace('schema = "sfdc_prod"', f'schema = "{name}"'))
            # Each loads tables of its own; all four meet in the token.
            processes = [subprocess.Popen([BUILD / "millrace", "sync", "-q", "-c", config]) for config in configs]
            for process in processes:
                self.assertEqual(process.wait(120), 0)
            facts = org.control("auth")
            self.assertEqual((facts["rotations"], facts["reuses"]), (4, 0))
            self.assertEqual(project.kept()["refresh_token"], facts["refresh_token"])

    def killed_at(self, project, org, number):
        """Ends a sync whose token request was answered by half, and never stored."""
        org.fault("token", {"type": "stall", "after_bytes": 20})
        before = org.control("auth")["rotations"]
        process = subprocess.Popen([BUILD / "millrace", "sync", "-q", "-c", project.config], stdout=subprocess.DEVNULL)
        while org.control("auth")["rotations"] == before:
            self.assertIsNone(process.poll())
            select_briefly()
        process.send_signal(number)
        return process.wait(60)

    def test_a_crash_between_the_answer_and_the_store(self):
        """The source says that it has to be connected again, and the spent token is not sent any more."""
        with self.rotating() as (org, project):
            project.sync()
            self.assertEqual(self.killed_at(project, org, signal.SIGKILL), -signal.SIGKILL)
            self.assertTrue(project.kept()["asked"])
            run = project.sync(expect=5)
            self.assertEqual(run["error"]["code"], "reconnect")
            self.assertIn("was lost", run["error"]["message"])
            self.assertIn("millrace connect org", run["error"]["advice"])
            asked = tokens(org)
            self.assertEqual(project.sync(expect=5)["error"]["code"], "reconnect")
            self.assertEqual(tokens(org), asked)
            self.assertEqual(org.control("auth")["reuses"], 1)

    def test_a_crash_without_rotation_costs_nothing(self):
        with Sandbox(*TINY) as org, refreshing(org) as project:
            project.sync()
            org.fault("token", {"type": "stall", "after_bytes": 20})
            process = subprocess.Popen([BUILD / "millrace", "sync", "-q", "-c", project.config], stdout=subprocess.DEVNULL)
            while tokens(org) < 2:
                self.assertIsNone(process.poll())
                select_briefly()
            process.kill()
            process.wait()
            self.assertEqual(project.sync()["outcome"], "success")
            self.assertFalse(project.kept()["asked"])

    def test_an_answer_that_is_lost_on_its_way(self):
        with self.rotating() as (org, project):
            org.fault("token", {"type": "reset", "after_bytes": 20})
            run = project.sync(expect=5)
            self.assertEqual(run["error"]["code"], "reconnect")

    def test_a_signal_waits_for_the_token(self):
        with self.rotating() as (org, project):
            org.fault("token", {"type": "delay", "ms": 1000})
            process = subprocess.Popen([BUILD / "millrace", "sync", "-q", "-c", project.config], stdout=subprocess.DEVNULL)
            while org.control("auth")["rotations"] == 0:
                self.assertIsNone(process.poll())
                select_briefly()
            process.terminate()
            self.assertEqual(process.wait(60), 143)
            self.assertEqual(project.kept()["refresh_token"], org.control("auth")["refresh_token"])
            self.assertEqual(project.sync()["outcome"], "success")

    def test_a_grant_that_was_revoked(self):
        with self.rotating() as (org, project):
            project.sync()
            org.control("auth", {"revoke": True})
            run = project.sync(expect=5)
            self.assertEqual(run["error"]["code"], "reconnect")

    def test_a_place_that_cannot_be_written(self):
        with self.rotating() as (org, project):
            project.state.write_text("a file where a folder should be")
            run = project.sync(expect=4)
            self.assertEqual(run["error"]["code"], "storage")
            self.assertEqual(tokens(org), 0)


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class KeepAddress(urllib.request.HTTPRedirectHandler):
    """A browser that stops where it is sent back."""

    def redirect_request(self, *_):
        return None


def visit(url):
    """Returns the address that the user is sent back to."""
    try:
        urllib.request.build_opener(KeepAddress).open(url, timeout=60)
    except urllib.error.HTTPError as answer:
        with answer:
            return answer.headers["Location"]
    raise AssertionError("the org did not send the user back")


class Connecting:
    """A `millrace connect` that waits for its user; use it as a context."""

    def __init__(self, project, *arguments):
        self.port = free_port()
        self.process = subprocess.Popen(
            [BUILD / "millrace", "connect", "org", "--port", str(self.port), *arguments, "-c", project.config],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
        for line in self.process.stderr:
            if line.startswith("http"):
                self.url = line.strip()
                break

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()

    def get(self, address):
        try:
            with urllib.request.urlopen(address.replace("localhost", "127.0.0.1"), timeout=60) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as answer:
            with answer:
                return answer.code, answer.read().decode()

    def end(self, text=None):
        out, err = self.process.communicate(text, timeout=60)
        return self.process.returncode, out, err


class connect(unittest.TestCase):
    @contextlib.contextmanager
    def unconnected(self, *arguments):
        with Sandbox(*(arguments or TINY)) as org:
            org.control("auth", {"rotation": True})
            with Org(org, 'flow = "refresh_token", client_id = "sandbox-client", client_secret = "sandbox-secret"') as project:
                yield org, project

    def test_through_the_browser(self):
        with self.unconnected() as (org, project):
            run = project.sync(expect=5)
            self.assertEqual(run["error"]["code"], "reconnect")
            self.assertEqual(tokens(org), 0)
            with Connecting(project, "--print-url") as talk:
                query = urllib.parse.parse_qs(urllib.parse.urlsplit(talk.url).query)
                self.assertEqual(query["code_challenge_method"], ["S256"])
                self.assertEqual(query["scope"], ["api refresh_token"])
                self.assertEqual(query["redirect_uri"], [f"http://localhost:{talk.port}/OauthRedirect"])
                back = visit(talk.url)
                # What is not the answer does not end the waiting.
                idle = socket.create_connection(("127.0.0.1", talk.port))
                self.assertEqual(talk.get(f"http://localhost:{talk.port}/favicon.ico")[0], 404)
                self.assertEqual(talk.get(re.sub(r"state=[^&]*", "state=forged", back))[0], 404)
                status, page = talk.get(back)
                self.assertEqual(status, 200)
                self.assertIn("close this page", page)
                code, out, err = talk.end()
                idle.close()
            self.assertEqual(code, 0, err)
            self.assertIn(org.org["username"], out)
            self.assertRegex(out, r"the org 00D\w{15} as")
            self.assertEqual(stat.S_IMODE(project.store.stat().st_mode), 0o600)
            self.assertEqual(project.kept()["refresh_token"], org.control("auth")["refresh_token"])
            for _ in range(2):
                self.assertEqual(project.sync()["outcome"], "success")
            compare(org, project, {"Contact": ("contacts", {})})

    def test_the_listener_is_this_machine_s_alone(self):
        with self.unconnected() as (_, project), Connecting(project, "--print-url") as talk:
            listening = subprocess.run(["cat", "/proc/net/tcp"], capture_output=True, text=True, check=True).stdout
            self.assertIn(f"0100007F:{talk.port:04X} 00000000:0000 0A", listening)
            self.assertNotIn(f"00000000:{talk.port:04X} 00000000:0000 0A", listening)

    def test_by_a_pasted_address(self):
        with self.unconnected() as (org, project), Connecting(project, "--print-url", "--format", "json") as talk:
            code, out, err = talk.end("what?\n" + visit(talk.url) + "\n")
            self.assertEqual(code, 0, err)
            told = json.loads(out)
            self.assertEqual((told["source"], told["username"]), ("org", org.org["username"]))
            self.assertEqual(told["token_store"], str(project.store))

    def test_a_browser_is_opened(self):
        with self.unconnected() as (org, project):
            opened = project.folder / "opened"
            browser = project.folder / "bin" / "xdg-open"
            browser.parent.mkdir()
            browser.write_text(f'#!/bin/sh\necho "$1" > {opened}.new\nmv {opened}.new {opened}\n')
            browser.chmod(0o755)
            path = os.environ["PATH"]
            os.environ["PATH"] = f"{browser.parent}:{path}"
            try:
                with Connecting(project) as talk:
                    while not opened.exists():
                        self.assertIsNone(talk.process.poll())
                        select_briefly()
                    self.assertEqual(opened.read_text().strip(), talk.url)
                    talk.get(visit(talk.url))
                    self.assertEqual(talk.end()[0], 0)
            finally:
                os.environ["PATH"] = path

    def test_a_user_who_refuses(self):
        with self.unconnected() as (org, project), Connecting(project, "--print-url") as talk:
            org.control("auth", {"user_refuses": True})
            self.assertEqual(talk.get(visit(talk.url))[0], 400)
            code, _, err = talk.end()
            self.assertEqual(code, 5)
            self.assertIn("access_denied", err)
            self.assertFalse(project.store.exists())

    def test_a_signal_ends_the_waiting(self):
        with self.unconnected() as (_, project), Connecting(project, "--print-url") as talk:
            talk.process.send_signal(signal.SIGINT)
            self.assertEqual(talk.end()[0], 130)

    def test_what_cannot_be_connected(self):
        with Sandbox(*TINY) as org, Project(org, pipeline=CONTACTS) as project:
            for source, words in (("org", "without a refresh token"), ("orgg", "did you mean 'org'")):
                done = project.run("connect", source)
                self.assertEqual(done.returncode, 2)
                self.assertIn(words, done.stderr)

    def test_another_org_replaces_nothing(self):
        with self.unconnected("--org", "one", "--org", "two", *TINY) as (org, project):
            def connected(name, *arguments):
                with Connecting(project, "--print-url", *arguments) as talk:
                    talk.get(visit(talk.url))
                    return talk.end()

            self.assertEqual(connected("one")[0], 0)
            kept = project.store.read_text()
            org.control("auth", {"rotation": True}, org="two")
            project.write(project.config.read_text().replace("/org/one", "/org/two"))
            code, _, err = connected("two")
            self.assertEqual(code, 5)
            self.assertIn("--force", err)
            self.assertEqual(project.store.read_text(), kept)
            self.assertEqual(org.control("auth", org="two")["refresh_token"], "sandbox-refresh-two", "the grant was given back")
            self.assertEqual(project.run("sync").returncode, 2, "and the kept token is for its own login only")
            self.assertEqual(connected("two", "--force")[0], 0)
            self.assertEqual(project.sync()["outcome"], "success")


class rights(unittest.TestCase):
    """What validate says of a user who may not see everything."""

    def validate(self, *collections, **rights):
        with Sandbox("--scale", "tiny") as org, Project(org, pipeline=f"collections = {json.dumps(collections)}") as project:
            if rights:
                org.control("auth", rights)
            org.control("schema", {"object": "Lead", "hide": True})
            done = project.run("validate", "--format", "json")
            self.assertEqual(done.returncode, 0, done.stderr)
            notices = json.loads(done.stdout)["plans"][0]["notices"]
            text = project.run("validate").stdout
            for notice in notices:
                self.assertIn(notice["text"], text)
            return sorted((n["collection"], n["code"]) for n in notices), org.counters()["kinds"]["query"]

    def test_who_sees_everything(self):
        self.assertEqual(self.validate("contacts", "accounts"), ([], 2), "one query for each validate")

    def test_view_all_by_object(self):
        notices, _ = self.validate("contacts", "accounts", "users", view_all_data=False, view_all="Account")
        self.assertEqual(notices, [("contacts", "records_hidden")])

    def test_objects_that_are_hidden_or_cannot_be_queried(self):
        notices, _ = self.validate("contacts", "leads", "names")
        self.assertEqual([name for name, _ in notices], ["leads", "names"])
        self.assertIn(("leads", "object_absent"), notices)

    def test_rights_that_cannot_be_asked_for(self):
        notices, _ = self.validate("contacts", view_all_data=False, view_setup=False)
        self.assertEqual([code for _, code in notices], ["rights_unknown"])


def leaves_core(process):
    """Ends it by a signal that writes a core file, where it may; whether it did."""
    process.send_signal(signal.SIGQUIT)
    _, status = os.waitpid(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return os.WCOREDUMP(status)


class memory(unittest.TestCase):
    def test_no_core_file_holds_what_is_in_memory(self):
        """I16: secrets are in memory."""
        unlimited = {"preexec_fn": lambda: resource.setrlimit(resource.RLIMIT_CORE, (resource.getrlimit(resource.RLIMIT_CORE)[1],) * 2)}
        with Sandbox("--scale", "tiny", "--only", "Lead") as org, Project(org, host='http = "off"') as project:
            with subprocess.Popen(["cat"], stdin=subprocess.PIPE, cwd=project.folder, **unlimited) as other:
                if not leaves_core(other):
                    self.skipTest("this machine writes no core files")
            command = [BUILD / "millrace", "run", "-c", project.config]
            with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, cwd=project.folder, **unlimited) as host:
                self.assertIn("keeps 1 pipelines", host.stderr.readline())
                self.assertFalse(leaves_core(host))


class secrets(unittest.TestCase):
    """I16: no secret of a login appears in an output, whatever happens."""

    def test_canaries(self):
        with Sandbox(*TINY) as org:
            org.control("auth", {"rotation": True})
            bodies = (
                None,
                {"type": "token_error", "error": "invalid_grant", "error_description": "expired access/refresh token"},
                {"type": "html", "status": 200},
                {"type": "truncate", "after_bytes": 60},
            )
            for body in bodies:
                for verb in (["sync", "-v"], ["validate"], ["sync", "--format", "json", "--log-format", "json"]):
                    with self.subTest(f"{body} {verb}"), refreshing(org) as project:
                        token = org.control("auth")["refresh_token"] or "canary-refresh-token"
                        text = project.config.read_text().replace(org.org["refresh_token"], token)
                        project.write(text.replace("sandbox-secret", "sandbox-secret" if body is None else "canary-secret"))
                        org.control("faults", method="DELETE")
                        if body:
                            org.fault("token", body)
                        done = project.run(*verb)
                        shown = done.stdout + done.stderr
                        for canary in (token, "sandbox-secret", "canary-secret", "5Aep861", "!AQ"):
                            self.assertNotIn(canary, shown)


if __name__ == "__main__":
    unittest.main()
