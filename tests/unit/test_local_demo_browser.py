"""The play follows links wherever the services are: each at a port of its own, or behind one proxy."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from deploy.local.demo.browser import Browser

PAGE = b'<a href="/jury/equipe/rapports/7">one</a> <a href="rapports/8">two</a> <a href="https://elsewhere.example/9">three</a>'


class _Site(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(PAGE)

    def log_message(self, *_: object) -> None:
        """Nothing to standard error."""


@pytest.fixture
def site() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), _Site) as server:
        serving = threading.Thread(target=server.serve_forever)
        serving.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        serving.join()


def test_the_links_of_a_page_are_absolute(site: str) -> None:
    page = Browser().open(f"{site}/jury/equipe/suivi")
    assert page.links == [
        f"{site}/jury/equipe/rapports/7",
        f"{site}/jury/equipe/rapports/8",
        "https://elsewhere.example/9",
    ]
    assert page.link("rapports/8") == f"{site}/jury/equipe/rapports/8"
