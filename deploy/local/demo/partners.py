"""Between two acts: what other programs may read, order and be told of; each with a token or a key of its own."""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.server
import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import requests

from deploy.local.demo import agora, people
from deploy.local.demo.browser import TIMEOUT, Unexpected
from deploy.local.demo.stage import SEED, Stage

CONFIRMED = "registration.registration.confirmed.v1"
ACCEPTED = "mailer.message.accepted.v1"
TEMPLATE = "registration_link"  # the mail that the partner's site may order


def read(stage: Stage) -> None:
    """A site reads how the registrations stand: with its token, and without one name."""
    stage.act("Intermède : les programmes des partenaires")
    page = stage.page("registration", "/equipe/programmes/")
    page = stage.staff.submit(
        page, page.form("name", "scopes"), {"name": "Tableau de suivi", "scopes": ["registrations"]}
    )
    token = re.search(r"<p><code>([^<]+)</code></p>", page.body)
    if token is None:
        raise Unexpected(f"{page.url}: no token")
    where = f"{stage.urls['registration']}/api/events/{agora.SLUG}/registrations"
    given = requests.get(where, headers={"Authorization": f"Bearer {token[1]}"}, timeout=TIMEOUT)
    known = people.network(agora.CANDIDATES, seed=SEED)
    named = sum(one.email in given.text for one in known)
    stage.expect("Interface : lue avec un jeton, sans une adresse", (given.status_code, named), (200, 0))
    stage.expect("Interface : fermée sans jeton", requests.get(where, timeout=TIMEOUT).status_code, 401)


def order(stage: Stage) -> None:
    """A site orders one mail, twice with the same key: one mail leaves, its outcome can be asked, and is told."""
    if not stage.program:
        stage.say("sans jeton de programme, la commande d’un courriel n’est pas jouée")
        return
    to = "lea.bories@partenaire.example"
    occasion = {
        "id": "01578957-9180-7078-8c78-55a451731b74",
        "title": "Rencontre du partenaire",
        "starts_at": "2016-12-14T09:00:00+01:00",
        "ends_at": "2016-12-14T17:30:00+01:00",
        "place": "Albi",
        "to_bring": "",
        "url": "https://partenaire.example/rencontre",
    }
    data: dict[str, Any] = {
        "registration_id": "01578957-9180-78af-931c-59b9a6566dfc",
        "reference": "7KQ2M9",
        "occasion": occasion,
        "person": {"first_name": "Léa", "last_name": "Bories", "email": to, "locale": "fr"},
        "organiser": {"name": "Le partenaire", "email": "contact@partenaire.example"},
        "workshops": [],
        "link": "https://partenaire.example/inscription/abc",
    }
    with _address(stage, "mailer", "/programmes/", ("program_id", "url"), {}) as heard:
        where = f"{stage.urls['mailer']}/api/mails"
        bearer = {"Authorization": f"Bearer {stage.program}"}
        asked = {"template": TEMPLATE, "to": to, "data": data}
        keyed = bearer | {"Idempotency-Key": "commande-1"}
        answers = [requests.post(where, json=asked, headers=keyed, timeout=TIMEOUT) for _ in range(2)]
        stage.expect("Courriel commandé deux fois avec la même clé", [one.status_code for one in answers], [202, 202])
        mail = stage.mail.to(to)
        stage.expect("… et lu une fois", (stage.mail.count_to(to), data["link"] in mail["Text"]), (1, True))

        def told() -> str | None:
            answer = requests.get(where, params={"key": "commande-1"}, headers=bearer, timeout=TIMEOUT).json()
            return str(answer["state"]) if answer["state"] == "accepted" else None

        stage.expect("… et son sort répondu au programme", stage.until("the outcome of a mail", told), "accepted")
        stage.expect("… et dit à son adresse, signé, sans nommer personne", heard(), (True, {ACCEPTED}, False))


@contextmanager
def told(stage: Stage) -> Iterator[None]:
    """While a partner's server listens, whoever gets a seat is told to it: signed, and without a name."""
    if not stage.program:
        yield
        return
    asked = ("url", "types")
    with _address(stage, "registration", "/equipe/programmes/", asked, {"types": [CONFIRMED]}) as heard:
        yield
        stage.expect(
            "Adresse prévenue : signée, du fait demandé, sans une adresse", heard(), (True, {CONFIRMED}, False)
        )


@contextmanager
def _address(
    stage: Stage, service: str, path: str, asked: tuple[str, ...], typed: dict[str, Any]
) -> Iterator[Callable[[], tuple[bool, set[str], bool]]]:
    """A partner's server listens at an address that is told, until the end. Yields what it has heard, once there is
    something: whether every signature is right, the facts, whether somebody's address is among it."""
    posts: list[tuple[dict[str, str], bytes]] = []
    with _listening(posts) as url:
        page = stage.page(service, path)
        page = stage.staff.submit(page, page.form(*asked), typed | {"url": url})
        key = re.search(r"whsec_([\w+/=]+)", page.body)
        if key is None:
            raise Unexpected(f"{page.url}: no key")
        secret = base64.b64decode(key[1])

        def heard() -> tuple[bool, set[str], bool]:
            stage.until("facts told to a partner", lambda: posts)
            valid = all(_signed(secret, headers, body) for headers, body in posts)
            return valid, {json.loads(body)["type"] for _, body in posts}, any(b"@" in body for _, body in posts)

        yield heard
        page = stage.staff.open(page.url)
        stage.staff.submit(page, page.form(action="/arret"))


def _signed(key: bytes, headers: dict[str, str], body: bytes) -> bool:
    """Standard Webhooks, computed as a receiver would."""
    given = {name.lower(): value for name, value in headers.items()}
    signed = f"{given['webhook-id']}.{given['webhook-timestamp']}.".encode() + body
    wanted = "v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
    return hmac.compare_digest(given["webhook-signature"], wanted)


@contextmanager
def _listening(posts: list[tuple[dict[str, str], bytes]]) -> Iterator[str]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _receiver(posts.append))
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/faits"
    finally:
        server.shutdown()
        server.server_close()


def _receiver(keep: Callable[[tuple[dict[str, str], bytes]], None]) -> type[http.server.BaseHTTPRequestHandler]:
    class Receiver(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            keep((dict(self.headers), body))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """The play tells what it heard."""

    return Receiver
