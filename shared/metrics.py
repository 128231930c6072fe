"""Numbers for whoever operates the services; a worker also answers `/livez` and `/readyz` here."""

from __future__ import annotations

import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from prometheus_client import CONTENT_TYPE_LATEST, Counter, Gauge, generate_latest

outbox_waiting = Gauge("agora_outbox_waiting", "Facts not yet published", multiprocess_mode="max")
outbox_age = Gauge("agora_outbox_age_seconds", "Age of the oldest fact not yet published", multiprocess_mode="max")
dead_letters = Gauge("agora_dead_letters", "Parked messages that wait for a decision", multiprocess_mode="max")
published = Counter("agora_facts_published_total", "Facts confirmed by the broker", ["type"])
consumed = Counter("agora_facts_consumed_total", "Facts received", ["type", "outcome"])


def serve(bind: str, ready: Callable[[], bool]) -> ThreadingHTTPServer:
    """Answer /metrics, /livez and /readyz on `bind` ("host:port") from a daemon thread."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path == "/metrics":
                self._say(200, generate_latest(), CONTENT_TYPE_LATEST)
            elif self.path == "/livez":
                self._say(200, b"alive\n")
            elif self.path == "/readyz":
                is_ready = ready()
                self._say(200 if is_ready else 503, b"ready\n" if is_ready else b"not ready\n")
            else:
                self._say(404, b"not found\n")

        def _say(self, status: int, body: bytes, kind: str = "text/plain; charset=utf-8") -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Health checks are not news."""

    host, _, port = bind.rpartition(":")
    server = ThreadingHTTPServer((host or "127.0.0.1", int(port)), Answer)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, name="metrics", daemon=True).start()
    return server
