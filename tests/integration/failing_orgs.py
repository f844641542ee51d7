"""Hosts that fail an org's clients in ways that a sandbox does not: silence, a drip, redirects without an end."""

import http.server
import json
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
    """Lets everybody in, and sends whoever asks for data to another path of its own, for ever."""

    def __init__(self):
        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                self.rfile.read(int(self.headers.get("Content-Length") or 0))
                base = f"http://127.0.0.1:{self.server.server_address[1]}"
                token = {"access_token": "a", "instance_url": base, "id": f"{base}/id/00D000000000001/005000000000001", "token_type": "Bearer"}
                self.answer(200, "Content-Type", "application/json", json.dumps(token).encode())

            def do_GET(self):
                self.answer(302, "Location", f"{self.path}x", b"")

            def answer(self, status, header, value, body):
                self.send_response(status)
                self.send_header(header, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

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
