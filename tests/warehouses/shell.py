"""What the tests of failing warehouses are made of: millrace's warehouse interface in a process of its own, a second
session that stands in its way, and a proxy that loses what it was to pass on.
"""

import json
import queue
import socket
import subprocess
import threading
import time

from harness import BUILD, select_briefly

ANSWER_SECONDS_MAX = 120
READ_BYTES = 1 << 16


class Refused(AssertionError):
    """A command failed that was to succeed."""


class Lines:
    """The lines that a process writes, read as they come."""

    def __init__(self, stream):
        self.waiting = queue.Queue()
        self.thread = threading.Thread(target=self.read, args=(stream,), daemon=True)
        self.thread.start()

    def read(self, stream):
        with stream:
            for line in stream:
                self.waiting.put(line)
        self.waiting.put(None)

    def next(self):
        """The next line; None at the end."""
        try:
            return self.waiting.get(timeout=ANSWER_SECONDS_MAX)
        except queue.Empty:
            raise AssertionError(f"no answer within {ANSWER_SECONDS_MAX} s") from None


class Shell:
    """A warehouse that millrace has opened; use it as a context."""

    def __init__(self, odbc, schema, *dialect):
        self.process = subprocess.Popen(
            [BUILD / "warehouse_shell", odbc, schema, *map(str, dialect)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.lines = Lines(self.process.stdout)
        self.opened = self.answer()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.process.stdin.close()
        try:
            self.process.wait(ANSWER_SECONDS_MAX)
        finally:
            self.process.kill()

    def send(self, do, **command):
        """Begins a command; `answer` waits for its end."""
        self.process.stdin.write(json.dumps({"do": do, **command}) + "\n")
        self.process.stdin.flush()

    def answer(self):
        line = self.lines.next()
        assert line is not None, f"the shell ended with {self.process.wait()}"
        answer = json.loads(line)
        assert "misunderstood" not in answer, answer
        return answer

    def ask(self, do, **command):
        """The value of a command that succeeds."""
        self.send(do, **command)
        return self.value()

    def value(self):
        answer = self.answer()
        if "error" in answer:
            raise Refused(json.dumps(answer["error"]))
        return answer["value"]

    def refused(self, do, **command):
        """The error of a command that fails."""
        self.send(do, **command)
        return self.error()

    def error(self):
        answer = self.answer()
        assert "error" in answer, answer
        return answer["error"]


class Session:
    """A connection of the server's administrator that stays open over many statements."""

    def __init__(self, command, environment, done):
        self.process = subprocess.Popen(
            list(map(str, command)),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=environment,
        )
        self.lines = Lines(self.process.stdout)
        self.done = done

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait(ANSWER_SECONDS_MAX)

    def begin(self, sql):
        """A statement that may have to wait; `end` waits for it."""
        self.process.stdin.write(f"{sql};\n{self.done}\n")
        self.process.stdin.flush()

    def end(self):
        """What was printed since `begin`."""
        said = []
        while (line := self.lines.next()) is not None:
            if line == "done\n":
                assert not any(one.startswith("ERROR") for one in said), said
                return said
            said.append(line.rstrip("\n"))
        raise AssertionError(f"the session ended: {said}")

    def execute(self, sql):
        self.begin(sql)
        return self.end()


class Proxy:
    """Between a driver and its server. `lose_at` arms it for the next message that holds a word."""

    def __init__(self, port):
        self.target = port
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.mutex = threading.Lock()
        self.word = None
        self.passes_on = False
        self.lost = threading.Event()
        self.threads = []
        self.sockets = [self.listener]
        self.start(self.accept)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for one in list(self.sockets):
            shut(one)
        for thread in list(self.threads):
            thread.join(ANSWER_SECONDS_MAX)
        for one in self.sockets:
            one.close()

    def lose_at(self, word, passes_on):
        """Both connections are cut at the word: before the server has it, or, with `passes_on`, when it has answered."""
        with self.mutex:
            self.word, self.passes_on = word, passes_on
            self.lost.clear()

    def start(self, call, *arguments):
        thread = threading.Thread(target=call, args=arguments, daemon=True)
        thread.start()
        self.threads.append(thread)

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
                server = socket.create_connection(("127.0.0.1", self.target))
            except OSError:
                return
            self.sockets += [client, server]
            swallows = threading.Event()
            self.start(self.forward, client, server, swallows)
            self.start(self.back, client, server, swallows)

    def forward(self, client, server, swallows):
        seen = b""
        while data := received(client):
            with self.mutex:
                # A word may come in two parts.
                seen = seen[-len(self.word) :] + data if self.word else b""
                found = self.word is not None and self.word in seen
                if found:
                    self.word = None
                    if self.passes_on:
                        swallows.set()
            if found and not swallows.is_set():
                self.lost.set()
                shut(client)
                break
            if not sent(server, data):
                break
        # What the client leaves behind, the server is told.
        shut(server)

    def back(self, client, server, swallows):
        while data := received(server):
            if swallows.is_set():
                self.lost.set()
                break
            if not sent(client, data):
                break
        shut(client)
        shut(server)


def received(connection):
    try:
        return connection.recv(READ_BYTES)
    except OSError:
        return b""


def sent(connection, data):
    try:
        connection.sendall(data)
        return True
    except OSError:
        return False


def shut(connection):
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass


def until(condition, what):
    """Asks a server again and again until something is so."""
    deadline = time.monotonic() + ANSWER_SECONDS_MAX
    while not condition():
        assert time.monotonic() < deadline, f"waited in vain: {what}"
        select_briefly()
