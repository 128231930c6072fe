"""A partner's program is told what became of the mails it ordered: its own, signed, and again until it answers."""

from __future__ import annotations

import base64
import contextlib
import datetime as dt
import hashlib
import hmac
import json
import re
import socket
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from services.mailer import deliveries, orders, partners, returns, transactional
from services.mailer.models.ledger import Message
from services.mailer.models.programs import Delivery, Program, Webhook
from services.mailer.partners import hooks
from shared import clock
from shared.db import Database
from shared.errors import NotFound, RuleError
from shared.webhooks import calls, rules
from tests.integration.test_mailer_orders import DATA, ORDER, post
from tests.mailer_people import run
from tests.partner_server import Receiver

NOW = dt.datetime(2016, 10, 10, 9, tzinfo=dt.UTC)
ACCEPTED = "mailer.message.accepted.v1"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    started = Receiver()
    yield started
    started.close()


@pytest.fixture(autouse=True)
def at_nine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def settings(mailer_app: Any) -> Any:
    return mailer_app.extensions["settings"]


@pytest.fixture
def token(mailer_db: Database) -> str:
    return a_program(mailer_db, "site")


def a_program(db: Database, name: str) -> str:
    with db.transaction() as session:
        return orders.register(session, name, ["registration_link"], who="test", now=NOW)


def told(db: Database, name: str, url: str, types: list[str] | None = None) -> uuid.UUID:
    """An address that is told of that program's mails."""
    with db.transaction() as session:
        program = session.scalars(sa.select(Program.id).where(Program.name == name)).one()
        types = types or list(partners.TYPES)
        return partners.add_address(session, program, url, types, NOW, who="test", local=True).id


def taken_by_the_relay(db: Database) -> None:
    """Every mail that waits is accepted, and said so."""
    for state in ("claimed", "transmitting", "accepted"):
        lease = "NULL" if state == "accepted" else "now() + interval '1 minute', lease_owner = 'x'"
        run(db, f"UPDATE messages SET state = '{state}', message_id = id::text, lease_until = {lease}")
    with db.transaction() as session:
        deliveries.announce_outcomes(session)


def deliver(db: Database, settings: Any) -> None:
    while calls.deliver(hooks, db, settings):
        pass


