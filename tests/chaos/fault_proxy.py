"""A bad network between a browser and a service: an HTTP proxy that fails in chosen or seeded ways.

    proxy = FaultProxy("http://127.0.0.1:8002")
    proxy.url                          # what the browser opens instead
    proxy.fault = "portal"             # every matching request from now on; None = all is well
    proxy.rates = {"drop": 0.2}        # or: per request, drawn from the seed

Faults: `delay` (answers late, but in time), `stall` (the server does the work, the answer comes after the client
gave up), `drop` (the server does the work, the connection ends without an answer), `bad_gateway` (502 with HTML),
`portal` (200 with somebody else's page), `redirect` (302 to a portal), `empty` (200 without a body), `reset` (the
connection is reset before the server sees anything).
"""

from __future__ import annotations

import http.client
import random
import socket
import struct
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

FAULTS = ("delay", "stall", "drop", "bad_gateway", "portal", "redirect", "empty", "reset")
STALL = 5.6  # seconds; a tablet that was answered before waits five
PORTAL = b"<!doctype html><title>Wifi</title><h1>Bienvenue sur le wifi de la salle</h1>"
HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "te", "trailer", "upgrade"}


class FaultProxy:
    """`only`: faults happen below this path; everything else passes. `seen`: (method, path, fault), in order."""

    def __init__(self, upstream: str, *, seed: int = 0, only: str = "/api/") -> None:
        self.upstream = urlsplit(upstream)
        self.only = only
        self.fault: str | None = None
        self.rates: dict[str, float] = {}
        self.seen: list[tuple[str, str, str | None]] = []
        self._random = random.Random(seed)
        self._lock = threading.Lock()
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            def handle_one_request(self) -> None:
                try:
                    super().handle_one_request()
                except ConnectionError:
                    self.close_connection = True

            def do_GET(self) -> None:
                proxy.handle(self)

            do_POST = do_GET  # noqa: N815  (the names http.server asks for)

            def log_message(self, *args: object) -> None:
                """The test says what it needs to know."""

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            # A browser opens many connections at once; a full queue would be a fault of its own, seconds long.
            request_queue_size = 128

        self._server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join(10)
        self._server.server_close()

    def heal(self) -> None:
        """From now on everything passes."""
        self.fault, self.rates = None, {}

    def _choose(self, method: str, path: str) -> str | None:
        with self._lock:
            chosen = self.fault
            if chosen is None:
                lot = self._random.random()
                for name, rate in self.rates.items():
                    lot -= rate
                    if lot < 0:
                        chosen = name
                        break
            if not path.startswith(self.only):
                chosen = None
            self.seen.append((method, path, chosen))
            return chosen

    def handle(self, request: BaseHTTPRequestHandler) -> None:
        fault = self._choose(request.command, request.path)
        body = request.rfile.read(int(request.headers.get("Content-Length") or 0))
        if fault == "reset":
            reset(request.connection)
        elif fault == "bad_gateway":
            answer(request, 502, b"<html><h1>502 Bad Gateway</h1></html>")
        elif fault == "portal":
            answer(request, 200, PORTAL)
        elif fault == "empty":
            answer(request, 200, b"", mimetype="application/json")
        elif fault == "redirect":
            answer(request, 302, b"", location="http://portal.invalid/")
        else:
            self._pass_on(request, body, fault)

    def _pass_on(self, request: BaseHTTPRequestHandler, body: bytes, fault: str | None) -> None:
        assert self.upstream.hostname is not None
        if fault == "delay":
            time.sleep(0.3)
        headers = {name: value for name, value in request.headers.items() if name.lower() not in HOP_BY_HOP}
        upstream = http.client.HTTPConnection(self.upstream.hostname, self.upstream.port, timeout=30)
        try:
            upstream.request(request.command, request.path, body or None, headers)
            response = upstream.getresponse()
            content = response.read()
        finally:
            upstream.close()
        # From here on the server has committed what it was asked.
        if fault == "stall":
            time.sleep(STALL)
        if fault == "drop":
            request.close_connection = True
            request.connection.shutdown(socket.SHUT_RDWR)
            return
        request.send_response_only(response.status, response.reason)
        for name, value in response.getheaders():
            if name.lower() not in HOP_BY_HOP | {"content-length"}:
                request.send_header(name, value)
        if response.status not in (204, 304):
            request.send_header("Content-Length", str(len(content)))
        request.end_headers()
        if request.command != "HEAD":
            request.wfile.write(content)


def answer(
    request: BaseHTTPRequestHandler,
    status: int,
    body: bytes,
    *,
    mimetype: str = "text/html; charset=utf-8",
    location: str | None = None,
) -> None:
    """What something between the browser and the service says in its place."""
    request.send_response_only(status)
    request.send_header("Content-Type", mimetype)
    request.send_header("Content-Length", str(len(body)))
    if location:
        request.send_header("Location", location)
    request.end_headers()
    request.wfile.write(body)


def reset(connection: socket.socket) -> None:
    """Close with a TCP RST: what was sent is thrown away."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.shutdown(socket.SHUT_RD)
    connection.close()
