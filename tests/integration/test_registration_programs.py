"""Partners' programs: they read what their token covers, and each fact they asked for reaches them, signed."""

from __future__ import annotations

import base64
import dataclasses
import datetime as dt
import hashlib
import hmac
import json
import re
import threading
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from structlog.testing import capture_logs

from services.registration.handlers import handlers
from services.registration.models import ApiToken, Delivery, Event, Webhook
from services.registration.use_cases import programs, registering, transferring
from services.registration.use_cases.programs import hooks
from shared import clock, outward
from shared.db import Database
from shared.errors import RuleError
from shared.messaging.envelope import Event as Fact
from shared.webhooks import calls, rules
from tests.integration.registration_people import NOW, SITE, an_event, answers
from tests.partner_server import Receiver

CONFIRMED = "registration.registration.confirmed.v1"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    started = Receiver()
    yield started
    started.server.shutdown()
    started.server.server_close()


@pytest.fixture(autouse=True)
def at_noon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def event(registration_db: Database) -> Event:
    with registration_db.transaction() as session:
        return an_event(session, capacity=2)


@pytest.fixture
def settings(registration_app: Any) -> Any:
    return registration_app.extensions["settings"]


def a_webhook(db: Database, url: str) -> uuid.UUID:
    with db.transaction() as session:
        return hooks.add(session, url, [CONFIRMED], NOW, who="admin", local=True).id


def a_fact(number: int = 1) -> Fact:
    return Fact(
        id=uuid.UUID(int=number),
        type=CONFIRMED,
        source="/registration",
        thing="x",
        sequence=number,
        time=NOW,
        data={
            "registration_id": uuid.UUID(int=7),
            "reference": "AG-1",
            "person": {"email": "zoe@asso.example"},
            "link": "https://agora.example/i/secret",
            "occasion": {"id": uuid.UUID(int=9), "title": "Agora", "url": "https://agora.example/e/agora"},
        },
    )


def write_down(db: Database, *facts: Fact) -> None:
    with db.transaction() as session:
        for fact in facts:
            programs.write_down(session, fact, NOW)


def deliveries(db: Database) -> list[Delivery]:
    with db.reading() as session:
        return list(session.scalars(sa.select(Delivery).order_by(Delivery.fact_id)))


def test_a_fact_is_told_once_signed_and_without_names_or_secrets(
    registration_db: Database, settings: Any, receiver: Receiver
) -> None:
    webhook = a_webhook(registration_db, receiver.url)
    fact = a_fact()
    fact = dataclasses.replace(fact, data=fact.data | {"passed_on_to": "Zoé"})
    write_down(registration_db, fact, fact)
    calls.deliver(hooks, registration_db, settings)
    calls.deliver(hooks, registration_db, settings)

    ((headers, body),) = receiver.told
    key = base64.b64decode(rules.shown_key(rules.signing_key(settings.secret_key, str(webhook)))[6:])
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    assert headers["webhook-signature"] == "v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
    assert json.loads(body)["data"] == {
        "registration_id": str(uuid.UUID(int=7)),
        "reference": "AG-1",
        "event": {"id": str(uuid.UUID(int=9)), "title": "Agora"},
        "passed_on": True,
    }
    assert b"zoe" not in body
    assert b"secret" not in body
    assert [row.state for row in deliveries(registration_db)] == ["told"]


def test_our_own_facts_are_read_while_somebody_wants_to_be_told(registration_db: Database) -> None:
    other = "registration.registration.cancelled.v1"

    def wanted() -> list[bool]:
        return [handlers.wanted(registration_db, type) for type in (CONFIRMED, other)]

    assert wanted() == [False, False]
    webhook = a_webhook(registration_db, "https://partner.example/agora")
    assert wanted() == [True, False]
    with registration_db.transaction() as session:
        hooks.stop(session, webhook, NOW, who="admin")
    assert wanted() == [False, False]
    assert handlers.wanted(registration_db, "jury.call.opened.v1")


