"""A partner's server, for the tests of addresses that are told of facts."""

from __future__ import annotations

import http.server
import threading
from typing import Any


class Receiver:
    """A partner's server: answers with `status`, and remembers what it was told."""

    def __init__(self) -> None:
        self.status = 204
        self.told: list[tuple[dict[str, str], bytes]] = []
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                outer.told.append((dict(self.headers), body))
                self.send_response(outer.status)
                if outer.status == 302:
                    self.send_header("Location", "/elsewhere")
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                """Silent."""

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}/faits"

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