def signatures(settings: Any, webhook: uuid.UUID, numbers: tuple[int, ...], call: tuple[dict[str, str], bytes]) -> str:
    headers, body = call
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    keys = [rules.signing_key(settings.secret_key, str(webhook), number) for number in numbers]
    return " ".join("v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode() for key in keys)


def test_a_program_is_told_of_its_own_mails_and_of_no_other(
    mailer_client: Any, mailer_db: Database, settings: Any, token: str, receiver: Receiver
) -> None:
    webhook = told(mailer_db, "site", receiver.url)
    others = a_program(mailer_db, "autre")
    mail = post(mailer_client, token, key="commande-1").get_json()["id"]
    post(mailer_client, others, ORDER | {"to": "noe@asso.example"})
    with mailer_db.transaction() as session:
        transactional.send(
            session, template="registration_link", to="zoe@asso.example", data=DATA, business_key=("x", "1")
        )
    taken_by_the_relay(mailer_db)
    with mailer_db.transaction() as session:
        message = session.get_one(Message, uuid.UUID(mail))
        row = returns.Return(status="5.1.1", reason="user-unknown", verdict="remove")
        returns.announce.message_bounced(session, message, row, now=NOW)
    deliver(mailer_db, settings)

    about = {"id": mail, "key": "commande-1", "template": "registration_link"}
    gone = {"status": "5.1.1", "reason": "user-unknown", "verdict": "remove"}
    bodies = [json.loads(body) for _headers, body in receiver.told]
    assert sorted((one["type"], one["data"]) for one in bodies) == [
        (ACCEPTED, about),
        ("mailer.message.bounced.v1", about | gone),
    ]
    assert not any(b"@" in body for _headers, body in receiver.told)
    facts = {str(row.event_id) for row in run(mailer_db, "SELECT event_id FROM outbox WHERE thing = :id", id=mail)}
    assert {headers["webhook-id"] for headers, _body in receiver.told} == facts
    assert [headers["webhook-signature"] for headers, _body in receiver.told] == [
        signatures(settings, webhook, (0,), call) for call in receiver.told
    ]


def test_an_address_is_told_what_it_asked_for(
    mailer_client: Any, mailer_db: Database, settings: Any, token: str, receiver: Receiver
) -> None:
    told(mailer_db, "site", receiver.url, ["mailer.message.bounced.v1"])
    post(mailer_client, token)
    taken_by_the_relay(mailer_db)
    deliver(mailer_db, settings)
    assert receiver.told == []


def test_a_changed_key_signs_with_the_one_before_for_a_day(
    mailer_db: Database, settings: Any, token: str, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    webhook = told(mailer_db, "site", receiver.url)
    with mailer_db.transaction() as session:
        hooks.turn_key(session, webhook, NOW, who="test")
    for hours, numbers in ((1, (1, 0)), (25, (1,))):
        monkeypatch.setattr(clock, "now", lambda hours=hours: NOW + dt.timedelta(hours=hours))
        with mailer_db.transaction() as session:
            hooks.try_out(session, webhook, NOW)
        deliver(mailer_db, settings)
        call = receiver.told[-1]
        assert call[0]["webhook-signature"] == signatures(settings, webhook, numbers, call)


def test_five_addresses_at_most_and_none_once_the_token_is_taken_back(
    mailer_client: Any, mailer_db: Database, token: str, sign_in: Callable[..., Any]
) -> None:
    for number in range(partners.AT_MOST):
        told(mailer_db, "site", f"https://partenaire.example/{number}")
    with pytest.raises(RuleError, match="cinq adresses"):
        told(mailer_db, "site", "https://partenaire.example/de-trop")
    post(mailer_client, token)
    with mailer_db.transaction() as session:
        orders.revoke(session, "site", who="test", now=NOW)
    taken_by_the_relay(mailer_db)
    with mailer_db.reading() as session:
        assert session.scalars(sa.select(Webhook.id).where(Webhook.stopped_at.is_(None))).all() == []
        assert session.scalars(sa.select(Delivery.id)).all() == []
    with pytest.raises(NotFound, match="repris"):
        told(mailer_db, "site", "https://partenaire.example/encore")
    with mailer_db.transaction() as session, pytest.raises(NotFound, match="repris"):
        hooks.tell_again(session, session.scalars(sa.select(Webhook.id)).first(), NOW, who="test")
    sign_in(mailer_client, "admin")
    page = mailer_client.get("/programmes/").text
    assert "Reprendre le jeton" not in page
    assert page.count('<td data-label="Programme">site</td>') == partners.AT_MOST


def test_an_address_that_was_stopped_comes_back_only_where_there_is_room(mailer_db: Database, token: str) -> None:
    first = told(mailer_db, "site", "https://partenaire.example/0")
    with mailer_db.transaction() as session:
        hooks.stop(session, first, NOW, who="test")
    for number in range(partners.AT_MOST):
        told(mailer_db, "site", f"https://partenaire.example/{number}")
    with mailer_db.transaction() as session, pytest.raises(RuleError, match="cinq adresses"):
        hooks.tell_again(session, first, NOW, who="test")


def test_an_admin_gives_a_token_adds_an_address_and_replays_what_it_was_told(
    mailer_client: Any, mailer_db: Database, settings: Any, receiver: Receiver, sign_in: Callable[..., Any]
) -> None:
    sign_in(mailer_client, "admin")
    given = mailer_client.post("/programmes/jetons", data={"name": "Carte", "templates": "registration_link"})
    token = re.search(r"<p><code>([^<]+)</code></p>", given.text)
    assert token is not None
    assert given.headers["Cache-Control"] == "no-store"
    listed = mailer_client.get("/programmes/").text
    assert token[1] not in listed
    again = mailer_client.post("/programmes/jetons", data={"name": "Carte", "templates": "registration_link"})
    assert again.status_code == 422
    assert "porte déjà ce nom" in again.text

    program = re.search(r'<option value="([0-9a-f-]{36})">Carte', listed)
    assert program is not None
    asked = {"program_id": program[1], "url": "http://[", "types": [ACCEPTED]}
    refused = mailer_client.post("/programmes/adresses", data=asked)
    assert refused.status_code == 422
    assert "Cette adresse n’est pas lisible." in refused.text
    page = mailer_client.post("/programmes/adresses", data=asked | {"url": receiver.url}).headers["Location"]
    assert "whsec_" in mailer_client.get(page).text

    post(mailer_client, token[1])
    taken_by_the_relay(mailer_db)
    deliver(mailer_db, settings)
    shown = mailer_client.get(page).text
    assert "Remis au serveur d’envoi" in shown
    assert "Reçu (204 No Content)." in shown
    replay = re.search(r'action="(/programmes/envois/[0-9a-f-]{36}/rejouer)"', shown)
    assert replay is not None
    assert mailer_client.post(replay[1]).headers["Location"] == page
    deliver(mailer_db, settings)
    assert [headers["webhook-id"] for headers, _body in receiver.told] == [receiver.told[0][0]["webhook-id"]] * 2

    before = mailer_client.get(page).text
    mailer_client.post(f"{page}/cle")
    after = mailer_client.get(page).text
    assert re.findall(r"whsec_[\w+/=]+", after) != re.findall(r"whsec_[\w+/=]+", before)
    assert "l’ancienne signe aussi" in after
    mailer_client.post(f"{page}/arret")
    assert mailer_client.post(replay[1]).status_code == 409


def test_only_admins_see_programs(mailer_client: Any, sign_in: Callable[..., Any]) -> None:
    sign_in(mailer_client, "editor", "staff")
    assert mailer_client.get("/programmes/").status_code == 403
    assert "/programmes/" not in mailer_client.get("/courriers/").text


def test_what_is_settled_goes_after_thirty_days_and_what_waits_stays(
    mailer_client: Any, mailer_db: Database, settings: Any, token: str, receiver: Receiver
) -> None:
    webhook = told(mailer_db, "site", receiver.url)
    with mailer_db.transaction() as session:
        hooks.try_out(session, webhook, NOW)
    deliver(mailer_db, settings)
    with mailer_db.transaction() as session:
        hooks.try_out(session, webhook, NOW)
    calls.prune(hooks, mailer_db, NOW + calls.KEPT + dt.timedelta(minutes=1))
    with mailer_db.reading() as session:
        assert session.scalars(sa.select(Delivery.state)).all() == ["waiting"]


def test_who_answers_letter_by_letter_holds_up_nobody(
    mailer_db: Database, settings: Any, token: str, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calls, "PATIENCE", 1)
    stop = threading.Event()

    def drip(server: socket.socket) -> None:
        line, _address = server.accept()
        with line, contextlib.suppress(OSError):
            line.sendall(b"HTTP/1.1 200 ")
            while not stop.wait(0.1):
                line.sendall(b"O")

    with socket.create_server(("127.0.0.1", 0)) as server:
        slow = told(mailer_db, "site", f"http://127.0.0.1:{server.getsockname()[1]}/")
        quick = told(mailer_db, "site", receiver.url)
        with mailer_db.transaction() as session:
            for webhook in (slow, quick):
                hooks.try_out(session, webhook, NOW)
        thread = threading.Thread(target=drip, args=(server,))
        thread.start()
        began = time.monotonic()
        deliver(mailer_db, settings)
        stop.set()
        thread.join()
    assert time.monotonic() - began < 5
    assert len(receiver.told) == 1
    with mailer_db.reading() as session:
        answer = sa.select(Delivery.last_answer).where(Delivery.webhook_id == slow)
        assert session.scalars(answer).one() == "timeout"