def test_who_does_not_answer_is_told_later_and_in_the_end_given_up(
    registration_db: Database, settings: Any, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    webhook = a_webhook(registration_db, receiver.url)
    receiver.status = 500
    write_down(registration_db, a_fact())
    now = NOW
    for _ in range(30):
        monkeypatch.setattr(clock, "now", lambda now=now: now)
        calls.deliver(hooks, registration_db, settings)
        now += dt.timedelta(hours=6)
    (row,) = deliveries(registration_db)
    assert (row.state, row.attempts, len(receiver.told)) == ("given_up", len(rules.DELAYS) + 1, len(rules.DELAYS) + 1)
    assert len({headers["webhook-id"] for headers, _ in receiver.told}) == 1

    receiver.status = 200
    with registration_db.transaction() as session:
        assert hooks.tell_again(session, webhook, clock.now(), who="admin") == 1
    calls.deliver(hooks, registration_db, settings)
    assert [row.state for row in deliveries(registration_db)] == ["told"]


def test_an_address_where_nobody_is_holds_up_no_other(
    registration_db: Database, settings: Any, receiver: Receiver
) -> None:
    a_webhook(registration_db, "http://127.0.0.1:9/nobody")
    for number in range(3 * calls.AT_ONCE):
        write_down(registration_db, a_fact(number))
    a_webhook(registration_db, receiver.url)
    write_down(registration_db, a_fact(99))
    assert [calls.deliver(hooks, registration_db, settings) for _round in range(3)] == [calls.AT_ONCE, 1, 0]
    assert len(receiver.told) == 1
    waiting = [row for row in deliveries(registration_db) if row.state == "waiting"]
    assert len(waiting) == 3 * calls.AT_ONCE + 1
    assert min(row.due_at for row in waiting) > NOW


def test_two_workers_that_write_down_silence_do_not_wait_for_each_other(registration_db: Database) -> None:
    a_webhook(registration_db, "http://127.0.0.1:9/nobody")
    write_down(registration_db, a_fact(1), a_fact(2), a_fact(3))
    soon = NOW + dt.timedelta(minutes=1)
    with registration_db.transaction() as session:
        session.execute(sa.update(Delivery).where(Delivery.fact_id == uuid.UUID(int=3)).values(due_at=soon))
    one, other = (dataclasses.replace(due, attempts=4) for due in calls.take(hooks, registration_db, NOW))
    first = threading.Thread(target=calls.record, args=(hooks, registration_db, one, 0, "refused", NOW))
    with registration_db.transaction() as session:  # the other worker, in the middle of its own
        session.get_one(Delivery, other.id, with_for_update=True)
        first.start()
        first.join(5)
        assert not first.is_alive()
    due = {row.id: row.due_at for row in deliveries(registration_db)}
    assert due[one.id] > due[other.id]
    assert [row.due_at for row in deliveries(registration_db) if row.fact_id == uuid.UUID(int=3)] == [due[one.id]]


def test_a_sender_that_dies_in_mid_call_forgets_nothing(
    registration_db: Database, settings: Any, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_webhook(registration_db, receiver.url)
    write_down(registration_db, a_fact())
    assert len(calls.take(hooks, registration_db, NOW)) == 1  # and this sender is never heard of again
    assert calls.deliver(hooks, registration_db, settings) == 0
    monkeypatch.setattr(clock, "now", lambda: NOW + dt.timedelta(minutes=3))
    assert calls.deliver(hooks, registration_db, settings) == 1
    assert [row.state for row in deliveries(registration_db)] == ["told"]


def test_that_the_database_is_away_is_logged_once_and_that_it_is_back(registration_db: Database, settings: Any) -> None:
    def comes_and_goes(present: bool) -> None:
        server = sa.make_url(registration_db.url).set(database="postgres")
        with sa.create_engine(server, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool).connect() as connection:
            name = registration_db.engine.url.database
            connection.execute(sa.text(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS {present}'))
            if not present:
                ended = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name"
                connection.execute(sa.text(ended), {"name": name})

    stop = threading.Event()
    thread = threading.Thread(target=calls.run, args=(hooks, registration_db, settings, stop))
    with capture_logs() as logs:
        try:
            comes_and_goes(False)
            thread.start()
            stop.wait(2.5)
        finally:
            comes_and_goes(True)
        stop.wait(2.5)
        stop.set()
        thread.join(5)
    assert [one["event"] for one in logs] == [
        "webhooks wait for the database",
        "the database is back, webhooks go on",
    ]


def test_410_ends_it_and_a_redirect_is_not_followed(
    registration_db: Database, settings: Any, receiver: Receiver
) -> None:
    webhook = a_webhook(registration_db, receiver.url)
    receiver.status = 302
    write_down(registration_db, a_fact(1))
    calls.deliver(hooks, registration_db, settings)
    assert len(receiver.told) == 1
    receiver.status = 410
    write_down(registration_db, a_fact(2))
    calls.deliver(hooks, registration_db, settings)
    write_down(registration_db, a_fact(3))
    with registration_db.reading() as session:
        assert session.get_one(Webhook, webhook).stopped_because == "410 Gone"
    assert [row.state for row in deliveries(registration_db)] == ["given_up", "given_up"]


@pytest.mark.parametrize(
    "url", ["http://partenaire.example/", "https://u:p@partenaire.example/", "https://partenaire.example:8080/", "x"]
)
def test_only_a_public_https_address_is_taken(registration_db: Database, url: str) -> None:
    with pytest.raises(RuleError):
        rules.check(url, local=False)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.0.0.8",
        "169.254.169.254",
        "::1",
        "::ffff:10.0.0.8",
        "fd00::1",
        "64:ff9b::a00:8",
        "2002:a00:8::1",
        "64:ff9b:1::a00:8",
        "::ffff:0:10.0.0.8",
        "::10.0.0.8",
        "fec0::1",
    ],
)
def test_a_name_that_points_inside_is_never_called(address: str) -> None:
    assert not outward.may_call(address, local=False)


def test_in_production_no_call_reaches_this_machine(
    registration_db: Database, settings: Any, receiver: Receiver
) -> None:
    key = rules.signing_key(settings.secret_key, "x")
    due = calls.Due(id=1, webhook_id=2, url=receiver.url, fact_id=3, body={}, attempts=1, keys=(0,))
    with pytest.raises(calls.NotAnswered, match="private"):
        calls.call(due, [key], local=False)
    assert receiver.told == []


def registered(db: Database, event: Event, number: int) -> uuid.UUID:
    with db.transaction() as session:
        return registering.register(session, event.id, answers(number), NOW, site=SITE).registration_id


def bearer(db: Database, *scopes: str) -> dict[str, str]:
    with db.transaction() as session:
        token = programs.give_token(session, "Carte", list(scopes), NOW, who="admin")
    return {"Authorization": f"Bearer {token}"}


def test_a_token_reads_what_it_covers_page_by_page_until_it_is_taken_back(
    registration_client: Any, registration_db: Database, event: Event
) -> None:
    made = [registered(registration_db, event, n) for n in range(3)]
    headers = bearer(registration_db, "registrations")
    address = f"/api/events/{event.slug}/registrations?limit=2"
    first = registration_client.get(address, headers=headers).json
    second = registration_client.get(f"{address}&after={first['next']}", headers=headers).json
    read = [*first["items"], *second["items"]]

    assert [item["id"] for item in read] == sorted(str(one) for one in made)
    assert [item["status"] for item in read] == ["confirmed", "confirmed", "wait_listed"]
    assert second["next"] is None
    assert not any("person" in item for item in read)
    refused = registration_client.get(f"{address}&people=true", headers=headers)
    assert refused.status_code == 403
    assert "ne couvre pas la portée « people » : demandez" in refused.json["detail"].replace("\u202f", " ")

    taker = {"first_name": "Léa", "last_name": "Rivière", "email": "lea@example.org"}
    with registration_db.transaction() as session:
        transferring.transfer(session, made[0], taker, NOW, site=SITE)
    items = registration_client.get(address.replace("limit=2", "limit=9"), headers=headers).json["items"]
    assert [(one["status"], one.get("passed_on")) for one in items if one["status"] != "wait_listed"] == [
        ("cancelled", True),
        ("confirmed", None),
        ("confirmed", None),
    ]
    with registration_db.transaction() as session:
        programs.take_back(session, session.scalars(sa.select(ApiToken.id)).one(), NOW, who="admin")
    assert registration_client.get(address, headers=headers).status_code == 401


def test_of_two_who_give_one_name_at_once_the_second_is_told(registration_db: Database) -> None:
    refused: list[str] = []

    def second() -> None:
        try:
            with registration_db.transaction() as session:
                programs.give_token(session, "Carte", ["agenda:read"], NOW, who="Aline")
        except RuleError as error:
            refused.append(error.code)

    late = threading.Thread(target=second)
    with registration_db.transaction() as session:
        programs.give_token(session, "Carte", ["agenda:read"], NOW, who="Zoé")
        late.start()
        late.join(0.5)
    late.join(10)
    assert refused == ["program-exists"]


def test_names_need_a_token_of_their_own(registration_client: Any, registration_db: Database, event: Event) -> None:
    registered(registration_db, event, 0)
    headers = bearer(registration_db, "people")
    address = f"/api/events/{event.slug}/registrations"
    (item,) = registration_client.get(f"{address}?people=true", headers=headers).json["items"]
    assert item["person"]["email"].endswith("@example.org")
    assert registration_client.get(address, headers=headers).status_code == 403


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer é", "Basic eA==", "Bearer " + "x" * 129, "Bearer agora_x"])
def test_without_a_good_token_nothing_is_read(registration_client: Any, event: Event, header: str) -> None:
    answer = registration_client.get(f"/api/events/{event.slug}/registrations", headers={"Authorization": header})
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert answer.json["code"] == "unknown-token"


@pytest.mark.parametrize("query", ["after=x", "limit=0", "limit=501", "limit=é", "status=x"])
def test_a_parameter_that_makes_no_sense_is_said(
    registration_client: Any, registration_db: Database, event: Event, query: str
) -> None:
    answer = registration_client.get(
        f"/api/events/{event.slug}/registrations?{query}", headers=bearer(registration_db, "registrations")
    )
    assert answer.status_code == 422
    assert answer.json["detail"]


def test_an_admin_gives_a_token_once_and_sees_what_an_address_was_told(
    registration_client: Any, registration_db: Database, settings: Any, receiver: Receiver, sign_in: Any
) -> None:
    sign_in(registration_client, "admin")
    given = registration_client.post("/equipe/programmes/jetons", data={"name": "Carte", "scopes": "registrations"})
    assert "agora_" in given.text
    assert given.headers["Cache-Control"] == "no-store"
    later = registration_client.get("/equipe/programmes/").text
    assert "agora_" not in later
    assert later.count("Inscriptions sans les noms") == 2  # what the token covers, in words; and the box of the form
    again = registration_client.post("/equipe/programmes/jetons", data={"name": "Carte", "scopes": "registrations"})
    assert again.status_code == 422
    assert "porte déjà ce nom" in again.text

    refused = registration_client.post("/equipe/programmes/adresses", data={"url": "ftp://x", "types": CONFIRMED})
    assert refused.status_code == 422
    added = registration_client.post("/equipe/programmes/adresses", data={"url": receiver.url, "types": CONFIRMED})
    page = added.headers["Location"]
    registration_client.post(f"{page}/essai")
    calls.deliver(hooks, registration_db, settings)
    assert json.loads(receiver.told[0][1])["type"] == "ping"
    shown = registration_client.get(page).text
    assert "Reçu (204 No Content)." in shown
    assert "Essai" in shown
    registration_client.post(f"{page}/arret")
    assert "Arrêtée" in registration_client.get("/equipe/programmes/").text


def test_an_admin_reads_in_words_why_an_address_was_not_told_when_it_will_be_and_that_it_was(
    registration_client: Any,
    registration_db: Database,
    settings: Any,
    receiver: Receiver,
    sign_in: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sign_in(registration_client, "admin")
    page = f"/equipe/programmes/adresses/{a_webhook(registration_db, receiver.url)}"
    write_down(registration_db, a_fact())
    receiver.status = 503
    calls.deliver(hooks, registration_db, settings)
    shown = registration_client.get(page).text
    assert "Le programme est en panne (503 Service Unavailable)." in shown
    assert "prochain essai" in shown

    receiver.status = 204
    monkeypatch.setattr(clock, "now", lambda: NOW + dt.timedelta(minutes=1))
    calls.deliver(hooks, registration_db, settings)
    shown = registration_client.get(page).text
    assert "Reçu (204 No Content)." in shown
    assert "prochain essai" not in shown


def test_a_server_that_is_stopped_is_said_in_words(
    registration_db: Database, settings: Any, receiver: Receiver, registration_client: Any, sign_in: Any
) -> None:
    sign_in(registration_client, "admin")
    page = f"/equipe/programmes/adresses/{a_webhook(registration_db, receiver.url)}"
    write_down(registration_db, a_fact())
    receiver.server.shutdown()
    receiver.server.server_close()
    calls.deliver(hooks, registration_db, settings)
    assert "Rien n’écoute à cette adresse" in registration_client.get(page).text


def test_only_admins_see_programs(registration_client: Any, sign_in: Any) -> None:
    sign_in(registration_client, "staff")
    assert registration_client.get("/equipe/programmes/").status_code == 403


def test_a_partner_reads_what_the_interface_gives_and_what_it_refuses(registration_client: Any) -> None:
    page = registration_client.get("/api/").text
    described = registration_client.get("/api/openapi.json").json
    partners = [path for path in described["paths"] if path.startswith("/api/events")]
    assert re.findall(r"<h2[^>]*><code>GET ([^<]+)</code></h2>", page) == partners
    tables = re.findall(r'role="region" aria-label="([^"]+)"', page)
    assert len(set(tables)) == len(tables) > len(partners)
    people = page[page.index("<code>GET /api/events/{slug}/registrations</code></h2>") :]
    assert "avec un jeton" in people
    assert "Authorization: Bearer" in people
    for name in ("limit", "items[].workshops", "items[].person.email"):
        assert f"<code>{name}</code>" in people
    assert "<b>403</b> A token that does not cover this" in people
    assert "/api/desk/" not in page  # our own devices are no partner's program
