"""Hosts that fail an org's clients in ways that a sandbox does not: silence, a drip, redirects without an end."""

import http.server
import socket
import threading

DRIP_SECONDS = 0.2


class SilentHost:
    """Takes connections and says nothing; use it as a context. `seen` is how many it has taken."""

    def __init__(self, speak=None):
        self.speak = speak
        self.seen = 0
        self.over = threading.Event()
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.base_url = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        self.threads = [threading.Thread(target=self.accept, daemon=True)]
        self.threads[0].start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.over.set()
        # Wakes who accepts.
        socket.create_connection(self.listener.getsockname()).close()
        for thread in self.threads:
            thread.join()
        self.listener.close()

    def accept(self):
        while not self.over.is_set():
            client, _ = self.listener.accept()
            self.seen += 1
            self.threads.append(threading.Thread(target=self.serve, args=(client,), daemon=True))
            self.threads[-1].start()

    def serve(self, client):
        with client:
            try:
                if self.speak:
                    self.speak(self, client)
                self.over.wait()
            except OSError:
                pass  # the other side has given up


def drip(host, client):
    """An answer that never ends, a byte at a time."""
    client.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000000\r\n\r\n")
    while not host.over.wait(DRIP_SECONDS):
        client.sendall(b" ")


class RedirectingHost:
    """Sends whoever asks to another path of its own, for ever."""

    def __init__(self):
        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def redirect(self):
                self.rfile.read(int(self.headers.get("Content-Length") or 0))
                self.send_response(302)
                self.send_header("Location", f"{self.path}x")
                self.send_header("Content-Length", "0")
                self.end_headers()

            do_GET = do_POST = redirect

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.base_url = f"http://127.0.0.1:{self.server.server_address[1]}"

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()


def free_address():
    """An address at which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return f"http://127.0.0.1:{taken.getsockname()[1]}"
