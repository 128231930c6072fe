"""Asked by somebody before sending: the DNS of our domain and each link; never an address inside our own walls."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from werkzeug.serving import make_server

from services.mailer import deliverability, echo, probes
from services.mailer.deliverability import Record, Verdict
from services.mailer.publishing import Check, House, mail_checks
from services.mailer.web import sending
from shared import outward


class _Site(BaseHTTPRequestHandler):
    """/la answers; /parti is gone; /get only to a GET; /ailleurs leads to our own walls; /ferme asks who one is."""

    def do_HEAD(self) -> None:
        status = {"/la": 200, "/get": 405, "/ailleurs": 302, "/ferme": 403, "/%C3%A9t%C3%A9": 200}.get(self.path, 404)
        self.send_response(status)
        self.send_header("Content-Length", "0")
        if status == 302:
            self.send_header("Location", "http://127.0.0.1:1/")
        self.end_headers()

    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/get" else 404)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Site)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()
    thread.join(10)


@pytest.mark.parametrize(
    ("path", "alive"),
    [("/la", True), ("/get", True), ("/ailleurs", True), ("/ferme", True), ("/été", True), ("/parti", False)],
)
def test_a_link_lives_or_is_dead(site: str, path: str, alive: bool) -> None:
    assert probes.answers(site + path, callable=lambda _address: True) is alive


@pytest.mark.parametrize(
    "inside",
    [
        "127.0.0.1",
        "10.0.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "::1",
        "fe80::1",
        "::ffff:127.0.0.1",
        "64:ff9b::7f00:1",
    ],
)
def test_nothing_inside_our_walls_is_called(inside: str, site: str) -> None:
    assert not outward.may_call(inside)
    assert not probes.answers(f"{site}/la")


def test_a_link_that_answers_letter_by_letter_holds_up_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probes, "PATIENCE", 1)
    stop = threading.Event()

    def drip(server: socket.socket) -> None:
        line, _address = server.accept()
        with line, contextlib.suppress(OSError):
            line.sendall(b"HTTP/1.1 200 ")
            while not stop.wait(0.1):
                line.sendall(b"O")

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=drip, args=(server,), daemon=True)
        thread.start()
        asked = ThreadPoolExecutor(1).submit(
            probes.answers, f"http://127.0.0.1:{server.getsockname()[1]}/", lambda _: True
        )
        try:
            assert asked.result(5) is False
        finally:
            stop.set()
            thread.join()


def test_both_are_answered_on_the_page_when_asked_for(
    site: str,
    monkeypatch: pytest.MonkeyPatch,
    settings_of: Callable[..., Any],
) -> None:
    """What fails is named and stops nobody; a DNS that does not answer leaves the question open."""
    spf, mx = Record("spf", "agora.example", "TXT", ""), Record("mx", "agora.example", "MX", "")
    open_checks = [Check("size", True), Check("dns", None, blocking=False), Check("dead-links", None, blocking=False)]
    links = [f"{site}/la", f"{site}/parti", f"{site}/la"]
    settings = settings_of("mailer", "postgresql+psycopg://x@127.0.0.1/x")

    def told(*states: str) -> list[Check]:
        verdicts = [Verdict(one, state) for one, state in zip((spf, mx), states, strict=True)]
        monkeypatch.setattr(deliverability, "check", lambda _settings: verdicts)
        return probes.answered(open_checks, links, settings, callable=lambda _address: True)

    size, dns, dead = told("missing", "right")
    assert size == open_checks[0]
    assert (dns.passed, dns.figure, dns.blocking) == (False, "SPF", False)
    assert (dead.passed, dead.figure, dead.blocking) == (False, f"{site}/parti", False)
    assert told("right", "weak")[1].passed is True
    assert told("unknown", "right")[1].passed is None


def test_the_way_out_is_tried_as_a_mail_program_would(
    site: str, mailer_app: Any, settings_of: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deliverability, "check", lambda _settings: [])
    ours = make_server("127.0.0.1", 0, mailer_app, threaded=True)
    thread = threading.Thread(target=ours.serve_forever, daemon=True)
    thread.start()

    def tried(public_url: str) -> Check:
        settings = settings_of("mailer", "postgresql+psycopg://x@127.0.0.1/x", public_url=public_url)
        return probes.answered([Check("one-click", None, blocking=False)], [], settings)[0]

    try:
        assert tried(f"http://127.0.0.1:{ours.server_port}") == Check("one-click", True, blocking=False)
        assert tried(site) == Check(
            "one-click", False, blocking=False, figure="l’adresse des désabonnements répond 501"
        )
        assert tried("http://127.0.0.1:1").passed is None
    finally:
        ours.shutdown()
        ours.server_close()
        thread.join(10)


def test_a_link_that_is_not_whole_is_named(mailer_app: Any) -> None:
    rendered = echo.RenderedIssue("x", '<a href="https://camin.example/">ok</a> <a href="camin.example">non</a>', "x")
    checks = {one.key: one for one in mail_checks(rendered, House.of(mailer_app.extensions["settings"]))}
    assert (checks["links"].passed, checks["links"].figure) == (False, "camin.example")


def test_the_page_asks_nobody_by_itself(
    mailer_client: Any, mailer_db: Any, sign_in: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    from services.mailer import letters
    from shared import clock

    typed = {"list_key": "echo", "title": "T", "text": "Voir https://exemple.fr/x", "public": False,
             "embargo_until": None}  # fmt: skip
    with mailer_db.transaction() as session:
        letter = letters.write(session, None, typed, who="a@b.fr", now=clock.now()).id
    asked: list[list[str]] = []

    def note(checks: list[Check], links: list[str], _settings: Any) -> list[Check]:
        asked.append(links)
        return checks

    monkeypatch.setattr(sending.probes, "answered", note)
    sign_in(mailer_client, "editor")
    assert "Vérifier le domaine et les liens" in mailer_client.get(f"/lettres/{letter}").text
    assert asked == []
    assert mailer_client.get(f"/lettres/{letter}?verifier=1").status_code == 200
    assert asked == [["https://exemple.fr/x"]]
