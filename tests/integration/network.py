"""The network between millrace and a server: a TCP proxy that loses, delays, swallows and resets what it should pass on.

    with Network() as network:
        network.target = server.port  # network.port is what the client is told
        network.harm("swallow")       # from now on
        network.heal()                # what was swallowed meanwhile is lost, and its connections are reset
"""

import random
import socket
import struct
import threading

READ_BYTES = 1 << 16
DELAY_SECONDS = 0.03
# Within which a connection that is to be reset in the middle comes to its end.
RESET_BYTES_MAX = 4000
HARMS = ("drop", "delay", "swallow", "reset")


class Network:
    """Harms: `drop` cuts all connections and refuses new ones; `delay` passes on later; `swallow` accepts, and nothing
    comes through; `reset` ends each connection in the middle of what it carries."""

    def __init__(self, seed=0):
        self.target = None  # a port; None: nobody is there
        self.dice = random.Random(seed)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.mutex = threading.Lock()
        self.kind = None
        self.closed = False
        self.healed = threading.Event()
        self.open = set()
        self.swallowed = set()
        self.accepting = threading.Thread(target=self.accept, daemon=True)
        self.accepting.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.heal()
        self.closed = True
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.cut(self.open)

    def harm(self, kind):
        assert kind in HARMS, kind
        with self.mutex:
            self.healed.clear()
            self.kind = kind
        if kind == "drop":
            self.cut(self.open)

    def heal(self):
        with self.mutex:
            self.kind = None
            self.healed.set()
        self.cut(self.swallowed)

    def cut(self, pairs):
        """Both sides are told at once, whatever was under way."""
        with self.mutex:
            chosen = list(pairs)
            self.swallowed -= set(chosen)
        for pair in chosen:
            for one in pair:
                reset(one)

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                if self.closed:
                    return
                continue
            try:
                self.welcome(client)
            except OSError:
                reset(client)

    def welcome(self, client):
        if self.kind == "drop" or self.target is None:
            reset(client)
            return
        pair = (client, socket.create_connection(("127.0.0.1", self.target)))
        for one in pair:
            one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with self.mutex:
            self.open.add(pair)
        threading.Thread(target=self.both_ways, args=(pair,), daemon=True).start()

    def both_ways(self, pair):
        back = threading.Thread(target=self.pass_on, args=(pair, *pair[::-1]), daemon=True)
        back.start()
        self.pass_on(pair, *pair)
        back.join()
        with self.mutex:
            self.open.discard(pair)
            self.swallowed.discard(pair)
        for one in pair:
            one.close()

    def pass_on(self, pair, giver, taker):
        left = None
        try:
            while data := giver.recv(READ_BYTES):
                # Together: whoever swallows is known to whoever heals.
                with self.mutex:
                    kind = self.kind
                    if kind == "swallow":
                        self.swallowed.add(pair)
                if kind == "swallow":
                    continue
                if kind == "delay":
                    self.healed.wait(DELAY_SECONDS)
                if kind != "reset":
                    taker.sendall(data)
                    continue
                left = self.dice.randrange(RESET_BYTES_MAX) if left is None else left
                taker.sendall(data[:left])
                left -= len(data)
                if left <= 0:
                    self.cut([pair])
                    return
        except OSError:
            pass
        # Each side learns that the other has come to its end.
        end(taker)
        end(giver)


def reset(connection):
    """The other side sees that it was cut off, not that it has come to an end."""
    try:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.shutdown(socket.SHUT_RD)
    except OSError:
        pass
    connection.close()


def end(connection):
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass
