"""A small S3-compatible store on loopback, in memory: it checks each signature, as a real one does."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from services.jury.object_store import authorization

OBJECTS: dict[str, bytes] = {}


class Store(BaseHTTPRequestHandler):
    """Objects in memory; a request whose signature does not hold is answered with 403."""

    def _allowed(self, body: bytes) -> bool:
        names = ("host", "x-amz-content-sha256", "x-amz-date")
        headers = {name: self.headers[name] or "" for name in names}
        payload = hashlib.sha256(body).hexdigest()
        expected = authorization(self.command, self.path, headers, payload, region="r", key="k", secret="s")
        return self.headers["authorization"] == expected and headers["x-amz-content-sha256"] == payload

    def _answer(self, status: int, body: bytes = b"") -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_PUT(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"] or 0))
        if not self._allowed(body):
            return self._answer(403)
        OBJECTS[self.path] = body
        return self._answer(200)

    def do_GET(self) -> None:
        if not self._allowed(b""):
            return self._answer(403)
        found = OBJECTS.get(self.path)
        return self._answer(404) if found is None else self._answer(200, found)

    def do_DELETE(self) -> None:
        if not self._allowed(b""):
            return self._answer(403)
        OBJECTS.pop(self.path, None)
        return self._answer(204)

    def log_message(self, *_words: Any) -> None:
        """Quiet."""


@contextmanager
def s3() -> Iterator[str]:
    """Its address with a bucket; region "r", key "k", secret "s"."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Store)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    OBJECTS.clear()
    try:
        yield f"http://127.0.0.1:{server.server_port}/papers"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
